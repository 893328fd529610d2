"""``motionlcm-train CONFIG [key=value ...]``"""

from __future__ import annotations

import argparse
import logging

from motionlcm.cli.errors import run_command

_PROFILED_STEPS = 20


def main(arguments: list[str] | None = None) -> int:
    """Parse, train all stages, print where the model lies."""
    options = _parser().parse_intermixed_args(arguments)
    return run_command(lambda: _train(options), debug=options.debug)


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
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _train(options: argparse.Namespace) -> None:
    from motionlcm.training.config_file import load_config

    config = load_config(options.config, options.overrides)

    from motionlcm.training.run import Run, describe

    if options.dry_run:
        print(describe(config))
        return
    if options.profile:
        print(Run(config).profile(options.profile, _PROFILED_STEPS))
        return

    # Only our own log: other packages have something to say of every node of a graph.
    logging.basicConfig(format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("motionlcm").setLevel(logging.INFO)
    print(f"wrote {Run(config).execute()}")


if __name__ == "__main__":
    raise SystemExit(main())
