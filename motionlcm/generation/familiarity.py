"""How near a prompt is to what a model has learned, and the caption that is nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motionlcm.generation.content import content_vectors, stems
from motionlcm.generation.looking import NOTHING_SEEN, Look
from motionlcm.models.known import KNOWN, KnownCaptions, Phrases, unit
from motionlcm.models.statistics import Statistics

#: What a ``Judge`` looks at, in this order.
FIGURES = (
    "cosine of the nearest caption",
    "agreement of its words",
    "spread over classes",
    "clips nearby",
    "share of unknown words",
    "content words",
    "share passed by prompts nearby",
    "prompts nearby that were tested",
    "what is seen on the motion",
)
FAR = 0.5  #: cosine under which a prompt is unfamiliar to a model without a judge
NEAR = 0.75  #: mean of cosine and words from which a prompt is near a caption
#: Likewise, under which it is so strange that a judge, who has only seen prompts like captions,
#: cannot tell.
STRANGE = 0.55
STRANGE_WORD = 0.65  #: likewise of a prompt with a word that was never heard
_STRANGE_SCORE = 0.2  #: more than the familiarity of such a prompt
_SHARPNESS = 30  #: of the weight of a caption by its cosine
_EVIDENCE = 20  #: likewise of a tested prompt, by the mean of cosine and words
_UNTESTED = 0.35  #: share that is assumed where nothing nearby was tested ...
_FAR_AWAY = 0.35  #: ... and how near a prompt must be to say more than that
CLEARLY = 0.5  #: how surely motions must show what was asked for, or not, to be said so
_LONGEST = 60  #: characters of a prompt in a note


@dataclass(frozen=True)
class Familiarity:
    """How near one prompt is to what was learned.

    Attributes:
        score: 0 to 1. With a judge the likelihood that the motion passes a test of what was asked
            for, or the mean of several motions'; without one the cosine of the nearest caption.
        is_low: whether that is so little that the user is told.
        nearest: the caption nearest to the prompt; None where the model keeps none.
        is_far: whether even that caption says something else.
        knows_words: whether captions have all words of the prompt, if not together.
        is_missed: whether what was made was looked at and mostly does not show it.
    """

    score: float
    is_low: bool
    nearest: str | None = None
    is_far: bool = True
    knows_words: bool = False
    is_missed: bool = False

    def note(self, prompt: str) -> str | None:
        """What to tell of the prompt, or None."""
        if not self.is_low:
            return None

        words = " ".join(prompt.split())
        words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
        caption = (self.nearest or "").rstrip(".")
        is_another = caption.lower() != words.lower().rstrip(".")
        nearest = f'; nearest: "{caption}"' if caption and is_another else ""
        if self.is_missed:
            remedy = "another seed or length may show it"
            return f'"{words}" is not seen on what was made; {remedy}{nearest}'
        if self.is_far and self.knows_words:
            return f'the words of "{words}" were learned, but it may not be shown{nearest}'
        if self.is_far:
            return f'nothing like "{words}" was learned{nearest}'
        return f'"{words}" was learned, but the model often fails to show it{nearest}'


def judged_by_lengths(text: np.ndarray, statistics: Statistics) -> list[Familiarity | None]:
    """Judge prompts by the mean captions of classes in a model's table of usual lengths.

    Args:
        text: ``[B S E]`` the text encoder's vectors of B prompts, the sentence's first.
        statistics: of the model.
    Returns:
        One for each prompt; None where the model has no such table.
    """
    vectors = statistics.duration_vectors
    if vectors is None:
        return [None] * len(text)
    cosines = np.clip((unit(text[:, 0]) @ vectors.T).max(1), 0, 1)
    return [Familiarity(float(cosine), bool(cosine < FAR)) for cosine in cosines]


def vectors_of(
    known: KnownCaptions, prompt: str, text: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of a prompt's sentence ``[P]`` and content words ``[W K]``, as a table has them.

    Args:
        known: the table.
        prompt: its words.
        text: ``[S E]`` the text encoder's vectors, the sentence's first.
    Raises:
        ValueError: the table is another text encoder's, or its judge looks at other figures.
    """
    _check_fit(known, text.shape[1])
    words = np.zeros((0, text.shape[1]))
    if len(known.captions.words) and len(text) > 1:  # else no tokens were kept, or given
        (words,) = content_vectors([prompt], text[None])
    return known.projected(unit(text[0]), words)


def likeness(known: KnownCaptions, prompt: str, text: np.ndarray) -> np.ndarray:
    """How near each caption ``[N]`` is to a prompt with the encoder's vectors ``[S E]``."""
    return nearness(known, *known.captions.likeness(*vectors_of(known, prompt, text)))


