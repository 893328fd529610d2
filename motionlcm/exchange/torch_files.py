"""Tensors from a checkpoint that ``torch.save`` wrote, which may come from anywhere.

Nothing in the file is ever run. Before torch sees it, the zip archive must hold no more than the
file's size says and its checksums must be right. Weights are memory-mapped, so a tensor that claims
more than there is fails instead of taking memory.
"""

from __future__ import annotations

import errno
import pickle
import re
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_LARGEST = 4 << 30  #: bytes; official checkpoints have less than a tenth
_LARGEST_PICKLE = 16 << 20  #: bytes; the list of names and shapes
#: What torch raises on damaged files.
_READ_ERRORS = (
    *(pickle.UnpicklingError, RuntimeError, EOFError, LookupError, AttributeError, TypeError),
    *(ValueError, ArithmeticError, AssertionError, MemoryError, struct.error),
)
#: What zipfile raises on damaged files.
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error),
    OverflowError,
)
_REMEDY = "expected a checkpoint as torch.save writes it (a zip archive); download it again"


def read_state_dict(path: str | Path, *, ignore: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """Read the tensors under ``state_dict``.

    Args:
        path: a file written by ``torch.save({"state_dict": ...})``.
        ignore: beginnings of names that are left out.
    Returns:
        Names and float32 tensors, on the CPU, still mapped to the file: copy what is to be kept.
    Raises:
        FileNotFoundError: no such file.
        ValueError: not such a file, damaged, hostile, or with other than finite floating-point
            tensors.
    """
    path = Path(path)
    _check_archive(path)

    loaded = _load(path)
    state = loaded.get("state_dict") if isinstance(loaded, dict) else None
    if not isinstance(state, dict):
        raise ValueError(
            f"{path}: holds no 'state_dict'; expected a checkpoint as MotionLCM and MLD save it"
        )

    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        if not isinstance(name, str):
            raise ValueError(
                f"{path}: a name in its state_dict is a {type(name).__name__}, expected text"
            )
        if not name.startswith(ignore):
            tensors[name] = _checked(value, f"{path}: {name!r:.100}")

    # Values are read only once it is known that they are no more than the file holds.
    size = path.stat().st_size
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if claimed > size:
        raise ValueError(
            f"{path}: claims {claimed:,} bytes of tensors in a file of {size:,}; "
            "it is damaged or hostile"
        )
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(
                f"{path}: {name} holds numbers that are not finite; the file is damaged"
            )
    return {name: tensor.float() for name, tensor in tensors.items()}


def _check_archive(path: Path) -> None:
    """Refuse a file that is no whole zip archive as torch.save writes them."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if not path.is_file():
        raise ValueError(f"{path}: is no file, expected a checkpoint")
    size = path.stat().st_size
    if not 0 < size <= _LARGEST:
        raise ValueError(f"{path}: has {size:,} bytes, expected 1 to {_LARGEST:,}")

    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist(), size, path)
            damaged = archive.testzip()
    except (*_ZIP_ERRORS, OSError) as error:
        # EINVAL: a place before the file's start
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise ValueError(
            f"{path}: is truncated, damaged or another kind of file; {_REMEDY}"
        ) from error
    if damaged is not None:
        raise ValueError(f"{path}: {damaged!r:.100} in it is damaged; {_REMEDY}")


def _check_entries(entries: list[zipfile.ZipInfo], size: int, path: Path) -> None:
    """Refuse an archive that unpacks to more than ``size`` bytes, or has not just one pickle."""
    pickles = [entry for entry in entries if entry.filename.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ValueError(f"{path}: is a zip archive without data.pkl; {_REMEDY}")

    is_packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
    if is_packed or sum(entry.file_size for entry in entries) > size:
        raise ValueError(
            f"{path}: is a packed zip archive, which torch.save never writes; {_REMEDY}"
        )
    if pickles[0].file_size > _LARGEST_PICKLE:
        raise ValueError(f"{path}: its data.pkl has {pickles[0].file_size:,} bytes; {_REMEDY}")


def _load(path: Path) -> Any:
    """What torch reads of a file with nothing but tensors and plain containers allowed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except _READ_ERRORS as error:
        program = re.search(r"GLOBAL (\S{1,80})", str(error))
        if program:
            raise ValueError(
                f"{path}: asks to run {program[1]}; a checkpoint needs only tensors, "
                "nothing was run"
            ) from None
        raise ValueError(
            f"{path}: is damaged or holds something else than tensors; nothing of it was run"
        ) from error


def _checked(value: Any, where: str) -> Tensor:
    """The value, if it is a plain tensor of floats."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{where} is a {type(value).__name__}, expected a tensor")

    if value.layout != torch.strided or value.device.type != "cpu" or not value.is_floating_point():
        raise ValueError(
            f"{where} is a tensor of {value.dtype}, {value.layout}, on {value.device}; "
            "expected plain floats"
        )
    return value.detach()
