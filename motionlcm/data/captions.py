"""Caption files and caption words."""

from __future__ import annotations

import math
import re
from pathlib import Path

from motionlcm.data.store import Caption
from motionlcm.text_files import read_text_file

_PAIRS = {
    "left": "right",
    "leftward": "rightward",
    "leftwards": "rightwards",
    "clockwise": "counterclockwise",
}
_SWAPS = {**_PAIRS, **{right: left for left, right in _PAIRS.items()}, "anticlockwise": "clockwise"}
_LONGEST_FIRST = sorted(_SWAPS, key=len, reverse=True)
_SWAP_PATTERN = re.compile(r"\b(" + "|".join(_LONGEST_FIRST) + r")\b", re.IGNORECASE)


def mirror_caption(text: str) -> str:
    """Swap the words for left and right, clockwise and counterclockwise."""

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        other = _SWAPS[word.lower()]
        return other.capitalize() if word[0].isupper() else other

    return _SWAP_PATTERN.sub(swap, text.replace("counter-clockwise", "counterclockwise"))


def with_hands_up(text: str) -> str:
    """A caption, or a part of one, of somebody who keeps both hands up meanwhile."""
    sentence = text.rstrip(".")
    return f"{sentence} with both hands up at head height{text[len(sentence) :]}"


def read_captions(path: Path) -> tuple[Caption, ...]:
    """Read the captions of one clip and drop the notes; else this is ``read_caption_file``."""
    return read_caption_file(path)[0]


def read_caption_file(path: Path) -> tuple[tuple[Caption, ...], tuple[str, ...]]:
    """Read the captions of one clip.

    A line is ``caption``, or HumanML3D's ``caption#tagged words#start#end`` (seconds; 0, 0 and nan
    mean the whole clip). Tagged words are kept where each of them is of the form word/TAG.

    Returns:
        The captions, and a note on every line that was left out or is not read as it stands.
    Raises:
        ValueError: no text in UTF-8 or UTF-16.
    """
    captions, notes = [], []
    for number, line in enumerate(read_text_file(path).split("\n"), start=1):
        if not line.strip():
            continue

        caption, note = _read_line(line.strip())
        if caption is not None:
            captions.append(caption)
        if note:
            notes.append(f"caption line {note}: line {number}, {line.strip()[:80]!r}")
    return tuple(captions), tuple(notes)


def _read_line(line: str) -> tuple[Caption | None, str]:
    """(the caption or None, what is wrong with the line or "")."""
    text, *details = line.split("#")
    if len(details) > 3:  # the text itself has a #
        text, details = "#".join([text, *details[:-3]]), details[-3:]
    words = details[0].split() if details else []
    are_tags = all("/" in word for word in words)

    if 0 < len(details) < 3 and not are_tags:
        return Caption(line), "holds a # that parts no tags, read as text"
    if not text.strip():
        return None, "without text left out"

    note = ""
    times = [time.strip() for time in [*details[1:3], "0", "0"][:2]]
    if any("," in time for time in times):
        times = [time.replace(",", ".") for time in times]
        note = "with decimal commas read"

    start, end = (_seconds(time) for time in times)
    if start is None or end is None:
        return None, "with times that are no seconds left out"
    if 0 < end <= start:
        return None, "that ends before it starts left out"
    return Caption(text.strip(), start, end, " ".join(words) if are_tags else ""), note


def _seconds(word: str) -> float | None:
    """A time from a caption file; 0 for nan and for nothing, None for what is no time."""
    try:
        number = float(word or 0)
    except ValueError:
        return None
    if math.isnan(number):
        return 0.0
    return number if math.isfinite(number) and number >= 0 else None
