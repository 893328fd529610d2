"""Features: parity with published numbers, round trips, invariance."""

import numpy as np
import pytest
import torch

from motionlcm.motion.features import (
    CONTACT_THRESHOLD,
    HUMANML,
    canonicalize,
    decode_positions,
    encode_features,
    foot_steps,
    mirror_features,
)
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import bone_lengths
from tests.conftest import walking


def test_decoding_gives_humanml3ds_own_example(shared_data):
    features = np.load(shared_data / "reference" / "012314_new_joint_vecs.npy")
    joints = np.load(shared_data / "reference" / "012314_new_joints.npy")
    assert np.abs(decode_positions(features)[: len(joints)] - joints[: len(features)]).max() < 1e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_encoding_equals_the_published_code_on_every_reference_clip(shared_data, dtype):
    stored = np.load(shared_data / "reference" / "humanml3d_features.npz")
    names = [key[7:] for key in stored.files if key.startswith("joints/")]
    assert names
    for name in names:
        made = encode_features(
            stored[f"joints/{name}"].astype(dtype), target_lengths=stored["target_offsets"]
        )
        difference = np.abs(made - stored[f"features/{name}"])
        assert difference[:, :259].max() < 1e-3 and difference[:, :259].mean() < 1e-5, name
        velocities = stored[f"positions/{name}"]
        step = ((velocities[1:] - velocities[:-1]) ** 2).sum(-1)[:, [7, 10, 8, 11]]
        wrong = difference[:-1, 259:] > 0
        assert (np.abs(step - CONTACT_THRESHOLD)[wrong] < 1e-6).all(), name
        assert (
            np.abs(decode_positions(stored[f"features/{name}"]) - stored[f"positions/{name}"]).max()
            < 1e-5
        )


def test_numpy_and_torch_agree_and_batches_equal_single_clips():
    clips = np.stack([walking(50, seed=1), walking(50, turn=0.1, seed=2)])
    alone = np.stack([encode_features(clip) for clip in clips])
    assert np.allclose(encode_features(clips), alone, atol=1e-12)
    assert np.allclose(encode_features(torch.from_numpy(clips)).numpy(), alone, atol=1e-9)
    assert np.allclose(
        decode_positions(torch.from_numpy(alone)).numpy(), decode_positions(alone), atol=1e-9
    )


def test_features_do_not_depend_on_where_and_which_way_the_clip_starts():
    clip = walking(60, turn=0.05)
    angle = 2.1
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    moved = clip @ turn.T + np.array([3.0, 0.4, -7.0])
    assert np.allclose(encode_features(moved), encode_features(clip), atol=1e-6)


def test_positions_survive_encoding_when_the_skeleton_is_the_targets():
    clip = walking(60, turn=0.05)
    assert np.allclose(bone_lengths(clip[:1]), bone_lengths(clip), atol=1e-9)
    back = decode_positions(encode_features(clip))
    rooted = back - back[:, :1]
    lengths = bone_lengths(back)
    assert np.allclose(lengths, bone_lengths(clip)[:-1], atol=1e-6)
    assert np.isfinite(rooted).all() and abs(back[..., 1].min()) < 0.02


def test_mirrored_features_are_the_features_of_the_mirrored_clip():
    clip = walking(60, turn=0.08)
    mirrored = Motion(clip).mirrored().positions.astype(np.float64)
    made = encode_features(mirrored, target_lengths=None)
    assert np.allclose(mirror_features(encode_features(clip, target_lengths=None)), made, atol=1e-4)
    assert np.array_equal(
        mirror_features(mirror_features(encode_features(clip))), encode_features(clip)
    )


def test_bones_of_zero_length_give_finite_features():
    clip = walking(40)
    clip[:, 3] = clip[:, 0]
    clip[:, 12] = clip[:, 9]
    assert np.isfinite(encode_features(clip)).all()


def test_gradients_flow_through_encoding_and_decoding():
    clip = torch.from_numpy(walking(30)).requires_grad_()
    decode_positions(encode_features(clip)).square().sum().backward()
    assert torch.isfinite(clip.grad).all() and clip.grad.abs().sum() > 0


@pytest.mark.parametrize("shape", [(22, 3), (5, 21, 3), (1, 22, 3)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="22 3"):
        encode_features(np.zeros(shape))


def test_values_that_are_not_finite_are_refused():
    clip = walking(20)
    clip[3, 4] = np.nan
    with pytest.raises(ValueError, match="finite"):
        encode_features(clip)
    with pytest.raises(ValueError, match="263"):
        decode_positions(np.zeros((4, 251)))


def test_the_layout_covers_all_columns_once():
    parts = [
        HUMANML.root_yaw_velocity,
        HUMANML.root_velocity,
        HUMANML.root_height,
        HUMANML.joint_positions,
        HUMANML.joint_rotations,
        HUMANML.joint_velocities,
        HUMANML.contacts,
    ]
    columns = np.concatenate([np.arange(HUMANML.dim)[part] for part in parts])
    assert columns.tolist() == list(range(263))


def test_foot_steps_are_the_ways_of_the_feet_over_the_ground():
    features = encode_features(walking(40, turn=0.1))
    positions = decode_positions(features)
    steps = foot_steps(features).reshape(-1, 4, 3)
    world = np.diff(positions[:, [7, 10, 8, 11]], axis=0)
    assert np.allclose(np.linalg.norm(steps, axis=-1), np.linalg.norm(world, axis=-1), atol=1e-9)
    assert np.allclose(steps[..., 1], world[..., 1], atol=1e-9)
    assert np.allclose(foot_steps(torch.from_numpy(features)).reshape(-1, 4, 3), steps, atol=1e-9)


def returns(clip):
    """Largest way in metres between a clip that was encoded and decoded and the clip itself."""
    features = encode_features(clip, target_lengths=None)
    assert np.abs(features[:, HUMANML.root_yaw_velocity]).max() <= np.float32(np.pi / 2)
    return np.linalg.norm(decode_positions(features) - canonicalize(clip)[:-1], axis=-1).max()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("radius", [0, 0.6, 1.2])
@pytest.mark.parametrize("degrees", [180, 360, 720, 1080, -180, -360, -720, -1080])
def test_a_body_that_turns_round_and_round_comes_back(degrees, radius, dtype):
    for frames in (30, 100, 200):
        turn = np.radians(degrees) / (frames - 1)
        clip = walking(frames, speed=radius * abs(turn), turn=turn).astype(dtype)
        assert returns(clip) < (1e-9 if dtype is np.float64 else 1e-4)


@pytest.mark.parametrize("degrees", [720, -720])
def test_the_yaw_of_a_circle_adds_up_to_its_turn_without_jumps(degrees):
    steps = encode_features(walking(200, turn=np.radians(degrees) / 199))[:, 0]
    total = np.degrees(-2 * steps.sum())  # the world turns against the body
    assert total == pytest.approx(degrees, rel=0.1)
    assert (steps[1:] * degrees < 0).all() and np.ptp(steps[1:]) < 0.1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("missing", [0, 1e-4, 1e-3, 1e-2])
def test_an_about_turn_within_one_frame_comes_back(missing, dtype):
    clip = walking(200)
    yaw = np.where(np.arange(200) >= 100, np.pi - missing, 0)  # the smoothed facing flips as well
    turned = rotate(from_yaw(yaw)[:, None], clip - clip[:, :1]) + clip[:, :1]
    assert returns(turned.astype(dtype)) < (1e-9 if dtype is np.float64 else 1e-4)
