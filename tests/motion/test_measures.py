"""Measures: what a body does is the same wherever it does it, and mirrored when the body is."""

import numpy as np
import pytest

from motionlcm.motion.measures import Body
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import SMPL_22
from tests.conftest import walking
from tests.data.test_focus import jumping, standing

LIMBS = SMPL_22.limbs
PLAIN = (
    "yaw",
    "root_height",
    "head_height",
    "feet_spread",
    "trunk_angle",
    "travel_ahead",
    "top_speed",
    "mean_speed",
    "num_steps",
    "has_punch",
)
SIDED = ("feet_heights", "wrist_over_head", "wrist_over_shoulder")


def mirrored(positions):
    return positions[:, list(SMPL_22.mirror_order)] * [-1, 1, 1]


@pytest.mark.parametrize("clip", [walking(60, turn=0.05), jumping(40, 15)], ids=["walk", "jump"])
def test_where_and_which_way_a_body_does_it_does_not_matter(clip):
    body = Body(clip)
    moved = Body(rotate(from_yaw(np.array(2.2)), clip) + [4.0, 0, -3.0])
    for name in PLAIN + SIDED:
        assert np.allclose(getattr(moved, name), getattr(body, name), atol=1e-6), name
    for side in (0, 1):
        assert moved.num_waves(side) == body.num_waves(side)
        assert np.isclose(moved.kick_height(side), body.kick_height(side))


def test_a_mirror_swaps_the_sides_and_the_sense_of_the_turn():
    clip = walking(60, turn=0.05)
    body, mirror = Body(clip), Body(mirrored(clip))
    assert np.allclose(mirror.yaw, -body.yaw)
    for name in SIDED:
        assert np.allclose(getattr(mirror, name), getattr(body, name)[:, ::-1]), name
    for name in set(PLAIN) - {"yaw"}:
        assert np.allclose(getattr(mirror, name), getattr(body, name)), name
    assert np.isclose(mirror.kick_height(0), body.kick_height(1))


@pytest.mark.parametrize("degrees", [-400, -90, 90, 180, 400])
def test_yaw_is_how_far_a_body_has_turned(degrees):
    body = Body(walking(80, speed=0, turn=np.radians(degrees) / 79))
    assert body.yaw[0] == pytest.approx(0, abs=0.1)
    assert np.degrees(body.yaw[-1]) == pytest.approx(degrees, rel=0.05)
    assert np.allclose(np.linalg.norm(body.facing, axis=-1), 1) and np.allclose(
        body.facing[:, 1], 0
    )


@pytest.mark.parametrize("speed", [-0.05, 0.03, 0.1])
def test_speed_and_way_of_a_straight_walk(speed):
    body = Body(walking(41, speed=speed))
    assert body.travel_ahead == pytest.approx(40 * speed, rel=0.02)
    assert body.top_speed == pytest.approx(20 * abs(speed), rel=1e-6)


def test_going_there_and_back_facing_one_way_adds_up_to_nothing():
    clip = standing(41)
    clip[..., 2] += (1 - np.abs(np.linspace(-1, 1, 41)))[:, None]
    body = Body(clip)
    assert body.travel_ahead == pytest.approx(0, abs=1e-9) and body.top_speed == pytest.approx(1)
    assert body.mean_speed == pytest.approx(1)


def test_speed_of_a_clip_shorter_than_half_a_second_is_measured_over_all_of_it():
    clip = standing(4)
    clip[..., 0] += 0.1 * np.arange(4)[:, None]
    assert Body(clip).top_speed == pytest.approx(2)


@pytest.mark.parametrize(("duration", "frames"), [(0.001, 1), (0.25, 5), (0.5, 10), (2, 40)])
def test_seconds_are_frames_at_20_fps_and_at_least_one(duration, frames):
    assert Body(standing(2)).seconds(duration) == frames


@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_the_trunk_leans_by_its_angle(degrees):
    clip = standing(3)
    angle = np.radians(degrees)
    clip[:, LIMBS.neck] = clip[:, LIMBS.pelvis] + 0.5 * np.array([0, np.cos(angle), np.sin(angle)])
    assert np.allclose(np.degrees(Body(clip).trunk_angle), degrees, atol=1e-5)


def test_steps_are_counted_when_the_foot_in_front_changes():
    clip = standing(40)
    left, right = LIMBS.ankles
    clip[:, [left, right], 2] = 0
    for start, sign in ((0, 1), (10, -1), (20, 1), (30, -1)):
        clip[start : start + 10, left, 2] += 0.2 * sign
        clip[start : start + 10, right, 2] -= 0.2 * sign
    assert Body(clip).num_steps == 4
    clip[:, [left, right], 2] *= 0.1
    assert Body(clip).num_steps == 0


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("waves", "size", "count"), [(3, 0.1, 6), (1, 0.1, 2), (3, 0.02, 0)])
def test_a_raised_hand_that_goes_to_and_fro_waves(side, waves, size, count):
    clip, wrist = standing(60), LIMBS.wrists[side]
    clip[:, wrist] = clip[:, LIMBS.shoulders[side]] + [0, 0.3, 0]
    clip[:, wrist, 0] += size * np.sin(np.linspace(0, 2 * np.pi * waves, 60))
    assert Body(clip).num_waves(side) == count and Body(clip).num_waves(1 - side) == 0
    clip[:, wrist, 1] -= 0.6  # hanging hands do not wave
    assert Body(clip).num_waves(side) == 0


@pytest.mark.parametrize("side", [0, 1])
def test_a_kick_is_a_foot_up_and_away_while_the_other_stands(side):
    clip = standing(20)
    clip[8:12, LIMBS.feet[side], :] += [0, 0.6, 0.7]
    height = clip[8:12, LIMBS.feet[side], 1].min()
    assert (
        Body(clip).kick_height(side) == pytest.approx(height)
        and Body(clip).kick_height(1 - side) == 0
    )
    clip[8:12, LIMBS.feet[1 - side], 1] += 0.5  # a jump is no kick
    assert Body(clip).kick_height(side) == 0


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("frames", "is_punch"), [(3, True), (30, False)])
def test_a_punch_is_fast_and_far_ahead(side, frames, is_punch):
    clip, shoulder = standing(40), LIMBS.shoulders[side]
    reach = np.clip(np.arange(40) / frames, 0, 1) * 0.5
    clip[:, LIMBS.wrists[side]] = clip[:, shoulder] + reach[:, None] * [0, 0, 1]
    assert Body(clip).has_punch == is_punch
    clip[:, LIMBS.wrists[side], 1] += 0.6  # over the head it is none
    assert not Body(clip).has_punch
