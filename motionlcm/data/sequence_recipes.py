"""Recipes for one action after another: any two, a pair that people name in one breath, one
repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motionlcm.data.composition_captions import (
    counted_captions,
    pair_captions,
    sequence_captions,
)
from motionlcm.data.drawn_moves import MOVES
from motionlcm.data.drawn_pieces import drawn_piece
from motionlcm.data.ingredients import (
    LONGEST,
    REVERSED,
    Draft,
    Library,
    Piece,
    backwards,
)
from motionlcm.data.path_recipes import can_go_on
from motionlcm.motion.blending import join, pose_states, state_distance
from motionlcm.motion.paths import extended, straightened, ways_gone

_DRAWN_BY_HAND = 0.6  #: share of the parts with a move that is drawn in place of a recorded one

# How people say that somebody comes and goes, before and after something else.
_COMES = (
    "walks|walks forward|walks a few steps|walks ahead|comes walking|steps closer|goes forward|"
    "walks over|goes over|walks up|takes a few steps"
)
_GOES = (
    "walks away|goes away|leaves|walks forward|walks ahead|strides away|goes off|walks off|"
    "walks on|heads off|goes on walking"
)


@dataclass(frozen=True)
class _Part:
    """One half of a pair.

    Attributes:
        names: of actions that fit.
        said: how it is said; "" for the actions' own words.
        way: metres that it has to go.
        move: name of a move that may be drawn by hand in place of them, "" for none.
    """

    names: tuple[str, ...]
    said: str = ""
    way: float = 0.0
    move: str = ""


_COME = _Part(("walk", "stroll", "walk and stop"), _COMES, way=1.5)
_GO = _Part(("walk", "stroll", "start to walk"), _GOES, way=1.5)
_SIT = _Part(("sit down", f"stand up{REVERSED}"))
_RISE = _Part(("stand up", f"sit down{REVERSED}"))
_LIE = _Part(("lie down", f"get up{REVERSED}"))
_GET_UP = _Part(("get up", f"lie down{REVERSED}"))
_PICK = _Part(("pick up a box", f"put down{REVERSED}"), move="pick up")
_PUT = _Part(("put down", f"pick up a box{REVERSED}"), move="put down")
_HALT = _Part(("stand",), "stands still|stops|halts|stays there|stops on the spot")
_RUN = _Part(("run", "jog"), "runs|runs forward|runs ahead|jogs", way=1.5)

#: Pairs that people name in one breath, each as likely as the others.
_PAIRS = (
    (_RISE, _GO),
    (_GET_UP, _GO),
    (_COME, _SIT),
    (_SIT, _RISE),
    (_COME, _LIE),
    (_LIE, _GET_UP),
    (_COME, _PICK),
    (_PICK, _GO),
    (_PUT, _GO),
    (_PICK, _PUT),
    (_COME, _PUT),
    (_Part(("turn around", "turn")), _GO),
    (_COME, _Part(("wave", "wave both"))),
    (_COME, _Part(("bow",))),
    (_COME, _Part(("clap", "cheer", "fist pump", "point", "salute", "shrug", "knock"))),
    (_COME, _Part(("kick", "punch", "throw", "kick a ball"))),
    (_COME, _Part(("jump", "squat", "jump forward", "hop"))),
    (_COME, _HALT),
    (_COME, _Part(("look around", "talk", "stretch", "drink", "think"))),
    (_Part(("wave", "wave both", "bow", "clap")), _GO),
    (_Part(("jump", "squat", "kick", "throw", "punch")), _GO),
    (_Part(("wave", "clap", "cheer")), _Part(("bow",))),
    (_Part(("squat", "crouch")), _Part(("jump", "high jump"))),
    (_RUN, _Part(("jump", "jump forward", "high jump"))),
    (_RUN, _Part(("walk",), "walks|slows down to a walk|goes on at a walk")),
    (_COME, _Part(("run", "jog"), "runs|starts to run|starts running|jogs ahead")),
    (_COME, _Part(("walk backward",), "walks backward|steps back again|goes back backwards")),
    (_Part(("crouch",)), _Part(("rise from a crouch", f"crouch{REVERSED}"))),
)


def sequence(library: Library, rng: np.random.Generator) -> Draft | None:
    """One action and then another, joined where their poses fit best."""
    names = library.actions()
    first = library.draw(names, rng, frames=(20, 90))
    second = library.draw(names, rng, frames=(20, 90))
    if first is None or second is None or _are_alike(first, second):
        return None

    captions = sequence_captions(first.phrases, second.phrases, rng)
    return _in_a_row("sequence", first, second, captions)


def pair(library: Library, rng: np.random.Generator) -> Draft | None:
    """Two actions that people name in one breath: stands up and walks away."""
    before, after = _PAIRS[int(rng.integers(len(_PAIRS)))]
    first, second = _drawn(library, before, rng), _drawn(library, after, rng)
    if first is None or second is None:
        return None

    halts = before is _COME and "go" not in second.action.traits and after is not _HALT
    captions = pair_captions(first.phrases, second.phrases, rng, halts=halts)
    return _in_a_row("pair", first, second, captions)


def _drawn(library: Library, part: _Part, rng: np.random.Generator) -> Piece | None:
    """A piece of one of a part's actions, said as the part says it."""
    if part.move and rng.random() < _DRAWN_BY_HAND:
        move = next(move for move in MOVES if move.name == part.move)
        return drawn_piece(library, move, rng)

    name = part.names[int(rng.integers(len(part.names)))]
    piece = library.draw([name.removesuffix(REVERSED)], rng, frames=(16, 110))
    if piece is None:
        return None

    if name.endswith(REVERSED):
        piece = backwards(piece)
    if ways_gone(piece.positions)[-1] < part.way:
        longer = _gone_on(piece, part.way)
        if longer is None:
            return None
        piece = longer
    return replace(piece, phrases=tuple(part.said.split("|"))) if part.said else piece


