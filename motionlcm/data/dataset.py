"""Batches of features in memory. Which clips a step sees depends on (seed, step) alone, so resuming is exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.captions import mirror_caption
from motionlcm.data.store import FeatureStore, Window
from motionlcm.motion.features import mirror_features


@dataclass(frozen=True)
class MotionBatch:
    """``features`` [B T D] normalised, zero where padded; ``mask`` [B T], True for real frames."""

    features: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> MotionBatch:
        """The same batch on another device."""
        return MotionBatch(self.features.to(device), self.mask.to(device))


def class_weights(windows: list[Window], power: float = 0.5) -> np.ndarray:
    """Chance ``[N]`` of each window: a class of n windows is seen in proportion to ``n ** (1 - power)``.

    The class is ``class_name``.
    """
    names = [class_name(window) for window in windows]
    counts = Counter(names)
    weights = np.array([counts[name] ** -power for name in names])
    return weights / weights.sum()


def class_name(window: Window) -> tuple[str, str]:
    """Source and label, or the first caption where there is no label or the caption has times of its own."""
    first = window.captions[0]
    if not window.clip.label or any(c.end > 0 and c.text == first for c in window.clip.captions):
        return "", first
    return window.clip.source, window.clip.label.split(" (")[0]


class MotionDataset:
    """The windows of one split, normalised and in memory.

    Args:
        store: the feature store.
        split: "train", "val" or "test".
    """

    def __init__(self, store: FeatureStore, split: str) -> None:
        self.windows = store.windows(split)
        if not self.windows:
            raise ValueError(f"{store.folder} has no clip in its {split} split; give it a {split}.txt with names")
        self.mean, self.std = store.mean, store.std
        self.weights = class_weights(self.windows)
        self._arrays = [
            np.array(store.features[w.clip.offset + w.start : w.clip.offset + w.start + w.frames]) for w in self.windows
        ]

    def __len__(self) -> int:
        return len(self.windows)

    def all_captions(self) -> list[str]:
        """Every caption and its mirrored wording."""
        plain = [caption for window in self.windows for caption in window.captions]
        return plain + [mirror_caption(caption) for caption in plain]

    def random_batch(self, rng: np.random.Generator, *, batch_size: int, crops: tuple[int, ...]) -> MotionBatch:
        """Clips drawn by class weight, mirrored half the time, cropped at random to one length out of ``crops``."""
        crop = int(rng.choice(crops))
        arrays = []
        for index in rng.choice(len(self), size=batch_size, p=self.weights):
            array = self._arrays[index]
            if len(array) > crop:
                start = rng.integers(len(array) - crop + 1)
                array = array[start : start + crop]
            arrays.append(mirror_features(array) if rng.random() < 0.5 else array)
        return self.collate(arrays)

    def array(self, index: int, *, is_mirrored: bool = False) -> np.ndarray:
        """``[T D]`` in raw units."""
        return mirror_features(self._arrays[index]) if is_mirrored else self._arrays[index]

    def collate(self, arrays: list[np.ndarray]) -> MotionBatch:
        """Normalise and pad raw arrays ``[T D]``."""
        longest = max(len(array) for array in arrays)
        features = np.zeros((len(arrays), longest, len(self.mean)), np.float32)
        mask = np.zeros((len(arrays), longest), bool)
        for row, array in enumerate(arrays):
            features[row, : len(array)] = (array - self.mean) / self.std
            mask[row, : len(array)] = True
        return MotionBatch(torch.from_numpy(features), torch.from_numpy(mask))
