"""Recipes for legs: walks along circles, curves and u-turns, high steps and kicks, full turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionlcm.data.composition_captions import plain_captions
from motionlcm.data.ingredients import FITTING, LONGEST, Draft, Library, Piece
from motionlcm.data.wordings import more_phrases
from motionlcm.motion.blending import headings, join, stretched
from motionlcm.motion.paths import (
    bent,
    best_cycle,
    extended,
    lifted,
    raised_kick,
    straightened,
    straightness,
    turning,
    ways_gone,
)

_SIDES = {1: "left", -1: "right"}
_BACKWARD = ("circle", "curve", "straight")  #: forms that people also take backwards
#: Turns on the spot by name: how far they go, in radians, and how they are said.
_TURNS = {
    "half turn": (
        np.pi,
        "turns around|turns around on the spot|turns around to the {side}|turns by 180 degrees|"
        "turns to look back",
    ),
    "spin": (
        2 * np.pi,
        "turns around in a full circle|spins around once to the {side}|spins around|"
        "spins around on the spot|turns all the way around to the {side}|"
        "turns 360 degrees on the spot",
    ),
}
_HALF_TURNS = 0.5  #: share of turns on the spot that stop half-way; whole ones fit less often
_RUNNING = 0.1  #: metres a frame; who is faster runs, and needs more room to turn
_ROOM_TO_RUN = 1.5


def path(library: Library, rng: np.random.Generator) -> Draft | None:
    """A straight walk or run, made longer by its cycle and led along a path of some form."""
    piece = straight_piece(library, library.actions("straight"), rng)
    if piece is None:
        return None

    names = [name for name in _FORMS if name in _BACKWARD or "backward" not in piece.action.name]
    weights = np.array([_FORMS[name].weight for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    frames = _frames_of(_FORMS[name], piece.positions, rng)
    if frames is None:
        return None

    walk = straightened(extended(piece.positions, frames))
    side = 1 if rng.random() < 0.5 else -1
    bend = _FORMS[name].bend(ways_gone(walk), side, rng)
    positions = walk
    if bend.turns.any():
        positions = bent(walk, bend.turns, bend.strides, is_closed=bend.is_closed)

    turned = headings(positions)
    if abs((turned[-1] - turned[0]) - (bend.turns[-1] - bend.turns[0])) > np.radians(20):
        return None

    phrases = tuple(_at_bare_verb(phrase) for phrase in piece.phrases)
    several = [f"{phrase} {_any(bend.words, rng)}" for phrase in phrases for _ in range(2)]
    captions = plain_captions(tuple(several), rng)
    return Draft(positions, "path", f"{name}, {piece.action.name}", captions, (piece,))


@dataclass(frozen=True)
class _Bend:
    """How far a path has turned ``[T]``, adverbs that say so, how much shorter its strides are."""

    turns: np.ndarray
    words: tuple[str, ...]
    strides: np.ndarray | float = 1.0
    is_closed: bool = False


def _circle(ways: np.ndarray, side: int, rng: np.random.Generator) -> _Bend:
    radius = ways[-1] / (2 * np.pi)
    clock = "counterclockwise" if side > 0 else "clockwise"
    words = [
        "in a circle",
        "around in a circle",
        f"in a circle to the {_SIDES[side]}",
        f"in a {clock} circle",
    ]
    if radius < 1.0:
        words.append("in a small circle")
    if radius > 1.4:
        words.append("in a wide circle")
    return _Bend(turning(ways, side * 2 * np.pi), tuple(words), is_closed=True)


def _curve(ways: np.ndarray, side: int, rng: np.random.Generator) -> _Bend:
    total = rng.uniform(np.radians(50), np.radians(130))
    words = (
        f"in a curve to the {_SIDES[side]}",
        f"and curves to the {_SIDES[side]}",
        f"along a path that bends {_SIDES[side]}",
    )
    return _Bend(turning(ways, side * total), words)


def _u_turn(ways: np.ndarray, side: int, rng: np.random.Generator) -> _Bend:
    turned = turning(ways, side * np.pi, start=0.33, stop=0.66)
    steepness = np.gradient(turned) * side
    words = (
        "and makes a u-turn",
        "and turns around",
        "and comes back",
        f"and makes a u-turn to the {_SIDES[side]}",
        f"and turns around to the {_SIDES[side]}",
    )
    # Who turns on a narrow path takes shorter steps.
    return _Bend(turned, words, 1 - 0.35 * np.clip(steepness / steepness.max(), 0, 1))


def _slalom(ways: np.ndarray, side: int, rng: np.random.Generator) -> _Bend:
    waves = np.radians(42) * side * np.sin(2 * np.pi * ways / max(2.6, ways[-1] / 3))
    return _Bend(waves, ("in a zigzag", "in a wavy line", "in s-curves"))


def _straight(ways: np.ndarray, side: int, rng: np.random.Generator) -> _Bend:
    metres = int(np.clip(round(float(ways[-1])), 3, 8))
    number = ("three", "four", "five", "six", "seven", "eight")[metres - 3]
    words = ("in a straight line", f"for about {number} meters", "without turning")
    return _Bend(np.zeros(len(ways)), words)


@dataclass(frozen=True)
class _Form:
    """A form of path: how to bend it, the shortest and longest way in metres that it takes, and how
    often it is drawn."""

    bend: Callable[[np.ndarray, int, np.random.Generator], _Bend]
    shortest: float
    longest: float
    weight: float = 1.0


_FORMS = {
    "circle": _Form(_circle, 2 * np.pi * 0.75, 2 * np.pi * 1.6, weight=2.5),
    "curve": _Form(_curve, 2.5, 6.0),
    "straight": _Form(_straight, 3.0, 8.0),
    "u-turn": _Form(_u_turn, 4.2, 7.0, weight=2.5),
    "slalom": _Form(_slalom, 4.0, 8.0),
}


def _frames_of(form: _Form, positions: np.ndarray, rng: np.random.Generator) -> int | None:
    """How long a clip has to be for a path of this form at a walk's speed; None: too long."""
    speed = float(ways_gone(positions)[-1]) / len(positions)  # metres a frame
    shortest = form.shortest * (_ROOM_TO_RUN if speed > _RUNNING else 1.0)
    way = min(rng.uniform(shortest, max(form.longest, shortest)), speed * (LONGEST - 1))
    return None if way < shortest else int(way / speed)


