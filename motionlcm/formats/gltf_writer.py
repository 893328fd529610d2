"""GLB (binary glTF 2.0) written: the joints, one animation, and a body skinned to them.

Metres, Y up, facing +Z, as glTF has it. The rest pose is a T-pose with its feet on the floor and
without rotations, so the inverse bind matrices are translations. Rotations are animated for every
joint, positions for the root and for joints whose place on their parent varies by more than
0.05 mm (generated bodies are not quite rigid). Of a motion that was put in place, the way that was
taken out is the track of a node of its own, ``root_motion``, which moves nothing: engines that take
root motion from a node find it there, and players show the body in place.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers), 3.7.3 (skins), 3.11 (animations),
4.4 (GLB).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.gltf_buffer import (
    BufferBuilder,
    NodeTrack,
    add_animation,
    add_root_path,
    pack_glb,
)
from motionlcm.formats.gltf_document import GENERATOR
from motionlcm.formats.gltf_mesh import BodyMesh, body_mesh, skin_mesh
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_motion, stretching_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.skeleton import PARENTS
from motionlcm.motion.timeline import at_times

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_TOLERANCE = 0.00005  # metres a joint may be off before its position is animated too
_SOLE = 0.03  # metres from the lowest joint of the rest pose down to the floor
_VERTICES, _INDICES = 34962, 34963  # what a view of the buffer is for


def write_glb(
    path: str | Path,
    motion: Motion,
    *,
    names: str | None = None,
    fps: float | None = None,
    body: str | Path | None = None,
    gender: str = "neutral",
    character: str | Path | None = None,
) -> Path:
    """Write a motion as GLB, whole or not at all.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, else they are solved from the positions.
        names: of the joints: ``"smpl"`` (the default), ``"mixamo"`` or ``"motionbuilder"``.
        fps: key frames per second of the file; the default is the motion's own rate.
        body: a folder of SMPL-H or SMPL-X models: that body is fitted and its skin written in place
            of the plain one (without the bulges of bent joints, which skins of glTF have not).
        gender: of that body.
        character: a ``.glb``, ``.gltf``, ``.vrm`` or ``.fbx`` file: the motion is put onto that
            character, which is kept whole, in place of the plain body.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown naming; a frame rate outside 1 to 1000; a folder that does not exist;
            no such body; a character that cannot be moved.
        ImportError: ``body`` is given and smplx is not installed.
    """
    if character is not None:
        from motionlcm.formats.character_writer import write_character

        if names is not None or body is not None:
            raise ValueError(
                "a character has names and a body of its own; leave names and body out"
            )
        return write_character(path, motion, character, fps=fps)

    names = names or "smpl"
    if names not in JOINT_NAMINGS:
        raise ValueError(f"names must be one of {sorted(JOINT_NAMINGS)}, got {names!r}")
    raw, body_shown, lowest = _body(motion, fps, body, gender)
    return write_bytes(path, _content(motion, raw, body_shown, lowest, JOINT_NAMINGS[names]))


def _content(
    motion: Motion, raw: RawMotion, body: BodyMesh, lowest: float, names: tuple[str, ...]
) -> bytes:
    """The file of a body whose soles are at the height ``lowest`` in the rest pose."""
    ground = np.array([0.0, -lowest, 0.0])
    buffer = BufferBuilder()
    mesh, skin = _add_body(buffer, body, raw.rest_positions, ground)

    material = {"metallicFactor": 0.0, "roughnessFactor": 0.7}
    nodes = _nodes(names, raw.offsets, ground)
    roots = [0, len(PARENTS)]
    tracks = _tracks(raw)
    if motion.root_path is not None:
        roots.append(len(nodes))
        times = np.arange(raw.num_frames) * motion.fps / raw.fps
        tracks.append(add_root_path(nodes, at_times(motion.root_path, times)))

    document = {
        "asset": {"version": "2.0", "generator": GENERATOR, "extras": _extras(motion, raw)},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "meshes": [mesh],
        "skins": [skin],
        "materials": [{"name": "body", "pbrMetallicRoughness": material}],
        "animations": [add_animation(buffer, motion.caption or "motion", raw.fps, tracks)],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    return pack_glb(document, bytes(buffer.content))


def _body(
    motion: Motion, fps: float | None, folder: str | Path | None, gender: str
) -> tuple[RawMotion, BodyMesh, float]:
    """(joints with local transforms, body in their rest pose, height of its soles in metres)."""
    if folder is None:
        raw = local_motion(motion, fps=fps)
        rest = raw.rest_positions
        return raw, body_mesh(rest), float(rest[:, 1].min()) - _SOLE

    from motionlcm.formats.body_fit import fit_body

    fitted = fit_body(motion, folder, gender=gender, fps=fps)
    skin = fitted.rest_vertices
    return fitted.raw, skin_mesh(skin, fitted.body), float(skin[:, 1].min())


def _extras(motion: Motion, raw: RawMotion) -> dict[str, Any]:
    extras: dict[str, Any] = {"fps": raw.fps}
    if motion.caption is not None:
        extras["caption"] = motion.caption
    if motion.familiarity is not None:
        extras["familiarity"] = round(motion.familiarity, 4)
    return extras


def _nodes(names: tuple[str, ...], offsets: np.ndarray, ground: np.ndarray) -> list[dict[str, Any]]:
    """The joints in our order, then the body."""
    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(names):
        place = (offsets[joint] if joint else ground).astype(np.float32)
        node: dict[str, Any] = {"name": name, "translation": place.tolist()}
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        if children:
            node["children"] = children
        nodes.append(node)
    return [*nodes, {"name": "body", "mesh": 0, "skin": 0}]


def _add_body(
    buffer: BufferBuilder, body: BodyMesh, rest: np.ndarray, ground: np.ndarray
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(mesh, skin) of a body; ``rest`` ``[22 3]`` are its joints, ``ground`` ``[3]`` lifts it."""
    vertices = body.vertices + ground.astype(np.float32)
    attributes = {
        "POSITION": buffer.add(vertices, target=_VERTICES, with_bounds=True),
        "NORMAL": buffer.add(body.normals, target=_VERTICES),
        "COLOR_0": buffer.add(body.colors, target=_VERTICES, is_normalized=True),
        "JOINTS_0": buffer.add(body.joints, target=_VERTICES),
        "WEIGHTS_0": buffer.add(body.weights, target=_VERTICES, is_normalized=True),
    }
    indices = buffer.add(body.triangles.reshape(-1), target=_INDICES)
    primitive = {"attributes": attributes, "indices": indices, "material": 0}

    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (len(rest), 1, 1))
    inverse_bind[:, 3, :3] = -(rest + ground)  # column-major: the translation is row 3
    skin = {
        "name": "joints",
        "inverseBindMatrices": buffer.add(inverse_bind.reshape(-1, 16)),
        "joints": list(range(len(rest))),
        "skeleton": 0,
    }
    return {"name": "body", "primitives": [primitive]}, skin


def _tracks(raw: RawMotion) -> list[NodeTrack]:
    """Rotations of all joints, and positions of those that need them."""
    local, moves = stretching_joints(raw, _TOLERANCE)
    tracks = []
    for joint in range(len(raw.parents)):
        tracks.append(NodeTrack(joint, "rotation", raw.rotations[:, joint]))
        if moves[joint]:
            tracks.append(NodeTrack(joint, "translation", local[:, joint]))
    return tracks
