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
    assert np.allclose(
        r.rotate(r.between(V, V[::-1]), r.normalize(V)), r.normalize(V[::-1]), atol=1e-9
    )
    assert np.allclose(r.rotate(r.between(V, -V), V), -V, atol=1e-6)


def test_slerp_starts_and_ends_where_it_should_and_halves_the_angle():
    half = np.full(200, 0.5)
    assert same_rotation(r.slerp(P, Q, np.zeros(200)), P) and same_rotation(
        r.slerp(P, Q, np.ones(200)), Q
    )
    middle = r.slerp(P, Q, half)
    assert same_rotation(r.multiply(middle, r.multiply(r.inverse(P), middle)), Q, 1e-6)


def test_numpy_and_torch_give_the_same():
    assert np.allclose(r.from_6d(torch.from_numpy(r.to_6d(Q))).numpy(), r.from_6d(r.to_6d(Q)))


def test_a_wrong_order_is_refused():
    with pytest.raises(ValueError, match="XYZ"):
        r.from_euler(V, "XXY")


def test_a_turn_about_y_takes_ahead_to_the_left():
    quarter = r.from_yaw(np.array(np.pi / 2))
    assert np.allclose(r.rotate(quarter, np.array([0.0, 0, 1])), [1, 0, 0])
    angles = RNG.uniform(-7, 7, 50)
    assert same_rotation(
        r.multiply(r.from_yaw(angles), r.from_yaw(-angles)), np.array([1.0, 0, 0, 0])
    )
    assert same_rotation(r.from_yaw(angles), r.from_axis_angle(angles[:, None] * [0, 1, 0]))


@pytest.mark.parametrize("size", [0, 1e-9, 1e-5, 1e-4, 1e-2, 1.0, 3.1])
def test_axis_and_angle_lead_back_at_every_size(size):
    vectors = size * r.normalize(V)
    assert np.allclose(r.to_axis_angle(r.from_axis_angle(vectors)), vectors, atol=1e-9)
    assert np.allclose(np.linalg.norm(r.from_axis_angle(vectors), axis=-1), 1)


def test_half_turns_survive_their_matrix():
    axes = np.concatenate([np.eye(3), -np.eye(3), r.normalize(V)])
    half = r.from_axis_angle(np.pi * axes)
    assert same_rotation(r.from_matrix(r.to_matrix(half)), half)


def test_at_a_pole_the_third_angle_is_zero_and_the_rotation_right():
    angles = np.array([[0.4, np.pi / 2, 0.3], [-1.2, -np.pi / 2, 0.8]])
    poles = r.from_euler(angles, "ZYX")
    assert np.allclose(r.to_euler(poles, "ZYX")[:, 2], 0)
    assert same_rotation(r.from_euler(r.to_euler(poles, "ZYX"), "ZYX"), poles)


@pytest.mark.parametrize("axis", [0, 1])
def test_signs_are_made_continuous_and_nothing_else_changes(axis):
    path = r.from_yaw(np.linspace(0, 12, 40))
    flipped = path * RNG.choice([-1.0, 1.0], (40, 1))
    values = flipped if axis == 0 else np.stack([flipped, -flipped])
    smooth = r.make_continuous(values, axis=axis)
    steps = np.moveaxis(smooth, axis, 0)
    assert ((steps[1:] * steps[:-1]).sum(-1) > 0.9).all()
    assert np.allclose(np.abs(smooth), np.abs(values))


def test_cross_is_across_both_and_zero_vectors_stay_zero():
    across = r.cross(V, V[::-1])
    assert np.allclose((across * V).sum(-1), 0) and np.allclose(across, np.cross(V, V[::-1]))
    assert np.array_equal(r.normalize(np.zeros((2, 3))), np.zeros((2, 3)))
    assert np.array_equal(r.between(np.zeros(3), np.ones(3)), [1, 0, 0, 0])
