"""A prompt that is not understood, or not read to its end, gets a word."""

import time

import pytest

from motionlcm.cli.generate import main
from motionlcm.generation.understanding import prompt_notes
from motionlcm.models.folder import PRETRAINED, ModelFolder


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
        ("eine Person springt", "eine, springt"),
        ("un homme marche en avant", "un"),
        ("xyzzy plugh", "xyzzy, plugh"),
    ],
)
def test_what_is_not_understood_is_named(prompt, named):
    assert prompt_notes(["a person waves", prompt]) == [f"not understood: {named}; write English"]


MODELS = sorted(path.parent.name for path in PRETRAINED.glob("*/pipeline.json"))
ORDINARY = """
a person kneels on one knee | someone waddles like a penguin | a man juggles three balls
she stomps her feet | a dancer pivots on the left heel | a hiker trudges through deep snow
two-footed hops across the room | he saunters along | a person shimmies and twirls
a drunk man staggers, stumbles and falls | they do jumping jacks | somebody does a cartwheel
a gymnast does three somersaults | a person moonwalks backwards | the girl tiptoes away
a soldier salutes stiffly | someone curtsies | an old man limps with a walking stick
a person crouches and crawls under a fence | he does burpees and push-ups | a child hopscotches
a boxer throws an uppercut | a player dribbles a basketball | a person shadowboxes
a figure skateboards downhill | someone breakdances on the floor | he facepalms
a person walks counterclockwise in a zigzag | she doesn't move | a person high-fives a friend
a zombie-like walk with outstretched arms | a person T-poses | a skier slaloms
the person swivels and flails | a man plays the ukulele | she meanders aimlessly
a person lunges forwards, squatting deeply | a ballerina does a pirouette and a plié
someone shuffles sideways 3 steps | a person catches frisbees
"""
MADE_UP = (
    "flurbles zibbets snorfling blorps frobnicates quimbles drizzit skrimbles tromfs brillops "
    "dwombles vorpally plimbles xyzzys".split()
)


@pytest.fixture(scope="module", params=MODELS)
def vocabulary(request):
    return ModelFolder.find(request.param).known.vocabulary


def test_ordinary_words_that_the_encoder_reads_in_pieces_get_no_word(vocabulary):
    prompts = [
        prompt.strip() for prompt in ORDINARY.replace("\n", "|").split("|") if prompt.strip()
    ]
    assert len(prompts) >= 40
    assert prompt_notes(prompts, vocabulary=vocabulary) == []


def test_what_a_models_captions_and_tested_prompts_say_gets_no_word():
    for name in MODELS:
        known = ModelFolder.find(name).known
        prompts = known.captions.texts[::8] + known.measured.texts[::8]
        notes = prompt_notes(prompts, vocabulary=known.vocabulary)
        assert [note for note in notes if note.startswith("not understood")] == []


@pytest.mark.parametrize("word", MADE_UP)
def test_a_made_up_word_is_named(word, vocabulary):
    notes = prompt_notes([f"a person {word} across the room"], vocabulary=vocabulary)
    assert len(notes) == 1 and notes[0].split(" (")[0] == f"not understood: {word}"
    assert "write English" not in notes[0]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("walsk", "walk"), ("jummps", "jumps"), ("dnaces", "dances"), ("krouches", "crouches")],
)
def test_a_misspelt_word_is_named_with_the_one_that_may_be_meant(word, meant, vocabulary):
    prompt = f"a person {word.title()}, then walks"
    assert prompt_notes([prompt], vocabulary=vocabulary) == [
        f'not understood: {word.title()} (did you mean "{meant}"?)'
    ]


def test_only_the_made_up_part_of_a_word_is_named():
    assert prompt_notes(["a person walk-flurbles and gromfs on"]) == [
        "not understood: flurbles, gromfs"
    ]
    assert prompt_notes(["flurbles"]) == ["not understood: flurbles; write English"]


def test_a_word_that_a_model_learned_is_known_to_it_alone():
    assert prompt_notes(["a person flurbles"], vocabulary={"flurbl"}) == []
    assert prompt_notes(["a person does a heian shodan"]) == ["not understood: heian, shodan"]


def test_a_word_of_ten_thousand_letters_is_told_at_once():
    start = time.perf_counter()
    (note, *_) = prompt_notes(["a person " + "flurb" * 2000])
    assert note.startswith("not understood: flurbflurb")
    assert time.perf_counter() - start < 2


def test_the_command_names_a_made_up_word(tmp_path, capsys):
    arguments = ["a person flurbles", "--seconds", "1", "--format", "npy"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    assert "note: not understood: flurbles\n" in capsys.readouterr().err


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
