"""Solvers: DDIM for the teacher, multi-step consistency sampling for the student."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from motionlcm.arrays import array_namespace
from motionlcm.diffusion.schedule import Array, NoiseSchedule

Denoiser = Callable[[Array, Array], Array]  #: (z_t [B L C], timesteps [B]) -> output [B L C]


def ddim_step(
    output: Array,
    z_t: Array,
    timesteps: Array,
    previous: Array,
    schedule: NoiseSchedule,
    prediction_type: str,
) -> Array:
    """Deterministic DDIM step from ``timesteps`` [B] to ``previous`` [B]; negative: the end.

    Source: Song et al., ICLR 2021, eq. 12 with eta = 0.
    """
    z_0 = schedule.to_sample(output, z_t, timesteps, prediction_type)
    noise = schedule.to_noise(output, z_t, timesteps, prediction_type)
    return schedule.add_noise(z_0, noise, previous)


def sample_ddim(
    denoise: Denoiser,
    noise: Array,
    schedule: NoiseSchedule,
    *,
    num_steps: int,
    prediction_type: str,
) -> Array:
    """``z_0`` [B L C] from pure noise in ``num_steps`` DDIM steps (trailing spacing)."""
    times = schedule.ddim_timesteps(num_steps)
    z = noise
    for now, after in zip(times, [*times[1:], -1], strict=True):
        now_all = everywhere(now, z)
        z = ddim_step(
            denoise(z, now_all), z, now_all, everywhere(after, z), schedule, prediction_type
        )
    return z


def sample_consistency(
    predict: Denoiser,
    noise: Array,
    schedule: NoiseSchedule,
    *,
    timesteps: Sequence[int],
    fresh_noise: Callable[[], Array],
) -> Array:
    """Multi-step consistency sampling: predict the end, add noise for the next timestep, and so on.

    Args:
        predict: the consistency function, ``(z_t, t [B]) -> z_0``.
        noise: ``[B L C]`` standard normal.
        timesteps: one a step; descending, repeats are allowed.
        fresh_noise: returns ``[B L C]`` for each step but the first.
    Source: Song et al., Consistency Models, 2023, algorithm 1.
    """
    z = noise
    for index, timestep in enumerate(timesteps):
        now = everywhere(timestep, z)
        if index > 0:
            z = schedule.add_noise(z, fresh_noise(), now)
        z = predict(z, now)
    return z


def sample_phased(
    predict: Callable[[Array, Array, Array], Array],
    noise: Array,
    schedule: NoiseSchedule,
    *,
    timesteps: Sequence[int],
    end: int = -1,
) -> Array:
    """Deterministic sampling with a phased student: jumps through all timesteps, then to ``end``.

    Args:
        predict: ``(z_t, t [B], end [B]) -> z_0`` that leads to ``end`` on a straight DDIM step; end
            -1 is clean.
        noise: ``[B L C]`` standard normal.
        timesteps: one a step; descending; none returns the noise.
        end: where the last step leads.
    Source: Wang et al., Phased Consistency Models, 2024, section 3.
    """
    z = noise
    for now, after in zip(timesteps, [*timesteps, end][1:], strict=True):
        at, to = everywhere(now, z), everywhere(after, z)
        z = schedule.jump(z, predict(z, at, to), at, to)
    return z


def everywhere(timestep: int, z: Array) -> Array:
    """One timestep for each of the batch, ``[B]``."""
    xp = array_namespace(z)
    return xp.full((z.shape[0],), timestep, dtype=xp.int64, device=getattr(z, "device", None))
