"""Everyday actions: bodies posed by forward kinematics that do or do not do what is asked."""

import numpy as np
import pytest

from motionlcm.motion import actions, actions_arms, actions_body, actions_steps, sequences
from motionlcm.motion.measures import Body
from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply
from motionlcm.motion.skeleton import JOINT_NAMES, forward_kinematics
from tests.conftest import walking

FRAMES = 60
TIME = np.arange(FRAMES)
ZERO = np.zeros(FRAMES)
STRIDE = 30 * np.sin(0.4 * TIME)  #: degrees
ONCE = np.sin(np.linspace(0, np.pi, FRAMES)) ** 2  #: 0, then 1 in the middle, then 0
LATE = np.clip(np.linspace(-1, 2, FRAMES), 0, 1)  #: 0, then up to 1


def posed(angles=None, *, yaw=ZERO, left=ZERO, ahead=ZERO, lift=ZERO):
    """Joints ``[T 22 3]``: turns of joints about x, y, z in degrees, the lower foot at ``lift``."""
    turns = np.zeros((FRAMES, 22, 3))
    for name, values in (angles or {}).items():
        turns[:, JOINT_NAMES.index(name)] = np.stack(
            [np.broadcast_to(value, FRAMES) for value in values], axis=-1
        )

    rotations = from_axis_angle(np.radians(turns))
    rotations[:, 0] = multiply(from_yaw(np.asarray(yaw)), rotations[:, 0])
    clip = forward_kinematics(rotations, np.stack([left, ZERO, ahead], axis=-1))
    clip[..., 1] += (np.asarray(lift) - clip[..., 1].min(1))[:, None]
    return clip


def body(angles=None, **path):
    return Body(posed(angles, **path))


def legs(left_hip, left_knee, right_hip, right_knee):
    """Hips bent ahead and knees bent back by so many degrees."""
    return {
        "left_hip": (-left_hip, 0, 0),
        "right_hip": (-right_hip, 0, 0),
        "left_knee": (left_knee, 0, 0),
        "right_knee": (right_knee, 0, 0),
    }


def arms(out=0, ahead=0, bend=0, inward=0, side="both"):
    """Arms turned out to the sides and up ahead, elbows bent up and inward, in degrees."""
    turns = {}
    for name, sign in (("left", 1), ("right", -1)):
        if side in (name, "both"):
            turns[f"{name}_shoulder"] = (-np.asarray(ahead), 0, sign * np.asarray(out))
            turns[f"{name}_elbow"] = (-np.asarray(bend), 0, -sign * np.asarray(inward))
    return turns


def upright(clip):
    """The body of a clip whose lowest joint is put on the floor."""
    return Body(clip - [0, clip[..., 1].min(), 0])


def strides(speed, **more):
    """A walk straight ahead, metres a second."""
    swing = legs(STRIDE, np.abs(STRIDE), -STRIDE, np.abs(STRIDE))
    return {"angles": swing, "ahead": speed * TIME / 20, **more}


