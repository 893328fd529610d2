"""AMASS npz: what we write, what the real smplx makes of what others wrote, and bad files."""

import sys

import numpy as np
import pytest

from motionlcm.formats.amass import load_amass, save_amass
from motionlcm.formats.body_models import SMPL_REST
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, multiply, rotate
from tests.formats.bodies import degrees_between, millimetres_between, tumbling_motion
from tests.formats.smplh import posed_by_smplx, write_recording, write_smplh


def test_a_file_of_ours_has_amass_keys_and_axes(tmp_path):
    motion = Motion(tumbling_motion(1).positions, caption="a person turns.", familiarity=0.25)
    with np.load(save_amass(tmp_path / "x.npz", motion), allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["poses"].shape == (24, 156) and not arrays["poses"][:, 66:].any()
    assert arrays["trans"].shape == (24, 3) and arrays["betas"].tolist() == [0] * 16
    assert str(arrays["gender"]) == "neutral"
    assert float(arrays["mocap_framerate"]) == float(arrays["mocap_frame_rate"]) == 20
    pelvis = arrays["trans"] + SMPL_REST[0]
    assert np.allclose(pelvis, motion.positions[:, 0][:, [0, 2, 1]] * [-1, 1, 1], atol=1e-6)
    # Angles alone, on a body of the file's own bones, in AMASS's axes, down the left leg.
    turn = from_axis_angle(arrays["poses"].reshape(24, 52, 3))
    world, place = turn[:, 0], pelvis
    for joint in (1, 4, 7, 10):
        bone = np.broadcast_to(arrays["skeleton_offsets"][joint], place.shape)
        place = place + rotate(world, bone)
        world = multiply(world, turn[:, joint])
    assert millimetres_between(place, motion.positions[:, 10][:, [0, 2, 1]] * [-1, 1, 1]) < 0.01
    again = load_motion_file(tmp_path / "x.npz")[0]
    assert again.caption == "a person turns." and again.familiarity == 0.25


def test_writing_again_what_was_read_changes_nothing(tmp_path):
    save_amass(tmp_path / "a.npz", tumbling_motion(3))
    save_amass(tmp_path / "b.npz", load_amass(tmp_path / "a.npz")[0])
    with np.load(tmp_path / "a.npz") as first, np.load(tmp_path / "b.npz") as second:
        turns = [from_axis_angle(file["poses"].reshape(-1, 52, 3)) for file in (first, second)]
        assert degrees_between(*turns) < 0.01
        assert np.allclose(first["trans"], second["trans"], atol=1e-6)


@pytest.mark.parametrize(
    "layout", ["smplh/male/model.npz", "male/model.npz", "smplh/SMPLH_MALE.npz", "SMPLH_MALE.npz"]
)
def test_a_recording_is_where_the_real_smplx_puts_it(tmp_path, layout):
    pytest.importorskip("smplx")
    model = write_smplh(tmp_path / "models" / layout)
    recording = write_recording(tmp_path / "walk_poses.npz")
    motion, notes = load_amass(recording, body_models=tmp_path / "models")
    expected = posed_by_smplx(recording, model, 16)[:, :, [0, 2, 1]] * [-1, 1, 1]
    assert notes == [] and motion.fps == 120
    assert millimetres_between(motion.positions, expected) < 0.01


def test_without_body_models_the_mean_body_is_taken_and_said(tmp_path):
    motion, notes = load_motion_file(write_recording(tmp_path / "x.npz"))
    assert motion.fps == 20 and motion.num_frames == 20
    assert len(notes) == 1 and "mean body" in notes[0]
    lengths = np.linalg.norm(motion.positions[:, 4] - motion.positions[:, 1], axis=-1)
    assert np.allclose(lengths, np.linalg.norm(SMPL_REST[4]), atol=1e-5)


def test_the_newer_names_and_smplx_bodies_are_known(tmp_path):
    pytest.importorskip("smplx")
    model = write_smplh(tmp_path / "models" / "smplx" / "SMPLX_NEUTRAL.npz")
    old = write_recording(tmp_path / "old.npz", gender="neutral")
    with np.load(old) as file:
        arrays = dict(file)
    rate = arrays.pop("mocap_framerate")
    poses = np.concatenate([arrays.pop("poses"), np.zeros((120, 9))], axis=1)
    np.savez(
        tmp_path / "new_stageii.npz",
        **arrays,
        poses=poses,
        mocap_frame_rate=rate,
        surface_model_type="smplx",
    )
    motion, _ = load_amass(tmp_path / "new_stageii.npz", body_models=tmp_path / "models")
    expected = posed_by_smplx(old, model, 16)[:, :, [0, 2, 1]] * [-1, 1, 1]
    assert millimetres_between(motion.positions, expected) < 0.01


def test_smplx_that_is_not_installed_is_one_clear_line(tmp_path, monkeypatch):
    write_smplh(tmp_path / "models" / "male" / "model.npz", seed=5)
    for name in ("smplx", "smplx.lbs"):
        # what Python itself does for a module that must not be found
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'motionlcm\[amass\]'"):
        load_amass(write_recording(tmp_path / "x.npz"), body_models=tmp_path / "models")


def test_missing_body_models_are_one_clear_line(tmp_path):
    recording = write_recording(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_amass(recording, body_models=tmp_path / "nowhere")
    (tmp_path / "models").mkdir()
    with pytest.raises(ValueError, match="no smplh body model.*smplh/male/model.npz"):
        load_amass(recording, body_models=tmp_path / "models")


def test_a_body_model_that_is_none_is_one_clear_line(tmp_path):
    pytest.importorskip("smplx")
    recording = write_recording(tmp_path / "x.npz")
    for number, arrays in enumerate(({"v_template": np.ones((3, 3))}, dict.fromkeys(
            ("v_template", "shapedirs", "J_regressor"), np.ones((5, 3))))):  # fmt: skip
        folder = tmp_path / str(number) / "male"
        folder.mkdir(parents=True)
        np.savez(folder / "model.npz", **arrays)
        with pytest.raises(ValueError, match="model.npz: .*expected"):
            load_amass(recording, body_models=folder.parent)


BAD = {
    "short poses": ({"poses": np.zeros((4, 60))}, "poses .*expected"),
    "another length": ({"trans": np.zeros((3, 3))}, "poses .* and trans"),
    "no frames": ({"poses": np.zeros((0, 156)), "trans": np.zeros((0, 3))}, "expected numbers"),
    "not finite": ({"trans": np.full((4, 3), np.nan)}, "not finite, first in row 0"),
    "far away": ({"trans": np.full((4, 3), 1e9)}, "trans reaches 1e"),
    "words": ({"poses": np.array(["a"])}, "expected numbers"),
    "no rate": ({"mocap_framerate": None}, "mocap_framerate is None"),
    "bad rate": ({"mocap_framerate": np.array(0.0)}, "expected one number from 1 to 1000"),
    "bad offsets": ({"skeleton_offsets": np.zeros((5, 3))}, "skeleton_offsets"),
    "pickles": ({"poses": np.array([{}], dtype=object)}, "pickles are refused"),
    "only poses": ({"trans": None}, "expected 'positions'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_line(tmp_path, name):
    change, message = BAD[name]
    arrays = {
        "poses": np.zeros((4, 156)),
        "trans": np.zeros((4, 3)),
        "mocap_framerate": np.array(60.0),
        **change,
    }
    np.savez(
        tmp_path / "x.npz", **{key: array for key, array in arrays.items() if array is not None}
    )
    with pytest.raises(ValueError, match=message) as error:
        load_motion_file(tmp_path / "x.npz")
    assert "x.npz" in str(error.value) and "\n" not in str(error.value)


def test_a_file_cut_anywhere_is_a_value_error(tmp_path):
    whole = save_amass(tmp_path / "good.npz", tumbling_motion(1, num_frames=4)).read_bytes()
    for end in range(0, len(whole) - 1, 211):
        (tmp_path / "x.npz").write_bytes(whole[:end])
        with pytest.raises(ValueError, match="x.npz"):
            load_motion_file(tmp_path / "x.npz")


def test_an_array_that_unpacks_to_terabytes_is_refused(tmp_path):
    import io
    import zipfile

    for key in ("positions", "poses"):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 22, 3)}
        )
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as file:
            file.writestr(f"{key}.npy", header.getvalue())
            file.writestr("trans.npy", header.getvalue())
        with pytest.raises(ValueError, match="x.npz: cannot read"):
            load_motion_file(tmp_path / "x.npz")
    (tmp_path / "x.npy").write_bytes(header.getvalue())
    with pytest.raises(ValueError, match="x.npy: not a readable"):
        load_motion_file(tmp_path / "x.npy")
