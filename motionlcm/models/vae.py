"""The motion VAE: features to few latent tokens and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from motionlcm.models.attention import SkipTransformer
from motionlcm.models.embeddings import LearnedPositions
from motionlcm.models.saving import SavedModule
from motionlcm.models.tokens import fold, fold_mask

#: How the names of the encoder's weights begin.
_ENCODER = ("embed.", "encoder", "to_latent.", "latent_queries")


@dataclass(frozen=True)
class LatentDistribution:
    """A diagonal Gaussian over latents; ``mean`` and ``log_variance`` are ``[B L C]``."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw ``[B L C]``."""
        like = self.mean
        noise = torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
        return like + noise * torch.exp(0.5 * self.log_variance)

    def mode(self) -> Tensor:
        """The mean ``[B L C]``: the deterministic code."""
        return self.mean

    def kl(self) -> Tensor:
        """Divergence from the standard normal for each number, ``[B L C]``, nats."""
        return 0.5 * (self.mean**2 + self.log_variance.exp() - 1 - self.log_variance)


class MotionVAE(SavedModule):
    """Encodes normalised features ``[B T D]`` into latents ``[B L C]`` and decodes them.

    Two layouts. ``frames_per_token=k``: one latent token for every k frames, in order of time
    (L = ceil(T / k)), the default. ``num_latents=L``: a fixed number of learned latent tokens for
    any length, as in MLD and MotionLCM (V1: 1 token of 256; V2: 16 of 32), decoded by
    cross-attention.

    Args:
        num_features: D.
        latent_channels: C.
        frames_per_token: frames in one latent token; ignored when ``num_latents`` is given.
        overlap: frames that each token also draws on either side of its own, blended with its
            neighbours' there, so that no seam shows; at most half of ``frames_per_token``.
        num_latents: fixed number of tokens, or None for tokens along time.
        width, num_layers, num_heads, feedforward, dropout: of encoder and decoder each.
        norm_first: see ``SkipTransformer``.
        project_latents: a linear map between width and C (False only where they are equal: V1).
        max_length: longest sequence, in tokens.
    Raises:
        ValueError: too much overlap, or without ``project_latents`` a width that is not C.
    """

    #: Rounded to one byte, its weights make motion rougher.
    fine: ClassVar[tuple[str, ...]] = ("head.",)

    def __init__(
        self,
        *,
        num_features: int = 263,
        latent_channels: int = 32,
        frames_per_token: int = 8,
        overlap: int = 0,
        num_latents: int | None = None,
        width: int = 192,
        num_layers: int = 5,
        num_heads: int = 4,
        feedforward: int = 768,
        dropout: float = 0.0,
        norm_first: bool = True,
        project_latents: bool = True,
        max_length: int = 500,
    ) -> None:
        super().__init__()
        if not project_latents and width != latent_channels:
            raise ValueError(
                "without project_latents width must be latent_channels, "
                f"got {width}, {latent_channels}"
            )
        size = 1 if num_latents else frames_per_token
        if not 0 <= 2 * overlap <= size:
            raise ValueError(f"overlap must be 0 to half of {size} frames per token, got {overlap}")
        self.num_features = num_features
        self.latent_channels = latent_channels
        self.num_latents = num_latents
        self.frames_per_token = size
        self.overlap = overlap

        sizes: dict[str, Any] = {
            "num_layers": num_layers,
            "num_heads": num_heads,
            "feedforward": feedforward,
            "dropout": dropout,
            "norm_first": norm_first,
        }
        self.embed = nn.Linear(num_features * size, width)
        self.encoder_positions = LearnedPositions(max_length, width)
        self.decoder_positions = LearnedPositions(max_length, width)
        self.encoder = SkipTransformer(width, **sizes)
        self.decoder = SkipTransformer(width, has_memory=bool(num_latents), **sizes)
        self.head = nn.Linear(width, num_features * (size + 2 * overlap))

        if num_latents:
            self.latent_queries = nn.Parameter(torch.randn(2 * num_latents, width))
            self.to_latent = nn.Linear(width, latent_channels) if project_latents else nn.Identity()
        else:
            self.to_latent = nn.Linear(width, 2 * latent_channels)
        self.from_latent = nn.Linear(latent_channels, width) if project_latents else nn.Identity()

    def encoder_state(self) -> dict[str, Tensor]:
        """The weights that latents depend on."""
        state = self.state_dict()
        return {name: value for name, value in state.items() if name.startswith(_ENCODER)}

    def token_mask(self, mask: Tensor) -> Tensor:
        """Mark the latent tokens that are real: frames ``[B T]`` -> ``[B L]``."""
        if self.num_latents:
            return torch.ones(len(mask), self.num_latents, dtype=torch.bool, device=mask.device)
        return fold_mask(mask, self.frames_per_token)

    def encode(self, features: Tensor, mask: Tensor | None = None) -> LatentDistribution:
        """Latents ``[B L C]`` of motions.

        Args:
            features: ``[B T D]``, normalised.
            mask: ``[B T]``, True for real frames; None: all.
        Raises:
            ValueError: features of another shape.
        """
        if features.dim() != 3 or features.shape[-1] != self.num_features:
            raise ValueError(
                f"features must be [B T {self.num_features}], got {tuple(features.shape)}"
            )
        tokens = None
        if mask is not None:
            features = features * mask[..., None]
            tokens = fold_mask(mask, self.frames_per_token)

        x = self.embed(fold(features, self.frames_per_token))  # [B tokens width]

        if self.num_latents:
            return self._read_queries(x, tokens)

        x = self.to_latent(self.encoder(self.encoder_positions(x), tokens))
        mean, log_variance = x.chunk(2, dim=-1)
        return LatentDistribution(mean, log_variance.clamp(-20, 10))

    def _read_queries(self, x: Tensor, tokens: Tensor | None) -> LatentDistribution:
        """Latents at learned queries, which look at the embedded frames ``[B T width]``."""
        queries = self.latent_queries.expand(len(x), -1, -1)  # [B 2L width]
        if tokens is not None:
            tokens = torch.cat([tokens.new_ones(queries.shape[:2]), tokens], dim=1)
        x = self.encoder(self.encoder_positions(torch.cat([queries, x], dim=1)), tokens)

        mean, log_variance = self.to_latent(x[:, : queries.shape[1]]).chunk(2, dim=1)
        return LatentDistribution(mean, log_variance)

    def decode(self, latents: Tensor, mask: Tensor) -> Tensor:
        """Normalised features ``[B T D]`` of latents.

        Args:
            latents: ``[B L C]``.
            mask: ``[B T]``, True for real frames; the others come out as zero.
        """
        if not self.num_latents:
            frames = self.decode_tokens(latents, self.token_mask(mask))
            return frames[:, : mask.shape[1]] * mask[..., None]

        x = self.from_latent(latents)  # [B L width]
        queries = self.decoder_positions(x.new_zeros(len(x), mask.shape[1], x.shape[-1]))
        return self.head(self.decoder(queries, mask, memory=x)) * mask[..., None]

    def decode_tokens(self, latents: Tensor, token_mask: Tensor) -> Tensor:
        """All frames ``[B L*k D]`` of latents along time.

        Args:
            latents: ``[B L C]``.
            token_mask: ``[B L]``, True for real tokens.
        """
        x = self.decoder(self.decoder_positions(self.from_latent(latents)), token_mask)
        frames_drawn = self.frames_per_token + 2 * self.overlap
        drawn = self.head(x).unflatten(-1, (frames_drawn, self.num_features))
        return _blend(drawn, token_mask, self.overlap).flatten(1, 2)


def _blend(drawn: Tensor, token_mask: Tensor, overlap: int) -> Tensor:
    """Frames ``[B L k D]`` of tokens' drawings ``[B L overlap+k+overlap D]``.

    Where two tokens drew the same frame, one fades linearly into the other.
    """
    if not overlap:
        return drawn
    num_frames = drawn.shape[2] - 2 * overlap
    before, frames, after = drawn.split([overlap, num_frames, overlap], dim=2)
    first, middle, last = frames.split([overlap, num_frames - 2 * overlap, overlap], dim=2)

    # What the neighbours drew of a token's ends; where there is none, its own.
    left = torch.cat([first[:, :1], after[:, :-1]], dim=1)
    is_real = token_mask[:, 1:, None, None]
    right = torch.cat([torch.where(is_real, before[:, 1:], last[:, :-1]), last[:, -1:]], dim=1)

    steps = torch.arange(overlap, dtype=drawn.dtype, device=drawn.device) + 0.5
    share = (steps / (2 * overlap))[:, None]  # the neighbour's, rising to half at the seam
    first = first + (0.5 - share) * (left - first)
    last = last + share * (right - last)
    return torch.cat([first, middle, last], dim=2)
