"""Clean-up of KIT-ML's body: the same repairs, at 12.5 fps and in its own unit of length."""

import numpy as np
import pytest

from motionlcm.motion.cleanup import clean_features, clean_positions, usual_lengths
from motionlcm.motion.features import decode_positions
from motionlcm.motion.layout import KIT, FeatureLayout
from motionlcm.motion.physics import (
    bone_variation,
    deepest_point,
    overbent_knees,
    skate_ratio,
)
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import KIT_21, bone_lengths
from tests.motion.kit_bodies import is_standing, stepping
from tests.published import kit_features

LIMBS = KIT_21.limbs


def noisy(features: np.ndarray, seed: int) -> np.ndarray:
    """Joints and path wrong by a centimetre in each frame."""
    rng = np.random.default_rng(seed)
    wrong, centimetre = features.astype(np.float64), 0.01 / KIT.metres_per_unit
    wrong[:, KIT.joint_positions] += rng.normal(0, centimetre, (len(features), 60))
    wrong[:, KIT.root_velocity] += rng.normal(0, centimetre, (len(features), 2))
    return wrong


def decoded(features: np.ndarray) -> np.ndarray:
    return decode_positions(features.astype(np.float64), KIT)


def creep(positions: np.ndarray) -> float:
    """How far a standing toe moves over the ground per frame, metres, on average."""
    stands = is_standing(len(positions) + 1)[:-1]
    stands = stands[1:] & stands[:-1]
    step = np.diff(positions[:, LIMBS.toes][..., [0, 2]], axis=0)
    return float(np.linalg.norm(step, axis=-1)[stands].mean())


@pytest.mark.parametrize("seed", range(4))
def test_a_noisy_walk_gets_constant_limbs_held_feet_and_a_floor(seed):
    wrong = noisy(kit_features(stepping(60)), seed)
    before, after = decoded(wrong), decoded(clean_features(wrong, layout=KIT))
    assert bone_variation(before, KIT) > 0.3 and bone_variation(after, KIT) < 1e-4
    assert deepest_point(before) > 0.01 and deepest_point(after) < 1e-4
    assert creep(before) > 0.015 and creep(after) < 0.003
    assert skate_ratio(after, KIT) == 0 and overbent_knees(after, KIT) == 0


def test_a_walk_that_is_right_is_hardly_changed():
    features = kit_features(stepping(60))
    before, after = decoded(features), decoded(clean_features(features, layout=KIT))
    assert np.linalg.norm(after - before, axis=-1).mean() < 0.005
    assert creep(after) < 1e-4


def test_a_body_keeps_its_own_size_and_gets_equal_sides():
    small = 0.7 * stepping(40)
    expected = 0.7 * np.linalg.norm(KIT_21.offsets, axis=-1)
    assert np.allclose(usual_lengths(small, KIT_21)[1:], expected[1:])
    small[:, LIMBS.wrists[0]] += 0.1 * (small[:, LIMBS.wrists[0]] - small[:, LIMBS.elbows[0]])
    after = bone_lengths(clean_positions(small, np.ones((40, 4)), layout=KIT), KIT_21)
    assert np.allclose(after[:, LIMBS.wrists[0]], after[:, LIMBS.wrists[1]])
    assert np.allclose(after[:, LIMBS.knees[0]], 0.7 * 0.4)


def test_yaw_rotations_and_contacts_are_left_as_decoded():
    features = noisy(kit_features(stepping(50)), 0)
    features[:, 0] = 0.02
    cleaned = clean_features(features, layout=KIT)
    for part in (KIT.root_yaw_velocity, KIT.joint_rotations, KIT.contacts):
        assert np.array_equal(cleaned[:, part], features[:, part].astype(np.float32))
    assert not np.allclose(cleaned[:, KIT.joint_positions], features[:, KIT.joint_positions])


def test_the_unit_of_length_does_not_matter():
    units = noisy(kit_features(stepping(50)), 1)
    metres = units.copy()
    for part in (KIT.root_velocity, KIT.root_height, KIT.joint_positions, KIT.joint_velocities):
        metres[:, part] *= KIT.metres_per_unit
    other = decode_positions(clean_features(metres, layout=FeatureLayout(21)), FeatureLayout(21))
    assert np.allclose(other, decode_positions(clean_features(units, layout=KIT), KIT), atol=1e-4)


def test_positions_and_velocities_agree():
    cleaned = clean_features(noisy(kit_features(stepping(40)), 2), layout=KIT).astype(np.float64)
    speed = np.linalg.norm(cleaned[:-1, KIT.joint_velocities].reshape(-1, 21, 3), axis=-1)
    step = np.linalg.norm(np.diff(decoded(cleaned), axis=0), axis=-1)
    assert np.allclose(KIT.metres_per_unit * speed, step, atol=1e-5)


def test_where_the_walk_leads_does_not_matter():
    walk, contacts = (
        stepping(40) + np.random.default_rng(0).normal(0, 0.01, (40, 21, 3)),
        np.ones((40, 4)),
    )
    turn = from_yaw(np.array(np.pi / 2))  # a foot's mean place is a median along each axis
    moved = clean_positions(rotate(turn, walk) + [3.0, 0.5, -1.0], contacts, layout=KIT)
    expected = rotate(turn, clean_positions(walk, contacts, layout=KIT)) + [3.0, 0, -1.0]
    assert np.allclose(moved, expected, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_few_frames_and_a_body_without_size_are_no_trouble(frames):
    features = kit_features(stepping(12))[:frames]
    assert np.isfinite(clean_features(features, layout=KIT)).all()
    assert np.isfinite(clean_features(np.zeros_like(features), layout=KIT)).all()
