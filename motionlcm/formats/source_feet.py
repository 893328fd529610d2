"""The feet of a motion: how high their soles are, and how they are turned where they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply, normalize, slerp
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.timeline import central_steps, smooth_in_time

_LIMBS = SMPL_22.limbs
_ON_FLOOR = (0.10, 0.20)  # metres; toes and ankles of feet that stand are not higher
_USUAL = (0.02, 0.07)  # metres, toes and ankles above the sole, where no foot ever stands
_TOUCH = (0.015, 0.04)  # metres above the floor: on it, and surely not
_LEVEL = (0.03, 0.15)  # metres of an ankle above its lowest: a level sole, and a free one
_AHEAD = (0.35, 0.7)  # how much of a foot's length is level
_SHIN = (0.3, 0.7)  # how much of a shin's length is upright
_UPRIGHT, _FEWEST = 0.8, 4  # as much, of a foot that stands; frames that tell how high that is
_CARRIED = (0.12, 0.25)  # of a leg, hips above the lower sole: of who lies, and of who does not
_STILL = (0.3, 0.6)  # metres a second of an ankle or toes that keep their place, and do not
_NEAR = (0.08, 0.12)  # metres above the floor of feet that stand on it, and of others
_STANCE = 0.15  # seconds for which a foot stands at least; at the height of a hop it is still, too
_SETTLE, _SINK = 0.08, 0.002  # seconds over which a body's height is smoothed; metres it may sink
_FADE = 0.2  # seconds in which feet begin or cease to lead a body, before and after they carry it


def on_its_floor(raw: RawMotion) -> RawMotion:
    """A motion whose feet stand on the floor at 0, or lower by what all of it floats.

    The lowest joint of a recording is at 0, and of one that lies down that is a wrist or the head:
    its feet stand, and its back lies, some centimetres above that.
    """
    toes, _ = standing_heights(raw.positions)
    translations = raw.translations.copy()
    translations[:, 0, 1] -= max(toes - _USUAL[0], 0)
    return replace(raw, translations=translations)


def sole_heights(raw: RawMotion) -> np.ndarray:
    """Height ``[T]`` of the lower sole of a motion in metres; 0 where it touches the floor.

    So does a foot that bears the body and keeps its place for some frames: as rolled as it is, or
    as little as the motion floats.
    """
    heights = foot_heights(raw.positions) * (1 - bearing_feet(raw))
    height = np.maximum(heights.min(axis=1), 0)
    return height * smooth_step(height, *_TOUCH)


def bearing_feet(raw: RawMotion) -> np.ndarray:
    """How surely ``[T 2]`` a foot stands, whatever its height: near the floor, still, under an
    upright shin."""
    positions = raw.positions
    bears = np.empty((raw.num_frames, 2))
    for side, (_, knee, ankle, toe) in enumerate(_LIMBS.legs):
        steps = [
            np.linalg.norm(central_steps(positions[:, part]), axis=-1) for part in (ankle, toe)
        ]
        still = 1 - smooth_step(np.minimum(*steps) * raw.fps, *_STILL)
        shin = normalize(positions[:, knee] - positions[:, ankle])[:, 1]
        near = 1 - smooth_step(foot_heights(positions)[:, side], *_NEAR)
        bears[:, side] = still * near * smooth_step(shin, *_SHIN)
    return _lasting(bears, raw)


def _lasting(curves: np.ndarray, raw: RawMotion) -> np.ndarray:
    """Smooth curves ``[T 2]`` without peaks that are shorter than a stance; loops go round."""
    reach = max(round(_STANCE / 2 * raw.fps), 1)
    padded = _padded(curves, raw, 4 * reach)
    lows = _windows(padded, reach).min(axis=-1)
    lasting = _windows(lows, reach).max(axis=-1)
    return _unpadded(smooth_in_time(lasting, reach / 2), raw, 2 * reach)


def smoothed(curves: np.ndarray, raw: RawMotion, seconds: float) -> np.ndarray:
    """Curves ``[T C]`` smoothed over some seconds; those of loops go round."""
    sigma = seconds * raw.fps
    reach = int(4 * sigma + 1)
    return _unpadded(smooth_in_time(_padded(curves, raw, reach), sigma), raw, reach)


def widened(curve: np.ndarray, raw: RawMotion, seconds: float) -> np.ndarray:
    """A smooth curve ``[T]`` that is nowhere much lower than one of a motion; loops go round."""
    reach = max(round(seconds * raw.fps), 1)
    highest = _windows(_padded(curve[:, None], raw, 2 * reach), reach).max(axis=-1)
    return _unpadded(smooth_in_time(highest, reach / 2.5), raw, reach)[:, 0]


def settled(curve: np.ndarray, raw: RawMotion) -> np.ndarray:
    """A smooth curve ``[T]`` of heights in metres, at most some millimetres below another one.

    The height at which a body stands has a corner wherever another point of a sole begins to bear.
    """
    smooth = smoothed(curve[:, None], raw, _SETTLE)[:, 0]
    return smooth + widened(np.maximum(curve - smooth - _SINK, 0), raw, _SETTLE)


def _padded(curves: np.ndarray, raw: RawMotion, reach: int) -> np.ndarray:
    """Curves ``[T C]`` with ``reach`` frames on either side; a loop's last frame is its first."""
    around = ((reach, reach), (0, 0))
    if is_looped(raw.positions):
        return np.pad(curves[:-1], around, mode="wrap")
    return np.pad(curves, around, mode="edge")


