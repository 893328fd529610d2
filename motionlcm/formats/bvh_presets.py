"""Skeletons that other programs expect in a BVH file: joint names, joints in between, rest pose.

A preset has the 22 joints under the program's names, in its order of hanging. Joints that its
skeleton has besides (a second neck, a hip joint, a root on the floor) sit on the way and do not
turn, so the motion is the same to the millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.natural_rest import natural_motion, natural_rest
from motionlcm.formats.pose import local_motion, local_positions
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.inverse_kinematics import rebase_rotations
from motionlcm.motion.rotations import from_axis_angle, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_LIMBS = SMPL_22.limbs


@dataclass(frozen=True)
class Preset:
    """A program's skeleton.

    Attributes:
        names: of SMPL's 22 joints, in our order.
        between: joints on the way to another one: SMPL's joint to (name, share of its bone).
        arms: degrees that the arms hang below the horizontal in the rest pose.
        root: a joint on the floor that the pelvis hangs on, or none.
        unit: of the file.
    """

    names: tuple[str, ...]
    between: dict[str, tuple[str, float]] = field(default_factory=dict)
    arms: float = 0.0
    root: str = ""
    unit: str = "cm"


def _names(trunk: str, limbs: str) -> tuple[str, ...]:
    """Names in our order: six of trunk, neck and head, and eight of limbs with ``{side}``."""
    middle = dict(zip(("pelvis", "spine1", "spine2", "spine3", "neck", "head"), trunk.split()))
    parts = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
    words = dict(zip(parts, limbs.split()))

    names = []
    for joint in JOINT_NAMES:
        side, _, part = joint.rpartition("_")
        sides = {"side": side, "Side": side.title(), "s": side[:1], "S": side[:1].upper()}
        names.append(words[part].format(**sides) if side else middle[joint])
    return tuple(names)


PRESETS = {
    "mixamo": Preset(JOINT_NAMINGS["mixamo"]),
    "ue5": Preset(
        _names(
            "pelvis spine_01 spine_03 spine_05 neck_01 head",
            "thigh_{s} calf_{s} foot_{s} ball_{s} clavicle_{s} upperarm_{s} lowerarm_{s} hand_{s}",
        ),
        between={
            "spine2": ("spine_02", 0.5),
            "spine3": ("spine_04", 0.5),
            "head": ("neck_02", 0.5),
        },
        arms=45.0,
        root="root",
    ),
    "vrm": Preset(
        _names(
            "hips spine chest upperChest neck head",
            "{side}UpperLeg {side}LowerLeg {side}Foot {side}Toes {side}Shoulder {side}UpperArm "
            "{side}LowerArm {side}Hand",
        ),
        unit="m",
    ),
    "rigify": Preset(
        _names(
            "spine spine.001 spine.002 spine.003 spine.004 spine.006",
            "thigh.{S} shin.{S} foot.{S} toe.{S} shoulder.{S} upper_arm.{S} forearm.{S} hand.{S}",
        ),
        between={"head": ("spine.005", 0.5)},
        unit="m",
    ),
    "cmu": Preset(
        _names(
            "Hips LowerBack Spine Spine1 Neck Head",
            "{Side}UpLeg {Side}Leg {Side}Foot {Side}ToeBase {Side}Shoulder {Side}Arm "
            "{Side}ForeArm {Side}Hand",
        ),
        between={
            "left_hip": ("LHipJoint", 0.0),
            "right_hip": ("RHipJoint", 0.0),
            "head": ("Neck1", 0.5),
        },
    ),
}


def preset_motion(motion: Motion, name: str, *, fps: float | None = None) -> RawMotion:
    """A motion told from the rest pose of a preset, with its joints and names.

    Args:
        motion: SMPL's 22 joints.
        name: one of ``PRESETS``.
        fps: frames per second of the result; the default is the motion's own rate.
    Raises:
        ValueError: an unknown preset; as ``pose.local_motion``.
    """
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    preset = PRESETS[name]
    raw = _in_rest(motion, preset.arms, fps)
    raw = replace(raw, names=preset.names)

    for joint, (label, share) in preset.between.items():
        raw = _with_joint_before(raw, preset.names[JOINT_NAMES.index(joint)], label, share)
    return _with_root(raw, preset.root) if preset.root else raw


def _in_rest(motion: Motion, arms: float, fps: float | None) -> RawMotion:
    """The 22 joints told from a T-pose, or from an A-pose with the arms ``arms`` degrees down."""
    if not arms or not motion.skeleton.supports("files"):
        return natural_motion(motion, fps=fps)

    if motion.rotations is None:
        positions = np.asarray(motion.positions, dtype=np.float64)
        rest = _lowered(natural_rest(positions, motion.fps), arms)
        return local_motion(motion, rest=rest, fps=fps)

    raw = local_motion(motion, fps=fps)
    skeleton = Skeleton(JOINT_NAMES, PARENTS, raw.offsets)
    rest = _lowered(np.asarray(raw.offsets), arms)
    rotations, lowered = rebase_rotations(raw.rotations, skeleton, rest)
    return replace(
        raw,
        rotations=rotations,
        offsets=np.asarray(lowered.offsets),
        translations=local_positions(raw.positions, rotations),
    )


def _lowered(rest: np.ndarray, degrees: float) -> np.ndarray:
    """Directions ``[22 3]`` of a T-pose with its arms lowered."""
    lowered = np.array(rest, dtype=np.float64)
    for sign, (_, elbow, wrist) in zip((1, -1), _LIMBS.arms):
        turn = from_axis_angle(np.array([0, 0, -sign * np.radians(degrees)]))
        lowered[[elbow, wrist]] = rotate(turn, lowered[[elbow, wrist]])
    return lowered


def _with_joint_before(raw: RawMotion, below: str, name: str, share: float) -> RawMotion:
    """A skeleton with one joint more, on the bone that ends in ``below``."""
    place = raw.names.index(below)
    parents = [parent + (parent >= place) for parent in raw.parents]
    parents.insert(place, parents[place])
    parents[place + 1] = place

    offsets = np.insert(raw.offsets, place, raw.offsets[place] * share, axis=0)
    translations = np.insert(raw.translations, place, raw.translations[:, place] * share, axis=1)
    offsets[place + 1] *= 1 - share
    translations[:, place + 1] *= 1 - share
    return replace(
        raw,
        names=(*raw.names[:place], name, *raw.names[place:]),
        parents=tuple(parents),
        offsets=offsets,
        translations=translations,
        rotations=np.insert(raw.rotations, place, [1, 0, 0, 0], axis=1),
        is_end_site=np.insert(raw.is_end_site, place, False),
    )


def _with_root(raw: RawMotion, name: str) -> RawMotion:
    """A skeleton that hangs on a joint which stays at the origin."""
    return replace(
        raw,
        names=(name, *raw.names),
        parents=(-1, *(parent + 1 for parent in raw.parents)),
        offsets=np.insert(raw.offsets, 0, 0, axis=0),
        translations=np.insert(raw.translations, 0, 0, axis=1),
        rotations=np.insert(raw.rotations, 0, [1, 0, 0, 0], axis=1),
        is_end_site=np.insert(raw.is_end_site, 0, False),
    )
