"""Official ControlNets lead motion: the published sampling, and the same constraints."""

import shutil

import numpy as np
import pytest
import torch

from motionlcm import Constraints, MotionPipeline
from motionlcm.cli.convert import main
from motionlcm.diffusion.condition import SeededNoise
from motionlcm.diffusion.consistency import consistency_function
from motionlcm.diffusion.sampling import sample_consistency
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.exchange.official_networks import load_official
from motionlcm.generation.request import Request
from motionlcm.motion.hints import HINTED, hints_of
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.runtime.control_networks import Hints
from tests.conftest import walking
from tests.exchange.conftest import CAPTIONS

FRAMES = 60


@pytest.fixture(scope="module")
def statistics(shared_data, tmp_path_factory):
    """The folder of statistics, with those of the joints' places, of made-up walks."""
    folder = tmp_path_factory.mktemp("statistics")
    for name in ("Mean.npy", "Std.npy"):
        shutil.copy(shared_data / "reference" / name, folder)
    places = np.concatenate([walking(100, seed=seed) for seed in range(4)])
    np.save(folder / "Mean_raw.npy", places.mean(0))
    np.save(folder / "Std_raw.npy", places.std(0) + 0.1)
    return folder


def convert(shared_data, version, folder, *options):
    source = shared_data / "reference" / "official" / f"motionlcm_v{version}_small.ckpt"
    return main([str(source), str(folder), *map(str, options)])


@pytest.fixture(scope="module", params=[1, 2])
def led(request, shared_data, statistics, sentence_t5, tmp_path_factory):
    """A pipeline with a ControlNet, and the checkpoint that it was made of."""
    folder = tmp_path_factory.mktemp("led") / "model"
    options = ("--statistics", statistics, "--text-encoder", sentence_t5)
    assert convert(shared_data, request.param, folder, *options) == 0
    path = shared_data / "reference" / "official" / f"motionlcm_v{request.param}_small.ckpt"
    return MotionPipeline.from_pretrained(folder), load_official(path)


@pytest.mark.parametrize("steps", [1, 4])
@torch.inference_mode()
def test_sampling_with_hints_is_the_published_one(led, statistics, steps):
    pipeline, checkpoint = led
    positions, mask = walking(FRAMES), np.zeros((FRAMES, 22), bool)
    mask[::7, 0] = mask[20:25, 21] = True
    request = Request((CAPTIONS[0],), (5,), steps=steps).resolved(pipeline.card)
    text, text_mask = pipeline.networks.encode([CAPTIONS[0]])
    ours = pipeline.latents(
        text, text_mask, np.array([FRAMES]), request, hints=Hints(positions, mask)
    )

    # by hand, of the checkpoint's own networks
    mean, std = (np.load(statistics / f"{name}_raw.npy") for name in ("Mean", "Std"))
    hint = torch.from_numpy(np.where(mask[..., None], (positions - mean) / std, 0)).float()
    is_hinted = torch.from_numpy(mask.any(-1))
    control = checkpoint.trajectory_encoder(hint.reshape(1, FRAMES, 66), is_hinted[None])
    weight = torch.tensor([pipeline.guidance_scale(steps) - 1])
    shape = pipeline.folder.latents
    noise = SeededNoise(
        (5,), longest=shape.longest, channels=shape.channels, length=shape.num_tokens
    )
    schedule = NoiseSchedule.scaled_linear().to("cpu")

    def drawn():
        return torch.from_numpy(noise())

    def predict(z, t):
        inputs = (z, t, torch.from_numpy(text))
        residuals = checkpoint.controlnet(*inputs, guidance_weight=weight, control=control)
        output = checkpoint.denoiser(*inputs, guidance_weight=weight, residuals=residuals)
        return consistency_function(output, z, t, schedule, "epsilon")

    timesteps = pipeline.card.timesteps[steps]
    expected = sample_consistency(
        predict, drawn(), schedule, timesteps=timesteps, fresh_noise=drawn
    )
    assert np.abs(ours - expected.numpy()).max() < 1e-3 * np.abs(ours).max()
    free = pipeline.latents(text, text_mask, np.array([FRAMES]), request)
    assert np.abs(ours - free).max() > 1e-2 * np.abs(free).max()


@pytest.mark.parametrize("effort", ["preview", "default"])
def test_the_same_constraints_are_kept_exactly_with_and_without_the_control_net(led, effort):
    pipeline, _ = led
    path = Constraints.root_path([[0, 0], [0.3, 1], [0, 2]], [0, 30, 59])
    pin = Constraints.joint("right_wrist", 20, [0.2, 1.0, 0.8], tolerance=0.3)
    (motion,) = pipeline(CAPTIONS[0], seconds=3.0, constraints=path | pin, effort=effort)
    assert np.linalg.norm(motion.positions[30, 0, [0, 2]] - [0.3, 1]) < 1e-3
    assert np.linalg.norm(motion.positions[59, 0, [0, 2]] - [0, 2]) < 1e-3
    assert motion.report["text_agreement"]["value"] is None  # no evaluator reads this text


def test_hints_are_what_is_fixed_of_the_joints_that_are_known():
    body = walking(FRAMES)
    wishes = (
        Constraints.root_path([[0, 0], [0, 2]], [0, 40])
        | Constraints.joint("head", 10, [0, 1.5, 0.4])
        | Constraints.joint("left_knee", 12, [0.1, 0.5, 0.4])  # no hinted joint
        | Constraints.joint("right_wrist", 15, [0, 1.2, 0], axes="y")  # not a place
    )
    places, mask = hints_of(wishes.targets(FRAMES), body)
    expected = np.zeros((FRAMES, 22), bool)
    expected[[0, 40], 0] = expected[10, JOINT_NAMES.index("head")] = True
    assert np.array_equal(mask, expected)
    assert np.allclose(places[40, 0], [0, body[40, 0, 1], 2])
    assert np.allclose(places[10, 15], [0, 1.5, 0.4])


def test_given_frames_are_hinted_whole():
    from motionlcm import Motion

    given = Motion(walking(FRAMES)).cropped(0, 15)
    places, mask = hints_of(Constraints.keep_start(given).targets(FRAMES), walking(FRAMES, seed=3))
    joints = [JOINT_NAMES.index(name) for name in HINTED]
    assert mask[:15, joints].all() and mask.sum() == 15 * len(joints)
    assert np.abs(places[:15, joints] - given.positions[:, joints]).max() < 0.02


def test_without_their_statistics_control_nets_are_kept_but_not_used(
    shared_data,
    sentence_t5,
    tmp_path,
    capsys,
):
    folder = tmp_path / "model"
    reference = shared_data / "reference"
    options = ("--statistics", reference, "--text-encoder", sentence_t5)
    assert convert(shared_data, 2, folder, *options) == 0
    assert "kept but not used" in capsys.readouterr().out
    assert not MotionPipeline.from_pretrained(folder).takes_hints


def test_wrong_statistics_of_places_are_one_clear_line(shared_data, statistics, tmp_path, capsys):
    wrong = tmp_path / "wrong"
    shutil.copytree(statistics, wrong)
    np.save(wrong / "Std_raw.npy", np.zeros((22, 3)))
    assert convert(shared_data, 2, tmp_path / "out", "--statistics", wrong) in (1, 2)
    error = capsys.readouterr().err
    assert "Std_raw above 0" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
