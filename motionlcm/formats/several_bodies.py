"""One body of a scene that holds several: the one that moves; the others are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.formats.joint_names import find_body
from motionlcm.formats.raw import RawMotion

_FEWEST = 10  # joints that a body has at least
_STILL = 1e-3  # of a quaternion: a joint that turns less does not move
_ENOUGH = 0.5  # of the joints of the liveliest body move in one that is a motion, too
#: What no half of a body has all of.
_BODY = {
    f"{side}_{joint}" for side in ("left", "right") for joint in ("knee", "ankle", "elbow", "wrist")
}


def one_body(raw: RawMotion, notes: list[str]) -> RawMotion:
    """The motion of the first body that moves, with what it hangs on.

    Args:
        raw: a scene, in which several whole bodies may hang on one root.
        notes: is told which bodies were left out.
    """
    children: list[list[int]] = [[] for _ in raw.names]
    for joint, parent in enumerate(raw.parents):
        if parent >= 0:
            children[parent].append(joint)
    below = [{joint} for joint in range(len(raw.names))]
    for joint in reversed(range(len(raw.names))):  # children come after their parents
        for child in children[joint]:
            below[joint] |= below[child]

    # Down from the root, as long as one branch may hold all of the body.
    whole = [0]
    while len(whole) == 1:
        large = [child for child in children[whole[0]] if len(below[child]) >= _FEWEST]
        whole = [child for child in large if len(large) == 1 or _is_body(_part(raw, below[child]))]
    if not whole:
        return raw

    moving = [_count_moving(raw, sorted(below[child])) for child in whole]
    chosen = whole[next(i for i, count in enumerate(moving) if count >= _ENOUGH * max(moving))]
    others = [raw.names[child] for child in whole if child != chosen]
    notes.append(
        f"{len(whole)} bodies: {raw.names[chosen]!r} is read, {', '.join(others[:20])} left out"
    )
    beside = set().union(*(below[child] for child in whole if child != chosen))
    return _part(raw, set(range(len(raw.names))) - beside)


def _is_body(raw: RawMotion) -> bool:
    """Whether both arms and both legs are among the joints."""
    return set(find_body(raw, [])) >= _BODY


def _count_moving(raw: RawMotion, joints: list[int]) -> int:
    """How many of the joints turn."""
    return int((np.ptp(raw.rotations[:, joints], axis=0).max(axis=-1) > _STILL).sum())


def _part(raw: RawMotion, kept: set[int]) -> RawMotion:
    """The motion of some joints alone; one whose parent is not among them is a root."""
    order = sorted(kept)
    place = {joint: index for index, joint in enumerate(order)}
    return replace(
        raw,
        names=tuple(raw.names[joint] for joint in order),
        parents=tuple(place.get(raw.parents[joint], -1) for joint in order),
        offsets=raw.offsets[order],
        translations=raw.translations[:, order],
        rotations=raw.rotations[:, order],
        is_end_site=raw.is_end_site[order],
    )
