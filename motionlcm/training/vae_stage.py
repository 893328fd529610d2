"""Training of the motion VAE."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motionlcm.data.dataset import MotionBatch, MotionDataset
from motionlcm.evaluation.reconstruction import reconstruction_error
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.features import foot_steps
from motionlcm.training.config import VAEConfig


class VAEStage:
    """Features in, features out.

    Smooth-L1 on all features and once more on the root's, L1 on joint positions and on their change per frame in the
    root's frame, KL. Positions in the world are left out on purpose: their gradient through the summed path drowns
    the rest (tried: the feature loss after 200 steps was 0.46 with it and 0.25 without).

    Attributes:
        anchor: a finished, frozen VAE near whose latents these stay (``anchor_weight``), or None.
    """

    name = "vae"

    def __init__(
        self,
        config: VAEConfig,
        train: MotionDataset,
        val: MotionDataset,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.train, self.val, self.device = config, train, val, device
        self.trained: MotionVAE = MotionVAE(**{"num_features": len(train.mean), **config.model}).to(
            device
        )
        self.anchor: MotionVAE | None = None
        self._mean, self._std = (torch.from_numpy(x).to(device) for x in (train.mean, train.std))

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        batch = self.train.random_batch(
            rng, batch_size=self.config.batch_size, crops=self.config.crops
        )
        batch = batch.to(self.device)
        latent = self.trained.encode(batch.features, batch.mask)
        real = self.trained.token_mask(batch.mask)
        kl = _mean(latent.kl(), real[..., None].float())
        figures = self.reconstruction(
            self.trained.decode(self.noisy(latent.sample(), real), batch.mask), batch
        )
        figures = {**figures, "loss": figures["loss"] + self.config.kl_weight * kl, "kl": kl}
        if self.anchor is None:
            return figures
        with torch.no_grad():
            known = self.anchor.encode(batch.features, batch.mask).mode()
        moved = (latent.mean[..., : known.shape[-1]] - known) / known[real].std(0)
        drift = _mean(moved**2, real[..., None].float())
        return {
            **figures,
            "loss": figures["loss"] + self.config.anchor_weight * drift,
            "drift": drift,
        }

    def noisy(self, latents: Tensor, real: Tensor) -> Tensor:
        """Latents ``[B L C]`` with ``latent_noise``; ``real`` [B L] tells which of them are no padding."""
        if not self.config.latent_noise:
            return latents
        level = self.config.latent_noise * torch.rand(len(latents), 1, 1, device=self.device)
        return latents + level * latents.detach()[real].std(0) * torch.randn_like(latents)

    def reconstruction(self, output: Tensor, batch: MotionBatch) -> dict[str, Tensor]:
        """The weighted ``"loss"`` of decoded features ``[B T D]`` and its parts."""
        config = self.config
        mask = batch.mask[..., None].float()
        feature = _mean(functional.smooth_l1_loss(output, batch.features, reduction="none"), mask)
        layout = self.train.layout
        error = (
            (output - batch.features) * self._std * layout.metres_per_unit
        )  # in the root's frame
        positions, columns = layout.joint_positions, slice(0, layout.root_height.stop)
        root_loss = functional.smooth_l1_loss(
            output[..., columns], batch.features[..., columns], reduction="none"
        )
        root = _mean(root_loss, mask)
        fast = self._fast(batch.features[..., positions])
        position = _mean(error[..., positions].abs() * fast, mask)
        step = error[:, 1:, positions] - error[:, :-1, positions]
        velocity = _mean(step.abs() * fast[:, 1:], mask[:, 1:])
        loss = feature + config.root_weight * root + config.position_weight * position
        loss = loss + config.velocity_weight * velocity
        figures = {"feature": feature, "root": root, "position": position, "velocity": velocity}
        if config.foot_weight:
            made, truth = (
                foot_steps(x * self._std + self._mean, layout) for x in (output, batch.features)
            )
            figures["foot"] = _mean((made - truth).abs(), mask[:, 1:])
            loss = loss + config.foot_weight * figures["foot"]
        return {"loss": loss, **figures}

    def _fast(self, positions: Tensor) -> Tensor:
        """Weight of each number of normalised joint positions ``[B T 3J]``: more where a joint moves fast."""
        layout = self.train.layout
        moved = positions * self._std[layout.joint_positions] * layout.metres_per_unit * layout.fps
        speed = (
            moved.diff(dim=1, prepend=moved[:, :1]).unflatten(-1, (-1, 3)).norm(dim=-1)
        )  # m/s [B T J]
        return 1 + self.config.fast_weight * speed.repeat_interleave(3, dim=-1)

    def after_step(self) -> None:
        """Nothing to do."""

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """Mean joint error in millimetres, root-aligned (the score) and in the world."""
        local, world = reconstruction_error(model, self.val, device=self.device)
        return {"score": local, "world_mm": world}

    def state(self) -> dict[str, Any]:
        """Nothing beyond the model."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Nothing beyond the model."""


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of ``[B T C]`` over what the mask ``[B T 1]`` calls real."""
    return (values * mask).sum() / (mask.sum() * values.shape[-1])
