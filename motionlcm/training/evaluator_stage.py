"""Training of the evaluator: motions and their captions near each other, all others apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.cache import TextCache
from motionlcm.data.captions import mirror_caption
from motionlcm.data.dataset import MotionBatch, MotionDataset
from motionlcm.evaluation.metrics import pools, retrieval_ranks
from motionlcm.models.embedder import TextMotionEmbedder, contrastive_loss
from motionlcm.training.config import RunConfig, StageConfig
from motionlcm.training.context import RunContext
from motionlcm.training.stage import Stage

_VAL_SEED = 5
_VAL_ROUNDS = 10  #: ways to draw the pools of 32


@dataclass(frozen=True)
class EvaluatorConfig(StageConfig):
    """Knobs of the evaluator, text and motion in one space."""


class EvaluatorStage(Stage):
    """Contrastive: within a batch, find the caption of each motion and the motion of each caption.

    Windows with the same set of captions are not told apart. Motions are mirrored half the time,
    words too.
    """

    name = "evaluator"
    config_type = EvaluatorConfig
    network = TextMotionEmbedder
    config: EvaluatorConfig

    def __init__(
        self,
        config: EvaluatorConfig,
        train: MotionDataset,
        val: MotionDataset,
        texts: TextCache,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = config
        self.train = train
        self.val = val
        self.texts = texts
        self.device = device

        sizes = {"num_features": len(train.mean), "text_width": texts.rows.shape[1]}
        self.trained: TextMotionEmbedder = TextMotionEmbedder(**{**sizes, **config.model}).to(
            device
        )

        # what a window's captions say, plain (side 0) and mirrored (side 1), as a number
        numbers: dict[tuple[str, ...], int] = {}
        self._group: dict[tuple[int, int], int] = {}
        for index, window in enumerate(train.windows):
            mirrored = [mirror_caption(caption) for caption in window.captions]
            for side, captions in enumerate((window.captions, mirrored)):
                self._group[index, side] = numbers.setdefault(tuple(sorted(captions)), len(numbers))

    @classmethod
    def build(cls, context: RunContext) -> EvaluatorStage:
        """Make an untrained evaluator."""
        return cls(
            context.config.evaluator,
            context.train,
            context.val,
            context.texts,
            device=context.device,
        )

    @classmethod
    def blueprint(cls, config: RunConfig) -> TextMotionEmbedder:
        """Make an untrained evaluator from the config alone."""
        return TextMotionEmbedder(**config.evaluator.model)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Tell the clips of a batch apart by their captions, and the captions by their clips."""
        index = rng.choice(len(self.train), size=self.config.batch_size, p=self.train.weights)
        mirrored = self.train.random_sides(rng, index)
        # cut at random, so that lengths give no caption away
        lengths = np.round(self.train.lengths[index] * rng.uniform(0.8, 1.0, len(index))).astype(
            int
        )
        starts = rng.integers(self.train.lengths[index] - lengths + 1)
        rows = self.processes.rows
        batch = self.train.batch(
            index[rows],
            starts=starts[rows],
            lengths=lengths[rows],
            sides=mirrored[rows],
            longest=int(lengths.max()),
        )
        self.train.drawn = index

        captions, groups = [], []
        for i, side in zip(index, mirrored, strict=True):
            words = self.train.windows[i].captions
            caption = words[rng.integers(len(words))]
            captions.append(mirror_caption(caption) if side else caption)
            groups.append(self._group[int(i), int(side)])

        group = torch.tensor(groups, device=self.device)
        motion, text = self._embed(self.trained, batch, captions[rows])
        motion, text = self.processes.gathered(motion), self.processes.gathered(text)
        loss = contrastive_loss(motion, text, self.trained.log_temperature, group[:, None] == group)
        return {"loss": loss}

    def _embed(self, model: Any, batch: MotionBatch, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Vectors ``[B W]`` of motions and of their captions."""
        batch = batch.to(self.device)
        text, mask = (x.to(self.device) for x in self.texts.lookup(captions))
        return model.embed_motion(batch.features, batch.mask), model.embed_text(text, mask)

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """R-precision in pools of 32; the score is the mean share of misses at 1, 2 and 3."""
        motion_parts, text_parts = [], []
        for index in np.array_split(np.arange(len(self.val)), max(1, len(self.val) // 64)):
            captions = [self.val.windows[i].captions[0] for i in index]
            batch = self.val.collate([self.val.array(i) for i in index])

            motion, text = self._embed(model, batch, captions)
            motion_parts.append(motion.cpu().numpy())
            text_parts.append(text.cpu().numpy())
        motions, texts = np.concatenate(motion_parts), np.concatenate(text_parts)

        rng = np.random.default_rng(_VAL_SEED)
        drawn = [pool for _ in range(_VAL_ROUNDS) for pool in pools(len(texts), rng)]
        ranks = np.concatenate([retrieval_ranks(texts[pool], motions[pool]) for pool in drawn])

        figures = {f"r{k}": float((ranks < k).mean()) for k in (1, 2, 3)}
        return {"score": 1 - float(np.mean(list(figures.values()))), **figures}
