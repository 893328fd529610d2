"""What is fuzzed: a row for each kind of file, with seed files made by the project's own writers."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from hand_files import HAND_FILES
from rows import Reader, walk
from served import SERVED

from motionlcm.formats.table import FORMATS


def motion_reader(format: Any) -> Reader:
    """The row of a motion format that is both written and read."""

    def write(folder: Path) -> None:
        walk().save(folder / f"walk{format.suffix}")

    def read(folder: Path) -> Any:
        from motionlcm.formats.read import load_motion_file

        return load_motion_file(folder / f"walk{format.suffix}")

    return Reader(format.name, write, (f"walk{format.suffix}",), read)


ASF = """:version 1.10
:name walk
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
{bones}:hierarchy
  begin
    root lhipjoint rhipjoint lowerback
    lhipjoint lfemur
    lfemur ltibia
    ltibia lfoot
    lfoot ltoes
    rhipjoint rfemur
    rfemur rtibia
    rtibia rfoot
    rfoot rtoes
    lowerback upperback
    upperback thorax
    thorax lowerneck lclavicle rclavicle
    lowerneck upperneck
    upperneck head
    lclavicle lhumerus
    lhumerus lradius
    lradius lwrist
    rclavicle rhumerus
    rhumerus rradius
    rradius rwrist
  end
"""
BONES = {
    **{"lhipjoint": (0.5, -0.5, 0), "lfemur": (0.2, -1, 0), "ltibia": (0.2, -1, 0)},
    **{"lfoot": (0, -0.2, 1), "ltoes": (0, 0, 1)},
    **{"rhipjoint": (-0.5, -0.5, 0), "rfemur": (-0.2, -1, 0), "rtibia": (-0.2, -1, 0)},
    **{"rfoot": (0, -0.2, 1), "rtoes": (0, 0, 1)},
    **{"lowerback": (0, 1, 0), "upperback": (0, 1, 0), "thorax": (0, 1, 0)},
    **{"lowerneck": (0, 1, 0), "upperneck": (0, 1, 0), "head": (0, 1, 0)},
    **{"lclavicle": (1, 0.3, 0), "lhumerus": (1, 0, 0), "lradius": (1, 0, 0), "lwrist": (1, 0, 0)},
    **{"rclavicle": (-1, 0.3, 0), "rhumerus": (-1, 0, 0)},
    **{"rradius": (-1, 0, 0), "rwrist": (-1, 0, 0)},
}


def write_acclaim(folder: Path) -> None:
    """Write a small Acclaim body and a motion of it."""
    blocks, frame = "", "root 0 17 0 0 0 0\n"
    for number, (name, direction) in enumerate(BONES.items(), 1):
        x, y, z = np.array(direction) / np.linalg.norm(direction)
        blocks += (
            f"  begin\n    id {number}\n    name {name}\n    direction {x:.4f} {y:.4f} {z:.4f}\n"
        )
        blocks += "    length 3.0\n    axis 0 0 0 XYZ\n    dof rx ry rz\n"
        blocks += "    limits (-180 180)\n           (-180 180)\n           (-180 180)\n  end\n"
        frame += f"{name} 1.5 -2.0 3.0\n"
    (folder / "walk.asf").write_text(ASF.format(bones=blocks))
    frames = "".join(f"{number}\n{frame}" for number in range(1, 6))
    (folder / "walk.amc").write_text(f":FULLY-SPECIFIED\n:DEGREES\n{frames}")


def read_acclaim(folder: Path) -> Any:
    """Read the motion, and the body beside it."""
    from motionlcm.formats.read import load_motion_file

    return load_motion_file(folder / "walk.amc")


def write_fbx(folder: Path) -> None:
    """Write a small FBX file in the format's text form: in the binary one arrays are packed, and
    nearly all that is damaged is refused before it is looked at."""
    from motionlcm.formats.joint_names import JOINT_NAMINGS
    from motionlcm.formats.pose import local_motion
    from tests.formats.fbx_text import Body, write_fbx_text

    motion = walk()
    local = local_motion(motion)
    body = Body(
        list(JOINT_NAMINGS["motionbuilder"]),
        list(local.parents),
        local.offsets * 100,
        motion.positions[:, 0] * 100.0,
        local.rotations,
        list(range(motion.num_frames)),
    )
    stop = (motion.num_frames - 1) / motion.fps
    write_fbx_text(folder / "walk.fbx", [body], fps=motion.fps, stop=stop)


def read_fbx(folder: Path) -> Any:
    """Read the motion."""
    from motionlcm.formats.read import load_motion_file

    return load_motion_file(folder / "walk.fbx")


def write_model(folder: Path) -> None:
    """Write a model of untrained networks, without graphs."""
    import torch

    from motionlcm.models.denoiser import LatentDenoiser
    from motionlcm.models.folder import PIPELINE_CONFIG, STATISTICS, ModelCard
    from motionlcm.models.known import KNOWN, Judge, KnownCaptions, Phrases
    from motionlcm.models.statistics import Normaliser, Statistics
    from motionlcm.models.vae import MotionVAE

    torch.manual_seed(0)
    sizes = {"width": 8, "num_layers": 1, "num_heads": 2, "feedforward": 8, "latent_channels": 4}
    MotionVAE(**sizes).save_pretrained(folder / "vae", dtype=np.int8)
    student = LatentDenoiser(text_width=6, guidance_width=4, end_width=4, time_width=8, **sizes)
    student.save_pretrained(folder / "student", dtype=np.int8)

    card = ModelCard("minilm", {1: (999,), 2: (999, 499)}, {1: 2.0, 2: 2.0}, (1.0, 4.0))
    card.write(folder / PIPELINE_CONFIG)
    known = KnownCaptions(
        Phrases(("a person jumps", "a person sits"), np.eye(2), np.eye(2), np.array([1, 2])),
        np.array([0, 1]),
        np.ones(2),
        frozenset(("jump", "sit")),
        np.eye(6, 2),
        np.eye(6, 2),
        measured=Phrases(("jump",), np.eye(1, 2), np.eye(1, 2), np.array([1])),
        shares=np.ones(1),
        judge=Judge((0.0,) * 8, (1.0,) * 8, (1.0,) * 8, 0.0, 0.5),
    )
    known.write(folder / KNOWN)
    ones, vectors = np.ones(263, np.float32), np.eye(3, 6, dtype=np.float32)
    Statistics(
        Normaliser(0 * ones, ones),
        Normaliser(np.zeros(4, np.float32), np.ones(4, np.float32)),
        vectors,
        np.full(3, 2.5, np.float32),
    ).write(folder / STATISTICS)


class _Captions:
    """A text encoder that is there at once."""

    def encode(self, captions: list[str]) -> tuple[Any, Any]:
        import torch

        return torch.ones(len(captions), 3, 6), torch.ones(len(captions), 3, dtype=torch.bool)


def read_model(folder: Path) -> Any:
    """Open a model and make a motion."""
    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(folder, device="torch")
    pipeline.networks.__dict__["_text"] = _Captions()
    return pipeline("a person jumps", steps=min(pipeline.step_counts))


def write_graph_folder(folder: Path) -> None:
    """Copy a packaged network with its graph, without the manifest that would notice any change."""
    from motionlcm.models.folder import PRETRAINED

    shutil.copytree(PRETRAINED / "open" / "vae", folder / "vae")


def read_graph_folder(folder: Path) -> Any:
    """Join a graph with its weights, and run it."""
    from motionlcm.runtime.session import GRAPH_NAME, open_session, run_session

    graph = folder / "vae" / GRAPH_NAME
    session = open_session(graph, graph.with_name("model.safetensors"), num_threads=1)
    channels = 32
    feed = {"latents": np.zeros((1, 2, channels), np.float32), "mask": np.ones((1, 2), bool)}
    return run_session(session, feed, place=graph.parent)


def write_store_folder(folder: Path) -> None:
    """Write a feature store of two clips."""
    from motionlcm.data.store import Caption, Clip, write_store

    rng = np.random.default_rng(0)
    captions = (Caption("a person walks"), Caption("then turns", 0.5, 1.0, tokens="turn/VERB"))
    clips = [
        Clip("first", "train", 0, 45, captions, source="mine", label="walk"),
        Clip("second", "test", 45, 50, captions[:1]),
    ]
    features = [rng.normal(size=(clip.frames, 263)).astype(np.float32) for clip in clips]
    write_store(folder, features, clips)


def read_store_folder(folder: Path) -> Any:
    """Open a store, cut its windows, and touch all rows."""
    from motionlcm.data.store import FeatureStore

    store = FeatureStore.open(folder)
    windows = [store.windows(split) for split in ("train", "val", "test")]
    rows = [store.clip_features(clip).sum() for clip in store.clips]
    return windows, store.published_windows("test"), rows


def write_request(folder: Path) -> None:
    """Write what a user asks for, as JSON."""
    values = {
        "prompts": ["a person jumps", "a person sits down"],
        "seed": 3,
        "samples": 2,
        "seconds": 4.0,
        "steps": 2,
        "guidance_scale": 2.0,
        "use_teacher": False,
        "scheduler": "ddim",
    }
    (folder / "request.json").write_text(json.dumps(values))


def read_request(folder: Path) -> Any:
    """Check what is asked for against the packaged model's card; what is no JSON is skipped."""
    from motionlcm.generation.request import Request
    from motionlcm.models.folder import ModelFolder

    try:
        values = json.loads((folder / "request.json").read_bytes())
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.keys() - Request.of.__kwdefaults__ - {"prompts"}:
        return None
    return Request.of(values.pop("prompts", ""), **values).resolved(ModelFolder.find().card)


