"""A body to hang on the 22 joints: a plain one, or a real SMPL body.

The plain one is a rounded, tapered tube for every bone, a head, hands and toes. Every vertex
follows one joint. The tubes overlap with round ends, so joints stay closed however they bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22

if TYPE_CHECKING:
    from motionlcm.formats.body_models import SkinnedBody

_SEGMENTS = 14  # around a tube
_CAP_RINGS = 4  # from the end of a tube to where it is full
_LEG = 0.82  # metres of thigh and shin that the radii are meant for

#: The bone that ends in a joint: (radius at its start, at its end, width, depth); metres and
#: factors of the radius.
_BONES = {
    "hip": (0.097, 0.09, 1.0, 1.0),
    "spine1": (0.105, 0.10, 1.35, 0.95),
    "spine2": (0.10, 0.107, 1.35, 0.95),
    "spine3": (0.107, 0.112, 1.38, 0.95),
    "neck": (0.112, 0.05, 1.35, 0.95),
    "collar": (0.095, 0.085, 1.0, 1.0),
    "shoulder": (0.078, 0.06, 1.0, 1.0),
    "elbow": (0.054, 0.042, 1.0, 1.0),
    "wrist": (0.042, 0.03, 1.0, 1.0),
    "knee": (0.086, 0.058, 1.0, 1.0),
    "ankle": (0.056, 0.038, 1.0, 1.05),
    "foot": (0.042, 0.034, 1.1, 0.9),
    "head": (0.05, 0.05, 1.0, 1.0),
}
_IN_THE_TRUNK = ("hip", "collar", "shoulder")  # bones of a side that are coloured like the trunk
#: The parts beyond the last joints: (start and end seen from the joint on the left side, radii,
#: width, depth).
_ENDS = {
    "head": ((0.0, 0.045, 0.015), (0.0, 0.115, 0.02), 0.088, 0.09, 0.88, 1.02),
    "wrist": ((0.0, 0.0, 0.0), (0.13, 0.0, 0.0), 0.03, 0.022, 1.25, 0.75),
    "foot": ((0.0, 0.0, 0.0), (0.0, 0.0, 0.05), 0.034, 0.028, 1.25, 0.85),
}
_COLORS = {"left": (222, 128, 84), "right": (84, 140, 196), "": (176, 180, 186)}


@dataclass(frozen=True, eq=False)
class BodyMesh:
    """Triangles in the rest pose.

    Attributes:
        vertices: ``[V 3]`` metres, float32.
        normals: ``[V 3]`` unit vectors that point outwards, float32.
        joints: ``[V 4]`` indices of the joints that each vertex follows, uint8.
        weights: ``[V 4]`` how much, uint8; the sum is 255.
        colors: ``[V 4]`` uint8, linear RGB and 255; left, right and middle differ.
        triangles: ``[N 3]`` indices, counter-clockwise from outside.
    """

    vertices: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    colors: np.ndarray
    triangles: np.ndarray


@dataclass(frozen=True, eq=False)
class _Part:
    """A tube of the plain body, the joint that it follows and the side that gives its colour."""

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    joint: int
    side: str


def body_mesh(rest: np.ndarray) -> BodyMesh:
    """Build a plain body around the joints of a T-pose.

    Args:
        rest: ``[22 3]`` metres, Y up, facing +Z.
    """
    parts = _parts(rest)
    counts = [len(part.vertices) for part in parts]
    starts = np.cumsum([0, *counts[:-1]])
    triangles = [part.triangles + start for part, start in zip(parts, starts)]

    joints = np.zeros((sum(counts), 4), np.uint8)
    joints[:, 0] = np.repeat([part.joint for part in parts], counts)
    weights = np.zeros_like(joints)
    weights[:, 0] = 255
    colors = np.repeat([(*_COLORS[part.side], 255) for part in parts], counts, axis=0)

    return BodyMesh(
        vertices=np.concatenate([part.vertices for part in parts]).astype(np.float32),
        normals=np.concatenate([part.normals for part in parts]).astype(np.float32),
        joints=joints,
        weights=weights,
        colors=colors.astype(np.uint8),
        triangles=np.concatenate(triangles).astype(np.uint16),
    )


def _parts(rest: np.ndarray) -> list[_Part]:
    """A tube for each bone, and one beyond each last joint."""
    limbs = SMPL_22.limbs
    upper, lower = [*limbs.hips, *limbs.knees], [*limbs.knees, *limbs.ankles]
    legs = np.linalg.norm(rest[lower] - rest[upper], axis=-1).sum() / 2
    size = float(np.clip(legs / _LEG, 0.2, 5.0))

    parts = []
    for joint, parent in enumerate(PARENTS):
        side, _, kind = JOINT_NAMES[joint].rpartition("_")
        if parent >= 0:
            first, last, *shape = _BONES[kind]
            radii = np.array([first, last]) * size
            tube = _tube(rest[parent], rest[joint], radii, shape)
            parts.append(_Part(*tube, parent, "" if kind in _IN_THE_TRUNK else side))
        if joint not in PARENTS:
            start, end, first, last, *shape = _ENDS[kind]
            radii = np.array([first, last]) * size
            mirror = np.array([-size if side == "right" else size, size, size])
            first_end, last_end = rest[joint] + np.array([start, end]) * mirror
            parts.append(_Part(*_tube(first_end, last_end, radii, shape), joint, side))
    return parts


def skin_mesh(vertices: np.ndarray, body: SkinnedBody) -> BodyMesh:
    """Turn the skin of a body model into a mesh; hands and face follow wrists and head.

    Args:
        vertices: ``[V 3]`` metres, in the rest pose.
        body: the model with its weights and triangles.
    """
    weights = body.weights.copy()
    for joint in range(len(body.parents) - 1, len(PARENTS) - 1, -1):
        weights[:, body.parents[joint]] += weights[:, joint]

    # The four strongest joints of each vertex, in shares of 255 that add up.
    joints = np.argsort(-weights[:, : len(PARENTS)], axis=1)[:, :4]
    shares = np.maximum(np.take_along_axis(weights, joints, axis=1), 0)
    shares = np.floor(255 * shares / shares.sum(axis=1, keepdims=True) + 0.5)
    shares[:, 0] += 255 - shares.sum(axis=1)
    joints = np.where(shares > 0, joints, 0)

    return BodyMesh(
        vertices=vertices.astype(np.float32),
        normals=_normals(vertices, body.triangles).astype(np.float32),
        joints=joints.astype(np.uint8),
        weights=shares.astype(np.uint8),
        colors=np.tile(np.array([(*_COLORS[""], 255)], np.uint8), (len(vertices), 1)),
        triangles=body.triangles.astype(np.uint16 if len(vertices) <= 65535 else np.uint32),
    )


def _normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals ``[V 3]``: means over the triangles ``[F 3]`` at each vertex, by their area."""
    corners = vertices[triangles]
    one_side, other_side = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    facing = np.cross(one_side, other_side)  # as long as the area

    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], facing)
    normals[~(np.linalg.norm(normals, axis=1) > 1e-12)] = (0, 1, 0)
    return normalize(normals)


