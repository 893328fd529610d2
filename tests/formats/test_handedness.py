"""Left and right of bodies whose axes are left-handed, or whose limbs bend as no body's do."""

import re

import numpy as np
import pytest

from motionlcm.formats.read import load_motion_file
from motionlcm.formats.upright import limbs_bend, unmirrored
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics
from tests.formats.random_files import rigid
from tests.formats.test_field_rules import off, saved
from tests.formats.test_field_variants import bvh, ended_at, rows_of


def mirrored(text: str) -> str:
    """A BVH with X negated in offsets and ways, and so turns about Y and Z."""
    text = re.sub(r"OFFSET (\S+)", lambda it: f"OFFSET {-float(it[1]):.6f}", text)
    signs = np.tile([-1, 1, -1], 40)  # angles are Z, X, Y
    return rows_of(
        text, lambda numbers: numbers * np.concatenate([[-1, 1, 1], signs[: numbers.shape[1] - 3]])
    )


def bending(knees: float, elbows: float = 0.0, frames: int = 30) -> np.ndarray:
    """Who stands on bent knees, radians ahead, with elbows bent backwards as elbows do."""
    turns = np.zeros((frames, 22, 3))
    for hip, knee, ankle in zip(SMPL_22.limbs.hips, SMPL_22.limbs.knees, SMPL_22.limbs.ankles):
        turns[:, [hip, ankle], 0] = -knees
        turns[:, knee, 0] = 2 * knees
    turns[:, [*SMPL_22.limbs.elbows], 0] = -elbows
    turns[:, 0, 1] = np.linspace(0, 0.5, frames)
    return forward_kinematics(from_axis_angle(turns), np.tile([0, 0.95, 0], (frames, 1)), SMPL_22)


def without_toes(text: str) -> str:
    """Feet that are an End Site, of no length."""
    return ended_at(text, "ToeBase", "0 0 0")


def test_left_handed_axes_of_a_body_without_toes_are_told_by_its_knees(shared_data, tmp_path):
    walk = rigid(np.load(shared_data / "field-cases" / "truth.npy").astype(float))
    plain, notes = load_motion_file(bvh(tmp_path, without_toes, walk))
    assert not any("left-handed" in note for note in notes)
    motion, notes = load_motion_file(bvh(tmp_path, lambda text: mirrored(without_toes(text)), walk))
    assert any("left-handed axes (limbs bend the wrong way)" in note for note in notes)
    assert off(motion.positions, plain.positions) < 0.5


def test_ends_of_feet_that_point_backwards_do_not_make_a_body_left_handed(shared_data):
    """Its knees bend ahead; a mirrored body has both turned round."""
    walk = np.load(shared_data / "field-cases" / "truth.npy").astype(float)
    heels = walk.copy()  # as an End Site behind the ankle has it
    heels[:, [10, 11]] = 2 * walk[:, [7, 8]] - walk[:, [10, 11]]
    notes = []
    assert unmirrored(heels, notes) is heels and not notes
    assert off(unmirrored(walk * [-1, 1, 1], notes), walk) < 1e-6 and notes


def test_elbows_tell_of_axes_where_legs_are_straight(shared_data):
    walk = np.load(shared_data / "field-cases" / "truth.npy").astype(float)
    ahead = np.tile([0.0, 0, 1], (len(walk), 1))
    across = np.array([[0.1, 0, 0], [-0.1, 0, 0]])
    straight = [np.tile(across - [0, drop, 0], (len(walk), 1, 1)) for drop in (0.0, 0.4, 0.8)]
    hanging = [joints + [0, 1.4, 0] for joints in straight]
    hanging[1] = hanging[1] - [0, 0, 0.1]
    assert limbs_bend(straight, None, ahead) == 0
    assert limbs_bend(straight, hanging, ahead) == 1
    assert limbs_bend(straight, hanging, -ahead) == -1


def test_a_body_that_tells_nothing_of_left_and_right_is_noted(tmp_path):
    """It has no toes, and its limbs are straight; elbows bent by a few degrees tell."""
    for elbows, is_told in ((0.0, False), (0.2, True)):
        _, notes = load_motion_file(bvh(tmp_path, without_toes, bending(0.0, elbows)))
        assert is_told != any("left and right are believed" in note for note in notes)
    _, notes = load_motion_file(
        bvh(tmp_path, lambda text: mirrored(without_toes(text)), bending(0.0, 0.2))
    )
    assert any("left-handed axes" in note for note in notes)


@pytest.mark.parametrize("knees", [0.3, -0.3])
def test_knees_that_bend_backwards_over_toes_that_point_ahead_are_noted(tmp_path, knees):
    walk = bending(knees)
    for path in (
        saved(tmp_path / "x.npy", walk),
        Motion(walk).save(tmp_path / "x.bvh", preset="cmu"),
    ):
        motion, notes = load_motion_file(path)
        assert any("knees bend backwards" in note for note in notes) == (knees < 0)
        assert off(motion.positions, walk) < 1
