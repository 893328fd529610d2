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
from motionlcm.formats.fbx_bind_pose import bind_pose
from motionlcm.formats.gltf_document import GENERATOR, GltfDocument
from motionlcm.motion.rotations import from_matrix, to_matrix

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
    """The nodes of a scene as glTF has them, in metres or not, in the pose of the binding."""
    scene = fbx_scene(path)
    place = {node.typed_id: index for index, node in enumerate(scene.nodes)}
    above = [-1 if node.parent is None else place[node.parent.typed_id] for node in scene.nodes]
    order = sorted(range(len(place)), key=lambda index: scene.nodes[index].node_depth)
    bound = bind_pose(path)
    values = np.array([node_values(node) for node in scene.nodes]).reshape(-1, 10)
    _bind(values, above, order, [bound.get(node.name) for node in scene.nodes])

    nodes: list[dict[str, Any]] = []
    for node, row in zip(scene.nodes, values.tolist(), strict=True):
        item: dict[str, Any] = {
            "name": node.name or f"node{node.typed_id}",
            "translation": row[:3],
            "rotation": row[3:7],
            "is_root": node.parent is None,
        }
        if np.abs(np.array(row[7:]) - 1).max() > 1e-6:
            item["scale"] = row[7:]
        nodes.append(item)
    for index, parent in enumerate(above):
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(index)
    return nodes


def _bind(
    values: np.ndarray, above: list[int], order: list[int], bound: list[np.ndarray | None]
) -> None:
    """Put nodes where their skin was bound to them.

    Args:
        values: ``[N 10]`` translation, rotation xyzw and scale of each node; changed.
        above: the parents, -1 for a root.
        order: the nodes, parents first.
        bound: ``[4 4]`` each node's world matrix in that pose, where the file tells it.
    """
    worlds = np.tile(np.eye(4), (len(values), 1, 1))
    for index in order:
        parent = worlds[above[index]] if above[index] >= 0 else np.eye(4)
        row, matrix = values[index], bound[index]
        if matrix is not None and np.linalg.det(parent[:3, :3]) > 0:
            local = np.linalg.solve(parent, matrix)
            lengths = np.linalg.norm(local[:3, :3], axis=0)
            if lengths.min() > 0.9 * lengths.max() and np.linalg.det(local[:3, :3]) > 0:
                row[:3], row[7:] = local[:3, 3], lengths
                row[3:7] = from_matrix(local[:3, :3] / lengths)[[1, 2, 3, 0]]
        worlds[index, :3, :3] = to_matrix(row[[6, 3, 4, 5]]) * row[7:]
        worlds[index, :3, 3] = row[:3]
        worlds[index] = parent @ worlds[index]
