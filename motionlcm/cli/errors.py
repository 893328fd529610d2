"""How every command ends: 0, or one clear line and 1 (2 for wrong usage).

The traceback is shown only with ``--debug``.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from collections.abc import Callable

from motionlcm.progress import clear_lines

#: What the system's errors mean for who gave the command, and what helps.
_REFUSED = {
    errno.ENOENT: "is not there; check the path",
    errno.ENOTDIR: "cannot be: a file stands where a folder must be; give another path",
    errno.EEXIST: "is a file, where a folder must be; give another name",
    errno.EISDIR: "is a folder, where a file must be; name a file in it",
    errno.ENAMETOOLONG: "is too long a name for this disk; give a shorter one",
    errno.EACCES: "may not be read or written; give another path, or the right to",
    errno.EPERM: "may not be read or written; give another path, or the right to",
    errno.EROFS: "cannot be written, its disk may only be read; give a path on another one",
    errno.ENOSPC: "cannot be written, the disk is full; free some space, then try again",
    errno.EDQUOT: "cannot be written, your share of the disk is full; free some, then try again",
    errno.EMFILE: "cannot be opened, too many files are; raise the limit (ulimit -n)",
}
_LONGEST = 100  #: letters of a file's name in an error

_INTERRUPTED = 130  # what shells give for Ctrl+C
_PATIENCE = 5.0  #: seconds in which a launcher ends the other processes when one has failed


def run_command(command: Callable[[], None], *, debug: bool) -> int:
    """Run a command and say in one line on stderr what went wrong.

    Args:
        command: does the work; its arguments are bound.
        debug: raise in place of that line.
    Returns:
        The exit code: 0; 2 for input that cannot be used or is not there (ValueError,
        FileNotFoundError); 1 for other known failures; 130 for Ctrl+C.
    """
    _print_any_letter()
    try:
        command()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        if debug:
            raise
        clear_lines()
        tell_once(f"error: {' '.join(_told(error).split())[:500]}")
        return 2 if isinstance(error, (ValueError, FileNotFoundError)) else 1
    except KeyboardInterrupt:
        clear_lines()
        print("stopped", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _print_any_letter() -> None:
    """Let names be printed where the terminal's encoding lacks some of their letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _told(error: Exception) -> str:
    """What an error says; of what the system refused, the file and the remedy."""
    remedy = _REFUSED.get(error.errno or 0) if isinstance(error, OSError) else None
    if not isinstance(error, OSError) or remedy is None:
        return str(error)

    name = {None: "a file", ".": "this folder"}.get(error.filename, str(error.filename))
    return f"{name if len(name) <= _LONGEST else name[:_LONGEST] + '...'} {remedy}"


def tell_once(text: str) -> None:
    """Print a line on stderr: of processes that torchrun launched together, once.

    The first process prints at once. Another waits: if the first has failed, too, the launcher ends
    this one before it prints; if not, this is the only word of what went wrong.
    """
    if not is_first_process():
        time.sleep(_PATIENCE)
    print(text, file=sys.stderr, flush=True)


def is_first_process() -> bool:
    """Whether this is the only process, or the first of those launched together."""
    return os.environ.get("RANK", "0") == "0"
