"""Constraints by flags: what cannot be is named in one line, whichever file asks for it."""

import json

import pytest

from motionlcm.cli.generate import main

PIN = {"type": "effector_target", "joint": "head", "frame": 9, "position": [0, 1.6, 0]}
WAY = {"type": "root_path", "points": [[0, 0], [0, 1]], "frames": [0, 19]}
ONE = "needs at least two points, got 1"
IMPOSSIBLE = {
    "two places at once": ([PIN, PIN | {"position": [0, 1.2, 0]}], "head is to be in two places"),
    "40 m/s": ([WAY | {"points": [[0, 0], [0, 40]]}], "at most 8 m/s are possible"),
    "under the floor": ([PIN | {"position": [0, -1, 0]}], "1.00 m under the floor"),
    "out of reach": ([PIN | {"position": [0, 4, 0]}], "out of reach at height 4.00 m"),
    "an unknown joint": ([PIN | {"joint": "tail"}], "no joint is called 'tail'"),
    "past the end": ([PIN | {"frame": 20}], "frame 20 is past the end"),
    "a path of one point": ([WAY | {"points": [[0, 0]], "frames": [0]}], ONE),
    "NaN": ([WAY | {"points": [[0, 0], [0, float("nan")]]}], "must be finite, got NaN"),
    "nothing": ([], "holds no constraints"),
}
PATHS = {
    "40 m/s": ("frame,x,z\n0,0,0\n19,0,40\n", "at most 8 m/s are possible"),
    "past the end": ("frame,x,z\n0,0,0\n20,0,1\n", "frame 20 is past the end"),
    "a path of one point": ("x,z\n0,0\n", ONE),
    "NaN": ("x,z\n0,0\nnan,1\n", "must be finite, got NaN"),
    "one place": ("x,z\n1,1\n1,1\n", "all points of the root path are the same"),
    "a million points": ("x,z\n" + "0,0\n" * 1_000_000, "has 1,000,001 lines"),
}


def told(capsys, tiny_model, tmp_path, *flags):
    """The one line that refuses."""
    with_model = ["--model", str(tiny_model), "--output", str(tmp_path / "out.npy")]
    code = main(["a person walks", "--seconds", "1", "--effort", "preview", *with_model, *flags])
    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2 and line.startswith("error: ") and len(line) < 500
    assert not (tmp_path / "out.npy").exists()
    return line


@pytest.mark.parametrize("wish", IMPOSSIBLE)
def test_impossible_constraints_of_a_file_are_named_in_one_line(capsys, tiny_model, tmp_path, wish):
    file, (entries, words) = tmp_path / "wishes.json", IMPOSSIBLE[wish]
    file.write_text(json.dumps({"constraints": entries}))
    assert words in told(capsys, tiny_model, tmp_path, "--constraints", str(file))


def test_a_million_pins_are_refused_in_one_line(capsys, tiny_model, tmp_path):
    file, count = tmp_path / "wishes.json", 1_000_000
    frames, place = ",".join(["9"] * count), ",".join(["[0,1.6,0]"] * count)
    pin = '{"type": "effector_target", "joint": "head", "frames": [%s], "positions": [%s]}'
    file.write_text('{"constraints": [' + pin % (frames, place) + "]}")
    line = told(capsys, tiny_model, tmp_path, "--constraints", str(file))
    assert "at most 10,000 positions of head are allowed, got 1,000,000" in line


@pytest.mark.parametrize("path", PATHS)
def test_impossible_paths_of_a_table_are_named_in_one_line(capsys, tiny_model, tmp_path, path):
    file, (text, words) = tmp_path / "path.csv", PATHS[path]
    file.write_text(text)
    assert words in told(capsys, tiny_model, tmp_path, "--path", str(file))
