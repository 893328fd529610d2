"""The finished model: a folder that ``MotionPipeline.from_pretrained`` opens."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch

from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import class_name
from motionlcm.data.latents import LatentDataset
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.folder import PIPELINE_CONFIG, STATISTICS, ModelCard
from motionlcm.models.integrity import MANIFEST, write_manifest
from motionlcm.models.known import KNOWN
from motionlcm.models.saving import SavedModule
from motionlcm.models.statistics import Normaliser, Statistics
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime.graphs import can_export, write_graphs
from motionlcm.training.config import RunConfig
from motionlcm.training.context import RunContext
from motionlcm.training.known_captions import known_captions
from motionlcm.training.student_stage import student_steps

logger = logging.getLogger(__name__)

_SAME_WORDS, _SAME_LENGTH = 0.8, 0.2  #: cosine, and logarithm of a ratio of lengths
_MAX_CAPTIONS = 64  #: of a class, whose mean is its row in the table of durations


def export_model(folder: Path, context: RunContext) -> None:
    """Write the finished networks, one byte a number, and what else a model folder holds.

    That is statistics with the table of durations, captions that are known, pipeline.json, graphs,
    and last the hashes of all that.
    """
    (folder / MANIFEST).unlink(missing_ok=True)  # of an earlier export, whose files are replaced
    networks, train = context.networks, context.latents[0]
    for name, network in networks.items():
        if isinstance(network, SavedModule):
            network.save_pretrained(folder / name, dtype=np.int8)

    mean, std = train.statistics

    vectors, seconds = duration_table(train, context.texts)
    statistics = Statistics(
        Normaliser(train.motions.mean, train.motions.std),
        Normaliser(mean.cpu().numpy(), std.cpu().numpy()),
        vectors,
        seconds,
    )
    statistics.write(folder / STATISTICS)

    def encode(captions: list[str]) -> np.ndarray:
        return context.texts.lookup(captions)[0].cpu().numpy()

    known = known_captions(train.motions.windows, encode, context.config.text_encoder)
    known.write(folder / KNOWN)
    model_card(context.config, fps=train.motions.layout.fps).write(folder / PIPELINE_CONFIG)

    student, vae = networks["student"], networks["vae"]
    if can_export() and isinstance(student, LatentDenoiser) and isinstance(vae, MotionVAE):
        write_graphs(folder)
    else:
        logger.warning(
            "onnx and onnxscript are not installed: "
            "no graphs are written, the model will run on torch"
        )
    write_manifest(folder)


def model_card(config: RunConfig, *, fps: float) -> ModelCard:
    """How the student is sampled, and the terms of its use."""
    student = config.student
    timesteps = student_steps(student, int(config.schedule.get("num_timesteps", 1000)))
    return ModelCard(
        text_encoder=config.text_encoder,
        timesteps=timesteps,
        guidance_scales=dict.fromkeys(timesteps, student.guidance_scale),
        guidance_range=(student.guidance_min + 1, student.guidance_max + 1),
        sampling="phased" if student.phases else "consistency",
        fps=fps,
        teacher_guidance_scale=config.teacher.guidance_scale,
        licence=config.licence,
        schedule=config.schedule,
    )


def duration_table(train: LatentDataset, texts: TextCache) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate sentence vectors ``[N E]`` of length one and typical seconds ``[N]`` of N classes.

    A row is the mean vector of a class's captions and the median length of its clips.
    """
    windows, fps = train.motions.windows, train.motions.layout.fps
    classes: dict[tuple[str, str], list[int]] = {}
    for index, window in enumerate(windows):
        classes.setdefault(class_name(window), []).append(index)

    vectors, seconds = [], []
    for members in classes.values():
        captions = sorted({caption for index in members for caption in train.captions[index]})
        places = [texts.index[caption] for caption in captions[:_MAX_CAPTIONS]]

        rows = torch.stack([texts.rows[texts.offsets[place]] for place in places]).float()
        vectors.append(torch.nn.functional.normalize(rows.mean(0), dim=0).numpy())
        seconds.append(np.median([windows[index].frames for index in members]) / fps)
    return distinct(np.stack(vectors), np.array(seconds, np.float32))


def distinct(vectors: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out rows of a table of durations that say nothing new.

    That is a row whose vector is nearly that of an earlier one and whose length is about as long.
    """
    kept: list[int] = []
    for row, vector in enumerate(vectors):
        is_near = vectors[kept] @ vector > _SAME_WORDS
        is_as_long = np.abs(np.log(seconds[kept] / seconds[row])) < _SAME_LENGTH
        if not (is_near & is_as_long).any():
            kept.append(row)
    return vectors[kept], seconds[kept]
