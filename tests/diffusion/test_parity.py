"""Diffusion formulas against diffusers and against solved equations."""

from functools import partial

import numpy as np
import pytest
import torch

from motionlcm.diffusion.averaging import ExponentialMovingAverage, update_ema
from motionlcm.diffusion.consistency import (
    SolverGrid,
    boundary_scalings,
    consistency_function,
    distillation_target,
)
from motionlcm.diffusion.guidance import guide
from motionlcm.diffusion.losses import l2, masked_mean, pseudo_huber
from motionlcm.diffusion.sampling import ddim_step, sample_consistency, sample_ddim, sample_phased
from motionlcm.diffusion.schedule import PREDICTION_TYPES, NoiseSchedule, student_timesteps

SCHEDULE = NoiseSchedule.scaled_linear().to("cpu")
THEIR_NAMES = {"epsilon": "epsilon", "sample": "sample", "v": "v_prediction"}


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("prediction", PREDICTION_TYPES)
@pytest.mark.parametrize("steps", [10, 50])
def test_ddim_equals_diffusers(prediction, steps):
    from diffusers import DDIMScheduler

    theirs = DDIMScheduler(
        1000, 0.00085, 0.012, "scaled_linear", clip_sample=False, set_alpha_to_one=False,
        timestep_spacing="trailing", prediction_type=THEIR_NAMES[prediction],
    )  # fmt: skip
    theirs.set_timesteps(steps)
    assert theirs.timesteps.tolist() == SCHEDULE.ddim_timesteps(steps)
    noise = draw(3, 5, 4)
    z = noise
    for t in theirs.timesteps:
        z = theirs.step(torch.tanh(z) * (1 + t / 1000), t, z).prev_sample
    ours = sample_ddim(
        lambda z, t: torch.tanh(z) * (1 + t.view(-1, 1, 1) / 1000),
        noise,
        SCHEDULE,
        num_steps=steps,
        prediction_type=prediction,
    )
    assert torch.allclose(ours, z, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("prediction", PREDICTION_TYPES)
def test_the_consistency_function_equals_diffusers_lcm_step(prediction):
    from diffusers import LCMScheduler

    theirs = LCMScheduler(
        1000, 0.00085, 0.012, "scaled_linear", clip_sample=False, set_alpha_to_one=False,
        prediction_type=THEIR_NAMES[prediction],
    )  # fmt: skip
    theirs.set_timesteps(4)
    z, output = draw(2, 5, 4), draw(2, 5, 4, seed=1)
    for t in theirs.timesteps:
        ours = consistency_function(output, z, torch.tensor([t, t]), SCHEDULE, prediction)
        assert torch.allclose(ours, theirs.step(output, t, z).denoised, atol=1e-4, rtol=1e-4)


def test_at_time_zero_the_consistency_function_is_the_identity():
    z, output = draw(2, 5, 4), draw(2, 5, 4, seed=1)
    times = torch.zeros(2, dtype=torch.long)
    assert torch.equal(consistency_function(output, z, times, SCHEDULE, "sample"), z)
    skip, out = boundary_scalings(torch.tensor([0, 999]))
    assert skip[0] == 1 and out[0] == 0 and skip[1] < 1e-6 and out[1] > 0.999


@pytest.mark.parametrize("prediction", PREDICTION_TYPES)
def test_each_prediction_type_names_the_same_sample_and_noise(prediction):
    z_0, noise = draw(6, 5, 4), draw(6, 5, 4, seed=1)
    times = torch.tensor([5, 99, 300, 500, 799, 999])
    z_t = SCHEDULE.add_noise(z_0, noise, times)
    target = SCHEDULE.training_target(z_0, noise, times, prediction)
    assert torch.allclose(SCHEDULE.to_sample(target, z_t, times, prediction), z_0, atol=2e-4)
    assert torch.allclose(SCHEDULE.to_noise(target, z_t, times, prediction), noise, atol=2e-4)


def gaussian_denoiser(spread):
    """The exact mean of z_0 given z_t when z_0 is normal with deviation ``spread``."""

    def denoise(z, t):
        alpha, sigma = SCHEDULE.alpha_sigma(t, z.dim())
        return alpha * spread**2 / (alpha**2 * spread**2 + sigma**2) * z

    return denoise


def test_ddim_with_the_exact_denoiser_draws_the_gaussian_it_knows():
    samples = sample_ddim(
        gaussian_denoiser(0.5), draw(4000, 1, 2), SCHEDULE, num_steps=200, prediction_type="sample"
    )
    assert abs(float(samples.std()) - 0.5) < 0.02


def test_the_exact_consistency_function_has_no_distillation_loss():
    spread, grid = 0.5, SolverGrid(1000)  # tiny steps: the solver is exact enough
    alpha_0, sigma_0 = SCHEDULE.alpha_sigma(torch.tensor([0]), 3)
    end_deviation = (alpha_0**2 * spread**2 + sigma_0**2).sqrt()

    def exact(z, t):  # the probability flow keeps z_t / deviation_t
        alpha, sigma = SCHEDULE.alpha_sigma(t, z.dim())
        return z / (alpha**2 * spread**2 + sigma**2).sqrt() * end_deviation

    start, end = grid.sample(16, torch.Generator().manual_seed(0))
    z_t = draw(16, 3, 2)
    teacher = gaussian_denoiser(spread)
    target = distillation_target(
        z_t,
        start.clamp(min=20),
        end.clamp(min=19),
        teacher=teacher,
        teacher_unconditional=teacher,
        target=exact,
        weight=torch.full((16,), 3.0),
        schedule=SCHEDULE,
        teacher_prediction="sample",
        student_prediction="sample",
    )
    assert torch.allclose(target, exact(z_t, start.clamp(min=20)), atol=5e-3)


def test_guiding_the_noise_guides_the_sample():
    z, t, w = draw(4, 3, 2), torch.tensor([99, 300, 700, 999]), torch.tensor([0.0, 1.0, 4.0, 9.0])
    conditional, free = draw(4, 3, 2, seed=1), draw(4, 3, 2, seed=2)
    guided_noise = guide(
        SCHEDULE.to_noise(conditional, z, t, "sample"), SCHEDULE.to_noise(free, z, t, "sample"), w
    )
    guided_sample = guide(conditional, free, w)
    assert torch.allclose(
        SCHEDULE.to_sample(guided_noise, z, t, "epsilon"), guided_sample, atol=1e-3
    )
    assert torch.equal(guide(conditional, free, 0.0), conditional)


def test_one_step_with_a_timestep_for_each_sample_equals_single_steps():
    z, output, t = draw(3, 5, 2), draw(3, 5, 2, seed=1), torch.tensor([99, 499, 999])
    together = ddim_step(output, z, t, t - 99, SCHEDULE, "v")
    for i in range(3):
        alone = ddim_step(
            output[i : i + 1], z[i : i + 1], t[i : i + 1], t[i : i + 1] - 99, SCHEDULE, "v"
        )
        assert torch.equal(together[i : i + 1], alone)


def test_repeated_timesteps_can_be_sampled():
    times = student_timesteps(4)
    assert times == (699, 399, 299, 299)
    seen = []
    sample_consistency(
        lambda z, t: (seen.append(int(t[0])), z)[1], draw(2, 3, 2), SCHEDULE, timesteps=times,
        fresh_noise=lambda: draw(2, 3, 2),
    )  # fmt: skip
    assert seen == [699, 399, 299, 299]


def test_losses_ignore_padding():
    output, target = draw(2, 4, 3), draw(2, 4, 3, seed=1)
    mask = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0]]).bool()
    other = output.clone()
    other[1, 1:] = 1e6
    for loss in (l2, partial(pseudo_huber, c=0.5)):
        assert torch.equal(loss(output, target, mask=mask), loss(other, target, mask=mask))
    assert float(masked_mean(torch.ones(2, 4, 3), mask)) == 1.0


