"""The checkpoints of MotionLCM V1 and V2 and of their teachers: tensor names, shapes, networks.

All sizes are read off the tensors; only the number of attention heads leaves no trace in them. What
tells V1 from V2 is the linear map around the latents (``latent_pre``), which V1 lacks; V1 also
clips the text's vector at zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from motionlcm.exchange.torch_files import read_state_dict
from motionlcm.models.control import ControlNet, TrajectoryEncoder
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.saving import SavedModule
from motionlcm.models.vae import MotionVAE

Model = TypeVar("Model", bound=SavedModule)
PARTS = ("vae", "denoiser", "controlnet", "traj_encoder")  #: how tensor names of networks begin
EVALUATORS = "t2m_"  #: how those of the frozen evaluators begin, which are left out
_SHARED = {"dropout": 0.1, "norm_first": False}
#: Parts of names in an attention layer: ours and theirs.
_ATTENTION = {
    "self_attention.in_proj.": "self_attn.in_proj_",
    "self_attention.out_proj.": "self_attn.out_proj.",
    "cross_attention.in_proj.": "multihead_attn.in_proj_",
    "cross_attention.out_proj.": "multihead_attn.out_proj.",
}
_MAX_BLOCKS = 50
_MAX_NAMED = 4  #: tensors named in one error


@dataclass(frozen=True)
class OfficialCheckpoint:
    """The networks of one file, in eval mode on the CPU; None for those that it does not have.

    ``denoiser`` is a student if its ``guidance_width`` is not 0, else a teacher.
    """

    vae: MotionVAE | None = None
    denoiser: LatentDenoiser | None = None
    controlnet: ControlNet | None = None
    trajectory_encoder: TrajectoryEncoder | None = None

    @property
    def is_v1(self) -> bool:
        """Whether the latents are used without a linear map around them."""
        network = self.denoiser or self.vae
        return network is not None and not network.config["project_latents"]


def load_official(path: str | Path, *, num_heads: int = 4) -> OfficialCheckpoint:
    """Open an official checkpoint: VAE, MLD teacher, MotionLCM student or ControlNet, of V1 or V2.

    Args:
        path: the ``.ckpt`` file.
        num_heads: of all attention layers; 4 in all published models.
    Raises:
        FileNotFoundError: no such file.
        ValueError: another kind of file, damaged, hostile; a tensor that is unknown, missing or of
            a wrong shape.
    """
    state = read_state_dict(path, ignore=(EVALUATORS,))
    groups = _groups(state, path)

    builders = (_vae, _denoiser, _controlnet, _trajectory_encoder)
    networks: dict[str, Any] = {}
    for part, build in zip(PARTS, builders, strict=True):
        if groups[part]:
            try:
                networks[part] = build(_Tensors(groups[part], part), num_heads)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error

    checkpoint = OfficialCheckpoint(
        vae=networks.get("vae"),
        denoiser=networks.get("denoiser"),
        controlnet=networks.get("controlnet"),
        trajectory_encoder=networks.get("traj_encoder"),
    )
    _check_fit(checkpoint, path)
    return checkpoint


def _groups(state: dict[str, Tensor], path: str | Path) -> dict[str, dict[str, Tensor]]:
    """The tensors of each part, by their whole names."""
    groups: dict[str, dict[str, Tensor]] = {part: {} for part in PARTS}
    unknown = []
    for name, value in state.items():
        part = name.partition(".")[0]
        if part in groups:
            groups[part][name] = value
        else:
            unknown.append(name)

    parts = ", ".join(PARTS)
    if unknown:
        raise ValueError(
            f"{path}: unknown tensors {_some(unknown)}; known begin with {parts}, {EVALUATORS}"
        )
    if not any(groups.values()):
        raise ValueError(
            f"{path}: holds none of {parts}; expected a checkpoint of MotionLCM or MLD"
        )
    return groups


class _Tensors:
    """The tensors of one network, by their official names."""

    def __init__(self, state: dict[str, Tensor], part: str) -> None:
        self.state = state
        self.part = part

    def __contains__(self, name: str) -> bool:
        return f"{self.part}.{name}" in self.state

    def shape(self, name: str, dims: int) -> tuple[int, ...]:
        """The shape of a tensor that must be there."""
        if name not in self:
            raise ValueError(f"lacks the tensor {self.part}.{name}")

        shape = tuple(self.state[f"{self.part}.{name}"].shape)
        if len(shape) != dims or 0 in shape:
            raise ValueError(f"{self.part}.{name} is {shape}, expected {dims} sizes of at least 1")
        return shape

    def transformer(self, name: str, num_heads: int) -> dict[str, Any]:
        """Sizes of a skip transformer."""
        start = f"{self.part}.{name}.input_blocks."
        blocks = {
            key[len(start) :].partition(".")[0] for key in self.state if key.startswith(start)
        }
        if len(blocks) > _MAX_BLOCKS:
            raise ValueError(
                f"{self.part}.{name} has {len(blocks)} input blocks, expected at most {_MAX_BLOCKS}"
            )

        feedforward, _ = self.shape(f"{name}.middle_block.linear1.weight", 2)
        return {
            "num_layers": 2 * len(blocks) + 1,  # as many output blocks, and one in the middle
            "feedforward": feedforward,
            "num_heads": num_heads,
            **_SHARED,
        }

    def fill(
        self,
        kind: type[Model],
        config: dict[str, Any],
        names: dict[str, str],
        unused: tuple[str, ...] = (),
    ) -> Model:
        """Build a network of ``config`` with these tensors.

        Args:
            kind: class of the network.
            config: its arguments.
            names: beginnings of our tensor names to beginnings of theirs.
            unused: beginnings of their names to be left out.
        Returns:
            The network in eval mode.
        Raises:
            ValueError: tensors that are missing, of a wrong shape or unknown, with their names.
        """
        with torch.device("meta"):  # no memory before all shapes are known to be right
            model = kind(**config)

        expected = model.state_dict()
        translated = {ours: f"{self.part}.{_translate(ours, names)}" for ours in expected}
        self._check(expected, translated, unused)

        # A clone lets go of the file, which the state is mapped to.
        values = {
            ours: self.state[theirs].reshape(expected[ours].shape).clone().contiguous()
            for ours, theirs in translated.items()
        }
        model.load_state_dict(values, assign=True)
        return model.eval()

    def _check(
        self, expected: dict[str, Tensor], translated: dict[str, str], unused: tuple[str, ...]
    ) -> None:
        """Raise ValueError unless there are the tensors expected, by our and translated names."""
        missing = [theirs for theirs in translated.values() if theirs not in self.state]

        wrong = []
        for ours, theirs in translated.items():
            shape = tuple(expected[ours].shape)
            if ours.endswith("positions.table"):
                shape = (shape[0], 1, shape[1])  # their batch is the second axis
            if theirs in self.state and tuple(self.state[theirs].shape) != shape:
                wrong.append(f"{theirs} {tuple(self.state[theirs].shape)} instead of {shape}")

        known = set(translated.values())
        dropped = tuple(f"{self.part}.{name}" for name in unused)
        unknown = [
            name for name in self.state if name not in known and not name.startswith(dropped)
        ]

        kinds = {"missing": missing, "of a wrong shape": wrong, "unknown": unknown}
        problems = [f"{kind}: {_some(names)}" for kind, names in kinds.items() if names]
        if problems:
            raise ValueError(f"tensors {'; '.join(problems)}")


def _translate(name: str, names: dict[str, str]) -> str:
    """Their name of one of our tensors, by the longest beginning that ``names`` knows."""
    ours = max((start for start in names if name.startswith(start)), key=len)
    theirs = names[ours] + name[len(ours) :]

    for our_part, their_part in _ATTENTION.items():
        theirs = theirs.replace(our_part, their_part)
    return theirs


def _transformer_names(ours: str, theirs: str, num_layers: int) -> dict[str, str]:
    """Beginnings of our names to theirs for a skip transformer, whose layers we number through."""
    half = num_layers // 2
    blocks = [
        *(f"input_blocks.{i}" for i in range(half)),
        "middle_block",
        *(f"output_blocks.{i}" for i in range(half)),
    ]

    names = {f"{ours}.layers.{i}.": f"{theirs}.{block}." for i, block in enumerate(blocks)}
    return {
        **names,
        f"{ours}.skips.": f"{theirs}.linear_blocks.",
        f"{ours}.norm.": f"{theirs}.norm.",
    }


def _vae(tensors: _Tensors, num_heads: int) -> MotionVAE:
    width, num_features = tensors.shape("skel_embedding.weight", 2)
    num_tokens, _ = tensors.shape("global_motion_token", 2)

    if num_tokens % 2:
        raise ValueError(
            f"vae.global_motion_token has {num_tokens} rows, "
            "expected an even number (mean and variance)"
        )

    is_projected = "latent_pre.weight" in tensors
    config = {
        "num_features": num_features,
        "latent_channels": tensors.shape("latent_pre.weight", 2)[0] if is_projected else width,
        "num_latents": num_tokens // 2,
        "width": width,
        "project_latents": is_projected,
        "max_length": tensors.shape("query_pos_encoder.pe", 3)[0],
        **tensors.transformer("encoder", num_heads),
    }

    names = {
        "embed.": "skel_embedding.",
        "head.": "final_layer.",
        "latent_queries": "global_motion_token",
        "to_latent.": "latent_pre.",
        "from_latent.": "latent_post.",
        "encoder_positions.table": "query_pos_encoder.pe",
        "decoder_positions.table": "query_pos_decoder.pe",
        **_transformer_names("encoder", "encoder", config["num_layers"]),
        **_transformer_names("decoder", "decoder", config["num_layers"]),
    }
    return tensors.fill(MotionVAE, config, names)


def _denoiser_config(tensors: _Tensors, num_heads: int) -> dict[str, Any]:
    """Arguments of the denoiser, or of the one that a ControlNet is a copy of."""
    width, time_width = tensors.shape("time_embedding.linear_1.weight", 2)
    is_projected = "latent_pre.weight" in tensors
    is_student = "time_embedding.cond_proj.weight" in tensors

    return {
        "latent_channels": tensors.shape("latent_pre.weight", 2)[1] if is_projected else width,
        "text_width": tensors.shape("emb_proj.1.weight", 2)[1],
        "width": width,
        "time_width": time_width,
        "guidance_width": tensors.shape("time_embedding.cond_proj.weight", 2)[1]
        if is_student
        else 0,
        "prediction_type": "epsilon",
        "project_latents": is_projected,
        "text_activation": "identity" if is_projected else "relu",
        "max_length": tensors.shape("query_pos.pe", 3)[0],
        **tensors.transformer("encoder", num_heads),
    }


def _denoiser_names(prefix: str, num_layers: int) -> dict[str, str]:
    """Beginnings of our names, after ``prefix``, to theirs."""
    names = {
        "latent_in.": "latent_pre.",
        "latent_out.": "latent_post.",
        "time_linear1.": "time_embedding.linear_1.",
        "time_linear2.": "time_embedding.linear_2.",
        "guidance_linear.": "time_embedding.cond_proj.",
        "text_linear.": "emb_proj.1.",
        "positions.table": "query_pos.pe",
        **_transformer_names("transformer", "encoder", num_layers),
    }

    return {f"{prefix}{ours}": theirs for ours, theirs in names.items()}


def _denoiser(tensors: _Tensors, num_heads: int) -> LatentDenoiser:
    config = _denoiser_config(tensors, num_heads)
    return tensors.fill(LatentDenoiser, config, _denoiser_names("", config["num_layers"]))


def _controlnet(tensors: _Tensors, num_heads: int) -> ControlNet:
    config = _denoiser_config(tensors, num_heads)
    names = {
        **_denoiser_names("base.", config["num_layers"]),
        "residual_out.": "controlnet_down_mid_blocks.",
    }

    # Ours has an activation after each linear map; theirs numbers them only where it has them.
    has_silu = "controlnet_cond_embedding.4.weight" in tensors
    for ours, theirs in zip((0, 2, 4), (0, 2, 4) if has_silu else (0, 1, 2), strict=True):
        names[f"control_in.{ours}."] = f"controlnet_cond_embedding.{theirs}."

    # Their latent_post is a copy of the base's that nothing reads.
    arguments = {"denoiser": config, "control_activation": "silu" if has_silu else "identity"}
    return tensors.fill(ControlNet, arguments, names, unused=("latent_post.",))


def _trajectory_encoder(tensors: _Tensors, num_heads: int) -> TrajectoryEncoder:
    width, columns = tensors.shape("skel_embedding.weight", 2)
    if columns % 3:
        raise ValueError(
            f"traj_encoder.skel_embedding.weight reads {columns} columns, "
            "expected three for each joint"
        )

    is_projected = "latent_proj.weight" in tensors
    config = {
        "num_joints": columns // 3,
        "latent_channels": tensors.shape("latent_proj.weight", 2)[0] if is_projected else width,
        "num_latents": tensors.shape("global_motion_token", 2)[0],
        "width": width,
        "project_latents": is_projected,
        "max_length": tensors.shape("query_pos_encoder.pe", 3)[0],
        **tensors.transformer("encoder", num_heads),
    }

    names = {
        "embed.": "skel_embedding.",
        "latent_queries": "global_motion_token",
        "to_latent.": "latent_proj.",
        "positions.table": "query_pos_encoder.pe",
        **_transformer_names("transformer", "encoder", config["num_layers"]),
    }
    return tensors.fill(TrajectoryEncoder, config, names)


def _check_fit(checkpoint: OfficialCheckpoint, path: str | Path) -> None:
    """Raise ValueError unless the networks can work together."""
    configs: dict[str, dict[str, Any]] = {}
    if checkpoint.vae is not None:
        configs["vae"] = checkpoint.vae.config
    if checkpoint.denoiser is not None:
        configs["denoiser"] = checkpoint.denoiser.config
    if checkpoint.controlnet is not None:
        configs["controlnet"] = checkpoint.controlnet.config["denoiser"]
    if checkpoint.trajectory_encoder is not None:
        configs["traj_encoder"] = checkpoint.trajectory_encoder.config

    for parts, size in (
        (PARTS, "latent_channels"),
        (("vae", "traj_encoder"), "num_latents"),
        (("denoiser", "controlnet"), "width"),
        (("denoiser", "controlnet"), "num_layers"),
        (("denoiser", "controlnet"), "text_width"),
    ):
        sizes = {part: configs[part][size] for part in parts if part in configs}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"{path}: its networks do not fit each other: {size} is {sizes}")


def _some(names: Iterable[str]) -> str:
    """The first few of the names, and how many more there are."""
    names = [name[:120] for name in names]
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + more
