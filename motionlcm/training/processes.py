"""The processes of one training: each works on its share of every batch; all hold one network.

All processes draw the same whole batch from (seed, stage, step); each works on every ``count``-th
row of it. A mean over the whole batch becomes, on each, a number whose average over the processes
is that mean. Gradients and figures are averaged, so the result is one process's, to rounding. A
stage that takes no share works on the whole batch everywhere: as right, only not faster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from torch import Tensor, distributed

from motionlcm.diffusion.losses import masked_mean

#: How long a process waits for another, which may be encoding a large data set meanwhile.
_PATIENCE = timedelta(hours=6)
Result = TypeVar("Result")
_RANK_SEEDS = 7_919  #: between the seeds of two processes' dropout


def start_processes(mixed_precision: str) -> Accelerator:
    """Join the processes that torchrun or accelerate launched: nccl on GPUs, gloo on CPUs.

    On a GPU, float32 matrix products are rounded as TF32 (10 bits of mantissa), several times
    faster; sums, norms and weights stay float32.
    """
    if torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")
    is_launched = int(os.environ.get("WORLD_SIZE", "1")) > 1
    on_cpu = is_launched and not torch.cuda.is_available()
    handlers = []
    if is_launched:
        backend = "gloo" if on_cpu or os.environ.get("ACCELERATE_USE_CPU") == "true" else None
        handlers.append(InitProcessGroupKwargs(backend=backend, timeout=_PATIENCE))
    return Accelerator(
        mixed_precision=mixed_precision, cpu=on_cpu or None, kwargs_handlers=handlers
    )


class Processes:
    """One of ``count`` processes: its share of a batch, and what they tell each other.

    Args:
        rank: number of this process; 0 is the one that writes files.
        count: how many there are.
        device: where the tensors lie that are averaged.
        group: their way to exchange plain values on the host, so that no GPU waits for those.
    """

    def __init__(
        self,
        rank: int = 0,
        count: int = 1,
        *,
        device: torch.device | str = "cpu",
        group: Any = None,
    ) -> None:
        self.rank = rank
        self.count = count
        self.device = device
        self._group = group
        self._generator: torch.Generator | None = None

    @classmethod
    def of(cls, accelerator: Accelerator) -> Processes:
        """Find the processes that an accelerator has joined; all of them must call this."""
        count, device = accelerator.num_processes, accelerator.device
        group = distributed.new_group(backend="gloo", timeout=_PATIENCE) if count > 1 else None
        return cls(accelerator.process_index, count, device=device, group=group)

    @property
    def is_first(self) -> bool:
        """Whether this is the one process that writes files, validates and logs."""
        return self.rank == 0

    # -- a batch and its noise --

    @property
    def rows(self) -> slice:
        """Rows of a whole batch that this process works on."""
        return slice(self.rank, None, self.count)

    @property
    def generator(self) -> torch.Generator | None:
        """Source of what is drawn for whole batches, the same everywhere; None: torch's own."""
        return self._generator

    def seed(self, seed: int) -> None:
        """Begin a step: the same draws for whole batches everywhere, dropout of one's own."""
        torch.manual_seed(seed + self.rank * _RANK_SEEDS)
        if self.count > 1:
            self._generator = torch.Generator(self.device).manual_seed(seed)

    def normal(self, total: int, like: Tensor) -> Tensor:
        """Draw standard normal noise of the shape ``like``, own rows of a batch of ``total``."""
        return self._drawn(torch.randn, total, like)

    def uniform(self, total: int, like: Tensor) -> Tensor:
        """Draw numbers from 0 to 1 of the shape ``like``, own rows of a batch of ``total``."""
        return self._drawn(torch.rand, total, like)

    def _drawn(self, draw: Callable[..., Tensor], total: int, like: Tensor) -> Tensor:
        shape = (total, *like.shape[1:])
        drawn = draw(shape, generator=self._generator, device=like.device, dtype=like.dtype)
        return drawn[self.rows]

    # -- means over the whole batch --

    def mean(self, values: Tensor, mask: Tensor) -> Tensor:
        """Masked mean of own rows ``[B L C]``; averaged over all processes, the whole batch's."""
        if self.count == 1:
            return masked_mean(values, mask)
        weights = mask[..., None].to(values.dtype)
        total = self.total(weights.sum()) * values.shape[-1]
        return (values * weights).sum() * self.count / total

    def part(self, mean: Tensor, mask: Tensor) -> Tensor:
        """Turn a masked mean of own rows into what ``mean`` returns."""
        if self.count == 1:
            return mean
        own = mask.sum().to(mean.dtype)
        return mean * (own * self.count / self.total(own))

    def std(self, values: Tensor) -> Tensor:
        """Deviation ``[C]`` of the rows ``[N C]`` of all processes; no gradient."""
        if self.count == 1:
            return values.std(0)
        values = values.detach().double()
        count = self.total(torch.tensor(float(len(values)), device=values.device))
        mean = self.total(values.sum(0)) / count
        square = self.total(((values - mean) ** 2).sum(0)) / (count - 1)
        return square.sqrt().float()

    def norm(self, gradient: Tensor) -> Tensor:
        """Length of a gradient at the whole batch, whose own rows these are."""
        if self.count == 1:
            return gradient.norm()
        return self.total(gradient.square().sum()).sqrt() / self.count

    def total(self, value: Tensor) -> Tensor:
        """Sum over all processes, without gradient."""
        summed = value.detach().clone()
        if self.count > 1:
            distributed.all_reduce(summed)
        return summed

    def gathered(self, values: Tensor) -> Tensor:
        """Rows of the whole batch ``[B W]``, in its order, from everyone's own, with gradient."""
        return values if self.count == 1 else _Gather.apply(values, self.rank, self.count)

    # -- one network --

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Put the average over all processes in the place of each gradient, in one exchange."""
        if self.count > 1:
            self._average([p.grad for p in parameters if p.grad is not None])

    @torch.no_grad()
    def share_first(self, tensors: Iterable[Tensor]) -> None:
        """Give all processes the first one's values."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def averaged(self, figures: dict[str, Tensor]) -> dict[str, Tensor]:
        """Average of named numbers over all processes."""
        if self.count == 1 or not figures:
            return figures
        values = self._row(figures)
        self._average([values])
        return dict(zip(figures, values, strict=True))

    def of_all(self, figures: dict[str, Tensor]) -> list[dict[str, Tensor]]:
        """Named numbers of every process, by rank, on the host; the names are the same on all."""
        if self.count == 1 or not figures:
            return [{name: value.cpu() for name, value in figures.items()}] * self.count
        own = self._row(figures)
        rows = [torch.empty_like(own) for _ in range(self.count)]
        distributed.all_gather(rows, own)
        return [dict(zip(figures, row.cpu().clone(), strict=True)) for row in rows]

    def _row(self, figures: dict[str, Tensor]) -> Tensor:
        """Named numbers as one new tensor ``[N]``."""
        return torch.stack([value.detach().float().to(self.device) for value in figures.values()])

    @torch.no_grad()
    def _average(self, tensors: list[Tensor]) -> None:
        if not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        flat /= self.count
        for tensor, values in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(values.view_as(tensor))

    # -- agreement --

    def agreed(self, *values: float) -> tuple[float, ...]:
        """Largest of each number over all processes."""
        if self.count == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(tensor, distributed.ReduceOp.MAX, group=self._group)
        return tuple(tensor.tolist())

    def check_equal(self, tensors: Iterable[Tensor]) -> None:
        """Raise RuntimeError where these are not the same on all processes."""
        if self.count == 1:
            return
        own = float(torch.stack([tensor.detach().double().sum() for tensor in tensors]).sum())
        largest, smallest = self.agreed(own, -own)
        if largest != -smallest:
            raise RuntimeError(
                f"the networks of the {self.count} processes have drifted apart; start again from "
                "the last checkpoint, on machines of one kind"
            )

    def leave(self) -> None:
        """End the connection, when all is done."""
        if self.count > 1:
            distributed.destroy_process_group()

    def on_first(self, call: Callable[[], Result]) -> Result:
        """Run ``call`` on the first process alone and give its result to all.

        Where it fails, the first process raises its error and the others leave without a word.
        """
        if self.count == 1:
            return call()

        outcome: list[Any] = [None, False]
        try:
            if self.is_first:
                outcome = [call(), True]
        finally:
            distributed.broadcast_object_list(outcome, 0, group=self._group)
        if not outcome[1]:
            raise SystemExit(1)
        return outcome[0]

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """Let the first process through the block before the others, who find what it wrote."""
        if self.count > 1 and not self.is_first:
            distributed.barrier(group=self._group)
        yield
        if self.count > 1 and self.is_first:
            distributed.barrier(group=self._group)


class _Gather(torch.autograd.Function):
    """Rows of all processes; each process computes the same from them, so its gradient suffices."""

    @staticmethod
    def forward(context: Any, values: Tensor, rank: int, count: int) -> Tensor:
        context.rank, context.count = rank, count
        parts = [torch.empty_like(values) for _ in range(count)]
        distributed.all_gather(parts, values.contiguous())
        return torch.stack(parts, dim=1).flatten(0, 1)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return gradients[0][context.rank :: context.count] * context.count, None, None
