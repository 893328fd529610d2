"""The captions that a model keeps: laws of likeness, round trips, damaged files in one line."""

import dataclasses

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from motionlcm.models.asked import AskedActions
from motionlcm.models.known import Judge, KnownCaptions, Phrases, unit


def phrases(count, rng, *, words=3):
    lengths = rng.integers(1, words + 1, count)
    return Phrases(
        tuple(f"a person does {number}" for number in range(count)),
        unit(rng.normal(size=(count, 8))),
        unit(rng.normal(size=(lengths.sum(), 6))),
        np.cumsum(lengths),
    )


@pytest.fixture
def known():
    rng = np.random.default_rng(0)
    return KnownCaptions(
        phrases(20, rng),
        rng.integers(0, 5, 20),
        rng.integers(1, 9, 20).astype(np.float32),
        frozenset(("walk", "sit")),
        rng.normal(size=(12, 8)),
        rng.normal(size=(12, 6)),
        measured=phrases(4, rng),
        shares=np.array([0, 0.5, 1, 1], np.float32),
        judge=Judge((0.5,), (2.0,), (1.5,), -0.25, 0.3),
    )


def test_a_text_is_most_like_itself_and_likeness_is_even_handed(known):
    texts = known.captions
    for place in range(len(texts)):
        words = texts.words[texts.starts[place] : texts.ends[place]]
        cosine, agreement = texts.likeness(texts.sentences[place], words)
        assert cosine.argmax() == agreement.argmax() == place
        assert cosine[place] == pytest.approx(1) and agreement[place] == pytest.approx(1)
        for other in range(len(texts)):
            others = texts.words[texts.starts[other] : texts.ends[other]]
            back = texts.likeness(texts.sentences[other], others)[1][place]
            assert agreement[other] == pytest.approx(back)


def test_words_are_compared_as_their_definition_says(known):
    texts, rng = known.captions, np.random.default_rng(1)
    words = unit(rng.normal(size=(4, 6)))
    agreement = texts.likeness(texts.sentences[0], words)[1]
    for place in range(len(texts)):
        pairs = words @ texts.words[texts.starts[place] : texts.ends[place]].T
        found, covered = max(1e-9, pairs.max(1).mean()), max(1e-9, pairs.max(0).mean())
        assert agreement[place] == pytest.approx(2 * found * covered / (found + covered))


def test_a_text_without_content_words_agrees_with_nothing(known):
    texts = known.captions
    ends = texts.ends.copy()
    ends[3] = ends[2]  # its words now belong to the next one
    bare = dataclasses.replace(texts, ends=ends)
    assert bare.likeness(texts.sentences[0], texts.words[:2])[1][3] == 0
    assert (texts.likeness(texts.sentences[0], np.zeros((0, 6)))[1] == 0).all()


def test_a_table_is_read_as_it_was_written(known, tmp_path):
    known.write(tmp_path / "known.safetensors")
    again = KnownCaptions.read(tmp_path / "known.safetensors")
    assert again.captions.texts == known.captions.texts and again.vocabulary == known.vocabulary
    assert again.measured.texts == known.measured.texts and again.judge == known.judge
    for one, two in ((again.captions, known.captions), (again.measured, known.measured)):
        assert np.array_equal(one.ends, two.ends)
        assert np.abs(one.sentences - two.sentences).max() < 0.005
        assert np.abs(one.words - two.words).max() < 0.005
    assert np.array_equal(again.classes, known.classes)
    assert np.array_equal(again.shares, known.shares)
    largest = np.abs(known.word_basis).max(1, keepdims=True)  # one byte a number
    assert (np.abs(again.word_basis - known.word_basis) <= largest / 250).all()

    plain = dataclasses.replace(known, measured=None, shares=None, judge=None)
    plain.write(tmp_path / "plain.safetensors")
    again = KnownCaptions.read(tmp_path / "plain.safetensors")
    assert again.judge is None and again.measured is None and len(again.captions) == 20


def test_what_is_asked_for_is_read_as_it_was_written(known, tmp_path):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(len(known.sentence_basis), 3))
    asked = AskedActions(("claps", "sits down", "swims"), weights, np.array([0.5, -1.0, 0.0]))
    path = tmp_path / "known.safetensors"
    dataclasses.replace(known, asked=asked).write(path)
    again = KnownCaptions.read(path).asked
    assert again.names == asked.names
    sentences = unit(rng.normal(size=(20, len(weights))))
    np.testing.assert_allclose(again.chances(sentences), asked.chances(sentences), atol=0.01)

    less = dataclasses.replace(asked, names=asked.names[1:])
    dataclasses.replace(known, asked=less).write(path)
    with pytest.raises(ValueError, match="names, weights and bias of asked do not fit") as raised:
        KnownCaptions.read(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("captions_ends", lambda value: value[::-1]),
        ("captions_ends", lambda value: value[:-1]),
        ("captions_words", lambda value: value[1:]),
        ("classes", lambda value: value - 9),
        ("clips", lambda value: value * 0),
        ("clips", lambda value: value * np.float32(np.nan)),
        ("sentence_basis", lambda value: value[:, 1:]),
        ("shares", lambda value: value[1:]),
        ("measured_sentences", lambda value: value[:, 1:]),
    ],
)
def test_tables_that_do_not_fit_are_one_line_with_the_path(known, tmp_path, name, change):
    path = tmp_path / "known.safetensors"
    known.write(path)
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    tables = load_file(path)
    tables[name] = np.ascontiguousarray(change(tables[name]))
    save_file(tables, path, metadata)
    with pytest.raises(ValueError, match="is damaged") as raised:
        KnownCaptions.read(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x00" * 40])
def test_what_is_no_table_is_one_line(tmp_path, content):
    path = tmp_path / "known.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="known.safetensors is damaged"):
        KnownCaptions.read(path)


@pytest.mark.parametrize(
    "changes", [{"bias": None}, {"weights": []}, {"deviation": [0.0]}, {"mean": [float("nan")]}]
)
def test_a_judge_that_cannot_judge_is_refused(changes):
    values = vars(Judge((0.0,), (1.0,), (2.0,), 0.0, 0.5)) | changes
    with pytest.raises((ValueError, TypeError)):
        Judge.of(values)
    with pytest.raises(ValueError, match="judge has"):
        Judge.of({"mean": [0.0]})


def test_a_judge_is_the_logistic_function():
    judge = Judge((1.0, 0.0), (2.0, 1.0), (1.0, -3.0), 0.5, 0.5)
    value = 1 / (1 + np.exp(-((3 - 1) / 2 * 1.0 + 0.1 * -3.0 + 0.5)))
    assert judge.likelihood(np.array([3.0, 0.1])) == pytest.approx(value)
