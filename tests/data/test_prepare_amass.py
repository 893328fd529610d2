"""AMASS to HumanML3D's layout: the steps of its own preprocessing, on a subject posed by smplx."""

import json

import numpy as np
import pytest

from motionlcm.cli.prepare import main
from motionlcm.data.prepare import prepare
from motionlcm.data.store import FeatureStore, feature_statistics
from motionlcm.motion.features import encode_features
from tests.conftest import walking
from tests.formats.smplh import posed_by_smplx, write_recording, write_smplh

pytest.importorskip("smplx")
#: HumanML3D's own lists: what is on the right changes places with what is on the left.
RIGHT, LEFT = [2, 5, 8, 11, 14, 17, 19, 21], [1, 4, 7, 10, 13, 16, 18, 20]


@pytest.fixture
def amass(tmp_path):
    """(source, models, index): recordings with a T-pose to leave out, female, and damaged."""
    source, models, meta = tmp_path / "amass", tmp_path / "models", tmp_path / "meta"
    write_smplh(models / "smplh" / "male" / "model.npz", seed=1)
    write_smplh(models / "smplh" / "female" / "model.npz", seed=2)
    write_recording(source / "KIT" / "3" / "walk 01_poses.npz", 1, num_frames=400, fps=100)
    write_recording(
        source / "MPI_HDM05" / "bk" / "kick_poses.npz", 2, num_frames=700, fps=120, gender="female"
    )
    (source / "KIT" / "3" / "broken_poses.npz").write_bytes(b"PK\3\4junk")
    (source / "humanact12").mkdir()
    waving = walking(30)[:, [*range(22), 20, 21]]  # and hands
    np.save(source / "humanact12" / "P01.npy", waving)
    meta.mkdir()
    (meta / "index.csv").write_text(
        "source_path,start_frame,end_frame,new_name\n"
        "./pose_data/KIT/3/walk 01_poses.npy,5,60,000000.npy\n"
        "./pose_data/MPI_HDM05/bk/kick_poses.npy,0,40,000001.npy\n"
        "./pose_data/KIT/3/broken_poses.npy,0,40,000002.npy\n"
        "./pose_data/KIT/3/absent_poses.npy,0,40,000003.npy\n"
        "./pose_data/KIT/3/walk 01_poses.npy,0,4,000004.npy\n"
        "./pose_data/humanact12/P01.npy,0,10,000005.npy\n"
    )
    for name, words in {
        "000000": "a man walks to the left",
        "000001": "she kicks",
        "000005": "a man waves",
    }.items():
        (meta / f"{name}.txt").write_text(f"{words}#a/DET#0.0#0.0\n")
    (meta / "M000001.txt").write_text("she kicks, mirrored#a/DET#0.0#0.0\n")
    (meta / "train.txt").write_text("000000\nM000000\n000001\nM000001\n000005\nM000005\n")
    return source, models, meta


def expected_joints(recording, model, lead: int, start: int, stop: int, step: int) -> np.ndarray:
    """HumanML3D's steps, spelled out: pose, every n-th frame, swap Y and Z, cut, negate X."""
    joints = posed_by_smplx(recording, model, 10)[::step]
    joints = joints @ np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    joints = joints[lead:][start:stop].copy()
    joints[..., 0] *= -1
    return joints


def mirrored(joints: np.ndarray) -> np.ndarray:
    joints = joints * [-1, 1, 1]
    swapped = joints.copy()
    swapped[:, RIGHT], swapped[:, LEFT] = joints[:, LEFT], joints[:, RIGHT]
    return swapped


