"""The motion files of a folder, each with its captions, read when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from motionlcm.data.captions import read_captions
from motionlcm.data.store import Caption
from motionlcm.formats.array_files import read_array
from motionlcm.formats.read import READABLE, load_motion_file
from motionlcm.motion.features import FPS, NUM_JOINTS
from motionlcm.motion.layout import KNOWN_WIDTHS


@dataclass(frozen=True)
class Recording:
    """What an array of a motion file is: joint positions ``[T 22 3]``, or features ``[T D]``."""

    array: np.ndarray
    is_features: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """One motion file: its name in the folder, how to read it, what is said of it."""

    id: str
    read: Callable[[], Recording]
    captions: tuple[Caption, ...]
    label: str = ""
    origin: str = ""  #: who recorded it, as ``sources.jsonl`` names them


def find_sources(folder: Path) -> Iterator[Source]:
    """All motion files of a folder of HumanML3D, of KIT-ML, or of any files with captions."""
    rows = {}
    if (folder / "sources.jsonl").is_file():
        lines = (folder / "sources.jsonl").read_text().splitlines()
        rows = {row["id"]: row for row in map(json.loads, lines)}

    vectors, joints = folder / "new_joint_vecs", folder / "joints"
    is_published = vectors.is_dir()  # there a clip's name says nothing
    below = vectors if is_published else joints if joints.is_dir() else folder

    for path in sorted(below.rglob("*")):
        if path.suffix.lower() not in READABLE or not path.is_file():
            continue

        name = path.relative_to(below).with_suffix("").as_posix()
        captions = _captions(path, folder / "texts" / f"{name}.txt", is_published=is_published)
        row = rows.get(name, {})
        read = partial(_read, path)
        yield Source(name, read, captions, row.get("label", ""), row.get("source", ""))


def with_origins(sources: list[Source], origins: tuple[str, ...]) -> list[Source]:
    """Keep the sources of certain origins.

    Raises:
        ValueError: an origin that no source has.
    """
    known = {source.origin for source in sources if source.origin}
    for name in origins:
        if name not in known:
            raise ValueError(
                f"no clip has the source {name!r}; "
                f"sources.jsonl names {', '.join(sorted(known)) or 'none'}"
            )
    return [source for source in sources if source.origin in origins]


def words_of_name(stem: str) -> str:
    """A file's name as a caption, without its numbers; "" where it has nothing else."""
    words = stem.replace("-", "_").split("_")
    return " ".join(word for word in words if word and not word.isdigit())


def _captions(motion: Path, texts: Path, *, is_published: bool) -> tuple[Caption, ...]:
    """Captions of a motion file: from ``texts``, from beside it, or its own name."""
    for path in (texts, motion.with_suffix(".txt")):
        if path.is_file():
            return read_captions(path)
    return () if is_published else (Caption(words_of_name(motion.stem) or motion.stem),)


def _read(path: Path) -> Recording:
    if path.suffix.lower() == ".npy":
        array = read_array(path)
        if array.ndim == 3 and array.shape[1:] == (NUM_JOINTS, 3):
            return Recording(array, is_features=False)
        if array.ndim == 2 and array.shape[1] in KNOWN_WIDTHS:
            return Recording(array, is_features=True)

        raise ValueError(f"shape is none of [T 22 3], [T 263], [T 251]: {array.shape}")

    motion, notes = load_motion_file(path)
    if not motion.skeleton.supports("features"):
        raise ValueError(
            f"features are made from SMPL's 22 joints: {motion.skeleton.num_joints}; "
            "give [T 251] instead"
        )
    return Recording(motion.resampled(FPS).positions, is_features=False, notes=tuple(notes))
