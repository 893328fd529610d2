"""Usual lengths: those of the clips that were heard most for such words."""

from dataclasses import replace

import numpy as np
import pytest

from motionlcm.generation.durations import usual_seconds, weighted_median
from motionlcm.models.statistics import Normaliser, Statistics
from motionlcm.training.export import distinct


def _statistics(vectors, seconds, weights=None):
    scale = Normaliser(np.zeros(4), np.ones(4))
    return Statistics(scale, scale, np.array(vectors), np.array(seconds), weights)


def test_a_length_is_one_that_clips_have_and_not_a_mean_of_two():
    near = np.array([[1, 0, 0], [0.99, 0.14, 0], [0, 0, 1]], np.float32)
    text = np.array([[[2.0, 0, 0]]])
    short = _statistics(near, [2.5, 7.0, 4.0], np.array([0.7, 0.3, 5.0], np.float32))
    assert usual_seconds(text, short, 9.8).tolist() == [2.5]
    long = replace(short, duration_weights=np.array([0.2, 0.8, 5.0], np.float32))
    assert usual_seconds(text, long, 9.8).tolist() == [7.0]


def test_without_weights_all_classes_count_alike_and_bounds_hold():
    table = _statistics(np.eye(3, dtype=np.float32), [0.5, 30.0, 4.0])
    text = np.eye(3)[:, None]
    assert usual_seconds(text, table, 9.8).tolist() == [2.0, 9.8, 4.0]


def test_the_median_is_where_half_of_the_weight_lies():
    values = np.array([9, 1, 5])
    assert weighted_median(values, np.array([1.0, 1.0, 1.0])) == 5
    assert weighted_median(values, np.array([3.0, 1.0, 1.0])) == 9
    assert weighted_median(values, np.array([1.0, 9.0, 1.0])) == 1


def test_alike_classes_become_one_row_that_counts_for_both():
    vectors = np.array([[1, 0], [0.98, 0.2], [1, 0], [0, 1]], np.float32)
    seconds = np.array([4.0, 4.1, 9.0, 2.0])
    drawn = np.array([0.2, 0.5, 0.2, 0.1])
    kept, lengths, weights = distinct(vectors, seconds, drawn)
    assert lengths == pytest.approx([4.1, 9.0, 2.0]) and weights == pytest.approx([0.7, 0.2, 0.1])
    assert np.array_equal(kept[0], vectors[1])


def test_an_exported_model_keeps_the_table_with_its_weights(tiny_model):
    statistics = Statistics.read(tiny_model / "statistics.safetensors")
    count = len(statistics.duration_seconds)
    assert statistics.duration_vectors.shape[0] == count == len(statistics.duration_weights)
    assert statistics.duration_weights.sum() == pytest.approx(1, abs=1e-5)
