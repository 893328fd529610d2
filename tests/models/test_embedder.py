"""The embedder: vectors of length one, padding, the contrastive loss."""

import math

import pytest
import torch

from motionlcm.models.embedder import TextMotionEmbedder, contrastive_loss

SMALL = {"num_features": 6, "text_width": 5, "embedding_width": 7, "width": 8, "feedforward": 12}
SHARP = torch.tensor(math.log(1e-3))


@pytest.fixture
def embedder():
    torch.manual_seed(0)
    return TextMotionEmbedder(**SMALL, frames_per_token=4).eval()


def mask_of(*lengths):
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


def test_padding_and_the_order_of_a_batch_change_no_vector(embedder):
    features, mask = torch.randn(3, 13, 6), mask_of(13, 5, 8)
    text, text_mask = torch.randn(3, 6, 5), mask_of(2, 6, 1)
    motions, texts = embedder.embed_motion(features, mask), embedder.embed_text(text, text_mask)
    for i, (frames, words) in enumerate(((13, 2), (5, 6), (8, 1))):
        motion = embedder.embed_motion(features[i : i + 1, :frames], mask[i : i + 1, :frames])
        caption = embedder.embed_text(text[i : i + 1, :words], text_mask[i : i + 1, :words])
        assert torch.allclose(motions[i], motion[0], atol=1e-5)
        assert torch.allclose(texts[i], caption[0], atol=1e-5)
    order = torch.tensor([2, 0, 1])
    assert torch.allclose(embedder.embed_motion(features[order], mask[order]), motions[order])


def test_vectors_have_length_one(embedder):
    motions = embedder.embed_motion(torch.randn(2, 9, 6), mask_of(9, 4))
    texts = embedder.embed_text(torch.randn(2, 3, 5), mask_of(3, 1))
    for vectors in (motions, texts):
        assert vectors.shape == (2, 7)
        assert torch.allclose(vectors.norm(dim=-1), torch.ones(2), atol=1e-5)


def test_the_loss_is_zero_for_a_perfect_match_and_log_n_for_none():
    vectors, nothing = torch.eye(4), torch.eye(4).bool()
    assert contrastive_loss(vectors, vectors, SHARP, nothing) < 1e-6
    same = torch.ones(4, 4) / 2
    assert contrastive_loss(same, same, SHARP, nothing).item() == pytest.approx(math.log(4))


def test_pairs_that_say_the_same_are_neither_match_nor_mismatch():
    motion = torch.eye(4)
    text = motion.clone()
    text[1] = text[0]  # the second caption says what the first says
    is_same = torch.eye(4).bool()
    confused = contrastive_loss(motion, text, SHARP, is_same)
    is_same[0, 1] = is_same[1, 0] = True
    assert contrastive_loss(motion, text, SHARP, is_same) < confused


def test_motion_and_text_have_the_same_part_in_the_loss():
    torch.manual_seed(0)
    motion, text = torch.nn.functional.normalize(torch.randn(2, 5, 7), dim=-1)
    is_same = torch.eye(5).bool()
    losses = [contrastive_loss(*pair, SHARP, is_same) for pair in ((motion, text), (text, motion))]
    assert torch.allclose(*losses)
