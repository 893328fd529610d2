"""A training that is told to stop: SIGTERM and Ctrl+C end it behind a step, with a checkpoint."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Stopped(BaseException):
    """A signal ended the training after a checkpoint.

    Attributes:
        exit_code: what shells give for the signal: 130 for Ctrl+C, 143 for SIGTERM.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number


class StopRequest:
    """The number of the signal that has come, or 0."""

    def __init__(self) -> None:
        self.number = 0
        self._came = 0.0
        # a terminal and a launcher behind it both pass one Ctrl+C on
        is_launched = int(os.environ.get("WORLD_SIZE", "1")) > 1
        self._echo_seconds = 5.0 if is_launched else 0.0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; the second one ends the training at once."""
        if self.number and time.monotonic() - self._came >= self._echo_seconds:
            raise KeyboardInterrupt
        if not self.number:
            self.number = number
            self._came = time.monotonic()


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note SIGTERM and Ctrl+C within the block, in place of what they did before."""
    request = StopRequest()
    before: dict[int, Any] = {}
    # Python lets only its main thread set what a signal does
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, request)
    try:
        yield request
    finally:
        for caught, handler in before.items():
            signal.signal(caught, handler)
