"""Moves drawn by hand: each passes the test of its action, keeps limbs and feet, and leaves
the rest of the body alone."""

import numpy as np
import pytest

from motionlcm.data.composition_captions import is_sentence
from motionlcm.data.drawn_moves import MOVES
from motionlcm.data.sketching import LEFT, RIGHT, Hand, Reach, Sketch, sketched
from motionlcm.motion import actions_arms
from motionlcm.motion.measures import Body
from motionlcm.motion.plausibility import LARGEST_JERK, frame_jerks, implausible
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths
from tests.data.test_compose import standing, stepping


def with_head_ahead(positions):
    """The made-up body with its head before the neck, as people have it."""
    positions = positions.copy()
    positions[:, 15] = positions[:, 12] + TARGET_LENGTHS[15] * np.array([0.0, 0.87, 0.49])
    return positions


def drawings(move, count=8):
    base = stepping(80) if move.on == "walk" else with_head_ahead(standing(90))
    made = [move.draw(base, np.random.default_rng(seed)) for seed in range(count)]
    return [drawing for drawing in made if drawing is not None]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_every_move_could_be_a_recording_and_is_said_in_sentences(move):
    made = drawings(move)
    assert len(made) >= 6
    for positions, phrases in made:
        assert np.abs(bone_lengths(positions)[:, 1:] - TARGET_LENGTHS[1:]).max() < 0.005
        assert positions[..., 1].min() > -0.02
        assert np.median(frame_jerks(positions)) < LARGEST_JERK
        assert all(is_sentence(f"a person {phrase}") for phrase in phrases), phrases
    possible = [implausible(positions, recorded_slide=0.2) is None for positions, _ in made]
    assert np.mean(possible) >= 0.75


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_move_shows_its_action(move):
    shown = [move.is_shown(Body(positions)) for positions, _ in drawings(move)]
    assert np.mean(shown) >= 0.75


def test_what_is_put_down_is_not_picked_up():
    up, down = (
        next(move for move in MOVES if move.name == name) for name in ("pick up", "put down")
    )
    assert not any(down.is_shown(Body(positions)) for positions, _ in drawings(up))
    assert not any(up.is_shown(Body(positions)) for positions, _ in drawings(down))
    assert all("picks" not in phrase for _, phrases in drawings(down) for phrase in phrases)


def test_the_right_fist_punches_where_the_caption_says_so():
    move = next(move for move in MOVES if move.name == "punch")
    for positions, phrases in drawings(move, 16):
        if any("right" in phrase for phrase in phrases):
            assert actions_arms.punches_right(Body(positions))


def test_an_empty_sketch_changes_nothing():
    body = standing(40)
    assert np.allclose(sketched(body, Sketch()), body, atol=1e-9)


def test_turns_of_the_trunk_go_the_way_their_names_say():
    body, on = standing(40), np.full(40, 0.4)
    assert (Body(sketched(body, Sketch(bend=on))).lean_ahead > 0.25).all()
    assert (Body(sketched(body, Sketch(tilt=on))).lean_left > 0.25).all()
    shoulders = sketched(body, Sketch(twist=on))[:, [16, 17]]
    assert (shoulders[:, 0, 2] < shoulders[:, 1, 2] - 0.1).all()  # the left one went back
    raised = sketched(body, Sketch(shrug=on))[:, [16, 17], 1] - body[:, [16, 17], 1]
    assert (raised > 0.03).all()


def test_feet_that_are_not_led_stand_where_they_stood():
    body = standing(40)
    lower = sketched(body, Sketch(pelvis=np.tile([0.0, -0.2, 0.0], (40, 1))))
    assert np.abs(lower[:, [7, 8, 10, 11]] - body[:, [7, 8, 10, 11]]).max() < 0.005
    assert np.allclose(lower[:, 0, 1], body[:, 0, 1] - 0.2, atol=0.01)


def test_a_later_reach_leads_on_from_an_earlier_one():
    body, whole, none = standing(40), np.ones(40), np.zeros(40)
    up, ahead = (
        Hand((16, 17), place, (1.0, 0.0, -0.5)) for place in ((0.05, 0.45, 0.05), (0, 0, 0.5))
    )

    def wrist(share):
        sketch = Sketch(reaches=(Reach(RIGHT, up, whole), Reach(RIGHT, ahead, share)))
        moved = sketched(body, sketch)
        assert np.allclose(moved[:, 20], body[:, 20])  # the left hand is not led
        return moved[:, 21] - moved[:, 17]

    assert (wrist(none)[:, 1] > 0.4).all()
    assert (wrist(whole)[:, 2] > 0.45).all()
    other = sketched(body, Sketch(reaches=(Reach(LEFT, up, whole),)))
    assert np.allclose(other[:, 21], body[:, 21]) and (other[:, 20, 1] > body[:, 20, 1] + 0.4).all()
