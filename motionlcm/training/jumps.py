"""The jumps of a student: at which timesteps they start, and which ones are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

#: Timesteps of a student without phases: on its solver's grid, from pure noise.
STUDENT_TIMESTEPS = {1: (999,), 2: (999, 499), 4: (999, 799, 499, 199)}


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


def student_steps(phases: Sequence[int], num_timesteps: int = 1000) -> dict[int, tuple[int, ...]]:
    """The timesteps of a student with these phases, or with none, for each step count."""
    if not phases:
        return {
            count: tuple(num_timesteps * (time + 1) // 1000 - 1 for time in times)
            for count, times in STUDENT_TIMESTEPS.items()
        }

    return {
        count: tuple(num_timesteps - num_timesteps * i // count - 1 for i in range(count))
        for count in phases
    }


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
