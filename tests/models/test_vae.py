"""The motion VAE: padding, order, lengths, the algebra of blended seams."""

import pytest
import torch

from motionlcm.models.vae import LatentDistribution, MotionVAE, _blend

SMALL = {"num_features": 6, "latent_channels": 5, "width": 8, "num_layers": 1, "feedforward": 12}
LAYOUTS = [{"frames_per_token": 4, "overlap": 2}, {"frames_per_token": 3}, {"num_latents": 2}]


def mask_of(*lengths):
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


def vae_of(**settings):
    torch.manual_seed(0)
    return MotionVAE(**{**SMALL, **settings}).eval()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_batch_is_the_order_of_its_output(layout):
    vae, mask = vae_of(**layout), mask_of(13, 4, 9)
    features, order = torch.randn(3, 13, 6), torch.tensor([2, 0, 1])
    latents = vae.encode(features, mask).mean
    assert torch.allclose(vae.encode(features[order], mask[order]).mean, latents[order], atol=1e-5)
    decoded = vae.decode(latents, mask)
    assert torch.allclose(vae.decode(latents[order], mask[order]), decoded[order], atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("frames", [1, 4, 13])
def test_a_mask_of_all_frames_is_as_none_and_lengths_are_kept(layout, frames):
    vae, features = vae_of(**layout), torch.randn(2, frames, 6)
    latents, mask = vae.encode(features), torch.ones(2, frames, dtype=torch.bool)
    assert torch.allclose(vae.encode(features, mask).mean, latents.mean, atol=1e-6)
    assert latents.mean.shape[1] == vae.token_mask(mask).shape[1]
    assert vae.decode(latents.mean, mask).shape == features.shape


def test_a_longer_padding_moves_no_seam():
    vae, latents = vae_of(frames_per_token=4, overlap=2), torch.randn(1, 5, 5)
    mask = mask_of(18, 10)[1:]  # three tokens of five are real
    short = vae.decode(latents[:, :3], mask[:, :10])
    other = latents.clone()
    other[:, 3:] = 50
    assert torch.allclose(vae.decode(other, mask)[:, :10], short, atol=1e-5)


def test_tokens_are_real_where_they_hold_a_real_frame():
    assert vae_of(frames_per_token=4).token_mask(mask_of(9, 4)).tolist() == [
        [True, True, True],
        [True, False, False],
    ]
    assert vae_of(num_latents=2).token_mask(mask_of(9, 4)).tolist() == [[True, True]] * 2


def test_without_overlap_nothing_is_blended():
    drawn = torch.randn(2, 3, 4, 6)
    assert torch.equal(_blend(drawn, torch.ones(2, 3, dtype=torch.bool), 0), drawn)


@pytest.mark.parametrize("overlap", [1, 2])
def test_where_all_tokens_draw_the_same_curve_blending_keeps_it(overlap):
    curve = torch.randn(2, 12 + 2 * overlap, 6)
    drawn = curve.unfold(1, 4 + 2 * overlap, 4).transpose(2, 3)  # [2 3 overlap+4+overlap 6]
    blended = _blend(drawn, torch.ones(2, 3, dtype=torch.bool), overlap).flatten(1, 2)
    assert torch.allclose(blended, curve[:, overlap:-overlap], atol=1e-6)


def test_a_seam_is_crossed_in_even_steps():
    levels = torch.tensor([0.0, 8.0]).view(1, 2, 1, 1).expand(1, 2, 8, 1)  # two flat tokens
    blended = _blend(levels, torch.ones(1, 2, dtype=torch.bool), 2).flatten()
    assert blended.tolist() == [0, 0, 1, 3, 5, 7, 8, 8]


def test_a_neighbour_that_is_padding_does_not_draw():
    levels = torch.tensor([0.0, 8.0]).view(1, 2, 1, 1).expand(1, 2, 8, 1)
    blended = _blend(levels, torch.tensor([[True, False]]), 2)
    assert blended[0, 0].flatten().tolist() == [0, 0, 0, 0]


def test_the_divergence_is_that_of_gaussians():
    latent = LatentDistribution(torch.tensor([0.0, 1.5]), torch.tensor([0.0, -0.7]))
    normal = torch.distributions.Normal
    ours = normal(latent.mean, (0.5 * latent.log_variance).exp())
    expected = torch.distributions.kl_divergence(ours, normal(0, 1))
    assert torch.allclose(latent.kl(), expected, atol=1e-6) and latent.kl()[0] == 0


def test_samples_have_the_mean_and_deviation_that_are_stated():
    latent = LatentDistribution(torch.full((20000,), 3.0), torch.full((20000,), 0.5).log() * 2)
    samples = latent.sample(torch.Generator().manual_seed(0))
    assert abs(samples.mean() - 3) < 0.02 and abs(samples.std() - 0.5) < 0.02


def test_latents_depend_on_the_encoders_weights_and_on_no_others():
    vae, features = vae_of(), torch.randn(2, 16, 6)
    before, state = vae.encode(features).mean, vae.encoder_state()
    with torch.no_grad():
        for name, parameter in vae.named_parameters():
            if name not in state:
                parameter.normal_()
    assert torch.equal(vae.encode(features).mean, before)
    other = vae_of(num_layers=1)
    other.load_state_dict({**other.state_dict(), **state})
    assert torch.equal(other.encode(features).mean, before)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: vae_of(frames_per_token=4, overlap=3), "half of 4 frames per token, got 3"),
        (lambda: vae_of(num_latents=2, overlap=1), "half of 1 frames per token, got 1"),
        (lambda: vae_of(project_latents=False), "width must be latent_channels, got 8, 5"),
        (lambda: vae_of().encode(torch.randn(2, 9, 7)), r"must be \[B T 6\], got \(2, 9, 7\)"),
    ],
)
def test_wrong_values_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
