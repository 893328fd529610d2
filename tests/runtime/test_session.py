"""Sessions join a graph with its weights, or say in one line what does not fit."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from motionlcm.models.stored_weights import packed
from motionlcm.runtime.session import GRAPH_NAME, open_session

RNG = np.random.default_rng(0)
WEIGHTS = {
    "linear.weight": RNG.standard_normal((3, 2)).astype(np.float32),
    "linear.bias": RNG.standard_normal(3).astype(np.float32),
    "gain": np.float32([1.5]).reshape(()),
}
TABLE = {"w": ["linear.weight", True], "b": ["linear.bias", False], "g": ["gain", False]}


def external(helper, tensor_proto, name, array):
    """An initializer that is given in memory when the graph is opened."""
    tensor = helper.make_tensor(name, tensor_proto.FLOAT, array.shape, array.tobytes(), raw=True)
    tensor.ClearField("raw_data")
    tensor.data_location = tensor_proto.EXTERNAL
    for key, value in (("location", "weights"), ("offset", "0"), ("length", str(array.nbytes))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


@pytest.fixture
def folder(tmp_path):
    """The graph ``g (x w + b)`` of which the file of weights holds ``w`` transposed."""
    onnx = pytest.importorskip("onnx")
    helper, proto = onnx.helper, onnx.TensorProto
    arrays = {"w": WEIGHTS["linear.weight"].T, "b": WEIGHTS["linear.bias"], "g": WEIGHTS["gain"]}
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["xw"]),
            helper.make_node("Add", ["xw", "b"], ["xwb"]),
            helper.make_node("Mul", ["xwb", "g"], ["y"]),
        ],
        "linear",
        [helper.make_tensor_value_info("x", proto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", proto.FLOAT, ["batch", 3])],
        [external(helper, proto, name, array) for name, array in arrays.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=10)
    (tmp_path / GRAPH_NAME).write_bytes(model.SerializeToString())
    (tmp_path / "graph.json").write_text(json.dumps(TABLE))
    save_file(WEIGHTS, tmp_path / "model.safetensors")
    return tmp_path


def opened(folder, **given):
    return open_session(folder / GRAPH_NAME, folder / "model.safetensors", **given)


@pytest.mark.parametrize("num_threads", [0, 1, 2])
def test_a_graph_runs_with_the_weights_of_the_file_on_any_number_of_threads(folder, num_threads):
    session = opened(folder, num_threads=num_threads)
    x = RNG.standard_normal((5, 2)).astype(np.float32)
    expected = (x @ WEIGHTS["linear.weight"].T + WEIGHTS["linear.bias"]) * 1.5
    assert np.allclose(session.run(None, {"x": x})[0], expected, atol=1e-6)
    assert session.get_session_options().intra_op_num_threads == num_threads


@pytest.mark.parametrize("dtype", [np.float16, np.int8])
def test_smaller_weights_are_widened(folder, dtype):
    small = packed(WEIGHTS, dtype)
    save_file(small, folder / "model.safetensors")
    x = RNG.standard_normal((5, 2)).astype(np.float32)
    expected = (x @ WEIGHTS["linear.weight"].T + WEIGHTS["linear.bias"]) * 1.5
    (output,) = opened(folder).run(None, {"x": x})
    assert output.dtype == np.float32 and 0 < np.abs(output - expected).max() < 0.05


def test_a_missing_tensor_is_named(folder):
    weights = {name: value for name, value in WEIGHTS.items() if name != "linear.bias"}
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(ValueError, match=r"does not fit graph.onnx: it holds no linear.bias"):
        opened(folder)


def test_a_tensor_of_another_shape_is_refused(folder):
    save_file({**WEIGHTS, "linear.bias": np.zeros(4, np.float32)}, folder / "model.safetensors")
    with pytest.raises(ValueError, match="do not fit"):
        opened(folder)


def test_a_graph_without_its_table_says_which_file_is_missing(folder):
    (folder / "graph.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"graph.onnx needs graph.json beside it"):
        opened(folder)


@pytest.mark.parametrize("content", ["{", "[1]", ""])
def test_a_damaged_table_is_named(folder, content):
    (folder / "graph.json").write_text(content)
    with pytest.raises(ValueError, match=r"graph.json is damaged"):
        opened(folder)


@pytest.mark.parametrize("name", [GRAPH_NAME, "model.safetensors"])
def test_a_file_cut_short_is_one_clear_error(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) - 20])
    with pytest.raises(ValueError, match=f"{name}.*(damaged|do not fit)"):
        opened(folder)
