"""This project beside the official path, in one process: generation and training steps.

The official path is written anew from its published description, with random weights of its V2
shapes: attention that computes and averages its weights (``nn.MultiheadAttention`` with
``need_weights``, batch second), 9 layers with skips, 50 DDIM steps with classifier-free guidance,
the sentence encoder run for the caption and for the empty one, frames drawn by matplotlib's 3-D
axes. The encoder has the shape of sentence-t5-large (335 M parameters, random weights: they cost
the same); ``--encoder minilm`` puts MiniLM (23 M) in its place, which flatters the official path.

Needs the extra ``demo`` (matplotlib).

    python demo/compare_official.py [--frames 196] [--repeats 5] [--encoder t5-large|minilm]
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg
import numpy as np
import torch
from matplotlib import pyplot
from torch import Tensor, nn

from motionlcm import MotionPipeline
from motionlcm.data.cache import TextCache
from motionlcm.diffusion.averaging import update_ema
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.motion.features import decode_positions
from motionlcm.motion.skeleton import PARENTS
from motionlcm.render.video import render_video

WIDTH = 256
LATENTS = 16
CHANNELS = 32
FEATURES = 263
CAPTION = "a person walks forward and turns to the left"
TOKENS = 12  #: of that caption for T5, about
Pair = tuple[float, float]  #: seconds of the official path and of this project's


class SentenceT5(nn.Module):
    """Sentence encoder of sentence-t5-large's shape: T5, mean over tokens, a linear map to 768."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import T5Config, T5EncoderModel

        shape = T5Config(d_model=1024, d_kv=64, d_ff=4096, num_layers=24, num_heads=16)
        self.encoder = T5EncoderModel(shape).eval()
        self.dense = nn.Linear(1024, 768, bias=False)

    @torch.no_grad()
    def encode_sentences(self, captions: list[str]) -> Tensor:
        """Sentence vectors ``[B 768]``; the words do not matter to the time it takes."""
        tokens = torch.randint(3, 30000, (len(captions), TOKENS))
        hidden = self.encoder(tokens).last_hidden_state  # [B S 1024]
        return nn.functional.normalize(self.dense(hidden.mean(1)), dim=-1)


class Layer(nn.Module):
    """Post-norm layer, batch second, that computes attention weights; decoders see a memory too."""

    def __init__(self, is_decoder: bool) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 4, dropout=0.1)
        self.cross = nn.MultiheadAttention(WIDTH, 4, dropout=0.1) if is_decoder else None
        self.feedforward = nn.Sequential(nn.Linear(WIDTH, 1024), nn.GELU(), nn.Linear(1024, WIDTH))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))

    def forward(self, x: Tensor, memory: Tensor | None, padding: Tensor | None) -> Tensor:
        """``[T B E] -> [T B E]``, with ``memory`` ``[S B E]`` and ``padding`` ``[B T]``."""
        x = self.norms[0](x + self.attention(x, x, x, key_padding_mask=padding)[0])
        if self.cross is not None:
            x = self.norms[1](x + self.cross(x, memory, memory)[0])
        return self.norms[2](x + self.feedforward(x))


class Transformer(nn.Module):
    """Nine layers, the second half seeing the first through linear maps."""

    def __init__(self, is_decoder: bool = False) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(is_decoder) for _ in range(9))
        self.skips = nn.ModuleList(nn.Linear(2 * WIDTH, WIDTH) for _ in range(4))
        self.positions = nn.Parameter(torch.rand(500, 1, WIDTH))

    def forward(
        self, x: Tensor, memory: Tensor | None = None, padding: Tensor | None = None
    ) -> Tensor:
        """``[T B E] -> [T B E]``, with ``memory`` ``[S B E]`` and ``padding`` ``[B T]``."""
        x = x + self.positions[: len(x)]
        skipped = []
        for index, layer in enumerate(self.layers):
            if index > 4:
                x = self.skips[index - 5](torch.cat([x, skipped.pop()], dim=-1))
            x = layer(x, memory, padding)
            if index < 4:
                skipped.append(x)
        return x


