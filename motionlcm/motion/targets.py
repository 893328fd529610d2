"""A table of what is fixed in each frame of a motion, and the check that a body can do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from motionlcm.motion.features import FPS, facing_rotations
from motionlcm.motion.reachability import chain_length, check_reach
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import JOINT_NAMES

_SAME = 1e-3  #: metres; two wishes that are farther apart contradict each other
_SAME_WAY = np.radians(1.0)  #: likewise of headings
_FASTEST_ROOT, _FASTEST = 8.0, 20.0  #: metres per second, of the root and of any joint
_STANDING = 0.95  #: metres, height of the root of a standing body
_JUMP = 0.6  #: metres that it may jump
_SLACK = 0.02  #: metres by which a pin may be off the pose of its frame and still be tried


@dataclass(frozen=True, eq=False)
class Targets:
    """What is fixed in a motion of T frames.

    Attributes:
        positions: ``[T 22 3]`` metres, where ``mask``.
        mask: ``[T 22 3]`` bool, the coordinates that are fixed.
        tolerance: ``[T 22]`` metres.
        headings: ``[T]`` radians from +Z towards +X; NaN where free.
        poses: ``[T 22 3]`` metres, where ``is_posed``: the pose about its root, facing +Z, its
            heights meant as they are.
        is_posed: ``[T]`` bool.
        part: joints that move as in ``part_poses``; none: no part is kept.
        part_poses: ``[T 22 3]`` like ``poses``.
        is_given: ``[T]`` bool, frames that come whole from a motion.
        is_helped: ``[T]`` bool, frames in which the root's place is no wish, but brings the body
            near to a pinned joint.
    """

    positions: np.ndarray
    mask: np.ndarray
    tolerance: np.ndarray
    headings: np.ndarray
    poses: np.ndarray
    is_posed: np.ndarray
    is_given: np.ndarray
    is_helped: np.ndarray
    part: tuple[int, ...] = ()
    part_poses: np.ndarray | None = None

    @classmethod
    def empty(cls, num_frames: int) -> Targets:
        """Nothing fixed."""
        return cls(
            positions=np.zeros((num_frames, 22, 3)),
            mask=np.zeros((num_frames, 22, 3), bool),
            tolerance=np.zeros((num_frames, 22)),
            headings=np.full(num_frames, np.nan),
            poses=np.zeros((num_frames, 22, 3)),
            is_posed=np.zeros(num_frames, bool),
            is_given=np.zeros(num_frames, bool),
            is_helped=np.zeros(num_frames, bool),
        )

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.positions)

    def cropped(self, span: slice) -> Targets:
        """The table of some frames alone."""
        rows = {
            each.name: getattr(self, each.name)[span]
            for each in fields(self)
            if each.name not in ("part", "part_poses")
        }
        part_poses = None if self.part_poses is None else self.part_poses[span]
        return replace(self, **rows, part_poses=part_poses)

    @property
    def wished(self) -> np.ndarray:
        """Mask ``[T 22 3]`` of the coordinates that somebody wants where they are."""
        wished = self.mask.copy()
        wished[self.is_helped, 0, ::2] = False
        return wished

    @property
    def root_frames(self) -> np.ndarray:
        """Frames ``[N]`` in which the root's place over the floor is fixed, or a part of it."""
        return np.flatnonzero(self.mask[:, 0, ::2].any(-1))

    @property
    def pinned_joints(self) -> np.ndarray:
        """Mask ``[T 22 3]`` of what is fixed apart from the root's place over the floor."""
        pinned = self.mask.copy()
        pinned[:, 0, ::2] = False
        return pinned

    def with_joint(
        self, joint: int, frames: np.ndarray, places: np.ndarray, axes: str, tolerance: float
    ) -> Targets:
        """Fix some axes of a joint at places ``[N 3]``.

        Raises:
            ValueError: it is to be in two places at once.
        """
        positions, mask = self.positions.copy(), self.mask.copy()
        tolerances = self.tolerance.copy()
        for axis in ("xyz".index(letter) for letter in axes):
            for frame, place in zip(frames, places[:, axis], strict=True):
                gap = abs(positions[frame, joint, axis] - place)
                allowed = _SAME + tolerance + tolerances[frame, joint]
                if mask[frame, joint, axis] and gap > allowed:
                    raise ValueError(
                        f"{JOINT_NAMES[joint]} is to be in two places at once in frame {frame}: "
                        f"{'xyz'[axis]} = {positions[frame, joint, axis]:.3f} and {place:.3f}; "
                        "leave one out"
                    )
                if not mask[frame, joint, axis]:
                    positions[frame, joint, axis] = place
                    mask[frame, joint, axis] = True
        tolerances[frames, joint] = np.maximum(tolerances[frames, joint], tolerance)
        return replace(self, positions=positions, mask=mask, tolerance=tolerances)

    def with_headings(self, frames: np.ndarray, headings: np.ndarray) -> Targets:
        """Fix where the body faces in some frames, radians ``[N]``.

        Raises:
            ValueError: it is to face two ways at once.
        """
        gaps = np.angle(np.exp(1j * (self.headings[frames] - headings)))
        wrong = np.flatnonzero(np.abs(np.nan_to_num(gaps)) > _SAME_WAY)
        if len(wrong):
            ways = np.degrees([self.headings[frames][wrong[0]], headings[wrong[0]]])
            raise ValueError(
                f"the body is to face two ways at once in frame {frames[wrong[0]]}: {ways[0]:.1f} "
                f"and {ways[1]:.1f} degrees; leave one out"
            )
        fixed = self.headings.copy()
        fixed[frames] = headings
        return replace(self, headings=fixed)

    def with_poses(
        self, frames: np.ndarray, positions: np.ndarray, is_placed: bool, tolerance: float
    ) -> Targets:
        """Fix whole poses ``[N 22 3]`` in some frames, with their places or without.

        Raises:
            ValueError: two poses in one frame.
        """
        taken = frames[self.is_posed[frames]]
        relative, headings = relative_poses(positions)
        if (
            len(taken)
            and np.abs(self.poses[frames] - relative)[self.is_posed[frames]].max() > _SAME
        ):
            raise ValueError(f"two poses are asked for in frame {taken[0]}; leave one out")

        poses, is_posed = self.poses.copy(), self.is_posed.copy()
        poses[frames] = relative
        is_posed[frames] = True
        fixed = replace(self, poses=poses, is_posed=is_posed)
        if not is_placed:
            return fixed
        placed = fixed.with_joint(0, frames, positions[:, 0], "xz", tolerance)
        return placed.with_headings(frames, headings)

    def with_given(self, span: slice, positions: np.ndarray) -> Targets:
        """Fix a stretch of frames whole, ``[K 22 3]``."""
        frames = np.arange(self.num_frames)[span]
        fixed = self.with_poses(frames, positions, True, 0.0)
        is_given = self.is_given.copy()
        is_given[span] = True
        return replace(fixed, is_given=is_given)

    def with_part(self, joints: Sequence[int], positions: np.ndarray) -> Targets:
        """Keep the pose of some joints as in ``[T 22 3]``; with the root among them, its path.

        Raises:
            ValueError: a joint is kept as in two motions.
        """
        poses, headings = relative_poses(positions)
        if self.part_poses is not None:
            kept = sorted(self.part)
            both = sorted({*kept} & {*joints} - {0})
            if both and np.abs(self.part_poses - poses)[:, both].max() > _SLACK:
                raise ValueError(
                    f"{JOINT_NAMES[both[0]]} is in two parts that are kept, and moves otherwise in "
                    "the one motion than in the other; keep parts that do not overlap"
                )
            poses[:, kept] = self.part_poses[:, kept]
        fixed = replace(self, part=tuple({*self.part, *joints}), part_poses=poses)
        if 0 not in joints:
            return fixed
        frames = np.arange(self.num_frames)
        fixed = fixed.with_joint(0, frames, positions[:, 0], "xyz", 0.0)
        return fixed.with_headings(frames, headings)


