"""motionlcm-convert: files with options, folders with a report, one clear line for the rest."""

import json

import numpy as np
import pytest

from motionlcm.cli.convert import main
from motionlcm.formats.bvh import read_bvh
from motionlcm.formats.gltf import read_glb
from motionlcm.motion.motion import Motion
from tests.formats.bodies import millimetres_between, tumbling_motion
from tests.formats.rigs import RIGS, write_rig


@pytest.fixture
def bodies(tmp_path):
    """A folder of good files of all kinds, and bad ones."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    body = tumbling_motion(1)
    for name in ("a.bvh", "b.npz", "c.npy", "deep/d.glb", "deep/e.amass.npz"):
        body.save(folder / name)
    (folder / "cut.bvh").write_bytes((folder / "a.bvh").read_bytes()[:3000])
    (folder / "renamed.glb").write_bytes((folder / "a.bvh").read_bytes())
    np.save(folder / "nan.npy", np.full((9, 22, 3), np.nan))
    (folder / "notes.txt").write_text("not a motion")
    return folder, body


@pytest.mark.parametrize(
    ("kind", "suffix"), [("bvh", ".bvh"), ("glb", ".glb"), ("amass", ".amass.npz"), ("npz", ".npz")]
)
def test_a_folder_becomes_a_folder_and_bad_files_are_named(bodies, tmp_path, capsys, kind, suffix):
    folder, body = bodies
    out = tmp_path / "out"
    assert main([str(folder), str(out), "--format", kind]) == 0
    shown = capsys.readouterr().out
    assert "wrote 5 of 8 files" in shown
    assert (
        "rejected: cut.bvh: " in shown
        and "rejected: renamed.glb: " in shown
        and "rejected: nan.npy: " in shown
    )
    report = json.loads((out / "report.json").read_text())
    assert report["converted"] == 5 and {row["file"] for row in report["rejected"]} == {
        "cut.bvh", "renamed.glb", "nan.npy",
    }  # fmt: skip
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    written = files - {"report.json", "report.html"}
    assert written == {f"{stem}{suffix}" for stem in ("a", "b", "c", "deep/d", "deep/e")}
    for name in written:
        assert millimetres_between(Motion.load(out / name).positions, body.positions) < 1.5


def test_two_files_of_one_name_do_not_overwrite_each_other(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for name in ("x.npz", "x.npy", "x.bvh"):
        tumbling_motion(1).save(tmp_path / "in" / name)
    before = (tmp_path / "in" / "x.npz").read_bytes()
    assert main([str(tmp_path / "in"), str(tmp_path / "out"), "--format", "glb"]) == 0
    assert "wrote 1 of 3" in capsys.readouterr().out
    assert main([str(tmp_path / "in"), str(tmp_path / "in"), "--format", "npz"]) == 2
    assert (
        "already there" in capsys.readouterr().err
        and (tmp_path / "in" / "x.npz").read_bytes() == before
    )


def test_options_reach_the_writers(tmp_path, capsys):
    tumbling_motion(1).save(tmp_path / "a.npz")
    bvh, glb = str(tmp_path / "a.bvh"), str(tmp_path / "a.glb")
    options = ["--joint-names", "mixamo", "--unit", "m", "--rotation-order", "xyz", "--fps", "30"]
    assert main([str(tmp_path / "a.npz"), bvh, *options]) == 0
    assert "30 fps" in capsys.readouterr().out
    raw = read_bvh(bvh)
    assert raw.names[0] == "mixamorig:Hips" and raw.fps == 30 and abs(raw.offsets).max() < 1
    assert "CHANNELS 3 Xrotation Yrotation Zrotation" in (tmp_path / "a.bvh").read_text()
    assert main([bvh, glb, "--joint-names", "motionbuilder", "--fps", "60"]) == 0
    raw = read_glb(glb)
    assert raw.names[0] == "Hips" and raw.fps == 60
    assert main([glb, str(tmp_path / "b.npz"), "--format", "amass"]) == 0
    with np.load(tmp_path / "b.npz") as file:
        assert file["poses"].shape[1] == 156 and float(file["mocap_framerate"]) == 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.npz", "x.fbx"], "unknown format '.fbx'"),
        (["a.npz", "x.glb", "--unit", "m"], "--unit does not go with glb files"),
        (["a.npz", "x.npy", "--joint-names", "mixamo"], "--joint-names does not go with npy files"),
        (["a.npz", "x.glb", "--format", "bvh"], "does not go with the name x.glb; end it in .bvh"),
        (["a.npz", "x.bvh", "--fps", "0"], "fps must be from 1 to 1000"),
        (["a.npz", "x.bvh", "--rotation-order", "XXY"], "order must be a permutation"),
        (["a.npz", "missing/x.bvh"], "no folder"),
        (["none.glb", "x.bvh"], "no such file"),
        (["a.npz", "empty"], "empty is a folder; name the file in it, such as empty/motion.bvh"),
        (["a.npz", "walk"], "walk has no suffix, which tells the format; end it in one of .mp4"),
        (["a.npz", ""], "OUTPUT is empty; give a file or a folder"),
        (["", "x.bvh"], "INPUT is empty; give a file or a folder"),
        ([".", "out"], "--format"),
        ([".", "out", "--format", "fbx"], "unknown format"),
        (["empty", "out", "--format", "bvh"], "holds no motion file"),
        (["bad", "out", "--format", "bvh"], "not one of 1 files could be converted; x.npy: "),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    tumbling_motion(1).save("a.npz")
    for name in ("empty", "bad"):
        (tmp_path / name).mkdir()
    np.save("bad/x.npy", np.ones((3, 3)))
    assert main(arguments) in (1, 2)
    error = capsys.readouterr().err
    assert words in error and error.startswith("error: ") and error.count("\n") == 1
    reports = {"report.json", "report.html"} if "bad" in arguments else set()  # files were tried
    assert {path.name for path in tmp_path.glob("out/*")} == reports
    left = {path.name for path in tmp_path.iterdir()} - {"out"}
    assert left == {"a.npz", "bad", "empty"}


def test_a_feature_store_is_not_taken_for_a_folder_of_motions(store, tmp_path, capsys):
    assert main([str(store), str(tmp_path / "out"), "--format", "bvh"]) == 2
    assert "is a feature store; leave --format out" in capsys.readouterr().err


def test_saving_refuses_options_that_a_format_lacks_and_resamples_every_format(tmp_path):
    body = tumbling_motion(1)
    with pytest.raises(
        ValueError,
        match="glb files have no option 'unit'; allowed: body, character, fps, gender, names",
    ):
        body.save(tmp_path / "x.glb", unit="m")
    for name in ("x.npz", "x.bvh", "x.glb", "x.amass.npz"):
        body.save(tmp_path / name, fps=10)
        assert Motion.load(tmp_path / name, fps=10).num_frames == (body.num_frames + 1) // 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "x.amass.npz",
        "x.bvh",
        "x.glb",
        "x.npz",
    ]


def test_a_motion_is_put_onto_a_character_or_a_programs_skeleton(tmp_path, capsys):
    hero = write_rig(tmp_path / "hero.glb", RIGS["unreal"])
    walk = tumbling_motion(1).save(tmp_path / "walk.npz")
    assert main([str(walk), str(tmp_path / "o.glb"), "--character", str(hero)]) == 0
    assert "upperarm_twist_01_l" in read_glb(tmp_path / "o.glb").names
    assert main([str(walk), str(tmp_path / "o.vrma"), "--character", str(hero)]) == 0
    assert main([str(walk), str(tmp_path / "o.bvh"), "--preset", "ue5"]) == 0
    assert read_bvh(tmp_path / "o.bvh").names[:2] == ("root", "pelvis")

    capsys.readouterr()
    assert main([str(walk), str(tmp_path / "p.bvh"), "--character", str(hero)]) == 2
    assert main([str(walk), str(tmp_path / "p.glb"), "--preset", "ue5"]) == 2
    assert main([str(walk), str(tmp_path / "p.glb"), "--character", str(walk)]) == 2
    shown = capsys.readouterr().err
    assert "--character does not go with bvh" in shown and "--preset does not go with glb" in shown
    assert "a character is a file that ends in" in shown
    assert not list(tmp_path.glob("p.*"))
