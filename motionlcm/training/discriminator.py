"""A judge of clean latents, real or made: small heads on what the frozen teacher's layers see at a low noise level.

Source: Sauer et al., Latent Adversarial Diffusion Distillation, 2024.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionlcm.data.latents import LatentBatch
from motionlcm.diffusion.losses import masked_mean
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser

_HEAD_WIDTH, _CLIP_WIDTH = 64, 128
_LEVELS = (1, 100)  #: timesteps at which latents are judged; higher ones hide what there is to see


class Discriminator:
    """Hinge loss on a number for each token and layer and one for each clip and layer; only the heads learn."""

    def __init__(
        self,
        teacher: LatentDenoiser,
        *,
        lr: float,
        schedule: NoiseSchedule,
        device: torch.device | str,
    ) -> None:
        width, layers = int(teacher.config["width"]), teacher.transformer.layers
        self.teacher, self.schedule = teacher, schedule
        self.heads = nn.ModuleList(_Head(width) for _ in layers).to(device)
        self.optimizer = torch.optim.AdamW(self.heads.parameters(), lr=lr, betas=(0.5, 0.99))

    def pull(
        self, made: Tensor, batch: LatentBatch, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The student's loss: how little ``made`` [B L C] looks real; and the heads' own, after a step of it."""
        levels = torch.randint(*_LEVELS, (len(made),), generator=generator).to(made.device)
        seen = self._layers(made, levels, batch)
        with torch.no_grad():
            real = self._layers(batch.latents, levels, batch)
        own = self._learn(real, [layer.detach() for layer in seen], batch)
        return -masked_mean(self._judge(seen, batch), batch.mask), own

    def _layers(self, latents: Tensor, levels: Tensor, batch: LatentBatch) -> list[Tensor]:
        """What leaves each of the teacher's layers at the latent tokens, ``[B L width]`` each."""
        noisy = self.schedule.add_noise(latents, torch.randn_like(latents), levels)
        x, allowed = self.teacher.sequence(
            noisy, levels, batch.text, text_mask=batch.text_mask, mask=batch.mask
        )
        return [
            layer[:, : latents.shape[1]]
            for layer in self.teacher.transformer.layer_outputs(x, allowed)
        ]

    def _judge(self, layers: list[Tensor], batch: LatentBatch) -> Tensor:
        """``[B L 2 layers]``: above 0 where they look real."""
        return torch.cat(
            [head(layer, batch.mask) for head, layer in zip(self.heads, layers, strict=True)],
            dim=-1,
        )

    def _learn(self, real: list[Tensor], made: list[Tensor], batch: LatentBatch) -> Tensor:
        """One step of the heads; returns their loss."""
        self.heads.requires_grad_(True)
        with torch.enable_grad():
            on_real = masked_mean(functional.relu(1 - self._judge(real, batch)), batch.mask)
            on_made = masked_mean(functional.relu(1 + self._judge(made, batch)), batch.mask)
            loss = on_real + on_made
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self.optimizer.step()
        self.heads.requires_grad_(False)
        return loss.detach()

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"heads": self.heads.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.heads.load_state_dict(state["heads"])
        self.optimizer.load_state_dict(state["optimizer"])


class _Head(nn.Module):
    """``[B L width]`` to ``[B L 2]``: a token with its neighbours, and the clip by mean and spread of its tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, _HEAD_WIDTH, 3, padding=1)
        self.token = nn.Linear(_HEAD_WIDTH, 1)
        self.pooled = nn.Linear(2 * width, _CLIP_WIDTH)
        self.clip = nn.Linear(_CLIP_WIDTH, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.norm(x)
        real = mask[..., None].to(x.dtype)
        count = real.sum(1, keepdim=True)
        mean = (x * real).sum(1, keepdim=True) / count
        spread = (((x - mean).square() * real).sum(1, keepdim=True) / count + 1e-6).sqrt()
        mixed = self.mix(x.transpose(1, 2)).transpose(1, 2)
        token = self.token(functional.leaky_relu(mixed, 0.2))
        clip = self.clip(functional.leaky_relu(self.pooled(torch.cat([mean, spread], dim=-1)), 0.2))
        return torch.cat([token, clip.expand_as(token)], dim=-1)
