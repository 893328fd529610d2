"""Recorded clips as ingredients of composed ones: by action, cut to a length, mirrored, checked by
a probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from motionlcm.data.action_phrases import PROBES, Action
from motionlcm.data.captions import mirror_caption, with_hands_up
from motionlcm.motion.blending import headings, mirror_image, reversed_in_time
from motionlcm.motion.measures import Body
from motionlcm.motion.plausibility import slide_share

LONGEST = 196  #: frames, one window
REVERSED = " reversed"  #: behind the name of an action that is played backwards
FITTING = 0.13  #: metres; two frames of a cycle that are less far apart follow on each other
_HAND_MADE = ("secondlife", "mesh2motion")  #: sources that were not recorded, and are sharp in time
_HAND_MADE_WEIGHT = 0.2
_HANDS_UP = (
    "ui-prmd",
)  #: sources that hold the hands up in exercises of the legs, which has to be said
_SHORTEST = 14  #: frames
_CACHED = 512  #: clips kept in memory


@dataclass(frozen=True)
class Recording:
    """A train clip.

    Attributes:
        id, source: as the index has them.
        action: what it shows, or None where nobody knows.
        frames: T.
        read: its positions ``[T 22 3]``, bones of HumanML3D's lengths, the floor at 0.
    """

    id: str
    source: str
    action: Action | None
    frames: int
    read: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Piece:
    """A cut of a recording that shows one action.

    Attributes:
        positions: ``[T 22 3]`` metres.
        action: what it shows.
        phrases, reverse: predicates that hold for it, and for it played backwards; sides swapped if
            it is mirrored.
        origin: the recording's id, with M before it if mirrored.
        slide: share of frames with a sliding foot.
    """

    positions: np.ndarray
    action: Action
    phrases: tuple[str, ...]
    reverse: tuple[str, ...]
    origin: str
    slide: float


@dataclass(frozen=True)
class Draft:
    """A composed clip before it is checked.

    Attributes:
        positions: ``[T 22 3]`` metres.
        kind: the recipe's name.
        action: what it shows, in a few words.
        captions: sentences.
        pieces: what it was made from.
        joins: frames at which a new part begins.
        shown: stretches (start, stop, name of the action) that have to pass that action's probe.
    """

    positions: np.ndarray
    kind: str
    action: str
    captions: tuple[str, ...]
    pieces: tuple[Piece, ...]
    joins: tuple[int, ...] = ()
    shown: tuple[tuple[int, int, str], ...] = ()


class Library:
    """All recordings of known actions, to draw pieces from.

    Args:
        recordings: of the train split only.
    """

    def __init__(self, recordings: list[Recording]) -> None:
        self._by_action: dict[str, tuple[Action, list[Recording]]] = {}
        for recording in recordings:
            action = recording.action
            if action is not None and recording.frames >= _SHORTEST:
                self._by_action.setdefault(action.name, (action, []))[1].append(recording)

        self._read = lru_cache(maxsize=_CACHED)(lambda recording: recording.read())
        self._shown = lru_cache(maxsize=None)(self._is_shown)

    def actions(self, *traits: str, reverse: bool = False) -> list[str]:
        """Names of the actions that have all of the traits (and, with ``reverse``, a name
        backwards)."""
        return [
            name
            for name, (action, _) in self._by_action.items()
            if action.traits.issuperset(traits) and (action.reverse or not reverse)
        ]

    def draw(
        self,
        names: list[str],
        rng: np.random.Generator,
        *,
        frames: tuple[int, int],
        can_mirror: bool = True,
    ) -> Piece | None:
        """A piece of one of the named actions, each as likely as the root of how many recordings
        it has.

        Args:
            names: of actions; ``actions`` lists them.
            rng: source of chance.
            frames: fewest and most. What goes on all the time is cut; anything else has to fit in
                whole.
            can_mirror: whether half of the pieces are mirrored.
        Returns:
            None where chance found no piece that fits.
        """
        names = [name for name in names if name in self._by_action]
        if not names:
            return None

        sizes = np.array([len(self._by_action[name][1]) for name in names]) ** 0.5
        name = names[int(rng.choice(len(names), p=sizes / sizes.sum()))]
        recording = self._recording(name, rng)

        action = recording.action
        fewest, most = frames
        if action is None or recording.frames < fewest or not self._shown(recording):
            return None

        positions = self._read(recording)
        if len(positions) > most:
            if "loop" not in action.traits:
                return None
            start = int(rng.integers(len(positions) - most + 1))
            positions = positions[start : start + most]

        piece = Piece(
            positions,
            action,
            said_phrases(action, recording.source, positions),
            action.reverse,
            recording.id,
            slide_share(positions),
        )
        return mirrored(piece) if can_mirror and rng.random() < 0.5 else piece

    def _recording(self, name: str, rng: np.random.Generator) -> Recording:
        recordings = self._by_action[name][1]
        weights = np.array(
            [_HAND_MADE_WEIGHT if item.source in _HAND_MADE else 1.0 for item in recordings]
        )
        return recordings[int(rng.choice(len(recordings), p=weights / weights.sum()))]

    def _is_shown(self, recording: Recording) -> bool:
        """Whether the recording passes the probe of its action, if there is one."""
        name = recording.action.name if recording.action is not None else ""
        return passes_probe(self._read(recording), name)


def passes_probe(positions: np.ndarray, name: str, *, either_side: bool = False) -> bool:
    """Whether a clip passes the probe of the action of that name, or there is none.

    Args:
        positions: ``[T 22 3]`` metres.
        name: of an action.
        either_side: the mirror image may pass it instead.
    """
    probe = PROBES.get(name)
    if probe is None or probe(Body(positions)):
        return True

    return either_side and bool(probe(Body(mirror_image(positions))))


def said_phrases(action: Action, source: str, positions: np.ndarray) -> tuple[str, ...]:
    """An action's phrases, with the hands where a source holds them up in exercises of the legs."""
    if source not in _HANDS_UP or not Body(positions).keeps_hands_up:
        return action.phrases

    return tuple(phrase if "arm" in phrase else with_hands_up(phrase) for phrase in action.phrases)


def trunk_sways(positions: np.ndarray) -> bool:
    """Whether the pelvis moves by more than 12 cm, or turns by more than 40 degrees."""
    way = np.ptp(positions[:, 0], axis=0).max()
    return bool(way > 0.12 or np.ptp(headings(positions)) > np.radians(40))


def backwards(piece: Piece) -> Piece:
    """The piece played backwards, said as that; its action is another one, without traits."""
    action = replace(piece.action, name=f"{piece.action.name}{REVERSED}", traits=frozenset())
    return replace(
        piece,
        positions=reversed_in_time(piece.positions),
        action=action,
        phrases=piece.reverse,
        reverse=piece.phrases,
    )


def mirrored(piece: Piece) -> Piece:
    """The piece with left and right swapped, in its phrases too."""
    return replace(
        piece,
        positions=mirror_image(piece.positions),
        phrases=tuple(map(mirror_caption, piece.phrases)),
        reverse=tuple(map(mirror_caption, piece.reverse)),
        origin=f"M{piece.origin}",
    )
