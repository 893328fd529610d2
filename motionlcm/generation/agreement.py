"""How well motion fits its caption, by the evaluator that lies beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

_KEPT = 64  #: captions


def can_judge(pipeline: MotionPipeline) -> bool:
    """Whether there is an evaluator that reads this model's features and captions."""
    if not (pipeline.folder.evaluator.is_dir() and pipeline.layout.skeleton.supports("features")):
        return False
    return pipeline.agreement.text_width == pipeline.folder.config("student").get("text_width")


def judged_caption(pipeline: MotionPipeline, caption: str) -> tuple[np.ndarray, np.ndarray]:
    """Vectors ``[1 S E]`` and mask ``[1 S]`` of a caption, kept as it is judged many times."""
    kept = pipeline.agreement.captions
    if caption not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[caption] = pipeline.networks.encode([caption])
    return kept[caption]


def text_agreement(
    pipeline: MotionPipeline, caption: str, clips: Sequence[np.ndarray]
) -> list[float]:
    """Cosine between a caption's vector and that of each clip.

    Args:
        pipeline: whose evaluator judges (see ``ModelFolder.evaluator``).
        caption: what the clips should show.
        clips: features ``[T D]`` each, not normalised.
    Raises:
        ValueError: an evaluator of other features or captions than the model's.
    """
    text, text_mask = judged_caption(pipeline, caption)
    count = len(clips)
    cosines = pipeline.agreement(clips, text.repeat(count, 0), text_mask.repeat(count, 0))
    return cosines.tolist()
