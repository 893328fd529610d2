"""Weights on disk: safetensors of float32, float16, or one byte a number; numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from motionlcm.damage import reason

#: ``name`` holds whole numbers, ``name + _SCALE`` [N 1] what each row was divided by.
_SCALE = ".int8_scale"
_LARGEST = 127


def packed(
    state: dict[str, np.ndarray], dtype: type[np.generic], *, fine: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """Weights in a smaller type: float32 as they are, float16, or int8.

    With int8, a matrix becomes whole numbers and a scale for each row (a number is off by at most
    1/254 of the largest of its row); other arrays, and matrices whose names begin with one of
    ``fine``, become float16.
    """
    small: dict[str, np.ndarray] = {}
    for name, value in state.items():
        if dtype is np.int8 and value.ndim == 2 and not name.startswith(fine):
            largest = np.abs(value).max(1, keepdims=True)  # [N 1]
            scale = np.maximum(largest / _LARGEST, np.finfo(np.float32).tiny)  # rows of zeros
            small[name] = np.rint(value / scale).astype(np.int8)
            small[name + _SCALE] = scale.astype(np.float32)
        else:
            small[name] = value if dtype is np.float32 else value.astype(np.float16)
    return small


def read_weights(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Name and float32 values of each weight in a safetensors file.

    Raises:
        ValueError: a damaged file, or numbers that are not finite.
    """
    try:
        with safe_open(path, framework="numpy") as tensors:
            names = set(tensors.keys())

            for name in sorted(names):
                if name.endswith(_SCALE):
                    continue

                value = _finite(name, tensors.get_tensor(name))
                if name + _SCALE in names:
                    scale = _finite(name + _SCALE, tensors.get_tensor(name + _SCALE))
                    if value.ndim != 2 or scale.shape != (len(value), 1):
                        raise ValueError(f"{name} and its scale do not fit")
                    value = value * scale
                yield name, value
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: {reason(error)}") from error


def _finite(name: str, value: np.ndarray) -> np.ndarray:
    """The values as float32; ValueError where one is no number."""
    is_whole = value.dtype.kind in "iu"
    value = value.astype(np.float32, copy=False)

    # one pass without a mask: the sum of squares is finite if and only if all numbers are (weights
    # whose squares overflow are no weights)
    if not is_whole and not np.isfinite(np.vdot(value, value)):
        raise ValueError(f"{name} holds numbers that are not finite")
    return value
