"""The motion VAE: features to few latent tokens and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from motionlcm.models.attention import SkipTransformer
from motionlcm.models.embeddings import LearnedPositions
from motionlcm.models.saving import SavedModule

_ENCODER = ("embed.", "encoder", "to_latent.", "latent_queries")  #: how the names of the encoder's weights begin


@dataclass(frozen=True)
class LatentDistribution:
    """A diagonal Gaussian over latents; ``mean`` and ``log_variance`` are ``[B L C]``."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw ``[B L C]``."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + noise * torch.exp(0.5 * self.log_variance)

    def mode(self) -> Tensor:
        """The mean ``[B L C]``: the deterministic code."""
        return self.mean

    def kl(self) -> Tensor:
        """Divergence from the standard normal for each number, ``[B L C]``, nats."""
        return 0.5 * (self.mean**2 + self.log_variance.exp() - 1 - self.log_variance)


class MotionVAE(SavedModule):
    """Encodes normalised features ``[B T D]`` into latents ``[B L C]`` and decodes them.

    Two layouts. ``frames_per_token=k``: one latent token for every k frames, in order of time (L = ceil(T / k)), the
    default. ``num_latents=L``: a fixed number of learned latent tokens for any length, as in MLD and MotionLCM
    (V1: 1 token of 256; V2: 16 of 32), decoded by cross-attention.

    Args:
        num_features: D.
        latent_channels: C.
        frames_per_token: frames in one latent token; ignored when ``num_latents`` is given.
        overlap: frames that each token also draws on either side of its own, blended with its neighbours' there, so
            that no seam shows; at most half of ``frames_per_token``.
        num_latents: fixed number of tokens, or None for tokens along time.
        width, num_layers, num_heads, feedforward, dropout: of encoder and decoder each.
        norm_first: see ``SkipTransformer``.
        project_latents: a linear map between width and C (False only where they are equal: V1).
        max_length: longest sequence, in tokens.
    """

    fine: ClassVar[tuple[str, ...]] = ("head.",)  # rounded to one byte, its weights make motion rougher

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
            raise ValueError(f"without project_latents width must be latent_channels, got {width}, {latent_channels}")
        self.num_features, self.latent_channels, self.num_latents = num_features, latent_channels, num_latents
        self.frames_per_token = 1 if num_latents else frames_per_token
        if not 0 <= 2 * overlap <= self.frames_per_token:
            raise ValueError(f"overlap must be 0 to half of {self.frames_per_token} frames per token, got {overlap}")
        self.overlap = overlap
        patch = num_features * self.frames_per_token
        sizes: dict[str, Any] = {
            "num_layers": num_layers,
            "num_heads": num_heads,
            "feedforward": feedforward,
            "dropout": dropout,
        }
        self.embed = nn.Linear(patch, width)
        self.encoder_positions = LearnedPositions(max_length, width)
        self.decoder_positions = LearnedPositions(max_length, width)
        self.encoder = SkipTransformer(width, norm_first=norm_first, **sizes)
        self.decoder = SkipTransformer(width, norm_first=norm_first, has_memory=bool(num_latents), **sizes)
        self.head = nn.Linear(width, patch + 2 * overlap * num_features)
        if num_latents:
            self.latent_queries = nn.Parameter(torch.randn(2 * num_latents, width))
            self.to_latent = nn.Linear(width, latent_channels) if project_latents else nn.Identity()
        else:
            self.to_latent = nn.Linear(width, 2 * latent_channels)
        self.from_latent = nn.Linear(latent_channels, width) if project_latents else nn.Identity()

    def encoder_state(self) -> dict[str, Tensor]:
        """The weights that latents depend on."""
        return {name: value for name, value in self.state_dict().items() if name.startswith(_ENCODER)}

    def token_mask(self, mask: Tensor) -> Tensor:
        """Which of the latent tokens are real: frames ``[B T]`` -> ``[B L]``."""
        if self.num_latents:
            return torch.ones(len(mask), self.num_latents, dtype=torch.bool, device=mask.device)
        return _fold(mask[..., None], self.frames_per_token).any(-1)

    def encode(self, features: Tensor, mask: Tensor | None = None) -> LatentDistribution:
        """Latents of normalised features ``[B T D]``; ``mask`` ``[B T]`` is True for real frames, None for all."""
        if features.dim() != 3 or features.shape[-1] != self.num_features:
            raise ValueError(f"features must be [B T {self.num_features}], got {tuple(features.shape)}")
        if mask is not None:
            features = features * mask[..., None]
        x = self.embed(_fold(features, self.frames_per_token))  # [B tokens width]
        tokens = None if mask is None else _fold(mask[..., None], self.frames_per_token).any(-1)
        if not self.num_latents:
            mean, log_variance = self.to_latent(self.encoder(self.encoder_positions(x), tokens)).chunk(2, dim=-1)
            return LatentDistribution(mean, log_variance.clamp(-20, 10))
        queries = self.latent_queries.expand(len(x), -1, -1)
        if tokens is not None:
            tokens = torch.cat([tokens.new_ones(queries.shape[:2]), tokens], dim=1)
        x = self.encoder(self.encoder_positions(torch.cat([queries, x], dim=1)), tokens)
        mean, log_variance = self.to_latent(x[:, : queries.shape[1]]).chunk(2, dim=1)
        return LatentDistribution(mean, log_variance)

    def decode(self, latents: Tensor, mask: Tensor) -> Tensor:
        """Normalised features ``[B T D]`` of latents ``[B L C]``; ``mask`` ``[B T]`` gives lengths; padding is zero."""
        if not self.num_latents:
            return self.decode_tokens(latents, self.token_mask(mask))[:, : mask.shape[1]] * mask[..., None]
        x = self.from_latent(latents)  # [B L width]
        queries = self.decoder_positions(x.new_zeros(len(x), mask.shape[1], x.shape[-1]))
        return self.head(self.decoder(queries, mask, memory=x)) * mask[..., None]

    def decode_tokens(self, latents: Tensor, token_mask: Tensor) -> Tensor:
        """All frames ``[B L*k D]`` of latents along time ``[B L C]``; ``token_mask`` [B L] is True for real ones."""
        x = self.decoder(self.decoder_positions(self.from_latent(latents)), token_mask)
        drawn = self.head(x).unflatten(-1, (self.frames_per_token + 2 * self.overlap, self.num_features))
        return _blend(drawn, token_mask, self.overlap).flatten(1, 2)


