"""A motion on a character: the rotations of its joints, and where its pelvis is.

Limbs, trunk and neck point where those of the motion do, exactly; collars and feet, which differ
from body to body, move as the motion's move from its own rest pose. The way is scaled by the length
of the legs, and the body is lifted or lowered so that its soles are as high above the floor as the
motion's. All other joints (fingers, twist bones, hair) stay as they are on the joint above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import Character
from motionlcm.formats.character_feet import FootPitch, find_feet, foot_pitches, plant_feet
from motionlcm.formats.character_ground import lie_on_floor, lift_from_floor, limited_steps
from motionlcm.formats.character_hands import lift_hands
from motionlcm.formats.character_rest import collar_joint, t_pose_turns
from motionlcm.formats.character_soles import points_above
from motionlcm.formats.character_trunk import leads_alike, trunk_bone, trunk_joints, trunk_rotation
from motionlcm.formats.joint_words import ancestors
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import (
    bearing_feet,
    feet_lead,
    level_feet,
    on_its_floor,
    settled,
    sole_heights,
)
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.loops import is_looped, root_path
from motionlcm.motion.rotations import (
    between,
    inverse,
    make_continuous,
    multiply,
    normalize,
    rotate,
)
from motionlcm.motion.seams import even_middle
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES, SMPL_22

_LIMBS = SMPL_22.limbs
_IN_THE_AIR = (0.05, 0.3)  # metres of both soles above the floor, on it and free of it
#: Metres of a knee above the floor: of who kneels down and of others, of who kneels on it and not.
_KNEELING, _ON_KNEES = (0.1, 0.3), (0.06, 0.12)
_STILL = 1e-4  #: metres that the pelvis of a motion in place moves
_CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))


@dataclass(frozen=True, eq=False)
class CharacterPose:
    """What is animated of a character.

    Attributes:
        rotations: joint to its local rotations ``[T 4]``.
        root: the joint that is moved, too.
        root_positions: ``[T 3]`` its places on its parent.
        world_rotations: ``[T N 4]`` of all joints.
        world_positions: ``[T N 3]`` of all joints, in the file's unit.
        way: ``[T 3]`` over the floor, taken out of the hips for them to stay above their start.
        scale: how much larger the character is than the motion's body, by the legs, in its unit.
        fps: frames per second.
    """

    rotations: dict[int, np.ndarray]
    root: int
    root_positions: np.ndarray
    world_rotations: np.ndarray
    world_positions: np.ndarray
    way: np.ndarray
    scale: float
    fps: float


def pose_character(
    character: Character, raw: RawMotion, *, in_place: bool = False
) -> CharacterPose:
    """Put a motion onto a character.

    What is to be in place should still go its way: that tells which feet stand.

    Args:
        character: any rest pose, proportions and axes.
        raw: the 22 joints in metres, Y up, told from a T-pose that faces +Z
            (``natural_rest.natural_motion``).
        in_place: whether the hips stay above their start. They do, too, where the motion's do.
    Raises:
        ValueError: arms or legs of the character that do not hang on its trunk, or places that are
            not finite.
    """
    raw = on_its_floor(raw)
    turned = turned_joints(character, raw)
    root = character.points[0].first
    check_tree(character)
    positions = placed_joints(character, turned)[1]

    # The way of the hips is that of the motion's, in the character's size.
    scale = character.leg / leg_length(raw.positions)
    hips = [character.joints[f"{side}_hip"] for side in SIDES]
    middle = raw.positions[:, list(_LIMBS.hips)].mean(axis=1) * scale
    shift = middle - positions[:, hips].mean(axis=1)

    below = _below(character, root)
    positions[:, below] += shift[:, None]
    shift[:, 1] += _stand(character, raw, turned, positions[..., 1], scale)

    def place() -> np.ndarray:
        places = placed_joints(character, turned)[1]
        places[:, below] += shift[:, None]
        return places

    if is_looped(raw.positions):
        shift = shift + even_middle(place()[:, sorted(turned)], raw.fps)
    way = root_path(place()[:, root, None]) * (in_place or _is_in_place(raw))
    shift = shift - way
    lift_hands(character, raw, turned, place)
    world, positions = placed_joints(character, turned)[0], place()

    _check_finite(character, world, positions)
    local = {joint: _local(character, world, joint) for joint in turned}
    return CharacterPose(
        rotations={joint: make_continuous(normalize(turn)) for joint, turn in local.items()},
        root=root,
        root_positions=_root_positions(character, world, positions, root),
        world_rotations=world,
        world_positions=positions,
        way=way,
        scale=scale,
        fps=raw.fps,
    )


def _stand(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    heights: np.ndarray,
    scale: float,
) -> np.ndarray:
    """Put the feet on the floor, in ``turned``, and tell how far ``[T]`` the body goes up for it.

    Args:
        character, raw, turned: as for ``turned_joints``, and what that returned.
        heights: ``[T N]`` of all joints, hips as high as the motion's, in the file's unit.
        scale: of a metre of the motion in it.
    """
    feet = find_feet(character, scale)
    pitches = foot_pitches(feet, raw, turned)
    up = _height_above(character, raw, turned, heights / scale, pitches) * scale
    up += lift_from_floor(character, raw, turned, heights + up[:, None])
    up += lie_on_floor(character, raw, turned, heights + up[:, None])
    up = settled(up / scale, raw) * scale

    ankles = heights[:, [foot.ankle for foot in feet]] + up[:, None]
    plant_feet(feet, pitches, raw, turned, ankles / scale)
    return up


def _is_in_place(raw: RawMotion) -> bool:
    return bool(np.ptp(raw.positions[:, _LIMBS.pelvis, ::2], axis=0).max() < _STILL)


def _height_above(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    heights: np.ndarray,
    pitches: list[FootPitch],
) -> np.ndarray:
    """How far ``[T]`` a body goes up for its soles to be as high as the motion's, in its metres.

    A foot beside what bears the body, the other one or a knee, does not lift it: it pitches.

    Args:
        character, raw, turned: as for ``turned_joints``, and what that returned.
        heights: ``[T N]`` of all joints, hips as high as the motion's.
        pitches: of both feet.
    """
    bears = bearing_feet(raw)
    knees = raw.positions[:, [knee for _, knee, _, _ in _LIMBS.legs], 1].min(axis=1)
    kneels = 1 - smooth_step(knees, *_KNEELING)
    soles = []
    for side, (name, pitch) in enumerate(zip(SIDES, pitches, strict=True)):
        free = (1 - bears[:, side]) * np.maximum(bears[:, 1 - side], kneels)
        low = pitch.plain + free * (pitch.highest - pitch.plain)
        soles.append(heights[:, character.joints[f"{name}_ankle"]] + low)
    lead = feet_lead(raw)
    in_air = sole_heights(raw) * smooth_step(knees, *_ON_KNEES)  # who kneels is on the floor
    up = (in_air - np.min(soles, axis=0)) * lead  # of who lies, the hips lead
    up += _depth(character, raw, turned, heights + up[:, None])
    return limited_steps(up, raw, lead)


def _depth(
    character: Character, raw: RawMotion, turned: dict[int, np.ndarray], heights: np.ndarray
) -> np.ndarray:
    """How far ``[T]`` joints at ``heights [T N]`` are under the floor.

    Arms are bent out of it (``character_hands.py``), unless the feet are in the air, and so is the
    leg of a knee beside a foot that stands (``character_ground.py``).
    """
    arms = {character.joints[f"{side}_{part}"] for side in SIDES for part in ("elbow", "wrist")}
    knees = [character.joints[f"{side}_knee"] for side in SIDES]
    others = [joint for joint in turned if joint not in arms and joint not in knees]
    depth = np.maximum(-heights[:, others].min(axis=1), 0)
    kneels = np.maximum(-heights[:, knees].min(axis=1), 0)
    depth = np.maximum(depth, kneels * (1 - bearing_feet(raw).max(axis=1)))

    hands = [joint for joint in turned if joint in arms]
    reach = np.maximum(-heights[:, hands].min(axis=1), 0)
    is_free = smooth_step(sole_heights(raw), *_IN_THE_AIR)
    return np.maximum(depth, reach * is_free)


def turned_joints(character: Character, raw: RawMotion) -> dict[int, np.ndarray]:
    """World rotations ``[T 4]`` of the joints that are animated.

    Args:
        character: any rest pose, proportions and axes.
        raw: as for ``pose_character``.
    """
    source, positions = raw.world_rotations.copy(), raw.positions
    level_feet(source, raw)
    turns = t_pose_turns(character, raw.offsets)
    rest = {joint: multiply(turn, character.rest_rotations[joint]) for joint, turn in turns.items()}

    turned: dict[int, np.ndarray] = {}
    for item in trunk_joints(character):
        turn = multiply(trunk_rotation(source, item), rest[item.joint])
        along = trunk_bone(positions, item)
        if leads_alike(character, turns, raw, item):
            turn = _aimed(character, turn, item.joint, item.above, along)
        turned[item.joint] = turn

    turned[character.joints["head"]] = multiply(
        source[:, _LIMBS.head], rest[character.joints["head"]]
    )
    for side in SIDES:
        collar = collar_joint(character, side)
        if collar is not None:
            number = JOINT_NAMES.index(f"{side}_collar")
            turned[collar] = multiply(source[:, number], rest[collar])
        for chain in _CHAINS:
            for upper, lower in zip(chain, (*chain[1:], None)):
                joint = character.joints[f"{side}_{upper}"]
                if joint not in rest:
                    continue  # a placed hand
                first = JOINT_NAMES.index(f"{side}_{upper}")
                turned[joint] = multiply(source[:, first], rest[joint])
                if lower is not None:
                    last = JOINT_NAMES.index(f"{side}_{lower}")
                    bone = positions[:, last] - positions[:, first]
                    end = character.joints[f"{side}_{lower}"]
                    turned[joint] = _aimed(character, turned[joint], joint, end, bone)
    return turned


def _aimed(
    character: Character, turn: np.ndarray, joint: int, end: int, bone: np.ndarray
) -> np.ndarray:
    """World rotations ``[T 4]``, swung so that the bone from joint to ``end`` points right."""
    arm = np.broadcast_to(_reach(character, joint, end), bone.shape)
    return multiply(between(rotate(turn, arm), bone), turn)


def _reach(character: Character, joint: int, end: int) -> np.ndarray:
    """Where ``end`` is in the frame of a joint above it ``[3]``."""
    count = len(character.nodes)
    above = character.rest.parents[end]
    if end < count:
        place = character.local[end].position
    else:  # a joint that the file lacks: it is told in the world's axes
        place = rotate(inverse(character.rest_rotations[above]), character.rest.offsets[end])
        place = place / character.scales[above]
    return points_above(character, place, above, joint)


def placed_joints(
    character: Character, turned: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """World rotations ``[T N 4]`` and positions ``[T N 3]``, as if the root did not move."""
    frames, count = len(next(iter(turned.values()))), len(character.nodes)
    world, positions = np.empty((frames, count, 4)), np.empty((frames, count, 3))
    scales = character.scales
    for joint, parent in enumerate(character.parents):
        transform = character.local[joint]
        if parent < 0:
            world[:, joint] = turned.get(joint, transform.rotation)
            positions[:, joint] = transform.position
            continue
        own = multiply(world[:, parent], transform.rotation)
        world[:, joint] = turned.get(joint, own)
        step = transform.position * scales[parent]
        positions[:, joint] = positions[:, parent] + rotate(
            world[:, parent], np.broadcast_to(step, (frames, 3))
        )
    return world, positions


def _below(character: Character, root: int) -> list[int]:
    """A joint and all below it."""
    count = range(len(character.nodes))
    return [joint for joint in count if joint == root or root in ancestors(character.rest, joint)]


def check_tree(character: Character) -> None:
    """Raise ValueError for arms or legs that do not hang on the trunk."""
    root = character.points[0].first
    loose = [
        name.replace("_", " ")
        for name, joint in character.joints.items()
        if root not in ancestors(character.rest, joint)
    ]
    if loose:
        raise ValueError(
            f"{character.document.path}: {', '.join(loose)} do not hang on the trunk "
            f"({character.rest.names[root]}); parent them to it"
        )


def _check_finite(character: Character, world: np.ndarray, positions: np.ndarray) -> None:
    if not (np.isfinite(world).all() and np.isfinite(positions).all()):
        raise ValueError(f"{character.document.path}: its joints hold values that are not finite")


def _local(character: Character, world: np.ndarray, joint: int) -> np.ndarray:
    parent = character.parents[joint]
    turn = world[:, joint]
    return turn if parent < 0 else multiply(inverse(world[:, parent]), turn)


def _root_positions(
    character: Character, world: np.ndarray, positions: np.ndarray, root: int
) -> np.ndarray:
    parent = character.parents[root]
    if parent < 0:
        return positions[:, root]
    apart = positions[:, root] - positions[:, parent]
    return rotate(inverse(world[:, parent]), apart) / character.scales[parent]
