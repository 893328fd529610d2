"""The T2M evaluator (Guo et al., CVPR 2022), which published tables are measured with, for users who have its files."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from motionlcm.data.store import Window
from motionlcm.evaluation.glove import WordVectors
from motionlcm.formats.npz import read_array
from motionlcm.models.saving import freeze
from motionlcm.models.t2m import UNIT, T2MMotionEncoder, T2MMovementEncoder, T2MTextEncoder
from motionlcm.motion.layout import FeatureLayout

WEIGHTS = Path("text_mot_match", "model", "finest.tar")
#: Where mean.npy and std.npy may lie; the first two are those of the published folders (HumanML3D, KIT-ML).
META_FOLDERS = ("Comp_v6_KLD01/meta", "Comp_v6_KLD005/meta", "text_mot_match/meta", "meta")
_MAX_FRAMES = 196  #: the networks see every clip padded to this
_READ_ERRORS = (
    pickle.UnpicklingError, RuntimeError, EOFError, LookupError, AttributeError, TypeError, ValueError, OSError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class T2MEvaluator:
    """Texts and motions in one space of 512 numbers; ``mean`` and ``std`` [D] are those that it was trained with."""

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
            folder: holds ``text_mot_match/model/finest.tar``, ``mean.npy`` and ``std.npy`` in one of
                ``META_FOLDERS``, and ``glove/`` (which may also lie one or two folders up).
            layout: of the features to be judged.
        Raises:
            FileNotFoundError: files are missing; the message names them.
            ValueError: a file is damaged or hostile, or made for other features.
        """
        folder = Path(folder)
        meta = next(
            (folder / name for name in META_FOLDERS if (folder / name / "mean.npy").is_file()), None
        )
        places = (folder, folder.parent, folder.parent.parent)
        glove = next(
            (place / "glove" for place in places if (place / "glove").is_dir()), folder / "glove"
        )
        missing = [] if (folder / WEIGHTS).is_file() else [WEIGHTS.as_posix()]
        missing += (
            []
            if meta
            else [f"mean.npy and std.npy in {', '.join(META_FOLDERS[:-1])} or {META_FOLDERS[-1]}"]
        )
        missing += [] if glove.is_dir() else ["glove/"]
        if missing or meta is None:
            raise FileNotFoundError(f"{folder} is no T2M evaluator: it lacks {'; '.join(missing)}")
        mean, std = (_statistics(meta / name, layout) for name in ("mean.npy", "std.npy"))
        if (std <= 0).any():
            raise ValueError(f"{meta / 'std.npy'} must be positive")
        found = _load(folder / WEIGHTS)
        movement, motion, text = (
            T2MMovementEncoder(layout.dim),
            T2MMotionEncoder(),
            T2MTextEncoder(),
        )
        networks = {"movement_encoder": movement, "motion_encoder": motion, "text_encoder": text}
        for name, network in networks.items():
            _fill(network, found.get(name), f"{folder / WEIGHTS}: {name}")
            freeze(network)
        return cls(movement, motion, text, WordVectors.open(glove), mean, std)

    @torch.inference_mode()
    def embed_motion(self, features: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors ``[B 512]`` of raw features, each ``[T D]``, cut to whole movements of 4 frames, at most 196.

        Raises:
            ValueError: a clip of less than 4 frames.
        """
        counts = np.array([min(len(array), _MAX_FRAMES) // UNIT for array in features])
        if counts.min() < 1:
            raise ValueError(f"the T2M evaluator needs clips of at least {UNIT} frames")
        padded = np.zeros((len(features), _MAX_FRAMES, len(self.mean)), np.float32)
        for row, (array, count) in enumerate(zip(features, counts, strict=True)):
            padded[row, : count * UNIT] = (array[: count * UNIT] - self.mean) / self.std
        return self.motion(
            self.movement(torch.from_numpy(padded)), torch.from_numpy(counts)
        ).numpy()

    @torch.inference_mode()
    def embed_text(self, captions: Sequence[str]) -> np.ndarray:
        """Vectors ``[B 512]`` of captions as ``word/TAG`` tokens."""
        words, tags, counts = zip(*(self.words.encode(tokens) for tokens in captions), strict=True)
        rows = torch.from_numpy(np.stack(words)), torch.from_numpy(np.stack(tags))
        return self.text.embed(*rows, torch.tensor(counts)).numpy()


def check_tokens(windows: Sequence[Window], split: str) -> None:
    """Raise ValueError unless there are windows, and the first caption of each has its tokens."""
    if not windows:
        raise ValueError(
            f"the {split} split has no clip of the length that the T2M evaluator's protocol asks for"
        )
    bare = [window for window in windows if not window.tokens or not window.tokens[0]]
    if bare:
        raise ValueError(
            f"{len(bare)} of {len(windows)} captions of the {split} split have no word/TAG tokens, first "
            f"{bare[0].captions[0]!r:.60} of {bare[0].clip.id}; the T2M evaluator needs texts of HumanML3D's form "
            "caption#word/TAG word/TAG#from#to (then prepare the store again)"
        )


def _statistics(path: Path, layout: FeatureLayout) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}; the T2M evaluator needs mean.npy and std.npy")
    array = read_array(path)
    if array.shape != (layout.dim,) or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(
            f"{path} must hold {layout.dim} finite numbers ({layout.name}), got {list(array.shape)}"
        )
    return array.astype(np.float32)


def _load(path: Path) -> dict[str, Any]:
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except _READ_ERRORS as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        words = f"{path} is damaged or holds something else than tensors; nothing of it was run: {reason:.150}"
        raise ValueError(words) from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} must hold a dict of state dicts, got {type(found).__name__}")
    return found


def _fill(network: nn.Module, state: Any, where: str) -> None:
    """Load weights that must fit exactly."""
    if not isinstance(state, dict) or not all(
        isinstance(value, Tensor) for value in state.values()
    ):
        raise ValueError(f"{where} is missing or no state dict")
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in state.items()}
    if expected != given:
        differing = sorted(str(name) for name, _ in expected.items() ^ given.items())
        first = differing[0]
        raise ValueError(
            f"{where} does not fit: {len(set(differing))} tensors differ, first {first:.60} "
            f"({given.get(first, 'missing')}, expected {expected.get(first, 'none')})"
        )
    if not all(torch.isfinite(value).all() for value in state.values()):
        raise ValueError(f"{where} holds numbers that are not finite; the file is damaged")
    network.load_state_dict({name: value.float() for name, value in state.items()})
