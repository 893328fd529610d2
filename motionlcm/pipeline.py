"""Text to motion: sentence encoder, student, decoder, positions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from motionlcm.diffusion.consistency import consistency_function
from motionlcm.diffusion.sampling import sample_consistency, sample_phased
from motionlcm.diffusion.schedule import NoiseSchedule, student_timesteps
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import decode_positions
from motionlcm.motion.motion import Motion

PIPELINE_CONFIG = "pipeline.json"
PRETRAINED = Path(__file__).parent / "pretrained"
DEFAULT_MODEL = "small"
FPS = 20
MIN_SECONDS, MAX_SECONDS = 0.5, 9.8
MAX_PROMPT = 2000  #: characters
_BATCH = 32


@dataclass
class MotionPipeline:
    """Opened by ``from_pretrained``; call it with prompts.

    Attributes:
        vae, student: in eval mode.
        text_encoder: opened when first needed.
        statistics: means and deviations of features and latents, the table of durations.
        config: what pipeline.json says (timesteps by step count, default guidance scale, licence).
        folder: where it came from.
    """

    vae: MotionVAE
    student: LatentDenoiser
    statistics: dict[str, Tensor]
    config: dict[str, Any]
    folder: Path = PRETRAINED
    schedule: NoiseSchedule = field(default_factory=NoiseSchedule.scaled_linear)
    _encoder: FrozenTextEncoder | None = None

    @classmethod
    def from_pretrained(cls, model: str | Path | None = None) -> MotionPipeline:
        """The model in the package, another of the package by name, or a folder that training wrote.

        Raises:
            FileNotFoundError: no such model; the message lists the names that are there.
            ValueError: the folder is damaged.
        """
        folder = find_model(model)
        try:
            config = json.loads((folder / PIPELINE_CONFIG).read_text())
        except json.JSONDecodeError as error:
            raise ValueError(f"{folder / PIPELINE_CONFIG} is damaged: {error}") from error
        statistics = {k: v.float() for k, v in load_file(folder / "statistics.safetensors").items()}
        vae = MotionVAE.from_pretrained(folder / "vae")
        return cls(vae, LatentDenoiser.from_pretrained(folder / "student"), statistics, config, folder)

    @property
    def step_counts(self) -> list[int]:
        """Which ``steps`` this student knows."""
        return sorted(self.timesteps)

    @property
    def evaluator_folder(self) -> Path:
        """Of the evaluator that came with this model, else of the package's."""
        own = self.folder / "evaluator"
        return own if own.is_dir() else PRETRAINED / DEFAULT_MODEL / "evaluator"

    @property
    def text_encoder(self) -> FrozenTextEncoder:
        """The sentence encoder the model was trained with."""
        if self._encoder is None:
            self._encoder = FrozenTextEncoder(self.config["text_encoder"])
        return self._encoder

    @property
    def timesteps(self) -> dict[int, tuple[int, ...]]:
        """The student's timesteps for each step count."""
        return {int(steps): tuple(times) for steps, times in self.config["timesteps"].items()}

    @torch.inference_mode()
    def __call__(
        self,
        prompts: str | Sequence[str],
        *,
        seconds: float | None = None,
        steps: int = 1,
        guidance_scale: float | None = None,
        seed: int = 0,
    ) -> list[Motion]:
        """Make one motion for each prompt.

        Args:
            prompts: one or more; English.
            seconds: 0.5 to 9.8, or None for the length that is usual for what the prompt says.
            steps: how often the student runs, one of ``step_counts``.
            guidance_scale: how strictly to follow the prompt, 1 = not at all; None for the model's own default.
            seed: prompt i uses seed + i, whatever the batch.
        Returns:
            One ``Motion`` a prompt, 20 fps, with positions and features.
        Raises:
            ValueError: an empty or too long prompt, or a value outside its range.
        """
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        return self.generate(
            prompts,
            seeds=[seed + i for i in range(len(prompts))],
            seconds=seconds,
            steps=steps,
            guidance_scale=guidance_scale,
        )

    @torch.inference_mode()
    def generate(
        self,
        prompts: list[str],
        *,
        seeds: list[int],
        seconds: float | None = None,
        steps: int = 1,
        guidance_scale: float | None = None,
    ) -> list[Motion]:
        """Like calling the pipeline, with a seed for each prompt."""
        if not prompts:
            raise ValueError("no prompt given; say what the person does, such as 'a person jumps'")
        for prompt in prompts:
            check_prompt(prompt)
        if seconds is not None:
            check_seconds(seconds)
        timesteps = student_timesteps(steps, self.timesteps)
        scale = self._checked_scale(guidance_scale, steps)
        motions: list[Motion] = []
        for start in range(0, len(prompts), _BATCH):
            part = slice(start, start + _BATCH)
            motions += self._generate(prompts[part], seeds[part], seconds, timesteps, scale)
        return motions

    def suggest_seconds(self, sentences: Tensor) -> np.ndarray:
        """Usual lengths for sentence vectors ``[B E]`` of length one: from the nearest classes of training captions."""
        similarity = sentences @ self.statistics["duration_vectors"].T  # [B N]
        near = torch.topk(similarity, k=min(5, similarity.shape[1]), dim=1)
        weights = torch.softmax(near.values * 30, dim=1)
        seconds = torch.exp((weights * self.statistics["duration_seconds"][near.indices].log()).sum(1))
        return seconds.clamp(2.0, MAX_SECONDS).numpy()

    def run_student(
        self,
        denoise: Callable[..., Tensor],
        noise: Tensor,
        timesteps: Sequence[int],
        fresh_noise: Callable[[], Tensor],
    ) -> Tensor:
        """Normalised latents ``[B L C]`` from noise, by the sampling that this student was trained for.

        Args:
            denoise: the student with its condition bound.
            noise: ``[B L C]`` standard normal.
            timesteps: one a step.
            fresh_noise: gives more noise; a phased student needs none.
        """
        kind, schedule = self.student.prediction_type, self.schedule
        if self.config.get("sampling") == "phased":

            def lead(z: Tensor, t: Tensor, end: Tensor) -> Tensor:
                return schedule.to_sample(denoise(z, t, end), z, t, kind)

            return sample_phased(lead, noise, schedule, timesteps=timesteps)

        def predict(z: Tensor, t: Tensor) -> Tensor:
            return consistency_function(denoise(z, t), z, t, schedule, kind)

        return sample_consistency(predict, noise, schedule, timesteps=timesteps, fresh_noise=fresh_noise)

    def guidance_scale(self, steps: int) -> float:
        """The default for a step count."""
        scale = self.config["guidance_scale"]
        return float(scale[str(steps)] if isinstance(scale, dict) else scale)

    def _checked_scale(self, guidance_scale: float | None, steps: int) -> float:
        if guidance_scale is None:
            return self.guidance_scale(steps)
        low, high = self.config["guidance_range"]
        if not (math.isfinite(guidance_scale) and low <= guidance_scale <= high):
            raise ValueError(f"guidance scale must be {low:g} to {high:g} for this model, got {guidance_scale}")
        return float(guidance_scale)

    def _generate(
        self, prompts: list[str], seeds: list[int], seconds: float | None, timesteps: tuple[int, ...], scale: float
    ) -> list[Motion]:
        text, text_mask = self.text_encoder.encode(prompts)
        if seconds is None:
            lengths = self.suggest_seconds(torch.nn.functional.normalize(text[:, 0], dim=-1))
        else:
            lengths = np.full(len(prompts), seconds)
        frames = [max(8, int(round(length * FPS))) for length in lengths]
        mask = torch.zeros(len(prompts), max(frames), dtype=torch.bool)
        for row, count in enumerate(frames):
            mask[row, :count] = True
        token_mask = self.vae.token_mask(mask)
        latents = self._sample(text, text_mask, token_mask, seeds, timesteps, scale)
        features = self.vae.decode(latents, mask) * self.statistics["feature_std"] + self.statistics["feature_mean"]
        return [
            _motion(features[i, :count].numpy(), prompt, self.vae.frames_per_token)
            for i, (prompt, count) in enumerate(zip(prompts, frames, strict=True))
        ]

    def _sample(
        self,
        text: Tensor,
        text_mask: Tensor,
        mask: Tensor,
        seeds: list[int],
        timesteps: tuple[int, ...],
        scale: float,
    ) -> Tensor:
        """Latents ``[B L C]`` in the VAE's own units. Each sample has a random generator of its own."""
        longest = self.vae.token_mask(torch.ones(1, int(MAX_SECONDS * FPS), dtype=torch.bool)).shape[1]
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        shape = (longest, self.vae.latent_channels)

        def noise() -> Tensor:
            return torch.stack([torch.randn(shape, generator=g) for g in generators])[:, : mask.shape[1]]

        weight = torch.full((len(seeds),), scale - 1.0)
        denoise = self.student.given(text, weight, text_mask=text_mask, mask=mask)
        latents = self.run_student(denoise, noise(), timesteps, noise)
        return latents * self.statistics["latent_std"] + self.statistics["latent_mean"]


