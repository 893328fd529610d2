"""Bodies of any axes stood upright: Y up, left on the left, feet on the floor.

Files do not say which axis points up, or say it wrongly, so it is told from the body. Positions are
those of SMPL's 22 joints (or another skeleton with limbs), in metres; ``notes`` are told what was
turned, flipped or moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import SMPL_22, Skeleton


class Direction(NamedTuple):
    """An axis of a file (0, 1, 2 for X, Y, Z), and which of its two ends: 1 or -1."""

    axis: int
    sign: int = 1

    @property
    def name(self) -> str:
        """What notes call the file: ``Z up``, ``Y down``."""
        return f"{'XYZ'[self.axis]} {'up' if self.sign > 0 else 'down'}"


Y_UP = Direction(1)
Z_UP = Direction(2)
#: Rotations that bring a direction to Y, as matrices that act on columns.
_TO_Y_UP = {
    Direction(0): [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    Direction(0, -1): [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
    Direction(1): [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    Direction(1, -1): [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
    Direction(2): [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    Direction(2, -1): [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
}
_FLOOR = (-0.05, 0.06)  # metres; the lowest joint's height in files whose floor is already at 0
_UPRIGHT = 0.8  # mean cosine between an axis and a body that stands along it
_LIES = 0.5  # mean cosine between another axis and a body that lies along it
_LEAD = 1.4  # how much more than along the next axis
_NEAR_FLOOR = (-0.2, 0.5)  # metres that a body may keep, of numbers that say their own floor
#: Of a shin, what knees on the mean keep away from a stretched leg at least, of a forearm elbows;
#: and the share of it that is ahead or backwards. Straight knees go either way.
_KNEES, _ELBOWS = (0.15, 0.5), (0.03, 0.4)
_BACKWARDS = (-0.5, -0.2)  # cosines of toes and ahead that tell alone, and with knees or elbows
_ON_FLOOR = 0.12  # metres from 0 within which the lowest joints of a lying body keep


def standing_axis(rest: np.ndarray) -> Direction | None:
    """The direction in which a rest pose ``[22 3]`` stands, legs down, trunk up; else None."""
    limbs = SMPL_22.limbs
    trunk = rest[limbs.head] - rest[limbs.pelvis]
    legs = rest[[*limbs.knees, *limbs.ankles]] - rest[[*limbs.hips, *limbs.knees]]

    axis = int(np.abs(trunk).argmax())
    sign = 1 if trunk[axis] > 0 else -1
    up = np.array([trunk[axis], *(-legs[:, axis])]) * sign
    sizes = np.array([np.linalg.norm(trunk), *np.linalg.norm(legs, axis=-1)])
    return Direction(axis, sign) if (up > 0.8 * sizes).all() and (sizes > 0).all() else None


def up_axis(
    positions: np.ndarray,
    rest: Direction | None,
    *,
    expected: Direction = Y_UP,
    is_declared: bool = False,
    least: float = 0.75,
    skeleton: Skeleton = SMPL_22,
) -> Direction:
    """Tell which direction points up.

    It is the rest pose's direction if that stands, unless the motion itself stands along another
    with its feet nearer to that one's zero (a file whose root is turned). Without a rest pose it is
    the ``expected`` one, unless the motion stands along another; a body that lies on the expected
    floor does not count, nor does one that crawls.

    Args:
        positions: ``[T J 3]``.
        rest: the direction in which the rest pose stands, or None.
        expected: what the file's kind usually has.
        is_declared: the format itself, or names like ours, say that the rest pose or the expected
            direction is right; only a body that stands on another floor tells otherwise.
        least: mean cosine from which on a body stands along an axis, where no rest pose tells.
        skeleton: of the positions.
    """
    mean = _mean_direction(positions, skeleton)
    axis = int(np.abs(mean).argmax())
    moving = Direction(axis, 1 if mean[axis] >= 0 else -1)
    upright, second = float(np.abs(mean[axis])), float(np.sort(np.abs(mean))[-2])

    if rest is not None:
        stays = rest == moving or upright <= _UPRIGHT or mean[rest.axis] * rest.sign >= 0.4
        gap, other = _floor_gap(positions, rest), _floor_gap(positions, moving)
        if is_declared:
            stays = stays or gap < _ON_FLOOR or other > _ON_FLOOR
        return rest if stays or other >= gap else moving

    if moving == expected or upright <= least or upright <= _LEAD * second:
        return expected
    gap = _floor_gap(positions, expected)
    is_lying = gap < _ON_FLOOR and gap < _floor_gap(positions, moving)
    return expected if is_lying else moving


def lying_note(positions: np.ndarray, up: Direction, skeleton: Skeleton = SMPL_22) -> str | None:
    """Say that a body ``[T J 3]`` lies along another axis than the one that is up; else None.

    It may be a person on the floor, or a file whose axes are told wrongly. So may one that stands
    on its head, or turns so much that no axis is its own.
    """
    mean = _mean_direction(positions, skeleton)
    axis = int(np.abs(mean).argmax())
    if abs(mean[axis]) < _LIES:
        return f"the body does not tell which axis is up: {up.name} is believed"
    if axis == up.axis and mean[axis] * up.sign > 0:
        return None
    pose = "stands on its head" if axis == up.axis else f"lies along {'XYZ'[axis]}"
    return (
        f"the body {pose}, for {up.name} is believed; "
        "if it should stand, turn it upright in the file"
    )


def _mean_direction(positions: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The mean direction ``[3]`` from ankles to head, of length 1 if it never changes."""
    limbs = skeleton.limbs
    body = positions[:, limbs.head] - positions[:, limbs.ankles].mean(axis=1)
    lengths = np.linalg.norm(body, axis=-1, keepdims=True)
    return (body / np.maximum(lengths, 1e-9)).mean(axis=0)


