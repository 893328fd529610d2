"""How well motions fit their captions, by a model's evaluator; without torch if it has a graph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import read_object
from motionlcm.integrity import check_file
from motionlcm.models.folder import STATISTICS, ModelFolder
from motionlcm.models.statistics import Normaliser, Statistics

_WEIGHTS = "model.safetensors"


class Agreement:
    """The evaluator that goes with a model: its own, or else the package's.

    Args:
        folder: the model.
        use_torch: even where there is a graph.
        path: another evaluator's folder, with its model's statistics beside it.
    Raises:
        ValueError: an evaluator of other features or other text than this model's, or one without
            statistics.
    """

    def __init__(
        self, folder: ModelFolder, *, use_torch: bool = False, path: Path | None = None
    ) -> None:
        self.path: Path = folder.evaluator if path is None else path
        self._statistics = self.path.parent / STATISTICS
        if not self._statistics.is_file():
            raise ValueError(
                f"the evaluator {self.path} needs its model's {STATISTICS} beside it, which says "
                f"what it was trained with; give the evaluator/ of a model folder"
            )
        self.use_torch = use_torch
        self.captions: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # judged lately, as encoded
        config = read_object(self.path / "config.json")
        self.frames_per_token = int(config["frames_per_token"])
        if config["num_features"] != len(folder.statistics.features.mean):
            raise ValueError(
                f"{folder.path.name} makes {len(folder.statistics.features.mean)} features, the "
                f"evaluator {self.path} reads {config['num_features']}; put the model's own "
                f"evaluator into {folder.path / 'evaluator'}, or leave best_of out"
            )
        self.text_width = int(config["text_width"])

    @cached_property
    def normaliser(self) -> Normaliser:
        """Means and deviations that the evaluator was trained with: those of its own model."""
        check_file(self._statistics)
        return Statistics.read(self._statistics).features

    def __call__(
        self, features: Sequence[np.ndarray], text: np.ndarray, text_mask: np.ndarray
    ) -> np.ndarray:
        """Cosine ``[B]`` between each motion and its caption, from -1 to 1.

        Args:
            features: ``[T D]`` each, in raw units.
            text, text_mask: ``[B S E]`` and ``[B S]``, as the text encoder gives them.
        Raises:
            ValueError: text of another encoder than the evaluator's.
        """
        if text.shape[-1] != self.text_width:
            raise ValueError(
                f"the evaluator {self.path} reads text vectors of {self.text_width} numbers, this "
                f"model's have {text.shape[-1]}; leave best_of out"
            )
        size = self.frames_per_token
        counts = np.array([-(-len(clip) // size) for clip in features])
        folded = np.zeros((len(features), counts.max() * size, features[0].shape[1]), np.float32)
        for row, clip in zip(folded, features, strict=True):
            row[: len(clip)] = self.normaliser.normalise(clip)

        feed = {
            "folded": folded.reshape(len(features), counts.max(), -1),
            "tokens": np.arange(counts.max()) < counts[:, None],
            "text": text.astype(np.float32),
            "text_mask": text_mask,
        }
        pair = self._run(feed)  # [B 2W]
        motion, caption = np.split(pair, 2, axis=-1)
        return (motion * caption).sum(-1)

    def _run(self, feed: dict[str, np.ndarray]) -> np.ndarray:
        """Vectors of motions and captions, side by side ``[B 2W]``."""
        from motionlcm.runtime.session import GRAPH_NAME, run_session

        if not self.use_torch and (self.path / GRAPH_NAME).is_file():
            return run_session(self._session, feed, place=self.path)

        import torch

        with torch.inference_mode():
            return self.module(*(torch.from_numpy(value) for value in feed.values())).numpy()

    @cached_property
    def _session(self) -> Any:
        from motionlcm.runtime.session import GRAPH_NAME, open_session

        return open_session(self.path / GRAPH_NAME, self.path / _WEIGHTS)

    @cached_property
    def module(self) -> Any:
        """The evaluator as a ``motionlcm.runtime.graphs.Pair``, in eval mode; needs torch."""
        from motionlcm.models.embedder import TextMotionEmbedder
        from motionlcm.runtime.graphs import Pair

        return Pair(TextMotionEmbedder.from_pretrained(self.path)).eval()
