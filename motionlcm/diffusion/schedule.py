"""The noise schedule: how much signal and noise at each timestep, and what a network's output means.

``z_t = alpha_t z_0 + sigma_t noise`` with ``alpha_t = sqrt(prod(1 - beta))`` and ``sigma_t^2 = 1 - alpha_t^2``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

PREDICTION_TYPES = ("epsilon", "sample", "v")
#: Official MotionLCM-V2 timesteps of the student for each step count.
OFFICIAL_TIMESTEPS = {1: (799,), 2: (699, 299), 4: (699, 399, 299, 299)}


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """``alphas_cumprod`` [N] float32 for timesteps 0..N-1: the share of the signal's variance."""

    alphas_cumprod: Tensor

    @classmethod
    def scaled_linear(
        cls, num_timesteps: int = 1000, *, beta_start: float = 0.00085, beta_end: float = 0.012
    ) -> NoiseSchedule:
        """Square roots of beta evenly spaced, as in latent diffusion (and MLD, MotionLCM)."""
        betas = torch.linspace(beta_start**0.5, beta_end**0.5, num_timesteps, dtype=torch.float32) ** 2
        return cls(torch.cumprod(1 - betas, dim=0))

    @property
    def num_timesteps(self) -> int:
        """N."""
        return len(self.alphas_cumprod)

    def to(self, device: torch.device | str) -> NoiseSchedule:
        """The same schedule on another device."""
        return NoiseSchedule(self.alphas_cumprod.to(device))

    def alpha_sigma(self, timesteps: Tensor, ndim: int) -> tuple[Tensor, Tensor]:
        """``alpha, sigma`` for ``[B]`` timesteps, shaped ``[B 1 ...]``; a negative timestep means the last, 0."""
        square = self.alphas_cumprod[timesteps.clamp(min=0)].view(-1, *[1] * (ndim - 1))
        return square.sqrt(), (1 - square).sqrt()

    def add_noise(self, z_0: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """``z_t`` [B ...]."""
        alpha, sigma = self.alpha_sigma(timesteps, z_0.dim())
        return alpha * z_0 + sigma * noise

    def jump(self, z_t: Tensor, z_0: Tensor, timesteps: Tensor, ends: Tensor) -> Tensor:
        """``z`` [B ...] at ``ends`` [B] on the straight DDIM step that ``z_0`` defines; ends below 0 are clean."""
        alpha, sigma = self.alpha_sigma(timesteps, z_t.dim())
        after = self.add_noise(z_0, (z_t - alpha * z_0) / sigma, ends)
        return torch.where(_wide(ends < 0, z_t.dim()), z_0, after)

    def jump_target(self, z_t: Tensor, z_end: Tensor, timesteps: Tensor, ends: Tensor) -> Tensor:
        """The ``z_0`` [B ...] whose ``jump`` from ``z_t`` gives ``z_end``; where both timesteps are one, ``z_end``."""
        alpha, sigma = self.alpha_sigma(timesteps, z_t.dim())
        alpha_end, sigma_end = self.alpha_sigma(ends, z_t.dim())
        share = alpha_end - sigma_end * alpha / sigma
        found = (z_end - sigma_end / sigma * z_t) / torch.where(share.abs() < 1e-6, torch.ones_like(share), share)
        return torch.where(_wide((ends < 0) | (ends == timesteps), z_t.dim()), z_end, found)

    def training_target(self, z_0: Tensor, noise: Tensor, timesteps: Tensor, prediction_type: str) -> Tensor:
        """What a network of this prediction type should put out."""
        check_prediction_type(prediction_type)
        if prediction_type == "epsilon":
            return noise
        if prediction_type == "sample":
            return z_0
        alpha, sigma = self.alpha_sigma(timesteps, z_0.dim())
        return alpha * noise - sigma * z_0

    def to_sample(self, output: Tensor, z_t: Tensor, timesteps: Tensor, prediction_type: str) -> Tensor:
        """The predicted ``z_0``."""
        check_prediction_type(prediction_type)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.dim())
        if prediction_type == "sample":
            return output
        if prediction_type == "epsilon":
            return (z_t - sigma * output) / alpha
        return alpha * z_t - sigma * output

    def to_noise(self, output: Tensor, z_t: Tensor, timesteps: Tensor, prediction_type: str) -> Tensor:
        """The predicted noise."""
        check_prediction_type(prediction_type)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.dim())
        if prediction_type == "epsilon":
            return output
        if prediction_type == "sample":
            return (z_t - alpha * output) / sigma
        return alpha * output + sigma * z_t

    def ddim_timesteps(self, num_steps: int, *, spacing: str = "trailing") -> list[int]:
        """Descending timesteps of a DDIM run; "leading" (offset 1) is the official teacher's.

        Source: Lin et al., 2023, table 2 for the names.
        """
        if not 1 <= num_steps <= self.num_timesteps:
            raise ValueError(f"num_steps must be 1 to {self.num_timesteps}, got {num_steps}")
        if spacing == "trailing":
            ratio = self.num_timesteps / num_steps
            return [round(self.num_timesteps - i * ratio) - 1 for i in range(num_steps)]
        if spacing == "leading":
            ratio = self.num_timesteps // num_steps
            return [i * ratio + 1 for i in reversed(range(num_steps))]
        raise ValueError(f"spacing must be 'trailing' or 'leading', got {spacing!r}")


def _wide(values: Tensor, ndim: int) -> Tensor:
    return values.view(-1, *[1] * (ndim - 1))


def check_prediction_type(prediction_type: str) -> None:
    """Raise ValueError unless it is one of ``PREDICTION_TYPES``."""
    if prediction_type not in PREDICTION_TYPES:
        raise ValueError(f"prediction_type must be one of {PREDICTION_TYPES}, got {prediction_type!r}")


def student_timesteps(num_steps: int, timesteps: dict[int, tuple[int, ...]] | None = None) -> tuple[int, ...]:
    """The student's timesteps for a step count, by default the official map.

    Raises:
        ValueError: a step count that the map does not have.
    """
    timesteps = OFFICIAL_TIMESTEPS if timesteps is None else timesteps
    if num_steps not in timesteps:
        raise ValueError(
            f"steps must be one of {sorted(timesteps)} for this student, got {num_steps}; "
            "other counts can be added to its timestep map"
        )
    return tuple(timesteps[num_steps])
