"""ONNX sessions, joined from a graph without weights and a safetensors file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as states

from motionlcm.damage import read_object, reason
from motionlcm.integrity import check_file
from motionlcm.models.stored_weights import read_weights

GRAPH_NAME = "graph.onnx"

_REFUSALS = (
    *(states.Fail, states.InvalidArgument, states.InvalidGraph, states.InvalidProtobuf),
    *(states.NotImplemented, states.RuntimeException, RuntimeError, ValueError, TypeError),
)


def open_session(
    graph: Path, weights: Path, *, num_threads: int = 0
) -> onnxruntime.InferenceSession:
    """Join a graph with its weights; they are widened to float32.

    Args:
        graph: an .onnx file written by ``motionlcm.runtime.graphs``, its .json beside it.
        weights: the safetensors file whose tensors it names.
        num_threads: 0 leaves it to ONNX Runtime (one for each core).
    Raises:
        FileNotFoundError: no .json beside the graph.
        ValueError: a damaged file, or weights that lack a tensor which the graph names.
    """
    for path in (graph, graph.with_suffix(".json"), weights):
        if path.is_file():
            check_file(path)
    table = _read_table(graph)
    stored = dict(read_weights(weights))

    values = []
    for name, is_transposed in table.values():
        if name not in stored:
            raise ValueError(f"{weights} does not fit {graph.name}: it holds no {name:.80}")
        value = np.ascontiguousarray(stored[name].T) if is_transposed else stored[name]
        values.append(onnxruntime.OrtValue.ortvalue_from_numpy(value))

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.log_severity_level = 3
    # Threads that wait in a loop take the core from the next session: on two busy cores 64 ms a
    # prompt instead of 17.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_external_initializers(list(table), values)

    content = graph.read_bytes()
    try:
        # without fallback: it would print, and try the same again
        return onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except _REFUSALS as error:
        raise ValueError(f"{graph} and {weights} do not fit: {reason(error)}") from error


def run_session(
    session: onnxruntime.InferenceSession, feed: dict[str, np.ndarray], *, place: Path
) -> np.ndarray:
    """Run a session for its one output; what it does not read is left out of ``feed``.

    Raises:
        ValueError: the graph (its folder is ``place``) does not take these arrays.
    """
    known = {item.name for item in session.get_inputs()}
    try:
        return session.run(None, {name: feed[name] for name in feed if name in known})[0]
    except _REFUSALS as error:
        raise ValueError(f"{place / GRAPH_NAME} cannot be run: {reason(error)}") from error


def _read_table(graph: Path) -> dict[str, list]:
    """Name and whether transposed of the tensor behind each initializer of a graph."""
    path = graph.with_suffix(".json")
    if not path.is_file():
        raise FileNotFoundError(f"{graph} needs {path.name} beside it, which names its weights")
    table = read_object(path)
    for place in table.values():
        if not (isinstance(place, list) and [type(item) for item in place] == [str, bool]):
            raise ValueError(
                f"{path} is damaged: each entry must be a tensor's name and a yes or no"
            )
    return table
