"""Batches of features, chosen by (seed, step) alone, so that resuming is exact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.captions import mirror_caption
from motionlcm.data.store import FeatureStore, Window, mirrored_pairs
from motionlcm.motion.features import mirror_columns, mirror_features


@dataclass(frozen=True)
class MotionBatch:
    """``features`` [B T D] normalised, zero where padded; ``mask`` [B T], True for real frames."""

    features: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> MotionBatch:
        """Move the batch to another device."""
        return MotionBatch(self.features.to(device), self.mask.to(device))


def class_weights(
    windows: list[Window], power: float = 0.5, *, boost: Mapping[str, float] | None = None
) -> np.ndarray:
    """Chance ``[N]`` of each window to be drawn.

    A class of n windows is seen in proportion to ``n ** (1 - power)``.

    Args:
        windows: the class of each is its ``class_name``.
        power: 0 draws all windows alike, 1 all classes.
        boost: factors for windows with a caption, or a source and label ("posed: drawn 3 (nod)"),
            in which a pattern is found.
    Raises:
        ValueError: a pattern of ``boost`` is found nowhere.
    """
    names = [class_name(window) for window in windows]
    counts = Counter(names)
    weights = np.array([counts[name] ** -power for name in names])

    texts = [(*w.captions, f"{w.clip.source}: {w.clip.label}") for w in windows]
    for pattern, factor in (boost or {}).items():
        is_named = np.array([any(re.search(pattern, text) for text in said) for said in texts])
        if not is_named.any():
            raise ValueError(
                f"boost: no training clip has a caption, or a source and label, in which "
                f"{pattern!r} is found; correct or remove it"
            )
        weights[is_named] *= factor
    return weights / weights.sum()


def class_name(window: Window) -> tuple[str, str]:
    """Source and label; ("", first caption) without a label, or where that caption has times."""
    first = window.captions[0]
    has_times = any(c.end > 0 and c.text == first for c in window.clip.captions)
    if not window.clip.label or has_times:
        return "", first
    return window.clip.source, window.clip.label.split(" (")[0]


class MotionDataset:
    """The windows of one split: all frames lie on the device, a batch is one gather.

    A store that is too large for that stays in its file (``is_mapped``): a batch reads its own
    frames, and the system keeps in memory what it has room for.

    Raw features are mirrored, then normalised, so any statistics will do. A clip whose mirrored
    copy is in the store is not mirrored, and neither is the copy (see ``mirrored_pairs``).

    Args:
        store: the feature store.
        split: "train", "val" or "test".
        device: where batches are made.
        windows: of that split; None: ``store.windows(split)``.
        boost: see ``class_weights``.
        is_mapped: leave the frames in the store's file, which is mapped into memory.
    Attributes:
        drawn: indices ``[B]`` of the windows last drawn at random, to name them in errors.
    Raises:
        ValueError: the split has no clip.
    """

    def __init__(
        self,
        store: FeatureStore,
        split: str,
        *,
        device: torch.device | str = "cpu",
        windows: list[Window] | None = None,
        boost: Mapping[str, float] | None = None,
        is_mapped: bool = False,
    ) -> None:
        self.windows = store.windows(split) if windows is None else windows
        if not self.windows:
            raise ValueError(
                f"{store.folder} has no clip in its {split} split; give it a {split}.txt with names"
            )

        self.device = device
        self.layout = store.layout
        self.mean = store.mean
        self.std = store.std
        self.lengths = np.array([window.frames for window in self.windows])
        self.weights = class_weights(self.windows, boost=boost)
        pairs = mirrored_pairs(clip.id for clip in store.clips)
        self.is_mirrorable = np.array([window.clip.id not in pairs for window in self.windows])
        self.drawn = np.zeros(0, int)

        # each clip's rows once, however many windows it has
        clips = {window.clip.id: window.clip for window in self.windows}
        starts = np.cumsum([0, *(clip.frames for clip in clips.values())])
        base = dict(zip(clips, starts, strict=False))
        self._rows: Tensor | np.ndarray = store.features  # [F D] in raw units
        if is_mapped:
            base = {clip.id: clip.offset for clip in clips.values()}
        else:
            rows = np.concatenate([store.clip_features(clip) for clip in clips.values()])
            self._rows = torch.from_numpy(rows).to(device)
        self._offsets = np.array([base[window.clip.id] + window.start for window in self.windows])

        order, sign = mirror_columns(self.layout.num_joints)
        self._order = torch.from_numpy(order).to(device)
        self._sign = torch.from_numpy(sign.astype(np.float32)).to(device)
        self._normal = [torch.from_numpy(values).to(device) for values in (self.mean, self.std)]

    def __len__(self) -> int:
        return len(self.windows)

    def all_captions(self) -> list[str]:
        """Every caption and its mirrored wording."""
        plain = [caption for window in self.windows for caption in window.captions]
        return plain + [mirror_caption(caption) for caption in plain]

    def random_batch(
        self,
        rng: np.random.Generator,
        *,
        batch_size: int,
        crops: tuple[int, ...],
        rows: slice = slice(None),
    ) -> MotionBatch:
        """Draw clips by class weight, mirror half, crop at random to one length of ``crops``.

        Only these ``rows`` of the batch are gathered; padding reaches as far as in the whole.
        """
        index = rng.choice(len(self), size=batch_size, p=self.weights)
        lengths = np.minimum(self.lengths[index], int(rng.choice(crops)))
        starts = rng.integers(self.lengths[index] - lengths + 1)
        sides = self.random_sides(rng, index)
        self.drawn = index
        return self.batch(
            index[rows],
            starts=starts[rows],
            lengths=lengths[rows],
            sides=sides[rows],
            longest=int(lengths.max()),
        )

    def random_sides(self, rng: np.random.Generator, index: np.ndarray) -> np.ndarray:
        """Which of the windows ``index`` [B] to mirror: half of those that may be, bool ``[B]``."""
        return (rng.random(len(index)) < 0.5) & self.is_mirrorable[index]

    def batch(
        self,
        index: np.ndarray,
        *,
        starts: np.ndarray,
        lengths: np.ndarray,
        sides: np.ndarray,
        longest: int | None = None,
    ) -> MotionBatch:
        """Gather one batch.

        Args:
            index: ``[B]`` windows.
            starts: ``[B]`` first frame of each.
            lengths: ``[B]`` frames of each.
            sides: bool ``[B]``, True for those to mirror.
            longest: T; None: the longest of ``lengths``.
        """
        frames = np.arange(longest or int(lengths.max()))
        mask = torch.from_numpy(frames < lengths[:, None]).to(self.device)  # [B T]

        # padding repeats a window's last frame, then the mask makes it zero
        first = (self._offsets[index] + starts)[:, None]
        places = first + np.minimum(frames, lengths[:, None] - 1)
        features = self._frames(places)  # [B T D]

        mirrored = torch.from_numpy(np.flatnonzero(sides)).to(self.device)
        features[mirrored] = features[mirrored][..., self._order] * self._sign

        mean, std = self._normal
        return MotionBatch(features.sub_(mean).div_(std).mul_(mask[..., None]), mask)

    def array(self, index: int, *, is_mirrored: bool = False) -> np.ndarray:
        """Features ``[T D]`` of one window, in raw units."""
        start = self._offsets[index]
        frames = self._frames(np.arange(start, start + self.lengths[index]))
        array = frames.cpu().numpy()
        return mirror_features(array) if is_mirrored else array

    def _frames(self, places: np.ndarray) -> Tensor:
        """The frames at these places of the array of all, on the device."""
        if isinstance(self._rows, Tensor):
            return self._rows[torch.from_numpy(places).to(self.device)]
        return torch.from_numpy(self._rows[places]).to(self.device)

    def collate(self, arrays: list[np.ndarray]) -> MotionBatch:
        """Normalise and pad raw arrays ``[T D]``."""
        longest = max(len(array) for array in arrays)
        features = np.zeros((len(arrays), longest, len(self.mean)), np.float32)
        mask = np.zeros((len(arrays), longest), bool)

        for row, array in enumerate(arrays):
            features[row, : len(array)] = (array - self.mean) / self.std
            mask[row, : len(array)] = True
        return MotionBatch(torch.from_numpy(features), torch.from_numpy(mask))
