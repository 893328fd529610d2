"""The rest pose that a moving body itself suggests: a T-pose with its own shoulders and flat feet.

Where a body's collars lead and how steep its feet stand differs by 50 degrees between recordings
and is no movement. With them in the rest pose, rotations hold movement alone, so that they can be
put onto another body.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.formats.pose import local_motion
from motionlcm.formats.raw import RawMotion, local_to_world, rotations_in_world
from motionlcm.motion.inverse_kinematics import solve_rotations, t_pose_skeleton
from motionlcm.motion.limb_seams import smooth_rate
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import inverse, normalize, rotate
from motionlcm.motion.seams import even_middle
from motionlcm.motion.skeleton import PARENTS, SMPL_22
from motionlcm.motion.swinging_limbs import straightened
from motionlcm.motion.timeline import central_steps

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_LIMBS = SMPL_22.limbs
_STILL = 0.2  # metres a second, of an ankle and toes that stand
_NEAR = 0.025  # metres above the lowest that toes of a standing foot may be
_FEWEST = 4  # frames that tell how steep a standing foot is
_SLOPES = (np.radians(5), np.radians(50))  # below the horizontal, of a standing foot


def natural_motion(motion: Motion, *, fps: float | None = None) -> RawMotion:
    """Local transforms of a motion, told from the rest pose that is natural for its body.

    Args:
        motion: its rotations are used if it has them, told from their own T-pose.
        fps: frames per second of the result; the default is the motion's own rate.
    Raises:
        ValueError: as ``pose.local_motion``.
    """
    if motion.rotations is not None or not motion.skeleton.supports("files"):
        return local_motion(motion, fps=fps)
    positions = np.asarray(motion.positions, dtype=np.float64)
    return local_motion(motion, rest=natural_rest(positions, motion.fps), fps=fps)


def limb_rate(motion: Motion) -> float:
    """Frames a second of files whose bones keep their length: the motion's own, of a loop more.

    At that rate limbs meet at a loop's seam (``limb_seams.smooth_rate``).
    """
    if motion.rotations is not None or not is_looped(motion.positions):
        return motion.fps
    return smooth_rate(motion.positions, motion.fps)


def smooth_loop(motion: Motion, fps: float | None = None) -> Motion:
    """A loop at the rate that is asked for, or at ``limb_rate``, for bones that keep their length.

    Limbs go straight on over its seam. Any other motion, and one whose rotations are known, stays
    as it is.
    """
    if motion.rotations is not None or not is_looped(motion.positions):
        return motion
    finer = motion.resampled(limb_rate(motion) if fps is None else fps)
    positions = straightened(np.asarray(finer.positions, np.float64), finer.fps)
    return replace(finer, positions=positions.astype(finer.positions.dtype))


def with_even_seam(raw: RawMotion) -> RawMotion:
    """A motion whose root gives way so that the whole body goes evenly over a loop's seam.

    Its bones keep their length: limbs that swing are bent there. Other motion stays as it is.
    """
    if not is_looped(raw.positions):
        return raw
    rigid = np.repeat(raw.offsets[None], raw.num_frames, axis=0)
    rigid[:, 0] = raw.translations[:, 0]
    translations = raw.translations.copy()
    translations[:, 0] += even_middle(local_to_world(raw.parents, rigid, raw.rotations), raw.fps)
    return replace(raw, translations=translations)


def natural_rest(positions: np.ndarray, fps: float) -> np.ndarray:
    """Directions of the bones ``[22 3]`` in a T-pose of a moving body.

    Args:
        positions: ``[T 22 3]`` metres.
        fps: frames per second.
    """
    skeleton = t_pose_skeleton(positions)
    rest = normalize(np.asarray(skeleton.offsets, dtype=np.float64))
    world = rotations_in_world(PARENTS, solve_rotations(positions, skeleton))
    chest = world[:, _LIMBS.trunk[-2]]

    for collar, shoulder in zip(_LIMBS.collars, _LIMBS.shoulders):
        bones = normalize(positions[:, shoulder] - positions[:, collar])
        rest[shoulder] = normalize(np.median(rotate(inverse(chest), bones), axis=0))

    slope = standing_slope(positions, fps)
    rest[list(_LIMBS.toes)] = (0.0, -np.sin(slope), np.cos(slope))
    return rest


def standing_slope(positions: np.ndarray, fps: float) -> float:
    """How far below the horizontal toes are seen from their ankle, in feet that stand; radians."""
    ankles, toes = positions[:, _LIMBS.ankles], positions[:, _LIMBS.toes]
    feet = toes - ankles  # [T 2 3]
    slopes = np.arcsin(np.clip(-normalize(feet)[..., 1], -1, 1))

    lowest = float(np.percentile(toes[..., 1].min(axis=1), 5))
    steps = [np.linalg.norm(central_steps(part), axis=-1) for part in (ankles, toes)]
    stands = (toes[..., 1] < lowest + _NEAR) & (np.maximum(*steps) * fps < _STILL)
    if stands.sum() >= _FEWEST:
        return float(np.clip(np.median(slopes[stands]), *_SLOPES))

    # No foot rests: a foot is flat where its ankle is lowest.
    drop = np.percentile(ankles[..., 1], 5) - np.percentile(toes[..., 1], 5)
    length = np.linalg.norm(feet, axis=-1).mean()
    return float(np.clip(np.arcsin(np.clip(drop / max(length, 1e-6), -1, 1)), *_SLOPES))
