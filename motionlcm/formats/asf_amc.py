"""Acclaim motion capture: a motion file (.amc) with its skeleton file (.asf, read by ``asf.py``).

A bone of the skeleton becomes a joint at the bone's start, with the bone's name, as in the BVH
conversions of these files; leaves also get a ``<name>_end``. The files hardly ever say their frame
rate: CMU and HDM05 record at 120 fps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.asf import ROOT, AcclaimSkeleton, read_asf
from motionlcm.formats.bvh_angles import WHOLE_TURN, are_radians
from motionlcm.formats.raw import FPS_RANGE, RawMotion, parse_number, read_text

_UNITS = {":radians": True, ":degrees": False}
_RATES = (":samples-per-second", ":frames-per-second", ":framerate", ":frame-rate", ":fps")
_ASSUMED_FPS = 120.0
_ASSUMED_NOTE = "the files say no frame rate: assumed 120 fps; --input-fps tells another"


@dataclass
class _Joint:
    name: str
    parent: int  # -1 for the root
    offset: np.ndarray  # [3]
    is_end: bool = False


def read_asf_amc(
    amc_path: str | Path, asf_path: str | Path | None = None, *, fps: float | None = None
) -> RawMotion:
    """Read an Acclaim motion with its skeleton.

    Args:
        amc_path: the motion.
        asf_path: the skeleton; by default ``find_asf(amc_path)``.
        fps: the frame rate; by default the one that a header says, or 120, which a note says.
    Returns:
        The motion in the file's own unit and axes, with the metres per unit that the skeleton
        gives.
    Raises:
        ValueError: anything wrong with either file, with its name, the line, what was found and
            what is expected.
    """
    amc_path = Path(amc_path)
    if not amc_path.is_file():
        raise ValueError(f"{amc_path}: no such file; expected an AMC file")

    skeleton = read_asf(Path(asf_path) if asf_path is not None else find_asf(amc_path))
    values, header = _read_amc(amc_path, skeleton)
    notes: list[str] = []
    to_radians = _radians_of(values, skeleton, header.is_radians, notes)
    num_frames = len(values[ROOT])
    fps = fps or header.fps

    # Joints keep still unless they are bones that the motion file turns.
    joints = _joints(skeleton)
    offsets = np.array([joint.offset for joint in joints])
    rotations = np.tile([1.0, 0, 0, 0], (num_frames, len(joints), 1))  # [T J 4]
    for index, (name, bone) in enumerate(skeleton.bones.items()):
        if name in values:
            rotations[:, index] = bone.local_rotations(values[name], to_radians)

    return RawMotion(
        names=tuple(joint.name for joint in joints),
        parents=tuple(joint.parent for joint in joints),
        offsets=offsets,
        translations=_translations(offsets, skeleton, values[ROOT]),
        rotations=rotations,
        fps=fps or _ASSUMED_FPS,
        is_end_site=np.array([joint.is_end for joint in joints]),
        metres_per_unit=skeleton.metres_per_unit,
        source=amc_path.name,
        notes=(*(() if fps else (_ASSUMED_NOTE,)), *notes, *_stretches(skeleton, values)),
    )


def _radians_of(
    values: dict[str, np.ndarray],
    skeleton: AcclaimSkeleton,
    is_radians: bool | None,
    notes: list[str],
) -> float:
    """Radians per unit of the motion's angles: as the motion file says, else the skeleton's.

    Where the numbers ``{bone: values [T C]}`` cannot be what is said, a note says what they are.
    """
    to_radians = skeleton.to_radians
    if is_radians is not None:
        to_radians = 1.0 if is_radians else np.pi / 180

    parts: dict[str, np.ndarray] = {}
    for name, rows in values.items():
        is_angle = [channel[0] == "r" for channel in skeleton.bones[name].dof]
        parts[name] = rows[:, is_angle]
    if to_radians != 1.0:
        is_way = [channel[0] == "t" for channel in skeleton.bones[ROOT].dof]
        longest = max(bone.length for bone in skeleton.bones.values())
        angles = np.concatenate(list(parts.values()), axis=1)
        is_said_wrongly = are_radians(angles, values[ROOT][:, is_way], longest, notes)
        return 1.0 if is_said_wrongly else to_radians

    # The root may turn several times; no limb does.
    limbs = [np.abs(angles).max(initial=0) for name, angles in parts.items() if name != ROOT]
    if max(limbs, default=0) > WHOLE_TURN:
        notes.append("limbs turn by more than 6.3: degrees, though the files say radians")
        return np.pi / 180
    return to_radians


def _stretches(skeleton: AcclaimSkeleton, values: dict[str, np.ndarray]) -> list[str]:
    """A note on the bones ``{name: values [T C]}`` that the motion would make longer or shift."""
    stretched = []
    for name, rows in values.items():
        columns = [i for i, channel in enumerate(skeleton.bones[name].dof) if channel[0] != "r"]
        if name != ROOT and np.any(rows[:, columns]):
            stretched.append(name)
    if not stretched:
        return []
    return [f"lengths and shifts of bones are not applied: {', '.join(stretched[:10])}"]


def find_asf(amc_path: str | Path) -> Path:
    """The skeleton of a motion: in the same folder, by its name or because it is alone there.

    Its name is the motion's up to one of the underscores (``cmu_16.asf`` for ``cmu_16_24.amc``; the
    longest such name wins).

    Raises:
        ValueError: none or several fit.
    """
    amc_path = Path(amc_path)
    skeletons = sorted(path for path in amc_path.parent.iterdir() if path.suffix.lower() == ".asf")

    parts = amc_path.stem.split("_")
    for count in range(len(parts), 0, -1):
        stem = "_".join(parts[:count]).lower()
        for path in skeletons:
            if path.stem.lower() == stem:
                return path
    if len(skeletons) == 1:
        return skeletons[0]

    expected = "_".join(parts[:-1]) or amc_path.stem
    listing = ", ".join(path.name for path in skeletons[:5]) or "none"
    raise ValueError(
        f"{amc_path}: no skeleton found: expected {expected}.asf or a single .asf in "
        f"{amc_path.parent}, found {listing}; put it there or name it"
    )


def _joints(skeleton: AcclaimSkeleton) -> list[_Joint]:
    """One joint at the start of each bone, in the bones' order, then one at each leaf's end."""
    index = {name: number for number, name in enumerate(skeleton.bones)}

    joints = []
    for name in skeleton.bones:
        parent = skeleton.parents.get(name)
        # A bone starts where its parent ends; the root has no length.
        offset = np.zeros(3)
        if parent is not None and parent != ROOT:
            offset = skeleton.bones[parent].end
        joints.append(_Joint(name, -1 if parent is None else index[parent], offset))

    inner = {ROOT, *skeleton.parents.values()}
    for name, bone in skeleton.bones.items():
        if name not in inner:
            joints.append(_Joint(f"{name}_end", index[name], bone.end, is_end=True))
    return joints


def _translations(
    offsets: np.ndarray, skeleton: AcclaimSkeleton, root_values: np.ndarray
) -> np.ndarray:
    """Local translations ``[T J 3]``: offsets ``[J 3]``, the root moved by its values ``[T C]``."""
    translations = np.repeat(offsets[None], len(root_values), axis=0)
    for column, channel in enumerate(skeleton.bones[ROOT].dof):
        if channel[0] == "t":
            axis = "xyz".index(channel[1])
            translations[:, 0, axis] = skeleton.root_position[axis] + root_values[:, column]
    return translations


@dataclass
class _Header:
    """What a motion file says of itself; None where it does not say."""

    is_radians: bool | None = None
    fps: float | None = None

    def read(self, words: list[str]) -> None:
        """Take over one line that begins with a colon; others than ours are passed over."""
        key = words[0].lower()
        self.is_radians = _UNITS.get(key, self.is_radians)
        if key in _RATES and len(words) > 1:
            try:
                rate = float(words[1])
            except ValueError:
                return
            self.fps = rate if FPS_RANGE[0] <= rate <= FPS_RANGE[1] else None


def _read_amc(path: Path, skeleton: AcclaimSkeleton) -> tuple[dict[str, np.ndarray], _Header]:
    """({bone: values [T C]}, what the file says of itself)."""
    lines = read_text(path, "AMC").split("\n")
    table = _FrameTable(skeleton)
    header = _Header()
    for number, line in enumerate(lines, start=1):
        line = line.split("#")[0]
        words = line.replace(",", " ").split()
        if not words:
            continue

        place = f"{path}: line {number}"
        if words[0][0] == ":":
            header.read(words)
        elif len(words) == 1 and words[0].isdecimal():
            table.start_frame(words[0], place)
        elif table.frame is None:
            raise ValueError(
                f"{place}: found {words[0][:40]!r}, expected a header or a frame number"
            )
        else:
            if "," in line and not table.fits(words):
                words = line.replace(",", ".").split()  # decimal commas
            table.add_row(words, place)

    end = f"{path}: line {len(lines)}"
    table.check_frame(end)
    if table.num_frames == 0:
        raise ValueError(f"{end}: the file ends without a single frame")

    values = {name: np.array(rows) for name, rows in table.rows.items() if rows}
    for name, rows in values.items():
        if not np.isfinite(rows).all():
            bad = int(np.argwhere(~np.isfinite(rows))[0, 0])
            raise ValueError(
                f"{path}: frame {bad + 1}: bone {shown(name)} has a value that is not finite"
            )
    return values, header


class _FrameTable:
    """Rows of an .amc file, gathered frame by frame: one a frame for every bone that moves."""

    def __init__(self, skeleton: AcclaimSkeleton) -> None:
        self.widths = {name: len(bone.dof) for name, bone in skeleton.bones.items() if bone.dof}
        self.rows: dict[str, list[list[float]]] = {name: [] for name in self.widths}
        self.frame: int | None = None  # the number that the file gives the frame we are in
        self.num_frames = 0

    def start_frame(self, number: str, place: str) -> None:
        """Close the frame before and begin the one of this number."""
        self.check_frame(place)

        if self.frame is not None and int(number) != self.frame + 1:
            raise ValueError(
                f"{place}: found frame {number}, expected {self.frame + 1}; number the frames one "
                "after the other, and tell the rate of those that are left with --input-fps"
            )

        self.frame = int(number)
        self.num_frames += 1

    def fits(self, words: list[str]) -> bool:
        """Whether a row has as many values as its bone takes."""
        return self.widths.get(words[0].lower(), -1) == len(words) - 1

    def add_row(self, words: list[str], place: str) -> None:
        """Add a bone's values; numbers that are not finite are found later, all at once."""
        name, *tokens = words
        name = name.lower()
        if name not in self.rows:
            raise ValueError(
                f"{place}: found bone {name[:40]!r}, "
                "which the skeleton does not have or lets not move"
            )
        if len(tokens) != self.widths[name]:
            raise ValueError(
                f"{place}: found {len(tokens)} values, "
                f"expected {self.widths[name]} for bone {shown(name)}"
            )

        try:
            self.rows[name].append(list(map(float, tokens)))
        except ValueError:
            # One of them is no number; parse_number says which.
            self.rows[name].append(
                [parse_number(token, place, f"an angle of {shown(name)}") for token in tokens]
            )

    def check_frame(self, place: str) -> None:
        """Raise ValueError unless every bone that moves has one row in the frame that ends."""
        if self.frame is None:
            return

        for name, rows in self.rows.items():
            if len(rows) != self.num_frames and (rows or name == ROOT):
                count = len(rows) - self.num_frames + 1
                raise ValueError(
                    f"{place}: frame {self.frame} has {count} rows for {shown(name)}, expected 1"
                )
