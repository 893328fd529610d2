"""``--list`` shows what a model learned from, and makes no motion."""

import subprocess
import sys

import pytest

from motionlcm.cli.generate import main


def test_captions_with_the_words_are_listed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["--list", "sit", "--model", "small"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.endswith("captions kept have 'sit'") and int(head.split()[0]) >= 8
    assert all("sit" in line and "clip" in line for line in lines)
    assert not list(tmp_path.iterdir())


def test_of_what_no_caption_says_the_nearest_are_listed(capsys):
    assert main(["--list", "knits a scarf", "--model", "open"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0 of ") and lines[1] == "nearest:" and len(lines) == 10


def test_many_captions_are_cut_with_a_word(capsys):
    assert main(["--list", "walk"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 22 and "more; --list with more words" in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--list", " "], "--list needs words", 2),
        (["--list", "w\udcc3\udca1lk"], "no text", 2),
        (["--list", "sit", "--model", "large"], "no model 'large'", 2),
    ],
)
def test_what_cannot_be_listed_is_one_line(arguments, words, code, capsys):
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_listing_needs_no_torch():
    code = (
        "import sys; from motionlcm.cli.generate import main; main(['--list', 'guitar']);"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_a_prompt_that_was_never_learned_is_told_on_stderr(tmp_path, capsys):
    arguments = ["knits a scarf", "a person jumps", "--samples", "2", "--seconds", "0.5"]
    assert main([*arguments, "--format", "npy", "--output", str(tmp_path)]) == 0
    error = capsys.readouterr().err
    assert error.count("note: nothing like") == 1 and '"knits a scarf"' in error
