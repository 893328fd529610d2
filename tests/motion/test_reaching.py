"""Bodies bent onto their pins: any pose that a body can take, and dead ends left from afar."""

import numpy as np
import pytest

from motionlcm.motion.reaching import reach, turned, willing_turns
from motionlcm.motion.reaching_far import pin_errors, reached_from_afar
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22, bone_lengths, forward_kinematics

NONE = np.zeros(22)
FREE = np.zeros(3, bool)


def at_rest() -> np.ndarray:
    identity = np.zeros((1, 22, 4))
    identity[..., 0] = 1
    return forward_kinematics(identity, np.array([[0, 0.95, 0]]), SMPL_22)[0]


def random_pose(generator, swinging: float, size: float) -> np.ndarray:
    turns = np.repeat(willing_turns(swinging), 3) ** 0.5
    turns = size * turns * generator.normal(size=len(turns))
    return turned(at_rest()[None], np.append(turns, [0.1, -0.1, 0.1])[None])[0]


def error_of(pose, goals, mask) -> float:
    return float(pin_errors(pose[None], goals[None], mask[None], NONE[None])[0])


@pytest.mark.parametrize("seed", range(12))
def test_five_joints_of_any_pose_are_reached(seed):
    generator = np.random.default_rng(seed)
    goals = random_pose(generator, 0.0, 1.2)
    mask = np.zeros((22, 3), bool)
    mask[generator.choice(21, 5, replace=False) + 1] = True
    reached = reach(at_rest()[None], goals[None], mask[None])[0]
    assert error_of(reached, goals, mask) < 1e-3
    assert np.allclose(bone_lengths(reached[None]), bone_lengths(at_rest()[None]), atol=1e-9)


def test_hips_and_chest_give_way_only_where_asked_to():
    """Hips a little nearer to each other than this body's own, as decoded motion has them."""
    goals = random_pose(np.random.default_rng(0), 0.1, 1.0)
    mask = np.zeros((22, 3), bool)
    mask[[1, 2, 3, 12, 13, 14]] = True
    rigid = reach(at_rest()[None], goals[None], mask[None])[0]
    giving = reach(at_rest()[None], goals[None], mask[None], swinging=0.01)[0]
    assert error_of(rigid, goals, mask) > 0.01
    assert error_of(giving, goals, mask) < 1e-3
    hips = np.linalg.norm(np.stack([rigid, at_rest()])[:, 1] - [rigid[2], at_rest()[2]], axis=-1)
    assert hips[0] == pytest.approx(hips[1], abs=1e-9)
    assert np.allclose(bone_lengths(giving[None]), bone_lengths(at_rest()[None]), atol=1e-9)


def test_a_dead_end_is_left_from_afar():
    pins = {
        "spine1": (-0.199, 0.331, -0.058),
        "neck": (0.084, 0.563, -0.132),
        "right_collar": (-0.027, 0.359, -0.077),
        "left_elbow": (0.166, -0.032, -0.281),
        "right_elbow": (-0.189, 0.512, 0.045),
    }
    body, goals, mask = at_rest(), np.zeros((22, 3)), np.zeros((22, 3), bool)
    for joint, offset in pins.items():
        goals[JOINT_NAMES.index(joint)] = body[0] + offset
        mask[JOINT_NAMES.index(joint)] = True
    stuck = reach(body[None], goals[None], mask[None], swinging=0.01)[0]
    assert error_of(stuck, goals, mask) > 0.05

    tried = reached_from_afar(
        np.stack([stuck, body]), goals, mask, tolerance=NONE, held_root=FREE, swinging=0.01
    )
    assert error_of(tried, goals, mask) < 5e-3
    again = reached_from_afar(
        np.stack([stuck, body]), goals, mask, tolerance=NONE, held_root=FREE, swinging=0.01
    )
    assert np.array_equal(tried, again)


def test_what_no_body_reaches_is_come_no_farther_from():
    body, goals, mask = at_rest(), at_rest(), np.zeros((22, 3), bool)
    mask[[18, 20]] = True
    goals[20] = body[18] + 1.05 * (body[20] - body[18])  # of a forearm that is longer
    near = reach(body[None], goals[None], mask[None])[0]
    tried = reached_from_afar(
        np.stack([near, body]), goals, mask, tolerance=NONE, held_root=FREE, swinging=0.01
    )
    size = 0.05 * np.linalg.norm(body[20] - body[18])
    assert 0.5 * size - 1e-6 <= error_of(tried, goals, mask) <= error_of(near, goals, mask)


def test_a_held_root_stays():
    body, goals, mask = at_rest(), at_rest() + [0, 0, 0.2], np.zeros((22, 3), bool)
    mask[[15, 20, 21]] = True
    held = np.array([True, False, True])
    reached = reached_from_afar(
        np.stack([body, body]), goals, mask, tolerance=NONE, held_root=held, swinging=0.01
    )
    assert np.allclose(reached[0, ::2], body[0, ::2], atol=1e-9)
    assert error_of(reached, goals, mask) < 1e-3
