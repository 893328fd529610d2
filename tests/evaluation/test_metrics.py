"""Metrics against closed forms."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from motionlcm.evaluation.metrics import (
    confidence_interval,
    control_errors,
    diversity,
    frechet_distance,
    frechet_infinity,
    latent_embedding,
    multimodal_distance,
    multimodality,
    nearest_distances,
    pools,
    r_precision,
    retrieval_ranks,
)

RNG = np.random.default_rng(0)


def test_the_frechet_distance_of_known_gaussians():
    a, b = RNG.normal(0, 1, (200_000, 2)), RNG.normal([3, 0], [2, 1], (200_000, 2))
    assert abs(frechet_distance(a, b) - (9 + 1)) < 0.1
    assert frechet_distance(a, a) < 1e-9


def test_the_frechet_distance_equals_the_matrix_formula():
    a, b = RNG.normal(size=(50, 6)), RNG.normal(size=(60, 6)) @ RNG.normal(size=(6, 6))
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(
        cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real
    )
    assert np.isclose(frechet_distance(a, b), expected)
    with pytest.raises(ValueError, match="N D"):
        frechet_distance(a, b[:, :3])


def test_the_distance_for_ever_more_rows_is_not_that_of_chance():
    rng = np.random.default_rng(1)
    for shift in (0.0, 1.0):
        a, b = rng.normal(size=(300, 24)), rng.normal(size=(300, 24))
        b[:, 0] += shift
        by_chance = frechet_distance(a, b) - shift**2
        assert by_chance > 0.7 and abs(frechet_infinity(a, b, rng) - shift**2) < by_chance / 3
    assert frechet_infinity(a, a, rng) < 1e-9


def test_the_embedding_ignores_padding():
    latents, mask = RNG.normal(size=(2, 5, 3)), np.arange(5)[None] < np.array([[5], [2]])
    other = latents.copy()
    other[1, 2:] = 99
    assert np.array_equal(latent_embedding(latents, mask), latent_embedding(other, mask))


def test_r_precision_of_a_permuted_identity():
    vectors = np.eye(64)
    assert (r_precision(vectors, vectors, np.random.default_rng(0)) == 1).all()
    permuted = np.roll(np.eye(32), 1, axis=0)  # one other motion is nearer than each text's own
    assert r_precision(np.eye(32), permuted, np.random.default_rng(0)).tolist() == [0, 1, 1]


def test_ranks_count_what_is_nearer():
    queries = np.array([[0.0], [10.0]])
    assert retrieval_ranks(queries, np.array([[1.0], [0.5]])).tolist() == [1, 1]
    assert retrieval_ranks(queries, np.array([[1.0], [9.0]])).tolist() == [0, 0]


def test_pools_hold_each_index_once():
    found = pools(100, np.random.default_rng(0))
    assert [len(p) for p in found] == [32] * 3 and len(set(np.concatenate(found).tolist())) == 96
    assert [len(p) for p in pools(5, np.random.default_rng(0))] == [5]


def test_distances_of_known_clouds():
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(4000, 3))
    assert (
        abs(diversity(cloud, rng) - np.sqrt(2) * 2 * np.sqrt(2 / np.pi)) < 0.2
    )  # E|N(0, 2I)| in three dimensions
    same = np.repeat(rng.normal(size=(5, 1, 3)), 8, axis=1)
    assert multimodality(same, rng) == 0
    assert multimodal_distance(cloud, cloud + [3, 4, 0]) == pytest.approx(5)
    assert nearest_distances(cloud[:3] + 1e-3, cloud).max() == pytest.approx(1e-3, rel=0.05)


def test_the_interval_is_the_published_formula():
    mean, half = confidence_interval(np.array([1.0, 2.0, 3.0]))
    assert mean == 2 and half == pytest.approx(1.96 * np.sqrt(2 / 3) / np.sqrt(3))


def test_control_errors_of_a_known_offset():
    hint = np.zeros((2, 10, 22, 3))
    made = hint.copy()
    made[1, 3, 0] = [0.6, 0, 0]
    mask = np.zeros((2, 10, 22), bool)
    mask[:, 2:4, 0] = True
    figures = control_errors(made, hint, mask)
    assert figures == {
        "trajectory error": 0.5,
        "location error": 0.25,
        "average error, m": pytest.approx(0.15),
    }
