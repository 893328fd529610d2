"""The skeleton of an FBX character as glTF: its nodes, metres, Y up; no binding gives its mesh.

The packages that bind ufbx for Python hand out nodes and animations, not meshes and weights of
skins, so a file made from FBX has a skeleton that moves and no body; a note says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.body_check import metres_per_unit
from motionlcm.formats.fbx import fbx_scene, node_values
from motionlcm.formats.gltf_document import GENERATOR, GltfDocument
from motionlcm.motion.rotations import from_matrix

_NO_MESH = (
    "of FBX only the skeleton is read, so the file has no mesh; for the character with its mesh, "
    "export it as GLB: in Blender, File > Import > FBX, then File > Export > glTF 2.0 (.glb)"
)


def fbx_document(path: Path) -> tuple[GltfDocument, list[str]]:
    """The nodes of an FBX file as a glTF document, below a node that brings metres and Y up.

    Raises:
        ValueError: no such file, damaged, or pufbx is not installed.
    """
    nodes = _nodes(path)
    if not nodes:
        raise ValueError(f"{path}: holds no nodes, so there is no character to move")
    roots = [number for number, node in enumerate(nodes) if node.pop("is_root")]
    nodes.append({"name": path.stem, "children": roots})
    json = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "scene": 0,
        "scenes": [{"nodes": [len(nodes) - 1]}],
        "nodes": nodes,
    }
    return GltfDocument(path, json), [_NO_MESH]


def stand_in_metres(document: GltfDocument, leg: float, upright: np.ndarray) -> None:
    """Give the top node the scale and the turn that make a body stand in metres, Y up.

    Args:
        document: of ``fbx_document``.
        leg: length of the body's legs in the file's unit.
        upright: ``[3]`` the direction in which it stands.
    """
    scale = metres_per_unit(leg, None, [])
    axis = int(np.abs(upright).argmax())
    up = np.eye(3)[axis] * np.sign(upright[axis])
    ahead = np.eye(3)[2 if axis == 1 else (axis + 2) % 3] * (1 if axis == 1 else -1)
    turn = from_matrix(np.stack([np.cross(up, ahead), up, ahead]))
    top = document.json["nodes"][-1]
    top["scale"] = [scale] * 3
    top["rotation"] = turn[[1, 2, 3, 0]].tolist()


def _nodes(path: Path) -> list[dict[str, Any]]:
    """The nodes of a scene as glTF has them, in metres or not."""
    scene = fbx_scene(path)
    place = {node.typed_id: index for index, node in enumerate(scene.nodes)}
    nodes: list[dict[str, Any]] = []
    for node in scene.nodes:
        values = node_values(node)
        item: dict[str, Any] = {
            "name": node.name or f"node{node.typed_id}",
            "translation": values[:3],
            "rotation": values[3:7],
            "is_root": node.parent is None,
        }
        if np.abs(np.array(values[7:]) - 1).max() > 1e-6:
            item["scale"] = values[7:]
        nodes.append(item)
    for index, node in enumerate(scene.nodes):
        if node.parent is not None:
            nodes[place[node.parent.typed_id]].setdefault("children", []).append(index)
    return nodes
