"""Averages of weights over training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@torch.no_grad()
def update_ema(target: nn.Module, source: nn.Module, decay: float) -> None:
    """Move a target network's weights: ``target = decay * target + (1 - decay) * source``."""
    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), 1 - decay)


class ExponentialMovingAverage:
    """Averaged weights for export.

    The decay warms up as (1 + n) / (10 + n), so that early weights are soon forgotten.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.shadow = [parameter.detach().clone() for parameter in module.parameters()]

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Take in the current weights."""
        self.updates += 1

        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self.shadow, list(module.parameters()), 1 - decay)

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[None]:
        """Lend the module the averaged weights within the block."""
        parameters = list(module.parameters())
        kept = [parameter.detach().clone() for parameter in parameters]

        _assign(parameters, self.shadow)
        try:
            yield
        finally:
            _assign(parameters, kept)

    def state(self) -> dict:
        """The averages and their count, for a checkpoint."""
        return {"shadow": self.shadow, "updates": self.updates}

    def load_state(self, state: dict) -> None:
        """Take over what ``state`` gave."""
        _assign(self.shadow, state["shadow"])
        self.updates = state["updates"]


@torch.no_grad()
def _assign(targets: list, values: list[Tensor]) -> None:
    for target, value in zip(targets, values, strict=True):
        target.copy_(value)
