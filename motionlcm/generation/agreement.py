"""How well motion fits its caption, by the evaluator that lies beside the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.models.embedder import TextMotionEmbedder

_EVALUATORS: dict[str, TextMotionEmbedder] = {}


def can_judge(pipeline: MotionPipeline) -> bool:
    """Whether there is an evaluator that reads this model's features and captions."""
    return pipeline.folder.evaluator.is_dir() and pipeline.layout.skeleton.supports("features")


def text_agreement(
    pipeline: MotionPipeline, caption: str, clips: Sequence[np.ndarray]
) -> list[float]:
    """Cosine between a caption's vector and that of each clip; imports torch.

    Args:
        pipeline: whose evaluator judges (see ``ModelFolder.evaluator``).
        caption: what the clips should show.
        clips: features ``[T D]`` each, not normalised.
    """
    import torch

    evaluator = _evaluator(str(pipeline.folder.evaluator))
    text, text_mask = pipeline.networks.encode([caption])
    with torch.inference_mode():
        vector = evaluator.embed_text(
            torch.from_numpy(text.astype(np.float32)), torch.from_numpy(text_mask)
        )[0]
        cosines = []
        for clip in clips:
            normal = pipeline.statistics.features.normalise(np.asarray(clip, np.float32))
            features = torch.from_numpy(normal)[None]
            mask = torch.ones(features.shape[:2], dtype=torch.bool)
            cosines.append(float(evaluator.embed_motion(features, mask)[0] @ vector))
    return cosines


def _evaluator(folder: str) -> TextMotionEmbedder:
    """The evaluator of a folder, opened once."""
    from motionlcm.models.embedder import TextMotionEmbedder

    if folder not in _EVALUATORS:
        _EVALUATORS[folder] = TextMotionEmbedder.from_pretrained(folder)
    return _EVALUATORS[folder]
