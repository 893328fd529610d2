"""Captions with times for long recordings: where the action that a caption names is seen.

"A man does jumping jacks, jogs and squats" describes a minute; of its windows of ten seconds most
show something else. A short stretch that passes the test of an action which the recording's own
caption names gets a caption of its own, in HumanML3D's form with start and end. Nothing is removed.
Who squats or sits down with the hands up, as in exercises, is said to: else a plain prompt would
come to mean it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from motionlcm.data.captions import with_hands_up
from motionlcm.data.store import Caption
from motionlcm.motion import actions
from motionlcm.motion.features import FPS
from motionlcm.motion.measures import Body

_HOP = 5  #: frames
_LONG = 150  #: frames; shorter recordings are taken to show one action
_SITTING = r"\b(sit|sits|sitting|seat|stool|chair)\b"
_JUMPING = r"\b(jump|jumps|jumping|hop|hops|hopping|leap|leaps)\b"


@dataclass(frozen=True)
class _Action:
    words: str  #: pattern that one of the recording's captions must contain
    is_shown: Callable[[Body], bool]
    frames: int
    texts: tuple[str, ...]
    arms_hang: bool = False  #: whether they are taken to, where nothing is said of them


def _idles(body: Body) -> bool:
    return body.mean_speed < 0.08 and body.root_height.min() > 0.8


_ACTIONS = (
    _Action(
        r"jumping.?jack|star jump",
        actions.does_jumping_jacks,
        44,
        (
            "a person does jumping jacks.",
            "someone does star jumps.",
            "a man is doing jumping jacks.",
            "the figure jumps and spreads arms and legs.",
        ),
    ),
    _Action(
        r"\bsquat",
        actions.squats,
        60,
        (
            "a person squats.",
            "someone does squats.",
            "a man bends his knees deeply and rises.",
            "the figure squats down and comes up.",
        ),
        arms_hang=True,
    ),
    _Action(
        _SITTING,
        actions.sits_down,
        70,
        (
            "a person sits down.",
            "someone sits down on a chair.",
            "a man takes a seat.",
            "the figure lowers itself to sit.",
        ),
        arms_hang=True,
    ),
    _Action(
        _SITTING,
        actions.stands_up,
        70,
        (
            "a person stands up.",
            "someone gets up from a chair.",
            "a man rises from his seat.",
            "the figure stands up.",
        ),
        arms_hang=True,
    ),
    _Action(
        r"punch|\bbox|\bjab",
        actions.punches,
        80,
        (
            "a person punches.",
            "someone throws punches.",
            "a man is boxing.",
            "the figure boxes.",
        ),
    ),
    _Action(
        _JUMPING,
        actions.jumps,
        44,
        (
            "a person jumps.",
            "someone jumps.",
            "a man jumps up.",
            "the figure jumps off the ground.",
        ),
    ),
    _Action(
        r"",
        _idles,
        60,
        (
            "a person stands still.",
            "someone stands in place.",
            "a man is standing without moving.",
            "the figure stands quietly.",
        ),
    ),
)


def focus_captions(positions: np.ndarray, captions: Sequence[Caption]) -> list[Caption]:
    """Find captions with times for a long recording.

    Args:
        positions: ``[T 22 3]`` metres, 20 fps, on the floor.
        captions: what the recording is said to show.
    Returns:
        Four wordings for each stretch; stretches of one action do not overlap. Empty for short
        recordings and where captions have times already.
    """
    if len(positions) < _LONG or any(caption.end > 0 for caption in captions):
        return []

    description = " ".join(caption.text.lower() for caption in captions)
    timed: list[Caption] = []
    for action in _ACTIONS:
        if not re.search(action.words, description):
            continue

        for start in _stretches(positions, action):
            stop = start + action.frames
            body = Body(positions[start:stop])
            is_told = action.arms_hang and body.keeps_hands_up
            texts = map(with_hands_up, action.texts) if is_told else action.texts
            timed += [Caption(text, start / FPS, stop / FPS) for text in texts]
    return timed


def _stretches(positions: np.ndarray, action: _Action) -> list[int]:
    """First frames of stretches that show the action, each in the middle of as many as are shown.

    A run of overlapping stretches that all show it gives one, up to the length of a stretch.
    """
    last = len(positions) - action.frames
    shown = [
        start
        for start in range(0, last + 1, _HOP)
        if action.is_shown(Body(positions[start : start + action.frames]))
    ]

    starts = []
    while shown:
        run = 1
        while (
            run < len(shown) and shown[run] == shown[0] + run * _HOP and run * _HOP < action.frames
        ):
            run += 1
        starts.append((shown[0] + shown[run - 1]) // 2)
        shown = [start for start in shown if start >= starts[-1] + action.frames]
    return starts
