"""Latents of a split with their captions, in memory: what teacher and student train on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.cache import TextCache, cached, fingerprint
from motionlcm.data.captions import mirror_caption
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.paraphrases import paraphrases
from motionlcm.diffusion.condition import Condition
from motionlcm.models.vae import MotionVAE
from motionlcm.progress import Progress, ProgressLine

logger = logging.getLogger(__name__)
_BUCKETS = 8  #: of batches drawn and sorted by length; one of them is used


@dataclass(frozen=True)
class LatentBatch:
    """Latents of some clips with what a denoiser is told of them.

    Attributes:
        latents: ``[B L C]``, normalised.
        mask: ``[B L]``, True for real tokens.
        text, text_mask: ``[B S E]`` and ``[B S]`` of the captions.
        captions: the captions themselves, where they are needed.
        known: ``[B L]``, True for tokens that are given clean; None: none.
    """

    latents: Tensor
    mask: Tensor
    text: Tensor
    text_mask: Tensor
    captions: tuple[str, ...] = ()
    known: Tensor | None = None

    @property
    def asked(self) -> Tensor:
        """Which tokens ``[B L]`` a denoiser has to tell: the real ones that are not given."""
        return self.mask if self.known is None else self.mask & ~self.known

    def to(self, device: torch.device | str) -> LatentBatch:
        """Move the batch to another device."""
        return replace(
            self,
            latents=self.latents.to(device),
            mask=self.mask.to(device),
            text=self.text.to(device),
            text_mask=self.text_mask.to(device),
            known=None if self.known is None else self.known.to(device),
        )

    def condition(self, weight: Tensor | None = None) -> Condition:
        """What a denoiser is told: captions, lengths, known tokens, guidance weights ``[B]``."""
        return Condition(
            self.text,
            self.text_mask,
            self.mask,
            weight,
            known=self.known,
            known_latents=None if self.known is None else self.latents,
        )

    def chosen(self, rows: Tensor | slice) -> LatentBatch:
        """Keep only the samples with these indices ``[N]`` or of this range, without captions."""
        return LatentBatch(
            self.latents[rows],
            self.mask[rows],
            self.text[rows],
            self.text_mask[rows],
            known=None if self.known is None else self.known[rows],
        )


def reworded(batch: LatentBatch, rng: np.random.Generator, texts: TextCache) -> LatentBatch:
    """Put half of a batch's captions in one of the other wordings that ``texts`` knows."""
    if not texts.paraphrases:
        return batch

    captions = []
    is_reworded = rng.random(len(batch.captions)) < 0.5
    for caption, is_other in zip(batch.captions, is_reworded, strict=True):
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
        statistics: ``(mean, std)`` [C] that normalise latents; None computes them from this split,
            and those of channels beyond the given ones.
        batch_size: windows encoded at once.
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
        self.device = motions.device
        self.captions = [list(window.captions) for window in motions.windows]

        # the name of the cache says all that the latents depend on
        weights = fingerprint(vae.config["latent_channels"], *vae.encoder_state().values())
        names = [(window.clip.id, window.start, window.frames) for window in motions.windows]
        key = fingerprint(weights, names, motions.mean.tobytes())
        path = folder / f"latents-{key}.safetensors"
        tensors = cached(path, lambda: _encode_all(motions, vae, batch_size))

        self.statistics = _completed(statistics, tensors["mean"][tensors["mask"]])
        self._normal = [values.to(self.device) for values in self.statistics]
        self._counts = tensors["mask"][:, 0].sum(1).numpy()  # tokens of each window
        self.mean = tensors["mean"].to(self.device)  # [N 2 L C]
        self.deviation = tensors["deviation"].to(self.device)  # [N 2 L C]
        self.mask = tensors["mask"].to(self.device)  # [N 2 L]

    def random_batch(
        self,
        rng: np.random.Generator,
        *,
        batch_size: int,
        texts: TextCache,
        text_dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> LatentBatch:
        """Draw windows by class weight, and their latents from the posterior.

        Half of them are mirrored (words too), and a share ``text_dropout`` has no caption. The
        posterior's noise is drawn by ``generator``, or by torch's own.
        """
        # windows of like length, so that little of a batch is padding
        index = rng.choice(len(self.captions), size=batch_size * _BUCKETS, p=self.motions.weights)
        index = index[np.argsort(self.motions.lengths[index], kind="stable")]
        index = index.reshape(_BUCKETS, batch_size)[rng.integers(_BUCKETS)]
        self.motions.drawn = index

        captions = []
        sides = self.motions.random_sides(rng, index)
        for window, is_mirrored in zip(index, sides, strict=True):
            choices = self.captions[window]
            caption = choices[rng.integers(len(choices))]
            captions.append(mirror_caption(caption) if is_mirrored else caption)

        is_dropped = rng.random(batch_size) < text_dropout
        captions = [
            "" if drop else caption for drop, caption in zip(is_dropped, captions, strict=True)
        ]
        return self._batch(index, sides.astype(int), captions, texts, generator)

    def fixed_batch(self, index: np.ndarray, *, texts: TextCache) -> LatentBatch:
        """Unmirrored posterior means with each window's first caption."""
        captions = [self.captions[window][0] for window in index]
        return self._batch(index, np.zeros(len(index), int), captions, texts, is_sampled=False)

    def _batch(
        self,
        index: np.ndarray,
        side: np.ndarray,
        captions: list[str],
        texts: TextCache,
        generator: torch.Generator | None = None,
        *,
        is_sampled: bool = True,
    ) -> LatentBatch:
        longest = int(self._counts[index].max())
        chosen = torch.from_numpy(index).to(self.device), torch.from_numpy(side).to(self.device)

        mask = self.mask[chosen][:, :longest]
        latents = self.mean[chosen][:, :longest]
        if is_sampled:
            noise = torch.randn(latents.shape, generator=generator, device=latents.device)
            latents = latents + noise * self.deviation[chosen][:, :longest]
        mean, std = self._normal
        normalised = (latents - mean) / std * mask[..., None]

        text, text_mask = texts.lookup(captions)
        return LatentBatch(normalised, mask, text, text_mask, tuple(captions))


def _completed(known: tuple[Tensor, Tensor] | None, latents: Tensor) -> tuple[Tensor, Tensor]:
    """Known ``(mean, std)``, with those of ``latents`` [N C] for the channels that it lacks."""
    mean, std = latents.mean(0), latents.std(0)
    if known is None:
        return mean, std
    return (
        torch.cat([known[0], mean[len(known[0]) :]]),
        torch.cat([known[1], std[len(known[1]) :]]),
    )


@torch.inference_mode()
def _encode_all(motions: MotionDataset, vae: MotionVAE, batch_size: int) -> dict[str, Tensor]:
    """``mean`` and ``deviation`` [N 2 L C] and ``mask`` [N 2 L] of all windows, both sides."""
    device = next(vae.parameters()).device
    longest = max(window.frames for window in motions.windows)
    num_tokens = vae.token_mask(torch.ones(1, longest, dtype=torch.bool)).shape[1]
    shape = (len(motions), 2, num_tokens, vae.latent_channels)
    mean, deviation = torch.zeros(shape), torch.zeros(shape)
    mask = torch.zeros(shape[:3], dtype=torch.bool)

    told = Progress("latents", "windows", line=ProgressLine(tell=logger.info))
    order = sorted(range(len(motions)), key=lambda index: motions.windows[index].frames)
    for side in (0, 1):
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            index = np.array(rows)
            batch = motions.batch(
                index,
                starts=np.zeros(len(rows), int),
                lengths=motions.lengths[index],
                sides=np.full(len(rows), bool(side)),
            ).to(device)

            latent = vae.encode(batch.features, batch.mask)
            tokens = latent.mean.shape[1]
            mean[rows, side, :tokens] = latent.mean.cpu()
            deviation[rows, side, :tokens] = (0.5 * latent.log_variance).exp().cpu()
            mask[rows, side, :tokens] = vae.token_mask(batch.mask).cpu()
            told(side * len(order) + start + len(rows), 2 * len(order))
    return {"mean": mean, "deviation": deviation, "mask": mask}
