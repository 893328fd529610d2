"""The quality protocol: real motion, VAE reconstruction, teacher and student on one split, replicated.

Every row goes through the same clean-up as what users get; captions, lengths and pools are the same for all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.dataset import MotionDataset
from motionlcm.data.store import FeatureStore, Window
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.sampling import sample_ddim
from motionlcm.diffusion.schedule import student_timesteps
from motionlcm.evaluation import metrics
from motionlcm.evaluation.physics import physical_figures
from motionlcm.evaluation.reconstruction import reconstruction_error
from motionlcm.evaluation.t2m import T2MEvaluator, check_tokens
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import FeatureLayout, decode_positions

_BATCH = 64
_NEAREST_FRAMES = 32
_DRAW_SEED = 5
_ENOUGH = 64  #: clips, to tell how the distance falls with their number


@dataclass(frozen=True)
class Quality:
    """``rows``: figures by row and name, each (mean, half width of the 95 % interval); ``vae``: errors in mm."""

    rows: dict[str, dict[str, tuple[float, float]]]
    vae: dict[str, float]


class Protocol:
    """One split, ready to judge anything that makes features for its captions and lengths.

    With the T2M evaluator clips are chosen as its published protocol does (``FeatureStore.published_windows``), and
    MultiModality is that of 100 captions, 30 clips each. Unlike there, a clip is always judged by its first caption.

    Args:
        pipeline: the model; its statistics replace the store's.
        data: a feature store.
        split: "train", "val" or "test".
        evaluator: folder of a ``TextMotionEmbedder``; None for the model's own or the package's.
        t2m_evaluator: in place of ours.
        num_clips: judge only so many, drawn at random, always the same ones; None: all.
    Raises:
        ValueError: store, model and evaluator are not of one kind; captions without the tokens that T2M's needs.
    """

    def __init__(
        self,
        pipeline: MotionPipeline,
        data: str | Path,
        split: str,
        *,
        evaluator: str | Path | None = None,
        t2m_evaluator: T2MEvaluator | None = None,
        num_clips: int | None = None,
    ) -> None:
        store = FeatureStore.open(data)
        if store.layout.dim != pipeline.layout.dim:
            raise ValueError(
                f"{data} holds {store.layout.dim} features ({store.layout.name}), the model makes "
                f"{pipeline.layout.dim} ({pipeline.layout.name}); give --data a store of the model's own kind"
            )
        store.mean = pipeline.statistics["feature_mean"]
        store.std = pipeline.statistics["feature_std"]
        self.pipeline, self.store, self.layout = pipeline, store, pipeline.layout
        self.evaluator: TextMotionEmbedder | T2MEvaluator
        if t2m_evaluator is not None:
            windows = store.published_windows(split)
            check_tokens(windows, split)
            self.evaluator = t2m_evaluator
        else:
            windows = store.windows(split)
            self.evaluator = _own_evaluator(evaluator or pipeline.evaluator_folder, self.layout)
        self.dataset = MotionDataset(store, split, windows=_drawn(windows, num_clips))
        self.captions = [window.captions[0] for window in self.dataset.windows]
        self.real = [self.dataset.array(index) for index in range(len(self.dataset))]
        self.text = np.concatenate(
            [self._embed_text(part) for part in _parts(self.dataset.windows)]
        )
        self.real_motion = self.embed(self.real)

    def embed(self, features: Sequence[np.ndarray]) -> np.ndarray:
        """Evaluator vectors ``[N W]`` of raw features, each ``[T D]``."""
        if isinstance(self.evaluator, T2MEvaluator):
            return np.concatenate([self.evaluator.embed_motion(part) for part in _parts(features)])
        rows = []
        with torch.inference_mode():
            for part in _parts(features):
                batch = self.dataset.collate(list(part))
                rows.append(self.evaluator.embed_motion(batch.features, batch.mask).numpy())
        return np.concatenate(rows)

    def _embed_text(self, windows: Sequence[Window]) -> np.ndarray:
        if isinstance(self.evaluator, T2MEvaluator):
            return self.evaluator.embed_text([window.tokens[0] for window in windows])
        captions = [window.captions[0] for window in windows]
        with torch.inference_mode():
            return self.evaluator.embed_text(*self.pipeline.text_encoder.encode(captions)).numpy()

    def judge(
        self, make: Callable[[int], list[np.ndarray]], *, replications: int, seed: int = 0
    ) -> dict[str, tuple[float, float]]:
        """All figures of features made by ``make(seed)``, one clip ``[T D]`` for each caption."""
        found: dict[str, list[float]] = {}
        for turn in range(replications):
            features = make(seed + 1000 * turn)
            for name, value in self._figures(features, np.random.default_rng(seed + turn)).items():
                found.setdefault(name, []).append(value)
        return {
            name: metrics.confidence_interval(np.array(values)) for name, values in found.items()
        }

    def _figures(self, features: list[np.ndarray], rng: np.random.Generator) -> dict[str, float]:
        motion = self.embed(features)
        precision = metrics.r_precision(self.text, motion, rng)
        clips = [decode_positions(array, self.layout) for array in features]
        many = {}
        if len(motion) >= _ENOUGH:
            same_draws = np.random.default_rng(0)
            many["FID for ever more clips"] = metrics.frechet_infinity(
                self.real_motion, motion, same_draws
            )
        return {
            **{f"R@{top + 1}": float(precision[top]) for top in range(3)},
            "FID": metrics.frechet_distance(self.real_motion, motion),
            **many,
            "MM-Dist": metrics.multimodal_distance(self.text, motion),
            "Diversity": metrics.diversity(motion, rng),
            **physical_figures(clips, self.layout),
        }

    def multimodality(self, make: Callable[[list[int], int], list[np.ndarray]]) -> float:
        """Mean distance between clips of one caption; ``make(indices, seed)`` gives a clip for each index."""
        num_texts, repeats = (100, 30) if isinstance(self.evaluator, T2MEvaluator) else (30, 10)
        chosen = np.random.default_rng(0).permutation(len(self.captions))[:num_texts].tolist()
        motions = np.stack([self.embed(make(chosen, 77 + turn)) for turn in range(repeats)], axis=1)
        return metrics.multimodality(motions, np.random.default_rng(1))

    def nearest_training_clip(self, features: list[np.ndarray]) -> float:
        """Median distance in metres (root-mean-square over joints and 32 moments) to the nearest training clip."""
        train = MotionDataset(self.store, "train")
        known = [
            train.array(i, is_mirrored=side)
            for i in range(len(train))
            for side in ((False, True) if train.is_mirrorable[i] else (False,))
        ]
        made, known_rows = (
            np.stack([self._pose_row(array) for array in arrays]) for arrays in (features, known)
        )
        return float(np.median(metrics.nearest_distances(made, known_rows)) * 3**0.5)

    def _pose_row(self, features: np.ndarray) -> np.ndarray:
        """Joint positions in the root's frame, metres, at 32 moments spread over the clip, as one row."""
        moments = np.linspace(0, len(features) - 1, _NEAREST_FRAMES).round().astype(int)
        positions = np.asarray(features[moments, self.layout.joint_positions]).reshape(-1)
        return positions * np.float32(self.layout.metres_per_unit)

    def reconstruct(self) -> list[np.ndarray]:
        """The VAE's mean code decoded and cleaned."""
        made: list[np.ndarray] = []
        with torch.inference_mode():
            for part in _parts(range(len(self.dataset))):
                batch = self.dataset.collate([self.dataset.array(i) for i in part])
                vae = self.pipeline.vae
                made += self._to_raw(
                    vae.decode(vae.encode(batch.features, batch.mask).mode(), batch.mask),
                    batch.mask,
                )
        return made

    def generate(
        self,
        *,
        steps: int,
        scale: float,
        seed: int,
        teacher: LatentDenoiser | None = None,
        indices: Sequence[int] | None = None,
    ) -> list[np.ndarray]:
        """Clips for the split's captions (or those of ``indices``) by the student, or by a teacher with DDIM."""
        made: list[np.ndarray] = []
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            for part in _parts(range(len(self.dataset)) if indices is None else indices):
                lengths = [self.dataset.windows[i].frames for i in part]
                mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
                captions = [self.captions[i] for i in part]
                latents = self._latents(
                    captions, self.pipeline.vae.token_mask(mask), steps, scale, generator, teacher
                )
                made += self._to_raw(self.pipeline.vae.decode(latents, mask), mask)
        return made

    def _latents(
        self,
        captions: list[str],
        mask: Tensor,
        steps: int,
        scale: float,
        generator: torch.Generator,
        teacher: LatentDenoiser | None,
    ) -> Tensor:
        pipeline, schedule = self.pipeline, self.pipeline.schedule.to("cpu")
        shape = (*mask.shape, pipeline.vae.latent_channels)

        def noise() -> Tensor:
            return torch.randn(shape, generator=generator)

        text, text_mask = pipeline.text_encoder.encode(captions)
        if teacher is None:
            weights = torch.full((len(captions),), scale - 1)
            denoise = pipeline.student.given(text, weights, text_mask=text_mask, mask=mask)
            times = student_timesteps(steps, pipeline.timesteps)
            latents = pipeline.run_student(
                lambda z, t, end: denoise(z, t, end if pipeline.student.end_width else None),
                noise(),
                times,
                noise,
                schedule=schedule,
            )
        else:
            empty, empty_mask = pipeline.text_encoder.encode([""] * len(captions))
            denoise = guided(
                teacher.given(text, text_mask=text_mask, mask=mask),
                teacher.given(empty, text_mask=empty_mask, mask=mask),
                scale - 1,
            )
            kind = teacher.prediction_type
            latents = sample_ddim(denoise, noise(), schedule, num_steps=steps, prediction_type=kind)
        mean, std = (
            torch.from_numpy(pipeline.statistics[f"latent_{name}"]) for name in ("mean", "std")
        )
        return latents * std + mean

    def _to_raw(self, normalised: Tensor, mask: Tensor) -> list[np.ndarray]:
        raw = normalised.numpy() * self.store.std + self.store.mean
        period = self.pipeline.config["seam_period"]
        clips = [raw[row, : int(count)] for row, count in enumerate(mask.sum(1))]
        return [clean_features(clip, seam_period=period, layout=self.layout) for clip in clips]


