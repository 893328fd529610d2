"""Descent on latents: a pure function over a loss that knows neither networks nor joints."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

BETAS = (0.6, 0.999)  #: little momentum: of a few steps the first ones must not overshoot


def descend(
    loss: Callable[[Tensor], Tensor],
    start: Tensor,
    *,
    num_steps: int,
    lr: float,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Lower a loss by Adam, the rate falling to nothing along half a cosine.

    Args:
        loss: of latents like ``start``, a scalar; differentiable.
        start: latents ``[B L C]``; left as they are.
        num_steps: steps at most.
        lr: first rate.
        seconds: stop after this time; None: never.
        progress: called with (done, total) after each step; with ``seconds`` the total is what
            they are likely to suffice for.
    Returns:
        Latents ``[B L C]``, without gradient.
    """
    begin = time.perf_counter()
    latents = start.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([latents], lr=lr, betas=BETAS)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(num_steps, 1))

    for step in range(num_steps):
        optimiser.zero_grad()
        loss(latents).backward()
        optimiser.step()
        schedule.step()
        share = 0.0 if seconds is None else (time.perf_counter() - begin) / max(seconds, 1e-9)
        if progress is not None:
            likely = num_steps if seconds is None else round((step + 1) / min(share, 1.0))
            progress(step + 1, min(num_steps, likely))
        if share >= 1:
            break
    return latents.detach()
