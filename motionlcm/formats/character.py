"""A character: the humanoid joints of a GLB, glTF or VRM file, in the rest pose of its skin.

Joints are found by the rules of every other file (``joint_names.py``, ``leaves.py``, ``trunk.py``).
The rest pose is that of the skin's inverse bind matrices, since the nodes may stand in any frame of
some animation; it may be a T-pose, an A-pose, or have its arms down.

Source: Khronos, glTF 2.0 specification, section 3.7.3 (skins).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.gltf_choice import node_names, vrm_bones
from motionlcm.formats.gltf_document import GltfDocument, valid_gltf
from motionlcm.formats.gltf_nodes import (
    NodeTransform,
    body_nodes,
    end_sites,
    node_parents,
    node_transform,
)
from motionlcm.formats.joint_names import REQUIRED, find_body
from motionlcm.formats.joint_words import ancestors
from motionlcm.formats.leaves import place_leaves
from motionlcm.formats.raw import RawMotion, rotations_in_world, scales_above, told_from_rest
from motionlcm.formats.trunk import Point, place_joints, positions_at
from motionlcm.formats.upright import standing_axis
from motionlcm.motion.rotations import from_matrix, inverse, multiply, normalize
from motionlcm.motion.skeleton import JOINT_NAMES

#: How names of character files may end.
CHARACTER_SUFFIXES = (".glb", ".gltf", ".vrm", ".fbx")
_SHOWN = 12  # names of a file's joints in a message
_UNLIKE = 20  # times as long that no bone of a limb is beside another


@dataclass(frozen=True, eq=False)
class Character:
    """The joints of a character's file, a parent before its children.

    Attributes:
        document: the file.
        nodes: ``[N]`` each joint's node in the file.
        parents: ``[N]`` the joint above each; -1 at the root.
        local: each joint's transform on its parent, as the file's nodes stand.
        rest_rotations: ``[N 4]`` world rotations in the rest pose.
        rest: the rest pose as a motion of one frame without rotations, in the file's unit; joints
            that the file lacks (toes, hands) are placed after the ``N`` others.
        joints: SMPL's names to joints, for the limbs, the head and the collars if there are any.
        points: a place for each of SMPL's 22 joints.
        notes: what was assumed and placed.
    """

    document: GltfDocument
    nodes: tuple[int, ...]
    parents: tuple[int, ...]
    local: tuple[NodeTransform, ...]
    rest_rotations: np.ndarray
    rest: RawMotion
    joints: dict[str, int]
    points: list[Point]
    notes: tuple[str, ...] = ()

    @property
    def positions(self) -> np.ndarray:
        """``[22 3]`` places of SMPL's joints in the rest pose, in the file's unit and axes."""
        return positions_at(self.points, self.rest.positions)[0]

    @property
    def count(self) -> int:
        """``N``."""
        return len(self.nodes)

    @property
    def leg(self) -> float:
        """Length of thigh and shin in the file's unit, the mean of left and right."""
        return leg_length(self.positions[None])

    @property
    def scales(self) -> np.ndarray:
        """``[N]`` how much larger each joint's own frame is than the world's."""
        own = np.array([transform.scale for transform in self.local])
        return own * scales_above(own, self.parents)


def open_character(path: str | Path) -> Character:
    """Read a character's joints, and refuse one that a motion cannot be put onto.

    Args:
        path: ``.glb``, ``.gltf`` (with what belongs to it beside it), ``.vrm`` or ``.fbx``.
    Raises:
        ValueError: another kind of file, damaged, no skin, or joints of a body that were not found;
            one line that names them.
    """
    path = Path(path)
    if path.suffix.lower() not in CHARACTER_SUFFIXES:
        raise ValueError(
            f"{path}: a character is a file that ends in {', '.join(CHARACTER_SUFFIXES)}"
        )
    if path.suffix.lower() == ".fbx":
        from motionlcm.formats.character_fbx import fbx_document

        return _in_metres(_read(*fbx_document(path), has_skin=False))

    with valid_gltf(path):
        return _read(GltfDocument(path), [])


