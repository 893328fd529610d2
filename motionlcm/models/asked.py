"""Which action a prompt asks for: a linear function of the sentence's vector.

It is kept beside the captions of a calibrated model (see ``models.known``). Imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motionlcm.models.stored_weights import packed


@dataclass(frozen=True, eq=False)
class AskedActions:
    """What prompts may ask for, and how to tell it from their sentences.

    Attributes:
        names: C of them; some are tests of ``motion.action_tests``, others are only known by name.
        weights: ``[E C]``, of the numbers of a sentence's vector.
        bias: ``[C]``.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray

    def chances(self, sentence: np.ndarray) -> np.ndarray:
        """How likely each action is asked for ``[... C]``, by sentences of length one [... E]."""
        scores = sentence @ self.weights + self.bias
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        chances: np.ndarray = powers / powers.sum(-1, keepdims=True)
        return chances

    @classmethod
    def of(cls, names: object, tables: Mapping[str, np.ndarray], width: int) -> AskedActions:
        """Read what a file holds for sentences of ``width`` numbers; ValueError if it is none."""
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError("asked must be a list of texts")

        weights, bias = tables["asked_weights"].T, tables["asked_bias"]
        fits = weights.shape == (width, len(names)) and bias.shape == (len(names),)
        if not fits:
            raise ValueError("names, weights and bias of asked do not fit")
        return cls(tuple(names), weights, bias)

    def tables(self) -> dict[str, np.ndarray]:
        """The numbers as a file keeps them, one byte a weight; the names go beside."""
        values = {"asked_weights": self.weights.T, "asked_bias": self.bias}
        return packed(values, np.int8)
