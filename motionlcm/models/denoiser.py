"""The latent denoiser: teacher and student share it; the student also takes the guidance weight."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionlcm.diffusion.condition import Condition
from motionlcm.models.attention import SkipTransformer
from motionlcm.models.embeddings import LearnedPositions, guidance_embedding, sinusoid
from motionlcm.models.saving import SavedModule


class LatentDenoiser(SavedModule):
    """A skip transformer over [latent tokens, time token, text tokens].

    Args:
        latent_channels: C.
        text_width: E, of the text encoder.
        width, num_layers, num_heads, feedforward, dropout, norm_first: of the transformer.
        time_width: of the sinusoid of time; the official networks use the text encoder's width.
        guidance_width: of the guidance weight's embedding; 0 builds a teacher, which takes none.
        end_width: of the embedding of the timestep that a phased student jumps to; 0 builds one
            that takes none.
        prediction_type: what the output is: "epsilon", "sample" or "v".
        project_latents: a linear map between C and width (False only where they are equal: V1).
        text_activation: "relu" before the text's projection (V1) or "identity".
        known_tokens: takes a mark on latent tokens that are given clean, at timestep 0, while the
            others are denoised (in-between, continuation).
        max_length: longest sequence of latent, time and text tokens.
    Raises:
        ValueError: an unknown ``text_activation``, or an even ``num_layers``.
    """

    def __init__(
        self,
        *,
        latent_channels: int = 32,
        text_width: int = 384,
        width: int = 256,
        num_layers: int = 7,
        num_heads: int = 4,
        feedforward: int = 1024,
        dropout: float = 0.0,
        norm_first: bool = True,
        time_width: int = 256,
        guidance_width: int = 0,
        end_width: int = 0,
        prediction_type: str = "sample",
        project_latents: bool = True,
        text_activation: str = "identity",
        known_tokens: bool = False,
        max_length: int = 500,
    ) -> None:
        super().__init__()
        if text_activation not in ("identity", "relu"):
            raise ValueError(
                f"text_activation must be 'identity' or 'relu', got {text_activation!r}"
            )
        self.latent_in_channels = latent_channels
        self.time_width = time_width
        self.guidance_width = guidance_width
        self.end_width = end_width
        self.prediction_type = prediction_type
        self.text_activation = text_activation

        self.latent_in = nn.Linear(latent_channels, width) if project_latents else nn.Identity()
        self.latent_out = nn.Linear(width, latent_channels) if project_latents else nn.Identity()
        self.time_linear1 = nn.Linear(time_width, width)
        self.time_linear2 = nn.Linear(width, width)

        # What is taken besides starts at zero, so that a student starts as its teacher, and a
        # network that learns of known tokens as the one it was.
        self.known_tokens = known_tokens
        if known_tokens:
            self.known_mark = nn.Parameter(torch.zeros(width))
        if guidance_width:
            self.guidance_linear = nn.Linear(guidance_width, time_width, bias=False)
            nn.init.zeros_(self.guidance_linear.weight)
        if end_width:
            self.end_linear = nn.Linear(end_width, time_width, bias=False)
            nn.init.zeros_(self.end_linear.weight)

        self.text_linear = nn.Linear(text_width, width)
        self.positions = LearnedPositions(max_length, width)
        self.transformer = SkipTransformer(
            width,
            num_layers=num_layers,
            num_heads=num_heads,
            feedforward=feedforward,
            dropout=dropout,
            norm_first=norm_first,
        )

    def forward(
        self,
        latents: Tensor,
        timesteps: Tensor,
        text: Tensor,
        *,
        text_mask: Tensor | None = None,
        guidance_weight: Tensor | None = None,
        end_timesteps: Tensor | None = None,
        mask: Tensor | None = None,
        known: Tensor | None = None,
        residuals: list[Tensor] | None = None,
    ) -> Tensor:
        """Predict noise, sample or v, as ``prediction_type`` says.

        Args:
            latents: ``[B L C]`` at the given noise level.
            timesteps: ``[B]`` in 0..999.
            text: ``[B S E]`` or ``[B E]``.
            text_mask: ``[B S]``, True for real text tokens; None: all.
            guidance_weight: ``[B]``, w = guidance scale - 1; only for a student.
            end_timesteps: ``[B]``, the end of the phase, -1 for clean latents; only for a phased
                student.
            mask: ``[B L]``, True for real latent tokens; None: all. It tells the clip's length.
            known: ``[B L]``, True for latent tokens that are clean; None: none.
            residuals: one ``[B sequence width]`` a layer, from a ControlNet.
        Returns:
            ``[B L C]``.
        Raises:
            ValueError: an input that this denoiser was built without.
        """
        x, allowed = self.sequence(
            latents,
            timesteps,
            text,
            text_mask=text_mask,
            guidance_weight=guidance_weight,
            end_timesteps=end_timesteps,
            mask=mask,
            known=known,
        )

        x = self.transformer(x, allowed, residuals=residuals)
        return self.latent_out(x[:, : latents.shape[1]])

    def sequence(
        self,
        latents: Tensor,
        timesteps: Tensor,
        text: Tensor,
        *,
        text_mask: Tensor | None = None,
        guidance_weight: Tensor | None = None,
        end_timesteps: Tensor | None = None,
        mask: Tensor | None = None,
        known: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """What the transformer reads, arguments as in ``forward``.

        Returns:
            ``[B L+1+S width]``, latent tokens, time token and text tokens with their positions; and
            which of them may be looked at, bool ``[B L+1+S]``, or None for all.
        """
        text = text[:, None] if text.dim() == 2 else text
        if self.text_activation == "relu":
            text = text.relu()
        time = self._time(timesteps, guidance_weight, end_timesteps, dtype=latents.dtype)

        motion = self.latent_in(latents)
        if known is not None:
            if not self.known_tokens:
                raise ValueError("this denoiser was built without known_tokens: it takes no known")
            motion = motion + known[..., None].to(motion.dtype) * self.known_mark

        parts = [motion, time[:, None], self.text_linear(text)]
        x = torch.cat(parts, dim=1)  # [B L+1+S width]

        places = None if mask is None else _places(mask, x.shape[1])
        allowed = None
        if mask is not None or text_mask is not None:
            mask = _all_true(latents) if mask is None else mask
            text_mask = _all_true(text) if text_mask is None else text_mask
            # not len(x), which would make the batch of exported graphs a constant
            allowed = torch.cat([mask, mask.new_ones(x.shape[0], 1), text_mask], dim=1)

        return self.positions(x, places), allowed

    def _time(
        self,
        timesteps: Tensor,
        guidance_weight: Tensor | None,
        end_timesteps: Tensor | None,
        *,
        dtype: torch.dtype,
    ) -> Tensor:
        """The time token ``[B width]``; it also carries the guidance weight and the phase's end."""
        time = sinusoid(timesteps, self.time_width).to(dtype)

        if guidance_weight is not None:
            if not self.guidance_width:
                raise ValueError(
                    "this denoiser was built without guidance_width: it takes no guidance_weight"
                )
            embedding = guidance_embedding(guidance_weight, self.guidance_width)
            time = time + self.guidance_linear(embedding.to(dtype))

        if end_timesteps is not None:
            if not self.end_width:
                raise ValueError(
                    "this denoiser was built without end_width: it takes no end_timesteps"
                )
            embedding = sinusoid(end_timesteps + 1, self.end_width)  # -1, clean latents, becomes 0
            time = time + self.end_linear(embedding.to(dtype))

        return self.time_linear2(functional.silu(self.time_linear1(time)))

    def denoise(
        self, latents: Tensor, timesteps: Tensor, ends: Tensor, condition: Condition
    ) -> Tensor:
        """Predict under a condition: the contract of samplers, ``diffusion.samplers.Network``.

        Guidance weight and end of the phase go in where this network was built to take them.

        Args:
            latents: ``[B L C]``.
            timesteps, ends: ``[B]``; ends are -1 for clean latents.
            condition: on the network's device.
        Returns:
            ``[B L C]``.
        """
        return self(
            latents,
            timesteps,
            condition.text,
            text_mask=condition.text_mask,
            guidance_weight=condition.weight if self.guidance_width else None,
            end_timesteps=ends if self.end_width else None,
            mask=condition.mask,
            known=condition.known if self.known_tokens else None,
            residuals=condition.residuals,
        )


def _places(mask: Tensor, length: int) -> Tensor:
    """Places ``[B length]`` of a sequence of latents (real where ``mask``), time and text.

    Time and text follow each sample's own last latent, so padding moves nothing.
    """
    num_latents = mask.shape[1]
    places = torch.arange(length, device=mask.device).expand(mask.shape[0], -1)
    shift = num_latents - mask.sum(1, keepdim=True)
    return torch.where(places < num_latents, places, places - shift)


def _all_true(x: Tensor) -> Tensor:
    return torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
