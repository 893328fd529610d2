"""What a body does on its feet: ways of going, turning, jumping; thresholds in words."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.measures import Body
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.timeline import spans

_LIMBS = SMPL_22.limbs


def walks_in_a_circle(body: Body) -> bool:
    """Turns by over 270 degrees as it goes over 1.5 m ahead and 50 cm away, slower than a run."""
    return bool(
        np.ptp(body.yaw) > np.radians(270)
        and body.travel_ahead > 1.5
        and body.top_speed < 2.2
        and body.away.max() > 0.5
    )


def makes_a_u_turn(body: Body) -> bool:
    """Goes half a metre out and half a metre back, and ends turned by 130 to 230 degrees."""
    farthest = int(body.away.argmax())
    back = body.part(farthest, len(body.positions) + 1).away
    turned = abs(body.yaw[-1])
    return bool(
        body.away[farthest] > 0.5
        and len(back) > 1
        and back[-1] > 0.5
        and np.radians(130) < turned < np.radians(230)
        and body.travel_ahead > 1
    )


def turns_around(body: Body) -> bool:
    """Ends turned by 130 to 230 degrees, never over 80 cm from where it began."""
    turned = abs(body.yaw[-1])
    return bool(np.radians(130) < turned < np.radians(230) and body.away.max() < 0.8)


def spins(body: Body) -> bool:
    """Turns by over 300 degrees, never over a metre from where it began."""
    return bool(np.ptp(body.yaw) > np.radians(300) and body.away.max() < 1)


def walks_slowly(body: Body) -> bool:
    """Goes 40 cm ahead in two steps or more, at 10 to 95 cm/s, upright."""
    is_walk = body.travel_ahead > 0.4 and body.num_steps >= 2 and _is_upright(body)
    return bool(is_walk and 0.1 < body.pace < 0.95)


def walks_fast(body: Body) -> bool:
    """Goes a metre ahead at 1.35 to 2.5 m/s, the pelvis rising and falling by less than 6 cm."""
    return bool(1.35 < body.pace < 2.5 and body.travel_ahead > 1 and body.bounce < 0.06)


def jogs(body: Body) -> bool:
    """Goes a metre ahead at over 1.2 m/s, the pelvis rising and falling by over 5.5 cm a step."""
    return bool(body.pace > 1.2 and body.travel_ahead > 1 and body.bounce > 0.055)


def sidesteps_left(body: Body) -> bool:
    """Goes 40 cm to its left, more than it goes ahead or back, turned by less than 45 degrees."""
    return _sidesteps(body, body.travel_left)


def sidesteps_right(body: Body) -> bool:
    """Goes 40 cm to its right, more than it goes ahead or back, turned by less than 45 degrees."""
    return _sidesteps(body, -body.travel_left)


def _sidesteps(body: Body, travel: float) -> bool:
    is_facing_ahead = np.abs(body.yaw).max() < np.radians(45)
    return bool(travel > 0.4 and travel > 1.2 * abs(body.travel_ahead) and is_facing_ahead)


def sneaks(body: Body) -> bool:
    """Goes 40 cm at 20 cm/s to 1.2 m/s in two steps, both knees bent by 25 degrees mostly."""
    bend = body.knee_bends.min(1)
    is_bent = np.quantile(bend, 0.25) > np.radians(24) and np.median(bend) > np.radians(30)
    is_walk = abs(body.travel_ahead) > 0.4 and body.num_steps >= 2 and _is_upright(body)
    return bool(is_walk and is_bent and 0.2 < body.pace < 1.2)


def _is_upright(body: Body) -> bool:
    """The trunk is within 50 degrees of the vertical in nearly all frames."""
    return bool(np.quantile(body.trunk_angle, 0.9) < np.radians(50))


def tiptoes(body: Body) -> bool:
    """Steps with the standing foot's ankle over 11 cm above its toe in four frames of five."""
    ankles, toes = body.positions[:, _LIMBS.ankles, 1], body.positions[:, _LIMBS.toes, 1]
    standing = toes.argmin(1)
    drop = np.take_along_axis(ankles - toes, standing[:, None], 1)[:, 0]
    return bool((drop > 0.11).mean() > 0.8 and body.num_steps >= 2)


def marches(body: Body) -> bool:
    """Lifts the knees in turn, three times or more, to 25 cm below the hip, on the other leg."""
    drop = body.positions[:, _LIMBS.hips, 1] - body.positions[:, _LIMBS.knees, 1]
    is_high = (drop < 0.25) & (drop[:, ::-1] > 0.32)
    lifts = sorted((start, side) for side in (0, 1) for start, _ in spans(is_high[:, side]))
    changes = sum(a[1] != b[1] for a, b in zip(lifts, lifts[1:], strict=False))
    return changes >= 2 and _is_upright(body)


def climbs(body: Body) -> bool:
    """Has the lower foot over 20 cm above where it began for half a second, the trunk upright."""
    lowest = body.feet_heights.min(1)
    is_up = (lowest - lowest[0] > 0.2) & (body.trunk_angle < np.radians(60))
    return body.lasts(is_up, 0.5)


def steps_over(body: Body) -> bool:
    """Carries a foot, knee bent, over 22 cm up and 10 cm before the other one, which stands."""
    ankles = body.joints[:, _LIMBS.ankles, 2]
    is_before = ankles - ankles[:, ::-1] > 0.1
    is_over = (body.foot_lifts > 0.22) & (body.foot_lifts < 0.7)
    is_bent = body.knee_bends > np.radians(35)
    is_other_down = body.foot_lifts[:, ::-1] < 0.06
    return bool((is_before & is_over & is_bent & is_other_down).any() and body.top_speed < 2)


def skips(body: Body) -> bool:
    """Goes a metre ahead with hops on the left and on the right foot."""
    return len(set(body.hops)) == 2 and body.travel_ahead > 1


def hops_on_one_leg(body: Body) -> bool:
    """Leaves the floor and lands on the same foot, twice or more in a row."""
    return any(a == b for a, b in zip(body.hops, body.hops[1:], strict=False))


def jumps_forward(body: Body) -> bool:
    """Goes over 30 cm ahead in one jump: feet 8 cm up, pelvis 8 cm above its median."""
    return any(
        body.part(max(0, start - 2), stop + 2).travel_ahead > 0.3
        for start, stop in _jumps(body, 0.08)
    )


def jumps_twice(body: Body) -> bool:
    """Jumps at least twice: feet 8 cm up, pelvis 5 cm above its median, feet down in between."""
    return len(_jumps(body, 0.05)) >= 2


def _jumps(body: Body, least_rise: float) -> list[tuple[int, int]]:
    """Times with both feet 8 cm up in which the pelvis rises so far above its median."""
    feet = body.feet_heights - np.quantile(body.feet_heights, 0.1, axis=0)
    rise = body.root_height - np.median(body.root_height)
    return [
        (start, stop)
        for start, stop in spans(feet.min(1) > 0.08)
        if rise[start:stop].max() > least_rise
    ]