def _blend(drawn: Tensor, token_mask: Tensor, overlap: int) -> Tensor:
    """Tokens' own frames ``[B L k D]`` of ``[B L overlap+k+overlap D]``, faded linearly into the neighbours' ends."""
    if not overlap:
        return drawn
    before, own, after = drawn[:, :, :overlap], drawn[:, :, overlap:-overlap], drawn[:, :, -overlap:]
    share = (torch.arange(overlap, dtype=drawn.dtype, device=drawn.device) + 0.5) / (2 * overlap)  # the far one's
    first, middle, last = own[:, :, :overlap], own[:, :, overlap:-overlap], own[:, :, -overlap:]
    left = torch.cat([first[:, :1], after[:, :-1]], dim=1)  # the first token has nobody before it
    is_real = token_mask[:, 1:, None, None]
    right = torch.cat([torch.where(is_real, before[:, 1:], last[:, :-1]), last[:, -1:]], dim=1)
    first = first + (0.5 - share)[:, None] * (left - first)
    last = last + share[:, None] * (right - last)
    return torch.cat([first, middle, last], dim=2)


def _fold(x: Tensor, size: int) -> Tensor:
    """``[B T D] -> [B ceil(T / size) size*D]``, padded with zeros at the end."""
    missing = -x.shape[1] % size
    if missing:
        x = torch.cat([x, x.new_zeros(x.shape[0], missing, x.shape[2])], dim=1)
    return x.unflatten(1, (-1, size)).flatten(2)
