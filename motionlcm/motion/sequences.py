"""Sequences of actions: one is seen in an early part of a clip, another one in a later part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from motionlcm.motion import actions
from motionlcm.motion.measures import Body

_SHORTEST = 10  #: frames of a part that is looked at


def then(
    first: Callable[[Body], bool], second: Callable[[Body], bool], *, pause: float = 0.0
) -> Callable[[Body], bool]:
    """Make the test of a sequence: the first is shown in an early part, the second in a later one.

    The clip is cut at each tenth of its length from 2 to 8; one of the cuts has to have the first
    action before it and the second one after it.

    Args:
        first, second: tests of an action.
        pause: seconds after the cut that belong to neither part.
    """

    def is_shown(body: Body) -> bool:
        length = len(body.positions)
        wait = round(pause * 20)
        for tenths in range(2, 9):
            cut = length * tenths // 10
            if min(cut, length - cut - wait) < _SHORTEST:
                continue
            if first(body.part(0, cut)) and second(body.part(cut + wait, length)):
                return True
        return False

    return is_shown


def waves(body: Body) -> bool:
    """One wrist or both go to and fro at least twice, raised to the chest or higher."""
    return max(body.num_waves(0), body.num_waves(1)) >= 2


def stands(body: Body) -> bool:
    """The pelvis stays over 80 cm and within 20 cm of its start, slower than 30 cm/s at the end."""
    speed = np.linalg.norm(np.diff(body.positions, axis=0), axis=-1).mean(1) * 20
    return bool(body.away.max() < 0.2 and body.root_height.min() > 0.8 and np.median(speed) < 0.3)


def turns(body: Body) -> bool:
    """Is turned by over 60 degrees in the end, within 80 cm of where it began."""
    return bool(abs(body.yaw[-1]) > np.radians(60) and body.away.max() < 0.8)


def walks(body: Body) -> bool:
    """Goes at least 40 cm the way it faces in two steps or more, upright, slower than a run."""
    is_upright = np.quantile(body.trunk_angle, 0.8) < np.radians(45)
    is_slow = body.top_speed < 2.2 and np.median(body.root_height) > 0.75
    return bool(body.travel_ahead > 0.4 and body.num_steps >= 2 and is_upright and is_slow)


def runs(body: Body) -> bool:
    """Goes faster than 2 m/s over half a second, the way it faces."""
    return body.top_speed > 2 and actions.runs(body)
