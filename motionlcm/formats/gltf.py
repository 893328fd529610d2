"""GLB and glTF 2.0: the joints of the first skin and the first animation; writing lives in ``gltf_writer.py``.

Meshes and materials are not looked at. Buffers must be in the file itself (the binary chunk or data URIs). What
would be silently wrong is refused with one line: compressed or sparse key frames, squashed joints, links in circles.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers), 3.11 (animations), 4.4 (GLB), appendix C (cubic).
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.gltf_sampling import Track, frame_times, sample
from motionlcm.formats.gltf_writer import write_glb
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.rotations import from_matrix, inverse, multiply, normalize, rotate

__all__ = ["read_glb", "write_glb"]

_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MOST_NODES = 10_000
_MOST_VALUES = 20_000_000  # nodes times frames
_LARGEST = 2**31  # bytes


def read_glb(path: str | Path) -> RawMotion:
    """Read the animated joints of a GLB or glTF file.

    Returns:
        The motion in metres, Y up; its frame rate is that of the closest key frames. A leaf called ``..._end`` is an
        end site.
    Raises:
        ValueError: anything wrong with the file, with its name, what was found and what is expected.
    """
    path = Path(path)
    document, binary = _open(path)
    try:
        return _read(document, binary, path)
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(f"{path}: not valid glTF: {type(error).__name__} {error}") from None
    except ValueError as error:
        text = str(error)
        raise ValueError(text if str(path) in text else f"{path}: not valid glTF: {text}") from None


def _open(path: Path) -> tuple[dict[str, Any], bytes]:
    """(JSON, binary chunk)."""
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a GLB file")
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path}: has {path.stat().st_size} bytes, expected at most {_LARGEST}")
    content = path.read_bytes()
    if content[:4] != b"glTF":
        if path.suffix.lower() == ".gltf":
            return _parse_json(content, path), b""
        raise ValueError(f"{path}: starts with {content[:4]!r}, expected b'glTF': not a GLB file")
    if len(content) < 20:
        raise ValueError(f"{path}: the file is cut short: {len(content)} bytes")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise ValueError(f"{path}: is glTF version {version}, expected 2")
    if length != len(content):
        raise ValueError(f"{path}: the file is cut short or damaged: {len(content)} bytes, its header says {length}")
    chunks, at = [], 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<I4s", content, at)
        if at + 8 + size > length:
            raise ValueError(f"{path}: a chunk of {size} bytes does not fit in the file: damaged")
        chunks.append((kind, content[at + 8 : at + 8 + size]))
        at += 8 + size
    if not chunks or chunks[0][0] != b"JSON":
        raise ValueError(f"{path}: the first chunk is not JSON: damaged")
    binary = next((chunk for kind, chunk in chunks[1:] if kind == b"BIN\0"), b"")
    return _parse_json(chunks[0][1], path), binary


def _parse_json(content: bytes, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: its JSON cannot be read ({str(error)[:100]}): damaged") from None
    if not isinstance(document, dict):
        raise ValueError(f"{path}: its JSON is no object: not glTF")
    version = str(document.get("asset", {}).get("version", "")) if isinstance(document.get("asset"), dict) else ""
    if not version.startswith("2"):
        raise ValueError(f"{path}: is glTF version {version or 'unknown'}, expected 2.0")
    return document


def _read(document: dict[str, Any], binary: bytes, path: Path) -> RawMotion:
    nodes = document.get("nodes", [])
    if not nodes or not document.get("animations"):
        missing = "nodes" if not nodes else "animation"
        raise ValueError(f"{path}: holds no {missing}, so there is no motion; export it with its animation")
    if len(nodes) > _MOST_NODES:
        raise ValueError(f"{path}: holds {len(nodes)} nodes, expected at most {_MOST_NODES}")
    parents = _parents(nodes, path)
    tracks = _tracks(document, binary, path)
    order = _joints(document, parents, {node for node, _ in tracks}, path)
    times, fps = frame_times([track.times for (node, _), track in tracks.items() if node in order], str(path))
    place = {node: index for index, node in enumerate(order)}
    rest_places, rest_turns, scales = zip(*(_transform(nodes[node], path) for node in order))
    above = np.ones(len(order))  # the scale that a joint's place is seen in
    for index, node in enumerate(order):
        if index:
            parent = place[parents[node]]
            above[index] = above[parent] * scales[parent]
    count = len(times)
    if count * len(order) > _MOST_VALUES:
        raise ValueError(f"{path}: {count} frames of {len(order)} nodes, expected at most {_MOST_VALUES} in all")
    translations, rotations = np.empty((count, len(order), 3)), np.empty((count, len(order), 4))
    for index, node in enumerate(order):
        moved, turned = tracks.get((node, "translation")), tracks.get((node, "rotation"))
        local = rest_places[index] if moved is None else sample(moved, times)
        translations[:, index] = np.asarray(local) * above[index]
        rotations[:, index] = rest_turns[index] if turned is None else sample(turned, times, is_rotation=True)
    if not (np.isfinite(translations).all() and np.isfinite(rotations).all()):
        raise ValueError(f"{path}: key frames or nodes hold values that are not finite")
    if (np.linalg.norm(rotations, axis=-1) < 0.5).any():
        raise ValueError(f"{path}: a rotation has no length, expected unit quaternions")
    names = [str(nodes[node].get("name") or f"node{node}") for node in order]
    moving = {node for node, _ in tracks}
    parent_places = tuple(place[parents[node]] if index else -1 for index, node in enumerate(order))
    branches = set(parent_places)
    is_end = [
        name.lower().endswith("_end") and index not in branches and order[index] not in moving
        for index, name in enumerate(names)
    ]
    raw = RawMotion(
        names=tuple(names),
        parents=parent_places,
        offsets=np.array(rest_places) * above[:, None],
        translations=translations,
        rotations=normalize(rotations),
        fps=fps,
        is_end_site=np.array(is_end),
        metres_per_unit=1.0,
        source=path.name,
        is_y_up=True,
    )
    return _from_rest(raw, normalize(np.array(rest_turns)))


def _from_rest(raw: RawMotion, rest_turns: np.ndarray) -> RawMotion:
    """The same motion with rotations told from the nodes' rest pose ``[J 4]``, which becomes the zero pose."""
    world = rest_turns.copy()
    for joint, parent in enumerate(raw.parents):
        if parent >= 0:
            world[joint] = multiply(world[parent], rest_turns[joint])
    identity = np.array([[1.0, 0, 0, 0]])
    above = np.concatenate([identity, world[list(raw.parents[1:])]])
    return replace(
        raw,
        offsets=rotate(above, raw.offsets),
        translations=rotate(above[None], raw.translations),
        rotations=multiply(multiply(above[None], raw.rotations), inverse(world)[None]),
    )


