"""Official checkpoints as model folders; bad ones leave nothing behind."""

import numpy as np
import pytest
import torch

from motionlcm import MotionPipeline
from motionlcm.cli.convert import main
from motionlcm.diffusion.consistency import consistency_function
from motionlcm.diffusion.sampling import sample_consistency
from motionlcm.diffusion.schedule import OFFICIAL_TIMESTEPS, NoiseSchedule
from motionlcm.exchange.official import V1_TIMESTEPS
from motionlcm.generation.request import Request
from motionlcm.models.text import FrozenTextEncoder
from tests.exchange.conftest import CAPTIONS


@pytest.fixture(scope="module", params=[1, 2])
def converted(request, shared_data, sentence_t5, tmp_path_factory):
    folder = tmp_path_factory.mktemp("official") / "model"
    reference = shared_data / "reference"
    source = reference / "official" / f"motionlcm_v{request.param}_small.ckpt"
    options = ["--statistics", str(reference), "--text-encoder", str(sentence_t5)]
    assert main([str(source), str(folder), *options]) == 0
    return request.param, folder, reference


@torch.inference_mode()
def test_the_folder_has_the_checkpoints_networks_statistics_and_schedule(converted):
    version, folder, reference = converted
    pipeline = MotionPipeline.from_pretrained(folder)
    stored = np.load(reference / "official" / f"motionlcm_v{version}_small_io.npz")
    io = {name: torch.from_numpy(stored[name]) for name in stored.files}
    decoded = pipeline.vae.decode(io["latents"], io["mask"].bool())
    assert (decoded - io["decoded"]).abs().max() < 1e-5
    inputs = (io["latents"], io["timesteps"], io["text"])
    noise = pipeline.student(*inputs, guidance_weight=io["guidance_weight"])
    assert (noise - io["noise"]).abs().max() < 1e-5
    mean = np.load(reference / "Mean.npy").astype(np.float32)
    assert np.array_equal(pipeline.statistics.features.mean, mean)
    assert pipeline.card.timesteps == (V1_TIMESTEPS if version == 1 else OFFICIAL_TIMESTEPS)
    scales = [7.5] * 3 if version == 1 else [8.0, 12.5, 13.5]
    assert [pipeline.guidance_scale(n) for n in (1, 2, 4)] == scales


def test_it_generates_at_every_step_count_alone_or_in_a_batch(converted):
    pipeline = MotionPipeline.from_pretrained(converted[1])
    for steps in (1, 2, 4):
        motions = pipeline(CAPTIONS, steps=steps, seconds=3.0, seed=5)
        for motion in motions:
            assert motion.positions.shape == (60, 22, 3) and np.isfinite(motion.positions).all()
        request = Request((CAPTIONS[1],), seeds=(6,), steps=steps, seconds=3.0)
        alone = pipeline.generate(request)[0]
        assert np.allclose(alone.positions, motions[1].positions, atol=1e-3)
    assert len(pipeline(CAPTIONS[0])[0].positions) == 120


def test_sentence_vectors_are_mean_linear_map_and_length_one(sentence_t5):
    encoder = FrozenTextEncoder(str(sentence_t5))
    dense = torch.load(sentence_t5 / "2_Dense/pytorch_model.bin", weights_only=True)
    weight = dense["linear.weight"]
    vectors = encoder.encode_sentences(CAPTIONS)
    for caption, vector in zip(CAPTIONS, vectors, strict=True):
        tokens = encoder.tokenizer(caption, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            expected = weight @ encoder.model(tokens).last_hidden_state[0].mean(0)
        assert torch.allclose(vector, expected / expected.norm(), atol=1e-5)


@pytest.mark.parametrize("num_steps", [1, 2, 4])
@pytest.mark.parametrize("version", [1, 2])
def test_sampling_is_that_of_diffusers_lcm_scheduler(version, num_steps):
    from diffusers import LCMScheduler

    scheduler = LCMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
    )
    scheduler.set_timesteps(num_steps, original_inference_steps=50)
    timesteps = (V1_TIMESTEPS if version == 1 else OFFICIAL_TIMESTEPS)[num_steps]
    if version == 1:
        assert tuple(scheduler.timesteps.tolist()) == timesteps
    scheduler.timesteps = torch.tensor(timesteps)

    def seeded(seed):
        return torch.Generator().manual_seed(seed)

    draws = [torch.randn(2, 16, 32, generator=seeded(i)) for i in range(num_steps)]

    def network(z, t):
        return torch.sin(3 * z + t / 1000)

    z = draws[0]
    for index, t in enumerate(scheduler.timesteps):
        scheduler._step_index = index  # a timestep may come twice
        z = scheduler.step(network(z, t), t, z, generator=seeded(index + 1)).prev_sample
    schedule, left = NoiseSchedule.scaled_linear().to("cpu"), iter(draws[1:])

    def predict(z, t):
        return consistency_function(network(z, t.view(-1, 1, 1)), z, t, schedule, "epsilon")

    ours = sample_consistency(
        predict, draws[0], schedule, timesteps=timesteps, fresh_noise=lambda: next(left)
    )
    assert torch.allclose(ours, z, atol=1e-4)


