"""First weights of a stage from a finished model (``start_from``)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embeddings import guidance_embedding
from motionlcm.models.saving import CONFIG_NAME, load_weights, read_config
from motionlcm.models.vae import MotionVAE
from motionlcm.training.config import RunConfig
from motionlcm.training.trainer import Stage

_LOG_VARIANCE = -6.0  #: of latent channels that the model lacked, at first


def start_from_model(stage: Stage, model: Path, *, follow_teacher: float = 0.0) -> bool:
    """Give the stage's network the weights of the finished ``model``; False where that has none for it.

    A teacher that the model lacks is made of its student. Where this run's latents have more channels than the
    model's, the further ones mean nothing at first: nobody reads them, and all but the encoder leave them zero.

    Args:
        stage: has the network.
        model: the finished model's folder.
        follow_teacher: the share of its teacher's change since that model by which a student's weights are moved.
    Raises:
        ValueError: the weights have another shape.
    """
    state = _weights(model, stage.name)
    if state is None:
        return False
    try:
        state = _with_more_channels(state, stage.trained)
        before = _weights(model, "teacher") if stage.name == "student" and follow_teacher else None
        if before is not None:
            now = stage.teacher.state_dict()  # type: ignore[attr-defined]
            before = _with_more_channels(before, stage.teacher)  # type: ignore[attr-defined]
            for name, value in before.items():
                state[name] = state[name] + follow_teacher * (now[name].to(value) - value)
        stage.trained.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(
            f"start_from: {model} has another shape than this run's {stage.name}: {reason}"
        ) from error
    if stage.name == "student":
        stage.load_state({"target": state})  # type: ignore[dict-item]
    return True


def with_kept_shapes(config: RunConfig) -> RunConfig:
    """The config in which kept networks have the shapes that they have in ``start_from``'s model."""
    changed: dict[str, Any] = {}
    for name in config.keep:
        shape = _shape(Path(config.start_from), name)
        if shape is not None:
            changed[name] = dataclasses.replace(getattr(config, name), model=shape)
    return dataclasses.replace(config, **changed)


def _shape(model: Path, name: str) -> dict[str, Any] | None:
    """The constructor's arguments, without those that the training data or another network give."""
    without: dict[str, Any] = {}
    if name == "teacher" and not (model / name).is_dir():
        name, without = "student", {"guidance_width": 0, "end_width": 0}
    if not (model / name / CONFIG_NAME).is_file():
        return None
    given = ("type", "num_features", "text_width", *(() if name == "vae" else ("latent_channels",)))
    return {
        key: value for key, value in read_config(model / name).items() if key not in given
    } | without


def _weights(model: Path, name: str) -> dict[str, Tensor] | None:
    if (model / name).is_dir():
        return load_weights(model / name)
    if name == "teacher" and (model / "student").is_dir():
        return teacher_state(LatentDenoiser.from_pretrained(model / "student"))
    return None


def _with_more_channels(state: dict[str, Tensor], network: Any) -> dict[str, Tensor]:
    """The weights with rows and columns for the latent channels that ``network`` has beyond theirs."""
    made, own = dict(state), network.state_dict()
    for name in ("from_latent.weight", "latent_in.weight", "latent_out.weight", "latent_out.bias"):
        if name in state and name in own:
            made[name] = _padded(state[name], own[name].shape)
    if isinstance(network, MotionVAE) and not network.num_latents and "to_latent.weight" in state:
        for name in ("to_latent.weight", "to_latent.bias"):
            (mean, variance), fresh = state[name].chunk(2), own[name].chunk(2)[0]
            made[name] = torch.cat([mean, fresh[len(mean) :], _padded(variance, fresh.shape)])
        made["to_latent.bias"][network.latent_channels + len(variance) :] = _LOG_VARIANCE
    return made


def _padded(tensor: Tensor, shape: torch.Size) -> Tensor:
    """With zeros behind, up to ``shape`` where that is larger."""
    missing = [max(0, size - own) for size, own in zip(shape, tensor.shape, strict=True)]
    return functional.pad(tensor, [count for size in reversed(missing) for count in (0, size)])


@torch.no_grad()
def teacher_state(student: LatentDenoiser) -> dict[str, Tensor]:
    """The student as a denoiser without guidance: weight 0, each phase ending where it starts.

    Both inputs are linear in front of the first layer of time, which therefore takes them in exactly.
    """
    state: dict[str, Any] = {name: value.clone() for name, value in student.state_dict().items()}
    first, bias = state["time_linear1.weight"], state["time_linear1.bias"]
    if student.guidance_width:
        zero = guidance_embedding(torch.zeros(1), student.guidance_width)[0]
        state["time_linear1.bias"] = bias + first @ (state.pop("guidance_linear.weight") @ zero)
    if student.end_width == student.time_width:
        state["time_linear1.weight"] = first + first @ state.pop("end_linear.weight")
    else:
        state.pop("end_linear.weight", None)
    return state
