"""What people say for a movement, in other words than a caption: "hop like a bunny", "have a seat".

``sayings.txt`` holds some forty for each of 150 movements, written by somebody who knew the
movements' names alone. A caption that says in plain words that somebody does one of them, and
nothing else, may be replaced by any of its sayings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from motionlcm.integrity import packaged_text

FILE = Path(__file__).with_suffix(".txt")
_SUBJECT = re.compile(
    r"^(?:he|she|(?:a|the) (?:person|man|woman|figure|guy|human)|someone|somebody) "
)
_SIDE = re.compile(r"\b(left|right)\b")
_BOTH = re.compile(r"(?:, stops)?(?: and then|, then| and) ")


@dataclass(frozen=True)
class _Movement:
    """A movement: plain predicates that say it, or the two movements that it is made of, one after
    the other, and what else is said for it."""

    plain: re.Pattern[str] | None
    parts: tuple[frozenset[str], frozenset[str]] | None
    sayings: tuple[str, ...]


@cache
def sayings_for(caption: str) -> tuple[str, ...]:
    """All sayings that may stand for a caption, () for most captions."""
    predicate, count = _SUBJECT.subn("", caption.strip().rstrip(".").lower())
    if not count:
        return ()

    names = _names(predicate) or _pairs(predicate)
    sides = set(_SIDE.findall(predicate))
    side = sides.pop() if len(sides) == 1 else ""
    return tuple(
        saying.replace("{side}", side)
        for name in names
        for saying in _movements()[name].sayings
        if side or "{side}" not in saying
    )


def sayings_by_movement() -> dict[str, tuple[str, ...]]:
    """All sayings by the name of their movement, left and right apart."""
    return {
        name.replace("{side}", side): tuple(
            saying.replace("{side}", side) for saying in movement.sayings
        )
        for name, movement in _movements().items()
        for side in (("left", "right") if "{side}" in name else ("",))
        if not name.startswith("%")
    }


@cache
def _names(predicate: str) -> tuple[str, ...]:
    """Names of the movements of which a predicate says nothing but that they are done."""
    return tuple(
        name
        for name, movement in _movements().items()
        if movement.plain is not None and movement.plain.fullmatch(predicate)
    )


def _pairs(predicate: str) -> tuple[str, ...]:
    """Names of the movements that are two others in a row, which a predicate says in order."""
    joints = list(_BOTH.finditer(predicate))
    if len(joints) != 1:
        return ()

    first = _names(predicate[: joints[0].start()])
    second = _names(predicate[joints[0].end() :])
    return tuple(
        name
        for name, movement in _movements().items()
        if movement.parts is not None
        and any(
            a in movement.parts[0] and b in movement.parts[1] for a, b in product(first, second)
        )
    )


@cache
def _movements() -> dict[str, _Movement]:
    """The movements by name.

    A block of the file is a name in brackets, a line that begins with "=" (a pattern for plain
    predicates) or "+" (names of the first and of the second part), and the sayings. A name with
    "%" is only a part of others.
    """
    movements = {}
    for block in packaged_text("data/sayings.txt").split("\n\n"):
        head, rule, *sayings = block.strip().splitlines()
        plain = re.compile(rule[2:]) if rule.startswith("= ") else None
        parts = None
        if plain is None:
            first, second = rule[2:].split(" + ")
            parts = frozenset(first.split(" / ")), frozenset(second.split(" / "))
        movements[head.strip("[]")] = _Movement(plain, parts, tuple(sayings))
    return movements
