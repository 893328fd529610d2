"""Weights of one byte in ONNX files: a quarter of the size, and nearly the same numbers."""

import numpy as np
import pytest

from motionlcm.exchange.onnx_weights import pack_weights

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def network(rng):
    """Two matrices, one of them looked up by row, and a small one."""
    tables = {
        "table": rng.standard_normal((500, 64)) * rng.uniform(0.1, 10, (500, 1)),
        "matrix": rng.standard_normal((64, 128)) * rng.uniform(0.1, 10, 128),
        "bias": rng.standard_normal(128),
    }
    tensors = [
        onnx.numpy_helper.from_array(value.astype(np.float32), name)
        for name, value in tables.items()
    ]
    nodes = [
        onnx.helper.make_node("Gather", ["table", "rows"], ["found"]),
        onnx.helper.make_node("MatMul", ["found", "matrix"], ["product"]),
        onnx.helper.make_node("Add", ["product", "bias"], ["out"]),
    ]
    rows = onnx.helper.make_tensor_value_info("rows", onnx.TensorProto.INT64, ["N"])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, ["N", 128])
    graph = onnx.helper.make_graph(nodes, "network", [rows], [out], tensors)
    opset = [onnx.helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)


def run(model, rows):
    content = model.SerializeToString()
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"rows": rows})[0], len(content)


def test_packed_weights_are_a_quarter_and_nearly_the_same():
    model = network(np.random.default_rng(0))
    rows = np.arange(0, 500, 7)
    expected, size = run(model, rows)

    assert pack_weights(model) == 2
    onnx.checker.check_model(model)
    found, small = run(model, rows)
    assert small < 0.3 * size
    scale = np.abs(expected).max(1, keepdims=True)
    assert np.abs((found - expected) / scale).max() < 0.02


def test_each_number_is_off_by_at_most_half_a_step_of_its_row_or_column():
    values = np.random.default_rng(1).standard_normal((80, 90)).astype(np.float32)
    graph = onnx.helper.make_graph([], "g", [], [], [onnx.numpy_helper.from_array(values, "w")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)])
    pack_weights(model)
    whole, scale = (onnx.numpy_helper.to_array(each) for each in model.graph.initializer)
    axis = model.graph.node[0].attribute[0].i
    spread = scale[:, None] if axis == 0 else scale
    assert np.abs(whole * spread - values).max() <= 0.51 * scale.max()
    assert np.all(np.abs(whole * spread - values) <= 0.5001 * spread)
