"""Ways to make a clip from recorded ones. Each takes a library and chance, and gives a draft or
None.

A recipe only proposes: what it made is checked by ``motionlcm.data.compose``, and dropped where it
cannot be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from motionlcm.data.action_phrases import ACTIONS
from motionlcm.data.captions import mirror_caption
from motionlcm.data.composition_captions import (
    plain_captions,
    speed_captions,
    while_captions,
)
from motionlcm.data.drawn_moves import MOVES
from motionlcm.data.drawn_pieces import drawn_piece
from motionlcm.data.ingredients import (
    FITTING,
    LONGEST,
    Draft,
    Library,
    backwards,
    trunk_sways,
)
from motionlcm.data.named_poses import POSES, posed
from motionlcm.data.path_recipes import high_kick, high_steps, path, spin
from motionlcm.data.sequence_recipes import counted, pair, sequence
from motionlcm.data.wordings import more_phrases
from motionlcm.motion.blending import (
    assemble,
    bone_directions,
    headings,
    mirror_image,
    stretched,
)
from motionlcm.motion.features import FPS
from motionlcm.motion.measures import Body
from motionlcm.motion.paths import best_cycle, extended, straightened, ways_gone
from motionlcm.motion.rotations import from_yaw, rotate

_TRUNK_SHARES = {3: 0.0, 6: 0.35, 9: 0.7}  #: how much of the upper clip each bone of the spine has
_WALKS_AT_A_PACE = 0.3  #: share of slow and quick clips that walk, which is asked for most
_UPPER = (12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
_ARMS = (16, 17, 18, 19, 20, 21)  #: the bones from the collars on
#: What one source recorded with the hands at head height, and people do with them anywhere.
_EXERCISES = (
    "deep squat",
    "lunge",
    "side lunge",
    "sit and stand",
    "hurdle step",
    "leg raise",
    "sit down",
    "stand up",
)
_SQUAT = next(action for action in ACTIONS if action.name == "squat")


Recipe = Callable[[Library, np.random.Generator], Draft | None]


def halves(library: Library, rng: np.random.Generator) -> Draft | None:
    """The arms and the head of one clip on the legs of another that walks, jogs, sits, crouches or
    stands."""
    goes = rng.random() < 0.75
    names = [name for name in library.actions("legs") if name not in ("stand", "listen")]
    names = [name for name in names if (name in library.actions("go")) == goes]
    legs = library.draw(names, rng, frames=(18, LONGEST))
    arms = library.draw(library.actions("arms"), rng, frames=(30, 180))
    if legs is None or arms is None:
        return None

    # Either half that goes on all the time is repeated until it is as long as the other.
    upper, lower = arms.positions, legs.positions
    if "loop" in arms.action.traits and len(upper) < 60 and best_cycle(upper).distance < FITTING:
        upper = extended(upper, 60)

    frames = len(upper)
    if len(lower) < frames:
        if "go" not in legs.action.traits or best_cycle(lower).distance > FITTING:
            return None
        lower = straightened(extended(lower, frames))
    lower = lower[:frames]

    # A bending trunk or moving feet would not be in the arms alone.
    if trunk_sways(upper):
        return None

    positions = _on_legs(lower, upper)
    captions = while_captions(legs.phrases, arms.phrases, rng)
    action = f"{arms.action.name}, {legs.action.name}"
    shown = ((0, frames, legs.action.name), (0, frames, arms.action.name))
    return Draft(positions, "half", action, captions, (legs, arms), (), shown)


def _on_legs(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """The pelvis and legs of ``lower [T 22 3]`` with the trunk, head and arms of ``upper [T 22
    3]``."""
    turn = from_yaw(headings(lower, smoothing=6.0) - headings(upper, smoothing=6.0))
    turned = rotate(turn[:, None], bone_directions(upper))
    directions = bone_directions(lower)
    directions[:, _UPPER] = turned[:, _UPPER]

    for joint, share in _TRUNK_SHARES.items():
        mixed = (1 - share) * directions[:, joint] + share * turned[:, joint]
        directions[:, joint] = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
    return assemble(lower[:, 0], directions)


def at_ease(library: Library, rng: np.random.Generator) -> Draft | None:
    """An exercise of the legs that was recorded with the hands up, with the arms of one who stands,
    so that it needs no word about hands."""
    names = [name for name in _EXERCISES if name in library.actions()]
    piece = library.draw(names, rng, frames=(20, LONGEST))
    arms = library.draw(["stand", "listen"], rng, frames=(20, LONGEST))
    if piece is None or arms is None or not Body(piece.positions).keeps_hands_up:
        return None

    # Arms hang, however the trunk bends: their directions stay, but for the way it faces.
    frames = len(piece.positions)
    hanging = stretched(arms.positions, frames)
    turn = from_yaw(headings(piece.positions, smoothing=6.0) - headings(hanging, smoothing=6.0))
    directions = bone_directions(piece.positions)
    directions[:, _ARMS] = rotate(turn[:, None], bone_directions(hanging))[:, _ARMS]
    positions = assemble(piece.positions[:, 0], directions)

    said = piece.action.phrases if piece.action.name != "deep squat" else _SQUAT.phrases
    captions = plain_captions(tuple(text for text in said if "arm" not in text), rng)
    return Draft(positions, "ease", piece.action.name, captions, (piece, arms))


def reverse(library: Library, rng: np.random.Generator) -> Draft | None:
    """A clip played backwards, where that is something people do."""
    piece = library.draw(library.actions(reverse=True), rng, frames=(20, LONGEST))
    if piece is None:
        return None

    piece = backwards(piece)
    captions = plain_captions(piece.phrases, rng)
    return Draft(piece.positions, "reverse", piece.action.name, captions, (piece,))


def speed(library: Library, rng: np.random.Generator) -> Draft | None:
    """A clip in more or less time: slowly, quickly."""
    names = ["walk"] if rng.random() < _WALKS_AT_A_PACE else library.actions("pace")
    piece = library.draw(names, rng, frames=(24, 120))
    if piece is None:
        return None

    is_slow = rng.random() < 0.5
    factor = rng.uniform(1.45, 2.0) if is_slow else rng.uniform(0.55, 0.72)
    frames = int(np.clip(round(len(piece.positions) * factor), 16, LONGEST))
    adverb = "slow" if is_slow else "quick"
    positions = stretched(piece.positions, frames)
    if piece.action.name == "walk" and not _is_pace(positions, adverb):
        return None

    captions = speed_captions(piece.phrases, adverb, rng)
    if piece.action.name == "walk":
        at_a_pace = more_phrases("slow walk" if is_slow else "brisk walk")
        captions = (*captions[:2], *plain_captions(at_a_pace, rng, 3))
    shown = ((0, frames, piece.action.name),) if piece.action.name != "walk" else ()
    return Draft(positions, "speed", f"{piece.action.name} {adverb}", captions, (piece,), (), shown)


def _is_pace(positions: np.ndarray, adverb: str) -> bool:
    """Whether people would call a walk slow (under 0.95 m/s) or quick (over 1.55 m/s)."""
    pace = float(ways_gone(positions)[-1]) / (len(positions) / FPS)
    return pace < 0.95 if adverb == "slow" else pace > 1.55


def pose(library: Library, rng: np.random.Generator) -> Draft | None:
    """A pose that anybody can name, on a body that stands or walks."""
    weights = np.array([named.weight for named in POSES])
    named = POSES[int(rng.choice(len(POSES), p=weights / weights.sum()))]
    is_walking = named.can_walk and rng.random() < 0.25
    base = library.draw(["walk"] if is_walking else ["stand", "listen"], rng, frames=(40, 140))
    if base is None or (base.positions[:, 0, 1].min() < 0.75):
        return None
    if not is_walking and trunk_sways(base.positions):
        return None

    # Nobody stays bent down for long.
    body = base.positions[: 70 if named.bend else None]
    frames = len(body)
    is_seen_coming = rng.random() < 0.7 or named.bend > 0
    start = int(rng.integers(0, 12)) if is_seen_coming else -12  # else in the pose from the start
    stop = frames + 1 if rng.random() < 0.5 or frames < 60 else frames - int(rng.integers(0, 8))
    positions = posed(body, named, start=start, stop=stop)

    phrases = tuple(
        text
        for text in named.phrases + more_phrases(named.name)
        if not (is_walking and text.startswith("stands"))
    )
    captions = (
        while_captions(base.phrases, phrases, rng) if is_walking else plain_captions(phrases, rng)
    )
    draft = Draft(positions, "pose", named.name, captions, (base,))
    return draft if rng.random() < 0.5 else _mirrored(draft)


def drawn(library: Library, rng: np.random.Generator) -> Draft | None:
    """A move drawn by hand on a body that stands or walks."""
    move = MOVES[int(rng.integers(len(MOVES)))]
    piece = drawn_piece(library, move, rng)
    if piece is None:
        return None

    captions = plain_captions(piece.phrases, rng)
    draft = Draft(piece.positions, "drawn", move.name, captions, (piece,))
    return draft if rng.random() < 0.5 else _mirrored(draft)


def _mirrored(draft: Draft) -> Draft:
    captions = tuple(map(mirror_caption, draft.captions))
    return replace(draft, positions=mirror_image(draft.positions), captions=captions)


#: Every kind with its share of the composed clips.
RECIPES: dict[str, tuple[Recipe, float]] = {
    "sequence": (sequence, 0.09),
    "pair": (pair, 0.17),
    "half": (halves, 0.08),
    "ease": (at_ease, 0.05),
    "reverse": (reverse, 0.06),
    "speed": (speed, 0.11),
    "path": (path, 0.12),
    "counted": (counted, 0.04),
    "spin": (spin, 0.04),
    "steps": (high_steps, 0.03),
    "kick": (high_kick, 0.02),
    "pose": (pose, 0.11),
    "drawn": (drawn, 0.21),
}
