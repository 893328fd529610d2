"""Control: hints that are not given do not count, and a new ControlNet changes nothing."""

import pytest
import torch

from motionlcm.models.control import ControlNet, TrajectoryEncoder
from motionlcm.models.denoiser import LatentDenoiser

SIZES = {"width": 8, "num_layers": 3, "feedforward": 12, "max_length": 30}
ENCODER = {"num_joints": 3, "latent_channels": 5, "frames_per_token": 4, **SIZES}
DENOISER = {"latent_channels": 5, "text_width": 6, "time_width": 8, "guidance_width": 8, **SIZES}


def denoiser():
    torch.manual_seed(0)
    return LatentDenoiser(**DENOISER).eval()


def inputs():
    torch.manual_seed(1)
    return torch.randn(2, 4, 5), torch.tensor([10, 900]), torch.randn(2, 3, 6)


def encoder(**settings):
    torch.manual_seed(0)
    return TrajectoryEncoder(**{**ENCODER, **settings}).eval()


@pytest.mark.parametrize("activation", ["silu", "identity"])
def test_a_new_control_net_changes_nothing_and_freezes_its_base(activation):
    base = denoiser()
    expected = base(*inputs())
    control_net = ControlNet.from_denoiser(base, control_activation=activation).eval()
    residuals = control_net(*inputs(), control=torch.randn(2, 4, 5))
    assert [tuple(residual.shape) for residual in residuals] == [(2, 4 + 1 + 3, 8)] * 3
    assert all((residual == 0).all() for residual in residuals)
    assert torch.allclose(base(*inputs(), residuals=residuals), expected, atol=1e-6)
    assert not any(parameter.requires_grad for parameter in base.parameters())
    assert all(parameter.requires_grad for parameter in control_net.parameters())


def test_a_control_net_of_zeros_can_still_learn():
    base = denoiser()
    control_net, control = ControlNet.from_denoiser(base), torch.randn(2, 4, 5)
    residuals = control_net(*inputs(), control=control)
    base(*inputs(), residuals=residuals).square().sum().backward()
    assert all(layer.weight.grad.abs().sum() > 0 for layer in control_net.residual_out)


def test_residuals_follow_the_control_once_their_maps_are_learned():
    control_net, controls = ControlNet.from_denoiser(denoiser()), torch.randn(2, 2, 4, 5)
    for layer in (control_net.control_in[-1], *control_net.residual_out):
        torch.nn.init.normal_(layer.weight)
    first, second = (control_net(*inputs(), control=control)[-1] for control in controls)
    assert not torch.allclose(first, second, atol=1e-3)


@pytest.mark.parametrize("layout", [{}, {"num_latents": 2}])
def test_what_is_not_hinted_is_not_looked_at(layout):
    model, hint, hint_mask = encoder(**layout), torch.randn(2, 10, 9), torch.rand(2, 10, 3) < 0.5
    other = torch.where(hint_mask.repeat_interleave(3, -1), hint, torch.full_like(hint, 99))
    assert torch.equal(model(hint, hint_mask), model(other, hint_mask))
    every = torch.ones(2, 10, dtype=torch.bool)
    assert torch.equal(model(hint, every), model(hint, every[..., None].expand(-1, -1, 3)))


def test_a_joint_at_the_origin_differs_from_a_joint_without_a_hint():
    model, hint = encoder(), torch.zeros(1, 8, 9)
    hinted, free = torch.ones(1, 8, 3, dtype=torch.bool), torch.zeros(1, 8, 3, dtype=torch.bool)
    assert not torch.allclose(model(hint, hinted), model(hint, free), atol=1e-3)


def test_padding_changes_no_latent_along_time():
    model, hint, hint_mask = encoder(), torch.randn(2, 11, 9), torch.ones(2, 11, dtype=torch.bool)
    mask = torch.arange(11)[None] < torch.tensor([[11], [6]])
    latents = model(hint, hint_mask, mask=mask)
    assert latents.shape == (2, 3, 5)
    alone = model(hint[1:, :6], hint_mask[1:, :6])
    assert torch.allclose(latents[1:, :2], alone, atol=1e-5)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: encoder()(torch.randn(2, 8, 6), torch.ones(2, 8).bool()), r"\[B T 9\], got"),
        (
            lambda: encoder()(torch.randn(2, 8, 9), torch.ones(2, 7).bool()),
            r"hint_mask must be \(2",
        ),
        (lambda: encoder(project_latents=False), "must be latent_channels, got 8, 5"),
        (lambda: ControlNet(denoiser=DENOISER, control_activation="x"), "'silu', got 'x'"),
        (
            lambda: ControlNet(denoiser=DENOISER)(*inputs(), control=torch.randn(2, 3, 5)),
            r"shape \(2, 4, 5\), got \(2, 3, 5\)",
        ),
    ],
)
def test_wrong_values_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
