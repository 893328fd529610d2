"""Classifier-free guidance. The user's scale s (1 = off) and the papers' weight w are related by w = s - 1."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def guide(conditional: Tensor, unconditional: Tensor, weight: Tensor | float) -> Tensor:
    """``conditional + w (conditional - unconditional)``; ``weight`` is a number or ``[B]``.

    Since noise, sample and v are the same linear map of one another at fixed z_t, guiding any of them guides all.
    """
    if isinstance(weight, Tensor):
        weight = weight.view(-1, *[1] * (conditional.dim() - 1))
    return conditional + weight * (conditional - unconditional)


def guided(
    conditional: Callable[[Tensor, Tensor], Tensor], unconditional: Callable[[Tensor, Tensor], Tensor], weight: float
) -> Callable[[Tensor, Tensor], Tensor]:
    """The guided denoiser ``(z_t, timesteps) -> output`` of two denoisers."""

    def denoise(z_t: Tensor, timesteps: Tensor) -> Tensor:
        return guide(conditional(z_t, timesteps), unconditional(z_t, timesteps), weight)

    return denoise
