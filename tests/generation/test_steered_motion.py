"""Steered motion through the pipeline: exact, natural beside the free motion, and told of."""

import re
import subprocess
import sys

import numpy as np
import pytest

from motionlcm import Constraints, MotionPipeline
from motionlcm.generation.refinement import Refiner
from motionlcm.motion.features import decode_positions
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.projection import led
from motionlcm.motion.reencoding import features_like
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.motion.steering import largest_error, raw_slip, way_gone

FRAMES = 120
SHARE = np.linspace(0, 1, 7)
PINNED = np.round(SHARE * (FRAMES - 1)).astype(int)


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline.from_pretrained("small", device="cpu")


def curve(length):
    """An S of nearly that length."""
    return np.stack([0.08 * length * np.sin(2 * np.pi * SHARE), 0.93 * length * SHARE], -1)


@pytest.mark.parametrize("effort", ["preview", "default", "best", 0.2])
def test_a_path_is_met_to_a_millimetre_with_every_effort(pipeline, effort):
    (free,) = pipeline("a person walks forward", seconds=6.0, seed=3)
    points = curve(way_gone(free.positions))
    path = Constraints.root_path(points, PINNED)
    (motion,) = pipeline(
        "a person walks forward", seconds=6.0, seed=3, constraints=path, effort=effort
    )
    away = motion.positions[PINNED, 0][:, [0, 2]] - points
    assert np.linalg.norm(away, axis=-1).max() < 1e-3
    report = motion.report
    assert report["error_mm"]["value"] < 1 < report["error_mm"]["free"]
    assert report["heading_gap"]["value"] < report["heading_gap"]["free"] + 3
    assert report["jerk"]["value"] < 1.1 * report["jerk"]["free"]
    for name in ("slip", "raw_slip"):
        assert report[name]["value"] < report[name]["free"] + 0.05
    # of the motion that is handed over, after the last projection
    assert report["slip"]["value"] == pytest.approx(raw_slip(motion.features), abs=1e-5)
    assert report["notes"] == []


def test_the_text_is_still_shown(pipeline):
    kept = []
    for seed in range(4):
        (free,) = pipeline("a person walks forward", seconds=6.0, seed=seed)
        path = Constraints.root_path(curve(way_gone(free.positions)), PINNED)
        (motion,) = pipeline("a person walks forward", seconds=6.0, seed=seed, constraints=path)
        kept.append([motion.report["text_agreement"][key] for key in ("value", "free")])
    value, free = np.mean(kept, axis=0)
    assert value > 0.93 * free


@pytest.mark.parametrize("share", [0.7, 1.4])
def test_a_slower_or_faster_path_takes_a_gait_that_still_shows_the_text(pipeline, share):
    kept = []
    for seed in range(3):
        (free,) = pipeline("a person walks forward", seconds=6.0, seed=seed)
        path = Constraints.root_path(curve(share * way_gone(free.positions)), PINNED)
        (motion,) = pipeline("a person walks forward", seconds=6.0, seed=seed, constraints=path)
        report = motion.report
        assert report["jerk"]["value"] < 1.1 * report["jerk"]["free"]
        # beside the motion that the same call makes without the path
        assert report["jerk"]["free"] == pytest.approx(mean_jerk(free.positions), rel=1e-3)
        kept.append([report["text_agreement"][key] for key in ("value", "free")])
    value, free = np.mean(kept, axis=0)
    assert value > 0.93 * free


def test_the_same_seed_gives_the_same_motion_in_any_batch(pipeline):
    path = Constraints.root_path([[0, 0], [1, 3]])
    prompts = ["a person walks", "a person jogs"]
    both = pipeline(prompts, seconds=4.0, seed=5, constraints=path, effort="preview")
    (alone,) = pipeline(prompts[1], seconds=4.0, seed=6, constraints=path, effort="preview")
    assert np.array_equal(both[1].positions, alone.positions)


def test_features_and_positions_are_of_one_motion(pipeline):
    path = Constraints.root_path([[0, 0], [0, 2], [2, 4]])
    (motion,) = pipeline("a person walks", seconds=5.0, constraints=path)
    decoded = decode_positions(motion.features)
    steps = [np.linalg.norm(np.diff(each, axis=0), axis=-1) for each in (decoded, motion.positions)]
    assert np.abs(steps[0] - steps[1]).max() < 1e-3


