"""From a folder of motion files to a feature store; every clip that is left out is named with its reason."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from motionlcm.data.captions import read_captions
from motionlcm.data.compose import extend_train_clips
from motionlcm.data.focus import focus_captions
from motionlcm.data.store import (
    SPLITS,
    Caption,
    Clip,
    mirrored_pairs,
    span_frames,
    train_statistics,
    write_store,
)
from motionlcm.formats.npz import read_array
from motionlcm.motion.features import (
    HUMANML,
    NUM_JOINTS,
    SHORTEST_BONE,
    decode_positions,
    encode_features,
    layout_of,
)
from motionlcm.motion.layout import KNOWN_WIDTHS
from motionlcm.motion.skeleton import bone_lengths

logger = logging.getLogger(__name__)
MOTION_SUFFIXES = (".bvh", ".amc", ".glb", ".npz", ".npy")
MIN_FRAMES = 8


@dataclass
class PrepareReport:
    """What became of every clip: ``rejected`` and ``notes`` are lists of ``{"clip", "reason"}``."""

    accepted: int = 0
    frames: int = 0
    seconds: float = 0.0
    statistics: str = ""  #: where mean and deviation come from
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    composition: str = ""  #: what was composed and what was dropped

    def summary(self) -> str:
        """One line a reason, with its count."""
        lines = [f"{self.accepted} clips, {self.frames} frames ({self.seconds / 60:.1f} minutes)"]
        lines += [f"mean and deviation: {self.statistics}"] if self.statistics else []
        lines += [self.composition] if self.composition else []
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
    min_frames: int | None = None,
    compose: int = 0,
    plain: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PrepareReport:
    """Read every motion below ``source``, write a feature store to ``destination`` and return the report.

    ``source`` is a folder of HumanML3D or KIT-ML (``new_joint_vecs`` or ``joints``, with ``texts``) or any folder of
    BVH, AMC (with its ASF), npz or npy files with a caption file of the same name and suffix .txt beside each, or in
    ``texts``. Splits come from ``train.txt``, ``val.txt`` and ``test.txt``; without them 5 % of the clips, chosen by a
    hash of their name, go to val and 5 % to test. Beside ``new_joint_vecs`` the folder's own ``Mean.npy`` and
    ``Std.npy`` become the store's; else those of the train split do.

    With ``focus`` long recordings of the train split get captions with times where they show a named action. With
    ``sources`` only clips are read whose ``source`` in the folder's ``sources.jsonl`` is among them (for a model under
    one licence, say). With ``grounded`` a train clip that keeps off the floor for over a second is left out: it climbs
    on or hangs from something that is not in the data, and a model would learn to sit in the air. Clips of less than
    ``min_frames`` are rejected, and so are captions of such a stretch; by default it is what the data set's own
    protocol asks of ``new_joint_vecs`` (40, KIT-ML 24), and 9 of other recordings.

    With ``compose`` that many clips are composed from those of the train split and added to it; mean and deviation
    stay those of the recorded ones. With ``plain`` train clips of known actions get captions in plain words.

    Raises:
        FileNotFoundError: no such folder, or no motion file in it.
        ValueError: a source that the folder does not name; a damaged Mean.npy or Std.npy; what KIT-ML cannot have.
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
    is_published = (source / "new_joint_vecs").is_dir()
    if min_frames is None and not is_published:
        min_frames = MIN_FRAMES + 1
    report = PrepareReport()
    features, clips = _read_all(found, report, read_splits(source), min_frames, focus, grounded, progress)
    if not clips:
        raise ValueError(f"no clip of {source} could be used; {report.summary()}")
    statistics = _own_statistics(source, features[0].shape[1])
    report.statistics = "made from the clips" if statistics is None else "the folder's own Mean.npy and Std.npy"
    if plain or compose:
        statistics = statistics or train_statistics(features, clips)  # of recorded clips
        report.composition = extend_train_clips(features, clips, compose, plain=plain)
    report.accepted, report.frames = len(clips), sum(map(len, features))
    report.seconds = report.frames / layout_of(features[0]).fps
    write_store(destination, features, clips, statistics, is_published=is_published)
    (destination / "report.json").write_text(json.dumps(asdict(report), indent=1) + "\n")
    return report


def _read_all(
    found: list[_Source],
    report: PrepareReport,
    splits: dict[str, str],
    min_frames: int | None,
    focus: bool,
    grounded: bool,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[np.ndarray], list[Clip]]:
    """The features of all clips that can be used, and what the index says of each."""
    features: list[np.ndarray] = []
    clips: list[Clip] = []
    offset, pairs = 0, mirrored_pairs(item.id for item in found)
    for index, item in enumerate(found):
        if progress is not None:
            progress(index, len(found))
        encoded = _encode(item, report, min_frames, width=features[0].shape[1] if features else None)
        if encoded is None:
            continue
        array, captions = encoded
        original = item.id[1:] if item.id in pairs and item.id.startswith("M") else item.id
        split = splits.get(item.id) if splits else hashed_split(original)  # a clip and its mirror image go together
        if split is None:
            report.rejected.append({"clip": item.id, "reason": "in none of train.txt, val.txt, test.txt"})
            continue
        if grounded and split == "train" and (seconds := _seconds_off_the_floor(array)) > 1:
            report.rejected.append({"clip": item.id, "reason": f"off the floor: for {seconds:.1f} s"})
            continue
        if focus and split == "train":
            captions += tuple(_focused(array, captions))
        features.append(array)
        clips.append(Clip(item.id, split, offset, len(array), captions, item.source, item.label))
        offset += len(array)
    return features, clips


