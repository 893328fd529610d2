"""The networks of the published figures: lengths, padding, what is left out."""

import pytest
import torch

from motionlcm.models.t2m import (
    NUM_TAGS,
    UNIT,
    WORD_WIDTH,
    T2MMotionEncoder,
    T2MMovementEncoder,
    T2MTextEncoder,
)


@pytest.fixture(autouse=True)
def _no_gradients():
    torch.manual_seed(0)
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("num_features", [263, 251])
def test_four_frames_become_one_movement_and_contacts_are_not_seen(num_features):
    encoder, features = T2MMovementEncoder(num_features, 8).eval(), torch.randn(2, 20, num_features)
    movements = encoder(features)
    assert movements.shape == (2, 20 // UNIT, 8)
    features[..., -4:] = 99
    assert torch.equal(encoder(features), movements)
    features[..., -5] = 99
    assert not torch.allclose(encoder(features), movements)


def test_padding_and_the_order_of_a_batch_change_no_motion():
    encoder, movements = T2MMotionEncoder().eval(), torch.randn(3, 6, 512)
    lengths = torch.tensor([2, 6, 4])
    vectors = encoder(movements, lengths)
    assert vectors.shape == (3, 512)
    for i, length in enumerate(lengths.tolist()):
        alone = encoder(movements[i : i + 1, :length], lengths[i : i + 1])
        assert torch.allclose(vectors[i], alone[0], atol=1e-5)


def test_words_and_their_kinds_are_both_read():
    encoder, words = T2MTextEncoder().eval(), torch.randn(2, 5, WORD_WIDTH)
    tags, lengths = torch.eye(NUM_TAGS)[:10].view(2, 5, NUM_TAGS), torch.tensor([5, 3])
    vectors = encoder.embed(words, tags, lengths)
    assert vectors.shape == (2, 512)
    assert not torch.allclose(encoder.embed(words, tags.roll(1, -1), lengths), vectors)
    assert not torch.allclose(encoder.embed(words + 1, tags, lengths), vectors)
    words[1, 3:] = 99
    assert torch.equal(encoder.embed(words, tags, lengths), vectors)