class Official(nn.Module):
    """Encoder, decoder and denoiser of the V2 shapes."""

    def __init__(self, text_width: int) -> None:
        super().__init__()
        self.encoder = Transformer()
        self.decoder = Transformer(is_decoder=True)
        self.denoiser = Transformer()
        self.queries = nn.Parameter(torch.randn(2 * LATENTS, 1, WIDTH))
        self.embed = nn.Linear(FEATURES, WIDTH)
        self.head = nn.Linear(WIDTH, FEATURES)
        self.latent_in = nn.Linear(CHANNELS, WIDTH)
        self.latent_out = nn.Linear(WIDTH, CHANNELS)
        self.time = nn.Linear(1, WIDTH)
        self.text = nn.Linear(text_width, WIDTH)

    def encode(self, features: Tensor) -> Tensor:
        """``[B T D] -> [L B C]``."""
        queries = self.queries.expand(-1, len(features), -1)
        x = torch.cat([queries, self.embed(features.transpose(0, 1))])
        padding = torch.zeros(len(features), len(x), dtype=torch.bool)
        return self.latent_out(self.encoder(x, padding=padding)[:LATENTS])

    def denoise(self, z: Tensor, time_step: Tensor, text: Tensor) -> Tensor:
        """``[L B C] -> [L B C]``."""
        extra = [self.time(time_step.float().view(1, -1, 1)), self.text(text)[None]]
        return self.latent_out(self.denoiser(torch.cat([self.latent_in(z), *extra]))[:LATENTS])

    def decode(self, z: Tensor, frames: int) -> Tensor:
        """``[L B C] -> [B T D]``."""
        padding = torch.zeros(z.shape[1], frames, dtype=torch.bool)
        x = self.decoder(torch.zeros(frames, z.shape[1], WIDTH), self.latent_in(z), padding)
        return self.head(x).transpose(0, 1)


def sample_50_steps(model: Official, text: Tensor) -> Tensor:
    """DDIM with guidance: each step runs the caption and the empty caption as a batch of two."""
    schedule = NoiseSchedule.scaled_linear().to("cpu")
    times = schedule.ddim_timesteps(50, spacing="leading")
    z = torch.randn(LATENTS, 1, CHANNELS)

    for now, after in zip(times, [*times[1:], -1], strict=True):
        both = model.denoise(z.repeat(1, 2, 1), torch.full((2,), now), text)
        noise = both[:, 1:] + 7.5 * (both[:, :1] - both[:, 1:])
        z_0 = schedule.to_sample(noise, z, torch.full((LATENTS,), now), "epsilon")
        z = schedule.add_noise(z_0, noise, torch.full((LATENTS,), after))
    return z


def draw_axes3d(positions: np.ndarray, path: Path) -> None:
    """One matplotlib 3-D figure a frame, as the official plot does."""
    pyplot.switch_backend("Agg")
    figure = pyplot.figure(figsize=(3, 3), dpi=100)
    axes = figure.add_subplot(projection="3d")
    writer = imageio_ffmpeg.write_frames(str(path), (300, 300), fps=20, macro_block_size=1)
    writer.send(None)

    for frame in positions:
        axes.clear()
        axes.set(xlim=(-2, 2), ylim=(0, 2), zlim=(-2, 2))
        for joint, parent in enumerate(PARENTS):
            if parent >= 0:
                axes.plot(*np.stack([frame[parent], frame[joint]]).T, linewidth=4)
        figure.canvas.draw()
        writer.send(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())

    writer.close()
    pyplot.close(figure)


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median of ``repeats`` calls after one that is not counted."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times[1:])


def compare_generation(encoder: Any, frames: int, repeats: int) -> dict[str, Pair]:
    """Seconds of the official path and of this project's, by stage."""
    torch.manual_seed(0)
    text = encoder.encode_sentences([CAPTION, ""])
    official = Official(text.shape[1]).eval()
    ours = MotionPipeline.from_pretrained(device="cpu")
    generate = partial(ours, [CAPTION], seconds=frames / 20)
    motion = generate()[0]
    positions = decode_positions(motion.features)

    def official_text() -> None:
        encoder.encode_sentences([CAPTION])
        encoder.encode_sentences([""])

    def official_features() -> Tensor:
        both = encoder.encode_sentences([CAPTION, ""])
        return official.decode(sample_50_steps(official, both), frames)

    with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
        z = sample_50_steps(official, text)

        def official_step() -> Tensor:
            return official.decode(official.denoise(z, torch.tensor([999]), text[:1]), frames)

        stages: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "text": (official_text, lambda: ours.networks.encode([CAPTION])),
            "prompt to features": (official_features, generate),
            "one step of 1-step student and decoding": (official_step, generate),
            "drawing and encoding the video": (
                lambda: draw_axes3d(positions, Path(folder) / "official.mp4"),
                lambda: render_video(motion, Path(folder) / "ours.mp4"),
            ),
        }
        counts = dict.fromkeys(stages, repeats) | {"drawing and encoding the video": 1}
        return {
            name: (seconds(theirs, counts[name]), seconds(mine, counts[name]))
            for name, (theirs, mine) in stages.items()
        }


