"""Moves that few or no recordings show (a nod, a knock, kneeling, climbing stairs), drawn on
recorded bodies that stand or walk; those of the legs are in ``drawn_steps``, further ones of the
arms in ``drawn_gestures``.

Each move is a sketch with chance in its speed, size and side, and says what it shows. It is done
with the right hand or on the left leg; its mirror image does the other. Like named poses they are
drawn by hand: give them little weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionlcm.data.drawn_gestures import cheers, drinks, throws
from motionlcm.data.drawn_steps import (
    balances,
    climbs,
    hops,
    kneels,
    lifts_a_leg,
    marches,
    tiptoes,
)
from motionlcm.data.sketching import (
    LEFT,
    RIGHT,
    Drawing,
    Hand,
    Reach,
    Sketch,
    arriving,
    by_both,
    held,
    sketched,
)
from motionlcm.data.wordings import more_phrases
from motionlcm.motion import actions, actions_arms, actions_body, actions_steps
from motionlcm.motion.blending import reversed_in_time
from motionlcm.motion.features import FPS
from motionlcm.motion.footing import ease
from motionlcm.motion.measures import Body
from motionlcm.motion.timeline import smooth_in_time

_SPINE, _CHEST = 3, 9
_SHOULDERS, _TOES = (16, 17), (10, 11)


@dataclass(frozen=True)
class Move:
    """A move by name: how it is drawn on a body ``[T 22 3]``, how it is seen that a body shows it,
    and on what kind of body it is drawn."""

    name: str
    draw: Callable[[np.ndarray, np.random.Generator], Drawing | None]
    is_shown: Callable[[Body], bool]
    on: str = "stand"  #: or "walk"


def _nods(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The head goes down and up, two to five times; not so fast that a model takes it for noise."""
    wave = _pulses(len(body), rng, hertz=rng.uniform(0.8, 1.4), times=int(rng.integers(2, 6)))
    positions = sketched(body, Sketch(nod=np.radians(rng.uniform(20, 32)) * wave))
    return positions, ("nods", "nods the head", "nods in agreement", *more_phrases("nod"))