def relative_poses(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Poses ``[T 22 3]`` about their roots, facing +Z, heights kept; and headings ``[T]``."""
    turns = facing_rotations(positions)  # [T 4], to face +Z
    away = positions - positions[:, :1] * [1.0, 0.0, 1.0]
    ahead = rotate(turns * [1.0, -1.0, -1.0, -1.0], np.array([0.0, 0.0, 1.0]))
    return rotate(turns[:, None], away), np.arctan2(ahead[:, 0], ahead[:, 2])


def check_targets(targets: Targets, start: np.ndarray) -> None:
    """Raise ValueError for speeds, heights and distances that no body has.

    Args:
        targets: the table.
        start: ``[2]`` metres where the root is in frame 0 unless the table says otherwise.
    """
    for joint in range(22):
        frames = np.flatnonzero(targets.mask[:, joint, ::2].all(-1))
        places = targets.positions[frames, joint][:, ::2]
        if joint == 0 and 0 not in frames and len(frames):
            frames, places = np.append(0, frames), np.concatenate([start[None], places])
        if len(frames) > 1:
            _check_speed(JOINT_NAMES[joint], frames, places)

    _check_heights(targets)
    _check_poses(targets)
    check_reach(targets)


def _check_speed(name: str, frames: np.ndarray, places: np.ndarray) -> None:
    """Raise ValueError where a joint would be faster than people are."""
    ways = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    speeds = ways / np.diff(frames) * FPS
    fastest = int(speeds.argmax())
    limit = _FASTEST_ROOT if name == JOINT_NAMES[0] else _FASTEST
    if speeds[fastest] > limit:
        what = "the root" if name == JOINT_NAMES[0] else name
        needed = int(np.ceil(ways[fastest] / limit * FPS))
        raise ValueError(
            f"{what} would go {speeds[fastest]:.1f} m/s between frames {frames[fastest]} and "
            f"{frames[fastest + 1]} ({ways[fastest]:.2f} m), at most {limit:g} m/s are possible; "
            f"give it {needed} frames or more"
        )


def _check_heights(targets: Targets) -> None:
    """Raise ValueError for a joint that is higher than a jump takes it."""
    for joint in range(22):
        highest = _STANDING + _JUMP + chain_length(0, joint)
        heights = np.where(targets.mask[:, joint, 1], targets.positions[:, joint, 1], -np.inf)
        frame = int(heights.argmax())
        if heights[frame] > highest:
            raise ValueError(
                f"{JOINT_NAMES[joint]} in frame {frame} is out of reach at height "
                f"{heights[frame]:.2f} m; a body of this size reaches {highest:.2f} m in a jump; "
                "lower it"
            )


def _check_poses(targets: Targets) -> None:
    """Raise ValueError for a joint that is elsewhere than the pose of its frame has it."""
    is_placed = targets.is_posed & np.isfinite(targets.headings)
    frames = np.flatnonzero(is_placed & targets.mask[:, 0, ::2].all(-1))
    if not len(frames):
        return
    poses = rotate(from_yaw(targets.headings[frames])[:, None], targets.poses[frames])
    poses = poses + targets.positions[frames, :1] * [1.0, 0.0, 1.0]
    gaps = np.where(targets.mask[frames], np.abs(targets.positions[frames] - poses), 0.0).max(-1)
    gaps -= targets.tolerance[frames]
    worst, joint = divmod(int(gaps.argmax()), gaps.shape[1])
    if gaps[worst, joint] > _SLACK:
        raise ValueError(
            f"{JOINT_NAMES[joint]} is to be in two places at once in frame {frames[worst]}: pinned "
            f"{gaps[worst, joint]:.2f} m away from where the pose of that frame has it; leave one "
            "out"
        )
