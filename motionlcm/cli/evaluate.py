"""``motionlcm-evaluate MODEL --data STORE`` and ``motionlcm-evaluate --speed``."""

from __future__ import annotations

import argparse
from pathlib import Path

from motionlcm.cli.errors import run_command


def main(arguments: list[str] | None = None) -> int:
    """Parse, measure, print a table, write JSON when asked."""
    parser = argparse.ArgumentParser(prog="motionlcm-evaluate", description="Quality and speed of a model.")
    parser.add_argument("model", nargs="?", help="name or folder; default: the model in the package")
    parser.add_argument("--data", type=Path, help="feature store, for reconstruction and Frechet distance")
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--steps", default="1,2,4", help="step counts to judge")
    parser.add_argument("--guidance-scale", type=float)
    parser.add_argument("--teacher", type=Path, help="teacher folder: adds its 50-step row")
    parser.add_argument("--speed", action="store_true", help="time each stage at batch 1, 8 and 32")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_intermixed_args(arguments)
    return run_command(lambda: _evaluate(options), debug=options.debug)


def _evaluate(options: argparse.Namespace) -> None:
    if not options.speed and options.data is None:
        raise ValueError("nothing to do: give --data STORE for quality, --speed for speed, or both")
    import json

    from motionlcm.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model)
    figures: dict = {}
    if options.data is not None:
        from motionlcm.evaluation.protocol import evaluate_quality

        try:
            steps = [int(word) for word in options.steps.split(",")]
        except ValueError:
            raise ValueError(f"--steps must be numbers such as 1,2,4, got {options.steps!r}") from None
        figures["quality"] = evaluate_quality(
            pipeline, options.data, options.split, steps=steps, scale=options.guidance_scale, teacher=options.teacher
        )
        for name, value in figures["quality"].items():
            print(f"{name:48s} {value:10.3f}")
    if options.speed:
        from motionlcm.evaluation.speed import measure_speed

        figures["speed_ms"] = measure_speed(pipeline)
        print(f"{'milliseconds, 196 frames':36s} {'cold':>9s} {'median':>9s} {'min':>9s}")
        for name, row in figures["speed_ms"].items():
            print(f"{name:36s} {row['cold']:9.1f} {row['median']:9.1f} {row['min']:9.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
        print(f"wrote {options.json}")


if __name__ == "__main__":
    raise SystemExit(main())
