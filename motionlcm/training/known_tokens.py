"""Known tokens in training: some of a clip's latents are given clean, the others denoised.

With it a network learns to continue a motion, to lead up to one, and to fill in between. A mask is
drawn anew for each clip, and the loss counts only what was not given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from motionlcm.data.latents import LatentBatch

#: How often what is given: the beginning, the end, both ends, tokens here and there.
KINDS = {"prefix": 2, "suffix": 1, "ends": 2, "scattered": 1}


def with_known(batch: LatentBatch, rng: np.random.Generator, share: float) -> LatentBatch:
    """Give some tokens of a random ``share`` of a batch's clips; at least one of each is not given.

    Args:
        batch: of clips; their lengths are those of its mask.
        rng: of chance; nothing is drawn where ``share`` is 0.
        share: from 0 to 1.
    """
    if not share:
        return batch
    lengths = batch.mask.sum(1).tolist()
    known = np.zeros(tuple(batch.mask.shape), bool)
    for row, length in enumerate(lengths):
        if rng.random() < share and length > 1:
            known[row, :length] = draw_known(length, rng)
    return replace(batch, known=torch.from_numpy(known).to(batch.mask.device))


def draw_known(length: int, rng: np.random.Generator) -> np.ndarray:
    """Draw which of ``length`` tokens (two or more) are given, ``[length]``: some, never all."""
    weights = np.array(list(KINDS.values()), float)
    kind = list(KINDS)[rng.choice(len(KINDS), p=weights / weights.sum())]
    known = np.zeros(length, bool)

    if kind == "scattered":
        known[rng.permutation(length)[: rng.integers(1, length)]] = True
        return known
    if kind == "ends" and length > 2:
        before = rng.integers(1, length - 1)
        after = rng.integers(1, length - before)
        known[:before] = known[length - after :] = True
        return known

    count = rng.integers(1, length)
    known[slice(count) if kind == "prefix" else slice(length - count, None)] = True
    return known


def check_known_share(share: float) -> None:
    """Raise ValueError unless it is from 0 to 1."""
    if not 0 <= share <= 1:
        raise ValueError(f"known_share must be from 0 to 1, got {share}")
