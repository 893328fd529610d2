"""How every command ends: 0, or one clear line and 1 (2 for wrong usage).

The traceback is shown only with ``--debug``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

_INTERRUPTED = 130  # what shells give for Ctrl+C
_PATIENCE = 5.0  #: seconds in which a launcher ends the other processes when one has failed


def run_command(command: Callable[[], None], *, debug: bool) -> int:
    """Run a command and say in one line on stderr what went wrong.

    Args:
        command: does the work; its arguments are bound.
        debug: raise in place of that line.
    Returns:
        The exit code: 0; 2 for input that cannot be used (ValueError); 1 for other known failures;
        130 for Ctrl+C.
    """
    try:
        command()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        if debug:
            raise
        tell_once(f"error: {' '.join(_told(error).split())[:500]}")
        return 2 if isinstance(error, ValueError) else 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _told(error: Exception) -> str:
    """What an error says; of what the system did not find, the name and the remedy."""
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"{error.filename} is not there; check the path"
    return str(error)


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