def _gone_on(piece: Piece, way: float) -> Piece | None:
    """A walk repeated by its cycle until it has gone so many metres; None where it has none."""
    gone = float(ways_gone(piece.positions)[-1])
    is_walk = "straight" in piece.action.traits and gone >= 0.3
    if not is_walk or not can_go_on(piece.positions):
        return None

    frames = int(np.ceil(len(piece.positions) * way / gone))
    return replace(piece, positions=straightened(extended(piece.positions, frames)))


def _in_a_row(kind: str, first: Piece, second: Piece, captions: tuple[str, ...]) -> Draft | None:
    """One piece and then the other; None where they do not fit, or last too long."""
    joined = _joined(first, second)
    if joined is None or len(joined[0]) > LONGEST:
        return None

    positions, begin = joined
    shown = ((0, begin, first.action.name), (begin, len(positions), second.action.name))
    action = f"{first.action.name}, {second.action.name}"
    return Draft(positions, kind, action, captions, (first, second), (begin,), shown)


def _are_alike(first: Piece, second: Piece) -> bool:
    """Whether one would not say the two in a row: walking, and walking and stopping."""
    verbs = first.action.name.split()[0], second.action.name.split()[0]
    return verbs[0] == verbs[1]


def _joined(first: Piece, second: Piece) -> tuple[np.ndarray, int] | None:
    """Positions and the frame where the second begins; None where a body would have to leap from
    pose to pose."""
    before, after = first.positions, second.positions

    # What goes on all the time may end and begin where the poses fit; anything else is kept whole.
    spare = len(before) // 3 if "loop" in first.action.traits else 1
    skipped = len(after) // 3 if "loop" in second.action.traits else 1
    ends = pose_states(before)[-spare:]
    distance = state_distance(ends, pose_states(after)[:skipped])
    end, start = np.unravel_index(int(distance.argmin()), distance.shape)

    before, after = before[: len(before) - spare + 1 + int(end)], after[int(start) :]
    if len(before) < 12 or len(after) < 12:
        return None

    pelvis = abs(before[-1, 0, 1] - after[0, 0, 1])
    poses = before[-1] - before[-1, 0], after[0] - after[0, 0]
    is_upright = all(pose[12, 1] > 0.35 for pose in poses)
    if pelvis > 0.12 or not is_upright and distance.min() > 0.25:
        return None

    blend, hold = (10, 0) if distance.min() < 0.2 else (16, 0)
    if distance.min() >= 0.2 and "go" not in second.action.traits:
        hold = 12
    return join(before, after, blend=blend, hold=hold), len(before)


def counted(library: Library, rng: np.random.Generator) -> Draft | None:
    """A clip of one repetition, some times over."""
    piece = library.draw(library.actions("once"), rng, frames=(14, 70))
    if piece is None:
        return None

    times = int(rng.integers(2, 6))
    positions, joins = piece.positions, []
    for _ in range(times - 1):
        joined = _joined(Piece(positions, piece.action, (), (), "", 0.0), piece)
        if joined is None or len(joined[0]) > LONGEST:
            return None
        positions, begin = joined
        joins.append(begin)

    captions = counted_captions(piece.phrases, times, rng)
    action = f"{piece.action.name} x{times}"
    return Draft(positions, "counted", action, captions, (piece,), tuple(joins))
