"""What a user fixes of a motion: a path, joints at frames, whole poses, given frames, parts kept.

Lengths are metres, frames count from 0 at 20 fps. The frame of reference: the floor at height 0, Y
up, the root above x = z = 0 in frame 0 unless a constraint says otherwise, +Z ahead and the
person's left at +X.

Constraints are joined with ``|``. Each wish is checked alone when it is made, and together with the
others once the number of frames is known (``Constraints.targets``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from motionlcm.motion.features import retarget_lengths
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22, TARGET_LENGTHS, bone_lengths
from motionlcm.motion.targets import Targets, check_targets
from motionlcm.motion.wishes import (
    AXES,
    PARTS,
    GivenFrames,
    JointTarget,
    KeptPart,
    KeyPoses,
    RootPath,
    Wish,
    check_end,
    check_floor,
    checked_frames,
    checked_numbers,
    checked_tolerance,
)

_USUAL = 0.01  #: metres; a body whose bones differ by less is the usual one
_NO_LIMB = 0.01  #: metres; no child has a thigh or a forearm so short
_LIMB_ENDS = [
    joint
    for ends in (
        SMPL_22.limbs.knees,
        SMPL_22.limbs.ankles,
        SMPL_22.limbs.elbows,
        SMPL_22.limbs.wrists,
    )
    for joint in ends
]


@dataclass(frozen=True, eq=False)
class Constraints:
    """Wishes about one motion, in the frame of reference of this module.

    Attributes:
        wishes: in no order that matters.
    """

    wishes: tuple[Wish, ...] = field(default=())

    def __or__(self, other: Constraints) -> Constraints:
        """All wishes of both."""
        if not isinstance(other, Constraints):
            return NotImplemented
        return Constraints(self.wishes + other.wishes)

    def __iter__(self) -> Iterator[Wish]:
        return iter(self.wishes)

    def __bool__(self) -> bool:
        return bool(self.wishes)

    @staticmethod
    def root_path(
        points: Sequence[Sequence[float]] | np.ndarray,
        frames: Sequence[int] | np.ndarray | None = None,
        *,
        headings: Sequence[float] | np.ndarray | None = None,
        tolerance: float = 0.0,
    ) -> Constraints:
        """Lead the root along a path over the floor.

        Args:
            points: ``[N 2]`` metres, x and z, at least two.
            frames: ``[N]`` in which the root is there, rising; None: spread by length.
            headings: ``[N]`` radians that the body faces there; None: it turns with the path.
            tolerance: metres by which the root may be off.
        Raises:
            ValueError: too few points, another shape, or a value that cannot be.
        """
        if isinstance(points, Sequence | np.ndarray) and not len(points):
            points = np.zeros((0, 2))
        places = checked_numbers("points of a root path", points, (None, 2))
        if len(places) < 2:
            raise ValueError(
                f"a root path needs at least two points, got {len(places)}; "
                "pin the joint 'pelvis' for one place"
            )
        when = None if frames is None else checked_frames(frames, len(places), "root path")
        if when is not None and (np.diff(when) <= 0).any():
            late = int(np.argmax(np.diff(when) <= 0))
            raise ValueError(
                f"the frames of a root path must rise, got {when[late + 1]} after {when[late]}"
            )
        if when is None and not np.ptp(places, axis=0).any():
            raise ValueError("all points of the root path are the same; give frames= or other ones")
        faced = None if headings is None else checked_numbers("headings", headings, (len(places),))
        return Constraints((RootPath(places, when, faced, checked_tolerance(tolerance)),))

    @staticmethod
    def joint(
        joint: str,
        frames: int | Sequence[int] | np.ndarray,
        positions: Sequence[float] | Sequence[Sequence[float]] | np.ndarray,
        axes: str = AXES,
        tolerance: float = 0.0,
    ) -> Constraints:
        """Pin a joint in some frames.

        Args:
            joint: a name of ``JOINT_NAMES``, such as "right_wrist".
            frames: one or ``[N]``.
            positions: ``[3]`` or ``[N 3]`` metres.
            axes: which of them are meant, such as "y" for a height alone.
            tolerance: metres by which it may be off.
        Raises:
            ValueError: an unknown joint or axis, another shape, or a value that cannot be.
        """
        if joint not in JOINT_NAMES:
            raise ValueError(
                f"no joint is called {str(joint)[:40]!r}; there are {', '.join(JOINT_NAMES)}"
            )
        places = checked_numbers(f"positions of {joint}", np.atleast_2d(positions), (None, 3))
        when = checked_frames(np.atleast_1d(frames), len(places), joint)
        named = set(axes) if isinstance(axes, str) else set()
        if not named or named - set(AXES) or len(named) < len(axes):
            raise ValueError(f"axes must be some of x, y and z, such as 'xz', got {axes!r:.40}")
        if "y" in axes:
            check_floor(joint, places, when)
        number = JOINT_NAMES.index(joint)
        return Constraints((JointTarget(number, when, places, axes, checked_tolerance(tolerance)),))

    @staticmethod
    def key_poses(
        motion: Motion,
        frames: int | Sequence[int] | np.ndarray,
        at: int | Sequence[int] | np.ndarray | None = None,
        *,
        is_placed: bool | None = None,
        tolerance: float = 0.0,
    ) -> Constraints:
        """Ask for whole poses of a motion.

        Args:
            motion: of 22 joints at 20 fps; of another rate it is resampled.
            frames: one or ``[N]`` of the result.
            at: the frames of ``motion`` that they are taken from; None: the same ones.
            is_placed: poses come with their place and heading; None: where ``at`` is None.
            tolerance: metres by which joints may be off.
        Raises:
            ValueError: frames that the motion does not have, or another body.
        """
        body = _body(motion)
        when = checked_frames(np.atleast_1d(frames), None, "key poses")
        source = (
            when if at is None else checked_frames(np.atleast_1d(at), len(when), "key poses (at)")
        )
        if len(source) and source.max() >= len(body):
            raise ValueError(
                f"the motion of the key poses has frames 0 to {len(body) - 1}, got {source.max()}; "
                "say with at= from which frames they come"
            )
        placed = at is None if is_placed is None else is_placed
        return Constraints((KeyPoses(when, body[source], placed, checked_tolerance(tolerance)),))

    @staticmethod
    def in_between(before: Motion, after: Motion) -> Constraints:
        """Fill in between two motions: their frames are the first and the last of the result."""
        return Constraints.keep_start(before) | Constraints.keep_end(after)

    @staticmethod
    def keep_start(motion: Motion) -> Constraints:
        """Go on from a motion: its frames are the first of the result."""
        return Constraints((GivenFrames(_body(motion), own=_own(motion)),))

    @staticmethod
    def keep_end(motion: Motion) -> Constraints:
        """Lead up to a motion: its frames are the last of the result."""
        return Constraints((GivenFrames(_body(motion), is_end=True, own=_own(motion)),))

    @staticmethod
    def keep_part(motion: Motion, part: Literal["upper", "lower", "left_arm", "right_arm"]):
        """Keep a part of the body as it moves in a motion, and make the rest anew.

        Args:
            motion: of the same length as the result, or longer.
            part: a name of ``PARTS``; "lower" keeps the path, too.
        Raises:
            ValueError: another name.
        """
        if part not in list(PARTS):
            raise ValueError(f"a part must be one of {', '.join(PARTS)}, got {part!r:.40}")
        return Constraints((KeptPart(_body(motion), part),))

    @property
    def start(self) -> np.ndarray:
        """Where the root begins over the floor, ``[2]``: given frames or a path say it."""
        for wish in self.wishes:
            if isinstance(wish, GivenFrames) and not wish.is_end:
                return wish.positions[0, 0, [0, 2]]
        return np.zeros(2)

    def own_body(self) -> np.ndarray | None:
        """Bone lengths ``[22]`` of the body that given frames came with; None: the usual one."""
        for wish in self.given():
            if wish.own is not None:
                return bone_lengths(wish.own).mean(0)
        return None

    def on_own_body(self, positions: np.ndarray) -> np.ndarray:
        """Give a motion the body that given frames came with, and put these in as they were.

        Args:
            positions: ``[T 22 3]`` metres, of the usual body.
        """
        lengths = self.own_body()
        if lengths is None:
            return positions
        start = positions[:1, :1] * [1, 0, 1]
        own = retarget_lengths(positions - start, lengths) + start
        for wish in self.given():
            if wish.own is None:
                continue
            span = _given_span(wish, len(own))
            # an end keeps its place where the body gets to
            shift = (own[span] - wish.own)[:1, :1] * [1, 0, 1] if wish.is_end else 0.0
            own[span] = wish.own + shift
        return own

    def paths(self) -> list[RootPath]:
        """The root paths among the wishes."""
        return [wish for wish in self.wishes if isinstance(wish, RootPath)]

    def given(self) -> list[GivenFrames]:
        """The given frames among the wishes."""
        return [wish for wish in self.wishes if isinstance(wish, GivenFrames)]

    def shape_only(self) -> bool:
        """Whether the wishes leave the length open: paths without frames, and nothing else."""
        return bool(self.wishes) and all(
            isinstance(wish, RootPath) and wish.frames is None for wish in self.wishes
        )

    def targets(self, num_frames: int, pace: np.ndarray | None = None) -> Targets:
        """All wishes as one table of joints and frames.

        Args:
            num_frames: T of the motion.
            pace: ``[T]`` from 0 to 1, how far paths without frames are gone; None: evenly.
        Raises:
            ValueError: wishes past its end, two places at once, or places that no body can be in.
        """
        targets = Targets.empty(num_frames)
        for wish in self.wishes:
            if isinstance(wish, RootPath):
                frames, points, headings = wish.timed(num_frames, pace)
                check_end(frames, num_frames, "the root path")
                places = np.stack([points[:, 0], 0 * points[:, 0], points[:, 1]], axis=-1)
                targets = targets.with_joint(0, frames, places, "xz", wish.tolerance)
                if headings is not None:
                    targets = targets.with_headings(frames, headings)
            elif isinstance(wish, JointTarget):
                check_end(wish.frames, num_frames, JOINT_NAMES[wish.joint])
                targets = targets.with_joint(
                    wish.joint, wish.frames, wish.positions, wish.axes, wish.tolerance
                )
            elif isinstance(wish, KeyPoses):
                check_end(wish.frames, num_frames, "the key poses")
                targets = targets.with_poses(
                    wish.frames, wish.positions, wish.is_placed, wish.tolerance
                )
            elif isinstance(wish, GivenFrames):
                targets = targets.with_given(_given_span(wish, num_frames), wish.positions)
            else:
                check_end([num_frames - 1], len(wish.positions), f"the {wish.part} part")
                targets = targets.with_part(PARTS[wish.part], wish.positions[:num_frames])

        check_targets(targets, self.start)
        return targets


def _given_span(wish: GivenFrames, num_frames: int) -> slice:
    """The frames of the result that are given."""
    count = len(wish.positions)
    if count > num_frames:
        raise ValueError(
            f"{count} frames are to be kept, the motion has {num_frames}; ask for more seconds, "
            "or keep fewer"
        )
    return slice(num_frames - count, num_frames) if wish.is_end else slice(count)


def _own(motion: Motion) -> np.ndarray | None:
    """Positions ``[T 22 3]`` on a motion's own body; None where that is the usual one."""
    own = _checked_positions(motion)
    gap = np.abs(bone_lengths(own).mean(0) - TARGET_LENGTHS).max()
    return own if gap > _USUAL else None


