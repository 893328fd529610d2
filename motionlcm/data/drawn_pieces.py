"""Pieces of motion on which a move is drawn by hand, for recipes that show it or join it to
another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.data.drawn_moves import Move
from motionlcm.data.ingredients import LONGEST, Library, Piece, trunk_sways
from motionlcm.data.path_recipes import straight_piece
from motionlcm.motion.measures import Body
from motionlcm.motion.paths import extended, straightened

_LEAST_WALK = 60  #: frames of a walk on which a move is drawn


def drawn_piece(library: Library, move: Move, rng: np.random.Generator) -> Piece | None:
    """A recorded body that stands or walks, with a move drawn on it; said as the move is.

    Args:
        library: recordings to draw on.
        move: what to draw.
        rng: source of chance.
    Returns:
        None where chance found no body that fits, or the drawing does not show the move.
    """
    if move.on == "walk":
        base = straight_piece(library, ["walk"], rng)
    else:
        base = library.draw(["stand", "listen"], rng, frames=(40, 140))
    if base is None or base.positions[:, 0, 1].min() < 0.75:
        return None

    body = base.positions
    if move.on == "walk" and len(body) < _LEAST_WALK:
        body = straightened(extended(body, int(rng.integers(_LEAST_WALK, 120))))
    elif move.on != "walk" and trunk_sways(body):
        return None

    drawing = move.draw(body, rng)
    if drawing is None or len(drawing[0]) > LONGEST or not move.is_shown(Body(drawing[0])):
        return None

    positions, phrases = drawing
    action = replace(base.action, name=move.name, traits=frozenset())
    return replace(base, positions=positions, action=action, phrases=phrases, reverse=())
