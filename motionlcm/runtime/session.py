"""ONNX sessions from a graph without weights and a safetensors file: one truth, and small graphs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime

from motionlcm.models.stored_weights import read_weights

GRAPH_NAME = "graph.onnx"


def open_session(graph: Path, weights: Path, *, num_threads: int = 0) -> onnxruntime.InferenceSession:
    """Join a graph with its weights; they are widened to float32.

    Args:
        graph: an .onnx file written by ``motionlcm.runtime.graphs``.
        weights: the safetensors file whose tensors it names.
        num_threads: 0 leaves it to ONNX Runtime (one for each core).
    Raises:
        ValueError: a damaged file, or weights that lack a tensor which the graph names.
    """
    with open(graph.with_suffix(".json")) as file:
        table: dict[str, list] = json.load(file)
    stored, values = dict(read_weights(weights)), []
    for name, is_transposed in table.values():
        if name not in stored:
            raise ValueError(f"{weights} does not fit {graph.name}: it holds no {name}")
        value = stored[name]
        values.append(np.ascontiguousarray(value.T if is_transposed else value))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    # Threads that wait in a loop take the core from the next session: on two busy cores 64 ms a prompt instead of 17.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    options.add_external_initializers(
        list(table), [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in values]
    )
    try:
        return onnxruntime.InferenceSession(graph.read_bytes(), options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
        raise ValueError(f"{graph} and {weights} do not fit: {error}") from error