def evaluate_quality(
    protocol: Protocol,
    *,
    steps: Sequence[int],
    scale: float | None = None,
    teacher: str | Path | None = None,
    teacher_scale: float | None = None,
    replications: int = 3,
    with_multimodality: bool = True,
) -> Quality:
    """The whole table.

    Args:
        protocol: model and split.
        steps: of the student.
        scale: guidance scale of the student; None for the model's default at each step count.
        teacher: folder of a teacher, judged at 50 DDIM steps.
        teacher_scale: its guidance scale; None for the model's own, else the student's default at the most steps.
        replications: with other noise and other pools.
        with_multimodality: also several clips a caption (10 x 30 more clips a row).
    """
    pipeline = protocol.pipeline
    local, world = reconstruction_error(pipeline.vae, protocol.dataset)
    vae = {"MPJPE root-aligned, mm": local, "MPJPE world, mm": world}
    reconstruction = protocol.reconstruct()
    rows = {
        "real": protocol.judge(lambda _: protocol.real, replications=replications),
        "VAE reconstruction": protocol.judge(lambda _: reconstruction, replications=replications),
    }
    rows["real"]["nearest training clip, m"] = (protocol.nearest_training_clip(protocol.real), 0.0)
    runs: dict[str, tuple[int, LatentDenoiser | None, float]] = {}
    if teacher is not None:
        used = _teacher_scale(pipeline) if teacher_scale is None else teacher_scale
        runs["teacher, 50 steps"] = (50, LatentDenoiser.from_pretrained(teacher), used)
    for count in steps:
        used = pipeline.guidance_scale(count) if scale is None else scale
        runs[f"student, {count} step{'s' * (count > 1)}"] = (count, None, used)
    for name, (count, model, used) in runs.items():

        def make(seed: int, indices: Sequence[int] | None = None) -> list[np.ndarray]:
            return protocol.generate(
                steps=count, scale=used, seed=seed, teacher=model, indices=indices
            )  # noqa: B023

        rows[name] = protocol.judge(make, replications=replications)
        if with_multimodality:
            rows[name]["MultiModality"] = (
                protocol.multimodality(lambda chosen, seed: make(seed, chosen)),
                0.0,
            )  # noqa: B023
        rows[name]["nearest training clip, m"] = (protocol.nearest_training_clip(make(0)), 0.0)
        rows[name]["guidance scale"] = (used, 0.0)
    return Quality(rows, vae)


def _drawn(windows: list[Window], count: int | None) -> list[Window]:
    if count is None or count >= len(windows):
        return windows
    if count < 2:
        raise ValueError(f"at least 2 clips must be judged, got {count}")
    order = np.random.default_rng(_DRAW_SEED).permutation(len(windows))
    return [windows[index] for index in sorted(order[:count])]


def _teacher_scale(pipeline: MotionPipeline) -> float:
    return float(
        pipeline.config.get(
            "teacher_guidance_scale", pipeline.guidance_scale(max(pipeline.step_counts))
        )
    )


def _own_evaluator(folder: str | Path, layout: FeatureLayout) -> TextMotionEmbedder:
    evaluator: TextMotionEmbedder = TextMotionEmbedder.from_pretrained(folder)
    if evaluator.motion_in.in_features != layout.dim * evaluator.frames_per_token:
        raise ValueError(
            f"the evaluator does not read the model's {layout.dim} features ({layout.name}); give --evaluator one that "
            "was trained on such data (motionlcm-train CONFIG stages=[evaluator])"
        )
    return evaluator


def _parts(items: Sequence) -> list[Sequence]:
    return [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
