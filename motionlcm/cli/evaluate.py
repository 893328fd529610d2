"""``motionlcm-evaluate``: quality (``--data STORE``), ``--probes``, ``--speed``, ``--report``."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.atomic_files import ready_folder, write_bytes
from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.cli.measured_control import CONTROL_PARTS, check_parts, control_rows
from motionlcm.cli.recordings import open_protocol
from motionlcm.cli.steering import effort_of
from motionlcm.generation.request import check_effort
from motionlcm.progress import Progress, row_progress

if TYPE_CHECKING:
    from motionlcm.evaluation.probes import Counts
    from motionlcm.generation.pipeline import MotionPipeline

_REPORT_PROMPTS = ("a person walks forward", "a person jumps", "a person waves with the right hand")


def main(arguments: list[str] | None = None) -> int:
    """Parse, measure, print tables, write JSON and a report when asked."""
    options = _parser().parse_intermixed_args(arguments)
    return run_command(lambda: _evaluate(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-evaluate", description="Quality and speed of a model."
    )
    add = parser.add_argument
    add("model", nargs="?", help="name or folder; default: the model in the package")
    add(
        "--data",
        type=Path,
        help="real motion to compare with: feature store, or a folder of HumanML3D or KIT-ML",
    )
    add("--split", default="test", choices=("train", "val", "test"))
    add("--clips", type=int, help="judge only so many of the split, drawn at random; default: all")

    # what is judged, and by whom
    add("--steps", default="1,2,4", help="step counts to judge")
    add("--guidance-scale", type=float, help="of the student; default: the model's own")
    add(
        "--teacher",
        nargs="?",
        const="",
        help="adds the teacher's 50-step row; a folder, or alone: MODEL/teacher",
    )
    add("--teacher-guidance-scale", type=float)
    add("--evaluator", type=Path, help="folder of another evaluator")
    add(
        "--t2m-evaluator",
        type=Path,
        metavar="FOLDER",
        help="judge with the published evaluator: text_mot_match/model/finest.tar, meta mean.npy "
        "and std.npy, glove/",
    )
    add(
        "--replications",
        type=int,
        help="with other noise, for the 95 %% intervals; default: 3, with --t2m-evaluator 20",
    )

    _add_further_flags(parser)
    return parser


def _add_further_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of what else is measured, and of where it goes."""
    add = parser.add_argument
    add(
        "--probes",
        nargs="?",
        const="known",
        choices=("known", "everyday", "all"),
        help="does the body do what the prompt says? the first of --steps, 16 seeds; alone: 21 "
        "known actions; everyday: 70 further ones and sequences",
    )
    add("--seeds", type=int, default=16, help="clips for each prompt of the probes")

    add(
        "--control",
        nargs="?",
        const="default",
        metavar="EFFORT",
        help="steering: hand-made paths, pins, poses, given frames, sequences; "
        "with --data paths of its clips",
    )
    add(
        "--control-parts",
        metavar="PARTS",
        help=f"some of {','.join(CONTROL_PARTS)}, with commas; default: all of them",
    )

    add("--speed", action="store_true", help="time each stage at batch 1, 8 and 32")
    add("--json", type=Path, help="also write the figures to this file")
    add("--report", type=Path, metavar="FOLDER", help="also write them as a page with plots")
    add("--run", type=Path, metavar="FOLDER", help="run folder whose curves the page shows")
    add_debug_flag(parser)


def _evaluate(options: argparse.Namespace) -> None:
    _check(options)

    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model)
    t2m_evaluator = _prepare(pipeline, options)

    figures: dict[str, Any] = {}
    with _opened_data(options.data) as data:
        if data is not None and not options.control:
            figures["quality"] = _quality(pipeline, options, data, t2m_evaluator)
        if options.probes:
            figures["probes"] = _probes(pipeline, options, data)
        if options.control:
            figures["control"] = control_rows(pipeline, options, data, t2m_evaluator)
    if options.speed:
        figures["speed_ms"] = _speed(pipeline)

    if options.json:
        write_bytes(options.json, (json.dumps(figures, indent=1) + "\n").encode())
        print(f"wrote {options.json}")
    if options.report:
        print(f"wrote {_report(pipeline, options, figures)}")


def _check(options: argparse.Namespace) -> None:
    """Fill in defaults that hang on other options; ValueError for some that do not go together."""
    if options.replications is None:
        options.replications = 3 if options.t2m_evaluator is None else 20

    if options.t2m_evaluator is not None and (
        options.data is None or options.evaluator is not None
    ):
        raise ValueError(
            "--t2m-evaluator judges --data STORE, in place of --evaluator; "
            "give the one and not the other"
        )
    has_work = options.speed or options.probes or options.control or options.run
    if not has_work and options.data is None:
        raise ValueError(
            "nothing to do: give --data STORE for quality, --probes, --control, --speed, or several"
        )
    if options.control:
        check_effort(effort_of(options.control))
    check_parts(options)

    # where the figures go is looked at before they are measured
    if options.json is not None:
        if options.json.is_dir():
            raise ValueError(f"--json {options.json} is a folder; name the file in it")
        if options.json.is_file() or not options.json.exists():
            ready_folder(options.json.parent)
    if options.report is not None:
        ready_folder(options.report)

    if options.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, got {options.seeds}")
    if options.replications < 1:
        raise ValueError(f"--replications must be at least 1, got {options.replications}")
    if options.run is not None and options.report is None:
        raise ValueError(
            "--run shows training curves on the page of --report FOLDER; give that, too"
        )

    try:
        options.steps = [int(word) for word in options.steps.split(",")]
    except ValueError:
        raise ValueError(f"--steps must be numbers such as 1,2,4, got {options.steps!r}") from None


