"""Classifier-free guidance; the user's scale s (1 = off) is the papers' weight w + 1."""

from __future__ import annotations

from collections.abc import Callable

from motionlcm.diffusion.schedule import Array


def guide(conditional: Array, unconditional: Array, weight: Array | float) -> Array:
    """``conditional + w (conditional - unconditional)``.

    Args:
        conditional, unconditional: ``[B ...]``, a denoiser's outputs with and without the caption.
        weight: w, a number or ``[B]``.
    Returns:
        ``[B ...]``. Noise, sample and v are linear maps of one another at fixed z_t, so guiding any
        of them guides all.
    """
    if not isinstance(weight, int | float):
        weight = weight.reshape((-1, *[1] * (conditional.ndim - 1)))
    return conditional + weight * (conditional - unconditional)


def guided(
    conditional: Callable[[Array, Array], Array],
    unconditional: Callable[[Array, Array], Array],
    weight: Array | float,
) -> Callable[[Array, Array], Array]:
    """The guided denoiser ``(z_t, timesteps) -> output`` of two denoisers."""

    def denoise(z_t: Array, timesteps: Array) -> Array:
        return guide(conditional(z_t, timesteps), unconditional(z_t, timesteps), weight)

    return denoise
