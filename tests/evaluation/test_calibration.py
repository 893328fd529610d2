"""The judge of prompts: a logistic function that finds what made the data."""

import numpy as np
import pytest

from motionlcm.evaluation.calibration import Outcome, calibrate, fit_logistic, outcomes
from motionlcm.generation.familiarity import FIGURES
from motionlcm.models.known import KnownCaptions, Phrases, unit


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


def test_outcomes_list_each_prompt_once():
    own = {"jumps": {"a person jumps": (3, 4), "she leaps": (1, 4)}}
    further = {"jumps": {"jump!": (4, 4), "she leaps": (0, 4)}}
    assert outcomes(own, further) == [
        Outcome("jumps", "a person jumps", 0.75, False),
        Outcome("jumps", "she leaps", 0.25, False),
        Outcome("jumps", "jump!", 1.0, True),
    ]


def test_prompts_near_captions_pass_and_far_ones_are_told():
    """A made-up model manages what its captions say: the judge of other prompts finds that."""
    rng = np.random.default_rng(0)
    learned, unknown = unit(rng.normal(size=(2, 10, 16)))  # directions of twenty actions

    def near(directions, count):
        vectors = directions.repeat(count, 0)
        return unit(vectors + 0.15 * rng.normal(size=vectors.shape))

    captions = near(learned, 6)
    prompts = np.concatenate([near(learned, 4), near(unknown, 4)])
    rows = [
        Outcome(f"action {place // 4}", f"word{place}", float(place < 40), place % 4 == 3)
        for place in range(80)
    ]
    known = KnownCaptions(
        Phrases(tuple("c" * 60), captions, captions, np.arange(1, 61)),
        np.arange(60) // 6,
        np.ones(60, np.float32),
        frozenset(f"word{place}" for place in range(40)),
        np.eye(16),
        np.eye(16),
        measured=Phrases(tuple(row.prompt for row in rows), prompts, prompts, np.arange(1, 81)),
    )
    calibration = calibrate(known, rows)
    judge = calibration.known.judge
    assert len(judge.weights) == len(FIGURES) and 0 < judge.threshold < 1
    assert list(calibration.known.shares) == [row.share for row in rows]
    for name in ("other prompts", "other actions", "the prompts that are kept"):
        told = calibration.told[name]
        assert told.failing[1] == told.passing[1] == 40
        assert told.failing[0] >= 36 and told.passing[0] <= 8, name
    assert calibration.told["other wordings"].failing[1] == 10
