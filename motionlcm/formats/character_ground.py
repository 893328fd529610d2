"""What kneels, sits or lies on the floor: knees, seat and back of a character kept out of it.

Feet tell where the floor is, and a foot of other proportions puts the knees of one who kneels as
far under it as its own ankle is lower. The whole body is lifted until the skin of what the motion
has on the floor is on it, too: no limb is bent for it, and feet pitch to where the floor is then
(``character_feet.py``).
"""

from __future__ import annotations

import numpy as np

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import Character
from motionlcm.formats.character_soles import outermost, skin_around
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import feet_lead, widened
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import rotate
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES

#: Metres above the floor of a joint that lies on it, and of one that surely does not: of a knee,
#: and of the trunk.
_KNEE, _TRUNK = (0.12, 0.20), (0.14, 0.22)
_TRUNK_JOINTS = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "head")
_BEFORE = 0.15  #: seconds before a joint needs it in which a body begins to be lifted
_STEP = (0.4, 0.006)  #: of the motion's largest step, and metres, that a correction may step
_CARRIED = 0.999  #: lead of feet that carry the body alone
_CARRIED_STEP = 2  #: times as far a correction may step there: standing soles come first
_LEAST = 1e-3  #: metres; a smaller lift is none
#: Of a leg: around a joint, where skin is that of a knee or of the trunk, ...
_KNEE_CAP, _TRUNK_CAP = 0.12, 0.3
#: ... and how far below the joint that is at most; what is lower is a skirt.
_KNEE_THICK, _TRUNK_THICK = 0.07, 0.17


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


def lift_from_floor(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    heights: np.ndarray,
) -> np.ndarray:
    """How far ``[T]`` a body goes up for what lies too low.

    Args:
        character: who it is.
        raw: the motion, in metres.
        turned: joint to world rotations ``[T 4]``.
        heights: ``[T N]`` of all joints above the floor.
    Returns:
        In the character's unit, as ``heights`` are.
    """
    size = character.leg / leg_length(raw.positions)
    need = np.zeros(len(heights))
    for joint, (height, lies) in _wanted_heights(character, raw, turned, size).items():
        need = np.maximum(need, lies * (height - heights[:, joint]))
    if need.max() < _LEAST * size:
        return np.zeros(len(heights))
    return widened(need, raw, _BEFORE)


def lie_on_floor(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    heights: np.ndarray,
) -> np.ndarray:
    """How far ``[T]`` a body that lies goes up, or down if less than 0, to touch the floor.

    It comes down until its first point touches, and up for what is in the floor, but for arms,
    which bend out of it (``character_hands.py``).

    Args:
        character, raw, turned: as for ``lift_from_floor``.
        heights: ``[T N]`` of all joints above the floor.
    Returns:
        In the character's unit, as ``heights`` are.
    """
    lowest = raw.positions[..., 1].min(axis=1)
    lies = (1 - feet_lead(raw)) * (1 - smooth_step(lowest, *_TRUNK))
    if not lies.any():
        return np.zeros(len(heights))

    arms = {
        character.joints[f"{side}_{part}"]
        for side in SIDES
        for part in ("shoulder", "elbow", "wrist")
    }
    touching, body = np.full(len(heights), np.inf), np.full(len(heights), np.inf)
    for joint, cloud in skin_around(character, list(turned)).items():
        depth = _reach_below(cloud * character.scales[joint], turned[joint])
        touching = np.minimum(touching, heights[:, joint] - depth)
        if joint not in arms:
            thickness = np.minimum(depth, _TRUNK_THICK * character.leg)
            body = np.minimum(body, heights[:, joint] - thickness)
    if not np.isfinite(touching).all():
        return np.zeros(len(heights))
    need = np.maximum(-body, 0) - np.maximum(touching, 0)
    return widened(lies * need, raw, _BEFORE)


def _wanted_heights(
    character: Character, raw: RawMotion, turned: dict[int, np.ndarray], size: float
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Height ``[T]`` of each joint that the motion has on the floor, and how far it lies there.

    That is how thick its skin is, of a head no more than the motion's height, lest a body that
    rolls over it go up; it is the motion's height where a file tells of no skin.
    """
    wanted = {}
    for name in (*_TRUNK_JOINTS, *(f"{side}_knee" for side in SIDES)):
        joint = character.joints.get(name, len(character.nodes))
        height = raw.positions[:, JOINT_NAMES.index(name), 1]
        is_knee = name.endswith("knee")
        lies = 1 - smooth_step(height, *(_KNEE if is_knee else _TRUNK))
        if joint >= len(character.nodes) or not lies.any():
            continue
        sizes = (_KNEE_CAP, _KNEE_THICK) if is_knee else (_TRUNK_CAP, _TRUNK_THICK)
        depth = _skin_depth(character, joint, turned[joint], sizes)
        wanted[joint] = (height * size, lies)
        if depth is not None:
            wanted[joint] = (np.minimum(depth, height * size) if name == "head" else depth, lies)
    return wanted


def _skin_depth(
    character: Character, joint: int, turns: np.ndarray, sizes: tuple[float, float]
) -> np.ndarray | None:
    """How far ``[T]`` the skin around a joint reaches below it, by its world rotations.

    Args:
        character: whose joint it is.
        joint: the joint.
        turns: ``[T 4]``.
        sizes: shares of a leg, around the joint where skin counts, and that it is deep at most.
    """
    skin = skin_around(character, [joint]).get(joint, np.zeros((0, 3))) * character.scales[joint]
    cloud = skin[np.linalg.norm(skin, axis=-1) < sizes[0] * character.leg]
    if not len(cloud):
        return None
    return np.clip(_reach_below(cloud, turns), 0, sizes[1] * character.leg)


def _reach_below(cloud: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """How far ``[T]`` points ``[N 3]`` around a joint, turned by ``[T 4]``, reach below it."""
    return -rotate(turns[:, None], outermost(cloud)[None])[..., 1].min(axis=1)
