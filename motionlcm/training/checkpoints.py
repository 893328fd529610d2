"""Files of tensors that a training writes: whole or not at all, and checked when read.

Each file is a zip archive that holds a checksum (CRC-32) of every entry.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch

from motionlcm.atomic_files import replaced
from motionlcm.damage import reason

logger = logging.getLogger(__name__)

LAST, BEFORE = "checkpoint.pt", "checkpoint-before.pt"
DAMAGED = "checkpoint-damaged.pt"  #: what was set aside
#: What reading a file raises whose bytes are not those that were written.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class DamagedFile(ValueError):
    """A file whose bytes are not those that were written."""


def write_tensors(state: Any, path: Path) -> None:
    """Write nested dicts and lists of tensors and numbers to ``path``, safe from a power cut."""
    content = io.BytesIO()
    torch.save(state, content)
    with replaced(path) as part, open(part, "wb") as file:
        file.write(content.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def read_tensors(path: Path) -> Any:
    """Read what ``write_tensors`` wrote.

    Raises:
        DamagedFile: the bytes are not those that were written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entry = archive.testzip()
        if entry is not None:
            raise DamagedFile(f"{path} is damaged: the checksum of {entry} is wrong")
        return torch.load(path, map_location="cpu", weights_only=True)
    except DamagedFile:
        raise
    except _DAMAGE as error:
        raise DamagedFile(f"{path} is damaged: {reason(error)}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the file's start
            raise
        raise DamagedFile(f"{path} is damaged: it is no archive") from error


def write_checkpoint(state: Any, folder: Path) -> None:
    """Write ``checkpoint.pt``; the one that was there stays as ``checkpoint-before.pt``."""
    new = folder / "checkpoint-new.pt"
    write_tensors(state, new)
    if (folder / LAST).is_file():
        (folder / LAST).replace(folder / BEFORE)
    new.replace(folder / LAST)


def read_checkpoint(folder: Path, *, set_aside: bool = False) -> Any | None:
    """Read a folder's last checkpoint, or the one before where that is damaged; None: none there.

    ``set_aside`` renames a damaged one, so that it never takes the good one's place.

    Raises:
        DamagedFile: no checkpoint that is there can be read.
    """
    reason = None
    for name in (LAST, BEFORE):
        path = folder / name
        try:
            state = read_tensors(path)
        except FileNotFoundError:
            continue
        except DamagedFile as error:
            reason = reason or error
            continue
        if reason is not None:
            logger.warning("%s; going on from %s, the one before it", reason, name)
            if set_aside:
                (folder / LAST).replace(folder / DAMAGED)
        return state

    if reason is not None:
        raise DamagedFile(
            f"{reason}, and there is no other; remove {folder} to train this stage anew"
        )
    return None


def is_begun(folder: Path) -> bool:
    """Whether a stage's folder holds a checkpoint."""
    return any((folder / name).is_file() for name in (LAST, BEFORE))
