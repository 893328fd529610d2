"""The hands of a character kept above the floor: first they bend at the wrist, then the arm does.

A motion says where a wrist is, not how the hand lies on it; hands that go on as the forearm leads
would go into the floor in a crouch, and arms that are longer than the motion's would, too
(``character_arms.py``). Where nothing is under the floor, nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import Character
from motionlcm.formats.character_arms import (
    Arm,
    lift_trunk,
    soft_depth,
    softness,
    tilt_trunk,
    turn_arm,
)
from motionlcm.formats.character_soles import outermost, points_above, skin_around
from motionlcm.formats.character_trunk import trunk_joints
from motionlcm.formats.joint_words import ancestors
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import smoothed
from motionlcm.motion.rotations import from_axis_angle, multiply, normalize, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES

_LARGEST = 0.3  # of a leg, that a point of a hand may be from its wrist; what is farther is held
_BENDS = np.radians(np.arange(0, 81, 4.0))  # angles of a wrist that are tried
_BACK = 0.5  # how much a hand bends towards its back, beside up
_ELBOW = 0.05  # of a leg, how thick an elbow is that lies on the floor
_EVEN = 0.1  # seconds over which the tilt of a trunk is smoothed


class Hand(NamedTuple):
    """The joints of an arm, and points ``[K 3]`` of its hand in the wrist's own frame and scale."""

    shoulder: int
    elbow: int
    wrist: int
    points: np.ndarray


def find_hands(character: Character) -> list[Hand | None]:
    """The hands, left and right; None where the file has no joint of a hand."""
    return [_hand(character, side) for side in SIDES]


def _hand(character: Character, side: str) -> Hand | None:
    shoulder, elbow, wrist = (
        character.joints[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")
    )
    count = len(character.nodes)
    if max(shoulder, elbow, wrist) >= count:
        return None

    joints = [wrist, *(j for j in range(count) if wrist in ancestors(character.rest, j))]
    clouds = skin_around(character, joints)
    points = [np.zeros((1, 3))]
    for joint in joints:
        cloud = clouds.get(joint, np.zeros((1, 3)))
        points.append(points_above(character, cloud, joint, wrist))

    cloud = np.concatenate(points)
    far = _LARGEST * character.leg / character.scales[wrist]
    return Hand(shoulder, elbow, wrist, outermost(cloud[np.linalg.norm(cloud, axis=-1) < far]))


def lift_hands(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    place: Callable[[], np.ndarray],
) -> None:
    """Bend wrists, trunk and arms, in world rotations ``turned``, so that no hand is in the floor.

    An elbow may be as low as the motion's.

    Args:
        character: whose hands they are.
        raw: the motion, in metres.
        turned: joint to world rotations ``[T 4]``; those of trunk and arms are changed.
        place: gives the places ``[T N 3]`` of the joints that are turned so, the floor at 0.
    """
    hands = find_hands(character)
    positions = place()
    arms = _low_arms(character, raw, hands, turned, positions)
    if not arms:
        return

    trunk = trunk_joints(character)
    tilts = lift_trunk(character, trunk, positions, {side: arm for side, (_, arm) in arms.items()})
    if tilts.any():
        tilt_trunk(trunk, turned, smoothed(tilts, raw, _EVEN))
        positions = place()
    for side, (bend, arm) in _low_arms(character, raw, hands, turned, positions).items():
        hand = hands[SIDES.index(side)]
        assert hand is not None
        turned[hand.wrist] = multiply(bend, turned[hand.wrist])
        turn_arm(turned, (hand.shoulder, hand.elbow), arm, softness(character))


def _low_arms(
    character: Character,
    raw: RawMotion,
    hands: list[Hand | None],
    turned: dict[int, np.ndarray],
    positions: np.ndarray,
) -> dict[str, tuple[np.ndarray, Arm]]:
    """The turns ``[T 4]`` that bend hands out of the floor, and the arms then, by side."""
    backs = rotate(raw.world_rotations, np.array([0, 1.0, 0]))
    size, soft = character.leg / leg_length(raw.positions), softness(character)
    arms = {}
    for side, hand, other in zip(SIDES, hands, hands[::-1], strict=True):
        if hand is None:
            continue
        shoulder, elbow, wrist = (positions[:, joint] for joint in hand[:3])
        cloud = rotate(
            turned[hand.wrist][:, None], hand.points[None] * character.scales[hand.wrist]
        )
        elbows = raw.positions[:, JOINT_NAMES.index(f"{side}_elbow"), 1] * size
        rest = np.clip(elbows, 0, _ELBOW * character.leg)
        is_low = (wrist[:, 1] + cloud[..., 1].min(axis=1) < soft) | (elbow[:, 1] < rest + soft)
        if not is_low.any():
            continue

        back = backs[:, JOINT_NAMES.index(f"{side}_wrist")]
        bend, lowest = least_bend(cloud, wrist[:, 1], back)
        outward = shoulder - positions[:, (other or hand).shoulder]
        arms[side] = (bend, Arm(shoulder, elbow, wrist, soft_depth(lowest, soft), rest, outward))
    return arms


def least_bend(
    cloud: np.ndarray, height: np.ndarray, back: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest turns that bring hands above the floor, or as high as they come.

    Args:
        cloud: ``[T K 3]`` points of a hand seen from its wrist.
        height: ``[T]`` of the wrist.
        back: ``[T 3]`` where the back of the hand points.
    Returns:
        Turns ``[T 4]``, and the height ``[T]`` of the lowest point after them.
    """
    along = normalize(cloud.mean(axis=1))
    axis = normalize(np.cross(along, np.array([0, 1.0, 0]) + _BACK * back))

    # The height of a point that is turned about an axis, by Rodrigues' formula: [T K A].
    still = axis[:, 1, None] * (cloud * axis[:, None]).sum(axis=-1)
    level = np.cross(axis[:, None], cloud)[..., 1]
    heights = (cloud[..., 1] - still)[..., None] * np.cos(_BENDS) + level[..., None] * np.sin(
        _BENDS
    )
    lowest = (heights + still[..., None]).min(axis=1) + height[:, None]  # [T A]

    angles, reached = np.empty(len(cloud)), np.empty(len(cloud))
    for frame, row in enumerate(lowest):
        best = int(row.argmax())
        last = int(np.argmax(row >= 0)) if row[best] >= 0 else best
        angles[frame], reached[frame] = _BENDS[last], row[last]
        if row[last] > 0 and last:
            share = row[last] / (row[last] - row[last - 1])
            angles[frame] -= share * (_BENDS[last] - _BENDS[last - 1])
            reached[frame] = 0
    return from_axis_angle(axis * angles[:, None]), reached
