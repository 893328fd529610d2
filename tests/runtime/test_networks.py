"""Both run-times give the same motion; the one on ONNX Runtime imports no torch."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from motionlcm import MotionPipeline
from motionlcm.diffusion.condition import Condition
from motionlcm.integrity import MANIFEST
from motionlcm.models.folder import PRETRAINED
from motionlcm.models.minilm import check_minilm, minilm_folder
from motionlcm.runtime.graphs import can_export
from motionlcm.runtime.networks import OnnxNetworks, TorchNetwork, TorchNetworks

PROMPTS = [
    "a person jumps",
    "someone walks forward, then turns left and sits down slowly",
    "x",
    "a man waves",
]


@pytest.fixture(scope="module")
def both(tiny_model):
    if not can_export():
        pytest.skip("needs onnx and onnxscript")
    pipelines = [
        MotionPipeline.from_pretrained(tiny_model, device=device) for device in ("cpu", "torch")
    ]
    assert isinstance(pipelines[0].networks, OnnxNetworks) and isinstance(
        pipelines[1].networks, TorchNetworks
    )
    return pipelines


@pytest.mark.parametrize("seconds", [2.0, 3.35, 6.1, 9.8])
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_run_times_agree_on_a_trained_tiny_model(both, seconds, steps):
    for count in (1, 4, 8):
        first, second = (
            p((PROMPTS * 2)[:count], seconds=seconds, steps=steps, seed=3) for p in both
        )
        for a, b in zip(first, second, strict=True):
            assert np.abs(a.positions - b.positions).max() < 1e-4


@pytest.mark.parametrize("name", ["small", "open"])
def test_the_run_times_agree_on_the_models_in_the_package(name):
    pipelines = [MotionPipeline.from_pretrained(name, device=device) for device in ("cpu", "torch")]
    assert isinstance(pipelines[0].networks, OnnxNetworks)
    first, second = (pipeline(PROMPTS) for pipeline in pipelines)
    for a, b in zip(first, second, strict=True):
        assert len(a.features) == len(b.features)
        assert np.abs(a.positions - b.positions).max() < 1e-4
        assert np.quantile(np.abs(a.features - b.features), 0.999) < 1e-4


def test_the_models_in_the_package_are_small_and_say_their_licence():
    folders = {path.parent for path in PRETRAINED.glob("*/pipeline.json")}
    assert {folder.name for folder in folders} == {"small", "open"}
    assert sum(path.stat().st_size for path in PRETRAINED.rglob("*") if path.is_file()) < 32e6
    for folder in folders:
        licence = json.loads((folder / "pipeline.json").read_text())["licence"]
        assert licence.startswith("CC BY") and licence in (folder / "README.md").read_text()


def test_a_batch_changes_nothing_on_either_run_time(both):
    rng = np.random.default_rng(0)
    frames = np.array([40, 196, 97, 8, 131, 64, 41, 180])
    for pipeline in both:
        networks, shape = pipeline.networks, pipeline.folder.latents
        text, text_mask = networks.encode(PROMPTS * 2)
        tokens = shape.tokens(frames)
        latents = rng.standard_normal((8, tokens.max(), shape.channels)).astype(np.float32)
        times, ends, weight = (
            np.full(8, 999),
            np.full(8, 499),
            np.linspace(0, 5, 8, dtype=np.float32),
        )
        mask, is_frame = (np.arange(n.max()) < n[:, None] for n in (tokens, frames))
        condition = Condition(text, text_mask, mask, weight)
        steps, features = (
            networks.denoise(latents, times, ends, condition),
            networks.decode(latents, is_frame),
        )
        for i, count in enumerate(frames):
            one, part = slice(i, i + 1), slice(tokens[i])
            words, word_mask = networks.encode((PROMPTS * 2)[one])
            assert np.abs(text[one, : words.shape[1]] - words).max() < 1e-5
            alone = Condition(words, word_mask, mask[one, part], weight[one])
            step = networks.denoise(latents[one, part], times[one], ends[one], alone)
            assert np.abs(steps[one, part] - step).max() < 1e-5
            assert (
                np.abs(
                    features[one, :count]
                    - networks.decode(latents[one, part], is_frame[one, :count])
                ).max()
                < 1e-5
            )


def test_a_few_motions_take_one_thread_of_torch_and_many_take_all(both):
    import torch

    pipeline = both[1]
    network, counts = TorchNetwork(pipeline.student, "cpu"), []
    hook = pipeline.student.register_forward_pre_hook(
        lambda *_: counts.append(torch.get_num_threads())
    )
    usual = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        for count in (1, 32):
            text, text_mask = pipeline.networks.encode(["a person jumps"] * count)
            shape = (count, 5, pipeline.folder.latents.channels)
            weight, mask = np.ones(count, np.float32), np.ones(shape[:2], bool)
            condition = Condition(text, text_mask, mask, weight)
            times, ends = np.full(count, 999), np.full(count, 499)
            network(np.zeros(shape, np.float32), times, ends, condition)
        assert counts == [1, 3] and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(usual)
        hook.remove()


def test_the_sentence_vectors_are_those_of_the_reference_encoder(both):
    ours, mask = both[0].networks.encode(PROMPTS)
    theirs, their_mask = both[1].networks.encode(PROMPTS)
    assert np.array_equal(mask, their_mask) and np.abs(ours - theirs).max() < 1e-4


def test_generating_imports_neither_torch_nor_transformers_nor_diffusers(tmp_path):
    arguments = ["a person jumps", "--seconds", "2", "--output", str(tmp_path / "a.npz")]
    code = (
        "import sys; from motionlcm.cli.generate import main\n"
        f"assert main({arguments!r}) == 0\n"
        "heavy = {'torch', 'transformers', 'diffusers', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert (tmp_path / "a.npz").is_file()


def test_nothing_is_kept_in_the_users_home_or_reported_to_anybody(tmp_path):
    code = "import os, onnxruntime; print(os.environ.get('ORT_DISABLE_TELEMETRY'))"
    homeless = {key: each for key, each in os.environ.items() if "TELEMETRY" not in key}
    homeless = {key: each for key, each in homeless.items() if not key.startswith("XDG_")}
    for command in (
        ["-m", "motionlcm.cli.generate", "a person jumps", "--output", str(tmp_path / "x.npz")],
        ["-c", f"import motionlcm.runtime.session; {code}"],
    ):
        ended = subprocess.run(
            [sys.executable, *command],
            env={**homeless, "HOME": str(tmp_path / "home")},
            capture_output=True,
            check=True,
        )
    assert ended.stdout.strip() == b"1" and not ended.stderr
    assert not list((tmp_path / "home").rglob("*icrosoft*"))


def test_an_unknown_or_missing_device_is_one_clear_error():
    with pytest.raises(ValueError, match="device must be one of"):
        MotionPipeline.from_pretrained(device="tpu")
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="not available"):
            MotionPipeline.from_pretrained(device="cuda")


def test_a_folder_without_graphs_runs_on_torch(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    for path in folder.rglob("graph.*"):
        path.unlink()
    assert isinstance(MotionPipeline.from_pretrained(folder, device="cpu").networks, TorchNetworks)


def test_weights_that_do_not_fit_their_graph_are_one_clear_error(both, tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / MANIFEST).unlink()  # it would notice the change first
    weights = "model.safetensors"
    shutil.copy(folder / "vae" / weights, folder / "student" / weights)
    with pytest.raises(ValueError, match="does not fit"):
        MotionPipeline.from_pretrained(folder, device="cpu")(["a person jumps"], seconds=2.0)


def test_the_text_weights_are_hashed_once_and_a_changed_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    check_minilm(minilm_folder())
    assert (tmp_path / "motionlcm" / "checked.json").is_file()
    other = shutil.copytree(
        minilm_folder(), tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors")
    )
    (other / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ValueError, match="not the official file"):
        check_minilm(other)