def _in_metres(character: Character) -> Character:
    """A character of a file that says neither its unit nor its axes, in metres and Y up."""
    from motionlcm.formats.character_fbx import stand_in_metres

    places = character.positions
    body = places[JOINT_NAMES.index("head")] - places[JOINT_NAMES.index("left_ankle")]
    stand_in_metres(character.document, character.leg, body)
    notes = [note for note in character.notes if "placed" not in note]
    return _read(character.document, notes, has_skin=False)


def _read(document: GltfDocument, notes: list[str], *, has_skin: bool = True) -> Character:
    path, nodes = document.path, document.json.get("nodes") or []
    parents_of = node_parents(nodes, path)
    skinned = {joint for skin in document.json.get("skins") or [] for joint in skin["joints"]}
    bones = skinned | set(vrm_bones(document, len(nodes)))
    bones = {bone for bone in bones if 0 <= bone < len(nodes)}
    if not has_skin:
        bones = set(range(len(nodes)))
    if not bones:
        raise ValueError(
            f"{path}: holds no skin, so there is no character to move; "
            "export the character with its mesh and its skeleton"
        )

    order = body_nodes(document, parents_of, bones, notes)
    place = {node: joint for joint, node in enumerate(order)}
    parents = tuple(place.get(parents_of[node], -1) for node in order)
    local = tuple(_transform(nodes[node], path) for node in order)
    names = [node_names(document)[node] for node in order]

    turns, rest = _rest_pose(document, order, names, parents, local)
    joints = find_body(rest, notes)
    rest, joints = place_leaves(rest, joints, notes)
    _check_joints(path, joints, [name for name, node in zip(names, order) if node in bones])
    _check_scales(nodes, order, rest, joints, path)
    points = place_joints(rest, joints, notes)
    _check_size(positions_at(points, rest.positions)[0], path)
    return Character(
        document, tuple(order), parents, local, turns, rest, joints, points, tuple(notes)
    )


def _transform(node: dict[str, Any], path: Path) -> NodeTransform:
    """A node at rest; a squashed one, which only counts on the way to a limb, as if it were not."""
    try:
        return node_transform(node, path)
    except ValueError:
        plain = {key: value for key, value in node.items() if key not in ("matrix", "scale")}
        return node_transform(plain, path)


def _check_scales(
    nodes: list[dict[str, Any]],
    order: list[int],
    rest: RawMotion,
    joints: dict[str, int],
    path: Path,
) -> None:
    """Refuse joints of the body that are squashed or mirrored, and parents of them."""
    body = {joint for joint in joints.values() if joint < len(order)}
    body |= {above for joint in body for above in ancestors(rest, joint)}
    for joint in sorted(body):
        node_transform(nodes[order[joint]], path)


def _rest_pose(
    document: GltfDocument,
    order: list[int],
    names: list[str],
    parents: tuple[int, ...],
    local: tuple[NodeTransform, ...],
) -> tuple[np.ndarray, RawMotion]:
    """(world rotations ``[N 4]``, the pose) that the skin was made for; else that of the nodes."""
    turns = np.array([transform.rotation for transform in local])
    standing = _pose(document, names, parents, local, turns)
    bound = _bind_rotations(document, order, parents, turns)
    binding = _pose(document, names, parents, local, bound)

    # A skin whose own pose lies or hangs, and nodes that stand: the nodes are the better rest.
    is_bound = _stands(binding[1]) or not _stands(standing[1])
    return binding if is_bound else standing


