"""The arms of a character whose hands or elbows would be in the floor: what gives way for them.

A body on its hands whose arms are longer than the motion's holds its chest higher. So the trunk
tilts up about its lowest joint, by as much as lets trunk and arms together turn least; arms bend
for what is left. Head, legs, and arms that are free keep the directions that they have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.character_rest import collar_joint
from motionlcm.formats.character_trunk import TrunkJoint
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.rotations import between, from_axis_angle, multiply, normalize, rotate
from motionlcm.motion.skeleton import SIDES

_SOFT = 0.01  # metres of a 0.82 m leg, about the floor, in which an arm begins to lift
_LEG = 0.82  # metres
_OUTWARD = 0.05  # how much an arm that is straight bends outward
_PLUMB = 0.5  # of a bone's length, that it leads aside at least where it is raised far, ...
_ASIDE = 2.0  # ... by so much of how far it is raised
_BENT = (0.03, 0.12)  # sines at the shoulder of an arm that is straight, and of one that is bent
_ON_ELBOWS = (0.2, 0.6)  # of a forearm, an elbow above the floor: an arm on it, and on its hand
_TILTS = np.radians(np.arange(0, 15, 1.0))  # by which a trunk may tilt
_NECK = 4  # the knot of a trunk from which on it is the head's, and does not tilt


class Arm(NamedTuple):
    """Where an arm is, and how far its ends are in the floor: all ``[T ...]``, in the file's unit.

    Attributes:
        shoulder, elbow, wrist: ``[T 3]`` places above the floor.
        lift: ``[T]`` how far the wrist should come up.
        rest: ``[T]`` the least height of the elbow.
        outward: ``[T 3]`` away from the other arm.
    """

    shoulder: np.ndarray
    elbow: np.ndarray
    wrist: np.ndarray
    lift: np.ndarray
    rest: np.ndarray
    outward: np.ndarray


def soft_depth(lowest: np.ndarray, soft: float) -> np.ndarray:
    """How far to lift what is at some heights, without a jerk where that begins."""
    depth = -lowest
    eased = np.maximum(depth + soft, 0) ** 2 / (4 * soft)
    return np.where(depth > soft, depth, eased)


def softness(character: Character) -> float:
    """How far above the floor an arm begins to lift, in the file's unit."""
    return _SOFT * character.leg / _LEG


def bent_arm(arm: Arm, soft: float) -> tuple[np.ndarray, np.ndarray]:
    """The upper arm and the forearm ``[T 3]`` that bring an arm out of the floor.

    An arm on its hand bends at shoulder and elbow, one on its elbow lifts that, and then its hand.
    """
    upper, fore = arm.elbow - arm.shoulder, arm.wrist - arm.elbow
    lengths = (np.linalg.norm(upper, axis=-1), np.linalg.norm(fore, axis=-1))

    # The elbow bends to the side where it is, or outward where the arm is nearly straight.
    along = normalize(arm.wrist - arm.shoulder)
    bend = upper - (upper * along).sum(axis=-1, keepdims=True) * along
    bend = bend / lengths[0][:, None]
    straight = 1 - smooth_step(np.linalg.norm(bend, axis=-1, keepdims=True), *_BENT)
    aside = bend + _OUTWARD * straight * normalize(arm.outward + 1e-9)
    target = arm.wrist.copy()
    target[:, 1] += arm.lift
    middle, end = bent_limb(arm.shoulder, target, lengths, aside=aside)

    # An elbow near the floor is lifted out of it, and then what is still too low of the forearm.
    up = soft_depth(arm.elbow[:, 1] - arm.rest, soft)
    on_hand = smooth_step((arm.elbow[:, 1] + up) / lengths[1], *_ON_ELBOWS)[:, None]
    upper = _raised(upper, up, arm.outward) * (1 - on_hand) + (middle - arm.shoulder) * on_hand
    upper = normalize(upper) * lengths[0][:, None]
    upper = _raised(upper, arm.rest - arm.shoulder[:, 1] - upper[:, 1], arm.outward)
    fore = normalize(fore * (1 - on_hand) + (end - middle) * on_hand) * lengths[1][:, None]
    height = arm.shoulder[:, 1] + upper[:, 1] + fore[:, 1]
    return upper, _raised(fore, target[:, 1] - height, arm.outward)


