"""The content words of a prompt: who does it is left out, what is done and how is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from tokenizers import Tokenizer

from motionlcm.models.known import unit
from motionlcm.models.minilm import MAX_TOKENS, minilm_folder

#: Words that say nothing of a motion: articles, pronouns, people, "is" and "and".
EMPTY = frozenset(
    "a an the and to of is are be while as if so that it its his her their your my he she they "
    "someone somebody person people individual figure man woman boy girl kid child".split()
)
#: Further ones that no stem is looked up of: they stand in nearly every caption.
_SMALL = frozenset("then on in at with by for from up down this or who".split())
_LETTERS = re.compile(r"[a-z]+")
_ENDINGS = ("ing", "es", "ed", "s", "e")
_SHORTEST = 3  #: letters of a stem


def stems(text: str) -> list[str]:
    """Stems of the words of a text that say something: "walks", "walking" -> "walk"."""
    words = _LETTERS.findall(text.lower())
    return [_stem(word) for word in words if word not in EMPTY and word not in _SMALL]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _SHORTEST and word[-1] == word[-2] else word


def content_vectors(prompts: Sequence[str], text: np.ndarray) -> list[np.ndarray]:
    """Pick the vectors of content words from what MiniLM gives for prompts.

    Args:
        prompts: one or more.
        text: ``[B S E]``: the sentence's vector, then one a token.
    Returns:
        ``[W E]`` of length one for each prompt; of one without content words all of its tokens.
    """
    chosen = []
    for prompt, rows in zip(prompts, text, strict=True):
        tokens = minilm_tokenizer().encode(prompt).tokens[: min(MAX_TOKENS, len(rows) - 1)]
        places = [place for place, token in enumerate(tokens) if _says_something(token)]
        chosen.append(unit(rows[1:][places or range(len(tokens))]))
    return chosen


def _says_something(token: str) -> bool:
    is_mark = token.startswith("[") or token in (".", ",")
    return not is_mark and token not in EMPTY


@cache
def minilm_tokenizer() -> Tokenizer:
    """MiniLM's tokeniser, which neither cuts a text nor fills it up."""
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
