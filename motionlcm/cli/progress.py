"""How far a long command is: one line drawn anew on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_ON_TERMINAL = 0.2  #: seconds between two drawings of the line
_ELSEWHERE = 10.0  #: seconds between two lines of a log


class Progress:
    """Callable with (done, total) that tells both, the rate and the time left, on stderr.

    Short work is never told of: nothing is written before a first interval has passed.

    Args:
        what: is done, such as "student, 1 step".
        unit: what is counted, such as "clips".
        stream: to write to.
    """

    def __init__(self, what: str, unit: str, *, stream: TextIO | None = None) -> None:
        self.what = what
        self.unit = unit
        self.stream = sys.stderr if stream is None else stream
        self.is_terminal = self.stream.isatty()
        self.started = self._told = self._called = time.monotonic()
        self._width = 0
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is, if the last time was long enough ago."""
        now = time.monotonic()
        if done <= self._done:  # the same work over again, since the last call
            self.started = self._called
        self._done, self._called = done, now

        is_due = now - self._told >= (_ON_TERMINAL if self.is_terminal else _ELSEWHERE)
        if is_due and done < total:
            self._told = now
            self._write(describe_progress(self.what, done, total, self.unit, now - self.started))
        elif done >= total and self._width:
            self._write("")  # the result takes the line's place

    def _write(self, line: str) -> None:
        if not self.is_terminal:
            print(line, file=self.stream, flush=True)
            return
        print(f"\r{line:{self._width}s}", end="" if line else "\r", file=self.stream, flush=True)
        self._width = len(line)


def describe_progress(what: str, done: int, total: int, unit: str, seconds: float) -> str:
    """Say how far, how fast and how long still: ``"x: 64 of 411 clips, 12.3/s, 28 s left"``."""
    rate = done / max(seconds, 1e-9)
    words = f"{what}: {done} of {total} {unit}, {rate:.1f}/s"
    return f"{words}, {time_left(done, total, seconds)}" if done else words


def time_left(done: int, total: int, seconds: float) -> str:
    """Say how long the rest takes, if ``done`` took ``seconds``: ``"28 s left"``."""
    left = (total - done) * seconds / done
    return f"{left / 60:.0f} min left" if left >= 120 else f"{left:.0f} s left"


def row_progress() -> Callable[[str, int, int], None]:
    """What tells the progress of each row of the table."""
    rows: dict[str, Progress] = {}

    def tell(row: str, done: int, total: int) -> None:
        if row not in rows:
            rows[row] = Progress(row, "clips")
        rows[row](done, total)

    return tell
