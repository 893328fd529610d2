"""Caption files and caption words."""

from __future__ import annotations

import re
from pathlib import Path

from motionlcm.data.store import Caption

_SWAPS = {"left": "right", "right": "left", "clockwise": "counterclockwise", "counterclockwise": "clockwise",
          "anticlockwise": "clockwise", "leftward": "rightward", "rightward": "leftward",
          "leftwards": "rightwards", "rightwards": "leftwards"}  # fmt: skip
_SWAP_PATTERN = re.compile(
    r"\b(" + "|".join(sorted(_SWAPS, key=len, reverse=True)) + r")\b", re.IGNORECASE
)


def mirror_caption(text: str) -> str:
    """Swap the words for left and right, clockwise and counterclockwise."""

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        other = _SWAPS[word.lower()]
        return other.capitalize() if word[0].isupper() else other

    return _SWAP_PATTERN.sub(swap, text.replace("counter-clockwise", "counterclockwise"))


def read_captions(path: Path) -> tuple[Caption, ...]:
    """Lines of ``caption``, or HumanML3D's ``caption#tagged words#start#end`` (seconds; 0 and 0: the whole clip).

    Tagged words are kept where each of them is of the form word/TAG.
    """
    captions = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.strip().split("#")
        if not parts[0].strip():
            continue
        times = [0.0, 0.0]
        for index, value in enumerate(parts[2:4]):
            try:
                number = float(value)
            except ValueError:
                number = 0.0
            times[index] = number if number == number and number >= 0 else 0.0
        tokens = parts[1].split() if len(parts) > 1 else []
        tagged = " ".join(tokens) if all("/" in token for token in tokens) else ""
        captions.append(Caption(parts[0].strip(), times[0], times[1], tagged))
    return tuple(captions)
