"""How far the VAE's reconstructions are from the recordings, in millimetres."""

from __future__ import annotations

import numpy as np
import torch

from motionlcm.data.dataset import MotionBatch, MotionDataset
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
    """MPJPE in millimetres of the VAE's mean code over all windows: root-aligned, and in the world."""
    mean, std = torch.from_numpy(dataset.mean).to(device), torch.from_numpy(dataset.std).to(device)
    order = sorted(range(len(dataset)), key=lambda index: dataset.windows[index].frames)
    total = np.zeros(3)
    for start in range(0, len(order), batch_size):
        batch: MotionBatch = dataset.collate(
            [dataset.array(i) for i in order[start : start + batch_size]]
        ).to(device)
        output = model.decode(model.encode(batch.features, batch.mask).mode(), batch.mask)
        truth, made = (
            decode_positions(x * std + mean, dataset.layout) for x in (batch.features, output)
        )
        world = (made - truth).norm(dim=-1).mean(-1)[batch.mask]
        local = (
            (made - made[..., :1, :] - truth + truth[..., :1, :]).norm(dim=-1).mean(-1)[batch.mask]
        )
        total += [float(local.sum()), float(world.sum()), len(world)]
    return float(1000 * total[0] / total[2]), float(1000 * total[1] / total[2])
