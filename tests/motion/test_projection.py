"""Bodies put onto paths and pins: exact, turned, on standing feet, with bones of one length."""

import numpy as np
import pytest

from motionlcm.motion.blending import headings
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import decode_positions
from motionlcm.motion.footing import FEET, stances
from motionlcm.motion.motion import Motion
from motionlcm.motion.posing import posed
from motionlcm.motion.projection import filled, led
from motionlcm.motion.reencoding import features_like
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, bone_lengths
from motionlcm.motion.steering import heading_gap, largest_error, share_adrift, way_gone

FRAMES = 120


@pytest.fixture(scope="module")
def walk():
    """A generated walk and its features."""
    from motionlcm import MotionPipeline

    (motion,) = MotionPipeline.from_pretrained("small")("a person walks forward", seconds=6.0)
    return motion


@pytest.fixture(scope="module")
def standing():
    from motionlcm import MotionPipeline

    (motion,) = MotionPipeline.from_pretrained("small")("a person stands still", seconds=6.0)
    return motion


def put(motion, constraints):
    """Lead and pose a motion; its targets beside it."""
    targets = constraints.targets(FRAMES)
    body, _ = led(motion.positions.astype(float), targets, constraints.start)
    return posed(body, targets), targets


def test_filled_goes_through_what_is_given_with_the_least_acceleration():
    values, mask = np.zeros((50, 1)), np.zeros((50, 1), bool)
    mask[[5, 25, 45]] = True
    values[[5, 25, 45], 0] = [0, 1, 2]
    series = filled(values, mask, size=1e-9)
    assert np.allclose(series[[5, 25, 45], 0], [0, 1, 2])
    straight = np.linspace(0, 2, 41)
    assert np.abs(series[5:46, 0] - straight).max() < 0.1
    assert np.abs(np.diff(series, n=2, axis=0)).max() < 0.004


def test_filled_misses_by_no_more_than_the_tolerance_and_uses_it():
    values, mask = np.zeros((60, 1)), np.zeros((60, 1), bool)
    mask[::10] = True
    values[::20, 0] = 0.1
    exact = filled(values, mask)
    loose = filled(values, mask, np.full(60, 0.03))
    assert np.abs(loose - values)[mask].max() <= 0.03 + 1e-9
    assert np.abs(np.diff(loose, n=2, axis=0)).max() < np.abs(np.diff(exact, n=2, axis=0)).max()


@pytest.mark.parametrize("turn", [0.0, np.pi / 2, np.pi, 2 * np.pi])
def test_the_root_keeps_to_a_path_and_the_body_turns_with_it(walk, turn):
    length = way_gone(walk.positions)
    share = np.linspace(0, 1, 9)
    if turn:
        radius = length / turn
        points = radius * np.stack([1 - np.cos(turn * share), np.sin(turn * share)], -1)
    else:
        points = np.stack([0 * share, length * share], -1)
    frames = np.round(share * (FRAMES - 1)).astype(int)
    body, targets = put(walk, Constraints.root_path(points, frames))

    assert largest_error(body, targets) < 1e-6
    yaw = headings(body)
    assert (
        0.8 * turn - 0.1 < abs(yaw[-1] - yaw[0]) < turn + 0.2
    )  # a curve is straighter at its ends
    assert heading_gap(body) < heading_gap(walk.positions) + 3
    lengths = bone_lengths(body)
    assert np.ptp(lengths[:, 1:], axis=0).max() < 2e-3
    assert body[..., 1].min() > -1e-3


def test_a_body_that_a_path_carries_over_standing_feet_is_adrift(walk, standing):
    length = way_gone(walk.positions)
    ahead = Constraints.root_path([[0, 0], [0, length]], [0, FRAMES - 1])
    assert share_adrift(put(walk, ahead)[0]) < 0.1 < 0.5 < share_adrift(put(standing, ahead)[0])


def test_feet_stand_where_a_path_bends(walk):
    share = np.linspace(0, 1, 9)
    radius = way_gone(walk.positions) / np.pi
    points = radius * np.stack([1 - np.cos(np.pi * share), np.sin(np.pi * share)], -1)
    body, _ = put(walk, Constraints.root_path(points))
    planted = stances(walk.positions.astype(float))
    steps = np.linalg.norm(np.diff(body, axis=0), axis=-1)
    for side, (_, toe) in enumerate(FEET):
        stays = planted[1:, side] & planted[:-1, side]
        assert np.quantile(steps[stays, toe], 0.9) < 0.02


