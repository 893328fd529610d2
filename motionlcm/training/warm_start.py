"""First weights of a stage from a finished model (``start_from``, ``keep``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embeddings import guidance_embedding
from motionlcm.models.saving import load_weights
from motionlcm.models.vae import MotionVAE
from motionlcm.training.stage import Stage

_LOG_VARIANCE = -6.0  #: of latent channels that the model lacked, at first


def start_from_model(stage: Stage, model: Path) -> bool:
    """Give the stage's network the weights that training on from ``model`` begins with.

    Where this run's latents have more channels than the model's, the further ones mean nothing at
    first: nobody reads them, and all but the encoder leave them zero.

    Returns:
        False where the model has no weights for this stage.
    Raises:
        ValueError: the weights have another shape.
    """
    return _load(stage, stage.first_weights, model)


def take_from_model(stage: Stage, model: Path) -> bool:
    """Give the stage's network the finished ``model``'s weights as they are.

    Returns and raises what ``start_from_model`` does.
    """
    return _load(stage, stage.weights_in, model)


def _load(
    stage: Stage, weights_of: Callable[[Path], dict[str, Tensor] | None], model: Path
) -> bool:
    try:
        weights = weights_of(model)
        if weights is None:
            return False

        stage.trained.load_state_dict(with_more_channels(weights, stage.trained))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(
            f"start_from: {model} has another shape than this run's {stage.name}: {reason}"
        ) from error

    stage.after_warm_start()
    return True


def with_more_channels(weights: dict[str, Tensor], network: Any) -> dict[str, Tensor]:
    """Add what ``network`` has beyond the weights: latent channels, a mark on known tokens."""
    fresh = {name: value.to("cpu") for name, value in network.state_dict().items()}
    padded = dict(weights)
    if "known_mark" in fresh:  # a network that knew nothing of known tokens marks none at first
        padded.setdefault("known_mark", torch.zeros_like(fresh["known_mark"]))
    for name in ("from_latent.weight", "latent_in.weight", "latent_out.weight", "latent_out.bias"):
        if name in weights and name in fresh:
            padded[name] = _padded(weights[name], fresh[name].shape)

    # a VAE's encoder puts out means, then log variances: its own first means, and little variance
    if isinstance(network, MotionVAE) and not network.num_latents and "to_latent.weight" in weights:
        for name in ("to_latent.weight", "to_latent.bias"):
            mean, variance = weights[name].chunk(2)
            fresh_mean = fresh[name].chunk(2)[0]
            padded[name] = torch.cat(
                [mean, fresh_mean[len(mean) :], _padded(variance, fresh_mean.shape)]
            )

        padded["to_latent.bias"][network.latent_channels + len(variance) :] = _LOG_VARIANCE
    return padded


def _padded(tensor: Tensor, shape: torch.Size) -> Tensor:
    """Append zeros up to ``shape`` where that is larger."""
    missing = [max(0, size - there) for size, there in zip(shape, tensor.shape, strict=True)]
    return functional.pad(tensor, [count for size in reversed(missing) for count in (0, size)])


def teacher_weights(model: Path) -> dict[str, Tensor] | None:
    """Read the teacher of a finished model, or make it of its student; None if it has neither."""
    if (model / "teacher").is_dir():
        return load_weights(model / "teacher")
    if (model / "student").is_dir():
        return teacher_state(LatentDenoiser.from_pretrained(model / "student"))
    return None


@torch.no_grad()
def teacher_state(student: LatentDenoiser) -> dict[str, Tensor]:
    """Turn a student into a denoiser without guidance: weight 0, each phase ending where it starts.

    Both inputs are linear in front of the first layer of time, which therefore takes them in
    exactly.
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
