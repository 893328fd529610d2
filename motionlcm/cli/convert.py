"""``motionlcm-convert IN OUT``: one motion file to another format, or a feature store to HumanML3D's layout."""

from __future__ import annotations

import argparse

from motionlcm.cli.errors import run_command


def main(arguments: list[str] | None = None) -> int:
    """Parse, read, write, print what was repaired."""
    parser = argparse.ArgumentParser(
        prog="motionlcm-convert",
        description="Convert a motion file: bvh, amc (with its asf), npz, npy -> bvh, npz, npy, mp4, gif; "
        "or a feature store (a folder) to a folder in HumanML3D's layout.",
    )
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_args(arguments)
    return run_command(lambda: _convert(options.input, options.output), debug=options.debug)


def _convert(source: str, destination: str) -> None:
    from pathlib import Path

    if Path(source).is_dir():
        from motionlcm.data.store import FeatureStore, write_humanml

        print(f"wrote {write_humanml(FeatureStore.open(source), destination)}")
        return
    from motionlcm.files import check_format
    from motionlcm.formats.read import load_motion_file

    check_format(Path(destination).suffix)
    motion, notes = load_motion_file(Path(source))
    for note in notes:
        print(f"note: {note}")
    print(f"wrote {motion.save(destination)} ({motion.duration:.1f} s at {motion.fps:g} fps)")


if __name__ == "__main__":
    raise SystemExit(main())
