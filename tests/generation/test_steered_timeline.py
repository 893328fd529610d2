"""Timelines that keep to constraints: times of the whole clip, a path gone as the parts go."""

import numpy as np
import pytest

from motionlcm import Constraints, MotionPipeline
from motionlcm.generation.free_motion import Timeline
from motionlcm.generation.long import LongMotion
from motionlcm.generation.request import EFFORTS, Request
from motionlcm.generation.segments import segments_of
from motionlcm.motion.features import decode_positions
from motionlcm.motion.paths import progress, smooth_path
from motionlcm.motion.steering import way_gone

PARTS = [
    ("a person walks forward", 4.0),
    ("a person sits down", 3.0),
    ("a person stands up from a chair", 2.5),
    ("a person walks forward", 4.0),
]
FRAMES = 270
ANGLE = np.linspace(0, 2 * np.pi, 17)
CIRCLE = 1.4 * np.stack([1 - np.cos(ANGLE), np.sin(ANGLE)], -1)


@pytest.fixture(scope="module")
def small():
    return MotionPipeline.from_pretrained("small", device="cpu")


@pytest.fixture(scope="module")
def tiny(tiny_model):
    return MotionPipeline.from_pretrained(tiny_model, device="cpu")


@pytest.mark.parametrize("effort", ["preview", "default"])
def test_a_path_without_frames_is_gone_as_the_parts_go(small, effort):
    motion = small.sequence(PARTS, seed=1, constraints=Constraints.root_path(CIRCLE), effort=effort)
    assert motion.num_frames == FRAMES and motion.features.shape == (FRAMES, 263)
    root = motion.positions[:, 0][:, [0, 2]]
    assert np.linalg.norm(root[-1] - CIRCLE[-1]) < 1e-3
    nearest = np.linalg.norm(root[:, None] - CIRCLE, axis=-1).min(0)
    assert nearest.max() < 0.05  # every point is passed

    seated = motion.positions[100:140].astype(float)
    assert way_gone(seated) < 0.4 and seated[-1, 0, 1] < 0.7
    report = motion.report
    assert report["error_mm"]["value"] < 1 < report["error_mm"]["free"]
    assert report["heading_gap"]["value"] < report["heading_gap"]["free"] + 3
    assert report["jerk"]["value"] < 1.1 * report["jerk"]["free"]
    assert report["raw_slip"]["value"] < report["raw_slip"]["free"] + 0.05
    assert report["notes"] == []
    if effort == "default":
        agreement = report["text_agreement"]
        assert agreement["value"] > 0.95 * agreement["free"]


def test_pins_and_poses_lie_at_times_of_the_whole_clip(small):
    (pose,) = small("a person raises both arms", seconds=3.0)
    free = small.sequence(PARTS, seed=1)
    place = free.positions[240, 21] + [0.1, 0.2, 0.1]
    wishes = Constraints.joint("right_wrist", 240, place) | Constraints.key_poses(pose, 60, at=30)
    motion = small.sequence(PARTS, seed=1, constraints=wishes)
    assert np.linalg.norm(motion.positions[240, 21] - place) < 2e-3
    assert motion.report["error_mm"]["value"] < 5
    assert motion.report["error_mm"]["free"] > 100


def test_segments_without_seconds_last_until_their_path_is_gone(small):
    parts = [("a person walks forward", None), ("a person waves with the right hand", 3.0)]
    lengths = []
    for metres in (3.0, 9.0):
        path = Constraints.root_path([[0, 0], [0, metres]])
        motion = small.sequence(parts, seed=1, constraints=path, effort="preview")
        assert not motion.report["notes"]
        assert np.abs(motion.positions[-1, 0, 2] - metres) < 1e-3
        assert way_gone(motion.positions[-50:].astype(float)) < 0.3  # who waves stands
        lengths.append(motion.num_frames - 60)
    assert 2.5 < lengths[1] / lengths[0] < 3.5


def test_each_part_that_the_path_does_not_suit_is_told_of(small):
    parts = [("a person waves with the right hand", 3.0), ("a person walks forward", 3.0)]
    path = Constraints.root_path([[0, 0], [0, 5], [0, 14]], [0, 60, 119])
    notes = small.sequence(parts, constraints=path, effort="preview").report["notes"]
    assert "'a person waves with the right hand' does not travel" in notes[0]
    assert "'a person walks forward' goes" in notes[1] and len(notes) == 2


