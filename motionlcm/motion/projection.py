"""A motion put exactly onto a path: the root where it is to be, the body turned, feet that stand.

The path is three of 263 columns, so it can be replaced with the pose kept. What lies between the
fixed places is the smoothest way there is: the shift from the old path to the new one has the least
acceleration. The body turns by the angle between its old and its new direction of travel.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.motion.banded import Banded, diagonal, squared_differences
from motionlcm.motion.blending import headings
from motionlcm.motion.features import FPS
from motionlcm.motion.paths import carried, smooth_path
from motionlcm.motion.reachability import chain_length
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.targets import Targets

#: Weights of a shift's size, speed and acceleration, frame by frame.
_SIZE, _SPEED = 1e-6, 0.1
_BEND = 5.0
_ROUNDS = 2  #: of path and turn, which depend on each other
_TRAVEL = 0.2  #: metres per second; a slower gait has no direction
_STIFFNESS, _STRAIGHT = 2.0, 25.0  #: of the turn and of its change, beside a gait of 1 m/s
_EDGE = 2  #: frames at either end of a path
_FIRM = 1e5  #: of a heading that is fixed
_LOOSE = 1e-6  #: pull of the turn to none, where nothing travels at all
_NEAR = 0.5  #: of the bones between, at which a joint is reached without a step


def led(
    positions: np.ndarray, targets: Targets, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lead a motion along the fixed places of its root.

    Args:
        positions: ``[T 22 3]`` metres, the floor at 0.
        targets: of T frames.
        start: ``[2]`` metres where the root is in frame 0 unless ``targets`` says otherwise.
    Returns:
        (``[T 22 3]`` with the root exactly where it is fixed over the floor, or within its
        tolerance; ``[T]`` radians by which the body was turned, to the left).
    """
    path = smooth_path(positions)
    sway = positions[:, 0] * [1, 0, 1] - path
    mask, places, tolerance = _root_pins(targets, start)
    speeds = np.linalg.norm(np.gradient(path, axis=0), axis=-1) * FPS

    turns = np.zeros(len(path))
    new_path = path
    for _ in range(_ROUNDS):
        swayed = rotate(from_yaw(turns), sway)
        shift = filled(places - (path + swayed)[:, ::2], mask, tolerance, speeds)
        new_path = path + _on_the_floor(shift)
        turns = _turns(positions, path, new_path, targets)

    # the last turn has moved the sway a little
    swayed = rotate(from_yaw(turns), sway)
    rest = filled(places - (new_path + swayed)[:, ::2], mask, tolerance, speeds)
    return carried(positions, path, new_path + _on_the_floor(rest), turns), turns


def filled(
    values: np.ndarray,
    mask: np.ndarray,
    tolerance: np.ndarray | None = None,
    speeds: np.ndarray | None = None,
    *,
    size: float = _SIZE,
) -> np.ndarray:
    """The series of least acceleration through some given values.

    Args:
        values: ``[T C]``, where ``mask``.
        mask: ``[T C]`` bool.
        tolerance: ``[T]`` by which a value may be missed; None: not at all.
        speeds: ``[T]`` metres per second of what is shifted; what stands should go on standing.
        size: how strongly the series is drawn to 0 where nothing is given.
    Returns:
        ``[T C]``; where nothing is given at all, zeros.
    """
    form = _smoothness(len(values), speeds, size)
    is_alike = (mask == mask[:, :1]).all()
    is_exact = tolerance is None or not tolerance[mask.any(1)].any()
    if is_alike and is_exact:
        return _through(form, values, mask[:, 0])

    series = np.zeros_like(values)
    for column in range(values.shape[1]):
        wanted, fixed = values[:, [column]], mask[:, column]
        if tolerance is not None and tolerance[fixed].any():
            wanted, fixed = _within(form, wanted, fixed, tolerance)
        series[:, [column]] = _through(form, wanted, fixed)
    return series


def _smoothness(count: int, speeds: np.ndarray | None, size: float) -> Banded:
    """The quadratic form ``[T T]`` of a shift's size, speed and acceleration."""
    form = diagonal(np.full(count, size)) + _BEND * squared_differences(count, 2)
    if speeds is None or count < 2:
        return form + _SPEED * squared_differences(count, 1)
    weights = _SPEED / (0.5 * (speeds[1:] + speeds[:-1]) + 0.05)
    return form + squared_differences(count, 1, weights)


