"""The finished model: a folder that ``MotionPipeline.from_pretrained`` opens."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import class_name
from motionlcm.data.latents import LatentDataset
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.folder import PIPELINE_CONFIG
from motionlcm.models.saving import SavedModule
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime.graphs import can_export, write_graphs
from motionlcm.training.config import RunConfig
from motionlcm.training.student_stage import student_steps

logger = logging.getLogger(__name__)


def export_model(
    folder: Path,
    config: RunConfig,
    models: dict[str, SavedModule | None],
    train: LatentDataset,
    texts: TextCache,
) -> None:
    """Write each of ``models`` in one byte a number, statistics, the table of durations and pipeline.json."""
    for name, model in models.items():
        if model is None:
            continue
        model.save_pretrained(folder / name, dtype=np.int8)
    mean, std = train.statistics
    vectors, seconds = duration_table(train, texts)
    save_file(
        {
            "feature_mean": torch.from_numpy(train.motions.mean),
            "feature_std": torch.from_numpy(train.motions.std),
            "latent_mean": mean.contiguous(),
            "latent_std": std.contiguous(),
            "duration_vectors": torch.from_numpy(vectors).half(),
            "duration_seconds": torch.from_numpy(seconds),
        },
        folder / "statistics.safetensors",
    )
    fps = train.motions.layout.fps
    values = {
        "text_encoder": config.text_encoder,
        "text": "tokens",
        "fps": int(fps) if fps.is_integer() else fps,
        "timesteps": {
            str(steps): list(times) for steps, times in student_steps(config.student).items()
        },
        "sampling": "phased" if config.student.phases else "consistency",
        "guidance_scale": config.student.guidance_scale,
        "teacher_guidance_scale": config.teacher.guidance_scale,
        "guidance_range": [config.student.guidance_min + 1, config.student.guidance_max + 1],
        "licence": config.licence,
        "schedule": {"kind": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    }
    (folder / PIPELINE_CONFIG).write_text(json.dumps(values, indent=2) + "\n")
    student, vae = models["student"], models["vae"]
    if can_export() and isinstance(student, LatentDenoiser) and isinstance(vae, MotionVAE):
        write_graphs(folder)
    else:
        logger.warning(
            "onnx and onnxscript are not installed: no graphs are written, the model will run on torch"
        )


def duration_table(train: LatentDataset, texts: TextCache) -> tuple[np.ndarray, np.ndarray]:
    """Sentence vectors ``[N E]`` of length one and typical seconds ``[N]``, one row for each class of clips.

    The row is the mean vector of the class's captions and the median length of its clips.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for index, window in enumerate(train.motions.windows):
        groups.setdefault(class_name(window), []).append(index)
    vectors, seconds = [], []
    for members in groups.values():
        captions = sorted({caption for index in members for caption in train.captions[index]})[:64]
        rows = torch.stack(
            [texts.rows[texts.offsets[texts.index[caption]]] for caption in captions]
        ).float()
        vectors.append(torch.nn.functional.normalize(rows.mean(0), dim=0).numpy())
        seconds.append(
            np.median([train.motions.windows[index].frames for index in members])
            / train.motions.layout.fps
        )
    return np.stack(vectors), np.array(seconds, np.float32)
