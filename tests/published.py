"""Tiny folders in the layouts that HumanML3D and KIT-ML are published in, of made-up walks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motionlcm.data.captions import mirror_caption
from motionlcm.motion.features import encode_features, mirror_features
from motionlcm.motion.rotations import from_axis_angle
from motionlcm.motion.skeleton import KIT_21, forward_kinematics
from tests.conftest import walking

KIT_UNITS_PER_METRE = 1 / 0.00175
SPLITS = {"train": range(10), "val": range(10, 14), "test": range(14, 18)}
TOKENS = "a/DET person/NOUN walk/VERB {}/ADV"


def kit_walk(frames: int, *, speed: float = 0.08, seed: int = 0) -> np.ndarray:
    """Joint positions ``[T 21 3]`` in metres of a body that walks straight along +Z."""
    time = np.arange(frames)
    angles = np.zeros((frames, 21, 3))
    swing = 0.5 * np.sin(time * 0.6 + np.random.default_rng(seed).uniform(0, 6))
    for name, sign in (
        ("left_hip", 1),
        ("right_hip", -1),
        ("left_shoulder", -1),
        ("right_shoulder", 1),
    ):
        angles[:, KIT_21.index(name), 0] = sign * swing
    path = np.stack([np.zeros(frames), np.full(frames, 0.95), speed * time], axis=-1)
    return forward_kinematics(from_axis_angle(angles), path, KIT_21)


def kit_features(positions: np.ndarray) -> np.ndarray:
    """``[T 21 3]`` metres of a body that faces +Z all the time -> ``[T-1 251]`` in KIT-ML's unit, column by column."""
    units = positions * KIT_UNITS_PER_METRE
    step = np.diff(units, axis=0)
    now, count = units[:-1], len(step)
    local = now[:, 1:] - now[:, :1] * [1, 0, 1]
    rotations = np.tile([1.0, 0, 0, 0, 1, 0], (count, 20))
    feet = (np.linalg.norm(step[:, [19, 20, 14, 15]], axis=-1) < 10).astype(float)
    columns = [
        np.zeros((count, 1)),
        step[:, 0, [0, 2]],
        now[:, 0, 1:2],
        local.reshape(count, 60),
        rotations,
    ]
    return np.concatenate([*columns, step.reshape(count, 63), feet], axis=-1).astype(np.float32)


def write_clip(folder: Path, name: str, features: np.ndarray, lines: list[str]) -> None:
    """``new_joint_vecs`` and ``texts`` of one clip."""
    for part in ("new_joint_vecs", "texts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    np.save(folder / "new_joint_vecs" / f"{name}.npy", features)
    (folder / "texts" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))


def write_splits(folder: Path, names: dict[str, list[str]]) -> None:
    """The three split files."""
    for split, members in names.items():
        (folder / f"{split}.txt").write_text("".join(f"{name}\n" for name in members))


def write_statistics(folder: Path, features: np.ndarray) -> None:
    """``Mean.npy`` and ``Std.npy``: not the plain ones, so that it shows whose numbers are used."""
    np.save(folder / "Mean.npy", features.mean(0) + 0.01)
    np.save(folder / "Std.npy", 1.5 * features.std(0) + 0.05)


def write_kit(folder: Path) -> Path:
    """18 clips of KIT-ML, each with a caption for all of it."""
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    every = []
    for split, numbers in SPLITS.items():
        for i in numbers:
            word = ("slowly", "fast")[i % 2]
            features = kit_features(kit_walk(40 + 4 * i, speed=0.05 + 0.05 * (i % 2), seed=i))
            write_clip(
                folder,
                f"{i:05d}",
                features,
                [f"a person walks {word}#{TOKENS.format(word)}#0.0#0.0"],
            )
            names[split].append(f"{i:05d}")
            every.append(features)
    write_splits(folder, names)
    write_statistics(folder, np.concatenate(every))
    return folder


def write_humanml(folder: Path) -> Path:
    """18 clips of HumanML3D and their mirrored copies; every third has a caption with times."""
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    every = []
    for split, numbers in SPLITS.items():
        for i in numbers:
            side = ("right", "ahead", "left")[i % 3]
            features = encode_features(walking(60 + 5 * i, turn=0.02 * (i % 3 - 1), seed=i)).astype(
                np.float32
            )
            for name, array in ((f"{i:06d}", features), (f"M{i:06d}", mirror_features(features))):
                word = mirror_caption(side) if name.startswith("M") else side
                lines = [f"a person walks {word}.#{TOKENS.format(word)}#0.0#0.0"]
                lines += (
                    [f"he goes {word}#he/PRON go/VERB {word}/ADV#0.5#2.6"] if i % 3 == 0 else []
                )
                write_clip(folder, name, array, lines)
                names[split].append(name)
                every.append(array)
    write_splits(folder, names)
    write_statistics(folder, np.concatenate(every))
    return folder
