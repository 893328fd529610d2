"""What a body does, seen on its joints: tests that a person understands, thresholds in words."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.measures import Body
from motionlcm.motion.timeline import spans


def jumps(body: Body) -> bool:
    """Has feet 10 cm above where they stand and pelvis 10 cm above its median, in one frame."""
    feet = body.feet_heights - np.quantile(body.feet_heights, 0.1, axis=0)
    pelvis = body.root_height - np.median(body.root_height)
    return bool(((feet.min(1) > 0.10) & (pelvis > 0.10)).any())


def walks_forward(body: Body) -> bool:
    """Goes at least half a metre the way it faces, slower than a run, with two steps or more."""
    return body.travel_ahead > 0.5 and 0.2 < body.top_speed < 2.2 and body.num_steps >= 2


def walks_backward(body: Body) -> bool:
    """Goes at least 40 cm against its facing, with at least two steps."""
    return body.travel_ahead < -0.4 and body.num_steps >= 2


def runs(body: Body) -> bool:
    """Faster than 1.8 m/s over half a second, the way it faces."""
    return body.top_speed > 1.8 and body.travel_ahead > 0.5


def turns_left(body: Body) -> bool:
    """Is at some time turned by over 45 degrees to the left, and never as far to the right."""
    return body.yaw.max() > np.radians(45) and body.yaw.max() > -body.yaw.min()


def turns_right(body: Body) -> bool:
    """Is at some time turned by over 45 degrees to the right, and never as far to the left."""
    return body.yaw.min() < -np.radians(45) and -body.yaw.min() > body.yaw.max()


def raises_both_hands(body: Body) -> bool:
    """Both wrists above the head in one frame."""
    return bool((body.wrist_over_head.min(1) > 0).any())


def raises_left_hand(body: Body) -> bool:
    """The left wrist above the head while the right one is under its shoulder."""
    return bool(((body.wrist_over_head[:, 0] > 0) & (body.wrist_over_shoulder[:, 1] < 0)).any())


def raises_right_hand(body: Body) -> bool:
    """The right wrist above the head while the left one is under its shoulder."""
    return bool(((body.wrist_over_head[:, 1] > 0) & (body.wrist_over_shoulder[:, 0] < 0)).any())


def waves_right(body: Body) -> bool:
    """The right wrist, at the chest or higher, goes to and fro at least twice; the left less."""
    return body.num_waves(1) >= 2 and body.num_waves(1) > body.num_waves(0)


def waves_left(body: Body) -> bool:
    """The left wrist, at the chest or higher, goes to and fro at least twice; the right less."""
    return body.num_waves(0) >= 2 and body.num_waves(0) > body.num_waves(1)


def waves_both(body: Body) -> bool:
    """Both wrists go to and fro at least twice, raised to the chest or higher."""
    return min(body.num_waves(0), body.num_waves(1)) >= 2


def kicks_left(body: Body) -> bool:
    """The left foot rises over 45 cm, far from the pelvis, the right one standing and lower."""
    return body.kick_height(0) > 0.45 and body.kick_height(0) > body.kick_height(1)


def kicks_right(body: Body) -> bool:
    """The right foot rises over 45 cm, far from the pelvis, the left one standing and lower."""
    return body.kick_height(1) > 0.45 and body.kick_height(1) > body.kick_height(0)


def squats(body: Body) -> bool:
    """The pelvis sinks by over 25 cm, feet down, trunk not lying, and rises by over 15 cm again."""
    lowest = int(body.root_height.argmin())
    low = body.root_height[lowest]
    before, after = body.root_height[: lowest + 1].max(), body.root_height[lowest:].max()

    are_feet_down = body.feet_heights[lowest].max() < 0.25
    is_upright = body.trunk_angle[lowest] < np.radians(65)
    return bool(are_feet_down and is_upright and before - low > 0.25 and after - low > 0.15)


def sits_down(body: Body) -> bool:
    """The pelvis goes from standing height to 25 cm lower, for half a second, the trunk upright."""
    start = body.root_height[: body.seconds(0.5)].max()
    is_low = (start - body.root_height > 0.25) & (body.trunk_angle < np.radians(60))
    return bool(start > 0.75 and _longest_run(is_low) >= body.seconds(0.5))


def lies_down(body: Body) -> bool:
    """Head and pelvis end lower than half a metre."""
    higher = np.maximum(body.head_height, body.root_height)
    return bool((higher[-body.seconds(0.25) :] < 0.5).any())


def does_jumping_jacks(body: Body) -> bool:
    """Feet spread and hands rise together, at least once, hands above the head."""
    spread = body.feet_spread
    hands = body.wrist_over_head.mean(1)
    if np.ptp(spread) < 0.25 or hands.max() < 0 or np.ptp(hands) < 0.5:
        return False

    return bool(np.corrcoef(spread, hands)[0, 1] > 0.4)


def punches(body: Body) -> bool:
    """A wrist shoots ahead faster than 1.5 m/s, over 35 cm from its shoulder, at chest height."""
    return body.has_punch


def bows(body: Body) -> bool:
    """The trunk bends forward by over 35 degrees with both feet down, and the pelvis stays up."""
    is_bent = body.trunk_angle > np.radians(35)
    is_standing = (body.root_height > 0.7) & (body.feet_heights.max(1) < 0.25)
    return bool((is_bent & is_standing).any())


def stands_up(body: Body) -> bool:
    """The pelvis goes from 25 cm below its last height, for half a second, to standing height."""
    end = body.root_height[-body.seconds(0.5) :].max()
    is_low = (end - body.root_height > 0.25) & (body.trunk_angle < np.radians(60))
    return bool(end > 0.75 and _longest_run(is_low) >= body.seconds(0.5))


def stands_still(body: Body) -> bool:
    """Joints move slower than 20 cm/s on average; the pelvis stays within 25 cm of its start."""
    away = np.linalg.norm(body.positions[:, 0] - body.positions[0, 0], axis=-1).max()
    return bool(body.mean_speed < 0.2 and away < 0.25)


def _longest_run(is_on: np.ndarray) -> int:
    """Frames in the longest unbroken stretch of True in ``[T]``."""
    return max((stop - start for start, stop in spans(is_on)), default=0)