def test_a_shape_without_a_length_takes_the_time_that_the_gait_needs(pipeline):
    short, long = (
        pipeline(
            "a person walks",
            constraints=Constraints.root_path([[0, 0], [0, length]]),
            effort="preview",
        )[0]
        for length in (2.0, 6.0)
    )
    assert long.num_frames > 2 * short.num_frames
    assert not long.report["notes"]


def test_a_path_that_the_gait_cannot_go_is_said_to_be_so(pipeline):
    fast = Constraints.root_path([[0, 0], [0, 18]])
    (motion,) = pipeline("a person walks", seconds=6.0, constraints=fast, effort="preview")
    assert "m/s" in motion.report["notes"][0]
    (waving,) = pipeline("a person waves", seconds=6.0, constraints=fast, effort="preview")
    assert "does not travel" in waving.report["notes"][0]


@pytest.mark.parametrize("length", [0.3, 1.5, 9.0, 12.0])
def test_a_note_on_speed_tells_what_helps(pipeline, length):
    def walked(metres, seconds):
        path = Constraints.root_path([[0, 0], [0, metres]])
        (motion,) = pipeline("a person walks", seconds=seconds, constraints=path, effort="preview")
        return motion.report["notes"]

    (note,) = walked(length, 6.0)
    told = re.search(
        r"asks for (\S+) m/s \((\S+) m in 6.0 s\).* goes (\S+) m/s and can go (\S+) to", note
    )
    wanted, way, speed, least = map(float, told.groups())
    assert way == pytest.approx(length, abs=0.06) and wanted == pytest.approx(length / 6, abs=0.02)
    assert least == pytest.approx(0.7 * speed, abs=0.01)
    assert ("runs" in note) == (length > 5) and ("stands" in note) == (length < 1)

    low, high = map(float, re.search(r"make the path (\S+) to (\S+) m long", note).groups())
    assert walked(0.5 * (low + high), 6.0) == []
    times = re.search(r"let it take (\S+) to (\S+) seconds", note)
    assert (times is None) == (length < 0.5)  # no clip is as short as that takes
    if times is None:
        return
    short, long = map(float, times.groups())
    assert 0.5 <= short < long <= pipeline.max_seconds
    assert walked(length, 0.5 * (short + long)) == []


@pytest.mark.parametrize("effort", ["preview", "default"])
def test_pins_of_hands_are_met_while_walking(pipeline, effort):
    (free,) = pipeline("a person walks forward", seconds=6.0, seed=1)
    frames = [40, 70, 100]
    places = free.positions[frames, 21] + np.array([0.1, 0.3, 0.1])
    pins = Constraints.joint("right_wrist", frames, places)
    (motion,) = pipeline(
        "a person walks forward", seconds=6.0, seed=1, constraints=pins, effort=effort
    )
    assert np.linalg.norm(motion.positions[frames, 21] - places, axis=-1).max() < 2e-3


def test_a_pin_far_away_draws_the_whole_body_there(pipeline):
    pins = Constraints.joint("right_wrist", 90, [1.5, 1.2, 2.5])
    (motion,) = pipeline("a person walks", seconds=6.0, constraints=pins, effort="preview")
    assert np.linalg.norm(motion.positions[90, 21] - [1.5, 1.2, 2.5]) < 2e-3


def test_five_joints_of_another_motion_are_reached_and_others_are_told_of(pipeline):
    (other,) = pipeline("a person squats down", seconds=6.0, seed=1)
    places = other.positions[60].astype(float)
    pins = Constraints()
    for joint in (1, 2, 13, 19, 7):
        pins |= Constraints.joint(JOINT_NAMES[joint], 60, places[joint])
    (motion,) = pipeline("a person stands still", seconds=6.0, constraints=pins, effort="preview")
    assert motion.report["error_mm"]["value"] < 2
    assert motion.report["notes"] == []

    forearm = places[20] - places[18]
    longer = Constraints.joint("left_elbow", 60, places[18])
    longer |= Constraints.joint("left_wrist", 60, places[18] + 1.05 * forearm)
    (motion,) = pipeline("a person stands still", seconds=6.0, constraints=longer, effort="preview")
    (note,) = motion.report["notes"]
    assert 5 < motion.report["error_mm"]["value"] < 14
    assert "no body of this size" in note and "left_wrist is to be" in note