def write_wish(folder: Path) -> None:
    """Write the body of a page's request."""
    wish = {
        "prompts": [{"text": "a person jumps", "seconds": 4.0}],
        "variants": 2,
        "seed": 5,
        "steps": 2,
        "guidance_scale": 2.5,
        "use_teacher": False,
        "effort": "default",
    }
    (folder / "wish.json").write_text(json.dumps(wish))


def read_wish(folder: Path) -> Any:
    """Read the body of a request as the server does."""
    from motionlcm.models.folder import ModelFolder
    from motionlcm.web.api import parse_wish

    return parse_wish((folder / "wish.json").read_bytes()).request(ModelFolder.find().card)


NETWORK = ("config.json", "model.safetensors")
READERS = (
    *(motion_reader(format) for format in FORMATS if format.reader and format.writer),
    *([Reader("fbx", write_fbx, ("walk.fbx",), read_fbx)] if find_spec("pufbx") else []),
    Reader("amc", write_acclaim, ("walk.amc", "walk.asf"), read_acclaim),
    Reader(
        "model",
        write_model,
        (
            *("pipeline.json", "statistics.safetensors", "known.safetensors"),
            *(f"{network}/{name}" for network in ("vae", "student") for name in NETWORK),
        ),
        read_model,
        seconds=4.0,
    ),
    Reader("graph", write_graph_folder, ("vae/graph.json", "vae/graph.onnx"), read_graph_folder),
    Reader(
        "store",
        write_store_folder,
        ("store.json", "clips.jsonl", "features.npy", "statistics.npz"),
        read_store_folder,
    ),
    Reader("request", write_request, ("request.json",), read_request),
    Reader("wish", write_wish, ("wish.json",), read_wish),
    *SERVED,
    *HAND_FILES,
)
