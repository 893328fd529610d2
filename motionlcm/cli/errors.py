"""How every command ends: 0, or one clear line and 1 (2 for wrong usage).

The traceback is shown only with ``--debug``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

_INTERRUPTED = 130  # what shells give for Ctrl+C


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
        print(f"error: {' '.join(str(error).split())[:500]}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return _INTERRUPTED
    return 0
