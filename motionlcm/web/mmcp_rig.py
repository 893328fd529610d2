"""A client's own skeleton: which of its joints are whose, and how a motion looks on it.

MMCP's skeletons are told by rest positions alone, along the world's axes: every rotation is the one
that a joint has turned through since the rest pose, which may be a T-pose, an A-pose or any other
that stands. Such a skeleton is a character without a mesh, so its joints are found and turned as
those of a character's file are (``formats/character_pose.py``). Only the way differs: the pelvis is
exactly where the motion's is, since clients fix its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import Character
from motionlcm.formats.character_pose import check_tree, placed_joints, turned_joints
from motionlcm.formats.gltf_document import GltfDocument
from motionlcm.formats.gltf_nodes import NodeTransform
from motionlcm.formats.joint_names import JOINT_NAMINGS, check_joints, find_body
from motionlcm.formats.leaves import place_leaves
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.trunk import place_joints, positions_at
from motionlcm.motion.rotations import inverse, make_continuous, multiply, normalize
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22

MOST_JOINTS = 1000
#: Of the model's own skeleton, in the order of ``JOINT_NAMES``. Blender's add-on offers hands and
#: feet to be pinned by these names alone.
CANONICAL_NAMES = JOINT_NAMINGS["motionbuilder"]

_LIMBS = SMPL_22.limbs
_FEET = [joint for foot in _LIMBS.feet for joint in foot]
_SOLE = 0.12  #: of a leg: farther from the floor is no joint that is in a foot
_LEGS = (0.05, 20.0)  # metres, of a skeleton that can be a body
_SOURCE = "the skeleton"


def read_rig(names: Sequence[str], parents: Sequence[int], translations: np.ndarray) -> Character:
    """Read a client's skeleton as a character whose joints are numbered as the client's.

    Args:
        names: of ``N`` joints.
        parents: of each, before it; -1 for the root.
        translations: ``[N 3]`` metres from the parent's place; the root's place.
    Raises:
        ValueError: no human body; one line.
    """
    count = len(names)
    if count > MOST_JOINTS:
        raise ValueError(f"a skeleton has at most {MOST_JOINTS} joints, got {count}")
    offsets = np.array(translations, np.float64).reshape(count, 3)
    if not (np.isfinite(offsets).all() and np.abs(offsets).max() < 1e3):
        raise ValueError("rest_translation must be finite and below 1000 metres")

    raw = RawMotion(
        names=tuple(names),
        parents=tuple(parents),
        offsets=offsets,
        translations=offsets[None],
        rotations=unturned(1, count),
        fps=20.0,
        is_end_site=np.zeros(count, bool),
        metres_per_unit=1.0,
        source=_SOURCE,
        is_y_up=True,
    )
    notes: list[str] = []
    rest, joints = place_leaves(raw, find_body(raw, notes), notes)
    check_joints(rest, joints)
    rig = Character(
        document=GltfDocument(Path(_SOURCE), {"nodes": [{"name": name} for name in names]}),
        nodes=tuple(range(count)),
        parents=raw.parents,
        local=tuple(NodeTransform(place, unturned(1, 1)[0, 0], 1.0) for place in offsets),
        rest_rotations=unturned(1, count)[0],
        rest=rest,
        joints=joints,
        points=place_joints(rest, joints, notes),
        notes=tuple(notes),
    )
    check_tree(rig)
    if not _LEGS[0] <= rig.leg <= _LEGS[1]:
        raise ValueError(f"legs of {rig.leg:.3g} metres are no body's; send metres")
    return rig


def names_on(rig: Character) -> dict[str, str]:
    """SMPL's names to the client's, of the joints that it has."""
    names = {}
    for joint, point in zip(JOINT_NAMES, rig.points, strict=True):
        is_one = point.first == point.second
        number = rig.joints.get(joint, point.first if is_one else rig.count)
        if number < rig.count:
            names[joint] = rig.rest.names[number]
    return names


def canonical_on(rig: Character) -> dict[str, str]:
    """The names of the model's own skeleton to the client's, of the joints that it has."""
    names = names_on(rig)
    pairs = zip(CANONICAL_NAMES, JOINT_NAMES, strict=True)
    return {canonical: names[own] for canonical, own in pairs if own in names}


def unturned(frames: int, joints: int) -> np.ndarray:
    """Rotations ``[T J 4]`` that turn nothing."""
    rotations = np.zeros((frames, joints, 4))
    rotations[..., 0] = 1
    return rotations


def moved(rig: Character, local: np.ndarray, root: np.ndarray) -> RawMotion:
    """The skeleton in motion; joints that it lacks, placed after its own, are at rest on theirs.

    Args:
        rig: of ``N`` joints.
        local: ``[T N 4]`` rotations from the rest pose.
        root: ``[T 3]`` places of the first joint.
    """
    rotations = unturned(len(local), len(rig.rest.names))
    rotations[:, : rig.count] = local
    translations = np.tile(rig.rest.offsets, (len(local), 1, 1))
    translations[:, 0] = root
    return replace(rig.rest, rotations=rotations, translations=translations)


def pose_rig(
    rig: Character, raw: RawMotion, scale: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Put a motion onto a skeleton.

    Args:
        rig: of ``N`` joints.
        raw: as for ``pose_character``.
        scale: how much larger the skeleton is than the motion's body; None: by their legs.
    Returns:
        Local rotations ``[T N 4]`` wxyz, continuous over time, and places of the root ``[T 3]``.
    """
    world, _ = placed_joints(rig, turned_joints(rig, raw))
    local = world.copy()
    hanging = [joint for joint in range(rig.count) if rig.parents[joint] >= 0]
    above = [rig.parents[joint] for joint in hanging]
    local[:, hanging] = multiply(inverse(world[:, above]), world[:, hanging])
    local = make_continuous(normalize(local), axis=0)

    scale = rig.leg / leg_length(raw.positions) if scale is None else scale
    bodies = moved(rig, local, np.zeros((len(local), 3)))
    return local, _shift(rig, raw, bodies.positions, scale)


def foot_heights(rig: Character, places: np.ndarray) -> np.ndarray:
    """How high the lower foot is over the floor ``[...]``, for joints at ``places`` [... 22 3].

    It is told from how high the feet's joints are when the body stands at rest.
    """
    own = rig.positions[_FEET, 1] - _floor(rig)
    return (places[..., _FEET, 1] - own).min(axis=-1)


def _floor(rig: Character) -> float:
    """How high the floor is that the body stands on at rest: MMCP's at 0, if it can be that.

    The lowest joint is some way above the sole. Only a body that stands nowhere near 0, such as one
    whose hips are at the origin, stands on its lowest joint.
    """
    lowest = float(rig.rest.rest_positions[:, 1].min())
    return 0.0 if abs(lowest) <= _SOLE * rig.leg else lowest


def _shift(rig: Character, raw: RawMotion, positions: np.ndarray, scale: float) -> np.ndarray:
    """Where the root is ``[T 3]``, for joints at ``positions`` seen from it."""
    placed = positions_at(rig.points, positions)
    shift = raw.positions[:, _LIMBS.pelvis] * scale - placed[:, _LIMBS.pelvis]

    stand = raw.rest_positions[_FEET, 1] - raw.rest_positions[_FEET, 1].min()
    wanted = (raw.positions[:, _FEET, 1] - stand).min(axis=1) * scale
    shift[:, 1] = wanted - foot_heights(rig, placed)
    return shift
