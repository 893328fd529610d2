"""Numbers to vectors: positions in a sequence, diffusion time, guidance weight."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def sinusoid(values: Tensor, width: int, *, max_period: float = 10000.0) -> Tensor:
    """Cosines then sines of values ``[B]`` -> ``[B width]``.

    The ``width / 2`` frequencies fall from 1 to nearly ``1 / max_period``.
    """
    half = width // 2
    frequencies = torch.exp(-math.log(max_period) * torch.arange(half, device=values.device) / half)
    angles = values[:, None].float() * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def guidance_embedding(weight: Tensor, width: int) -> Tensor:
    """Sines then cosines of 1000 w, for guidance weights w ``[B]`` -> ``[B width]``.

    Source: Luo et al., LCM, 2023.
    """
    half = width // 2
    # In this order of rounding: at 1000 w the last bit of a frequency moves the angle by 1e-3, and
    # published weights have learned the rounded ones.
    rate = torch.tensor(math.log(10000.0), dtype=torch.float32, device=weight.device) / (half - 1)
    frequencies = torch.exp(torch.arange(half, device=weight.device) * -rate)

    angles = 1000.0 * weight[:, None].float() * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class LearnedPositions(nn.Module):
    """A learned vector for each place of a sequence.

    They start as sinusoids, so that which places are near is known from step 1.
    """

    def __init__(self, max_length: int, width: int) -> None:
        super().__init__()
        start = sinusoid(torch.arange(max_length), width, max_period=1000.0)
        self.table = nn.Parameter(0.5 * start)

    def forward(self, x: Tensor, places: Tensor | None = None) -> Tensor:
        """Add a vector to each element of ``[B S width]``.

        Args:
            places: ``[B S]``, which vector each element gets; None: 0, 1, 2, ...
        Raises:
            ValueError: a longer sequence than the model has places for.
        """
        if x.shape[1] > len(self.table):
            raise ValueError(
                f"a sequence of {x.shape[1]} is longer than this model's {len(self.table)} places"
            )

        return x + (self.table[: x.shape[1]] if places is None else self.table[places])
