"""Harmless oddities in the text of a BVH file, brought to what the format says."""

from __future__ import annotations

import re

#: Lines that some programs write above or between the others.
_COMMENT = re.compile(r"^[ \t]*(?:#|//|;).*$", re.MULTILINE)
#: An end site written as one word, or with a name.
_END_SITE = re.compile(r"^([ \t]*)End[ \t]*Site\b[^{}\n]*", re.IGNORECASE | re.MULTILINE)
_SEPARATOR = re.compile(r"(?<=[\d.])(?:[ \t]*;[ \t]*|[ \t]*,(?=\s|$))", re.MULTILINE)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def usual_text(text: str, notes: list[str]) -> str:
    """The text without comments and names of end sites, its decimal commas made points.

    A comma is a decimal one where no number of the file has a point; one before a space stands
    between numbers, as semicolons do. Lines keep their numbers.
    """
    text = _END_SITE.sub(r"\1End Site", _COMMENT.sub("", text))
    if _DECIMAL_COMMA.search(text) and not re.search(r"[\s-]\d+\.\d", text):
        notes.append("numbers have decimal commas: read as points")
        text = _DECIMAL_COMMA.sub(".", text)
    return _SEPARATOR.sub(" ", text)
