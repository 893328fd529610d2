"""Files that are sent to the server, alone or with those that lie beside them, and that it sends.

Several files come one after the other in one body; the query says their names, and the bytes of
each: ``name=walk.amc&bytes=5120&name=walk.asf&bytes=800``. The first is the one that is read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from motionlcm.damage import shown, shown_names
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.table import split_suffix, suffix_of
from motionlcm.motion.motion import Motion

_LONGEST_NAME = 100  #: characters of a file's name
_MOST_BYTES = 240  #: of a file's name on a disk
_MOST_FILES = 64  #: in one body
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class SentFile:
    """A file that was sent.

    Attributes:
        name: with its suffix, without a folder.
        content: its bytes.
        beside: files that came with it, by their names.
    """

    name: str
    content: bytes
    beside: dict[str, bytes] = field(default_factory=dict)

    def read(self, read: Callable[[Path], _Read], suffix: str | None = None) -> _Read:
        """Read the file in a folder that holds it and those beside it; errors call it by its name.

        Args:
            read: reads the file at a path.
            suffix: of the file's name as ``split_suffix`` has it; None: the name's last one.
        Raises:
            ValueError: a name that is none, an empty file, or what cannot be read; one line.
        """
        ending = Path(self.name).suffix if suffix is None else suffix
        if not ending or not ending[1:].replace(".", "").isalnum():
            raise _no_name(self.name)
        if not self.content:
            raise ValueError(f"{self.name} is empty; send the file's bytes as the body")

        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.beside.items():
                (Path(folder) / name).write_bytes(content)
            path = Path(folder) / f"{self.name.removesuffix(ending)}{ending.lower()}"
            path.write_bytes(self.content)
            try:
                return read(path)
            except (ValueError, OSError) as error:
                words = str(error).replace(str(path), self.name)
                raise ValueError(
                    words.replace(folder + os.sep, "").replace(folder, "the files sent")
                ) from error

    def motion(self) -> tuple[Motion, list[str]]:
        """Read the motion in it, and what is to be noted of it.

        Raises:
            ValueError: as for ``read``.
        """
        return self.read(load_motion_file, split_suffix(self.name)[1])


def sent_file(names: Sequence[str], sizes: Sequence[str], body: bytes) -> SentFile:
    """A file, and those beside it, out of the body of a request.

    Args:
        names: of the files; the first one's is the file's.
        sizes: bytes of each, as text; of one file alone they may be left out.
        body: all files, one after the other.
    Raises:
        ValueError: a name that is none or there twice, or sizes that are not the body's.
    """
    if not names:
        raise _no_name("")
    for name in names:
        is_path = name != Path(name).name or "\\" in name or name in (".", "..")
        is_long = len(name) > _LONGEST_NAME or len(name.encode(errors="replace")) > _MOST_BYTES
        if not name or is_path or is_long or not name.isprintable():
            raise _no_name(name)
    if len(names) > _MOST_FILES or len({name.casefold() for name in names}) < len(names):
        raise ValueError(
            f"send at most {_MOST_FILES} files, each of another name; got {shown_names(names)}"
        )
    if len(names) == 1 and not sizes:
        return SentFile(names[0], body)

    counts = [int(size) if size.isascii() and size.isdigit() else -1 for size in sizes]
    if len(counts) != len(names) or min(counts) < 0 or sum(counts) != len(body):
        raise ValueError(
            f"bytes must tell the size of each of the {len(names)} files, {len(body)} together; "
            f"got {shown_names(sizes)}"
        )
    ends = [sum(counts[: k + 1]) for k in range(len(counts))]
    first, *others = (body[end - count : end] for count, end in zip(counts, ends, strict=True))
    return SentFile(names[0], first, dict(zip(names[1:], others, strict=True)))


def file_content(motion: Motion, kind: str) -> bytes:
    """The bytes of a motion's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = motion.save(Path(folder) / f"motion{suffix_of(kind)}", format=kind)
        return path.read_bytes()


def _no_name(name: str) -> ValueError:
    return ValueError(f"name must be a file's name such as walk.bvh, got {shown(name)}")
