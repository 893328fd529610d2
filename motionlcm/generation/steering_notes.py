"""What the user should know of a steered motion, a line each."""

from __future__ import annotations

import numpy as np

from motionlcm.generation.free_motion import STANDING, FreeMotion, Source
from motionlcm.motion.features import FPS
from motionlcm.motion.steering import speed_along

_MISSED = 0.005  #: metres
_SLIGHT = 0.6  #: metres; a way that is longer or shorter by less is a matter of a step


def miss_notes(error: float) -> list[str]:
    """Say that a pin is missed, by how many metres."""
    if error <= _MISSED:
        return []
    return [
        f"the worst pin is missed by {1000 * error:.0f} mm: the body cannot reach it "
        "together with the others"
    ]


def speed_notes(
    source: Source, free: FreeMotion, body: np.ndarray, fitting: tuple[float, float]
) -> list[str]:
    """Say of each part whose speed does not go with the path what would.

    Args:
        source: its parts.
        free: as the prompts alone give it.
        body: ``[T 22 3]`` metres, led along the path.
        fitting: least and greatest speed of the path as a share of the gait's.
    """
    notes = []
    for prompt, span in source.parts:
        wanted, speed = (speed_along(each[span]) for each in (body, free.positions))
        if abs(wanted - speed) * (span.stop - span.start) / FPS < _SLIGHT:
            continue
        if speed < STANDING and wanted > STANDING:
            notes.append(
                f"{prompt!r} does not travel, the path asks for {wanted:.1f} m/s: the body is "
                "carried along it; say how the person goes, such as 'a person walks'"
            )
        elif speed >= STANDING and not fitting[0] <= wanted / speed <= fitting[1]:
            seconds = wanted * (span.stop - span.start - 1) / FPS / speed
            length = f"{seconds:.1f} seconds"
            length += " or less of it" if seconds > source.longest_seconds else ""
            words = "say that the person runs" if wanted > speed else "say that the person is slow"
            notes.append(
                f"the path asks for {wanted:.1f} m/s, {prompt!r} goes {speed:.1f} m/s: "
                f"give it {length}, or {words}"
            )
    return notes
