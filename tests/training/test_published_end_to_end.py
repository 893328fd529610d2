"""HumanML3D's and KIT-ML's folders by the real commands: prepare, train, generate, evaluate."""

import json

import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.cli.evaluate import main as evaluate
from motionlcm.cli.generate import main as generate
from motionlcm.cli.prepare import main as prepare
from motionlcm.cli.train import main as train
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.features import decode_positions
from motionlcm.motion.layout import KIT
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import KIT_21
from tests.conftest import TINY
from tests.published import write_humanml, write_kit

pytestmark = pytest.mark.slow


def trained(write, folder):
    """A tiny model of a published folder: (folder of the store, folder of the model)."""
    (folder / "tiny.yaml").write_text(json.dumps(TINY))
    assert prepare([str(write(folder / "in")), str(folder / "store")]) == 0
    arguments = [
        str(folder / "tiny.yaml"),
        f"data={folder / 'store'}",
        f"output={folder / 'run'}",
        "--debug",
    ]
    assert train(arguments) == 0
    return folder / "store", folder / "run" / "model"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return trained(write_kit, tmp_path_factory.mktemp("kit"))


def test_a_kit_model_generates_21_joints_at_its_frame_rate_in_metres(kit):
    pipeline = MotionPipeline.from_pretrained(kit[1])
    assert json.loads((kit[1] / "pipeline.json").read_text())["fps"] == 12.5
    motion, free = (
        pipeline(["a person walks fast"], seconds=12.0)[0],
        pipeline(["a person walks fast"])[0],
    )
    assert (
        motion.positions.shape == (150, 21, 3) and motion.fps == 12.5 and motion.skeleton is KIT_21
    )
    assert 2 < free.duration < 9.5  # the training clips last 3 to 9 seconds
    assert motion.features.shape == (150, 251)
    assert np.allclose(motion.positions, decode_positions(motion.features, KIT), atol=1e-5)
    assert 0.5 < np.median(motion.positions[:, 0, 1]) < 1.5  # the pelvis
    with pytest.raises(ValueError, match="0.5 to 15.68"):
        pipeline(["a person walks"], seconds=16.0)


def test_a_kit_motion_is_written_as_video_and_arrays_and_never_as_smpl(kit, tmp_path, capsys):
    arguments = [
        "a person walks fast",
        "--model",
        str(kit[1]),
        "--seconds",
        "1",
        "--output",
        str(tmp_path),
    ]
    assert generate([*arguments, "--format", "mp4,gif,npz,npy", "--size", "128x128"]) == 0
    assert (tmp_path / "a-person-walks-fast.mp4").stat().st_size > 1000
    motion = MotionPipeline.from_pretrained(kit[1])(["a person walks fast"], seconds=1.0)[0]
    back = Motion.load(tmp_path / "a-person-walks-fast.npz")
    assert (
        back.skeleton is KIT_21
        and back.fps == 12.5
        and np.array_equal(back.positions, motion.positions)
    )
    assert np.array_equal(back.features, motion.features)
    for kind in ("bvh", "glb", "amass.npz"):
        assert generate([*arguments, "--format", kind]) == 2
        error = capsys.readouterr().err
        assert "SMPL's 22 joints" in error and "21" in error and error.count("\n") == 1
    with pytest.raises(ValueError, match="22 joints"):
        _ = motion.mirrored().features
    assert np.allclose(motion.mirrored().mirrored().positions, motion.positions)


def test_a_kit_model_is_evaluated_but_not_probed(kit, store, tmp_path, capsys):
    data, model = kit
    target = tmp_path / "figures.json"
    arguments = [
        str(model),
        "--data",
        str(data),
        "--steps",
        "1",
        "--replications",
        "2",
        "--teacher",
    ]
    assert evaluate([*arguments, "--json", str(target), "--debug"]) == 0
    found = json.loads(target.read_text())["quality"]
    for row in found["rows"].values():
        assert all(
            np.isfinite(row[name]).all()
            for name in ("R@1", "R@3", "FID", "MM-Dist", "Diversity", "skate ratio")
        )
    assert found["rows"]["real"]["FID"][0] < 1e-6
    assert found["rows"]["real"]["limb length, worst deviation, %"][0] < 0.1  # of KIT's own bones
    assert 10 < found["vae"]["MPJPE root-aligned, mm"] < 2000  # millimetres, not KIT-ML's units
    capsys.readouterr()
    assert evaluate([str(model), "--probes"]) == 2
    assert "this model makes 21 (KIT-ML)" in capsys.readouterr().err
    assert evaluate([str(model), "--data", str(store)]) == 2
    assert "holds 263 features" in capsys.readouterr().err
    assert (
        evaluate(
            [*arguments[:3], "--evaluator", str(MotionPipeline.from_pretrained().folder.evaluator)]
        )
        == 2
    )
    assert "does not read the model's 251" in capsys.readouterr().err


def test_a_kit_store_goes_back_to_its_own_layout(kit, tmp_path):
    assert convert([str(kit[0]), str(tmp_path / "back")]) == 0
    source = kit[0].parent / "in"
    name = "new_joint_vecs/00003.npy"
    assert np.array_equal(np.load(tmp_path / "back" / name), np.load(source / name))
    joints = np.load(tmp_path / "back" / "new_joints" / "00003.npy")
    assert joints.shape[1:] == (21, 3) and np.median(joints[:, 0, 1]) > 100  # in the folder's unit


def test_humanml3ds_folder_end_to_end(tmp_path):
    data, model = trained(write_humanml, tmp_path)
    motion = MotionPipeline.from_pretrained(model)(["a person walks left"], seconds=2.0)[0]
    assert motion.positions.shape == (40, 22, 3) and motion.fps == 20
    assert np.array_equal(
        MotionPipeline.from_pretrained(model).statistics.features.mean,
        np.load(tmp_path / "in" / "Mean.npy").astype(np.float32),
    )
    target = tmp_path / "figures.json"
    assert (
        evaluate(
            [
                str(model),
                "--data",
                str(data),
                "--steps",
                "1",
                "--replications",
                "1",
                "--json",
                str(target),
            ]
        )
        == 0
    )
    rows = json.loads(target.read_text())["quality"]["rows"]
    assert np.isfinite(rows["student, 1 step"]["FID"]).all()
