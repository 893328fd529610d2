"""Solvers of diffusers: one truth with our DDIM, Gaussians with known answers, any batch size."""

import sys

import pytest
import torch

from motionlcm.diffusion.sampling import sample_ddim
from motionlcm.diffusion.schedule import PREDICTION_TYPES, NoiseSchedule
from motionlcm.diffusion.schedulers import SCHEDULERS, open_scheduler, sample_with

PACKAGED = {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
SCHEDULE = NoiseSchedule.scaled_linear().to("cpu")
CENTRE, SPREAD = 1.5, 0.5


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gaussian(prediction_type):
    """The exact denoiser of z_0 ~ N(CENTRE, SPREAD^2): linear in z_t."""

    def denoise(z, t):
        assert t.shape == (len(z),) and t.dtype == torch.int64
        alpha, sigma = SCHEDULE.alpha_sigma(t, z.dim())
        share = alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2)
        sample = CENTRE + share * (z - alpha * CENTRE)
        if prediction_type == "sample":
            return sample
        noise = (z - alpha * sample) / sigma
        return noise if prediction_type == "epsilon" else alpha * noise - sigma * sample

    return denoise


def exact_answer(noise):
    """Where the probability flow leads: z_0 as many deviations from its centre as z_999 is."""
    alpha, sigma = SCHEDULE.alpha_sigma(torch.tensor([999]), noise.dim())
    deviation = (alpha**2 * SPREAD**2 + sigma**2).sqrt()
    return CENTRE + SPREAD * (noise - alpha * CENTRE) / deviation


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("steps", [1, 10, 50])
def test_their_ddim_is_ours(prediction_type, steps):
    noise = draw(3, 5, 4)
    solver = open_scheduler("ddim", PACKAGED, prediction_type)
    theirs = sample_with(solver, gaussian(prediction_type), noise, steps)
    ours = sample_ddim(
        gaussian(prediction_type),
        noise,
        SCHEDULE,
        num_steps=steps,
        prediction_type=prediction_type,
    )
    assert torch.allclose(theirs, ours, atol=1e-4, rtol=1e-4)


def error(name, prediction_type, steps):
    """Mean distance to the exact answer; the Gaussian's own deviation is 0.5."""
    noise = draw(4, 5, 4)
    solver = open_scheduler(name, PACKAGED, prediction_type)
    z_0 = sample_with(solver, gaussian(prediction_type), noise, steps)
    return float((z_0 - exact_answer(noise)).abs().mean())


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("name", ["dpm++", "unipc", "deis", "heun", "pndm"])
def test_twenty_steps_of_a_good_solver_land_nearer_to_the_exact_answer_than_ddim(
    name, prediction_type
):
    assert error(name, prediction_type, 20) < min(0.04, error("ddim", prediction_type, 20))
    assert error(name, prediction_type, 200) < 0.006


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_solver_draws_the_gaussian_that_its_network_knows(name, prediction_type):
    noise = draw(500, 2, 2)
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(noise))]
    solver = open_scheduler(name, PACKAGED, prediction_type)
    z_0 = sample_with(solver, gaussian(prediction_type), noise, 50, generators=generators)
    assert abs(float(z_0.mean()) - CENTRE) < 0.05 and abs(float(z_0.std()) - SPREAD) < 0.06


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_sample_does_not_depend_on_its_batch_and_a_solver_may_be_used_again(name):
    noise, solver = draw(3, 5, 4), open_scheduler(name, PACKAGED, "sample")

    def run(rows):
        generators = [torch.Generator().manual_seed(row) for row in rows]
        return sample_with(solver, gaussian("sample"), noise[rows], 6, generators=generators)

    together = run([0, 1, 2])
    for row in range(3):
        assert torch.allclose(run([row])[0], together[row], atol=1e-5)


@pytest.mark.parametrize("name", ["ddpm", "dpm++sde", "euler-ancestral"])
def test_solvers_that_add_noise_take_it_from_the_generators(name):
    noise, solver = draw(1, 5, 4), open_scheduler(name, PACKAGED, "sample")

    def run(seed):
        generators = [torch.Generator().manual_seed(seed)]
        return sample_with(solver, gaussian("sample"), noise, 6, generators=generators)

    assert torch.equal(run(1), run(1)) and not torch.allclose(run(1), run(2), atol=1e-2)


def test_the_linear_schedule_is_another_one():
    linear = open_scheduler("ddim", {**PACKAGED, "kind": "linear"}, "sample").scheduler
    assert not torch.allclose(linear.alphas_cumprod, SCHEDULE.alphas_cumprod, atol=1e-2)


def test_what_is_unknown_is_named_with_what_is_known(monkeypatch):
    with pytest.raises(ValueError, match=r"one of ddim, ddpm, dpm\+\+.*got 'magic'"):
        open_scheduler("magic", PACKAGED, "sample")
    with pytest.raises(ValueError, match="scaled_linear.*got 'cosine'"):
        open_scheduler("ddim", {**PACKAGED, "kind": "cosine"}, "sample")
    with pytest.raises(ValueError, match="prediction_type must be one of"):
        open_scheduler("ddim", PACKAGED, "score")
    solver = open_scheduler("ddim", PACKAGED, "sample")
    with pytest.raises(ValueError, match="num_steps must be 1 to 1000, got 0"):
        sample_with(solver, gaussian("sample"), draw(1, 2, 2), 0)
    with pytest.raises(ValueError, match="one generator a sample, 2, got 1"):
        sample_with(solver, gaussian("sample"), draw(2, 2, 2), 5, generators=[torch.Generator()])
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(ImportError, match="pip install diffusers"):
        open_scheduler("ddim", PACKAGED, "sample")
