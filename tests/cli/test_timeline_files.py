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
