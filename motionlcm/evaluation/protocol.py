"""The quality protocol: recordings, VAE reconstructions, teacher and student on one split.

Clips come from ``MotionPipeline.features``, so every figure is measured on what users get;
captions, lengths, seeds and pools are the same for all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motionlcm.data.dataset import MotionDataset
from motionlcm.data.store import FeatureStore, Window
from motionlcm.evaluation import metrics
from motionlcm.evaluation.reconstruction import reconstruction_errors
from motionlcm.evaluation.t2m import T2MEvaluator, check_tokens
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.models.embedder import TextMotionEmbedder
from motionlcm.motion.features import FeatureLayout, decode_positions
from motionlcm.motion.physics import physical_figures
from motionlcm.progress import Counted, RowProgress

_BATCH = 64
_NEAREST_FRAMES = 32
_DRAW_SEED = 5
_ENOUGH = 64  #: clips, to tell how the distance falls with their number
_REPLICATION_SEEDS = (
    100_000  #: between the first seeds of two replications; more than clips in any split
)

#: Generates features: (indices of the split's clips, replication) -> one clip ``[T D]`` an index.
Generate = Callable[[Sequence[int], int], list[np.ndarray]]


@dataclass(frozen=True)
class Quality:
    """Figures by row and name, (mean, half width of the 95 % interval); VAE errors in mm."""

    rows: dict[str, dict[str, tuple[float, float]]]
    vae: dict[str, float]


class Protocol:
    """One split, ready to judge anything that makes features for its captions and lengths.

    With the T2M evaluator clips are chosen as its published protocol does
    (``FeatureStore.published_windows``), and MultiModality is that of 100 captions, 30 clips each.
    Unlike there, a clip is always judged by its first caption.

    Args:
        pipeline: the model; its statistics replace the store's.
        data: a feature store.
        split: "train", "val" or "test".
        evaluator: folder of a ``TextMotionEmbedder``; None for the model's own or the package's.
        t2m_evaluator: in place of ours.
        num_clips: judge only so many, drawn at random, always the same ones; None: all.
        progress: called with (row, done, total) clips, while they are read and generated.
    Raises:
        ValueError: store, model and evaluator are not of one kind; captions without the tokens that
            T2M's needs.
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
        progress: RowProgress | None = None,
    ) -> None:
        store = FeatureStore.open(data)
        if store.layout.dim != pipeline.layout.dim:
            raise ValueError(
                f"{data} holds {store.layout.dim} features ({store.layout.name}), the model makes "
                f"{pipeline.layout.dim} ({pipeline.layout.name}); "
                "give --data a store of the model's own kind"
            )
        store.mean = pipeline.statistics.features.mean
        store.std = pipeline.statistics.features.std
        self.pipeline = pipeline
        self.store = store
        self.progress = progress
        self.layout = pipeline.layout

        self.evaluator: TextMotionEmbedder | T2MEvaluator
        if t2m_evaluator is not None:
            windows = store.published_windows(split)
            check_tokens(windows, split)
            self.evaluator = t2m_evaluator
        else:
            windows = store.windows(split)
            self.evaluator = _own_evaluator(evaluator or pipeline.folder.evaluator, self.layout)

        self.dataset = MotionDataset(store, split, windows=_drawn(windows, num_clips))
        self.captions = [window.captions[0] for window in self.dataset.windows]
        self.frames = [window.frames for window in self.dataset.windows]
        self.real = [self.dataset.array(index) for index in range(len(self.dataset))]
        told = self._counted("captions", len(self.captions))
        self.text = np.concatenate(
            [self._embed_text(part) for part in _parts(self.dataset.windows, told)]
        )
        self.real_motion = self.embed(self.real, row="recordings")

    def _counted(self, row: str, total: int) -> Counted:
        """What tells the progress of a row that is done in several pieces."""
        return Counted(self.progress, row, total)

    def embed(self, features: Sequence[np.ndarray], *, row: str = "clips judged") -> np.ndarray:
        """Evaluator vectors ``[N W]`` of raw features, each ``[T D]``; ``row`` for the progress."""
        told = self._counted(row, len(features))
        if isinstance(self.evaluator, T2MEvaluator):
            parts = _parts(features, told)
            return np.concatenate([self.evaluator.embed_motion(part) for part in parts])
        rows = []
        with torch.inference_mode():
            for part in _parts(features, told):
                batch = self.dataset.collate(list(part))
                rows.append(self.evaluator.embed_motion(batch.features, batch.mask).numpy())
        return np.concatenate(rows)

    def _embed_text(self, windows: Sequence[Window]) -> np.ndarray:
        if isinstance(self.evaluator, T2MEvaluator):
            return self.evaluator.embed_text([window.tokens[0] for window in windows])
        captions = [window.captions[0] for window in windows]
        with torch.inference_mode():
            return self.evaluator.embed_text(*self.pipeline.text_encoder.encode(captions)).numpy()

    def judge(self, generate: Generate, *, replications: int) -> dict[str, tuple[float, float]]:
        """Measure all figures of clips for all captions, with other seeds and pools each turn."""
        everything = range(len(self.dataset))
        values: dict[str, list[float]] = {}
        for turn in range(replications):
            features = generate(everything, turn)
            for name, value in self._figures(features, np.random.default_rng(turn)).items():
                values.setdefault(name, []).append(value)
        return {name: metrics.confidence_interval(np.array(each)) for name, each in values.items()}

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

    @property
    def multimodality_clips(self) -> tuple[int, int]:
        """How many captions multimodality looks at, and how many clips of each."""
        num_texts, repeats = (100, 30) if isinstance(self.evaluator, T2MEvaluator) else (30, 10)
        return min(num_texts, len(self.captions)), repeats

    def multimodality(self, generate: Generate) -> float:
        """Mean distance between clips of one caption, of captions drawn once and for all."""
        num_texts, repeats = self.multimodality_clips
        chosen = np.random.default_rng(0).permutation(len(self.captions))[:num_texts].tolist()

        motions = [self.embed(generate(chosen, 77 + turn)) for turn in range(repeats)]
        return metrics.multimodality(np.stack(motions, axis=1), np.random.default_rng(1))

    def nearest_training_clip(self, features: list[np.ndarray]) -> float:
        """Median distance to the nearest training clip, metres (RMS over joints, 32 moments)."""
        rows = np.stack([self._pose_row(array) for array in features])
        return float(np.median(metrics.nearest_distances(rows, self._training_rows)) * 3**0.5)

    @cached_property
    def _training_rows(self) -> np.ndarray:
        """The pose rows ``[N 32*J*3]`` of all training clips and their mirror images."""
        train = MotionDataset(self.store, "train")
        told = self._counted("training clips", len(train))
        rows = []
        for index in range(len(train)):
            for side in (False, True) if train.is_mirrorable[index] else (False,):
                rows.append(self._pose_row(train.array(index, is_mirrored=side)))
            told(index + 1, len(train))
        return np.stack(rows)

    def _pose_row(self, features: np.ndarray) -> np.ndarray:
        """Joint positions in the root's frame, metres, at 32 moments over the clip, as one row."""
        moments = np.linspace(0, len(features) - 1, _NEAREST_FRAMES).round().astype(int)
        positions = np.asarray(features[moments, self.layout.joint_positions]).reshape(-1)
        return positions * np.float32(self.layout.metres_per_unit)

    def reconstruct(self) -> list[np.ndarray]:
        """Decode the VAE's mean code of every clip, cleaned like generated motion."""
        clips: list[np.ndarray] = []
        vae = self.pipeline.vae
        with torch.inference_mode():
            told = self._counted("VAE reconstruction", len(self.dataset))
            for part in _parts(range(len(self.dataset)), told):
                batch = self.dataset.collate([self.dataset.array(i) for i in part])
                latents = vae.encode(batch.features, batch.mask).mode()
                decoded = vae.decode(latents, batch.mask).numpy()
                raw = self.pipeline.statistics.features.restore(decoded)
                counts = batch.mask.sum(1).tolist()
                clips += [
                    self.pipeline.clean(clip[:n]) for clip, n in zip(raw, counts, strict=True)
                ]
        return clips

    def generate(
        self,
        indices: Sequence[int],
        turn: int,
        *,
        steps: int,
        scale: float,
        use_teacher: bool = False,
        row: str | Counted = "clips",
    ) -> list[np.ndarray]:
        """Generate clips for some of the split's captions and lengths, as users do.

        Clip i of replication ``turn`` has a seed of its own, whatever else is asked for. ``row``
        names the clips for the progress, or counts them with others of its row.
        """
        told = self._counted(row, len(indices)) if isinstance(row, str) else row
        return self.pipeline.features(
            [self.captions[i] for i in indices],
            [self.frames[i] for i in indices],
            [turn * _REPLICATION_SEEDS + i for i in indices],
            steps=steps,
            guidance_scale=scale,
            use_teacher=use_teacher,
            progress=told,
        )


