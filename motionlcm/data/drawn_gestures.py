"""Gestures of the arms that few recordings show, drawn on recorded bodies: cheers, sips, throws."""

from __future__ import annotations

import numpy as np

from motionlcm.data.sketching import (
    LEFT,
    RIGHT,
    Drawing,
    Hand,
    Reach,
    Sketch,
    by_both,
    held,
    sketched,
)
from motionlcm.data.wordings import more_phrases
from motionlcm.motion.features import FPS

_HEAD = 15
_SHOULDERS = (16, 17)


def cheers(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """Both fists go up over the head and pump, or swing from side to side."""
    frames, hertz = len(body), rng.uniform(1.0, 2.2)
    is_pumping = rng.random() < 0.7
    size = rng.uniform(0.06, 0.12)

    def pump(seconds: np.ndarray) -> np.ndarray:
        wave = size * np.sin(2 * np.pi * hertz * seconds)
        way = [0.2, 1.0, 0.0] if is_pumping else [1.0, 0.15, 0.0]
        return wave[:, None] * way

    place = (rng.uniform(0.08, 0.2), rng.uniform(0.32, 0.4), rng.uniform(0.02, 0.12))
    is_seen_coming = rng.random() < 0.6
    start = int(rng.integers(0, 12)) if is_seen_coming else -12
    stop = frames + 1 if rng.random() < 0.5 else frames - 12
    share = held(frames, start, int(rng.integers(6, 11)), stop, 10)

    reaches = by_both(Hand(_SHOULDERS, place, (1.0, 0.1, 0.3), pump), share)
    bounce = 0.02 * np.sin(2 * np.pi * hertz * np.arange(frames) / FPS) * share
    pelvis = np.stack([0 * bounce, bounce - 0.02 * share, 0 * bounce], axis=-1)
    return sketched(body, Sketch(pelvis=pelvis, reaches=reaches)), (
        "cheers",
        "cheers with both arms up",
        "cheers loudly",
        "celebrates",
        "pumps both fists in the air",
        *more_phrases("cheer"),
    )


def drinks(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right hand brings something to the mouth, the head goes back, once or twice."""
    frames, lead = len(body), int(rng.integers(9, 15))
    start, sip = int(rng.integers(2, 12)), int(rng.integers(14, 30))
    share = held(frames, start, lead, start + lead + sip, lead)
    again = start + 2 * lead + sip + 8
    if frames > again + 2 * lead + sip and rng.random() < 0.4:
        share = np.maximum(share, held(frames, again, lead, again + lead + sip, lead))

    mouth = Hand(_HEAD, (0.03, rng.uniform(-0.1, -0.03), 0.17), (0.8, -0.9, 0.1))
    glass = Hand(_SHOULDERS, (0.02, -0.3, 0.24), (0.4, -1.0, -0.3))
    is_held = rng.random() < 0.5  # else the hand comes up from the side
    carried = (Reach(RIGHT, glass, held(frames, -4, 10, frames + 1, 1)),) if is_held else ()
    nod = -np.radians(rng.uniform(6, 14)) * share

    reaches = (*carried, Reach(RIGHT, mouth, share))
    return sketched(body, Sketch(nod=nod, reaches=reaches)), (
        "drinks",
        "drinks from a glass",
        "drinks a cup of coffee",
        "drinks some water",
        "takes a drink with the right hand",
        "drinks out of a can",
        *more_phrases("drink"),
    )


def throws(body: np.ndarray, rng: np.random.Generator) -> Drawing:
    """The right hand goes back beside the head, shoots forward and swings down, the trunk along."""
    body = body[:70]
    frames = len(body)
    start, lead = int(rng.integers(2, 14)), int(rng.integers(8, 13))
    release = start + lead + int(rng.integers(2, 6))
    wound = held(frames, start, lead, frames, 1)
    thrown = held(frames, release, 5, frames, 1)
    followed = held(frames, release + 4, 6, frames, 1)
    rests = held(frames, release + 14, 12, frames + 1, 1)

    back = Hand(_SHOULDERS, (0.2, rng.uniform(0.16, 0.24), -0.08), (1.0, -0.2, -0.6))
    ahead = Hand(_SHOULDERS, (-0.02, rng.uniform(0.02, 0.16), 0.5), (0.5, -1.0, 0.0))
    low = Hand(_SHOULDERS, (-0.2, -0.42, 0.22), (0.6, -0.6, -0.2))
    beside = Hand(_SHOULDERS, (0.06, -0.5, 0.04), (0.5, -0.2, -1.0))
    aim = Hand(_SHOULDERS, (0.05, -0.1, 0.42), (0.6, -1.0, 0.0))

    reaches = (
        Reach(RIGHT, back, wound),
        Reach(RIGHT, ahead, thrown),
        Reach(RIGHT, low, followed),
        Reach(RIGHT, beside, rests),
        Reach(LEFT, aim, 0.7 * held(frames, start, lead, release, 8)),
    )
    angle = np.radians(rng.uniform(18, 32))
    twist = angle * (-wound + 1.9 * thrown - 0.9 * rests)
    bend = np.radians(rng.uniform(8, 18)) * (followed - rests)
    return sketched(body, Sketch(twist=twist, bend=bend, reaches=reaches)), (
        "throws something",
        "throws a ball",
        "throws a ball with the right hand",
        "throws something far with the right hand",
        "throws overhand",
        *more_phrases("throw"),
    )
