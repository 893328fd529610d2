"""Joints told by the shape of the tree alone, where names are of no known language.

A body has two pairs of limbs of two long bones each: legs, and arms that are shorter and have a
head between them. Left and right are told by words for the sides, if there are any, else by where
toes point or limbs bend. What is not unmistakably a human's is left alone: four legs, a pair of
wings, one arm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.joint_words import JointWords, ancestors, read_names
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.upright import limbs_bend
from motionlcm.motion.rotations import normalize

_ALIKE = 0.15  # by which the long bones of left and right may differ
_SHORTER = 0.55  # of the longer one of the two bones of a limb, that the other one has at least
_LIMB = 0.35  # of the longest limbs, from which on a pair of chains is one of limbs
_LAST = 0.85  # of the longest two bones of a chain; the last ones of it that are so long are a limb
_ARMS = (0.45, 0.95)  # of a leg, that an arm may have without the hand
_TRUNK = (0.35, 1.1)  # of a leg, from between the hips to between the shoulders
_HEAD, _NEAR = 0.185, 0.01  # of a leg, that a head is above the shoulders; and what is no matter
_HEADS = (0.08, 0.3)  # of a leg, between which a head is above them
_OPPOSED = -0.5  # cosine of legs and trunk, at most, of who stands: on all fours it is 0
_TOES = 0.05  # of a leg, that toes are ahead of an ankle to tell which side is left
_ASIDE = 0.5  # cosine of shoulders and hips, at least
_SHORT = 0.02  # of a leg; a bone that is shorter has no length
_THREE = 0.45  # of the longest of three bones in a row, that each has where there are three
_HALVES = 1.25  # times longer than the other, that one of the halves of a bone is at most
_STRAIGHT = 0.003  # of two bones, that they are longer than the way between their ends if straight
_SAMPLE = 30  # frames that are looked at
_LONGEST, _MOST = 24, 60  # joints of a chain that are looked at; chains of a joint: more is hair
_LARGEST = 1000  # joints of a skeleton; what has more is a crowd or a scene
_SIDES = ("left", "right")
_TRIES: tuple[dict[str, bool], ...] = ({}, {"has_twists": True}, {"has_sites": True})


class _Limb(NamedTuple):
    """A chain from trunk to tip, and the place in it of the upper end of the first long bone."""

    chain: list[int]
    upper: int
    bones: tuple[float, float]

    @property
    def joints(self) -> list[int]:
        """Hip, knee and ankle, or shoulder, elbow and wrist."""
        return self.chain[self.upper : self.upper + 3]

    @property
    def length(self) -> float:
        """The two long bones together."""
        return sum(self.bones)


class _Pair(NamedTuple):
    """Two limbs alike, and the joint from which they part."""

    parent: int
    limbs: tuple[_Limb, _Limb]

    @property
    def length(self) -> float:
        """The mean length of the limbs."""
        return sum(limb.length for limb in self.limbs) / 2


def match_by_shape(raw: RawMotion, known: dict[str, int]) -> dict[str, int]:
    """Find the joints of limbs and head by the tree.

    Args:
        raw: any skeleton, moving.
        known: SMPL's names of the joints that names tell.
    Returns:
        SMPL's name to the file's joint index; nothing where the tree is not that of one human, or
        says otherwise than the names.
    """
    if len(raw.names) > _LARGEST:
        return {}
    sample = raw.sampled(_SAMPLE)
    tries = (_pairs(sample, **options) for options in _TRIES)
    pairs = next((pairs for pairs in tries if _is_human(sample, pairs)), None)
    if pairs is None:
        return {}

    arms, legs = pairs
    head = _head(sample, legs, arms)
    words = read_names(raw.names)
    left_leg, left_arm = _left_leg(sample, words, legs, arms), None
    if left_leg is not None:
        left_arm = _left_arm(sample, words, legs, arms, left_leg)
    if head is None or left_leg is None or left_arm is None:
        return {}

    joints = {"head": head}
    for side, leg, arm in zip(_SIDES, (left_leg, 1 - left_leg), (left_arm, 1 - left_arm)):
        joints |= _leg_joints(sample, side, legs.limbs[leg])
        joints |= _arm_joints(side, arms.limbs[arm])
    agrees = all(joints.get(name, joint) == joint for name, joint in known.items())
    return joints if agrees else {}


def _children(raw: RawMotion, *, has_sites: bool = False) -> list[list[int]]:
    """The children of each joint; End Sites only if they are asked for."""
    children: list[list[int]] = [[] for _ in raw.names]
    for joint, parent in enumerate(raw.parents):
        if parent >= 0 and (has_sites or not raw.is_end_site[joint]):
            children[parent].append(joint)
    return children


def _pairs(raw: RawMotion, *, has_sites: bool = False, has_twists: bool = False) -> list[_Pair]:
    """The pairs of limbs, the shorter ones first.

    Those that hang on other limbs, as fingers do, are left out, and so are ears and hair.

    Args:
        raw: any skeleton, moving.
        has_sites: End Sites count as joints.
        has_twists: of three long bones those two that never bend are one.
    """
    children = _children(raw, has_sites=has_sites)
    reach = np.linalg.norm(raw.offsets, axis=-1)  # of each joint, from its parent to its last tip
    for joint in reversed(range(len(raw.names))):
        reach[joint] += max((reach[child] for child in children[joint]), default=0.0)

    pairs, open_joints = [], [0]
    while open_joints:
        parent = open_joints.pop()
        chains = [_chain(children, reach, child) for child in children[parent]]
        chains = [chain for chain in chains if len(chain) > 2]
        may_part = 2 <= len(chains) <= _MOST
        found = [_limb(raw, chain, has_twists) for chain in chains if may_part]
        limbs = [limb for limb in found if limb is not None]
        alike = [
            (first, second)
            for place, first in enumerate(limbs)
            for second in limbs[place + 1 :]
            if _are_alike(first, second)
        ]
        pairs += [_Pair(parent, pair) for pair in alike]
        taken = {limb.chain[0] for pair in alike for limb in pair}
        open_joints += [child for child in children[parent] if child not in taken]

    longest = max((pair.length for pair in pairs), default=0.0)
    pairs = [pair for pair in pairs if pair.length > _LIMB * longest]
    return sorted(pairs, key=lambda pair: pair.length)


def _chain(children: list[list[int]], reach: np.ndarray, top: int) -> list[int]:
    """The joints from one down to the tip that is farthest from it along the bones."""
    chain = [top]
    while children[chain[-1]] and len(chain) < _LONGEST:
        chain.append(max(children[chain[-1]], key=lambda joint: reach[joint]))
    return chain


def _limb(raw: RawMotion, chain: list[int], has_twists: bool) -> _Limb | None:
    """The limb that a chain of joints is, if it has two long bones one after the other."""
    ends = raw.positions[:, chain]
    bones = np.median(np.linalg.norm(np.diff(ends, axis=1), axis=-1), axis=0)
    pairs = [(float(upper), float(lower)) for upper, lower in zip(bones, bones[1:])]
    sums = [sum(pair) if min(pair) > _SHORTER * max(pair) else 0.0 for pair in pairs]
    if max(sums, default=0.0) <= 0:
        return None
    twist = _twist(ends, bones) if has_twists else None
    if twist is not None:
        return _limb(raw, [joint for joint in chain if joint != chain[twist]], True)
    place = max(i for i, length in enumerate(sums) if length >= _LAST * max(sums))
    limb = _Limb(chain, place, pairs[place])
    return None if place + 2 < len(bones) and _is_cut(ends, bones, place) else limb


def _is_cut(ends: np.ndarray, bones: np.ndarray, place: int) -> bool:
    """Whether two bones of a chain ``[T N 3]`` are rather one and a half, or the halves of one."""
    upper, lower, after = bones[place : place + 3]
    is_half = 1 / _HALVES < after / lower < _HALVES
    is_straight = _never_bends(ends[:, place : place + 3])
    return bool(is_half or (is_straight and after > (upper + lower) / _HALVES))


def _never_bends(three: np.ndarray) -> bool:
    """Whether the middle one of three joints ``[T 3 3]`` is always between the others."""
    bones = np.linalg.norm(np.diff(three, axis=1), axis=-1).sum(axis=1)
    way = np.linalg.norm(three[:, 2] - three[:, 0], axis=-1)
    return bool((bones - way < _STRAIGHT * way).all())


def _twist(ends: np.ndarray, bones: np.ndarray) -> int | None:
    """The place in a chain ``[T N 3]`` of a joint that never bends, if without it a limb is whole.

    It is between two of three long bones, and what it joins is as long as the third.
    """
    for place in range(len(bones) - 2):
        three = bones[place : place + 3]
        if min(three) <= _THREE * max(three):
            continue
        for middle, whole in ((1, three[:2].sum()), (2, three[1:].sum())):
            rest = three.sum() - whole
            first = place + middle - 1
            is_straight = _never_bends(ends[:, first : first + 3])
            if is_straight and min(whole, rest) > _THREE * max(whole, rest):
                return place + middle
    return None


def _are_alike(first: _Limb, second: _Limb) -> bool:
    """Whether two chains are the same limb of two sides."""
    gaps = [abs(a - b) / max(a, b) for a, b in zip(first.bones, second.bones)]
    return first.upper == second.upper and max(gaps) < _ALIKE


def _is_human(raw: RawMotion, pairs: list[_Pair]) -> bool:
    """Whether pairs are arms and legs of a human's proportions, on a trunk that stands on legs."""
    if len(pairs) != 2 or not _ARMS[0] < pairs[0].length / pairs[1].length < _ARMS[1]:
        return False
    arms, legs = pairs
    positions = raw.positions
    trunk = _middle(positions, arms, 0) - _middle(positions, legs, 0)
    share = float(np.median(np.linalg.norm(trunk, axis=-1))) / legs.length
    return _TRUNK[0] < share < _TRUNK[1] and _stands(raw, legs, arms)