def _parents(nodes: list[dict[str, Any]], path: Path) -> list[int]:
    """Parent of each node, -1 for roots."""
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parents[child] >= 0:
                raise ValueError(f"{path}: node {child} does not exist or has two parents")
            parents[child] = index
    for index in range(len(nodes)):
        steps, above = 0, index
        while above >= 0:
            above, steps = parents[above], steps + 1
            if steps > len(nodes):
                raise ValueError(f"{path}: the nodes are linked in a circle")
    return parents


def _joints(document: dict[str, Any], parents: list[int], moving: set[int], path: Path) -> list[int]:
    """The nodes to read, parents first: the skeleton's tree with all that it hangs from."""
    skins = document.get("skins") or []
    wanted = {joint for joint in skins[0]["joints"] if 0 <= joint < len(parents)} if skins else set(moving)
    if not wanted & moving:
        wanted = set(moving)

    def root_of(node: int) -> int:
        while parents[node] >= 0:
            node = parents[node]
        return node

    roots = [root_of(node) for node in sorted(wanted)]
    root = max(set(roots), key=roots.count)
    kept = set()
    for node in wanted:
        if root_of(node) == root:
            while node >= 0 and node not in kept:
                kept.add(node)
                node = parents[node]
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        if parent >= 0 and (node in kept or (parent in kept and "mesh" not in document["nodes"][node])):
            children.setdefault(parent, []).append(node)
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += reversed(children.get(node, []))
    return order


