"""The frame rate that an array file says, or what is assumed where it says none."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def checked_rate(array: np.ndarray | None, path: str | Path, default: float) -> float:
    """The frame rate that an array says, or the default where there is none."""
    if array is None:
        return default

    if array.size != 1 or array.dtype.kind not in "fiu" or not 0 < float(array.reshape(())) <= 1000:
        raise ValueError(f"{path}: fps is {array!r}, expected one number from 0 to 1000")
    return float(array.reshape(()))


def assumed_rate(fps: float, *, is_told: bool) -> list[str]:
    """What to note of a motion at ``fps`` whose file may say no rate: one line, or none."""
    if is_told:
        return []
    return [f"the file says no frame rate: {fps:g} fps is assumed; --input-fps tells it"]
