"""Sequences of unequal length without their padding: ``[B S width]`` to ``[N width]`` and back.

Captions and clips differ in length, so a quarter and more of a batch is padding. Linear layers need
not see it; on a CPU, where they are nearly all of a step, that much time is saved. On a GPU the
count of real places would have to be waited for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class Packing:
    """The real places of ``[B S]``, those where ``mask`` is True."""

    def __init__(self, mask: Tensor) -> None:
        self.shape = tuple(mask.shape)
        self.index = mask.flatten().nonzero()[:, 0]

    @classmethod
    def of(cls, mask: Tensor | None) -> Packing | None:
        """The packing of a mask; None where nothing is gained.

        That is: no padding, not on a CPU, or a graph is being drawn.
        """
        if mask is None or mask.device.type != "cpu" or torch.compiler.is_compiling():
            return None
        return None if bool(mask.all()) else cls(mask)

    def pack(self, x: Tensor) -> Tensor:
        """``[B S width]`` to ``[N width]``."""
        packed: Tensor = _Take.apply(x.flatten(0, 1), self.index)
        return packed

    def unpack(self, x: Tensor) -> Tensor:
        """``[N width]`` to ``[B S width]``, zero where padded."""
        batch, length = self.shape
        padded: Tensor = _Put.apply(x, self.index, batch * length)
        return padded.unflatten(0, (batch, length))


class _Take(torch.autograd.Function):
    """Rows by index; no row is taken twice, so the gradient is put, not summed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        ctx.count = len(x)
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (index,) = ctx.saved_tensors
        return _rows_at(gradient, index, ctx.count), None


class _Put(torch.autograd.Function):
    """The reverse of ``_Take``: rows put at an index among zeros."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, count: int) -> Tensor:
        ctx.save_for_backward(index)
        return _rows_at(x, index, count)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (index,) = ctx.saved_tensors
        return gradient.index_select(0, index), None, None


def _rows_at(rows: Tensor, index: Tensor, count: int) -> Tensor:
    return rows.new_zeros(count, rows.shape[1]).index_copy_(0, index, rows)