def _any(options: tuple[str, ...], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def straight_piece(library: Library, names: list[str], rng: np.random.Generator) -> Piece | None:
    """A piece that goes straight, does not turn, and has a cycle by which it can be made longer."""
    piece = library.draw(names, rng, frames=(18, LONGEST))
    if piece is None or not can_go_on(piece.positions):
        return None

    is_turning = np.ptp(headings(piece.positions)) > np.radians(35)
    return None if is_turning else piece


def can_go_on(positions: np.ndarray) -> bool:
    """Whether a walk goes straight and has a cycle by which it can be made longer."""
    return straightness(positions) >= 0.95 and best_cycle(positions).distance <= FITTING


def _at_bare_verb(phrase: str) -> str:
    """The predicate without words for ahead, which a bent path would deny."""
    for word in (" forward", " ahead"):
        phrase = phrase.removesuffix(word)
    return "walks" if phrase == "takes some steps" else phrase


def spin(library: Library, rng: np.random.Generator) -> Draft | None:
    """A full or a half turn on the spot, from turns by a part of it."""
    piece = library.draw(library.actions("turning"), rng, frames=(20, 80))
    if piece is None:
        return None

    turned = headings(piece.positions, smoothing=2.0)
    angle = float(turned[-1] - turned[0])
    name = "half turn" if rng.random() < _HALF_TURNS else "spin"
    wanted, said = _TURNS[name]
    times = round(wanted / max(abs(angle), 0.1))
    if not 1 <= times <= 4 or abs(times * abs(angle) - wanted) > np.radians(40):
        return None

    positions, joins = piece.positions, []
    for _ in range(times - 1):
        joins.append(len(positions))
        positions = join(positions, piece.positions, blend=8)
    if len(positions) > LONGEST:
        return None

    side = "left" if angle > 0 else "right"
    phrases = (*said.split("|"), *more_phrases(name))
    captions = plain_captions(tuple(text.replace("{side}", side) for text in phrases), rng)
    return Draft(positions, "spin", f"{name}, {side}", captions, (piece,), tuple(joins))


def high_steps(library: Library, rng: np.random.Generator) -> Draft | None:
    """A walk with high knees, or one that steps over something: both feet are lifted once."""
    piece = straight_piece(library, ["walk"], rng)
    if piece is None:
        return None

    frames = int(rng.integers(60, 130))
    walk = piece.positions
    if len(walk) < frames:
        walk = straightened(extended(walk, frames))

    heights = np.zeros((len(walk), 2))
    is_over = rng.random() < 0.5
    if is_over:
        middle = int(rng.integers(len(walk) // 3, 2 * len(walk) // 3))
        heights[middle - 8 : middle + 9] = rng.uniform(0.22, 0.32)
        phrases = (
            "walks and steps over something",
            "steps over something while walking",
            "steps over an obstacle",
            "walks forward and steps over an obstacle",
            *more_phrases("step over"),
        )
    else:
        heights[:] = rng.uniform(0.2, 0.3)
        phrases = (
            "marches",
            "marches forward",
            "walks with high knees",
            "lifts the knees high while walking",
        )

    captions = plain_captions(phrases, rng)
    name = "step over" if is_over else "high knees"
    return Draft(lifted(walk, heights), "steps", name, captions, (piece,))


def high_kick(library: Library, rng: np.random.Generator) -> Draft | None:
    """A kick that goes higher than the hips and takes a little longer than those recorded."""
    piece = library.draw(["kick", "push kick"], rng, frames=(20, 120))
    if piece is None:
        return None

    slower = stretched(piece.positions, int(len(piece.positions) * rng.uniform(1.1, 1.5)))
    side = int(slower[:, [7, 8], 1].max(axis=0).argmax())
    positions = raised_kick(slower, side, rng.uniform(0.1, 0.35))
    if (positions[:, 7 + side, 1] - positions[:, 0, 1]).max() < 0.02:
        return None

    name = ("left", "right")[side]
    phrases = (
        f"kicks high with the {name} leg",
        f"does a high kick with the {name} leg",
        f"kicks higher than the hips with the {name} foot",
        f"kicks the {name} leg up high",
    )
    return Draft(positions, "kick", f"high kick, {name}", plain_captions(phrases, rng), (piece,))
