"""Quality of a model on one split: VAE reconstruction and Frechet distances in the VAE's own latent space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from motionlcm.data.dataset import MotionDataset
from motionlcm.data.store import FeatureStore
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.sampling import sample_consistency, sample_ddim
from motionlcm.diffusion.schedule import student_timesteps
from motionlcm.evaluation.metrics import frechet_distance, latent_embedding
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.pipeline import MotionPipeline
from motionlcm.training.vae_stage import reconstruction_error


@torch.inference_mode()
def evaluate_quality(
    pipeline: MotionPipeline,
    data: str | Path,
    split: str,
    *,
    steps: list[int],
    scale: float | None = None,
    teacher: str | Path | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """MPJPE in millimetres and Frechet distance of generated clips, one for each window's first caption and length.

    Args:
        pipeline: the model.
        data: a feature store; its own statistics are replaced by the model's.
        split: "train", "val" or "test".
        steps: of the student.
        scale: guidance scale; None for the model's default.
        teacher: folder of a teacher, judged at 50 DDIM steps.
        seed: of all noise.
    """
    store = FeatureStore.open(data)
    store.mean = pipeline.statistics["feature_mean"].numpy()
    store.std = pipeline.statistics["feature_std"].numpy()
    dataset = MotionDataset(store, split)
    local, world = reconstruction_error(pipeline.vae, dataset)
    figures = {"VAE MPJPE, root-aligned, mm": local, "VAE MPJPE, in the world, mm": world}
    guidance = float(pipeline.config["guidance_scale"]) if scale is None else scale
    runs: dict[str, tuple[int, LatentDenoiser | None]] = {f"student, {n} step{'s' * (n > 1)}": (n, None) for n in steps}
    if teacher is not None:
        runs = {"teacher, 50 steps": (50, LatentDenoiser.from_pretrained(teacher)), **runs}
    for name, (count, model) in runs.items():
        real, made = _embeddings(pipeline, dataset, count, model, guidance - 1, seed)
        figures[f"Frechet distance (latent), {name}"] = frechet_distance(real, made)
    return figures


def _embeddings(
    pipeline: MotionPipeline,
    dataset: MotionDataset,
    steps: int,
    teacher: LatentDenoiser | None,
    weight: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    generator = torch.Generator().manual_seed(seed)
    center, spread = pipeline.statistics["latent_mean"], pipeline.statistics["latent_std"]
    real, made = [], []
    for index in np.array_split(np.arange(len(dataset)), max(1, len(dataset) // 64)):
        batch = dataset.collate([dataset.array(i) for i in index])
        mask = pipeline.vae.token_mask(batch.mask)
        truth = (pipeline.vae.encode(batch.features, batch.mask).mode() - center) / spread
        text, text_mask = pipeline.text_encoder.encode([dataset.windows[i].captions[0] for i in index])

        def noise(shape: torch.Size = truth.shape) -> torch.Tensor:
            return torch.randn(shape, generator=generator)

        if teacher is None:
            weights = torch.full((len(index),), weight)
            denoise = pipeline.student.given(text, weights, text_mask=text_mask, mask=mask)
            latents = sample_consistency(
                pipeline.consistency(denoise),
                noise(),
                pipeline.schedule,
                timesteps=student_timesteps(steps, pipeline.timesteps),
                fresh_noise=noise,
            )
        else:
            empty, empty_mask = pipeline.text_encoder.encode([""] * len(index))
            latents = sample_ddim(
                guided(
                    teacher.given(text, text_mask=text_mask, mask=mask),
                    teacher.given(empty, text_mask=empty_mask, mask=mask),
                    weight,
                ),
                noise(),
                pipeline.schedule,
                num_steps=steps,
                prediction_type=teacher.prediction_type,
            )
        real.append(latent_embedding(truth.numpy(), mask.numpy()))
        made.append(latent_embedding(latents.numpy(), mask.numpy()))
    return np.concatenate(real), np.concatenate(made)
