"""A row of what is fuzzed, and the motion that seed files hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Reader:
    """A function that reads files which anybody may have made.

    Attributes:
        name: of the row.
        write: writes good files into a folder.
        files: those of them that are damaged, one at a time, relative to the folder.
        read: reads the folder; may raise ``REFUSALS`` in one line.
        cost: about how many times as long as others it takes; in a long run it is tried so many
            times less often.
        seconds: of the processor that a small file may take.
    """

    name: str
    write: Callable[[Path], None]
    files: tuple[str, ...]
    read: Callable[[Path], Any]
    cost: int = 1
    seconds: float = 1.0


#: What readers may raise for a damaged file: documented, and one line on every command's stderr.
REFUSALS = (ValueError, FileNotFoundError)


def walk(frames: int = 24) -> Any:
    """A motion of a few frames."""
    from motionlcm.motion.motion import Motion
    from motionlcm.motion.skeleton import SMPL_22

    time = np.arange(frames)[:, None, None]
    rest = np.zeros((22, 3))
    for joint, parent in enumerate(SMPL_22.parents):
        rest[joint] = SMPL_22.offsets[joint] + (rest[parent] if parent >= 0 else 0)
    positions = rest + [0, 0.95, 0] + 0.02 * np.sin(time * 0.4 + np.arange(22)[:, None])
    positions = positions + [0.0, 0.0, 0.03] * time
    return Motion(positions.astype(np.float32), 20.0, caption="a person walks")
