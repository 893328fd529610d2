"""What readers say of damaged files and odd values: one line, never a field whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LONGEST = 80  #: characters of a value, or of another library's words, in a message
_MOST = 20  #: names in a message


def shown(value: object) -> str:
    """A value as code writes it, cut at about 80 characters."""
    try:
        text = repr(value).replace("\n", " ")  # of arrays
    except (ValueError, RecursionError):  # numbers of thousands of digits, endless nesting
        return f"a {type(value).__name__} too long to show"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def shown_names(names: Sequence[str]) -> str:
    """Names one after the other: the first twenty, none longer than 40 characters."""
    words = [" ".join(str(name).split())[: _LONGEST // 2] for name in names[:_MOST]]
    return ", ".join([*words, *(["..."] if len(names) > _MOST else [])])


def reason(error: BaseException) -> str:
    """What an error says, in one line of at most about 160 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, KeyError):
        text = f"it lacks {shown(error.args[0])}"
    return text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST - 3]}..."


def read_object(path: Path) -> dict[str, Any]:
    """Read the names and values of a JSON file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not UTF-8, not JSON, or another kind of value.
    """
    return parse_object(path.read_bytes(), str(path))


def parse_object(content: str | bytes, place: str) -> dict[str, Any]:
    """Read names and values from JSON text; ``place`` is what an error calls it.

    Raises:
        ValueError: not UTF-8, not JSON, or another kind of value.
    """
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place} is damaged: {reason(error)}") from error

    if not isinstance(values, dict):
        raise ValueError(f"{place} is damaged: it must hold names and values")
    return values
