"""The motion files of a folder, each with its captions, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from motionlcm.data.captions import read_caption_file
from motionlcm.data.store import Caption
from motionlcm.formats.array_files import pickle_within, read_array
from motionlcm.formats.layouts import is_features
from motionlcm.formats.npz import features_fault
from motionlcm.formats.read import READABLE, load_motion_file
from motionlcm.formats.table import split_suffix
from motionlcm.motion.features import FPS, NUM_JOINTS, decode_positions, layout_of

_START = 60  # frames of features that tell whether they are a body's


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
    notes: tuple[str, ...] = ()  #: on its captions
    problem: str = ""  #: why its captions cannot be read


class _Texts:
    """The caption files of a folder, found by a clip's name, their suffix in any case."""

    def __init__(self, folder: Path) -> None:
        self.folder = _subfolder(folder, ("texts", "text", "captions"))
        self.files: dict[str, Path] = {}
        self.is_used = False
        if self.folder is not None:
            for path in sorted(self.folder.rglob("*")):
                if path.suffix.lower() == ".txt" and path.is_file():
                    name = path.relative_to(self.folder).with_suffix("").as_posix()
                    self.files.setdefault(name, path)

    def find(self, name: str) -> Path | None:
        """The file of a clip: of its name, or of its name without the folders that it is in."""
        parts = name.split("/")
        for start in range(len(parts)):
            path = self.files.get("/".join(parts[start:]))
            if path is not None:
                self.is_used = True
                return path
        return None

    def check(self, names: list[str]) -> None:
        """Raise ValueError if there are captions, but none of a clip of these names."""
        if self.files and names and not self.is_used:
            raise ValueError(
                f"{self.folder} holds {len(self.files)} caption files, such as "
                f"{next(iter(self.files))}.txt, and none is of a motion, such as {names[0]}; "
                "a motion and its captions must have the same name"
            )


def find_sources(folder: Path, rows: Mapping[str, Mapping[str, str]]) -> list[Source]:
    """All motion files of a folder of HumanML3D, of KIT-ML, or of any files with captions.

    Args:
        folder: where they are.
        rows: of the folder's ``sources.jsonl``, by the clips' names.
    Raises:
        ValueError: there are captions in ``texts``, and none of them is of a motion.
    """
    is_published = (folder / "new_joint_vecs").is_dir()  # there a clip's name says nothing
    below = _subfolder(folder, ("new_joint_vecs", "new_joints", "joints")) or folder
    texts = _Texts(folder)

    sources = []
    for path in sorted(below.rglob("*")):
        if path.suffix.lower() not in READABLE or not path.is_file():
            continue

        relative = path.relative_to(below)
        name = relative.with_name(split_suffix(relative.name)[0]).as_posix()
        row = rows.get(name, {})
        # arrays of the data sets' own layouts are at their rate
        read = partial(_read, path, fps=None if below is folder else FPS)
        source = Source(name, read, (), row.get("label", ""), row.get("source", ""))
        sources.append(_with_captions(source, path, texts, is_published=is_published))

    texts.check([source.id for source in sources])
    return sources


def _subfolder(folder: Path, names: tuple[str, ...]) -> Path | None:
    """The folder of the first of these names, in any case, or None."""
    if not folder.is_dir():
        return None
    folders = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    return next((folders[name] for name in names if name in folders), None)


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


def _with_captions(source: Source, motion: Path, texts: _Texts, *, is_published: bool) -> Source:
    """A source with its captions: from ``texts``, from beside it, or from its own name."""
    path = texts.find(source.id) or _beside(motion)
    if path is not None:
        try:
            captions, notes = read_caption_file(path)
        except ValueError as error:
            return replace(source, problem=str(error))
        return replace(source, captions=captions, notes=notes)
    if is_published:
        return source

    words = words_of_name(split_suffix(motion.name)[0])
    if not words:
        return replace(source, problem="no caption file, and the name has no words")
    note = f"no caption file, the name is taken: {words!r}"
    return replace(source, captions=(Caption(words),), notes=(note,))


def _beside(motion: Path) -> Path | None:
    """The caption file beside a motion, its suffix in any case."""
    stem = split_suffix(motion.name)[0]
    for suffix in (".txt", ".TXT", ".Txt"):
        path = motion.with_name(stem + suffix)
        if path.is_file():
            return path
    return None


def _read(path: Path, *, fps: float | None) -> Recording:
    """The positions or features of a motion file; ``fps`` is that of arrays that say none.

    Raises:
        ValueError: it cannot be read, or is no body.
    """
    if path.suffix.lower() == ".npy":
        recording = _published(path)
        if recording is not None:
            return recording

    is_array = path.suffix.lower() == ".npy"
    motion, notes = load_motion_file(path, input_fps=fps if is_array else None)
    if not motion.skeleton.supports("features"):
        raise ValueError(
            f"features are made from SMPL's 22 joints: {motion.skeleton.num_joints}; "
            "give [T 251] instead"
        )
    return Recording(motion.resampled(FPS).positions, is_features=False, notes=tuple(notes))


def _published(path: Path) -> Recording | None:
    """Features, or positions that are not finite (their frames are counted later); else None."""
    array = pickle_within(path) is None and read_array(path)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        return None

    if is_features(array):
        start = array[:_START].astype(np.float32)
        layout = layout_of(start)
        is_whole = len(start) > 0 and bool(np.isfinite(start).all())
        fault = features_fault(start, decode_positions(start, layout), layout) if is_whole else None
        if fault:
            raise ValueError(fault)
        return Recording(array, is_features=True)

    is_joints = array.ndim == 3 and array.shape[1:] == (NUM_JOINTS, 3)
    if is_joints and not np.isfinite(array).all():
        return Recording(array, is_features=False)
    return None