def _stands(raw: RawMotion, legs: _Pair, arms: _Pair) -> bool:
    """Whether legs go on where the trunk ends, in the rest pose or in most frames."""
    for positions in (raw.rest_positions[None], raw.positions):
        hips, ankles = (_middle(positions, legs, end) for end in (0, 2))
        trunk = normalize(_middle(positions, arms, 0) - hips)
        if np.median((normalize(ankles - hips) * trunk).sum(axis=-1)) < _OPPOSED:
            return True
    return False


def _middle(positions: np.ndarray, pair: _Pair, joint: int) -> np.ndarray:
    """The place ``[T 3]`` between the same joints of both limbs."""
    return positions[:, [limb.joints[joint] for limb in pair.limbs]].mean(axis=1)


def _head(raw: RawMotion, legs: _Pair, arms: _Pair) -> int | None:
    """The joint above the arms that is as much farther from the hips as a head is.

    It is one of the chain that leads to where the face begins.
    """
    children = _children(raw)
    taken = {limb.chain[0] for limb in (*arms.limbs, *legs.limbs)}
    taken |= {legs.parent, *ancestors(raw, legs.parent)}
    hips = _middle(raw.positions, legs, 0)
    shoulders = np.linalg.norm(_middle(raw.positions, arms, 0) - hips, axis=-1)

    def above(joint: int) -> float:
        away = np.linalg.norm(raw.positions[:, joint] - hips, axis=-1)
        return float(np.median(away - shoulders)) / legs.length

    necks = [joint for joint in children[arms.parent] if joint not in taken]
    if not necks:
        return None
    # A neck may have more than one child, but of those of a head all are in the face.
    chain = [max(necks, key=above)]
    while below := children[chain[-1]]:
        is_neck = len(chain) == 1 and above(chain[-1]) < _HEADS[0]
        if len(below) > 1 and not is_neck:
            break
        chain.append(max(below, key=above))

    # The first one is the neck, if another one can be the head.
    heights = [above(joint) for joint in chain]
    heads = [place for place, height in enumerate(heights) if _HEADS[0] < height < _HEADS[1]]
    heads = [place for place in heads if place > 0] or heads
    errors = [abs(heights[place] - _HEAD) for place in heads]
    near = [place for place, error in zip(heads, errors) if error <= min(errors) + _NEAR]
    return chain[near[0] if near else -1]


