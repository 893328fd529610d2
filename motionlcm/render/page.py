"""A motion as one web page that plays it: nothing is loaded, it opens from disk in any browser."""

from __future__ import annotations

import base64
import html
import json
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.motion.loops import is_looped
from motionlcm.motion.motion import Motion

_LARGEST = 32767  # of int16


def write_page(path: str | Path, motion: Motion, *, caption: str | None = None) -> Path:
    """Write the page that plays a motion, whole or not at all.

    Args:
        path: the file to write.
        motion: any skeleton, any frame rate.
        caption: shown at the top; None shows the motion's own.
    Returns:
        The path written.
    Raises:
        ValueError: the folder does not exist.
    """
    return write_bytes(path, player_page(motion, caption=caption).encode())


def player_page(motion: Motion, *, caption: str | None = None) -> str:
    """The page, with a player: drag to turn, wheel to zoom, space to play or pause.

    Args:
        motion: any skeleton, any frame rate.
        caption: shown at the top; None shows the motion's own.
    Returns:
        HTML, complete in itself.
    """
    folder = files("motionlcm.render")
    return Template((folder / "page.html").read_text("utf-8")).substitute(
        title=html.escape(caption if caption is not None else motion.caption or "motion"),
        player=(folder / "player.js").read_text("utf-8"),
        motion=json.dumps(player_content(motion), separators=(",", ":")).replace("<", "\\u003c"),
    )


def player_content(motion: Motion) -> dict[str, Any]:
    """What ``MotionPlayer.decode`` of player.js reads, ready for JSON.

    Positions are rounded to a millimetre, to more where the motion leaves a square of 65 metres.
    """
    unit = max(0.001, float(np.abs(motion.positions).max()) / _LARGEST)  # metres
    numbers = np.round(motion.positions / unit).astype("<i2")
    return {
        "fps": motion.fps,
        "names": motion.skeleton.names,
        "parents": motion.skeleton.parents,
        "loops": is_looped(motion.positions),
        "unit": unit,
        "numbers": base64.b64encode(numbers.tobytes()).decode(),
    }
