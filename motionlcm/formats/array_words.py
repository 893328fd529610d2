"""What a motion's npz says in words: its caption, and how familiar the prompt was."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motionlcm.motion.motion import Motion


def words_of(motion: Motion) -> dict[str, np.ndarray]:
    """Arrays of a motion's caption and familiarity, of those that it has."""
    words = {"caption": motion.caption, "familiarity": motion.familiarity}
    return {name: np.array(value) for name, value in words.items() if value is not None}


def caption_of(array: np.ndarray | None) -> str | None:
    """The first text of an array, if it holds text."""
    if array is None or array.dtype.kind != "U" or not array.size:
        return None
    return str(array.reshape(-1)[0])


def familiarity_of(array: np.ndarray | None, path: str | Path) -> float | None:
    """How near the prompt was to what the model learned, where the file says it.

    Raises:
        ValueError: not one number from 0 to 1.
    """
    if array is None:
        return None
    is_number = array.size == 1 and array.dtype.kind in "fiu"
    if not is_number or not 0 <= float(array.reshape(())) <= 1:
        raise ValueError(f"{path}: familiarity must be one number from 0 to 1")
    return float(array.reshape(()))


def text_of(array: np.ndarray | None, default: str) -> str:
    """The words of a text array, which old files hold as bytes."""
    if array is None or array.dtype.kind not in "US" or not array.size:
        return default
    word = array.reshape(-1)[0]
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