def _left_leg(raw: RawMotion, words: list[JointWords], legs: _Pair, arms: _Pair) -> int | None:
    """Which of two legs is the left one, by words for sides, toes or bent limbs."""
    named = _named_left(words, legs)
    if named is not None:
        return named
    positions = raw.positions
    hips, ankles = (_middle(positions, legs, end) for end in (0, 2))
    up = _middle(positions, arms, 0) - hips
    first, second = (positions[:, limb.joints[0]] for limb in legs.limbs)

    ahead = positions[:, [_tip(raw, limb) for limb in legs.limbs]].mean(axis=1) - ankles
    left = np.cross(normalize(up), ahead) / legs.length
    aside = float(np.median((normalize(first - second) * left).sum(axis=-1)))

    chains = [
        [positions[:, [limb.joints[end] for limb in pair.limbs]] for end in range(3)]
        for pair in (legs, arms)
    ]
    votes = {np.sign(aside) if abs(aside) > _TOES else 0.0}
    votes.add(float(limbs_bend(chains[0], chains[1], np.cross(first - second, up))))
    votes -= {0.0}
    return int(votes.pop() < 0) if len(votes) == 1 else None


def _left_arm(
    raw: RawMotion, words: list[JointWords], legs: _Pair, arms: _Pair, left_leg: int
) -> int | None:
    """Which of two arms is the left one, by words for sides or as the legs are."""
    named = _named_left(words, arms)
    if named is not None:
        return named
    positions = raw.positions
    first, second = (positions[:, limb.joints[0]] for limb in arms.limbs)
    hips = [positions[:, legs.limbs[leg].joints[0]] for leg in (left_leg, 1 - left_leg)]
    across = normalize(hips[0] - hips[1])
    aside = float(np.median((normalize(first - second) * across).sum(axis=-1)))
    return None if abs(aside) < _ASIDE else int(aside < 0)