def _bind_rotations(
    document: GltfDocument, order: list[int], parents: tuple[int, ...], turns: np.ndarray
) -> np.ndarray:
    """Local rotations ``[N 4]`` in which the skins were bound; of other nodes their own."""
    bound: dict[int, np.ndarray] = {}
    for skin in document.json.get("skins") or []:
        if "inverseBindMatrices" not in skin:
            continue
        matrices = document.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4)
        for node, matrix in zip(skin["joints"], matrices):
            axes = matrix[:3, :3]  # glTF's is column by column, so these are the inverse's axes
            lengths = np.linalg.norm(axes, axis=1)
            is_sound = lengths.min() > 0.9 * lengths.max() > 0 and np.linalg.det(axes) > 0
            if is_sound and node not in bound:
                bound[node] = from_matrix(axes / lengths[:, None])

    world, local = turns.copy(), turns.copy()
    for joint, parent in enumerate(parents):
        above = world[parent] if parent >= 0 else np.array([1.0, 0, 0, 0])
        world[joint] = bound.get(order[joint], multiply(above, turns[joint]))
        local[joint] = multiply(inverse(above), world[joint])
    return local


def _pose(
    document: GltfDocument,
    names: list[str],
    parents: tuple[int, ...],
    local: tuple[NodeTransform, ...],
    turns: np.ndarray,
) -> tuple[np.ndarray, RawMotion]:
    """(world rotations ``[N 4]``, the pose of the joints) with local rotations ``turns [N 4]``."""
    scales = scales_above(np.array([transform.scale for transform in local]), parents)
    offsets = np.array([transform.position for transform in local]) * scales[:, None]
    raw = RawMotion(
        names=tuple(names),
        parents=parents,
        offsets=offsets,
        translations=offsets[None],
        rotations=normalize(turns)[None],
        fps=20.0,
        is_end_site=end_sites(names, parents),
        source=document.path.name,
        is_y_up=True,
    )
    world = rotations_in_world(parents, normalize(turns))
    return world, told_from_rest(raw, normalize(turns))


def _stands(pose: RawMotion) -> bool:
    """Whether a pose has its legs down and its trunk up, along an axis."""
    joints = find_body(pose, [])
    if not set(REQUIRED) <= set(joints):
        return False
    places = np.zeros((len(JOINT_NAMES), 3))
    for name, joint in joints.items():
        places[JOINT_NAMES.index(name)] = pose.positions[0, joint]
    hips = [places[JOINT_NAMES.index(f"{side}_hip")] for side in ("left", "right")]
    places[0] = np.mean(hips, axis=0)
    return standing_axis(places) is not None


def _check_joints(path: Path, joints: dict[str, int], names: list[str]) -> None:
    missing = [name.replace("_", " ") for name in REQUIRED if name not in joints]
    if missing:
        rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = ", ".join(name[:40] for name in names[:_SHOWN])
        raise ValueError(
            f"{path}: no joint found for {', '.join(missing)} among {shown}{rest}; a character "
            "needs legs, arms and a head, named as SMPL, Mixamo, VRM or Unreal name them"
        )


def _check_size(places: np.ndarray, path: Path) -> None:
    """Refuse a body whose limbs have no length, or one that no body's are of."""
    lengths = {}
    for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow")):
        for side in ("left", "right"):
            ends = [JOINT_NAMES.index(f"{side}_{part}") for part in (upper, lower)]
            length = float(np.linalg.norm(places[ends[0]] - places[ends[1]]))
            between = f"{side} {upper} and {side} {lower}"
            if not (np.isfinite(length) and length > 0):
                raise ValueError(f"{path}: no distance between {between}: no body to move")
            lengths[between] = length

    longest, shortest = max(lengths, key=lengths.__getitem__), min(lengths, key=lengths.__getitem__)
    if lengths[longest] > _UNLIKE * lengths[shortest]:
        raise ValueError(
            f"{path}: between {longest} are {lengths[longest]:.4g} units, between {shortest} "
            f"{lengths[shortest]:.4g}: no body to move; if its joints are scaled, apply "
            "their scale and export it again"
        )
