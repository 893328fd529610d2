"""Training of the teacher: latent diffusion conditioned on text."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentDataset, reworded
from motionlcm.diffusion.losses import l2
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.training.config import TeacherConfig

_VAL_SEED, _VAL_ROUNDS = 7, 4


class TeacherStage:
    """Mean squared error of the prediction at a random timestep; some captions are dropped for guidance."""

    name = "teacher"

    def __init__(
        self,
        config: TeacherConfig,
        train: LatentDataset,
        val: LatentDataset,
        texts: TextCache,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.train, self.val, self.texts, self.device = (
            config,
            train,
            val,
            texts,
            device,
        )
        sizes = {"latent_channels": train.mean.shape[-1], "text_width": texts.rows.shape[1]}
        self.trained: LatentDenoiser = LatentDenoiser(**{**sizes, **config.model}).to(device)
        self.schedule = NoiseSchedule.scaled_linear().to(device)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        batch = self.train.random_batch(
            rng,
            batch_size=self.config.batch_size,
            texts=self.texts,
            text_dropout=self.config.text_dropout,
        ).to(self.device)
        batch = reworded(batch, rng, self.texts)
        timesteps = torch.from_numpy(
            rng.integers(self.schedule.num_timesteps, size=self.config.batch_size)
        )
        return {
            "loss": self._loss(batch, timesteps.to(self.device), torch.randn_like(batch.latents))
        }

    def _loss(self, batch: Any, timesteps: Tensor, noise: Tensor) -> Tensor:
        z_t = self.schedule.add_noise(batch.latents, noise, timesteps)
        denoise = self.trained.given(batch.text, text_mask=batch.text_mask, mask=batch.mask)
        truth = self.schedule.training_target(
            batch.latents, noise, timesteps, self.trained.prediction_type
        )
        return l2(denoise(z_t, timesteps), truth, batch.mask)

    def after_step(self) -> None:
        """Nothing to do."""

    @torch.no_grad()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """The same loss on val with fixed timesteps and noise."""
        rng = np.random.default_rng(_VAL_SEED)
        total, count = 0.0, 0
        for _ in range(_VAL_ROUNDS):
            for index in np.array_split(
                np.arange(len(self.val.captions)), max(1, len(self.val.captions) // 64)
            ):
                batch = self.val.fixed_batch(index, texts=self.texts).to(self.device)
                timesteps = torch.from_numpy(
                    rng.integers(self.schedule.num_timesteps, size=len(index))
                )
                noise = torch.from_numpy(rng.standard_normal(batch.latents.shape, dtype=np.float32))
                loss = self._loss(batch, timesteps.to(self.device), noise.to(self.device))
                total, count = total + float(loss) * len(index), count + len(index)
        return {"score": total / count}

    def state(self) -> dict[str, Any]:
        """Nothing beyond the model."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Nothing beyond the model."""
