"""What a model has learned, in words: captions of its clips, and prompts whose motion was tested.

``known.safetensors`` of a model folder. Its texts are kept beside their vectors, these with fewer
numbers than the text encoder's (a basis goes with them) and one byte a number. Imports no torch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.atomic_files import replaced
from motionlcm.damage import reason, shown
from motionlcm.models.asked import AskedActions
from motionlcm.models.stored_weights import packed, read_weights

KNOWN = "known.safetensors"

_TINY = 1e-9
_LARGEST = 127  #: what the number 1 is stored as
#: What reading a damaged file raises.
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError)
_BASES = ("sentence_basis", "word_basis")


@dataclass(frozen=True, eq=False)
class Phrases:
    """Texts as vectors of length one.

    Attributes:
        texts: N of them.
        sentences: ``[N P]``.
        words: ``[M K]``, the vectors of all texts' content words, one text after the other.
        ends: ``[N]`` where in ``words`` each text's end.
    """

    texts: tuple[str, ...]
    sentences: np.ndarray
    words: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where in ``words`` those of each text begin, ``[N]``."""
        return np.concatenate([[0], self.ends[:-1]]).astype(int)

    def likeness(self, sentence: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compare a prompt with each text.

        Args:
            sentence: ``[P]``.
            words: ``[W K]`` of its content words.
        Returns:
            Cosine of the sentences ``[N]``; and agreement of the words ``[N]``: the harmonic mean
            of how well the prompt's are found in the text's, and the text's in the prompt's.
        """
        cosine = self.sentences @ sentence
        if not len(words) or not len(self.words):
            return cosine, np.zeros(len(self))

        pairs = words @ self.words.T  # [W M]
        counts = np.maximum(1, self.ends - self.starts)
        starts = np.minimum(self.starts, len(self.words) - 1)
        found = np.maximum.reduceat(pairs, starts, axis=1).mean(0)  # [N]
        covered = np.add.reduceat(pairs.max(0), starts) / counts

        both = np.maximum(_TINY, found) * np.maximum(_TINY, covered)
        agreement = 2 * both / (np.maximum(_TINY, found) + np.maximum(_TINY, covered))
        return cosine, np.where(self.ends > self.starts, agreement, 0.0)


@dataclass(frozen=True)
class Judge:
    """A logistic function of some figures of a prompt: how likely its motion passes a test.

    Attributes:
        mean, deviation: of each figure.
        weights: of each figure.
        bias: added to their sum.
        threshold: of the likelihood, under which a prompt is said to be unfamiliar.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float

    def likelihood(self, figures: np.ndarray) -> np.ndarray:
        """Likelihoods ``[...]`` of figures ``[... F]``."""
        normal = (figures - np.array(self.mean)) / np.array(self.deviation)
        return 1 / (1 + np.exp(-(normal @ np.array(self.weights) + self.bias)))

    @classmethod
    def of(cls, values: dict[str, Any]) -> Judge:
        """Read what a file says; ValueError where it is none."""
        if set(values) != {item.name for item in fields(cls)}:
            raise ValueError(f"the judge has {shown(sorted(values))}")
        mean, deviation, weights = (
            tuple(map(float, values[name])) for name in ("mean", "deviation", "weights")
        )
        judge = cls(mean, deviation, weights, float(values["bias"]), float(values["threshold"]))

        numbers = [*mean, *deviation, *weights, judge.bias, judge.threshold]
        fits = len(mean) == len(deviation) == len(weights)
        if not fits or not np.isfinite(numbers).all() or 0 in deviation:
            raise ValueError("the judge's numbers do not fit")
        return judge


@dataclass(frozen=True, eq=False)
class KnownCaptions:
    """Captions of a model's training clips, and how prompts fared that were tested.

    Attributes:
        captions: some of each class of clips.
        classes: ``[N]`` number of each caption's class.
        clips: ``[N]`` clips that have the caption.
        vocabulary: stems of the content words of all captions, of those left out, too.
        sentence_basis: ``[E P]``, from the text encoder's vectors to those here.
        word_basis: ``[E K]``, likewise.
        measured: prompts whose motion was tested; None before calibration.
        shares: ``[Q]`` shares of their motions that passed.
        judge: what makes one figure of all that; None before calibration.
        asked: which action a prompt asks for, so that its motion can be looked at; None where
            nobody can tell.
    """

    captions: Phrases
    classes: np.ndarray
    clips: np.ndarray
    vocabulary: frozenset[str]
    sentence_basis: np.ndarray
    word_basis: np.ndarray
    measured: Phrases | None = None
    shares: np.ndarray | None = None
    judge: Judge | None = None
    asked: AskedActions | None = None

    def projected(self, sentence: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bring a text encoder's vectors ``[E]`` and ``[W E]`` to those of this table.

        The words' are of length one again; the sentence's is shorter by what the captions lack.
        """
        reduced = words @ self.word_basis
        return sentence @ self.sentence_basis, unit(reduced)

    @classmethod
    def read(cls, path: Path) -> KnownCaptions:
        """Read the file.

        Raises:
            ValueError: it is damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                texts = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
            tables = dict(read_weights(path))
            return cls._of(texts, tables)
        except (
            SafetensorError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
            RecursionError,
            OverflowError,
        ) as error:
            words = str(error) if str(error).startswith(str(path)) else ""
            raise ValueError(words or f"{path} is damaged: {reason(error)}") from error

    @classmethod
    def _of(cls, texts: dict[str, Any], tables: dict[str, np.ndarray]) -> KnownCaptions:
        captions = _phrases("captions", texts, tables)
        classes, clips = tables["classes"].astype(int), tables["clips"]
        if classes.shape != (len(captions),) or clips.shape != classes.shape:
            raise ValueError("captions, classes and clips do not fit")
        if (classes < 0).any() or (clips <= 0).any():
            raise ValueError("classes must be 0 or more, clips above 0")

        bases = tables["sentence_basis"], tables["word_basis"]
        widths = (captions.sentences.shape[1], captions.words.shape[1])
        if any(basis.ndim != 2 or basis.shape[1] != width for basis, width in zip(bases, widths)):
            raise ValueError("the bases do not fit the captions")
        words = [word for word in texts["vocabulary"] if isinstance(word, str)]
        known = cls(captions, classes, clips, frozenset(words), *bases)
        if "judge" not in texts:
            return known

        measured, shares = _phrases("measured", texts, tables), tables["shares"]
        fits = (measured.sentences.shape[1], measured.words.shape[1]) == widths
        if shares.shape != (len(measured),) or not fits:
            raise ValueError("measured and shares do not fit")
        asked = None
        if "asked" in texts:
            asked = AskedActions.of(texts["asked"], tables, len(known.sentence_basis))
        judge = Judge.of(texts["judge"])
        return replace(known, measured=measured, shares=shares, judge=judge, asked=asked)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        from safetensors.numpy import save_file

        texts: dict[str, Any] = {
            "captions": self.captions.texts,
            "vocabulary": sorted(self.vocabulary),
        }
        tables = _tables("captions", self.captions)
        tables |= {"classes": self.classes.astype(np.int32), "clips": self.clips}
        tables |= packed({name: getattr(self, name) for name in _BASES}, np.int8)
        if self.measured is not None and self.shares is not None and self.judge is not None:
            texts |= {"measured": self.measured.texts, "judge": vars(self.judge)}
            tables |= _tables("measured", self.measured) | {"shares": self.shares}
        if self.asked is not None:
            texts["asked"] = self.asked.names
            tables |= self.asked.tables()

        metadata = {key: json.dumps(value) for key, value in texts.items()}
        plain = {
            name: np.ascontiguousarray(
                value.astype(np.float32) if value.dtype == np.float64 else value
            )
            for name, value in tables.items()
        }
        with replaced(path) as part:
            save_file(plain, part, metadata)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors ``[... K]`` of length one; those of length nought stay."""
    return vectors / np.maximum(_TINY, np.linalg.norm(vectors, axis=-1, keepdims=True))


def _tables(name: str, phrases: Phrases) -> dict[str, np.ndarray]:
    vectors = {f"{name}_sentences": phrases.sentences, f"{name}_words": phrases.words}
    small = {key: np.rint(_LARGEST * value).astype(np.int8) for key, value in vectors.items()}
    return small | {f"{name}_ends": phrases.ends.astype(np.int32)}


def _phrases(name: str, texts: dict[str, Any], tables: dict[str, np.ndarray]) -> Phrases:
    """Phrases of a file; ValueError where its tables do not fit."""
    sentences, words = (tables[f"{name}_{kind}"] / _LARGEST for kind in ("sentences", "words"))
    ends = tables[f"{name}_ends"].astype(int)
    lines = texts[name]
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError(f"{name} must be a list of texts")

    is_whole = sentences.ndim == words.ndim == 2 and len(sentences) == len(lines) > 0
    if not is_whole or ends.shape != (len(lines),) or ends[-1] != len(words):
        raise ValueError(f"texts, sentences and words of {name} do not fit")
    if (np.diff(ends, prepend=0) < 0).any():
        raise ValueError(f"{name}_ends must not fall")
    return Phrases(tuple(lines), sentences, words, ends)