STANDING = body()
WALKING = body(**strides(1.1))
BEND = np.linspace(0, 1, FRAMES)
LEVEL = {"pelvis": (85, 0, 0)}
SIT = {**legs(90 * LATE, 90 * LATE, 90 * LATE, 90 * LATE)}
DEEP = {"pelvis": (25, 0, 0), **legs(140, 130, 140, 130), "left_ankle": (-20, 0, 0)}
PULSES = 0.3 * np.clip(np.sin(TIME * 2 * np.pi / 20), 0, None)
JUMP = 0.3 * np.clip(np.sin((TIME - 20) * np.pi / 10), 0, None) * ((TIME >= 20) & (TIME < 30))
CHANGING = np.where((TIME // 20) % 2 == 0, 80.0, 0.0)

GOINGS = [
    (actions_steps.walks_in_a_circle, body(**{**strides(0), "yaw": 0.11 * TIME, "left": 0.5 * (1 - np.cos(0.11 * TIME)), "ahead": 0.5 * np.sin(0.11 * TIME)}), WALKING),
    (actions_steps.makes_a_u_turn, body(**{**strides(1), "yaw": np.pi * LATE, "ahead": 2.5 - np.abs(TIME - 30) / 12}), WALKING),
    (actions_steps.turns_around, body(yaw=np.pi * LATE), body(yaw=np.pi / 2 * LATE)),
    (actions_steps.spins, body(yaw=2 * np.pi * LATE), body(yaw=np.pi * LATE)),
    (actions_steps.walks_slowly, body(**strides(0.5)), WALKING),
    (actions_steps.walks_fast, upright(walking(60, speed=0.09)), STANDING),
    (actions_steps.jogs, body(**strides(2.2, lift=0.05 + 0.05 * np.sin(0.8 * TIME))), WALKING),
    (actions_steps.sidesteps_left, body(left=0.02 * TIME), body(left=-0.02 * TIME)),
    (actions_steps.sidesteps_right, body(left=-0.02 * TIME), WALKING),
    (actions_steps.sneaks, body(legs(30 + STRIDE, 60, 30 - STRIDE, 60), ahead=0.03 * TIME), WALKING),
    (actions_steps.tiptoes, body({**legs(STRIDE, 0, -STRIDE, 0), "left_ankle": (60, 0, 0), "right_ankle": (60, 0, 0)}), WALKING),
    (actions_steps.marches, body(legs(CHANGING, CHANGING, 80 - CHANGING, 80 - CHANGING)), WALKING),
    (actions_steps.climbs, body(**strides(0.5, lift=0.6 * LATE)), WALKING),
    (actions_steps.steps_over, body(legs(80 * ONCE, 70 * ONCE, 0, 0), ahead=0.02 * TIME), WALKING),
    (actions_steps.skips, body(legs(CHANGING, CHANGING, 80 - CHANGING, 80 - CHANGING), lift=PULSES, ahead=0.1 * TIME), WALKING),
    (actions_steps.hops_on_one_leg, body(legs(0, 0, 10, 90), lift=PULSES), body(lift=PULSES)),
    (actions_steps.jumps_forward, body(lift=JUMP, ahead=LATE), body(lift=JUMP)),
    (actions_steps.jumps_twice, body(lift=PULSES), body(lift=JUMP)),
]  # fmt: skip

BEAT = 0.5 + 0.5 * np.sin(TIME * 0.8)  #: 0 to 1, every 0.4 s
SHRUG = posed()
SHRUG[20:30, [16, 17, 18, 19, 20, 21], 1] += 0.04
SHOT = np.clip(TIME - 25, 0, 4) / 4  #: 0, then 1 within 0.2 s

HANDS = [
    (actions_arms.claps, body(arms(ahead=60, bend=40, inward=40 + 35 * BEAT)), body(arms(ahead=60, bend=40))),
    (actions_arms.punches_left, body(arms(ahead=90 * SHOT, bend=120 * (1 - SHOT), side="left")), body(arms(ahead=90 * SHOT, bend=120 * (1 - SHOT), side="right"))),
    (actions_arms.punches_right, body(arms(ahead=90 * SHOT, bend=120 * (1 - SHOT), side="right")), body(arms(ahead=90, bend=60 * BEND))),
    (actions_arms.throws, body(arms(ahead=170 - 160 * SHOT, side="right")), body(arms(ahead=90 * SHOT, bend=120 * (1 - SHOT)))),
    (actions_arms.pushes, body(arms(ahead=80 * LATE, bend=110 * (1 - LATE))), body(arms(ahead=80 * LATE, side="left"))),
    (actions_arms.points_ahead, body(arms(ahead=90, side="right")), body(arms(ahead=90))),
    (actions_arms.salutes, body({"right_shoulder": (0, 0, -90), "right_elbow": (-60, 0, -100)}), STANDING),
    (actions_arms.holds_a_hand_to_the_ear, body({"right_shoulder": (0, 0, -120), "right_elbow": (-20, 0, -130)}), STANDING),
    (actions_arms.drinks, body({"right_shoulder": (-80 * LATE, 0, 0), "right_elbow": (-110 * LATE, 0, 40)}), STANDING),
    (actions_arms.crosses_the_arms, body(arms(ahead=40, bend=50, inward=75)), STANDING),
    (actions_arms.puts_hands_on_hips, body(arms(out=60, inward=150)), STANDING),
    (actions_arms.holds_arms_to_the_sides, body(arms(out=90)), body(arms(ahead=90))),
    (actions_arms.waves_overhead, body(arms(out=150 + 25 * np.sin(TIME * 0.6), side="left")), body(arms(out=170, side="left"))),
    (actions_arms.cheers, body(arms(out=140, inward=-40 * BEAT)), body(arms(out=170))),
    (actions_arms.stretches, body(arms(out=170)), body(arms(ahead=90))),
    (actions_arms.circles_the_arms, body(arms(ahead=380 * BEND)), body(arms(ahead=180 * BEND))),
    (actions_arms.knocks, body(arms(ahead=50, bend=60 + 20 * BEAT, side="right")), body(arms(ahead=50, bend=60, side="right"))),
    (actions_arms.shrugs, Body(SHRUG), STANDING),
    (actions_arms.nods, body({"neck": (10 * BEAT - 80, 0, 0)}), body({"neck": (-80, 0, 10 * BEAT)})),
    (actions_arms.looks_around, body({"neck": (-80, 0, 25 * np.sin(TIME * 0.1))}), body({"neck": (-80 + 10 * BEAT, 0, 0)})),
]  # fmt: skip

LYING = {"pelvis": (-88 * (1 - LATE), 0, 0)}
BODIES = [
    (actions.stands_up, body(legs(90 * (1 - LATE), 90 * (1 - LATE), 90 * (1 - LATE), 90 * (1 - LATE))), STANDING),
    (actions_body.kneels, body(legs(0, 90, 0, 90)), body(DEEP)),
    (actions_body.crouches, body({**DEEP, "right_ankle": (-20, 0, 0)}), body(SIT)),
    (actions_body.lunges, body(legs(90 * ONCE, 90 * ONCE, -15 * ONCE, 70 * ONCE)), STANDING),
    (actions_body.lunges_to_the_side, body({"left_hip": (-60 * ONCE, 0, 45), "left_knee": (80 * ONCE, 0, 0), "right_hip": (0, 0, -40)}), STANDING),
    (actions_body.bends_sideways, body({"spine1": (0, 0, 40 * ONCE)}), body({"spine1": (40 * ONCE, 0, 0)})),
    (actions_body.touches_the_toes, body({"pelvis": (120 * ONCE, 0, 0), **legs(120 * ONCE, 0, 120 * ONCE, 0), **arms(ahead=120 * ONCE)}), STANDING),
    (actions_body.picks_up, body({"pelvis": (110 * ONCE, 0, 0), **legs(110 * ONCE, 0, 110 * ONCE, 0), **arms(ahead=60 + 40 * ONCE, bend=80 * LATE * (TIME > 40))}), STANDING),
    (actions_body.puts_down, body({"pelvis": (110 * ONCE, 0, 0), **legs(110 * ONCE, 0, 110 * ONCE, 0), **arms(ahead=60 + 40 * ONCE, bend=80 * (TIME < 15))}), STANDING),
    (actions_body.leans_back, body({"spine1": (-30 * ONCE, 0, 0)}), body({"spine1": (30 * ONCE, 0, 0)})),
    (actions_body.gets_up, body(LYING), body(SIT)),
    (actions_body.crawls, body({**LEVEL, **legs(55 + STRIDE / 2, 85, 55 - STRIDE / 2, 85), **arms(ahead=85)}, ahead=0.02 * TIME), WALKING),
    (actions_body.rolls, body({"pelvis": (360 * LATE, 0, 0), **legs(130, 130, 130, 130), "spine1": (70, 0, 0)}), WALKING),
    (actions_body.does_push_ups, body({"pelvis": (62 + 26 * BEAT, 0, 0), **arms(ahead=62 + 26 * BEAT)}), STANDING),
    (actions_body.balances_on_one_leg, body(legs(80, 90, 0, 0)), STANDING),
    (actions_body.kicks_high, body(legs(110 * ONCE, 0, 0, 0)), body(legs(50 * ONCE, 0, 0, 0))),
    (actions_body.lifts_a_straight_leg, body(legs(80 * ONCE, 0, 0, 0)), body(legs(80 * ONCE, 80 * ONCE, 0, 0))),
    (actions_body.brings_elbow_to_knee, body({"pelvis": (20, 0, 0), "left_hip": (-20, 0, 0), "right_hip": (-95, 0, 25), "right_knee": (90, 0, 0), "spine1": (30, 0, 0), "spine2": (20, 0, 0), "left_shoulder": (-110, 0, -20)}), STANDING),
]  # fmt: skip

CASES = [*GOINGS, *HANDS, *BODIES]


@pytest.mark.parametrize(
    ("is_shown", "shows", "other"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_an_action_is_seen_where_it_is_and_not_elsewhere(is_shown, shows, other):
    assert is_shown(shows)
    assert not is_shown(other)
    if is_shown not in (actions_steps.walks_slowly, actions_steps.walks_fast):
        assert not is_shown(WALKING)
    assert not is_shown(STANDING)


def one_then_another(first, second):
    moved = second + (first[-1, 0] - second[0, 0]) * [1, 0, 1]
    return Body(np.concatenate([first, moved]))


def test_a_sequence_is_seen_in_its_order_only():
    walk, squat = posed(**strides(1.1)), posed(legs(90 * ONCE, 90 * ONCE, 90 * ONCE, 90 * ONCE))
    is_shown = sequences.then(sequences.walks, actions.squats)
    assert is_shown(one_then_another(walk, squat))
    assert not is_shown(one_then_another(squat, walk))
    assert not is_shown(Body(walk)) and not is_shown(Body(squat))


def test_a_pause_keeps_one_movement_from_counting_as_two():
    squat = posed(legs(90 * ONCE, 90 * ONCE, 90 * ONCE, 90 * ONCE))
    jump = posed(lift=JUMP)
    is_shown = sequences.then(actions.squats, actions.jumps, pause=0.25)
    assert is_shown(one_then_another(squat, jump))
    assert not is_shown(one_then_another(jump, squat))


def test_parts_of_sequences_are_told_apart():
    turned = body(yaw=np.pi / 2 * LATE)
    assert sequences.stands(STANDING) and not sequences.stands(WALKING)
    assert sequences.turns(turned) and not sequences.turns(STANDING)
    assert sequences.walks(WALKING) and not sequences.walks(STANDING)
    fast = upright(walking(60, speed=0.15))
    assert sequences.runs(fast) and not sequences.runs(WALKING)
    wave = body(arms(ahead=140, inward=30 * np.sin(TIME * 0.8), side="right"))
    assert sequences.waves(wave) and not sequences.waves(STANDING)


def test_measures_of_a_body_say_what_they_are_called():
    bent = body({**legs(0, 90, 0, 0), **arms(bend=60, side="right")})
    assert np.allclose(np.degrees(bent.knee_bends), [90, 0], atol=1e-4)
    assert np.allclose(np.degrees(bent.elbow_bends), [0, 60], atol=1e-4)
    aside = body(left=0.02 * TIME, yaw=np.full(FRAMES, 0.0))
    assert np.isclose(aside.travel_left, 0.02 * (FRAMES - 1)) and abs(aside.travel_ahead) < 1e-6
    assert 0.35 < aside.pace < 0.45
    assert [stop - start > 3 for start, stop in body(lift=JUMP).flights] == [True]
    assert body(legs(0, 0, 10, 90), lift=PULSES).hops == [0, 0, 0]
    assert np.allclose(np.degrees(body({"pelvis": (30, 0, 0)}).lean_ahead), 30, atol=0.01)
    assert (body({"spine1": (0, 0, -30)}).lean_left > 0.2).all()
    assert STANDING.bounce == 0
