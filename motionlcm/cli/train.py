"""``motionlcm-train CONFIG [key=value ...]``"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from motionlcm.cli.errors import is_first_process, run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.training.stopping import Stopped

if TYPE_CHECKING:
    from motionlcm.training.run import Run

_PROFILED_STEPS = 20


def main(arguments: list[str] | None = None) -> int:
    """Parse, train all stages, print where the model lies."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        return run_command(lambda: _train(options), debug=options.debug)
    except Stopped as stop:
        if is_first_process():  # all stop together
            print(stop, file=sys.stderr)
        return stop.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-train",
        description="Train all networks on a feature store. The same command goes on after a stop.",
        epilog="example: motionlcm-train configs/small.yaml data=store output=run vae.lr=1e-4",
    )
    parser.add_argument("config", help="YAML file, see configs/")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="change a value of the config"
    )

    parser.add_argument(
        "--dry-run", action="store_true", help="print the resolved config and the networks' sizes"
    )
    parser.add_argument(
        "--profile",
        metavar="STAGE",
        help="print where 20 steps of a stage go, and train nothing",
    )
    add_debug_flag(parser)
    return parser


def _train(options: argparse.Namespace) -> None:
    from motionlcm.training.config_file import load_config

    config = load_config(options.config, options.overrides)

    from motionlcm.training.run import Run, describe

    if options.dry_run:
        print(describe(config))
        return
    run = Run(config)
    if options.profile:
        _print(run, run.profile(options.profile, _PROFILED_STEPS))
        return

    # Only our own log: other packages have something to say of every node of a graph.
    logging.basicConfig(format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    if run.processes.is_first:
        logging.getLogger("motionlcm").setLevel(logging.INFO)
    _print(run, f"wrote {run.execute()}")
    run.processes.leave()


def _print(run: Run, text: str) -> None:
    """Print on one of the processes that train together."""
    if run.processes.is_first:
        print(text)


if __name__ == "__main__":
    raise SystemExit(main())
