"""Graphs hold structure only: every weight, however small, comes from the safetensors file."""

import json
import logging

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime import graphs
from motionlcm.runtime.graphs import (
    Decoder,
    DenoiserStep,
    can_export,
    check_graph,
    inputs_of,
    write_graph,
    write_graphs,
)
from motionlcm.runtime.session import open_session

SIZES = {"width": 8, "num_layers": 1, "feedforward": 12, "num_heads": 2, "max_length": 40}
needs_export = pytest.mark.skipif(not can_export(), reason="needs onnx and onnxscript")


@pytest.fixture(autouse=True, scope="module")
def _without_the_exporters_notes():
    logging.disable(logging.DEBUG)  # writing them takes half of the time
    yield
    logging.disable(logging.NOTSET)


def randomise(model):
    """Zeros and ones that a network starts with would hide which number is which."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.5)
    return model


def student_of(channels):
    torch.manual_seed(channels)
    sizes = {"text_width": 6, "time_width": 12, "guidance_width": 12, **SIZES}
    return randomise(LatentDenoiser(latent_channels=channels, **sizes))


def vae_of(channels):
    torch.manual_seed(channels)
    sizes = {"num_features": 5, "frames_per_token": 4, "overlap": 1, **SIZES}
    return randomise(MotionVAE(latent_channels=channels, **sizes))


def facts(wrapper, folder):
    """The keyword arguments of ``write_graph`` and ``check_graph``."""
    return {
        "weights": folder / "model.safetensors",
        "inputs": inputs_of(wrapper),
        "example": wrapper.example(),
    }


def run(folder, feed):
    session = open_session(folder / "graph.onnx", folder / "model.safetensors")
    return session.run(None, {item.name: feed[item.name].numpy() for item in session.get_inputs()})[
        0
    ]


def assert_student_agrees(folder, channels):
    student = LatentDenoiser.from_pretrained(folder)
    mask = torch.arange(7) < torch.tensor([[7], [3], [1]])
    feed = {
        "latents": torch.randn(3, 7, channels),
        "timesteps": torch.tensor([999, 499, 3]),
        "ends": torch.full((3,), -1),
        "weight": torch.tensor([0.0, 1.0, 7.0]),
        "text": torch.randn(3, 4, 6),
        "text_mask": torch.arange(4) < torch.tensor([[2], [4], [1]]),
        "mask": mask,
    }
    with torch.inference_mode():
        expected = DenoiserStep(student)(*feed.values())
    assert np.abs(run(folder, feed) - expected.numpy())[mask].max() < 1e-4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of 4 latent channels, stored in one byte a number, with its graphs."""
    folder = tmp_path_factory.mktemp("model")
    student_of(4).save_pretrained(folder / "student", dtype=np.int8)
    vae_of(4).save_pretrained(folder / "vae", dtype=np.int8)
    assert write_graphs(folder)
    return folder


@needs_export
def test_the_run_times_agree_on_four_latent_channels_in_one_byte_a_number(folder):
    assert_student_agrees(folder / "student", 4)
    vae, latents = MotionVAE.from_pretrained(folder / "vae"), torch.randn(3, 7, 4)
    mask = torch.arange(7) < torch.tensor([[7], [3], [1]])
    with torch.inference_mode():
        expected = vae.decode_tokens(latents, mask)
    difference = np.abs(run(folder / "vae", {"latents": latents, "mask": mask}) - expected.numpy())
    assert difference[mask.repeat_interleave(4, dim=1)].max() < 1e-4


@pytest.mark.slow
@needs_export
@pytest.mark.parametrize("channels", [8, 15, 16])
def test_the_run_times_agree_whatever_the_number_of_latent_channels(channels, tmp_path):
    student = student_of(channels).eval()
    student.save_pretrained(tmp_path)
    before = {name: value.clone() for name, value in student.state_dict().items()}
    wrapper = DenoiserStep(student)
    write_graph(wrapper, tmp_path / "graph.onnx", **facts(wrapper, tmp_path))
    assert_student_agrees(tmp_path, channels)
    assert all(torch.equal(before[name], value) for name, value in student.state_dict().items())


class Scales(nn.Module):
    """Vectors of 1 to 16 numbers, and a number without an axis."""

    def __init__(self):
        super().__init__()
        numbers = [torch.randn(size) for size in range(1, 17)] + [torch.randn(())]
        self.inner = nn.ParameterList(numbers)

    def forward(self, x):
        for scale in self.inner:
            x = torch.tanh(x * scale).sum(-1, keepdim=True)
        return x


class FoldedScale(Scales):
    def forward(self, x):
        return x * self.inner[7].mean()


