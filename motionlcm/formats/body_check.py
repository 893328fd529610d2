"""Numbers asked whether they can be a body: their unit, the axis that points up, their bones.

What can be put right is, with a note; what cannot is told in one line. No file may give a body
that lies, is a kilometre tall, or is none, without a word.
"""

from __future__ import annotations

import numpy as np

from motionlcm.formats.upright import Y_UP, far_floor, on_floor, turned_up, unmirrored, up_axis
from motionlcm.formats.way import way_notes
from motionlcm.motion.skeleton import SMPL_22, Skeleton, bone_lengths

LEG = 0.82  #: metres, thigh and shin of a grown person
LEG_RANGE = (0.58, 1.08)
#: Units in metres, and their names; the ranges of leg lengths do not overlap.
UNITS = {
    1.0: "metres",
    0.01: "centimetres",
    0.0254: "inches",
    0.3048: "feet",
    0.0254 / 0.45: "CMU units of 0.056444 m",
    0.001: "millimetres",
    0.1: "decimetres",
}
_CHILD = (0.3, 1.3)  # metres of leg that arrays in metres may have: children, dwarfs and giants
_FASTEST = 25.0  # metres a second, of a hand or a foot seen from the pelvis; a hard kick has 12
_SHARE = 3.0  # how many times longer or shorter than an average body's a bone may be, beside legs
_SYMMETRY = 1.8  # how many times longer a left bone may be than the right one
_SPREAD = 0.35  # how much of its length a bone may vary
_LONGEST = 0.5  # legs, of a bone that is none of the long ones
#: The bones that tell, by the joint that they end in; the others are short, or set in many ways.
_LONG = ("knee", "ankle", "elbow", "wrist")
_EXACT = 1e-4  # of what was normalised
_EVERY = 60  # frames that are looked at


def metres_per_unit(leg: float, declared: float | None, notes: list[str]) -> float:
    """Tell the unit from what the file says, if that fits the length of the legs, or from them.

    Where the file says it, they may be those of children, dwarfs and giants.

    Args:
        leg: length of thigh and shin in the file's unit.
        declared: metres per unit that the file says, or None.
        notes: is told the unit.
    """
    units = [declared] if declared else []

    for unit in [*units, *UNITS]:
        low, high = _CHILD if unit == declared else LEG_RANGE
        if low <= unit * leg <= high:
            names = [name for value, name in UNITS.items() if abs(value / unit - 1) < 1e-4]
            name = names[0] if names else f"{unit:g} m"
            notes.append(f"unit: {name} (legs of {unit * leg:.2f} m)")
            return unit

    notes.append(f"unknown unit (legs of {leg:.4g}): scaled to legs of {LEG} m")
    return LEG / leg


def leg_length(positions: np.ndarray, skeleton: Skeleton = SMPL_22) -> float:
    """Thigh and shin of ``[T J 3]``, the mean of left and right, the median over time."""
    limbs = skeleton.limbs
    lengths = bone_lengths(positions, skeleton)[:, [*limbs.knees, *limbs.ankles]]
    return float(np.median(lengths.sum(axis=1) / 2))