def test_given_frames_stay_and_the_rest_goes_on_from_them(pipeline):
    (given,) = pipeline("a person walks forward", seconds=6.0, seed=7)
    ends = Constraints.in_between(given.cropped(0, 16), given.cropped(104, 120))
    (motion,) = pipeline("a person walks", seconds=6.0, constraints=ends)
    assert np.abs(motion.positions[:16] - given.positions[:16]).max() < 5e-3
    assert np.abs(motion.positions[104:] - given.positions[104:]).max() < 5e-3
    acceleration = np.linalg.norm(np.diff(motion.positions, n=2, axis=0), axis=-1) * 400
    usual = np.linalg.norm(np.diff(given.positions, n=2, axis=0), axis=-1) * 400
    seams = np.r_[13:19, 100:106]
    assert acceleration[seams].max() < 1.3 * usual.max()


def test_impossible_wishes_are_refused_in_one_line(pipeline):
    for wish in (
        Constraints.root_path([[0, 0], [0, 400]]),
        Constraints.joint("head", 500, [0, 1.5, 0]),
        Constraints.joint("left_wrist", 2, [30, 1, 0]),
    ):
        with pytest.raises(ValueError) as error:
            pipeline("a person walks", seconds=4.0, constraints=wish)
        assert "\n" not in str(error.value)
    for effort in ("most", 0, -1.0, float("nan"), True):
        with pytest.raises(ValueError, match="effort"):
            pipeline("a person walks", effort=effort)


def test_a_preview_needs_no_torch():
    code = (
        "import sys; from motionlcm import Constraints, MotionPipeline; "
        "p = MotionPipeline.from_pretrained('small', device='cpu'); "
        "p('a person walks', seconds=4.0, effort='preview', "
        "constraints=Constraints.root_path([[0, 0], [1, 3]])); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_refinement_lowers_the_error_of_what_it_is_given(pipeline):
    (free,) = pipeline("a person walks forward", seconds=6.0, seed=3)
    targets = Constraints.root_path(curve(way_gone(free.positions)), PINNED).targets(FRAMES)
    refiner = Refiner(pipeline.vae, pipeline.statistics.features)
    body, turned = led(free.positions.astype(float), targets, np.zeros(2))
    features = features_like(body, free.features.astype(float), turned)
    place = float(turned[0]), body[0, 0]
    errors = []
    for steps in (0, 10):
        raw = refiner.refined(features, targets, place=place, num_steps=steps)
        turn = from_yaw(np.array(place[0]))
        root = rotate(turn, decode_positions(raw)[PINNED, 0].astype(float)) + place[1] * [1, 0, 1]
        errors.append(np.linalg.norm((root - body[PINNED, 0]) * [1, 0, 1], axis=-1).mean())
    assert errors[1] < 0.75 * errors[0]
    assert largest_error(body, targets) < 1e-6


def test_refinement_takes_one_thread_and_leaves_others_theirs(pipeline):
    import torch

    (free,) = pipeline("a person walks forward", seconds=2.0)
    targets = Constraints.root_path([[0, 0], [0, 1]], [0, 39]).targets(40)
    refiner = Refiner(pipeline.vae, pipeline.statistics.features)
    usual, counts = torch.get_num_threads(), []
    torch.set_num_threads(3)
    try:
        refiner.refined(
            free.features,
            targets,
            place=(0.0, free.positions[0, 0].astype(float)),
            num_steps=2,
            progress=lambda *_: counts.append(torch.get_num_threads()),
        )
        assert counts and set(counts) == {1} and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(usual)


def test_a_motion_of_another_body_goes_on_with_that_body(pipeline):
    from motionlcm.motion.features import retarget_lengths
    from motionlcm.motion.motion import Motion
    from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths

    (walk,) = pipeline("a person walks", seconds=4.0, seed=2)
    small = Motion(retarget_lengths(walk.positions.astype(float), 0.7 * TARGET_LENGTHS))
    (motion,) = pipeline(
        "a person walks",
        seconds=5.0,
        constraints=Constraints.keep_start(small.cropped(0, 32)),
        effort="preview",
    )
    assert np.abs(motion.positions[:32] - small.positions[:32]).max() < 1e-3
    lengths = bone_lengths(motion.positions.astype(float))
    assert np.abs(lengths - 0.7 * TARGET_LENGTHS).max() < 0.01
    steps = np.linalg.norm(np.diff(motion.positions, axis=0), axis=-1)
    assert steps[28:36].max() < 1.5 * steps[:28].max() + 0.02


def test_given_frames_come_on_top_of_what_the_prompt_takes(pipeline):
    (walk,) = pipeline("a person walks", seconds=4.0, seed=2)
    (free,) = pipeline("a person bows")
    start = Constraints.keep_start(walk.cropped(0, 30))
    (motion,) = pipeline("a person bows", constraints=start, effort="preview")
    assert motion.num_frames == min(free.num_frames + 30, 196)
