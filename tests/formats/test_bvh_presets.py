"""BVH files for other programs: their names, joints and rest pose, and the same motion."""

import bvhio
import numpy as np
import pytest

from motionlcm.cli.bodies import PRESET_NAMES
from motionlcm.formats.bvh import read_bvh
from motionlcm.formats.bvh_presets import PRESETS
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES
from tests.formats.bodies import millimetres_between, tumbling_motion
from tests.formats.test_character import stepping


def test_the_commands_know_the_presets_without_reading_them():
    assert PRESET_NAMES == tuple(PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_holds_the_same_motion(preset, tmp_path):
    motion = stepping()
    read, _ = load_motion_file(motion.save(tmp_path / "o.bvh", preset=preset))
    assert millimetres_between(read.positions, motion.positions) < 1


@pytest.mark.parametrize("preset", PRESETS)
def test_motions_with_rotations_of_their_own_hold_in_a_preset(preset, tmp_path):
    motion, _ = load_motion_file(tumbling_motion(3).save(tmp_path / "own.bvh"))
    assert motion.rotations is not None
    raw = read_bvh(motion.save(tmp_path / "o.bvh", preset=preset))
    joints = [raw.names.index(name) for name in PRESETS[preset].names]
    unit = 0.01 if PRESETS[preset].unit == "cm" else 1.0
    assert millimetres_between(raw.positions[:, joints] * unit, motion.positions) < 1


@pytest.mark.parametrize("preset", PRESETS)
def test_another_reader_takes_a_preset(preset, tmp_path):
    path = stepping().save(tmp_path / "o.bvh", preset=preset)
    root = bvhio.readAsBvh(str(path)).Root
    names = [joint.Name for joint, _, _ in root.layout()]
    assert set(PRESETS[preset].names) <= set(names)
    assert len(names) == 22 + len(PRESETS[preset].between) + bool(PRESETS[preset].root)


def test_unreals_skeleton_hangs_on_a_root_and_rests_in_an_a_pose(tmp_path):
    raw = read_bvh(stepping().save(tmp_path / "o.bvh", preset="ue5"))
    assert raw.names[0] == "root" and np.abs(raw.translations[:, 0]).max() == 0
    rest = raw.rest_positions
    arm = rest[raw.names.index("lowerarm_l")] - rest[raw.names.index("upperarm_l")]
    assert np.degrees(np.arctan2(-arm[1], arm[0])) == pytest.approx(45, abs=1)
    assert raw.names[raw.parents[raw.names.index("spine_03")]] == "spine_02"


def test_every_joint_between_lies_on_its_bone(tmp_path):
    for name, preset in PRESETS.items():
        raw = read_bvh(stepping().save(tmp_path / "o.bvh", preset=name))
        for below, (label, share) in preset.between.items():
            joint = raw.names.index(label)
            end = raw.names.index(preset.names[JOINT_NAMES.index(below)])
            assert raw.parents[end] == joint
            whole = raw.offsets[joint] + raw.offsets[end]
            np.testing.assert_allclose(raw.offsets[joint], whole * share, atol=1e-4)


def test_a_preset_and_names_are_one_too_many(tmp_path):
    with pytest.raises(ValueError, match="leave names"):
        stepping(4).save(tmp_path / "o.bvh", preset="ue5", names="mixamo")
    with pytest.raises(ValueError, match="preset must be one of mixamo, ue5"):
        stepping(4).save(tmp_path / "o.bvh", preset="maya")
    with pytest.raises(ValueError, match="no option 'preset'"):
        Motion(stepping(4).positions).save(tmp_path / "o.glb", preset="ue5")
