"""From a folder of motion files to a feature store; what is left out is named with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.atomic_files import ready_folder
from motionlcm.data.compose import extend_train_clips
from motionlcm.data.focus import focus_captions
from motionlcm.data.origins import ORIGINS, read_origins
from motionlcm.data.prepare_report import PrepareReport
from motionlcm.data.sources import Source, find_sources, with_origins
from motionlcm.data.store import (
    SPLITS,
    Caption,
    Clip,
    mirrored_pairs,
    read_statistics,
    span_frames,
    train_statistics,
    write_store,
)
from motionlcm.formats.read import READABLE
from motionlcm.motion.features import (
    HUMANML,
    SHORTEST_BONE,
    decode_positions,
    encode_features,
    layout_of,
)
from motionlcm.motion.skeleton import bone_lengths
from motionlcm.motion.timeline import spans
from motionlcm.text_files import read_text_file

MIN_FRAMES = 9  #: the shortest clip of recordings that no published protocol speaks of
_OWN_STATISTICS = "the folder's own Mean.npy and Std.npy"
_HIGH_UP = 0.3  #: metres; a body whose lowest joint is higher is off the floor
_LONG_JUMP = 1.0  #: seconds; who is off the floor for longer does not jump


@dataclass(frozen=True)
class _Rules:
    """Which clips are kept; the arguments of ``prepare``."""

    min_frames: int | None
    focus: bool
    grounded: bool


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
    """Read every motion below ``source``, write a feature store, return the report.

    Splits come from ``train.txt``, ``val.txt`` and ``test.txt``; without them 5 % of the clips,
    chosen by a hash of their name, go to val and 5 % to test. Beside ``new_joint_vecs`` the
    folder's own ``Mean.npy`` and ``Std.npy`` become the store's; else those of the train split do.

    Args:
        source: a folder of HumanML3D or KIT-ML (``new_joint_vecs``, ``new_joints`` or ``joints``,
            with ``texts``), or of any motion files with a caption file of the same name and suffix
            .txt beside each, or in ``texts``.
        destination: folder of the feature store.
        focus: give long recordings of the train split captions with times, where they show an
            action that their own caption names.
        sources: read only clips whose ``source`` in the folder's ``sources.jsonl`` is among these
            (for a model under one licence, say); empty: all.
        grounded: leave out train clips that keep off the floor for over a second: they climb on or
            hang from something unseen, and a model would learn to sit in the air.
        min_frames: shorter clips are rejected, and so are captions of a shorter stretch; None: what
            the data set's own protocol asks of ``new_joint_vecs`` (40, KIT-ML 24), and 9 of others.
        compose: compose so many clips from those of the train split and add them to it; mean and
            deviation stay those of the recorded ones.
        plain: give train clips of known actions captions in plain words, some measured.
        progress: called with (done, total).
    Raises:
        FileNotFoundError: no folder or no motion in it.
        ValueError: a source that the folder does not name; a damaged Mean.npy or Std.npy; what
            KIT-ML cannot have; not one clip could be used (the message names the reasons).
    """
    source, destination = Path(source), Path(destination)
    report = PrepareReport()
    recordings = _recordings(source, sources, report)
    ready_folder(destination)
    is_published = (source / "new_joint_vecs").is_dir()
    rules = _Rules(min_frames or (None if is_published else MIN_FRAMES), focus, grounded)

    features: list[np.ndarray] = []
    clips: list[Clip] = []
    with report.written(destination, lambda: [clip.id for clip in clips], source=source):
        _read_all(recordings, report, read_splits(source), rules, progress, features, clips)
        if not clips:
            raise ValueError(
                f"no clip of {source} could be used, {destination / 'report.json'} names them all: "
                + "; ".join(report.summary().splitlines())
            )
        statistics = _statistics(source, features, clips, report, compose, plain, progress)
        write_store(destination, features, clips, statistics, is_published=is_published)
        _count(features, report)
    return report


def _statistics(
    source: Path,
    features: list[np.ndarray],
    clips: list[Clip],
    report: PrepareReport,
    compose: int,
    plain: bool,
    progress: Callable[[int, int], None] | None,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and deviation of the store, or None for those of the clips; clips are composed, too."""
    statistics = _own_statistics(source, features[0].shape[1])
    report.statistics = "made from the clips" if statistics is None else _OWN_STATISTICS
    if not (plain or compose):
        return statistics

    recorded = len(clips)
    statistics = statistics or train_statistics(features, clips)
    report.composition = extend_train_clips(
        features, clips, compose, plain=plain, progress=progress
    )
    for array, clip in zip(features[recorded:], clips[recorded:], strict=True):
        _see(report, clip.id, array, layout_of(array).fps, clip.captions)
    return statistics


def _count(features: list[np.ndarray], report: PrepareReport) -> None:
    """Take down what was written."""
    report.accepted = len(features)
    report.frames = sum(map(len, features))
    report.seconds = report.frames / layout_of(features[0]).fps


def _see(
    report: PrepareReport, clip: str, array: np.ndarray, fps: float, captions: tuple[Caption, ...]
) -> None:
    report.see(clip, array, fps, [caption.text for caption in captions])


def _recordings(source: Path, origins: tuple[str, ...], report: PrepareReport) -> list[Source]:
    """The motion files of a folder, of these origins where some are given."""
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source}")

    listed = read_origins(source)
    for note in listed.notes:
        report.note(ORIGINS, note)
    recordings = find_sources(source, listed.rows)
    if not recordings:
        known = ", ".join(READABLE)
        raise FileNotFoundError(f"{source} holds no motion: looked for {known} and joints/")
    return with_origins(recordings, origins) if origins else recordings


