"""How far the VAE's reconstructions are from the recordings, in millimetres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from motionlcm.data.dataset import MotionDataset
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.features import decode_positions


@dataclass(frozen=True)
class Errors:
    """Mean joint errors (MPJPE) of some windows in millimetres.

    Attributes:
        local: with roots aligned.
        world: in the world.
        count: of windows.
    """

    local: float
    world: float
    count: int


def reconstruction_error(
    model: MotionVAE,
    dataset: MotionDataset,
    *,
    device: torch.device | str = "cpu",
    batch_size: int = 64,
) -> tuple[float, float]:
    """Mean joint error (MPJPE) in millimetres of the VAE's mean code over all windows.

    Returns:
        The error with roots aligned, and the error in the world.
    """
    errors = _errors(_sums(model, dataset, device, batch_size))
    return errors.local, errors.world


def reconstruction_errors(
    model: MotionVAE,
    dataset: MotionDataset,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Errors, dict[str, Errors]]:
    """Errors of the VAE's mean code over all windows, and for each source of recordings.

    ``progress`` is called with (done, total) windows.
    """
    sums = _sums(model, dataset, progress=progress)
    sources = np.array([window.clip.source for window in dataset.windows])
    return _errors(sums), {str(name): _errors(sums[sources == name]) for name in np.unique(sources)}


def _errors(sums: np.ndarray) -> Errors:
    local, world, frames = sums.sum(axis=0)
    return Errors(float(1000 * local / frames), float(1000 * world / frames), len(sums))


@torch.no_grad()
def _sums(
    model: MotionVAE,
    dataset: MotionDataset,
    device: torch.device | str = "cpu",
    batch_size: int = 64,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Sums over the frames of each window ``[N 3]``: local error, error in the world, frames."""
    mean = torch.from_numpy(dataset.mean).to(device)
    std = torch.from_numpy(dataset.std).to(device)
    order = sorted(range(len(dataset)), key=lambda index: dataset.windows[index].frames)

    sums = np.zeros((len(dataset), 3))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = dataset.collate([dataset.array(index) for index in rows]).to(device)
        output = model.decode(model.encode(batch.features, batch.mask).mode(), batch.mask)

        recorded = decode_positions(batch.features * std + mean, dataset.layout)  # [B T J 3]
        decoded = decode_positions(output * std + mean, dataset.layout)
        shift = decoded[..., :1, :] - recorded[..., :1, :]
        world = (decoded - recorded).norm(dim=-1).mean(-1) * batch.mask
        local = (decoded - recorded - shift).norm(dim=-1).mean(-1) * batch.mask
        frames = batch.mask.to(world)
        sums[rows] = torch.stack([local, world, frames], dim=-1).sum(dim=1).cpu().numpy()
        if progress is not None:
            progress(start + len(rows), len(order))
    return sums