def nearness(known: KnownCaptions, cosine: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """How near captions ``[N]`` are, by cosine and words; by cosine alone without words."""
    return (cosine + agreement) / 2 if len(known.captions.words) else cosine


def _check_fit(known: KnownCaptions, width: int) -> None:
    """Raise ValueError for a table of another text encoder, or a judge of other figures."""
    if len(known.sentence_basis) != width or len(known.word_basis) != width:
        raise ValueError(
            f"the model's {KNOWN} is of vectors of {len(known.sentence_basis)} numbers, its text "
            f"encoder gives {width}; delete {KNOWN}, or copy the model again"
        )
    count = len(FIGURES) - (known.asked is None)  # then motions cannot be looked at
    if known.judge is not None and len(known.judge.mean) != count:
        raise ValueError(
            f"the judge in the model's {KNOWN} looks at {len(known.judge.mean)} figures, not at "
            f"{count}; calibrate it again, see docs/familiarity.md"
        )


@dataclass(frozen=True)
class Wording:
    """What a prompt's words alone say.

    Attributes:
        figures: all but the last of ``FIGURES``; () for models without a judge.
        cosine: of the nearest caption's sentence.
        likeness: how near the nearest caption is, by cosine and words.
        nearest: that caption.
        knows_words: whether captions have all words of the prompt.
    """

    figures: tuple[float, ...]
    cosine: float
    likeness: float
    nearest: str
    knows_words: bool

    @classmethod
    def of(
        cls, known: KnownCaptions, prompt: str, sentence: np.ndarray, words: np.ndarray
    ) -> Wording:
        """Compare a prompt with its vectors ``[P]`` and ``[W K]`` to what a model knows."""
        cosine, agreement = known.captions.likeness(sentence, words)
        alike = nearness(known, cosine, agreement)
        figures: tuple[float, ...] = ()
        if known.judge is not None:
            assert known.measured is not None and known.shares is not None  # a judge has them
            nearby = weighed_shares(evidence(known.measured, sentence, words), known.shares)
            figures = (*wording_figures(known, prompt, cosine, agreement), *nearby)

        best = int(alike.argmax())
        return cls(
            figures,
            float(cosine.max()),
            float(alike[best]),
            known.captions.texts[best],
            known.vocabulary.issuperset(stems(prompt)),
        )


def judged(known: KnownCaptions, wording: Wording, looks: Sequence[Look] = ()) -> Familiarity:
    """Judge a prompt by its words and by what was seen on its motions, if some were made."""
    near_enough = STRANGE if wording.knows_words else STRANGE_WORD
    shown = float(np.mean([look.shown for look in looks])) if looks else 0.0
    is_strange = wording.likeness < near_enough and shown < CLEARLY
    is_far = wording.likeness < NEAR
    knows_words = wording.knows_words and not is_strange
    if known.judge is None:
        score = float(np.clip(wording.cosine, 0, 1))
        return Familiarity(score, score < FAR, wording.nearest, is_far, knows_words)

    rows = np.array([wording.figures])
    if known.asked is not None:
        seen = [seen_on(look, wording.figures) for look in looks or [NOTHING_SEEN]]
        rows = np.array([(*wording.figures, each) for each in seen])
    score = float(known.judge.likelihood(rows).mean())
    if is_strange:
        most = min(known.judge.threshold, _STRANGE_SCORE)
        score = min(score, most * wording.likeness / near_enough)
    is_missed = shown < -CLEARLY  # whatever the words promise
    if is_missed:
        score = min(score, known.judge.threshold * (1 + shown))
    is_low = score < known.judge.threshold
    return Familiarity(score, is_low, wording.nearest, is_far, knows_words, is_missed)


def seen_on(look: Look, figures: Sequence[float]) -> float | np.ndarray:
    """The last of ``FIGURES``, for a motion of a prompt with those before.

    What was not looked at is expected to fare like tested prompts nearby.
    """
    return look.judged(2 * figures[FIGURES.index("share passed by prompts nearby")] - 1)


def captions_of(known: KnownCaptions, words: str) -> list[int]:
    """Numbers of the captions that have all content words of a text, those of many clips first."""
    wanted = set(stems(words)) or set(words.lower().split())
    having = [
        number
        for number, caption in enumerate(known.captions.texts)
        if wanted <= set(stems(caption)) | set(caption.lower().rstrip(".").split())
    ]
    return sorted(having, key=lambda number: -known.clips[number])


def wording_figures(
    known: KnownCaptions, prompt: str, cosine: np.ndarray, agreement: np.ndarray
) -> tuple[float, ...]:
    """The figures of a prompt that captions give: all but the last three of ``FIGURES``.

    Args:
        known: the captions.
        prompt: its words.
        cosine, agreement: ``[N]``, see ``Phrases.likeness``.
    """
    weights = np.exp(_SHARPNESS * (cosine - 1)) * known.clips
    by_class = np.bincount(known.classes, weights)
    share = by_class / by_class.sum()
    spread = -float((share * np.log(np.maximum(share, 1e-12))).sum())

    content = stems(prompt)
    unknown = sum(stem not in known.vocabulary for stem in content)
    return (
        float(cosine.max()),
        float(agreement.max()),
        spread,
        float(np.log(weights.sum())) / _SHARPNESS,
        unknown / max(1, len(content)),
        float(len(content)),
    )


def evidence(measured: Phrases, sentence: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Weights ``[Q]`` of tested prompts by how near they are: 1 for the prompt itself."""
    cosine, agreement = measured.likeness(sentence, words)
    alike = (cosine + agreement) / 2 if len(measured.words) else cosine
    return np.exp(_EVIDENCE * (alike - 1))


def weighed_shares(weights: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """The weighed mean of shares ``[Q]``, and the logarithm of all weights, scaled."""
    prior = np.exp(_EVIDENCE * (_FAR_AWAY - 1))
    mean = (weights @ shares + prior * _UNTESTED) / (weights.sum() + prior)
    return float(mean), float(np.log(weights.sum() + prior)) / _EVIDENCE
