"""A motion in a few strokes: stick figures of some of its poses side by side, as a small SVG."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import SMPL_22, Skeleton

_POSES = 4
_UNIT = 0.02  #: metres a step of the drawing's coordinates
_AZIMUTH = 0.7  #: radians that the figure is turned out of the front view
_GAP = 18  #: between two figures
_EDGE = 7  #: around the drawing, half a head
_LOWEST = 80  #: height of the smallest drawing, 1.6 m
_LARGEST = 600  #: height or width of a figure, 12 m; what is larger is no body


def chosen_frames(num_frames: int) -> np.ndarray:
    """The frames that a sketch shows, ``[K]``, evenly over the motion."""
    count = min(_POSES, num_frames)
    return np.unique(np.round(np.linspace(0, num_frames - 1, 2 * count + 1)[1::2]).astype(int))


def sketch(poses: np.ndarray, skeleton: Skeleton = SMPL_22) -> str:
    """The SVG of poses; left blue, right red, trunk and head grey.

    Args:
        poses: ``[K J 3]`` metres, Y up; poses with numbers that are not finite are left out.
        skeleton: of the joints.
    Returns:
        An ``<svg>`` of under a kilobyte a pose, or "" where nothing can be drawn.
    """
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    turned = rotate(from_yaw(np.asarray(-_AZIMUTH)), np.asarray(poses, np.float64))
    flat = np.round(turned[..., :2] * [1, -1] / _UNIT)  # [K J 2] to the right and down
    if not len(flat) or (flat.max(axis=1) - flat.min(axis=1)).max() > _LARGEST:
        return ""

    bottom = int(max(flat[..., 1].max(), 0))
    height = max(bottom - int(flat[..., 1].min()), _LOWEST) + 2 * _EDGE
    if height > _LARGEST:
        return ""

    # one figure after the other, each as wide as it is
    right = _EDGE
    for figure in flat:
        figure[:, 0] += right - figure[:, 0].min()
        figure[:, 1] += height - _EDGE - bottom
        right = int(figure[:, 0].max()) + _GAP

    limbs = skeleton.limbs
    parts = {"m": [(*limbs.trunk, limbs.head)]}
    for side, name in enumerate(("l", "r")):
        leg, arm = limbs.legs[side], limbs.arms[side]
        parts[name] = [(limbs.pelvis, *leg), (limbs.collars[side], *arm)]
    strokes = ""
    for name, chains in parts.items():
        lines = "".join(_line(figure, chain) for figure in flat for chain in chains)
        strokes += f'<path class={name} d="{lines}"/>'
    heads = "".join(f"M{x} {y}h0" for x, y in flat[:, limbs.head].astype(int))
    strokes += f'<path class=h d="{heads}"/>'
    return f'<svg viewBox="0 0 {right - _GAP + _EDGE} {height}">{strokes}</svg>'


def _line(figure: np.ndarray, chain: tuple[int, ...]) -> str:
    """A chain of joints of a figure ``[J 2]`` as part of an SVG path."""
    points = figure[list(chain)].astype(int)
    steps = "".join(f"l{x} {y}" for x, y in np.diff(points, axis=0))
    return f"M{points[0, 0]} {points[0, 1]}{steps}"