def find_model(model: str | Path | None) -> Path:
    """The folder of a model by path or by name in the package."""
    names = sorted(path.parent.name for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
    for folder in (Path(model) if model else PRETRAINED / DEFAULT_MODEL, PRETRAINED / str(model)):
        if (folder / PIPELINE_CONFIG).is_file():
            return folder
    raise FileNotFoundError(
        f"no model {model or DEFAULT_MODEL!r}: neither a folder with {PIPELINE_CONFIG} nor one of the package "
        f"({', '.join(names) or 'none'})"
    )


def check_prompt(prompt: str) -> None:
    """Raise ValueError for an empty or overlong prompt."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError("the prompt is empty; say what the person does, such as 'a person jumps'")
    if len(prompt) > MAX_PROMPT:
        raise ValueError(f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT} are allowed; shorten it")


def check_seconds(seconds: float) -> None:
    """Raise ValueError outside 0.5 to 9.8."""
    if not (math.isfinite(seconds) and MIN_SECONDS <= seconds <= MAX_SECONDS):
        raise ValueError(f"seconds must be {MIN_SECONDS} to {MAX_SECONDS}, got {seconds:g}")


def _motion(features: np.ndarray, caption: str, frames_per_token: int) -> Motion:
    """A motion from a decoder's raw features ``[T 263]``: limbs, feet and floor repaired in features and positions."""
    features = clean_features(features, frames_per_token=frames_per_token)
    return Motion(decode_positions(features), caption=caption, own_features=features)