def _raised(bone: np.ndarray, up: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Bones ``[T 3]`` turned so that they end higher by ``up [T]``, in the plane where they are.

    One that hangs plumb goes outward, lest it flip; what is not to go up stays where it is.
    """
    length = np.linalg.norm(bone, axis=-1)
    level = np.clip(bone[:, 1] + up, -length, length)
    plumb = np.maximum(_PLUMB * length - np.hypot(bone[:, 0], bone[:, 2]), 0)
    aside = np.clip(_ASIDE * up, 0, plumb)
    across = bone + aside[:, None] * normalize(outward + 1e-9)
    across[:, 1] = 0
    across = normalize(across + 1e-9) * np.sqrt(np.maximum(length**2 - level**2, 0))[:, None]
    across[:, 1] = level
    return np.where((up > 0)[:, None], across, bone)


def lift_trunk(
    character: Character,
    trunk: list[TrunkJoint],
    positions: np.ndarray,
    arms: dict[str, Arm],
) -> np.ndarray:
    """The turns about the level ``[T 3]``, as rotation vectors, that a trunk should tilt by.

    Args:
        character: whose trunk it is.
        trunk: its joints (``character_rest.trunk_joints``).
        positions: ``[T N 3]`` places of the joints, the floor at 0.
        arms: side to arm.
    """
    pivot = positions[:, trunk[min(1, len(trunk) - 1)].joint]
    held = {side: positions[:, _held_at(character, side)] - pivot for side in SIDES}
    spine = np.mean(list(held.values()), axis=0)
    axis = normalize(np.cross(spine, [0, 1.0, 0]) + 1e-9)
    soft = softness(character)

    best, least = np.zeros(len(pivot)), np.full(len(pivot), np.inf)
    for tilt in _TILTS:
        turn = from_axis_angle(axis * tilt)
        cost = np.full(len(pivot), tilt**2)
        for side, arm in arms.items():
            shift = rotate(turn, held[side]) - held[side]
            moved = arm._replace(
                shoulder=arm.shoulder + shift,
                elbow=arm.elbow + shift,
                wrist=arm.wrist + shift,
                lift=np.maximum(arm.lift - shift[:, 1], 0),
            )
            bones = (arm.elbow - arm.shoulder, arm.wrist - arm.elbow)
            for old, new in zip(bones, bent_arm(moved, soft), strict=True):
                cosine = (normalize(old) * normalize(new)).sum(axis=-1)
                cost += np.arccos(np.clip(cosine, -1, 1)) ** 2
        is_less = cost < least - 1e-9
        best, least = np.where(is_less, tilt, best), np.where(is_less, cost, least)
    return axis * best[:, None]


def _held_at(character: Character, side: str) -> int:
    """The joint of an arm that the trunk bears: the collar, where there is one."""
    collar = collar_joint(character, side)
    return character.joints[f"{side}_shoulder"] if collar is None else collar


def tilt_trunk(trunk: list[TrunkJoint], turned: dict[int, np.ndarray], tilts: np.ndarray) -> None:
    """Tilt a trunk above its lowest joint by rotation vectors ``[T 3]``, in ``turned``."""
    turn = from_axis_angle(tilts)
    for item in trunk[1:]:
        if item.knot < _NECK:
            turned[item.joint] = multiply(turn, turned[item.joint])


def turn_arm(turned: dict[int, np.ndarray], joints: tuple[int, int], arm: Arm, soft: float) -> None:
    """Turn shoulder and elbow, ``joints`` of world rotations ``turned``, as ``bent_arm`` says."""
    bones = (arm.elbow - arm.shoulder, arm.wrist - arm.elbow)
    is_low = (arm.lift > 0) | (arm.elbow[:, 1] < arm.rest + soft)
    for joint, old, new in zip(joints, bones, bent_arm(arm, soft), strict=True):
        turn = multiply(between(old, new), turned[joint])
        turned[joint] = np.where(is_low[:, None], turn, turned[joint])
