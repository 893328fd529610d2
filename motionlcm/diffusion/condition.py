"""What a denoiser is told besides the noisy latents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.diffusion.schedule import Array


@dataclass(frozen=True, eq=False)
class Condition:
    """Text, length, guidance and control of a batch; numpy arrays or torch tensors.

    Attributes:
        text: ``[B S E]`` vectors of the caption's tokens.
        text_mask: ``[B S]``, True for real tokens.
        mask: ``[B L]``, True for real latent tokens; it tells the clip's length.
        weight: ``[B]`` guidance weights w = guidance scale - 1; None for a network that takes none.
        known: ``[B L]``, True for latent tokens that are given; None: none.
        known_latents: ``[B L C]``, clean, where ``known``; elsewhere they are not looked at.
        residuals: one ``[B sequence width]`` a layer, from a ControlNet; None without control.
        empty: the condition of the empty caption, for classifier-free guidance of a teacher.
    """

    text: Array
    text_mask: Array
    mask: Array
    weight: Array | None = None
    known: Array | None = None
    known_latents: Array | None = None
    residuals: Sequence[Array] | None = None
    empty: Condition | None = None

    def placed(self, latents: Array) -> Array:
        """Put the known tokens, clean, in their places in latents ``[B L C]``."""
        if self.known is None:
            return latents
        return array_namespace(latents).where(self.known[..., None], self.known_latents, latents)

    def mapped(self, function: Callable[[Array], Array]) -> Self:
        """Return the condition with ``function`` applied to each of its arrays."""

        def apply(value: Any) -> Any:
            if value is None:
                return None
            if isinstance(value, Condition):
                return value.mapped(function)
            if isinstance(value, list | tuple):
                return [function(part) for part in value]
            return function(value)

        return replace(
            self, **{item.name: apply(getattr(self, item.name)) for item in fields(self)}
        )

    def chosen(self, rows: Any) -> Self:
        """Return the condition of some of the batch: a slice, indices or a mask of rows."""
        return self.mapped(lambda array: array[rows])


class SeededNoise:
    """Standard normal noise from a random generator of its own for each sample.

    So a sample is the same alone, in any batch, and next to longer ones. Each call gives fresh
    noise.

    Args:
        seeds: one a sample.
        longest: tokens drawn for a sample, whatever its length.
        channels: C.
        length: tokens returned, L.
    """

    def __init__(self, seeds: Sequence[int], *, longest: int, channels: int, length: int) -> None:
        self._generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        self._shape = (longest, channels)
        self._length = length

    def __call__(self) -> np.ndarray:
        """Draw ``[B L C]`` float32."""
        rows = [each.standard_normal(self._shape, np.float32) for each in self._generators]
        return np.stack(rows)[:, : self._length]
