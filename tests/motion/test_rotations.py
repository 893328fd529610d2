"""Rotations: group axioms over random rotations, round trips."""

import itertools

import numpy as np
import pytest
import torch

from motionlcm.motion import rotations as r

RNG = np.random.default_rng(0)
Q = r.normalize(RNG.normal(size=(200, 4)))
P = r.normalize(RNG.normal(size=(200, 4)))
V = RNG.normal(size=(200, 3))


def same_rotation(a, b, tolerance=1e-7):
    return (np.abs((a * b).sum(-1)) > 1 - tolerance).all()


def test_rotations_form_a_group():
    assert np.allclose(r.rotate(r.multiply(P, Q), V), r.rotate(P, r.rotate(Q, V)))
    assert same_rotation(r.multiply(Q, r.inverse(Q)), np.array([1.0, 0, 0, 0]))
    assert np.allclose(np.linalg.norm(r.rotate(Q, V), axis=-1), np.linalg.norm(V, axis=-1))
    assert np.allclose(r.rotate(Q, V), (r.to_matrix(Q) @ V[..., None])[..., 0])


def test_every_representation_leads_back():
    assert same_rotation(r.from_matrix(r.to_matrix(Q)), Q)
    assert same_rotation(r.from_6d(r.to_6d(Q)), Q)
    assert same_rotation(r.from_axis_angle(r.to_axis_angle(Q)), Q)


@pytest.mark.parametrize("order", ["".join(p) for p in itertools.permutations("XYZ")])
def test_euler_angles_of_every_order_lead_back(order):
    assert same_rotation(r.from_euler(r.to_euler(Q, order), order), Q)


def test_between_turns_one_direction_into_the_other_also_when_opposite():
    assert np.allclose(r.rotate(r.between(V, V[::-1]), r.normalize(V)), r.normalize(V[::-1]), atol=1e-9)
    assert np.allclose(r.rotate(r.between(V, -V), V), -V, atol=1e-6)


def test_slerp_starts_and_ends_where_it_should_and_halves_the_angle():
    half = np.full(200, 0.5)
    assert same_rotation(r.slerp(P, Q, np.zeros(200)), P) and same_rotation(r.slerp(P, Q, np.ones(200)), Q)
    middle = r.slerp(P, Q, half)
    assert same_rotation(r.multiply(middle, r.multiply(r.inverse(P), middle)), Q, 1e-6)


def test_numpy_and_torch_give_the_same():
    assert np.allclose(r.from_6d(torch.from_numpy(r.to_6d(Q))).numpy(), r.from_6d(r.to_6d(Q)))


def test_a_wrong_order_is_refused():
    with pytest.raises(ValueError, match="XYZ"):
        r.from_euler(V, "XXY")
