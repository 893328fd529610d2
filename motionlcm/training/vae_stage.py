"""Training of the motion VAE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motionlcm.data.dataset import MotionBatch, MotionDataset
from motionlcm.evaluation.reconstruction import reconstruction_error
from motionlcm.models.saving import freeze
from motionlcm.models.vae import LatentDistribution, MotionVAE
from motionlcm.motion.features import foot_steps
from motionlcm.training.config import RunConfig, StageConfig
from motionlcm.training.context import RunContext
from motionlcm.training.stage import Stage

#: Metres under which an L1 loss is rounded off: where its slope jumps, rounding decides the slope.
_CORNER = 1e-4


@dataclass(frozen=True)
class VAEConfig(StageConfig):
    """Knobs of the motion VAE: smooth-L1 on features and positions, plus KL."""

    crops: tuple[int, ...] = (64, 128, 196)
    """Lengths in frames; each batch is cropped to one of them."""
    root_weight: float = 0.5
    """Weight of the extra smooth-L1 on the root's four features, normalised."""
    position_weight: float = 5.0
    """Weight of the L1 between joint positions in the root's frame, metres."""
    velocity_weight: float = 5.0
    """Weight of the L1 between those positions' changes per frame, metres."""
    fast_weight: float = 0.0
    """Factor of a joint's speed in m/s; in these two a joint counts 1 + this x it, so that fast
    limbs are not blurred."""
    kl_weight: float = 1e-4
    foot_weight: float = 0.0
    """Weight of the L1 between the ways that ankles and toes go in a frame over the ground,
    metres."""
    latent_noise: float = 0.0
    """Noise on the latents that the decoder reads, at most, in standard deviations."""
    anchor_weight: float = 0.0
    """Weight of the mean square between the latents and those of ``start_from``'s VAE, in their
    standard deviations, so that teacher and student trained on those can go on. With more
    ``latent_channels`` than it has, the first ones."""


