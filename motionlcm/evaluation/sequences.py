"""Figures of long motion: are its parts what was asked for, and can its joins be seen?

Beside that of timelines that keep to a path, as ``motionlcm.evaluation.control`` has them of clips.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from motionlcm.evaluation.control import report_figures, shapes
from motionlcm.evaluation.probes import PROBES
from motionlcm.generation.joins import BRIDGE_FRAMES
from motionlcm.generation.long import LongMotion
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.generation.segments import Segment
from motionlcm.motion import actions
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import decode_positions
from motionlcm.motion.measures import Body
from motionlcm.motion.physics import mean_jerk, skate_ratio
from motionlcm.motion.plausibility import frame_jerks
from motionlcm.motion.sequences import then, walks
from motionlcm.motion.steering import way_gone
from motionlcm.progress import RowProgress
from motionlcm.runtime.agreement import Agreement

PROMPTS = tuple(probe.prompts[0] for probe in PROBES)
_NUM_PARTS, _SECONDS = 12, 5.0
_TOP = 3
#: Of the largest jerks of 1,238 windows of 32 frames of recordings (val of the free sources), about
#: as long as a join, 99 % are smaller, m/s^3; half of them are smaller than 196.
RECORDED_PEAK = 869.0
_AROUND = 4  #: frames before and after the tokens that neighbours share, and the bridge
WALK_AND_SIT = "a person walks forward, then sits down"
#: What is done along a path: who waves and sits stays where he is.
STEERED = (
    ("a person walks forward", 4.0),
    ("a person waves with the right hand", 3.0),
    ("a person walks forward", 4.0),
    ("a person sits down", 3.0),
)

Row = dict[str, float]


def sequence_rows(
    pipeline: MotionPipeline,
    *,
    num_clips: int = 8,
    num_seeds: int = 10,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Row]:
    """Measure motions of twelve prompts in 60 seconds beside single clips of the same prompts.

    Args:
        pipeline: the model; its body must be SMPL's.
        num_clips: motions of twelve prompts each, drawn anew from those of the action probes.
        num_seeds: motions of ``WALK_AND_SIT``.
        progress: called with (done, total) motions.
    Returns:
        Rows by name. R@3: share of parts whose own prompt is among the three, of 21, that the
        evaluator finds nearest. Seams: of the largest jerk about each join the median, the 99th
        percentile, and that as a share of the same of recorded motion. Shown: share of motions in
        which the body walks and then sits.
    """
    judge = Judge(pipeline)
    order = [np.random.default_rng(turn).permutation(len(PROMPTS)) for turn in range(num_clips)]
    singles: list[tuple[int, np.ndarray]] = []
    parts: list[tuple[int, np.ndarray]] = []
    seams: list[float] = []

    for turn, chosen in enumerate(order):
        names = chosen[:_NUM_PARTS].tolist()
        prompts = tuple(PROMPTS[i] for i in names)
        request = Request(prompts, tuple(range(turn, turn + _NUM_PARTS)), seconds=_SECONDS)
        singles += zip(names, (m.features for m in pipeline.generate(request)), strict=True)

        segments = [Segment(prompt, _SECONDS) for prompt in prompts]
        long = LongMotion(pipeline, segments, Request.of(prompts[0], seed=turn))
        motion = long.motion()
        size = round(_SECONDS * motion.fps)
        parts += [(i, motion.features[k * size : (k + 1) * size]) for k, i in enumerate(names)]
        seams += seam_jerks(long, motion.positions)
        if progress is not None:
            progress(turn + 1, num_clips)

    rough = float(np.quantile(seams, 0.99))
    return {
        "single clips": judge.row(singles),
        "twelve prompts in 60 s": {
            **judge.row(parts),
            "seams, median jerk": float(np.median(seams)),
            "seams, 99 % of jerks": rough,
            "seams, share of recorded": rough / RECORDED_PEAK,
        },
        WALK_AND_SIT: {"shown": share_shown(pipeline, num_seeds)},
    }


def steered_rows(
    pipeline: MotionPipeline,
    *,
    effort: str | float = "default",
    num_seeds: int = 4,
    progress: RowProgress | None = None,
) -> dict[str, Row]:
    """Measure timelines of ``STEERED`` along hand-made paths as long as their own way.

    Args:
        pipeline: the model; its body must be SMPL's.
        effort: see ``Request``.
        num_seeds: motions of each path.
        progress: called with ("timelines along paths", done, total).
    Returns:
        Rows as of ``motionlcm.evaluation.control.evaluate_control``.
    """
    rows: dict[str, Row] = {}
    paths = shapes()
    for number, (name, points) in enumerate(paths.items()):
        values = []
        for seed in range(num_seeds):
            begin = time.perf_counter()
            free = pipeline.sequence(STEERED, seed=seed)
            middle = time.perf_counter()
            path = Constraints.root_path(points * way_gone(free.positions))
            motion = pipeline.sequence(STEERED, seed=seed, constraints=path, effort=effort)
            spent = (time.perf_counter() - middle) / (middle - begin)
            values.append({**report_figures(motion), "times the free motion's time": spent})
            if progress is not None:
                done = number * num_seeds + seed + 1
                progress("timelines along paths", done, len(paths) * num_seeds)
        row = {key: float(np.mean([each[key] for each in values])) for key in values[0]}
        row["error_mm"] = max(each["error_mm"] for each in values)
        rows[f"{name}, four parts"] = row
    return rows


def seam_jerks(long: LongMotion, positions: np.ndarray) -> list[float]:
    """Largest jerk (mean over joints, m/s^3) about each join of a motion ``[T 22 3]``."""
    size = long.pipeline.folder.latents.frames_per_token
    jerks, peaks = frame_jerks(positions), []
    for first, second in zip(long.parts, long.parts[1:], strict=False):
        start = max(0, (second.start - second.before) * size - _AROUND)
        stop = (first.stop + first.after) * size + _AROUND
        if long.joiner.is_continued and not second.goes_on:
            stop += BRIDGE_FRAMES
        peaks.append(float(jerks[start:stop].max()))
    return peaks


def share_shown(pipeline: MotionPipeline, num_seeds: int) -> float:
    """Share of motions of ``WALK_AND_SIT`` in which the body walks and then sits."""
    is_shown = then(walks, actions.sits_down)
    motions = pipeline.generate(Request.of(WALK_AND_SIT, samples=num_seeds))
    return float(np.mean([is_shown(Body(motion.positions)) for motion in motions]))


class Judge:
    """The model's evaluator, with the prompts of all parts."""

    def __init__(self, pipeline: MotionPipeline) -> None:
        self.agreement = Agreement(pipeline.folder)
        self.layout = pipeline.layout
        self.text = pipeline.networks.encode(PROMPTS)

    def row(self, clips: list[tuple[int, np.ndarray]]) -> Row:
        """Figures of clips, each the number of its prompt and features ``[T D]``."""
        hits, cosines = [], []
        for number, features in clips:
            cosine = self.agreement([features] * len(PROMPTS), *self.text)
            hits.append((cosine > cosine[number]).sum() < _TOP)
            cosines.append(cosine[number])
        positions = [decode_positions(features, self.layout) for _, features in clips]
        return {
            "R@3": float(np.mean(hits)),
            "text agreement": float(np.mean(cosines)),
            "jerk": float(np.mean([mean_jerk(each, self.layout) for each in positions])),
            "skate ratio": float(np.mean([skate_ratio(each, self.layout) for each in positions])),
        }
