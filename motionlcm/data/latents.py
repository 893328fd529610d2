"""Latents of a split with their captions, in memory: what teacher and student train on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.cache import TextCache, cached, fingerprint
from motionlcm.data.captions import mirror_caption
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.paraphrases import paraphrases
from motionlcm.models.vae import MotionVAE

_BUCKETS = 8


@dataclass(frozen=True)
class LatentBatch:
    """``latents`` [B L C] normalised, ``mask`` [B L], ``text`` [B S E], ``text_mask`` [B S]."""

    latents: Tensor
    mask: Tensor
    text: Tensor
    text_mask: Tensor
    captions: tuple[str, ...] = ()

    def to(self, device: torch.device | str) -> LatentBatch:
        """The same batch on another device."""
        latents, mask = self.latents.to(device), self.mask.to(device)
        return LatentBatch(
            latents, mask, self.text.to(device), self.text_mask.to(device), self.captions
        )

    def chosen(self, rows: Tensor | slice) -> LatentBatch:
        """Only the samples with these indices ``[N]`` or of this range, without their captions."""
        return LatentBatch(
            self.latents[rows], self.mask[rows], self.text[rows], self.text_mask[rows]
        )


def reworded(batch: LatentBatch, rng: np.random.Generator, texts: TextCache) -> LatentBatch:
    """Half of a batch's captions in one of the other wordings that ``texts`` knows."""
    if not texts.paraphrases:
        return batch
    captions = []
    for caption, is_other in zip(
        batch.captions, rng.random(len(batch.captions)) < 0.5, strict=True
    ):
        others = paraphrases(caption, texts.paraphrases) if caption and is_other else ()
        captions.append(others[rng.integers(len(others))] if others else caption)
    text, text_mask = texts.lookup(captions)
    return replace(
        batch,
        text=text.to(batch.text),
        text_mask=text_mask.to(batch.text_mask),
        captions=tuple(captions),
    )


class LatentDataset:
    """Posterior means and deviations of every window and its mirror image, computed once.

    Args:
        motions: the split.
        vae: in eval mode.
        folder: of the cache.
        statistics: ``(mean, std)`` [C] that normalise latents; None computes them from this split, and those of
            channels beyond the given ones.
    """

    def __init__(
        self,
        motions: MotionDataset,
        vae: MotionVAE,
        *,
        folder: Path,
        statistics: tuple[Tensor, Tensor] | None = None,
        batch_size: int = 64,
    ) -> None:
        self.motions = motions
        weights = fingerprint(vae.config["latent_channels"], *vae.encoder_state().values())
        names = [(w.clip.id, w.start, w.frames) for w in motions.windows]
        key = fingerprint(weights, names, motions.mean.tobytes())
        tensors = cached(
            folder / f"latents-{key}.safetensors", lambda: _encode_all(motions, vae, batch_size)
        )
        self.mean, self.deviation, self.mask = (
            tensors["mean"],
            tensors["deviation"],
            tensors["mask"],
        )  # [N 2 L C]
        real = self.mean[self.mask]
        own = real.mean(0), real.std(0)
        mean, std = own if statistics is None else statistics
        self.statistics = (
            torch.cat([mean, own[0][len(mean) :]]),
            torch.cat([std, own[1][len(std) :]]),
        )
        self.device = motions.device
        self.mean, self.deviation = self.mean.to(self.device), self.deviation.to(self.device)
        self._normal = [values.to(self.device) for values in self.statistics]
        self._counts = self.mask[:, 0].sum(1).numpy()  # tokens of each window
        self.mask = self.mask.to(self.device)
        self.captions = [list(w.captions) for w in motions.windows]

    def random_batch(
        self,
        rng: np.random.Generator,
        *,
        batch_size: int,
        texts: TextCache,
        text_dropout: float = 0.0,
    ) -> LatentBatch:
        """Drawn by class weight, mirrored half the time (words too), latents sampled from the posterior."""
        index = rng.choice(len(self.captions), size=batch_size * _BUCKETS, p=self.motions.weights)
        index = index[
            np.argsort(self.motions.lengths[index], kind="stable")
        ]  # alike in length, so that little is padding
        index = index.reshape(_BUCKETS, batch_size)[rng.integers(_BUCKETS)]
        mirrored = self.motions.random_sides(rng, index)
        captions = []
        for i, is_mirrored in zip(index, mirrored, strict=True):
            caption = self.captions[i][rng.integers(len(self.captions[i]))]
            captions.append(mirror_caption(caption) if is_mirrored else caption)
        dropped = rng.random(batch_size) < text_dropout
        captions = [
            "" if drop else caption for drop, caption in zip(dropped, captions, strict=True)
        ]
        return self._batch(index, mirrored.astype(int), captions, texts, is_sampled=True)

    def fixed_batch(self, index: np.ndarray, *, texts: TextCache) -> LatentBatch:
        """Unmirrored posterior means with each window's first caption."""
        captions = [self.captions[i][0] for i in index]
        return self._batch(index, np.zeros(len(index), int), captions, texts, is_sampled=False)

    def _batch(
        self,
        index: np.ndarray,
        side: np.ndarray,
        captions: list[str],
        texts: TextCache,
        *,
        is_sampled: bool,
    ) -> LatentBatch:
        longest = int(self._counts[index].max())
        chosen = torch.from_numpy(index).to(self.device), torch.from_numpy(side).to(self.device)
        mask, latents = self.mask[chosen][:, :longest], self.mean[chosen][:, :longest]
        if is_sampled:
            latents = latents + torch.randn_like(latents) * self.deviation[chosen][:, :longest]
        mean, std = self._normal
        text, text_mask = texts.lookup(captions)
        return LatentBatch(
            (latents - mean) / std * mask[..., None], mask, text, text_mask, tuple(captions)
        )


@torch.inference_mode()
def _encode_all(motions: MotionDataset, vae: MotionVAE, batch_size: int) -> dict[str, Tensor]:
    device = next(vae.parameters()).device
    longest = max(window.frames for window in motions.windows)
    num_tokens = vae.token_mask(torch.ones(1, longest, dtype=torch.bool)).shape[1]
    shape = (len(motions), 2, num_tokens, vae.latent_channels)
    mean, deviation = torch.zeros(shape), torch.zeros(shape)
    mask = torch.zeros(shape[:3], dtype=torch.bool)
    order = sorted(range(len(motions)), key=lambda i: motions.windows[i].frames)
    for side in (0, 1):
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            chosen = np.array(rows)
            batch = motions.batch(
                chosen,
                starts=np.zeros(len(rows), int),
                lengths=motions.lengths[chosen],
                sides=np.full(len(rows), bool(side)),
            ).to(device)
            latent = vae.encode(batch.features, batch.mask)
            tokens = latent.mean.shape[1]
            mean[rows, side, :tokens] = latent.mean.cpu()
            deviation[rows, side, :tokens] = (0.5 * latent.log_variance).exp().cpu()
            mask[rows, side, :tokens] = vae.token_mask(batch.mask).cpu()
    return {"mean": mean, "deviation": deviation, "mask": mask}
