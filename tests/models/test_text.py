"""The frozen text encoder: lengths, masks, truncation, folders."""

import numpy as np
import pytest
import torch

from motionlcm.integrity import check_sha256
from motionlcm.models.minilm import MAX_TOKENS, minilm_folder
from motionlcm.models.text import FrozenTextEncoder

LONG = "a person walks forward, " * 10


@pytest.fixture(scope="module")
def encoder():
    return FrozenTextEncoder()


def test_the_first_vector_is_the_mean_of_the_tokens_of_length_sqrt_of_the_width(encoder):
    tokens, mask = encoder.encode(["a person jumps"])
    mean = tokens[0, 1:].mean(0)  # all tokens are kept, so the mean can be taken here
    assert mask.all() and tokens.shape[-1] == encoder.width
    assert tokens[0, 0].norm() == pytest.approx(encoder.width**0.5, rel=1e-5)
    assert torch.allclose(tokens[0, 0] / encoder.width**0.5, mean / mean.norm(), atol=1e-5)


def test_a_long_caption_is_cut_to_the_token_limit(encoder):
    tokens, mask = encoder.encode([LONG, "a person jumps"])
    assert tokens.shape == (2, 1 + MAX_TOKENS, encoder.width)
    assert mask.sum(1).tolist() == [1 + MAX_TOKENS, 1 + 5]  # three words, begin and end
    assert (tokens[~mask] == 0).all()


def test_the_sentence_reads_on_past_the_token_limit(encoder):
    vectors = encoder.encode_sentences([LONG + "and jumps", LONG + "and sits down"])
    assert np.linalg.norm(vectors[0] - vectors[1]) > 0.05


def test_an_empty_caption_has_a_vector_too(encoder):
    tokens, mask = encoder.encode([""])
    assert mask.sum() == 3 and torch.isfinite(tokens).all()


def test_nothing_of_the_encoder_is_trained(encoder):
    assert not encoder.model.training
    assert not any(parameter.requires_grad for parameter in encoder.model.parameters())
    assert not encoder.encode(["a"])[0].requires_grad


def test_a_folder_of_the_same_files_gives_the_same_vectors(encoder):
    other = FrozenTextEncoder(str(minilm_folder()))
    for first, second in zip(encoder.encode([LONG]), other.encode([LONG]), strict=True):
        assert torch.equal(first, second)


def test_a_folder_that_is_no_encoder_is_one_clear_line(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="cannot be opened as a text encoder") as caught:
        FrozenTextEncoder(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_name_that_is_nowhere_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FileNotFoundError, match="hf download nobody/nothing"):
        FrozenTextEncoder("nobody/nothing")


def test_a_hash_is_checked_over_the_whole_file(tmp_path):
    import hashlib

    content = b"x" * (5 << 20)  # more than one chunk
    (tmp_path / "file").write_bytes(content)
    check_sha256(tmp_path / "file", hashlib.sha256(content).hexdigest())
    with pytest.raises(ValueError, match="not the official file: sha256 .*, expected 0000"):
        check_sha256(tmp_path / "file", "0" * 64)
