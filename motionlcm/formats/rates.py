"""The frame rate that an array file says, or what is assumed where it says none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.raw import FPS_RANGE


def checked_rate(array: np.ndarray | None, path: str | Path, default: float) -> float:
    """The frame rate that an array says, or the default where there is none."""
    if array is None:
        return default

    said = _number(array)
    if not 0 < said <= 1000:
        raise ValueError(f"{path}: fps is {shown(array)}, expected one number from 0 to 1000")
    return said


def recorded_rate(rate: np.ndarray | None, input_fps: float | None, path: Path) -> float:
    """Frames per second of SMPL's parameters, as they are asked for or as the file says.

    Raises:
        ValueError: neither says one; tells the option.
    """
    if input_fps is not None:
        return float(input_fps)

    lowest, highest = FPS_RANGE
    said = float("nan") if rate is None else _number(rate)
    if not lowest <= said <= highest:
        raise ValueError(
            f"{path}: mocap_framerate is {rate}, expected one number from {lowest:g} to "
            f"{highest:g}; tell the recording's frame rate with --input-fps (input_fps=)"
        )
    return said


def _number(array: np.ndarray) -> float:
    """The one number that an array holds, or that its text says; else not a number."""
    if array.size != 1 or array.dtype.kind not in "fiuU":
        return float("nan")
    try:
        return float(array.item())
    except ValueError:  # a text that is no number
        return float("nan")


def assumed_rate(fps: float, *, is_told: bool) -> list[str]:
    """What to note of a motion at ``fps`` whose file may say no rate: one line, or none."""
    if is_told:
        return []
    return [f"the file says no frame rate: {fps:g} fps is assumed; --input-fps tells it"]