def write_scales(kind, folder):
    torch.manual_seed(0)
    scales, weights = kind(), folder / "model.safetensors"
    save_file(scales.inner.state_dict(), weights)
    given = {"weights": weights, "inputs": {"x": {0: "batch"}}, "example": (torch.randn(2, 1),)}
    write_graph(scales, folder / "graph.onnx", **given)
    return set(scales.inner.state_dict())


@needs_export
def test_parameters_of_every_size_come_from_the_safetensors_file(tmp_path):
    names = write_scales(Scales, tmp_path)
    table = json.loads((tmp_path / "graph.json").read_text())
    assert {name for name, _ in table.values()} == names


@needs_export
def test_what_the_exporter_computes_from_random_weights_is_not_kept_in_silence(tmp_path):
    with pytest.raises(ValueError, match="is off by"):
        write_scales(FoldedScale, tmp_path)
    assert not list(tmp_path.glob("graph.*"))


@needs_export
@pytest.mark.parametrize(
    "name, kind, parts", [("student", LatentDenoiser, ""), ("vae", MotionVAE, ("dec", "head"))]
)
def test_no_weight_stays_inside_the_graph(folder, name, kind, parts):
    import onnx

    names = {key for key, _ in kind.from_pretrained(folder / name).named_parameters()}
    table = json.loads((folder / name / "graph.json").read_text())
    expected = {
        key for key in names if key.startswith(parts or "") or key.startswith("from_latent")
    }
    assert {key for key, _ in table.values()} == expected
    graph = onnx.load(folder / name / "graph.onnx", load_external_data=False).graph
    is_outside = {
        item.name: item.data_location == onnx.TensorProto.EXTERNAL for item in graph.initializer
    }
    assert {key for key, value in is_outside.items() if value} == set(table)


@needs_export
def test_a_graph_that_is_not_its_module_is_refused(folder):
    decoder = Decoder(MotionVAE.from_pretrained(folder / "vae"))
    path, given = folder / "vae" / "graph.onnx", facts(decoder, folder / "vae")
    check_graph(decoder, path, **given)
    with torch.no_grad():
        decoder.inner.head.bias += 0.01
    with pytest.raises(
        ValueError, match=r"graph.onnx on ONNX Runtime is off by .*, allowed is 1e-04"
    ):
        check_graph(decoder, path, **given)


@needs_export
@pytest.mark.parametrize("change", ["a number", "a name"])
def test_a_bad_graph_is_not_kept(folder, tmp_path, monkeypatch, change):
    import onnx

    decoder = Decoder(MotionVAE.from_pretrained(folder / "vae"))
    graph = onnx.load(folder / "vae" / "graph.onnx", load_external_data=False)
    table = json.loads((folder / "vae" / "graph.json").read_text())
    if change == "a name":
        table["inner.head.bias"] = ["nowhere", False]
    else:
        with torch.no_grad():
            decoder.inner.head.bias += 0.01
    monkeypatch.setattr(graphs, "_structure", lambda *_: (graph, table))
    with pytest.raises(
        ValueError, match="off by" if change == "a number" else "it holds no nowhere"
    ):
        write_graph(decoder, tmp_path / "new" / "graph.onnx", **facts(decoder, folder / "vae"))
    assert not list((tmp_path / "new").iterdir())


def test_a_fixed_number_of_latents_needs_torch(tmp_path):
    MotionVAE(num_features=5, latent_channels=4, num_latents=2, **SIZES).save_pretrained(
        tmp_path / "vae"
    )
    assert write_graphs(tmp_path) is False
    assert not list(tmp_path.rglob("graph.*"))


def test_a_student_that_knows_tokens_has_an_input_for_them(tmp_path):
    torch.manual_seed(0)
    sizes = {"text_width": 6, "time_width": 12, "guidance_width": 12, **SIZES}
    student = randomise(LatentDenoiser(latent_channels=4, known_tokens=True, **sizes))
    student.save_pretrained(tmp_path)
    wrapper = DenoiserStep(student)
    write_graph(wrapper, tmp_path / "graph.onnx", **facts(wrapper, tmp_path))

    *values, _ = wrapper.example()
    known = torch.arange(13) < torch.tensor([[4], [0]])
    feed = dict(zip(inputs_of(wrapper), [*values, known], strict=True))
    with torch.inference_mode():
        expected = wrapper(*feed.values())
        unmarked = wrapper(*values, torch.zeros_like(known))
    assert np.abs(run(tmp_path, feed) - expected.numpy()).max() < 1e-4
    assert np.abs(expected - unmarked).max() > 1e-2