def _focused(features: np.ndarray, captions: tuple[Caption, ...]) -> list[Caption]:
    if features.shape[1] != HUMANML.dim:
        raise ValueError("--focus sees actions on SMPL's 22 joints only; leave it out for KIT-ML")
    return focus_captions(decode_positions(features), captions)


def _own_statistics(source: Path, width: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and deviation ``[D]`` of a folder with ``new_joint_vecs``, or None where it has none."""
    paths = source / "Mean.npy", source / "Std.npy"
    if not (source / "new_joint_vecs").is_dir() or not all(path.is_file() for path in paths):
        return None
    arrays = []
    for path in paths:
        array = read_array(path)
        if array.shape != (width,) or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"{path} must hold {width} finite numbers, as the clips have features; got {array.shape}")
        arrays.append(array.astype(np.float32))
    mean, std = arrays
    if (std <= 0).any():
        raise ValueError(f"{paths[1]} must be positive, {int((std <= 0).sum())} of {width} numbers are not")
    return mean, std


def _find(source: Path) -> Iterator[_Source]:
    rows = {}
    if (source / "sources.jsonl").is_file():
        lines = (source / "sources.jsonl").read_text().splitlines()
        rows = {row["id"]: row for row in map(json.loads, lines)}
    vectors, joints = source / "new_joint_vecs", source / "joints"
    is_published = vectors.is_dir()  # there a clip's name says nothing
    folder = vectors if vectors.is_dir() else joints if joints.is_dir() else source
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in MOTION_SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        texts = [source / "texts" / f"{name}.txt", path.with_suffix(".txt")]
        text = next((text for text in texts if text.is_file()), None)
        captions = read_captions(text) if text else () if is_published else (Caption(_words(path.stem)),)
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
        array = read_array(path)
        if array.ndim == 3 and array.shape[1:] == (NUM_JOINTS, 3):
            return array, False, []
        if array.ndim == 2 and array.shape[1] in KNOWN_WIDTHS:
            return array, True, []
        raise ValueError(f"shape is none of [T 22 3], [T 263], [T 251]: {array.shape}")
    from motionlcm.formats.read import load_motion_file

    motion, notes = load_motion_file(path)
    if motion.skeleton.num_joints != NUM_JOINTS:
        raise ValueError(f"features are made from SMPL's 22 joints: {motion.skeleton.num_joints}; give [T 251] instead")
    return motion.resampled(20.0).positions, False, notes


def _encode(
    item: _Source, report: PrepareReport, min_frames: int | None, *, width: int | None
) -> tuple[np.ndarray, tuple[Caption, ...]] | None:
    """Features ``[T D]`` and captions, or None with the reason in the report; ``width`` is what D must be."""
    try:
        array, is_features, notes = item.read()
    except (ValueError, OSError, EOFError) as error:
        report.rejected.append({"clip": item.id, "reason": f"unreadable: {error}"})
        return None
    report.notes += [{"clip": item.id, "reason": note} for note in notes]
    layout = layout_of(array) if is_features else HUMANML
    least, captions, reason = min_frames or layout.min_frames, item.captions, None
    if not captions:
        reason = "no caption"
    elif not np.isfinite(array).all():
        reason = f"not finite: {int((~np.isfinite(array)).reshape(len(array), -1).any(-1).sum())} frames"
    elif len(array) < least:
        reason = f"too short: {len(array)} frames, at least {least} are needed"
    elif width not in (None, layout.dim):
        reason = f"another kind: {layout.dim} features, the clips before have {width}"
    else:
        captions = _long_enough(item, len(array), layout.fps, least, report)
        reason = None if captions else f"no caption: all speak of less than {least} frames"
    if reason is not None:
        report.rejected.append({"clip": item.id, "reason": reason})
        return None
    if is_features:
        return np.asarray(array, np.float32), captions
    short = bone_lengths(array)[:, 1:].max(0) < SHORTEST_BONE
    if short.any():
        report.notes.append({"clip": item.id, "reason": f"bones of zero length repaired: {int(short.sum())}"})
    return encode_features(np.asarray(array, np.float64)).astype(np.float32), captions


def _long_enough(item: _Source, frames: int, fps: float, least: int, report: PrepareReport) -> tuple[Caption, ...]:
    """The captions that speak of at least ``least`` frames; the others are noted."""
    kept = []
    for caption in item.captions:
        start, end = span_frames(caption, frames, fps)
        if end - start >= least:
            kept.append(caption)
            continue
        words = f"caption of too short a stretch: {caption.text!r}, {end - start} frames, at least {least} are needed"
        report.notes.append({"clip": item.id, "reason": words})
    return tuple(kept)


def _seconds_off_the_floor(features: np.ndarray) -> float:
    """The longest time in which the lowest joint of ``[T D]`` keeps over 30 cm above the clip's floor."""
    layout = layout_of(features)
    is_up = decode_positions(features, layout)[..., 1].min(axis=1) > 0.3
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_up, [False]])))
    return float((edges[1::2] - edges[::2]).max(initial=0)) / layout.fps


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
