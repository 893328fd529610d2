"""Frames to tokens, and tokens to one vector."""

from __future__ import annotations

import torch
from torch import Tensor


def fold(x: Tensor, size: int) -> Tensor:
    """Join each ``size`` frames to one token: ``[B T D] -> [B ceil(T / size) size*D]``.

    The last token is filled up with zeros.
    """
    missing = -x.shape[1] % size
    if missing:
        x = torch.cat([x, x.new_zeros(x.shape[0], missing, x.shape[2])], dim=1)
    return x.unflatten(1, (-1, size)).flatten(2)


def fold_mask(mask: Tensor, size: int) -> Tensor:
    """Mark the tokens of ``fold`` that hold a real frame: ``[B T] -> [B ceil(T / size)]``."""
    return fold(mask[..., None], size).any(-1)


def mean_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """``[B E]`` of token vectors ``[B S E]``, over those that the mask ``[B S]`` calls real."""
    weights = mask[..., None].to(x.dtype)
    return (x * weights).sum(1) / weights.sum(1)
