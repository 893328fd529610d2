"""Feet that stay where they stand: when a foot is planted, and legs that reach for given feet."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.skeleton import TARGET_LENGTHS
from motionlcm.motion.timeline import smooth_in_time

#: Hip, knee, ankle and toe of the left and the right leg.
LEGS = ((1, 4, 7, 10), (2, 5, 8, 11))
#: Ankle and toe of either foot.
FEET = ((7, 10), (8, 11))
_STILL = 0.03  #: metres a frame; a planted ankle or toe moves less
_LOW = (0.15, 0.085)  #: metres; a planted ankle and toe are lower
_SHORTEST_STANCE = 3  #: frames
_REACH = 0.9991  #: share of a leg's length that it stretches to; the clean-up's reach a little less
_TO_THE_TOES = 0.05  #: how much a knee without a bend is drawn to where the toes point
_BENT = 0.015  #: metres off the straight leg, from which a knee has a side of its own
_HEEL_UP = np.radians(8.0)  #: by which a foot turns about its toe for a leg that is too short
_STEEPEST = np.radians(80.0)  #: that a foot stands on its toe
_HALVINGS = 14  #: of the angle that is searched
_LARGEST_DROP = 0.10  #: metres that the body sinks to reach its feet
_DROP_SIGMA = 2.5  #: frames over which it sinks


def stances(positions: np.ndarray) -> np.ndarray:
    """Whether each foot is planted: its ankle or its toe is low and still, for three frames at
    least.

    Args:
        positions: ``[T 22 3]`` metres, 20 fps, the floor at 0.
    Returns:
        bool ``[T 2]``, left and right.
    """
    planted = np.zeros((len(positions), 2), bool)
    for side, feet in enumerate(FEET):
        for joint, low in zip(feet, _LOW, strict=True):
            path = positions[:, joint]
            padded = np.concatenate([path[:1], path, path[-1:]])
            speed = np.linalg.norm(padded[2:] - padded[:-2], axis=-1)
            speed[1:-1] *= 0.5  # over two frames, but for the first and the last
            planted[:, side] |= (speed < _STILL) & (path[:, 1] < low)

        for start, stop in runs_of_true(planted[:, side]):
            is_cut = start == 0 or stop == len(planted)
            if stop - start < _SHORTEST_STANCE and not is_cut:
                planted[start:stop, side] = False
    return planted


def runs_of_true(is_on: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each run of True in ``[T]``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def ease(share: np.ndarray) -> np.ndarray:
    """The smooth step of minimal jerk from 0 to 1; speed and acceleration are zero at both ends."""
    share = np.clip(share, 0.0, 1.0)
    return share**3 * (10 - 15 * share + 6 * share**2)


def feet_of(positions: np.ndarray) -> np.ndarray:
    """Ankle and toe of both feet: ``[T 22 3] -> [T 2 2 3]``, side before joint."""
    return positions[:, np.array(FEET)]


def held_offsets(planted: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """What to add to a foot so that it is shifted by a constant in each stance, and eased from one
    to the next.

    Args:
        planted: bool ``[T]``.
        shifts: ``[T ...]`` the shift that each frame would have by itself.
    Returns:
        Like ``shifts``: in a stance the shift of its middle frame; on the way from the one to the
            other.
    """
    spans = runs_of_true(planted)
    held = shifts.copy()
    if not spans:
        return held

    for start, stop in spans:
        held[start:stop] = shifts[(start + stop - 1) // 2]

    # On the way the error against the frame's own shift fades from the last stance's to the next
    # one's.
    ends = [(0, spans[0][0]), *((a[1], b[0]) for a, b in zip(spans, spans[1:], strict=False))]
    ends.append((spans[-1][1], len(planted)))
    for start, stop in ends:
        if stop <= start:
            continue
        before = held[start - 1] - shifts[start - 1] if start else held[stop] - shifts[stop]
        after = held[stop] - shifts[stop] if stop < len(planted) else before
        share = ease((np.arange(start, stop) - start + 1) / (stop - start + 1))
        share = share.reshape(-1, *[1] * (shifts.ndim - 1))
        held[start:stop] = shifts[start:stop] + (1 - share) * before + share * after
    return held


def stand_on(
    body: np.ndarray, feet: np.ndarray, *, lengths: np.ndarray = TARGET_LENGTHS
) -> np.ndarray:
    """A body whose legs reach for the given feet, by two-bone inverse kinematics that keeps each
    knee's side.

    Where a leg is too short the whole body sinks a little, smoothly; what is still too far comes
    nearer.

    Args:
        body: ``[T 22 3]`` metres.
        feet: ``[T 2 2 3]`` where ankles and toes ought to be, as of ``feet_of``; the toe has
            precedence.
        lengths: ``[22]`` metres, of the bone that ends in each joint.
    Returns:
        ``[T 22 3]``.
    """
    feet = above_the_floor(feet, lengths)
    drop = _needed_drop(body, feet, lengths)
    return with_feet(body - drop[:, None, None] * [0.0, 1.0, 0.0], feet, lengths)


def with_heels_up(body: np.ndarray, feet: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Feet whose heels rise over their toes, as at the end of a stride, where legs are too short.

    A body that sank to reach them would bend both knees of who stands, by 11 degrees for 3
    millimetres.

    Args:
        body: ``[T 22 3]`` metres.
        feet: ``[T 2 2 3]`` as of ``feet_of``.
        lengths: ``[22]`` metres, of the bone that ends in each joint.
    Returns:
        ``[T 2 2 3]``, the toes where they were.
    """
    feet = feet.copy()
    for side, (hip, knee, ankle, _) in enumerate(LEGS):
        reach = _REACH * float(lengths[knee] + lengths[ankle])
        is_short = _length(body[:, hip] - feet[:, side, 0])[:, 0] > reach
        if is_short.any():
            foot = feet[is_short, side]
            feet[is_short, side, 0] = _risen(foot[:, 0], foot[:, 1], body[is_short, hip], reach)
    return feet


