"""Weights in a smaller type come back as float32, near enough; damaged files are one clear line."""

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.stored_weights import packed, read_weights
from motionlcm.models.vae import MotionVAE

RNG = np.random.default_rng(0)
STATE = {
    "linear.weight": RNG.standard_normal((7, 50)).astype(np.float32)
    * np.logspace(-6, 3, 7, dtype=np.float32)[:, None],
    "linear.bias": RNG.standard_normal(7).astype(np.float32),
    "nothing.weight": np.zeros((3, 4), np.float32),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
def test_weights_come_back_within_half_a_step_of_their_row(dtype, tmp_path):
    state = STATE if dtype is not np.float16 else {"linear.bias": STATE["linear.bias"]}
    save_file(packed(state, dtype), tmp_path / "model.safetensors")
    back = dict(read_weights(tmp_path / "model.safetensors"))
    assert back.keys() == state.keys()
    for name, value in state.items():
        assert back[name].dtype == np.float32
        largest = np.abs(value).max(-1, keepdims=True)
        allowed = {np.float32: 0, np.float16: largest / 2000, np.int8: largest / 253}[dtype]
        assert (np.abs(back[name] - value) <= allowed).all()


def test_a_packed_network_is_half_of_a_float16_one_and_nearly_the_same(tmp_path):
    torch.manual_seed(0)
    model = LatentDenoiser(width=128, num_layers=3).eval()
    inputs = torch.randn(2, 6, 32), torch.tensor([10, 900]), torch.randn(2, 5, 384)
    for dtype in (np.float16, np.int8):
        model.save_pretrained(tmp_path / dtype.__name__, dtype=dtype)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("float16", "int8")]
    assert sizes[1] < 0.56 * sizes[0]
    exact, near = model(*inputs), LatentDenoiser.from_pretrained(tmp_path / "int8")(*inputs)
    assert 0 < (exact - near).norm() < 0.03 * exact.norm()


def test_a_packed_vae_keeps_the_last_layer_fine(tmp_path):
    torch.manual_seed(0)
    vae = MotionVAE(width=64, num_layers=3, feedforward=128).eval()
    vae.save_pretrained(tmp_path, dtype=np.int8)
    back = MotionVAE.from_pretrained(tmp_path)
    error = {
        name: (back.state_dict()[name] - value).norm() / value.norm()
        for name, value in vae.state_dict().items()
    }
    assert error["head.weight"] < 5e-4 < error["embed.weight"] < 0.02


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x20\0\0\0\0\0\0\0{}")
    with pytest.raises(ValueError, match="model.safetensors is damaged"):
        dict(read_weights(tmp_path / "model.safetensors"))
