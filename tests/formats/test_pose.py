"""Rest poses: the same motion told from another one, and local transforms that give it back."""

import numpy as np
import pytest

from motionlcm.formats.body_models import SMPL_REST
from motionlcm.formats.pose import local_chunks, local_motion, stretching_joints
from motionlcm.formats.t_pose import is_t_pose
from motionlcm.motion.inverse_kinematics import rebase_rotations
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics
from tests.conftest import walking
from tests.formats.bodies import millimetres_between, tumbling_motion


@pytest.fixture
def hanging() -> Motion:
    """A motion whose rotations are told from HumanML3D's rest pose, arms down."""
    angles = np.random.default_rng(3).normal(0, 0.5, (12, 22, 3))
    rotations = from_axis_angle(angles)
    root = np.tile([0.0, 1.0, 0.0], (12, 1))
    return Motion(forward_kinematics(rotations, root, SMPL_22), rotations=rotations)


def test_another_rest_pose_tells_the_same_motion(hanging):
    rotations, skeleton = rebase_rotations(hanging.rotations, SMPL_22, SMPL_REST)
    again = forward_kinematics(rotations, hanging.positions[:, 0].astype(float), skeleton)
    assert millimetres_between(again, hanging.positions) < 0.001
    single = [4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 17, 18, 19, 20, 21]
    bones = skeleton.offsets / np.maximum(
        np.linalg.norm(skeleton.offsets, axis=-1, keepdims=True), 1e-9
    )
    rest = SMPL_REST / np.linalg.norm(SMPL_REST, axis=-1, keepdims=True)
    assert np.allclose(bones[single], rest[single], atol=1e-6)


def test_files_have_a_t_pose_whatever_the_motion_has(hanging):
    local = local_motion(hanging)
    assert is_t_pose(local.rest_positions) and not is_t_pose(np.cumsum(SMPL_22.offsets, axis=0))
    assert millimetres_between(local.positions, hanging.positions) < 0.001


def test_only_joints_that_stretch_are_placed_frame_by_frame():
    rigid, loose = tumbling_motion(1), tumbling_motion(3)
    assert stretching_joints(local_motion(rigid), 0.0005)[1].sum() == 1
    local, moves = stretching_joints(local_motion(loose), 0.0005)
    assert moves.sum() > 5
    assert np.allclose(local[:, ~moves], local_motion(loose).translations[:, ~moves])


@pytest.mark.parametrize("fps", [0, -5, float("nan"), 1e9])
def test_a_senseless_rate_is_refused(fps):
    with pytest.raises(ValueError, match="fps must be from 1 to 1000"):
        local_motion(tumbling_motion(1), fps=fps)


@pytest.mark.parametrize("frames", [700, 1200, 1333])
def test_long_motion_in_chunks_is_told_as_a_whole(frames):
    motion = Motion(walking(frames, turn=0.02))
    whole, chunks = local_motion(motion), list(local_chunks(motion, longest=600))
    assert [raw.num_frames for raw in chunks[:-1]] == [600] * (len(chunks) - 1)
    together = np.concatenate([raw.rotations for raw in chunks])
    assert together.shape == whole.rotations.shape
    # the same turn, whatever the quaternion's sign
    assert np.abs(np.abs((together * whole.rotations).sum(-1)) - 1).max() < 1e-9
    for raw in chunks:
        assert np.abs(raw.offsets - whole.offsets).max() < 1e-6
    moved = np.concatenate([raw.translations for raw in chunks])
    assert np.abs(moved - whole.translations).max() < 1e-6


def test_what_does_not_come_in_chunks_comes_whole():
    motion = Motion(walking(700))
    (resampled,) = local_chunks(motion, fps=30, longest=100)
    assert resampled.num_frames == local_motion(motion, fps=30).num_frames
    rotated = Motion(motion.positions, rotations=local_motion(motion).rotations)
    (whole,) = local_chunks(rotated, longest=100)
    assert whole.num_frames == 700
