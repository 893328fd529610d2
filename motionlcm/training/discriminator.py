"""A small judge of latents: real, or made by the student? It sees them at a noise level, with the caption."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from motionlcm.data.latents import LatentBatch
from motionlcm.diffusion.losses import masked_mean
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser

_SHAPE = {"width": 128, "num_layers": 3, "feedforward": 512}
_CLEAN_LEVELS = (20, 300)  #: clean latents are judged at a random timestep between these


class Discriminator:
    """Hinge loss on every number that a ``LatentDenoiser`` puts out; trained by an optimiser of its own."""

    def __init__(
        self, shape: dict[str, Any], *, lr: float, schedule: NoiseSchedule, device: torch.device | str, **sizes: int
    ) -> None:
        self.model: LatentDenoiser = LatentDenoiser(**{**_SHAPE, **sizes, **shape}).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr, betas=(0.5, 0.99))
        self.schedule = schedule

    def level(self, ends: Tensor, generator: torch.Generator) -> Tensor:
        """The timestep ``[B]`` at which each sample is judged: its phase's end, or a low one where that is clean."""
        low, high = _CLEAN_LEVELS
        chosen = torch.randint(low, high, (len(ends),), generator=generator).to(ends.device)
        return torch.where(ends < 0, chosen, ends)

    def judge(self, latents: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """``[B L C]``: above 0 where they look real."""
        return self.model(latents, levels, batch.text, text_mask=batch.text_mask, mask=batch.mask)

    def learn(self, made: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """One step on real latents and ``made`` [B L C], both at ``levels``; returns the loss."""
        real = self.schedule.add_noise(batch.latents, torch.randn_like(batch.latents), levels)
        self.model.requires_grad_(True)
        with torch.enable_grad():
            on_real = masked_mean(functional.relu(1 - self.judge(real, levels, batch)), batch.mask)
            on_made = masked_mean(functional.relu(1 + self.judge(made.detach(), levels, batch)), batch.mask)
            loss = on_real + on_made
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self.optimizer.step()
        self.model.requires_grad_(False)
        return loss.detach()

    def pull(self, made: Tensor, levels: Tensor, batch: LatentBatch) -> Tensor:
        """The student's loss: how little ``made`` looks real."""
        return -masked_mean(self.judge(made, levels, batch), batch.mask)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
