"""Training of the evaluator: motions and their captions near each other, all others apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlcm.data.cache import TextCache
from motionlcm.data.captions import mirror_caption
from motionlcm.data.dataset import MotionBatch, MotionDataset
from motionlcm.evaluation.metrics import pools, retrieval_ranks
from motionlcm.models.embedder import TextMotionEmbedder, contrastive_loss
from motionlcm.training.config import EvaluatorConfig

_VAL_SEED = 5


class EvaluatorStage:
    """Contrastive: within a batch, find the caption of each motion and the motion of each caption.

    Windows with the same set of captions are not told apart. Motions are mirrored half the time, words too.
    """

    name = "evaluator"

    def __init__(
        self,
        config: EvaluatorConfig,
        train: MotionDataset,
        val: MotionDataset,
        texts: TextCache,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config, self.train, self.val, self.texts, self.device = (
            config,
            train,
            val,
            texts,
            device,
        )
        sizes = {"num_features": len(train.mean), "text_width": texts.rows.shape[1]}
        self.trained: TextMotionEmbedder = TextMotionEmbedder(**{**sizes, **config.model}).to(
            device
        )
        names: dict[tuple[str, ...], int] = {}
        self._group = {  # what a window's captions say, plain and mirrored, as a number
            (index, side): names.setdefault(tuple(sorted(captions)), len(names))
            for index, window in enumerate(train.windows)
            for side, captions in enumerate(
                (window.captions, [mirror_caption(c) for c in window.captions])
            )
        }

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """See ``Stage``."""
        index = rng.choice(len(self.train), size=self.config.batch_size, p=self.train.weights)
        mirrored = self.train.random_sides(rng, index)
        lengths = np.round(self.train.lengths[index] * rng.uniform(0.8, 1.0, len(index))).astype(
            int
        )
        starts = rng.integers(
            self.train.lengths[index] - lengths + 1
        )  # so that lengths give no caption away
        batch = self.train.batch(index, starts=starts, lengths=lengths, sides=mirrored)
        captions, groups = [], []
        for i, side in zip(index, mirrored, strict=True):
            words = self.train.windows[i].captions
            caption = words[rng.integers(len(words))]
            captions.append(mirror_caption(caption) if side else caption)
            groups.append(self._group[int(i), int(side)])
        group = torch.tensor(groups, device=self.device)
        motion, text = self._embed(self.trained, batch, captions)
        loss = contrastive_loss(motion, text, self.trained.log_temperature, group[:, None] == group)
        return {"loss": loss}

    def _embed(self, model: Any, batch: MotionBatch, captions: list[str]) -> tuple[Tensor, Tensor]:
        batch = batch.to(self.device)
        text, mask = (x.to(self.device) for x in self.texts.lookup(captions))
        return model.embed_motion(batch.features, batch.mask), model.embed_text(text, mask)

    def after_step(self) -> None:
        """Nothing to do."""

    @torch.no_grad()
    def validate(self, model: Any) -> dict[str, float]:
        """R-precision in pools of 32; the score is the mean share of misses at 1, 2 and 3."""
        motions, texts = [], []
        for index in np.array_split(np.arange(len(self.val)), max(1, len(self.val) // 64)):
            captions = [self.val.windows[i].captions[0] for i in index]
            batch = self.val.collate([self.val.array(i) for i in index])
            motion, text = self._embed(model, batch, captions)
            motions.append(motion.cpu().numpy())
            texts.append(text.cpu().numpy())
        made, said = np.concatenate(motions), np.concatenate(texts)
        rng = np.random.default_rng(_VAL_SEED)
        ranks = np.concatenate(
            [retrieval_ranks(said[p], made[p]) for _ in range(10) for p in pools(len(said), rng)]
        )
        figures = {f"r{k}": float((ranks < k).mean()) for k in (1, 2, 3)}
        return {"score": 1 - float(np.mean(list(figures.values()))), **figures}

    def state(self) -> dict[str, Any]:
        """Nothing beyond the model."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Nothing beyond the model."""
