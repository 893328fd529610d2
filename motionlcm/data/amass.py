"""AMASS to a folder in HumanML3D's layout, as HumanML3D's own preprocessing does it.

Each recording is posed with its subject's body model, decimated to 20 fps (every n-th frame,
n = fps / 20 rounded down), turned to Y up, cut to the spans of ``index.csv``, and written twice: as
it is, and mirrored with an M before its name. Then come the features, as for any motion.

Source: Guo et al., HumanML3D, CVPR 2022, and the notebooks published with it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from motionlcm.data.captions import mirror_caption, read_captions
from motionlcm.data.prepare import MIN_FRAMES, hashed_split, read_splits
from motionlcm.data.prepare_report import PrepareReport
from motionlcm.data.sources import words_of_name
from motionlcm.data.store import (
    SPLITS,
    statistics_of_moments,
    write_humanml_clip,
    write_humanml_index,
)
from motionlcm.formats.amass import read_amass
from motionlcm.formats.array_files import array_names, read_array
from motionlcm.formats.smpl_parameters import is_amass
from motionlcm.motion.features import FPS, HUMANML, encode_features
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import PARENTS
from motionlcm.text_files import read_text_file

_NUM_BETAS = 10  # of the subject's shape, as many as HumanML3D uses
#: Seconds at the start of a recording that are no motion (a T-pose, a synchronisation), by folder.
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
    """Frames ``start`` to ``stop`` (20 fps; None: to the end) of a recording: the clip ``name``."""

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
        """Count the rows of one clip."""
        rows = features.astype(np.float64)
        self.count += len(rows)
        self.total += rows.sum(axis=0)
        self.square += (rows**2).sum(axis=0)


class _Writer:
    """A folder in HumanML3D's layout that is being written, clip by clip."""

    def __init__(self, folder: Path, listed: dict[str, str], report: PrepareReport) -> None:
        self.folder = folder
        self.listed = listed
        self.report = report
        self.names: dict[str, list[str]] = {split: [] for split in SPLITS}
        self.moments = {split: _Moments() for split in SPLITS}

    def add(self, name: str, original: str, positions: np.ndarray, text: str | None) -> None:
        """Write one clip ``[T 22 3]``, or the reason why not; ``original`` is not mirrored."""
        # a clip and its mirror image go together
        split = self.listed.get(name) if self.listed else hashed_split(original)
        captions = [line.split("#")[0] for line in (text or "").splitlines()]
        self.report.see(name, positions, FPS, captions)
        if text is None or split is None:
            reason = "no caption" if text is None else "in none of train.txt, val.txt, test.txt"
            self.report.reject(name, reason)
            return

        features = encode_features(positions.astype(np.float64)).astype(np.float32)
        write_humanml_clip(self.folder, name, features, text)
        self.names[split].append(name)
        self.moments[split].add(features)
        self.report.accepted += 1
        self.report.frames += len(features)
        self.report.seconds += len(features) / FPS

    def accepted(self) -> list[str]:
        """The names of the clips that were written."""
        return [name for split in SPLITS for name in self.names[split]]

    def finish(self) -> None:
        """Write splits and statistics (of train; of all where there is none)."""
        train = self.moments["train"]
        used = [train] if train.count else list(self.moments.values())
        count = sum(part.count for part in used)
        total = np.sum([part.total for part in used], axis=0)
        square = np.sum([part.square for part in used], axis=0)
        mean, std = statistics_of_moments(total / count, square / count)
        write_humanml_index(self.folder, self.names, mean, std)


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
        source: folder with AMASS's folders in it (``KIT/3/..._poses.npz``), and ``humanact12`` if
            there is one.
        destination: folder to write; the split files and ``report.json`` come last.
        body_models: folder of SMPL-H (and SMPL-X) models.
        index: HumanML3D's ``index.csv``; without it every recording below ``source`` is one clip.
            The folder that it lies in may hold ``train.txt``, ``val.txt`` and ``test.txt``.
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
    body_models = Path(body_models)
    texts = Path(texts) if texts else None
    for folder in (source, body_models, texts):
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}")
    spans = _indexed(Path(index), source) if index else _whole(source)
    if not spans:
        raise FileNotFoundError(f"{source} holds no AMASS recording (npz with poses and trans)")

    report = PrepareReport()
    writer = _Writer(destination, read_splits(Path(index).parent if index else source), report)
    with report.written(destination, writer.accepted, source=source):
        for done, span in enumerate(spans):
            if progress is not None:
                progress(done, len(spans))
            _write_span(writer, span, body_models, texts)
        if not report.accepted:
            raise ValueError(f"no clip of {source} could be used; {report.summary()}")
        writer.finish()
    return report


