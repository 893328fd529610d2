"""A character's feet on the floor: ankles pitch, and toes bend, until the soles touch it.

Where thighs and shins point is the motion's; where a foot points is nearly free, since feet are of
other lengths and heights on every body. So a foot that the motion has on the floor pitches about
its ankle until its sole is there too: the toes of one who kneels, the foot beside the one that
bears the body. The toes, of which the 22 joints know nothing, lie flat under a heel that is up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.character_soles import character_up, find_soles, foot_joints, points_above
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import bearing_feet, foot_heights, smoothed
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, normalize, rotate
from motionlcm.motion.seams import even_at_seam
from motionlcm.motion.skeleton import SIDES

_PITCHES = np.radians(np.arange(-51, 52, 3.0))  #: by which an ankle may pitch
_TOUCH = (0.02, 0.05)  #: metres of a motion's foot above the floor: on it, and surely not
_OFF = 0.005  #: metres: a sole so far from the floor costs as much as ...
_TURNED = np.radians(20)  #: ... an ankle that is pitched so far, or ...
_TURNING = np.radians(60)  #: ... pitches by so much in a second
_UP = np.array([0.0, 1.0, 0.0])
_IN_FLOOR = 3.0  #: times as much that a sole costs which is in the floor
_HIGH = (0.005, 0.02)  #: metres of a pitched sole above the floor at which toes cease to bend
_SMOOTH = 0.04  #: seconds over which pitches are smoothed
_TOES = np.radians(60)  #: by which toes bend
_TOES_FADE = (np.radians(95), np.radians(130))  #: pitch of a foot that lies on its back at last


class Foot(NamedTuple):
    """A foot of a character, in metres of the motion.

    Attributes:
        ankle: its joint.
        toes: the joint of its toes, where the file has one.
        heel: ``[K 3]`` points of the sole that turn with the ankle, seen from it in its frame.
        tips: ``[M 3]`` those that turn with the toes, seen from them in the ankle's frame.
        ball: ``[3]`` where the toes' joint is, in the ankle's frame.
        axes: ``[3 3]`` left, up and ahead of a foot that stands, in the ankle's frame.
        straight: ``[4]`` rotation of the toes in the ankle's frame, where nothing bends them.
    """

    ankle: int
    toes: int | None
    heel: np.ndarray
    tips: np.ndarray
    ball: np.ndarray
    axes: np.ndarray
    straight: np.ndarray


def find_feet(character: Character, scale: float) -> list[Foot]:
    """The feet, left and right; ``scale`` is a metre of the motion in the file's unit."""
    return [_foot(character, side, scale) for side in range(len(SIDES))]


def _foot(character: Character, side: int, scale: float) -> Foot:
    soles, joints = find_soles(character), foot_joints(character)[side]
    ankle, toes = joints[0], character.joints[f"{SIDES[side]}_foot"]
    tips_of = [joint for joint in joints if toes in _chain(character, joint, ankle)]

    size = character.scales[ankle] / scale
    clouds: tuple[list[np.ndarray], list[np.ndarray]] = ([np.zeros((0, 3))], [np.zeros((0, 3))])
    for joint in joints:
        if joint in soles:
            cloud = points_above(character, soles[joint], joint, ankle)
            clouds[joint in tips_of].append(cloud * size)
    heel, tips = (np.concatenate(parts) for parts in clouds)
    ball, straight = np.zeros(3), np.array([1.0, 0, 0, 0])
    if tips_of:
        ball = points_above(character, np.zeros((1, 3)), toes, ankle)[0] * size
        for joint in _chain(character, toes, ankle):
            straight = multiply(character.local[joint].rotation, straight)

    up = character_up(character)
    places = character.rest.positions[0]
    bone = places[toes] - places[ankle]
    ahead = normalize(bone - (bone @ up) * up)
    axes = np.stack([np.cross(up, ahead), up, ahead])
    own = rotate(inverse(character.rest_rotations[ankle]), axes)
    return Foot(ankle, toes if tips_of else None, heel, tips - ball, ball, own, straight)


