"""Composition: new clips with new captions from recorded ones, for training.

Few recordings show what people ask for in one sentence: first this and then that, this while doing
that, slowly, in a circle, three times. Such clips are composed from recordings of single actions
(``recipes``), checked by physics and by the probes of what they show, and given captions by
grammar. Only train clips are used, and only the train split gets them. Composed clips have the
source "composed", poses drawn by hand the source "posed".
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.data.action_phrases import Action, action_of, action_of_caption, on_the_side_of
from motionlcm.data.captions import read_captions
from motionlcm.data.composition import (
    COMPOSED_SOURCES,
    ComposedClip,
    CompositionReport,
    compose_clips,
)
from motionlcm.data.composition_captions import (
    counted_captions,
    measured_words,
    plain_captions,
)
from motionlcm.data.ingredients import LONGEST, Recording, said_phrases
from motionlcm.data.origins import ORIGINS, read_origins
from motionlcm.data.store import Caption, Clip, FeatureStore, mirrored_pairs, span_frames
from motionlcm.formats.array_files import read_array
from motionlcm.motion.features import (
    FPS,
    HUMANML,
    canonicalize,
    check_positions,
    decode_positions,
    encode_features,
    retarget_lengths,
)
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.text_files import read_text_file


def extend_train_clips(
    features: list[np.ndarray],
    clips: list[Clip],
    count: int,
    *,
    plain: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Add composed clips, and with ``plain`` plain captions, to the train split in place.

    Args:
        features: ``[T 263]`` each, not normalised.
        clips: what the index says of each.
        count: how many clips to compose.
        plain: whether recorded clips of known actions get plain captions.
        seed: of chance.
        progress: called with (done, total) clips, first of those composed, then of plain captions.
    Returns:
        What was composed and what was dropped, in two lines; nothing for no clips.
    Raises:
        ValueError: features of another body than SMPL's 22 joints.
    """
    if features and features[0].shape[1] != HUMANML.dim:
        raise ValueError("composition works on SMPL's 22 joints only; leave it out for KIT-ML")

    composed: list[ComposedClip] = []
    summary = ""
    if count:
        train = _train_split(clips, [partial(_decoded, array) for array in features])
        composed, report = compose_clips(
            train.recordings,
            count,
            seed=seed,
            recorded_classes=train.classes.values(),
            progress=progress,
        )
        summary = report.summary()

    if plain:
        for index, (array, clip) in enumerate(zip(features, clips, strict=True)):
            if clip.split == "train":
                clips[index] = with_plain_captions(clip, _decoded(array), seed=seed)
            if progress is not None:
                progress(index + 1, len(clips))

    offset = sum(map(len, features))
    for item in composed:
        array = encode_features(item.positions.astype(np.float64)).astype(np.float32)
        captions = tuple(map(Caption, item.captions))
        features.append(array)
        clips.append(Clip(item.id, "train", offset, len(array), captions, item.source, item.label))
        offset += len(array)
    return summary


