"""A motion as one web page that plays it: nothing is loaded, it opens from disk in any browser.

The player is the core of the large page (``web/static/core``): its modules, one after the other,
which draw on a plain canvas. With three.js every file, and every cell of a notebook, would weigh at
least 200 kB more and need WebGL; now the player is 20 kB and a second of motion 4 kB.
"""

from __future__ import annotations

import base64
import html
import json
import re
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.integrity import packaged_text
from motionlcm.motion.loops import is_looped
from motionlcm.motion.motion import Motion

_LARGEST = 32767  # of int16
#: The modules of the player, each after those that it imports.
_MODULES = ("skeleton", "motion", "playback", "painter", "player")


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
    return Template(packaged_text("render/page.html")).substitute(
        title=html.escape(caption if caption is not None else motion.caption or "motion"),
        player=player_script(),
        motion=json.dumps(player_content(motion), separators=(",", ":")).replace("<", "\\u003c"),
    )


def notebook_frame(motion: Motion, *, height: int = 420) -> str:
    """HTML that shows the player's page inside another one, such as a notebook.

    Args:
        motion: any skeleton, any frame rate.
        height: pixels.
    """
    page = html.escape(player_page(motion), quote=True)
    title = html.escape(motion.caption or "motion", quote=True)
    style = f"width: 100%; height: {height}px; border: 0; border-radius: 12px"
    return (
        f'<iframe title="{title}" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'
    )


@cache
def player_script() -> str:
    """The player as one script without imports, which defines ``MotionPlayer`` and ``Motion``."""
    parts = []
    for name in _MODULES:
        text = packaged_text(f"web/static/core/{name}.js")
        text = re.sub(r"^import .*\n", "", text, flags=re.MULTILINE)
        parts.append(re.sub(r"^export ", "", text, flags=re.MULTILINE))
    return "\n".join(parts)


def player_content(motion: Motion) -> dict[str, Any]:
    """What ``Motion.fromPage`` of the player reads, ready for JSON.

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
