"""numpy files: everything comes back, and nothing unsafe or misshapen comes in."""

import numpy as np
import pytest

from motionlcm.formats.npz import load_npy, load_npz, save_npy, save_npz
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.inverse_kinematics import solve_rotations, t_pose_skeleton
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics


@pytest.fixture
def motion() -> Motion:
    identity = np.zeros((8, 22, 4))
    identity[..., 0] = 1
    root = np.stack([np.zeros(8), np.full(8, 0.9), np.linspace(0, 1, 8)], axis=-1)
    positions = forward_kinematics(identity, root, SMPL_22)
    skeleton = t_pose_skeleton(positions)
    rotations = solve_rotations(positions, skeleton)
    return Motion(
        positions,
        fps=25,
        rotations=rotations,
        skeleton=skeleton,
        caption="a person stands.",
        familiarity=0.75,
    )


def test_npz_brings_everything_back(tmp_path, motion):
    again = load_npz(save_npz(tmp_path / "x.npz", motion))
    np.testing.assert_array_equal(again.positions, motion.positions)
    np.testing.assert_array_equal(again.rotations, motion.rotations)
    np.testing.assert_allclose(again.skeleton.offsets, motion.skeleton.offsets, atol=1e-6)
    assert (again.fps, again.caption) == (25, "a person stands.")
    assert again.familiarity == 0.75 and again.mirrored().familiarity is None


@pytest.mark.parametrize("value", [1.5, np.nan, [0.5, 0.5], "near"])
def test_a_familiarity_that_is_none_is_refused(tmp_path, motion, value):
    np.savez(tmp_path / "x.npz", positions=motion.positions, familiarity=value)
    with pytest.raises(ValueError, match="familiarity must be one number from 0 to 1"):
        load_npz(tmp_path / "x.npz")


def test_npy_holds_positions(tmp_path, motion):
    again, notes = load_motion_file(save_npy(tmp_path / "x.npy", motion))
    np.testing.assert_array_equal(again.positions, motion.positions)
    assert motion.fps == 25 and again.fps == 20 and "20 fps is assumed" in notes[0]
    again, notes = load_motion_file(tmp_path / "x.npy", input_fps=25)
    assert (again.fps, notes) == (25, [])


def test_a_rate_is_no_guess_in_an_npy_of_ours_and_one_in_another(tmp_path, motion):
    ours = save_npy(tmp_path / "x.npy", Motion(motion.positions))
    assert load_motion_file(ours)[1] == []

    # Any reader of npy opens it, and what it writes anew is no longer ours.
    array = np.load(ours, mmap_mode="r")
    np.testing.assert_array_equal(array, motion.positions)
    np.save(tmp_path / "y.npy", array)
    again, notes = load_motion_file(tmp_path / "y.npy")
    assert again.fps == 20 and len(notes) == 1 and "20 fps is assumed" in notes[0]


def test_features_are_decoded(tmp_path, motion):
    features = Motion(motion.positions).features
    np.save(tmp_path / "x.npy", features)
    again = load_npy(tmp_path / "x.npy")
    assert again.positions.shape == (len(features), 22, 3)
    np.testing.assert_array_equal(again.features, features)


def test_bad_files_are_one_clear_line(tmp_path):
    good = np.ones((4, 22, 3))
    cases = {
        "shape.npy": (np.ones((4, 21, 3)), r"shape \[4, 21, 3\], expected positions"),
        "width.npy": (np.ones((4, 262)), r"shape \[4, 262\], expected positions"),
        "nan.npy": (np.where(np.arange(4)[:, None, None] == 2, np.nan, good), "first in frame 2"),
        "none.npy": (np.ones((0, 22, 3)), "at least one frame"),
        "words.npy": (np.array(["a", "b"]), "expected numbers"),
        "far.npy": (good * 1e9, "at most 10 km"),
        "pickle.npy": (np.array([{"a": 1}], dtype=object), "pickles are refused"),
        "keys.npz": ({"poses": good}, "or SMPL's 'poses'"),
        "fps.npz": ({"positions": good, "fps": np.array(-3)}, "fps is"),
        "rotations.npz": (
            {"positions": good, "rotations": np.ones((4, 3, 4))},
            "rotations have shape",
        ),
        "pickle.npz": ({"positions": np.array([{"a": 1}], dtype=object)}, "pickles are refused"),
    }
    for name, (content, message) in cases.items():
        if name.endswith("npz"):
            np.savez(tmp_path / name, **content)
        else:
            np.save(tmp_path / name, content)
        with pytest.raises(ValueError, match=message):
            load_motion_file(tmp_path / name)


@pytest.mark.parametrize("name", ["x.npz", "x.npy"])
def test_junk_and_cut_files_are_value_errors(tmp_path, motion, name):
    whole = (save_npz if name.endswith("npz") else save_npy)(tmp_path / name, motion).read_bytes()
    for content in (
        b"",
        b"junk" * 40,
        whole[: len(whole) // 2],
        whole[:-3],
        b"PK\x03\x04" + b"\0" * 60,
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            load_motion_file(tmp_path / name)


def test_a_header_that_never_ends_is_a_value_error(tmp_path, motion):
    whole = save_npy(tmp_path / "x.npy", motion).read_bytes()
    (tmp_path / "x.npy").write_bytes(whole.replace(b"False", b"(alse", 1))
    with pytest.raises(ValueError, match="x.npy"):
        load_motion_file(tmp_path / "x.npy")


def test_other_files_are_refused(tmp_path):
    for name in ("x.c3d", "x", "x.asf"):
        with pytest.raises(ValueError, match="known are .bvh, .amc, .glb, .npz, .npy"):
            load_motion_file(tmp_path / name)
    for name in ("x.bvh", "x.amc", "x.npz", "x.npy"):
        with pytest.raises(ValueError, match="no such file"):
            load_motion_file(tmp_path / name)
