"""Files of prompts: lengths of each, in text, CSV and JSON; one clear line for the rest."""

import numpy as np
import pytest

from motionlcm.cli.generate import main
from motionlcm.cli.prompt_files import read_prompt_file
from motionlcm.motion.motion import Motion

PROMPTS = ["a person jumps", "a person walks, then waves"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "# two\na person jumps\t2.5\n\na person walks, then waves\n"),
        ("a.csv", 'prompt,seconds\na person jumps,2.5\n"a person walks, then waves",\n'),
        ("a.csv", 'Seconds;Text\r\n2.5;a person jumps\r\n;"a person walks, then waves"\r\n'),
        ("a.csv", 'a person jumps,2.5\n"a person walks, then waves"\n'),
        ("a.csv", "Prompt;Seconds\na person jumps;2,5\na person walks, then waves;\n"),
        ("a.txt", "a person jumps\t2,5\na person walks, then waves\n"),
        ("a.tsv", "caption\tseconds\na person jumps\t2.5\na person walks, then waves\t\n"),
        ("a.json", '["skip", {"prompt": "a"}]'),
        ("a.jsonl", '{"prompt": "a person jumps", "seconds": 2.5}\n"a person walks, then waves"\n'),
        ("a.json", '[{"text": "a person jumps", "seconds": 2.5}, "a person walks, then waves"]'),
    ],
)
def test_prompts_and_their_lengths_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text, newline="")
    content = read_prompt_file(tmp_path / name)
    if "skip" in text:
        assert content.prompts == ["skip", "a"] and content.seconds == [None, None]
        return
    assert content.prompts == PROMPTS
    assert content.seconds == [2.5, None]
    assert content.notes == []


def test_frames_and_text_of_the_published_code_are_read_with_a_note(tmp_path):
    (tmp_path / "a.txt").write_text("50 a man kicks with his left leg.\n100 a person walks\n")
    content = read_prompt_file(tmp_path / "a.txt")
    assert content.prompts == ["a man kicks with his left leg.", "a person walks"]
    assert content.seconds == [2.5, 5.0]
    assert "frames at 20 fps" in content.notes[0]


def test_other_columns_are_named(tmp_path):
    (tmp_path / "a.csv").write_text("id,prompt\n1,a person jumps\n")
    content = read_prompt_file(tmp_path / "a.csv")
    assert content.prompts == ["a person jumps"] and "left out: id" in content.notes[0]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "a person\tfast\n", "line 1: 'fast' is no number of seconds"),
        ("a.txt", "a person jumps\tnan\n", "line 1: 'nan' is no number"),
        ("a.txt", "# only a comment\n", "holds no prompt"),
        ("a.txt", "a person jumps\n\t3\n", "line 2: found no prompt"),
        ("a.csv", "prompt,seconds\na person walks, then waves,2\n", "line 2: 3 columns"),
        ("a.csv", 'prompt\n"a person walks\n', "no CSV"),
        ("a.csv", "prompt,seconds\n,2\n", "line 2: found no prompt"),
        ("a.jsonl", '{"prompt": "a"}\n{"prompt"\n', "line 2: no JSON"),
        ("a.jsonl", '{"words": "a"}\n', "line 1: found no prompt"),
        ("a.jsonl", '{"prompt": "a", "seconds": true}\n', "True is no number"),
        ("a.json", '{"prompt": "a"}', "expected a list"),
        ("a.json", "[3]", "item 1: found 3"),
        ("a.txt", "a person jumps\t2\na person walks\t50\n", "got 50 for 'a person walks'"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, monkeypatch, capsys, name, text, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)
    assert main(["--file", name]) in (1, 2)
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and error.startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_missing_file_says_what_to_give(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    assert main(["--file", name]) == 2
    error = capsys.readouterr().err
    assert "Errno" not in error and "give a text file with a prompt on each line" in error


def test_every_motion_has_its_own_length_alone_sharded_and_resumed(tmp_path):
    lines = ["a person jumps\t1.5", "a person walks\t3", "a person waves", "a person runs\t2"]
    (tmp_path / "prompts.txt").write_text("\n".join(lines))
    out = tmp_path / "out"
    arguments = ["--file", str(tmp_path / "prompts.txt"), "--format", "npz", "--output", str(out)]
    arguments += ["--seconds", "1", "--samples", "2"]
    assert main([*arguments, "--shard", "2/2"]) == 0
    assert main([*arguments, "--resume"]) == 0

    frames = {"jumps": 30, "walks": 60, "waves": 20, "runs": 40}
    for verb, count in frames.items():
        for seed in (0, 1):
            assert Motion.load(out / f"a-person-{verb}-{seed}.npz").num_frames == count

    alone = tmp_path / "alone.npz"
    assert main(["a person walks", "--seconds", "3", "--seed", "1", "--output", str(alone)]) == 0
    together = Motion.load(out / "a-person-walks-1.npz")
    assert np.abs(Motion.load(alone).positions - together.positions).max() < 1e-5
