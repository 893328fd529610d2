"""Which joint of a file is which: rules on names, never on one vendor's full list.

A name loses its namespace (``mixamorig:``, ``Character1_``, ``CC_Base_``, ``Bip01``, or whatever most names of the
file begin with), its case and its punctuation; what is left is looked up as a side and an alias (``lThigh``,
``UpperLeg_L``, ``LeftUpLeg``, ``lfemur``). Joints of trunk and neck are found from the shape of the tree, in
``retarget.py``.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from motionlcm.formats.raw import RawMotion
from motionlcm.motion.skeleton import JOINT_NAMES

#: The names that a file may give to the 22 joints, in our order.
JOINT_NAMINGS: dict[str, tuple[str, ...]] = {
    "smpl": JOINT_NAMES,
    "motionbuilder": (
        "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot",
        "Spine2", "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm",
        "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
    ),
}  # fmt: skip
JOINT_NAMINGS["mixamo"] = tuple(f"mixamorig:{name}" for name in JOINT_NAMINGS["motionbuilder"])

#: Aliases of the paired joints that names must tell, best first.
_PAIRED = {
    "hip": ("upleg", "upperleg", "thigh", "femur", "legupper", "hip"),
    "knee": (
        "knee",
        "lowleg",
        "lowerleg",
        "loleg",
        "shin",
        "calf",
        "tibia",
        "leglower",
        "crus",
        "leg",
    ),
    "ankle": ("ankle", "foot"),
    "foot": ("toebase", "toe", "toes", "toe0", "ball", "forefoot", "toe1", "football", "foot"),
    "collar": ("collar", "clavicle", "collarbone", "clav", "scapula", "innershoulder", "shoulder"),
    "shoulder": ("arm", "uparm", "upperarm", "shldr", "humerus", "bicep", "armupper", "shoulder"),
    "elbow": ("elbow", "forearm", "lowarm", "lowerarm", "loarm", "radius", "armlower"),
    "wrist": ("wrist", "hand"),
}
#: Aliases that two joints share, and the other joint. ``foot`` is the ankle unless an ankle is named besides, and
#: ``shoulder`` the shoulder unless an arm is.
_YIELDS = {("ankle", "foot"): "foot", ("foot", "foot"): "ankle", ("collar", "shoulder"): "shoulder",
           ("shoulder", "shoulder"): "collar"}  # fmt: skip
_HEAD = ("head", "skull")
_NAMESPACE = re.compile(
    r"^(?:.*[:|]|character\d*_|mixamorig\d*_?|cc_base_|bip\d*[ _]|[mf]_avg_|j_bip_(?:c_)?|def-|org-|joint_|jnt_)",
    re.IGNORECASE,
)

#: Without these there is no figure; trunk, neck and collars can be placed between them.
REQUIRED = tuple(
    f"{side}_{joint}"
    for joint in ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")
    for side in ("left", "right")
) + ("head",)


def match_joints(raw: RawMotion) -> dict[str, int]:
    """Find the joints of SMPL that a file names.

    Returns:
        SMPL's name to the file's joint index, for the limbs, the head and the collars if there are any. Toes that
        are no joints are the end site below the ankle.
    Raises:
        ValueError: joints are missing; lists them and the names that the file has.
    """
    keys, is_helper = _keys(raw)
    found = _match(raw, keys, ~raw.is_end_site & ~np.array(is_helper))
    if any(is_helper):
        found = _match(raw, keys, ~raw.is_end_site) | found
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        names = [name for name, is_end in zip(raw.names, raw.is_end_site) if not is_end]
        listing = ", ".join(names[:80]) + (
            f" and {len(names) - 80} more" if len(names) > 80 else ""
        )
        raise ValueError(
            f"{raw.source}: unknown skeleton: no joint found for {', '.join(missing)}. The file has: {listing}. "
            "Rename its joints to SMPL, Mixamo or MotionBuilder names"
        )
    return found


def _match(raw: RawMotion, keys: list[str], is_allowed: np.ndarray) -> dict[str, int]:
    """SMPL's name to the joint, for what is found among the allowed joints ``[J]``."""
    found: dict[str, int] = {}
    first_with: dict[str, int] = {}
    for joint in np.flatnonzero(is_allowed).tolist():
        first_with.setdefault(keys[joint], joint)
    for side in ("left", "right"):
        own = {kind: _own(kind, aliases, side, first_with) for kind, aliases in _PAIRED.items()}
        for kind, aliases in _PAIRED.items():
            match = own[kind]
            rival = _YIELDS.get((kind, aliases[-1]))
            if (
                match is None
                and rival
                and (kind in ("ankle", "shoulder") or own[rival] is not None)
            ):
                match = _lookup(aliases[-1], side, first_with)
            if match is not None:
                found[f"{side}_{kind}"] = match
        _use_end_site_as_toe(raw, found, side)
    head = next((first_with[alias] for alias in _HEAD if alias in first_with), None)
    if head is not None:
        found["head"] = head
    return found


def _lookup(alias: str, side: str, first_with: dict[str, int]) -> int | None:
    """The joint called ``alias`` on a side, in any of the ways of writing a side."""
    for key in (side + alias, side[0] + alias, alias + side, alias + side[0]):
        if key in first_with:
            return first_with[key]
    return None


def _own(kind: str, aliases: tuple[str, ...], side: str, first_with: dict[str, int]) -> int | None:
    """The joint by an alias that no other kind of joint shares."""
    for alias in aliases:
        joint = None if (kind, alias) in _YIELDS else _lookup(alias, side, first_with)
        if joint is not None:
            return joint
    return None


def _use_end_site_as_toe(raw: RawMotion, found: dict[str, int], side: str) -> None:
    ankle = found.get(f"{side}_ankle")
    if ankle is None or f"{side}_foot" in found:
        return
    ends = [
        joint
        for joint, parent in enumerate(raw.parents)
        if parent == ankle and raw.is_end_site[joint]
    ]
    if ends:
        found[f"{side}_foot"] = ends[0]


def _keys(raw: RawMotion) -> tuple[list[str], list[bool]]:
    """(lower-case name without namespace, true where most other joints have a namespace and this one has none)."""
    bare = [_NAMESPACE.sub("", name) for name in raw.names]
    while prefix := _common_prefix(
        [name for name, is_end in zip(bare, raw.is_end_site) if not is_end]
    ):
        bare = [name.removeprefix(prefix) for name in bare]
    has_namespace = [short != name for short, name in zip(bare, raw.names)]
    keys = [
        re.sub(r"[^a-z0-9]", "", short.lower()) or name.lower()
        for short, name in zip(bare, raw.names)
    ]
    is_spaced = sum(has_namespace) >= 8
    return keys, [is_spaced and not has for has in has_namespace]


def _common_prefix(names: list[str]) -> str:
    """The namespace ``word_`` or ``word:`` that at least 60 % of the joints share, if it is not a side."""
    heads = Counter(
        match.group() for match in (re.match(r"[^_:]+[_:]", name) for name in names) if match
    )
    if not heads:
        return ""
    prefix, count = heads.most_common(1)[0]
    is_side = prefix[:-1].lower() in ("l", "r", "left", "right")
    return prefix if count >= 0.6 * len(names) and not is_side else ""
