"""Constraints as a type: joined, timed, and refused where no body could do it."""

import numpy as np
import pytest

from motionlcm.motion.constraints import Constraints
from motionlcm.motion.motion import Motion
from tests.conftest import walking


def refusal(make):
    with pytest.raises(ValueError) as error:
        make()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_wishes_are_joined_into_one_table():
    path = Constraints.root_path([[0, 0], [0, 2]], [0, 40])
    pins = Constraints.joint("right_wrist", [10, 20], [[0.2, 1.2, 0.8], [0.2, 1.2, 1.2]], "xy")
    targets = (path | pins).targets(60)
    assert list(targets.root_frames) == [0, 40]
    assert targets.mask[10, 21].tolist() == [True, True, False]


def test_parts_of_two_motions_are_kept_side_by_side():
    ahead, back = Motion(walking(60)), Motion(walking(60)[::-1])
    both = (Constraints.keep_part(ahead, "upper") | Constraints.keep_part(back, "lower")).targets(
        60
    )
    for motion, part in ((ahead, "upper"), (back, "lower")):
        alone = Constraints.keep_part(motion, part).targets(60)
        joints = [joint for joint in alone.part if joint]
        assert np.allclose(both.part_poses[:, joints], alone.part_poses[:, joints])


def test_points_far_apart_are_reached_in_the_frame_of_their_share():
    (wish,) = Constraints.root_path([[0, 0], [0, 1], [0, 4]])
    frames, points, _ = wish.timed(101)
    assert frames.tolist() == [0, 25, 100]
    assert np.allclose(points[:, 1], [0, 1, 4])


def test_a_dense_curve_is_gone_evenly():
    angle = np.linspace(0, 2 * np.pi, 400)
    circle = np.stack([1 - np.cos(angle), np.sin(angle)], -1)
    (wish,) = Constraints.root_path(circle)
    frames, points, _ = wish.timed(120)
    assert len(frames) == 120
    steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    assert np.ptp(steps) < 1e-3


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        (
            Constraints.joint("head", 5, [0, 1.6, 0]) | Constraints.joint("head", 5, [0, 1.5, 0]),
            "two places at once",
        ),
        (
            Constraints.root_path([[0, 0], [0, 40]], [0, 20]),
            "40.0 m/s between frames 0 and 20 (40.00 m), at most 8 m/s are possible; "
            "give it 100 frames or more",
        ),
        (Constraints.joint("pelvis", 10, [30, 1, 0]), "m/s"),
        (Constraints.joint("left_wrist", 200, [0, 1, 0]), "past the end"),
        (Constraints.joint("left_wrist", 20, [0, 3.5, 0]), "out of reach"),
        (
            Constraints.joint("pelvis", 50, [0, 0.9, 0])
            | Constraints.joint("left_wrist", 50, [0, 1.0, 1.6]),
            "out of reach",
        ),
        (
            Constraints.joint("left_wrist", 50, [0.9, 1.0, 0])
            | Constraints.joint("right_wrist", 50, [-0.9, 1.0, 0]),
            "out of reach",
        ),
        (
            Constraints.joint("left_knee", 50, [0.1, 0.5, 0])
            | Constraints.joint("left_ankle", 50, [0.1, 0.3, 0]),
            "0.20 m from where left_knee is to be, the bones between are at least 0.4",
        ),
        (Constraints.keep_start(Motion(walking(200))), "200 frames are to be kept"),
        (Constraints.key_poses(Motion(walking(200)), [150]), "past the end"),
        (
            Constraints.keep_start(Motion(walking(30)))
            | Constraints.joint("head", 10, [0, 0.5, 0.3]),
            "head is to be in two places at once in frame 10",
        ),
        (
            Constraints.joint("head", 10, [0, 0.5, 0.3])
            | Constraints.key_poses(Motion(walking(30)), [10]),
            "head is to be in two places at once in frame 10",
        ),
        (
            Constraints.root_path([[0, 0], [0, 2]], [0, 90], headings=[0, 0])
            | Constraints.root_path([[0, 0], [0, 2]], [0, 90], headings=[0, 2]),
            "face two ways at once in frame 90",
        ),
        (
            Constraints.keep_part(Motion(walking(200)), "upper")
            | Constraints.keep_part(Motion(walking(200)[::-1]), "left_arm"),
            "two parts that are kept",
        ),
    ],
)
def test_what_no_body_can_do_is_named(constraints, words):
    assert words in refusal(lambda: constraints.targets(120))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constraints.joint("tail", 0, [0, 0, 0]), "no joint is called 'tail'"),
        (lambda: Constraints.joint("head", 0, [0, -0.2, 0]), "under the floor"),
        (lambda: Constraints.joint("head", 0, [0, np.nan, 0]), "NaN"),
        (lambda: Constraints.joint("head", 0.5, [0, 1, 0]), "whole numbers"),
        (lambda: Constraints.joint("head", -2, [0, 1, 0]), "whole numbers from 0 on"),
        (lambda: Constraints.joint("head", 0, [0, 1, 0], axes="xw"), "axes must be"),
        (lambda: Constraints.joint("head", 0, [0, 1, 0], tolerance=-1), "0 or more"),
        (lambda: Constraints.joint("head", [0, 1], [[0, 1, 0]]), "go in pairs"),
        (lambda: Constraints.joint("head", range(10**6), np.zeros((10**6, 3))), "at most 10,000"),
        (lambda: Constraints.joint("head", [], np.zeros((0, 3))), "no frames"),
        (lambda: Constraints.root_path([[0, 0]]), "at least two points"),
        (lambda: Constraints.root_path([]), "at least two points, got 0"),
        (lambda: Constraints.root_path([[0j, 0], [0, 1j]]), "must be numbers"),
        (lambda: Constraints.root_path([[0, 0], [0, 0]]), "the same"),
        (lambda: Constraints.root_path([[0, 0], [0, 1]], [4, 4]), "must rise"),
        (lambda: Constraints.root_path([[0, 0, 0], [0, 1, 2]]), "[N 2]"),
        (lambda: Constraints.root_path("circle"), "must be numbers"),
        (lambda: Constraints.keep_start("walk.bvh"), "Motion.load"),
        (lambda: Constraints.keep_part(Motion(walking(20)), "tail"), "upper"),
        (lambda: Constraints.key_poses(Motion(walking(20)), [5], at=[30]), "frames 0 to 19"),
        (lambda: Constraints.key_poses(Motion(walking(20)), []), "no frames"),
        (lambda: Constraints.key_poses(Motion(np.zeros((3, 22, 3))), [0]), "shows no body"),
        (lambda: Constraints.keep_start(Motion(walking(20) / 100)), "left_knee lies on left_hip"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_when_it_is_made(make, words):
    assert words in refusal(make)
