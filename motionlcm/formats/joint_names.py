"""Which joint of a file is which: rules on names, never on one vendor's full list.

A name loses its namespace (``mixamorig:``, ``Character1_``, ``CC_Base_``, ``Bip01``, or whatever
most names of the file begin with), its case and its punctuation; what is left is looked up as a
side and an alias (``lThigh``, ``UpperLeg_L``, ``LeftUpLeg``, ``lfemur``). Joints of trunk and neck
are found from the shape of the tree, in ``retarget.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motionlcm.formats.joint_shape import match_by_shape
from motionlcm.formats.joint_words import is_tree, match_by_words
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.skeleton import JOINT_NAMES

_MOTIONBUILDER = """
    Hips LeftUpLeg RightUpLeg Spine LeftLeg RightLeg Spine1 LeftFoot RightFoot Spine2 LeftToeBase
    RightToeBase Neck LeftShoulder RightShoulder Head LeftArm RightArm LeftForeArm RightForeArm
    LeftHand RightHand
""".split()
#: The names that a file may give to the 22 joints, in our order.
JOINT_NAMINGS: dict[str, tuple[str, ...]] = {
    "smpl": JOINT_NAMES,
    "motionbuilder": tuple(_MOTIONBUILDER),
    "mixamo": tuple(f"mixamorig:{name}" for name in _MOTIONBUILDER),
}

#: Aliases of the paired joints that names must tell, best first.
_PAIRED = {
    joint: tuple(aliases.split())
    for joint, aliases in {
        "hip": "upleg upperleg thigh femur legupper hip",
        "knee": "knee lowleg lowerleg loleg shin calf tibia leglower crus leg",
        "ankle": "ankle foot",
        "foot": "toebase toe toes toe0 ball forefoot toe1 football foot",
        "collar": "collar clavicle collarbone clav scapula innershoulder shoulder",
        "shoulder": "arm uparm upperarm shldr humerus bicep armupper shoulder",
        "elbow": "elbow forearm lowarm lowerarm loarm radius armlower",
        "wrist": "wrist hand",
    }.items()
}
#: Aliases that two joints share, and the other joint. ``foot`` is the ankle unless an ankle is
#: named besides, and ``shoulder`` the shoulder unless an arm is.
_YIELDS = {
    ("ankle", "foot"): "foot",
    ("foot", "foot"): "ankle",
    ("collar", "shoulder"): "shoulder",
    ("shoulder", "shoulder"): "collar",
}
_HEAD = ("head", "skull")
_NAMESPACE = re.compile(
    r"^(?:.*[:|]|character\d*_|mixamorig\d*_?|cc_base_|bip\d*[ _]|[mf]_avg_|j_bip_(?:c_)?"
    r"|def-|org-|joint_|jnt_)",
    re.IGNORECASE,
)
_SPACED = 8  # joints with a namespace, from which on one without it is a helper
_SHARED = 0.6  # of the joints begin with a word that is a namespace

#: Without these there is no figure; trunk, neck and collars can be placed between them.
REQUIRED = tuple(
    f"{side}_{joint}"
    for joint in ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")
    for side in ("left", "right")
) + ("head",)
_TOLD = ("left_hip", "left_shoulder", "head")  # that notes tell of joints that no name tells
#: The joints between which the ends of limbs can be placed.
_CORE = tuple(
    f"{side}_{joint}"
    for joint in ("hip", "knee", "ankle", "shoulder", "elbow")
    for side in ("left", "right")
)


def match_joints(raw: RawMotion) -> dict[str, int]:
    """Find the joints of SMPL that a file names.

    Returns:
        SMPL's name to the file's joint index, for the limbs, the head and the collars if there are
        any. Toes that are no joints are the end site below the ankle.
    Raises:
        ValueError: joints are missing; lists them and the names that the file has.
    """
    matches = find_joints(raw)
    check_joints(raw, matches)
    return matches


def find_joints(raw: RawMotion) -> dict[str, int]:
    """Find the joints of SMPL that a file names, as many as there are.

    Whole names are looked up first. Where they leave a limb open, or contradict the tree, the words
    in the names tell (``joint_words.py``).
    """
    keys, is_helper = _keys(raw)
    matches = _match(raw, keys, ~raw.is_end_site & ~np.array(is_helper))
    if any(is_helper):
        matches = _match(raw, keys, ~raw.is_end_site) | matches
    if set(REQUIRED) <= set(matches) and is_tree(raw, matches):
        return matches

    by_words = match_by_words(raw)
    is_sound = set(_CORE) <= set(matches) and is_tree(raw, matches)
    first, second = (matches, by_words) if is_sound else (by_words, matches)
    joints = dict(first)
    for name, joint in second.items():
        if name not in joints and is_tree(raw, {**joints, name: joint}):
            joints[name] = joint
    return joints


def find_body(raw: RawMotion, notes: list[str]) -> dict[str, int]:
    """Find the joints of SMPL that a file names; where it names no body, by the shape of its tree.

    Args:
        raw: any skeleton.
        notes: is told if the shape tells, and which joints are taken for the left ones then.
    """
    joints = find_joints(raw)
    if {*_CORE, "head"} <= joints.keys():
        return joints
    by_shape = match_by_shape(raw, joints)
    if by_shape:
        told = ", ".join(f"{raw.names[by_shape[name]]!r} is the {name}" for name in _TOLD)
        notes.append(
            f"unknown names of joints, told by the tree: {told.replace('_', ' ')}; "
            "if left is right, rename them"
        )
    return by_shape | joints


def check_joints(raw: RawMotion, matches: dict[str, int]) -> None:
    """Raise ValueError for joints that are missing; lists them and the names that the file has."""
    missing = [name for name in REQUIRED if name not in matches]
    if missing:
        names = raw.joint_names
        rest = f" and {len(names) - 80} more" if len(names) > 80 else ""
        raise ValueError(
            f"{raw.source}: unknown skeleton: no joint found for {', '.join(missing)}, "
            "by name or by the shape of the tree. "
            f"The file has: {', '.join(name[:40] for name in names[:80])}{rest}. "
            "Rename its joints to SMPL, Mixamo or MotionBuilder names"
        )


def _match(raw: RawMotion, keys: list[str], is_allowed: np.ndarray) -> dict[str, int]:
    """SMPL's name to the joint, for what can be told among the allowed joints ``[J]``."""
    first_with: dict[str, int] = {}
    for joint in np.flatnonzero(is_allowed).tolist():
        first_with.setdefault(keys[joint], joint)

    matches: dict[str, int] = {}
    for side in ("left", "right"):
        unshared = {kind: _lookup_unshared(kind, side, first_with) for kind in _PAIRED}
        for kind, aliases in _PAIRED.items():
            match = unshared[kind]
            rival = _YIELDS.get((kind, aliases[-1]))

            # A shared alias goes to ankle and shoulder, to the others only if those have their own.
            if match is None and rival:
                if kind in ("ankle", "shoulder") or unshared[rival] is not None:
                    match = _lookup(aliases[-1], side, first_with)
            if match is not None:
                matches[f"{side}_{kind}"] = match
        _use_end_site_as_toe(raw, matches, side)

    head = next((first_with[alias] for alias in _HEAD if alias in first_with), None)
    if head is not None:
        matches["head"] = head
    return matches


