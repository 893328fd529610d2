"""The jumps of a student that are trained: where they start and end, and which ones are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Jumps:
    """The training steps of a batch.

    Attributes:
        z_t: where each starts, ``[B L C]``.
        start, end: its timesteps ``[B]``; end -1 is clean.
        weight: its guidance weight ``[B]``.
        num_clean: how many, the first ones, lead to clean latents; the discriminator sees where
            they arrive.
    """

    z_t: Tensor
    start: Tensor
    end: Tensor
    weight: Tensor
    num_clean: int


def drawn_jumps(
    phases: Sequence[int],
    size: int,
    num_last: int,
    *,
    walks: bool,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Draw the jumps of a phased student's batch.

    Args:
        phases: step counts, one named twice twice as often.
        size: B, of the batch.
        num_last: how many, the first ones, are the last jump of their step count.
        walks: whether the others are earlier ones; else they start from recorded motion.
    Returns:
        Step counts ``[B]``, and which of its jumps each is ``[B]``: -1 from recorded motion.
    """
    counts = torch.tensor(phases)
    count = counts[torch.randint(len(counts), (size,), generator=generator)]
    number = count - 1
    others = slice(num_last, None)
    if not walks:
        number[others] = -1
    elif size > num_last:
        longer = counts[counts > 1]  # a single jump has none before it
        count[others] = longer[torch.randint(len(longer), (size,), generator=generator)[others]]
        place = torch.rand(size, generator=generator)[others]
        number[others] = (place * (count[others] - 1)).long()
    return count, number
