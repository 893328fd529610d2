"""ONNX files with one byte a number, for downloads; opened, the weights are float32 again.

Each large matrix becomes whole numbers with a scale for each row or column, and a
``DequantizeLinear`` in the graph, which run-times work out once. Nothing else of the graph changes.
Needs the package onnx.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_LARGEST = 127
_SMALLEST_MATRIX = 4096  #: numbers; smaller ones stay as they are


def pack_weights(model: Any) -> int:
    """Pack the matrices of a model in place.

    Args:
        model: an ``onnx.ModelProto`` of opset 13 or later, its weights inside.
    Returns:
        How many matrices were packed.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    nodes, kept = [], []
    for tensor in graph.initializer:
        is_matrix = len(tensor.dims) == 2 and np.prod(tensor.dims) >= _SMALLEST_MATRIX
        values = numpy_helper.to_array(tensor) if is_matrix else None
        if values is None or values.dtype != np.float32:
            kept.append(tensor)
            continue

        whole, scale, axis = _packed(values)
        names = [f"{tensor.name}_{part}" for part in ("int8", "scale")]
        kept += [numpy_helper.from_array(each, name) for each, name in zip((whole, scale), names)]
        nodes.append(helper.make_node("DequantizeLinear", names, [tensor.name], axis=axis))

    graph.ClearField("initializer")
    graph.initializer.extend(kept)
    others = list(graph.node)
    graph.ClearField("node")
    graph.node.extend([*nodes, *others])
    return len(nodes)


def _packed(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Whole numbers ``[N M]``, scales, and the axis that they belong to: the one that fits better.

    Graphs hold matrices both ways round, and a scale for each output loses less.
    """
    choices = []
    for axis in (0, 1):
        largest = np.abs(values).max(1 - axis, keepdims=True)
        scale = np.maximum(largest / _LARGEST, np.finfo(np.float32).tiny).astype(np.float32)
        whole = np.rint(values / scale).astype(np.int8)
        error = float(np.square(values - whole * scale).sum())
        choices.append((error, whole, scale.reshape(-1), axis))

    _, whole, scale, axis = min(choices, key=lambda choice: choice[0])
    return whole, scale, axis
