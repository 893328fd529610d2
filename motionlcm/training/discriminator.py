"""A discriminator of clean latents: small heads on the frozen teacher's layers at low noise.

Source: Sauer et al., Latent Adversarial Diffusion Distillation, 2024.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionlcm.data.latents import LatentBatch
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.training.processes import Processes

_HEAD_WIDTH = 64
_CLIP_WIDTH = 128
_LEVELS = (
    1,
    100,
)  #: timesteps at which latents are looked at; higher ones hide what there is to see

#: At first, recorded and generated latents pull a bias equally strongly in both ways: its gradient
#: is what rounding leaves, about 1e-9, and must not become a step. Others are about 1e-3.
_TINY_GRADIENT = 1e-6


class Discriminator:
    """Hinge loss on a score for each token, clip and layer; only the heads learn."""

    def __init__(
        self,
        teacher: LatentDenoiser,
        *,
        lr: float,
        schedule: NoiseSchedule,
        device: torch.device | str,
    ) -> None:
        width = int(teacher.config["width"])
        self.teacher = teacher
        self.schedule = schedule
        self.heads = nn.ModuleList(_Head(width) for _ in teacher.transformer.layers).to(device)
        self.optimizer = torch.optim.AdamW(
            self.heads.parameters(), lr=lr, betas=(0.5, 0.99), eps=_TINY_GRADIENT
        )

    def pull(
        self,
        generated: Tensor,
        batch: LatentBatch,
        generator: torch.Generator,
        *,
        total: int,
        processes: Processes,
    ) -> tuple[Tensor, Tensor]:
        """Measure how little ``generated`` [B L C] looks recorded; trains the heads for a step.

        Args:
            generated: this process's share, as is ``batch``.
            batch: what was recorded.
            generator: of the noise's levels, the same on all processes.
            total: rows of all processes.
            processes: whose heads stay the same.
        Returns:
            The generator's loss, and the heads' own before that step.
        """
        levels = torch.randint(*_LEVELS, (total,), generator=generator)[processes.rows]
        levels = levels.to(generated.device)
        noise = [processes.normal(total, generated) for _ in range(2)]
        seen = self._layers(generated, noise[0], levels, batch)
        with torch.no_grad():
            recorded = self._layers(batch.latents, noise[1], levels, batch)

        heads_loss = self._learn(recorded, [layer.detach() for layer in seen], batch, processes)
        return -processes.mean(self._scores(seen, batch), batch.mask), heads_loss

    def _layers(
        self, latents: Tensor, noise: Tensor, levels: Tensor, batch: LatentBatch
    ) -> list[Tensor]:
        """Outputs of each of the teacher's layers at the latent tokens, ``[B L width]`` each."""
        noisy = self.schedule.add_noise(latents, noise, levels)
        x, allowed = self.teacher.sequence(
            noisy, levels, batch.text, text_mask=batch.text_mask, mask=batch.mask
        )

        return [
            layer[:, : latents.shape[1]]
            for layer in self.teacher.transformer.layer_outputs(x, allowed)
        ]

    def _scores(self, layers: list[Tensor], batch: LatentBatch) -> Tensor:
        """``[B L 2 layers]``: above 0 where they look recorded."""
        return torch.cat(
            [head(layer, batch.mask) for head, layer in zip(self.heads, layers, strict=True)],
            dim=-1,
        )

    def _learn(
        self,
        recorded: list[Tensor],
        generated: list[Tensor],
        batch: LatentBatch,
        processes: Processes,
    ) -> Tensor:
        """Train the heads for one step; returns their loss before it."""
        self.heads.requires_grad_(True)
        with torch.enable_grad():
            on_recorded = processes.mean(
                functional.relu(1 - self._scores(recorded, batch)), batch.mask
            )
            on_generated = processes.mean(
                functional.relu(1 + self._scores(generated, batch)), batch.mask
            )

            loss = on_recorded + on_generated
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
        processes.average_gradients(self.heads.parameters())

        self.optimizer.step()
        self.heads.requires_grad_(False)
        return loss.detach()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"heads": self.heads.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what ``state`` returned."""
        self.heads.load_state_dict(state["heads"])
        self.optimizer.load_state_dict(state["optimizer"])


def with_pull(
    loss: Tensor, pull: Tensor, predicted: Tensor, weight: float, *, processes: Processes
) -> Tensor:
    """Add a pull whose gradient at ``predicted`` is ``weight`` times as long as the loss's."""
    (pull_gradient,) = torch.autograd.grad(pull, predicted)
    (loss_gradient,) = torch.autograd.grad(loss, predicted, retain_graph=True)
    share = weight * processes.norm(loss_gradient) / (processes.norm(pull_gradient) + 1e-8)
    return loss + share * (pull_gradient * predicted).sum()


class _Head(nn.Module):
    """Scores ``[B L 2]`` of ``[B L width]``: of a token with its neighbours, and of its clip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, _HEAD_WIDTH, 3, padding=1)
        self.token = nn.Linear(_HEAD_WIDTH, 1)
        self.pooled = nn.Linear(2 * width, _CLIP_WIDTH)
        self.clip = nn.Linear(_CLIP_WIDTH, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Score ``x`` [B L width], whose real tokens ``mask`` [B L] tells."""
        x = self.norm(x)
        weights = mask[..., None].to(x.dtype)
        count = weights.sum(1, keepdim=True)
        mean = (x * weights).sum(1, keepdim=True) / count
        spread = (((x - mean).square() * weights).sum(1, keepdim=True) / count + 1e-6).sqrt()

        mixed = self.mix(x.transpose(1, 2)).transpose(1, 2)  # [B L 64]
        token = self.token(functional.leaky_relu(mixed, 0.2))
        clip = self.clip(functional.leaky_relu(self.pooled(torch.cat([mean, spread], dim=-1)), 0.2))
        return torch.cat([token, clip.expand_as(token)], dim=-1)
