"""Training of the VAE's decoder alone, from noisy latents; the encoder stays, and so do all latents."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.dataset import MotionDataset
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config import DecoderConfig
from motionlcm.training.vae_stage import VAEStage


class DecoderStage(VAEStage):
    """Real motion from its own latents with noise on them: neighbouring tokens must agree on what they share.

    Args:
        config: what to train; its ``model`` may give another ``overlap``.
        vae: finished; copied.
        train, val: motions.
        device: of the network.
    """

    name = "decoder"
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

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        batch = self.train.random_batch(
            rng, batch_size=self.config.batch_size, crops=self.config.crops
        )
        batch = batch.to(self.device)
        with torch.no_grad():
            latents = self.trained.encode(batch.features, batch.mask).sample()
            latents = self.noisy(latents, self.trained.token_mask(batch.mask))
        return self.reconstruction(self.trained.decode(latents, batch.mask), batch)


def with_overlap(vae: MotionVAE, overlap: int) -> MotionVAE:
    """A copy whose tokens draw ``overlap`` frames of their neighbours; at first they repeat their own ends."""
    made = MotionVAE(**{**vae.config, "overlap": overlap})
    state = dict(vae.state_dict())
    for name in ("head.weight", "head.bias"):
        frames = state[name].unflatten(0, (-1, vae.num_features))
        own = frames[vae.overlap : vae.overlap + vae.frames_per_token]
        rows = [
            own[:1].expand(overlap, *own.shape[1:]),
            own,
            own[-1:].expand(overlap, *own.shape[1:]),
        ]
        state[name] = torch.cat(rows).flatten(0, 1)
    made.load_state_dict(state)
    return made
