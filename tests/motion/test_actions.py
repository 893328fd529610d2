"""Actions: made-up bodies that do or do not do what is asked."""

import numpy as np

from motionlcm.motion import actions
from motionlcm.motion.measures import Body
from tests.conftest import walking
from tests.data.test_focus import jumping, standing


def body(positions):
    return Body(positions - [0, positions[..., 1].min(), 0])


def test_walks_and_turns_are_told_apart():
    ahead, left = body(walking(80, speed=0.05)), body(walking(80, speed=0.05, turn=0.03))
    assert (
        actions.walks_forward(ahead)
        and not actions.walks_backward(ahead)
        and not actions.runs(ahead)
    )
    assert actions.walks_backward(body(walking(80, speed=-0.05)))
    assert actions.runs(body(walking(60, speed=0.15)))
    assert (
        actions.turns_left(left) and not actions.turns_right(left) and not actions.turns_left(ahead)
    )
    assert actions.turns_right(body(walking(80, speed=0.05, turn=-0.03)))


def test_a_jump_and_a_statue():
    assert actions.jumps(Body(jumping(40, 15))) and not actions.jumps(Body(standing(40)))
    assert actions.stands_still(Body(standing(40))) and not actions.stands_still(body(walking(40)))


def raised(side, frames=30):
    clip = standing(frames)
    shoulder, elbow, wrist = ((16, 18, 20), (17, 19, 21))[side]
    clip[:, elbow] = clip[:, shoulder] + [0, 0.26, 0]
    clip[:, wrist] = clip[:, elbow] + [0, 0.26, 0]
    return clip


def test_hands_are_told_apart():
    left, right, both = Body(raised(0)), Body(raised(1)), raised(0)
    both[:, [19, 21]] = raised(1)[:, [19, 21]]
    assert actions.raises_left_hand(left) and not actions.raises_right_hand(left)
    assert actions.raises_right_hand(right) and not actions.raises_both_hands(right)
    assert actions.raises_both_hands(Body(both)) and not actions.raises_left_hand(Body(both))
    wave = raised(1)
    wave[:, 21, 0] += 0.15 * np.sin(np.arange(30) * 0.9)
    assert actions.waves_right(Body(wave)) and not actions.waves_left(Body(wave))


def test_sitting_squatting_and_lying():
    sink = np.concatenate([np.zeros(10), np.linspace(0, 0.4, 10), np.full(20, 0.4)])

    def sunk(depth):
        clip = standing(len(depth))
        upper = [j for j in range(22) if j not in (7, 8, 10, 11)]
        clip[:, upper, 1] -= depth[:, None]
        return Body(clip)

    assert (
        actions.sits_down(sunk(sink))
        and not actions.squats(sunk(sink))
        and not actions.stands_up(sunk(sink))
    )
    assert actions.stands_up(sunk(sink[::-1])) and not actions.sits_down(sunk(sink[::-1]))
    assert actions.squats(sunk(np.concatenate([sink, sink[::-1]])))
    lying = standing(30)
    lying[10:, :, [1, 2]] = lying[10:, :, [2, 1]] + [0.1, 0]
    assert actions.lies_down(Body(lying)) and not actions.lies_down(Body(standing(30)))
