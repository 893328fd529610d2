"""Graphs for ONNX Runtime, exported from torch; the weights stay in safetensors.

Needs onnx and onnxscript (extra ``train``). ``graph.onnx`` holds structure only; beside
it lies ``graph.json``, which says for each initializer of the graph which tensor of the safetensors
file it is, and whether transposed. So both run-times read the same numbers from one file.
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

from motionlcm.atomic_files import write_bytes
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.models.saving import WEIGHTS_NAME
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime.session import GRAPH_NAME, open_session

Inputs = dict[str, dict[int, str]]  #: name of each input, in order -> names of its dynamic axes
Table = dict[str, tuple[str, bool]]  #: initializer of a graph -> tensor, and whether transposed

_TOLERANCE = 1e-4  #: between the run-times, of the largest output


def can_export() -> bool:
    """Whether onnx and onnxscript are installed."""
    return all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript"))


class DenoiserStep(nn.Module):
    """A student with all of its inputs in one fixed order."""

    def __init__(self, denoiser: LatentDenoiser) -> None:
        super().__init__()
        self.inner = denoiser

    def forward(
        self,
        latents: Tensor,
        timesteps: Tensor,
        ends: Tensor,
        weight: Tensor,
        text: Tensor,
        text_mask: Tensor,
        mask: Tensor,
        known: Tensor | None = None,
    ) -> Tensor:
        """Output ``[B L C]``; a network reads only the inputs that it was built to take.

        Shapes as in ``LatentDenoiser.forward``.
        """
        denoiser = self.inner
        return denoiser(
            latents,
            timesteps,
            text,
            text_mask=text_mask,
            guidance_weight=weight if denoiser.guidance_width else None,
            end_timesteps=ends if denoiser.end_width else None,
            mask=mask,
            known=known if denoiser.known_tokens else None,
        )

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        timesteps = torch.full((2,), 999)
        return (
            torch.randn(2, 13, self.inner.latent_in_channels),
            timesteps,
            timesteps - 1000,
            torch.ones(2),
            torch.randn(2, 9, self.inner.text_linear.in_features),
            torch.ones(2, 9, dtype=torch.bool),
            torch.ones(2, 13, dtype=torch.bool),
            *([torch.zeros(2, 13, dtype=torch.bool)] if self.inner.known_tokens else []),
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


class Pair(nn.Module):
    """An evaluator's vectors of motions and of their captions, side by side: ``[B 2W]``."""

    def __init__(self, embedder: TextMotionEmbedder) -> None:
        super().__init__()
        self.inner = embedder

    def forward(self, folded: Tensor, tokens: Tensor, text: Tensor, text_mask: Tensor) -> Tensor:
        """Shapes as of ``TextMotionEmbedder.embed_folded`` and ``embed_text``."""
        motion = self.inner.embed_folded(folded, tokens)
        return torch.cat([motion, self.inner.embed_text(text, text_mask)], dim=-1)

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        return (
            torch.randn(2, 13, self.inner.motion_in.in_features),
            torch.ones(2, 13, dtype=torch.bool),
            torch.randn(2, 9, self.inner.text_in.in_features),
            torch.ones(2, 9, dtype=torch.bool),
        )


