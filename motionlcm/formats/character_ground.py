"""What kneels, sits or lies on the floor: knees, seat and back of a character kept out of it.

Feet tell where the floor is, and a foot of other proportions puts the knees of one who kneels as
far under it as its own ankle is lower. Joints that the motion has on the floor are lifted to their
height there, in the character's size; the body goes with them, feet and hands that are on the floor
stay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import Character
from motionlcm.formats.character_soles import outermost, skin_around
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import bearing_feet, foot_heights
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.loops import is_looped
from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.rotations import between, multiply, normalize, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES
from motionlcm.motion.timeline import smooth_in_time

#: Metres above the floor of a joint that lies on it, and of one that surely does not: of a knee,
#: of the trunk, and of a wrist.
_KNEE, _TRUNK = (0.08, 0.16), (0.14, 0.22)
_WRIST = (0.10, 0.18)
_ON_FLOOR = (0.015, 0.04)  #: metres of a sole above the floor: on it, and off it
_TRUNK_JOINTS = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "head")
_LIMBS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
_BEFORE = 0.15  #: seconds before a joint needs it in which a body begins to be lifted
_STEP = (0.4, 0.006)  #: of the motion's largest step, and metres, that a correction may step
_CARRIED = 0.999  #: lead of feet that carry the body alone
_CARRIED_STEP = 2  #: times as far a correction may step there: standing soles come first
_LEAST = 1e-3  #: metres; a smaller lift is none
_ROUNDS = 3  #: a knee comes up by less than its hip does
_UPRIGHT = 0.5  #: how much the shin of a foot that stands leads up
_KNEE_CAP = 0.12  #: of a leg, around the joint, where skin is that of a knee
_THICKEST = 0.07  #: of a leg, that a knee is thick at most; more is a skirt
_REACH = 0.998  #: of its length, to which a leg stretches


def limited_steps(curve: np.ndarray, raw: RawMotion, lead: np.ndarray) -> np.ndarray:
    """The lowest curve ``[T]`` above another that steps little beside the motion's own steps.

    Where feet carry the body it may step farther, for the soles to be where the motion's are.

    What is kept out of the floor may be there at once; a body is brought up before that, and let
    down after it.

    Args:
        curve: how far a body goes up, in the motion's metres.
        raw: the motion; the largest step of its pelvis allows what ``_STEP`` says.
        lead: how much of each frame ``[T]`` the feet carry the body (``source_feet.feet_lead``).
    """
    steps = np.linalg.norm(np.diff(raw.positions[:, 0], axis=0), axis=-1)
    most = _STEP[0] * steps.max(initial=0) + _STEP[1]
    carried = np.minimum(lead[1:], lead[:-1])  # [T - 1], between two frames
    allowed = most * np.where(carried > _CARRIED, _CARRIED_STEP, 1)
    frames = len(curve)
    rounds = 3 if is_looped(raw.positions) else 1  # a loop's first frame comes after its last one
    limited = np.concatenate([*[curve[:-1]] * (rounds - 1), curve])
    allowed = np.tile(allowed, rounds)
    for way, least in ((limited, allowed), (limited[::-1], allowed[::-1])):
        for frame in range(1, len(way)):
            way[frame] = max(way[frame], way[frame - 1] - least[frame - 1])
    first = (rounds // 2) * (frames - 1)
    return limited[first : first + frames]


class Limb(NamedTuple):
    """Three joints of a leg or an arm, and how much of each frame ``[T]`` its end stays."""

    upper: int
    middle: int
    end: int
    held: np.ndarray


def lift_from_floor(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    positions: np.ndarray,
    soles: np.ndarray,
) -> np.ndarray:
    """Lift what lies lower than in the motion; legs and arms whose ends stay are bent for it.

    Args:
        character: who it is.
        raw: the motion, in metres.
        turned: joint to world rotations ``[T 4]``; those of limbs are changed.
        positions: ``[T N 3]`` places of all joints, the floor at 0.
        soles: ``[T 2]`` height of the lowest point of either foot.
    Returns:
        By how much ``[T]`` the body goes up, in the character's unit.
    """
    size = character.leg / leg_length(raw.positions)
    wanted = _wanted_heights(character, raw, turned, size)
    heights = positions[..., 1]
    need = _deepest(wanted, heights)
    if need.max() < _LEAST * size:
        return np.zeros(len(positions))

    legs, arms = _legs_and_arms(character, raw, soles / size)
    knees = [limb.middle for limb in legs]
    lift = _before(need, raw.fps)
    for _ in range(_ROUNDS):
        lift = np.minimum(lift, _farthest(positions, legs))
        bent = heights + lift[:, None]
        for limb in legs:
            bent[:, limb.middle] = _reached(positions, limb, lift)[0][:, 1]
        need = _deepest({knee: wanted[knee] for knee in knees if knee in wanted}, bent)
        if need.max() < _LEAST * size:
            break
        lift = lift + _before(need, raw.fps)

    lift = np.minimum(lift, _farthest(positions, legs))
    for limb in (*legs, *arms):
        _bend(turned, positions, limb, lift)
    return lift


def _wanted_heights(
    character: Character, raw: RawMotion, turned: dict[int, np.ndarray], size: float
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Height ``[T]`` of each joint that the motion has on the floor, and how far it lies there.

    A knee is at least as high as its skin is thick.
    """
    wanted = {}
    for name in (*_TRUNK_JOINTS, *(f"{side}_knee" for side in SIDES)):
        joint = character.joints.get(name, len(character.nodes))
        height = raw.positions[:, JOINT_NAMES.index(name), 1]
        lies = 1 - smooth_step(height, *(_KNEE if name.endswith("knee") else _TRUNK))
        if joint < len(character.nodes) and lies.any():
            wanted[joint] = (height * size, lies)
            if name.endswith("knee"):
                depth = _knee_depth(character, joint, turned[joint])
                wanted[joint] = (np.maximum(height * size, depth), lies)
    return wanted


