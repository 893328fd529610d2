"""``motionlcm-demo``: a page on this machine that turns prompts into motion."""

from __future__ import annotations

import argparse

from motionlcm.cli.errors import run_command
from motionlcm.cli.serving import add_model_flags, serve


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
    add_model_flags(parser)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
