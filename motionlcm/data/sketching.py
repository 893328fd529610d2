"""A sketch: what is added by hand to a recorded body over time, from the pelvis to the wrists.

Everything in it is seen from the body's heading (to its left, up, ahead), and adds to what the
recording does, so that its sway and breath stay. Feet that are not led stand where they stood; legs
and arms reach by inverse kinematics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions, headings
from motionlcm.motion.footing import FEET, ease, feet_of, stand_on
from motionlcm.motion.reaching import bent_limb
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    from_yaw,
    normalize,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.skeleton import TARGET_LENGTHS

LEFT, RIGHT = 0, 1
_STRETCH = 0.995  #: share of its length to which an arm stretches
_ARMS = ((16, 18, 20), (17, 19, 21))  #: shoulder, elbow, wrist of left and right
#: How much of the trunk's turn each bone above the hips has; the pelvis has none.
_TRUNK = {3: 0.75, 6: 0.85, 9: 0.95, 12: 1.0, 13: 1.0, 14: 1.0, 15: 1.0, 16: 1.0, 17: 1.0}
_TWIST = {3: 0.2, 6: 0.4, 9: 0.6, 12: 0.8, 13: 0.9, 14: 0.9, 15: 0.3, 16: 1.0, 17: 1.0}
_HANGING = {18: 0.25, 19: 0.25, 20: 0.25, 21: 0.25}  #: arms turn less than the trunk
#: How much of the head's turn neck and shoulders have.
_HEAD = {15: 1.0, 12: 0.4, 16: 0.15, 17: 0.15}

#: Positions ``[T 22 3]``, and predicates that say what they show.
Drawing = tuple[np.ndarray, tuple[str, ...]]
Movement = Callable[[np.ndarray], np.ndarray]  #: seconds ``[T]`` to an offset ``[T 3]`` in metres


@dataclass(frozen=True)
class Hand:
    """Where a wrist goes: ``place`` metres (to the body's own side, up, ahead) from a joint; the
    elbow's direction."""

    joint: int | tuple[int, int]  #: for both sides, or the left and the right one
    place: tuple[float, float, float]
    elbow: tuple[float, float, float]
    movement: Movement | None = None  #: added in the same frame


@dataclass(frozen=True)
class Reach:
    """A hand of one side (``LEFT`` or ``RIGHT``) that is led to its place by a share ``[T]``."""

    side: int
    hand: Hand
    share: np.ndarray


@dataclass(frozen=True)
class Sketch:
    """What is added to a body of T frames; what is None stays as it was.

    Attributes:
        pelvis: ``[T 3]`` metres to the left, up, ahead.
        bend, tilt, twist: of the trunk, ``[T]`` radians: ahead, to the left, turned to the left.
        nod, look: of the head, ``[T]`` radians: down, and turned to the left.
        shrug: of the shoulders, ``[T]`` radians, up.
        feet: ``[T 2 3]`` metres, of ankle and toe together.
        heels: least angle ``[T 2]`` at which a foot rises from toe to ankle, radians.
        reaches: hands, each led on from where those before it led.
    """

    pelvis: np.ndarray | None = None
    bend: np.ndarray | None = None
    tilt: np.ndarray | None = None
    twist: np.ndarray | None = None
    nod: np.ndarray | None = None
    look: np.ndarray | None = None
    shrug: np.ndarray | None = None
    feet: np.ndarray | None = None
    heels: np.ndarray | None = None
    reaches: tuple[Reach, ...] = ()


def by_both(hand: Hand, share: np.ndarray) -> tuple[Reach, ...]:
    """Both hands led alike."""
    return Reach(LEFT, hand, share), Reach(RIGHT, hand, share)


def held(frames: int, start: int, rise: int, stop: int, fall: int) -> np.ndarray:
    """A share ``[T]`` that goes from 0 to 1 from ``start`` on, and back to 0 from ``stop`` on,
    in so many frames."""
    times = np.arange(frames)
    return ease((times - start) / rise) * (1 - ease((times - stop) / fall))


def arriving(frames: int, lead: int) -> np.ndarray:
    """A share ``[T]`` that rises at the beginning and falls at the end."""
    return held(frames, 0, lead, frames - lead - 1, lead)


def sketched(positions: np.ndarray, sketch: Sketch) -> np.ndarray:
    """Lay a sketch on a recorded body.

    Args:
        positions: ``[T 22 3]`` metres, 20 fps, the floor at 0.
        sketch: of T frames.
    Returns:
        ``[T 22 3]``; limbs keep their length.
    """
    turn = from_yaw(headings(positions, smoothing=3.0))
    body = _with_trunk(positions, sketch, turn)
    if any(part is not None for part in (sketch.pelvis, sketch.feet, sketch.heels)):
        body = _with_legs(body, positions, sketch, turn)

    directions = bone_directions(body)
    for reach in sketch.reaches:
        arm = _arm_directions(body, reach.hand, reach.side, turn)
        for joint, wanted in zip(_ARMS[reach.side][1:], arm, strict=True):
            way = to_axis_angle(between(directions[:, joint], wanted))
            part = from_axis_angle(way * reach.share[:, None])
            directions[:, joint] = rotate(part, directions[:, joint])
    return assemble(body[:, 0], directions)


def _with_trunk(positions: np.ndarray, sketch: Sketch, turn: np.ndarray) -> np.ndarray:
    """The body with its trunk, head and shoulders turned, and its pelvis moved; feet go along."""
    left, up, ahead = (rotate(turn, np.broadcast_to(axis, (len(turn), 3))) for axis in np.eye(3))
    directions = bone_directions(positions)

    # Turns by axis: which bones, and how much of it each has.
    turns: tuple[tuple[np.ndarray, np.ndarray | None, dict[int, float]], ...] = (
        (left, sketch.bend, _TRUNK | _HANGING),
        (-ahead, sketch.tilt, _TRUNK | _HANGING),
        (up, sketch.twist, _TWIST | dict.fromkeys(_HANGING, 1.0)),
        (left, sketch.nod, {15: 1.0, 12: 0.3}),
        (up, sketch.look, _HEAD),
    )
    for axis, angles, shares in turns:
        if angles is None:
            continue
        for joint, share in shares.items():
            turned = from_axis_angle(axis * (share * angles)[:, None])
            directions[:, joint] = rotate(turned, directions[:, joint])

    if sketch.shrug is not None:
        for joint, outward in ((16, 1.0), (17, -1.0)):
            raised = from_axis_angle(ahead * (outward * sketch.shrug)[:, None])
            directions[:, joint] = rotate(raised, directions[:, joint])

    pelvis = positions[:, 0]
    if sketch.pelvis is not None:
        pelvis = pelvis + rotate(turn, sketch.pelvis)
    return assemble(pelvis, directions)


def _with_legs(
    body: np.ndarray, positions: np.ndarray, sketch: Sketch, turn: np.ndarray
) -> np.ndarray:
    """The body on the feet of the recording, led where the sketch leads them."""
    feet = feet_of(positions).copy()  # [T 2 2 3]
    if sketch.feet is not None:
        feet += rotate(turn[:, None], sketch.feet)[:, :, None]

    if sketch.heels is not None:
        for side, (_, toe) in enumerate(FEET):
            bone = feet[:, side, 0] - feet[:, side, 1]
            level = normalize(bone * [1.0, 0.0, 1.0])
            rise = np.arctan2(bone[:, 1], (bone * level).sum(-1))
            rise = np.maximum(rise, sketch.heels[:, side])[:, None]
            bone = TARGET_LENGTHS[toe] * (np.cos(rise) * level + np.sin(rise) * [0.0, 1.0, 0.0])
            feet[:, side, 0] = feet[:, side, 1] + bone
    return stand_on(body, feet)


def _arm_directions(
    body: np.ndarray, hand: Hand, side: int, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors ``[T 3]`` of upper arm and forearm that bring the wrist to its place."""
    joint = hand.joint if isinstance(hand.joint, int) else hand.joint[side]
    outward = 1.0 if side == LEFT else -1.0
    place = np.broadcast_to(np.array(hand.place), (len(body), 3))
    if hand.movement is not None:
        place = place + hand.movement(np.arange(len(body)) / 20.0)
    target = body[:, joint] + rotate(turn, place * [outward, 1.0, 1.0])

    shoulder, elbow, wrist = _ARMS[side]
    hint = rotate(turn, np.broadcast_to(np.array(hand.elbow) * [outward, 1.0, 1.0], target.shape))
    lengths = (TARGET_LENGTHS[elbow], TARGET_LENGTHS[wrist])
    bend, end = bent_limb(body[:, shoulder], target, lengths, aside=hint, most=_STRETCH)
    return normalize(bend - body[:, shoulder]), normalize(end - bend)
