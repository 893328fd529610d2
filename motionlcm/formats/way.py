"""The way of a body asked whether its feet go along with it.

A foot that stands goes back, seen from the pelvis, as fast as the pelvis goes ahead. Where it does
so only by another way than the file's, the way is told in another unit than the bones, or is a
guess of who wrote it.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.skeleton import SMPL_22, Skeleton

_UNITS = (1.0, 0.01, 0.001, 0.3048, 0.0254)  # metres; rarer ones could be taken for these
#: What the way of a body is multiplied by whose bones are in another unit.
_UNIT_FACTORS = sorted({way / bones for way in _UNITS for bones in _UNITS if way != bones})
_SAME_HEIGHT = 0.15  # of the height of a pelvis, by which it may differ as a body bends its legs
_SAME_FACTOR = 1.2  # by which the factor that feet tell may be off: they roll
_LESS_SLIDING = 0.7  # of the way that feet slide otherwise
_STILL = 1e-6  # metres that what keeps its place moves
_FASTEST = 13.0  # metres a second, of a pelvis; sprinters have 12

_FACTORS = np.geomspace(1 / 2000, 2000, 153)
_STEP = 0.2  # metres a second, of a foot seen from the pelvis, that tells of a step
_STANDS = 0.3  # of that speed, that is left of a foot that stands
_FEWEST = 8  # frames in which a foot steps
_CLEAR = 0.25  # of these frames in which it stands by another way ...
_UNLIKELY = 0.4  # ... and the share of those in which it stands by the file's
_APART = 1.6  # factor by which the two ways differ
_FAR = 0.5  # metres that a body goes by the farther of the two; on the spot feet turn and sway
_MOST = 2000  # frames that are looked at


def way_of_bones(positions: np.ndarray, fps: float, notes: list[str]) -> np.ndarray:
    """A body ``[T 22 3]`` whose way is told in another unit than its bones, with the way put right.

    Then its pelvis is not as high as its legs are long, but is where one unit is taken for another,
    and its feet slide less; where they tell a factor themselves, it is near that one.
    """
    pelvis = positions[:, SMPL_22.limbs.pelvis]
    height = float(np.median(pelvis[:, 1]))
    stands = float(np.median(pelvis[:, 1] - positions[..., 1].min(axis=1)))
    if stands <= 0 or height <= 0 or abs(height - stands) < 2 * _SAME_HEIGHT * stands:
        return positions

    likely = [unit for unit in _UNIT_FACTORS if abs(unit * height / stands - 1) < _SAME_HEIGHT]
    told = way_of_feet(positions[:_MOST], fps)
    if told is not None:
        likely = [unit for unit in likely if 1 / _SAME_FACTOR < unit / told < _SAME_FACTOR]
    if not likely:
        return positions

    factor = min(likely, key=lambda unit: abs(np.log(unit * height / stands)))
    moved = positions + (factor - 1) * pelvis[:, None]
    if _sliding(moved) >= _LESS_SLIDING * _sliding(positions):
        return positions
    notes.append(f"the way is in another unit than the bones: multiplied by {factor:.4g}")
    return moved


def _sliding(positions: np.ndarray) -> float:
    """Metres a frame that the lowest joint of the feet ``[T 22 3]`` moves over the floor."""
    steps, feet = _steps(positions, SMPL_22)
    return float(np.linalg.norm(steps + feet, axis=-1).mean()) if len(steps) else 0.0


def _steps(positions: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """(steps ``[T-1 2]`` of the pelvis, steps of the lowest joint of the feet seen from it)."""
    limbs = skeleton.limbs
    feet = positions[:, [*limbs.ankles, *limbs.toes]]
    lowest = feet[:-1, :, 1].argmin(axis=1)
    pelvis = positions[:, limbs.pelvis, None, ::2]

    local = np.diff(feet[..., ::2] - pelvis, axis=0)
    return np.diff(pelvis[:, 0], axis=0), local[np.arange(len(lowest)), lowest]


def way_notes(positions: np.ndarray, fps: float, skeleton: Skeleton = SMPL_22) -> list[str]:
    """What to tell of the way of a body ``[T J 3]``, in metres, Y up: one line, or none."""
    if len(positions) < 2:
        return []
    pelvis = positions[:, skeleton.limbs.pelvis]

    if np.ptp(pelvis, axis=0).max() <= _STILL:
        is_moving = np.ptp(positions, axis=0).max() > _STILL
        return ["no translations of the hips: the body stays in its place"] if is_moving else []

    factor = way_of_feet(positions[:_MOST], fps, skeleton)
    if factor is not None:
        return [
            f"the feet slide: they walk {factor:.2g} times as far as the hips go; if the way is "
            f"told in another unit than the bones, multiply it by {factor:.2g} in the file"
        ]

    speeds = np.linalg.norm(np.diff(pelvis, axis=0), axis=-1) * fps
    fastest = float(np.percentile(speeds, 75))
    if fastest > _FASTEST:
        return [
            f"the hips move at {fastest:.3g} m/s: is the way told in the unit of the bones, and is "
            f"{fps:g} the recording's frame rate (--input-fps)?"
        ]
    return []


def way_of_feet(positions: np.ndarray, fps: float, skeleton: Skeleton = SMPL_22) -> float | None:
    """What the way of a body ``[T J 3]`` is to be multiplied by for its feet to stand where they
    step.

    None where they stand by the way as it is, and where they tell nothing: few steps, a run on the
    spot, skates.
    """
    steps, feet = _steps(positions, skeleton)
    speeds = np.linalg.norm(feet, axis=-1)
    is_step = speeds * fps > _STEP
    if is_step.sum() < _FEWEST:
        return None

    # The share of steps in which the foot stands, by each factor.
    steps, feet = steps[is_step], feet[is_step]
    speeds = speeds[is_step]
    left = np.linalg.norm(feet + _FACTORS[:, None, None] * steps, axis=-1)  # [K S]
    shares = (left < _STANDS * speeds).mean(axis=1)
    share = (np.linalg.norm(feet + steps, axis=-1) < _STANDS * speeds).mean()
    best = int(shares.argmax())
    if shares[best] < _CLEAR or share > _UNLIKELY * shares[best]:
        return None

    # The factor that brings those feet nearest to a stand.
    stands = left[best] < _STANDS * speeds
    steps, feet = steps[stands], feet[stands]
    factor = float(-(steps * feet).sum() / (steps * steps).sum())
    reach = np.ptp(positions[:, skeleton.limbs.pelvis, ::2], axis=0).max()
    is_far = max(factor, 1.0) * reach > _FAR
    return factor if is_far and abs(np.log(factor)) > np.log(_APART) else None
