"""Five-diagonal forms: the same as full matrices, for any length and any frames left out."""

import numpy as np
import pytest

from motionlcm.motion.banded import diagonal, squared_differences


def full(form):
    """The whole matrix of a form."""
    count = form.diagonals.shape[1]
    return form @ np.eye(count)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 50])
@pytest.mark.parametrize("order", [1, 2])
def test_a_form_is_the_square_of_its_differences(count, order):
    weights = np.random.default_rng(0).uniform(1, 2, max(count - order, 0))
    series = np.random.default_rng(1).normal(size=count)
    form = full(squared_differences(count, order, weights))
    expected = (weights * np.diff(series, n=order) ** 2).sum() if count > order else 0.0
    assert np.isclose(series @ form @ series, expected) and np.allclose(form, form.T)


@pytest.mark.parametrize("count", [1, 2, 3, 127, 128, 129, 130, 257, 500])
def test_a_solution_is_that_of_the_full_matrix(count):
    rng = np.random.default_rng(count)
    form = (
        diagonal(rng.uniform(1e-3, 1, count))
        + 0.1 * squared_differences(count, 1)
        + 5.0 * squared_differences(count, 2)
    )
    values = rng.normal(size=(count, 3))
    assert np.allclose(form.solve(values), np.linalg.solve(full(form), values))


def test_frames_left_out_leave_the_rows_and_columns_of_the_others():
    rng = np.random.default_rng(0)
    form = diagonal(np.ones(300)) + 5.0 * squared_differences(300, 2, rng.uniform(1, 2, 298))
    for share in (0.1, 0.5, 0.95):
        kept = np.flatnonzero(rng.random(300) < share)
        assert np.allclose(full(form.among(kept)), full(form)[np.ix_(kept, kept)])
        values = rng.normal(size=(len(kept), 2))
        expected = np.linalg.solve(full(form)[np.ix_(kept, kept)], values)
        assert np.allclose(form.among(kept).solve(values), expected)


def test_ten_minutes_are_solved_in_a_moment_and_exactly():
    form = diagonal(np.full(12_000, 1e-3)) + 5.0 * squared_differences(12_000, 2)
    values = np.random.default_rng(0).normal(size=(12_000, 2))
    assert np.abs(form @ form.solve(values) - values).max() < 1e-8
