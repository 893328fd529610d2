"""Consistency distillation: the teacher's guided solver steps become a student of few steps."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentBatch, LatentDataset, reworded
from motionlcm.diffusion.averaging import update_ema
from motionlcm.diffusion.consistency import (
    SolverGrid,
    consistency_function,
    distillation_target,
    phase_ends,
    phased_target,
)
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.losses import pseudo_huber
from motionlcm.diffusion.sampling import sample_consistency, sample_ddim, sample_phased
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.evaluation.metrics import frechet_distance, latent_embedding
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import freeze
from motionlcm.training.config import StudentConfig
from motionlcm.training.discriminator import Discriminator

#: Timesteps of a student without phases: on its solver's grid, from pure noise.
STUDENT_TIMESTEPS = {1: (999,), 2: (999, 499), 4: (999, 799, 499, 199)}
_VAL_SEED = 11
Embed = Callable[
    [Tensor, Tensor], np.ndarray
]  #: normalised latents [B L C] and mask [B L] -> [B W]


def student_steps(config: StudentConfig) -> dict[int, tuple[int, ...]]:
    """The student's timesteps for each step count."""
    if not config.phases:
        return STUDENT_TIMESTEPS
    return {
        count: tuple(1000 - 1000 * i // count - 1 for i in range(count)) for count in config.phases
    }


def student_inputs(config: StudentConfig) -> dict[str, Any]:
    """What the student's constructor gets beyond the teacher's arguments."""
    return {"guidance_width": 256, "end_width": 256 if config.phases else 0, **config.model}


class StudentStage:
    """The student starts as the teacher, its new inputs at zero; teacher and target stay in eval mode.

    Where captions have other wordings, the student hears one of them half of the time, the teacher the caption itself.

    Args:
        config: what to train.
        teacher: frozen here.
        train, val, texts: latents and text vectors.
        embed: gives the vectors whose Frechet distance chooses the best weights; None: a latent's mean and deviation.
        device: of the networks.
    """

    name = "student"

    def __init__(
        self,
        config: StudentConfig,
        teacher: LatentDenoiser,
        train: LatentDataset,
        val: LatentDataset,
        texts: TextCache,
        *,
        embed: Embed | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.train, self.val, self.texts, self.device = (
            config,
            train,
            val,
            texts,
            device,
        )
        student = LatentDenoiser(**{**teacher.config, **student_inputs(config)})
        missing, unexpected = student.load_state_dict(teacher.state_dict(), strict=False)
        if unexpected or any(
            not name.startswith(("guidance_linear", "end_linear")) for name in missing
        ):
            raise ValueError(
                f"the student must have the teacher's shape; differing: {unexpected + missing}"
            )
        self.trained: LatentDenoiser = student.to(device)
        self.teacher: LatentDenoiser = freeze(teacher.to(device))
        self.target: LatentDenoiser = freeze(copy.deepcopy(student).to(device))
        self.schedule = NoiseSchedule.scaled_linear().to(device)
        self.grid, self.steps = SolverGrid(config.num_solver_steps), student_steps(config)
        self.empty_text, self.empty_mask = (x.to(device) for x in texts.lookup([""]))
        self.embed = embed or (
            lambda latents, mask: latent_embedding(latents.cpu().numpy(), mask.cpu().numpy())
        )
        self.discriminator = None
        if config.adversarial_weight > 0:
            self.discriminator = Discriminator(
                self.teacher, lr=config.discriminator_lr, schedule=self.schedule, device=device
            )

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        config, size = self.config, self.config.batch_size
        batch = self.train.random_batch(rng, batch_size=size, texts=self.texts).to(self.device)
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        span = config.guidance_max - config.guidance_min
        drawn = torch.rand(size, generator=generator) ** config.guidance_skew
        weight = (config.guidance_min + span * drawn).to(self.device)
        said = reworded(batch, rng, self.texts)
        z_t, start, end, judged = self._jumps(said, weight, generator)
        made, truth = (self._phased if config.phases else self._consistent)(
            batch, said, z_t, start, end, weight
        )
        loss = pseudo_huber(made, truth, c=config.huber_c, mask=batch.mask)
        if self.discriminator is None or not judged:
            return {"loss": loss}
        pull, critic = self.discriminator.pull(
            made[:judged], batch.chosen(slice(judged)), generator
        )
        (towards_real,) = torch.autograd.grad(pull, made)
        (own,) = torch.autograd.grad(loss, made, retain_graph=True)
        share = config.adversarial_weight * own.norm() / (towards_real.norm() + 1e-8)
        total = loss + share * (towards_real * made).sum()  # has the pull's gradient
        return {
            "loss": total,
            "distillation": loss.detach(),
            "pull": pull.detach(),
            "critic": critic,
        }

    def _jumps(
        self, batch: LatentBatch, weight: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        """Where each sample's step starts, ``z_t`` and timestep, and ends; and how many, the first ones, are judged.

        A phased student's first ones are its own last jumps (``own_share``), the others start from recorded motion.
        """
        size, phases, device = len(batch.latents), self.config.phases, self.device
        start, end = self.grid.sample(size, generator)
        noise = torch.randn_like(batch.latents)
        if not phases:
            start, end = start.to(device), end.to(device)
            return self.schedule.add_noise(batch.latents, noise, start), start, end, size
        count = torch.tensor(phases)[torch.randint(len(phases), (size,), generator=generator)]
        own = round(self.config.own_share * size)
        end = phase_ends(start, count)
        start[:own], end[:own] = 1000 // count[:own] - 1, -1
        start, end = start.to(device), end.to(device)
        z_t = self.schedule.add_noise(batch.latents, noise, start)
        for steps in set(phases):
            rows = torch.nonzero(count[:own] == steps).flatten()
            z_t[rows] = self._own_landing(batch.chosen(rows), noise[rows], weight[rows], steps)
        return z_t, start, end, own

    @torch.no_grad()
    def _own_landing(self, batch: LatentBatch, noise: Tensor, weight: Tensor, steps: int) -> Tensor:
        """Where the target network stands before its last of ``steps`` jumps from ``noise``, ``[B L C]``.

        Source: Yin et al., Improved Distribution Matching Distillation, 2024, section 4.5 (backward simulation).
        """
        *before, last = self.steps[steps]
        predict = self._predict(_given(self.target, batch, weight))
        return sample_phased(predict, noise, self.schedule, timesteps=before, end=last)

    def _phased(
        self,
        batch: LatentBatch,
        said: LatentBatch,
        z_t: Tensor,
        start: Tensor,
        end: Tensor,
        weight: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """What the student, told as in ``said``, predicts at ``start`` for the jump to ``end``, and what it should."""
        truth = torch.no_grad()(phased_target)(
            z_t,
            start,
            torch.maximum(start - self.grid.skip, end),
            end,
            teacher=_given(self.teacher, batch),
            teacher_unconditional=self._unconditional(batch),
            target=self._predict(_given(self.target, said, weight)),
            weight=weight,
            schedule=self.schedule,
            teacher_prediction=self.teacher.prediction_type,
        )
        return self._predict(_given(self.trained, said, weight))(z_t, start, end), truth

    def _consistent(
        self,
        batch: LatentBatch,
        said: LatentBatch,
        z_t: Tensor,
        start: Tensor,
        end: Tensor,
        weight: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """The same for a student that leads to the end from everywhere."""
        truth = torch.no_grad()(distillation_target)(
            z_t,
            start,
            end,
            teacher=_given(self.teacher, batch),
            teacher_unconditional=self._unconditional(batch),
            target=_given(self.target, said, weight),
            weight=weight,
            schedule=self.schedule,
            teacher_prediction=self.teacher.prediction_type,
            student_prediction=self.trained.prediction_type,
        )
        output = _given(self.trained, said, weight)(z_t, start)
        return consistency_function(
            output, z_t, start, self.schedule, self.trained.prediction_type
        ), truth

    def _predict(
        self, denoise: Callable[..., Tensor]
    ) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        kind = self.trained.prediction_type
        return lambda z, t, end: self.schedule.to_sample(denoise(z, t, end), z, t, kind)

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
        """Frechet distance to val's real clips at each step count (their mean is the score)."""
        scale = self.config.guidance_scale
        figures = {f"frechet_{n}": self.frechet(n, self.val, scale=scale) for n in self.steps}
        return {"score": float(np.mean(list(figures.values()))), **figures}

    @torch.no_grad()
    def frechet(
        self, num_steps: int, split: LatentDataset, *, scale: float, seed: int = _VAL_SEED
    ) -> float:
        """Of clips made for the split's captions: by the student at its step counts, by the teacher at others."""
        real, made = [], []
        generator = torch.Generator().manual_seed(seed)
        for index in np.array_split(
            np.arange(len(split.captions)), max(1, len(split.captions) // 64)
        ):
            batch = split.fixed_batch(index, texts=self.texts).to(self.device)
            real.append(self.embed(batch.latents, batch.mask))
            made.append(
                self.embed(self._generate(batch, num_steps, scale - 1, generator), batch.mask)
            )
        return frechet_distance(np.concatenate(real), np.concatenate(made))

    def _generate(
        self, batch: LatentBatch, num_steps: int, weight: float, generator: torch.Generator
    ) -> Tensor:
        def noise() -> Tensor:
            return torch.randn(batch.latents.shape, generator=generator).to(self.device)

        if num_steps not in self.steps:
            denoise = guided(_given(self.teacher, batch), self._unconditional(batch), weight)
            kind = self.teacher.prediction_type
            return sample_ddim(
                denoise, noise(), self.schedule, num_steps=num_steps, prediction_type=kind
            )
        weights = torch.full((len(batch.latents),), weight, device=self.device)
        denoise, kind = _given(self.trained, batch, weights), self.trained.prediction_type
        if self.config.phases:
            return sample_phased(
                self._predict(denoise), noise(), self.schedule, timesteps=self.steps[num_steps]
            )

        def predict(z: Tensor, t: Tensor) -> Tensor:
            return consistency_function(denoise(z, t), z, t, self.schedule, kind)

        times = self.steps[num_steps]
        return sample_consistency(
            predict, noise(), self.schedule, timesteps=times, fresh_noise=noise
        )

    def state(self) -> dict[str, Any]:
        """The target network, and the discriminator with its optimiser."""
        state = {"target": self.target.state_dict()}
        if self.discriminator is not None:
            state["discriminator"] = self.discriminator.state()
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what ``state`` returned."""
        self.target.load_state_dict(state["target"])
        if self.discriminator is not None and "discriminator" in state:
            self.discriminator.load_state(state["discriminator"])


def _given(model: Any, batch: LatentBatch, weight: Tensor | None = None) -> Any:
    return model.given(batch.text, weight, text_mask=batch.text_mask, mask=batch.mask)
