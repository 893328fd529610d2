"""Training of the VAE's decoder alone, from noisy latents; encoder and latents stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.dataset import MotionDataset
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config import RunConfig
from motionlcm.training.context import RunContext
from motionlcm.training.vae_stage import VAEConfig, VAEStage


@dataclass(frozen=True)
class DecoderConfig(VAEConfig):
    """Knobs of the decoder, trained from noisy latents to smooth what a student gets wrong.

    ``model`` may change the decoder's ``overlap``.
    """

    foot_weight: float = 5.0
    fast_weight: float = 1.0
    latent_noise: float = 0.15


class DecoderStage(VAEStage):
    """Recorded motion from its own noisy latents: neighbouring tokens must agree.

    Args:
        config: what to train; its ``model`` may give another ``overlap``.
        vae: finished; copied.
        train, val: motions.
        device: where the network lies.
    """

    name = "decoder"
    config_type = DecoderConfig
    needs = ("vae",)
    replaces = "vae"
    config: DecoderConfig

    def __init__(
        self,
        config: DecoderConfig,
        vae: MotionVAE,
        train: MotionDataset,
        val: MotionDataset,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(config, train, val, device=device)
        self.trained = with_overlap(vae, config.model.get("overlap", vae.overlap)).to(device)

        encoder = self.trained.encoder_state()
        for name, parameter in self.trained.named_parameters():
            parameter.requires_grad_(name not in encoder)

    @classmethod
    def build(cls, context: RunContext) -> DecoderStage:
        """Copy the finished VAE to train its decoder."""
        vae = context.networks["vae"]
        return cls(context.config.decoder, vae, context.train, context.val, device=context.device)

    @classmethod
    def blueprint(cls, config: RunConfig) -> None:
        """Make nothing: the decoder is a part of the VAE."""

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Reconstruct random crops from their noisy latents."""
        batch = self.draw(rng)
        with torch.no_grad():
            latents = self.sample(self.trained.encode(batch.features, batch.mask))
            latents = self.noisy(latents, self.trained.token_mask(batch.mask))

        return self.reconstruction(self.trained.decode(latents, batch.mask), batch)


def with_overlap(vae: MotionVAE, overlap: int) -> MotionVAE:
    """Copy a VAE so that its tokens draw ``overlap`` frames of their neighbours.

    At first they repeat their own ends there.
    """
    copy = MotionVAE(**{**vae.config, "overlap": overlap})
    state = dict(vae.state_dict())
    for name in ("head.weight", "head.bias"):
        frames = state[name].unflatten(0, (-1, vae.num_features))
        inner = frames[vae.overlap : vae.overlap + vae.frames_per_token]
        before = inner[:1].expand(overlap, *inner.shape[1:])
        after = inner[-1:].expand(overlap, *inner.shape[1:])

        state[name] = torch.cat([before, inner, after]).flatten(0, 1)

    copy.load_state_dict(state)
    return copy