def compose(
    source: str | Path,
    destination: str | Path,
    *,
    count: int,
    seed: int = 0,
    shares: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CompositionReport:
    """Compose clips from a store or a folder of joints, and write them as a folder that
    ``motionlcm-prepare`` reads.

    Args:
        source: a feature store, or a folder with ``joints``, ``texts`` and ``train.txt``; only its
            train split is used. What a clip shows is known from its label in ``sources.jsonl`` or,
            without one, from a caption that says just one of the phrases of ``action_phrases``.
        destination: gets ``joints``, ``texts``, ``train.txt`` and ``sources.jsonl``; may be
            ``source`` itself. A line of ``sources.jsonl`` that names no clip is noted, and stays.
        count, seed, shares, progress: see ``compose_clips``.
    Raises:
        FileNotFoundError: neither a store nor such a folder.
        ValueError: a list of clips that is no text.
    """
    source, destination = Path(source), Path(destination)
    is_store = (source / "clips.jsonl").is_file()
    train = _of_store(FeatureStore.open(source)) if is_store else _of_folder(source)

    clips, report = compose_clips(
        train.recordings,
        count,
        seed=seed,
        recorded_classes=train.classes.values(),
        shares=shares,
        progress=progress,
    )

    report.notes += [f"{source / ORIGINS}: {note}" for note in train.notes]
    write_folder(clips, destination)
    return report


def write_folder(clips: list[ComposedClip], folder: Path) -> None:
    """Write composed clips as ``joints``, ``texts``, and lines of ``train.txt`` and
    ``sources.jsonl``; others stay."""
    for part in ("joints", "texts"):
        (folder / part).mkdir(parents=True, exist_ok=True)

    names = {clip.id for clip in clips}
    lines = [line for line, name in read_origins(folder).lines if name not in names]
    train = [name for name in _lines(folder / "train.txt") if name not in names]

    for clip in clips:
        np.save(folder / "joints" / f"{clip.id}.npy", clip.positions)
        text = "".join(f"{caption}\n" for caption in clip.captions)
        (folder / "texts" / f"{clip.id}.txt").write_text(text, encoding="utf-8")
        row = {
            "id": clip.id,
            "source": clip.source,
            "label": clip.label,
            "frames": len(clip.positions),
            "split": "train",
            "from": list(clip.origins),
        }
        lines.append(json.dumps(row, ensure_ascii=False))

    # The lists of clips come last and whole: what they name is there.
    for name, content in (("train.txt", [*train, *sorted(names)]), (ORIGINS, lines)):
        write_bytes(folder / name, "".join(f"{line}\n" for line in content).encode())


def with_plain_captions(clip: Clip, positions: np.ndarray, *, seed: int = 0) -> Clip:
    """A recorded clip with captions in plain words for the action that its label names, some with
    what is measured.

    Args:
        clip: any; one of no known action is given back as it is.
        positions: ``[T 22 3]`` metres, the floor at 0.
        seed: of chance.
    """
    label, times = _without_count(clip.label)
    action = action_of(label)
    if action is None:
        return clip
    action = on_the_side_of(action, [caption.text for caption in clip.captions])

    rng = np.random.default_rng([seed, *clip.id.encode()])
    phrases = said_phrases(action, clip.source, positions)
    if times > 1:
        texts = counted_captions(phrases, times, rng)
    else:
        texts = plain_captions(phrases, rng)

    measured = measured_words(positions, action.traits)
    if measured:
        several = tuple(f"{phrase} {word}" for phrase in phrases for word in measured)
        texts += plain_captions(several, rng, 1)

    known = {caption.text for caption in clip.captions}
    extra = tuple(Caption(text) for text in texts if text not in known)
    return replace(clip, captions=clip.captions + extra)


def _spans_of(clip: Clip) -> Iterator[tuple[tuple[str, str], int]]:
    """Class and frames of every stretch that captions speak of, as training counts them."""
    texts: dict[tuple[int, int], Caption] = {}
    for caption in clip.captions:
        texts.setdefault(span_frames(caption, clip.frames, FPS), caption)

    for (start, stop), caption in texts.items():
        is_named = bool(clip.label) and caption.end <= 0
        name = (clip.source, clip.label.split(" (")[0]) if is_named else ("", caption.text)
        yield name, stop - start


def _without_count(label: str) -> tuple[str, int]:
    """The label of one repetition and how many there are: "deep squat x3" is "deep squat x1", 3."""
    match = re.fullmatch(r"(.* x)([2-5])", label)
    return (f"{match[1]}1", int(match[2])) if match else (label, 1)


def _num_windows(frames: int) -> int:
    """Windows of at most 196 frames that overlap by half."""
    return 1 if frames <= LONGEST else math.ceil((frames - LONGEST) / (LONGEST / 2)) + 1


def _decoded(features: np.ndarray) -> np.ndarray:
    return decode_positions(np.asarray(features, dtype=np.float64))


def _action(clip: Clip) -> Action | None:
    """What the label names or, without one, what a caption of the whole clip says if it is a
    phrase."""
    if clip.label:
        action = action_of(clip.label)
        texts = [caption.text for caption in clip.captions]
        return None if action is None else on_the_side_of(action, texts)
    whole = (action_of_caption(caption.text) for caption in clip.captions if caption.end <= 0)
    return next((action for action in whole if action is not None), None)


@dataclass(frozen=True)
class _TrainSplit:
    """Recordings of a train split, the number of windows of each class, and notes on its files."""

    recordings: list[Recording]
    classes: Counter[tuple[str, str]]
    notes: list[str]


def _train_split(clips: list[Clip], readers: Sequence[Callable[[], np.ndarray]]) -> _TrainSplit:
    """The train split of clips that are read by ``readers``; mirrored copies are not used."""
    pairs = mirrored_pairs(clip.id for clip in clips)
    split = _TrainSplit([], Counter(), [])
    for clip, read in zip(clips, readers, strict=True):
        if clip.split != "train" or clip.source in COMPOSED_SOURCES:
            continue
        for name, frames in _spans_of(clip):
            split.classes[name] += _num_windows(frames)

        if not (clip.id in pairs and clip.id.startswith("M")):
            recording = Recording(clip.id, clip.source, _action(clip), clip.frames, read)
            split.recordings.append(recording)
    return split


def _of_store(store: FeatureStore) -> _TrainSplit:
    if len(store.mean) != HUMANML.dim:
        raise ValueError(f"{store.folder}: composition works on SMPL's 22 joints only")

    def read(clip: Clip) -> np.ndarray:
        return _decoded(store.clip_features(clip))

    return _train_split(store.clips, [partial(read, clip) for clip in store.clips])


def _of_folder(folder: Path) -> _TrainSplit:
    names = _lines(folder / "train.txt")
    if not (folder / "joints").is_dir() or not names:
        raise FileNotFoundError(
            f"{folder} is neither a feature store nor a folder with joints/ and a train.txt"
        )

    origins = read_origins(folder)
    paths = [folder / "joints" / f"{name}.npy" for name in names]
    clips = [
        _clip_of(path, folder / "texts" / f"{name}.txt", origins.rows.get(name, {}))
        for name, path in zip(names, paths, strict=True)
        if path.is_file()
    ]
    readers = [partial(_read_joints, path) for path in paths if path.is_file()]
    split = _train_split(clips, readers)
    split.notes.extend(origins.notes)
    return split


def _clip_of(path: Path, text: Path, row: dict) -> Clip:
    """The train clip of a file of joints, its captions, and its row in ``sources.jsonl``."""
    captions = read_captions(text) if text.is_file() else ()
    frames = len(np.load(path, mmap_mode="r", allow_pickle=False))
    source, label = row.get("source", ""), row.get("label", "")
    return Clip(text.stem, "train", 0, frames, captions or (Caption(""),), source, label)


def _read_joints(path: Path) -> np.ndarray:
    positions = read_array(path).astype(np.float64)
    check_positions(positions)
    return canonicalize(retarget_lengths(positions, SMPL_22.offsets))


def _lines(path: Path) -> list[str]:
    """The names that a list of clips holds; none where there is no list."""
    if not path.is_file():
        return []
    names = map(str.strip, read_text_file(path).split("\n"))
    return [name for name in names if name]
