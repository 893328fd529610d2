"""Training of the teacher: latent diffusion conditioned on text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentBatch, LatentDataset, reworded
from motionlcm.diffusion.losses import l2
from motionlcm.diffusion.samplers import bound
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import CONFIG_NAME, read_config
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config import RunConfig, StageConfig
from motionlcm.training.context import RunContext
from motionlcm.training.known_tokens import check_known_share, with_known
from motionlcm.training.stage import Stage
from motionlcm.training.validation import fixed_batches
from motionlcm.training.warm_start import teacher_weights

_VAL_SEED = 7
_VAL_ROUNDS = 4
_MINILM_WIDTH = 384  #: of its vectors


@dataclass(frozen=True)
class TeacherConfig(StageConfig):
    """Knobs of latent diffusion conditioned on text."""

    text_dropout: float = 0.1
    """Share of captions replaced by the empty one, for classifier-free guidance."""
    guidance_scale: float = 1.5
    """Scale at which the finished model's evaluation samples with it."""
    known_share: float = 0.0
    """Share of clips of which some tokens are given clean (see ``known_tokens``), so that the
    network learns to continue motion and to fill in between; 0: none, and it takes no such
    tokens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known_share(self.known_share)


class TeacherStage(Stage):
    """Mean squared error of the prediction at a random timestep; some captions are dropped."""

    name = "teacher"
    config_type = TeacherConfig
    network = LatentDenoiser
    needs = ("vae",)
    config: TeacherConfig

    def __init__(
        self,
        config: TeacherConfig,
        train: LatentDataset,
        val: LatentDataset,
        texts: TextCache,
        *,
        schedule: NoiseSchedule | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.train = train
        self.val = val
        self.texts = texts
        self.device = device
        self.schedule = (schedule or NoiseSchedule.scaled_linear()).to(device)

        sizes = {
            "latent_channels": train.mean.shape[-1],
            "text_width": texts.rows.shape[1],
            "known_tokens": config.known_share > 0,
        }
        self.trained: LatentDenoiser = LatentDenoiser(**{**sizes, **config.model}).to(device)

    @classmethod
    def build(cls, context: RunContext) -> TeacherStage:
        """Make an untrained denoiser of the finished VAE's latents."""
        return cls(
            context.config.teacher,
            *context.latents,
            context.texts,
            schedule=context.schedule,
            device=context.device,
        )

    @classmethod
    def blueprint(cls, config: RunConfig) -> LatentDenoiser:
        """Make an untrained denoiser from the config alone."""
        return LatentDenoiser(**denoiser_sizes(config))

    @classmethod
    def kept_shape(cls, model: Path) -> dict[str, Any] | None:
        """Read the arguments of a finished model's teacher, or of the one its student makes."""
        if (model / cls.name).is_dir():
            return super().kept_shape(model)
        if not (model / "student" / CONFIG_NAME).is_file():
            return None
        arguments = read_config(model / "student") | {"guidance_width": 0, "end_width": 0}
        return cls.chosen_shape(arguments)

    def weights_in(self, model: Path) -> dict[str, Tensor] | None:
        """Read a finished model's teacher, or make it of its student."""
        return teacher_weights(model)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Denoise recorded motion's latents from random timesteps."""
        config = self.config
        whole = self.train.random_batch(
            rng,
            batch_size=config.batch_size,
            texts=self.texts,
            text_dropout=config.text_dropout,
            generator=self.processes.generator,
        ).to(self.device)
        whole = reworded(whole, rng, self.texts)
        whole = with_known(whole, rng, config.known_share)
        timesteps = rng.integers(self.schedule.num_timesteps, size=config.batch_size)

        rows = self.processes.rows
        batch = whole.chosen(rows)
        noise = self.processes.normal(config.batch_size, batch.latents)
        loss = self._loss(batch, torch.from_numpy(timesteps[rows]).to(self.device), noise)
        return {"loss": self.processes.part(loss, batch.asked)}

    def _loss(self, batch: LatentBatch, timesteps: Tensor, noise: Tensor) -> Tensor:
        z_t = self.schedule.add_noise(batch.latents, noise, timesteps)
        denoise = bound(self.trained.denoise, batch.condition())
        target = self.schedule.training_target(
            batch.latents, noise, timesteps, self.trained.prediction_type
        )
        return l2(denoise(z_t, timesteps), target, batch.asked)

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """Mean loss on val (the score) with fixed timesteps and noise."""
        rng = np.random.default_rng(_VAL_SEED)
        total, count = 0.0, 0
        for _ in range(_VAL_ROUNDS):
            for batch in fixed_batches(self.val, self.texts):
                size = len(batch.latents)
                timesteps = torch.from_numpy(rng.integers(self.schedule.num_timesteps, size=size))
                drawn = rng.standard_normal(batch.latents.shape, dtype=np.float32)
                noise = torch.from_numpy(drawn).to(self.device)

                loss = self._loss(batch, timesteps.to(self.device), noise)
                total += float(loss) * size
                count += size
        return {"score": total / count}


def denoiser_sizes(config: RunConfig) -> dict[str, Any]:
    """Arguments of the teacher's constructor, as far as the config alone tells them."""
    sizes: dict[str, Any] = {
        "latent_channels": MotionVAE(**config.vae.model).latent_channels,
        "known_tokens": config.teacher.known_share > 0,
    }
    if config.text_encoder == "minilm":
        sizes["text_width"] = _MINILM_WIDTH

    return {**sizes, **config.teacher.model}
