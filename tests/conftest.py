"""Fixtures: the shared data folder, a tiny feature store, a tiny trained model."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parent.parent
TINY = {
    "log_every": 2,
    "evaluator": {"model": {"width": 32, "feedforward": 64}, "steps": 6, "batch_size": 4, "validate_every": 3},
    "vae": {"model": {"width": 32, "num_layers": 3, "feedforward": 64, "overlap": 4}, "steps": 6, "batch_size": 4,
            "validate_every": 3},
    "decoder": {"steps": 6, "batch_size": 4, "validate_every": 3},
    "teacher": {"model": {"width": 32, "num_layers": 3, "feedforward": 64}, "steps": 6, "batch_size": 4,
                "validate_every": 3, "guidance_scale": 1.75},
    "student": {"steps": 6, "batch_size": 4, "validate_every": 3},
}  # fmt: skip


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with mocap/, raw-samples/ and reference/; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("MOTIONLCM_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data folder {folder}; set MOTIONLCM_DATA")
    return folder


def walking(frames: int, *, speed: float = 0.05, turn: float = 0.0, seed: int = 0) -> np.ndarray:
    """A made-up walk ``[T 22 3]`` with swinging limbs along a straight or bent path."""
    from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply
    from motionlcm.motion.skeleton import forward_kinematics

    rng = np.random.default_rng(seed)
    time = np.arange(frames)
    angles = np.zeros((frames, 22, 3))
    swing = 0.5 * np.sin(time * 0.4 + rng.uniform(0, 6))
    for joint, sign in ((1, 1), (2, -1), (16, -1), (17, 1)):
        angles[:, joint, 0] = sign * swing
    angles[:, 3:, 2] += rng.normal(0, 0.05, (1, 19))
    yaw = turn * time
    rotations = from_axis_angle(angles)
    rotations[:, 0] = multiply(from_yaw(yaw), rotations[:, 0])
    step = speed * np.stack([np.sin(yaw), np.zeros(frames), np.cos(yaw)], axis=-1)
    return forward_kinematics(rotations, np.cumsum(step, axis=0) + np.array([0, 0.93, 0]))


@pytest.fixture(scope="session")
def motion_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HumanML3D-like folder of made-up walks."""
    folder = tmp_path_factory.mktemp("motions")
    for name in ("joints", "texts"):
        (folder / name).mkdir()
    names = {"train": range(12), "val": range(12, 16), "test": range(16, 20)}
    for split, numbers in names.items():
        for i in numbers:
            np.save(
                folder / "joints" / f"{i:03d}.npy",
                walking(30 + 7 * i, turn=0.02 * (i % 3 - 1), seed=i),
            )
            side = ("right", "ahead", "left")[i % 3]
            (folder / "texts" / f"{i:03d}.txt").write_text(
                f"a person walks {side}.#a/DET#0.0#0.0\nto the {side}\n"
            )
        (folder / f"{split}.txt").write_text("".join(f"{i:03d}\n" for i in numbers))
    return folder


@pytest.fixture(scope="session")
def store(motion_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder above as a feature store."""
    from motionlcm.data.prepare import prepare

    folder = tmp_path_factory.mktemp("store")
    prepare(motion_folder, folder)
    return folder


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    """A config file of networks that train in seconds."""
    path = tmp_path / "tiny.yaml"
    path.write_text(json.dumps(TINY))  # JSON is YAML
    return path


@pytest.fixture(scope="session")
def tiny_model(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for a few steps by the real command."""
    from motionlcm.cli.train import main

    folder = tmp_path_factory.mktemp("run")
    config = folder / "tiny.yaml"
    config.write_text(json.dumps(TINY))
    assert main([str(config), f"data={store}", f"output={folder / 'run'}", "--debug"]) == 0
    return folder / "run" / "model"


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # two that wait for each other on a busy machine are far slower
