"""The noise schedule: signal and noise at each timestep, and what a network's output means.

``z_t = alpha_t z_0 + sigma_t noise`` with ``alpha_t = sqrt(prod(1 - beta))`` and ``sigma_t^2 = 1 -
alpha_t^2``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.arrays import array_namespace

if TYPE_CHECKING:
    import torch

Array = Any  #: a numpy array or a torch tensor

SCHEDULE_KINDS = ("scaled_linear", "linear")
BETA_START = 0.00085  #: latent diffusion's, and so MLD's and MotionLCM's
BETA_END = 0.012
_MOST_TIMESTEPS = 100_000
PREDICTION_TYPES = ("epsilon", "sample", "v")
#: Official MotionLCM-V2 timesteps of the student for each step count.
OFFICIAL_TIMESTEPS = {1: (799,), 2: (699, 299), 4: (699, 399, 299, 299)}


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """``alphas_cumprod`` [N] float32 for timesteps 0..N-1: the share of the signal's variance.

    A numpy array at first; ``to`` makes a schedule for torch tensors of it. All methods work on
    either kind.
    """

    alphas_cumprod: Array

    @classmethod
    def scaled_linear(
        cls,
        num_timesteps: int = 1000,
        *,
        beta_start: float = BETA_START,
        beta_end: float = BETA_END,
    ) -> NoiseSchedule:
        """Square roots of beta evenly spaced, as in latent diffusion (and MLD, MotionLCM)."""
        betas = np.linspace(beta_start**0.5, beta_end**0.5, num_timesteps, dtype=np.float32) ** 2
        return cls(np.cumprod(1 - betas, dtype=np.float32))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> NoiseSchedule:
        """Build the schedule that a model folder or a training configuration states.

        Args:
            config: ``kind``, a name of ``SCHEDULE_KINDS``; ``beta_start`` and ``beta_end``;
                ``num_timesteps``, 1000 where it is not said.
        Raises:
            ValueError: an unknown kind or key, or betas that do not rise between 0 and 1.
        """
        values = {"kind": "scaled_linear", "num_timesteps": 1000, **config}
        kind, unknown = (
            values.pop("kind"),
            set(values) - {"beta_start", "beta_end", "num_timesteps"},
        )
        if unknown:
            raise ValueError(
                f"schedule: unknown {', '.join(sorted(map(str, unknown))):.80}; "
                "known are kind, beta_start, beta_end, num_timesteps"
            )
        if kind not in SCHEDULE_KINDS:
            raise ValueError(
                f"schedule: kind must be one of {', '.join(SCHEDULE_KINDS)}, got {kind!r:.80}"
            )
        try:
            start, end = (
                float(values.get("beta_start", BETA_START)),
                float(values.get("beta_end", BETA_END)),
            )
            count = int(values["num_timesteps"])
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"schedule: its values must be numbers, got {dict(config)!s:.80}"
            ) from None
        if not 0 < start <= end < 1 or not 1 <= count <= _MOST_TIMESTEPS:
            raise ValueError(
                "schedule: 0 < beta_start <= beta_end < 1 and num_timesteps from 1 to "
                f"{_MOST_TIMESTEPS} must hold, got {dict(config)!s:.80}"
            )

        make = cls.scaled_linear if kind == "scaled_linear" else cls.linear
        return make(count, beta_start=start, beta_end=end)

    @classmethod
    def linear(
        cls, num_timesteps: int = 1000, *, beta_start: float = 0.0001, beta_end: float = 0.02
    ) -> NoiseSchedule:
        """Beta evenly spaced. Source: Ho et al., NeurIPS 2020, section 4."""
        betas = np.linspace(beta_start, beta_end, num_timesteps, dtype=np.float32)
        return cls(np.cumprod(1 - betas, dtype=np.float32))

    @property
    def num_timesteps(self) -> int:
        """N."""
        return len(self.alphas_cumprod)

    def to(self, device: torch.device | str) -> NoiseSchedule:
        """Make a schedule for torch tensors on a device."""
        import torch

        return NoiseSchedule(torch.as_tensor(self.alphas_cumprod, device=device))

    def alpha_sigma(self, timesteps: Array, ndim: int) -> tuple[Array, Array]:
        """``alpha, sigma``, shaped ``[B 1 ...]``, of timesteps ``[B]``; a negative one means 0."""
        xp = array_namespace(timesteps)
        square = _wide(self.alphas_cumprod[xp.clip(timesteps, 0, None)], ndim)
        return xp.sqrt(square), xp.sqrt(1 - square)

    def add_noise(self, z_0: Array, noise: Array, timesteps: Array) -> Array:
        """``z_t`` [B ...]."""
        alpha, sigma = self.alpha_sigma(timesteps, z_0.ndim)
        return alpha * z_0 + sigma * noise

    def jump(self, z_t: Array, z_0: Array, timesteps: Array, ends: Array) -> Array:
        """``z`` [B ...] at ``ends`` [B] (below 0: clean) on the DDIM step that ``z_0`` defines."""
        xp = array_namespace(z_t)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.ndim)
        after = self.add_noise(z_0, (z_t - alpha * z_0) / sigma, ends)
        return xp.where(_wide(ends < 0, z_t.ndim), z_0, after)

    def jump_target(self, z_t: Array, z_end: Array, timesteps: Array, ends: Array) -> Array:
        """The ``z_0`` whose ``jump`` from ``z_t`` gives ``z_end``, all ``[B ...]``."""
        xp = array_namespace(z_t)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.ndim)
        alpha_end, sigma_end = self.alpha_sigma(ends, z_t.ndim)
        share = alpha_end - sigma_end * alpha / sigma
        found = (z_end - sigma_end / sigma * z_t) / xp.where(
            xp.abs(share) < 1e-6, xp.ones_like(share), share
        )
        return xp.where(_wide((ends < 0) | (ends == timesteps), z_t.ndim), z_end, found)

    def training_target(
        self, z_0: Array, noise: Array, timesteps: Array, prediction_type: str
    ) -> Array:
        """What a network of this prediction type should put out."""
        check_prediction_type(prediction_type)
        if prediction_type == "epsilon":
            return noise
        if prediction_type == "sample":
            return z_0
        alpha, sigma = self.alpha_sigma(timesteps, z_0.ndim)
        return alpha * noise - sigma * z_0

    def to_sample(self, output: Array, z_t: Array, timesteps: Array, prediction_type: str) -> Array:
        """The predicted ``z_0``."""
        check_prediction_type(prediction_type)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.ndim)
        if prediction_type == "sample":
            return output
        if prediction_type == "epsilon":
            return (z_t - sigma * output) / alpha
        return alpha * z_t - sigma * output

    def to_noise(self, output: Array, z_t: Array, timesteps: Array, prediction_type: str) -> Array:
        """The predicted noise."""
        check_prediction_type(prediction_type)
        alpha, sigma = self.alpha_sigma(timesteps, z_t.ndim)
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


def _wide(values: Array, ndim: int) -> Array:
    return values.reshape((-1, *[1] * (ndim - 1)))


def check_prediction_type(prediction_type: str) -> None:
    """Raise ValueError unless it is one of ``PREDICTION_TYPES``."""
    if prediction_type not in PREDICTION_TYPES:
        raise ValueError(
            f"prediction_type must be one of {PREDICTION_TYPES}, got {prediction_type!r}"
        )


def student_timesteps(
    num_steps: int, timesteps: dict[int, tuple[int, ...]] | None = None
) -> tuple[int, ...]:
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
