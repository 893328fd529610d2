"""The index of a feature store: clips, their captions, and ``clips.jsonl``, a line a clip."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.damage import parse_object, reason, shown

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Caption:
    """What a person does, in the whole clip or between two times (seconds)."""

    text: str
    start: float = 0.0
    end: float = 0.0  #: 0 means to the end
    #: "a/DET person/NOUN walk/VERB", where the data set has them
    tokens: str = field(default="", compare=False)


@dataclass(frozen=True)
class Clip:
    """One recording in the store: rows ``offset .. offset + frames`` of the feature array."""

    id: str
    split: str
    offset: int
    frames: int
    captions: tuple[Caption, ...]
    source: str = ""
    label: str = ""


def write_clips(clips: Sequence[Clip]) -> bytes:
    """Return the content of ``clips.jsonl``; captions have tokens only where there are some."""
    lines = []
    for clip in clips:
        row = asdict(clip)
        row["captions"] = [
            {key: value for key, value in caption.items() if key != "tokens" or value}
            for caption in row["captions"]
        ]
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def read_clips(path: Path, num_rows: int) -> list[Clip]:
    """Read ``clips.jsonl``.

    Args:
        path: of the file.
        num_rows: of the feature array.
    Raises:
        ValueError: a line that is damaged, or whose rows the feature array does not have; names it.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is damaged: {reason(error)}") from error

    clips = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        values = parse_object(line, place)
        try:
            clips.append(_clip(values, num_rows))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{place} is damaged: {reason(error)}") from error
    return clips


def _clip(values: dict[str, Any], num_rows: int) -> Clip:
    captions = values["captions"]
    if not isinstance(captions, list):
        raise ValueError(f"captions must be a list, got {shown(captions)}")
    clip = Clip(**{**values, "captions": tuple(map(_caption, captions))})

    for name in ("id", "split", "source", "label"):
        if not isinstance(getattr(clip, name), str):
            raise ValueError(f"{name} must be text, got {shown(getattr(clip, name))}")
    if clip.split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {shown(clip.split)}")

    is_whole = type(clip.offset) is int and type(clip.frames) is int
    if not is_whole or clip.offset < 0 or clip.frames < 1 or clip.offset + clip.frames > num_rows:
        raise ValueError(
            f"offset {shown(clip.offset)} and frames {shown(clip.frames)} must lie within the "
            f"{num_rows} rows of features"
        )
    return clip


def _caption(values: Any) -> Caption:
    if not isinstance(values, dict):
        raise ValueError(f"a caption must hold names and values, got {shown(values)}")
    caption = Caption(**values)

    for name in ("text", "tokens"):
        if not isinstance(getattr(caption, name), str):
            raise ValueError(f"{name} must be text, got {shown(getattr(caption, name))}")
    for name in ("start", "end"):
        value = getattr(caption, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_time(value):
            raise ValueError(f"{name} must be a time in seconds, got {shown(value)}")
    return caption


def _is_time(value: float) -> bool:
    return abs(value) < 1e9 and math.isfinite(value)