def _lookup(alias: str, side: str, first_with: dict[str, int]) -> int | None:
    """The joint called ``alias`` on a side, in any of the ways of writing a side."""
    for key in (side + alias, side[0] + alias, alias + side, alias + side[0]):
        if key in first_with:
            return first_with[key]
    return None


def _lookup_unshared(kind: str, side: str, first_with: dict[str, int]) -> int | None:
    """The joint by an alias that no other kind of joint shares."""
    for alias in _PAIRED[kind]:
        joint = None if (kind, alias) in _YIELDS else _lookup(alias, side, first_with)
        if joint is not None:
            return joint
    return None


def _use_end_site_as_toe(raw: RawMotion, matches: dict[str, int], side: str) -> None:
    """Take the end site below an ankle for the toes that a file has not."""
    ankle = matches.get(f"{side}_ankle")
    if ankle is None or f"{side}_foot" in matches:
        return

    for joint, parent in enumerate(raw.parents):
        if parent == ankle and raw.is_end_site[joint]:
            matches[f"{side}_foot"] = joint
            return


def _keys(raw: RawMotion) -> tuple[list[str], list[bool]]:
    """(names to look up, whether each is a helper).

    Names are in lower case and without namespace. A helper has no namespace where most have one.
    """
    bare = [_NAMESPACE.sub("", name) for name in raw.names]
    while prefix := _common_prefix(replace(raw, names=tuple(bare)).joint_names):
        bare = [name.removeprefix(prefix) for name in bare]

    keys = []
    for short, name in zip(bare, raw.names):
        keys.append(re.sub(r"[^a-z0-9]", "", short.lower()) or name.lower())
    has_namespace = [short != name for short, name in zip(bare, raw.names)]
    is_spaced = sum(has_namespace) >= _SPACED
    return keys, [is_spaced and not has for has in has_namespace]


def _common_prefix(names: Sequence[str]) -> str:
    """The namespace ``word_`` or ``word:`` that most joints share, if it is not a side."""
    matches = [re.match(r"[^_:]+[_:]", name) for name in names]
    heads = Counter(match.group() for match in matches if match)
    if not heads:
        return ""

    prefix, count = heads.most_common(1)[0]
    is_side = prefix[:-1].lower() in ("l", "r", "left", "right")
    return prefix if count >= _SHARED * len(names) and not is_side else ""
