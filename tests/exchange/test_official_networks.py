"""Official checkpoints: the small ones of the reference folder give the stored outputs."""

import numpy as np
import pytest
import torch

from motionlcm.exchange.official_networks import load_official


@pytest.mark.parametrize("version", [1, 2])
@torch.inference_mode()
def test_every_network_gives_the_stored_outputs(shared_data, version):
    folder = shared_data / "reference" / "official"
    loaded = load_official(folder / f"motionlcm_v{version}_small.ckpt")
    stored = np.load(folder / f"motionlcm_v{version}_small_io.npz")
    io = {name: torch.from_numpy(stored[name]) for name in stored.files}
    mask, hint_mask = io["mask"].bool(), io["hint_mask"].bool()

    def near(output, name):
        assert (output - io[name]).abs().max() < 1e-5, name

    latent = loaded.vae.encode(io["features"], mask)
    near(latent.mean, "latent_mean")
    near((0.5 * latent.log_variance).exp(), "latent_std")
    near(loaded.vae.decode(io["latents"], mask), "decoded")
    inputs = (io["latents"], io["timesteps"], io["text"])
    weight = io["guidance_weight"]
    near(loaded.denoiser(*inputs, guidance_weight=weight), "noise")
    hint = loaded.trajectory_encoder(io["hint"], hint_mask)
    near(hint, "hint_latents")
    residuals = loaded.controlnet(*inputs, guidance_weight=weight, control=hint)
    near(loaded.denoiser(*inputs, guidance_weight=weight, residuals=residuals), "noise_controlled")


def test_a_file_that_is_no_checkpoint_is_one_clear_error(tmp_path):
    path = tmp_path / "model.ckpt"
    for content in (b"", b"not a checkpoint", b"PK\x03\x04 broken"):
        path.write_bytes(content)
        with pytest.raises(ValueError):
            load_official(path)
    with pytest.raises(FileNotFoundError):
        load_official(tmp_path / "none.ckpt")


class _Runs:
    """An object whose pickle asks to run code."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('code ran')",))


def test_a_pickle_that_runs_code_does_not_run_it(tmp_path):
    path = tmp_path / "evil.ckpt"
    torch.save({"state_dict": _Runs()}, path)
    with pytest.raises(ValueError):
        load_official(path)
