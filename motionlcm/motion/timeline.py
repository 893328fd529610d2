"""Helpers along the time of a clip: stretches of frames, smoothing, steps."""

from __future__ import annotations

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.motion.rotations import Array


def spans(is_on: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop (not included) of each unbroken stretch of True in ``[T]``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def central_steps(path: np.ndarray) -> np.ndarray:
    """Half the way from the frame before to the frame after, ``[T 3]``; ends are repeated."""
    padded = np.concatenate([path[:1], path, path[-1:]])
    return 0.5 * (padded[2:] - padded[:-2])


def at_times(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Values ``[T ...]`` at other times ``[N]`` (frames, from 0 to T - 1), along the line."""
    last = len(values) - 1
    lower = np.minimum(times.astype(int), max(last - 1, 0))
    upper = np.minimum(lower + 1, last)
    share = (times - lower).reshape(-1, *[1] * (values.ndim - 1))
    return (1 - share) * values[lower] + share * values[upper]


def smooth_in_time(values: Array, sigma: float) -> Array:
    """Gaussian mean over time of ``[... T C]``, ends repeated; cut at four ``sigma`` (frames)."""
    xp = array_namespace(values)
    num_frames, radius = values.shape[-2], int(4 * sigma + 0.5)
    shifts = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (shifts / sigma) ** 2)
    kernel /= kernel.sum()

    if num_frames <= 2 * radius:  # short: one matrix product
        weights = np.zeros((num_frames, num_frames))
        frames = np.arange(num_frames)[:, None]
        np.add.at(weights, (frames, np.clip(frames + shifts, 0, num_frames - 1)), kernel)
        return xp.asarray(weights, dtype=values.dtype) @ values

    first, last = values[..., :1, :], values[..., -1:, :]
    padded = xp.concat([first] * radius + [values] + [last] * radius, axis=-2)
    total = xp.zeros_like(values)
    for shift, weight in enumerate(kernel):
        total = total + float(weight) * padded[..., shift : shift + num_frames, :]
    return total