def _read_all(
    recordings: list[Source],
    report: PrepareReport,
    splits: dict[str, str],
    rules: _Rules,
    progress: Callable[[int, int], None] | None,
    features: list[np.ndarray],
    clips: list[Clip],
) -> None:
    """Add the features of all clips that can be used, and what the index says of each."""
    offset = 0
    pairs = mirrored_pairs(source.id for source in recordings)
    occupied: set[str] = set()

    for index, source in enumerate(recordings):
        if progress is not None:
            progress(index, len(recordings))

        if source.id in occupied:
            report.reject(source.id, "name is taken: another file of the folder has it; rename one")
            continue

        width = features[0].shape[1] if features else None
        encoded = _encode(source, report, rules.min_frames, width=width)
        if encoded is None:
            continue
        array, captions = encoded

        # a clip and its mirror image go together
        is_copy = source.id in pairs and source.id.startswith("M")
        original = source.id[1:] if is_copy else source.id
        split = splits.get(source.id) if splits else hashed_split(original)
        if split is None:
            report.reject(source.id, "in none of train.txt, val.txt, test.txt")
            continue

        if split == "train":
            seconds = _seconds_off_the_floor(array) if rules.grounded else 0.0
            if seconds > _LONG_JUMP:
                report.reject(source.id, f"off the floor: for {seconds:.1f} s")
                continue
            if rules.focus:
                captions += tuple(_focused(array, captions))

        occupied.add(source.id)
        features.append(array)
        clips.append(
            Clip(source.id, split, offset, len(array), captions, source.origin, source.label)
        )
        offset += len(array)


def _focused(features: np.ndarray, captions: tuple[Caption, ...]) -> list[Caption]:
    if not layout_of(features).skeleton.supports("probes"):
        raise ValueError("--focus sees actions on SMPL's 22 joints only; leave it out for KIT-ML")
    return focus_captions(decode_positions(features), captions)


def _own_statistics(source: Path, width: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and deviation ``[D]`` of a folder with ``new_joint_vecs``, or None where it has none."""
    mean, std = source / "Mean.npy", source / "Std.npy"
    if not (source / "new_joint_vecs").is_dir() or not mean.is_file() or not std.is_file():
        return None
    return read_statistics(mean, std, width)


def _encode(
    source: Source, report: PrepareReport, min_frames: int | None, *, width: int | None
) -> tuple[np.ndarray, tuple[Caption, ...]] | None:
    """Features ``[T D]`` and captions, or None with the reason in the report.

    ``width`` is what D must be.
    """
    for note in source.notes:
        report.note(source.id, note)
    if source.problem:
        report.reject(source.id, f"no caption: {source.problem}")
        return None

    try:
        recording = source.read()
    except (ValueError, OSError, EOFError) as error:
        report.reject(source.id, f"unreadable: {error}")
        return None
    for note in recording.notes:
        report.note(source.id, note)

    array = recording.array
    layout = layout_of(array) if recording.is_features else HUMANML
    _see(report, source.id, array, layout.fps, source.captions)
    least = min_frames or layout.min_frames
    reason = _unusable(array, source.captions, least)
    if reason is None and width not in (None, layout.dim):
        reason = f"another kind: {layout.dim} features, the clips before have {width}"
    if reason is not None:
        report.reject(source.id, reason)
        return None

    captions = _long_enough(source, len(array), layout.fps, least, report)
    if not captions:
        report.reject(source.id, f"no caption: all speak of less than {least} frames")
        return None

    if recording.is_features:
        return np.asarray(array, np.float32), captions

    is_short = bone_lengths(array)[:, 1:].max(0) < SHORTEST_BONE
    if is_short.any():
        report.note(source.id, f"bones of zero length repaired: {int(is_short.sum())}")
    return encode_features(np.asarray(array, np.float64)).astype(np.float32), captions


def _unusable(array: np.ndarray, captions: tuple[Caption, ...], least: int) -> str | None:
    """Why a recording ``[T ...]`` cannot be used, or None."""
    if not captions:
        return "no caption"

    is_bad = ~np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
    if is_bad.any():
        return f"not finite: {int(is_bad.sum())} frames"
    if len(array) < least:
        return f"too short: {len(array)} frames, at least {least} are needed"
    return None


def _long_enough(
    source: Source, frames: int, fps: float, least: int, report: PrepareReport
) -> tuple[Caption, ...]:
    """The captions that speak of at least ``least`` frames; the others are noted."""
    kept = []
    for caption in source.captions:
        start, end = span_frames(caption, frames, fps)
        if end - start >= least:
            kept.append(caption)
            continue
        report.note(
            source.id,
            f"caption of too short a stretch: {caption.text!r}, {end - start} frames, "
            f"at least {least} are needed",
        )
    return tuple(kept)


def _seconds_off_the_floor(features: np.ndarray) -> float:
    """The longest time in which the lowest joint of ``[T D]`` keeps high above the floor."""
    layout = layout_of(features)
    is_up = decode_positions(features, layout)[..., 1].min(axis=1) > _HIGH_UP
    return max((stop - start for start, stop in spans(is_up)), default=0) / layout.fps


def read_splits(source: Path) -> dict[str, str]:
    """Clip to split, as the files train.txt, val.txt and test.txt of a folder tell."""
    splits: dict[str, str] = {}
    for split in SPLITS:
        path = source / f"{split}.txt"
        if path.is_file():
            names = read_text_file(path).split("\n")
            splits |= {name.strip(): split for name in names if name.strip()}
    return splits


def hashed_split(name: str) -> str:
    """Choose a split by a name's hash: 5 % of all names val, 5 % test, the rest train."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "val" if share < 0.05 else "test" if share < 0.1 else "train"
