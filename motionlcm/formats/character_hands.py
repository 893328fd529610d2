"""The hands of a character kept above the floor: first they bend at the wrist, then the arm does.

A motion says where a wrist is, not how the hand lies on it; hands that go on as the forearm leads
would go into the floor in a crouch, and arms that are longer than the motion's would, too. Where
nothing is under the floor, nothing changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.character_soles import outermost, points_above, skin_around
from motionlcm.formats.joint_words import ancestors
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    multiply,
    normalize,
    rotate,
)
from motionlcm.motion.skeleton import SIDES

_LARGEST = 0.3  # of a leg, that a point of a hand may be from its wrist; what is farther is held
_BENDS = np.radians(np.arange(0, 81, 4.0))  # angles of a wrist that are tried
_BACK = 0.5  # how much a hand bends towards its back, beside up
_SOFT = 0.01  # metres of a 0.82 m leg, about the floor, in which an arm begins to lift
_LEG = 0.82  # metres
_OUTWARD = 0.05  # how much an arm that is straight bends outward
_BENT = (0.03, 0.12)  # sines at the shoulder of an arm that is straight, and of one that is bent


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
    turned: dict[int, np.ndarray],
    positions: np.ndarray,
    backs: np.ndarray,
) -> bool:
    """Bend wrists and arms, in world rotations ``turned``, so that no hand is under the floor.

    Args:
        character: whose hands they are.
        turned: joint to world rotations ``[T 4]``; those of arms are changed.
        positions: ``[T N 3]`` places of the joints, the floor at 0.
        backs: ``[T 2 3]`` where the backs of the hands point.
    Returns:
        Whether anything was changed.
    """
    hands = find_hands(character)
    is_changed = False
    for side, hand in enumerate(hands):
        if hand is None:
            continue
        scale = character.scales[hand.wrist]
        cloud = rotate(turned[hand.wrist][:, None], hand.points[None] * scale)  # [T K 3]
        height = positions[:, hand.wrist, 1]
        lowest = height + cloud[..., 1].min(axis=1)
        soft = _SOFT * character.leg / _LEG
        if lowest.min() >= soft:
            continue

        bend, lowest = least_bend(cloud, height, backs[:, side])
        turned[hand.wrist] = multiply(bend, turned[hand.wrist])
        other = hands[1 - side]
        outward = positions[:, hand.shoulder] - positions[:, (other or hand).shoulder]
        _lift_arm(hand, turned, positions, _soft_depth(lowest, soft), outward)
        is_changed = True
    return is_changed


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


def _soft_depth(lowest: np.ndarray, soft: float) -> np.ndarray:
    """How far ``[T]`` to lift what is at a height, without a jerk where that begins."""
    depth = -lowest
    eased = np.maximum(depth + soft, 0) ** 2 / (4 * soft)
    return np.where(depth > soft, depth, eased)


def _lift_arm(
    hand: Hand,
    turned: dict[int, np.ndarray],
    positions: np.ndarray,
    lift: np.ndarray,
    outward: np.ndarray,
) -> None:
    """Bend an arm so that its wrist comes up by ``lift [T]``, the hand turned as before."""
    shoulder, elbow = positions[:, hand.shoulder], positions[:, hand.elbow]
    wrist = positions[:, hand.wrist]
    upper, fore = elbow - shoulder, wrist - elbow
    lengths = (np.linalg.norm(upper, axis=-1), np.linalg.norm(fore, axis=-1))

    # The elbow bends to the side where it is, or outward where the arm is nearly straight.
    along = normalize(wrist - shoulder)
    bend = upper - (upper * along).sum(axis=-1, keepdims=True) * along
    bend = bend / lengths[0][:, None]
    straight = 1 - smooth_step(np.linalg.norm(bend, axis=-1, keepdims=True), *_BENT)
    aside = bend + _OUTWARD * straight * normalize(outward + 1e-9)

    target = wrist.copy()
    target[:, 1] += lift
    middle, end = bent_limb(shoulder, target, lengths, aside=aside)
    for joint, old, new in (
        (hand.shoulder, upper, middle - shoulder),
        (hand.elbow, fore, end - middle),
    ):
        turn = multiply(between(old, new), turned[joint])
        turned[joint] = np.where((lift > 0)[:, None], turn, turned[joint])
