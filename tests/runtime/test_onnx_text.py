"""The text encoder without torch gives what the torch one gives."""

import numpy as np
import pytest

from motionlcm.models.minilm import MAX_TOKENS
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.runtime.text import OnnxTextEncoder

LONG = "a person walks forward, " * 60  # past what either run-time reads
CAPTIONS = ["a person jumps", "x", "", "un café — 跳", LONG]


@pytest.fixture(scope="module")
def encoder():
    return OnnxTextEncoder()


def test_the_vectors_are_those_of_the_torch_encoder(encoder):
    ours, mask = encoder.encode(CAPTIONS)
    theirs, their_mask = FrozenTextEncoder().encode(CAPTIONS)
    assert np.array_equal(mask, their_mask.numpy())
    assert ours.dtype == np.float32 and np.abs(ours - theirs.numpy()).max() < 1e-4


def test_the_first_vector_is_the_sentence_of_length_sqrt_of_the_width(encoder):
    tokens, _ = encoder.encode(CAPTIONS)
    assert np.allclose(np.linalg.norm(tokens[:, 0], axis=-1), 384**0.5, atol=1e-4)


def test_padding_is_zero_and_a_batch_changes_no_vector(encoder):
    tokens, mask = encoder.encode(CAPTIONS[:4])
    assert (tokens[~mask] == 0).all() and mask[:, 0].all()
    for i, caption in enumerate(CAPTIONS[:4]):
        alone, alone_mask = encoder.encode([caption])
        assert alone_mask.all() and mask[i].sum() == alone.shape[1]
        assert np.abs(tokens[i, : alone.shape[1]] - alone[0]).max() < 1e-5


def test_a_long_caption_is_cut_to_the_token_limit_but_its_sentence_reads_on(encoder):
    tokens, mask = encoder.encode([LONG])
    assert tokens.shape == (1, 1 + MAX_TOKENS, 384) and mask.all()
    shorter, _ = encoder.encode(["a person walks forward, " * 10])  # past the limit of tokens too
    assert shorter.shape == tokens.shape
    assert np.abs(shorter[:, 0] - tokens[:, 0]).max() > 1e-2


def test_a_caption_that_comes_again_has_the_vectors_of_the_first():
    encoder = OnnxTextEncoder()
    captions = ["a person jumps", "a person walks in a circle", "a person jumps"]
    vectors, mask = encoder.encode(captions)
    for caption, row, is_real in zip(captions, vectors, mask, strict=True):
        (alone,), (known,) = encoder.encode([caption])
        np.testing.assert_allclose(row[is_real], alone[known], atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert mask.shape == vectors.shape[:2] == (3, mask[1].sum())
