"""``motionlcm-serve``: a server for programs, which speak MMCP or JSON with it."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.cli.serving import add_serving_flags, serve

_LOCAL = ("127.0.0.1", "localhost", "::1")


def main(arguments: list[str] | None = None) -> int:
    """Parse, open the model, serve until Ctrl+C."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: _serve(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-serve",
        description="Serve motion to programs: by the Motion Model Context Protocol (Blender's "
        "Proscenium and others), and by the JSON that the page of motionlcm-demo uses.",
    )
    add_serving_flags(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to listen on; default: 127.0.0.1, this machine alone; 0.0.0.0: the whole network",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name by which the server may be asked, such as a proxy's; may be repeated",
    )
    add_debug_flag(parser)
    return parser


def _serve(options: argparse.Namespace) -> None:
    missing = [name for name in ("motionmcp", "fastapi") if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"motionlcm-serve needs {' and '.join(missing)}: pip install 'motionlcm[serve]'"
        )
    if options.host not in _LOCAL:
        print(
            f"note: {options.host} can be reached by other machines, and there is no password",
            file=sys.stderr,
        )
    serve(options, host=options.host, allowed=options.allow_host, with_page=False)


if __name__ == "__main__":
    raise SystemExit(main())
