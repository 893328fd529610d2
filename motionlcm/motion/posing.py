"""A motion put exactly into fixed poses and onto pinned joints, with soft ways there and back.

In each fixed frame the body is bent as it is to be. What that changes, bone by bone and at the
root, is carried to the frames around by the series of least acceleration, which dies away within
some eight frames. The root stays where a path has it, in the fixed frames and in those around. Feet
keep standing where they stood unless they are fixed themselves.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions
from motionlcm.motion.footing import (
    FEET,
    LEGS,
    above_the_floor,
    feet_of,
    runs_of_true,
    stances,
    with_feet,
)
from motionlcm.motion.projection import filled
from motionlcm.motion.reaching import reach
from motionlcm.motion.reaching_far import pin_errors, reached_from_afar
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    from_yaw,
    normalize,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.skeleton import bone_lengths
from motionlcm.motion.targets import Targets, relative_poses

#: How strongly a change is drawn to none: it dies away within about eight frames.
_FADING = 0.02
_RAISED = 0.02  #: metres; a foot that is to be higher does not stand
_AWAY = 8  #: frames that a foot takes up, down, or to another place
_MISSED = 1e-3  #: metres; a pin that is farther off is not reached
_SWINGING = 0.01  #: how willingly bones of hips and chest swing, where nothing else helps
_HARD = 20  #: frames at most in which further poses are tried, a third of a second each
_STEP, _STEP_HEIGHT = 0.02, 0.06  #: metres; a shift that takes a step, and how high it is


def posed(positions: np.ndarray, targets: Targets) -> np.ndarray:
    """Put a motion into its fixed poses and onto its pinned joints.

    Args:
        positions: ``[T 22 3]`` metres, the root over the floor where it is to be (see
            ``motionlcm.motion.projection.led``).
        targets: of T frames.
    Returns:
        ``[T 22 3]`` with the bones of ``positions``.
    """
    body = _with_part(positions, targets)
    is_fixed = targets.is_posed | targets.pinned_joints.any((1, 2))
    frames = np.flatnonzero(is_fixed)
    if not len(frames):
        return body

    planted = stances(body)
    wanted = _wanted(body, targets, frames, planted[frames])
    return _carried(body, wanted, frames, planted, targets)


def _wanted(
    body: np.ndarray, targets: Targets, frames: np.ndarray, planted: np.ndarray
) -> np.ndarray:
    """Bodies ``[F 22 3]`` of the fixed frames, as they are to be."""
    poses = body[frames].copy()
    is_posed = targets.is_posed[frames]
    if is_posed.any():
        poses[is_posed] = _poses(body[frames][is_posed], targets, frames[is_posed])

    has_goals = targets.pinned_joints[frames].any((1, 2))
    if has_goals.any():
        poses[has_goals] = _reaching(
            poses[has_goals], targets, frames[has_goals], planted[has_goals]
        )
    return poses


def _reaching(
    poses: np.ndarray, targets: Targets, frames: np.ndarray, planted: np.ndarray
) -> np.ndarray:
    """Poses ``[F 22 3]`` whose pinned joints are where they are to be.

    The root does not leave the path around a frame and feet that stand go on standing, where the
    pins can be reached so; else the body leaves the standing places, and then the path as far as it
    is fixed in other frames only. Then the bones of hips and chest give way, in the same order, and
    at last the body may come from quite another pose.
    """
    pinned, tolerance = targets.pinned_joints[frames], targets.tolerance[frames]
    fixed_root = targets.wished[frames, 0] & [True, False, True]
    near_path = fixed_root | _is_near_path(targets)[frames]
    standing = pinned.copy()
    for side, feet in enumerate(FEET):
        is_free = planted[:, side] & ~pinned[:, list(feet)].any((1, 2))
        for joint in feet:
            standing[is_free, joint] = True

    goals = np.where(pinned, targets.positions[frames], poses)
    tries = [(standing, near_path), (pinned, near_path)]
    if (near_path != fixed_root).any():
        tries += [(standing, fixed_root), (pinned, fixed_root)]
    reached = poses
    for swinging, (mask, held_root) in product((0.0, _SWINGING), tries):
        far = np.flatnonzero(pin_errors(reached, goals, pinned, tolerance) > _MISSED)
        if len(far):
            reached = reached.copy()
            reached[far] = reach(
                poses[far],
                goals[far],
                mask[far],
                tolerance=tolerance[far],
                held_root=held_root[far],
                swinging=swinging,
            )

    far = np.flatnonzero(pin_errors(reached, goals, pinned, tolerance) > _MISSED)
    for frame in far[:_HARD]:
        reached[frame] = reached_from_afar(
            np.stack([reached[frame], poses[frame]]),
            goals[frame],
            pinned[frame],
            tolerance=tolerance[frame],
            held_root=fixed_root[frame],
            swinging=_SWINGING,
        )
    is_kept = pinned.any(-1) | targets.is_posed[frames][:, None]
    return _feet_out_of_the_floor(_knees_ahead(reached, is_kept), is_kept)


def _is_near_path(targets: Targets) -> np.ndarray:
    """Axes ``[T 3]`` in which the root is fixed in a frame not far away."""
    near = np.zeros((targets.num_frames, 3), bool)
    for frame in targets.root_frames:
        span = slice(max(0, frame - _AWAY), frame + _AWAY + 1)
        near[span] |= targets.mask[frame, 0] & [True, False, True]
    return near


def _knees_ahead(poses: np.ndarray, is_kept: np.ndarray) -> np.ndarray:
    """Poses ``[F 22 3]`` with knees that bend forwards, where they are not fixed themselves."""
    ahead = poses.copy()
    for hip, knee, ankle, toe in LEGS:
        along = normalize(poses[:, ankle] - poses[:, hip])
        forward = poses[:, toe] - poses[:, ankle]
        forward = normalize(forward - (forward * along).sum(-1, keepdims=True) * along)
        bend = ((poses[:, knee] - poses[:, hip]) * forward).sum(-1, keepdims=True)

        # a mirror through the line from hip to ankle leaves both bones as long as they were
        mirrored = poses[:, knee] - 2 * np.minimum(bend, 0) * forward
        ahead[:, knee] = np.where(is_kept[:, [knee]], poses[:, knee], mirrored)
    return ahead


def _feet_out_of_the_floor(poses: np.ndarray, is_kept: np.ndarray) -> np.ndarray:
    """Poses ``[F 22 3]`` whose feet are not under the floor, as far as they are not fixed."""
    lengths = bone_lengths(poses).mean(0)
    feet = above_the_floor(feet_of(poses), lengths)
    lifted = with_feet(poses, feet, lengths)
    for side, (ankle, toe) in enumerate(FEET):
        knee = LEGS[side][1]
        is_low = (poses[:, [ankle, toe], 1] < 0).any(1)
        is_free = is_low & ~is_kept[:, [ankle, toe]].any(1)
        has_knee = is_free & is_kept[:, knee]
        for joint in LEGS[side][1:]:
            poses[is_free & ~has_knee, joint] = lifted[is_free & ~has_knee, joint]

        # below a fixed knee the shin swings up until the foot is out of the floor
        sole = feet[has_knee, side, 1] - feet[has_knee, side, 0]
        poses[has_knee, ankle] = _swung(
            poses[has_knee, knee],
            poses[has_knee, ankle],
            feet[has_knee, side, 0, 1],
            lengths[ankle],
        )
        poses[has_knee, toe] = poses[has_knee, ankle] + sole

        # of a foot with a fixed ankle the toe gives way: it lies on the floor, as far as it reaches
        is_held = is_low & is_kept[:, ankle] & ~is_kept[:, toe]
        poses[is_held, toe] = _swung(
            poses[is_held, ankle], poses[is_held, toe], np.zeros(is_held.sum()), lengths[toe]
        )
    return poses


def _swung(start: np.ndarray, end: np.ndarray, height: np.ndarray, length: float) -> np.ndarray:
    """Ends ``[F 3]`` of bones from ``start``, swung upright to a height ``[F]``, or near it."""
    drop = np.clip(start[:, 1] - height, -length, length)
    level = normalize((end - start) * [1.0, 0.0, 1.0]) * np.sqrt(length**2 - drop**2)[:, None]
    return start + level - drop[:, None] * [0.0, 1.0, 0.0]


def _poses(body: np.ndarray, targets: Targets, frames: np.ndarray) -> np.ndarray:
    """The fixed poses ``[F 22 3]`` in their places: headings as fixed, else as the body's."""
    _, facing = relative_poses(body)
    headings = np.where(np.isnan(targets.headings[frames]), facing, targets.headings[frames])
    poses = rotate(from_yaw(headings)[:, None], targets.poses[frames])
    lengths = bone_lengths(body).mean(0)
    roots = np.stack([body[:, 0, 0], poses[:, 0, 1], body[:, 0, 2]], axis=-1)
    return assemble(roots, bone_directions(poses), lengths)