class VAEStage(Stage):
    """Features in, features out.

    Smooth-L1 on all features and once more on the root's, L1 on joint positions and on their change
    per frame in the root's frame, KL. Positions in the world are left out on purpose: their
    gradient through the summed path drowns the rest (tried: the feature loss after 200 steps was
    0.46 with it and 0.25 without).

    Attributes:
        anchor: a finished, frozen VAE near whose latents these stay (``anchor_weight``), or None.
    """

    name = "vae"
    config_type = VAEConfig
    network = MotionVAE
    given_shape = ("num_features", "text_width")
    config: VAEConfig

    def __init__(
        self,
        config: VAEConfig,
        train: MotionDataset,
        val: MotionDataset,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.train = train
        self.val = val
        self.device = device

        self.trained: MotionVAE = MotionVAE(**{"num_features": len(train.mean), **config.model}).to(
            device
        )
        self.anchor: MotionVAE | None = None
        self._mean = torch.from_numpy(train.mean).to(device)
        self._std = torch.from_numpy(train.std).to(device)

    @classmethod
    def build(cls, context: RunContext) -> VAEStage:
        """Make an untrained VAE, anchored to ``start_from``'s if ``anchor_weight`` says so."""
        config: VAEConfig = context.config.vae
        stage = cls(config, context.train, context.val, device=context.device)
        if (
            context.start_from is not None
            and config.anchor_weight
            and cls.name not in context.config.keep
        ):
            stage.anchor = freeze(
                MotionVAE.from_pretrained(context.start_from / cls.name).to(context.device)
            )
        return stage

    @classmethod
    def blueprint(cls, config: RunConfig) -> MotionVAE | None:
        """Make an untrained VAE from the config alone."""
        return MotionVAE(**config.vae.model)

    @classmethod
    def check(cls, config: RunConfig) -> None:
        """Raise ValueError where latents are anchored to no model's."""
        if config.vae.anchor_weight and not config.start_from:
            raise ValueError(
                "vae.anchor_weight keeps latents near a finished model's; "
                "it needs start_from=MODEL_FOLDER"
            )

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Reconstruct random crops; with the KL, and the drift from an anchor's latents."""
        batch = self.draw(rng)
        latent = self.trained.encode(batch.features, batch.mask)
        token_mask = self.trained.token_mask(batch.mask)
        kl = self.processes.mean(latent.kl(), token_mask)

        output = self.trained.decode(self.noisy(self.sample(latent), token_mask), batch.mask)
        figures = self.reconstruction(output, batch)

        figures = {**figures, "loss": figures["loss"] + self.config.kl_weight * kl, "kl": kl}
        if self.anchor is None:
            return figures

        with torch.no_grad():
            known = self.anchor.encode(batch.features, batch.mask).mode()
        shift = (latent.mean[..., : known.shape[-1]] - known) / self.processes.std(
            known[token_mask]
        )
        drift = self.processes.mean(shift**2, token_mask)
        return {
            **figures,
            "loss": figures["loss"] + self.config.anchor_weight * drift,
            "drift": drift,
        }

    def draw(self, rng: np.random.Generator) -> MotionBatch:
        """Draw random crops: this process's share of a batch."""
        batch = self.train.random_batch(
            rng,
            batch_size=self.config.batch_size,
            crops=self.config.crops,
            rows=self.processes.rows,
        )
        return batch.to(self.device)

    def sample(self, latent: LatentDistribution) -> Tensor:
        """Draw latents ``[B L C]``."""
        noise = self.processes.normal(self.config.batch_size, latent.mean)
        return latent.mean + noise * torch.exp(0.5 * latent.log_variance)

    def noisy(self, latents: Tensor, token_mask: Tensor) -> Tensor:
        """Add ``latent_noise`` to latents ``[B L C]``; ``token_mask`` [B L]: True for real ones."""
        if not self.config.latent_noise:
            return latents
        size = self.config.batch_size
        level = self.config.latent_noise * self.processes.uniform(size, latents[:, :1, :1])
        std = self.processes.std(latents.detach()[token_mask])
        return latents + level * std * self.processes.normal(size, latents)

    def reconstruction(self, output: Tensor, batch: MotionBatch) -> dict[str, Tensor]:
        """Weigh the errors of decoded features ``[B T D]``: ``"loss"`` and its parts."""
        config, layout = self.config, self.train.layout

        columns = slice(0, layout.root_height.stop)
        feature = self._smooth_l1(output, batch.features, batch.mask)
        root = self._smooth_l1(output[..., columns], batch.features[..., columns], batch.mask)

        positions = layout.joint_positions  # in the root's frame
        error = (output - batch.features) * self._std * layout.metres_per_unit
        speed_weight = self._speed_weight(batch.features[..., positions])
        position = self.processes.mean(
            absolute_error(error[..., positions]) * speed_weight, batch.mask
        )
        step = error[:, 1:, positions] - error[:, :-1, positions]
        velocity = self.processes.mean(
            absolute_error(step) * speed_weight[:, 1:], batch.mask[:, 1:]
        )

        loss = feature + config.root_weight * root + config.position_weight * position
        loss = loss + config.velocity_weight * velocity
        figures = {"feature": feature, "root": root, "position": position, "velocity": velocity}

        if config.foot_weight:
            decoded = foot_steps(output * self._std + self._mean, layout)
            recorded = foot_steps(batch.features * self._std + self._mean, layout)
            figures["foot"] = self.processes.mean(
                absolute_error(decoded - recorded), batch.mask[:, 1:]
            )
            loss = loss + config.foot_weight * figures["foot"]
        return {"loss": loss, **figures}

    def _smooth_l1(self, output: Tensor, features: Tensor, mask: Tensor) -> Tensor:
        error = functional.smooth_l1_loss(output, features, reduction="none")
        return self.processes.mean(error, mask)

    def _speed_weight(self, positions: Tensor) -> Tensor:
        """Weight of each normalised joint position ``[B T 3J]``: more where a joint moves fast."""
        layout = self.train.layout
        moved = positions * self._std[layout.joint_positions] * layout.metres_per_unit * layout.fps
        change = moved.diff(dim=1, prepend=moved[:, :1]).unflatten(-1, (-1, 3))  # [B T J 3]
        speed = change.norm(dim=-1)  # m/s [B T J]
        return 1 + self.config.fast_weight * speed.repeat_interleave(3, dim=-1)

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """Mean joint error in millimetres, root-aligned (the score) and in the world."""
        local, world = reconstruction_error(model, self.val, device=self.device)
        return {"score": local, "world_mm": world}


def absolute_error(error: Tensor) -> Tensor:
    """Size of errors in metres, smooth at zero: up to 0.05 mm under their absolute value."""
    return functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none", beta=_CORNER)
