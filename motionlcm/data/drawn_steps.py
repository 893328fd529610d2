"""Moves of the legs that few or no recordings show, drawn on recorded bodies: kneeling, one-legged
standing and hops, marching on the spot, tiptoe, stairs.

Feet are led from place to place and the pelvis with them; see ``drawn_moves``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

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
from motionlcm.motion.blending import headings, stretched
from motionlcm.motion.features import FPS
from motionlcm.motion.footing import ease, runs_of_true, stances
from motionlcm.motion.paths import bent
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.timeline import smooth_in_time

_SHOULDERS = (16, 17)
_THIGH, _SHIN = 0.39, 0.43  #: metres
_FOOT = 0.143  #: metres
_KNEELING = 0.07  #: height of a knee on the floor, metres
_STEP = 0.17  #: height of a step of stairs, metres
_GRAVITY = 9.81  #: m/s^2


def kneels(body: np.ndarray, rng: np.random.Generator) -> Drawing:
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


def balances(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The weight goes over the left foot, and the right one is held up."""
    frames, lead = len(body), int(rng.integers(12, 18))
    stop = frames + lead if rng.random() < 0.6 else frames - lead - 2
    shift = held(frames, 0, lead, stop + 4, lead)
    share = held(frames, lead // 2, lead, stop, lead)
    sketch = _on_the_left_leg(frames, shift, share, rng)
    return sketched(body, sketch), (
        "balances on one leg",
        "balances on the left leg",
        "stands on one leg",
        "stands on the left foot",
        "lifts the right foot and balances",
        *more_phrases("balance"),
    )


def lifts_a_leg(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right leg swings up straight in front, stays at times, and comes down, once or twice."""
    frames, lead = len(body), int(rng.integers(9, 15))
    start, hold = int(rng.integers(6, 14)), int(rng.integers(3, 16))
    share = held(frames, start, lead, start + lead + hold, lead)
    again = start + 2 * lead + hold + 8
    if frames > again + 2 * lead + hold + 4 and rng.random() < 0.5:
        share = np.maximum(share, held(frames, again, lead, again + lead + hold, lead))

    # The ankle goes from the floor onto a circle about the hip, which keeps the knee straight.
    angle = np.radians(rng.uniform(62, 78)) * share
    circle = np.stack([0 * angle, -np.cos(angle), np.sin(angle)], axis=-1)
    stood = rotate(from_yaw(-headings(body, smoothing=6.0)), body[:, 8] - body[:, 2])
    feet = np.zeros((frames, 2, 3))
    feet[:, RIGHT] = np.minimum(3 * share, 1)[:, None] * (0.98 * (_THIGH + _SHIN) * circle - stood)

    shift = held(frames, start - 8, 10, frames - 6, 10)
    pelvis = shift[:, None] * [0.07, -0.01, 0.0]
    lean = -np.radians(rng.uniform(4, 14)) * share
    return sketched(body, Sketch(pelvis=pelvis, bend=lean, feet=feet)), (
        "lifts a straight leg in front",
        "raises the straight right leg",
        "lifts the right leg straight out in front",
        "swings the straight right leg up",
        *more_phrases("lift a leg"),
    )


def hops(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Hops on the left foot, on the spot or ahead, the right one held up."""
    frames = len(body)
    height, grounded = rng.uniform(0.08, 0.14), int(rng.integers(5, 8))
    flight = max(4, round(2 * np.sqrt(2 * height / _GRAVITY) * FPS))
    start = 12
    share = held(frames, -6, 16, frames + 1, 1)

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
    reaches = by_both(wide, share) if rng.random() < 0.6 else ()
    tilt = -np.radians(rng.uniform(0, 5)) * share
    return Sketch(pelvis=pelvis, tilt=tilt, feet=feet, heels=heels, reaches=reaches)


def marches(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The knees go up in turn on the spot, the arms swinging against them."""
    frames, hertz = len(body), rng.uniform(0.75, 1.1)
    phase = 2 * np.pi * hertz * np.arange(frames) / FPS
    share = arriving(frames, 8)
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


def tiptoes(walk: np.ndarray, rng: np.random.Generator) -> Drawing:
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


def climbs(walk: np.ndarray, rng: np.random.Generator) -> Drawing | None:
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


def _tabled(path: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A movement that is given frame by frame, ``[T 3]``."""
    return lambda seconds: path