def _with_part(positions: np.ndarray, targets: Targets) -> np.ndarray:
    """The motion with the bones of a kept part as they are to be."""
    if not targets.part or targets.part_poses is None:
        return positions
    _, facing = relative_poses(positions)
    kept = bone_directions(rotate(from_yaw(facing)[:, None], targets.part_poses))
    directions = bone_directions(positions)
    part = [joint for joint in targets.part if joint]
    directions[:, part] = kept[:, part]
    return assemble(positions[:, 0], directions, bone_lengths(positions).mean(0))


def _carried(
    body: np.ndarray,
    wanted: np.ndarray,
    frames: np.ndarray,
    planted: np.ndarray,
    targets: Targets,
) -> np.ndarray:
    """The body with what the fixed frames change carried to those around."""
    count = len(body)
    mask = np.zeros((count, 1), bool)
    mask[frames] = True
    directions = bone_directions(body)
    aims = bone_directions(wanted)
    turns = np.zeros((count, 66))
    turns[frames] = to_axis_angle(between(directions[frames], aims)).reshape(-1, 66)
    moves = np.zeros((count, 3))
    moves[frames] = wanted[:, 0] - body[:, 0][frames]

    turns = filled(turns, mask.repeat(66, 1), size=_FADING)
    # where a path has the root it does not give way to a pin in another frame
    is_held = mask | (targets.mask[:, 0] & [True, False, True])
    moves = filled(moves, is_held, size=_FADING)
    turned = rotate(from_axis_angle(turns.reshape(count, 22, 3)), directions)
    lengths = bone_lengths(body).mean(0)
    carried = assemble(body[:, 0] + moves, turned, lengths)

    feet = above_the_floor(_feet(body, wanted, frames, planted), lengths)
    standing = with_feet(carried, feet, lengths)
    standing[frames] = wanted
    return standing


