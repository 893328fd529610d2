"""A body model on a motion: found again, posed by the real smplx, written as GLB and AMASS."""

import numpy as np
import pytest

from motionlcm.formats.amass import load_amass
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.write import save_motion
from motionlcm.motion.motion import Motion
from tests.formats.bodies import millimetres_between, tumbling_motion
from tests.formats.smplh import posed_by_smplx, write_recording, write_smplh

pytest.importorskip("smplx")


@pytest.fixture
def model(tmp_path):
    return write_smplh(tmp_path / "models" / "smplh" / "SMPLH_NEUTRAL.npz")


def test_a_body_that_made_a_motion_is_found_again(tmp_path, model):
    from motionlcm.formats.body_fit import fit_body

    recording = write_recording(tmp_path / "walk.npz", gender="neutral", num_frames=60)
    truth, _ = load_amass(recording, body_models=tmp_path / "models")
    fitted = fit_body(
        Motion(truth.positions, fps=truth.fps), tmp_path / "models"
    )  # the angles are not told
    assert fitted.error < 0.004 and np.abs(fitted.betas).max() > 0.3
    assert np.isclose(
        fitted.error,
        np.linalg.norm(fitted.raw.positions - truth.positions, axis=-1).mean(),
        atol=1e-6,
    )


def test_refined_angles_are_what_the_real_smplx_needs(tmp_path, model):
    motion = tumbling_motion(1)
    plain = save_motion(motion, tmp_path / "plain.amass.npz")
    refined = save_motion(motion, tmp_path / "refined.amass.npz", body=tmp_path / "models")
    wanted = motion.positions[:, :, [0, 2, 1]] * [-1, 1, 1]
    apart = [
        np.linalg.norm(posed_by_smplx(path, model, 16) - wanted, axis=-1).mean()
        for path in (plain, refined)
    ]
    assert apart[1] < 0.7 * apart[0] and apart[1] < 0.03
    again, notes = load_motion_file(refined)
    there = posed_by_smplx(refined, model, 16)[:, :, [0, 2, 1]] * [-1, 1, 1]
    assert notes == [] and millimetres_between(again.positions, there) < 0.1


def test_the_skin_is_where_the_real_smplx_puts_it(tmp_path, model):
    import smplx
    import torch
    from smplx.vertex_ids import vertex_ids

    from motionlcm.formats.body_fit import fit_body

    fitted = fit_body(tumbling_motion(2), tmp_path / "models")
    with np.load(
        save_motion(tumbling_motion(2), tmp_path / "x.amass.npz", body=tmp_path / "models")
    ) as file:
        poses, trans, betas = (
            torch.tensor(file[key]).float() for key in ("poses", "trans", "betas")
        )
    body = smplx.SMPLH(
        str(model),
        ext="npz",
        num_betas=16,
        use_pca=False,
        flat_hand_mean=True,
        batch_size=len(poses),
        vertex_ids=dict.fromkeys(vertex_ids["smplh"], 0),
    )
    with torch.no_grad():
        skin = body(
            betas=betas[None].repeat(len(poses), 1),
            global_orient=poses[:, :3],
            body_pose=poses[:, 3:66],
            left_hand_pose=poses[:, 66:111],
            right_hand_pose=poses[:, 111:],
            transl=trans,
        ).vertices.numpy()
    assert millimetres_between(fitted.vertices(), skin[:, :, [0, 2, 1]] * [-1, 1, 1]) < 0.1


def test_a_glb_with_a_body_keeps_its_joints(tmp_path, model):
    from motionlcm.formats.body_fit import fit_body

    motion = tumbling_motion(3)
    path = save_motion(motion, tmp_path / "x.glb", body=tmp_path / "models")
    joints = fit_body(motion, tmp_path / "models").raw.positions
    assert millimetres_between(load_motion_file(path)[0].positions, joints) < 0.1
    assert path.read_bytes().count(b"WEIGHTS_0") == 1


def test_bad_bodies_are_one_clear_line(tmp_path, model):
    motion = tumbling_motion(1)
    with pytest.raises(
        ValueError, match=r"gender must be one of neutral, female, male, got 'none'"
    ):
        save_motion(motion, tmp_path / "x.glb", body=tmp_path / "models", gender="none")
    with np.load(model) as file:
        arrays = dict(file)
    for change, words in (
        ({"f": None}, "no f in it"),
        ({"f": np.full((2, 3), 999)}, "do not fit together"),
        ({"weights": np.ones((3, 52))}, "do not fit together"),
        ({"weights": np.zeros((160, 52))}, "do not fit together"),
        ({"weights": np.full((160, 52), np.nan)}, "do not fit together"),
    ):
        np.savez(model, **{k: v for k, v in {**arrays, **change}.items() if v is not None})
        with pytest.raises(ValueError, match=words):
            save_motion(motion, tmp_path / "x.glb", body=tmp_path / "models")
    with pytest.raises(FileNotFoundError, match="body models"):
        save_motion(motion, tmp_path / "x.amass.npz", body=tmp_path / "none")
    assert not (tmp_path / "x.glb").exists()