def _tube(
    start: np.ndarray, end: np.ndarray, radii: np.ndarray, shape: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(vertices, normals, triangles) of a tube with round ends.

    ``shape`` is its width and its depth over its radius.
    """
    along = normalize(end - start)
    along = along if along.any() else np.array([0.0, 1.0, 0.0])
    across = np.array([1.0, 0.0, 0.0]) if abs(along[0]) < 0.8 else np.array([0.0, 0.0, 1.0])
    wide = normalize(across - (across @ along) * along)
    deep = np.cross(along, wide)

    # Along the tube: a round cap, the tube itself between two rings, a round cap.
    angle = np.linspace(0, np.pi / 2, _CAP_RINGS + 1)
    length = np.linalg.norm(end - start)
    height = np.concatenate([-radii[0] * np.cos(angle), length + radii[1] * np.sin(angle)])  # [R]
    radius = np.concatenate([radii[0] * np.sin(angle), radii[1] * np.cos(angle)])
    rise = np.concatenate([-np.cos(angle), np.sin(angle)])
    outward = np.concatenate([np.sin(angle), np.cos(angle)])

    # Around the tube.
    turn = np.arange(_SEGMENTS) * 2 * np.pi / _SEGMENTS
    width, depth = shape
    ring = np.cos(turn)[:, None] * wide * width + np.sin(turn)[:, None] * deep * depth  # [S 3]
    facing = np.cos(turn)[:, None] * wide / width + np.sin(turn)[:, None] * deep / depth

    vertices = start + height[:, None, None] * along + radius[:, None, None] * ring  # [R S 3]
    normals = normalize(rise[:, None, None] * along + outward[:, None, None] * facing)
    return vertices.reshape(-1, 3), normals.reshape(-1, 3), _tube_triangles(len(height))


def _tube_triangles(num_rings: int) -> np.ndarray:
    """Triangles ``[N 3]`` between the rings of a tube, counter-clockwise from outside."""
    row, column = np.meshgrid(np.arange(num_rings - 1), np.arange(_SEGMENTS), indexing="ij")
    after = (column + 1) % _SEGMENTS
    a, b = row * _SEGMENTS + column, row * _SEGMENTS + after
    c, d = a + _SEGMENTS, b + _SEGMENTS

    # The first and the last ring are points: one triangle a segment there, two between.
    lower = np.stack([a, b, d], axis=-1)[1:]
    upper = np.stack([a, d, c], axis=-1)[:-1]
    return np.concatenate([lower.reshape(-1, 3), upper.reshape(-1, 3)])
