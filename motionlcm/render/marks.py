"""What was fixed of a motion, drawn into its picture: path, pins, key poses, what was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageDraw

from motionlcm.motion.motion import Motion

if TYPE_CHECKING:
    from motionlcm.render.figure import Scene

PATH_COLOUR = (150, 92, 196)
PIN_COLOUR = (214, 64, 128)
POSE_COLOUR = (176, 182, 192)
KEPT_COLOUR = (222, 202, 240)
_NEAREST = 0.3  #: metres from the camera to what is drawn
_DOT, _PIN = 0.045, 0.05  #: metres, radii
_HALO = 0.15  #: metres, width of what shines around bones that are kept
_NEAR = 0.25  #: seconds before and after a pin in which it is drawn large


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of a motion, in seconds and metres.

    Attributes:
        path: ``[N 3]`` places of the root on the floor, in order of time.
        pins: ``[P 3]`` places of other joints.
        times: ``[P]`` seconds of the pins.
        poses: ``[K J 3]`` key poses, where the body takes them.
        kept: ``[T J]`` bool, joints that move as in a given motion.
        parents: of the joints.
    """

    path: np.ndarray
    pins: np.ndarray
    times: np.ndarray
    poses: np.ndarray
    kept: np.ndarray
    parents: tuple[int, ...]

    @classmethod
    def of(cls, motion: Motion) -> Marks | None:
        """The marks of a motion that was made with constraints; None for others."""
        targets = motion.targets
        if targets is None or targets.num_frames != motion.num_frames:
            return None
        is_free = ~targets.is_given
        roots = np.flatnonzero(targets.wished[:, 0, ::2].all(-1) & is_free)
        path = targets.positions[roots, 0] * [1.0, 0.0, 1.0]

        pinned = targets.mask[:, 1:].all(-1) & is_free[:, None]
        frames, joints = np.nonzero(pinned)
        pins = targets.positions[frames, joints + 1]

        posed = np.flatnonzero(targets.is_posed & is_free)
        poses = motion.positions[posed].astype(np.float64)
        kept = np.repeat(targets.is_given[:, None], len(motion.skeleton.parents), axis=1)
        kept[:, list(targets.part)] = True
        return cls(path, pins, frames / motion.fps, poses, kept, motion.skeleton.parents)


def draw_marks(draw: ImageDraw.ImageDraw, scene: Scene, frame: int, *, scale: int) -> None:
    """Draw the marks of a scene into a frame's picture.

    Args:
        draw: of a picture ``scale`` times as large as the scene.
        scene: whose marks are drawn.
        frame: 0 to T - 1.
        scale: of the picture.
    """
    marks = scene.marks
    if marks is None:
        return
    _draw_kept(draw, scene, frame, scale)
    _draw_path(draw, scene, frame, scale)
    for pose in marks.poses:
        _draw_pose(draw, scene, pose, frame, scale)

    now = frame / scene.motion.fps
    for place, time in zip(marks.pins, marks.times, strict=True):
        size = _PIN * (2.0 if abs(time - now) < _NEAR else 1.0)
        _draw_ring(draw, scene, place, size, frame, scale)


def _draw_kept(draw: ImageDraw.ImageDraw, scene: Scene, frame: int, scale: int) -> None:
    """Draw a halo around the bones that are kept in a frame; the body comes on top."""
    assert scene.marks is not None
    kept, parents = scene.marks.kept[frame], scene.marks.parents
    if not kept.any():
        return
    pixels, depth = scene.project(scene.motion.positions[frame].astype(np.float64), frame)
    if depth.min() <= _NEAREST:
        return
    width = round(_HALO * scene.focal / float(depth.mean()) * scale)
    for joint in np.flatnonzero(kept).tolist():
        if parents[joint] >= 0:
            ends = (pixels[[parents[joint], joint]] * scale).reshape(-1).tolist()
            draw.line(ends, fill=KEPT_COLOUR, width=width)


def _draw_path(draw: ImageDraw.ImageDraw, scene: Scene, frame: int, scale: int) -> None:
    """Draw the fixed places of the root as dots on the floor, joined by a line."""
    assert scene.marks is not None
    path = scene.marks.path
    if not len(path):
        return
    pixels, depth = scene.project(path, frame)
    for start in range(len(path) - 1):
        if depth[start : start + 2].min() > _NEAREST:
            ends = (pixels[start : start + 2] * scale).reshape(-1).tolist()
            draw.line(ends, fill=PATH_COLOUR, width=2 * scale)
    if len(path) <= 60:  # more are a curve
        for place in path:
            _draw_ring(draw, scene, place, _DOT, frame, scale, colour=PATH_COLOUR)


def _draw_ring(
    draw: ImageDraw.ImageDraw,
    scene: Scene,
    place: np.ndarray,
    size: float,
    frame: int,
    scale: int,
    *,
    colour: tuple[int, int, int] = PIN_COLOUR,
) -> None:
    """Draw a circle of ``size`` metres around a place ``[3]``."""
    pixels, depth = scene.project(place, frame)
    if depth <= _NEAREST:
        return
    radius = max(2.0, size * scene.focal / float(depth)) * scale
    x, y = (pixels * scale).tolist()
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline=colour, width=2 * scale)


def _draw_pose(
    draw: ImageDraw.ImageDraw, scene: Scene, pose: np.ndarray, frame: int, scale: int
) -> None:
    """Draw a pose ``[J 3]`` as thin lines."""
    assert scene.marks is not None
    pixels, depth = scene.project(pose, frame)
    if depth.min() <= _NEAREST:
        return
    for joint, parent in enumerate(scene.marks.parents):
        if parent >= 0:
            ends = (pixels[[parent, joint]] * scale).reshape(-1).tolist()
            draw.line(ends, fill=POSE_COLOUR, width=3 * scale)
