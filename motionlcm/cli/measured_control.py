"""``motionlcm-evaluate --control``: steering measured, whole or in parts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.cli.recordings import open_protocol
from motionlcm.cli.steering import effort_of
from motionlcm.progress import Progress, row_progress

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

_LONG_MOTIONS = 4  #: of 60 seconds
#: Hand-made paths with pins and poses, timelines along paths, motion of 60 seconds, paths of the
#: recordings of ``--data``.
CONTROL_PARTS = ("paths", "timelines", "long", "recordings")


def check_parts(options: argparse.Namespace) -> None:
    """Raise ValueError for parts of ``--control`` that there are not, or that need other flags."""
    if options.control_parts is None:
        return
    wanted = options.control_parts.split(",")
    unknown = [part for part in wanted if part not in CONTROL_PARTS]
    if unknown:
        raise ValueError(
            f"--control-parts must be some of {','.join(CONTROL_PARTS)}, got {unknown[0]!r:.40}"
        )
    if not options.control:
        raise ValueError("--control-parts says what --control measures; give that, too")
    if "recordings" in wanted and options.data is None:
        raise ValueError("--control-parts recordings needs the recordings: give --data STORE")


def control_rows(
    pipeline: MotionPipeline, options: argparse.Namespace, data: Path | None, t2m_evaluator: Any
) -> dict[str, Any]:
    """Measure steered motion beside free motion, and sequences; print and return the rows."""
    from motionlcm.evaluation.control import evaluate_control, paths_of_recordings
    from motionlcm.generation.agreement import can_judge

    effort, wanted = effort_of(options.control), CONTROL_PARTS
    if options.control_parts is not None:
        wanted = tuple(options.control_parts.split(","))

    # whether the recordings can be read at all is told before anything long begins
    protocol = None
    if data is not None and "recordings" in wanted:
        told = row_progress()
        protocol = open_protocol(pipeline, options, data, t2m_evaluator, progress=told)

    rows: dict[str, dict[str, float]] = {}
    if "paths" in wanted:
        rows |= evaluate_control(
            pipeline, effort=effort, second=options.evaluator, progress=row_progress("motions")
        )
    if pipeline.folder.latents.num_tokens is None and can_judge(pipeline):
        from motionlcm.evaluation.sequences import sequence_rows, steered_rows

        if "timelines" in wanted:
            rows |= steered_rows(pipeline, effort=effort, progress=row_progress("motions"))
        if "long" in wanted:
            rows |= sequence_rows(
                pipeline, num_clips=_LONG_MOTIONS, progress=Progress("60 s", "motions")
            )
    if protocol is not None:
        recorded = paths_of_recordings(pipeline, protocol, effort=effort, progress=row_progress())
        rows["free, captions of the split"] = recorded["free"]
        rows["paths of the split"] = recorded["test paths"]

    _print_rows(rows)
    return rows


def _print_rows(rows: dict[str, dict[str, float]]) -> None:
    """One line a figure, under the name of its row."""
    for row, figures in rows.items():
        print(row)
        for name, value in figures.items():
            if not name.startswith("free "):
                free = figures.get(f"free {name}")
                print(
                    f"  {name:32s}{value:10.3f}" + ("" if free is None else f"  (free {free:.3f})")
                )
