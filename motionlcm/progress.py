"""How far long work is: one line drawn anew on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_ON_TERMINAL = 0.2  #: seconds between two drawings of the line
_FIRST = 2.0  #: seconds before the first line of a log; each later one takes twice as long
_ELSEWHERE = 10.0  #: seconds between two lines of a log at most

#: Called with what is done, how much of it, and how much there is.
RowProgress = Callable[[str, int, int], None]

_standing: set[ProgressLine] = set()  #: those that stand on a terminal now


class ProgressLine:
    """Where progress is told: a terminal's line, lines of a log, or any function.

    Several ``Progress`` share one, so that work of many short parts is not silent.

    Args:
        stream: to write to; None: stderr.
        tell: takes each line instead, such as a logger's ``info``.
    """

    def __init__(
        self, *, stream: TextIO | None = None, tell: Callable[[str], None] | None = None
    ) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.is_terminal = tell is None and self.stream.isatty()
        self.called = self._told = time.monotonic()
        self._gap = _ON_TERMINAL if self.is_terminal else min(_FIRST, _ELSEWHERE)
        self._tell = self._print if tell is None else tell
        self._width = 0

    def is_due(self, now: float) -> bool:
        """Whether the last line is old enough for another one."""
        return now - self._told >= self._gap

    def write(self, text: str, now: float) -> None:
        """Tell a line."""
        self._told = now
        if self.is_terminal:
            self._draw(text)
            return
        self._tell(text)
        self._gap = min(2 * self._gap, _ELSEWHERE)

    def clear(self) -> None:
        """Make room for a result in the terminal's line."""
        if self._width:
            self._draw("")
            _standing.discard(self)

    def _print(self, text: str) -> None:
        print(text, file=self.stream, flush=True)

    def _draw(self, text: str) -> None:
        end = "" if text else "\r"
        print(f"\r{text:{self._width}s}", end=end, file=self.stream, flush=True)
        self._width = len(text)
        _standing.add(self)


def clear_lines() -> None:
    """Make room for a result where work ended, or was broken off, before all of it was told."""
    for line in list(_standing):
        line.clear()


class Progress:
    """Callable with (done, total) that tells both, the rate and the time left.

    Short work is never told of: nothing is written before a first interval has passed.

    Args:
        what: is done, such as "student, 1 step".
        unit: what is counted, such as "clips".
        line: to write to, shared or not; None: one of its own, on stderr.
    """

    def __init__(self, what: str, unit: str, *, line: ProgressLine | None = None) -> None:
        self.what = what
        self.unit = unit
        self.line = ProgressLine() if line is None else line
        self.started = self.line.called
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is, if the last time was long enough ago."""
        now = time.monotonic()
        if done <= self._done:  # the same work over again, since the last call
            self.started = self.line.called if done else now
        self._done, self.line.called = done, now

        if done >= total:
            self.line.clear()  # the result takes its place
        elif self.line.is_due(now):
            words = describe_progress(self.what, done, total, self.unit, now - self.started)
            self.line.write(words, now)


class Counted:
    """Progress of a row whose clips come in several pieces, each counted from nothing.

    Args:
        progress: called with (row, done, total) of all pieces together; None: nobody.
        row: the row's name.
        total: clips of all pieces.
    """

    def __init__(self, progress: RowProgress | None, row: str, total: int) -> None:
        self.progress, self.row = progress, row
        self.total = total
        self._before = 0
        if progress is not None:
            progress(row, 0, total)

    def __call__(self, done: int, total: int) -> None:
        """Tell that ``done`` of the ``total`` clips of this piece are there."""
        if self.progress is not None:
            self.progress(self.row, self._before + done, self.total)
        if done == total:
            self._before += total


def row_progress(unit: str = "clips") -> RowProgress:
    """What tells of the rows of a table, one after the other on one line."""
    line = ProgressLine()
    rows: dict[str, Progress] = {}

    def tell(row: str, done: int, total: int) -> None:
        if row not in rows:
            rows[row] = Progress(row, unit, line=line)
        rows[row](done, total)

    return tell


def describe_progress(what: str, done: int, total: int, unit: str, seconds: float) -> str:
    """Say how far, how fast and how long still: ``"x: 64 of 411 clips, 12.3/s, 28 s left"``."""
    words = f"{what}: {done} of {total} {unit}"
    if not done:
        return words
    return f"{words}, {done / max(seconds, 1e-9):.3g}/s, {time_left(done, total, seconds)}"


def time_left(done: int, total: int, seconds: float) -> str:
    """Say how long the rest takes, if ``done`` took ``seconds``: ``"28 s left"``."""
    return words_left((total - done) * seconds / done)


def words_left(seconds: float) -> str:
    """Say that so many seconds are left: ``"28 s left"``, ``"3 min left"``."""
    return f"{seconds / 60:.0f} min left" if seconds >= 120 else f"{seconds:.0f} s left"