def _body(motion: Motion) -> np.ndarray:
    """Positions ``[T 22 3]`` of a motion at 20 fps, on the usual body."""
    own = _own(motion)
    if own is None:
        return _checked_positions(motion)
    # sizes of a body differ by legs: so does its path
    usual = retarget_lengths(own, TARGET_LENGTHS)
    return usual - usual[:1, :1] * [1, 0, 1] + own[:1, :1] * [1, 0, 1]


def _checked_positions(motion: Motion) -> np.ndarray:
    """Positions ``[T 22 3]`` of a motion at 20 fps, as they are."""
    if not isinstance(motion, Motion):
        raise ValueError(f"a Motion is needed, got {type(motion).__name__}; Motion.load reads one")
    if motion.skeleton.parents != SMPL_22.parents:
        raise ValueError(
            f"a motion of SMPL's 22 joints is needed, this one has {motion.skeleton.num_joints}"
        )

    positions = motion.resampled(20.0).positions.astype(np.float64)
    lengths = bone_lengths(positions)[:, _LIMB_ENDS]
    if lengths.min() < _NO_LIMB:
        frame, bone = np.argwhere(lengths < _NO_LIMB)[0]
        end = _LIMB_ENDS[bone]
        raise ValueError(
            f"frame {frame} shows no body: {JOINT_NAMES[end]} lies on "
            f"{JOINT_NAMES[SMPL_22.parents[end]]}; give positions in metres"
        )
    return positions
