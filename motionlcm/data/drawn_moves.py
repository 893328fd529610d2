"""Moves that few or no recordings show (a nod, a knock, kneeling, climbing stairs), drawn on
recorded bodies that stand or walk.

Each move is a sketch with chance in its speed, size and side, and says what it shows. It is done
with the right hand or on the left leg; its mirror image does the other. Like named poses they are
drawn by hand: give them little weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from motionlcm.data.sketching import LEFT, RIGHT, Hand, Reach, Sketch, sketched
from motionlcm.data.wordings import more_phrases
from motionlcm.motion.blending import reversed_in_time, stretched
from motionlcm.motion.features import FPS
from motionlcm.motion.footing import ease, runs_of_true, stances
from motionlcm.motion.paths import bent
from motionlcm.motion.timeline import smooth_in_time

_SPINE, _CHEST = 3, 9
_SHOULDERS, _TOES = (16, 17), (10, 11)
_THIGH, _SHIN, _FOOT = 0.39, 0.43, 0.143  #: metres
_KNEELING = 0.07  #: height of a knee on the floor, metres
_STEP = 0.17  #: height of a step of stairs, metres
_GRAVITY = 9.81  #: m/s^2

#: Positions ``[T 22 3]`` and predicates; they get those of ``wordings`` besides, by name.
Drawing = tuple[np.ndarray, tuple[str, ...]]


@dataclass(frozen=True)
class Move:
    """A move by name: how it is drawn on a body ``[T 22 3]``, and on what kind of body."""

    name: str
    draw: Callable[[np.ndarray, np.random.Generator], Drawing | None]
    on: str = "stand"  #: or "walk"


def _nods(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The head goes down and up, two to five times."""
    wave = _pulses(len(body), rng, hertz=rng.uniform(1.0, 1.9), times=int(rng.integers(2, 6)))
    positions = sketched(body, Sketch(nod=np.radians(rng.uniform(16, 28)) * wave))
    return positions, ("nods", "nods the head", "nods in agreement", *more_phrases("nod"))