INPUTS: dict[type, Inputs] = {
    Pair: {
        "folded": {0: "batch", 1: "tokens"},
        "tokens": {0: "batch", 1: "tokens"},
        "text": {0: "batch", 1: "words"},
        "text_mask": {0: "batch", 1: "words"},
    },
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


def inputs_of(wrapper: nn.Module) -> Inputs:
    """Names and dynamic axes of a wrapper's inputs; ``known`` only where its network takes it."""
    inputs = dict(INPUTS[type(wrapper)])
    if isinstance(wrapper, DenoiserStep) and wrapper.inner.known_tokens:
        inputs["known"] = inputs["mask"]
    return inputs


def export_model(
    wrapper: nn.Module,
    inputs: Inputs,
    example: tuple[Tensor, ...],
    *,
    outputs: tuple[str, ...] = ("output",),
) -> Any:
    """The ONNX model (``onnx.ModelProto``) of a module in eval mode, weights inside.

    Args:
        wrapper: the module; it takes ``example``.
        inputs: for each input in order its name, and the names of its dynamic axes.
        example: tensors of any batch and lengths.
        outputs: the names of what comes out.
    """
    axes = tuple(dict.fromkeys(names, torch.export.Dim.DYNAMIC) for names in inputs.values())
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level

    exporter.setLevel(logging.ERROR)
    try:
        program = torch.onnx.export(
            wrapper.eval(),
            example,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=axes,
            dynamo=True,
            opset_version=18,
            verbose=False,
        )
    finally:
        exporter.setLevel(level)

    assert program is not None
    return program.model_proto


def write_graph(
    wrapper: nn.Module,
    path: Path,
    *,
    weights: Path,
    inputs: Inputs,
    example: tuple[Tensor, ...],
) -> None:
    """Write ``path`` (.onnx) without weights and the table of its weights beside it (.json).

    Args:
        wrapper: a module whose attribute ``inner`` is the module that ``weights`` holds.
        path: the graph's file; its folder is made where it is missing.
        weights: the safetensors file, from which both run-times read the same numbers.
        inputs, example: as in ``export_model``; the batch (axis 0) is of at least two.
    Raises:
        ValueError: the graph does not give what the module gives (see ``check_graph``); neither
            file is then left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    model, table = _structure(wrapper, inputs, example)
    try:
        write_bytes(path, model.SerializeToString())
        text = json.dumps(table, separators=(",", ":")) + "\n"
        write_bytes(path.with_suffix(".json"), text.encode())

        check_graph(wrapper, path, weights=weights, inputs=inputs, example=example)
    except ValueError:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        raise


def write_graphs(folder: Path) -> bool:
    """Write and check the graphs of a model folder's student, decoder and, if there, evaluator.

    Returns:
        False where nothing was written: a fixed number of latent tokens needs torch.
    Raises:
        ValueError: a graph does not give what its torch module gives.
    """
    vae = MotionVAE.from_pretrained(folder / "vae")
    if vae.num_latents:
        return False

    student = LatentDenoiser.from_pretrained(folder / "student")
    wrappers: dict[str, DenoiserStep | Decoder | Pair] = {
        "student": DenoiserStep(student),
        "vae": Decoder(vae),
    }
    if (folder / "evaluator").is_dir():
        wrappers["evaluator"] = Pair(TextMotionEmbedder.from_pretrained(folder / "evaluator"))
    for name, wrapper in wrappers.items():
        write_graph(
            wrapper,
            folder / name / GRAPH_NAME,
            weights=folder / name / WEIGHTS_NAME,
            inputs=inputs_of(wrapper),
            example=wrapper.example(),
        )
    return True


def check_graph(
    wrapper: nn.Module,
    path: Path,
    *,
    weights: Path,
    inputs: Inputs,
    example: tuple[Tensor, ...],
) -> None:
    """Compare a written graph on ONNX Runtime with its torch module.

    Arguments as in ``write_graph``; the module's numbers must be those of ``weights``.

    Raises:
        ValueError: a number is off by more than 1e-4 of the largest that is put out (of 1 where all
            are smaller).
    """
    sample = {name: value.clone() for name, value in zip(inputs, example, strict=True)}
    for value in sample.values():
        if value.dtype == torch.bool:
            value[1, -3:] = False  # padding must mean the same on both
    with torch.inference_mode():
        expected = wrapper.eval()(*sample.values()).numpy()

    session = open_session(path, weights)
    known = {item.name for item in session.get_inputs()}  # the exporter drops what is never read
    feed = {name: value.numpy() for name, value in sample.items() if name in known}
    (output,) = session.run(None, feed)

    difference = np.abs(output - expected)
    if "mask" in sample:  # what stands in padded places is nobody's
        is_real = sample["mask"].numpy()
        difference = difference[is_real.repeat(output.shape[1] // is_real.shape[1], axis=1)]
    error = float(difference.max() / max(1.0, np.abs(expected).max()))
    if not error <= _TOLERANCE:
        raise ValueError(
            f"{path} on ONNX Runtime is off by {error:.1e} from the torch module, allowed is "
            f"{_TOLERANCE:.0e}; without a graph the model runs on torch"
        )


def _structure(
    wrapper: nn.Module, inputs: Inputs, example: tuple[Tensor, ...]
) -> tuple[Any, Table]:
    """The graph without weights (``onnx.ModelProto``) and the table of its weights."""
    import onnx

    # Random weights (in a copy) can be told from each other and from the graph's own constants, and
    # the exporter has no zeros or ones to optimise away.
    wrapper = copy.deepcopy(wrapper)
    state = wrapper.get_submodule("inner").state_dict()
    with torch.no_grad():
        for value in state.values():
            if value.is_floating_point():
                value.normal_(0, 0.05)

    model = export_model(wrapper, inputs, example)
    strip_notes(model)

    arrays = {name: value.numpy() for name, value in state.items()}
    table: Table = {}
    for initializer in model.graph.initializer:
        constant = onnx.numpy_helper.to_array(initializer)
        place = _find(constant, arrays) if constant.dtype == np.float32 else None
        if place is not None:
            table[initializer.name] = place
            _empty(initializer, constant.nbytes)
    return model, table


def _find(constant: np.ndarray, arrays: dict[str, np.ndarray]) -> tuple[str, bool] | None:
    """The name of the tensor that a constant of the graph is, and whether it is transposed."""
    for name, array in arrays.items():
        if np.array_equal(array, constant):
            return name, False
        if array.ndim == 2 and np.array_equal(array.T, constant):
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
    graph = model.graph
    values = (*graph.value_info, *graph.input, *graph.output, *graph.initializer)
    for part in (model, graph, *graph.node, *values):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    del graph.value_info[:]