def _knee_depth(character: Character, knee: int, turns: np.ndarray) -> np.ndarray:
    """How far ``[T]`` the skin around a knee reaches below its joint, by the shin's rotations."""
    skin = skin_around(character, [knee]).get(knee, np.zeros((1, 3))) * character.scales[knee]
    cloud = skin[np.linalg.norm(skin, axis=-1) < _KNEE_CAP * character.leg]
    if not len(cloud):
        return np.zeros(len(turns))
    depth = -rotate(turns[:, None], outermost(cloud)[None])[..., 1].min(axis=1)
    return np.clip(depth, 0, _THICKEST * character.leg)


def _deepest(wanted: dict[int, tuple[np.ndarray, np.ndarray]], heights: np.ndarray) -> np.ndarray:
    """How far ``[T]`` the lowest of the joints is under what is wanted; ``heights [T N]``."""
    need = np.zeros(len(heights))
    for joint, (height, lies) in wanted.items():
        need = np.maximum(need, lies * (height - heights[:, joint]))
    return need


def _before(need: np.ndarray, fps: float) -> np.ndarray:
    """A smooth curve ``[T]`` that is nowhere much lower than what is needed."""
    reach = max(round(_BEFORE * fps), 1)
    padded = np.pad(need, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return smooth_in_time(windows.max(axis=1)[:, None], reach / 2.5)[:, 0]


def _legs_and_arms(
    character: Character, raw: RawMotion, soles: np.ndarray
) -> tuple[list[Limb], list[Limb]]:
    """Legs and arms that the file has whole; feet and hands on the floor are held."""
    bears = bearing_feet(raw)
    found: tuple[list[Limb], list[Limb]] = ([], [])
    for limbs, chain in zip(found, _LIMBS, strict=True):
        for side, name in enumerate(SIDES):
            upper, middle, end = (character.joints[f"{name}_{part}"] for part in chain)
            if max(upper, middle, end) >= len(character.nodes):
                continue
            if chain[-1] == "ankle":
                height = np.minimum(soles[:, side], foot_heights(raw.positions)[:, side])
                held = np.maximum(1 - smooth_step(height, *_ON_FLOOR), bears[:, side])
            else:
                wrist = raw.positions[:, JOINT_NAMES.index(f"{name}_wrist"), 1]
                held = 1 - smooth_step(wrist, *_WRIST)
            limbs.append(Limb(upper, middle, end, held))
    return found


def _farthest(positions: np.ndarray, limbs: list[Limb]) -> np.ndarray:
    """How far ``[T]`` hips may go up before a foot that stands leaves the floor."""
    farthest = np.full(len(positions), np.inf)
    for limb in limbs:
        hip, end = positions[:, limb.upper], positions[:, limb.end]
        line = hip - end
        reach = _REACH * sum(_lengths(positions, limb))
        height = np.sqrt(np.maximum(reach**2 - line[:, 0] ** 2 - line[:, 2] ** 2, 0))
        room = np.maximum(height - line[:, 1], 0)
        stands = (limb.held > 0.5) & (_uprightness(positions, limb) > _UPRIGHT)
        farthest = np.where(stands, np.minimum(farthest, room), farthest)
    return farthest


def _uprightness(positions: np.ndarray, limb: Limb) -> np.ndarray:
    """How much ``[T]`` a shin leads up: it does above a foot that stands, not where one lies."""
    return normalize(positions[:, limb.middle] - positions[:, limb.end])[:, 1]


def _lengths(positions: np.ndarray, limb: Limb) -> tuple[np.ndarray, np.ndarray]:
    """Lengths ``[T]`` of the two bones of a limb."""
    upper, middle, end = (positions[:, joint] for joint in limb[:3])
    return np.linalg.norm(middle - upper, axis=-1), np.linalg.norm(end - middle, axis=-1)


def _reached(positions: np.ndarray, limb: Limb, lift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where middle and end of a limb ``[T 3]`` are when the body goes up and its end is held."""
    up = lift[:, None] * np.array([0.0, 1.0, 0.0])
    upper, middle, end = (positions[:, joint] for joint in limb[:3])
    target = end + up * (1 - limb.held[:, None])

    along = normalize(end - upper)
    bend = middle - upper - ((middle - upper) * along).sum(axis=-1, keepdims=True) * along
    return bent_limb(upper + up, target, _lengths(positions, limb), aside=bend)


def _bend(
    turned: dict[int, np.ndarray], positions: np.ndarray, limb: Limb, lift: np.ndarray
) -> None:
    """Turn both bones of a limb so that its end stays, in world rotations ``turned``."""
    upper, middle, end = (positions[:, joint] for joint in limb[:3])
    hip = upper + lift[:, None] * np.array([0.0, 1.0, 0.0])
    bent, reached = _reached(positions, limb, lift)
    is_lifted = (lift * limb.held > 1e-9)[:, None]
    for joint, old, new in (
        (limb.upper, middle - upper, bent - hip),
        (limb.middle, end - middle, reached - bent),
    ):
        turn = multiply(between(old, new), turned[joint])
        turned[joint] = np.where(is_lifted, turn, turned[joint])