def _looks_around(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The head turns to either side and back."""
    seconds = np.arange(len(body)) / FPS
    swing = np.sin(2 * np.pi * rng.uniform(0.25, 0.45) * seconds) * _arriving(len(body), 10)
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
    share = _held(frames, start, 7, start + 7 + hold, 8)
    if frames > start + hold + 50 and rng.random() < 0.4:
        share = np.maximum(share, _held(frames, start + hold + 28, 7, start + 2 * hold + 35, 8))

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
        wave = np.sin(2 * np.pi * hertz * np.arange(frames) / FPS) * _arriving(frames, 10)
        phrases: tuple[str, ...] = (
            "does side bends",
            "bends to the left and to the right",
            "bends the upper body from side to side",
        )
    else:
        lead = int(rng.integers(14, 22))
        wave = -_held(frames, int(rng.integers(2, 10)), lead, frames - lead - 4, lead)
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
    share = _held(frames, int(rng.integers(2, 10)), lead, stop, lead)
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
    frames, hertz = len(body), rng.uniform(1.8, 2.8)
    start = int(rng.integers(2, 10))
    share = _held(frames, start, 10, frames - 14, 10)
    size = rng.uniform(0.05, 0.08)

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
    share = _held(frames, -4, 10, frames - 12, 12)
    positions = sketched(body, Sketch(reaches=_by_both(hand, share)))
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
        strikes[side] = np.maximum(strikes[side], _held(frames, first, 3, first + 4, 5))

    share = _held(frames, -4 if rng.random() < 0.5 else 0, 8, frames + 1, 1)
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
    """Hands go down to the floor, the knees and the trunk bending, and come up before the body;
    backwards it is putting down."""
    body = body[:80]
    frames = len(body)
    lowest, lead = int(frames * rng.uniform(0.4, 0.5)), int(rng.integers(14, 20))
    down = _held(frames, max(lowest - lead - 3, 0), lead, lowest + 3, lead)
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

    what = ("a box", "something") if is_both else ("something",)
    hand = "" if is_both else " with the right hand"
    if rng.random() < 0.5:
        return positions, more_phrases("pick up") + tuple(
            text
            for thing in what
            for text in (
                f"picks {thing} up from the floor{hand}",
                f"bends down and picks up {thing}{hand}",
                f"picks up {thing}{hand}",
                f"lifts {thing} from the ground{hand}",
            )
        )
    return reversed_in_time(positions), more_phrases("set down") + tuple(
        text
        for thing in what
        for text in (
            f"puts {thing} down on the floor{hand}",
            f"bends down and puts down {thing}{hand}",
            f"sets {thing} down on the ground{hand}",
            f"puts {thing} on the floor{hand}",
        )
    )


def _kneels(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right foot steps back until its knee is on the floor, then at times the left one."""
    frames = len(body)
    on_both, lead = rng.random() < 0.5, int(rng.integers(16, 24))
    start = int(rng.integers(0, 8))
    second = start + lead - 2

    # Thighs are upright on a knee, so the pelvis is as high as knee, thigh and hip together.
    hip = float(np.median(body[:, 0, 1] - body[:, [1, 2], 1].mean(axis=1)))
    drop = float(np.median(body[:, 0, 1])) - (_KNEELING + _THIGH * 0.99 + hip)
    low = ease((np.arange(frames) - start - 3) / lead)
    pelvis = low[:, None] * [0.0, -drop, -0.36]

    feet, heels = np.zeros((frames, 2, 3)), np.zeros((frames, 2))
    for side, first in ((RIGHT, start), (LEFT, second)):
        if side == LEFT and not on_both:
            continue
        going = np.clip((np.arange(frames) - first) / lead, 0, 1)
        feet[:, side] = ease(going)[:, None] * [0.0, 0.0, -0.36 - _SHIN + 0.02]
        feet[:, side, 1] += 0.12 * np.sin(np.pi * going)
        heels[:, side] = np.radians(62) * ease(2 * going)

    lean = np.radians(18) * np.sin(np.pi * np.clip(low, 0, 1)) ** 2
    sketch = Sketch(pelvis=pelvis, bend=lean, feet=feet, heels=heels)
    positions = sketched(body, sketch)
    phrases = ("kneels down", "kneels on the floor", *more_phrases("kneel"))
    if on_both:
        return positions, (*phrases, "gets down on the knees", "kneels down on both knees")
    return positions, (
        *phrases,
        "goes down on one knee",
        "kneels down on the right knee",
        "kneels on one knee",
    )


def _balances(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The weight goes over the left foot, and the right one is held up."""
    frames, lead = len(body), int(rng.integers(12, 18))
    stop = frames + lead if rng.random() < 0.6 else frames - lead - 2
    shift = _held(frames, 0, lead, stop + 4, lead)
    share = _held(frames, lead // 2, lead, stop, lead)
    sketch = _on_the_left_leg(frames, shift, share, rng)
    return sketched(body, sketch), (
        "balances on one leg",
        "balances on the left leg",
        "stands on one leg",
        "stands on the left foot",
        "lifts the right foot and balances",
        *more_phrases("balance"),
    )


def _hops(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Hops on the left foot, on the spot or ahead, the right one held up."""
    frames = len(body)
    height, grounded = rng.uniform(0.08, 0.14), int(rng.integers(5, 8))
    flight = max(4, round(2 * np.sqrt(2 * height / _GRAVITY) * FPS))
    start = 12
    share = _held(frames, -6, 16, frames + 1, 1)

    rises, gone = np.zeros(frames), np.zeros(frames)
    stride = rng.choice([0.0, rng.uniform(0.15, 0.35)])
    way = 0.0
    for first in range(start, frames - flight - 2, flight + grounded):
        inside = np.arange(1, flight) / flight
        rises[first + 1 : first + flight] = 4 * height * inside * (1 - inside)
        gone[first : first + flight] = way + stride * ease(np.arange(1, flight + 1) / flight)
        way += stride
        gone[first + flight :] = way

    sketch = _on_the_left_leg(frames, share, share, rng)
    assert sketch.pelvis is not None and sketch.feet is not None
    dips = smooth_in_time(((rises == 0) & (np.arange(frames) > start - 6))[:, None] * 1.0, 1.5)
    pelvis, feet = sketch.pelvis.copy(), sketch.feet.copy()
    pelvis[:, 1] += rises - 0.07 * dips[:, 0]
    pelvis[:, 2] += smooth_in_time(gone[:, None], 3.0)[:, 0]
    feet[:, LEFT, 1] += rises
    feet[:, RIGHT, 1] += 0.8 * rises
    feet[:, LEFT, 2] += gone
    feet[:, RIGHT, 2] += smooth_in_time(gone[:, None], 3.0)[:, 0]

    heels = np.zeros((frames, 2)) if sketch.heels is None else sketch.heels.copy()
    heels[:, LEFT] = np.radians(45) * smooth_in_time((rises > 0)[:, None] * 1.0, 1.0)[:, 0]
    ahead = ("hops forward on one leg",) if stride else ("hops on one leg on the spot",)
    return sketched(body, replace(sketch, pelvis=pelvis, feet=feet, heels=heels)), (
        "hops on one leg",
        "hops on the left leg",
        "hops on one foot",
        "jumps on the left leg",
        *ahead,
        *more_phrases("hop on one leg"),
    )


def _on_the_left_leg(
    frames: int, shift: np.ndarray, share: np.ndarray, rng: np.random.Generator
) -> Sketch:
    """The weight over the left foot by ``shift [T]``, the right foot up by ``share [T]``."""
    sway = 0.008 * np.sin(2 * np.pi * rng.uniform(0.3, 0.7) * np.arange(frames) / FPS)
    pelvis = shift[:, None] * [0.085, -0.01, 0.0]
    pelvis[:, 0] += sway * share

    feet, heels = np.zeros((frames, 2, 3)), np.zeros((frames, 2))
    lift = [0.06, rng.uniform(0.18, 0.42), rng.uniform(-0.22, 0.16)]
    feet[:, RIGHT] = share[:, None] * lift
    heels[:, RIGHT] = np.radians(rng.uniform(30, 60)) * share

    wide = Hand(_SHOULDERS, (rng.uniform(0.3, 0.5), rng.uniform(-0.35, 0.0), 0.06), (0.4, -1, -0.6))
    reaches = _by_both(wide, share) if rng.random() < 0.6 else ()
    tilt = -np.radians(rng.uniform(0, 5)) * share
    return Sketch(pelvis=pelvis, tilt=tilt, feet=feet, heels=heels, reaches=reaches)


def _marches(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The knees go up in turn on the spot, the arms swinging against them."""
    frames, hertz = len(body), rng.uniform(0.75, 1.1)
    phase = 2 * np.pi * hertz * np.arange(frames) / FPS
    share = _arriving(frames, 8)
    lifts = [np.maximum(0, np.sin(phase)) ** 1.3, np.maximum(0, -np.sin(phase)) ** 1.3]

    feet, heels = np.zeros((frames, 2, 3)), np.zeros((frames, 2))
    size = rng.uniform(0.34, 0.46)
    for side in (LEFT, RIGHT):
        feet[:, side] = (share * lifts[side])[:, None] * [0.0, size, 0.18]
        heels[:, side] = np.radians(40) * share * lifts[side]
    pelvis = share[:, None] * np.stack([-0.03 * np.sin(phase), 0 * phase, 0 * phase], axis=-1)

    reaches = []
    for side in (LEFT, RIGHT):
        sign = 1.0 if side == RIGHT else -1.0
        swing = sign * np.sin(2 * np.pi * hertz * np.arange(frames) / FPS)
        path = np.stack([0 * swing, 0.07 * np.abs(swing), 0.2 * swing], axis=-1)
        hand = Hand(_SHOULDERS, (0.08, -0.46, 0.08), (0.3, -0.2, -1.0), _tabled(path))
        reaches.append(Reach(side, hand, share))
    positions = sketched(body, Sketch(pelvis=pelvis, feet=feet, heels=heels, reaches=(*reaches,)))
    return positions, (
        "marches on the spot",
        "marches in place",
        "marches",
        "walks in place with high knees",
        "lifts the knees high in turn",
        *more_phrases("march in place"),
    )


def _tiptoes(walk: np.ndarray, rng: np.random.Generator) -> Drawing:
    """A walk, slower, with the heels kept up and the body higher by as much."""
    walk = _slower(walk, rng.uniform(1.1, 1.5))
    heels = np.full((len(walk), 2), np.radians(rng.uniform(60, 68)))
    rise = _FOOT * np.sin(heels[0, 0]) - 0.068
    pelvis = np.tile([0.0, rise, 0.0], (len(walk), 1))
    return sketched(walk, Sketch(pelvis=pelvis, heels=heels)), (
        "walks on tiptoe",
        "tiptoes",
        "walks on the toes",
        "tiptoes forward",
        "walks with the heels off the ground",
        *more_phrases("tiptoe"),
    )


def _climbs(walk: np.ndarray, rng: np.random.Generator) -> Drawing | None:
    """A walk with short strides of which each stance is a step of stairs higher than the last."""
    walk = _slower(bent(walk, np.zeros(len(walk)), rng.uniform(0.4, 0.55)), rng.uniform(1.0, 1.35))
    planted = stances(walk)
    runs = sorted((*run, side) for side in (0, 1) for run in runs_of_true(planted[:, side]))
    if len(runs) < 4 or any(a[2] == b[2] for a, b in zip(runs, runs[1:], strict=False)):
        return None

    # Feet go from step to step; the pelvis is as high as the feet are in the middle of a stance.
    frames = np.arange(len(walk))
    feet = np.zeros((len(walk), 2, 3))
    middles, levels = [], []
    height = rng.uniform(0.8, 1.1) * _STEP
    before = {0: (0, 0.0), 1: (0, 0.0)}
    for number, (start, stop, side) in enumerate(runs):
        level = height * max(0, number - 1)
        left_at, left_level = before[side]
        share = ease((frames - left_at) / max(0.8 * (start - left_at), 1))
        arc = 0.05 * np.sin(np.pi * np.clip((frames - left_at) / max(start - left_at, 1), 0, 1))
        rising = frames >= left_at
        moved = left_level + share * (level - left_level) + (arc if level > left_level else 0)
        feet[rising, side, 1] = moved[rising]
        before[side] = (stop, level)
        middles.append((start + stop) / 2)
        levels.append(level)

    up = np.interp(frames, middles, np.array(levels) - 0.02)
    pelvis = smooth_in_time(up[:, None], 3.0) * [0.0, 1.0, 0.0]
    positions = sketched(walk, Sketch(pelvis=pelvis, bend=np.full(len(walk), 0.14), feet=feet))
    return positions, (
        "walks up the stairs",
        "climbs the stairs",
        "goes up the stairs",
        "walks up some steps",
        "climbs up a staircase",
        *more_phrases("climb stairs"),
    )


def _slower(body: np.ndarray, factor: float) -> np.ndarray:
    return stretched(body, round(len(body) * factor))


def _by_both(hand: Hand, share: np.ndarray) -> tuple[Reach, ...]:
    return Reach(LEFT, hand, share), Reach(RIGHT, hand, share)


def _tabled(path: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A movement that is given frame by frame, ``[T 3]``."""
    return lambda seconds: path


def _held(frames: int, start: int, rise: int, stop: int, fall: int) -> np.ndarray:
    """A share ``[T]`` that goes from 0 to 1 from ``start`` on, and back to 0 from ``stop`` on."""
    times = np.arange(frames)
    return ease((times - start) / rise) * (1 - ease((times - stop) / fall))


def _arriving(frames: int, lead: int) -> np.ndarray:
    """A share ``[T]`` that rises at the beginning and falls at the end."""
    return _held(frames, 0, lead, frames - lead - 1, lead)


def _pulses(frames: int, rng: np.random.Generator, *, hertz: float, times: int) -> np.ndarray:
    """Some rises from 0 to 1 and back ``[T]``, in a row."""
    start = int(rng.integers(2, 14))
    phase = hertz * (np.arange(frames) - start) / FPS
    is_on = (phase >= 0) & (phase <= times)
    return np.where(is_on, 0.5 - 0.5 * np.cos(2 * np.pi * phase), 0.0)


MOVES = (
    Move("nod", _nods),
    Move("look around", _looks_around),
    Move("shrug", _shrugs),
    Move("bend sideways", _bends_sideways),
    Move("lean back", _leans_back),
    Move("knock", _knocks),
    Move("circle the arms", _circles_the_arms),
    Move("punch", _punches),
    Move("pick up", _picks_up),
    Move("kneel", _kneels),
    Move("balance", _balances),
    Move("hop on one leg", _hops),
    Move("march in place", _marches),
    Move("tiptoe", _tiptoes, on="walk"),
    Move("climb stairs", _climbs, on="walk"),
)
