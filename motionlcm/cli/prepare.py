"""``motionlcm-prepare SOURCE DESTINATION``"""

from __future__ import annotations

import argparse
import sys

from motionlcm.cli.errors import run_command


def main(arguments: list[str] | None = None) -> int:
    """Parse, prepare, print the summary."""
    parser = argparse.ArgumentParser(
        prog="motionlcm-prepare",
        description="Turn a folder of motion (BVH, ASF+AMC, npz, npy, HumanML3D) with captions into a feature store.",
    )
    parser.add_argument("source", help="folder of motion files, or of joints/ and texts/")
    parser.add_argument("destination", help="folder to write: features, index, statistics, report.json")
    parser.add_argument(
        "--focus", action="store_true", help="add captions with times where a long recording shows a named action"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_intermixed_args(arguments)
    return run_command(lambda: _prepare(options.source, options.destination, options.focus), debug=options.debug)


def _prepare(source: str, destination: str, focus: bool) -> None:
    from motionlcm.data.prepare import prepare

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty() and done % 20 == 0:
            print(f"\r{done}/{total} clips", end="", file=sys.stderr, flush=True)

    report = prepare(source, destination, focus=focus, progress=progress)
    print(f"{report.summary()}\nwrote {destination} (see report.json for every clip by name)")


if __name__ == "__main__":
    raise SystemExit(main())