def _risen(ankles: np.ndarray, toes: np.ndarray, hips: np.ndarray, reach: float) -> np.ndarray:
    """Ankles ``[N 3]`` turned up about their toes, just so far that hips reach them if they can."""
    bone = ankles - toes
    level = bone * [1.0, 0.0, 1.0]
    size, back = _length(bone), level / _length(level)
    upright = np.array([[0.0, 1.0, 0.0]])

    low = np.arctan2(bone[:, 1:2], _length(level))
    high = np.maximum(np.minimum(low + _HEEL_UP, _STEEPEST), low)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        turned = toes + size * (np.cos(middle) * back + np.sin(middle) * upright)
        is_far = _length(hips - turned) > reach
        low, high = np.where(is_far, middle, low), np.where(is_far, high, middle)

    turned = toes + size * (np.cos(high) * back + np.sin(high) * upright)
    # an ankle ahead of its hip may swing away from it
    return np.where(_length(hips - turned) < _length(hips - ankles), turned, ankles)


def with_feet(body: np.ndarray, feet: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """A body ``[T 22 3]`` whose legs bend so that its feet are at ``[T 2 2 3]``; the rest stays.

    What is too far for a leg comes nearer.
    """
    reached = body.copy()
    for leg, foot in zip(LEGS, feet.swapaxes(0, 1), strict=True):
        _reach(reached, foot, leg, lengths)
    return reached


def above_the_floor(feet: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Feet of the right length ``[T 2 2 3]``; whichever joint is under the floor is lifted with
    the other."""
    feet = feet.copy()
    feet[..., 1] += np.maximum(-feet[..., 1].min(axis=-1, keepdims=True), 0)
    for side, (_, toe) in enumerate(FEET):
        bone = feet[:, side, 1] - feet[:, side, 0]
        # The lower of the two is what stands, so the other one gives way.
        on_toe = (feet[:, side, 1, 1] <= feet[:, side, 0, 1] - 0.02)[:, None]
        bone *= lengths[toe] / _length(bone)
        ankle_place = np.where(on_toe, feet[:, side, 1] - bone, feet[:, side, 0])
        feet[:, side, 1] = np.where(on_toe, feet[:, side, 1], feet[:, side, 0] + bone)
        feet[:, side, 0] = ankle_place
    return feet


def _needed_drop(body: np.ndarray, feet: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """How far the body must sink ``[T]`` so that both legs reach, smooth in time."""
    drop = np.zeros(len(body))
    for (hip, knee, ankle, _), foot in zip(LEGS, feet.swapaxes(0, 1), strict=True):
        reach = _REACH * float(lengths[knee] + lengths[ankle])
        line = body[:, hip] - foot[:, 0]
        level = np.hypot(line[:, 0], line[:, 2])
        height = np.sqrt(np.maximum(reach**2 - level**2, 0))
        drop = np.maximum(drop, line[:, 1] - height)
    drop = np.clip(drop, 0, _LARGEST_DROP)
    if not drop.any():
        return drop

    wide = np.array([drop[max(0, t - 4) : t + 5].max() for t in range(len(drop))])
    return smooth_in_time(wide[:, None], _DROP_SIGMA)[:, 0]


def _reach(
    body: np.ndarray, foot: np.ndarray, leg: tuple[int, int, int, int], lengths: np.ndarray
) -> None:
    """Place knee, ankle and toe of one leg in ``body`` so that its foot is at ``foot [T 2 3]``."""
    hip, knee = leg[:2]
    ankle, toe = leg[2:]
    thigh, shin = float(lengths[knee]), float(lengths[ankle])

    # The knee bends to the side where it is, or towards the toes where the leg is straight.
    along = body[:, ankle] - body[:, hip]
    along /= _length(along)
    bend = body[:, knee] - body[:, hip]
    bend -= (bend * along).sum(-1, keepdims=True) * along
    sole = foot[:, 1] - foot[:, 0]
    aside = bend + _TO_THE_TOES * (1 - ease(_length(bend) / _BENT)) * sole
    body[:, knee], body[:, ankle] = bent_limb(
        body[:, hip], foot[:, 0], (thigh, shin), aside=aside, most=_REACH
    )
    body[:, toe] = body[:, ankle] + sole


def _length(vectors: np.ndarray) -> np.ndarray:
    """``[... 3] -> [... 1]``, at least a micrometre, so that it can divide."""
    return np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