def _prepare(pipeline: MotionPipeline, options: argparse.Namespace) -> Any:
    """Say what cannot work before anything long begins; returns the published evaluator or None."""
    if options.probes:
        from motionlcm.evaluation.probes import check_body

        check_body(pipeline)
    if options.teacher:
        pipeline.teacher_folder = Path(options.teacher)
    if options.teacher is not None and options.data is not None:
        pipeline.check_teacher()

    if options.t2m_evaluator is None:
        return None
    from motionlcm.evaluation.t2m import T2MEvaluator

    return T2MEvaluator.open(options.t2m_evaluator, pipeline.layout)


@contextmanager
def _opened_data(data: Path | None) -> Iterator[Path | None]:
    """The feature store itself, or one made for the moment from a folder in HumanML3D's layout."""
    if data is None or (data / "clips.jsonl").is_file() or not (data / "new_joint_vecs").is_dir():
        yield data
        return
    from motionlcm.data.prepare import prepare

    with tempfile.TemporaryDirectory() as folder:
        report = prepare(data, folder, progress=Progress(str(data), "clips"))
        print(f"{data}: {report.summary()}")
        yield Path(folder)


def _quality(
    pipeline: MotionPipeline, options: argparse.Namespace, data: Path, t2m_evaluator: Any
) -> dict[str, Any]:
    from motionlcm.evaluation.protocol import evaluate_quality

    protocol = open_protocol(pipeline, options, data, t2m_evaluator, progress=row_progress())
    quality = evaluate_quality(
        protocol,
        steps=options.steps,
        scale=options.guidance_scale,
        with_teacher=options.teacher is not None,
        teacher_scale=options.teacher_guidance_scale,
        replications=options.replications,
    )

    print(
        f"{options.split} split; mean +- half width of the 95 % interval "
        f"over {options.replications} replications"
    )
    if t2m_evaluator is not None:
        print(
            "R-precision, FID, MM-Dist, Diversity and MultiModality by the T2M evaluator in "
            f"{options.t2m_evaluator}"
        )
    _print_table(quality.rows)
    for name, value in quality.vae.items():
        print(f"{'VAE ' + name:34s}{value:20.1f}")
    return {"split": options.split, "rows": quality.rows, "vae": quality.vae}


def _print_table(rows: dict[str, dict[str, tuple[float, float]]]) -> None:
    """One line a figure, one column a row of the protocol."""
    print(f"{'':34s}" + "".join(f"{row:>20s}" for row in rows))
    for name in dict.fromkeys(name for row in rows.values() for name in row):
        cells = [row.get(name) for row in rows.values()]
        words = [
            ""
            if cell is None
            else f"{cell[0]:.4f} +- {cell[1]:.4f}"
            if cell[1]
            else f"{cell[0]:.4f}"
            for cell in cells
        ]
        print(f"{name:34s}" + "".join(f"{word:>20s}" for word in words))


def _probes(
    pipeline: MotionPipeline, options: argparse.Namespace, data: Path | None
) -> dict[str, Any]:
    from motionlcm.evaluation.probes import LISTS, real_shares, run_probes

    probes = LISTS[options.probes]
    report = run_probes(
        pipeline,
        probes=probes,
        steps=options.steps[0],
        scale=options.guidance_scale,
        num_seeds=options.seeds,
        progress=row_progress("prompts"),
    )
    real = {}
    if data is not None:
        real = real_shares(data, options.split, probes, progress=row_progress("probes"))
    _print_passed("probes", report.passed, report.share, real)
    _print_passed("held-out prompts", report.held_out, report.held_out_share, {})
    for name, value in report.physical.items():
        print(f"{name:34s} {value:10.4f}")
    return {**report.figures(), "real": real}


def _print_passed(
    title: str, passed: Counts, share: float, real: dict[str, tuple[int, int]]
) -> None:
    for name, prompts in passed.items():
        shares = "  ".join(
            f"{prompt!r} {count}/{total}" for prompt, (count, total) in prompts.items()
        )
        known = f"  (real: {real[name][0]}/{real[name][1]})" if name in real else ""
        print(f"{name:28s} {shares}{known}")
    print(f"{title} passed: {100 * share:.1f} %")


def _speed(pipeline: MotionPipeline) -> dict[str, Any]:
    from motionlcm.evaluation.speed import measure_speed

    figures = measure_speed(pipeline, progress=row_progress("calls"))
    for part, rows in figures.items():
        if not isinstance(rows, dict):
            print(f"{part:36s} {rows:9.1f}")
            continue
        print(f"{part + ', milliseconds':36s} {'cold':>9s} {'median':>9s} {'min':>9s}")
        for name, row in rows.items():
            print(f"  {name:34s} {row['cold']:9.1f} {row['median']:9.1f} {row['min']:9.1f}")
    return figures


def _report(pipeline: MotionPipeline, options: argparse.Namespace, figures: dict[str, Any]) -> Path:
    """Write the page, with a few motions that the model makes of simple prompts."""
    from motionlcm.evaluation.report import write_report

    motions = pipeline(list(_REPORT_PROMPTS), steps=pipeline.step_counts[0])
    return write_report(
        options.report,
        figures=figures,
        pipeline_name=options.model or pipeline.folder.path.name,
        motions=motions,
        training=options.run,
    )


if __name__ == "__main__":
    raise SystemExit(main())
