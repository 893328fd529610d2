"""Latent consistency distillation: boundary scalings, the solver's grid, the guided target.

Source: Luo et al., Latent Consistency Models, 2023; Dai et al., MotionLCM, ECCV 2024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from motionlcm.diffusion.guidance import guide
from motionlcm.diffusion.sampling import ddim_step
from motionlcm.diffusion.schedule import NoiseSchedule

Denoiser = Callable[[Tensor, Tensor], Tensor]  #: (z_t [B L C], timesteps [B]) -> output [B L C]


def boundary_scalings(
    timesteps: Tensor, *, sigma_data: float = 0.5, timestep_scaling: float = 10.0
) -> tuple[Tensor, Tensor]:
    """``c_skip, c_out`` [B]; 1 and 0 at t = 0, so that f(z, 0) = z."""
    scaled = timesteps.float().clamp(min=0) * timestep_scaling
    c_skip = sigma_data**2 / (scaled**2 + sigma_data**2)
    c_out = scaled / (scaled**2 + sigma_data**2).sqrt()
    return c_skip, c_out


def consistency_function(
    output: Tensor, z_t: Tensor, timesteps: Tensor, schedule: NoiseSchedule, prediction_type: str
) -> Tensor:
    """f(z_t, t) = c_skip z_t + c_out z_0, where z_0 is what the network's ``output`` predicts; ``[B ...]``."""
    c_skip, c_out = (c.view(-1, *[1] * (z_t.dim() - 1)) for c in boundary_scalings(timesteps))
    return c_skip * z_t + c_out * schedule.to_sample(output, z_t, timesteps, prediction_type)


@dataclass(frozen=True)
class SolverGrid:
    """``num_solver_steps`` timesteps k-1, 2k-1, ..., N-1; one distillation step leads from one to the one below."""

    num_solver_steps: int
    num_timesteps: int = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.num_solver_steps <= self.num_timesteps or self.num_timesteps % self.num_solver_steps:
            raise ValueError(f"num_solver_steps must divide {self.num_timesteps}, got {self.num_solver_steps}")

    @property
    def skip(self) -> int:
        """k, in timesteps."""
        return self.num_timesteps // self.num_solver_steps

    def sample(self, count: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """``start, end`` [count] timesteps, end = start - k, at least 0."""
        index = torch.randint(1, self.num_solver_steps + 1, (count,), generator=generator)
        start = index * self.skip - 1
        return start, (start - self.skip).clamp(min=0)


@torch.no_grad()
def distillation_target(
    z_t: Tensor,
    start: Tensor,
    end: Tensor,
    *,
    teacher: Denoiser,
    teacher_unconditional: Denoiser,
    target: Denoiser,
    weight: Tensor,
    schedule: NoiseSchedule,
    teacher_prediction: str,
    student_prediction: str,
) -> Tensor:
    """What the student's f(z_t, start) should equal.

    One guided DDIM step of the teacher from ``start`` to ``end``, then the target network's consistency function.

    Args:
        z_t: ``[B L C]`` at ``start``.
        start, end: ``[B]`` timesteps.
        teacher, teacher_unconditional, target: with their conditions bound.
        weight: ``[B]`` guidance weights.
    Returns:
        ``[B L C]``.
    """
    output = guide(teacher(z_t, start), teacher_unconditional(z_t, start), weight)
    z_end = ddim_step(output, z_t, start, end, schedule, teacher_prediction)
    return consistency_function(target(z_end, end), z_end, end, schedule, student_prediction)


def phase_ends(timesteps: Tensor, num_phases: Tensor, num_timesteps: int = 1000) -> Tensor:
    """End ``[B]`` of the phase that each timestep ``[B]`` lies in, when time is cut into ``num_phases`` [B] parts.

    Edges lie at -1, N/n - 1, 2N/n - 1, ...; a timestep on an edge belongs to the phase below it.
    Source: Wang et al., Phased Consistency Models, 2024.
    """
    size = num_timesteps // num_phases
    return torch.div(timesteps, size, rounding_mode="floor") * size - 1


@torch.no_grad()
def phased_target(
    z_t: Tensor,
    start: Tensor,
    middle: Tensor,
    end: Tensor,
    *,
    teacher: Denoiser,
    teacher_unconditional: Denoiser,
    target: Callable[[Tensor, Tensor, Tensor], Tensor],
    weight: Tensor,
    schedule: NoiseSchedule,
    teacher_prediction: str,
) -> Tensor:
    """The ``z_0`` [B L C] that a phased student should predict at ``start`` to land where the teacher's path ends.

    One guided DDIM step of the teacher from ``start`` to ``middle``, then the target network's jump to ``end``; where
    ``middle`` is already ``end`` the teacher's step alone.

    Args:
        z_t: ``[B L C]`` at ``start``.
        start, middle, end: ``[B]`` timesteps, descending; ``end`` may be -1.
        target: ``(z, t, end) -> z_0``.
    """
    output = guide(teacher(z_t, start), teacher_unconditional(z_t, start), weight)
    z_0 = schedule.to_sample(output, z_t, start, teacher_prediction)
    z_middle = schedule.jump(z_t, z_0, start, middle)
    z_end = schedule.jump(z_middle, target(z_middle, middle.clamp(min=0), end), middle, end)
    arrived = (middle == end).view(-1, *[1] * (z_t.dim() - 1))
    return schedule.jump_target(z_t, torch.where(arrived, z_middle, z_end), start, end)