def _named_left(words: list[JointWords], pair: _Pair) -> int | None:
    """Which of two limbs is called left, if the other one is called right."""
    sides = [{words[joint].side for joint in limb.joints} for limb in pair.limbs]
    if sides == [{"left"}, {"right"}]:
        return 0
    return 1 if sides == [{"right"}, {"left"}] else None


def _tip(raw: RawMotion, limb: _Limb) -> int:
    """The end of a limb: its last joint, or the End Site of that."""
    children = _children(raw, has_sites=True)[limb.chain[-1]]
    return children[0] if children else limb.chain[-1]


def _leg_joints(raw: RawMotion, side: str, leg: _Limb) -> dict[str, int]:
    """Hip, knee and ankle, and the first joint of the foot that has a distance from the ankle."""
    found = {f"{side}_{part}": joint for part, joint in zip(("hip", "knee", "ankle"), leg.joints)}
    for joint in leg.chain[leg.upper + 3 :]:
        if np.linalg.norm(raw.offsets[joint]) > _SHORT * leg.length:
            return {**found, f"{side}_foot": joint}
    return found


def _arm_joints(side: str, arm: _Limb) -> dict[str, int]:
    """Shoulder, elbow and wrist, and the collar if there is one."""
    parts = ("shoulder", "elbow", "wrist")
    found = {f"{side}_{part}": joint for part, joint in zip(parts, arm.joints)}
    return found if arm.upper == 0 else {**found, f"{side}_collar": arm.chain[0]}
