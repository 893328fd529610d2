"""Word vectors and parts of speech as the T2M evaluators read them, from the files beside those.

``our_vab_words.pkl`` and ``our_vab_idx.pkl`` are pickles, which may run any code when opened the
usual way. Here only lists, dicts, text and numbers can come out of them: whatever asks for more is
refused, and nothing of it runs.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.array_files import read_array

FILES = ("our_vab_data.npy", "our_vab_words.pkl", "our_vab_idx.pkl")
MAX_WORDS = 20  #: of a caption; the rest is cut off
_LARGEST = 256 << 20  #: bytes of a pickle
_TAGS = ("VERB", "NOUN", "DET", "ADP", "NUM", "AUX", "PRON", "ADJ", "ADV",
         "Loc_VIP", "Body_VIP", "Obj_VIP", "Act_VIP", "Desc_VIP", "OTHER")  # fmt: skip
#: Words that have a tag of their own, whatever part of speech they are.
_SPECIAL = {
    "Act_VIP": (
        "balance bend bring climb dance flap hop jog jump kick kneel lean lift lower pick put "
        "raise rotate rub run shuffle sit spin spread squat stand stop stroll stumble swing throw "
        "turn walk wash"
    ),
    "Body_VIP": "arm chin eye face feet foot hand knee leg mouth shoulder thigh waist",
    "Desc_VIP": "angrily angry careful carefully fast happily happy quickly sad sadly slow slowly",
    "Loc_VIP": (
        "anticlockwise back backward clockwise counterclockwise curve down forward left right "
        "straight up"
    ),
    "Obj_VIP": "ball baseball basketball car chair dumbbell floor handrail stair window",
}
_SPECIAL_TAG = {word: tag for tag, words in _SPECIAL.items() for word in words.split()}
#: What pickle raises on damaged files, besides its own error.
_READ_ERRORS = (
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    OverflowError,
    MemoryError,
)


class _PlainUnpickler(pickle.Unpickler):
    """Containers, text and numbers only: every name that a pickle would look up is refused."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"asks for {module_name}.{global_name}")


def read_plain_pickle(path: str | Path) -> Any:
    """Read a pickle of lists, dicts, text and numbers.

    Raises:
        ValueError: larger than 256 MB, damaged, or it asks for anything else; none of that is run.
    """
    path = Path(path)
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes, expected at most {_LARGEST:,}")

    try:
        with open(path, "rb") as file:
            return _PlainUnpickler(file).load()
    except _READ_ERRORS as error:
        raise ValueError(
            f"{path} is damaged or no pickle of plain words ({error}); nothing of it was run"
        ) from None


@dataclass(frozen=True, eq=False)
class WordVectors:
    """``vectors`` [V 300] and the row of each word."""

    vectors: np.ndarray
    rows: dict[str, int]

    @classmethod
    def open(cls, folder: str | Path) -> WordVectors:
        """Read the three files of a ``glove`` folder.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is damaged, hostile, or does not fit the others.
        """
        data, words, index = (Path(folder) / name for name in FILES)
        for path in (data, words, index):
            if not path.is_file():
                raise FileNotFoundError(
                    f"no file {path}; T2M's glove folder holds {', '.join(FILES)}"
                )

        vectors = read_array(data)
        if vectors.ndim != 2 or vectors.shape[1] != 300 or vectors.dtype.kind != "f":
            raise ValueError(
                f"{data} must hold word vectors [V 300], got {vectors.dtype} {list(vectors.shape)}"
            )

        names = read_plain_pickle(words)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{words} must hold a list of words, got {type(names).__name__}")

        rows = read_plain_pickle(index)
        if not isinstance(rows, dict) or not all(
            type(row) is int and 0 <= row < len(vectors) for row in rows.values()
        ):
            raise ValueError(f"{index} must give each word its row, 0 to {len(vectors) - 1}")

        names = [*names, "unk"]
        missing = [name for name in names if name not in rows]
        if missing:
            raise ValueError(f"{index} lacks {len(missing)} words, first {missing[0]!r:.60}")
        return cls(vectors.astype(np.float32), {name: rows[name] for name in names})

    def encode(self, tokens: str) -> tuple[np.ndarray, np.ndarray, int]:
        """Turn a caption's ``word/TAG`` tokens into what the text encoder takes.

        At most 20 words stand between "sos" and "eos"; "unk" fills up to 22. An unknown word is
        "unk" too, and loses its tag; some words have a special one.

        Returns:
            Word vectors ``[22 300]``, one-hot tags ``[22 15]`` (float32), and how many of the 22
            are real.
        """
        pairs = [token.rpartition("/")[::2] for token in tokens.split()[:MAX_WORDS]]
        pairs = [("sos", "OTHER"), *pairs, ("eos", "OTHER")]
        count = len(pairs)
        pairs += [("unk", "OTHER")] * (MAX_WORDS + 2 - count)

        known = [(word, tag) if word in self.rows else ("unk", "OTHER") for word, tag in pairs]
        tags = [_SPECIAL_TAG.get(word, tag if tag in _TAGS else "OTHER") for word, tag in known]
        vectors = self.vectors[[self.rows[word] for word, _ in known]]
        one_hot = np.eye(len(_TAGS), dtype=np.float32)[[_TAGS.index(tag) for tag in tags]]
        return vectors, one_hot, count
