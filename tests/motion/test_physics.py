"""Physical figures of motion whose answer is known."""

import numpy as np

from motionlcm.motion.physics import (
    bone_variation,
    deepest_point,
    is_root_height_sane,
    mean_jerk,
    overbent_knees,
    physical_figures,
    skate_ratio,
)
from tests.conftest import walking


def test_a_sliding_statue_skates_in_every_frame_and_a_standing_one_in_none():
    pose = walking(1)[0]
    pose = pose - [0, pose[:, 1].min(), 0]
    still = np.repeat(pose[None], 30, axis=0)
    sliding = still + np.arange(30)[:, None, None] * np.array([0.05, 0, 0])  # 1 m/s
    assert skate_ratio(still) == 0 and skate_ratio(sliding) == 1
    assert skate_ratio(sliding + [0, 0.1, 0]) == 0  # in the air


def test_the_jerk_of_a_cubic_is_its_third_derivative():
    time = np.arange(40) / 20
    positions = np.zeros((40, 22, 3))
    positions[..., 0] = (time**3)[:, None]
    assert np.isclose(mean_jerk(positions), 6)


def test_depth_and_limbs():
    clip = walking(20)
    clip = clip - [0, clip[..., 1].min(), 0]
    assert deepest_point(clip) == 0 and np.isclose(deepest_point(clip - [0, 0.04, 0]), 0.04)
    assert bone_variation(clip) < 1e-9
    longer = clip.copy()
    longer[5, 20] = longer[5, 18] + 1.5 * (longer[5, 20] - longer[5, 18])
    assert 0.4 < bone_variation(longer) < 0.5
    assert is_root_height_sane(clip) and not is_root_height_sane(clip + [0, 3, 0])
    figures = physical_figures([clip, longer - [0, 0.05, 0]])
    assert (
        figures["clips within 3 cm of the floor"] == 0.5
        and figures["clips with limbs within 5 %"] == 0.5
    )


def test_a_knee_bent_forwards_is_seen():
    clip = np.zeros((1, 22, 3))
    for hip, knee, ankle, toe, x in ((1, 4, 7, 10, 0.1), (2, 5, 8, 11, -0.1)):
        clip[0, hip], clip[0, knee] = [x, 0.8, 0], [x, 0.45, 0.15]
        clip[0, ankle], clip[0, toe] = [x, 0.1, 0], [x, 0, 0.15]
    assert overbent_knees(clip) == 0  # a human knee: in front of the line from hip to ankle
    clip[0, [4, 5], 2] = -0.15
    assert overbent_knees(clip) == 1
