"""`Motion`: a body's joint positions over time."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.motion.features import FPS, encode_features
from motionlcm.motion.loops import in_place, is_looped, make_loop, root_path
from motionlcm.motion.seams import even_at_rate
from motionlcm.motion.skeleton import SMPL_22, Skeleton
from motionlcm.motion.targets import Targets
from motionlcm.motion.timeline import at_times

_SHOWN = 60  #: letters of a caption


@dataclass(frozen=True, eq=False, repr=False)
class Motion:
    """Joint positions over time.

    Attributes:
        positions: ``[T 22 3]`` float32, metres, Y up, +Z forward at the start; ``[T 21 3]`` of a
            KIT-ML skeleton.
        fps: frames per second.
        rotations: ``[T 22 4]`` unit quaternions wxyz local to the parent, or None where only
            positions are known.
        skeleton: names, parents and rest offsets of the joints.
        caption: what the person does, or None.
        own_features: ``[T 263]`` as a model made them (``[T 251]`` for KIT-ML's joints); None means
            that ``features`` encodes the positions.
        root_path: ``[T 3]`` metres, the way over the floor that ``in_place`` took out of the
            positions; else None.
        report: what a motion made with constraints tells of itself: ``error_mm``, ``slip``,
            ``raw_slip`` (before clean-up and last projection), ``heading_gap``, ``jerk``,
            ``text_agreement``, each {"value", "free"} with the free motion's figure beside it, and
            ``notes``; None for other motions.
        targets: what was fixed of such a motion; videos show it.
        familiarity: 0 to 1, how likely it shows its prompt; None where no model made the motion, or
            the model cannot tell.
        seed: of the noise that the motion was made of; of several candidates that of the best.
    Raises:
        ValueError: wrong shapes, values that are not finite, a frame rate that is not positive, or
            a familiarity outside 0 to 1.
    """

    positions: np.ndarray
    fps: float = FPS
    rotations: np.ndarray | None = None
    skeleton: Skeleton = SMPL_22
    caption: str | None = None
    own_features: np.ndarray | None = None
    root_path: np.ndarray | None = None
    report: dict[str, Any] | None = None
    targets: Targets | None = None
    familiarity: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        positions = np.ascontiguousarray(self.positions, dtype=np.float32)
        joints = self.skeleton.num_joints
        if positions.ndim != 3 or positions.shape[1:] != (joints, 3) or len(positions) < 1:
            raise ValueError(
                f"positions must be [T {joints} 3] with T at least 1, got shape {positions.shape}"
            )
        if not np.isfinite(positions).all():
            frame = int(np.argwhere(~np.isfinite(positions))[0][0])
            raise ValueError(
                f"positions hold a value that is not finite, first in frame {frame}; "
                "repair it first"
            )
        if not (math.isfinite(self.fps) and self.fps > 0):
            raise ValueError(f"fps must be a positive number, got {self.fps}")
        if self.familiarity is not None and not 0 <= self.familiarity <= 1:
            raise ValueError(f"familiarity must be from 0 to 1, or None, got {self.familiarity}")

        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "fps", float(self.fps))
        if self.root_path is not None:
            path = np.ascontiguousarray(self.root_path, dtype=np.float32)
            if path.shape != (len(positions), 3) or not np.isfinite(path).all():
                raise ValueError(f"root_path must be finite [{len(positions)} 3], got {path.shape}")
            object.__setattr__(self, "root_path", path)
        if self.rotations is None:
            return

        rotations = np.ascontiguousarray(self.rotations, dtype=np.float32)
        if rotations.shape != (*positions.shape[:2], 4) or not np.isfinite(rotations).all():
            raise ValueError(
                f"rotations must be finite [{len(positions)} {joints} 4], got {rotations.shape}"
            )
        object.__setattr__(self, "rotations", rotations)

    def __repr__(self) -> str:
        caption = "" if self.caption is None else f"{self.caption[:_SHOWN]!r}, "
        joints = f"{self.num_frames} frames of {self.skeleton.num_joints} joints"
        return f"Motion({caption}{joints} at {self.fps:g} fps, {self.duration:.1f} s)"

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return len(self.positions)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.num_frames / self.fps

    @property
    def features(self) -> np.ndarray:
        """HumanML3D's features ``[T 263]`` float32, not normalised; if encoded here ``[T-1 263]``.

        Raises:
            ValueError: the motion is not at 20 fps (call ``resampled(20)`` first), or has not
                SMPL's 22 joints.
        """
        if self.own_features is not None:
            return self.own_features
        if not self.skeleton.supports("features"):
            raise ValueError(
                "features are made from SMPL's 22 joints, this motion has "
                f"{self.skeleton.num_joints}"
            )
        if abs(self.fps - FPS) > 1e-3:
            raise ValueError(
                f"features are defined at {FPS:g} fps, got {self.fps:g}; "
                f"call resampled({FPS:g}) first"
            )
        return encode_features(self.positions.astype(np.float64)).astype(np.float32)

    def resampled(self, fps: float) -> Motion:
        """This motion at another frame rate: positions interpolated linearly, rotations dropped.

        A loop stays one: it becomes a whole number of frames, a little faster or slower.

        Raises:
            ValueError: a frame rate that is not positive.
        """
        if not (math.isfinite(fps) and fps > 0):
            raise ValueError(f"fps must be a positive number, got {fps}")
        if abs(fps - self.fps) < 1e-6:
            return self

        last = self.num_frames - 1
        count = max(1, math.floor(last * fps / self.fps + 1e-6) + 1)
        times = np.minimum(np.arange(count) * (self.fps / fps), last)  # in frames of this motion
        if self._goes_round():
            positions = even_at_rate(self.positions, fps, self.fps)
            times = np.linspace(0, last, len(positions))
        else:
            positions = at_times(self.positions, times)

        path = self.root_path
        if path is not None:
            path = at_times(path, times)
        return dataclasses.replace(
            self,
            positions=positions,
            fps=fps,
            rotations=None,
            own_features=None,
            root_path=path,
            report=None,
            targets=None,
        )

    def _goes_round(self) -> bool:
        """Whether this is a loop of SMPL's 22 joints."""
        return self.skeleton.supports("features") and is_looped(self.positions)

    def mirrored(self) -> Motion:
        """This motion with left and right swapped, without a caption: its words would be wrong."""
        swapped = self.positions[:, list(self.skeleton.mirror_order)]
        mirror = np.array([-1, 1, 1], np.float32)
        return dataclasses.replace(
            self,
            positions=swapped * mirror,
            rotations=None,
            own_features=None,
            caption=None,
            familiarity=None,
            root_path=None if self.root_path is None else self.root_path * mirror,
            report=None,
            targets=None,
        )

    def cropped(self, start: int, stop: int) -> Motion:
        """Frames ``start`` to ``stop`` (not included) of this motion.

        Raises:
            ValueError: frames that are not there, or none.
        """
        if not 0 <= start < stop <= self.num_frames:
            raise ValueError(f"need 0 <= start < stop <= {self.num_frames}, got {start} and {stop}")

        positions = self.positions[start:stop]
        rotations = None if self.rotations is None else self.rotations[start:stop]
        path = None if self.root_path is None else self.root_path[start:stop]
        return dataclasses.replace(
            self,
            positions=positions,
            rotations=rotations,
            own_features=None,
            root_path=path,
            report=None,
            targets=None,
        )

    def in_place(self) -> Motion:
        """This motion with its root above its start: it turns, rises and sinks as before.

        The way over the floor that is taken out becomes ``root_path``; GLB files keep it as the
        track of a node of that name, npz files as an array.
        """
        path = root_path(self.positions)
        if self.root_path is not None:  # it was taken out before
            path = path + self.root_path
        positions = in_place(self.positions)
        after = 2 * positions[-1:] - positions[-2:-1] if len(positions) > 1 else positions
        return dataclasses.replace(
            self,
            positions=positions,
            own_features=self._features_of(positions, after),
            root_path=path,
        )

    def looped(self, notes: list[str] | None = None) -> Motion:
        """A loop made of this motion's best cycle: the last frame is the first one again.

        Where the body travels it is one round farther on, with the same heading. Rotations are
        dropped.

        Args:
            notes: what was kept and changed is added to it.
        Raises:
            ValueError: too short a motion, or another body than SMPL's 22 joints.
        """
        if not self.skeleton.supports("features"):
            raise ValueError(
                "loops are made of SMPL's 22 joints, this motion has "
                f"{self.skeleton.num_joints}; leave the loop out"
            )
        loop = make_loop(self.travelling().positions, self.fps)
        if notes is not None:
            notes.append(loop.note)

        positions = loop.positions
        motion = dataclasses.replace(
            self,
            positions=positions,
            rotations=None,
            own_features=self._features_of(positions, positions[1:2] + loop.travel),
            root_path=None,
        )
        return motion if self.root_path is None else motion.in_place()

    def _features_of(self, positions: np.ndarray, after: np.ndarray) -> np.ndarray | None:
        """Features ``[T 263]`` that decode to positions, where this motion has its own.

        Args:
            positions: ``[T 22 3]`` metres.
            after: ``[1 22 3]``, the frame that would follow.
        """
        if self.own_features is None or not self.skeleton.supports("features"):
            return None
        if abs(self.fps - FPS) > 1e-3:
            return None
        frames = np.concatenate([positions, after]).astype(np.float64)
        frames -= frames[:1, :1] * [1.0, 0.0, 1.0]
        features = encode_features(frames, target_lengths=None, is_canonical=True)
        return features.astype(np.float32)

    def travelling(self) -> Motion:
        """This motion with its ``root_path`` put back, if it has one."""
        if self.root_path is None:
            return self
        positions = self.positions + self.root_path[:, None]
        return dataclasses.replace(self, positions=positions, own_features=None, root_path=None)

    def save(self, path: str | Path, *, format: str | None = None, **options: object) -> Path:
        """Write the motion; the suffix chooses the format.

        There are npz, npy, bvh, glb, mp4, gif, html and .amass.npz.

        Args:
            path: the file to write.
            format: in place of the suffix; ``"amass"`` writes AMASS's keys into an npz.
            options: of the format: ``fps`` for all, ``names`` for bvh and glb, ``unit`` and
                ``order`` for bvh, ... as the function that writes it has them.
        Returns:
            The path written.
        Raises:
            ValueError: an unknown format, an option that the format does not have, or a value that
                it refuses.
            FileNotFoundError: the folder does not exist.
        """
        from motionlcm.formats.write import save_motion  # the one door up

        return save_motion(self, path, format=format, **options)

    def _repr_html_(self) -> str:
        """A player, where a notebook shows this motion."""
        from motionlcm.formats.write import notebook_html  # the one door up

        return notebook_html(self)

    @staticmethod
    def load(
        path: str | Path,
        *,
        fps: float | None = None,
        body_models: str | Path | None = None,
        input_fps: float | None = None,
        animation: str | None = None,
    ) -> Motion:
        """Read a motion from npz, npy, bvh, glb, AMASS npz or amc (with its asf beside it).

        Args:
            path: the file to read.
            fps: of the result; by default 20 for recordings (bvh, glb, amc, AMASS), the file's own
                for our npz.
            body_models: folder of SMPL-H or SMPL-X models for AMASS files; needs the package smplx.
            input_fps: of the recording, where the file says none or a wrong one.
            animation: name or number of one of several motions in the file.
        Raises:
            ValueError: what cannot be read, in one line.
        """
        from motionlcm.formats.read import load_motion  # the one door up

        return load_motion(
            path, fps=fps, body_models=body_models, input_fps=input_fps, animation=animation
        )
