"""How many threads torch takes on a CPU: one for what is small, whoever else is at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch calculate in one thread.

    A motion is too small for several to gain anything, and where others are at work they wait for
    each other: of two threads on two busy cores a path took thirty times as long as of one, and the
    teacher sixty times.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
