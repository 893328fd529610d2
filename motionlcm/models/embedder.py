"""Text and motion in one space, for evaluation: which caption belongs to which motion."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionlcm.models.attention import SkipTransformer
from motionlcm.models.embeddings import LearnedPositions
from motionlcm.models.saving import SavedModule
from motionlcm.models.tokens import fold, fold_mask, mean_of_tokens


class TextMotionEmbedder(SavedModule):
    """Two small transformers whose outputs, of length one, are near for a motion and its caption.

    Args:
        num_features: D, of normalised features.
        text_width: E, of the frozen text encoder's token vectors.
        embedding_width: of the common space.
        width, num_heads, feedforward, dropout: of both transformers.
        motion_layers, text_layers: odd numbers.
        frames_per_token: frames joined to one token.
        max_length: longest sequence, in tokens.
    Source: the task is that of Guo et al., CVPR 2022; the contrastive training that of Petrovich et
    al., TMR, 2023.
    """

    def __init__(
        self,
        *,
        num_features: int = 263,
        text_width: int = 384,
        embedding_width: int = 128,
        width: int = 192,
        num_heads: int = 4,
        feedforward: int = 768,
        dropout: float = 0.1,
        motion_layers: int = 3,
        text_layers: int = 1,
        frames_per_token: int = 8,
        max_length: int = 256,
    ) -> None:
        super().__init__()
        self.frames_per_token = frames_per_token
        sizes: dict[str, Any] = {
            "num_heads": num_heads,
            "feedforward": feedforward,
            "dropout": dropout,
        }

        self.motion_in = nn.Linear(num_features * frames_per_token, width)
        self.motion_positions = LearnedPositions(max_length, width)
        self.motion_transformer = SkipTransformer(width, num_layers=motion_layers, **sizes)
        self.motion_out = nn.Linear(width, embedding_width)

        self.text_in = nn.Linear(text_width, width)
        self.text_positions = LearnedPositions(max_length, width)
        self.text_transformer = SkipTransformer(width, num_layers=text_layers, **sizes)
        self.text_out = nn.Linear(width, embedding_width)

        self.log_temperature = nn.Parameter(torch.tensor(-2.5))

    def embed_motion(self, features: Tensor, mask: Tensor) -> Tensor:
        """``[B T D]`` normalised, ``mask`` [B T] True where real -> ``[B W]`` of length one."""
        folded = fold(features * mask[..., None], self.frames_per_token)
        return self.embed_folded(folded, fold_mask(mask, self.frames_per_token))

    def embed_folded(self, folded: Tensor, tokens: Tensor) -> Tensor:
        """Frames joined to tokens ``[B L k*D]``, real where ``tokens`` [B L] -> ``[B W]``."""
        x = self.motion_positions(self.motion_in(folded))
        x = self.motion_transformer(x, tokens)  # [B L width]
        return functional.normalize(self.motion_out(mean_of_tokens(x, tokens)), dim=-1)

    def embed_text(self, text: Tensor, mask: Tensor) -> Tensor:
        """Token vectors ``[B S E]``, ``mask`` [B S] -> ``[B W]`` of length one."""
        x = self.text_transformer(self.text_positions(self.text_in(text)), mask)
        return functional.normalize(self.text_out(mean_of_tokens(x, mask)), dim=-1)


def contrastive_loss(
    motion: Tensor, text: Tensor, log_temperature: Tensor, is_same: Tensor
) -> Tensor:
    """Symmetric cross-entropy of matching row i of ``motion`` with row i of ``text``, both [B W].

    ``is_same`` [B B] marks pairs that say the same; off the diagonal they count neither as match
    nor as mismatch.
    """
    similarity = motion @ text.T / log_temperature.exp()
    rows = torch.arange(len(motion), device=motion.device)
    others = is_same & (rows[:, None] != rows)
    similarity = similarity.masked_fill(others, -torch.inf)

    by_motion = functional.cross_entropy(similarity, rows)
    by_text = functional.cross_entropy(similarity.T, rows)
    return 0.5 * (by_motion + by_text)
