"""Text to motion: sentence encoder, student, decoder, positions. Imports no torch; see ``runtime`` for what runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionlcm.diffusion.consistency import consistency_function
from motionlcm.diffusion.sampling import sample_consistency, sample_phased
from motionlcm.diffusion.schedule import Array, NoiseSchedule, student_timesteps
from motionlcm.models.folder import DEFAULT_MODEL, PIPELINE_CONFIG, PRETRAINED, find_model
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import FeatureLayout, decode_positions, layout_of
from motionlcm.motion.motion import Motion
from motionlcm.runtime.networks import Networks, open_networks

if TYPE_CHECKING:
    from motionlcm.models.denoiser import LatentDenoiser
    from motionlcm.models.text import FrozenTextEncoder
    from motionlcm.models.vae import MotionVAE

MIN_SECONDS = 0.5
MAX_FRAMES = 196  #: 9.8 seconds at 20 fps
MAX_PROMPT = 2000  #: characters
_BATCH = 32
_USUAL_SECONDS = 6.0  #: of a model that has no table of durations


@dataclass
class MotionPipeline:
    """Opened by ``from_pretrained``; call it with prompts.

    Attributes:
        networks: text encoder, student and decoder on some run-time.
        statistics: means and deviations of features and latents, the table of durations; float32 arrays.
        config: what pipeline.json says (timesteps by step count, default guidance scale, licence).
        folder: where it came from.
        schedule: of the noise.
    """

    networks: Networks
    statistics: dict[str, np.ndarray]
    config: dict[str, Any]
    folder: Path
    schedule: NoiseSchedule = field(default_factory=NoiseSchedule.scaled_linear)

    @classmethod
    def from_pretrained(cls, model: str | Path | None = None, *, device: str = "auto") -> MotionPipeline:
        """The model in the package, another of the package by name, or a folder that training wrote.

        Args:
            model: name or folder; None for the package's default.
            device: "auto", "cpu", "cuda", "mps" or "torch"; see ``motionlcm.runtime.networks.open_networks``.
        Raises:
            FileNotFoundError: no such model; the message lists the names that are there.
            ValueError: the folder is damaged, or the device is unknown or not there.
        """
        folder = find_model(model)
        try:
            config = json.loads((folder / PIPELINE_CONFIG).read_text())
            shape = json.loads((folder / "vae" / "config.json").read_text())
            statistics = _read_statistics(folder / "statistics.safetensors")
            kind = json.loads((folder / "student" / "config.json").read_text())["prediction_type"]
        except (json.JSONDecodeError, KeyError) as error:
            raise ValueError(f"{folder} is damaged: {error}") from error
        frames = 1 if shape.get("num_latents") else shape["frames_per_token"]
        seams = 1 if shape.get("overlap") else frames
        config = {**config, "frames_per_token": frames, "seam_period": seams, "prediction_type": kind}
        config |= _latent_shape(shape)
        networks = open_networks(
            folder,
            text_encoder=config["text_encoder"],
            pools_text=config.get("text") == "sentence",
            frames_per_token=frames,
            device=device,
        )
        return cls(networks, statistics, config, folder)

    @cached_property
    def layout(self) -> FeatureLayout:
        """What the features mean: HumanML3D's 22 joints at 20 fps, or KIT-ML's 21 at 12.5."""
        return layout_of(self.statistics["feature_mean"])

    @property
    def max_seconds(self) -> float:
        """The longest motion: 9.8 s at 20 fps."""
        return MAX_FRAMES / self.layout.fps

    @cached_property
    def vae(self) -> MotionVAE:
        """The torch module, in eval mode on the CPU; for evaluation and tests."""
        from motionlcm.models.vae import MotionVAE

        return MotionVAE.from_pretrained(self.folder / "vae")

    @cached_property
    def student(self) -> LatentDenoiser:
        """The torch module, in eval mode on the CPU; for evaluation and tests."""
        from motionlcm.models.denoiser import LatentDenoiser

        return LatentDenoiser.from_pretrained(self.folder / "student")

    @cached_property
    def text_encoder(self) -> FrozenTextEncoder:
        """The torch sentence encoder the model was trained with; for evaluation and tests."""
        from motionlcm.models.text import FrozenTextEncoder

        return FrozenTextEncoder(self.config["text_encoder"])

    @property
    def evaluator_folder(self) -> Path:
        """Of the evaluator that came with this model, else of the package's."""
        own = self.folder / "evaluator"
        return own if own.is_dir() else PRETRAINED / DEFAULT_MODEL / "evaluator"

    @property
    def step_counts(self) -> list[int]:
        """Which ``steps`` this student knows."""
        return sorted(self.timesteps)

    @property
    def timesteps(self) -> dict[int, tuple[int, ...]]:
        """The student's timesteps for each step count."""
        return {int(steps): tuple(times) for steps, times in self.config["timesteps"].items()}

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
            seconds: 0.5 to ``max_seconds``, or None for the length that is usual for what the prompt says (6.0 where
                the model has no table of durations).
            steps: how often the student runs, one of ``step_counts``.
            guidance_scale: how strictly to follow the prompt, 1 = not at all; None for the model's own default.
            seed: prompt i uses seed + i, whatever the batch.
        Returns:
            One ``Motion`` a prompt at the layout's frame rate, with positions and features.
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
            check_seconds(seconds, self.max_seconds)
        timesteps = student_timesteps(steps, self.timesteps)
        scale = self._checked_scale(guidance_scale, steps)
        motions: list[Motion] = []
        for start in range(0, len(prompts), _BATCH):
            part = slice(start, start + _BATCH)
            motions += self._generate(prompts[part], seeds[part], seconds, timesteps, scale)
        return motions

    def suggest_seconds(self, sentences: np.ndarray) -> np.ndarray:
        """Usual lengths for sentence vectors ``[B E]`` of length one: from the nearest classes of training captions."""
        similarity = sentences @ self.statistics["duration_vectors"].T  # [B N]
        near = np.argsort(-similarity, axis=1)[:, :5]
        weights = np.exp(30 * np.take_along_axis(similarity, near, axis=1))
        weights /= weights.sum(1, keepdims=True)
        seconds = np.exp((weights * np.log(self.statistics["duration_seconds"][near])).sum(1))
        return np.clip(seconds, 2.0, self.max_seconds)

    def run_student(
        self,
        denoise: Callable[[Array, Array, Array], Array],
        noise: Array,
        timesteps: Sequence[int],
        fresh_noise: Callable[[], Array],
        *,
        schedule: NoiseSchedule | None = None,
    ) -> Array:
        """Normalised latents ``[B L C]`` from noise, by the sampling that this student was trained for.

        Args:
            denoise: the student with its condition bound: ``(z_t, t [B], end [B]) -> output``.
            noise: ``[B L C]`` standard normal, numpy or torch.
            timesteps: one a step.
            fresh_noise: gives more noise; a phased student needs none.
            schedule: for torch tensors; None: the pipeline's own, for numpy.
        """
        schedule = schedule or self.schedule
        kind = self.config["prediction_type"]
        if self.config.get("sampling") == "phased":

            def lead(z: Array, t: Array, end: Array) -> Array:
                return schedule.to_sample(denoise(z, t, end), z, t, kind)

            return sample_phased(lead, noise, schedule, timesteps=timesteps)

        def predict(z: Array, t: Array) -> Array:
            return consistency_function(denoise(z, t, t * 0 - 1), z, t, schedule, kind)

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
        text, text_mask = self.networks.encode(prompts)
        if seconds is None and "duration_vectors" not in self.statistics:
            lengths = np.full(len(prompts), _USUAL_SECONDS)
        elif seconds is None:
            sentences = text[:, 0] / np.linalg.norm(text[:, 0], axis=-1, keepdims=True)
            lengths = self.suggest_seconds(sentences)
        else:
            lengths = np.full(len(prompts), seconds)
        frames = np.maximum(8, np.round(lengths * self.layout.fps).astype(int))
        mask = np.arange(frames.max()) < frames[:, None]
        latents = self._sample(text, text_mask, frames, seeds, timesteps, scale)
        features = self.networks.decode(latents, mask) * self.statistics["feature_std"]
        features += self.statistics["feature_mean"]
        return [
            _motion(features[i, :count], prompt, self.config["seam_period"], self.layout)
            for i, (prompt, count) in enumerate(zip(prompts, frames, strict=True))
        ]

    def _sample(
        self,
        text: np.ndarray,
        text_mask: np.ndarray,
        frames: np.ndarray,
        seeds: list[int],
        timesteps: tuple[int, ...],
        scale: float,
    ) -> np.ndarray:
        """Latents ``[B L C]`` in the VAE's own units. Each sample has a random generator of its own."""
        fixed, period = self.config["num_latents"], self.config["frames_per_token"]
        longest = fixed or -(-MAX_FRAMES // period)
        counts = np.full(len(frames), fixed) if fixed else -(-frames // period)
        mask = np.arange(counts.max()) < counts[:, None]
        generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        shape = (longest, self.config["latent_channels"])

        def noise() -> np.ndarray:
            return np.stack([g.standard_normal(shape, np.float32) for g in generators])[:, : mask.shape[1]]

        given = {
            "weight": np.full(len(seeds), scale - 1, np.float32),
            "text": text.astype(np.float32),
            "text_mask": text_mask,
            "mask": mask,
        }

        def denoise(z: np.ndarray, t: np.ndarray, end: np.ndarray) -> np.ndarray:
            return self.networks.denoise(z, t, end, **given)

        latents = self.run_student(denoise, noise(), timesteps, noise)
        return latents * self.statistics["latent_std"] + self.statistics["latent_mean"]


def check_prompt(prompt: str) -> None:
    """Raise ValueError for an empty or overlong prompt."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError("the prompt is empty; say what the person does, such as 'a person jumps'")
    if len(prompt) > MAX_PROMPT:
        raise ValueError(f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT} are allowed; shorten it")


def check_seconds(seconds: float, longest: float) -> None:
    """Raise ValueError outside 0.5 to ``longest``."""
    if not (math.isfinite(seconds) and MIN_SECONDS <= seconds <= longest):
        raise ValueError(f"seconds must be {MIN_SECONDS} to {longest:g}, got {seconds:g}")


def _motion(features: np.ndarray, caption: str, seam_period: int, layout: FeatureLayout) -> Motion:
    """A motion from a decoder's raw features ``[T D]``, cleaned (see ``clean_features``)."""
    features = clean_features(features, seam_period=seam_period, layout=layout)
    positions = decode_positions(features, layout)
    return Motion(positions, layout.fps, skeleton=layout.skeleton, caption=caption, own_features=features)


def _read_statistics(path: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return {name: value.astype(np.float32) for name, value in load_file(path).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def _latent_shape(vae: dict[str, Any]) -> dict[str, int | None]:
    return {"num_latents": vae.get("num_latents"), "latent_channels": vae["latent_channels"]}
