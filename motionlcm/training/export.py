"""The finished model: a folder that ``MotionPipeline.from_pretrained`` opens."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch

from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import class_name
from motionlcm.data.latents import LatentDataset
from motionlcm.generation.durations import weighted_median
from motionlcm.integrity import MANIFEST, write_manifest
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.folder import PIPELINE_CONFIG, STATISTICS, ModelCard
from motionlcm.models.known import KNOWN
from motionlcm.models.saving import SavedModule
from motionlcm.models.statistics import Normaliser, Statistics
from motionlcm.models.vae import MotionVAE
from motionlcm.runtime.graphs import can_export, write_graphs
from motionlcm.training.config import RunConfig
from motionlcm.training.context import RunContext
from motionlcm.training.jumps import student_steps
from motionlcm.training.known_captions import known_captions

logger = logging.getLogger(__name__)

_SAME_WORDS, _SAME_LENGTH = 0.9, 0.2  #: cosine, and logarithm of a ratio of lengths
_MOST_LENGTHS = 450  #: rows of the table of durations


def export_model(folder: Path, context: RunContext) -> None:
    """Write the finished networks, one byte a number, and what else a model folder holds.

    That is statistics with the table of durations, captions that are known, pipeline.json, graphs,
    and last the hashes of all that.
    """
    logger.info("writing %s", folder)
    (folder / MANIFEST).unlink(missing_ok=True)  # of an earlier export, whose files are replaced
    networks, train = context.networks, context.latents[0]
    for name, network in networks.items():
        if isinstance(network, SavedModule):
            network.save_pretrained(folder / name, dtype=np.int8)

    mean, std = train.statistics

    vectors, seconds, drawn = duration_table(train, context.texts)
    statistics = Statistics(
        Normaliser(train.motions.mean, train.motions.std),
        Normaliser(mean.cpu().numpy(), std.cpu().numpy()),
        vectors,
        seconds,
        drawn,
    )
    statistics.write(folder / STATISTICS)

    def encode(captions: list[str]) -> np.ndarray:
        return context.texts.lookup(captions)[0].cpu().numpy()

    known = known_captions(
        train.motions.windows,
        encode,
        context.config.text_encoder,
        hears_sayings=context.config.paraphrases > 0,
    )
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
    timesteps = student_steps(student.phases, int(config.schedule.get("num_timesteps", 1000)))
    return ModelCard(
        text_encoder=config.text_encoder,
        timesteps=timesteps,
        guidance_scales={count: student.scale_at(count) for count in timesteps},
        guidance_range=(student.guidance_min + 1, student.guidance_max + 1),
        sampling="phased" if student.phases else "consistency",
        fps=fps,
        teacher_guidance_scale=config.teacher.guidance_scale,
        licence=config.licence,
        schedule=config.schedule,
    )


def duration_table(
    train: LatentDataset, texts: TextCache
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tabulate the lengths of N classes of clips.

    Returns:
        Sentence vectors ``[N E]`` of length one, the means of the classes' captions; typical
        seconds ``[N]``, the medians; and how often they are drawn ``[N]``. In mean and median a
        clip counts as often as it is drawn.
    """
    windows, fps = train.motions.windows, train.motions.layout.fps
    chances = train.motions.weights
    classes: dict[tuple[str, str], list[int]] = {}
    for index, window in enumerate(windows):
        classes.setdefault(class_name(window), []).append(index)

    vectors = []
    seconds, drawn = [], []
    for members in classes.values():
        counts: dict[str, float] = {}
        for index in members:
            said = windows[index].captions
            for caption in said:
                counts[caption] = counts.get(caption, 0.0) + chances[index] / len(said)

        first = [texts.offsets[texts.index[caption]] for caption in counts]
        rows = torch.stack([texts.rows[place] for place in first]).float()
        mean = torch.tensor(list(counts.values())).float() @ rows.cpu()
        vectors.append(torch.nn.functional.normalize(mean, dim=0).numpy())

        weights = chances[members]
        frames = np.array([windows[index].frames for index in members])
        seconds.append(weighted_median(frames, weights) / fps)
        drawn.append(weights.sum())
    return distinct(np.stack(vectors), np.array(seconds), np.array(drawn))


def distinct(
    vectors: np.ndarray, seconds: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shorten a table of durations to what says something new, and to what is drawn most.

    A row whose vector is nearly that of another, drawn more often, and whose length is about as
    long is left out; the other counts for it, too.
    """
    kept: list[int] = []
    weights = drawn.astype(np.float64)
    for row in np.argsort(-drawn, kind="stable"):
        likeness = vectors[kept] @ vectors[row]
        is_as_long = np.abs(np.log(seconds[kept] / seconds[row])) < _SAME_LENGTH
        likeness[~is_as_long] = -1
        if kept and likeness.max() > _SAME_WORDS:
            weights[kept[int(likeness.argmax())]] += drawn[row]
        else:
            kept.append(row)

    most = kept[:_MOST_LENGTHS]
    return (
        vectors[most].astype(np.float32),
        seconds[most].astype(np.float32),
        weights[most].astype(np.float32),
    )
