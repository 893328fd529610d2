"""Files and folders that appear whole or not at all: written beside the target, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write ``content`` so that ``path`` never holds half of it.

    Returns:
        The path written.
    Raises:
        ValueError: the folder does not exist, or ``path`` is a folder.
    """
    with replaced(path) as part:
        part.write_bytes(content)
    return Path(path)


@contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """Give a path to write to, which becomes ``path`` at the block's end and is gone if it fails.

    The temporary name keeps the suffix, for writers that choose by it.

    Raises:
        ValueError: the folder does not exist, or ``path`` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder, expected a file name")
    if not path.parent.is_dir():
        raise ValueError(f"{path}: the folder {path.parent} does not exist; make it first")

    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner may read
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(destination: str | Path) -> Iterator[Path]:
    """Give a folder to fill; it becomes ``destination`` at the block's end, or is gone if it fails.

    Raises:
        ValueError: ``destination`` is in use (a file, or a folder that is not empty), or its parent
            does not exist.
    """
    destination = Path(destination)
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise ValueError(f"{destination} is in use; give a new folder")
    parent = destination.absolute().parent
    if not parent.is_dir():
        raise ValueError(f"{destination}: the folder {parent} does not exist; make it first")

    part = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", dir=parent))
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        if destination.is_dir():
            destination.rmdir()
        part.rename(destination)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
