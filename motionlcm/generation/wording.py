"""How far a motion is from showing its prompts, as a number to be lowered on latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from motionlcm.generation.agreement import judged_caption

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.models.embedder import TextMotionEmbedder

_SHOWN = 24  #: frames of a prompt that are enough to be judged
_OVER = 0.03  #: of a cosine, by which a motion may show its prompt better than the one before


@dataclass(frozen=True, eq=False)
class Wording:
    """What an evaluator misses of prompts in a stretch of motion.

    Attributes:
        embedder: the evaluator, in eval mode; its weights take no gradient.
        mean, std: ``[D]`` of its features.
        parts: frames of the stretch, the caption's vector ``[W]`` and the cosine that is wanted.
    """

    embedder: TextMotionEmbedder
    mean: Tensor
    std: Tensor
    parts: tuple[tuple[slice, Tensor, float], ...]

    @classmethod
    def of(
        cls,
        pipeline: MotionPipeline,
        parts: Sequence[tuple[str, slice]],
        before: np.ndarray,
        span: slice,
    ) -> Wording | None:
        """The prompts of some frames of a motion.

        Args:
            pipeline: whose evaluator judges.
            parts: prompts and their frames.
            before: ``[T D]`` not normalised, a motion that shows them; as well is well enough.
            span: the frames.
        Returns:
            None where no prompt has frames enough in it.
        """
        units = pipeline.agreement.normaliser
        mean, std = (torch.from_numpy(np.asarray(x, np.float32)) for x in (units.mean, units.std))
        blank = cls(pipeline.agreement.module.inner.requires_grad_(False), mean, std, ())
        shown = []
        for prompt, frames in parts:
            start, stop = max(frames.start, span.start), min(frames.stop, span.stop)
            if stop - start < min(_SHOWN, frames.stop - frames.start):
                continue
            with torch.inference_mode():
                text, mask = judged_caption(pipeline, prompt)
                wanted = blank.embedder.embed_text(
                    torch.from_numpy(text.astype(np.float32)), torch.from_numpy(mask)
                )[0]
                clip = torch.from_numpy(before[start:stop].astype(np.float32))
                cosine = float(blank.cosine(clip, wanted)) + _OVER
            place = slice(start - span.start, stop - span.start)
            shown.append((place, wanted.clone(), cosine))  # out of inference mode
        return cls(blank.embedder, mean, std, tuple(shown)) if shown else None

    def cosine(self, features: Tensor, wanted: Tensor) -> Tensor:
        """Cosine between features ``[T D]``, not normalised, and a caption's vector ``[W]``."""
        normal = (features - self.mean) / self.std
        (motion,) = self.embedder.embed_motion(
            normal[None], torch.ones(1, len(normal), dtype=torch.bool)
        )
        return (motion * wanted).sum()

    def __call__(self, features: Tensor) -> Tensor:
        """How far features ``[T D]`` of the stretch are from what is wanted, in cosines."""
        gaps = [goal - self.cosine(features[span], text) for span, text, goal in self.parts]
        return torch.relu(torch.stack(gaps)).mean()
