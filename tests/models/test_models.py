"""Networks: official sizes, masks, saving, guidance, the text encoder."""

import pytest
import torch

from motionlcm.integrity import check_sha256
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import freeze
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.models.vae import MotionVAE

SMALL = {"width": 32, "num_layers": 3, "feedforward": 64}
OFFICIAL = {"width": 256, "num_layers": 9, "feedforward": 1024, "norm_first": False}
V1 = {"latent_channels": 256, "project_latents": False}


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def mask_of(*lengths):
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


def test_the_official_shapes_have_the_official_sizes():
    wide = {"text_width": 768, "time_width": 768}
    assert count(MotionVAE(num_latents=16, **OFFICIAL)) == 18_056_487
    assert count(MotionVAE(num_latents=1, **OFFICIAL, **V1)) == 18_032_135
    assert count(LatentDenoiser(**OFFICIAL, **wide, guidance_width=256)) == 8_434_464
    assert count(LatentDenoiser(**OFFICIAL, **wide)) == 8_237_856
    assert (
        count(LatentDenoiser(**OFFICIAL, **V1, **wide, guidance_width=256, text_activation="relu"))
        == 8_417_792
    )


@pytest.mark.parametrize(
    "layout", [{"frames_per_token": 4}, {"frames_per_token": 8}, {"num_latents": 4}]
)
def test_padding_changes_nothing(layout):
    torch.manual_seed(0)
    vae = MotionVAE(**SMALL, **layout).eval()
    features, mask = torch.randn(2, 41, 263), mask_of(41, 19)
    dirty = torch.where(mask[..., None], features, torch.full_like(features, 99.0))
    together = vae.encode(dirty, mask)
    alone = vae.encode(features[1:, :19])
    tokens = alone.mean.shape[1]
    assert torch.allclose(together.mean[1:, :tokens], alone.mean, atol=1e-5)
    decoded = vae.decode(together.mean, mask)
    assert torch.allclose(decoded[1:, :19], vae.decode(alone.mean, mask_of(19)), atol=1e-5)
    assert (decoded[1, 19:] == 0).all() and decoded.shape == (2, 41, 263)


def test_the_denoiser_ignores_padding_of_latents_and_text():
    torch.manual_seed(0)
    model = LatentDenoiser(**SMALL, guidance_width=16).eval()
    z, text, weight = torch.randn(2, 6, 32), torch.randn(2, 5, 384), torch.tensor([1.0, 3.0])
    times = torch.tensor([10, 900])
    mask, text_mask = mask_of(6, 4), mask_of(5, 3)
    together = model(z, times, text, text_mask=text_mask, guidance_weight=weight, mask=mask)
    alone = model(z[1:, :4], times[1:], text[1:, :3], guidance_weight=weight[1:])
    assert torch.allclose(together[1:, :4], alone, atol=1e-5)


def test_gradients_of_a_padded_batch_are_those_of_its_samples():
    torch.manual_seed(0)
    model = LatentDenoiser(**SMALL)
    z, text, times = torch.randn(2, 6, 32), torch.randn(2, 5, 384), torch.tensor([10, 900])
    mask, text_mask = mask_of(6, 4), mask_of(3, 5)

    def gradients(loss):
        return torch.autograd.grad(loss, list(model.parameters()))

    padded = model(z, times, text, text_mask=text_mask, mask=mask)
    together = gradients(padded[mask].square().sum())
    alone = [
        model(z[i : i + 1, :n], times[i : i + 1], text[i : i + 1, :m])
        for i, n, m in ((0, 6, 3), (1, 4, 5))
    ]
    expected = gradients(sum(out.square().sum() for out in alone))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(together, expected, strict=True))


def test_the_guidance_weight_starts_without_effect_and_can_be_learned():
    model = LatentDenoiser(**SMALL, guidance_width=16).eval()
    z, times, text = torch.randn(2, 6, 32), torch.tensor([10, 900]), torch.randn(2, 384)
    low, high = (model(z, times, text, guidance_weight=torch.full((2,), w)) for w in (0.0, 9.0))
    assert torch.equal(low, high) and torch.equal(low, model(z, times, text))
    torch.nn.init.normal_(model.guidance_linear.weight)
    assert not torch.allclose(model(z, times, text, guidance_weight=torch.full((2,), 9.0)), low)
    with pytest.raises(ValueError, match="guidance_width"):
        LatentDenoiser(**SMALL)(z, times, text, guidance_weight=torch.ones(2))


def test_a_saved_model_comes_back_equal(tmp_path):
    vae = MotionVAE(**SMALL).eval()
    vae.save_pretrained(tmp_path)
    back = MotionVAE.from_pretrained(tmp_path)
    assert back.config == vae.config
    assert all(
        torch.equal(a, b)
        for a, b in zip(vae.state_dict().values(), back.state_dict().values(), strict=True)
    )
    with pytest.raises(ValueError, match="MotionVAE"):
        LatentDenoiser.from_pretrained(tmp_path)
    with pytest.raises(FileNotFoundError, match="config.json"):
        MotionVAE.from_pretrained(tmp_path / "nothing")


def test_the_posterior_is_a_gaussian():
    latent = MotionVAE(**SMALL).encode(torch.randn(3, 16, 263))
    assert torch.equal(latent.mode(), latent.mean) and (latent.kl() >= 0).all()
    first = latent.sample(torch.Generator().manual_seed(1))
    assert torch.equal(first, latent.sample(torch.Generator().manual_seed(1)))
    assert not torch.equal(first, latent.mean)


def test_a_frozen_module_stays_frozen():
    model = freeze(LatentDenoiser(**SMALL, dropout=0.5))
    model.train()
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    assert not any(part.training for part in model.modules())


def test_the_text_encoder_is_the_official_one_and_padding_changes_nothing(tmp_path):
    encoder = FrozenTextEncoder()
    assert encoder.width == 384
    captions = [
        "a person jumps",
        "a person walks slowly in a wide circle to the left and then sits down",
    ]
    sentences = encoder.encode_sentences(captions)
    assert torch.allclose(sentences.norm(dim=1), torch.ones(2), atol=1e-5)
    assert torch.allclose(sentences[0], encoder.encode_sentences(captions[:1])[0], atol=1e-5)
    tokens, mask = encoder.encode(captions)
    assert torch.allclose(tokens[:, 0] / 384**0.5, sentences, atol=1e-5)
    assert (tokens[~mask] == 0).all() and mask[0].sum() < mask[1].sum()
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ValueError, match="not the official file"):
        check_sha256(tmp_path / "model.safetensors", "0" * 64)
