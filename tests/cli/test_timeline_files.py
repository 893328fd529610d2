"""``motionlcm-generate --timeline``: files of a motion of several parts."""

import json

import pytest

from motionlcm import Motion
from motionlcm.cli.generate import main


@pytest.fixture
def timeline(tmp_path):
    path = tmp_path / "dance.json"
    rows = [{"prompt": "a person walks", "seconds": 2}, {"prompt": "a person bows", "seconds": 1.5}]
    path.write_text(json.dumps({"segments": rows}))
    return path


def test_a_timeline_becomes_files_of_its_name(tiny_model, timeline, tmp_path, capsys):
    arguments = ["--timeline", str(timeline), "--model", str(tiny_model), "--format", "npz,bvh"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    motion = Motion.load(tmp_path / "out" / "dance.npz")
    assert motion.num_frames == 70 and motion.features.shape == (70, 263)
    assert Motion.load(tmp_path / "out" / "dance.bvh").num_frames == 70
    assert "dance.npz (3.5 s, 1 step" in capsys.readouterr().out

    assert main([*arguments, "--output", str(tmp_path / "out"), "--resume"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_samples_have_seeds_of_their_own(tiny_model, timeline, tmp_path):
    arguments = ["--timeline", str(timeline), "--model", str(tiny_model), "--format", "npy"]
    assert main([*arguments, "--samples", "2", "--output", str(tmp_path)]) == 0
    files = sorted(path.name for path in tmp_path.glob("*.npy"))
    assert files == ["dance-0.npy", "dance-1.npy"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["a person walks"], "leave a prompt out"),
        (["--seconds", "3"], "leave --seconds out"),
        (["--file", "prompts.txt"], "leave --file out"),
        (["--steps", "3"], "--steps must be one of"),
    ],
)
def test_what_does_not_go_with_a_timeline_is_one_clear_line(
    tiny_model, timeline, more, words, capsys
):
    assert main(["--timeline", str(timeline), "--model", str(tiny_model), *more]) in (1, 2)
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_a_wrong_segment_is_named_before_anything_is_written(tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text('[{"prompt": "a person walks"}, {"prompt": "a person sits", "seconds": 0}]')
    assert main(["--timeline", str(path), "--output", str(tmp_path / "out")]) in (1, 2)
    assert "bad.json: segment 2: seconds must be 0.5" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_split_prompt_is_noted(tiny_model, tmp_path, capsys):
    arguments = ["a person walks, then sits down", "--model", str(tiny_model), "--format", "npy"]
    assert main([*arguments, "--output", str(tmp_path)]) == 0
    assert "in 2 parts: 'a person walks', then 'a person sits down'" in capsys.readouterr().err
    assert main([*arguments, "--output", str(tmp_path), "--no-split"]) == 0
    assert "parts" not in capsys.readouterr().err


def steered(folder, timeline, constraints):
    """The timeline's file with constraints in it."""
    path = folder / "steered.json"
    path.write_text(json.dumps({**json.loads(timeline.read_text()), "constraints": constraints}))
    return path


def test_a_timeline_keeps_to_the_constraints_in_its_file_and_of_the_flags(
    tiny_model, timeline, tmp_path
):
    walk = tmp_path / "way.csv"
    walk.write_text("seconds,x,z\n0,0,0\n3.4,0.5,2\n")
    pin = {"type": "effector_target", "joint": "head", "second": 2.5, "position": [0.3, 1.5, 1.4]}
    path = steered(tmp_path, timeline, [pin])
    arguments = ["--timeline", str(path), "--path", str(walk), "--model", str(tiny_model)]
    out = tmp_path / "out.npz"
    assert main([*arguments, "--effort", "preview", "--output", str(out)]) == 0
    motion = Motion.load(out)
    assert motion.num_frames == 70
    assert abs(motion.positions[50, 15] - [0.3, 1.5, 1.4]).max() < 2e-3
    assert abs(motion.positions[68, 0, [0, 2]] - [0.5, 2]).max() < 1e-3


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        ({"type": "root_path"}, "steered.json: constraints must be a list"),
        ([{"type": "root_path"}], "steered.json: constraint 0: root_path needs points"),
        (
            [{"type": "effector_target", "joint": "head", "second": 4, "position": [0, 1.5, 0]}],
            "head: frame 80 is past the end, there are frames 0 to 69",
        ),
        ([{"type": "pose_keyframe", "frame": 3, "motion": "none.bvh"}], "none.bvh"),
    ],
)
def test_wrong_constraints_of_a_timeline_are_one_clear_line(
    tiny_model, timeline, tmp_path, constraints, words, capsys
):
    path = steered(tmp_path, timeline, constraints)
    arguments = ["--timeline", str(path), "--model", str(tiny_model), "--format", "npy"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) in (1, 2)
    error = capsys.readouterr().err
    (line,) = [line for line in error.splitlines() if not line.startswith("note: ")]
    assert line.startswith("error: ") and words in line
    assert not list(tmp_path.glob("out/*"))


def test_a_timeline_is_written_for_the_program_that_is_asked_for(tiny_model, timeline, tmp_path):
    arguments = ["--timeline", str(timeline), "--model", str(tiny_model), "--preset", "mixamo"]
    assert main([*arguments, "--output", str(tmp_path)]) == 0
    assert "mixamorig" in (tmp_path / "dance.bvh").read_text()