def _unpadded(curves: np.ndarray, raw: RawMotion, reach: int) -> np.ndarray:
    """Curves ``[T C]`` without ``reach`` frames on either side; loops get their last frame back."""
    inside = curves[reach:-reach]
    return np.append(inside, inside[:1], axis=0) if is_looped(raw.positions) else inside


def _windows(curves: np.ndarray, reach: int) -> np.ndarray:
    """The values ``[T - 2 reach, C, 2 reach + 1]`` around each frame of ``[T C]``."""
    return np.lib.stride_tricks.sliding_window_view(curves, 2 * reach + 1, axis=0)


def foot_heights(positions: np.ndarray) -> np.ndarray:
    """Height ``[T 2]`` of toes or ankle of either foot above where they are in feet that stand."""
    joints = (list(_LIMBS.toes), list(_LIMBS.ankles))
    standing = standing_heights(positions)
    return np.minimum(*(positions[:, part, 1] - low for part, low in zip(joints, standing)))


def standing_heights(positions: np.ndarray) -> tuple[float, float]:
    """How high toes and ankles of ``[T 22 3]`` are above the floor in feet that stand, metres.

    Feet under an upright shin tell; those of a body that never stands (it crawls, or lies all the
    while) are as high as others' usually are, unless they come lower.
    """
    shins = [positions[:, knee] - positions[:, ankle] for _, knee, ankle, _ in _LIMBS.legs]
    stands = normalize(np.stack(shins, axis=1))[..., 1] > _UPRIGHT  # [T 2]
    heights = []
    for joints, highest, usual in zip((_LIMBS.toes, _LIMBS.ankles), _ON_FLOOR, _USUAL):
        feet = positions[:, list(joints), 1]
        lowest = float(np.percentile(feet.min(axis=1), 5))
        standing = min(lowest, usual)
        if stands.sum() >= _FEWEST:
            standing = max(float(np.percentile(feet[stands], 5)), lowest)
        heights.append(standing if standing < highest else usual)
    return heights[0], heights[1]


def feet_lead(raw: RawMotion) -> np.ndarray:
    """How far ``[T]``, 0 to 1, the soles tell how high a body is: they do not where it lies.

    Feet carry a body whose hips are above them, in the air as well as on the floor, and one that
    sits behind soles that stand. They fade in before that and out after it.
    """
    positions = raw.positions
    feet = foot_heights(positions)
    hips = positions[:, list(_LIMBS.hips), 1].mean(axis=1)
    carried = smooth_step((hips - feet.min(axis=1)) / leg_length(positions), *_CARRIED)

    for side, (_, knee, ankle, _) in enumerate(_LIMBS.legs):
        shin = normalize(positions[:, knee] - positions[:, ankle])[:, 1]
        stands = smooth_step(shin, *_SHIN) * (1 - smooth_step(feet[:, side], *_TOUCH))
        carried = np.maximum(carried, stands)
    return widened(carried, raw, _FADE)


def level_feet(world: np.ndarray, raw: RawMotion) -> None:
    """Turn feet that stand so that their soles are level, in world rotations ``[T 22 4]``.

    Positions tell where a foot points, not how it is turned about that; solved from the shin, it
    leans as the shin does.
    """
    positions = raw.positions
    for _, knee, ankle, toe in _LIMBS.legs:
        foot = normalize(positions[:, toe] - positions[:, ankle])
        shin = normalize(positions[:, knee] - positions[:, ankle])
        rest = normalize(raw.offsets[toe])

        yaw = np.arctan2(foot[:, 0], foot[:, 2]) - np.arctan2(rest[0], rest[2])
        slope = np.arcsin(np.clip(-foot[:, 1], -1, 1)) - np.arcsin(np.clip(-rest[1], -1, 1))
        across = np.zeros((len(foot), 3))
        across[:, 0] = slope
        level = multiply(from_yaw(yaw), from_axis_angle(across))

        height = positions[:, ankle, 1] - np.percentile(positions[:, ankle, 1], 5)
        trust = 1 - smooth_step(height, *_LEVEL)
        trust = trust * smooth_step(np.hypot(foot[:, 0], foot[:, 2]), *_AHEAD)
        trust = trust * smooth_step(shin[:, 1], *_SHIN)
        world[:, ankle] = slerp(world[:, ankle], level, trust)
