"""A prompt that tells of one thing after another, split into its parts. Imports no numpy.

"A man walks, then sits down" becomes "A man walks" and "A man sits down": one sentence vector for
two actions in a row tells a model little of their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_THEN = re.compile(
    r"(?:\s*[,;.]\s*|\s+)(?:and\s+|but\s+)?"
    r"(?<!until )(?<!since )(?<!by )(?<!back )(?<!now and )"
    r"(?:then|after\s+(?:that|this|which)|afterwards?|subsequently)\b[\s,]*",
    re.IGNORECASE,
)
#: What follows a "before" or an "after" that joins two actions: a gerund, or who acts.
_ACTION = r"(?:\w+ing\b|(?:he|she|they|it|the\s+\w+)\s+\w+(?:s|ing)\b)"
_BEFORE = re.compile(rf"\s*,?\s+(?:and\s+)?before\s+(?={_ACTION})", re.IGNORECASE)
_AFTER = re.compile(rf"\s*,?\s+(?:and\s+)?after\s+(?={_ACTION})", re.IGNORECASE)
_LEADING = re.compile(rf"(before|after)\s+(?={_ACTION})([^,]+),\s*(.+)", re.IGNORECASE | re.DOTALL)

_FIRST = re.compile(r"^first(?:ly)?\b[\s,]*|[\s,]+first$", re.IGNORECASE)
_EDGE = re.compile(r"^(?:(?:and|then)\b[\s,]*)+|[\s,]+and$", re.IGNORECASE)
_DETERMINER = r"(?:an?|the|this|that|one|some|my|your|his|her|our|their)"
_PRONOUN = r"(?:i|you|he|she|it|we|they|someone|somebody|everyone|everybody|anyone)"
_NO_NOUN = r"(?!(?:who|that|which|with|in|on|at|of|and|is|are|was|has|\w+ly)\b)"
#: Who acts: an article with up to three words, or a pronoun, and then a verb.
_SUBJECT = re.compile(
    rf"((?:{_DETERMINER}(?:\s+{_NO_NOUN}[\w'-]+){{1,3}}?|{_PRONOUN}))"
    r"\s+(?:\w+ly\s+)?((?:is|are|was|were)\s+\w+ing|\w+)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(r"\w*[^\Ws]s$|is\b|are\b|was\b|were\b", re.IGNORECASE)
_HAS_SUBJECT = re.compile(rf"(?:{_DETERMINER}|{_PRONOUN})\b", re.IGNORECASE)
_GERUND = re.compile(r"(?:\w+ly\s+)?\w+ing\b", re.IGNORECASE)
#: The beginning of a part without a verb of its own: "walks forward, then back".
_DIRECTION = re.compile(
    r"(?:back|backwards?|forwards?|left|right|up|down|sideways|again|to|into|towards?|in|on|"
    r"around|over|faster|slower|\w+ly$)\b",
    re.IGNORECASE,
)
#: A stop is nothing that a body can be seen to do by itself.
_STOP = re.compile(
    r"(?:stop|halt|pause|freeze|wait)s?(?:\s+(?:walking|running|moving|still|for\s+an?\s+\w+))?$|"
    r"comes?\s+to\s+a\s+(?:halt|stop|standstill)$",
    re.IGNORECASE,
)


def split_prompt(prompt: str) -> list[str]:
    """Split a prompt at "then", "after that", "before" and "after" into what is done in turn.

    A part that lacks it is told who acts; one that says only where to goes on with the verb before
    it; "stops" becomes "stands still".

    Returns:
        The parts in the order in which they happen; the prompt alone where it tells of one thing.
    """
    plain = " ".join(prompt.split()).strip(" ,;.")
    pieces = [piece for text in _THEN.split(plain) if text for piece in _ordered(text)]
    pieces = [_EDGE.sub("", _FIRST.sub("", piece)).strip(" ,;.") for piece in pieces]
    pieces = [piece for piece in pieces if re.search(r"\w", piece)]
    if len(pieces) < 2:
        return [prompt]

    subject, verb = _who_acts(pieces)
    parts: list[str] = []
    for piece in pieces:
        has_subject = bool(_HAS_SUBJECT.match(piece))
        if not has_subject and _DIRECTION.match(piece) and verb:
            piece = f"{verb} {piece}"
        elif not has_subject and _STOP.match(piece):
            piece, verb = ("stands still" if subject else "stand still"), ""
        elif not has_subject:
            verb = _first_verb(piece)
        else:
            found = _SUBJECT.match(piece)
            verb = found[2] if found else ""

        if subject and not has_subject:
            piece = f"{subject} is {piece}" if _GERUND.match(piece) else f"{subject} {piece}"
        parts.append(piece)
    return parts


def joined(clauses: Iterable[str]) -> str:
    """One caption of what is done in turn: the name of a motion that is made part by part."""
    return ", then ".join(clauses)


def _ordered(text: str) -> list[str]:
    """The parts about a "before" or an "after", in the order in which they happen."""
    leading = _LEADING.fullmatch(text)
    if leading:
        word, aside, main = leading.groups()
        parts = [main, aside] if word.lower() == "before" else [aside, main]
        return [piece for part in parts for piece in _ordered(part)]

    parts = _BEFORE.split(text)
    if len(parts) > 1:
        return [piece for part in parts for piece in _ordered(part)]
    return _AFTER.split(text)[::-1]


def _who_acts(pieces: list[str]) -> tuple[str, str]:
    """Who acts, and the verb of the first piece; both empty where the prompt is a command."""
    if not any(_HAS_SUBJECT.match(piece) for piece in pieces):
        return "", _first_verb(pieces[0])
    for piece in pieces:
        found = _SUBJECT.match(piece)
        while found and not _FINITE.match(found[2]):
            longer = re.match(
                rf"({re.escape(found[1])}\s+{_NO_NOUN}[\w'-]+)"
                r"\s+(?:\w+ly\s+)?((?:is|are|was|were)\s+\w+ing|\w+)\b",
                piece,
                re.IGNORECASE,
            )
            if not longer or len(longer[1].split()) > 4:
                break
            found = longer
        if found and (_FINITE.match(found[2]) or re.fullmatch(_PRONOUN, found[1], re.I)):
            return found[1], found[2]
    return "a person", ""


def _first_verb(piece: str) -> str:
    """The first word, or the one after an adverb."""
    words = piece.split()
    return words[1] if len(words) > 1 and words[0].lower().endswith("ly") else words[0]
