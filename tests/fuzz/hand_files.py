"""Rows of what people write by hand, and of what a training and its neighbours leave behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from rows import Reader, walk

CONFIG = """
log_every: 5
paraphrases: 2
boost: {punch: 4}
schedule: {num_timesteps: 1000}
vae: {model: {width: 32, num_layers: 3}, steps: 6, lr: 0.0002, crops: [32, 64]}
student: {phases: [1, 2], steps: 7, guidance_min: 0.5}
stages: [evaluator, vae]
"""
OVERRIDES = "vae.lr=1e-4\nstudent.phases=[1,2,4]\nboost={kick: 2}\n"
CONSTRAINTS = {
    "constraints": [
        {"type": "root_path", "points": [[0, 0], [0.5, 1.5], [0, 3]], "frames": [0, 60, 119]},
        {
            "type": "effector_target",
            "joint": "right_wrist",
            "frame": 40,
            "position": [0.3, 1.4, 1.2],
            "axes": "xyz",
            "tolerance": 0.0,
        },
        {"type": "pose_keyframe", "second": 4.0, "motion": "pose.npz", "at": 0},
    ]
}
TIMELINE = {
    "segments": [{"prompt": "a person walks", "seconds": 4}, {"prompt": "a person sits down"}],
    "constraints": CONSTRAINTS["constraints"][:2],
}
PROMPTS = {
    "prompts.txt": "a person jumps\n# a remark\na person walks\t4.5\n",
    "frames.txt": "120 a person jumps\n64 a person walks\n",
    "prompts.csv": 'prompt,seconds\n"a person walks, then jumps",4\na person sits,\n',
    "prompts.tsv": "text\tseconds\na person walks\t4\n",
    "prompts.jsonl": '{"prompt": "a person jumps", "seconds": 3}\n"a person walks"\n',
    "prompts.json": '[{"prompt": "a person jumps", "seconds": 3}, "a person walks"]',
}


def write_constraints(folder: Path) -> None:
    """Write constraints, a pose that they name, and paths."""
    (folder / "constraints.json").write_text(json.dumps(CONSTRAINTS))
    walk(3).save(folder / "pose.npz")
    (folder / "path.csv").write_text("x,z\n0,0\n0.5,1.5\n# a remark\n0,3\n")
    (folder / "timed.csv").write_text("0;0.5;0\n30;0.5;1.5\n60;0;3\n")


def read_constraint_files(folder: Path) -> Any:
    """Read them as ``--constraints`` and ``--path`` do."""
    from motionlcm.formats.constraint_files import read_constraints, read_path

    read = read_constraints(folder / "constraints.json")
    return read, read_path(folder / "path.csv"), read_path(folder / "timed.csv")


def write_timeline(folder: Path) -> None:
    """Write a timeline with constraints."""
    (folder / "timeline.json").write_text(json.dumps(TIMELINE))


def read_timeline(folder: Path) -> Any:
    """Read it as ``--timeline`` does."""
    from motionlcm.formats.constraint_files import constraints_in
    from motionlcm.generation.segments import parse_timeline
    from motionlcm.text_files import read_text_file

    path = folder / "timeline.json"
    timeline = parse_timeline(read_text_file(path), name=str(path))
    return timeline.constraints and constraints_in(path, timeline.constraints)


def write_prompts(folder: Path) -> None:
    """Write lists of prompts of all kinds."""
    for name, text in PROMPTS.items():
        (folder / name).write_text(text)


def read_prompts(folder: Path) -> Any:
    """Read them as ``--file`` does."""
    from motionlcm.cli.prompt_files import read_prompt_file

    return [read_prompt_file(folder / name) for name in PROMPTS]


def write_config(folder: Path) -> None:
    """Write the config of a training, and what is changed on the command line."""
    (folder / "run.yaml").write_text(CONFIG)
    (folder / "overrides.txt").write_text(OVERRIDES)


def read_config(folder: Path) -> Any:
    """Read a config as ``motionlcm-train`` does; what is no text cannot be on a command line."""
    from motionlcm.training.config_file import load_config

    overrides = (folder / "overrides.txt").read_bytes().decode("utf-8", "replace")
    return load_config(folder / "run.yaml", overrides.split("\n")[:-1]).as_dict()


def write_recordings(folder: Path) -> None:
    """Write a folder of two recordings with captions, sources and splits."""
    for name in ("joints", "texts"):
        (folder / name).mkdir()
    for name, words in {
        "000": "a person walks.#a/DET#0.0#0.0",
        "001": "turns#turn/VERB#0.2#1.1",
    }.items():
        np.save(folder / "joints" / f"{name}.npy", walk(30).positions)
        (folder / "texts" / f"{name}.txt").write_text(f"{words}\nto the side\n")
    rows = [{"id": name, "source": "mine", "label": "walk"} for name in ("000", "001")]
    (folder / "sources.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "train.txt").write_text("000\n001\n")
    (folder / "val.txt").write_text("\n")


def read_recordings(folder: Path) -> Any:
    """Prepare the folder, whose bad clips are told in the report."""
    from motionlcm.data.prepare import prepare

    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    return prepare(folder, store)


def write_character(folder: Path) -> None:
    """Write a body of GLB."""
    walk(2).save(folder / "hero.glb")


def read_character(folder: Path) -> Any:
    """Give the character a motion."""
    return walk(8).save(folder / "dressed.glb", character=folder / "hero.glb")


def write_run(folder: Path) -> None:
    """Write what a training leaves behind in its folder: its config, sources and a checkpoint."""
    import torch

    from motionlcm.training.checkpoints import write_checkpoint
    from motionlcm.training.config_file import parse_config
    from motionlcm.training.run_folder import open_run

    open_run(folder, parse_config({"vae": {"steps": 7}}), {"data": {"clips": 3}})
    (folder / "vae").mkdir()
    state = {"model": {"a": torch.ones(3, 2)}, "progress": {"step": 3}}
    write_checkpoint(state, folder / "vae")
    row = json.dumps({"step": 2, "loss": 0.5})
    (folder / "vae" / "metrics.jsonl").write_text(f"{row}\n{row}\n")
    torch.save({"state_dict": {"vae.a": torch.ones(3, 2)}}, folder / "official.ckpt")


def read_run(folder: Path) -> Any:
    """Go on with the run, and read a checkpoint of others."""
    from motionlcm.exchange.torch_files import read_state_dict
    from motionlcm.training.checkpoints import read_checkpoint
    from motionlcm.training.config_file import parse_config
    from motionlcm.training.metrics_log import drop_rows_after
    from motionlcm.training.run_folder import open_run

    kept = {name: (folder / name).read_bytes() for name in RUN_FILES}
    try:
        state = read_state_dict(folder / "official.ckpt")
        open_run(folder, parse_config({"vae": {"steps": 9}}), {"data": {"clips": 3}})
        drop_rows_after(folder / "vae", 2)
        return state, read_checkpoint(folder / "vae")
    finally:
        for name, content in kept.items():
            (folder / name).write_bytes(content)


RUN_FILES = (
    "config.json",
    "sources.json",
    "vae/checkpoint.pt",
    "vae/metrics.jsonl",
    "official.ckpt",
)
HAND_FILES = (
    Reader(
        "constraints",
        write_constraints,
        ("constraints.json", "path.csv", "constraints.json", "timed.csv"),
        read_constraint_files,
    ),
    Reader("timeline", write_timeline, ("timeline.json",), read_timeline),
    Reader("prompts", write_prompts, tuple(PROMPTS), read_prompts),
    Reader("config", write_config, ("run.yaml", "overrides.txt"), read_config),
    Reader(
        "recordings",
        write_recordings,
        ("joints/000.npy", "texts/001.txt", "sources.jsonl", "train.txt"),
        read_recordings,
        cost=5,
        seconds=4.0,
    ),
    Reader("character", write_character, ("hero.glb",), read_character, cost=2),
    Reader("run", write_run, RUN_FILES, read_run),
)
