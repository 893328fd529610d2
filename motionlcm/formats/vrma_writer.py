"""VRM animation (``.vrma``) written: a T-pose skeleton without a mesh, and how it moves.

Any VRM character plays it: players turn its bones as these turn from the T-pose, and scale the way
of the hips by the height of their own. With a character's file the skeleton has its proportions, so
that its feet stand as they do in a GLB of it.

Source: VRM Consortium, VRMC_vrm_animation 1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.character_skeleton import character_skeleton
from motionlcm.formats.gltf_buffer import (
    BufferBuilder,
    NodeTrack,
    add_animation,
    pack_glb,
)
from motionlcm.formats.gltf_document import GENERATOR
from motionlcm.formats.natural_rest import natural_motion, smooth_loop, with_even_seam
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import standing_heights
from motionlcm.motion.skeleton import JOINT_NAMES

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_TRUNK = {
    "pelvis": "hips",
    "spine1": "spine",
    "spine2": "chest",
    "spine3": "upperChest",
    "neck": "neck",
    "head": "head",
}
_LIMBS = {
    "hip": "UpperLeg",
    "knee": "LowerLeg",
    "ankle": "Foot",
    "foot": "Toes",
    "collar": "Shoulder",
    "shoulder": "UpperArm",
    "elbow": "LowerArm",
    "wrist": "Hand",
}
#: VRM's bone of each of SMPL's joints.
VRM_BONES = {
    name: _TRUNK.get(name) or f"{name.split('_')[0]}{_LIMBS[name.split('_')[1]]}"
    for name in JOINT_NAMES
}


def write_vrma(
    path: str | Path,
    motion: Motion,
    *,
    fps: float | None = None,
    character: str | Path | None = None,
) -> Path:
    """Write a motion as VRM animation, whole or not at all.

    Args:
        path: the file to write.
        motion: SMPL's 22 joints.
        fps: key frames per second of the file; the default is the motion's own rate, of a loop at
            least 60.
        character: a file whose character's proportions the skeleton gets.
    Returns:
        The path written.
    Raises:
        ValueError: a frame rate outside 1 to 1000; a folder that does not exist; a character that
            cannot be moved.
    """
    smooth = smooth_loop(motion, fps)
    if character is not None:
        raw = natural_motion(smooth.travelling(), fps=fps)
        raw, height = character_skeleton(character, raw, in_place=motion.root_path is not None)
    else:
        raw = with_even_seam(natural_motion(smooth, fps=fps))
        toes, _ = standing_heights(raw.positions)
        height = toes - float(raw.rest_positions[:, 1].min())

    nodes = _nodes(raw, height)
    buffer = BufferBuilder()
    tracks = [NodeTrack(0, "translation", raw.translations[:, 0])]
    tracks += [NodeTrack(joint, "rotation", raw.rotations[:, joint]) for joint in range(len(nodes))]
    bones = {VRM_BONES[name]: {"node": joint} for joint, name in enumerate(raw.names)}
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "extensionsUsed": ["VRMC_vrm_animation"],
        "extensions": {
            "VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones": bones}}
        },
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "animations": [add_animation(buffer, motion.caption or "motion", raw.fps, tracks)],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    return write_bytes(path, pack_glb(document, bytes(buffer.content)))


def _nodes(raw: RawMotion, height: float) -> list[dict[str, Any]]:
    """The joints in T-pose, the hips at their height."""
    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(raw.names):
        place = raw.offsets[joint] if joint else np.array([0.0, height, 0.0])
        node: dict[str, Any] = {"name": VRM_BONES[name], "translation": place.tolist()}
        children = [child for child, parent in enumerate(raw.parents) if parent == joint]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes
