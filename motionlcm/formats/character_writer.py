"""A GLB of the user's own character: the file as it was, and a new animation before its own.

Nothing of the file is left out: meshes, materials, skins, pictures, other nodes and extensions
stay, and so do the bytes of its buffers. Buffers and pictures in files beside a glTF file are taken
in, so that the GLB stands alone.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers), 3.8.3 (images), 3.11 (animations).
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.character import Character, open_character
from motionlcm.formats.character_pose import CharacterPose, pose_character
from motionlcm.formats.gltf_buffer import (
    BufferBuilder,
    NodeTrack,
    add_animation,
    add_root_path,
    pack_glb,
)
from motionlcm.formats.gltf_document import GENERATOR, valid_gltf
from motionlcm.formats.natural_rest import natural_motion, smooth_loop

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_MESHOPT = "EXT_meshopt_compression"
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}


def write_character(
    path: str | Path, motion: Motion, character: str | Path, *, fps: float | None = None
) -> Path:
    """Write a motion on a character as GLB, whole or not at all.

    Args:
        path: the file to write.
        motion: SMPL's 22 joints.
        character: the character's file: ``.glb``, ``.gltf``, ``.vrm`` or ``.fbx``.
        fps: key frames per second; the default is the motion's own rate, of a loop at least 60.
    Returns:
        The path written.
    Raises:
        ValueError: a file that is no character, in one line that tells why; ``path`` is the
            character's own file.
    """
    if Path(path).exists() and Path(path).samefile(character):
        raise ValueError(f"{path} is the character itself, which would be lost; give another name")
    body = open_character(character)
    raw = natural_motion(smooth_loop(motion, fps).travelling(), fps=fps)
    with valid_gltf(character):
        pose = pose_character(body, raw, in_place=motion.root_path is not None)
        content = _animated(body, pose, motion)
    return write_bytes(path, content)


def _animated(character: Character, pose: CharacterPose, motion: Motion) -> bytes:
    """The file's content with the animation."""
    document = copy.deepcopy(character.document.json)
    content = _embedded(character, document)
    buffer = BufferBuilder(content, document.get("bufferViews", ()), document.get("accessors", ()))
    _embed_pictures(character, document, buffer)

    nodes = document["nodes"]
    for joint in pose.rotations:
        _use_parts(nodes[character.nodes[joint]], character, joint)

    tracks = [NodeTrack(character.nodes[pose.root], "translation", pose.root_positions)]
    for joint, turns in pose.rotations.items():
        tracks.append(NodeTrack(character.nodes[joint], "rotation", turns))
    if motion.root_path is not None:
        _scene_nodes(document).append(len(nodes))
        tracks.append(add_root_path(nodes, pose.way))
    animation = add_animation(buffer, motion.caption or "motion", pose.fps, tracks)

    document["asset"] = {**document["asset"], "generator": GENERATOR}
    document["animations"] = [animation, *document.get("animations", [])]
    document["bufferViews"] = buffer.views
    document["accessors"] = buffer.accessors
    first = {key: value for key, value in _first_buffer(document).items() if key != "uri"}
    first["byteLength"] = len(buffer.content)
    document["buffers"] = [first, *document.get("buffers", [])[1:]]
    return pack_glb(document, bytes(buffer.content))


def _scene_nodes(document: dict[str, Any]) -> list[int]:
    """The numbers of the nodes at the top of the scene that is shown."""
    scenes = document.get("scenes") or [{}]
    document["scenes"] = scenes
    return scenes[document.get("scene", 0)].setdefault("nodes", [])


def _first_buffer(document: dict[str, Any]) -> dict[str, Any]:
    buffers = document.get("buffers") or [{}]
    return buffers[0]


def _use_parts(node: dict[str, Any], character: Character, joint: int) -> None:
    """Tell a node's transform by its parts: one with a matrix cannot be animated."""
    if node.pop("matrix", None) is None:
        return
    transform = character.local[joint]
    node["translation"] = transform.position.tolist()
    node["rotation"] = transform.rotation[[1, 2, 3, 0]].tolist()
    node["scale"] = [transform.scale] * 3


def _embedded(character: Character, document: dict[str, Any]) -> bytes:
    """All buffers one after the other as the first one; those without content stay as they are."""
    buffers = document.get("buffers", [])
    content = BufferBuilder()
    kept: list[dict[str, Any]] = []
    moved: dict[int, tuple[int, int]] = {}  # a buffer's index to its new one and its start there
    for index, item in enumerate(buffers):
        is_here = "uri" in item or index == 0
        if not is_here:  # the room for what a decoder unpacks
            moved[index] = (1 + len(kept), 0)
            kept.append(item)
            continue
        content.align()
        moved[index] = (0, len(content.content))
        content.content += character.document.buffer(index)[: int(item["byteLength"])]

    for view in document.get("bufferViews", []):
        packed = view.get("extensions", {}).get(_MESHOPT)
        for place in (view, packed) if packed else (view,):
            number, start = moved[place["buffer"]]
            place["buffer"] = number
            if start:
                place["byteOffset"] = int(place.get("byteOffset", 0)) + start
    if buffers:
        document["buffers"] = [buffers[0], *kept]
    return bytes(content.content)


def _embed_pictures(character: Character, document: dict[str, Any], buffer: BufferBuilder) -> None:
    """Take in the pictures in files beside a glTF file; those that are absent keep their name."""
    for picture in document.get("images", []):
        uri = str(picture.get("uri", ""))
        kind = _PICTURES.get(Path(uri).suffix.lower())
        if not uri or uri.startswith("data:") or kind is None:
            continue
        try:
            content = character.document.beside(uri)
        except ValueError:
            continue
        del picture["uri"]
        picture["mimeType"] = kind
        picture["bufferView"] = buffer.add_bytes(content)
