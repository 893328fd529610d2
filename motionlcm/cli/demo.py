"""``motionlcm-demo``: a page on this machine that turns prompts into motion."""

from __future__ import annotations

import argparse

from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.cli.serving import add_serving_flags, serve


def main(arguments: list[str] | None = None) -> int:
    """Parse, open the model, serve until Ctrl+C."""
    options = _parser().parse_args(arguments)
    return run_command(
        lambda: serve(options, with_page=True, opens_browser=not options.no_browser),
        debug=options.debug,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-demo",
        description="Open a page in the browser that turns prompts into motion, to play and to "
        "save as a file. It is served on this machine, for this machine alone.",
    )
    add_serving_flags(parser)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    add_debug_flag(parser)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
