"""What a body does with arms, shoulders and head; thresholds in words."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import FPS
from motionlcm.motion.measures import Body, reversals
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.timeline import smooth_in_time, spans

_LIMBS = SMPL_22.limbs


def claps(body: Body) -> bool:
    """The wrists meet within 13 cm at waist to head height twice or more, 4 cm apart in between."""
    left, right = _LIMBS.wrists
    heights = body.joints[:, _LIMBS.wrists, 1]
    is_before = (heights.min(1) > 0) & (body.wrist_over_head.max(1) < 0.05)
    distance = body.apart(left, right)

    near = [distance[start:stop] for start, stop in spans(is_before & (distance < 0.35))]
    return any(apart.min() < 0.13 and reversals(apart, 0.04) >= 3 for apart in near)


def punches_left(body: Body) -> bool:
    """The left arm shoots straight at shoulder height, faster than 1.5 m/s and than the right."""
    left, right = (_punch_speed(body, side) for side in (0, 1))
    return left > 1.5 and left > right


def punches_right(body: Body) -> bool:
    """The right arm shoots straight at shoulder height, faster than 1.5 m/s and than the left."""
    left, right = (_punch_speed(body, side) for side in (0, 1))
    return right > 1.5 and right > left


def _punch_speed(body: Body, side: int) -> float:
    """Largest speed, m/s, at which a wrist leaves its shoulder and is then 42 cm from it."""
    reach = np.linalg.norm(body.arms[:, side], axis=-1)
    is_out = (reach > 0.42) & (np.abs(body.arms[:, side, 1]) < 0.3) & (body.arms[:, side, 2] > 0)

    speed = np.gradient(reach) * FPS
    fastest = np.array([speed[max(0, t - 3) : t + 1].max() for t in range(len(speed))])
    return float(np.where(is_out, fastest, 0).max())


def throws(body: Body) -> bool:
    """A wrist 10 cm above its shoulder goes 12 cm ahead in 0.4 s and 30 cm down in 0.7 s."""
    for side in (0, 1):
        height, ahead = body.arms[:, side, 1], body.arms[:, side, 2]
        for start in np.flatnonzero((height > 0.1) & (ahead < 0.3)):
            swing = ahead[start : start + body.seconds(0.4)]
            drop = height[start] - height[start : start + body.seconds(0.7)].min()
            if swing.max() > 0.28 and swing.max() - ahead[start] > 0.12 and drop > 0.3:
                return True
    return False


def pushes(body: Body) -> bool:
    """Both wrists go from under 28 cm to over 40 cm before the shoulders within 1.5 s, level."""
    reach = body.arms[..., 2]
    is_level = (np.abs(body.arms[..., 1]) < 0.35).all(1)
    is_near = is_level & (reach.max(1) < 0.28)
    is_out = is_level & (reach.min(1) > 0.4)

    starts = np.flatnonzero(is_near)
    return any(is_out[start : start + body.seconds(1.5)].any() for start in starts)


def points_ahead(body: Body) -> bool:
    """One arm is straight out ahead at shoulder height for half a second, the other hand low."""
    for side in (0, 1):
        arm, other = body.arms[:, side], body.arms[:, 1 - side]
        is_out = (arm[:, 2] > 0.35) & (np.abs(arm[:, 1]) < 0.2)
        is_straight = body.elbow_bends[:, side] < np.radians(45)
        if body.lasts(is_out & is_straight & (other[:, 1] < -0.25), 0.5):
            return True
    return False


def salutes(body: Body) -> bool:
    """A wrist is within 36 cm of the head for 0.4 s, the elbow at shoulder height."""
    for side in (0, 1):
        wrist = body.wrists_from_head[:, side]
        is_near = (np.linalg.norm(wrist, axis=-1) < 0.36) & (wrist[:, 1] > -0.15)
        shoulder, elbow = _LIMBS.shoulders[side], _LIMBS.elbows[side]
        is_elbow_up = body.joints[:, elbow, 1] - body.joints[:, shoulder, 1] > -0.1
        is_other_low = body.wrist_over_shoulder[:, 1 - side] < -0.25
        if body.lasts(is_near & is_elbow_up & is_other_low, 0.4):
            return True
    return False


def holds_a_hand_to_the_ear(body: Body) -> bool:
    """One wrist stays within 25 cm of the head, on its own side of it, for a second."""
    for side, sign in ((0, 1), (1, -1)):
        wrist = body.wrists_from_head[:, side]
        is_near = np.linalg.norm(wrist, axis=-1) < 0.25
        is_beside = (sign * wrist[:, 0] > 0.06) & (wrist[:, 2] < 0.15)
        is_other_low = body.wrist_over_shoulder[:, 1 - side] < -0.2
        if body.lasts(is_near & is_beside & is_other_low, 1.0):
            return True
    return False


def drinks(body: Body) -> bool:
    """A wrist comes before the mouth, within 29 cm of the head, for 0.4 s, the other hand lower."""
    for side in (0, 1):
        wrist = body.wrists_from_head[:, side]
        distance = np.linalg.norm(wrist, axis=-1)
        is_there = (distance < 0.29) & (wrist[:, 2] > 0) & (np.abs(wrist[:, 1] + 0.06) < 0.14)
        is_other_low = body.wrist_over_shoulder[:, 1 - side] < -0.1
        if body.lasts(is_there & is_other_low, 0.4) and distance.max() > 0.4:
            return True
    return False


def crosses_the_arms(body: Body) -> bool:
    """Each wrist is within 25 cm of the other arm's elbow, at the chest, for half a second."""
    (left_elbow, right_elbow), (left, right) = _LIMBS.elbows, _LIMBS.wrists
    is_crossed = (body.apart(left, right_elbow) < 0.25) & (body.apart(right, left_elbow) < 0.25)
    return body.lasts(is_crossed, 0.5)