def evaluate_quality(
    protocol: Protocol,
    *,
    steps: Sequence[int],
    scale: float | None = None,
    with_teacher: bool = False,
    teacher_scale: float | None = None,
    replications: int = 3,
    with_multimodality: bool = True,
) -> Quality:
    """Measure the whole table.

    Args:
        protocol: model and split.
        steps: of the student.
        scale: guidance scale of the student; None for the model's default at each step count.
        with_teacher: also judge the pipeline's teacher at 50 DDIM steps.
        teacher_scale: its guidance scale; None for the model's own, else the student's default at
            the most steps.
        replications: with other seeds and other pools.
        with_multimodality: also several clips a caption (10 x 30 more clips a row).
    """
    told = Counted(protocol.progress, "VAE's errors", len(protocol.dataset))
    whole, by_source = reconstruction_errors(protocol.pipeline.vae, protocol.dataset, progress=told)
    vae = {"MPJPE root-aligned, mm": whole.local, "MPJPE world, mm": whole.world}
    for source, errors in by_source.items():
        vae[f"MPJPE root-aligned, {source} ({errors.count}), mm"] = errors.local

    reconstruction = protocol.reconstruct()
    rows = {
        "real": protocol.judge(lambda *_: protocol.real, replications=replications),
        "VAE reconstruction": protocol.judge(lambda *_: reconstruction, replications=replications),
    }
    rows["real"]["nearest training clip, m"] = (protocol.nearest_training_clip(protocol.real), 0.0)

    card = protocol.pipeline.card
    runs: dict[str, dict[str, Any]] = {}
    if with_teacher:
        used = card.teacher_scale if teacher_scale is None else teacher_scale
        runs["teacher, 50 steps"] = {"steps": 50, "scale": used, "use_teacher": True}
    for count in steps:
        used = card.guidance_scales.get(count, 1.0) if scale is None else scale
        runs[f"student, {count} step{'s' * (count > 1)}"] = {"steps": count, "scale": used}

    num_texts, repeats = protocol.multimodality_clips
    num_clips = (replications + 1) * len(protocol.captions)
    num_clips += num_texts * repeats if with_multimodality else 0
    for name, how in runs.items():
        told = Counted(protocol.progress, name, num_clips)
        generate: Generate = partial(protocol.generate, **how, row=told)
        rows[name] = protocol.judge(generate, replications=replications)
        if with_multimodality:
            rows[name]["MultiModality"] = (protocol.multimodality(generate), 0.0)
        first = generate(range(len(protocol.dataset)), 0)
        rows[name]["nearest training clip, m"] = (protocol.nearest_training_clip(first), 0.0)
        rows[name]["guidance scale"] = (how["scale"], 0.0)
    return Quality(rows, vae)


def _drawn(windows: list[Window], count: int | None) -> list[Window]:
    if count is None or count >= len(windows):
        return windows
    if count < 2:
        raise ValueError(f"at least 2 clips must be judged, got {count}")
    order = np.random.default_rng(_DRAW_SEED).permutation(len(windows))
    return [windows[index] for index in sorted(order[:count])]


def _own_evaluator(folder: str | Path, layout: FeatureLayout) -> TextMotionEmbedder:
    evaluator: TextMotionEmbedder = TextMotionEmbedder.from_pretrained(folder)
    if evaluator.motion_in.in_features != layout.dim * evaluator.frames_per_token:
        raise ValueError(
            f"the evaluator does not read the model's {layout.dim} features ({layout.name}); "
            "give --evaluator one that was trained on such data "
            "(motionlcm-train CONFIG stages=[evaluator])"
        )
    return evaluator


def _parts(items: Sequence, told: Counted) -> Iterator[Sequence]:
    """Batches of ``items``; ``told`` is called behind each."""
    for start in range(0, len(items), _BATCH):
        part = items[start : start + _BATCH]
        yield part
        told(start + len(part), len(items))