def only(*starts):
    return lambda state: {name: value for name, value in state.items() if name.startswith(starts)}


def without(name):
    return lambda state: {other: value for other, value in state.items() if name not in other}


def with_tensor(name, value):
    return lambda state: {**state, name: value}


@pytest.mark.parametrize("change", [only("vae."), without("cond_proj"), only("denoiser.")])
def test_a_checkpoint_without_a_whole_student_says_what_the_folder_cannot_do(
    shared_data, tmp_path, capsys, change
):
    out = tmp_path / "out"
    assert main([str(rewritten(shared_data, tmp_path, change)), str(out)]) == 0
    assert "cannot generate" in capsys.readouterr().out and list(out.glob("*/model.safetensors"))
    with pytest.raises(FileNotFoundError):
        MotionPipeline.from_pretrained(out)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_tensor("vae.unheard_of", torch.ones(2)), "vae.unheard_of"),
        (with_tensor("other.weight", torch.ones(2)), "other.weight"),
        (without("denoiser.encoder.norm.weight"), "denoiser.encoder.norm.weight"),
        (with_tensor("vae.final_layer.bias", torch.ones(3)), "vae.final_layer.bias"),
        (with_tensor("vae.final_layer.bias", torch.full((263,), torch.nan)), "not finite"),
        (with_tensor("denoiser.time_embedding.linear_1.bias", [1, 2]), "expected a tensor"),
        (with_tensor("vae.skel_embedding.weight", torch.ones(1, 1).expand(10**6, 10**6)), "claims"),
        (lambda state: [1, 2], "state_dict"),
    ],
)
def test_a_damaged_checkpoint_is_one_clear_line_and_leaves_nothing(
    shared_data, tmp_path, capsys, change, words
):
    path = rewritten(shared_data, tmp_path, change)
    assert main([str(path), str(tmp_path / "out")]) != 0
    error = capsys.readouterr().err.strip()
    assert words in error and len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [path]


def rewritten(shared_data, folder, change):
    source = shared_data / "reference/official/motionlcm_v2_small.ckpt"
    state = torch.load(source, weights_only=True)["state_dict"]
    torch.save({"state_dict": change(dict(state))}, folder / "model.ckpt")
    return folder / "model.ckpt"


def test_wrong_uses_are_one_clear_line_and_leave_nothing(shared_data, tmp_path, capsys):
    source = shared_data / "reference/official/motionlcm_v1_small.ckpt"
    short = tmp_path / "short.ckpt"
    short.write_bytes(source.read_bytes()[:100_000])
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine.txt").write_text("mine")
    np.save(tmp_path / "Mean.npy", np.zeros(5))
    np.save(tmp_path / "Std.npy", np.ones(5))
    for arguments, words in (
        ([short, tmp_path / "out"], "truncated"),
        ([tmp_path / "none.ckpt", tmp_path / "out"], "no such file"),
        ([tmp_path / "used", tmp_path / "out", "--heads", "4"], "go with a checkpoint"),
        ([source, tmp_path / "used"], "in use"),
        ([source, tmp_path / "no" / "out"], "make it first"),
        ([source, tmp_path / "out", "--statistics", tmp_path], "263 features"),
        ([source, tmp_path / "out", "--statistics", tmp_path / "used"], "Mean.npy"),
        ([source, tmp_path / "out", "--heads", "5"], "multiple of num_heads"),
        ([source, tmp_path / "out", "--fps", "20"], "leave the others out"),
    ):
        assert main([str(argument) for argument in arguments]) != 0
        error = capsys.readouterr().err.strip()
        assert words in error and len(error.splitlines()) == 1
        assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))
    assert (tmp_path / "used" / "mine.txt").read_text() == "mine"


def test_without_statistics_the_packaged_ones_stand_in_and_a_note_tells(
    shared_data, tmp_path, capsys
):
    source = shared_data / "reference/official/motionlcm_v2_small.ckpt"
    assert main([str(source), str(tmp_path / "out")]) == 0
    assert "stand in" in capsys.readouterr().out
    with pytest.raises(FileNotFoundError, match="sentence-t5-large"):
        MotionPipeline.from_pretrained(tmp_path / "out")(CAPTIONS)


def test_an_encoder_of_another_width_is_one_clear_line(shared_data, tmp_path):
    source = shared_data / "reference/official/motionlcm_v2_small.ckpt"
    assert main([str(source), str(tmp_path / "out"), "--text-encoder", "minilm"]) == 0
    with pytest.raises(ValueError, match="384 numbers, this model reads 768"):
        MotionPipeline.from_pretrained(tmp_path / "out")(CAPTIONS)
