"""Captions of composed clips by grammar: subject, predicate, adverb, and two actions in one
sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from motionlcm.motion.blending import headings
from motionlcm.motion.measures import Body

SUBJECTS = ("a person", "someone", "a man", "a woman", "the person", "somebody", "he", "she")
_LONGEST = 25  #: words
_COUNTS = {2: ("twice", "two times"), 3: ("three times",), 4: ("four times",), 5: ("five times",)}
_SPEEDS = {
    "slow": ("slowly", "very slowly", "at a slow pace", "in slow motion"),
    "quick": ("quickly", "fast", "very quickly", "at high speed"),
}
_SEQUENCES = (
    "{subject} {first}, then {second}",
    "{subject} {first} and then {second}",
    "{subject} {first} and {second}",
    "{subject} {first} and {second} afterwards",
    "{subject} {first}, and after that {second}",
    "after {firsting}, {subject} {second}",
    "{subject} {first} before {seconding}",
    "first {subject} {first}, then {second}",
)
#: For two actions that belong together; the last one where somebody comes to do something.
_PAIRS = (
    "{subject} {first} and {second}",
    "{subject} {first} and {second}",
    "{subject} {first} and then {second}",
    "{subject} {first}, then {second}",
)
_HALTING = "{subject} {first}, stops and {second}"
_WHILES = (
    "{subject} {arms} while {legsing}",
    "{subject} {legs} while {armsing}",
    "while {legsing}, {subject} {arms}",
    "{subject} {legs} and {arms} at the same time",
)
_IRREGULAR = {"lies": "lying", "does": "doing", "goes": "going", "has": "having", "is": "being"}
_DOUBLED = re.compile(r"^(?:[^aeiou]*[aeiou][bdgmnprt]|squat|sidestep)$")  # clap: clapping
_FINITE = re.compile(r"^[a-z]+s$")
_OPENING = re.compile(
    r"^(?:(?:after|while) [^,]+, |first )?(?:"
    + "|".join(SUBJECTS)
    + r") (?:slowly |quickly )?(\S+)"
)


def gerund(phrase: str) -> str:
    """A predicate's -ing form, with that of a second verb behind "and": walks and stops -> walking
    and stopping."""
    words = phrase.split()
    for index, word in enumerate(words):
        starts = index == 0 or words[index - 1] == "and" or words[index - 1].endswith(",")
        verb = word.rstrip(",")
        if starts and _FINITE.match(verb):
            words[index] = _gerund_of_verb(verb) + word[len(verb) :]
    return " ".join(words)


def _gerund_of_verb(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if len(verb) > 4 and verb.endswith("ies"):
        return verb[:-3] + "ying"  # hurries: hurrying
    base = verb[:-2] if re.search(r"(?:sh|ch|ss|x|zz)es$", verb) else verb.removesuffix("s")
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        return base[:-1] + "ing"
    return base + (base[-1] if _DOUBLED.match(base) else "") + "ing"


def is_sentence(text: str) -> bool:
    """Whether a caption has a subject and a finite verb, no word twice in a row, and at most 25
    words."""
    words = re.findall(r"[\w'-]+", text.lower())
    opening = _OPENING.match(text.strip().lower())
    has_verb = opening is not None and bool(_FINITE.match(opening[1].rstrip(",.")))
    is_doubled = any(word == after for word, after in zip(words, words[1:], strict=False))
    return has_verb and not is_doubled and len(words) <= _LONGEST


def sequence_captions(
    first: tuple[str, ...], second: tuple[str, ...], rng: np.random.Generator, count: int = 4
) -> tuple[str, ...]:
    """Sentences that say two predicates in order."""

    def draw() -> str:
        a, b = _pick(first, rng), _pick(second, rng)
        form = _SEQUENCES[rng.integers(len(_SEQUENCES))]
        if "afterwards" in form and " and " in a + b:
            form = _SEQUENCES[0]
        return form.format(
            subject=_pick(SUBJECTS, rng), first=a, second=b, firsting=gerund(a), seconding=gerund(b)
        )

    return _several(draw, count)


def pair_captions(
    first: tuple[str, ...],
    second: tuple[str, ...],
    rng: np.random.Generator,
    *,
    halts: bool = False,
    count: int = 5,
) -> tuple[str, ...]:
    """Sentences that name two predicates in one breath, in order.

    Args:
        first, second: predicates.
        rng: source of chance.
        halts: whether one may say that somebody stops in between.
        count: how many at most.
    """
    forms = (*_PAIRS, _HALTING) if halts else _PAIRS

    def draw() -> str:
        a, b = _pick(first, rng), _pick(second, rng)
        form = _PAIRS[-1] if " and " in a else _pick(forms, rng)
        return form.format(subject=_pick(SUBJECTS, rng), first=a, second=b)

    return _several(draw, count)


def while_captions(
    legs: tuple[str, ...], arms: tuple[str, ...], rng: np.random.Generator, count: int = 4
) -> tuple[str, ...]:
    """Sentences that say two predicates at a time."""

    def draw() -> str:
        a, b = _pick(legs, rng), _pick(arms, rng)
        return _pick(_WHILES, rng).format(
            subject=_pick(SUBJECTS, rng), legs=a, arms=b, legsing=gerund(a), armsing=gerund(b)
        )

    return _several(draw, count)


def speed_captions(
    phrases: tuple[str, ...], speed: str, rng: np.random.Generator, count: int = 4
) -> tuple[str, ...]:
    """Sentences with an adverb of speed, "slow" or "quick", behind the predicate or before the
    verb."""
    adverbs = _SPEEDS[speed]

    def draw() -> str:
        subject, phrase = _pick(SUBJECTS, rng), _pick(phrases, rng)
        if rng.random() < 0.3 or len(phrase.split()) > 5:
            return f"{subject} {adverbs[0]} {phrase}"
        return f"{subject} {phrase} {_pick(adverbs, rng)}"

    return _several(draw, count)


def counted_captions(
    phrases: tuple[str, ...], times: int, rng: np.random.Generator, count: int = 4
) -> tuple[str, ...]:
    """Sentences with a number of repetitions."""
    words = (*_COUNTS[times], f"{times} times")

    def draw() -> str:
        number = _pick(words, rng)
        tail = " in a row" if rng.random() < 0.25 else ""
        return f"{_pick(SUBJECTS, rng)} {_pick(phrases, rng)} {number}{tail}"

    return _several(draw, count)


def plain_captions(
    phrases: tuple[str, ...], rng: np.random.Generator, count: int = 4
) -> tuple[str, ...]:
    """Sentences of a subject and a predicate."""
    return _several(lambda: f"{_pick(SUBJECTS, rng)} {_pick(phrases, rng)}", count)


def measured_words(positions: np.ndarray, traits: frozenset[str]) -> tuple[str, ...]:
    """Adverbs that hold for a clip, measured on it: its distance and speed where it goes, its turn
    where it turns.

    Args:
        positions: ``[T 22 3]`` metres, 20 fps, the floor at 0.
        traits: those of its action.
    """
    if "go" not in traits:
        return ()
    body, words = Body(positions), []
    away = float(np.linalg.norm((positions[-1, 0] - positions[0, 0])[[0, 2]]))
    metres = round(away)
    if 2 <= metres <= 8:
        number = ("two", "three", "four", "five", "six", "seven", "eight")[metres - 2]
        words.append(f"for about {number} meters")

    turned = float(np.degrees(headings(positions)[-1] - headings(positions)[0]))
    if 30 < abs(turned) < 150:
        words.append(f"in a curve to the {'left' if turned > 0 else 'right'}")
    elif abs(turned) < 10 and away > 1.5:
        words.append("in a straight line")
    if "straight" in traits and away > 1 and body.num_steps >= 2:
        speed = away / (len(positions) / 20.0)
        words += ["slowly"] if speed < 0.7 else ["quickly"] if 1.7 < speed < 2.2 else []
    return tuple(words)


def _pick(options: tuple[str, ...], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _several(draw: Callable[[], str], count: int) -> tuple[str, ...]:
    """Up to ``count`` different sentences out of some draws."""
    texts = dict.fromkeys(text for text in (draw() for _ in range(3 * count)) if is_sentence(text))
    return tuple(texts)[:count]
