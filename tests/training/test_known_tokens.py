"""Known tokens in training: what is given, what counts, and that it is learned."""

import numpy as np
import pytest
import torch

from motionlcm.cli.train import main
from motionlcm.data.latents import LatentBatch
from motionlcm.diffusion.samplers import bound
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.training.known_tokens import draw_known, with_known
from motionlcm.training.teacher_stage import TeacherConfig


def batch_of(lengths, width=9):
    mask = torch.arange(width) < torch.tensor(lengths)[:, None]
    size = len(lengths)
    latents = torch.randn(size, width, 4) * mask[..., None]
    return LatentBatch(latents, mask, torch.zeros(size, 1, 6), torch.ones(size, 1).bool())


def test_some_tokens_are_given_never_all_and_every_kind_comes():
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(400):
        length = int(rng.integers(2, 25))
        known = draw_known(length, rng)
        assert known.shape == (length,) and 0 < known.sum() < length
        kinds.add((bool(known[0]), bool(known[-1]), int(np.diff(known.astype(int)).any())))
    assert {(True, False, 1), (False, True, 1), (True, True, 1), (False, False, 1)} <= kinds


def test_a_share_of_clips_gets_known_tokens_and_padding_is_never_known():
    batch = batch_of([9, 1, 5] * 200)
    known = with_known(batch, np.random.default_rng(0), 0.5)
    has_some = known.known.any(1)
    assert 0.3 < has_some.float().mean() < 0.4  # of the two thirds that are long enough
    assert not (known.known & ~batch.mask).any() and known.asked[has_some].any(1).all()
    assert torch.equal(known.asked, batch.mask & ~known.known)

    rng = np.random.default_rng(0)
    assert with_known(batch, rng, 0.0) is batch
    assert rng.random() == np.random.default_rng(0).random()  # nothing was drawn
    assert known.chosen(slice(2)).known.shape == (2, 9)


def test_the_network_sees_known_tokens_clean():
    batch = with_known(batch_of([9, 9]), np.random.default_rng(1), 1.0)
    sizes = {"latent_channels": 4, "text_width": 6, "width": 16, "num_layers": 1, "feedforward": 32}
    model = LatentDenoiser(**sizes, known_tokens=True).eval()
    denoise = bound(model.denoise, batch.condition())
    times = torch.full((2,), 999)
    noises = [torch.randn_like(batch.latents) for _ in range(2)]
    mixed = [torch.where(batch.known[..., None], noise, noises[0]) for noise in noises]
    with torch.no_grad():
        assert torch.equal(denoise(mixed[0], times), denoise(mixed[1], times))


def test_a_run_learns_with_known_tokens_and_its_model_takes_them(store, tiny_config, tmp_path):
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}", "--debug"]
    shares = [
        "teacher.known_share=0.6",
        "student.known_share=0.6",
        "student.adversarial_weight=0.5",
    ]
    assert main([*arguments, *shares]) == 0
    for name in ("teacher", "student"):
        network = LatentDenoiser.from_pretrained(tmp_path / "run" / "model" / name)
        assert network.known_tokens and network.known_mark.abs().max() > 0


def test_a_finished_model_without_known_tokens_learns_them(
    tiny_model, store, tiny_config, tmp_path
):
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}", "--debug"]
    arguments += [f"start_from={tiny_model}", "keep=[evaluator,vae]", "stages=[teacher]"]
    assert main([*arguments, "teacher.known_share=0.6"]) == 0


def test_a_wrong_share_is_one_clear_line(store, tiny_config, tmp_path, capsys):
    with pytest.raises(ValueError, match="known_share must be from 0 to 1, got 2"):
        TeacherConfig(known_share=2)
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}"]
    assert main([*arguments, "student.known_share=0.5"]) in (1, 2)
    assert "needs a teacher that takes known tokens" in capsys.readouterr().err