def as_body(
    positions: np.ndarray,
    notes: list[str],
    skeleton: Skeleton = SMPL_22,
    *,
    fps: float,
    is_own: bool = False,
) -> np.ndarray:
    """Positions ``[T J 3]`` of a file that says nothing of unit and axes, in metres, Y up.

    A body that stands in metres, Y up, is given back as it is. Of one that lies a note tells,
    unless this package wrote it (``is_own``), and of a way at ``fps`` that feet do not go along
    with.

    Raises:
        ValueError: no unit and no axes make them a body.
    """
    sample = positions[:: max(len(positions) // _EVERY, 1)].astype(np.float64)
    if not is_own:
        _check_stretched(positions)
    fault = body_fault(sample, skeleton)
    if fault:
        raise ValueError(fault)

    leg = leg_length(sample, skeleton)
    scale = 1.0
    if not is_own:
        scale = _unit_scale(positions, leg, notes)
    if scale == 1 and not _CHILD[0] <= leg <= _CHILD[1]:
        scale = metres_per_unit(leg, None, notes)
    up = up_axis(sample * scale, None, skeleton=skeleton)
    moved = positions.astype(np.float64) * scale
    upright = turned_up(moved, up, notes, is_told=is_own, skeleton=skeleton)
    if scale == 1 and up == Y_UP:
        floor = 0.0 if is_own else far_floor(positions, notes)
        upright = positions if floor == 0 else positions - np.array([0.0, floor, 0.0])
        body = unmirrored(upright, notes, skeleton, is_told=is_own)
    else:
        body = on_floor(unmirrored(upright, notes, skeleton, is_told=is_own), notes)

    notes += [] if is_own else way_notes(body, fps, skeleton)
    return body


def _check_stretched(positions: np.ndarray) -> None:
    """Raise ValueError for positions whose axes were each brought to the same range or spread."""
    numbers = positions.reshape(-1, 3)
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    for start in (0.0, -1.0):
        if np.abs(low - start).max() < _EXACT and np.abs(high - 1).max() < _EXACT:
            raise ValueError(
                f"each axis goes from {start:g} to 1: the positions are normalised; undo it first, "
                "positions * (highest - lowest) + lowest of the data set, or its like"
            )

    mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
    if max(np.abs(mean).max(), np.abs(spread - 1).max()) < _EXACT:
        raise ValueError(
            "each axis has mean 0 and deviation 1: the positions are normalised; undo it first: "
            "positions * Std + Mean"
        )


def _unit_scale(positions: np.ndarray, leg: float, notes: list[str]) -> float:
    """Metres per unit of positions whose largest number is 1, as normalised ones have it; else 1.

    What is small for another reason is noted.
    """
    if LEG_RANGE[0] <= leg <= LEG_RANGE[1]:
        return 1.0
    if abs(float(np.abs(positions).max()) - 1) < _EXACT:
        notes.append(f"no number is above 1, as if normalised: scaled to legs of {LEG} m")
        return LEG / leg
    if _CHILD[0] <= leg <= _CHILD[1]:
        notes.append(f"legs of {leg:.2f} m, believed to be metres")
    return 1.0


def body_fault(positions: np.ndarray, skeleton: Skeleton = SMPL_22) -> str | None:
    """Say why positions ``[T J 3]`` of any unit are no body, in a few words; else None."""
    leg = leg_length(positions, skeleton)
    if not (np.isfinite(leg) and leg > 1e-6):
        return "the legs have no length"

    lengths = bone_lengths(positions, skeleton) / leg  # [T J]
    usual = np.linalg.norm(skeleton.offsets, axis=-1)
    usual = usual / usual[[*skeleton.limbs.knees, *skeleton.limbs.ankles]].sum() * 2
    median = np.median(lengths, axis=0)
    low, high = np.percentile(lengths, [10, 90], axis=0)

    order = "; are these SMPL's joints, in SMPL's order?"
    for part in _LONG:
        left, right = (skeleton.index(f"{side}_{part}") for side in ("left", "right"))
        ratio = median[left] / max(median[right], 1e-9)
        if not 1 / _SYMMETRY <= ratio <= _SYMMETRY:
            return f"the bone of left_{part} is {ratio:.2g} times the right one{order}"
        for joint in (left, right):
            if not 1 / _SHARE <= median[joint] / usual[joint] <= _SHARE:
                return (
                    f"the bone of {skeleton.names[joint]} is {median[joint]:.2g} times a leg{order}"
                )
            if high[joint] - low[joint] > _SPREAD * median[joint]:
                return f"the bone of {skeleton.names[joint]} changes its length{order}"

    long = {skeleton.index(f"{side}_{part}") for part in _LONG for side in ("left", "right")}
    for joint in set(range(1, skeleton.num_joints)) - long:
        if median[joint] > _LONGEST:
            return f"the bone of {skeleton.names[joint]} is {median[joint]:.2g} times a leg{order}"

    trunk = np.linalg.norm(
        positions[:, skeleton.limbs.head] - positions[:, skeleton.limbs.pelvis], axis=-1
    )
    share = float(np.median(trunk)) / leg
    if not 0.3 <= share <= 2.0:
        return f"the head is {share:.2g} legs away from the pelvis{order}"
    return None


def speed_note(positions: np.ndarray, fps: float, skeleton: Skeleton = SMPL_22) -> str | None:
    """A note on a motion ``[T J 3]``, in metres, that is too fast for a person; else None."""
    if len(positions) < 3:
        return None

    local = positions - positions[:, :1]
    speeds = np.linalg.norm(np.diff(local, axis=0), axis=-1) * fps  # [T-1 J]
    fastest = float(np.percentile(speeds.max(axis=1), 75))
    if fastest <= _FASTEST:
        return None
    return (
        f"hands or feet move at {fastest:.0f} m/s: is {fps:g} the recording's frame rate? "
        "--input-fps tells it"
    )
