"""``sources.jsonl`` of a folder of motion: who recorded each clip, and what it is labelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.damage import parse_object, shown
from motionlcm.text_files import read_text_file

ORIGINS = "sources.jsonl"
_WORDS = ("id", "source", "label")


@dataclass
class Origins:
    """What the file says.

    Attributes:
        rows: all fields of each line by the clip's name (``id``); ``source`` and ``label`` are
            texts, "" where the line has none. Of two lines of one clip the later one counts.
        lines: each line as it stands, with the name of its clip; "" where it names none.
        notes: one on each line that names no clip.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_origins(folder: Path) -> Origins:
    """Read a folder's ``sources.jsonl``; of a folder without one nothing is known.

    Raises:
        ValueError: the file is no text in UTF-8 or UTF-16.
    """
    origins, path = Origins(), folder / ORIGINS
    text = read_text_file(path) if path.is_file() else ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            name, note = _read_line(line, number, origins.rows)
            origins.lines.append((line, name))
            origins.notes += [f"a line left out: {note}"] if note else []
    return origins


def _read_line(line: str, number: int, rows: dict[str, dict[str, Any]]) -> tuple[str, str]:
    """Add a line to the rows; return the name of its clip, or "" and what is wrong with it."""
    try:
        row = parse_object(line, f"line {number}")
    except ValueError as error:
        return "", str(error)

    words = {name: row.get(name, "") for name in _WORDS}
    if not words["id"] or not all(isinstance(value, str) for value in words.values()):
        return "", f"line {number} names no clip in words, {shown(words)}"
    rows[words["id"]] = row | words
    return words["id"], ""
