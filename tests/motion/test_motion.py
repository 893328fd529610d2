"""`Motion`: laws of resampling, cropping and mirroring, and what is refused."""

import numpy as np
import pytest

from motionlcm.motion.features import encode_features
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import KIT_21, SMPL_22
from tests.conftest import walking
from tests.motion.kit_bodies import stepping


@pytest.fixture
def motion() -> Motion:
    rotations = np.tile([1.0, 0, 0, 0], (40, 22, 1))
    return Motion(walking(40, turn=0.05), rotations=rotations, caption="a person walks left")


def test_a_motion_knows_its_length(motion):
    assert motion.num_frames == 40 and motion.duration == 2.0
    assert motion.positions.dtype == np.float32 and motion.positions.flags.c_contiguous


def test_resampling_to_the_same_rate_gives_the_motion_itself(motion):
    assert motion.resampled(20) is motion


@pytest.mark.parametrize("fps", [7.5, 12.5, 30, 60, 120])
def test_resampling_keeps_the_first_frame_and_the_time_between_first_and_last(motion, fps):
    other = motion.resampled(fps)
    assert other.fps == fps and np.array_equal(other.positions[0], motion.positions[0])
    missing = (motion.num_frames - 1) / motion.fps - (other.num_frames - 1) / fps
    assert -1e-6 < missing < 1 / fps
    assert other.caption == motion.caption and other.rotations is None


@pytest.mark.parametrize("times", [2, 3, 5])
def test_a_finer_motion_holds_the_old_frames_and_leads_back(motion, times):
    fine = motion.resampled(20 * times)
    assert np.allclose(fine.positions[::times], motion.positions, atol=1e-6)
    assert np.allclose(fine.resampled(20).positions, motion.positions, atol=1e-6)


def test_resampling_an_even_path_is_exact():
    path = np.zeros((21, 22, 3)) + np.arange(21)[:, None, None] * [0.1, 0, 0.2]
    other = Motion(path, fps=20).resampled(16)
    assert np.allclose(
        other.positions[:, 0, 2], 0.2 * 20 / 16 * np.arange(other.num_frames), atol=1e-6
    )


def test_one_frame_can_be_resampled(motion):
    assert motion.cropped(3, 4).resampled(60).num_frames == 1


def test_cropping_twice_is_cropping_once(motion):
    crop = motion.cropped(5, 30).cropped(2, 10)
    assert np.array_equal(crop.positions, motion.positions[7:15]) and crop.rotations.shape == (
        8,
        22,
        4,
    )
    assert np.array_equal(motion.cropped(0, 40).positions, motion.positions)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 5), (6, 5), (0, 41)])
def test_frames_that_are_not_there_are_refused(motion, start, stop):
    with pytest.raises(ValueError, match=f"<= 40, got {start} and {stop}"):
        motion.cropped(start, stop)


@pytest.mark.parametrize(
    "body", [Motion(walking(20, turn=0.1)), Motion(stepping(20), 12.5, skeleton=KIT_21)]
)
def test_the_mirror_of_the_mirror_is_the_motion(body):
    mirrored = body.mirrored()
    assert np.array_equal(mirrored.mirrored().positions, body.positions)
    left, right = body.skeleton.limbs.wrists
    assert np.array_equal(
        mirrored.positions[:, left], body.positions[:, right] * np.float32([-1, 1, 1])
    )


def test_a_mirror_drops_words_and_rotations_that_would_be_wrong(motion):
    mirrored = motion.mirrored()
    assert mirrored.caption is None and mirrored.rotations is None and motion.caption


def test_mirroring_and_cropping_and_resampling_can_change_places(motion):
    one, other = (
        motion.mirrored().resampled(30).cropped(3, 20),
        motion.resampled(30).cropped(3, 20).mirrored(),
    )
    assert np.allclose(one.positions, other.positions, atol=1e-6)


def test_features_are_encoded_at_20_fps_unless_they_came_along(motion):
    assert np.array_equal(
        motion.features, encode_features(motion.positions.astype(np.float64)).astype(np.float32)
    )
    features = np.zeros((40, 263), np.float32)
    assert Motion(motion.positions, own_features=features).features is features
    assert Motion(motion.positions, own_features=features).cropped(0, 5).own_features is None
    with pytest.raises(ValueError, match=r"call resampled\(20\) first"):
        _ = motion.resampled(30).features
    with pytest.raises(ValueError, match="SMPL's 22 joints, this motion has 21"):
        _ = Motion(stepping(20), 20, skeleton=KIT_21).features


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"positions": np.zeros((4, 21, 3))}, r"\[T 22 3\]"),
        ({"positions": np.zeros((0, 22, 3))}, "T at least 1"),
        ({"positions": np.full((4, 22, 3), np.inf)}, "frame 0"),
        ({"fps": 0}, "positive number, got 0"),
        ({"fps": float("nan")}, "positive number"),
        ({"rotations": np.zeros((4, 22, 3))}, r"finite \[4 22 4\]"),
        ({"rotations": np.full((4, 22, 4), np.nan)}, "finite"),
        ({"skeleton": KIT_21}, r"\[T 21 3\]"),
    ],
)
def test_what_is_no_motion_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        Motion(**{"positions": np.zeros((4, 22, 3)), "skeleton": SMPL_22} | changes)


@pytest.mark.parametrize("fps", [0, -5, float("inf")])
def test_a_rate_that_is_no_rate_is_refused(motion, fps):
    with pytest.raises(ValueError, match="fps must be a positive number"):
        motion.resampled(fps)


def test_a_motion_tells_in_a_line_what_it_is():
    motion = Motion(walking(30), caption="a person walks")
    assert repr(motion) == "Motion('a person walks', 30 frames of 22 joints at 20 fps, 1.5 s)"
    assert repr(Motion(walking(5))) == "Motion(5 frames of 22 joints at 20 fps, 0.2 s)"
    assert len(repr(Motion(walking(5), caption="walks on and on " * 100))) < 130
