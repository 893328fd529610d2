"""The judge of prompts: a logistic function that finds what made the data."""

import numpy as np
import pytest

from motionlcm.evaluation.calibration import Asked, Outcome, calibrate, fit_logistic
from motionlcm.generation.familiarity import FIGURES
from motionlcm.models.asked import AskedActions
from motionlcm.models.known import KnownCaptions, Phrases, unit
from motionlcm.motion.action_tests import ACTION_TESTS

ACTIONS = list(ACTION_TESTS)


def test_the_fit_finds_the_weights_that_made_the_shares():
    rng = np.random.default_rng(0)
    figures = rng.normal(2, 3, (4000, 3))
    weights = np.array([0.5, -0.25, 0.0])
    shares = 1 / (1 + np.exp(-(figures @ weights + 0.3)))
    judge = fit_logistic(figures, shares)
    found = np.array(judge.weights) / np.array(judge.deviation)
    assert found == pytest.approx(weights, abs=0.02)
    assert judge.likelihood(figures) == pytest.approx(shares, abs=0.02)


def test_a_figure_that_never_changes_gets_no_weight():
    figures = np.column_stack([np.ones(50), np.arange(50.0)])
    judge = fit_logistic(figures, (np.arange(50) > 25).astype(float))
    assert judge.weights[0] == pytest.approx(0, abs=1e-9) and judge.weights[1] > 0.5


def outcome(action: int, place: int, *, is_shown: bool) -> Outcome:
    """Four motions for a prompt that all show its action and nothing else, or that show nothing."""
    shown = np.zeros((4, len(ACTIONS)), bool)
    shown[:, action] = is_shown
    return Outcome(ACTIONS[action], f"word{place}", shown, place % 4 == 3)


def asked_for(chances: np.ndarray) -> Asked:
    """What tells these chances ``[Q C]``."""
    names = tuple(ACTIONS)
    nothing = AskedActions(names, np.zeros((16, len(names))), np.zeros(len(names)))
    return Asked(nothing, chances, chances)


def nothing_clear(count: int) -> Asked:
    return asked_for(np.full((count, len(ACTIONS)), 1 / len(ACTIONS)))


def test_prompts_near_captions_pass_and_far_ones_are_told():
    """A made-up model manages what its captions say: the judge of other prompts finds that."""
    rng = np.random.default_rng(0)
    learned, unknown = unit(rng.normal(size=(2, 10, 16)))  # directions of twenty actions

    def near(directions, count):
        vectors = directions.repeat(count, 0)
        return unit(vectors + 0.15 * rng.normal(size=vectors.shape))

    captions = near(learned, 6)
    prompts = np.concatenate([near(learned, 4), near(unknown, 4)])
    rows = [outcome(place // 4, place, is_shown=place < 40) for place in range(80)]
    known = KnownCaptions(
        Phrases(tuple("c" * 60), captions, captions, np.arange(1, 61)),
        np.arange(60) // 6,
        np.ones(60, np.float32),
        frozenset(f"word{place}" for place in range(40)),
        np.eye(16),
        np.eye(16),
        measured=Phrases(tuple(row.prompt for row in rows), prompts, prompts, np.arange(1, 81)),
    )
    calibration = calibrate(known, rows, nothing_clear(80))  # so that nothing is looked at
    judge = calibration.known.judge
    assert len(judge.weights) == len(FIGURES) and 0 < judge.threshold < 1
    assert list(calibration.known.shares) == [1.0] * 40 + [0.0] * 40
    for name in ("other prompts", "other actions", "the prompts that are kept"):
        told = calibration.told[name]
        assert told.failing[1] == told.passing[1] == 40
        assert told.failing[0] >= 36 and told.passing[0] <= 8, name
    assert calibration.told["other wordings"].failing[1] == 10


def test_what_is_seen_on_the_motions_tells_more_than_words():
    """Words say nothing here; that the motions show what is asked for says all."""
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(140, 16)))
    rows = [outcome(place % 20, place, is_shown=bool(rng.random() < 0.6)) for place in range(80)]
    known = KnownCaptions(
        Phrases(tuple("c" * 60), vectors[80:], vectors[80:], np.arange(1, 61)),
        np.arange(60) // 6,
        np.ones(60, np.float32),
        frozenset(f"word{place}" for place in range(80)),
        np.eye(16),
        np.eye(16),
        measured=Phrases(
            tuple(row.prompt for row in rows), vectors[:80], vectors[:80], np.arange(1, 81)
        ),
    )
    clear = np.full((80, len(ACTIONS)), 0.2 / len(ACTIONS))
    clear[np.arange(80), np.arange(80) % 20] += 0.8
    worth = {}
    for name, asked in (("words", nothing_clear(80)), ("motions", asked_for(clear))):
        told = calibrate(known, rows, asked).told["other prompts"]
        worth[name] = told.failing[0] / told.failing[1] - told.passing[0] / told.passing[1]
    assert worth["motions"] > 0.75 > 0.4 > worth["words"]
