"""``motionlcm-evaluate MODEL --data STORE``, ``--t2m-evaluator``, ``--probes`` and ``--speed``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.cli.errors import run_command

if TYPE_CHECKING:
    from motionlcm.evaluation.probes import Counts
    from motionlcm.generation.pipeline import MotionPipeline


def main(arguments: list[str] | None = None) -> int:
    """Parse, measure, print tables, write JSON when asked."""
    parser = argparse.ArgumentParser(prog="motionlcm-evaluate", description="Quality and speed of a model.")
    parser.add_argument("model", nargs="?", help="name or folder; default: the model in the package")
    parser.add_argument(
        "--data", type=Path, help="real motion to compare with: feature store, or a folder of HumanML3D or KIT-ML"
    )
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--clips", type=int, help="judge only so many of the split, drawn at random; default: all")
    parser.add_argument("--steps", default="1,2,4", help="step counts to judge")
    parser.add_argument("--guidance-scale", type=float, help="of the student; default: the model's own")
    parser.add_argument(
        "--teacher", nargs="?", const="", help="adds the teacher's 50-step row; a folder, or alone: MODEL/teacher"
    )
    parser.add_argument("--teacher-guidance-scale", type=float)
    parser.add_argument("--evaluator", type=Path, help="folder of another evaluator")
    parser.add_argument(
        "--t2m-evaluator",
        type=Path,
        metavar="FOLDER",
        help="judge with the published evaluator: text_mot_match/model/finest.tar, meta mean.npy and std.npy, glove/",
    )
    parser.add_argument(
        "--replications",
        type=int,
        help="with other noise, 95 %% intervals are over these; default: 3, with --t2m-evaluator 20",
    )
    parser.add_argument("--probes", action="store_true", help="does the body do what the prompt says? 1 step, 16 seeds")
    parser.add_argument("--seeds", type=int, default=16, help="clips for each prompt of the probes")
    parser.add_argument("--speed", action="store_true", help="time each stage at batch 1, 8 and 32")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_intermixed_args(arguments)
    return run_command(lambda: _evaluate(options), debug=options.debug)


def _evaluate(options: argparse.Namespace) -> None:
    options.t2m = None
    if options.replications is None:
        options.replications = 3 if options.t2m_evaluator is None else 20
    if options.t2m_evaluator is not None and (options.data is None or options.evaluator is not None):
        raise ValueError("--t2m-evaluator judges --data STORE, in place of --evaluator; give the one and not the other")
    if not options.speed and not options.probes and options.data is None:
        raise ValueError("nothing to do: give --data STORE for quality, --probes, --speed, or several of them")
    if options.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, got {options.seeds}")
    import json

    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model)
    figures: dict[str, Any] = {}
    if options.probes:  # what cannot work is said before anything long begins
        from motionlcm.evaluation.probes import check_body

        check_body(pipeline)
    if options.t2m_evaluator is not None:
        from motionlcm.evaluation.t2m import T2MEvaluator

        options.t2m = T2MEvaluator.open(options.t2m_evaluator, pipeline.layout)
    with _opened_data(options.data) as options.data:
        if options.data is not None:
            figures["quality"] = _quality(pipeline, options)
        if options.probes:
            figures["probes"] = _probes(pipeline, options)
    if options.speed:
        from motionlcm.evaluation.speed import measure_speed

        figures["speed_ms"] = measure_speed(pipeline)
        for part, rows in figures["speed_ms"].items():
            if not isinstance(rows, dict):
                print(f"{part:36s} {rows:9.1f}")
                continue
            print(f"{part + ', milliseconds':36s} {'cold':>9s} {'median':>9s} {'min':>9s}")
            for name, row in rows.items():
                print(f"  {name:34s} {row['cold']:9.1f} {row['median']:9.1f} {row['min']:9.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
        print(f"wrote {options.json}")


@contextmanager
def _opened_data(data: Path | None) -> Iterator[Path | None]:
    """The feature store itself, or one made for the moment from a folder in HumanML3D's layout."""
    if data is None or (data / "clips.jsonl").is_file() or not (data / "new_joint_vecs").is_dir():
        yield data
        return
    from motionlcm.data.prepare import prepare

    with tempfile.TemporaryDirectory() as folder:
        print(f"{data}: {prepare(data, folder).summary()}")
        yield Path(folder)


def _quality(pipeline: MotionPipeline, options: argparse.Namespace) -> dict[str, Any]:
    from motionlcm.evaluation.protocol import Protocol, evaluate_quality

    try:
        steps = [int(word) for word in options.steps.split(",")]
    except ValueError:
        raise ValueError(f"--steps must be numbers such as 1,2,4, got {options.steps!r}") from None
    if options.replications < 1:
        raise ValueError(f"--replications must be at least 1, got {options.replications}")
    teacher = options.teacher if options.teacher != "" else pipeline.folder / "teacher"
    if options.teacher == "" and not teacher.is_dir():
        raise ValueError(
            f"{pipeline.folder} holds no teacher; give its folder (a run's model/teacher), or leave --teacher out"
        )
    protocol = Protocol(
        pipeline,
        options.data,
        options.split,
        evaluator=options.evaluator,
        t2m_evaluator=options.t2m,
        num_clips=options.clips,
    )
    found = evaluate_quality(
        protocol,
        steps=steps,
        scale=options.guidance_scale,
        teacher=teacher,
        teacher_scale=options.teacher_guidance_scale,
        replications=options.replications,
    )
    rows = list(found.rows)
    names = list(dict.fromkeys(name for row in found.rows.values() for name in row))
    print(f"{options.split} split; mean +- half width of the 95 % interval over {options.replications} replications")
    if options.t2m_evaluator is not None:
        print(f"R-precision, FID, MM-Dist, Diversity and MultiModality by the T2M evaluator in {options.t2m_evaluator}")
    print(f"{'':34s}" + "".join(f"{row:>20s}" for row in rows))
    for name in names:
        cells = [found.rows[row].get(name) for row in rows]
        words = ["" if c is None else f"{c[0]:.4f} +- {c[1]:.4f}" if c[1] else f"{c[0]:.4f}" for c in cells]
        print(f"{name:34s}" + "".join(f"{word:>20s}" for word in words))
    for name, value in found.vae.items():
        print(f"{'VAE ' + name:34s}{value:20.1f}")
    return {"split": options.split, "rows": found.rows, "vae": found.vae}


def _probes(pipeline: MotionPipeline, options: argparse.Namespace) -> dict[str, Any]:
    from motionlcm.evaluation.probes import real_shares, run_probes

    report = run_probes(pipeline, scale=options.guidance_scale, num_seeds=options.seeds)
    real = {} if options.data is None else real_shares(options.data, options.split)
    _print_passed("probes", report.passed, report.share, real)
    _print_passed("held-out prompts", report.held_out, report.held_out_share, {})
    for name, value in report.physical.items():
        print(f"{name:34s} {value:10.4f}")
    return {**report.figures(), "real": real}


def _print_passed(title: str, passed: Counts, share: float, real: dict[str, tuple[int, int]]) -> None:
    for name, prompts in passed.items():
        shares = "  ".join(f"{prompt!r} {count}/{total}" for prompt, (count, total) in prompts.items())
        known = f"  (real: {real[name][0]}/{real[name][1]})" if name in real else ""
        print(f"{name:28s} {shares}{known}")
    print(f"{title} passed: {100 * share:.1f} %")


if __name__ == "__main__":
    raise SystemExit(main())
