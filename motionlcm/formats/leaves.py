"""Leaf joints that a file lacks, or has at no distance: toes, hands and head are placed.

An End Site in the joint's stead is taken where it has a distance. Else a joint is added that moves
rigidly with its parent: toes ahead of the ankle, hands beyond the elbow, the head above the neck.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.formats.joint_words import ancestors
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.upright import limbs_bend
from motionlcm.motion.rotations import inverse, multiply, normalize, rotate

_NEAR = 0.02  # bones shorter than this share of a shin have no length
_TOES = (0.29, 0.12)  # shares of a shin, from an ankle ahead and down
_FACE = {"left_hip", "right_hip", "left_shoulder", "right_shoulder"}  # they tell where ahead is
_LIMB = 0.4  # of the bone above it, that a forearm or a shin has at least
_FOREARM = 0.95  # of the upper arm
_SAMPLE = 60  # frames that tell which way a foot points


def place_leaves(
    raw: RawMotion, joints: dict[str, int], notes: list[str]
) -> tuple[RawMotion, dict[str, int]]:
    """Complete the ends of limbs and trunk.

    Args:
        raw: any human skeleton.
        joints: SMPL's names to the file's joints; ankles, elbows and head may be missing, too.
        notes: is told of what was placed.
    Returns:
        The skeleton, with joints added if need be, and the names with them.
    """
    joints = dict(joints)
    for side in ("left", "right"):
        _use_end_site(raw, joints, f"{side}_ankle", f"{side}_knee", notes)
        _use_end_site(raw, joints, f"{side}_foot", f"{side}_ankle", None)
        _use_end_site(raw, joints, f"{side}_wrist", f"{side}_elbow", notes)
    if "head" not in joints:
        neck = _neck(raw, joints)
        if neck is not None:
            _use_end_site(raw, joints, "head", "neck", notes, parent=neck)

    if not joints.keys() >= _FACE:
        return raw, joints  # nobody knows where ahead is, and such a skeleton is refused anyway

    sides = ("left", "right")
    if all(_lacks(raw, joints, f"{side}_foot", f"{side}_ankle", side) for side in sides):
        raw = _right_handed(raw, joints, notes)
    for side in sides:
        if _lacks(raw, joints, f"{side}_foot", f"{side}_ankle", side):
            raw = _with_toes(raw, joints, side)
            notes.append(f"{side} foot: no toes: placed ahead of the ankle")
        if _lacks(raw, joints, f"{side}_wrist", f"{side}_elbow", side):
            raw = _with_wrist(raw, joints, side)
            notes.append(f"{side} hand: missing: placed beyond the elbow")
    return raw, joints


def moved_bones(raw: RawMotion) -> RawMotion:
    """Give joints that are told by their positions alone the offsets that those have.

    Some programs write a position for every joint and leave the offsets at zero.
    """
    lengths = np.linalg.norm(raw.offsets, axis=-1)
    mean = np.median(raw.translations, axis=0)  # [J 3]
    moved = np.linalg.norm(mean, axis=-1)
    is_lost = (lengths < 1e-6) & (moved > 1e-6)
    is_lost[0] = False

    if not is_lost.any():
        return raw
    return replace(raw, offsets=np.where(is_lost[:, None], mean, raw.offsets))


def _neck(raw: RawMotion, joints: dict[str, int]) -> int | None:
    """The joint called neck, if it is above both shoulders."""
    for joint, name in enumerate(raw.names):
        if "neck" in name.lower() and not raw.is_end_site[joint]:
            children = [child for child, parent in enumerate(raw.parents) if parent == joint]
            if all(raw.is_end_site[child] for child in children):
                return joint
    return None


def _use_end_site(
    raw: RawMotion,
    joints: dict[str, int],
    name: str,
    above: str,
    notes: list[str] | None,
    parent: int | None = None,
) -> None:
    """Take the End Site below a joint for the one that is missing there."""
    parent = joints.get(above) if parent is None else parent
    if name in joints or parent is None:
        return

    least = _NEAR * _shin(raw, joints)
    if name.endswith(("ankle", "wrist")):
        least = max(least, _LIMB * float(np.linalg.norm(raw.offsets[parent])))
    for joint, its_parent in enumerate(raw.parents):
        is_site = its_parent == parent and raw.is_end_site[joint]
        if is_site and np.linalg.norm(raw.offsets[joint]) > least:
            joints[name] = joint
            if notes is not None:
                notes.append(f"{name.replace('_', ' ')}: the End Site of {raw.names[parent]}")
            return


def _lacks(raw: RawMotion, joints: dict[str, int], name: str, above: str, side: str) -> bool:
    """Whether a leaf is missing, or is where the joint above it is, which itself is there."""
    if above not in joints or f"{side}_knee" not in joints:
        return False
    if name not in joints:
        return True

    length = 0.0
    for joint in [joints[name], *ancestors(raw, joints[name])]:
        if joint == joints[above]:
            break
        length += float(np.linalg.norm(raw.offsets[joint]))
    return length <= _NEAR * _shin(raw, joints)


def _shin(raw: RawMotion, joints: dict[str, int]) -> float:
    """Length of the longer way from a knee to an ankle (or of a thigh), in the file's unit."""
    longest = 0.0
    for side in ("left", "right"):
        for upper, lower in (("knee", "ankle"), ("hip", "knee")):
            first, last = joints.get(f"{side}_{upper}"), joints.get(f"{side}_{lower}")
            if first is None or last is None:
                continue
            length = 0.0
            for joint in [last, *ancestors(raw, last)]:
                if joint == first:
                    longest = max(longest, length)
                    break
                length += float(np.linalg.norm(raw.offsets[joint]))
    return longest


