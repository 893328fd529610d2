"""Bodies of any axes stood upright: Y up, left on the left, feet on the floor.

Files do not say which axis points up, so it is told from the body. Positions are those of SMPL's 22
joints, in metres; ``notes`` are told what was turned, flipped or moved.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.skeleton import SMPL_22

#: Rotations that bring another axis up to Y, as matrices that act on columns.
_TO_Y_UP = {
    "X": [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    "Z": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
}
_FLOOR = (-0.05, 0.06)  # metres; the lowest joint's height in files whose floor is already at 0
_UP = 1  # the index of Y


def standing_axis(rest: np.ndarray) -> int | None:
    """The axis along which a rest pose ``[22 3]`` stands, legs down, trunk up; else None."""
    limbs = SMPL_22.limbs
    trunk = rest[limbs.head] - rest[limbs.pelvis]
    legs = rest[[*limbs.knees, *limbs.ankles]] - rest[[*limbs.hips, *limbs.knees]]

    axis = int(np.abs(trunk).argmax())
    up = np.array([trunk[axis], *(-legs[:, axis])])
    sizes = np.array([np.linalg.norm(trunk), *np.linalg.norm(legs, axis=-1)])
    return axis if (up > 0.8 * sizes).all() and (sizes > 0).all() else None


def up_axis(positions: np.ndarray, rest: int | None) -> int:
    """Tell which axis points up.

    It is the rest pose's axis if that stands, unless the motion itself stands along another axis
    with its feet nearer to that axis's zero (a file whose root is turned); a motion that lies or
    crawls does not count.

    Args:
        positions: ``[T 22 3]``.
        rest: the axis along which the rest pose stands, or None.
    """
    limbs = SMPL_22.limbs
    body = positions[:, limbs.head] - positions[:, limbs.ankles].mean(axis=1)
    lengths = np.linalg.norm(body, axis=-1, keepdims=True)
    mean = (body / np.maximum(lengths, 1e-9)).mean(axis=0)

    moving = int(np.abs(mean).argmax())
    second = float(np.sort(np.abs(mean))[-2])
    if rest is None:
        return moving if second * 1.4 < mean[moving] and mean[moving] > 0.5 else _UP
    if rest != moving and mean[moving] > 0.8 and abs(mean[rest]) < 0.4:
        lowest = np.abs(np.percentile(positions.min(axis=1), 5, axis=0))
        return moving if lowest[moving] < lowest[rest] else rest
    return rest


def turned_up(positions: np.ndarray, axis: int, notes: list[str]) -> np.ndarray:
    """Turn an axis that points up to Y."""
    if axis == _UP:
        return positions
    notes.append(f"{'XYZ'[axis]} up: turned to Y up")
    return positions @ np.array(_TO_Y_UP["XYZ"[axis]], dtype=float).T


def unmirrored(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Undo left-handed axes, which make toes point away from where hips and trunk face."""
    limbs = SMPL_22.limbs
    left_hip, right_hip = limbs.hips
    across = positions[:, left_hip] - positions[:, right_hip]
    chest = limbs.trunk[-2]
    ahead = np.cross(across, positions[:, chest] - positions[:, limbs.pelvis])
    toes = (positions[:, limbs.toes] - positions[:, limbs.ankles]).mean(axis=1)

    lengths = np.linalg.norm(ahead, axis=-1) * np.linalg.norm(toes, axis=-1)
    cosine = (ahead * toes).sum(axis=-1) / np.maximum(lengths, 1e-9)
    if np.median(cosine) > -0.5:
        return positions
    notes.append("left-handed axes (toes point backwards): X negated")
    return positions * np.array([-1.0, 1.0, 1.0])


def on_floor(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Move the lowest joint of all to height 0, unless the floor is there already."""
    lowest = float(positions[..., 1].min())
    if _FLOOR[0] <= lowest <= _FLOOR[1]:
        return positions
    notes.append(f"floor moved from {lowest:.2f} m to 0")
    return positions - np.array([0.0, lowest, 0.0])
