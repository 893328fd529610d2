"""The feature store: all clips' features in one array, an index, the train split's statistics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tokenize import TokenError

import numpy as np

from motionlcm.atomic_files import replaced, write_bytes
from motionlcm.damage import read_object, reason
from motionlcm.data.clips import SPLITS, Caption, Clip, read_clips, write_clips
from motionlcm.formats.array_files import read_array, read_arrays
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.motion.layout import KNOWN_WIDTHS, FeatureLayout, layout_of, mirror_columns

META = "store.json"
_TOO_LONG = 200  #: frames; the published protocol leaves out what is not shorter


@dataclass(frozen=True)
class Window:
    """A stretch of at most ``max_frames`` frames of a clip, with its captions and their tokens."""

    clip: Clip
    start: int
    frames: int
    captions: tuple[str, ...]
    tokens: tuple[str, ...] = ()


@dataclass
class FeatureStore:
    """An opened store.

    Attributes:
        folder: where it lies.
        features: ``[F D]`` float32 in raw units, the rows of all clips.
        clips: the index.
        mean, std: ``[D]`` of the train split.
        meta: says ``is_published`` where the clips are HumanML3D's or KIT-ML's own features.
    """

    folder: Path
    features: np.ndarray
    clips: list[Clip]
    mean: np.ndarray
    std: np.ndarray
    meta: dict = field(default_factory=dict)

    @classmethod
    def open(cls, folder: str | Path) -> FeatureStore:
        """Open what ``motionlcm-prepare`` wrote; features are read when touched.

        Raises:
            FileNotFoundError: the folder is no feature store.
            ValueError: one of its files is damaged, or does not fit the others; names it.
        """
        folder = Path(folder)
        for name in ("features.npy", "clips.jsonl", "statistics.npz"):
            if not (folder / name).is_file():
                raise FileNotFoundError(
                    f"{folder} is not a feature store (no {name}); make one with: "
                    f"motionlcm-prepare SOURCE {folder}"
                )

        features = _mapped(folder / "features.npy")
        mean, std = _read_scales(folder / "statistics.npz", features.shape[1])
        clips = read_clips(folder / "clips.jsonl", len(features))
        meta = read_object(folder / META) if (folder / META).is_file() else {}
        return cls(folder, features, clips, mean, std, meta)

    @property
    def layout(self) -> FeatureLayout:
        """What the columns mean; ValueError for another width than HumanML3D's or KIT-ML's."""
        return layout_of(self.mean)

    def clip_features(self, clip: Clip) -> np.ndarray:
        """Rows ``[T D]`` of one clip, in raw units."""
        return self.features[clip.offset : clip.offset + clip.frames]

    def windows(self, split: str, *, max_frames: int = 196, overlap: float = 0.5) -> list[Window]:
        """Cut the clips of a split to windows.

        Long clips become equal windows that overlap by about ``overlap`` of their length.
        Published clips of up to 199 frames (many have just so many) are one window, not two that
        are nearly the same.

        Raises:
            ValueError: an unknown split.
        """
        longest = _TOO_LONG - 1 if self.meta.get("is_published") else max_frames
        return [
            Window(clip, begin, min(frames, max_frames), texts, tokens)
            for clip, start, frames, texts, tokens in self._spans(split)
            for begin in (
                [start] if frames <= longest else _starts(start, frames, max_frames, overlap)
            )
        ]

    def published_windows(self, split: str, *, max_frames: int = 196) -> list[Window]:
        """Choose windows as HumanML3D's and KIT-ML's protocol does: one a clip or timed caption.

        Those of 40 (KIT-ML: 24) to 199 frames are kept, and cut off after ``max_frames``.

        Raises:
            ValueError: an unknown split.
        Source: Guo et al., CVPR 2022.
        """
        return [
            Window(clip, start, min(frames, max_frames), texts, tokens)
            for clip, start, frames, texts, tokens in self._spans(split)
            if self.layout.min_frames <= frames < _TOO_LONG
        ]

    def _spans(
        self, split: str
    ) -> Iterator[tuple[Clip, int, int, tuple[str, ...], tuple[str, ...]]]:
        """Clip, first frame, number of frames, captions and tokens of every captioned stretch."""
        if split not in SPLITS:
            raise ValueError(f"split must be one of {SPLITS}, got {split!r}")
        fps = self.layout.fps if len(self.mean) in KNOWN_WIDTHS else FPS

        for clip in self.clips:
            spans: dict[tuple[int, int], list[Caption]] = {}
            for caption in clip.captions if clip.split == split else ():
                spans.setdefault(span_frames(caption, clip.frames, fps), []).append(caption)

            for (start, end), captions in spans.items():
                texts = tuple(caption.text for caption in captions)
                tokens = tuple(caption.tokens for caption in captions)
                yield clip, start, end - start, texts, tokens


def mirrored_pairs(names: Iterable[str]) -> set[str]:
    """Those of the clips that must not be mirrored: mirrored copies, and what they are copies of.

    A copy is named M and then the name of the other, or, where that is missing, M and a number as
    in HumanML3D.
    """
    names = set(names)
    copies = {
        name for name in names if name.startswith("M") and (name[1:] in names or name[1:].isdigit())
    }
    return copies | {name[1:] for name in copies if name[1:] in names}


def span_frames(caption: Caption, frames: int, fps: float) -> tuple[int, int]:
    """First frame, and the one after the last, that a caption of a clip of ``frames`` describes."""
    start = int(min(caption.start * fps, frames - 1))
    end = int(min(caption.end * fps, frames)) if caption.end > caption.start else frames
    return start, end


def _starts(start: int, frames: int, max_frames: int, overlap: float) -> list[int]:
    """Where the windows of a stretch that is too long for one begin."""
    count = int(np.ceil((frames - max_frames) / (max_frames * (1 - overlap)))) + 1
    return [int(begin) for begin in np.linspace(start, start + frames - max_frames, count).round()]


def write_store(
    folder: Path,
    features: list[np.ndarray],
    clips: list[Clip],
    statistics: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    is_published: bool = False,
) -> None:
    """Write a feature store, each of its files whole or not at all.

    Args:
        folder: made where it is missing.
        features: ``[T D]`` of each clip.
        clips: the index, in the same order.
        statistics: mean and deviation ``[D]``; None computes those of the train split, or of all
            clips where there is no train split.
        is_published: the features are a published data set's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if statistics is None:
        statistics = train_statistics(features, clips)
    mean, std = statistics

    # Clip by clip: the array of all of them needs no memory of its own. (A memory map would not
    # either, but on a full disk it ends the process without a word.)
    shape = (sum(map(len, features)), features[0].shape[1])
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with replaced(folder / "features.npy") as path, path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        start = file.tell()
        for array, clip in zip(features, clips, strict=True):
            file.seek(start + 4 * clip.offset * shape[1])
            file.write(np.ascontiguousarray(array, "<f4").data)

    meta = json.dumps({"is_published": is_published}) + "\n"
    write_bytes(folder / META, meta.encode())
    write_bytes(folder / "clips.jsonl", write_clips(clips))

    with replaced(folder / "statistics.npz") as path:
        np.savez(path, mean=mean, std=std)