def _feet(
    body: np.ndarray, wanted: np.ndarray, frames: np.ndarray, planted: np.ndarray
) -> np.ndarray:
    """Where ankles and toes go ``[T 2 2 3]``: as they went, shifted as the fixed frames say."""
    feet = feet_of(body)
    shifts = np.zeros_like(feet)
    shifts[frames] = feet_of(wanted) - feet[frames]
    is_fixed = np.zeros(len(body), bool)
    is_fixed[frames] = True

    for side in (0, 1):
        mask, lift = is_fixed.copy(), np.zeros(len(body))
        for start, stop in runs_of_true(planted[:, side]):
            inside = np.flatnonzero(is_fixed[start:stop]) + start
            if len(inside):
                _hold(shifts[:, side], mask, lift, (start, stop), inside)
        values = shifts[:, side].reshape(len(body), 6)
        shifted = filled(values, mask[:, None].repeat(6, 1), size=_FADING)
        feet[:, side] += shifted.reshape(-1, 2, 3)
        feet[:, side, :, 1] += lift[:, None]
    return feet


def _hold(
    shifts: np.ndarray,
    mask: np.ndarray,
    lift: np.ndarray,
    span: tuple[int, int],
    inside: np.ndarray,
) -> None:
    """Shift a standing foot for as long as it stands; let it step where its shifts differ.

    Args:
        shifts: ``[T 2 3]`` of ankle and toe, given in the fixed frames and filled in here.
        mask: ``[T]``, where ``shifts`` counts.
        lift: ``[T]`` metres that the foot is raised on the way from one place to another.
        span: first frame of the stance, and the one after its last.
        inside: the fixed frames in it.
    """
    is_raised = shifts[inside, :, 1].min(1) > _RAISED
    held = [*inside[~is_raised]]
    for frame in range(*span):
        away = np.abs(inside - frame)
        if is_raised.any() and away[is_raised].min() < _AWAY:
            continue  # on its way up or down
        mask[frame] = True
        if away.min() and held:
            nearest = held[int(np.abs(np.array(held) - frame).argmin())]
            shifts[frame] = shifts[nearest] * [1, 0, 1]

    for before, after in zip(held, held[1:], strict=False):
        way = float(np.linalg.norm((shifts[after] - shifts[before]).mean(0)[[0, 2]]))
        middle = np.arange(before + 1, after)
        if way < _STEP or not len(middle):
            continue
        middle = middle[np.abs(middle - 0.5 * (before + after)) < _AWAY]
        mask[middle] = False
        share = (np.arange(len(middle)) + 1) / (len(middle) + 1)
        lift[middle] = min(0.3 * way, _STEP_HEIGHT) * 16 * share**2 * (1 - share) ** 2
