"""Conversion of whole folders of motion files, with a report of what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.atomic_files import FULL, ready_folder
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.reports import Seen, write_reports
from motionlcm.formats.table import READABLE, check_format, split_suffix, suffix_of
from motionlcm.formats.write import check_options, save_motion
from motionlcm.motion.motion import Motion


@dataclass
class ConvertReport:
    """What became of every file: ``rejected`` and ``notes`` are lists of ``{"file", "reason"}``."""

    converted: int = 0
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict, repr=False)  #: for the page alone
    accepted: list[str] = field(default_factory=list, repr=False)  #: for the page alone

    def reject(self, name: str, error: Exception, path: Path) -> None:
        """Take down why a file was left out; its path is not said again.

        Where the disk is full no other file would fare better, so that error is raised again.
        """
        if isinstance(error, OSError) and error.errno in FULL:
            raise error
        reason = " ".join(str(error).split()).removeprefix(f"{path}: ")
        self.rejected.append({"file": name, "reason": reason})

    def accept(self, name: str) -> None:
        """Take down that a file was converted."""
        self.converted += 1
        self.accepted.append(name)

    def check(self, place: Path) -> None:
        """Raise ValueError if not one file was converted; ``place`` names them all."""
        if not self.converted:
            first = self.rejected[0]
            raise ValueError(
                f"not one of {len(self.rejected)} files could be converted; "
                f"{first['file']}: {first['reason']} ({place} names them all)"
            )

    def write(self, folder: Path, source: Path) -> Path:
        """Write ``report.json`` and ``report.html``; return the path of the first."""
        content = {"converted": self.converted, "rejected": self.rejected, "notes": self.notes}
        total = self.converted + len(self.rejected)
        return write_reports(
            folder,
            content,
            key="file",
            accepted=self.accepted,
            seen=self.seen,
            title=f"Converted: {source}",
            summary=[f"{self.converted} of {total} files were converted"],
        )


def convert_folder(
    source: str | Path,
    destination: str | Path,
    *,
    format: str,
    fps: float | None = None,
    body_models: str | Path | None = None,
    input_fps: float | None = None,
    animation: str | None = None,
    options: dict[str, Any] | None = None,
    shape: Callable[[Motion], tuple[Motion, list[str]]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ConvertReport:
    """Convert every motion file below a folder; the report names bad files and the others go on.

    Args:
        source: folder; the folders below it are kept.
        destination: folder, created if need be. ``report.json`` and ``report.html`` in it tell
            what was rejected and repaired.
        format: one of ``table.WRITABLE``.
        fps: frames per second of what is written; the default is that of ``load_motion_file``.
        body_models: folder of SMPL-H or SMPL-X models for AMASS files.
        input_fps: frames per second of the recordings, where the files say none or a wrong one.
        animation: name or number of one of several motions, in files that may hold several.
        options: of the format's writer.
        shape: what to make of each motion before it is written, with notes on it.
        progress: called with (files done, files in all).
    Raises:
        OSError: no such folder, no motion file in it, or a destination that takes no files.
        ValueError: an unknown format or option, or not one file could be converted.
    """
    source, destination = Path(source), Path(destination)
    kind = check_format(format)
    options = {"fps": fps, **(options or {})}
    check_options(kind, options)
    paths = _motion_files(source, destination)
    ready_folder(destination)

    rates = {"fps": fps, "input_fps": input_fps}
    reading = {**rates, "body_models": body_models, "animation": animation}
    report = ConvertReport()
    occupied = set(paths)  # not to be written over: what was read, and what was written
    try:
        for path in _counted(paths, progress):
            name = path.relative_to(source)
            target = destination / name.with_name(split_suffix(name.name)[0] + suffix_of(kind))
            try:
                _check_free(target, occupied)
                motion = _read(path, name.as_posix(), report, reading, shape)
                target.parent.mkdir(parents=True, exist_ok=True)
                save_motion(motion, target, **options)
                report.accept(name.as_posix())
                occupied.add(target)
            except (ValueError, OSError) as error:
                report.reject(name.as_posix(), error, path)
    finally:
        place = report.write(destination, source)

    report.check(place)
    return report


def _motion_files(source: Path, destination: Path) -> list[Path]:
    """The motion files below a folder, sorted, without those below a destination inside it."""
    if not source.is_dir():
        raise FileNotFoundError(f"no folder {source}")

    paths = [
        path
        for path in sorted(source.rglob("*"))
        if path.suffix.lower() in READABLE and path.is_file()
    ]
    if destination.resolve() != source.resolve():
        paths = [path for path in paths if destination.resolve() not in path.resolve().parents]
    if not paths:
        raise FileNotFoundError(f"{source} holds no motion file: looked for {', '.join(READABLE)}")
    return paths


def _counted(paths: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[Path]:
    """The paths one by one; ``progress`` is told how many are done."""
    for index, path in enumerate(paths):
        if progress is not None:
            progress(index, len(paths))
        yield path
    if progress is not None:
        progress(len(paths), len(paths))


def _check_free(target: Path, occupied: set[Path]) -> None:
    """Raise ValueError for a file that must not be written over."""
    if target in occupied:
        raise ValueError(f"{target.name} is already there from another file; rename one")


def _read(
    path: Path,
    name: str,
    report: ConvertReport,
    reading: dict[str, Any],
    shape: Callable[[Motion], tuple[Motion, list[str]]] | None,
) -> Motion:
    """What is made of one file; the report is told what was repaired, and how it looks."""
    motion, notes = load_motion_file(path, **reading)
    if shape is not None:
        motion, more = shape(motion)
        notes = [*notes, *more]
    report.seen[name] = Seen.of_motion(motion)
    report.notes += [{"file": name, "reason": note} for note in notes]
    return motion
