"""Time: stretches of True, steps, and a smoothing that keeps what is smooth."""

import numpy as np
import pytest
import torch

from motionlcm.motion.timeline import central_steps, smooth_in_time, spans


@pytest.mark.parametrize("seed", range(5))
def test_spans_are_the_stretches_of_true(seed):
    is_on = np.random.default_rng(seed).random(40) < 0.6
    again = np.zeros(40, bool)
    for start, stop in spans(is_on):
        assert is_on[start:stop].all() and stop > start
        assert (start == 0 or not is_on[start - 1]) and (stop == 40 or not is_on[stop])
        again[start:stop] = True
    assert np.array_equal(again, is_on)


def test_spans_of_nothing_and_of_all():
    assert spans(np.zeros(5, bool)) == [] and spans(np.zeros(0, bool)) == []
    assert spans(np.ones(5, bool)) == [(0, 5)]


def test_central_steps_are_the_speed_of_an_even_path():
    path = np.arange(6)[:, None] * np.array([1.0, 2.0, -0.5])
    steps = central_steps(path)
    assert np.allclose(steps[1:-1], [1.0, 2.0, -0.5]) and np.allclose(
        steps[[0, -1]], [0.5, 1.0, -0.25]
    )


@pytest.mark.parametrize("frames", [1, 3, 12, 100])
def test_smoothing_keeps_what_is_constant(frames):
    assert np.allclose(smooth_in_time(np.full((frames, 2), 3.5), 2.0), 3.5)


def test_smoothing_keeps_a_straight_line_away_from_the_ends():
    line = np.arange(60.0)[:, None]
    assert np.allclose(smooth_in_time(line, 2.0)[8:-8], line[8:-8])


def test_smoothing_lowers_noise_and_runs_the_same_backwards():
    noise = np.random.default_rng(0).normal(size=(2, 80, 3))
    smooth = smooth_in_time(noise, 2.0)
    assert smooth.std() < 0.5 * noise.std()
    assert np.allclose(smooth_in_time(noise[:, ::-1], 2.0), smooth[:, ::-1])


@pytest.mark.parametrize("frames", [16, 17])
def test_short_and_long_clips_are_smoothed_by_one_rule(frames):
    values = np.random.default_rng(1).normal(
        size=(frames, 1)
    )  # 16 is the last that counts as short
    padded = np.concatenate([np.repeat(values[:1], 30, 0), values, np.repeat(values[-1:], 30, 0)])
    assert np.allclose(smooth_in_time(values, 2.0), smooth_in_time(padded, 2.0)[30:-30])
    assert np.allclose(
        smooth_in_time(torch.from_numpy(values), 2.0).numpy(), smooth_in_time(values, 2.0)
    )