def test_only_parts_that_travel_take_a_quicker_beat(small):
    parts = segments_of([("a person walks forward", 4.0), ("a person waves", 3.0)])
    source = Timeline(LongMotion(small, parts, Request.of("a person walks", seed=1)))
    (free,) = source.free([1])
    same, slow, quick = source.in_beat([1.0, 0.8, 1.3], [free] * 3)
    assert np.abs(same.positions - free.positions).max() < 5e-3
    assert slow is free
    positions = quick.positions
    assert positions.shape == (140, 22, 3)
    assert 1.15 < way_gone(positions[:80]) / way_gone(free.positions[:80]) < 1.7
    assert way_gone(positions[100:]) < 0.5
    assert np.allclose(decode_positions(quick.cleaned), positions, atol=1e-6)


def test_given_frames_begin_and_end_a_timeline(small):
    (given,) = small("a person walks forward", seconds=4.0, seed=7)
    ends = Constraints.in_between(given.cropped(0, 16), given.cropped(50, 66))
    parts = [("a person walks forward", 6.0), ("a person walks forward", None)]
    motion = small.sequence(parts, constraints=ends)
    usual = small.sequence(parts)
    assert motion.num_frames == usual.num_frames + 16  # the last part has no length of its own
    assert np.abs(motion.positions[:16] - given.positions[:16]).max() < 5e-3
    assert np.abs(motion.positions[-16:] - given.positions[50:66]).max() < 5e-3


def test_a_prompt_of_two_actions_is_steered_in_two_parts_unless_told_not_to(tiny):
    path = Constraints.root_path([[0, 0], [0, 3]])
    prompt = "a person walks, then sits down"
    (parts,) = tiny(prompt, seconds=5.0, constraints=path, effort="preview")
    assert parts.caption == "a person walks, then a person sits down"
    (whole,) = tiny(prompt, seconds=5.0, constraints=path, effort="preview", split=False)
    assert whole.caption == prompt and parts.num_frames == whole.num_frames == 100


def test_what_is_longer_than_a_clip_is_refined_in_windows_and_the_same_again(tiny):
    told = []
    parts = [("a person walks", 15.0), ("a person jumps", 8.0)]
    path = Constraints.root_path([[0, 0], [1, 4], [0, 9]], [0, 200, 459])
    first, again = (
        tiny.sequence(parts, seed=2, constraints=path, progress=lambda *each: told.append(each))
        for _ in range(2)
    )
    assert np.array_equal(first.positions, again.positions)
    steps = 3 * EFFORTS["default"]  # of three windows
    assert told[-1] == (steps, steps)
    assert (
        np.linalg.norm(
            first.positions[[0, 200, 459], 0][:, [0, 2]] - path.wishes[0].points, axis=-1
        ).max()
        < 1e-3
    )


def test_impossible_wishes_are_told_before_anything_is_made(tiny, monkeypatch):
    monkeypatch.setattr(type(tiny), "latents", None)  # nothing may be sampled
    for wish, words in (
        (Constraints.joint("head", 270, [0, 1.5, 0]), "frame 270 is past the end"),
        (Constraints.root_path([[0, 0], [0, 400]], [0, 100]), "m/s"),
    ):
        with pytest.raises(ValueError, match=words) as error:
            tiny.sequence(PARTS, constraints=wish)
        assert "\n" not in str(error.value)


def test_progress_counts_the_way_and_not_the_time():
    positions = np.zeros((120, 22, 3))
    positions[:40, :, 2] = np.linspace(0, 2, 40)[:, None]
    positions[40:80, :, 2] = 2.0
    positions[80:, :, 2] = 2.0 + np.linspace(0, 2, 40)[:, None]
    pace = progress(positions, 0.2)
    assert pace[0] == 0 and pace[-1] == 1 and (np.diff(pace) >= 0).all()
    assert np.abs(pace[55:65] - 0.5).max() < 0.01
    assert np.allclose(progress(np.zeros((50, 22, 3)), 0.2), np.linspace(0, 1, 50))
    assert len(smooth_path(positions)) == 120
