"""Numbers to vectors: sinusoids, guidance weight, positions; frames to tokens."""

import math

import pytest
import torch

from motionlcm.models.embeddings import LearnedPositions, guidance_embedding, sinusoid
from motionlcm.models.tokens import fold, fold_mask, mean_of_tokens


def test_a_sinusoid_has_the_stated_frequencies_and_unit_pairs():
    values, width = torch.tensor([0.0, 1.0, 7.0, 999.0]), 6
    embedding = sinusoid(values, width)
    for i in range(3):
        angle = values * 10000.0 ** (-i / 3)
        assert torch.allclose(embedding[:, i], angle.cos(), atol=1e-4)
        assert torch.allclose(embedding[:, 3 + i], angle.sin(), atol=1e-4)
    assert torch.allclose(embedding[:, :3] ** 2 + embedding[:, 3:] ** 2, torch.ones(4, 3))


def test_all_timesteps_are_told_apart():
    embedding = sinusoid(torch.arange(1000), 64)
    nearest = torch.cdist(embedding, embedding) + 9 * torch.eye(1000)
    assert nearest.min() > 0.1


def test_the_guidance_embedding_is_sines_then_cosines_of_a_thousand_times_the_weight():
    embedding = guidance_embedding(torch.tensor([0.0, 0.25]), 4)
    assert embedding[0].tolist() == [0.0, 0.0, 1.0, 1.0]
    expected = [math.sin(250), math.sin(250 / 10000), math.cos(250), math.cos(250 / 10000)]
    assert torch.allclose(embedding[1], torch.tensor(expected), atol=1e-4)


def test_positions_start_with_neighbours_near():
    table = LearnedPositions(50, 16).table.detach()
    distance = torch.cdist(table, table)
    assert (distance[20, 21] < distance[20, 25:]).all()


def test_positions_are_added_by_place():
    positions, x = LearnedPositions(9, 4), torch.randn(2, 3, 4)
    assert torch.equal(positions(x), x + positions.table[:3])
    places = torch.tensor([[0, 1, 8], [2, 2, 0]])
    assert torch.equal(positions(x, places)[1, 0], x[1, 0] + positions.table[2])
    assert torch.equal(positions(x, torch.arange(3).expand(2, 3)), positions(x))


def test_a_sequence_past_the_last_place_is_one_clear_error():
    with pytest.raises(ValueError, match="a sequence of 10 is longer than this model's 9 places"):
        LearnedPositions(9, 4)(torch.randn(1, 10, 4))


@pytest.mark.parametrize("frames, tokens", [(1, 1), (4, 1), (5, 2), (8, 2)])
def test_frames_are_joined_in_order_and_filled_up_with_zeros(frames, tokens):
    x = torch.arange(1.0, 2 * frames + 1).view(1, frames, 2)
    folded = fold(x, 4)
    assert folded.shape == (1, tokens, 8)
    assert torch.equal(folded.flatten()[: 2 * frames], x.flatten())
    assert (folded.flatten()[2 * frames :] == 0).all()


def test_a_token_is_real_where_any_of_its_frames_is():
    mask = torch.arange(9)[None] < torch.tensor([[9], [8], [5], [1]])
    assert fold_mask(mask, 4).tolist() == [
        [True, True, True],
        [True, True, False],
        [True, True, False],
        [True, False, False],
    ]


def test_the_mean_of_tokens_is_that_of_the_real_ones():
    x = torch.randn(2, 3, 4)
    mean = mean_of_tokens(x, torch.tensor([[True, False, True], [True, True, True]]))
    assert torch.allclose(mean[0], (x[0, 0] + x[0, 2]) / 2) and torch.allclose(
        mean[1], x[1].mean(0)
    )
