"""How every command ends: 0, or one clear line and 1 (2 for wrong usage); the traceback only with --debug."""

from __future__ import annotations

import sys
from collections.abc import Callable


def run_command(command: Callable[[], None], *, debug: bool) -> int:
    """Run and return the exit code: 2 for input that cannot be used (ValueError), 1 for other known failures."""
    try:
        command()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        if debug:
            raise
        print(f"error: {' '.join(str(error).split())[:500]}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0
