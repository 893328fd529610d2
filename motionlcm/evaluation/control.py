"""Steering, measured: how exactly motion keeps to constraints, and what that costs it.

Every row stands beside the free motion of the same prompts and seeds, which is the table's first
row. Distances are metres unless a name says otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.evaluation import metrics
from motionlcm.evaluation.protocol import Protocol
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.motion.motion import Motion
from motionlcm.motion.steering import way_gone
from motionlcm.progress import RowProgress
from motionlcm.runtime.agreement import Agreement

RATIOS = (0.5, 0.7, 1.0, 1.4, 2.0)  #: speed of a path as a share of the gait's
_SECONDS, _FRAMES = 6.0, 120
_POINTS = 9  #: of a path
_WALKS = ("a person walks forward", "a woman is walking", "the man walks ahead", "a person jogs")
_CIRCLES = ("a person walks in a circle", "a man is walking around in a circle")
_OTHERS = ("a person stands still", "a person waves with the right hand")
_GIVEN = 16  #: frames at either end of an in-between
_FIGURES = ("error_mm", "slip", "raw_slip", "heading_gap", "jerk", "text_agreement")
_SECOND = "text, second evaluator"
#: Joints that are pinned at once, and how far from where they would be.
_FIVE = {
    "left_wrist": (0.05, 0.1, 0.1),
    "right_wrist": (-0.05, 0.1, 0.1),
    "head": (0.0, -0.05, 0.05),
    "left_ankle": (0.05, 0.02, 0.0),
    "right_ankle": (-0.05, 0.03, 0.0),
}


@dataclass(frozen=True)
class _Case:
    """A motion to steer: prompt and seed, what is fixed, and the row that it belongs to."""

    row: str
    prompt: str
    seed: int
    constraints: Constraints


@dataclass
class _Row:
    """Figures of a row's motions, one beside the other."""

    values: list[dict[str, float]] = field(default_factory=list)

    def means(self) -> dict[str, float]:
        """The mean of each figure; of errors the largest."""
        names = dict.fromkeys(name for each in self.values for name in each)
        means = {}
        for name in names:
            column = [each[name] for each in self.values if name in each]
            means[name] = float(np.max(column) if name == "error_mm" else np.mean(column))
        return means


def shapes() -> dict[str, np.ndarray]:
    """Hand-made paths ``[9 2]`` of length one, that begin at the origin towards +Z."""
    share = np.linspace(0, 1, _POINTS)
    angle = 2 * np.pi * share
    zigzag = np.where(np.arange(_POINTS) % 4 < 2, 1.0, -1.0) * (np.arange(_POINTS) % 2)
    lines = {
        "line": np.stack([0 * share, share], -1),
        "S": np.stack([0.15 * np.sin(angle), share], -1),
        "circle": np.stack([1 - np.cos(angle), np.sin(angle)], -1),
        "figure of eight": np.stack([np.sin(2 * angle) / 2, np.sin(angle)], -1),
        "zigzag": np.stack([0.1 * zigzag, share], -1),
    }
    return {name: points / _length(points) for name, points in lines.items()}


def _length(points: np.ndarray) -> float:
    """Metres along a path ``[N 2]`` as a smooth curve would go it."""
    fine = np.linspace(0, len(points) - 1, 400)
    curve = np.stack([np.interp(fine, np.arange(len(points)), each) for each in points.T], -1)
    return float(np.linalg.norm(np.diff(curve, axis=0), axis=-1).sum())


def evaluate_control(
    pipeline: MotionPipeline,
    *,
    effort: str | float = "default",
    num_seeds: int = 2,
    ratios: Sequence[float] = RATIOS,
    second: Path | None = None,
    progress: RowProgress | None = None,
) -> dict[str, dict[str, float]]:
    """Measure paths, pins, poses and given frames.

    Args:
        pipeline: the model.
        effort: of all motions, see ``Request``.
        num_seeds: motions a prompt and row.
        ratios: speeds of the paths as shares of the gait's.
        second: folder of an evaluator that judges, too, and chooses nothing; its model's statistics
            lie beside it.
        progress: called with ("steered motions", done, total).
    Returns:
        Rows of figures; beside each the free motion's, "free raw_slip" and so on, and the time as a
        multiple of the free motion's.
    """
    cases = [*_path_cases(pipeline, num_seeds, ratios), *_other_cases(pipeline, num_seeds)]
    _warm_up(pipeline, effort)
    judge = None if second is None else Agreement(pipeline.folder, path=second)
    rows: dict[str, _Row] = {}
    for number, case in enumerate(cases, 1):
        row = rows.setdefault(case.row, _Row())
        row.values.append(_measured(pipeline, case, effort, judge))
        if progress is not None:
            progress("steered motions", number, len(cases))

    table = {name: row.means() for name, row in rows.items()}
    free = {
        name: float(np.mean([row[f"free {name}"] for row in table.values()]))
        for name in (*_FIGURES[1:], _SECOND)
        if all(f"free {name}" in row for row in table.values())
    }
    return {"free": free, **table}


