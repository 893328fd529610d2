"""The tree of a glTF file's nodes, and their transforms at rest.

Source: Khronos, glTF 2.0 specification, section 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.gltf_document import GltfDocument
from motionlcm.motion.rotations import from_matrix

_MOST_NODES = 10_000
_BODY = 10  # moving joints that another body has at least


@dataclass(frozen=True, eq=False)
class NodeTransform:
    """A node at rest: position ``[3]`` on its parent, rotation ``[4]`` wxyz, scale of all axes."""

    position: np.ndarray
    rotation: np.ndarray
    scale: float


def node_parents(nodes: list[dict[str, Any]], path: Path) -> list[int]:
    """Parent of each node, -1 for roots.

    Raises:
        ValueError: more nodes than are read, or links that make no tree.
    """
    if len(nodes) > _MOST_NODES:
        raise ValueError(f"{path}: holds {len(nodes)} nodes, expected at most {_MOST_NODES}")
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parents[child] >= 0:
                raise ValueError(f"{path}: node {child} does not exist or has two parents")
            parents[child] = index

    # What no root leads to is linked in a circle.
    reached = [index for index, parent in enumerate(parents) if parent < 0]
    for index in reached:
        reached += nodes[index].get("children", [])
    if len(reached) < len(nodes):
        raise ValueError(f"{path}: the nodes are linked in a circle")
    return parents


def root_of_node(node: int, parents: list[int]) -> int:
    """The node at the top of the node's tree."""
    while parents[node] >= 0:
        node = parents[node]
    return node


def node_transform(node: dict[str, Any], path: Path) -> NodeTransform:
    """The transform of a node at rest, told as a matrix or as its parts."""
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=float).reshape(4, 4).T  # glTF's is column by column
        lengths = np.linalg.norm(matrix[:3, :3], axis=0)
        axes = matrix[:3, :3] / np.maximum(lengths, 1e-12)
        position, rotation = matrix[:3, 3], from_matrix(axes)
        is_mirrored = np.linalg.det(axes) < 0
    else:
        position = np.array(node.get("translation", [0, 0, 0]), dtype=float).reshape(3)
        xyzw = np.array(node.get("rotation", [0, 0, 0, 1]), dtype=float).reshape(4)
        rotation = xyzw[[3, 0, 1, 2]]
        lengths = np.array(node.get("scale", [1, 1, 1]), dtype=float).reshape(3)
        is_mirrored = bool((lengths <= 0).any())

    is_finite = np.isfinite(lengths).all()
    if is_mirrored or not is_finite or np.ptp(lengths) > 0.01 * np.abs(lengths).max():
        name = str(node.get("name", "without a name"))[:40]
        raise ValueError(
            f"{path}: node {shown(name)} has scale {lengths.tolist()}, "
            "expected one positive number for all axes; apply the scale before you export"
        )
    return NodeTransform(position, rotation, float(lengths.mean()))


def end_sites(names: Sequence[str], parents: Sequence[int]) -> np.ndarray:
    """Which joints ``[J]`` only mark the end of a bone: leaves called ``..._end``."""
    inner = set(parents)
    is_end = [
        name.lower().endswith("_end") and joint not in inner for joint, name in enumerate(names)
    ]
    return np.array(is_end, bool)


def body_nodes(
    document: GltfDocument, parents: list[int], moving: set[int], notes: list[str]
) -> list[int]:
    """The nodes to read, parents first: the skeleton's tree with all that it hangs from."""
    wanted = set(moving)
    for skin in document.json.get("skins") or []:
        skinned = {joint for joint in skin["joints"] if 0 <= joint < len(parents)}
        wanted |= skinned if skinned & moving else set()  # a skin may be of another body

    # Of several trees, the one that holds most of them.
    root_of = {node: root_of_node(node, parents) for node in sorted(wanted)}
    roots = list(root_of.values())
    root = max(dict.fromkeys(roots), key=roots.count)
    others = [other for other in dict.fromkeys(roots) if roots.count(other) >= _BODY]
    others = [other for other in others if other != root]
    if others:
        names = [str(document.json["nodes"][other].get("name") or other) for other in others]
        notes.append(f"other moving bodies are left out: {', '.join(names)}")

    # The nodes wanted in it, and all on the way down to them.
    kept: set[int] = set()
    for node in (node for node in wanted if root_of[node] == root):
        while node >= 0 and node not in kept:
            kept.add(node)
            node = parents[node]

    # Depth first. Children of kept nodes come along, fingers and end sites among them, not meshes.
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        is_bone = node in kept or (parent in kept and _is_helper(document, node))
        if parent >= 0 and is_bone:
            children.setdefault(parent, []).append(node)

    order, stack = [], [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += reversed(children.get(node, []))
    return order


def _is_helper(document: GltfDocument, node: int) -> bool:
    """Whether a node that nothing moves may come along: no mesh, and nothing wrong with it."""
    try:
        node_transform(document.json["nodes"][node], document.path)
    except (ValueError, TypeError, KeyError):
        return False
    return "mesh" not in document.json["nodes"][node]