def test_features_of_a_turned_body_decode_to_its_positions(walk):
    points = np.array([[0, 0], [1.5, 1.5], [3, 0.5]])
    constraints = Constraints.root_path(points)
    targets = constraints.targets(FRAMES)
    body, turned = led(walk.positions.astype(float), targets, constraints.start)
    features = features_like(body, walk.features.astype(float), turned)
    decoded = decode_positions(features)
    # from the origin, facing +Z: the same up to where it begins and faces
    assert np.allclose(bone_lengths(decoded), bone_lengths(body), atol=1e-6)
    away = np.linalg.norm(decoded[:, 0] - decoded[0, 0], axis=-1)
    assert np.allclose(away, np.linalg.norm(body[:, 0] - body[0, 0], axis=-1), atol=1e-5)


@pytest.mark.parametrize("which", ["walk", "standing"])
@pytest.mark.parametrize(
    ("joint", "offset"),
    [
        ("right_wrist", (0.1, 0.3, 0.15)),
        ("left_elbow", (0.05, 0.1, 0.1)),
        ("left_wrist", (0.0, -0.2, 0.3)),
        ("head", (0.1, -0.2, 0.1)),
        ("right_ankle", (-0.1, 0.25, 0.1)),
        ("pelvis", (0.1, -0.15, 0.0)),
        ("spine3", (0.05, -0.05, 0.05)),
    ],
)
def test_a_joint_comes_to_its_pin_and_nothing_jumps(which, joint, offset, request):
    motion = request.getfixturevalue(which)
    number = motion.skeleton.index(joint)
    place = motion.positions[60, number] + np.array(offset)
    body, targets = put(motion, Constraints.joint(joint, 60, place))
    assert largest_error(body, targets) < 5e-4
    assert np.ptp(bone_lengths(body)[:, 1:], axis=0).max() < 2e-3
    assert body[..., 1].min() > -0.002
    acceleration = np.linalg.norm(np.diff(body, n=2, axis=0), axis=-1)
    before = np.linalg.norm(np.diff(motion.positions, n=2, axis=0), axis=-1)
    assert acceleration.max() < before.max() + 0.06


def test_five_joints_come_to_their_pins_at_once(standing):
    pins = Constraints()
    for joint, offset in {
        "left_wrist": (0.05, 0.1, 0.1),
        "right_wrist": (-0.05, 0.1, 0.1),
        "head": (0, -0.05, 0.05),
        "left_ankle": (0.05, 0.02, 0),
        "right_ankle": (-0.05, 0.03, 0),
    }.items():
        number = standing.skeleton.index(joint)
        pins |= Constraints.joint(joint, 60, standing.positions[60, number] + np.array(offset))
    body, targets = put(standing, pins)
    assert largest_error(body, targets) < 1e-3


def test_poses_and_given_frames_are_taken_exactly(walk, standing):
    poses = Constraints.key_poses(walk, [30, 90], at=[50, 60])
    body, targets = put(standing, poses)
    assert largest_error(body, targets) < 1e-3

    ends = Constraints.in_between(walk.cropped(0, 16), walk.cropped(104, 120))
    body, _ = put(standing, ends)
    assert np.abs(body[:16] - walk.positions[:16]).max() < 1e-3
    assert np.abs(body[104:] - walk.positions[104:]).max() < 1e-3


def test_a_part_of_the_body_moves_as_it_is_told(walk, standing):
    body, _ = put(standing, Constraints.keep_part(walk, "upper"))
    arms = [16, 18, 20]
    told = np.diff(walk.positions[:, arms] - walk.positions[:, :1], axis=0)
    done = np.diff(body[:, arms] - body[:, :1], axis=0)
    assert np.corrcoef(told.ravel(), done.ravel())[0, 1] > 0.6
    assert np.abs(body[:, 7] - standing.positions[:, 7]).max() < 0.02


