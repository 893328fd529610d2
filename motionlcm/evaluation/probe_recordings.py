"""Probes judged on recordings: does a test accept what shows its action, and only that?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np

from motionlcm.data.store import FeatureStore, Window
from motionlcm.evaluation.probe import Probe
from motionlcm.motion.features import decode_positions, facing_rotations
from motionlcm.motion.measures import Body
from motionlcm.motion.rotations import inverse, multiply, rotate

#: Labels of recordings that show many things, or whose label does not say what they show.
_MANY_THINGS = (
    r".*danc|.*Dance|salsa|.*break|fancy|Unknown|Random|.*Range of|Wait|Alaskan|direct traffic|"
    r"basketball|playground|karate|Empi|Form|Heian|Extended|Urban|.*human subject|nursery|"
    r"acrobatic|Victory|jumping jacks, |Capoeira|walking, sitting|.*kata|laugh|Conversation|"
    r"WarmUp|.*Taunt|Swing|Motorcycle|jump up to|prairie|whale|bear|dog|fish|elephant|"
    r"mouse|chicken|dinosaur|snake|monkey"
)
_PAIRS = 40  #: joined recordings for a sequence


@dataclass(frozen=True)
class RecordedShares:
    """Passes and recordings of one probe.

    Attributes:
        fitting: recordings whose label fits; one of a long recording's windows has to pass.
        joined: two recordings in a row.
        others: recordings of another label, of one window.
    """

    fitting: tuple[int, int]
    joined: tuple[int, int]
    others: tuple[int, int]


def recorded_shares(
    stores: Sequence[str | Path], split: str, probes: Sequence[Probe]
) -> dict[str, RecordedShares]:
    """Judge probes on the recordings of a split.

    Windows of captions with times are left out: they show but a part of what the label says.

    Args:
        stores: feature stores.
        split: train, val or test.
        probes: what to judge.
    Returns:
        By the name of the probe.
    """
    recordings: dict[str, list[Body]] = {}
    labels: dict[str, str] = {}
    for folder in stores:
        store = FeatureStore.open(folder)
        for window in store.windows(split):
            if _is_of_the_whole(window):
                rows = slice(window.start, window.start + window.frames)
                positions = decode_positions(store.clip_features(window.clip)[rows])
                recordings.setdefault(window.clip.id, []).append(Body(positions))
                labels[window.clip.id] = window.clip.label.split(" (")[0]

    return {probe.name: _shares(probe, recordings, labels) for probe in probes}


def _is_of_the_whole(window: Window) -> bool:
    texts = tuple(caption.text for caption in window.clip.captions if caption.end <= 0)
    return window.captions == texts


def _shares(
    probe: Probe, recordings: dict[str, list[Body]], labels: dict[str, str]
) -> RecordedShares:
    """Judge one probe; ``recordings`` and ``labels`` by the clip's id."""
    fitting, others = [], []
    for name, windows in recordings.items():
        label = labels[name]
        if probe.labels and re.match(probe.labels, label):
            fitting.append(any(probe.is_shown(body) for body in windows))
        elif len(windows) == 1 and label and not _may_pass(probe, label):
            others.append(bool(probe.is_shown(windows[0])))

    pairs = []
    if probe.joined:
        first, second = (
            [bodies[0] for name, bodies in recordings.items() if re.match(pattern, labels[name])]
            for pattern in probe.joined
        )
        step = max(1, len(first) * len(second) // _PAIRS)
        for one, other in islice(product(first, second), 0, None, step):
            pairs.append(bool(probe.is_shown(Body(join(one.positions, other.positions)))))

    return RecordedShares(*((sum(passed), len(passed)) for passed in (fitting, pairs, others)))


def _may_pass(probe: Probe, label: str) -> bool:
    """Whether a recording of that label counts as neither."""
    if probe.joined and any(re.match(pattern, label) for pattern in probe.joined):
        return False
    pattern = f"{probe.similar}|{_MANY_THINGS}" if probe.similar else _MANY_THINGS
    return re.match(pattern, label) is not None


def join(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Put a motion ``[T 22 3]`` where another one ends, facing the same way, with no blend."""
    turn = multiply(inverse(facing_rotations(first[-1:])), facing_rotations(second[:1]))[0]
    moved = rotate(turn, second - second[0, 0] * [1, 0, 1])
    return np.concatenate([first, moved + first[-1, 0] * [1, 0, 1]])
