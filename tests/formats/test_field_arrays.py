"""Arrays and parameters as tools leave them: confidences, batches, normalised numbers, no way."""

import numpy as np
import pytest

from motionlcm.formats.amass import save_amass
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, to_matrix
from tests.formats.test_field_rules import WALK, off, saved, smpl

CONFIDENCE = np.random.default_rng(0).uniform(0.3, 1, (len(WALK), 22, 1))
FOUR = np.concatenate([WALK, CONFIDENCE], axis=-1)


@pytest.mark.parametrize(
    "array",
    [
        FOUR,
        FOUR[None],
        FOUR.transpose(1, 2, 0),
        FOUR.reshape(len(FOUR), -1),
        FOUR * [1000, 1000, 1000, 1],
        np.concatenate([FOUR, FOUR[:, -2:]], axis=1),
    ],
)
def test_a_confidence_as_fourth_number_is_left_out_with_a_note(tmp_path, array):
    motion, notes = load_motion_file(saved(tmp_path / "x.npy", array))
    assert off(motion.positions) < 0.1
    assert any("a confidence, is left out" in note for note in notes)


def test_four_numbers_that_are_no_positions_are_refused(tmp_path):
    turns = from_axis_angle(np.random.default_rng(0).normal(size=(30, 22, 3)))
    with pytest.raises(ValueError, match="are quaternions"):
        load_motion_file(saved(tmp_path / "x.npy", turns))
    with pytest.raises(ValueError, match="no confidence from 0 to 1"):
        load_motion_file(saved(tmp_path / "x.npy", FOUR * 3))


@pytest.mark.parametrize(
    "array", [np.stack([WALK.reshape(len(WALK), -1)] * 2), WALK.reshape(len(WALK), 1, -1)]
)
def test_rows_may_come_in_batches(tmp_path, array):
    assert off(load_motion_file(saved(tmp_path / "x.npy", array))[0].positions) < 0.1


@pytest.mark.parametrize("array", [WALK[:1], WALK[0]])
def test_one_pose_is_a_motion_of_one_frame(tmp_path, array):
    motion, _ = load_motion_file(saved(tmp_path / "x.npy", array))
    assert motion.positions.shape == (1, 22, 3) and off(motion.positions, WALK[:1]) < 0.1


def test_positions_with_every_axis_normalised_are_refused(tmp_path):
    low, size = WALK.min(axis=(0, 1)), np.ptp(WALK, axis=(0, 1))
    numbers = WALK.reshape(-1, 3)
    for array in (
        (WALK - low) / size,
        2 * (WALK - low) / size - 1,
        (WALK - numbers.mean(0)) / numbers.std(0),
    ):
        with pytest.raises(ValueError, match="normalised; undo it first"):
            load_motion_file(saved(tmp_path / "x.npy", array))


def test_a_body_divided_by_its_largest_number_gets_its_size_back(tmp_path):
    motion, notes = load_motion_file(saved(tmp_path / "x.npy", WALK / np.abs(WALK).max()))
    assert any("as if normalised: scaled to legs" in note for note in notes)
    assert off(motion.positions) < 3  # the walker's legs are not quite 0.82 m long
    _, notes = load_motion_file(saved(tmp_path / "x.npy", WALK * 0.5))
    assert any("believed to be metres" in note for note in notes)


def test_positions_seen_from_the_root_are_put_on_the_floor(tmp_path):
    motion, notes = load_motion_file(saved(tmp_path / "x.npy", WALK - WALK[:, :1]))
    assert any("floor moved" in note for note in notes)
    assert abs(motion.positions[..., 1].min()) < 1e-4


