"""Smoothing that stops as soon as a motion is calm enough."""

import numpy as np

from motionlcm.motion.calming import calmed
from motionlcm.motion.footing import feet_of, stances, stand_on
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.skeleton import bone_lengths
from tests.conftest import walking


def test_a_calm_motion_is_left_as_it_is():
    walk = walking(80)
    assert calmed(walk, 2 * mean_jerk(walk)) is walk


def test_a_rough_motion_becomes_as_calm_as_asked_for_and_keeps_its_bones():
    walk = walking(80)
    rough = walk + np.random.default_rng(0).normal(0, 0.002, walk.shape)
    calm = calmed(rough, 0.75 * mean_jerk(rough))
    assert mean_jerk(calm) <= 0.75 * mean_jerk(rough)
    assert np.ptp(bone_lengths(calm)[:, 1:], axis=0).max() < 1e-6
    pelvis_and_head = [0, 15]  # limbs of this walk swing faster than any person's
    assert np.abs(calm - walk)[:, pelvis_and_head].max() < 0.03


def test_planted_feet_stay_however_calm_their_steps_become():
    body = np.repeat(walking(1), 80, axis=0)
    body[..., 1] -= body[..., 1].min()
    feet, share = feet_of(body), np.clip((np.arange(80) - 30) / 6, 0, 1)
    feet[:, 0, :, 2] += 0.3 * share[:, None]
    feet[:, 0, :, 1] += 0.1 * np.sin(np.pi * share)[:, None]
    step = stand_on(body - [0, 0.05, 0], feet)

    planted, places = stances(step), feet_of(step)
    calm = calmed(step, 0.7 * mean_jerk(step))
    assert mean_jerk(calm) < 0.8 * mean_jerk(step) and planted.mean() > 0.8
    moved = np.abs(feet_of(calm) - places).max(axis=(2, 3))
    assert moved[planted].max() < 2e-3 < 0.01 < moved[~planted].max()
    assert np.ptp(bone_lengths(calm)[:, 1:], axis=0).max() < 1e-6
