"""FBX as exporters write it: keys left out, poses held, several takes and bodies."""

from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.character import open_character
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_motion
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS
from tests.conftest import walking
from tests.formats.fbx_text import Body, write_fbx_text
from tests.formats.test_field_rules import off

pytest.importorskip("pufbx")
WALK = walking(40)


def body(keys=range(40), prefix="", aside=0.0):
    """The walk in centimetres, with keys at some frames only."""
    local = local_motion(Motion(WALK))
    offsets = local.offsets * 100
    return Body(
        [prefix + name for name in JOINT_NAMINGS["motionbuilder"]],
        list(PARENTS),
        offsets,
        (WALK[:, 0] + [aside, 0, 0]) * 100,
        local.rotations,
        list(keys),
    )


@pytest.mark.parametrize("fps", [20, 24, 30, 60])
def test_a_pose_that_is_held_after_the_motion_does_not_change_its_speed(tmp_path, fps):
    path = write_fbx_text(tmp_path / "x.fbx", [body()], fps=fps, stop=10)
    motion, _ = load_motion_file(path, fps=fps)
    assert off(motion.positions, WALK) < 0.5
    assert motion.duration == pytest.approx(10, abs=0.1)
    assert np.ptp(motion.positions[41:], axis=0).max() < 1e-4


def test_keys_that_are_left_out_do_not_change_the_speed(tmp_path):
    keys = sorted({0, 39, *range(0, 20, 2), *range(20, 40)})
    path = write_fbx_text(tmp_path / "x.fbx", [body(keys)], fps=20, stop=39 / 20)
    motion, _ = load_motion_file(path)
    assert motion.num_frames == 40 and off(motion.positions, WALK) < 1
    assert load_motion_file(path, input_fps=10)[0].num_frames == 79


def test_the_take_that_moves_is_read_and_chosen_by_the_end_of_its_name(tmp_path):
    takes = ("rig|Bind", "rig|Walk")
    path = write_fbx_text(tmp_path / "x.fbx", [body()], fps=20, stop=39 / 20, takes=takes)
    motion, notes = load_motion_file(path)
    assert any("'rig|Walk' is read, rig|Bind left out" in note for note in notes)
    assert off(motion.positions, WALK) < 0.5
    still, _ = load_motion_file(path, animation="bind")
    assert np.ptp(still.positions, axis=0).max() < 1e-4
    with pytest.raises(ValueError, match="no animation 'run'; the file has rig|Bind, rig|Walk"):
        load_motion_file(path, animation="run")


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_joints_that_compensate_for_their_parents_scale_are_where_they_are(tmp_path, scale):
    """Maya's; bones got shorter by the scale from joint to joint, and bodies flew 20 metres high."""
    compensating = replace(body(), scale=scale)
    path = write_fbx_text(tmp_path / "x.fbx", [compensating], fps=20, stop=39 / 20)
    assert off(load_motion_file(path)[0].positions, WALK) < 0.5

    character = open_character(path)
    upright = character.positions[JOINT_NAMES.index("head")] - character.positions[0]
    assert 0.4 < np.linalg.norm(upright) < 0.8 and 0.6 < character.leg < 1.0


@pytest.mark.parametrize("first", [True, False])
def test_of_two_bodies_the_one_that_moves_is_read(tmp_path, first):
    pair = [body(prefix="A:"), body([0], prefix="B:", aside=2.0)]
    path = write_fbx_text(tmp_path / "x.fbx", pair if first else pair[::-1], fps=20, stop=39 / 20)
    motion, notes = load_motion_file(path)
    assert any("2 bodies: 'A:Hips' is read, B:Hips left out" in note for note in notes)
    assert off(motion.positions, WALK) < 0.5


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_what_ufbx_says_of_a_damaged_file_is_one_line(tmp_path, kept):
    """Its messages end with a new line of their own."""
    path = write_fbx_text(tmp_path / "x.fbx", [body()], fps=20, stop=39 / 20)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))] + b"{{\0\xff")
    with pytest.raises(ValueError, match="FBX") as refusal:
        load_motion_file(path)
    assert "\n" not in str(refusal.value)
