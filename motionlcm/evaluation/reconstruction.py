"""How far the VAE's reconstructions are from the recordings, in millimetres."""

from __future__ import annotations

import numpy as np
import torch

from motionlcm.data.dataset import MotionDataset
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.features import decode_positions


@torch.no_grad()
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
    mean = torch.from_numpy(dataset.mean).to(device)
    std = torch.from_numpy(dataset.std).to(device)
    order = sorted(range(len(dataset)), key=lambda index: dataset.windows[index].frames)

    total = np.zeros(3)  # root-aligned, world, number of frames
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = dataset.collate([dataset.array(index) for index in rows]).to(device)
        output = model.decode(model.encode(batch.features, batch.mask).mode(), batch.mask)

        recorded = decode_positions(batch.features * std + mean, dataset.layout)  # [B T J 3]
        decoded = decode_positions(output * std + mean, dataset.layout)
        shift = decoded[..., :1, :] - recorded[..., :1, :]
        world = (decoded - recorded).norm(dim=-1).mean(-1)[batch.mask]
        local = (decoded - recorded - shift).norm(dim=-1).mean(-1)[batch.mask]
        total += [float(local.sum()), float(world.sum()), len(world)]
    return float(1000 * total[0] / total[2]), float(1000 * total[1] / total[2])
