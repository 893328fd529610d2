"""Disk full, read-only, out of memory: one line that says which, and what helps."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from motionlcm.atomic_files import FULL

_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def named_failures(folder: Path) -> Iterator[None]:
    """Turn what the machine refuses within the block into an error that says so.

    Args:
        folder: the run's, which the block writes to.
    Raises:
        OSError: the disk is full, or the folder cannot be written to.
        RuntimeError: memory is used up.
    """
    try:
        yield

    # memory, of the GPU and of the machine
    except torch.OutOfMemoryError as error:
        raise RuntimeError(
            "the GPU's memory is used up: lower that stage's batch_size, or set memory_map=always; "
            "the same command goes on from the last checkpoint with more memory"
        ) from error
    except MemoryError as error:
        raise RuntimeError(_OUT_OF_MEMORY) from error
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):
            raise
        raise RuntimeError(_OUT_OF_MEMORY) from error

    # the disk
    except OSError as error:
        if error.errno in FULL:
            raise OSError(
                f"the disk of {folder} is full: free some space, then the same command goes on "
                "from the last checkpoint"
            ) from error
        if error.errno in _CLOSED:
            raise OSError(
                f"no access to {error.filename or folder} ({error.strerror}): give another "
                "output=FOLDER, or the right to write there"
            ) from error
        raise


_OUT_OF_MEMORY = (
    "the machine's memory is used up: set memory_map=always, or lower that stage's batch_size; "
    "the same command goes on from the last checkpoint"
)