def _transform(node: dict[str, Any], path: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """(translation ``[3]``, rotation ``[4]`` wxyz, scale) of a node at rest."""
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=float).reshape(4, 4).T
        lengths = np.linalg.norm(matrix[:3, :3], axis=0)
        place, axes = matrix[:3, 3], matrix[:3, :3] / np.maximum(lengths, 1e-12)
        turn = from_matrix(axes)
        is_mirrored = np.linalg.det(axes) < 0
    else:
        place = np.array(node.get("translation", [0, 0, 0]), dtype=float).reshape(3)
        turn = np.array(node.get("rotation", [0, 0, 0, 1]), dtype=float).reshape(4)[[3, 0, 1, 2]]
        lengths = np.array(node.get("scale", [1, 1, 1]), dtype=float).reshape(3)
        is_mirrored = bool((lengths <= 0).any())
    if is_mirrored or not np.isfinite(lengths).all() or np.ptp(lengths) > 0.01 * np.abs(lengths).max():
        name = str(node.get("name", "without a name"))[:40]
        raise ValueError(
            f"{path}: node {name!r} has scale {lengths.tolist()}, expected one positive number for all axes; "
            "apply the scale before you export"
        )
    return place, turn, float(lengths.mean())


def _tracks(document: dict[str, Any], binary: bytes, path: Path) -> dict[tuple[int, str], Track]:
    """Key frames of the first animation by (node, "translation" or "rotation")."""
    animation = document["animations"][0]
    buffers: dict[int, bytes] = {}
    arrays: dict[int, np.ndarray] = {}

    def array(index: int) -> np.ndarray:
        if index not in arrays:
            arrays[index] = _accessor(document, index, binary, buffers, path)
        return arrays[index]

    tracks = {}
    for channel in animation["channels"]:
        target = channel["target"]
        kind, width = target.get("path"), {"translation": 3, "rotation": 4}.get(target.get("path"))
        if width is None or not isinstance(target.get("node"), int):
            continue
        if not 0 <= target["node"] < len(document["nodes"]):
            raise ValueError(f"{path}: the animation moves node {target['node']}, which does not exist")
        sampler = animation["samplers"][channel["sampler"]]
        times, values = array(sampler["input"])[:, 0], array(sampler["output"])
        tracks[target["node"], kind] = Track.checked(times, values, sampler.get("interpolation", "LINEAR"), str(path))
        if values.shape[1] != width:
            raise ValueError(f"{path}: a {kind} track has {values.shape[1]} numbers a key frame, expected {width}")
    if not tracks:
        raise ValueError(f"{path}: its first animation moves no joint")
    return tracks


def _accessor(document: dict[str, Any], index: int, binary: bytes, buffers: dict[int, bytes], path: Path) -> np.ndarray:
    """The numbers of an accessor ``[N C]`` as float64."""
    accessor = document["accessors"][index]
    if "sparse" in accessor or "bufferView" not in accessor:
        raise ValueError(f"{path}: sparse key frames are not read; export without sparse accessors")
    view = document["bufferViews"][accessor["bufferView"]]
    if "EXT_meshopt_compression" in view.get("extensions", {}):
        raise ValueError(f"{path}: its key frames are compressed (EXT_meshopt_compression); export without it")
    kind = np.dtype(_COMPONENTS[accessor["componentType"]])
    width, count = _WIDTHS[accessor["type"]], int(accessor["count"])
    if view["buffer"] not in buffers:
        buffers[view["buffer"]] = _buffer(document["buffers"][view["buffer"]], binary, path)
    content = buffers[view["buffer"]]
    start = int(view.get("byteOffset", 0)) + int(accessor.get("byteOffset", 0))
    stride = int(view.get("byteStride", 0)) or kind.itemsize * width
    last = start + (count - 1) * stride + kind.itemsize * width
    if count < 1 or start < 0 or stride < kind.itemsize * width or last > len(content):
        raise ValueError(f"{path}: accessor {index} of {count} elements does not fit in its buffer: damaged")
    values = np.ndarray((count, width), kind, content, start, (stride, kind.itemsize)).astype(np.float64)
    if accessor.get("normalized") and kind.kind in "iu":
        values = np.maximum(values / np.iinfo(kind).max, -1.0)
    return values


def _buffer(buffer: dict[str, Any], binary: bytes, path: Path) -> bytes:
    uri = buffer.get("uri")
    if uri is None:
        return binary
    if not str(uri).startswith("data:"):
        raise ValueError(f"{path}: its key frames are in another file ({str(uri)[:60]}); export as one GLB")
    try:
        return base64.b64decode(str(uri).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{path}: a data URI cannot be read: damaged") from None
