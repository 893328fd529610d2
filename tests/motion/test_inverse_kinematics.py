"""Rotations from positions: exact for rigid bodies, continuous, with the twist that hinges tell."""

import numpy as np
import pytest

from motionlcm.motion.inverse_kinematics import (
    mean_bone_lengths,
    rebase_rotations,
    solve_rotations,
    t_pose_skeleton,
)
from motionlcm.motion.rotations import from_axis_angle, from_euler, from_yaw, multiply, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22, Skeleton, forward_kinematics

JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}


def random_rotations(num_frames: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    phase = np.linspace(0, 6, num_frames)[:, None, None]
    rotations = from_euler(0.6 * np.sin(phase + generator.uniform(0, 6, (1, 22, 3))), "YXZ")
    rotations[:, 0] = multiply(from_yaw(np.linspace(0, 4 * np.pi, num_frames)), rotations[:, 0])
    return rotations


def straight_body(num_frames: int = 1) -> tuple[np.ndarray, np.ndarray, Skeleton]:
    """(rotations, positions, skeleton) of a body at rest in T-pose."""
    identity = np.zeros((num_frames, 22, 4))
    identity[..., 0] = 1
    rest = forward_kinematics(identity, np.zeros((num_frames, 3)), SMPL_22)
    skeleton = t_pose_skeleton(rest)
    return identity, forward_kinematics(identity, np.zeros((num_frames, 3)), skeleton), skeleton


@pytest.mark.parametrize("seed", range(4))
def test_forward_kinematics_give_the_positions_back(seed):
    positions = forward_kinematics(random_rotations(60, seed), np.zeros((60, 3)), SMPL_22)
    skeleton = t_pose_skeleton(positions)
    again = forward_kinematics(solve_rotations(positions, skeleton), positions[:, 0], skeleton)
    assert np.abs(again - positions).max() < 1e-5


def test_the_rest_pose_of_another_skeleton_works_too():
    positions = forward_kinematics(random_rotations(40), np.zeros((40, 3)), SMPL_22)
    again = forward_kinematics(solve_rotations(positions, SMPL_22), positions[:, 0], SMPL_22)
    assert np.abs(again - positions).max() < 1e-5


def test_a_body_at_rest_has_no_rotation():
    identity, positions, skeleton = straight_body()
    np.testing.assert_allclose(np.abs(solve_rotations(positions, skeleton)), identity, atol=1e-6)
    np.testing.assert_allclose(np.abs(solve_rotations(positions)), identity, atol=5e-3)


def test_two_turns_have_no_flip():
    rotations = solve_rotations(
        forward_kinematics(random_rotations(200), np.zeros((200, 3)), SMPL_22)
    )
    assert (rotations[1:] * rotations[:-1]).sum(axis=-1).min() > 0.97
    np.testing.assert_allclose(np.linalg.norm(rotations, axis=-1), 1, atol=1e-9)


@pytest.mark.parametrize("twist", [-0.8, -0.3, 0.4, 0.9])
@pytest.mark.parametrize(
    ("upper", "middle", "bend"),
    [
        ("left_hip", "left_knee", [1.0, 0, 0]),
        ("right_hip", "right_knee", [1.3, 0, 0]),
        ("left_shoulder", "left_elbow", [0, -1.0, 0]),
        ("right_shoulder", "right_elbow", [0, 1.2, 0]),
    ],
)
def test_the_plane_of_the_bend_tells_the_twist(twist, upper, middle, bend):
    truth, _, skeleton = straight_body(30)
    axis = np.abs(skeleton.offsets[JOINT[middle]]) > 0.1
    truth[:, JOINT[upper]] = from_axis_angle(twist * axis.astype(float))
    truth[:, JOINT[middle]] = from_axis_angle(np.array(bend))
    found = solve_rotations(forward_kinematics(truth, np.zeros((30, 3)), skeleton), skeleton)
    assert (found[:, JOINT[upper]] * truth[:, JOINT[upper]]).sum(axis=-1).min() > 0.9999
    assert (found[:, JOINT[middle]] * truth[:, JOINT[middle]]).sum(axis=-1).min() > 0.9999


def test_a_straight_leg_follows_the_pelvis():
    truth, positions, skeleton = straight_body(20)
    turned = rotate(from_yaw(np.full((20, 1), 2.5)), positions)
    found = solve_rotations(turned, skeleton)
    np.testing.assert_allclose(np.abs(found[:, 1:]), truth[:, 1:], atol=1e-6)


def test_lengths_are_means_over_time():
    _, positions, _ = straight_body(3)
    np.testing.assert_allclose(
        mean_bone_lengths(positions * np.array([0.5, 1, 1.5])[:, None, None]),
        mean_bone_lengths(positions),
        atol=1e-9,
    )


@pytest.mark.parametrize(
    "positions", [np.zeros((3, 21, 3)), np.zeros((0, 22, 3)), np.full((2, 22, 3), np.nan)]
)
def test_bad_positions_are_refused(positions):
    with pytest.raises(ValueError, match="positions must"):
        solve_rotations(positions)


@pytest.mark.parametrize("skeleton", [None, SMPL_22])
def test_a_single_frame_is_enough(skeleton):
    positions = forward_kinematics(random_rotations(1), np.zeros((1, 3)), SMPL_22)
    rotations = solve_rotations(positions, skeleton)
    again = forward_kinematics(rotations, positions[:, 0], skeleton or t_pose_skeleton(positions))
    assert rotations.shape == (1, 22, 4) and np.abs(again - positions).max() < 1e-5


def test_turning_and_moving_the_body_turns_the_root_and_nothing_else():
    positions = forward_kinematics(random_rotations(30), np.zeros((30, 3)), SMPL_22)
    turn = from_yaw(np.array(1.9))
    rotations = solve_rotations(positions)
    moved = solve_rotations(rotate(turn, positions) + np.array([3.0, -1.0, 2.0]))
    assert np.abs((moved[:, 1:] * rotations[:, 1:]).sum(axis=-1)).min() > 1 - 1e-9
    assert np.abs((moved[:, 0] * multiply(turn, rotations[:, 0])).sum(axis=-1)).min() > 1 - 1e-9


def test_the_size_of_the_body_does_not_matter():
    positions = forward_kinematics(random_rotations(30), np.zeros((30, 3)), SMPL_22)
    np.testing.assert_allclose(
        solve_rotations(3 * positions), solve_rotations(positions), atol=1e-9
    )
    np.testing.assert_allclose(
        t_pose_skeleton(3 * positions).offsets, 3 * t_pose_skeleton(positions).offsets, atol=1e-9
    )


@pytest.mark.parametrize(
    "joints", [["left_hip", "right_hip"], ["left_wrist"], ["neck", "head"], list(JOINT_NAMES)]
)
def test_bones_without_length_give_finite_unit_rotations(joints):
    positions = forward_kinematics(random_rotations(10), np.zeros((10, 3)), SMPL_22)
    for name in joints:
        joint = JOINT[name]
        positions[:, joint] = positions[:, max(SMPL_22.parents[joint], 0)]
    rotations = solve_rotations(positions)
    np.testing.assert_allclose(np.linalg.norm(rotations, axis=-1), 1, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_another_rest_pose_tells_the_same_motion_and_leads_back(seed):
    generator = np.random.default_rng(seed)
    rotations = random_rotations(20, seed)
    rest = SMPL_22.offsets + generator.normal(0, 0.02, (22, 3))
    root = np.zeros((20, 3))
    other, skeleton = rebase_rotations(rotations, SMPL_22, rest)
    expected = forward_kinematics(rotations, root, SMPL_22)
    assert np.abs(forward_kinematics(other, root, skeleton) - expected).max() < 1e-9
    back, original = rebase_rotations(other, skeleton, SMPL_22.offsets)
    assert np.abs(forward_kinematics(back, root, original) - expected).max() < 1e-9
    np.testing.assert_allclose(original.offsets, SMPL_22.offsets, atol=1e-6)


def test_the_rest_pose_that_a_motion_has_already_changes_nothing():
    rotations = random_rotations(20)
    same, skeleton = rebase_rotations(rotations, SMPL_22, SMPL_22.offsets)
    assert np.abs((same * rotations).sum(axis=-1)).min() > 1 - 1e-9
    np.testing.assert_allclose(skeleton.offsets, SMPL_22.offsets, atol=1e-9)