def train_statistics(
    features: list[np.ndarray], clips: list[Clip]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation ``[D]`` of the train split, or of all clips where there is none."""
    train = [array for array, clip in zip(features, clips, strict=True) if clip.split == "train"]
    return feature_statistics(train or features)


def _mapped(path: Path) -> np.ndarray:
    """Map the features ``[F D]``, which are read when touched."""
    try:
        features = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OverflowError, SyntaxError, TokenError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {reason(error)}") from error

    is_table = isinstance(features, np.ndarray) and features.ndim == 2 and features.size
    if not is_table or features.dtype != np.float32:
        raise ValueError(f"{path} is damaged: it must be one float32 array of frames and features")
    return features


def _read_scales(path: Path, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Read mean and deviation, ``[D]`` each."""
    arrays = read_arrays(path, only=("mean", "std"))
    for name in ("mean", "std"):
        array = arrays.get(name)
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{path} is damaged: it holds no array {name}")
        if array.shape != (width,) or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(
                f"{path} is damaged: {name} must be {width} finite numbers, one a feature"
            )

    if not (arrays["std"] > 0).all():
        raise ValueError(f"{path} is damaged: std must be positive")
    return arrays["mean"], arrays["std"]


def feature_statistics(features: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean ``[D]`` and standard deviation ``[D]`` over both the clips and their mirror images.

    Within each kind of feature (positions, rotations, ...) the deviation is averaged, as HumanML3D
    does, so that no quiet column is blown up; it is at least 1e-4.
    """
    rows = np.concatenate(features).astype(np.float64)
    mean = rows.mean(0)
    square = (rows**2).mean(0)

    if rows.shape[1] in KNOWN_WIDTHS:
        order, sign = mirror_columns(KNOWN_WIDTHS[rows.shape[1]])
        mean = (mean + mean[order] * sign) / 2
        square = (square + square[order]) / 2

    return statistics_of_moments(mean, square)


def statistics_of_moments(mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean ``[D]`` and deviation ``[D]`` from the means of the features and of their squares.

    The deviation is averaged and bounded as in ``feature_statistics``.
    """
    std = np.sqrt(np.maximum(square - mean**2, 0))
    if len(mean) in KNOWN_WIDTHS:
        for part in layout_of(mean).parts:
            std[part] = std[part].mean()

    return mean.astype(np.float32), np.maximum(std, 1e-4).astype(np.float32)


def read_statistics(mean: Path, std: Path, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a data set's ``Mean.npy`` and ``Std.npy``, float32 ``[D]`` each.

    Raises:
        ValueError: not ``width`` finite numbers, or a deviation that is not positive.
    """
    arrays = []
    for path in (mean, std):
        array = read_array(path)
        if array.shape != (width,) or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(
                f"{path} must hold {width} finite numbers, one a feature, got "
                f"{array.dtype} {list(array.shape)}"
            )
        arrays.append(array.astype(np.float32))

    num_bad = int((arrays[1] <= 0).sum())
    if num_bad:
        raise ValueError(f"{std} must be positive, {num_bad} of {width} numbers are not")
    return arrays[0], arrays[1]


def write_humanml(
    store: FeatureStore,
    folder: str | Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a store in HumanML3D's layout and return the folder.

    It holds new_joint_vecs, new_joints, texts, the split files, Mean.npy and Std.npy.
    ``progress`` is called with (done, total) clips.
    """
    folder = Path(folder)
    for index, clip in enumerate(store.clips):
        lines = [
            f"{caption.text.replace('#', ' ')}#{caption.tokens}#{caption.start}#{caption.end}\n"
            for caption in clip.captions
        ]
        write_humanml_clip(folder, clip.id, store.clip_features(clip), "".join(lines))
        if progress is not None:
            progress(index + 1, len(store.clips))

    names = {split: [clip.id for clip in store.clips if clip.split == split] for split in SPLITS}
    write_humanml_index(folder, names, store.mean, store.std)
    return folder


def write_humanml_clip(folder: Path, name: str, features: np.ndarray, text: str) -> None:
    """Write one clip of ``features [T D]`` and its captions into HumanML3D's layout.

    Joints are written too, in the features' own unit of length.
    """
    joints = decode_positions(np.array(features), FeatureLayout(layout_of(features).num_joints))
    _save_array(folder / "new_joint_vecs" / f"{name}.npy", features)
    _save_array(folder / "new_joints" / f"{name}.npy", joints)

    path = folder / "texts" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.encode())


def write_humanml_index(
    folder: Path, names: dict[str, list[str]], mean: np.ndarray, std: np.ndarray
) -> None:
    """Write the split files and the statistics of HumanML3D's layout."""
    for split in SPLITS:
        lines = "".join(f"{name}\n" for name in names.get(split, []))
        write_bytes(folder / f"{split}.txt", lines.encode())

    _save_array(folder / "Mean.npy", mean)
    _save_array(folder / "Std.npy", std)


def _save_array(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced(path) as part:
        np.save(part, array)
