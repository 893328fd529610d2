"""AMASS to a folder in HumanML3D's layout, as HumanML3D's own preprocessing does it.

Each recording is posed with its subject's body model, decimated to 20 fps (every n-th frame, n = fps / 20 rounded
down), turned to Y up, cut to the spans of ``index.csv``, and written twice: as it is, and mirrored with an M before
its name. Then come the features, as for any motion.

Source: Guo et al., HumanML3D, CVPR 2022, and the notebooks published with it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from motionlcm.data.captions import mirror_caption, read_captions
from motionlcm.data.prepare import MIN_FRAMES, PrepareReport, hashed_split, read_splits
from motionlcm.data.store import (
    SPLITS,
    Caption,
    statistics_of_moments,
    write_humanml_clip,
    write_humanml_index,
)
from motionlcm.formats.amass import is_amass, read_amass
from motionlcm.formats.npz import array_names, read_array
from motionlcm.motion.features import FPS, HUMANML, encode_features
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import PARENTS

_NUM_BETAS = 10  # of the subject's shape, as many as HumanML3D uses
#: Seconds at the start of a recording that are no motion (a T-pose, a synchronisation), by AMASS's folder.
_LEADS = {
    "Eyes_Japan_Dataset": 3.0,
    "MPI_HDM05": 3.0,
    "TotalCapture": 1.0,
    "MPI_Limits": 1.0,
    "Transitions_mocap": 0.5,
}
_COLUMNS = ("source_path", "start_frame", "end_frame", "new_name")
_ACTIONS = "humanact12"  # the part of HumanML3D that is joint positions already, not AMASS


@dataclass(frozen=True)
class _Span:
    """Frames ``start`` to ``stop`` (20 fps; None: to the end) of a recording become the clip ``name``."""

    name: str
    recording: Path
    start: int = 0
    stop: int | None = None
    lead: float = 0.0


@dataclass
class _Moments:
    """Sums over the rows of all training features."""

    count: int = 0
    total: np.ndarray = field(default_factory=lambda: np.zeros(HUMANML.dim))
    square: np.ndarray = field(default_factory=lambda: np.zeros(HUMANML.dim))

    def add(self, features: np.ndarray) -> None:
        rows = features.astype(np.float64)
        self.count += len(rows)
        self.total += rows.sum(axis=0)
        self.square += (rows**2).sum(axis=0)


def prepare_amass(
    source: str | Path,
    destination: str | Path,
    *,
    body_models: str | Path,
    index: str | Path | None = None,
    texts: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PrepareReport:
    """Write a HumanML3D folder (new_joints, new_joint_vecs, texts, splits, statistics) from AMASS.

    Args:
        source: folder with AMASS's folders in it (``KIT/3/..._poses.npz``), and ``humanact12`` if there is one.
        destination: folder to write; the split files and ``report.json`` come last.
        body_models: folder of SMPL-H (and SMPL-X) models.
        index: HumanML3D's ``index.csv``; without it every recording below ``source`` is one clip. The folder that
            it lies in may hold ``train.txt``, ``val.txt`` and ``test.txt``.
        texts: folder of HumanML3D's caption files; without it a file's name is its caption.
        progress: called with (done, total).
    Returns:
        What was accepted and what was left out, and why; mirrored clips count too.
    Raises:
        FileNotFoundError: a folder or file is not there, or no recording is.
        ValueError: a malformed index, or not one clip could be used.
        ImportError: smplx is not installed.
    """
    source, destination = Path(source), Path(destination)
    for folder in (source, Path(body_models), *([Path(texts)] if texts else [])):
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}")
    spans = _indexed(Path(index), source) if index else _whole(source)
    if not spans:
        raise FileNotFoundError(f"{source} holds no AMASS recording (npz with poses and trans)")
    listed = read_splits(Path(index).parent if index else source)
    report, moments = PrepareReport(), {split: _Moments() for split in SPLITS}
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    for done, span in enumerate(spans):
        if progress is not None:
            progress(done, len(spans))
        positions = _positions(span, Path(body_models), report)
        if positions is None:
            continue
        for name, joints in (
            (span.name, positions),
            (f"M{span.name}", Motion(positions).mirrored().positions),
        ):
            text = _caption_text(name, span, Path(texts) if texts else None)
            split = (
                listed.get(name) if listed else hashed_split(span.name)
            )  # a clip and its mirror image go together
            if text is None or split is None:
                reason = "no caption" if text is None else "in none of train.txt, val.txt, test.txt"
                report.rejected.append({"clip": name, "reason": reason})
                continue
            features = encode_features(joints.astype(np.float64)).astype(np.float32)
            write_humanml_clip(destination, name, features, text)
            names[split].append(name)
            moments[split].add(features)
            report.accepted, report.frames = report.accepted + 1, report.frames + len(features)
            report.seconds += len(features) / FPS
    if not report.accepted:
        raise ValueError(
            f"no clip of {source} could be used; {report.summary()}; {report.rejected[0]['reason']}"
        )
    _finish(destination, names, moments, report)
    return report


def _finish(
    destination: Path,
    names: dict[str, list[str]],
    moments: dict[str, _Moments],
    report: PrepareReport,
) -> None:
    """Write splits, statistics (of the train split, of all clips where there is none) and the report."""
    used = [moments["train"]] if moments["train"].count else list(moments.values())
    count = sum(part.count for part in used)
    total = np.sum([part.total for part in used], axis=0)
    square = np.sum([part.square for part in used], axis=0)
    mean, std = statistics_of_moments(total / count, square / count)
    write_humanml_index(destination, names, mean, std)
    text = {
        "accepted": report.accepted,
        "frames": report.frames,
        "rejected": report.rejected,
        "notes": report.notes,
    }
    (destination / "report.json").write_text(json.dumps(text, indent=1) + "\n")


def _indexed(index: Path, source: Path) -> list[_Span]:
    """The spans of HumanML3D's index."""
    if not index.is_file():
        raise FileNotFoundError(f"no file {index}; index.csv comes with HumanML3D")
    with open(index, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spans = []
    for number, row in enumerate(rows, start=2):
        try:
            path, start, stop, name = (row[column] for column in _COLUMNS)
            first, last = int(float(start)), int(float(stop))
        except (KeyError, TypeError, ValueError):
            raise ValueError(
                f"{index}: line {number}: expected the columns {','.join(_COLUMNS)}"
            ) from None
        if Path(name).name != name or not Path(name).stem:
            raise ValueError(
                f"{index}: line {number}: new_name {name[:40]!r} is not a plain file name"
            )
        parts = path.replace("\\", "/").split("/")
        parts = (
            parts[parts.index("pose_data") + 1 :]
            if "pose_data" in parts
            else [p for p in parts if p != "."]
        )
        if ".." in parts:
            raise ValueError(f"{index}: line {number}: source_path {path[:60]!r} leaves the folder")
        recording = _locate(source, "/".join(parts))
        if _ACTIONS in parts:
            spans.append(_Span(Path(name).stem, recording))
        else:
            lead = next((seconds for folder, seconds in _LEADS.items() if folder in parts), 0.0)
            spans.append(_Span(Path(name).stem, recording, first, last, lead))
    return spans


def _locate(source: Path, name: str) -> Path:
    """The recording that an index means: SMPL-H's, or that of AMASS's newer SMPL-X release."""
    if _ACTIONS in name:
        return source / name
    stem = source / name
    newer = stem.stem.removesuffix("_poses").replace(" ", "_") + "_stageii.npz"
    choices = [stem.with_suffix(".npz"), stem.with_name(newer)]
    return next((path for path in choices if path.is_file()), choices[0])


def _whole(source: Path) -> list[_Span]:
    """Every AMASS recording below a folder as one clip."""
    spans = []
    for path in sorted(source.rglob("*.npz")):
        try:
            is_recording = is_amass(array_names(path))
        except ValueError:
            is_recording = True  # a damaged one, which the report then names
        if is_recording:
            spans.append(_Span("_".join(path.relative_to(source).with_suffix("").parts), path))
    return spans


def _positions(span: _Span, body_models: Path, report: PrepareReport) -> np.ndarray | None:
    """``[T 22 3]`` of a span at 20 fps, or None with the reason in the report."""
    try:
        positions, notes = _recording(span.recording, body_models)
    except FileNotFoundError:
        report.rejected.append({"clip": span.name, "reason": f"no recording: {span.recording}"})
        return None
    except (ValueError, OSError, EOFError) as error:
        report.rejected.append({"clip": span.name, "reason": f"unreadable: {error}"})
        return None
    positions = positions[int(span.lead * FPS) :][span.start : span.stop]
    if len(positions) < MIN_FRAMES + 1:
        reason = f"too short: {len(positions)} frames, at least {MIN_FRAMES + 1} are needed"
        report.rejected.append({"clip": span.name, "reason": reason})
        return None
    report.notes += [{"clip": span.name, "reason": note} for note in notes]
    return positions


@lru_cache(maxsize=2)
def _recording(path: Path, body_models: Path) -> tuple[np.ndarray, list[str]]:
    """(positions ``[T 22 3]`` at 20 fps of a whole recording, notes); the spans of one follow each other."""
    if not path.is_file():
        raise FileNotFoundError(path)
    if path.suffix == ".npy":
        joints = read_array(path)
        if (
            joints.ndim != 3
            or joints.shape[1] < len(PARENTS)
            or joints.shape[2] != 3
            or not np.isfinite(joints).all()
        ):
            raise ValueError(f"joints have shape {joints.shape}, expected finite [T 22 3]")
        return joints[:, : len(PARENTS)], []
    raw, notes, _ = read_amass(path, body_models=body_models, num_betas=_NUM_BETAS)
    step = int(raw.fps / FPS)
    if step < 1:
        raise ValueError(f"frame rate: {raw.fps:g} fps, at least {FPS:g} are needed")
    if abs(raw.fps / step - FPS) > 0.5:
        notes = [
            *notes,
            f"taken as 20 fps: {raw.fps / step:g} fps (every {step}th frame of {raw.fps:g} fps)",
        ]
    thinned = replace(raw, translations=raw.translations[::step], rotations=raw.rotations[::step])
    return thinned.positions, notes


def _caption_text(name: str, span: _Span, texts: Path | None) -> str | None:
    """The content of a clip's caption file; a mirrored clip without one gets the mirrored words."""
    if texts is None:
        words = " ".join(
            w for w in span.recording.stem.replace("-", "_").split("_") if w and not w.isdigit()
        )
        return f"{mirror_caption(words) if name != span.name else words}##0.0#0.0\n"
    own, plain = texts / f"{name}.txt", texts / f"{span.name}.txt"
    if own.is_file() and read_captions(own):
        return own.read_text(encoding="utf-8", errors="replace")
    captions: tuple[Caption, ...] = read_captions(plain) if plain.is_file() else ()
    if not captions:
        return None
    sides = ((mirror_caption(item.text), mirror_caption(item.tokens), item) for item in captions)
    return "".join(f"{text}#{tokens}#{item.start}#{item.end}\n" for text, tokens, item in sides)
