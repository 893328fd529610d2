"""Steering: a trajectory to latents, and a copy of the denoiser that turns them into residuals.

Source: Zhang et al., ControlNet, ICCV 2023; Dai et al., MotionLCM, ECCV 2024, section 3.4.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from motionlcm.models.attention import SkipTransformer
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embeddings import LearnedPositions
from motionlcm.models.saving import SavedModule, freeze
from motionlcm.models.tokens import fold, fold_mask

ACTIVATIONS: dict[str, type[nn.Module]] = {"identity": nn.Identity, "silu": nn.SiLU}


class TrajectoryEncoder(SavedModule):
    """Encodes where some joints should be into the same kind of latents as the motion VAE has.

    The two layouts are those of ``MotionVAE``. ``frames_per_token=k``: one latent for every k
    frames (L = ceil(T / k)); each token reads k frames of hints and, for each joint, whether it is
    hinted, so that zero and nothing differ. ``num_latents=L``: learned tokens look at the hinted
    frames, as in the official networks, which see no flags.

    Args:
        num_joints: J.
        latent_channels: C.
        frames_per_token: frames in one latent; ignored when ``num_latents`` is given.
        num_latents: fixed number of latents, or None for latents along time.
        width, num_layers, num_heads, feedforward, dropout, norm_first: of the transformer.
        project_latents: a linear map from width to C (False only where they are equal: V1).
        max_length: longest sequence, in tokens.
    Raises:
        ValueError: without ``project_latents`` a width that is not C.
    """

    def __init__(
        self,
        *,
        num_joints: int = 22,
        latent_channels: int = 32,
        frames_per_token: int = 8,
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
        self.num_joints = num_joints
        self.num_latents = num_latents
        self.frames_per_token = 1 if num_latents else frames_per_token

        frame_width = 3 * num_joints if num_latents else 4 * num_joints  # the fourth: is it hinted
        self.embed = nn.Linear(frame_width * self.frames_per_token, width)
        if num_latents:
            self.latent_queries = nn.Parameter(torch.randn(num_latents, width))
        self.positions = LearnedPositions(max_length, width)
        self.transformer = SkipTransformer(
            width,
            num_layers=num_layers,
            num_heads=num_heads,
            feedforward=feedforward,
            dropout=dropout,
            norm_first=norm_first,
        )
        self.to_latent = nn.Linear(width, latent_channels) if project_latents else nn.Identity()

    def forward(self, hint: Tensor, hint_mask: Tensor, *, mask: Tensor | None = None) -> Tensor:
        """Latents of a trajectory.

        Args:
            hint: ``[B T J*3]``, normalised positions; what is not hinted is not looked at, whatever
                it holds.
            hint_mask: ``[B T J]``, True for hinted joints; or ``[B T]``, True for frames in which
                all are hinted (with a fixed number of latents: in which any is; what is not hinted
                must then be 0 there).
            mask: ``[B T]``, True for the clip's real frames; None: all. With a fixed number of
                latents it only takes hints away.
        Returns:
            ``[B L C]``.
        Raises:
            ValueError: shapes that do not fit each other or J.
        """
        self._check(hint, hint_mask)

        if mask is not None:
            hint_mask = hint_mask & (mask if hint_mask.dim() == 2 else mask[..., None])
        if hint_mask.dim() == 2:
            hint_mask = hint_mask[..., None].expand(-1, -1, self.num_joints)  # [B T J]
        hint = torch.where(hint_mask.repeat_interleave(3, dim=-1), hint, 0)

        if self.num_latents:
            return self._with_queries(hint, hint_mask.any(-1))
        return self._along_time(torch.cat([hint, hint_mask.to(hint.dtype)], dim=-1), mask)

    def _check(self, hint: Tensor, hint_mask: Tensor) -> None:
        joints = self.num_joints
        if hint.dim() != 3 or hint.shape[-1] != 3 * joints:
            raise ValueError(f"hint must be [B T {3 * joints}], got {tuple(hint.shape)}")

        frames = tuple(hint.shape[:2])
        allowed = frames, (*frames, joints)
        if tuple(hint_mask.shape) not in allowed:
            raise ValueError(
                f"hint_mask must be {allowed[0]} or {allowed[1]}, got {tuple(hint_mask.shape)}"
            )

    def _with_queries(self, hint: Tensor, is_hinted: Tensor) -> Tensor:
        queries = self.latent_queries.expand(len(hint), -1, -1)  # [B L width]
        allowed = torch.cat([is_hinted.new_ones(queries.shape[:2]), is_hinted], dim=1)

        x = self.positions(torch.cat([queries, self.embed(hint)], dim=1))
        return self.to_latent(self.transformer(x, allowed)[:, : queries.shape[1]])

    def _along_time(self, hint: Tensor, mask: Tensor | None) -> Tensor:
        x = self.embed(fold(hint, self.frames_per_token))  # [B L width]
        tokens = None if mask is None else fold_mask(mask, self.frames_per_token)
        return self.to_latent(self.transformer(self.positions(x), tokens))


class ControlNet(SavedModule):
    """A trainable copy of a denoiser whose layers' outputs are added to those of the frozen base.

    The maps between the two start at zero. It suits any denoiser: whatever the base takes (masks,
    guidance weight, end of the phase) it takes too.

    Args:
        denoiser: the arguments of the base, a ``LatentDenoiser``'s ``config``.
        control_activation: between the linear maps of the control latents: "silu", or "identity"
            (V1).
    Raises:
        ValueError: an unknown ``control_activation``.
    """

    def __init__(self, *, denoiser: dict[str, Any], control_activation: str = "silu") -> None:
        super().__init__()
        if control_activation not in ACTIVATIONS:
            allowed = " or ".join(repr(name) for name in ACTIVATIONS)
            raise ValueError(f"control_activation must be {allowed}, got {control_activation!r}")

        self.base = LatentDenoiser(**denoiser)
        self.base.latent_out = nn.Identity()  # what follows the last layer has no part in residuals
        self.base.transformer.norm = None
        width = self.base.text_linear.out_features
        channels = self.base.latent_in_channels
        activation = ACTIVATIONS[control_activation]

        self.control_in = nn.Sequential(
            nn.Linear(channels, width),
            activation(),
            nn.Linear(width, width),
            activation(),
            nn.Linear(width, channels),
        )
        self.residual_out = nn.ModuleList(
            nn.Linear(width, width) for _ in self.base.transformer.layers
        )
        for layer in (self.control_in[-1], *self.residual_out):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    @classmethod
    def from_denoiser(
        cls, denoiser: LatentDenoiser, *, control_activation: str = "silu"
    ) -> ControlNet:
        """Build a copy of ``denoiser`` that changes nothing yet; ``denoiser`` is frozen for good.

        Only the new network is to be trained: ``residual_out`` starts at zero, so that the
        controlled denoiser starts as the uncontrolled one.
        """
        control = cls(denoiser=denoiser.config, control_activation=control_activation)

        state = denoiser.state_dict()
        control.base.load_state_dict({name: state[name] for name in control.base.state_dict()})
        freeze(denoiser)
        return control.to(denoiser.text_linear.weight.device)

    def forward(
        self,
        latents: Tensor,
        timesteps: Tensor,
        text: Tensor,
        *,
        control: Tensor,
        text_mask: Tensor | None = None,
        guidance_weight: Tensor | None = None,
        end_timesteps: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> list[Tensor]:
        """Residuals for ``LatentDenoiser.forward``, which takes the same arguments but ``control``.

        Args:
            control: ``[B L C]``, a ``TrajectoryEncoder``'s latents.
        Returns:
            One ``[B L+1+S width]`` for each layer.
        Raises:
            ValueError: ``control`` is of another shape than ``latents``.
        """
        if control.shape != latents.shape:
            raise ValueError(
                f"control must have the latents' shape {tuple(latents.shape)}, got "
                f"{tuple(control.shape)}; the trajectory encoder's latents must be those of the VAE"
            )

        x, allowed = self.base.sequence(
            latents + self.control_in(control),
            timesteps,
            text,
            text_mask=text_mask,
            guidance_weight=guidance_weight,
            end_timesteps=end_timesteps,
            mask=mask,
        )
        outputs = self.base.transformer.layer_outputs(x, allowed)

        return [
            to_residual(output)
            for to_residual, output in zip(self.residual_out, outputs, strict=True)
        ]
