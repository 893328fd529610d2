"""The T2M evaluator, which published tables are measured with, for users who have its files.

Source: Guo et al., CVPR 2022.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.data.store import Window, read_statistics
from motionlcm.evaluation.glove import WordVectors
from motionlcm.models.saving import freeze
from motionlcm.models.t2m import UNIT, T2MMotionEncoder, T2MMovementEncoder, T2MTextEncoder
from motionlcm.motion.layout import FeatureLayout

WEIGHTS = Path("text_mot_match", "model", "finest.tar")
#: Where mean.npy and std.npy may lie; the published folders (HumanML3D, KIT-ML) have the first two.
META_FOLDERS = ("Comp_v6_KLD01/meta", "Comp_v6_KLD005/meta", "text_mot_match/meta", "meta")
_MAX_FRAMES = 196  #: the networks see every clip padded to this
#: What torch raises on damaged and hostile files.
_READ_ERRORS = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, eq=False)
class T2MEvaluator:
    """Texts and motions in one space of 512 numbers.

    ``mean`` and ``std`` [D] are those of the features that it was trained with.
    """

    movement: T2MMovementEncoder
    motion: T2MMotionEncoder
    text: T2MTextEncoder
    words: WordVectors
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def open(cls, folder: str | Path, layout: FeatureLayout) -> T2MEvaluator:
        """Read the published files; nothing in them is ever run.

        Args:
            folder: holds ``text_mot_match/model/finest.tar``, ``mean.npy`` and ``std.npy`` in one
                of ``META_FOLDERS``, and ``glove/`` (which may also lie one or two folders up).
            layout: of the features to be judged.
        Raises:
            FileNotFoundError: files are missing; the message names them.
            ValueError: a file is damaged or hostile, or is meant for other features.
        """
        weights = Path(folder) / WEIGHTS
        meta, glove = _locate(Path(folder))
        mean, std = read_statistics(meta / "mean.npy", meta / "std.npy", layout.dim)

        states = _load(weights)
        movement, motion = T2MMovementEncoder(layout.dim), T2MMotionEncoder()
        text = T2MTextEncoder()
        networks = {"movement_encoder": movement, "motion_encoder": motion, "text_encoder": text}
        for name, network in networks.items():
            _fill(network, states.get(name), f"{weights}: {name}")
            freeze(network)

        return cls(movement, motion, text, WordVectors.open(glove), mean, std)

    @torch.inference_mode()
    def embed_motion(self, features: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors ``[B 512]`` of raw features, each ``[T D]``.

        Clips are cut to whole movements of 4 frames, at most 196.

        Raises:
            ValueError: a clip of less than 4 frames.
        """
        counts = np.array([min(len(array), _MAX_FRAMES) // UNIT for array in features])
        if counts.min() < 1:
            raise ValueError(f"the T2M evaluator needs clips of at least {UNIT} frames")

        padded = np.zeros((len(features), _MAX_FRAMES, len(self.mean)), np.float32)
        for row, (array, count) in enumerate(zip(features, counts, strict=True)):
            padded[row, : count * UNIT] = (array[: count * UNIT] - self.mean) / self.std

        movements = self.movement(torch.from_numpy(padded))
        return self.motion(movements, torch.from_numpy(counts)).numpy()

    @torch.inference_mode()
    def embed_text(self, captions: Sequence[str]) -> np.ndarray:
        """Vectors ``[B 512]`` of captions as ``word/TAG`` tokens."""
        words, tags, counts = zip(*(self.words.encode(tokens) for tokens in captions), strict=True)
        word_rows = torch.from_numpy(np.stack(words))
        tag_rows = torch.from_numpy(np.stack(tags))
        return self.text.embed(word_rows, tag_rows, torch.tensor(counts)).numpy()


def check_tokens(windows: Sequence[Window], split: str) -> None:
    """Raise ValueError unless there are windows, and the first caption of each has its tokens."""
    if not windows:
        raise ValueError(
            f"the {split} split has no clip of the length that the T2M evaluator's protocol "
            "asks for"
        )

    bare = [window for window in windows if not window.tokens or not window.tokens[0]]
    if bare:
        raise ValueError(
            f"{len(bare)} of {len(windows)} captions of the {split} split have no word/TAG "
            f"tokens, first {bare[0].captions[0]!r:.60} of {bare[0].clip.id}; the T2M evaluator "
            "needs texts of HumanML3D's form caption#word/TAG word/TAG#from#to "
            "(then prepare the store again)"
        )


def _locate(folder: Path) -> tuple[Path, Path]:
    """The folders of mean.npy and std.npy, and of the word vectors; checks that all is there."""
    meta = next(
        (folder / name for name in META_FOLDERS if (folder / name / "mean.npy").is_file()), None
    )
    glove = next(
        (
            place / "glove"
            for place in (folder, folder.parent, folder.parent.parent)
            if (place / "glove").is_dir()
        ),
        None,
    )

    missing = []
    if not (folder / WEIGHTS).is_file():
        missing.append(WEIGHTS.as_posix())
    if meta is None:
        places = f"{', '.join(META_FOLDERS[:-1])} or {META_FOLDERS[-1]}"
        missing.append(f"mean.npy and std.npy in {places}")
    if glove is None:
        missing.append("glove/")
    if meta is None or glove is None or missing:
        raise FileNotFoundError(f"{folder} is no T2M evaluator: it lacks {'; '.join(missing)}")

    if not (meta / "std.npy").is_file():
        raise FileNotFoundError(
            f"no file {meta / 'std.npy'}; the T2M evaluator needs mean.npy and std.npy"
        )
    return meta, glove


def _load(path: Path) -> dict[str, Any]:
    """State dicts by name, of a file that can do no harm."""
    try:
        states = torch.load(path, map_location="cpu", weights_only=True)
    except _READ_ERRORS as error:
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise ValueError(
            f"{path} is damaged or holds something else than tensors; "
            f"nothing of it was run: {reason:.150}"
        ) from None
    if not isinstance(states, dict):
        raise ValueError(f"{path} must hold a dict of state dicts, got {type(states).__name__}")
    return states


def _fill(network: nn.Module, state: Any, where: str) -> None:
    """Load weights that must fit exactly."""
    is_state = isinstance(state, dict) and all(isinstance(v, Tensor) for v in state.values())
    if not is_state:
        raise ValueError(f"{where} is missing or no state dict")

    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    if expected != shapes:
        differing = sorted({str(name) for name, _ in expected.items() ^ shapes.items()})
        first = differing[0]
        raise ValueError(
            f"{where} does not fit: {len(differing)} tensors differ, first {first:.60} "
            f"({shapes.get(first, 'missing')}, expected {expected.get(first, 'none')})"
        )

    if not all(torch.isfinite(value).all() for value in state.values()):
        raise ValueError(f"{where} holds numbers that are not finite; the file is damaged")
    network.load_state_dict({name: value.float() for name, value in state.items()})
