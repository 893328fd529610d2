"""Which columns of features mean what: 263 for HumanML3D's 22 joints, 251 for KIT-ML's 21.

The two share one rule (12 numbers a joint, less one); they differ in skeleton, frame rate and unit
of length.
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
#: KIT-ML's published features describe a body 1000 units tall (its pelvis is at 560); that is taken
#: as 1.75 m here.
_KIT_UNIT = 0.00175
_HIGHEST_PELVIS = 10.0  #: where it is higher on average, the unit of length is not the metre
#: What a mirror does to the signs of x, y, z, and of the first two columns of a rotation matrix.
_MIRRORED_POINT = (-1, 1, 1)
_MIRRORED_ROTATION = (1, -1, -1, -1, 1, 1)


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
        """Left ankle, left toe, right ankle, right toe (KIT-ML: heel, toe): 1 where planted."""
        return slice(self.joint_velocities.stop, self.dim)

    @property
    def parts(self) -> tuple[slice, ...]:
        """The parts above, from the first column to the last."""
        return (
            self.root_yaw_velocity,
            self.root_velocity,
            self.root_height,
            self.joint_positions,
            self.joint_rotations,
            self.joint_velocities,
            self.contacts,
        )

    @property
    def name(self) -> str:
        """The data set that defines the layout."""
        return _KINDS[self.num_joints].name

    @property
    def skeleton(self) -> Skeleton:
        """The body that the features describe."""
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

    Lengths are metres, unless the pelvis of 21 joints is more than 10 high on average, as in the
    published KIT-ML.

    Raises:
        ValueError: D is neither 263 nor 251.
    """
    width = features.shape[-1]
    if width not in KNOWN_WIDTHS:
        raise ValueError(f"features must have 263 columns (HumanML3D) or 251 (KIT-ML), got {width}")

    layout = FeatureLayout(KNOWN_WIDTHS[width])
    pelvis_height = float(features[..., 3].mean())
    is_kit = layout.num_joints == KIT.num_joints and pelvis_height > _HIGHEST_PELVIS
    return KIT if is_kit else layout


@lru_cache(maxsize=4)
def mirror_columns(num_joints: int = 22) -> tuple[np.ndarray, np.ndarray]:
    """Order and sign so that ``features[..., order] * sign`` are the mirrored motion's."""
    layout = FeatureLayout(num_joints)
    columns = np.arange(layout.dim)
    order, sign = columns.copy(), np.ones(layout.dim)

    sign[[0, 1]] = -1  # yaw velocity and sideways velocity
    sign[layout.joint_positions] = np.tile(_MIRRORED_POINT, num_joints - 1)
    sign[layout.joint_rotations] = np.tile(_MIRRORED_ROTATION, num_joints - 1)
    sign[layout.joint_velocities] = np.tile(_MIRRORED_POINT, num_joints)

    swapped = np.array(layout.skeleton.mirror_order)
    for part, joints in (
        (layout.joint_positions, swapped[1:] - 1),  # the root has no columns there
        (layout.joint_rotations, swapped[1:] - 1),
        (layout.joint_velocities, swapped),
        (layout.contacts, np.array([1, 0])),  # two feet of two joints each
    ):
        order[part] = columns[part].reshape(len(joints), -1)[joints].reshape(-1)
    return order, sign
