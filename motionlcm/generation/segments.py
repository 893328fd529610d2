"""A timeline: what is done one after the other, and for how long. Imports neither numpy nor torch.

From Python it is a list of ``(prompt, seconds)``, on disk a JSON file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

from motionlcm.damage import reason, shown
from motionlcm.generation.request import MIN_SECONDS, check_prompt

MAX_SECONDS = 24 * 3600.0  #: of a whole timeline
MAX_SEGMENTS = 100_000
_KEYS = ("prompt", "seconds")


@dataclass(frozen=True)
class Segment:
    """One thing that is done.

    Attributes:
        prompt: an English sentence.
        seconds: how long; None for the length that is usual for what the prompt says.
    Raises:
        ValueError: an empty or overlong prompt, or a length that is no number of at least 0.5.
    """

    prompt: str
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise ValueError(f"prompt must be text, got {shown(self.prompt)}")
        check_prompt(self.prompt)
        seconds = self.seconds
        if seconds is None:
            return
        if isinstance(seconds, bool) or not isinstance(seconds, Real):
            raise ValueError(f"seconds must be a number, got {shown(seconds)}")
        if not MIN_SECONDS <= seconds <= MAX_SECONDS:
            raise ValueError(
                f"seconds must be {MIN_SECONDS} to {MAX_SECONDS:.0f}, got {shown(seconds)}"
            )


def segments_of(parts: Iterable[Any]) -> tuple[Segment, ...]:
    """Check the parts of a timeline.

    Args:
        parts: segments, pairs of prompt and seconds, or prompts alone.
    Raises:
        ValueError: no part, too many, or a part that is none; the message says which one.
    """
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        raise ValueError(
            f"a timeline is a list of (prompt, seconds), got {shown(parts)}; "
            'give it as [("a person walks", 4.0), ("a person sits down", 3.0)]'
        )
    segments: list[Segment] = []
    for part in parts:
        if len(segments) == MAX_SEGMENTS:
            raise ValueError(f"a timeline has at most {MAX_SEGMENTS:,} segments; split it")
        try:
            segments.append(_segment_of(part))
        except ValueError as error:
            raise ValueError(f"segment {len(segments) + 1}: {error}") from None

    if not segments:
        raise ValueError("the timeline has no segment; give at least one prompt")
    total = sum(segment.seconds or 0.0 for segment in segments)
    if total > MAX_SECONDS:
        raise ValueError(
            f"the timeline lasts {total:g} s, at most {MAX_SECONDS:.0f} s are allowed; split it"
        )
    return tuple(segments)


def _segment_of(part: Any) -> Segment:
    """A segment from what a caller may give for one."""
    if isinstance(part, Segment):
        return part
    if isinstance(part, str):
        return Segment(part)
    if isinstance(part, list | tuple) and len(part) == 2:
        return Segment(*part)
    raise ValueError(f"must be (prompt, seconds), got {shown(part)}")


class TimelineFile(NamedTuple):
    """What a file of a timeline says.

    Attributes:
        segments: what is done, and for how long.
        constraints: what the whole motion keeps to, as ``formats/constraint_files.py`` reads it;
            None: nothing.
    """

    segments: tuple[Segment, ...]
    constraints: Any = None


def parse_timeline(text: str, *, name: str) -> TimelineFile:
    """Read a timeline in JSON: ``{"segments": [{"prompt": ..., "seconds": ...}, ...]}``.

    ``seconds`` may be left out, or null, for the usual length of what the prompt says. Beside the
    segments there may be ``constraints``, which are not looked at here.

    Args:
        text: of the file.
        name: of the file, for messages.
    Raises:
        ValueError: no JSON, another shape, or a segment that cannot be; the message says which.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: is no JSON ({reason(error)})") from None

    rows = content.get("segments") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise ValueError(
            f'{name}: must be {{"segments": [{{"prompt": "a person walks", "seconds": 4}}, ...]}}, '
            f"got {shown(content)}"
        )
    if isinstance(content, dict):
        _check_keys(content, ("segments", "constraints"), name)

    parts = []
    for number, row in enumerate(rows, start=1):
        where = f"{name}: segment {number}"
        if not isinstance(row, dict):
            raise ValueError(f'{where}: must be an object with "prompt", got {shown(row)}')
        _check_keys(row, _KEYS, where)
        if "prompt" not in row:
            raise ValueError(f'{where}: lacks "prompt"; say what the person does')
        parts.append((row["prompt"], row.get("seconds")))
    constraints = content.get("constraints") if isinstance(content, dict) else None
    try:
        return TimelineFile(segments_of(parts), constraints)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_keys(row: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise ValueError for a key that a timeline does not have."""
    for key in row:
        if key not in known:
            raise ValueError(f"{where}: unknown key {shown(key)}; known are {', '.join(known)}")
