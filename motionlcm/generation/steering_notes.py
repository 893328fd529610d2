"""What the user should know of a steered motion, a line each."""

from __future__ import annotations

import numpy as np

from motionlcm.generation.free_motion import STANDING, Source
from motionlcm.generation.gaits import Gait
from motionlcm.generation.request import MIN_SECONDS
from motionlcm.motion.features import FPS
from motionlcm.motion.reachability import widest_gaps
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.motion.steering import speed_along, way_gone, worst_pin
from motionlcm.motion.targets import Targets

_MISSED = 0.002  #: metres
_TOLD = 0.9  #: of a stretch's frames, over which fixed places tell how the root goes
_SLIGHT = 0.6  #: metres; a way that is longer or shorter by less is a matter of a step


def miss_notes(body: np.ndarray, targets: Targets) -> list[str]:
    """Say which pin is missed most, by how much, and whether any body could have reached it.

    Args:
        body: ``[T 22 3]`` metres, as it came out.
        targets: of T frames.
    """
    frame, joint, miss = worst_pin(body, targets)
    if miss <= _MISSED:
        return []
    pin = f"{JOINT_NAMES[joint]} in frame {frame}"
    missed = f"the worst pin, {pin}, is missed by {1000 * miss:.0f} mm"

    gaps = {gap.frame: gap for gap in widest_gaps(targets)}
    # two pins share what their distance is off
    if frame in gaps and gaps[frame].size > miss:
        gap = gaps[frame]
        return [
            f"{missed}: no body of this size reaches all pins of that frame, as "
            f"{JOINT_NAMES[gap.joint]} is to be {gap.words()}"
        ]
    return [
        f"{missed}: no pose was found that reaches all pins of that frame together; bring them "
        "nearer to each other, or into different frames"
    ]


def speed_notes(
    source: Source,
    gait: Gait,
    targets: Targets,
    fitting: tuple[float, float],
) -> list[str]:
    """Say of each part whose speed does not go with the path what would.

    Args:
        source: its parts.
        gait: that was led along the path.
        targets: of T frames.
        fitting: least and greatest speed of the path as a share of the gait's.
    """
    notes = []
    for prompt, span in source.parts:
        seconds = (span.stop - span.start) / FPS
        speed = speed_along(gait.free.positions[span])
        wanted = _way(targets, gait.body, span) / seconds
        if abs(wanted - speed) * seconds < _SLIGHT:
            continue

        way = f"{wanted:.2f} m/s ({wanted * seconds:.1f} m in {seconds:.1f} s)"
        if speed < STANDING and wanted > STANDING:
            notes.append(
                f"{prompt!r} does not travel, the path asks for {way}: the body is "
                "carried along it; say how the person goes, such as 'a person walks'"
            )
        elif speed >= STANDING and not fitting[0] <= wanted / speed <= fitting[1]:
            low, high = (share * speed for share in fitting)
            notes.append(
                f"the path asks for {way}, {prompt!r} goes {speed:.2f} m/s and can go {low:.2f} to "
                f"{high:.2f}: "
                + _remedies(wanted * seconds, seconds, (low, high), source.longest_seconds)
            )
    return notes


def _way(targets: Targets, body: np.ndarray, span: slice) -> float:
    """Metres that the root is to go in some frames: along its fixed places, or as the body goes.

    Between places far apart and before the first of them the body has a way of its own.
    """
    frames = targets.root_frames
    inside = frames[(frames >= span.start) & (frames < span.stop)]
    is_told = len(inside) > 1 and np.ptp(inside) > _TOLD * (span.stop - span.start)
    if not is_told:
        return way_gone(body[span])
    places = targets.positions[inside, 0][:, ::2]
    return float(np.linalg.norm(np.diff(places, axis=0), axis=-1).sum())


def _remedies(way: float, seconds: float, able: tuple[float, float], longest: float) -> str:
    """Say what brings a path to a speed that the gait has: its time, its length, or other words.

    Args:
        way: metres of the path.
        seconds: that it takes now.
        able: least and greatest speed of the gait, m/s.
        longest: seconds that it may take at most.
    """
    low, high = able
    shortest, slowest = max(MIN_SECONDS, way / high), min(longest, way / low)
    remedies = [f"make the path {low * seconds:.1f} to {high * seconds:.1f} m long"]
    if shortest <= slowest:
        remedies.insert(0, f"let it take {shortest:.1f} to {slowest:.1f} seconds")

    pace = way / seconds
    words = "runs" if pace > high else "stands" if pace < STANDING else "goes slowly"
    return ", ".join(remedies) + f", or say that the person {words}"
