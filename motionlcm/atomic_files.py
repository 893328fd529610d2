"""Files and folders that appear whole or not at all: written beside the target, then renamed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: What numpy says, without a number, where a disk does not take all of an array.
_NUMPY_ON_A_FULL_DISK = re.compile(r"\d+ requested and \d+ written")
FULL = (errno.ENOSPC, errno.EDQUOT)  #: numbers of errors of a full disk


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
        OSError: it cannot be written; ``filename`` is ``path``.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder, expected a file name")
    if not path.parent.is_dir():
        raise ValueError(f"{path}: the folder {path.parent} does not exist; make it first")

    if path.exists() and not path.is_file():
        yield path  # a device or a pipe takes what comes, and is never replaced
        return

    temporary = path
    try:
        # 40 letters of the name: with what is added it stays shorter than any system's limit
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem[:40]}.", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner may read
        temporary.replace(path)
    except BaseException as error:
        if temporary != path:
            temporary.unlink(missing_ok=True)
        named = _named(error, temporary, path)
        if named is error:
            raise
        raise named from error


def _named(error: BaseException, temporary: Path, path: Path) -> BaseException:
    """Name the file that was to be written in an error of the system's; others stay as they are."""
    full = os.strerror(errno.ENOSPC)
    if not isinstance(error, OSError) or error.errno is None:
        is_full = full in str(error) or _NUMPY_ON_A_FULL_DISK.fullmatch(str(error))
        return OSError(errno.ENOSPC, full, str(path)) if is_full else error

    is_other = error.filename not in (None, str(temporary), temporary.name)
    if is_other and temporary != path:
        return error
    return OSError(error.errno, error.strerror, str(path))


def ready_folder(folder: str | Path) -> Path:
    """Make a folder, and see that files can be written into it before any long work begins.

    Raises:
        OSError: it cannot be made, or nothing can be written there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


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
