"""What is fixed of a motion as places of joints in single frames, as ControlNets are told it."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.motion.targets import Targets

#: The joints that control networks are trained for.
HINTED = ("pelvis", "left_foot", "right_foot", "head", "left_wrist", "right_wrist")
_HINTED = [JOINT_NAMES.index(name) for name in HINTED]


def hints_of(targets: Targets, body: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of hinted joints.

    A root whose place over the floor is fixed has the height of the body there. Of frames that are
    given, or posed in a fixed place, all hinted joints are told.

    Args:
        targets: of T frames, in the world.
        body: ``[T 22 3]`` metres, led along what is fixed of its root.
    Returns:
        (``[T 22 3]`` metres in the world, where the other is True; ``[T 22]`` bool).
    """
    places = np.where(targets.mask, targets.positions, body)
    mask = np.zeros(targets.mask.shape[:2], bool)
    mask[:, _HINTED] = targets.mask[:, _HINTED].all(-1)
    is_placed = targets.mask[:, 0, ::2].all(-1)
    mask[:, 0] |= is_placed

    whole = np.flatnonzero(targets.is_posed & is_placed & np.isfinite(targets.headings))
    if len(whole):
        poses = rotate(from_yaw(targets.headings[whole])[:, None], targets.poses[whole])
        posed = poses + targets.positions[whole, :1] * [1.0, 0.0, 1.0]
        places[whole] = np.where(targets.mask[whole], places[whole], posed)
        mask[whole[:, None], np.array(_HINTED)] = True
    return places, mask
