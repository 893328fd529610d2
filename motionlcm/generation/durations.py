"""How long a motion usually takes, from training clips whose captions say something near."""

from __future__ import annotations

import numpy as np

from motionlcm.models.statistics import Statistics

USUAL_SECONDS = 6.0  #: of a model that has no table of lengths
MIN_SUGGESTED = 2.0  #: seconds
_NEAREST = 5  #: classes of clips that have a say
_SHARPNESS = 30  #: of the weight of a class by its similarity


def usual_seconds(text: np.ndarray, statistics: Statistics, longest: float) -> np.ndarray:
    """Suggest a length for each caption.

    Args:
        text: ``[B S E]``, whose first vector is the sentence's.
        statistics: of the model, with its table of lengths or without one.
        longest: seconds.
    Returns:
        ``[B]`` seconds.
    """
    vectors, seconds = statistics.duration_vectors, statistics.duration_seconds
    if vectors is None or seconds is None:
        return np.full(len(text), USUAL_SECONDS)
    sentences = text[:, 0] / np.linalg.norm(text[:, 0], axis=-1, keepdims=True)  # [B E]

    similarity = sentences @ vectors.T  # [B N]
    near = np.argsort(-similarity, axis=1)[:, :_NEAREST]
    weights = np.exp(_SHARPNESS * np.take_along_axis(similarity, near, axis=1))
    weights /= weights.sum(1, keepdims=True)

    # the mean of logarithms: twice as long and half as long weigh alike
    suggested = np.exp((weights * np.log(seconds[near])).sum(1))
    return np.clip(suggested, MIN_SUGGESTED, longest)