def _looks_around(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The head turns to either side and back."""
    seconds = np.arange(len(body)) / FPS
    swing = np.sin(2 * np.pi * rng.uniform(0.25, 0.45) * seconds) * arriving(len(body), 10)
    swing = np.sign(swing) * np.abs(swing) ** 0.7  # it stays a while at either end
    look = np.radians(rng.uniform(45, 70)) * smooth_in_time(swing[:, None], 1.5)[:, 0]
    positions = sketched(body, Sketch(look=look, twist=0.2 * look))
    return positions, (
        "looks around",
        "looks left and right",
        "turns the head from side to side",
        "looks to both sides",
        "looks around in the room",
        *more_phrases("look around"),
    )


def _shrugs(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Both shoulders rise and fall, with the palms turned out at times."""
    frames = len(body)
    start, hold = int(rng.integers(4, 14)), int(rng.integers(4, 14))
    share = held(frames, start, 7, start + 7 + hold, 8)
    if frames > start + hold + 50 and rng.random() < 0.4:
        share = np.maximum(share, held(frames, start + hold + 28, 7, start + 2 * hold + 35, 8))

    reaches: tuple[Reach, ...] = ()
    if rng.random() < 0.5:
        palm = Hand(_SHOULDERS, (0.20, -0.40, 0.20), (0.3, -1.0, -0.5))
        reaches = tuple(Reach(side, palm, share) for side in (LEFT, RIGHT))
    shrug = np.radians(rng.uniform(18, 28)) * share
    positions = sketched(body, Sketch(shrug=shrug, reaches=reaches))
    return positions, (
        "shrugs",
        "shrugs the shoulders",
        "raises both shoulders",
        "gives a shrug",
        "shrugs as if not knowing",
        *more_phrases("shrug"),
    )


def _bends_sideways(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The trunk bends to the right, or to either side in turn, the hips giving way."""
    frames = len(body)
    is_in_turn = rng.random() < 0.4 and frames > 70
    angle = np.radians(rng.uniform(28, 42))
    if is_in_turn:
        hertz = rng.uniform(0.25, 0.4)
        wave = np.sin(2 * np.pi * hertz * np.arange(frames) / FPS) * arriving(frames, 10)
        phrases: tuple[str, ...] = (
            "does side bends",
            "bends to the left and to the right",
            "bends the upper body from side to side",
        )
    else:
        lead = int(rng.integers(14, 22))
        wave = -held(frames, int(rng.integers(2, 10)), lead, frames - lead - 4, lead)
        phrases = (
            "bends to the right",
            "leans to the right side",
            "bends the upper body to the right",
            "bends sideways to the right",
            "bends to the side",
            *more_phrases("bend sideways"),
        )

    reaches: tuple[Reach, ...] = ()
    if rng.random() < 0.4 and not is_in_turn:
        over = Hand(_SHOULDERS, (-0.18, 0.46, 0.02), (1.0, 0.2, 0.0))
        reaches = (Reach(LEFT, over, np.abs(wave)),)
    pelvis = np.stack([-0.06 * wave, 0 * wave, 0 * wave], axis=-1)
    return sketched(body, Sketch(pelvis=pelvis, tilt=angle * wave, reaches=reaches)), phrases


def _leans_back(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The trunk leans back, the hips go ahead, and at times the hands rest on them."""
    frames, lead = len(body), int(rng.integers(12, 20))
    stop = frames + lead if rng.random() < 0.3 else frames - lead - 4
    share = held(frames, int(rng.integers(2, 10)), lead, stop, lead)
    reaches: tuple[Reach, ...] = ()
    if rng.random() < 0.4:
        rest = Hand(0, (0.17, 0.10, -0.08), (0.8, 0.1, -1.0))
        reaches = tuple(Reach(side, rest, share) for side in (LEFT, RIGHT))

    angle = np.radians(rng.uniform(22, 34))
    pelvis = 0.13 * share[:, None] * [0.0, -0.15, 1.0]
    sketch = Sketch(pelvis=pelvis, bend=-angle * share, nod=-0.4 * angle * share, reaches=reaches)
    return sketched(body, sketch), (
        "leans back",
        "leans backward",
        "bends backward",
        "bends the upper body back",
        "arches the back",
        *more_phrases("lean back"),
    )


def _knocks(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right hand goes up before the shoulder and to and fro, three times or more."""
    frames, hertz = len(body), rng.uniform(1.4, 2.2)
    start = int(rng.integers(2, 10))
    share = held(frames, start, 10, frames - 14, 10)
    size = rng.uniform(0.06, 0.09)

    def tap(seconds: np.ndarray) -> np.ndarray:
        phase = 2 * np.pi * hertz * (seconds - (start + 8) / FPS)
        return (size * np.sin(phase) * (phase > 0))[:, None] * [0.0, -0.25, 1.0]

    hand = Hand(
        _SHOULDERS, (-0.06, rng.uniform(-0.06, 0.06), rng.uniform(0.3, 0.36)), (0.5, -1, 0), tap
    )
    positions = sketched(body, Sketch(reaches=(Reach(RIGHT, hand, share),)))
    return positions, (
        "knocks on a door",
        "knocks at a door",
        "knocks on a door with the right hand",
        "knocks several times",
        *more_phrases("knock"),
    )


def _circles_the_arms(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Both straight arms go round and round beside the body."""
    frames, hertz = len(body), rng.uniform(0.5, 0.9)
    way = 1 if rng.random() < 0.5 else -1

    def round_about(seconds: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * hertz * seconds * way - np.pi / 2
        return 0.5 * np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=-1)

    hand = Hand(_SHOULDERS, (0.13, 0.0, 0.0), (0.5, -0.2, -1.0), round_about)
    share = held(frames, -4, 10, frames - 12, 12)
    positions = sketched(body, Sketch(reaches=by_both(hand, share)))
    direction = "forward" if way < 0 else "backward"
    return positions, (
        "circles both arms",
        f"circles both arms {direction}",
        "swings both arms round in circles",
        f"rotates both straight arms {direction}",
        "makes circles with the arms",
        *more_phrases("circle the arms"),
    )


def _punches(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right fist, or each in turn, shoots out from a guard and comes back."""
    frames, period = len(body), int(rng.integers(11, 22))
    is_in_turn = rng.random() < 0.5
    start = int(rng.integers(8, 14))
    strikes = [np.zeros(frames), np.zeros(frames)]
    for number, first in enumerate(range(start, frames - 6, period)):
        side = RIGHT if not is_in_turn or number % 2 else LEFT
        strikes[side] = np.maximum(strikes[side], held(frames, first, 3, first + 4, 5))

    share = held(frames, -4 if rng.random() < 0.5 else 0, 8, frames + 1, 1)
    reaches = []
    for side in (LEFT, RIGHT):
        guard = Hand(_CHEST, (0.13, 0.12, 0.24), (0.7, -1.0, 0.0))
        target = (-0.05, rng.uniform(-0.06, 0.06), 0.52)
        fist = Hand(_SHOULDERS, target, (0.6, -1.0, 0.0))
        reaches += [Reach(side, guard, share), Reach(side, fist, strikes[side])]

    twist = np.radians(rng.uniform(10, 22)) * (strikes[RIGHT] - strikes[LEFT])
    positions = sketched(body, Sketch(twist=twist, reaches=tuple(reaches)))
    if is_in_turn:
        return positions, (
            "punches",
            "throws punches",
            "boxes",
            "punches with both fists in turn",
            "punches straight ahead",
            *more_phrases("punch"),
        )
    return positions, (
        "punches with the right fist",
        "throws a right punch",
        "throws right jabs",
        "punches straight ahead with the right hand",
        "hits forward with the right fist",
        *more_phrases("punch right"),
    )


def _picks_up(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """One hand or both go down to the floor and come up before the body."""
    positions, is_both = _reaches_down(body, rng)
    forms = ("picks {} up from the floor", "bends down and picks up {}", "picks up {}",
             "lifts {} from the ground")  # fmt: skip
    return positions, _said_of_a_thing(forms, is_both) + more_phrases("pick up")


def _puts_down(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Reach from before the body to the floor: picking up, backwards."""
    positions, is_both = _reaches_down(body, rng)
    forms = ("puts {} down on the floor", "bends down and puts down {}",
             "sets {} down on the ground", "puts {} on the floor")  # fmt: skip
    return reversed_in_time(positions), _said_of_a_thing(forms, is_both) + more_phrases("put down")


def _said_of_a_thing(forms: tuple[str, ...], is_both: bool) -> tuple[str, ...]:
    """Predicates about a box or something, taken with both hands or with the right one."""
    things, hand = (
        (("a box", "something"), "") if is_both else (("something",), " with the right hand")
    )
    return tuple(form.format(thing) + hand for thing in things for form in forms)


def _reaches_down(body: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Hands go down to the floor, the knees and the trunk bending, and come up before the body;
    whether both do."""
    body = body[:80]
    frames = len(body)
    lowest, lead = int(frames * rng.uniform(0.4, 0.5)), int(rng.integers(14, 20))
    down = held(frames, max(lowest - lead - 3, 0), lead, lowest + 3, lead)
    up = ease((np.arange(frames) - lowest - 3) / lead)
    arrives = ease((np.arange(frames) - max(lowest - lead - 3, 0)) / lead)

    is_both = rng.random() < 0.65
    floor = Hand(_TOES, (0.02, rng.uniform(0.08, 0.2), rng.uniform(0.12, 0.22)), (1.0, 0.3, -0.2))
    carry = Hand(_SPINE, (0.15, 0.12, 0.30), (0.8, -0.8, -0.5))
    sides = (LEFT, RIGHT) if is_both else (RIGHT,)
    reaches = tuple(Reach(side, floor, arrives) for side in sides)
    reaches += tuple(Reach(side, carry, up) for side in sides)

    deep = rng.uniform(0.7, 1.0)
    pelvis = down[:, None] * [0.0, -0.42 * deep, -0.22]
    bend = np.radians(rng.uniform(50, 68)) * down
    positions = sketched(body, Sketch(pelvis=pelvis, bend=bend, reaches=reaches))

    return positions, is_both


def _pulses(frames: int, rng: np.random.Generator, *, hertz: float, times: int) -> np.ndarray:
    """Some rises from 0 to 1 and back ``[T]``, in a row."""
    start = int(rng.integers(2, 14))
    phase = hertz * (np.arange(frames) - start) / FPS
    is_on = (phase >= 0) & (phase <= times)
    return np.where(is_on, 0.5 - 0.5 * np.cos(2 * np.pi * phase), 0.0)


MOVES = (
    Move("nod", _nods, actions_arms.nods),
    Move("look around", _looks_around, actions_arms.looks_around),
    Move("shrug", _shrugs, actions_arms.shrugs),
    Move("bend sideways", _bends_sideways, actions_body.bends_sideways),
    Move("lean back", _leans_back, actions_body.leans_back),
    Move("knock", _knocks, actions_arms.knocks),
    Move("circle the arms", _circles_the_arms, actions_arms.circles_the_arms),
    Move("punch", _punches, actions.punches),
    Move("cheer", cheers, actions_arms.cheers),
    Move("drink", drinks, actions_arms.drinks),
    Move("throw", throws, actions_arms.throws),
    Move("pick up", _picks_up, actions_body.picks_up),
    Move("put down", _puts_down, actions_body.puts_down),
    Move("kneel", kneels, actions_body.kneels),
    Move("balance", balances, actions_body.balances_on_one_leg),
    Move("lift a leg", lifts_a_leg, actions_body.lifts_a_straight_leg),
    Move("hop on one leg", hops, actions_steps.hops_on_one_leg),
    Move("march in place", marches, actions_steps.marches),
    Move("tiptoe", tiptoes, actions_steps.tiptoes, on="walk"),
    Move("climb stairs", climbs, actions_steps.climbs, on="walk"),
)
