"""The ONNX files that other programs run give what our own pipeline gives."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

import motionlcm
from motionlcm import MotionPipeline
from motionlcm.cli.convert import main
from motionlcm.diffusion.condition import Condition
from motionlcm.generation.request import Request
from motionlcm.models.minilm import minilm_folder
from motionlcm.motion.features import decode_positions
from motionlcm.runtime.graphs import can_export

pytestmark = pytest.mark.slow

PROMPTS = [
    "a person jumps",
    "someone walks forward, then turns left and sits down slowly",
    "a man waves " + "and then he waves once more " * 9,  # longer than the student reads
    "x",
]


@pytest.fixture(scope="module")
def files(tiny_model, tmp_path_factory):
    if not can_export():
        pytest.skip("needs onnx and onnxscript")
    folder = tmp_path_factory.mktemp("onnx")
    assert main([str(tiny_model), str(folder / "tiny.onnx")]) == 0
    return folder


@pytest.fixture(scope="module")
def pipeline(tiny_model):
    return MotionPipeline.from_pretrained(tiny_model, device="cpu")


def opened(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def token_numbers(prompts):
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    rows = tokenizer.encode_batch(prompts)
    numbers = np.array([row.ids for row in rows], np.int64)
    return {
        "input_ids": numbers,
        "attention_mask": np.array([row.attention_mask for row in rows], np.int64),
    }


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("longest", [40, 97, 196])
def test_one_file_goes_from_words_and_noise_to_what_the_pipeline_makes(
    files, pipeline, batch, longest
):
    prompts = (PROMPTS * 2)[:batch]
    frames = np.array([longest - 7 * i for i in range(min(batch, 4))] * 2)[:batch].clip(9)
    seeds = list(range(5, 5 + batch))
    text, text_mask = pipeline.networks.encode(prompts)
    request = Request(tuple(prompts), tuple(seeds), guidance_scale=2.0).resolved(pipeline.card)
    latents = pipeline.latents(text, text_mask, frames, request)
    is_real = np.arange(frames.max()) < frames[:, None]
    ours = pipeline.statistics.features.restore(pipeline.networks.decode(latents, is_real))

    tokens = -(-int(frames.max()) // pipeline.folder.latents.frames_per_token)
    shape = (-(-196 // pipeline.folder.latents.frames_per_token), pipeline.folder.latents.channels)
    noise = [
        np.random.Generator(np.random.PCG64(seed)).standard_normal(shape, np.float32)[:tokens]
        for seed in seeds
    ]
    feed = token_numbers(prompts) | {
        "noise": np.stack(noise),
        "num_frames": frames.astype(np.int64),
        "guidance_scale": np.full(batch, 2.0, np.float32),
    }
    session = opened(files / "tiny.onnx")
    assert [item.name for item in session.get_inputs()] == list(feed)
    positions, features = session.run(["positions", "features"], feed)
    for i, count in enumerate(frames):
        assert np.abs(features[i, :count] - ours[i, :count]).max() < 1e-4
        assert np.abs(positions[i, :count] - decode_positions(ours[i, :count])).max() < 1e-4


def test_the_three_parts_do_the_same_in_three_calls(files, pipeline):
    feed = token_numbers(PROMPTS)
    text, mask = opened(files / "tiny-text.onnx").run(["text", "text_mask"], feed)
    ours, our_mask = pipeline.networks.encode(PROMPTS)
    width = ours.shape[1]
    assert np.array_equal(mask[:, :width], our_mask) and not mask[:, width:].any()
    assert np.abs(text[:, :width] - ours).max() < 1e-4 and not text[:, width:].any()

    rng = np.random.default_rng(0)
    tokens = np.arange(6) < np.array([6, 3, 2, 5])[:, None]
    latents = rng.standard_normal((4, 6, pipeline.folder.latents.channels)).astype(np.float32)
    values = {
        "latents": latents,
        "timesteps": np.full(4, 499),
        "weight": np.full(4, 1.5, np.float32),
    }
    values |= {
        "text": text,
        "text_mask": mask,
        "mask": tokens,
        "ends": np.full(4, -1),
        "known": np.zeros_like(tokens),
    }
    session = opened(files / "tiny-step.onnx")
    names = [item.name for item in session.get_inputs()]
    (output,) = session.run(None, {name: values[name] for name in names})
    condition = Condition(ours, our_mask, tokens, values["weight"])
    theirs = pipeline.networks.denoise(latents, values["timesteps"], values["ends"], condition)
    assert np.abs((output - theirs)[tokens]).max() < 1e-4

    (features,) = opened(files / "tiny-decoder.onnx").run(
        None, {"latents": latents, "mask": tokens}
    )
    period = pipeline.folder.latents.frames_per_token
    scale = pipeline.statistics
    frames = np.repeat(tokens, period, axis=1)
    ours = pipeline.networks.decode(scale.latents.restore(latents), frames)
    assert np.abs((features - scale.features.restore(ours))[frames]).max() < 1e-4


def test_the_files_say_what_they_are_and_nothing_about_where_they_were_made(files):
    assert sorted(path.name for path in files.iterdir()) == [
        "tiny-decoder.onnx", "tiny-step.onnx", "tiny-text.onnx", "tiny.onnx",
    ]  # fmt: skip
    for path in files.iterdir():
        facts = opened(path).get_modelmeta()
        assert facts.custom_metadata_map["fps"] == "20" and facts.custom_metadata_map["licence"]
        content = path.read_bytes()
        assert not any(
            str(Path(module.__file__).parent).encode() in content
            for module in (motionlcm, onnxruntime)
        )


def test_what_cannot_be_exported_is_one_clear_error(tmp_path, tiny_model, capsys):
    assert main(["no-such-model", str(tmp_path / "a.onnx")]) == 2
    assert "no model 'no-such-model'" in capsys.readouterr().err
    assert main([str(tiny_model), str(tmp_path / "a.onnx"), "--fps", "20"]) == 2
    assert "without any option" in capsys.readouterr().err
    assert main([str(tiny_model), str(tmp_path / "nowhere" / "a.onnx")]) == 2
    assert "no folder" in capsys.readouterr().err and not list(tmp_path.iterdir())