def _floor_gap(positions: np.ndarray, up: Direction) -> float:
    """Metres from 0 to where the lowest joint mostly is, and how much that height varies."""
    lowest = (positions[..., up.axis] * up.sign).min(axis=1)
    first, third = np.percentile(lowest, [25, 75])
    return abs(float(np.percentile(lowest, 5))) + float(third - first)


def turn_to_y_up(up: Direction) -> np.ndarray:
    """The rotation matrix ``[3 3]``, acting on columns, that brings a direction to Y."""
    return np.array(_TO_Y_UP[up], dtype=float)


def turned_up(
    positions: np.ndarray,
    up: Direction,
    notes: list[str],
    *,
    is_told: bool = False,
    skeleton: Skeleton = SMPL_22,
) -> np.ndarray:
    """Turn the direction that points up to Y.

    A note tells of a body that lies then, unless the file tells its axes (``is_told``).
    """
    note = None if is_told else lying_note(positions, up, skeleton)
    if note:
        notes.append(note)
    if up == Y_UP:
        return positions
    notes.append(f"{up.name}: turned to Y up")
    return positions @ turn_to_y_up(up).T


def unmirrored(
    positions: np.ndarray,
    notes: list[str],
    skeleton: Skeleton = SMPL_22,
    *,
    is_told: bool = False,
) -> np.ndarray:
    """Undo left-handed axes, which make toes point away from where hips and trunk face.

    A note tells of knees that bend backwards, unless the file tells left and right (``is_told``).
    """
    limbs = skeleton.limbs
    left_hip, right_hip = limbs.hips
    across = positions[:, left_hip] - positions[:, right_hip]
    chest = limbs.trunk[-2]
    ahead = np.cross(across, positions[:, chest] - positions[:, limbs.pelvis])
    toes = (positions[:, limbs.toes] - positions[:, limbs.ankles]).mean(axis=1)

    lengths = np.linalg.norm(ahead, axis=-1) * np.linalg.norm(toes, axis=-1)
    cosine = (ahead * toes).sum(axis=-1) / np.maximum(lengths, 1e-9)
    toes_ahead = float(np.median(cosine))

    # An end of the foot that is no toe may point anywhere: knees and elbows have a say.
    legs = [positions[:, [*joints]] for joints in (limbs.hips, limbs.knees, limbs.ankles)]
    arms = [positions[:, [*joints]] for joints in (limbs.shoulders, limbs.elbows, limbs.wrists)]
    if toes_ahead > _BACKWARDS[1]:
        if not is_told and limbs_bend(legs, None, ahead) < 0:
            notes.append(
                "knees bend backwards though toes point ahead: left as they are; "
                "are left and right swapped in the file?"
            )
        return positions

    bend = limbs_bend(legs, arms, ahead)
    if bend > 0 or (bend == 0 and toes_ahead > _BACKWARDS[0]):
        return positions
    notes.append("left-handed axes (toes point backwards): X negated")
    return positions * np.array([-1.0, 1.0, 1.0])


def limbs_bend(
    legs: Sequence[np.ndarray], arms: Sequence[np.ndarray] | None, ahead: np.ndarray
) -> int:
    """Tell whether limbs bend as a body's do: 1, -1 the other way round, 0 where they do not tell.

    Knees keep ahead of the line of a stretched leg, elbows behind that of an arm.

    Args:
        legs: hips, knees and ankles, ``[T 2 3]`` each.
        arms: shoulders, elbows and wrists; None where there are none. They are asked if legs do not
            tell.
        ahead: ``[T 3]`` where hips and trunk face; of any length.
    """
    return _bend(legs, ahead, *_KNEES) or (0 if arms is None else -_bend(arms, ahead, *_ELBOWS))


def _bend(limb: Sequence[np.ndarray], ahead: np.ndarray, least: float, clear: float) -> int:
    """Which way the middle joint of two limbs bends: 1 ahead, -1 backwards, 0 neither."""
    line, upper = normalize(limb[2] - limb[0]), limb[1] - limb[0]
    bend = upper - (upper * line).sum(axis=-1, keepdims=True) * line  # [T 2 3]
    bent = float(np.linalg.norm(bend, axis=-1).mean())
    share = float((bend * normalize(ahead)[:, None]).sum(axis=-1).mean())

    lower = float(np.linalg.norm(limb[2] - limb[1], axis=-1).mean())
    if bent < least * lower or abs(share) < clear * bent:
        return 0
    return 1 if share > 0 else -1


def far_floor(positions: np.ndarray, notes: list[str]) -> float:
    """Height of the lowest joint of all where that is far from 0, which is noted; else 0."""
    lowest = float(positions[..., 1].min())
    if _NEAR_FLOOR[0] <= lowest <= _NEAR_FLOOR[1]:
        return 0.0
    notes.append(f"floor moved from {lowest:.2f} m to 0")
    return lowest


def on_floor(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Move the lowest joint of all to height 0, unless the floor is there already."""
    lowest = float(positions[..., 1].min())
    if _FLOOR[0] <= lowest <= _FLOOR[1]:
        return positions
    notes.append(f"floor moved from {lowest:.2f} m to 0")
    return positions - np.array([0.0, lowest, 0.0])
