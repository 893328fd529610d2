"""The table of what a model has learned, in words, from the clips that it learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np

from motionlcm.data.captions import mirror_caption
from motionlcm.data.dataset import class_name
from motionlcm.data.sayings import sayings_for
from motionlcm.data.store import Window
from motionlcm.generation.content import content_vectors, stems
from motionlcm.models.known import KnownCaptions, Phrases, unit
from motionlcm.models.minilm import MINILM

MOST = 600  #: captions that are kept
SENTENCE_WIDTH, WORD_WIDTH = 48, 24  #: numbers of a vector
_BATCH = 32  #: captions encoded at once

#: Texts to vectors ``[B S E]``, the sentence's first, then the tokens'.
Encode = Callable[[list[str]], np.ndarray]


def known_captions(
    windows: Sequence[Window], encode: Encode, encoder: str, *, hears_sayings: bool = False
) -> KnownCaptions:
    """Tabulate captions of all classes of training clips, the frequent and short ones first.

    Captions of mirrored clips count, too.

    Args:
        windows: the training clips.
        encode: the text encoder of the model.
        encoder: its name; of others than MiniLM only sentences are compared, not words.
        hears_sayings: whether the student heard what people say for the captions (``paraphrases``),
            so that it knows these words, too.
    """
    classes: dict[tuple[str, str], Counter[str]] = {}
    for window in windows:
        captions = classes.setdefault(class_name(window), Counter())
        captions.update({*window.captions, *map(mirror_caption, window.captions)})

    chosen: dict[str, int] = {}  # caption -> number of its class
    # of equally frequent ones the shorter: a set's order is another in every process
    ranked = [
        sorted(captions, key=lambda text: (-captions[text], len(text), text))
        for captions in classes.values()
    ]
    for rank in zip_longest(*ranked):
        for number, caption in enumerate(rank):
            if caption is not None and len(chosen) < MOST:
                chosen.setdefault(caption, number)

    total: Counter[str] = Counter()
    for captions in classes.values():
        total.update(captions)
    return tabulated(
        list(chosen),
        list(chosen.values()),
        [total[caption] for caption in chosen],
        vocabulary=frozenset(
            stem
            for caption in total
            for wording in (caption, *(sayings_for(caption) if hears_sayings else ()))
            for stem in stems(wording)
        ),
        vectors=encoded(list(chosen), encode, encoder),
    )


def encoded(texts: list[str], encode: Encode, encoder: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Vectors of length one: sentences ``[N E]``, and content words ``[W E]`` of each text."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # little padding
    sentences: list[np.ndarray] = [np.zeros(0)] * len(texts)
    words: list[np.ndarray] = [np.zeros((0, 0))] * len(texts)
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        part = [texts[place] for place in places]
        vectors = encode(part)
        content = content_vectors(part, vectors) if encoder == MINILM else []
        for index, place in enumerate(places):
            sentences[place] = unit(vectors[index, 0])
            words[place] = content[index] if content else np.zeros((0, vectors.shape[-1]))
    return np.stack(sentences), words


def tabulated(
    captions: list[str],
    classes: list[int],
    clips: list[int],
    *,
    vocabulary: frozenset[str],
    vectors: tuple[np.ndarray, list[np.ndarray]],
) -> KnownCaptions:
    """Put captions and their vectors ``[N E]`` and ``[W E]`` in a table with fewer numbers."""
    sentences, words = vectors
    bases = principal(sentences, SENTENCE_WIDTH), principal(np.concatenate(words), WORD_WIDTH)
    return KnownCaptions(
        phrases(captions, sentences, words, bases),
        np.array(classes),
        np.array(clips, np.float32),
        vocabulary,
        *bases,
    )


def phrases(
    texts: Sequence[str],
    sentences: np.ndarray,
    words: list[np.ndarray],
    bases: tuple[np.ndarray, np.ndarray],
) -> Phrases:
    """Texts with vectors ``[N E]`` and ``[W E]`` in the bases of a table."""
    return Phrases(
        tuple(texts),
        unit(sentences @ bases[0]),
        unit(np.concatenate(words) @ bases[1]),
        np.cumsum([len(rows) for rows in words]),
    )


def principal(vectors: np.ndarray, width: int) -> np.ndarray:
    """The directions ``[E P]`` in which vectors ``[N E]`` are long; P is at most ``width``."""
    if not len(vectors):
        return np.zeros((vectors.shape[1], 1))
    values, directions = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    count = min(width, int((values > 1e-6 * values[-1]).sum()))
    return directions[:, ::-1][:, :count]
