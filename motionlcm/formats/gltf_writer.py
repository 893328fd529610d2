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

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.gltf_mesh import BodyMesh, body_mesh, skin_mesh
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_motion, stretching_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.skeleton import PARENTS

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_TOLERANCE = 0.00005  # metres a joint may be off before its position is animated too
_ROOT_MOTION = "root_motion"  # the node that has the way of a body that was put in place
_SOLE = 0.03  # metres from the lowest joint of the rest pose down to the floor
#: glTF's numbers for the types of components.
_COMPONENTS = {
    np.dtype(np.float32): 5126,
    np.dtype(np.uint8): 5121,
    np.dtype(np.uint16): 5123,
    np.dtype(np.uint32): 5125,
}
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_VERTICES, _INDICES = 34962, 34963  # what a view of the buffer is for


def write_glb(
    path: str | Path,
    motion: Motion,
    *,
    names: str = "smpl",
    fps: float | None = None,
    body: str | Path | None = None,
    gender: str = "neutral",
) -> Path:
    """Write a motion as GLB, whole or not at all.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, else they are solved from the positions.
        names: of the joints: ``"smpl"``, ``"mixamo"`` or ``"motionbuilder"``.
        fps: key frames per second of the file; the default is the motion's own rate.
        body: a folder of SMPL-H or SMPL-X models: that body is fitted and its skin written in place
            of the plain one (without the bulges of bent joints, which skins of glTF have not).
        gender: of that body.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown naming; a frame rate outside 1 to 1000; a folder that does not exist;
            no such body.
        ImportError: ``body`` is given and smplx is not installed.
    """
    if names not in JOINT_NAMINGS:
        raise ValueError(f"names must be one of {sorted(JOINT_NAMINGS)}, got {names!r}")

    raw, body_shown, lowest = _body(motion, fps, body, gender)
    ground = np.array([0.0, -lowest, 0.0])
    buffer = _Buffer()
    mesh, skin = _add_body(buffer, body_shown, raw.rest_positions, ground)

    material = {"metallicFactor": 0.0, "roughnessFactor": 0.7}
    nodes = _nodes(JOINT_NAMINGS[names], raw.offsets, ground)
    roots = [0, len(PARENTS)]
    animation = _add_animation(buffer, raw, motion.caption or "motion")
    if motion.root_path is not None:
        _add_root_path(buffer, animation, _path_at_rate(motion, raw), node=len(nodes))
        roots.append(len(nodes))
        nodes.append({"name": _ROOT_MOTION})

    document = {
        "asset": {"version": "2.0", "generator": "motionlcm", "extras": _extras(motion, raw)},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "meshes": [mesh],
        "skins": [skin],
        "materials": [{"name": "body", "pbrMetallicRoughness": material}],
        "animations": [animation],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.content)}],
    }
    return write_bytes(path, _pack(document, bytes(buffer.content)))


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


class _Buffer:
    """The binary part of a file, with the views and accessors that describe it."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(
        self,
        array: np.ndarray,
        *,
        target: int | None = None,
        is_normalized: bool = False,
        with_bounds: bool = False,
    ) -> int:
        """Append ``[N]`` or ``[N C]`` and return its accessor's index."""
        array = np.ascontiguousarray(array)
        view: dict[str, Any] = {
            "buffer": 0,
            "byteOffset": len(self.content),
            "byteLength": array.nbytes,
        }
        if target is not None:
            view["target"] = target

        accessor: dict[str, Any] = {
            "bufferView": len(self.views),
            "componentType": _COMPONENTS[array.dtype],
            "count": len(array),
            "type": _TYPES[array.shape[1] if array.ndim > 1 else 1],
        }
        if is_normalized:
            accessor["normalized"] = True
        if with_bounds:
            columns = array.reshape(len(array), -1)
            accessor["min"] = columns.min(axis=0).tolist()
            accessor["max"] = columns.max(axis=0).tolist()

        self.content += array.tobytes() + b"\0" * (-array.nbytes % 4)
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1


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
    buffer: _Buffer, body: BodyMesh, rest: np.ndarray, ground: np.ndarray
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


def _add_animation(buffer: _Buffer, raw: RawMotion, name: str) -> dict[str, Any]:
    """Add rotations of all joints, and positions of those that need them."""
    local, moves = stretching_joints(raw, _TOLERANCE)
    times = buffer.add((np.arange(raw.num_frames) / raw.fps).astype(np.float32), with_bounds=True)

    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for joint in range(len(raw.parents)):
        turns = raw.rotations[:, joint, [1, 2, 3, 0]].astype(np.float32)  # glTF writes xyzw
        tracks = [("rotation", turns / np.linalg.norm(turns, axis=-1, keepdims=True))]
        if moves[joint]:
            tracks.append(("translation", local[:, joint].astype(np.float32)))

        for kind, values in tracks:
            channels.append({"sampler": len(samplers), "target": {"node": joint, "path": kind}})
            samplers.append(
                {"input": times, "output": buffer.add(values), "interpolation": "LINEAR"}
            )
    return {"name": name, "channels": channels, "samplers": samplers}


def _path_at_rate(motion: Motion, raw: RawMotion) -> np.ndarray:
    """The way ``[T 3]`` that was taken out of a motion, in the key frames of the file."""
    assert motion.root_path is not None
    keys, frames = np.arange(raw.num_frames) / raw.fps, np.arange(motion.num_frames) / motion.fps
    return np.stack([np.interp(keys, frames, axis) for axis in motion.root_path.T], axis=-1)


def _add_root_path(
    buffer: _Buffer, animation: dict[str, Any], path: np.ndarray, *, node: int
) -> None:
    """Add the way ``[T 3]`` that was taken out of a motion as positions of a node."""
    samplers, channels = animation["samplers"], animation["channels"]
    channels.append({"sampler": len(samplers), "target": {"node": node, "path": "translation"}})
    output = buffer.add(path.astype(np.float32))
    times = samplers[0]["input"]
    samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})


def _pack(document: dict[str, Any], content: bytes) -> bytes:
    """A GLB: header, the JSON chunk padded with spaces, the binary chunk padded with zeros."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    content += b"\0" * (-len(content) % 4)

    length = 12 + 8 + len(text) + 8 + len(content)
    chunks = [struct.pack("<4sII", b"glTF", 2, length)]
    for kind, chunk in ((b"JSON", text), (b"BIN\0", content)):
        chunks += [struct.pack("<I4s", len(chunk), kind), chunk]
    return b"".join(chunks)
