"""What of a prompt the text encoder cannot read: other languages, signs, and what is cut off."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from motionlcm.generation.content import minilm_tokenizer, stems
from motionlcm.generation.spelling import guess, is_english
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


def prompt_notes(prompts: Sequence[str], *, vocabulary: Collection[str] = ()) -> list[str]:
    """Say what MiniLM will not understand: one line for each prompt that has such a thing.

    It reads English. A sign that it does not have and a word in another script say nothing to it;
    a word that it lacks is broken into pieces. That is harmless where the word is English, or one
    that the model's captions have ("breakdances"); else it is made up or misspelt, and the sign of
    another language where half of the words are such. Of a long prompt it reads the first
    ``MAX_TOKENS`` tokens one by one; later ones count in the mean only.

    Args:
        prompts: one or more.
        vocabulary: stems of the words that the model's captions have.
    """
    notes = []
    for prompt in prompts:
        note = _note_of_words(prompt, frozenset(vocabulary))
        if note is not None:
            notes.append(note)
        read = _words_read(prompt)
        if read is not None:
            notes.append(
                f"only the first {read} words were read one by one; split the prompt "
                f"that begins with {prompt[:30]!r}"
            )
    return notes


def _note_of_words(prompt: str, vocabulary: frozenset[str]) -> str | None:
    """What to tell of words that say nothing to the encoder, or None."""
    words = list(dict.fromkeys(_WORD.findall(prompt)))
    unreadable = [word for word in words if _is_foreign(word)]
    strange = [w for w in words if w in unreadable or w.lower() in _OTHER_LANGUAGES]
    made_up = {
        word: parts
        for word in words
        if word not in strange and (parts := _made_up_parts(word, vocabulary))
    }
    if not strange and not made_up:
        return None

    if strange or len(made_up) >= _BROKEN * (len(words) - len(unreadable)):
        named = [_bare(word) for word in words if word in strange or word in made_up]
        return f"not understood: {', '.join(named)}; write English"

    parts = [part for found in made_up.values() for part in found]
    return f"not understood: {', '.join(_with_guess(part, vocabulary) for part in parts)}"


def _is_foreign(word: str) -> bool:
    """Tell whether a word has a letter that is not Latin, or a sign that has no token."""
    letters = [sign for sign in word if sign.isalpha()]
    if any(not unicodedata.name(letter, "").startswith("LATIN") for letter in letters):
        return True
    return _UNKNOWN in minilm_tokenizer().encode(word, add_special_tokens=False).tokens


def _made_up_parts(word: str, vocabulary: frozenset[str]) -> list[str]:
    """The parts of "flurbles-walks" that are no words to the encoder, the captions or English."""
    encoding = minilm_tokenizer().encode(word, add_special_tokens=False)
    counts = Counter(number for number in encoding.word_ids if number is not None)
    spans = [encoding.word_to_chars(number) for number, count in counts.items() if count > 1]

    parts = [word[span[0] : span[1]] for span in spans if span is not None]
    return [
        part
        for part in parts
        if part.isalpha()  # neither a number nor "3d"
        and not _is_in_captions(part, vocabulary)
        and not is_english(_plain_letters(part), lambda half: _is_common(half, vocabulary))
    ]


def _with_guess(word: str, vocabulary: frozenset[str]) -> str:
    """A word that is none, with the word that may have been meant: one of the captions' first."""
    meant = guess(
        _plain_letters(word),
        lambda other: _is_in_captions(other, vocabulary),
        lambda other: _is_common(other, vocabulary),
    )
    return f'{word} (did you mean "{meant}"?)' if meant else word


def _is_in_captions(word: str, vocabulary: frozenset[str]) -> bool:
    return bool(vocabulary.intersection(stems(_plain_letters(word))))


def _is_common(word: str, vocabulary: frozenset[str]) -> bool:
    """Tell whether a word is one of the captions', or whole to the encoder."""
    is_whole = minilm_tokenizer().token_to_id(word) is not None
    return is_whole or _is_in_captions(word, vocabulary)


def _plain_letters(word: str) -> str:
    """Lower case without accents, as the encoder reads a word."""
    signs = unicodedata.normalize("NFD", word.lower())
    return "".join(sign for sign in signs if unicodedata.category(sign) != "Mn")


def _bare(word: str) -> str:
    return word.strip(_PUNCTUATION) or word


def _words_read(prompt: str) -> int | None:
    """Count the words within the tokens that are read one by one; None: all of them are."""
    encoding = minilm_tokenizer().encode(prompt, add_special_tokens=False)
    if len(encoding.ids) <= MAX_TOKENS - _SPECIAL:
        return None
    end = encoding.offsets[MAX_TOKENS - _SPECIAL - 1][1]
    return len(_WORD.findall(prompt[:end]))
