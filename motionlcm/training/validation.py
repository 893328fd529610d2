"""What validation on latents shares: the batches of a split, and the Frechet distance of clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from torch import Tensor

from motionlcm.data.cache import TextCache
from motionlcm.data.latents import LatentBatch, LatentDataset
from motionlcm.evaluation.metrics import frechet_distance, latent_embedding
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.models.vae import MotionVAE

Embed = Callable[[Tensor, Tensor], np.ndarray]  #: normalised latents [B L C], mask [B L] -> [B W]
_BATCH_SIZE = 64  #: about so many clips


def fixed_batches(split: LatentDataset, texts: TextCache) -> Iterator[LatentBatch]:
    """Go through all windows of a split, each with its first caption, on the split's device."""
    count = len(split.captions)
    for index in np.array_split(np.arange(count), max(1, count // _BATCH_SIZE)):
        yield split.fixed_batch(index, texts=texts).to(split.device)


def frechet_of_clips(
    generate: Callable[[LatentBatch, np.ndarray], Tensor],
    split: LatentDataset,
    texts: TextCache,
    embed: Embed,
) -> float:
    """Measure the Frechet distance between recorded clips and generated ones.

    Args:
        generate: gives latents ``[B L C]`` for the captions and lengths of a batch, which holds
            the clips of these indices ``[B]``.
        split: the recorded clips.
        texts: vectors of their captions.
        embed: gives the vectors whose distributions are compared.
    """
    recorded, generated = [], []
    first = 0
    for batch in fixed_batches(split, texts):
        index = np.arange(first, first + len(batch.latents))
        first += len(index)

        recorded.append(embed(batch.latents, batch.mask))
        generated.append(embed(generate(batch, index), batch.mask))
    return frechet_distance(np.concatenate(recorded), np.concatenate(generated))


def mean_and_deviation(latents: Tensor, mask: Tensor) -> np.ndarray:
    """Embed clips by the mean and deviation of their latents over time; needs no evaluator."""
    return latent_embedding(latents.cpu().numpy(), mask.cpu().numpy())


def decoded_embedding(vae: MotionVAE, evaluator: TextMotionEmbedder, train: LatentDataset) -> Embed:
    """Return what embeds clips by the evaluator's vector of the motion that their latents mean."""
    mean, std = train.statistics

    def embed(latents: Tensor, mask: Tensor) -> np.ndarray:
        frames = mask.repeat_interleave(vae.frames_per_token, dim=1)
        features = vae.decode(latents * std.to(latents) + mean.to(latents), frames)
        return evaluator.embed_motion(features, frames).cpu().numpy()

    return embed
