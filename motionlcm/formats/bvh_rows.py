"""The rows of a BVH's motion block: one a frame, a few more or fewer than the file announces."""

from __future__ import annotations

import numpy as np

from motionlcm.formats.raw import parse_number

_ROWS_OFF = 0.1  # of the rows announced may be missing or too many


def parse_rows(
    text: str, start: int, shape: tuple[int, int], path: str, notes: list[str]
) -> np.ndarray:
    """The motion block ``[T C]``.

    A few rows more or less than announced are taken with a note, and so is a block whose last row
    is cut short: without it.

    Args:
        text: all of the file.
        start: where the block starts in it.
        shape: (frames, channels) that the file announces.
        path: the file's name, for messages.
        notes: is told what was taken.
    Raises:
        ValueError: values that are none, rows of other lengths, too few or too many of them.
    """
    num_frames, num_channels = shape
    block = text[start:]
    tokens = block.split()
    if len(tokens) % num_channels:
        block = _without_cut_row(block, len(tokens), shape, notes)
        tokens = block.split()
    num_rows, rest = divmod(len(tokens), num_channels)
    is_close = abs(num_rows - num_frames) <= _ROWS_OFF * num_frames and rest == 0
    is_complete = is_close and _has_even_rows(block, num_rows, num_channels, num_frames)

    # A good file is read in one go; a bad one again, line by line, to name the line.
    try:
        values = np.array(list(map(float, tokens)))
    except ValueError:
        values = np.empty(0)
    if is_complete and values.size and np.isfinite(values).all():
        if num_rows != num_frames:
            notes.append(
                f"'Frames:' announces {num_frames} rows, the file has {num_rows}: all read"
            )
        return values.reshape(num_rows, num_channels)

    num_rows = 0
    for number, line in enumerate(block.split("\n"), start=line_of(text, start)):
        row = line.split()
        for token in row:
            parse_number(token, f"{path}: line {number}", "a channel value")
        if row and len(row) != num_channels and not is_complete:
            raise ValueError(
                f"{path}: line {number}: found {len(row)} values, "
                f"expected {num_channels} (one a channel)"
            )
        num_rows += bool(row)

    end = line_of(text, len(text.rstrip()))
    raise ValueError(
        f"{path}: line {end}: found {num_rows} frames, "
        f"expected the {num_frames} that 'Frames:' announces; the file is cut short or damaged "
        "(if its rows are the whole motion, write their number there)"
    )


def line_of(text: str, index: int) -> int:
    """Number of the line, from 1, that the character at ``index`` stands in."""
    return text.count("\n", 0, index) + 1


def _without_cut_row(block: str, count: int, shape: tuple[int, int], notes: list[str]) -> str:
    """The block of ``count`` values without a last row that lacks some of its own."""
    num_frames, num_channels = shape
    last = block.rstrip().rfind("\n") + 1
    cut = len(block[last:].split())
    num_rows, rest = divmod(count - cut, num_channels)
    is_most = (1 - _ROWS_OFF) * num_frames <= num_rows < num_frames
    if rest or not is_most or last == 0 or cut >= num_channels:
        return block
    notes.append("the last row is cut short: left out")
    return block[:last]


def _has_even_rows(block: str, num_rows: int, num_channels: int, num_frames: int) -> bool:
    """Whether each line is a frame; asked only of files with another number of them than announced.

    Values that go on over several lines are no mistake where their number is right.
    """
    if num_rows == num_frames:
        return True
    rows = (line.split() for line in block.split("\n"))
    return all(len(row) == num_channels for row in rows if row)