def puts_hands_on_hips(body: Body) -> bool:
    """Both wrists are over the hips and within 30 cm of them, elbows bent and out, for 0.5 s."""
    is_there = (body.elbow_bends > np.radians(50)).all(1) & (body.root_height > 0.6)
    for side, sign in ((0, 1), (1, -1)):
        hip, elbow, wrist = (pair[side] for pair in (_LIMBS.hips, _LIMBS.elbows, _LIMBS.wrists))
        is_waist = body.joints[:, wrist, 1] - body.joints[:, hip, 1] > 0.05
        out = sign * (body.joints[:, elbow, 0] - body.joints[:, wrist, 0])
        is_there &= (body.apart(hip, wrist) < 0.3) & is_waist & (out > 0.05)
    return body.lasts(is_there, 0.5)


def holds_arms_to_the_sides(body: Body) -> bool:
    """Both wrists are over 40 cm outside the shoulders, within 20 cm of their height, for 0.3 s."""
    out = body.arms[..., 0] * [1, -1]
    is_out = (out > 0.4).all(1) & (np.abs(body.arms[..., 1]) < 0.2).all(1)
    return body.lasts(is_out, 0.3)


def waves_overhead(body: Body) -> bool:
    """A wrist above the head goes to and fro sideways three times or more, by over 5 cm."""
    for side in (0, 1):
        is_up = body.wrist_over_head[:, side] > 0
        if is_up.sum() >= 4 and reversals(body.arms[is_up, side, 0], 0.05) >= 3:
            return True
    return False


def cheers(body: Body) -> bool:
    """Both wrists are raised over the shoulders and go up and down or apart twice, by 6 cm."""
    is_up = (body.wrist_over_shoulder > 0).all(1)
    if is_up.sum() < 4:
        return False

    height = body.arms[is_up, :, 1].mean(1)
    apart = body.apart(*_LIMBS.wrists)[is_up]
    return max(reversals(height, 0.06), reversals(apart, 0.06)) >= 2


def stretches(body: Body) -> bool:
    """Both arms are straight and over the head or 40 cm out to the sides for 0.5 s."""
    is_out = (body.arms[..., 0] * [1, -1] > 0.4).all(1)
    is_up = (body.wrist_over_head > 0).all(1)
    is_straight = (body.elbow_bends < np.radians(75)).all(1)
    return body.lasts((is_up | is_out) & is_straight, 0.5)


def circles_the_arms(body: Body) -> bool:
    """Both wrists go over 300 degrees round the shoulders, seen from the side."""
    angle = np.unwrap(np.arctan2(body.arms[..., 1], body.arms[..., 2]), axis=0)
    return bool((np.ptp(angle, axis=0) > np.radians(300)).all())


def knocks(body: Body) -> bool:
    """A wrist before the chest goes to and fro ahead by 3 cm four times in 2 s, hardly sideways."""
    for side in (0, 1):
        arm = body.arms[:, side]
        is_before = (arm[:, 2] > 0.15) & (np.abs(arm[:, 1]) < 0.35)
        is_other_low = body.wrist_over_shoulder[:, 1 - side] < -0.3
        for start, stop in spans(is_before & is_other_low):
            for first in range(start, max(start + 1, stop - 40), 5):
                stretch = arm[first : min(stop, first + 40)]
                if reversals(stretch[:, 2], 0.03) >= 4 and reversals(stretch[:, 0], 0.06) < 3:
                    return True
    return False


def shrugs(body: Body) -> bool:
    """Both shoulders rise by over 2 cm against the neck while the upper arms hang."""
    shoulders = body.joints[:, _LIMBS.shoulders, 1]
    elbows = body.joints[:, _LIMBS.elbows, 1]
    height = shoulders - body.joints[:, [_LIMBS.neck], 1]
    is_hanging = (elbows - shoulders < -0.17).all(1)
    is_up = (height - np.median(height, axis=0) > 0.02).all(1)
    return bool((is_up & is_hanging).any() and np.ptp(body.trunk_angle) < np.radians(15))


def nods(body: Body) -> bool:
    """The head goes down and up twice by over 2.5 degrees, more than sideways, on a still body."""
    pitch, turn = _head(body)
    is_nod = reversals(pitch, np.radians(2.5)) >= 2 and np.ptp(pitch) > np.ptp(turn)
    return bool(is_nod and _is_still(body, np.radians(10)))


def _is_still(body: Body, sway: float) -> bool:
    """Stays on the spot, the trunk within ``sway`` radians, hands mostly slower than 35 cm/s."""
    hands = np.linalg.norm(np.diff(body.arms, axis=0), axis=-1) * FPS
    are_hands_still = np.quantile(hands.max(1), 0.7) < 0.35
    return bool(are_hands_still and body.away.max() < 0.3 and np.ptp(body.trunk_angle) < sway)


def _head(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and sideways angle of the way from neck to head, ``[T]`` radians."""
    way = body.joints[:, _LIMBS.head] - body.joints[:, _LIMBS.neck]
    way = smooth_in_time(way, 1.0)
    return np.arctan2(way[:, 2], way[:, 1]), np.arctan2(way[:, 0], way[:, 1])


def looks_around(body: Body) -> bool:
    """The head goes sideways by over 11 degrees, about as far as down or more, on a still body."""
    pitch, turn = _head(body)
    is_look = np.ptp(turn) > np.radians(11) and np.ptp(turn) > 0.9 * np.ptp(pitch)
    return bool(is_look and _is_still(body, np.radians(20)))
