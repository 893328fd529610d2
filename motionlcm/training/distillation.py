"""What a student predicts for its training steps, and what teacher and target want of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from motionlcm.data.latents import LatentBatch
from motionlcm.diffusion.consistency import (
    SolverGrid,
    consistency_function,
    distillation_target,
    phased_target,
)
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.samplers import StudentSampler, bound
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.training.jumps import Jumps


@dataclass(frozen=True)
class Distillation:
    """The networks of a distillation, and the grid on which the teacher's solver steps.

    Attributes:
        student: is trained.
        teacher: frozen.
        target: frozen average of the student.
        schedule: of the noise, on the networks' device.
        grid: timesteps of the teacher's solver.
        sampler: the student's way from noise to latents.
        empty_text, empty_mask: ``[1 S E]`` and ``[1 S]`` of the empty caption.
        walk_steps: steps of the teacher's solver that walk the whole of a phased student's jump, or
            fewer where the grid has fewer in it; 0: one of the grid's, behind which the target
            network is believed.
    """

    student: LatentDenoiser
    teacher: LatentDenoiser
    target: LatentDenoiser
    schedule: NoiseSchedule
    grid: SolverGrid
    sampler: StudentSampler
    empty_text: Tensor
    empty_mask: Tensor
    walk_steps: int = 0

    def phased(self, batch: LatentBatch, heard: LatentBatch, jumps: Jumps) -> tuple[Tensor, Tensor]:
        """Clean latents ``[B L C]`` as a phased student predicts them, and as it should.

        Args:
            batch: what the teacher is told.
            heard: what student and target are told.
            jumps: where they stand and where to they lead.
        """
        target = (
            self._walked(batch, jumps) if self.walk_steps else self._stepped(batch, heard, jumps)
        )
        lead = self.leads_to(self.student, heard, jumps.weight)
        return lead(jumps.z_t, jumps.start, jumps.end), target

    @torch.no_grad()
    def _stepped(self, batch: LatentBatch, heard: LatentBatch, jumps: Jumps) -> Tensor:
        """The ``z_0`` [B L C] that leads where one step of the teacher's solver, and then the
        target network's jump, arrive."""
        return phased_target(
            jumps.z_t,
            jumps.start,
            torch.maximum(jumps.start - self.grid.skip, jumps.end),
            jumps.end,
            teacher=bound(self.teacher.denoise, batch.condition()),
            teacher_unconditional=self._unconditional(batch),
            target=self.leads_to(self.target, heard, jumps.weight),
            weight=jumps.weight,
            schedule=self.schedule,
            teacher_prediction=self.teacher.prediction_type,
        )

    @torch.no_grad()
    def _walked(self, batch: LatentBatch, jumps: Jumps) -> Tensor:
        """The ``z_0`` [B L C] that leads where the teacher's solver arrives in equal steps."""
        fewest = -(-(jumps.start - jumps.end) // self.walk_steps)  # timesteps in one, rounded up
        size = fewest.clamp(min=self.grid.skip)

        z, now = jumps.z_t.clone(), jumps.start.clone()
        while len(rows := torch.nonzero(now > jumps.end).flatten()):
            part, after = batch.chosen(rows), torch.maximum(now - size, jumps.end)[rows]
            teacher = guided(
                bound(self.teacher.denoise, part.condition()),
                self._unconditional(part),
                jumps.weight[rows],
            )
            output = teacher(z[rows], now[rows])
            z_0 = self.schedule.to_sample(output, z[rows], now[rows], self.teacher.prediction_type)
            z[rows] = self.schedule.jump(z[rows], z_0, now[rows], after)
            now[rows] = after

        return self.schedule.jump_target(jumps.z_t, z, jumps.start, jumps.end)

    def consistent(
        self, batch: LatentBatch, heard: LatentBatch, jumps: Jumps
    ) -> tuple[Tensor, Tensor]:
        """Clean latents as a student without phases predicts them, and as it should; see above."""
        z_t, start = jumps.z_t, jumps.start
        kind = self.student.prediction_type

        target = torch.no_grad()(distillation_target)(
            z_t,
            start,
            jumps.end,
            teacher=bound(self.teacher.denoise, batch.condition()),
            teacher_unconditional=self._unconditional(batch),
            target=bound(self.target.denoise, heard.condition(jumps.weight)),
            weight=jumps.weight,
            schedule=self.schedule,
            teacher_prediction=self.teacher.prediction_type,
            student_prediction=kind,
        )

        output = bound(self.student.denoise, heard.condition(jumps.weight))(z_t, start)
        return consistency_function(output, z_t, start, self.schedule, kind), target

    @torch.no_grad()
    def landing(
        self, batch: LatentBatch, noise: Tensor, weight: Tensor, before: Sequence[int], last: int
    ) -> Tensor:
        """Latents ``[B L C]`` at ``last``, where the target's jumps from ``noise`` lead to.

        Args:
            batch: what the target is told.
            noise: ``[B L C]`` standard normal.
            weight: guidance weights ``[B]``.
            before: timesteps of its jumps; none returns the noise.
            last: timestep at which they end.
        Source: Yin et al., Improved Distribution Matching Distillation, 2024, section 4.5
            (backward simulation).
        """
        condition = batch.condition(weight)
        return self.sampler.jumps(self.target.denoise, condition, noise, before, end=last)

    def leads_to(
        self, network: LatentDenoiser, batch: LatentBatch, weight: Tensor
    ) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """Bind a phased network's conditions: ``(z_t, start, end) -> z_0``, leading to ``end``."""
        denoise = bound(network.denoise, batch.condition(weight))
        kind = network.prediction_type
        return lambda z, t, end: self.schedule.to_sample(denoise(z, t, end), z, t, kind)

    def _unconditional(self, batch: LatentBatch) -> Any:
        """The teacher with the empty caption."""
        size = len(batch.latents)
        text, text_mask = self.empty_text.expand(size, -1, -1), self.empty_mask.expand(size, -1)
        condition = replace(batch.condition(), text=text, text_mask=text_mask)
        return bound(self.teacher.denoise, condition)
