"""Sides and body words found in a joint's name, whatever surrounds them; the tree settles doubts.

``l_upleg_JNT``, ``mixamorig:LeftUpLeg_01``, ``thigh_stretch.l`` and ``lThighBend`` are all the left
thigh. A name is cut into words; words that most joints of the file share are no part of it, nor are
numbers. What stays doubtful is told by the chain of joints from hand or foot up to the root: a leg
above a knee is a thigh, of bend and twist the first is the joint, the spine's end is the head.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from motionlcm.formats.joint_vocabulary import GLUED_SIDES, HELPERS, SIDES, TRUNK, WORDS
from motionlcm.formats.raw import RawMotion

_WORD = re.compile(
    r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[\u0400-\u042f]?[\u0430-\u045f]+|[\u0400-\u042f]+"
    r"|[^\x00-\x7f\u0400-\u045f]+"
)
#: Letters of gauche and droite: sides only where names come in pairs of them, and in no others.
_FRENCH = {"g": "left", "d": "right"}
_FEWEST_PAIRS = 4
_UNLIKE = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O"}
)  # no accents, to Unicode
_PART_OF = {word: part for part, words in WORDS.items() for word in words.split()}
_COUNTED = {"leg": ("hip", "knee", "ankle", "foot"), "arm": ("shoulder", "elbow", "wrist")}
_COLLAR = 0.7  # of the next bone's length, that a collar's has at most
_SHARED = 0.6  # of the joints have a word that is a namespace
_PAIRS = ("left", "right")


class JointWords(NamedTuple):
    """What a joint's name says: its side or "", the part of the body or "", and its words."""

    side: str
    part: str
    words: tuple[str, ...]

    @property
    def is_helper(self) -> bool:
        """Whether the joint is named as one that steers or follows others."""
        return bool(HELPERS & set(self.words))


def read_names(names: Sequence[str]) -> list[JointWords]:
    """The words of all joints of a file, without those that most of them share.

    Words of the body are left out only where all share them: most joints of a rig with fingers are
    called after the hand.
    """
    cut = [_cut(name) for name in names]
    counts = Counter(word for words in cut for word in set(words))
    shares = {word: count / len(names) for word, count in counts.items()}
    shared = {word for word, share in shares.items() if share >= (word in _PART_OF or _SHARED)}
    cut = _with_french_sides([[word for word in words if word not in shared] for words in cut])
    return [_meaning(words) for words in cut]


def _with_french_sides(cut: list[list[str]]) -> list[list[str]]:
    """The words of all joints, g and d told as sides where they are a file's only ones."""
    if any(word in SIDES for words in cut for word in words):
        return cut
    left, right = (
        {tuple(word for word in words if word != letter) for words in cut if letter in words}
        for letter in _FRENCH
    )
    if len(left & right) < _FEWEST_PAIRS:
        return cut
    return [[_FRENCH.get(word, word) for word in words] for words in cut]


def match_by_words(raw: RawMotion) -> dict[str, int]:
    """Find the joints of limbs and head by words and tree.

    Returns:
        SMPL's name to the file's joint index, for what is found.
    """
    names = read_names(raw.names)
    matches: dict[str, int] = {}
    for side in _PAIRS:
        matches |= _leg(raw, names, side)
        matches |= _arm(raw, names, side)

    head = _head(raw, names, matches)
    if head is not None:
        matches["head"] = head
    return matches


def is_tree(raw: RawMotion, matches: dict[str, int]) -> bool:
    """Whether the joints of each limb hang on each other as those of a body do."""
    for side in _PAIRS:
        for limb in (("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist")):
            joints = [matches[f"{side}_{part}"] for part in limb if f"{side}_{part}" in matches]
            for upper, lower in zip(joints, joints[1:]):
                if upper not in ancestors(raw, lower):
                    return False
    return len(set(matches.values())) == len(matches)


def ancestors(raw: RawMotion, joint: int) -> list[int]:
    """The joints above one, the nearest first."""
    above = []
    while (joint := raw.parents[joint]) >= 0:
        above.append(joint)
    return above


