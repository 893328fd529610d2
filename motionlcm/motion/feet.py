"""Feet that stand: where each is planted, how it is held there, and lifted on its way."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import Limbs
from motionlcm.motion.timeline import central_steps, smooth_in_time, spans

# Lengths are metres; steps are metres per frame and durations frames, both at 20 fps.
_RAMP = 3  #: duration in which a planted foot is taken hold of and let go
_SHORTEST_STANCE = 3  #: duration
_CLEARANCE = 0.05  #: over the floor, of a toe that travels; four of five recorded ones are higher
_TRAVELLING = (0.01, 0.04)  #: steps of a toe that stands and of one that travels
_CREEP = 0.06  #: step over which a toe does not stand, whatever the contacts say
_HIGHEST_TOE, _HIGHEST_ANKLE = 0.08, 0.2  #: over the floor, of a foot that stands
_SPREAD = 0.2  #: two feet that part sideways by more are not standing, as in jumping jacks
_FLOOR_SHARE = 0.1  #: the floor lies where the lower foot is in this share of the frames, or lower


def floor_height(positions: np.ndarray, limbs: Limbs) -> float:
    """Height on which a clip ``[T J 3]`` stands: the lower foot's, in its lowest frames."""
    joints = [joint for foot in limbs.feet for joint in foot]
    lowest = np.sort(positions[:, joints, 1].min(1))
    return float(lowest[: max(1, int(len(lowest) * _FLOOR_SHARE))].mean())


def find_stances(
    positions: np.ndarray, contacts: np.ndarray, limbs: Limbs, *, pace: float = 1.0
) -> np.ndarray:
    """Find where each foot stands: predicted contact, low, and not faster than a creep.

    Where both would stand while they spread or close like those of a jumping jack, neither does.

    Args:
        positions: ``[T J 3]`` metres, the floor at 0.
        contacts: ``[T 4]`` how likely two joints of the left and of the right foot are planted, 0
            to 1.
        limbs: of the body.
        pace: the frame rate as a share of 20 fps.
    Returns:
        ``[T 2]`` bool, left and right.
    """
    is_down = np.zeros((len(positions), 2), bool)
    for side, (_, _, ankle, toe) in enumerate(limbs.legs):
        likely = contacts[:, 2 * side : 2 * side + 2].max(1)
        step = np.linalg.norm(central_steps(positions[:, toe]), axis=-1)
        is_low = (positions[:, toe, 1] < _HIGHEST_TOE) & (positions[:, ankle, 1] < _HIGHEST_ANKLE)
        is_down[:, side] = (likely > 0.5) & is_low & (step < _CREEP / pace)

    gap = _sideways_gap(positions, limbs)
    for start, stop in spans(is_down[:, 0] & is_down[:, 1]):
        if np.ptp(gap[start:stop]) > _SPREAD:
            is_down[start:stop] = False

    is_planted = np.zeros_like(is_down)
    for side in range(2):
        for start, stop in spans(is_down[:, side]):
            is_planted[start:stop, side] = stop - start >= round(_SHORTEST_STANCE * pace)
    return is_planted


def _sideways_gap(positions: np.ndarray, limbs: Limbs) -> np.ndarray:
    """Distance ``[T]`` of the left toe from the right one, to the left as the hips lie."""
    (left_hip, right_hip), (left_toe, right_toe) = limbs.hips, limbs.toes
    across = normalize((positions[:, left_hip] - positions[:, right_hip]) * [1, 0, 1])
    return ((positions[:, left_toe] - positions[:, right_toe]) * across).sum(-1)


def hold_foot(
    foot: np.ndarray, is_planted: np.ndarray, lengths: np.ndarray, *, pace: float = 1.0
) -> np.ndarray:
    """Hold a foot still in each stance and above the floor, its bones at the given lengths.

    Args:
        foot: ``[T F 3]`` metres, from the ankle to the toe.
        is_planted: ``[T]`` bool.
        lengths: ``[F-1]`` metres, of the bones between.
        pace: the frame rate as a share of 20 fps.
    Returns:
        ``[T F 3]`` metres.
    """
    held = foot.copy()
    for start, stop in spans(is_planted):
        toe = foot[start:stop, -1]
        shift = (np.median(toe, axis=0) - toe) * [1, 0, 1]
        held[start:stop] += shift[:, None]
        _ease(held, is_planted, (start, stop), shift, ramp=round(_RAMP * pace))

    lift = _lift_on_the_way(held[:, -1], is_planted, pace)
    held[..., 1] = np.maximum(held[..., 1] + lift[:, None], 0)

    for end in range(foot.shape[1] - 1, 0, -1):  # the toe is what stands
        back = held[:, end - 1] - held[:, end]
        held[:, end - 1] = at_length(held[:, end], back, lengths[end - 1])
    return held


def _ease(
    held: np.ndarray, is_planted: np.ndarray, span: tuple[int, int], shift: np.ndarray, *, ramp: int
) -> None:
    """Carry a stance's first and last shift on, ever less, into the frames before and after."""
    start, stop = span
    for step in range(1, ramp + 1):
        share = 0.5 * (1 + np.cos(np.pi * step / (ramp + 1)))
        before, after = start - step, stop - 1 + step
        if before >= 0 and not is_planted[before]:
            held[before] += share * shift[0]
        if after < len(held) and not is_planted[after]:
            held[after] += share * shift[-1]


def _lift_on_the_way(toe: np.ndarray, is_planted: np.ndarray, pace: float) -> np.ndarray:
    """Height to add ``[T]`` so that a foot does not graze the floor while it travels."""
    step = np.linalg.norm(central_steps(toe)[:, [0, 2]], axis=-1) * pace
    slow, fast = _TRAVELLING
    wanted = _CLEARANCE * np.clip((step - slow) / (fast - slow), 0, 1)
    lift = np.maximum(wanted - toe[:, 1], 0)
    if not lift.any():
        return lift

    wide = np.maximum(lift, np.maximum(np.append(lift[1:], 0), np.append(0, lift[:-1])))
    return smooth_in_time(wide[:, None], pace)[:, 0] * ~is_planted


def at_length(start: np.ndarray, direction: np.ndarray, length: float) -> np.ndarray:
    """The points ``[T 3]`` at this distance from ``start``, in the given direction."""
    return start + direction / length_of(direction) * length


def length_of(vectors: np.ndarray) -> np.ndarray:
    """Length of vectors ``[... 3] -> [... 1]``, at least a micrometre, so that it can divide."""
    return np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
