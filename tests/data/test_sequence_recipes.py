"""Pairs of actions: both are shown, in the order of the caption; turns on the spot end as told."""

import numpy as np
import pytest

from motionlcm.data.action_phrases import ACTIONS, action_of
from motionlcm.data.composition import compose_clips
from motionlcm.data.composition_captions import is_sentence, pair_captions
from motionlcm.data.drawn_moves import MOVES
from motionlcm.data.ingredients import Library, Recording
from motionlcm.data.path_recipes import spin
from motionlcm.data.sequence_recipes import _GOES, _PAIRS, pair
from motionlcm.motion import actions, actions_body, sequences
from motionlcm.motion.blending import headings
from motionlcm.motion.measures import Body
from motionlcm.motion.paths import ways_gone
from motionlcm.motion.plausibility import implausible
from motionlcm.motion.rotations import from_yaw, rotate
from tests.data.test_compose import sitting_down, standing, stepping, waving


def recording(label: str, positions: np.ndarray) -> Recording:
    return Recording(label, "made-up", action_of(label), len(positions), lambda: positions)


def turned_by(degrees: float, frames: int = 40) -> np.ndarray:
    """A made-up body that turns to the left on the spot, its feet along."""
    body = standing(frames, sway=0.0)
    share = np.clip((np.arange(frames) - 4) / (frames - 8), 0, 1)
    turn = from_yaw(np.radians(degrees) * share**2 * (3 - 2 * share))
    return rotate(turn[:, None], body)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(
        [
            recording("walk", stepping(70)),
            recording("sit down on a chair", sitting_down()),
            recording("waving with the right hand", waving(60)),
        ]
    )


def drafts(recipe, library: Library, count: int) -> list:
    made = (recipe(library, np.random.default_rng(seed)) for seed in range(count))
    return [draft for draft in made if draft is not None]


def test_a_pair_shows_the_first_before_the_join_and_the_second_behind_it(library):
    found = drafts(pair, library, 300)
    kinds = {draft.action for draft in found}
    assert {"walk, sit down", "sit down reversed, walk", "walk, wave"} <= kinds

    for draft in found:
        (begin,) = draft.joins
        before, after = draft.positions[:begin], draft.positions[begin:]
        if draft.action == "sit down reversed, walk":
            assert actions.stands_up(Body(before))
            assert ways_gone(after)[-1] > 1.0 > ways_gone(before)[-1]
        if draft.action == "walk, sit down":
            assert ways_gone(before)[-1] > 0.8
            assert actions.sits_down(Body(after))
        assert draft.kind == "pair"
        assert draft.captions and all(map(is_sentence, draft.captions))


def test_what_is_reversed_is_called_by_what_it_shows(library):
    rising = [d for d in drafts(pair, library, 300) if d.action == "sit down reversed, walk"]
    said = " ".join(caption for draft in rising for caption in draft.captions)
    assert "sits" not in said and "takes a seat" not in said
    assert "rises from a" in said and any(f" {going}" in said for going in _GOES.split("|"))


def test_a_short_walk_goes_on_until_it_has_gone_as_far_as_a_pair_needs():
    short = Library([recording("walk", stepping(30)), recording("Stand", standing(80))])
    found = [draft for draft in drafts(pair, short, 200) if draft.action == "walk, stand"]
    assert found
    for draft in found:
        walk = draft.pieces[0]
        assert ways_gone(stepping(30))[-1] < 1.5 <= ways_gone(walk.positions)[-1]
        assert sequences.walks(Body(draft.positions[: draft.joins[0]]))


def test_what_no_recording_shows_is_drawn_for_a_pair():
    made = Library([recording("walk", stepping(70)), recording("Stand", standing(80))])
    found = [draft for draft in drafts(pair, made, 300) if "pick up" in draft.action]
    for draft in found:
        begin, is_first = draft.joins[0], draft.action.startswith("pick up")
        part = draft.positions[:begin] if is_first else draft.positions[begin:]
        assert actions_body.picks_up(Body(part))
        assert any("floor" in caption or "picks" in caption for caption in draft.captions)
    assert {draft.action for draft in found} >= {"walk, pick up", "pick up, walk"}


def test_every_pair_names_actions_that_there_are():
    there = {action.name: action for action in ACTIONS}
    moves = {move.name for move in MOVES}
    for part in {part for both in _PAIRS for part in both}:
        assert not part.move or part.move in moves
        for name in part.names:
            plain = name.removesuffix(" reversed")
            assert plain in there, name
            assert name == plain or there[plain].reverse, f"{plain} has no name backwards"


def test_somebody_stops_only_where_one_may_say_so():
    rng = np.random.default_rng(0)
    said = [pair_captions(("walks",), ("bows",), rng, halts=True) for _ in range(20)]
    assert any("walks, stops and bows" in caption for captions in said for caption in captions)
    said = [pair_captions(("squats",), ("jumps",), rng) for _ in range(20)]
    assert not any("stops" in caption for captions in said for caption in captions)


@pytest.mark.parametrize("degrees", [90, 180])
def test_turns_on_the_spot_are_half_and_full(degrees):
    turning = Library([recording("turn_left_90_xyz", turned_by(degrees))])
    found = drafts(spin, turning, 40)
    turns = {draft.action: np.degrees(np.ptp(headings(draft.positions))) for draft in found}
    halves = [angle for action, angle in turns.items() if action.startswith("half turn")]
    wholes = [angle for action, angle in turns.items() if action.startswith("spin")]
    assert halves and all(abs(angle - 180) < 25 for angle in halves)
    assert wholes and all(abs(angle - 360) < 25 for angle in wholes)
    for draft in found:
        is_whole = draft.action.startswith("spin")
        assert all(is_whole or "full" not in caption for caption in draft.captions)


def test_pairs_pass_the_checks_of_compositions():
    made = [
        recording("walk", stepping(70)),
        recording("sit down on a chair", sitting_down()),
        recording("Stand", standing(80)),
    ]
    clips, report = compose_clips(made, 12, shares={"pair": 1.0}, seed=2)
    assert report.kept["pair"] >= 8
    for clip in clips:
        assert clip.label.startswith("pair ") and len(clip.origins) == 2
        assert implausible(clip.positions.astype(np.float64)) is None
