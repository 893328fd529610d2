"""What bones between fixed joints allow: distances that no body bridges, or cannot fold up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, TARGET_LENGTHS

if TYPE_CHECKING:
    from motionlcm.motion.targets import Targets

_SLACK = 0.02  #: metres by which a wish may be out of reach and still be tried


class Gap(NamedTuple):
    """Two fixed joints whose distance no body has.

    Attributes:
        frame: in which they are fixed.
        joint, other: their numbers.
        distance: metres between where they are to be, tolerances taken into account.
        allowed: metres nearest to that which the bones between allow.
    """

    frame: int
    joint: int
    other: int
    distance: float
    allowed: float

    @property
    def size(self) -> float:
        """Metres that the distance is off."""
        return abs(self.distance - self.allowed)

    def words(self) -> str:
        """Tell the distance, and what the bones allow."""
        return (
            f"{self.distance:.2f} m from where {JOINT_NAMES[self.other]} is to be, the bones "
            f"between are {'at least ' if self.distance < self.allowed else ''}"
            f"{self.allowed:.2f} m"
        )


def check_reach(targets: Targets) -> None:
    """Raise ValueError where two fixed joints are in places that no body bridges."""
    gaps = widest_gaps(targets)
    if gaps and gaps[0].size > _SLACK:
        gap = gaps[0]
        is_near = gap.distance < gap.allowed
        raise ValueError(
            f"{JOINT_NAMES[gap.joint]} in frame {gap.frame} is out of reach: {gap.words()}; bring "
            f"the two {'farther from' if is_near else 'nearer to'} each other, or in different "
            "frames"
        )


def widest_gaps(targets: Targets) -> list[Gap]:
    """Find each frame's pair of fixed joints whose distance is farthest off, the worst one first.

    Frames in which all pairs can be are not among them.
    """
    whole = np.asarray(targets.mask.all(-1))
    worst: dict[int, Gap] = {}
    for joint in range(1, 22):
        if not whole[:, joint].any():
            continue
        for other in range(joint):
            for gap in _gaps(targets, whole, joint, other):
                if gap.frame not in worst or gap.size > worst[gap.frame].size:
                    worst[gap.frame] = gap
    return sorted(worst.values(), key=lambda gap: -gap.size)


def _gaps(targets: Targets, whole: np.ndarray, joint: int, other: int) -> list[Gap]:
    """The frames in which two joints are too far from each other, or too near."""
    is_level = other == 0 and not whole[:, 0].all()
    # of the root x and z are enough to be too far away
    has_other = targets.mask[:, 0, ::2].all(-1) if other == 0 else whole[:, other]
    frames = np.flatnonzero(whole[:, joint] & has_other)
    if not len(frames):
        return []

    ways = targets.positions[frames, joint] - targets.positions[frames, other]
    ways = np.where(whole[frames, other][:, None], ways, ways * [1.0, 0.0, 1.0])
    sizes = np.linalg.norm(ways, axis=-1)
    tolerances = targets.tolerance[frames][:, [joint, other]].sum(-1)
    least = 0.0 if is_level else shortest_chain(other, joint)
    longest = chain_length(other, joint)
    far = np.maximum(sizes - tolerances, longest)
    near = np.minimum(sizes + tolerances, least)
    return [
        Gap(int(frame), joint, other, float(size), allowed)
        for frame, size, allowed in [
            *((f, s, longest) for f, s in zip(frames, far, strict=True) if s > longest),
            *((f, s, least) for f, s in zip(frames, near, strict=True) if s < least),
        ]
    ]


def chain_length(start: int, end: int) -> float:
    """Metres along the bones from one joint to another."""
    return float(sum(_bones(start, end)))


def shortest_chain(start: int, end: int) -> float:
    """Metres between two joints at least, however the bones between are folded."""
    bones = _bones(start, end)
    return max(0.0, 2 * max(bones) - sum(bones)) if bones else 0.0


def _bones(start: int, end: int) -> list[float]:
    """Lengths of the bones between two joints, metres."""

    def above(joint: int) -> set[int]:
        line = {joint}
        while PARENTS[joint] >= 0:
            joint = PARENTS[joint]
            line.add(joint)
        return line

    return [float(TARGET_LENGTHS[joint]) for joint in (above(start) ^ above(end)) - {0}]