def test_averages_move_at_their_rate():
    source, target = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    before = target.weight.clone()
    update_ema(target, source, 0.95)
    assert torch.allclose(target.weight, 0.95 * before + 0.05 * source.weight, atol=1e-6)
    average = ExponentialMovingAverage(source, 0.999)
    kept = source.weight.clone()
    with torch.no_grad():
        source.weight += 1
    average.update(source)
    with average.applied(source):
        assert torch.allclose(source.weight, kept + 1 - 2 / 11, atol=1e-5)  # first decay: 2 / 11
    assert torch.allclose(source.weight, kept + 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: student_timesteps(3),
        lambda: SolverGrid(7),
        lambda: SCHEDULE.ddim_timesteps(0),
        lambda: SCHEDULE.to_sample(draw(1, 1, 1), draw(1, 1, 1), torch.tensor([1]), "x"),
    ],
)
def test_wrong_values_are_named(call):
    with pytest.raises(ValueError, match="must"):
        call()


def test_the_grid_is_the_officials():
    start, end = SolverGrid(10).sample(500, torch.Generator().manual_seed(0))
    assert set(start.tolist()) == set(range(99, 1000, 100))
    assert np.array_equal((start - end).numpy(), np.where(start.numpy() == 99, 99, 100))


def test_phased_sampling_may_stop_and_go_on():
    schedule = NoiseSchedule.scaled_linear()
    noise = np.random.default_rng(0).normal(size=(2, 3, 4))

    def predict(z, t, end):
        return 0.3 * z + 1e-3 * t[:, None, None]

    whole = sample_phased(predict, noise, schedule, timesteps=(999, 749, 499, 249))
    half = sample_phased(predict, noise, schedule, timesteps=(999, 749), end=499)
    assert np.allclose(sample_phased(predict, half, schedule, timesteps=(499, 249)), whole)
    assert np.array_equal(sample_phased(predict, noise, schedule, timesteps=(), end=999), noise)