def paths_of_recordings(
    pipeline: MotionPipeline,
    protocol: Protocol,
    *,
    effort: str | float = "default",
    num_pins: int = 5,
    progress: RowProgress | None = None,
) -> dict[str, dict[str, float]]:
    """Lead motion of a split's captions along the paths of its recordings.

    Args:
        pipeline: the model.
        protocol: of a split; its evaluator judges.
        effort: see ``Request``.
        num_pins: frames of each recording in which the root is fixed.
        progress: called with (row, done, total).
    Returns:
        The rows "free" and "test paths" with FID, R@3 and the figures of the reports.
    """
    captions, frames = protocol.captions, protocol.frames
    scale = pipeline.guidance_scale(1)
    free = protocol.generate(range(len(captions)), 0, steps=1, scale=scale, row="free motions")
    steered, row = [], _Row()
    for index, caption in enumerate(captions):
        root = decode_positions(protocol.real[index], protocol.layout)[:, 0]
        pins = np.linspace(0, len(root) - 1, num_pins).round().astype(int)
        path = Constraints.root_path(root[pins][:, [0, 2]], pins)
        (motion,) = pipeline(
            caption,
            seconds=frames[index] / FPS,
            seed=index,
            constraints=path,
            effort=effort,
            split=False,
        )
        steered.append(motion.features)
        row.values.append(report_figures(motion))
        if progress is not None:
            progress("test paths", index + 1, len(captions))

    rows = {}
    for name, clips in (("free", free), ("test paths", steered)):
        embedded = protocol.embed(clips)
        precision = metrics.r_precision(protocol.text, embedded, np.random.default_rng(0))
        rows[name] = {
            "FID": metrics.frechet_distance(protocol.real_motion, embedded),
            "R@3": float(precision[2]),
        }
    rows["test paths"] |= row.means()
    return rows


def _path_cases(
    pipeline: MotionPipeline, num_seeds: int, ratios: Sequence[float]
) -> Iterator[_Case]:
    """Each shape at each speed, for each walk; and circles of which the words tell, too."""
    frames = np.linspace(0, _FRAMES - 1, _POINTS).round().astype(int)
    lengths = {}
    for prompt in (*_WALKS, *_CIRCLES):
        for seed in range(num_seeds):
            (free,) = pipeline(prompt, seconds=_SECONDS, seed=seed, split=False)
            lengths[prompt, seed] = way_gone(free.positions)

    rows: list[tuple[str, str, tuple[str, ...]]] = [(name, name, _WALKS) for name in shapes()]
    rows.append(("circle", "circle that the words tell of", _CIRCLES))
    for shape, name, prompts in rows:
        points = shapes()[shape]
        for ratio in ratios:
            for (prompt, seed), length in lengths.items():
                if prompt in prompts:
                    path = Constraints.root_path(points * length * ratio, frames)
                    yield _Case(f"{name}, {ratio:g} times the speed", prompt, seed, path)


def _other_cases(pipeline: MotionPipeline, num_seeds: int) -> Iterator[_Case]:
    """Pins, poses, given frames and kept parts, of motions of the same model."""
    for prompt in (*_WALKS[:1], *_OTHERS):
        for seed in range(num_seeds):
            (free,) = pipeline(prompt, seconds=_SECONDS, seed=seed, split=False)
            (other,) = pipeline(prompt, seconds=_SECONDS, seed=seed + 100, split=False)
            yield _Case("a wrist at 3 frames", prompt, seed, _wrist(free))
            yield _Case("five joints at once", prompt, seed, _five(free))
            poses = Constraints.key_poses(other, [30, 90], at=[30, 90])
            yield _Case("two key poses", prompt, seed, poses)
            ends = Constraints.in_between(
                other.cropped(0, _GIVEN), other.cropped(_FRAMES - _GIVEN, _FRAMES)
            )
            yield _Case("in-between, 16 + 16 frames given", prompt, seed, ends)
            start = Constraints.keep_start(other.cropped(0, 2 * _GIVEN))
            yield _Case("continuation of 32 frames", prompt, seed, start)


def _wrist(free: Motion) -> Constraints:
    frames = np.array([40, 60, 80])
    places = free.positions[frames, free.skeleton.index("right_wrist")] + [0.1, 0.25, 0.1]
    return Constraints.joint("right_wrist", frames, places)


def _five(free: Motion) -> Constraints:
    pins = Constraints()
    for joint, offset in _FIVE.items():
        place = free.positions[60, free.skeleton.index(joint)] + np.array(offset)
        pins |= Constraints.joint(joint, 60, place)
    return pins


def _measured(
    pipeline: MotionPipeline, case: _Case, effort: str | float, judge: Agreement | None
) -> dict[str, float]:
    """The figures of one case; with a second judge its cosines, too."""
    start = time.perf_counter()
    (free,) = pipeline(case.prompt, seconds=_SECONDS, seed=case.seed, split=False)
    middle = time.perf_counter()
    (motion,) = pipeline(
        case.prompt,
        seconds=_SECONDS,
        seed=case.seed,
        constraints=case.constraints,
        effort=effort,
        split=False,
    )
    end = time.perf_counter()
    figures = report_figures(motion)
    if judge is not None:
        caption = [each.repeat(2, 0) for each in pipeline.networks.encode([case.prompt])]
        cosines = judge([motion.features, free.features], *caption)
        figures[_SECOND], figures[f"free {_SECOND}"] = cosines.tolist()
    return {
        **figures,
        "times the free motion's time": (end - middle) / (middle - start),
    }


def report_figures(motion: Motion) -> dict[str, float]:
    """What the report of a motion says, one number a name."""
    assert motion.report is not None
    figures = {}
    for name in _FIGURES:
        value, free = (motion.report[name][key] for key in ("value", "free"))
        if value is not None:
            figures[name] = float(value)
            figures[f"free {name}"] = float(free)
    return figures


def _warm_up(pipeline: MotionPipeline, effort: str | float) -> None:
    """Open everything that is opened once."""
    path = Constraints.root_path([[0, 0], [0, 3]])
    pipeline(_WALKS[0], seconds=_SECONDS, constraints=path, effort=effort, split=False)