def _cut(name: str) -> list[str]:
    """The words of a name in lower case; numbers are none."""
    plain = _without_accents(unicodedata.normalize("NFKC", name))
    plain = re.split(r"[:|]", plain)[-1] or plain
    words = []
    for word in _WORD.findall(plain):
        words += _unglued(word.lower())
    return words


def _without_accents(name: str) -> str:
    """A name whose Latin letters have no accents; the marks of other scripts stay."""
    letters = []
    for letter in name.translate(_UNLIKE):
        base = unicodedata.normalize("NFD", letter)[0]
        letters.append(base if base.isascii() else letter)
    return "".join(letters)


def _unglued(word: str) -> list[str]:
    """A word without the side that is written onto it: ``lthigh`` is l, thigh."""
    if word in _PART_OF or word in SIDES:
        return [word]
    if word in ("lu", "ru", "lf", "rf"):  # of LUArm and RFArm
        return list(word)

    for side in GLUED_SIDES:
        for rest in (word.removeprefix(side), word.removesuffix(side)):
            if rest != word and rest in _PART_OF:
                return [side, rest]
    return [word]


def _meaning(words: Sequence[str]) -> JointWords:
    """The side and the part of the body that words say."""
    sides = [SIDES[word] for word in words if word in SIDES]
    others = [word for word in words if word not in SIDES]

    # Words that are written apart, such as Up Leg and Fore Arm, count as one, too.
    pairs = [first + second for first, second in zip(others, others[1:])]
    parts = {_PART_OF[word] for word in (*pairs, *others) if word in _PART_OF}
    if any(word in _PART_OF for word in pairs):
        joined = {_PART_OF[word] for word in pairs if word in _PART_OF}
        parts = joined | (parts & {"finger"})
    part = next((part for part in WORDS if part in parts), "")
    return JointWords(sides[0] if sides else "", part, (*others, *pairs))


def _leg(raw: RawMotion, names: list[JointWords], side: str) -> dict[str, int]:
    """Hip, knee, ankle and toes of a side."""
    has_ankle = any("ankle" in name.words for name in names if name.side == side)
    best: dict[str, int] = {}

    for ankle in _ends(raw, names, side, ("foot", "calf")):
        if has_ankle and names[ankle].part == "foot" and "ankle" not in names[ankle].words:
            continue
        chain = _chain(raw, names, ankle, side)
        calves = [joint for joint in chain if names[joint].part == "calf"]
        legs = [joint for joint in chain if names[joint].part == "leg"]
        thighs = [joint for joint in chain if names[joint].part == "thigh"]
        hips = [joint for joint in chain if names[joint].part == "hip"]

        upper = thighs or (legs if calves or len(legs) > 1 else []) or hips
        if not upper:
            continue
        below = [joint for joint in calves or legs if joint not in upper[:1]]
        if not below:
            continue
        leg = {f"{side}_hip": upper[0], f"{side}_knee": below[0]}
        if names[ankle].part == "foot":
            leg[f"{side}_ankle"] = ankle
            toes = _below(raw, names, ankle, side, ("toes", "foot"))
            if toes is not None:
                leg[f"{side}_foot"] = toes
        if len(leg) > len(best):
            best = leg
    return best or _counted(raw, names, side, "leg")


def _arm(raw: RawMotion, names: list[JointWords], side: str) -> dict[str, int]:
    """Collar, shoulder, elbow and wrist of a side."""
    best: dict[str, int] = {}

    for wrist in _ends(raw, names, side, ("hand", "forearm")):
        chain = _chain(raw, names, wrist, side)
        forearms = [joint for joint in chain if names[joint].part == "forearm"]
        arms = [joint for joint in chain if names[joint].part == "arm"]
        uppers = [joint for joint in chain if names[joint].part == "upperarm"]
        shoulders = [joint for joint in chain if names[joint].part == "shoulder"]

        upper = uppers or (arms if forearms or len(arms) > 1 else []) or shoulders
        if not upper:
            continue
        below = [joint for joint in forearms or arms if joint not in upper[:1]]
        if not below:
            continue
        arm = {f"{side}_shoulder": upper[0], f"{side}_elbow": below[0]}
        collars = [joint for joint in chain if names[joint].part in ("collar", "shoulder")]
        collars = [joint for joint in collars if joint in ancestors(raw, upper[0])]
        if collars:
            arm[f"{side}_collar"] = collars[0]
        if names[wrist].part == "hand":
            arm[f"{side}_wrist"] = wrist
        if len(arm) > len(best):
            best = arm
    return best or _counted(raw, names, side, "arm")


