"""From a folder of motion files to a feature store; every clip that is left out is named with its reason."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from motionlcm.data.captions import read_captions
from motionlcm.data.focus import focus_captions
from motionlcm.data.store import SPLITS, Caption, Clip, write_store
from motionlcm.motion.features import FPS, NUM_JOINTS, SHORTEST_BONE, decode_positions, encode_features
from motionlcm.motion.skeleton import bone_lengths

logger = logging.getLogger(__name__)
MOTION_SUFFIXES = (".bvh", ".amc", ".glb", ".npz", ".npy")
MIN_FRAMES = 8


@dataclass
class PrepareReport:
    """What became of every clip: ``rejected`` and ``notes`` are lists of ``{"clip", "reason"}``."""

    accepted: int = 0
    frames: int = 0
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    def summary(self) -> str:
        """One line a reason, with its count."""
        lines = [f"{self.accepted} clips, {self.frames} frames ({self.frames / 1200:.1f} minutes)"]
        for title, rows in (("rejected", self.rejected), ("note", self.notes)):
            counts = Counter(row["reason"].split(":")[0] for row in rows)
            lines += [f"{title}: {count} x {reason}" for reason, count in counts.most_common()]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Source:
    id: str
    read: Callable[[], tuple[np.ndarray, bool, list[str]]]  #: array, is_features, notes
    captions: tuple[Caption, ...]
    label: str = ""
    source: str = ""


def prepare(
    source: str | Path,
    destination: str | Path,
    *,
    focus: bool = False,
    sources: tuple[str, ...] = (),
    grounded: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PrepareReport:
    """Read every motion below ``source``, write a feature store to ``destination`` and return the report.

    ``source`` is a HumanML3D folder (``new_joint_vecs`` or ``joints``, with ``texts``) or any folder of BVH, AMC (with
    its ASF), npz or npy files with a caption file of the same name and suffix .txt beside each, or in ``texts``.
    Splits come from ``train.txt``, ``val.txt`` and ``test.txt``; without them 5 % of the clips, chosen by a hash of
    their name, go to val and 5 % to test.

    With ``focus`` long recordings of the train split get captions with times where they show a named action. With
    ``sources`` only clips are read whose ``source`` in the folder's ``sources.jsonl`` is among them (for a model under
    one licence, say). With ``grounded`` a train clip that keeps off the floor for over a second is left out: it climbs
    on or hangs from something that is not in the data, and a model would learn to sit in the air.

    Raises:
        FileNotFoundError: no such folder, or no motion file in it.
        ValueError: a source that the folder does not name.
        ValueError: not one clip could be used; the message names the commonest reasons.
    """
    source, destination = Path(source), Path(destination)
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source}")
    found = list(_find(source))
    if not found:
        raise FileNotFoundError(f"{source} holds no motion: looked for {', '.join(MOTION_SUFFIXES)} and joints/")
    if sources:
        found = _from_sources(found, sources)
    splits = read_splits(source)
    report, features, clips, offset = PrepareReport(), [], [], 0
    for index, item in enumerate(found):
        if progress is not None:
            progress(index, len(found))
        array = _encode(item, report)
        if array is None:
            continue
        split = splits.get(item.id) if splits else hashed_split(item.id)
        if split is None:
            report.rejected.append({"clip": item.id, "reason": "in none of train.txt, val.txt, test.txt"})
            continue
        captions = item.captions
        if grounded and split == "train" and (seconds := seconds_off_the_floor(decode_positions(array))) > 1:
            report.rejected.append({"clip": item.id, "reason": f"off the floor: for {seconds:.1f} s"})
            continue
        if focus and split == "train":
            captions += tuple(focus_captions(decode_positions(array), captions))
        features.append(array)
        clips.append(Clip(item.id, split, offset, len(array), captions, item.source, item.label))
        offset += len(array)
    report.accepted, report.frames = len(clips), offset
    if not clips:
        raise ValueError(f"no clip of {source} could be used; {report.summary()}")
    write_store(destination, features, clips)
    text = {"accepted": report.accepted, "frames": report.frames, "rejected": report.rejected, "notes": report.notes}
    (destination / "report.json").write_text(json.dumps(text, indent=1) + "\n")
    return report


def _find(source: Path) -> Iterator[_Source]:
    rows = {}
    if (source / "sources.jsonl").is_file():
        lines = (source / "sources.jsonl").read_text().splitlines()
        rows = {row["id"]: row for row in map(json.loads, lines)}
    vectors, joints = source / "new_joint_vecs", source / "joints"
    folder = vectors if vectors.is_dir() else joints if joints.is_dir() else source
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in MOTION_SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        texts = [source / "texts" / f"{name}.txt", path.with_suffix(".txt")]
        text = next((text for text in texts if text.is_file()), None)
        captions = read_captions(text) if text else (Caption(_words(path.stem)),)
        row = rows.get(name, {})
        yield _Source(name, partial(_read, path), captions, row.get("label", ""), row.get("source", ""))


def _from_sources(found: list[_Source], sources: tuple[str, ...]) -> list[_Source]:
    known = {item.source for item in found if item.source}
    for name in sources:
        if name not in known:
            raise ValueError(
                f"no clip has the source {name!r}; sources.jsonl names {', '.join(sorted(known)) or 'none'}"
            )
    return [item for item in found if item.source in sources]


def _words(stem: str) -> str:
    return " ".join(word for word in stem.replace("-", "_").split("_") if not word.isdigit()) or stem


def _read(path: Path) -> tuple[np.ndarray, bool, list[str]]:
    if path.suffix.lower() == ".npy":
        array = np.load(path, allow_pickle=False)
        if array.ndim == 3 and array.shape[1:] == (NUM_JOINTS, 3):
            return array, False, []
        if array.ndim == 2 and array.shape[1] == 263:
            return array, True, []
        raise ValueError(f"shape is neither [T 22 3] nor [T 263]: {array.shape}")
    from motionlcm.formats.read import load_motion_file

    motion, notes = load_motion_file(path)
    return motion.resampled(20.0).positions, False, notes


def _encode(item: _Source, report: PrepareReport) -> np.ndarray | None:
    """Features ``[T 263]``, or None with the reason in the report."""
    try:
        array, is_features, notes = item.read()
    except (ValueError, OSError, EOFError) as error:
        report.rejected.append({"clip": item.id, "reason": f"unreadable: {error}"})
        return None
    report.notes += [{"clip": item.id, "reason": note} for note in notes]
    reason = None
    if not item.captions:
        reason = "no caption"
    elif not np.isfinite(array).all():
        reason = f"not finite: {int((~np.isfinite(array)).reshape(len(array), -1).any(-1).sum())} frames"
    elif len(array) < MIN_FRAMES + 1:
        reason = f"too short: {len(array)} frames, at least {MIN_FRAMES + 1} are needed"
    if reason is not None:
        report.rejected.append({"clip": item.id, "reason": reason})
        return None
    if is_features:
        return np.asarray(array, np.float32)
    short = bone_lengths(array)[:, 1:].max(0) < SHORTEST_BONE
    if short.any():
        report.notes.append({"clip": item.id, "reason": f"bones of zero length repaired: {int(short.sum())}"})
    return encode_features(np.asarray(array, np.float64)).astype(np.float32)


def seconds_off_the_floor(positions: np.ndarray) -> float:
    """The longest time in which the lowest joint of ``[T 22 3]`` keeps over 30 cm above the clip's floor, 20 fps."""
    is_up = positions[..., 1].min(axis=1) > 0.3
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_up, [False]])))
    return float((edges[1::2] - edges[::2]).max(initial=0)) / FPS


def read_splits(source: Path) -> dict[str, str]:
    """Clip to split, as the files train.txt, val.txt and test.txt of a folder tell."""
    found: dict[str, str] = {}
    for split in SPLITS:
        path = source / f"{split}.txt"
        if path.is_file():
            found |= {line.strip(): split for line in path.read_text().splitlines() if line.strip()}
    return found


def hashed_split(name: str) -> str:
    """5 % of all names to val, 5 % to test, the rest to train."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "val" if share < 0.05 else "test" if share < 0.1 else "train"
