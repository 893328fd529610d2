"""Whole folders of motion files to another format, with a report of what was left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.read import READABLE, load_motion_file
from motionlcm.formats.write import check_format, check_options, save_motion, suffix_of


@dataclass
class ConvertReport:
    """What became of every file: ``rejected`` and ``notes`` are lists of ``{"file", "reason"}``."""

    converted: int = 0
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)


def convert_folder(
    source: str | Path,
    destination: str | Path,
    *,
    format: str,
    fps: float | None = None,
    body_models: str | Path | None = None,
    options: dict[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ConvertReport:
    """Convert every motion file below ``source``; a bad file is named in the report and the others go on.

    Args:
        source: folder; the folders below it are kept.
        destination: folder, made if need be. ``report.json`` in it tells what was rejected and repaired.
        format: one of ``WRITABLE``.
        fps: of what is written.
        body_models: folder of SMPL-H or SMPL-X models for AMASS files.
        options: of the format's writer.
        progress: called with (done, total).
    Raises:
        FileNotFoundError: no such folder, or no motion file in it.
        ValueError: an unknown format or option, or not one file could be converted.
    """
    source, destination = Path(source), Path(destination)
    kind, options = check_format(format), {"fps": fps, **(options or {})}
    check_options(kind, options)
    found = _find(source, destination)
    report, written = ConvertReport(), set(found)
    for index, path in enumerate(found):
        if progress is not None:
            progress(index, len(found))
        name = path.relative_to(source)
        stem = name.name[: -len(".amass.npz")] if name.name.lower().endswith(".amass.npz") else name.stem
        target = destination / name.parent / f"{stem}{suffix_of(kind)}"
        try:
            if target in written:
                raise ValueError(f"{target.name} is already there from another file of this name; rename one")
            notes = _convert_file(path, target, options, body_models)
        except (ValueError, OSError) as error:
            report.rejected.append({"file": name.as_posix(), "reason": " ".join(str(error).split())})
            continue
        written.add(target)
        report.converted += 1
        report.notes += [{"file": name.as_posix(), "reason": note} for note in notes]
    if progress is not None:
        progress(len(found), len(found))
    if not report.converted:
        first = report.rejected[0]
        raise ValueError(f"not one of {len(found)} files could be converted; {first['file']}: {first['reason']}")
    text = {"converted": report.converted, "rejected": report.rejected, "notes": report.notes}
    write_bytes(destination / "report.json", (json.dumps(text, indent=1, ensure_ascii=False) + "\n").encode())
    return report


def _find(source: Path, destination: Path) -> list[Path]:
    """The motion files below a folder, without those below a destination inside it."""
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source}")
    found = [path for path in sorted(source.rglob("*")) if path.suffix.lower() in READABLE and path.is_file()]
    if destination.resolve() != source.resolve():
        found = [path for path in found if destination.resolve() not in path.resolve().parents]
    if not found:
        raise FileNotFoundError(f"{source} holds no motion file: looked for {', '.join(READABLE)}")
    return found


def _convert_file(path: Path, target: Path, options: dict[str, Any], body_models: str | Path | None) -> list[str]:
    """Read and write one file; notes on what was repaired."""
    motion, notes = load_motion_file(path, fps=options["fps"], body_models=body_models)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_motion(motion, target, **options)
    return notes
