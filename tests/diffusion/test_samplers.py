"""The two samplers are called alike, and do what the algorithms they wrap do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlcm.diffusion.condition import Condition, SeededNoise
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.samplers import StudentSampler, TeacherSampler
from motionlcm.diffusion.sampling import sample_ddim
from motionlcm.diffusion.schedule import NoiseSchedule

SCHEDULE = NoiseSchedule.scaled_linear()
TIMESTEPS = {1: (999,), 2: (999, 499), 4: (999, 749, 499, 249)}


def noise_of(seeds, length=6):
    return SeededNoise(seeds, longest=9, channels=4, length=length)


def condition(size, *, weight=None, level=1.0):
    text = np.full((size, 1, 4), level, np.float32)
    return Condition(text, np.ones((size, 1), bool), np.ones((size, 6), bool), weight)


def linear(z, t, ends, given):
    """A network that leans towards its text and is told the guidance weight."""
    weight = 0 if given.weight is None else given.weight[:, None, None]
    return 0.1 * z + (0.3 + 0.2 * weight) * given.text + 1e-4 * t[:, None, None]


def test_noise_of_a_sample_is_the_same_alone_in_a_batch_and_beside_longer_ones():
    together = noise_of([3, 4, 5])
    first, second = together(), together()
    alone = noise_of([4], length=4)
    assert np.array_equal(alone(), first[1:2, :4]) and np.array_equal(alone(), second[1:2, :4])
    assert not np.array_equal(first, second) and first.dtype == np.float32
    many = SeededNoise(range(400), longest=9, channels=4, length=9)()
    assert abs(many.mean()) < 0.02 and abs(many.std() - 1) < 0.02


@pytest.mark.parametrize("is_phased", [True, False])
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_a_student_is_called_as_often_as_asked_at_its_own_timesteps(steps, is_phased):
    seen = []

    def network(z, t, ends, given):
        seen.append((int(t[0]), int(ends[0])))
        return linear(z, t, ends, given)

    sampler = StudentSampler(SCHEDULE, TIMESTEPS, "sample", is_phased)
    weight = np.full(2, 1.0, np.float32)
    latents = sampler.sample(
        network, condition(2, weight=weight), noise_of([0, 1]), num_steps=steps
    )
    assert latents.shape == (2, 6, 4) and [t for t, _ in seen] == list(TIMESTEPS[steps])
    ends = [*TIMESTEPS[steps][1:], -1] if is_phased else [-1] * steps
    assert [end for _, end in seen] == ends
    with pytest.raises(ValueError, match="steps must be one of"):
        sampler.sample(network, condition(2, weight=weight), noise_of([0, 1]), num_steps=3)


@pytest.mark.parametrize("is_phased", [True, False])
def test_numpy_and_torch_give_the_same_latents(is_phased):
    given = condition(2, weight=np.array([0.5, 2.0], np.float32))
    noises = [noise_of([0, 1]) for _ in range(2)]
    ours = StudentSampler(SCHEDULE, TIMESTEPS, "v", is_phased).sample(
        linear, given, noises[0], num_steps=4
    )
    on_torch = StudentSampler(SCHEDULE.to("cpu"), TIMESTEPS, "v", is_phased).sample(
        linear, given.mapped(torch.from_numpy), lambda: torch.from_numpy(noises[1]()), num_steps=4
    )
    assert np.abs(on_torch.numpy() - ours).max() < 1e-5


def test_a_teacher_is_guided_by_its_empty_caption_and_told_no_weight():
    weight = np.array([1.5, 0.0], np.float32)
    given = condition(2, weight=weight)
    empty = condition(2, level=0.0)
    both = Condition(given.text, given.text_mask, given.mask, weight, empty=empty)

    def network(z, t, ends, told):
        assert told.weight is None and told.empty is None
        return linear(z, t, ends, told)

    latents = TeacherSampler(SCHEDULE, "sample").sample(
        network, both, noise_of([0, 1]), num_steps=10
    )
    ends = np.full(2, -1)
    denoise = guided(
        lambda z, t: linear(z, t, ends, condition(2)),
        lambda z, t: linear(z, t, ends, empty),
        weight,
    )
    expected = sample_ddim(
        denoise, noise_of([0, 1])(), SCHEDULE, num_steps=10, prediction_type="sample"
    )
    assert np.abs(latents - expected).max() < 1e-6
    with pytest.raises(ValueError, match="a teacher is guided"):
        TeacherSampler(SCHEDULE, "sample").sample(network, given, noise_of([0, 1]), num_steps=10)


def test_another_solver_takes_the_place_of_ddim():
    given = Condition(*vars(condition(1, weight=np.ones(1, np.float32))).values())
    both = Condition(
        given.text, given.text_mask, given.mask, given.weight, empty=condition(1, level=0.0)
    )
    calls = []

    def solver(denoise, noise, num_steps):
        calls.append(num_steps)
        return denoise(noise, np.array([999]))

    latents = TeacherSampler(SCHEDULE, "sample", solver).sample(
        linear, both, noise_of([0]), num_steps=7
    )
    assert calls == [7] and latents.shape == (1, 6, 4)


@pytest.mark.parametrize("is_teacher", [False, True])
def test_known_tokens_are_clean_at_every_call_and_come_back_as_they_were(is_teacher):
    known = np.array([[True, True, False, False, False, True]] * 2)
    clean = np.random.default_rng(0).standard_normal((2, 6, 4)).astype(np.float32)
    weight = np.ones(2, np.float32)
    plain = condition(2, weight=weight)
    given = replace(plain, known=known, known_latents=clean)
    given = replace(given, empty=replace(given, weight=None))
    seen = []

    def network(z, t, ends, told):
        seen.append(z[known])
        return linear(z, t, ends, told)

    sampler = (
        TeacherSampler(SCHEDULE, "sample")
        if is_teacher
        else StudentSampler(SCHEDULE, TIMESTEPS, "sample", is_phased=True)
    )
    latents = sampler.sample(network, given, noise_of([0, 1]), num_steps=4)
    assert all(np.array_equal(rows, clean[known]) for rows in seen) and len(seen) >= 4
    assert np.array_equal(latents[known], clean[known])
    free = sampler.sample(
        network, replace(plain, empty=replace(plain, weight=None)), noise_of([0, 1]), num_steps=4
    )
    assert not np.allclose(free[known], clean[known])


def test_some_of_a_condition_is_chosen_with_all_its_parts():
    given = condition(3, weight=np.arange(3, dtype=np.float32))
    given = Condition(
        given.text,
        given.text_mask,
        given.mask,
        given.weight,
        residuals=[given.text],
        empty=condition(3, level=0.0),
    )
    part = given.chosen(slice(1, 3))
    assert (
        part.weight.tolist() == [1, 2] and len(part.residuals[0]) == 2 and len(part.empty.text) == 2
    )


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kind": "cosine"}, "kind must be one of"),
        ({"beta": 1}, "unknown beta"),
        ({"beta_start": "x"}, "must be numbers"),
        ({"beta_start": 0.5, "beta_end": 0.1}, "beta_start <= beta_end"),
        ({"num_timesteps": 0}, "num_timesteps from 1"),
    ],
)
def test_a_schedule_that_cannot_be_is_one_line(config, words):
    with pytest.raises(ValueError, match=words):
        NoiseSchedule.from_config(config)


def test_a_schedule_is_built_as_stated():
    assert np.array_equal(
        NoiseSchedule.from_config(
            {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
        ).alphas_cumprod,
        SCHEDULE.alphas_cumprod,
    )
    linear_schedule = NoiseSchedule.from_config(
        {"kind": "linear", "beta_start": 1e-4, "beta_end": 0.02, "num_timesteps": 500}
    )
    assert linear_schedule.num_timesteps == 500
    assert np.allclose(linear_schedule.alphas_cumprod[0], 1 - 1e-4)
