"""Poses that anybody can name (a salute, hands on the hips, playing the guitar), put on recorded
standing clips.

Each is a hand-written place for one or both wrists, seen from a joint of the recorded body and from
its heading, and a side to which the elbow points. Arms reach for it by inverse kinematics and are
led there and back softly, so trunk, head and legs keep the sway of the recording. They are drawn by
hand: give them little weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.data.sketching import LEFT, RIGHT, Hand, Movement, Reach, Sketch, sketched
from motionlcm.motion.footing import ease

_PELVIS, _SPINE = 0, 3
_CHEST, _HEAD = 9, 15
_SHOULDERS, _TOES = (16, 17), (10, 11)
_LEAD = 12  #: frames in which the arms come and go


@dataclass(frozen=True)
class NamedPose:
    """A pose by name, with how it is said; ``bend`` is how far the trunk bends forward, in radians.

    A pose of one hand is that of the right one; its mirror image is the left one's. ``weight`` says
    how often it is drawn: what people ask for most has more.
    """

    name: str
    phrases: tuple[str, ...]
    hands: dict[int, Hand]
    bend: float = 0.0
    can_walk: bool = True
    weight: float = 1.0


def _swing(x: float, y: float, z: float, hertz: float, phase: float = 0.0) -> Movement:
    """A to-and-fro along a vector, metres either way."""
    return lambda seconds: np.sin(2 * np.pi * hertz * seconds + phase)[:, None] * [x, y, z]


def _turn(radius: float, angle: float, hertz: float, side: int) -> Movement:
    """A hand on a steering wheel that turns by ``angle`` radians either way."""

    def move(seconds: np.ndarray) -> np.ndarray:
        turned = angle * np.sin(2 * np.pi * hertz * seconds)
        up = (1 if side == LEFT else -1) * np.sin(turned)
        return radius * np.stack([np.cos(turned) - 1, up, np.zeros_like(turned)], axis=-1)

    return move


def _both(hand: Hand) -> dict[int, Hand]:
    return {LEFT: hand, RIGHT: hand}


def _right(
    joint: int | tuple[int, int],
    place: tuple[float, float, float],
    elbow: tuple[float, float, float],
    movement: Movement | None = None,
) -> dict[int, Hand]:
    return {RIGHT: Hand(joint, place, elbow, movement)}


POSES = (
    NamedPose("salute", ("salutes", "salutes with the right hand", "gives a military salute"),
              _right(_HEAD, (0.13, 0.07, 0.11), (1, 0.1, 0)), weight=3.0),
    NamedPose("raise",
              ("raises the right hand", "raises the right arm", "holds the right hand up",
               "lifts the right hand over the head"),
              _right(_SHOULDERS, (0.07, 0.47, 0.06), (1, 0, 0)), weight=3.0),
    NamedPose("raise both",
              ("raises both hands", "raises both arms", "holds both hands up",
               "lifts both arms over the head"),
              _both(Hand(_SHOULDERS, (0.08, 0.46, 0.05), (1, 0, 0))), weight=3.0),
    NamedPose("hands on hips", ("puts both hands on the hips", "stands with the hands on the hips",
                                "places both hands on the waist"),
              _both(Hand(_PELVIS, (0.20, 0.10, 0.03), (1, 0.1, -0.5))), weight=3.0),
    NamedPose("arms out",
              ("holds both arms out to the sides", "stretches the arms out to the sides",
                           "stands in a t-pose"),
              _both(Hand(_SHOULDERS, (0.53, 0.0, 0.0), (0, 0, -1))), weight=3.0),
    NamedPose("arms ahead", ("holds both arms out in front", "stretches both arms forward"),
              _both(Hand(_SHOULDERS, (-0.02, -0.02, 0.52), (0.3, -1, 0)))),
    NamedPose("phone",
              ("talks on the phone", "holds a phone to the right ear", "makes a phone call"),
              _right(_HEAD, (0.12, -0.05, 0.06), (0.4, -1, 0.5)), weight=3.0),
    NamedPose("hands on head",
              ("puts both hands on the head", "holds both hands on top of the head"),
              _both(Hand(_HEAD, (0.11, 0.16, 0.03), (1, 0, 0.1)))),
    NamedPose("hands behind the head",
              ("puts both hands behind the head", "clasps the hands behind the head"),
              _both(Hand(_HEAD, (0.10, 0.02, -0.09), (1, 0, 0.3)))),
    NamedPose("arms crossed", ("crosses the arms", "folds the arms in front of the chest",
                               "stands with crossed arms"),
              {LEFT: Hand(_CHEST, (-0.10, -0.09, 0.20), (1, -1, 0.2)),
               RIGHT: Hand(_CHEST, (-0.10, -0.05, 0.24), (1, -1, 0.2))}, weight=3.0),
    NamedPose("push", ("pushes with both hands", "pushes something away with both hands"),
              _both(Hand(_SHOULDERS, (-0.02, -0.06, 0.36), (1, -1, 0),
                    _swing(0, 0, 0.13, 0.5, -np.pi / 2))),
              can_walk=False, weight=3.0),
    NamedPose("steering wheel",
              ("turns a steering wheel", "pretends to drive a car", "holds a steering wheel"),
              {side: Hand(_CHEST, (0.17, -0.04, 0.38), (0.7, -1, 0), _turn(0.17, 0.7, 0.35, side))
               for side in (LEFT, RIGHT)}, can_walk=False),
    NamedPose("guitar", ("plays the guitar", "strums a guitar", "plays air guitar"),
              {LEFT: Hand(_CHEST, (0.42, -0.10, 0.24), (0.3, -1, 0)),
               RIGHT: Hand(_SPINE, (0.02, 0.06, 0.22), (1, -0.3, -0.3),
                    _swing(0.02, 0.07, 0, 1.8))}),
    NamedPose("violin", ("plays the violin", "plays a violin"),
              {LEFT: Hand(_SHOULDERS, (0.12, 0.02, 0.36), (0.2, -1, 0)),
               RIGHT: Hand(_CHEST, (-0.02, 0.08, 0.30), (1, -0.4, 0),
                    _swing(0.13, -0.05, 0.02, 0.7))}),
    NamedPose("drums", ("plays the drums", "drums with both hands"),
              {LEFT: Hand(_SPINE, (0.18, 0.18, 0.34), (1, -0.6, -0.3), _swing(0, 0.09, 0, 2.0)),
               RIGHT: Hand(_SPINE, (0.18, 0.18, 0.34), (1, -0.6, -0.3),
                    _swing(0, 0.09, 0, 2.0, np.pi))},
              can_walk=False),
    NamedPose("piano", ("plays the piano", "plays a keyboard"),
              _both(Hand(_SPINE, (0.17, 0.05, 0.36), (0.8, -1, -0.2), _swing(0.06, 0.015, 0, 0.6))),
              can_walk=False),
    NamedPose("prayer",
              ("prays", "folds the hands in prayer", "presses the palms together"),
              _both(Hand(_CHEST, (0.03, -0.03, 0.22), (1, -0.7, 0)))),
    NamedPose("hand on heart",
              ("puts the right hand on the heart", "lays the right hand on the chest"),
              _right(_CHEST, (-0.03, -0.04, 0.16), (1, -0.8, 0))),
    NamedPose("point ahead",
              ("points forward with the right hand", "points ahead with the right arm"),
              _right(_SHOULDERS, (0.0, -0.01, 0.52), (0.3, -1, 0)), weight=3.0),
    NamedPose("point aside", ("points to the right", "points to the right with the right arm"),
              _right(_SHOULDERS, (0.52, 0.03, 0.06), (0, -1, -0.3))),
    NamedPose("point up",
              ("points up", "points up with the right hand", "points at the sky"),
              _right(_SHOULDERS, (0.02, 0.51, 0.12), (1, 0, 0))),
    NamedPose("hands behind the back",
              ("holds both hands behind the back", "clasps the hands behind the back"),
              _both(Hand(_PELVIS, (0.07, 0.06, -0.16), (1, 0, -0.6)))),
    NamedPose("binoculars", ("looks through binoculars", "holds binoculars to the eyes"),
              _both(Hand(_HEAD, (0.07, 0.0, 0.15), (0.8, -0.7, 0.2)))),
    NamedPose("cover the face", ("covers the face with both hands", "hides the face in the hands"),
              _both(Hand(_HEAD, (0.06, -0.05, 0.13), (0.6, -1, 0.4)))),
    NamedPose("cover the ears",
              ("covers both ears with the hands", "holds the hands over the ears"),
              _both(Hand(_HEAD, (0.14, -0.01, 0.03), (1, -0.5, 0.2)))),
    NamedPose("chin on hand",
              ("rests the chin on the right hand", "holds the right hand at the chin"),
              {RIGHT: Hand(_HEAD, (0.02, -0.13, 0.10), (0.2, -1, 0.4)),
               LEFT: Hand(_SPINE, (-0.12, 0.10, 0.20), (1, -0.6, -0.2))}),
    NamedPose("flex", ("flexes the biceps", "flexes both arms", "shows off the muscles"),
              _both(Hand(_SHOULDERS, (0.20, 0.27, 0.05), (1, -0.1, 0)))),
    NamedPose("hands on shoulders",
              ("touches the shoulders with both hands", "puts both hands on the shoulders"),
              _both(Hand(_SHOULDERS, (0.02, 0.05, 0.09), (1, -0.4, 0.4)))),
    NamedPose("hug", ("holds the arms as if hugging somebody", "hugs somebody"),
              _both(Hand(_CHEST, (0.05, -0.02, 0.36), (1, -0.2, 0)))),
    NamedPose("umbrella", ("holds an umbrella", "holds up an umbrella with the right hand"),
              _right(_CHEST, (0.08, 0.05, 0.26), (0.7, -1, 0))),
    NamedPose("eat", ("eats", "eats with a spoon", "eats something with the right hand"),
              {LEFT: Hand(_SPINE, (0.02, 0.12, 0.26), (1, -0.6, -0.3)),
               RIGHT: Hand(_CHEST, (0.03, 0.08, 0.24), (1, -0.7, 0),
                    _swing(0, 0.11, -0.05, 0.5))}),
    NamedPose("brush teeth", ("brushes the teeth", "brushes the teeth with the right hand"),
              _right(_HEAD, (0.09, -0.08, 0.13), (1, -0.4, 0.1), _swing(0.03, 0, 0, 2.5))),
    NamedPose("watch", ("looks at a watch", "looks at the watch on the left wrist"),
              {LEFT: Hand(_CHEST, (-0.02, 0.0, 0.27), (1, -0.3, 0))}),
    NamedPose("touch the toes", ("touches the toes", "bends down and touches the toes",
                                 "bends over to touch the toes"),
              _both(Hand(_TOES, (0.0, 0.12, 0.02), (1, 0.4, 0))),
              bend=2.3, can_walk=False, weight=3.0),
    NamedPose("lean on the knees",
              ("rests the hands on the knees", "bends forward with the hands on the knees"),
              _both(Hand((4, 5), (0.02, 0.05, 0.05), (1, 0, 0.2))), bend=1.1, can_walk=False),
)  # fmt: skip


def posed(positions: np.ndarray, pose: NamedPose, *, start: int, stop: int) -> np.ndarray:
    """A recorded body that takes a pose.

    Args:
        positions: ``[T 22 3]`` metres, 20 fps: a body that stands or walks.
        pose: which one.
        start: frame at which the arms begin to move there.
        stop: frame at which they are back; ``T`` or more: they stay.
    Returns:
        ``[T 22 3]``; what is not in the pose moves as it did.
    """
    frames = np.arange(len(positions))
    share = ease((frames - start + 1) / _LEAD)
    if stop < len(positions):
        share = share * ease((stop - frames) / _LEAD)

    reaches = tuple(Reach(side, hand, share) for side, hand in pose.hands.items())
    if not pose.bend:
        return sketched(positions, Sketch(reaches=reaches))

    # Who bends goes back with the pelvis for balance.
    back = -0.12 * min(pose.bend, 1.5) * share[:, None] * [0.0, 0.0, 1.0]
    return sketched(positions, Sketch(pelvis=back, bend=pose.bend * share, reaches=reaches))
