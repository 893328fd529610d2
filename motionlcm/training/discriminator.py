"""A judge of latents, real or made: small heads on what the frozen teacher's layers see at a noise level.

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

_HEAD_WIDTH = 64
_CLEAN_LEVELS = (20, 500)  #: clean latents are judged at a random timestep between these


class Discriminator:
    """Hinge loss on one number for each latent token and layer; only the heads learn, by an optimiser of their own."""

    def __init__(
        self, teacher: LatentDenoiser, *, lr: float, schedule: NoiseSchedule, device: torch.device | str
    ) -> None:
        width = int(teacher.config["width"])
        self.teacher, self.schedule = teacher, schedule
        self.heads = nn.ModuleList(_Head(width) for _ in teacher.transformer.layers).to(device)
        self.optimizer = torch.optim.AdamW(self.heads.parameters(), lr=lr, betas=(0.5, 0.99))

    def level(self, ends: Tensor, generator: torch.Generator) -> Tensor:
        """The timestep ``[B]`` at which each sample is judged: its phase's end, or a low one where that is clean."""
        low, high = _CLEAN_LEVELS
        chosen = torch.randint(low, high, (len(ends),), generator=generator).to(ends.device)
        return torch.where(ends < 0, chosen, ends)

    def judge(self, latents: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """``[B L layers]``: above 0 where they look real."""
        x, allowed = self.teacher.sequence(latents, levels, batch.text, text_mask=batch.text_mask, mask=batch.mask)
        seen = self.teacher.transformer.layer_outputs(x, allowed)
        length = latents.shape[1]
        return torch.cat([head(layer[:, :length]) for head, layer in zip(self.heads, seen, strict=True)], dim=-1)

    def learn(self, made: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """One step on real latents and ``made`` [B L C], both at ``levels``; returns the loss."""
        real = self.schedule.add_noise(batch.latents, torch.randn_like(batch.latents), levels)
        self.heads.requires_grad_(True)
        with torch.enable_grad():
            on_real = masked_mean(functional.relu(1 - self.judge(real, levels, batch)), batch.mask)
            on_made = masked_mean(functional.relu(1 + self.judge(made.detach(), levels, batch)), batch.mask)
            loss = on_real + on_made
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self.optimizer.step()
        self.heads.requires_grad_(False)
        return loss.detach()

    def pull(self, made: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """The student's loss: how little ``made`` looks real."""
        return -masked_mean(self.judge(made, levels, batch), batch.mask)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"heads": self.heads.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.heads.load_state_dict(state["heads"])
        self.optimizer.load_state_dict(state["optimizer"])


class _Head(nn.Module):
    """``[B L width]`` to ``[B L 1]``, seeing the tokens on either side."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, _HEAD_WIDTH, 3, padding=1)
        self.out = nn.Linear(_HEAD_WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.mix(self.norm(x).transpose(1, 2)).transpose(1, 2)
        return self.out(functional.leaky_relu(mixed, 0.2))
