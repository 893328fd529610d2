"""Which columns of a feature array mean what: 263 for HumanML3D's 22 joints, 251 for the 21 of KIT-ML.

The two share one rule (12 numbers a joint, less one); they differ in skeleton, frame rate and unit of length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from motionlcm.motion.rotations import Array
from motionlcm.motion.skeleton import KIT_21, SMPL_22, Skeleton


class _Kind(NamedTuple):
    name: str
    skeleton: Skeleton
    fps: float
    min_frames: int


_KINDS = {
    22: _Kind("HumanML3D", SMPL_22, 20.0, 40),
    21: _Kind("KIT-ML", KIT_21, 12.5, 24),
}
#: KIT-ML's published features describe a body 1000 units tall (its pelvis is at 560); we take that as 1.75 m.
_KIT_UNIT = 0.00175
_HIGHEST_PELVIS = 10.0  #: where it is higher on average, the unit of length is not the metre


@dataclass(frozen=True)
class FeatureLayout:
    """The columns by name; all in the root's frame, times in frames.

    Attributes:
        num_joints: of the body; 22 (HumanML3D) and 21 (KIT-ML) have a skeleton and a frame rate.
        metres_per_unit: the features' unit of length.
    """

    num_joints: int = 22
    metres_per_unit: float = 1.0

    @property
    def dim(self) -> int:
        """Number of columns (263 for 22 joints, 251 for 21)."""
        return 12 * self.num_joints - 1

    root_yaw_velocity = slice(0, 1)  #: half the change of yaw per frame, radians
    root_velocity = slice(1, 3)  #: x and z per frame
    root_height = slice(3, 4)

    @property
    def joint_positions(self) -> slice:
        """All joints but the root, the root at x = z = 0 facing +Z."""
        return slice(4, 4 + 3 * (self.num_joints - 1))

    @property
    def joint_rotations(self) -> slice:
        """All joints but the root, six numbers each."""
        start = self.joint_positions.stop
        return slice(start, start + 6 * (self.num_joints - 1))

    @property
    def joint_velocities(self) -> slice:
        """All joints, units of length per frame."""
        start = self.joint_rotations.stop
        return slice(start, start + 3 * self.num_joints)

    @property
    def contacts(self) -> slice:
        """Left ankle, left toe, right ankle, right toe: 1 where planted."""
        return slice(self.joint_velocities.stop, self.dim)

    @property
    def parts(self) -> tuple[slice, ...]:
        """All of them, from the first column to the last."""
        return (
            self.root_yaw_velocity, self.root_velocity, self.root_height, self.joint_positions, self.joint_rotations,
            self.joint_velocities, self.contacts,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """Of the data set that defines it."""
        return _KINDS[self.num_joints].name

    @property
    def skeleton(self) -> Skeleton:
        """The joints."""
        return _KINDS[self.num_joints].skeleton

    @property
    def fps(self) -> float:
        """Frames per second: 20, or 12.5 for KIT-ML."""
        return _KINDS[self.num_joints].fps

    @property
    def min_frames(self) -> int:
        """The shortest clip that the data set's own protocol keeps: 40 frames, or 24."""
        return _KINDS[self.num_joints].min_frames


HUMANML, KIT = FeatureLayout(22), FeatureLayout(21, _KIT_UNIT)
KNOWN_WIDTHS = {FeatureLayout(joints).dim: joints for joints in _KINDS}


def layout_of(features: Array) -> FeatureLayout:
    """The layout of raw features ``[... D]``, or of their mean ``[D]``.

    Lengths are metres, unless the pelvis of 21 joints is more than 10 high on average, as in the published KIT-ML.

    Raises:
        ValueError: D is neither 263 nor 251.
    """
    if features.shape[-1] not in KNOWN_WIDTHS:
        raise ValueError(f"features must have 263 columns (HumanML3D) or 251 (KIT-ML), got {features.shape[-1]}")
    layout = FeatureLayout(KNOWN_WIDTHS[features.shape[-1]])
    is_kit = layout.num_joints == KIT.num_joints and float(features[..., 3].mean()) > _HIGHEST_PELVIS
    return KIT if is_kit else layout


@lru_cache(maxsize=4)
def mirror_columns(num_joints: int = 22) -> tuple[np.ndarray, np.ndarray]:
    """``(order, sign)`` such that ``features[..., order] * sign`` are the features of the mirrored motion."""
    layout = FeatureLayout(num_joints)
    columns, order, sign = np.arange(layout.dim), np.arange(layout.dim), np.ones(layout.dim)
    sign[0] = sign[1] = -1  # yaw velocity and sideways velocity
    mirror = np.array(layout.skeleton.mirror_order)
    positions = columns[layout.joint_positions].reshape(-1, 3)
    order[layout.joint_positions] = positions[mirror[1:] - 1].reshape(-1)
    rotations = columns[layout.joint_rotations].reshape(-1, 6)
    order[layout.joint_rotations] = rotations[mirror[1:] - 1].reshape(-1)
    velocities = columns[layout.joint_velocities].reshape(-1, 3)
    order[layout.joint_velocities] = velocities[mirror].reshape(-1)
    sign[layout.joint_positions] = np.tile([-1, 1, 1], num_joints - 1)
    sign[layout.joint_velocities] = np.tile([-1, 1, 1], num_joints)
    sign[layout.joint_rotations] = np.tile([1, -1, -1, -1, 1, 1], num_joints - 1)
    order[layout.contacts] = columns[layout.contacts][[2, 3, 0, 1]]
    return order, sign
