"""Losses over real elements only: values are ``[B L C]``, masks ``[B L]`` (True = real) or None."""

from __future__ import annotations

from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean over the elements that the mask calls real."""
    if mask is None:
        return values.mean()
    weights = mask[..., None].to(values.dtype)
    return (values * weights).sum() / (weights.sum() * values.shape[-1])


def l2(output: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean squared difference."""
    return masked_mean((output - target) ** 2, mask)


def pseudo_huber(output: Tensor, target: Tensor, *, c: float, mask: Tensor | None = None) -> Tensor:
    """Mean of ``sqrt(d^2 + c^2) - c``: squared near zero, absolute far away."""
    return masked_mean(((output - target) ** 2 + c**2).sqrt() - c, mask)
