"""Smoothing that stops as soon as a motion is calm enough."""

import numpy as np

from motionlcm.motion.calming import calmed
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
    assert np.ptp(bone_lengths(calm)[:, 1:], axis=0).max() < 0.01
    pelvis_and_head = [0, 15]  # limbs of this walk swing faster than any person's
    assert np.abs(calm - walk)[:, pelvis_and_head].max() < 0.03
