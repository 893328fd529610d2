"""Exercises of the legs that were recorded with the hands up, with arms that hang."""

import numpy as np

from motionlcm.data.action_phrases import action_of
from motionlcm.data.composition_captions import is_sentence
from motionlcm.data.ingredients import Library, Recording
from motionlcm.data.recipes import at_ease
from motionlcm.motion.blending import assemble, bone_directions
from motionlcm.motion.measures import Body
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths
from tests.data.test_compose import sitting_down, standing


def recording(label: str, positions: np.ndarray) -> Recording:
    return Recording(label, "ui-prmd", action_of(label), len(positions), lambda: positions)


def with_hands_up(body: np.ndarray) -> np.ndarray:
    directions = bone_directions(body)
    directions[:, [18, 19]] = [0.0, 0.0, 1.0]
    directions[:, [20, 21]] = [0.0, 1.0, 0.0]
    return assemble(body[:, 0], directions)


def draft_of(exercise: np.ndarray, label: str):
    library = Library([recording(label, exercise), recording("Stand", standing(90))])
    return at_ease(library, np.random.default_rng(0))


def test_arms_hang_and_the_rest_of_the_body_stays():
    body = with_hands_up(standing(60))
    assert Body(body).keeps_hands_up
    draft = draft_of(body, "side lunge x1")
    assert draft is not None and not Body(draft.positions).keeps_hands_up
    (piece, _) = draft.pieces
    assert np.allclose(draft.positions[:, :16], piece.positions[:, :16], atol=1e-5)
    assert np.allclose(bone_lengths(draft.positions)[:, 1:], TARGET_LENGTHS[1:], atol=1e-5)
    assert all(is_sentence(text) and "hand" not in text for text in draft.captions)


def test_a_deep_squat_is_said_without_its_arms():
    down = with_hands_up(sitting_down())
    draft = draft_of(np.concatenate([down, down[::-1]]), "deep squat x1")
    assert draft is not None and draft.action == "deep squat"
    assert draft.captions and not any("arm" in text for text in draft.captions)


def test_what_has_its_hands_down_is_left_alone():
    assert draft_of(standing(60), "inline lunge x1") is None
