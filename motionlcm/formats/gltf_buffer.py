"""The binary part of a GLB file while it is written, and the file made of it.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers) and 4.4 (GLB).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_ROOT_MOTION = "root_motion"  # the node that has the way of a body that was put in place
#: glTF's numbers for the types of components.
_COMPONENTS = {
    np.dtype(np.float32): 5126,
    np.dtype(np.uint8): 5121,
    np.dtype(np.uint16): 5123,
    np.dtype(np.uint32): 5125,
}
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class BufferBuilder:
    """The binary part of a file, with the views and accessors that describe it.

    Args:
        content, views, accessors: what a file has already; new ones come after.
    """

    def __init__(
        self,
        content: bytes = b"",
        views: Sequence[dict[str, Any]] = (),
        accessors: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.content = bytearray(content)
        self.views = list(views)
        self.accessors = list(accessors)
        self.align()

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

        self.content += array.tobytes()
        self.align()
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_bytes(self, content: bytes) -> int:
        """Append any content and return its view's index."""
        view = {"buffer": 0, "byteOffset": len(self.content), "byteLength": len(content)}
        self.content += content
        self.align()
        self.views.append(view)
        return len(self.views) - 1

    def align(self) -> None:
        """Fill up to a multiple of four bytes, where the next content may begin."""
        self.content += b"\0" * (-len(self.content) % 4)


@dataclass(frozen=True, eq=False)
class NodeTrack:
    """How one property of a node moves.

    Attributes:
        node: its index in the file.
        kind: ``"rotation"`` or ``"translation"``.
        values: ``[T 4]`` unit quaternions wxyz, or ``[T 3]`` positions on the parent.
    """

    node: int
    kind: str
    values: np.ndarray


def add_animation(
    buffer: BufferBuilder, name: str, fps: float, tracks: Sequence[NodeTrack]
) -> dict[str, Any]:
    """Add the key frames of an animation; return what the file's JSON says of it."""
    frames = np.arange(len(tracks[0].values))
    times = buffer.add((frames / fps).astype(np.float32), with_bounds=True)

    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for track in tracks:
        values = track.values.astype(np.float32)
        if track.kind == "rotation":
            values = values[:, [1, 2, 3, 0]]  # glTF writes xyzw
            values = values / np.linalg.norm(values, axis=-1, keepdims=True)
        target = {"node": track.node, "path": track.kind}
        channels.append({"sampler": len(samplers), "target": target})
        samplers.append({"input": times, "output": buffer.add(values), "interpolation": "LINEAR"})
    return {"name": name, "channels": channels, "samplers": samplers}


def add_root_path(nodes: list[dict[str, Any]], path: np.ndarray) -> NodeTrack:
    """Add a node to those of the file that goes the way ``[T 3]`` which was taken out of a motion
    put in place."""
    nodes.append({"name": _ROOT_MOTION})
    return NodeTrack(len(nodes) - 1, "translation", path)


def pack_glb(document: dict[str, Any], content: bytes) -> bytes:
    """A GLB: header, the JSON chunk padded with spaces, the binary chunk padded with zeros."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    content += b"\0" * (-len(content) % 4)

    length = 12 + 8 + len(text) + 8 + len(content)
    chunks = [struct.pack("<4sII", b"glTF", 2, length)]
    for kind, chunk in ((b"JSON", text), (b"BIN\0", content)):
        chunks += [struct.pack("<I4s", len(chunk), kind), chunk]
    return b"".join(chunks)