def _right_handed(raw: RawMotion, joints: dict[str, int], notes: list[str]) -> RawMotion:
    """Undo left-handed axes of a body without toes: its knees bend backwards, its elbows ahead."""
    sample = raw.sampled(_SAMPLE)
    forward, _ = _facing(sample, joints)

    def limb(*parts: str) -> list[np.ndarray] | None:
        names = [[f"{side}_{part}" for side in ("left", "right")] for part in parts]
        if not all(name in joints for pair in names for name in pair):
            return None
        return [sample.positions[:, [joints[name] for name in pair]] for pair in names]

    legs, arms = limb("hip", "knee", "ankle"), limb("shoulder", "elbow", "wrist")
    bend = 1 if legs is None else limbs_bend(legs, arms, forward)
    if bend == 0:
        notes.append(
            "no toes, and limbs that hardly bend: left and right are believed as they are named"
        )
    if bend >= 0:
        return raw

    notes.append("left-handed axes (limbs bend the wrong way): X negated")
    return replace(
        raw,
        offsets=raw.offsets * [-1, 1, 1],
        translations=raw.translations * [-1, 1, 1],
        rotations=raw.rotations * [1, 1, -1, -1],
    )


def _with_toes(raw: RawMotion, joints: dict[str, int], side: str) -> RawMotion:
    """Toes ahead of an ankle, as the body faces on the mean over the motion."""
    ankle = joints[f"{side}_ankle"]
    ahead, down = (share * _shin(raw, joints) for share in _TOES)

    # The rest pose tells where the foot points if it stands; else the motion does.
    for motion in (_rest(raw), raw.sampled(_SAMPLE)):
        forward, up = _facing(motion, joints)
        wanted = forward * ahead - up * down  # [T 3]
        local = rotate(inverse(_world(motion, ankle)), wanted).mean(axis=0)
        if np.linalg.norm(local) > 0.5 * ahead and _stands(motion, joints):
            break

    local = normalize(local) * np.hypot(ahead, down)
    return _with_joint(raw, joints, f"{side}_foot", ankle, local)


def _with_wrist(raw: RawMotion, joints: dict[str, int], side: str) -> RawMotion:
    """A wrist that goes on from the elbow as the upper arm came, in the rest pose."""
    elbow = joints[f"{side}_elbow"]
    bone = raw.offsets[elbow]
    return _with_joint(raw, joints, f"{side}_wrist", elbow, _FOREARM * bone)


def _with_joint(
    raw: RawMotion, joints: dict[str, int], name: str, parent: int, offset: np.ndarray
) -> RawMotion:
    """A skeleton with one joint more, which does not turn on its parent."""
    joints[name] = len(raw.names)
    frames = raw.num_frames
    still = np.tile([1.0, 0, 0, 0], (frames, 1, 1))
    place = np.tile(offset, (frames, 1, 1))
    return replace(
        raw,
        names=(*raw.names, f"{raw.names[parent]}_placed"),
        parents=(*raw.parents, parent),
        offsets=np.concatenate([raw.offsets, offset[None]]),
        translations=np.concatenate([raw.translations, place], axis=1),
        rotations=np.concatenate([raw.rotations, still], axis=1),
        is_end_site=np.append(raw.is_end_site, True),
    )


def _rest(raw: RawMotion) -> RawMotion:
    """The rest pose as a motion of one frame."""
    identity = np.zeros((1, len(raw.names), 4))
    identity[..., 0] = 1
    return replace(raw, translations=raw.offsets[None].copy(), rotations=identity)


def _world(raw: RawMotion, joint: int) -> np.ndarray:
    """World rotations ``[T 4]`` of a joint."""
    turn = raw.rotations[:, joint]
    for above in ancestors(raw, joint):
        turn = multiply(raw.rotations[:, above], turn)
    return turn


def _facing(raw: RawMotion, joints: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Where the body faces and where up is, unit vectors ``[T 3]``."""
    positions = raw.positions
    left, right = (positions[:, joints[f"{side}_hip"]] for side in ("left", "right"))
    shoulders = [positions[:, joints[f"{side}_shoulder"]] for side in ("left", "right")]
    up = normalize(sum(shoulders) / 2 - (left + right) / 2)
    forward = np.cross(left - right, up)
    return normalize(forward), up


def _stands(raw: RawMotion, joints: dict[str, int]) -> bool:
    """Whether the shins go down where the trunk goes up, in most frames."""
    _, up = _facing(raw, joints)
    positions = raw.positions
    shins = positions[:, joints["left_ankle"]] - positions[:, joints["left_knee"]]
    return bool(np.median((normalize(shins) * up).sum(axis=-1)) < -0.8)
