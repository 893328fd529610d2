"""First weights of a stage from a finished model (``start_from``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embeddings import guidance_embedding
from motionlcm.models.saving import load_weights
from motionlcm.training.trainer import Stage


def start_from_model(stage: Stage, model: Path) -> bool:
    """Give the stage's network the weights of the finished ``model``; False where that has none for it.

    A teacher that the model lacks is made of its student.

    Raises:
        ValueError: the weights have another shape.
    """
    if (model / stage.name).is_dir():
        state = load_weights(model / stage.name)
    elif stage.name == "teacher" and (model / "student").is_dir():
        state = teacher_state(LatentDenoiser.from_pretrained(model / "student"))
    else:
        return False
    try:
        stage.trained.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(f"start_from: {model} has another shape than this run's {stage.name}: {reason}") from error
    if stage.name == "student":
        stage.load_state({"target": state})  # type: ignore[dict-item]
    return True


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