def test_index_texts_and_splits_become_humanml3ds_folder(amass, tmp_path, capsys):
    source, models, meta = amass
    out = tmp_path / "out"
    arguments = [
        "amass",
        str(source),
        str(out),
        "--body-models",
        str(models),
        "--index",
        str(meta / "index.csv"),
    ]
    assert main([*arguments, "--texts", str(meta)]) == 0
    report = json.loads((out / "report.json").read_text())
    assert {row["clip"]: row["reason"].split(":")[0] for row in report["rejected"]} == {
        "000002": "unreadable", "000003": "no recording", "000004": "too short",
    }  # fmt: skip
    assert "6 clips" in capsys.readouterr().out and report["accepted"] == 6
    male, female = (models / "smplh" / kind / "model.npz" for kind in ("male", "female"))
    walk = expected_joints(source / "KIT" / "3" / "walk 01_poses.npz", male, 0, 5, 60, 5)
    kick = expected_joints(source / "MPI_HDM05" / "bk" / "kick_poses.npz", female, 60, 0, 40, 6)
    assert (len(walk), len(kick)) == (55, 40)
    wanted = {"000000": walk, "M000000": mirrored(walk), "000001": kick, "M000001": mirrored(kick)}
    for name, joints in wanted.items():
        features = np.load(out / "new_joint_vecs" / f"{name}.npy")
        assert features.shape == (len(joints) - 1, 263)
        assert np.allclose(features[:, :-4], encode_features(joints)[:, :-4], atol=2e-4), name
        assert np.load(out / "new_joints" / f"{name}.npy").shape == (len(joints) - 1, 22, 3)
    assert len(np.load(out / "new_joints" / "000005.npy")) == 29  # humanact12 is not cut
    assert (out / "texts" / "M000000.txt").read_text().startswith("a man walks to the right#")
    assert (out / "texts" / "M000001.txt").read_text() == "she kicks, mirrored#a/DET#0.0#0.0\n"
    assert (out / "train.txt").read_text().split() == [
        "000000",
        "M000000",
        "000001",
        "M000001",
        "000005",
        "M000005",
    ]
    arrays = [
        np.load(out / "new_joint_vecs" / f"{name}.npy")
        for name in (out / "train.txt").read_text().split()
    ]
    assert np.allclose(np.load(out / "Mean.npy"), np.concatenate(arrays).mean(axis=0), atol=1e-5)
    _, std = feature_statistics(
        arrays
    )  # of the clips and their mirror images, which are there already
    assert np.allclose(np.load(out / "Std.npy"), std, rtol=0.05)
    prepare(out, tmp_path / "store", min_frames=8)  # HumanML3D's own protocol asks for 40
    assert len(FeatureStore.open(tmp_path / "store").clips) == 6


def test_without_an_index_every_recording_is_a_clip(amass, tmp_path):
    source, models, _ = amass
    assert main(["amass", str(source), str(tmp_path / "out"), "--body-models", str(models)]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["accepted"] == 4 and [row["clip"] for row in report["rejected"]] == [
        "KIT_3_broken_poses"
    ]
    splits = [
        (tmp_path / "out" / f"{split}.txt").read_text().splitlines()
        for split in ("train", "val", "test")
    ]
    for plain in ("KIT_3_walk 01_poses", "MPI_HDM05_bk_kick_poses"):
        assert [plain in names for names in splits] == [f"M{plain}" in names for names in splits]
    assert (
        (tmp_path / "out" / "texts" / "KIT_3_walk 01_poses.txt")
        .read_text()
        .startswith("walk 01 poses#")
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda meta: (meta / "index.csv").unlink(), "index.csv comes with HumanML3D"),
        (
            lambda meta: (meta / "index.csv").write_text("a,b\n1,2\n"),
            "line 2: expected the columns source_path",
        ),
        (
            lambda meta: (meta / "index.csv").write_text(
                "source_path,start_frame,end_frame,new_name\n./pose_data/../../x.npy,0,1,a.npy\n"
            ),
            "leaves the folder",
        ),
    ],
)
def test_a_bad_index_is_one_clear_line(amass, tmp_path, capsys, change, words):
    source, models, meta = amass
    change(meta)
    arguments = ["amass", str(source), str(tmp_path / "out"), "--body-models", str(models)]
    assert main([*arguments, "--index", str(meta / "index.csv")]) in (1, 2)
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (tmp_path / "out").exists()
