"""Whether a file of a format is all there, told from its ends: for resuming a run that was cut off.

Nothing is decoded. A file that another program cut short, or a disk that was full, is found out.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def is_whole(path: Path) -> bool:
    """Tell whether a file is there and ends as its format does (if that is a known one)."""
    checks: dict[str, Callable[[BinaryIO, int], bool]] = {
        ".mp4": _mp4,
        ".gif": _gif,
        ".html": _html,
        ".npz": _npz,
        ".npy": _npy,
        ".bvh": _bvh,
        ".glb": _glb,
        ".vrma": _glb,
    }
    if not path.is_file():
        return False
    check = checks.get(path.suffix.lower())
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size > 0 and (check is None or check(file, size))


def _mp4(file: BinaryIO, size: int) -> bool:
    """Its boxes end where the file does, and one of them is the index."""
    kinds, place = set(), 0
    while place + 8 <= size:
        file.seek(place)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:  # a long box tells its length in the next eight bytes
            wide = file.read(8)
            length = struct.unpack(">Q", wide)[0] if len(wide) == 8 else 0
        if length < 8:
            return False
        kinds.add(kind)
        place += length
    return place == size and b"moov" in kinds


def _gif(file: BinaryIO, size: int) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b";"


def _html(file: BinaryIO, size: int) -> bool:
    file.seek(
        -min(size, 64), os.SEEK_END
    )  # the page leaves out the tags that HTML lets it leave out
    return file.read().rstrip().endswith((b"</html>", b"</script>"))


def _npz(file: BinaryIO, size: int) -> bool:
    return zipfile.is_zipfile(file)


def _npy(file: BinaryIO, size: int) -> bool:
    """The header's shape and type account for all bytes."""
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
    except (ValueError, EOFError):
        return False
    count = 1
    for length in shape:
        count *= length
    return size - file.tell() == count * dtype.itemsize


def _bvh(file: BinaryIO, size: int) -> bool:
    """It says how many frames follow, and as many lines do, the last one ended."""
    text = file.read()
    head, found, motion = text.partition(b"Frame Time:")
    words = head.rsplit(b"Frames:", 1)
    if not found or len(words) != 2 or not words[1].strip().isdigit():
        return False
    return motion.endswith(b"\n") and len(motion.splitlines()) == int(words[1]) + 1


def _glb(file: BinaryIO, size: int) -> bool:
    """Its header tells the length of the file."""
    head = file.read(12)
    return len(head) == 12 and head[:4] == b"glTF" and struct.unpack("<I", head[8:])[0] == size
