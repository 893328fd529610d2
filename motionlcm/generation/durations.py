"""How long a motion usually takes, from training clips whose captions say something near."""

from __future__ import annotations

import numpy as np

from motionlcm.models.statistics import Statistics

USUAL_SECONDS = 6.0  #: of a model that has no table of lengths
MIN_SUGGESTED = 2.0  #: seconds
_SHARPNESS = 30  #: of the say of a class by its similarity


def usual_seconds(text: np.ndarray, statistics: Statistics, longest: float) -> np.ndarray:
    """Suggest a length for each caption.

    It is one that training clips really have, not a mean: half of what was heard for such words was
    shorter, half longer. Between a jump of two seconds and one of seven lies no length that the
    model has learned to fill.

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

    # each class has a say by how near its captions are and how often its clips were drawn
    similarity = sentences @ vectors.T  # [B N]
    say = np.exp(_SHARPNESS * (similarity - similarity.max(axis=1, keepdims=True)))
    if statistics.duration_weights is not None:
        say = say * statistics.duration_weights

    return np.clip(weighted_median(seconds, say), MIN_SUGGESTED, longest)


def weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The values of ``[N]`` at which half of the weights ``[... N]`` is reached, smallest first."""
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(weights[..., order], axis=-1)
    middle = (shares < shares[..., -1:] / 2).sum(axis=-1)
    return values[order][middle]
