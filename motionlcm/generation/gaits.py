"""The gait that goes along a path: of which seed, and at which beat.

A path wants a speed and bends that the free motion does not have. Strides that are pulled longer or
shorter at the old beat look, to an evaluator, like another action. So the same prompt is made with
other lengths, to be stretched, and where that is not enough with other seeds, of which those that
show it best are led along the path, too; the best one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from motionlcm.generation.free_motion import STANDING, FreeMotion, Source
from motionlcm.motion.features import decode_positions
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.steering import heading_gap, share_adrift, speed_along

_SAME_BEAT = (0.95, 1.05)  #: of the gait's speed, between which a path takes its beat
_BEATS = (0.7, 1.4)  #: slowest and fastest beat, as a share of the gait's own
_OTHER_SEED = 1 << 40  #: between the seeds of one motion's gaits
_KEPT = 0.97  #: of the free motion's agreement with its text; a gait that keeps it is good enough
_FEW = 2  #: of the other seeds' gaits are led along the path
_SUITS = 0.11  #: mismatch of a gait that needs no other, where nobody can judge

# What is wrong with a gait costs, in cosines: a speed that is off, by the size of its logarithm;
# jerk, likewise, over a share of the free motion's; a degree between facing and going, over its;
# all frames in which no foot is under the body, over its.
_OFF = 0.3
_ROUGH, _ROUGHER = 0.2, 1.1
_ASKEW, _UNDER = 0.006, 2.0


@dataclass(frozen=True, eq=False)
class Gait:
    """A way to go along a path.

    Attributes:
        free: the motion of its seed, without the path, at its own beat.
        base: the same at the beat that is led.
        body: ``[T 22 3]`` metres, led along the path.
    """

    free: FreeMotion
    base: FreeMotion
    body: np.ndarray

    @property
    def features(self) -> np.ndarray:
        """What is led, as features ``[T D]``."""
        return self.base.features_of(self.body)


#: Leads positions ``[T 22 3]`` of a seed's free motion along the path.
Leader = Callable[[FreeMotion, np.ndarray], np.ndarray]
#: How well clips ``[T D]`` show the prompt, in cosines.
Judge = Callable[[Sequence[np.ndarray]], Sequence[float]]


def best_gait(
    source: Source, free: FreeMotion, speed: float, *, lead: Leader, judge: Judge
) -> Gait:
    """Find the gait that shows its prompt best along a path.

    Args:
        source: makes motion of other seeds and lengths.
        free: of the seed that was asked for; if it keeps what it shows along the path, it is taken.
        speed: of the path, m/s.
        lead: leads a motion along it.
        judge: how well clips show the prompt.
    """

    def scored(motions: Sequence[FreeMotion]) -> tuple[float, Gait]:
        gaits = list(_gaits(source, motions, speed, lead))
        shown = judge([gait.features for gait in gaits])
        scores = np.array(shown) - [_cost(gait, free, speed) for gait in gaits]
        return float(scores.max()), gaits[int(scores.argmax())]

    (kept,) = judge([free.cleaned])
    score, gait = scored([free])
    seeds = _promising(source, free, speed, judge) if score < _KEPT * kept else []
    if not seeds:
        return gait
    other_score, other = scored(source.free(seeds))
    return other if other_score > score else gait


def suiting_gait(source: Source, free: FreeMotion, speed: float, *, lead: Leader) -> Gait:
    """Find the gait whose speed suits a path, where nobody can judge what it shows."""
    motions = [free]
    if mismatch(free.speed, speed) > _SUITS:
        motions += source.free(_other_seeds(source, free)[:_FEW])
    nearest = min(motions, key=lambda each: mismatch(each.speed, speed))
    return list(_gaits(source, [nearest], speed, lead))[-1]


def mismatch(speed: float, wanted: float) -> float:
    """How far a speed is from another one, as the size of a logarithm."""
    return abs(float(np.log((wanted + 0.05) / (speed + 0.05))))


def _other_seeds(source: Source, free: FreeMotion) -> list[int]:
    """Seeds of further gaits."""
    return [free.seed + turn * _OTHER_SEED for turn in range(1, source.num_gaits)]


def _promising(source: Source, free: FreeMotion, speed: float, judge: Judge) -> list[int]:
    """Other seeds whose motion, at the beat of the path, shows the prompt well without the path."""
    seeds = _other_seeds(source, free)
    drafts = source.drafts(seeds, _beat(free.speed, speed))
    paces = [speed_along(decode_positions(draft)) for draft in drafts]
    # what is made shorter or longer is stretched, and its speed with it
    paces = [
        pace * len(draft) / source.num_frames for pace, draft in zip(paces, drafts, strict=True)
    ]
    off = [_OFF * mismatch(pace, speed) for pace in paces]
    order = np.argsort(np.array(off) - np.array(judge(drafts)), kind="stable")
    return [seeds[place] for place in order[:_FEW]]


def _gaits(
    source: Source, motions: Sequence[FreeMotion], speed: float, lead: Leader
) -> Iterator[Gait]:
    """Each motion at its own beat, and where it travels at another speed at that of the path."""
    for free in motions:
        yield Gait(free, free, lead(free, free.positions))

    beats = [_beat(free.speed, speed) for free in motions]
    off = [place for place, beat in enumerate(beats) if beat != 1]
    going = [motions[place] for place in off]
    made = source.in_beat([beats[place] for place in off], going)
    for free, base in zip(going, made, strict=True):
        yield Gait(free, base, lead(free, base.positions))


def _beat(speed: float, wanted: float) -> float:
    """The beat that takes a gait to another speed, as a share of its own; 1 where it is near."""
    if speed < STANDING or _SAME_BEAT[0] < wanted / speed < _SAME_BEAT[1]:
        return 1.0
    return float(np.clip(wanted / speed, *_BEATS))


def _cost(gait: Gait, free: FreeMotion, speed: float) -> float:
    """What is wrong with a gait beside the free motion, in cosines."""
    jerks = mean_jerk(gait.body), _ROUGHER * mean_jerk(free.positions)
    rough = float(np.log((jerks[0] + 1) / (jerks[1] + 1)))
    askew = heading_gap(gait.body) - heading_gap(free.positions)
    adrift = share_adrift(gait.body) - share_adrift(free.positions)
    return (
        _OFF * mismatch(gait.base.speed, speed)
        + _ROUGH * max(0.0, rough)
        + _ASKEW * max(0.0, askew)
        + _UNDER * max(0.0, adrift)
    )