def _through(form: Banded, wanted: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """The series ``x`` of least ``x' form x`` with ``x = wanted`` ``[T C]`` where ``fixed``."""
    series = np.zeros_like(wanted)
    series[fixed] = wanted[fixed]
    if fixed.any() and not fixed.all():
        free = np.flatnonzero(~fixed)
        pull = form @ series
        series[free] = -form.among(free).solve(pull[free])
    return series


def _within(
    form: Banded, wanted: np.ndarray, fixed: np.ndarray, tolerance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Wishes with tolerance as exact ones: those that are not needed let go, others at their edge.

    Returns:
        (``[T 1]`` values, ``[T]`` where they are fixed).
    """
    wanted, held = wanted.copy(), fixed & (tolerance == 0)
    goal = wanted.copy()
    for _ in range(8):
        series = _through(form, wanted, held)
        miss = (series - goal)[:, 0]
        broken = fixed & ~held & (np.abs(miss) > tolerance + 1e-9)
        if not broken.any():
            break
        edge = goal + (np.sign(miss) * tolerance)[:, None]
        wanted = np.where(broken[:, None], edge, wanted)
        held = held | broken
    return wanted, held


def _root_pins(targets: Targets, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mask ``[T 2]``, places ``[T 2]`` and tolerances ``[T]`` of the root over the floor."""
    mask = targets.mask[:, 0, ::2].copy()
    places = np.where(mask, targets.positions[:, 0, ::2], 0.0)
    for axis in (0, 1):
        if not mask[0, axis]:
            mask[0, axis] = True
            places[0, axis] = start[axis]
    return mask, places, targets.tolerance[:, 0]


def _turns(
    positions: np.ndarray, path: np.ndarray, new_path: np.ndarray, targets: Targets
) -> np.ndarray:
    """Turns of the body in each frame, ``[T]`` radians, positive to the left.

    The angle between old and new direction of travel, smoothed and weighed by how fast both travel.
    """
    old, new = (_velocities(line) for line in (path, new_path))
    weights = np.maximum(np.minimum(np.abs(old), np.abs(new)) - _TRAVEL, 0)
    weights[:_EDGE] = weights[-_EDGE:] = 0  # a path's ends have no direction that can be trusted
    aims = np.angle(new * np.conj(old))

    is_fixed = np.isfinite(targets.headings)
    if is_fixed.any():
        wanted = np.where(is_fixed, targets.headings, 0.0) - headings(positions)
        aims = np.where(is_fixed, wanted, aims)
        weights = np.where(is_fixed, _FIRM, weights)

    # as unit numbers first, whose mean knows no jump from half a turn to minus half a turn
    count = len(path)
    form = _STIFFNESS * squared_differences(count, 1) + diagonal(weights + _LOOSE)
    directions = np.stack([np.cos(aims), np.sin(aims)], axis=-1)  # [T 2]
    rough = form.solve(weights[:, None] * directions + [_LOOSE, 0.0])
    turns = np.unwrap(np.arctan2(rough[:, 1], rough[:, 0]))
    aims = turns + np.angle(np.exp(1j * (aims - turns)))

    form = form + _STRAIGHT * squared_differences(count, 2)
    return form.solve((weights * aims + _LOOSE * turns)[:, None])[:, 0]


def _velocities(path: np.ndarray) -> np.ndarray:
    """Velocity over the floor, metres per second, as complex numbers ``[T]`` (z + i x)."""
    speed = np.gradient(path, axis=0) * FPS
    return speed[:, 2] + 1j * speed[:, 0]


def _on_the_floor(shift: np.ndarray) -> np.ndarray:
    """Shifts ``[T 2]`` as ``[T 3]``."""
    return np.stack([shift[:, 0], 0 * shift[:, 0], shift[:, 1]], axis=-1)


def with_near_root(targets: Targets, positions: np.ndarray, start: np.ndarray) -> Targets:
    """Fix the root, too, where a pinned joint is too far away for a body that stays on its way.

    Args:
        targets: of T frames.
        positions: ``[T 22 3]`` metres of the motion that is to be led.
        start: ``[2]`` metres where the root is in frame 0 unless ``targets`` says otherwise.
    Returns:
        The table, in which the root of such frames is helped: it comes as near as the joint needs.
    """
    body = None
    for joint in range(1, 22):
        frames = np.flatnonzero(
            targets.mask[:, joint, ::2].all(-1) & ~targets.mask[:, 0, ::2].any(-1)
        )
        if not len(frames):
            continue
        if body is None:
            body, _ = led(positions, targets, start)
        away = (body[frames, 0] - targets.positions[frames, joint]) * [1, 0, 1]
        size = np.linalg.norm(away, axis=-1)
        allowed = _NEAR * chain_length(0, joint)
        is_far = size > allowed
        if is_far.any():
            share = (allowed / np.maximum(size[is_far], 1e-9))[:, None]
            roots = targets.positions[frames[is_far], joint] + away[is_far] * share
            targets = targets.with_joint(0, frames[is_far], roots, "xz", 0.0)
            is_helped = targets.is_helped.copy()
            is_helped[frames[is_far]] = True
            targets = replace(targets, is_helped=is_helped)
            body, _ = led(positions, targets, start)
    return targets
