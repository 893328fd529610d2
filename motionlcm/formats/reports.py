"""``report.json`` and ``report.html`` of many motions: what became of each, and how it looks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.motion.features import decode_positions, layout_of
from motionlcm.motion.motion import Motion
from motionlcm.render.report import ReportRow, write_report_pages
from motionlcm.render.sketch import chosen_frames, sketch


@dataclass(frozen=True)
class Seen:
    """What a report shows of a motion that could be read: length, caption, and a small SVG."""

    seconds: float
    words: str
    picture: str

    @classmethod
    def of_motion(cls, motion: Motion) -> Seen:
        """What is shown of a motion."""
        poses = motion.positions[chosen_frames(motion.num_frames)]
        return cls(motion.duration, motion.caption or "", sketch(poses, motion.skeleton))

    @classmethod
    def of_array(cls, array: np.ndarray, fps: float, words: str = "") -> Seen:
        """What is shown of positions ``[T 22 3]`` or features ``[T D]``, whatever they hold."""
        if not len(array):
            return cls(0.0, words, "")
        poses = np.asarray(array[chosen_frames(len(array))], np.float64)
        if array.ndim == 3:
            return cls(len(array) / fps, words, sketch(poses))

        # poses of features are seen from their own roots; the path does not matter here
        layout = layout_of(array)
        poses[:, :3] = 0
        picture = sketch(decode_positions(poses, layout), layout.skeleton)
        return cls(len(array) / fps, words, picture)


def write_reports(
    folder: Path,
    content: Mapping[str, Any],
    *,
    key: str,
    accepted: Collection[str],
    seen: Mapping[str, Seen],
    title: str,
    summary: Sequence[str] = (),
) -> Path:
    """Write both files into a folder, which is made if need be; return the path of the first.

    Args:
        folder: to write into.
        content: of ``report.json``; its ``rejected`` and ``notes`` are lists of a name, called
            ``key``, and a ``reason``.
        key: ``"clip"`` or ``"file"``.
        accepted: names of what was not rejected.
        seen: by name, what could be read.
        title, summary: what the page says above its table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path = write_bytes(folder / "report.json", text.encode())

    rows = _rows(content["rejected"], content["notes"], key, accepted, seen)
    write_report_pages(folder, rows, title=title, summary=summary)
    return path


def _rows(
    rejected: Sequence[Mapping[str, str]],
    notes: Sequence[Mapping[str, str]],
    key: str,
    accepted: Collection[str],
    seen: Mapping[str, Seen],
) -> list[ReportRow]:
    """Rows of a report: what was rejected, what something is noted of, the rest."""
    noted: dict[str, list[str]] = {}
    for note in notes:
        noted.setdefault(note[key], []).append(note["reason"])

    kept = set(accepted)
    rows = []
    for item in sorted(rejected, key=lambda item: item["reason"]):
        name = item[key]
        shown = None if name in kept else seen.get(name)  # of two files of one name one is kept
        words = [item["reason"], *(noted.get(name, []) if name not in kept else [])]
        rows.append(_row(name, "rejected", words, shown))

    for name in sorted(dict.fromkeys(accepted), key=lambda name: name not in noted):
        words = noted.get(name, [])
        rows.append(_row(name, "noted" if words else "accepted", words, seen.get(name)))
    return rows


def _row(name: str, outcome: str, reasons: list[str], shown: Seen | None) -> ReportRow:
    reason = "; ".join(reasons)
    if shown is None:
        return ReportRow(name, outcome, reason)
    return ReportRow(name, outcome, reason, shown.seconds, shown.words, shown.picture)
