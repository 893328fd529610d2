"""numpy's own files, npy and npz, opened safely: no pickles, nothing larger than it should be."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from motionlcm.atomic_files import replaced
from motionlcm.damage import reason, shown
from motionlcm.formats.plain_pickle import read_plain_pickle

_UNPICKLED = ": save plain arrays, np.savez('motion.npz', **arrays)"
_LARGEST = 2**31  # bytes an array of an npz may have when unpacked
_OWN_HEADER = 320  # bytes of an npy's header that this package writes; numpy itself takes 128
#: What numpy and zipfile raise on damaged files.
_DAMAGED = (
    *(ValueError, OSError, EOFError, KeyError, NotImplementedError, RuntimeError, SyntaxError),
    *(zlib.error, tokenize.TokenError, zipfile.BadZipFile, zipfile.LargeZipFile),
)


def write_arrays(path: str | Path, arrays: dict[str, np.ndarray]) -> Path:
    """Write arrays as a compressed npz, whole or not at all. Returns the path written.

    Raises:
        ValueError: the folder does not exist, or an array of Python objects.
    """
    with replaced(path) as part, open(part, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return Path(path)


def write_array(path: str | Path, array: np.ndarray, *, is_own: bool) -> Path:
    """Write an array as npy, whole or not at all.

    Args:
        path: the file to write.
        array: its numbers.
        is_own: mark it as one of ours. An npy has no place for a word on what its numbers are, but
            its header may be padded with spaces: a longer one is the mark.
    Returns:
        The path written.
    Raises:
        ValueError: the folder does not exist.
    """
    array = np.ascontiguousarray(array)
    buffer = io.BytesIO()
    npy_format.write_array_header_1_0(buffer, npy_format.header_data_from_array_1_0(array))
    header = buffer.getvalue()
    if is_own:
        room = _OWN_HEADER - 10  # bytes after the magic number and the header's length
        padded = header[10:].rstrip().ljust(room - 1) + b"\n"
        header = header[:8] + room.to_bytes(2, "little") + padded

    with replaced(path) as part, open(part, "wb") as file:
        file.write(header)
        file.flush()
        array.tofile(file)  # which keeps no copy of it
    return Path(path)


def is_own_array(path: str | Path) -> bool:
    """Whether an npy file is marked as one of ours."""
    with open(path, "rb") as file:
        head = file.read(10)
    length = int.from_bytes(head[8:10], "little")
    return head[:8] == npy_format.magic(1, 0) and length == _OWN_HEADER - len(head)


def array_names(path: str | Path) -> tuple[str, ...]:
    """The names of the arrays in an npz, or in the dict of an npy; ValueError if it is damaged."""
    arrays = dict_within(path)
    if arrays is not None:
        return tuple(arrays)
    with open_arrays(path) as file:
        return tuple(file.files)


def read_arrays(
    path: str | Path,
    only: tuple[str, ...] | None = None,
    *,
    optional: tuple[str, ...] = (),
    notes: list[str] | None = None,
) -> dict[str, np.ndarray]:
    """The arrays of an npz or of the dict that an npy holds, or those of ``only`` that it has.

    Args:
        path: the file.
        only: names of the arrays to read; None: all.
        optional: names of arrays that are left out, with a note, where they cannot be read.
        notes: is told of them.
    Raises:
        ValueError: not an npz, cut short, pickled objects, or more than 2 GB unpacked.
    """
    arrays = dict_within(path)
    if arrays is not None:
        return {key: array for key, array in arrays.items() if only is None or key in only}

    arrays = {}
    with open_arrays(path) as file:
        for key in file.files:
            if only is not None and key not in only:
                continue
            try:
                arrays[key] = _array(file, key, path)
            except ValueError:
                if key not in optional or notes is None:
                    raise
                notes.append(f"{shown(key)} is left out: it holds Python objects, or is damaged")
    return arrays


def read_array(path: str | Path) -> np.ndarray:
    """The one array of an npy file.

    Raises:
        ValueError: no such file, not an npy, cut short, pickled objects.
    """
    array = open_arrays(path)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: holds several arrays, expected one npy array")
    return array


def open_arrays(path: str | Path) -> Any:
    """The array of an npy, or the archive of an npz, still open."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a {path.suffix or 'numpy'} file")

    try:
        file = np.load(path, allow_pickle=False)
    except (*_DAMAGED, MemoryError) as error:
        raise ValueError(
            f"{path}: not a readable {path.suffix[1:]} file ({reason(error)}); "
            f"pickles are refused{_UNPICKLED}"
        ) from None

    if path.suffix == ".npz" and isinstance(file, np.ndarray):
        raise ValueError(f"{path}: is a single npy array; name it .npy")
    return file


def _array(file: np.lib.npyio.NpzFile, key: str, path: str | Path) -> np.ndarray:
    """Unpack one array of an npz, unless it says that it is too large to."""
    try:
        sizes = {item.filename: item.file_size for item in file.zip.infolist()} if file.zip else {}
        size = sizes.get(f"{key}.npy", sizes.get(key, 0))
        if size > _LARGEST:
            raise ValueError(f"{size / 1e9:.1f} GB unpacked, expected at most {_LARGEST / 1e9:.1f}")
        array = file[key]
        if not isinstance(array, np.ndarray):  # bytes, where a member is no npy
            raise ValueError("it is no array")
        return array
    except (*_DAMAGED, MemoryError) as error:
        raise ValueError(
            f"{path}: cannot read {shown(key)} ({reason(error)}); pickles are refused{_UNPICKLED}"
        ) from None


def dict_within(path: str | Path) -> dict[str, np.ndarray] | None:
    """The arrays, numbers and texts of the dict that an npy holds; None for any other file.

    Raises:
        ValueError: a pickle of something else than plain values; nothing of it was run.
    """
    content = pickle_within(Path(path)) if Path(path).suffix.lower() == ".npy" else None
    held = None if content is None else read_plain_pickle(content, str(path))
    if not isinstance(held, dict):
        return None
    plain = {key: value for key, value in held.items() if not isinstance(value, dict | list)}
    return {key: np.asarray(value) for key, value in plain.items() if value is not None}


def pickle_within(path: Path) -> bytes | None:
    """The pickle that an npy of objects holds, or None for any other file."""
    if not path.is_file():
        return None

    with open(path, "rb") as file:
        try:
            version = npy_format.read_magic(file)
            read = npy_format.read_array_header_1_0
            shape, _, kind = (read if version == (1, 0) else npy_format.read_array_header_2_0)(file)
        except (*_DAMAGED, MemoryError):
            return None
        return file.read() if kind.hasobject and int(np.prod(shape)) == 1 else None