def _counted(raw: RawMotion, names: list[JointWords], side: str, part: str) -> dict[str, int]:
    """A limb whose joints are only numbered, as ``leg_joint_L_1`` to ``_4``: told by their order.

    Of four joints of an arm the first is the collar where its bone is much the shortest.
    """
    joints = [
        joint
        for joint, name in enumerate(names)
        if name.side == side and name.part == part and not raw.is_end_site[joint]
    ]
    end = max(joints, key=lambda joint: len(ancestors(raw, joint)), default=-1)
    chain = [joint for joint in (end, *(ancestors(raw, end) if joints else [])) if joint in joints]
    chain = chain[::-1]
    wanted = _COUNTED[part]
    if len(chain) < 3:
        return {}
    if part == "arm" and len(chain) > 3:
        bones = [float((raw.offsets[joint] ** 2).sum()) ** 0.5 for joint in chain[1:4]]
        wanted = ("collar", *wanted) if bones[0] < _COLLAR * bones[1] else wanted
    collars = [
        joint
        for joint in ancestors(raw, chain[0])
        if names[joint].side == side and names[joint].part in ("collar", "shoulder")
    ]
    if part == "arm" and collars:
        chain, wanted = [collars[0], *chain], ("collar", *_COUNTED[part])
    return {f"{side}_{name}": joint for name, joint in zip(wanted, chain)}


def _ends(
    raw: RawMotion, names: list[JointWords], side: str, parts: tuple[str, str]
) -> Iterator[int]:
    """Joints at which a limb may end: those of the first part, then those of the second."""
    for part in parts:
        for joint, name in enumerate(names):
            is_named = name.side == side and name.part == part
            if is_named and not name.is_helper and not raw.is_end_site[joint]:
                yield joint


def _chain(raw: RawMotion, names: list[JointWords], end: int, side: str) -> list[int]:
    """The joints of a side from the root down to ``end``, both sides' and helpers left out."""
    path = [end, *ancestors(raw, end)][::-1]
    return [joint for joint in path if names[joint].side == side]


def _below(
    raw: RawMotion, names: list[JointWords], top: int, side: str, parts: tuple[str, ...]
) -> int | None:
    """The first joint below ``top`` of one of the parts, the first part before the second."""
    for part in parts:
        for joint, name in enumerate(names):
            is_named = name.part == part and name.side == side and not name.is_helper
            if is_named and not raw.is_end_site[joint] and top in ancestors(raw, joint):
                return joint
    return None


def _head(raw: RawMotion, names: list[JointWords], matches: dict[str, int]) -> int | None:
    """The joint that is called head, or else the end of the spine above the shoulders."""
    heads = [
        joint
        for joint, name in enumerate(names)
        if name.part == "head" and not name.side and not name.is_helper
    ]
    heads = [joint for joint in heads if not raw.is_end_site[joint]]
    if heads:
        return min(heads, key=lambda joint: len(names[joint].words))

    shoulders = [matches.get(f"{side}_shoulder") for side in _PAIRS]
    if None in shoulders:
        return None
    left, right = (ancestors(raw, joint) for joint in shoulders if joint is not None)
    chest = next((joint for joint in left if joint in right), None)
    return None if chest is None else _spine_end(raw, names, chest)


def _spine_end(raw: RawMotion, names: list[JointWords], chest: int) -> int | None:
    """The last joint of the chain of spine and neck that leads up from the chest."""
    joint = chest
    while True:
        children = [
            child
            for child, parent in enumerate(raw.parents)
            if parent == joint
            and not raw.is_end_site[child]
            and not names[child].side
            and not names[child].is_helper
        ]
        children.sort(key=lambda child: not (TRUNK & set(names[child].words)))
        is_trunk = bool(children) and bool(TRUNK & set(names[children[0]].words))
        if not children or (not is_trunk and len(children) > 1):
            break
        joint = children[0]
    return joint if joint != chest else None