def _write_span(writer: _Writer, span: _Span, body_models: Path, texts: Path | None) -> None:
    """Write the clip of a span and its mirror image, or the reasons why not."""
    positions = _positions(span, body_models, writer.report)
    if positions is None:
        return
    mirrored = Motion(positions).mirrored().positions
    for name, joints in ((span.name, positions), (f"M{span.name}", mirrored)):
        writer.add(name, span.name, joints, _caption_text(name, span, texts))


def _indexed(index: Path, source: Path) -> list[_Span]:
    """The spans of HumanML3D's index."""
    if not index.is_file():
        raise FileNotFoundError(f"no file {index}; index.csv comes with HumanML3D")

    with open(index, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        _span(row, source, f"{index}: line {number}") for number, row in enumerate(rows, start=2)
    ]


def _span(row: dict[str, str], source: Path, where: str) -> _Span:
    """One row of the index; ``where`` opens the error of a bad one."""
    try:
        path, start, stop, name = (row[column] for column in _COLUMNS)
        first, last = int(float(start)), int(float(stop))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{where}: expected the columns {','.join(_COLUMNS)}") from None
    if Path(name).name != name or not Path(name).stem:
        raise ValueError(f"{where}: new_name {name[:40]!r} is not a plain file name")

    parts = path.replace("\\", "/").split("/")
    if "pose_data" in parts:
        parts = parts[parts.index("pose_data") + 1 :]
    parts = [part for part in parts if part != "."]
    if ".." in parts:
        raise ValueError(f"{where}: source_path {path[:60]!r} leaves the folder")

    recording = _locate(source, "/".join(parts))
    if _ACTIONS in parts:
        return _Span(Path(name).stem, recording)
    lead = next((seconds for folder, seconds in _LEADS.items() if folder in parts), 0.0)
    return _Span(Path(name).stem, recording, first, last, lead)


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
        report.reject(span.name, f"no recording: {span.recording}")
        return None
    except (ValueError, OSError, EOFError) as error:
        report.reject(span.name, f"unreadable: {error}")
        return None

    positions = positions[int(span.lead * FPS) :][span.start : span.stop]
    if len(positions) < MIN_FRAMES:
        reason = f"too short: {len(positions)} frames, at least {MIN_FRAMES} are needed"
        report.reject(span.name, reason)
        report.see(span.name, positions, FPS, ())
        return None

    for note in notes:
        report.note(span.name, note)
    return positions


@lru_cache(maxsize=2)
def _recording(path: Path, body_models: Path) -> tuple[np.ndarray, list[str]]:
    """Positions ``[T 22 3]`` at 20 fps of a whole recording, and notes.

    The spans of one recording follow each other in the index, so the last two are kept.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    if path.suffix == ".npy":
        return _joints(path), []

    raw, notes, _ = read_amass(path, body_models=body_models, num_betas=_NUM_BETAS)
    step = int(raw.fps / FPS)
    if step < 1:
        raise ValueError(f"frame rate: {raw.fps:g} fps, at least {FPS:g} are needed")
    if abs(raw.fps / step - FPS) > 0.5:
        rates = f"{raw.fps / step:g} fps (every {step}th frame of {raw.fps:g} fps)"
        notes = [*notes, f"taken as 20 fps: {rates}"]

    thinned = replace(raw, translations=raw.translations[::step], rotations=raw.rotations[::step])
    return thinned.positions, notes


def _joints(path: Path) -> np.ndarray:
    """Joint positions ``[T 22 3]`` from an npy of at least so many joints."""
    joints = read_array(path)
    num_joints = len(PARENTS)
    has_shape = joints.ndim == 3 and joints.shape[1] >= num_joints and joints.shape[2] == 3
    if not has_shape or not np.isfinite(joints).all():
        raise ValueError(f"joints have shape {joints.shape}, expected finite [T 22 3]")
    return joints[:, :num_joints]


def _caption_text(name: str, span: _Span, texts: Path | None) -> str | None:
    """The content of a clip's caption file; a mirrored clip without one gets the mirrored words."""
    if texts is None:
        words = words_of_name(span.recording.stem)
        return f"{mirror_caption(words) if name != span.name else words}##0.0#0.0\n"

    path = texts / f"{name}.txt"
    if path.is_file() and read_captions(path):
        return read_text_file(path)

    original = texts / f"{span.name}.txt"
    captions = read_captions(original) if original.is_file() else ()
    if not captions:
        return None
    lines = []
    for caption in captions:
        text, tokens = mirror_caption(caption.text), mirror_caption(caption.tokens)
        lines.append(f"{text}#{tokens}#{caption.start}#{caption.end}\n")
    return "".join(lines)
