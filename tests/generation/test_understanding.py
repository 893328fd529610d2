"""A prompt that is not understood, or not read to its end, gets a word."""

import pytest

from motionlcm.cli.generate import main
from motionlcm.generation.understanding import prompt_notes


@pytest.mark.parametrize(
    "prompt",
    [
        "a person jumps",
        "They breakdance on the floor, then stand up.",
        "a man does a pirouette and a cartwheel",
        "walk forward",
        "someone walks 3 steps (slowly) & waves!",
        "a person does a piqué turn",
    ],
)
def test_english_gets_no_word(prompt):
    assert prompt_notes([prompt]) == []


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("一个人跳", "一个人跳"),
        ("человек прыгает", "человек, прыгает"),
        ("a person jumps 🕺", "🕺"),
        ("a person ジャンプ", "ジャンプ"),
        ("Osoba, skacze.", "Osoba, skacze"),
        ("kişi zıplıyor", "kişi, zıplıyor"),
        ("eine Person springt", "eine"),
        ("un homme marche en avant", "un"),
        ("xyzzy plugh", "xyzzy, plugh"),
    ],
)
def test_what_is_not_understood_is_named(prompt, named):
    assert prompt_notes(["a person waves", prompt]) == [f"not understood: {named}; write English"]


def test_a_prompt_beyond_the_tokens_that_are_read_is_told():
    (note,) = prompt_notes(["a person " + " ".join(["walks"] * 60)])
    assert note.startswith("only the first 31 words were read one by one")
    assert prompt_notes(["a person " + " ".join(["walks"] * 29)]) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_of_prompts_in_any_encoding(tmp_path, encoding, capsys):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text(
        "a person jumps\r\n\r\n# a comment\r\n人が飛ぶ\r\n", encoding=encoding, newline=""
    )
    arguments = ["--file", str(prompts), "--format", "npy", "--output", str(tmp_path / "out")]
    assert main([*arguments, "--seconds", "1"]) == 0

    printed = capsys.readouterr()
    assert "not understood: 人が飛ぶ; write English" in printed.err
    assert len(list((tmp_path / "out").glob("*.npy"))) == 2
    assert (tmp_path / "out" / "a-person-jumps.npy").is_file()


def test_a_file_that_is_no_unicode_names_the_line(tmp_path, capsys):
    prompts = tmp_path / "prompts.txt"
    prompts.write_bytes("a person jumps\na person does a piqué turn\n".encode("latin-1"))
    assert main(["--file", str(prompts)]) != 0
    assert "line 2" in capsys.readouterr().err
