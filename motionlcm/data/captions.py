"""Caption files and caption words."""

from __future__ import annotations

import math
import re
from pathlib import Path

from motionlcm.data.store import Caption

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


def read_captions(path: Path) -> tuple[Caption, ...]:
    """Read the captions of one clip.

    A line is ``caption``, or HumanML3D's ``caption#tagged words#start#end`` (seconds; 0 and 0: the
    whole clip). Tagged words are kept where each of them is of the form word/TAG.
    """
    captions = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text, *details = line.strip().split("#")
        if not text.strip():
            continue

        words = details[0].split() if details else []
        tokens = " ".join(words) if all("/" in word for word in words) else ""
        start, end = (_seconds(value) for value in [*details[1:3], "", ""][:2])
        captions.append(Caption(text.strip(), start, end, tokens))
    return tuple(captions)


def _seconds(value: str) -> float:
    """A time from a caption file; 0 for what is no time."""
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return number if not math.isnan(number) and number >= 0 else 0.0
