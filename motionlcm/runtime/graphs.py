"""Graphs for ONNX Runtime, exported from the torch networks: structure only, the weights stay in safetensors.

Needs the packages onnx and onnxscript (extra ``train``). Next to ``graph.onnx`` lies ``graph.json``, which says for
each initializer of the graph which tensor it is, and whether transposed.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime.session import GRAPH_NAME

_SMALLEST = 16  #: numbers; smaller constants stay in the graph


def can_export() -> bool:
    """Whether onnx and onnxscript are installed."""
    return all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript"))


class DenoiserStep(nn.Module):
    """A student with all of its inputs in one fixed order."""

    def __init__(self, denoiser: LatentDenoiser) -> None:
        super().__init__()
        self.inner = denoiser

    def forward(
        self, latents: Tensor, timesteps: Tensor, ends: Tensor, weight: Tensor, text: Tensor, text_mask: Tensor,
        mask: Tensor,
    ) -> Tensor:  # fmt: skip
        """See ``LatentDenoiser.forward``; a student without phases does not look at ``ends``."""
        denoiser = self.inner
        return denoiser(
            latents,
            timesteps,
            text,
            text_mask=text_mask,
            guidance_weight=weight if denoiser.guidance_width else None,
            end_timesteps=ends if denoiser.end_width else None,
            mask=mask,
        )

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        flags = torch.ones(2, 9, dtype=torch.bool), torch.ones(2, 13, dtype=torch.bool)
        latents = torch.randn(2, 13, self.inner.latent_in_channels)
        times = torch.full((2,), 999)
        return (
            latents,
            times,
            times - 1000,
            torch.ones(2),
            torch.randn(2, 9, self.inner.text_linear.in_features),
            *flags,
        )


class Decoder(nn.Module):
    """The decoder of a VAE with latents along time: all frames of all tokens."""

    def __init__(self, vae: MotionVAE) -> None:
        super().__init__()
        self.inner = vae

    def forward(self, latents: Tensor, mask: Tensor) -> Tensor:
        """Latents ``[B L C]`` and their mask ``[B L]`` -> normalised features ``[B L*k D]``."""
        return self.inner.decode_tokens(latents, mask)

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        return torch.randn(2, 13, self.inner.latent_channels), torch.ones(2, 13, dtype=torch.bool)


INPUTS: dict[type, dict[str, dict[int, str]]] = {
    DenoiserStep: {
        "latents": {0: "batch", 1: "tokens"},
        "timesteps": {0: "batch"},
        "ends": {0: "batch"},
        "weight": {0: "batch"},
        "text": {0: "batch", 1: "words"},
        "text_mask": {0: "batch", 1: "words"},
        "mask": {0: "batch", 1: "tokens"},
    },
    Decoder: {"latents": {0: "batch", 1: "tokens"}, "mask": {0: "batch", 1: "tokens"}},
}


def export_model(
    wrapper: nn.Module,
    inputs: dict[str, dict[int, str]],
    example: tuple[Tensor, ...],
    *,
    outputs: tuple[str, ...] = ("output",),
) -> Any:
    """The ONNX model (``onnx.ModelProto``) of a module in eval mode, weights inside, batch and lengths dynamic."""
    dynamic = tuple(dict.fromkeys(axes, torch.export.Dim.DYNAMIC) for axes in inputs.values())
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        program = torch.onnx.export(
            wrapper.eval(),
            example,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=dynamic,
            dynamo=True,
            opset_version=18,
            verbose=False,
        )
    finally:
        logging.getLogger("torch.onnx").setLevel(level)
    assert program is not None
    return program.model_proto


def write_graph(wrapper: nn.Module, inner: nn.Module, path: Path, **how: Any) -> None:
    """Write ``path`` (.onnx) without weights and the table of its weights beside it (.json).

    ``inner`` is the module whose ``state_dict`` is in the safetensors file; its weights are made random (in a copy)
    for the export, so that each can be told from the others.
    """
    import onnx

    wrapper = copy.deepcopy(wrapper)
    named = wrapper.inner.state_dict() if isinstance(wrapper.inner, nn.Module) else inner.state_dict()
    with torch.no_grad():
        for value in named.values():
            if value.is_floating_point():
                value.normal_(0, 0.05)
    model = export_model(wrapper, **how)
    state = {name: value.numpy() for name, value in named.items()}
    table: dict[str, tuple[str, bool]] = {}
    for initializer in model.graph.initializer:
        array = onnx.numpy_helper.to_array(initializer)
        found = _find(array, state) if array.size >= _SMALLEST and array.dtype == np.float32 else None
        if found is not None:
            table[initializer.name] = found
            _empty(initializer, array.nbytes)
    strip_notes(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    path.with_suffix(".json").write_text(json.dumps(table, separators=(",", ":")) + "\n")


def write_graphs(folder: Path, student: LatentDenoiser, vae: MotionVAE) -> bool:
    """Graphs of a model folder's student and decoder; False where a fixed number of latent tokens needs torch."""
    if vae.num_latents:
        return False
    for name, wrapper in (("student", DenoiserStep(student)), ("vae", Decoder(vae))):
        how = {"inputs": INPUTS[type(wrapper)], "example": wrapper.example()}
        write_graph(wrapper, wrapper.inner, folder / name / GRAPH_NAME, **how)
    return True


def _find(array: np.ndarray, state: dict[str, np.ndarray]) -> tuple[str, bool] | None:
    for name, value in state.items():
        if value.shape == array.shape and np.array_equal(value, array):
            return name, False
        if value.ndim == 2 and value.T.shape == array.shape and np.array_equal(value.T, array):
            return name, True
    return None


def _empty(initializer: Any, num_bytes: int) -> None:
    """Mark as stored elsewhere, which ONNX Runtime wants of what it is given in memory."""
    from onnx import TensorProto

    for kind in ("raw_data", "float_data"):
        initializer.ClearField(kind)
    initializer.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "weights"), ("offset", "0"), ("length", str(num_bytes))):
        entry = initializer.external_data.add()
        entry.key, entry.value = key, value


def strip_notes(model: Any) -> None:
    """Drop the exporter's notes, which name source files and fill most of the file."""
    for node in model.graph.node:
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    for kind in ("metadata_props", "doc_string"):
        model.ClearField(kind)
        model.graph.ClearField(kind)
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        value.ClearField("metadata_props")
        value.ClearField("doc_string")
    del model.graph.value_info[:]
