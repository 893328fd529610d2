"""Saved models: round trips, smaller types, and one clear line for what is wrong."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from motionlcm.models.control import ControlNet, TrajectoryEncoder
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.models.saving import freeze
from motionlcm.models.vae import MotionVAE

SIZES = {"width": 8, "feedforward": 12}
NETWORKS = {
    "vae": lambda: MotionVAE(num_features=6, num_layers=1, overlap=2, **SIZES),
    "denoiser": lambda: LatentDenoiser(num_layers=1, guidance_width=4, end_width=6, **SIZES),
    "embedder": lambda: TextMotionEmbedder(num_features=6, **SIZES),
    "trajectory": lambda: TrajectoryEncoder(num_joints=3, num_layers=1, num_latents=2, **SIZES),
    "control": lambda: ControlNet(denoiser={"num_layers": 1, **SIZES}),
}


@pytest.fixture
def folder(tmp_path):
    NETWORKS["denoiser"]().save_pretrained(tmp_path)
    return tmp_path


def change_config(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def change_weights(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")


def error_of(folder, kind=LatentDenoiser):
    with pytest.raises(ValueError) as caught:
        kind.from_pretrained(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", NETWORKS)
def test_config_and_weights_come_back_equal_in_eval_mode(name, tmp_path):
    model = NETWORKS[name]()
    model.save_pretrained(tmp_path / "new" / "folder")
    back = type(model).from_pretrained(tmp_path / "new" / "folder")
    assert back.config == model.config and not back.training
    pairs = zip(model.state_dict().items(), back.state_dict().items(), strict=True)
    assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype, steps", [(np.float16, 2**11), (np.int8, 2 * 127)])
def test_smaller_types_are_off_by_half_a_step_at_most(name, dtype, steps, tmp_path):
    model = NETWORKS[name]()
    model.save_pretrained(tmp_path, dtype=dtype)
    back = type(model).from_pretrained(tmp_path).state_dict()
    for key, value in model.state_dict().items():
        largest = value.abs().amax(-1, keepdim=True) if value.dim() else value.abs()
        assert back[key].dtype == torch.float32
        assert ((back[key] - value).abs() <= largest / steps * 1.001 + 1e-7).all(), key


def test_the_config_holds_every_argument_its_defaults_too(folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["type"] == "LatentDenoiser" and config["end_width"] == 6
    assert config["text_width"] == 384 and "self" not in config


def test_an_unknown_key_of_the_config_is_named(folder):
    change_config(folder, colour="red", heat=1)
    assert "config.json says colour, heat, which a LatentDenoiser" in error_of(folder)


def test_another_kind_of_model_is_named(folder):
    assert "holds a LatentDenoiser, not a MotionVAE" in error_of(folder, MotionVAE)


@pytest.mark.parametrize("content", ["{", "[1, 2]", "null"])
def test_a_damaged_config_is_named(folder, content):
    (folder / "config.json").write_text(content)
    assert "config.json is damaged" in error_of(folder)


def test_a_missing_tensor_is_named(folder):
    change_weights(folder, lambda weights: weights.pop("text_linear.bias"))
    assert error_of(folder).endswith("do not fit its config: text_linear.bias is missing")


def test_a_tensor_too_many_is_named(folder):
    change_weights(folder, lambda weights: weights.update(extra=np.zeros(1, np.float32)))
    assert error_of(folder).endswith("extra is not of this model")


def test_weights_of_another_size_than_the_config_says_are_named(folder):
    change_config(folder, text_width=10)
    expected = "text_linear.weight is of shape [8, 384], not [8, 10]"
    assert error_of(folder).endswith(expected)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_named(folder, share):
    path = folder / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "model.safetensors is damaged" in error_of(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"holds no {name}"):
        LatentDenoiser.from_pretrained(folder)


def test_a_save_that_fails_leaves_the_old_weights(folder, monkeypatch):
    before = (folder / "model.safetensors").read_bytes()

    def fail(state, path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("motionlcm.models.saving.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        NETWORKS["denoiser"]().save_pretrained(folder)
    assert (folder / "model.safetensors").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}


def test_a_frozen_network_still_passes_gradients_on_to_its_input():
    model = freeze(NETWORKS["vae"]())
    latents = torch.randn(1, 2, 32, requires_grad=True)
    model.decode(latents, torch.ones(1, 16, dtype=torch.bool)).sum().backward()
    assert latents.grad.abs().sum() > 0 and model.head.weight.grad is None