def compare_training(encoder: Any, frames: int, batch: int, repeats: int) -> dict[str, Pair]:
    """Seconds a step of teacher and student at equal batch and network.

    The official path makes latents and sentence vectors in every step; here they were made once.
    """
    torch.manual_seed(0)
    captions = [f"{CAPTION}, time {i}" for i in range(batch)]

    pairs = {}
    for kind, is_student in (("teacher", False), ("student", True)):
        theirs = partial(official_step(encoder, captions, frames), is_student)
        mine = partial(our_step(captions), is_student)
        pairs[f"{kind} step, batch {batch}"] = (seconds(theirs, repeats), seconds(mine, repeats))
    return pairs


def official_step(encoder: Any, captions: list[str], frames: int) -> Callable[[bool], None]:
    """A training step that encodes motion and text first, of the student or else of the teacher."""
    batch = len(captions)
    official = Official(encoder.encode_sentences(["a"]).shape[1]).train()
    frozen = copy.deepcopy(official.denoiser)
    averaged = copy.deepcopy(official.denoiser)
    features = torch.randn(batch, frames, FEATURES)
    z_now = torch.randn(LATENTS, batch, CHANNELS)
    empty = encoder.encode_sentences([""]).expand(batch, -1)

    def denoise(transformer: Transformer, z: Tensor, text: Tensor) -> Tensor:
        trained = official.denoiser
        official.denoiser = transformer
        noise = official.denoise(z, torch.randint(1000, (batch,)), text)
        official.denoiser = trained
        return noise

    def step(is_student: bool) -> None:
        with torch.no_grad():
            z = official.encode(features)
        text = encoder.encode_sentences(captions)
        target = torch.randn_like(z)
        if is_student:
            with torch.no_grad():
                guided = denoise(frozen, z, text) + denoise(frozen, z, empty)
                target = denoise(averaged, guided, text)

        _learn(official.denoiser, denoise(official.denoiser, z_now, text) - target)
        if is_student:
            update_ema(averaged, official.denoiser, 0.95)

    return step


def our_step(captions: list[str]) -> Callable[[bool], None]:
    """A training step on latents and text in memory, with a network of the same size."""
    shape = {
        "width": WIDTH,
        "num_layers": 9,
        "dropout": 0.1,
        "norm_first": False,
        "prediction_type": "epsilon",
    }
    batch = len(captions)
    network = LatentDenoiser(**shape)
    frozen = LatentDenoiser(**shape).eval()
    averaged = copy.deepcopy(network).eval()
    latents = torch.randn(batch, LATENTS, CHANNELS)
    schedule = NoiseSchedule.scaled_linear().to("cpu")
    with tempfile.TemporaryDirectory() as folder:
        encode = FrozenTextEncoder().encode
        texts = TextCache.build([*captions, ""], folder=Path(folder), name="bench", encode=encode)

    def step(is_student: bool) -> None:
        text = texts.lookup(captions)[0][:, :1]  # one sentence token, as in the official path
        times = torch.randint(1000, (batch,))
        noise = torch.randn_like(latents)
        z = schedule.add_noise(latents, noise, times)
        target = noise
        if is_student:
            with torch.no_grad():
                empty = texts.lookup([""])[0][:, :1].expand(batch, -1, -1)
                guided = frozen(z, times, text) + frozen(z, times, empty)
                target = averaged(guided, times, text)

        _learn(network, network(z, times, text) - target)
        if is_student:
            update_ema(averaged, network, 0.95)

    return step


def _learn(network: nn.Module, error: Tensor) -> None:
    network.zero_grad(set_to_none=True)
    (error**2).mean().backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)


def main() -> None:
    """Time both paths and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=196)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--encoder", choices=("t5-large", "minilm"), default="t5-large")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    encoder = FrozenTextEncoder() if options.encoder == "minilm" else SentenceT5()
    timings = compare_generation(encoder, options.frames, options.repeats)
    few = max(1, options.repeats // 2)
    timings |= compare_training(encoder, options.frames, options.batch, few)

    print(f"{'milliseconds':44s}{'official path':>16s}{'this project':>16s}{'ratio':>8s}")
    for name, (theirs, mine) in timings.items():
        print(f"{name:44s}{1000 * theirs:16.1f}{1000 * mine:16.1f}{theirs / mine:8.1f}")
    if options.json:
        options.json.write_text(json.dumps(timings, indent=1) + "\n")


if __name__ == "__main__":
    main()
