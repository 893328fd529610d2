"""A model's folder: its card, its statistics, and one clear line for what is wrong with them."""

import json
import shutil

import numpy as np
import pytest
import torch

from motionlcm import MotionPipeline
from motionlcm.integrity import MANIFEST
from motionlcm.models.folder import PIPELINE_CONFIG, PRETRAINED, LatentShape, ModelCard, ModelFolder
from motionlcm.models.statistics import Normaliser, Statistics


@pytest.fixture
def card(tmp_path):
    """A copy of a packaged card that a test may spoil, and how to spoil it."""
    path = tmp_path / PIPELINE_CONFIG
    values = json.loads((PRETRAINED / "small" / PIPELINE_CONFIG).read_text())

    def write(**changes):
        changed = {name: value for name, value in {**values, **changes}.items() if value != "gone"}
        path.write_text(json.dumps(changed))
        return path

    return write


@pytest.mark.parametrize("name", ["small", "open"])
def test_a_card_is_written_as_it_was_read(name, tmp_path):
    card = ModelCard.read(PRETRAINED / name / PIPELINE_CONFIG)
    card.write(tmp_path / PIPELINE_CONFIG)
    assert ModelCard.read(tmp_path / PIPELINE_CONFIG) == card
    assert json.loads((tmp_path / PIPELINE_CONFIG).read_text()) == json.loads(
        (PRETRAINED / name / PIPELINE_CONFIG).read_text()
    )


def test_a_card_of_before_opens_with_what_was_usual_then(card):
    old = ModelCard.read(
        card(
            schedule="gone",
            text="gone",
            sampling="gone",
            fps="gone",
            teacher_guidance_scale="gone",
            licence="gone",
        )
    )
    assert (old.text, old.sampling, old.fps) == ("tokens", "consistency", 20.0)
    assert old.schedule == {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    assert old.teacher_scale == old.guidance_scales[4]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timesteps": "gone"}, "lacks 'timesteps'"),
        ({"guidance_range": "gone"}, "lacks 'guidance_range'"),
        ({"guidence_scale": 2}, "unknown key 'guidence_scale'; did you mean guidance_scale?"),
        ({"timesteps": {"one": [999]}}, "is damaged"),
        ({"timesteps": {}}, "no step count"),
        ({"timesteps": [1, 2]}, "is damaged"),
        ({"guidance_range": 3}, "is damaged"),
        ({"guidance_scale": {"1": 2.0}}, "different step counts"),
        ({"sampling": "fast"}, "sampling must be phased or consistency, got 'fast'"),
        ({"fps": "twenty"}, "is damaged"),
        ({"fps": 0}, "fps must be"),
        ({"licence": 3}, "licence must be text"),
        ({"schedule": "cosine"}, "schedule must hold"),
    ],
)
def test_what_is_wrong_with_a_card_is_one_line_that_names_it(card, changes, words):
    path = card(**changes)
    with pytest.raises(ValueError) as raised:
        ModelCard.read(path)
    assert (
        words in str(raised.value)
        and str(path) in str(raised.value)
        and "\n" not in str(raised.value)
    )


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"null"])
def test_a_card_that_is_no_json_object_is_damaged(content, tmp_path):
    path = tmp_path / PIPELINE_CONFIG
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged"):
        ModelCard.read(path)


def test_the_schedule_that_a_folder_states_is_the_one_that_is_used(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / MANIFEST).unlink()  # the change is meant
    path = folder / PIPELINE_CONFIG
    before = MotionPipeline.from_pretrained(folder)("a person jumps", seconds=2.0, steps=4)[0]

    values = json.loads(path.read_text())
    path.write_text(
        json.dumps(values | {"schedule": {"kind": "linear", "beta_start": 1e-4, "beta_end": 0.02}})
    )
    pipeline = MotionPipeline.from_pretrained(folder)
    after = pipeline("a person jumps", seconds=2.0, steps=4)[0]
    betas = np.linspace(1e-4, 0.02, 1000)
    assert np.allclose(pipeline.schedule.alphas_cumprod, np.cumprod(1 - betas), rtol=1e-4)
    assert np.abs(after.features - before.features).max() > 1e-4

    path.write_text(json.dumps(values | {"schedule": {"kind": "cosine"}}))
    with pytest.raises(ValueError, match="kind must be one of scaled_linear, linear, got 'cosine'"):
        MotionPipeline.from_pretrained(folder)("a person jumps", seconds=2.0)


@pytest.mark.parametrize("name", ["small", "open"])
def test_statistics_are_written_as_they_were_read(name, tmp_path):
    statistics = ModelFolder.find(name).statistics
    statistics.write(tmp_path / "copy.safetensors")
    again = Statistics.read(tmp_path / "copy.safetensors")
    for kind in ("features", "latents"):
        assert np.array_equal(getattr(again, kind).mean, getattr(statistics, kind).mean)
        assert np.array_equal(getattr(again, kind).std, getattr(statistics, kind).std)
    assert np.array_equal(again.duration_vectors, statistics.duration_vectors)


def test_damaged_statistics_are_one_line(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "statistics.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is damaged"):
        Statistics.read(path)
    good = {
        f"{kind}_{name}": np.ones(4, np.float32)
        for kind in ("feature", "latent")
        for name in ("mean", "std")
    }
    for changes, words in (
        ({"latent_std": np.zeros(4, np.float32)}, "std above 0"),
        ({"feature_mean": np.full(4, np.nan, np.float32)}, "finite"),
        ({"feature_std": np.ones(3, np.float32)}, "finite"),
    ):
        save_file({**good, **changes}, path)
        with pytest.raises(ValueError, match=words):
            Statistics.read(path)
    save_file({name: value for name, value in good.items() if name != "latent_mean"}, path)
    with pytest.raises(ValueError, match="lacks latent_mean"):
        Statistics.read(path)


def test_normalising_and_back_is_the_same_on_numpy_and_torch():
    rng = np.random.default_rng(0)
    scale = Normaliser(
        rng.normal(size=5).astype(np.float32), rng.uniform(0.5, 2, 5).astype(np.float32)
    )
    values = rng.normal(size=(3, 7, 5)).astype(np.float32)
    normal = scale.normalise(values)
    assert np.allclose(scale.restore(normal), values, atol=1e-6)
    assert np.allclose(normal, (values - scale.mean) / scale.std, atol=1e-6)
    assert np.allclose(scale.normalise(torch.from_numpy(values)).numpy(), normal, atol=1e-6)
    assert scale.restore(torch.from_numpy(normal)).dtype == torch.float32


def test_frames_become_tokens_for_numbers_and_arrays():
    along, fixed = LatentShape(32, 8, None, 1), LatentShape(256, 1, 7, 1)
    assert [along.tokens(n) for n in (1, 8, 9, 196)] == [1, 1, 2, 25] and along.longest == 25
    assert np.array_equal(along.tokens(np.array([8, 17])), [1, 3])
    assert fixed.tokens(100) == 7 and np.array_equal(fixed.tokens(np.array([1, 99])), [7, 7])


def test_a_model_is_found_by_name_and_by_path_and_a_wrong_name_lists_those_there():
    assert ModelFolder.find().path == PRETRAINED / "open"
    assert ModelFolder.find("open").card.licence.startswith("CC BY-SA")
    assert ModelFolder.find(PRETRAINED / "open").card == ModelFolder.find("open").card
    with pytest.raises(FileNotFoundError, match="open, small"):
        ModelFolder.find("large")