def _chain(character: Character, joint: int, top: int) -> list[int]:
    """A joint and those above it, below ``top``."""
    chain = []
    while joint != top:
        chain.append(joint)
        joint = character.parents[joint]
    return chain


class FootPitch(NamedTuple):
    """How a foot may pitch, in metres of the motion.

    Attributes:
        lowest: ``[T A]`` height of the lowest point of its sole, seen from the ankle, for each of
            the pitches that are tried.
        contact: ``[T]`` how surely the motion has it on the floor.
        height: ``[T]`` of the motion's foot above the floor.
    """

    lowest: np.ndarray
    contact: np.ndarray
    height: np.ndarray

    @property
    def plain(self) -> np.ndarray:
        """``[T]`` the lowest point of the foot as the motion turns it."""
        return self.lowest[:, len(_PITCHES) // 2]

    @property
    def highest(self) -> np.ndarray:
        """``[T]`` the lowest point of the foot that is pitched to be as little below as it can."""
        return self.lowest.max(axis=1)


def foot_pitches(
    feet: list[Foot], raw: RawMotion, turned: dict[int, np.ndarray]
) -> list[FootPitch]:
    """How each foot may pitch, by the world rotations ``turned [T 4]`` of the ankles."""
    heights, bears = np.maximum(foot_heights(raw.positions), 0), bearing_feet(raw)
    contact = np.maximum(1 - smooth_step(heights, *_TOUCH), bears)
    above = heights * (1 - bears) * smooth_step(heights, 0.5 * _TOUCH[0], _TOUCH[0])

    pitches = []
    for side, foot in enumerate(feet):
        lowest = _lowest(foot, turned[foot.ankle], contact[:, side])
        pitches.append(FootPitch(lowest, contact[:, side], above[:, side]))
    return pitches


def _lowest(foot: Foot, ankle: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Height ``[T A]`` of the lowest point of a sole above its ankle, for each pitch."""
    left = rotate(ankle, foot.axes[0])
    lowest = np.empty((len(ankle), len(_PITCHES)))
    heel, tips = (rotate(ankle[:, None], part[None]) for part in (foot.heel, foot.tips))
    ball = rotate(ankle, foot.ball)[:, None]
    for number, pitch in enumerate(_PITCHES):
        turn = np.full(len(ankle), pitch)
        low = np.full(len(ankle), np.inf)
        if heel.shape[1]:
            low = _height(heel, left, turn).min(axis=1)
        if tips.shape[1]:
            bent = turn - _bent_toes(foot, ankle, turn, contact)
            low = np.minimum(
                low, _height(ball, left, turn)[:, 0] + _height(tips, left, bent).min(axis=1)
            )
        lowest[:, number] = low
    return lowest


def _height(points: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Heights ``[T K]`` of points ``[T K 3]`` turned about axes ``[T 3]``: Rodrigues' formula."""
    still = axis[:, None, 1] * (points * axis[:, None]).sum(axis=-1)
    level = axis[:, None, 2] * points[..., 0] - axis[:, None, 0] * points[..., 2]
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return still + (points[..., 1] - still) * cosine + level * sine


def _bent_toes(foot: Foot, ankle: np.ndarray, pitch: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Radians ``[T]`` by which toes bend up from a foot that is pitched: until they are level."""
    ahead, up = rotate(ankle, foot.axes[2])[:, 1], rotate(ankle, foot.axes[1])[:, 1]
    down = np.arctan2(-ahead, up) + pitch
    down = (down + np.pi) % (2 * np.pi) - np.pi
    is_level = smooth_step(np.hypot(ahead, up), 0.3, 0.7)  # of a foot on its side it is unknown
    bent = np.clip(down, 0, _TOES) * (1 - smooth_step(np.abs(down), *_TOES_FADE))
    return bent * contact * is_level


def plant_feet(
    feet: list[Foot],
    pitches: list[FootPitch],
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    ankles: np.ndarray,
) -> None:
    """Pitch ankles and bend toes, in world rotations ``turned [T 4]``.

    Args:
        feet, pitches: what they are, and how they may pitch.
        raw: the motion.
        turned: joint to world rotations; those of ankles are changed, those of toes are added.
        ankles: ``[T 2]`` heights of the ankles above the floor, in metres of the motion.
    """
    for side, (foot, pitch) in enumerate(zip(feet, pitches, strict=True)):
        ankle, bends = turned[foot.ankle], pitch.contact
        angle = _pitched(ankles[:, side], pitch, raw)
        above = _sole(ankles[:, side], pitch, angle) - pitch.height

        # Of a foot that does not reach the floor the toes point down.
        if foot.toes is not None and (above * bends).max() > _HIGH[0]:
            bends = bends * (1 - smoothed(smooth_step(above, *_HIGH)[:, None], raw, _SMOOTH)[:, 0])
            pitch = pitch._replace(lowest=_lowest(foot, ankle, bends))
            angle = _pitched(ankles[:, side], pitch, raw)

        left = rotate(ankle, foot.axes[0])
        planted = multiply(from_axis_angle(left * angle[:, None]), ankle)
        if foot.toes is not None:
            bent = _bent_toes(foot, ankle, angle, bends)
            turn = multiply(from_axis_angle(-left * bent[:, None]), planted)
            turned[foot.toes] = multiply(turn, foot.straight)
        turned[foot.ankle] = planted


def _pitched(ankle: np.ndarray, pitch: FootPitch, raw: RawMotion) -> np.ndarray:
    """The smooth pitches ``[T]`` of a foot whose ankle is ``[T]`` above the floor."""
    angle = smoothed(_least_pitch(ankle[:, None] + pitch.lowest, pitch, raw)[:, None], raw, _SMOOTH)
    if is_looped(raw.positions):
        return even_at_seam(angle[:, None] * _UP, raw.fps)[:, 0, 1]
    return angle[:, 0]


def _sole(ankle: np.ndarray, pitch: FootPitch, angle: np.ndarray) -> np.ndarray:
    """Height ``[T]`` of the lowest point of a foot that is pitched by ``angle [T]``."""
    nearest = np.abs(angle[:, None] - _PITCHES).argmin(axis=1)
    return ankle + pitch.lowest[np.arange(len(ankle)), nearest]


def _least_pitch(soles: np.ndarray, pitch: FootPitch, raw: RawMotion) -> np.ndarray:
    """The pitches ``[T]`` that keep a sole on the floor with as little turning as that takes.

    The cheapest way through all frames: each costs what the sole is off the floor, how far the
    ankle is pitched, and how much that changes.

    Args:
        soles: ``[T A]`` metres of the sole above the floor, for each pitch.
        pitch: how high it should be at most, and how much that matters.
        raw: the motion.
    """
    above = np.maximum(soles - pitch.height[:, None], 0)
    cost = pitch.contact[:, None] * (above / _OFF) ** 2
    cost += (_IN_FLOOR * np.minimum(soles, 0) / _OFF) ** 2 + (_PITCHES / _TURNED) ** 2
    rounds = 1
    if is_looped(raw.positions):  # a loop's first frame comes after its last one
        rounds = 3
        cost = np.tile(cost[:-1], (rounds, 1))
    steps = (_PITCHES[:, None] - _PITCHES) * raw.fps / _TURNING  # [to, from]

    came_from = np.zeros(cost.shape, dtype=np.int8)
    total = cost[0]
    for frame in range(1, len(cost)):
        ways = total + steps**2
        came_from[frame] = ways.argmin(axis=1)
        total = cost[frame] + ways.min(axis=1)

    path = [int(total.argmin())]
    for row in came_from[:0:-1]:
        path.append(int(row[path[-1]]))
    angles = _PITCHES[path[::-1]]
    if rounds == 1:
        return angles
    count = len(soles) - 1
    return angles[count : 2 * count + 1]
