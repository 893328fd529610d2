"""Consistency distillation: the teacher's guided solver steps become a student of few steps."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentBatch, LatentDataset
from motionlcm.diffusion.averaging import update_ema
from motionlcm.diffusion.consistency import SolverGrid, consistency_function, distillation_target
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.losses import pseudo_huber
from motionlcm.diffusion.sampling import sample_consistency, sample_ddim
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.evaluation.metrics import frechet_distance, latent_embedding
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import freeze
from motionlcm.training.config import StudentConfig

#: Timesteps of the student trained here: on its solver's grid, from pure noise.
STUDENT_TIMESTEPS = {1: (999,), 2: (999, 499), 4: (999, 799, 499, 199)}
_VAL_SEED = 11


class StudentStage:
    """The student starts as the teacher with a guidance input of zero; teacher and target stay in eval mode."""

    name = "student"

    def __init__(
        self,
        config: StudentConfig,
        teacher: LatentDenoiser,
        train: LatentDataset,
        val: LatentDataset,
        texts: TextCache,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.train, self.val, self.texts, self.device = config, train, val, texts, device
        student = LatentDenoiser(**{**teacher.config, "guidance_width": 256, **config.model})
        missing, unexpected = student.load_state_dict(teacher.state_dict(), strict=False)
        if unexpected or any(not name.startswith("guidance_linear") for name in missing):
            raise ValueError(f"the student must have the teacher's shape; differing: {unexpected + missing}")
        self.trained: LatentDenoiser = student.to(device)
        self.teacher: LatentDenoiser = freeze(teacher.to(device))
        self.target: LatentDenoiser = freeze(copy.deepcopy(student).to(device))
        self.schedule = NoiseSchedule.scaled_linear().to(device)
        self.grid = SolverGrid(config.num_solver_steps)
        self.empty_text, self.empty_mask = (x.to(device) for x in texts.lookup([""]))

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        config = self.config
        batch = self.train.random_batch(rng, batch_size=config.batch_size, texts=self.texts).to(self.device)
        size = config.batch_size
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        start, end = (x.to(self.device) for x in self.grid.sample(size, generator))
        span = config.guidance_max - config.guidance_min
        weight = (config.guidance_min + span * torch.rand(size, generator=generator)).to(self.device)
        z_t = self.schedule.add_noise(batch.latents, torch.randn_like(batch.latents), start)
        truth = distillation_target(
            z_t,
            start,
            end,
            teacher=_given(self.teacher, batch),
            teacher_unconditional=self._unconditional(batch),
            target=_given(self.target, batch, weight),
            weight=weight,
            schedule=self.schedule,
            teacher_prediction=self.teacher.prediction_type,
            student_prediction=self.trained.prediction_type,
        )
        output = _given(self.trained, batch, weight)(z_t, start)
        made = consistency_function(output, z_t, start, self.schedule, self.trained.prediction_type)
        return {"loss": pseudo_huber(made, truth, c=config.huber_c, mask=batch.mask)}

    def _unconditional(self, batch: LatentBatch) -> Any:
        size = len(batch.latents)
        text, mask = self.empty_text.expand(size, -1, -1), self.empty_mask.expand(size, -1)
        return self.teacher.given(text, text_mask=mask, mask=batch.mask)

    @torch.no_grad()
    def after_step(self) -> None:
        """Move the target network towards the student."""
        update_ema(self.target, self.trained, self.config.target_decay)

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Frechet distance in latent space to val's real clips at 1, 2 and 4 steps (their mean is the score)."""
        figures = {f"frechet_{n}": self.frechet(n, self.val) for n in STUDENT_TIMESTEPS}
        return {"score": float(np.mean(list(figures.values()))), **figures}

    @torch.no_grad()
    def frechet(self, num_steps: int, split: LatentDataset, *, scale: float = 2.5, seed: int = _VAL_SEED) -> float:
        """Of clips made for the split's captions: by the student at 1, 2, 4 steps, by the teacher above."""
        real, made = [], []
        generator = torch.Generator().manual_seed(seed)
        for index in np.array_split(np.arange(len(split.captions)), max(1, len(split.captions) // 64)):
            batch = split.fixed_batch(index, texts=self.texts).to(self.device)
            latents = self._generate(batch, num_steps, scale - 1, generator)
            mask = batch.mask.cpu().numpy()
            real.append(latent_embedding(batch.latents.cpu().numpy(), mask))
            made.append(latent_embedding(latents.cpu().numpy(), mask))
        return frechet_distance(np.concatenate(real), np.concatenate(made))

    def _generate(self, batch: LatentBatch, num_steps: int, weight: float, generator: torch.Generator) -> Tensor:
        def noise() -> Tensor:
            return torch.randn(batch.latents.shape, generator=generator).to(self.device)

        if num_steps not in STUDENT_TIMESTEPS:
            denoise = guided(_given(self.teacher, batch), self._unconditional(batch), weight)
            kind = self.teacher.prediction_type
            return sample_ddim(denoise, noise(), self.schedule, num_steps=num_steps, prediction_type=kind)
        weights = torch.full((len(batch.latents),), weight, device=self.device)
        denoise, kind = _given(self.trained, batch, weights), self.trained.prediction_type

        def predict(z: Tensor, t: Tensor) -> Tensor:
            return consistency_function(denoise(z, t), z, t, self.schedule, kind)

        timesteps = STUDENT_TIMESTEPS[num_steps]
        return sample_consistency(predict, noise(), self.schedule, timesteps=timesteps, fresh_noise=noise)

    def state(self) -> dict[str, Any]:
        """The target network."""
        return {"target": self.target.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """The target network."""
        self.target.load_state_dict(state["target"])


def _given(model: Any, batch: LatentBatch, weight: Tensor | None = None) -> Any:
    return model.given(batch.text, weight, text_mask=batch.text_mask, mask=batch.mask)
