"""Latent consistency distillation: boundary scalings, the solver's grid, the guided target.

Source: Luo et al., Latent Consistency Models, 2023; Dai et al., MotionLCM, ECCV 2024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from motionlcm.arrays import array_namespace
from motionlcm.diffusion.guidance import guide
from motionlcm.diffusion.sampling import ddim_step
from motionlcm.diffusion.schedule import Array, NoiseSchedule

if TYPE_CHECKING:
    import torch

Denoiser = Callable[[Array, Array], Array]  #: (z_t [B L C], timesteps [B]) -> output [B L C]


def boundary_scalings(
    timesteps: Array, *, sigma_data: float = 0.5, timestep_scaling: float = 10.0
) -> tuple[Array, Array]:
    """``c_skip, c_out`` [B]; 1 and 0 at t = 0, so that f(z, 0) = z."""
    xp = array_namespace(timesteps)
    scaled = xp.astype(xp.clip(timesteps, 0, None), xp.float32) * timestep_scaling
    c_skip = sigma_data**2 / (scaled**2 + sigma_data**2)
    c_out = scaled / xp.sqrt(scaled**2 + sigma_data**2)
    return c_skip, c_out


def consistency_function(
    output: Array, z_t: Array, timesteps: Array, schedule: NoiseSchedule, prediction_type: str
) -> Array:
    """f(z_t, t) = c_skip z_t + c_out z_0 [B ...], where z_0 is what the ``output`` predicts."""
    c_skip, c_out = (c.reshape((-1, *[1] * (z_t.ndim - 1))) for c in boundary_scalings(timesteps))
    return c_skip * z_t + c_out * schedule.to_sample(output, z_t, timesteps, prediction_type)


@dataclass(frozen=True)
class SolverGrid:
    """Timesteps k-1, 2k-1, ..., N-1; a distillation step leads from one to the one below."""

    num_solver_steps: int
    num_timesteps: int = 1000

    def __post_init__(self) -> None:
        if (
            not 1 <= self.num_solver_steps <= self.num_timesteps
            or self.num_timesteps % self.num_solver_steps
        ):
            raise ValueError(
                f"num_solver_steps must divide {self.num_timesteps}, got {self.num_solver_steps}"
            )

    @property
    def skip(self) -> int:
        """k, in timesteps."""
        return self.num_timesteps // self.num_solver_steps

    def sample(self, count: int, generator: torch.Generator | None = None) -> tuple[Array, Array]:
        """``start, end`` [count] timesteps, end = start - k, at least 0."""
        import torch

        index = torch.randint(1, self.num_solver_steps + 1, (count,), generator=generator)
        start = index * self.skip - 1
        return start, (start - self.skip).clamp(min=0)


def distillation_target(
    z_t: Array,
    start: Array,
    end: Array,
    *,
    teacher: Denoiser,
    teacher_unconditional: Denoiser,
    target: Denoiser,
    weight: Array,
    schedule: NoiseSchedule,
    teacher_prediction: str,
    student_prediction: str,
) -> Array:
    """What the student's f(z_t, start) should equal.

    One guided DDIM step of the teacher from ``start`` to ``end``, then the target network's
    consistency function.

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


def phase_ends(timesteps: Array, num_phases: Array, num_timesteps: int = 1000) -> Array:
    """End ``[B]`` of the phase of each timestep ``[B]``, of ``num_phases`` [B] equal ones.

    Edges lie at -1, N/n - 1, 2N/n - 1, ...; a timestep on an edge belongs to the phase below it.
    Source: Wang et al., Phased Consistency Models, 2024.
    """
    size = num_timesteps // num_phases
    return timesteps // size * size - 1


def phased_target(
    z_t: Array,
    start: Array,
    middle: Array,
    end: Array,
    *,
    teacher: Denoiser,
    teacher_unconditional: Denoiser,
    target: Callable[[Array, Array, Array], Array],
    weight: Array,
    schedule: NoiseSchedule,
    teacher_prediction: str,
) -> Array:
    """The ``z_0`` [B L C] that leads a phased student from ``start`` to the teacher path's end.

    One guided DDIM step of the teacher from ``start`` to ``middle``, then the target network's jump
    to ``end``; where ``middle`` is already ``end`` the teacher's step alone.

    Args:
        z_t: ``[B L C]`` at ``start``.
        start, middle, end: ``[B]`` timesteps, descending; ``end`` may be -1.
        target: ``(z, t, end) -> z_0``.
    """
    output = guide(teacher(z_t, start), teacher_unconditional(z_t, start), weight)
    z_0 = schedule.to_sample(output, z_t, start, teacher_prediction)
    z_middle = schedule.jump(z_t, z_0, start, middle)
    z_end = schedule.jump(z_middle, target(z_middle, middle, end), middle, end)
    arrived = (middle == end).reshape((-1, *[1] * (z_t.ndim - 1)))
    xp = array_namespace(z_t)
    return schedule.jump_target(z_t, xp.where(arrived, z_middle, z_end), start, end)
