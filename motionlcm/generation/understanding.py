"""What of a prompt the text encoder cannot read: other languages, signs, and what is cut off."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from motionlcm.generation.content import minilm_tokenizer
from motionlcm.models.minilm import MAX_TOKENS

_WORD = re.compile(r"\S+")
_PUNCTUATION = ".,;:!?()\"'"
_UNKNOWN = "[UNK]"
_BROKEN = 0.5  # share of broken words from which a prompt is taken for another language's
_SPECIAL = 1  # tokens that the encoder puts before a caption

#: Articles and small words of other languages; none is in the 10,219 captions of our clips.
_OTHER_LANGUAGES = frozenset(
    "ein eine einen einem einer der und mit una une un el los las les des het een uma um il gli "
    "y et avec och på la le che elle ils nous dans pour sur sich sie ist nicht nach auf con hacia "
    "sobre para com naar voor att".split()
)


def prompt_notes(prompts: Sequence[str]) -> list[str]:
    """Say what MiniLM will not understand: one line for each prompt that has such a thing.

    It reads English. A sign that it does not have and a word in another script say nothing to it;
    a word that it lacks is broken into pieces, which is harmless now and then ("breakdances") and
    the sign of another language where half of the words are. Of a long prompt it reads the first
    ``MAX_TOKENS`` tokens one by one; later ones count in the mean only.
    """
    notes = []
    for prompt in prompts:
        strange = _strange_words(prompt)
        if strange:
            named = ", ".join(word.strip(_PUNCTUATION) or word for word in strange)
            notes.append(f"not understood: {named}; write English")
        read = _words_read(prompt)
        if read is not None:
            notes.append(
                f"only the first {read} words were read one by one; split the prompt "
                f"that begins with {prompt[:30]!r}"
            )
    return notes


def _strange_words(prompt: str) -> list[str]:
    """Words of a prompt that say nothing to the encoder."""
    words = _WORD.findall(prompt)
    strange = [word for word in words if _is_foreign(word)]
    others = [word for word in words if word not in strange]

    broken = [word for word in others if _is_broken(word)]
    if broken and len(broken) >= _BROKEN * len(others):
        strange += broken
    strange += [w for w in others if w.lower() in _OTHER_LANGUAGES and w not in strange]
    return [word for word in dict.fromkeys(words) if word in strange]


def _is_foreign(word: str) -> bool:
    """Tell whether a word has a letter that is not Latin, or a sign that has no token."""
    letters = [sign for sign in word if sign.isalpha()]
    if any(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters):
        return True
    return _UNKNOWN in minilm_tokenizer().encode(word, add_special_tokens=False).tokens


def _is_broken(word: str) -> bool:
    """Tell whether the encoder lacks a word and reads pieces of it."""
    ids = minilm_tokenizer().encode(word, add_special_tokens=False).word_ids
    return any(count > 1 for count in Counter(ids).values())


def _words_read(prompt: str) -> int | None:
    """Count the words within the tokens that are read one by one; None: all of them are."""
    encoding = minilm_tokenizer().encode(prompt, add_special_tokens=False)
    if len(encoding.ids) <= MAX_TOKENS - _SPECIAL:
        return None
    end = encoding.offsets[MAX_TOKENS - _SPECIAL - 1][1]
    return len(_WORD.findall(prompt[:end]))
