"""What a body does as a whole: kneeling, bending, lifting legs, on the floor."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.measures import Body, reversals
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.timeline import spans

_LIMBS = SMPL_22.limbs


def kneels(body: Body) -> bool:
    """A knee is within 15 cm of the floor for half a second, pelvis over 30 cm, trunk upright."""
    knees = body.positions[:, _LIMBS.knees, 1].min(1)
    is_up = (body.root_height > 0.3) & (body.trunk_angle < np.radians(60))
    return body.lasts((knees < 0.15) & is_up, 0.5)


def crouches(body: Body) -> bool:
    """The pelvis is 25 to 60 cm high within 25 cm of above the feet, which are down, for 0.5 s."""
    ankles = body.joints[:, _LIMBS.ankles].mean(1)
    is_over_feet = np.linalg.norm(ankles[:, [0, 2]], axis=-1) < 0.25
    is_low = (body.root_height < 0.6) & (body.root_height > 0.25)
    is_down = (body.feet_heights < 0.2).all(1) & (body.trunk_angle < np.radians(75))
    return body.lasts(is_low & is_down & is_over_feet, 0.5)


def lunges(body: Body) -> bool:
    """One foot is 45 cm before the other, the front knee bent by 60 degrees, the pelvis lower."""
    ankles = body.joints[:, _LIMBS.ankles]
    apart = np.abs(ankles[:, 0] - ankles[:, 1])
    front = ankles[..., 2].argmax(1)
    bend = np.take_along_axis(body.knee_bends, front[:, None], 1)[:, 0]
    is_low = body.root_height.max() - body.root_height > 0.12
    is_upright = body.trunk_angle < np.radians(50)
    is_long = (apart[:, 2] > 0.45) & (apart[:, 2] > apart[:, 0])
    return body.lasts(is_long & (bend > np.radians(60)) & is_low & is_upright, 0.15)


def lunges_to_the_side(body: Body) -> bool:
    """The feet are 50 cm apart sideways, one knee bent by 50 degrees, 20 more than the other."""
    ankles = body.joints[:, _LIMBS.ankles]
    apart = np.abs(ankles[:, 0] - ankles[:, 1])
    bends = np.sort(body.knee_bends, axis=1)
    is_wide = (apart[:, 0] > 0.5) & (apart[:, 0] > apart[:, 2])
    is_bent = (bends[:, 1] > np.radians(50)) & (bends[:, 1] - bends[:, 0] > np.radians(20))
    are_feet_down = (body.feet_heights < 0.2).all(1)
    return body.lasts(is_wide & is_bent & are_feet_down, 0.15)


def bends_sideways(body: Body) -> bool:
    """The trunk bends to a side by over 20 degrees, more than ahead, on straight standing legs."""
    side = np.abs(body.lean_left)
    is_bent = (side > np.radians(20)) & (side > np.abs(body.lean_ahead))
    is_standing = (body.feet_heights < 0.2).all(1) & (body.root_height > 0.7)
    return body.lasts(is_bent & is_standing, 0.25)


def touches_the_toes(body: Body) -> bool:
    """Both wrists are under 35 cm, the knees bent by under 60 degrees, the pelvis over 65 cm."""
    is_low = (body.positions[:, _LIMBS.wrists, 1] < 0.35).all(1)
    is_straight = (body.knee_bends < np.radians(60)).all(1)
    is_standing = (body.feet_heights < 0.2).all(1) & (body.root_height > 0.65)
    return bool((is_low & is_straight & is_standing).any())


def picks_up(body: Body) -> bool:
    """Reaches to the floor and comes up with an elbow bent by 25 degrees more than before."""
    return _reaches_to_the_floor(body) and bool((_elbows_after(body) > np.radians(25)).any())


def puts_down(body: Body) -> bool:
    """Reaches to the floor and comes up with an elbow bent by 25 degrees less than before."""
    return _reaches_to_the_floor(body) and bool((_elbows_after(body) < -np.radians(25)).any())


def _elbows_after(body: Body) -> np.ndarray:
    """Bend of each elbow at the end less that at the start, ``[2]`` radians."""
    edge = body.seconds(0.25)
    return body.elbow_bends[-edge:].mean(0) - body.elbow_bends[:edge].mean(0)


def _reaches_to_the_floor(body: Body) -> bool:
    """A wrist goes from over 65 cm to under 45 cm and up again, on feet that stay down."""
    wrists = body.positions[:, _LIMBS.wrists, 1].min(1)
    lowest = int(wrists.argmin())
    return bool(
        wrists[lowest] < 0.45
        and wrists[: lowest + 1].max() > 0.65
        and wrists[lowest:].max() > 0.65
        and body.feet_heights[lowest].max() < 0.25
    )


def leans_back(body: Body) -> bool:
    """The trunk leans back by over 15 degrees for 0.3 s, standing."""
    is_standing = (body.feet_heights < 0.25).all(1) & (body.root_height > 0.7)
    return body.lasts((body.lean_ahead < -np.radians(15)) & is_standing, 0.3)


def gets_up(body: Body) -> bool:
    """The pelvis is under 35 cm, not above the feet, and later over 75 cm, the trunk upright."""
    ankles = body.joints[:, _LIMBS.ankles].mean(1)
    is_beside_feet = np.linalg.norm(ankles[:, [0, 2]], axis=-1) > 0.25
    is_down = np.flatnonzero((body.root_height < 0.35) & is_beside_feet)
    is_up = np.flatnonzero((body.root_height > 0.75) & (body.trunk_angle < np.radians(35)))
    return bool(len(is_down) and len(is_up) and is_up[-1] > is_down[0])


def crawls(body: Body) -> bool:
    """Moves by over 30 cm with the trunk level, pelvis under 60 cm, a hand down, half the time."""
    wrists = body.positions[:, _LIMBS.wrists, 1].min(1)
    is_low = (body.root_height < 0.6) & (body.trunk_angle > np.radians(50)) & (wrists < 0.2)
    return bool(is_low.mean() > 0.5 and body.away.max() > 0.3)


def rolls(body: Body) -> bool:
    """The trunk turns over, neck below pelvis, with the head under 60 cm and the pelvis, too."""
    is_over = body.trunk_angle > np.radians(110)
    return bool((is_over & (body.head_height < 0.6) & (body.root_height < 0.7)).any())


def does_push_ups(body: Body) -> bool:
    """The trunk level on low hands, the neck goes down and up by over 10 cm, on the spot."""
    wrists = body.positions[:, _LIMBS.wrists, 1].max(1)
    is_level = (body.trunk_angle > np.radians(55)) & (wrists < 0.25) & (body.root_height < 0.6)
    if is_level.mean() < 0.6 or body.away.max() > 0.4:
        return False
    return reversals(body.positions[is_level, _LIMBS.neck, 1], 0.1) >= 1


def balances_on_one_leg(body: Body) -> bool:
    """One foot is over 12 cm up for 1.5 s, the other one down, the pelvis within 40 cm."""
    for side in (0, 1):
        is_up = (body.foot_lifts[:, side] > 0.12) & (body.foot_lifts[:, 1 - side] < 0.08)
        for start, stop in spans(is_up):
            if stop - start >= body.seconds(1.5) and body.part(start, stop).away.max() < 0.4:
                return True
    return False


def kicks_high(body: Body) -> bool:
    """A foot rises over 90 cm, far from the pelvis, the other one standing."""
    return max(body.kick_height(0), body.kick_height(1)) > 0.9


def lifts_a_straight_leg(body: Body) -> bool:
    """A foot is over 45 cm up with its knee bent by less than 35 degrees, the other one down."""
    is_straight = body.knee_bends < np.radians(35)
    is_up = body.feet_heights > 0.45
    is_other_down = body.feet_heights[:, ::-1] < 0.2
    is_upright = body.trunk_angle < np.radians(35)
    return bool((is_straight & is_up & is_other_down & is_upright[:, None]).any())


def brings_elbow_to_knee(body: Body) -> bool:
    """An elbow is within 25 cm of the other side's knee, standing on the other leg."""
    for elbow, knee in zip(_LIMBS.elbows, _LIMBS.knees[::-1], strict=True):
        if ((body.apart(elbow, knee) < 0.25) & (body.root_height > 0.7)).any():
            return True
    return False
