"""English spelling: whether a word is one, and the known word that it may be a misprint of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from motionlcm.integrity import check_installed

if TYPE_CHECKING:
    from spellchecker import SpellChecker

#: Names of movements and of what they are done with that the dictionary lacks.
_MOVEMENTS = frozenset(
    "backflip burpee capoeira chinup facepalm gangnam jazzercise katana krump nunchuck plie "
    "releve shuriken sissonne twerk wushu".split()
)
_LONGEST = 24  #: letters of a word that is looked up; the work grows with them
_HALVES = 3, 4  #: letters that the halves of "moonwalk" have at least
_SHORTEST_GUESS = 4  #: letters of a word that another one is guessed for
_ENDINGS = "s", "ing"
_SHORTEST_FORM = 5  #: letters of a word that an ending is taken from


def is_english(word: str, is_common: Callable[[str], bool]) -> bool:
    """Whether a word is in the dictionary, or composed of two common words that are.

    Args:
        word: lower-case letters.
        is_common: whether a word is one that the model's captions or its text encoder have.
    """
    if len(word) > _LONGEST:
        return False
    if _is_listed(word):
        return True

    first, second = _HALVES
    halves = ((word[:cut], word[cut:]) for cut in range(first, len(word) - second + 1))
    return any(
        all(_is_listed(half) and any(map(is_common, _forms(half))) for half in both)
        for both in halves
    )


def guess(word: str, *is_common: Callable[[str], bool]) -> str | None:
    """The most frequent common word that is one letter off, two swapped included; None for none.

    Args:
        word: lower-case letters, not English.
        is_common: whether a word is common, by several standards: the first one that any word
            meets counts.
    """
    if not _SHORTEST_GUESS <= len(word) <= _LONGEST:
        return None

    near = sorted(filter(str.isalpha, _dictionary().candidates(word) or ()))
    for standard in is_common:
        chosen = [other for other in near if standard(other)]
        if chosen:
            return max(chosen, key=_dictionary().word_usage_frequency)
    return None


def _is_listed(word: str) -> bool:
    forms = _forms(word)
    return not _MOVEMENTS.isdisjoint(forms) or any(form in _dictionary() for form in forms)


def _forms(word: str) -> list[str]:
    """A word as it is and without its ending: "frisbees" -> "frisbees", "frisbee"."""
    stripped = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending)]
    return [word, *(form for form in stripped if len(form) >= _SHORTEST_FORM and form[-1] != "s")]


@cache
def _dictionary() -> SpellChecker:
    """English words with their frequencies: 0.3 s, so only for prompts that need them.

    Raises:
        ValueError: their file is not what was installed.
    """
    from spellchecker import SpellChecker

    check_installed("pyspellchecker", "en.json.gz")
    return SpellChecker(language="en", distance=1)