def test_parameters_without_a_way_stay_in_their_place_on_the_floor(tmp_path):
    arrays = smpl()
    matrices = to_matrix(from_axis_angle(arrays["poses"]))
    np.savez(tmp_path / "x.npz", global_orient=matrices[:, :1], body_pose=matrices[:, 1:], fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert any("the body stays in its place" in note for note in notes)
    assert abs(motion.positions[..., 1].min()) < 1e-4
    assert np.ptp(motion.positions[:, 0], axis=0).max() < 1e-6


def in_form(form: str, turns: np.ndarray) -> np.ndarray:
    """Unit quaternions ``[T J 4]``, w first, in a form that tools write."""
    matrices = to_matrix(turns)
    return {
        "w first": turns,
        "w last": turns[..., [1, 2, 3, 0]],
        "columns": np.swapaxes(matrices, -1, -2)[..., :2, :].reshape(*turns.shape[:2], 6),
        "rows": matrices[..., :2, :].reshape(*turns.shape[:2], 6),
        "row by row": matrices[..., :2].reshape(*turns.shape[:2], 6),
        "matrices": matrices.reshape(*turns.shape[:2], 9),
    }[form]


@pytest.mark.parametrize("form", ["w first", "w last", "columns", "rows", "row by row", "matrices"])
@pytest.mark.parametrize("layout", ["whole", "flat", "parts", "flat parts"])
def test_parameters_in_other_forms_of_rotations_are_read(tmp_path, form, layout):
    save_amass(tmp_path / "walk.npz", Motion(WALK))
    walk = np.load(tmp_path / "walk.npz")
    angles, trans = walk["poses"].reshape(len(WALK), -1, 3)[:, :24], walk["trans"]
    angles[:, 4:6, 0] += 0.6  # knees and elbows bend as a person's do
    angles[:, 18:20, 1] += [-0.5, 0.5]
    numbers = in_form(form, from_axis_angle(angles))
    parts = {"poses": numbers}
    if "parts" in layout:
        parts = {"global_orient": numbers[:, :1], "body_pose": numbers[:, 1:]}
    if "flat" in layout:
        parts = {name: part.reshape(len(part), -1) for name, part in parts.items()}
    np.savez(tmp_path / "x.npz", trans=trans, fps=20, **parts)
    np.savez(tmp_path / "y.npz", poses=angles.reshape(len(WALK), -1), trans=trans, fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    expected, _ = load_motion_file(tmp_path / "y.npz")
    assert off(motion.positions, expected.positions) < 0.1
    if form != "matrices":
        assert any("rotations are read as" in note and form in note for note in notes), notes


def test_forms_that_numbers_do_not_tell_are_refused(tmp_path):
    still = np.zeros((20, 22, 4))
    still[..., 0] = 1
    wild = from_axis_angle(np.random.default_rng(0).normal(size=(20, 22, 3)) * 2)
    for turns, form, words in (
        (still, "columns", "bend too little to tell"),
        (wild, "w first", "neither clearly the first"),
    ):
        np.savez(tmp_path / "x.npz", poses=in_form(form, turns), trans=np.zeros((20, 3)), fps=20)
        with pytest.raises(ValueError, match=words):
            load_motion_file(tmp_path / "x.npz")


def test_parameters_of_a_camera_are_read_with_its_way(tmp_path):
    arrays = smpl()
    np.savez(
        tmp_path / "x.npz",
        pred_rotmat=to_matrix(from_axis_angle(arrays["poses"])),
        pred_trans=arrays["trans"][:, None] + [0, 0, 4],
        fps="20",
    )
    motion, _ = load_motion_file(tmp_path / "x.npz")
    assert motion.fps == 20 and (motion.positions[:, 15, 1] > motion.positions[:, 7, 1] + 1).all()


def test_joints_called_poses_are_no_angles(tmp_path):
    np.savez(tmp_path / "x.npz", pose=WALK, fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert off(motion.positions) < 0.1 and any("'pose' is read as joint" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("x.pth", "np.savez"),
        ("x.trc", "export BVH"),
        ("x.csv", "as npy"),
        ("x.usd", "export BVH, GLB or FBX"),
        ("x", "export BVH, GLB or FBX"),
    ],
)
def test_other_kinds_of_files_are_refused_with_a_remedy(tmp_path, name, remedy):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match=remedy):
        load_motion_file(tmp_path / name)


def test_other_rows_are_refused_with_a_remedy(tmp_path):
    with pytest.raises(ValueError, match=r"trans=rows\[:, 309:312\]"):
        load_motion_file(saved(tmp_path / "x.npy", np.zeros((9, 322))))
    np.savez(tmp_path / "x.npz", smpl=np.array({"poses": 1}, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="save plain arrays, np.savez"):
        load_motion_file(tmp_path / "x.npz")
