"""Metrics against closed forms."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from motionlcm.evaluation.metrics import frechet_distance, latent_embedding

RNG = np.random.default_rng(0)


def test_the_frechet_distance_of_known_gaussians():
    a, b = RNG.normal(0, 1, (200_000, 2)), RNG.normal([3, 0], [2, 1], (200_000, 2))
    assert abs(frechet_distance(a, b) - (9 + 1)) < 0.1
    assert frechet_distance(a, a) < 1e-9


def test_the_frechet_distance_equals_the_matrix_formula():
    a, b = RNG.normal(size=(50, 6)), RNG.normal(size=(60, 6)) @ RNG.normal(size=(6, 6))
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert np.isclose(frechet_distance(a, b), expected)
    with pytest.raises(ValueError, match="N D"):
        frechet_distance(a, b[:, :3])


def test_the_embedding_ignores_padding():
    latents, mask = RNG.normal(size=(2, 5, 3)), np.arange(5)[None] < np.array([[5], [2]])
    other = latents.copy()
    other[1, 2:] = 99
    assert np.array_equal(latent_embedding(latents, mask), latent_embedding(other, mask))
