"""Averages of weights, guidance and losses, against formulas worked out by hand."""

import numpy as np
import pytest
import torch

from motionlcm.diffusion.averaging import ExponentialMovingAverage, update_ema
from motionlcm.diffusion.guidance import guide, guided
from motionlcm.diffusion.losses import l2, masked_mean, pseudo_huber


def with_weights(value):
    layer = torch.nn.Linear(2, 1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(value)
    return layer


@pytest.mark.parametrize("decay, expected", [(0.0, 5.0), (1.0, 1.0), (0.75, 2.0)])
def test_a_target_moves_the_stated_share_of_the_way(decay, expected):
    target = with_weights(1.0)
    update_ema(target, with_weights(5.0), decay)
    assert torch.allclose(target.weight, torch.full((1, 2), expected))


def test_the_average_of_constant_weights_is_those_weights():
    model = with_weights(3.0)
    average = ExponentialMovingAverage(model, 0.9)
    for _ in range(20):
        average.update(model)
    assert torch.allclose(average.shadow[0], model.weight)


def test_the_decay_warms_up_to_the_one_that_was_asked_for():
    model, average = with_weights(1.0), ExponentialMovingAverage(with_weights(0.0), 0.5)
    expected = 0.0
    for n in range(1, 12):
        average.update(model)
        decay = min(0.5, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay)
        assert abs(float(average.shadow[1]) - expected) < 1e-6


def test_weights_come_back_when_the_block_fails():
    model = with_weights(2.0)
    average = ExponentialMovingAverage(with_weights(7.0), 0.9)
    with pytest.raises(RuntimeError), average.applied(model):
        assert model.bias.item() == 7.0
        raise RuntimeError
    assert model.bias.item() == 2.0


def test_a_resumed_average_goes_on_as_an_unbroken_one():
    model, unbroken = with_weights(1.0), ExponentialMovingAverage(with_weights(0.0), 0.99)
    unbroken.update(model)
    resumed = ExponentialMovingAverage(with_weights(-5.0), 0.99)
    resumed.load_state(unbroken.state())
    for average in (unbroken, resumed):
        average.update(model)
    assert torch.equal(unbroken.shadow[0], resumed.shadow[0])
    assert unbroken.updates == resumed.updates == 2


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_guidance_extrapolates_from_the_unconditional_through_the_conditional(kind):
    conditional, free = kind([[[3.0]], [[3.0]], [[3.0]]]), kind([[[1.0]], [[1.0]], [[1.0]]])
    output = guide(conditional, free, kind([-1.0, 0.0, 2.0]))  # scales 0, 1 and 3
    assert output.ravel().tolist() == [1.0, 3.0, 7.0]
    assert guide(conditional, free, 2.0).ravel().tolist() == [7.0, 7.0, 7.0]


def test_a_guided_denoiser_asks_both_at_the_same_place_and_time():
    calls = []

    def denoiser(name, value):
        return lambda z, t: (calls.append((name, float(z), int(t))), z + value)[1]

    denoise = guided(denoiser("with", 1.0), denoiser("without", 0.0), 2.0)
    assert float(denoise(torch.tensor(10.0), torch.tensor(7))) == 13.0
    assert calls == [("with", 10.0, 7), ("without", 10.0, 7)]


def test_pseudo_huber_is_squared_near_zero_and_absolute_far_away():
    zero = torch.zeros(1, 1, 1)
    near, far = torch.full_like(zero, 1e-2), torch.full_like(zero, 1e4)
    assert float(pseudo_huber(near, zero, c=1.0)) == pytest.approx(0.5e-4, rel=0.01)
    assert float(pseudo_huber(far, zero, c=1.0)) == pytest.approx(1e4 - 1, rel=1e-4)
    assert float(pseudo_huber(far, far, c=1.0)) == 0


def test_a_masked_mean_counts_each_real_element_once_whatever_its_sample():
    values = torch.arange(12.0).view(2, 3, 2)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    assert float(masked_mean(values, mask)) == pytest.approx((0 + 1 + 2 + 3 + 6 + 7) / 6)
    assert torch.equal(masked_mean(values), values.mean())
    assert float(l2(values, values + 2, mask)) == 4.0
