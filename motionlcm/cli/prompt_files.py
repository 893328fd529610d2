"""Files of prompts: a prompt on each line, with its length where the file says one.

Text files have a prompt on each line, or a prompt, a tab and seconds; ``#`` begins a comment. The
published code's lines of (frames, text) are read, too. CSV and TSV files have columns ``prompt``
and ``seconds``, JSON and JSON Lines files names of the same kind.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.damage import shown
from motionlcm.text_files import read_text_file

_FRAMES_AND_TEXT = re.compile(r"(\d{2,3})\s+(\D.*)")  #: a line of the published code's files
_FRAME_RATE = 20  #: of those frames
_TEXT_NAMES = ("prompt", "text", "caption")
_SECONDS = "seconds"
_EXAMPLE = "such as a person jumps<tab>2.5"


@dataclass
class PromptList:
    """Prompts of a file, seconds of each (None where the file says none), and notes on it."""

    prompts: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, prompt: str, seconds: float | None) -> None:
        """Add a prompt and its length."""
        self.prompts.append(prompt)
        self.seconds.append(seconds)


def read_prompt_file(path: Path) -> PromptList:
    """Read the prompts of a file.

    Raises:
        FileNotFoundError, ValueError: no such file, a line that cannot be read, or no prompt; one
            line that names the place and the remedy.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise FileNotFoundError(
            f"--file {path} {what}; give a text file with a prompt on each line"
        )
    text = read_text_file(path)
    content = _READERS.get(path.suffix.lower(), _read_lines)(text, str(path))
    if not content.prompts:
        raise ValueError(f"--file {path} holds no prompt; write one on each line")
    return content


def _read_lines(text: str, place: str) -> PromptList:
    """A prompt on each line; after a tab its seconds, or before it its frames."""
    lines = [(number, line.strip(" ")) for number, line in enumerate(text.split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line.strip() and line[0] != "#"]
    content = PromptList()

    published = [_FRAMES_AND_TEXT.fullmatch(line) for _, line in lines]
    if lines and all(published):
        for match in filter(None, published):
            content.add(match[2], int(match[1]) / _FRAME_RATE)
        content.notes.append(
            f"{place}: the numbers that lines begin with are read as frames at {_FRAME_RATE} fps"
        )
        return content

    for number, line in lines:
        prompt, _, seconds = line.partition("\t")
        _add_named(content, {"prompt": prompt, _SECONDS: seconds}, f"{place}, line {number}")
    return content


def _read_table(text: str, place: str) -> PromptList:
    """Rows of a CSV or TSV file, its columns named in the first row or a prompt and its seconds."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count) if any(sign in first for sign in ",;\t") else ","
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"{place}, line {reader.line_num}: no CSV ({error}); quote it") from None

    content = PromptList()
    names = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if any(name in _TEXT_NAMES for name in names):
        rows = rows[1:]
        left_out = [name for name in names if name not in (*_TEXT_NAMES, _SECONDS)]
        if left_out:
            content.notes.append(f"{place}: columns left out: {', '.join(left_out)}")
    else:
        names = ["prompt", _SECONDS]

    for number, row in rows:
        if len(row) > len(names):
            raise ValueError(
                f"{place}, line {number}: {len(row)} columns, expected {len(names)}; "
                'put a prompt with commas in quotes: "..."'
            )
        _add_named(content, dict(zip(names, row, strict=False)), f"{place}, line {number}")
    return content


def _read_json_lines(text: str, place: str) -> PromptList:
    """A JSON text or object on each line."""
    content = PromptList()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            _add_json(content, _parsed(line, f"{place}, line {number}"), f"{place}, line {number}")
    return content


def _read_json(text: str, place: str) -> PromptList:
    """A JSON list of texts or objects."""
    items = _parsed(text, place)
    if not isinstance(items, list):
        raise ValueError(f"{place}: found {shown(items)}, expected a list of prompts")
    content = PromptList()
    for number, item in enumerate(items, start=1):
        _add_json(content, item, f"{place}, item {number}")
    return content


_READERS: dict[str, Callable[[str, str], PromptList]] = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".json": _read_json,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place}: no JSON ({str(error)[:80]})") from None


def _add_json(content: PromptList, item: Any, place: str) -> None:
    if isinstance(item, str):
        item = {"prompt": item}
    if not isinstance(item, dict):
        raise ValueError(
            f'{place}: found {shown(item)}, expected {{"prompt": "...", "seconds": 2.5}}'
        )
    _add_named(content, item, place)


def _add_named(content: PromptList, values: dict[str, Any], place: str) -> None:
    """Add the prompt and the seconds of a row or an object."""
    prompt = next((values[name] for name in _TEXT_NAMES if name in values), None)
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError(f"{place}: found no prompt, expected a text called 'prompt'")
    seconds = values.get(_SECONDS)
    if isinstance(seconds, str) and not seconds.strip():
        seconds = None
    content.add(prompt.strip(), None if seconds is None else _seconds(seconds, place))


def _seconds(value: Any, place: str) -> float:
    """Seconds from what a file says of them."""
    try:
        # spreadsheets of many countries write 2,5
        number = value.replace(",", ".") if isinstance(value, str) else value
        seconds = float(number) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ValueError(f"{place}: {shown(value)} is no number of seconds; write it {_EXAMPLE}")
    return seconds
