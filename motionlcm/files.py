"""Motion files by suffix: the one place that knows both the formats and the renderer."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motionlcm.formats.atomic import write_bytes
from motionlcm.motion.motion import Motion

WRITABLE = ("mp4", "gif", "html", "npz", "npy", "bvh", "glb", "amass")
_SUFFIXES = {"amass": ".amass.npz"}  #: of formats whose name is not their suffix


@dataclass
class ConvertReport:
    """What became of every file: ``rejected`` and ``notes`` are lists of ``{"file", "reason"}``."""

    converted: int = 0
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)


def check_format(name: str) -> str:
    """The lower-case suffix without its dot; ValueError names the known ones."""
    plain = name.lower().lstrip(".")
    plain = "amass" if plain == "amass.npz" else plain
    if plain not in WRITABLE:
        raise ValueError(f"unknown format {name!r}; formats to write are {', '.join(WRITABLE)}")
    return plain


def suffix_of(kind: str) -> str:
    """How names of files of a known format end: ``.bvh``, of AMASS ``.amass.npz``."""
    return _SUFFIXES.get(kind, f".{kind}")


def format_of(path: str | Path, format: str | None = None) -> str:
    """The format to write ``path`` in: the one that is asked for, or the suffix's (``.amass.npz`` is AMASS).

    Raises:
        ValueError: an unknown format, or one that does not go with the suffix.
    """
    path = Path(path)
    if format is None:
        return check_format("amass" if path.name.lower().endswith(".amass.npz") else path.suffix)
    kind = check_format(format)
    expected = ".npz" if kind == "amass" else f".{kind}"
    if path.suffix.lower() != expected:
        raise ValueError(f"format {kind} does not go with the name {path.name}; end it in {expected}")
    return kind


def save_motion(motion: Motion, path: str | Path, *, format: str | None = None, **options: Any) -> Path:
    """Write a motion; the suffix (or ``format``) chooses the format. Whole or not at all. Returns the path.

    ``options`` are the keyword arguments of the format's writer (see ``check_options``), and ``fps`` for every format.

    Raises:
        ValueError: an unknown format or option, or a value that the writer refuses.
        FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    kind = format_of(path, format)
    check_options(kind, options)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")
    if options.get("fps", 0) is None or "fps" not in _own_options(kind):
        fps = options.pop("fps", None)
        motion = motion if fps is None else motion.resampled(fps)
    _writer(kind)(path, motion, **options)
    return path


def check_options(kind: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an option that a format does not have."""
    allowed = sorted({"fps", *_own_options(kind)})
    for name in options:
        if name not in allowed:
            raise ValueError(f"{kind} files have no option {name!r}; allowed: {', '.join(allowed)}")


def _own_options(kind: str) -> list[str]:
    parameters = inspect.signature(_writer(kind)).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]


def _writer(kind: str) -> Callable[..., object]:
    """The function ``(path, motion, *, options)`` of a format, imported when it is needed."""
    if kind in ("mp4", "gif"):
        return _write_video
    if kind == "html":
        return _write_page
    if kind == "bvh":
        from motionlcm.formats.bvh import write_bvh

        return write_bvh
    if kind == "glb":
        from motionlcm.formats.gltf import write_glb

        return write_glb
    if kind == "amass":
        from motionlcm.formats.amass import save_amass

        return save_amass
    from motionlcm.formats import npz

    return npz.save_npz if kind == "npz" else npz.save_npy


def _write_video(
    path: Path, motion: Motion, *, width: int = 640, height: int = 480, fps: float | None = None,
    caption: str | None = None,
) -> Path:  # fmt: skip
    from motionlcm.render.video import render_video

    return render_video(motion, path, width=width, height=height, fps=fps, caption=caption)


def _write_page(path: Path, motion: Motion, *, caption: str | None = None) -> Path:
    from motionlcm.render.page import player_page

    return write_bytes(path, player_page(motion, caption=caption).encode())


def load_motion(path: str | Path, *, fps: float | None = None, body_models: str | Path | None = None) -> Motion:
    """Read any motion file; see ``motionlcm.formats.read`` for what was repaired on the way."""
    from motionlcm.formats.read import load_motion_file

    return load_motion_file(Path(path), fps=fps, body_models=body_models)[0]


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
    from motionlcm.formats.read import READABLE

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
    from motionlcm.formats.read import load_motion_file

    motion, notes = load_motion_file(path, fps=options["fps"], body_models=body_models)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_motion(motion, target, **options)
    return notes