def test_errors_are_measured_in_metres_beyond_the_tolerance(walk):
    place = walk.positions[60, 20] + np.array([0.3, 0, 0])
    targets = Constraints.joint("left_wrist", 60, place, tolerance=0.1).targets(FRAMES)
    assert largest_error(walk.positions.astype(float), targets) == pytest.approx(0.2, abs=1e-6)
    assert largest_error(Motion(walk.positions).positions, targets) > 0.19


def test_pins_that_cannot_be_met_with_standing_feet_lift_them(standing):
    head = standing.positions[60, 15] + np.array([0.0, 0.12, 0.0])
    body, targets = put(standing, Constraints.joint("head", 60, head))
    assert largest_error(body, targets) < 1e-3


def test_a_pinned_ankle_does_not_push_its_toe_into_the_floor(standing):
    ankle = standing.positions[60, 8] * [1, 0, 1] + np.array([0.05, 0.03, 0.1])
    body, targets = put(standing, Constraints.joint("right_ankle", 60, ankle))
    assert largest_error(body, targets) < 1e-3
    assert body[..., 1].min() > -1e-6


def test_knees_bend_forwards_at_pins(walk):
    from motionlcm.motion.physics import overbent_knees

    for frame in (20, 50, 80):
        pelvis = walk.positions[frame, 0] * [1, 0, 1] + np.array([0, 0.6, 0])
        body, _ = put(walk, Constraints.joint("pelvis", frame, pelvis))
        assert overbent_knees(body) <= overbent_knees(walk.positions) + 0.01


def some_way(rng, length):
    """Points ``[N 2]`` of a circle's part, a line or an S, few or many."""
    share = np.linspace(0, 1, rng.integers(6, 100))
    kind = rng.integers(3)
    if kind == 0:
        angle = rng.uniform(0.5, 6.0) * rng.choice([-1, 1])
        return length / angle * np.stack([1 - np.cos(angle * share), np.sin(angle * share)], -1)
    if kind == 1:
        turn = rng.uniform(-1, 1)
        return length * share[:, None] * [np.sin(turn), np.cos(turn)]
    return length * np.stack([0.1 * np.sin(2 * np.pi * share), 0.93 * share], -1)


def some_pins(rng, body):
    """One to three pins of hands, feet, knees, elbows or the head, as far as these reach."""
    names = "wrist ankle foot knee elbow".split()
    joints = ["head"] + [f"{side}_{name}" for side in ("left", "right") for name in names]
    pins = Constraints()
    for joint in rng.choice(joints, rng.integers(1, 4), replace=False):
        frame = int(rng.integers(3, FRAMES - 3))
        # nearer to the root than it was, so that the limb is long enough
        root, place = body[frame, 0], body[frame, JOINT_NAMES.index(joint)]
        place = root + 0.9 * (place - root) + rng.normal(size=3) * 0.03
        place[1] = max(place[1], 0.03)
        pins |= Constraints.joint(joint, frame, place)
    return pins


@pytest.mark.parametrize("seed", range(20))
def test_paths_and_pins_that_can_be_reached_are_met_together(walk, seed):
    rng = np.random.default_rng(seed)
    path = Constraints.root_path(some_way(rng, rng.uniform(0.7, 1.4) * way_gone(walk.positions)))
    on_path, _ = put(walk, path)
    body, targets = put(walk, path | some_pins(rng, on_path))

    miss = np.linalg.norm(np.where(targets.mask, body - targets.positions, 0.0), axis=-1)
    assert miss[:, 0].max() < 1e-6  # of the path, whatever is pinned beside it
    assert miss.max() < 2e-3
    assert body[..., 1].min() > -0.002
    assert np.abs(bone_lengths(body) - bone_lengths(body).mean(0)).max() < 1e-3

    # and so it is in the features that files and evaluation are made of
    turned = np.unwrap(headings(body) - headings(walk.positions))
    features = features_like(body, walk.features.astype(float), turned)
    decoded = decode_positions(features.astype(np.float32).astype(float))
    again = rotate(from_yaw(turned[0]), decoded) + body[0, 0] * [1.0, 0.0, 1.0]
    assert np.linalg.norm(again - body, axis=-1).max() < 5e-4
