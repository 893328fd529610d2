"""The one table of motion files: names, suffixes, and where the code that reads and writes them is.

Doors, commands, their help and the page take their lists from here. A new format is a new row, and
the functions that the row names; nothing else has to know. This module imports none of those
functions, nor numpy: they are imported when a file is read or written, so that ``--help`` answers
at once.

What ``fps`` means, here and in every door: the frame rate of the *result*, be it the motion that is
read or the file that is written, in frames per second. What a file says of its own rate is always
believed; the motion is resampled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True)
class Format:
    """A kind of motion file.

    Attributes:
        name: what users call it, such as ``"bvh"``.
        suffix: how the names of its files end, such as ``".amass.npz"``.
        title: what it holds, in a few words.
        reader: where its reader is, as ``"module:function"``; empty if it is only written. The
            function takes a path and returns a ``RawMotion`` (any skeleton, unit and axes), a
            ``Motion``, or a ``Motion`` and notes; if it has a keyword ``animation``, its files may
            hold several. (AMASS's wants body models too, so ``read.py`` calls it apart.)
        writer: where its writer is, written likewise; empty if it is only read. The function takes
            ``path``, ``motion`` and, by keyword only, the options of the format. If ``fps`` is none
            of them, the motion is resampled before.
        is_video: true of pictures that ffmpeg encodes, which take seconds to draw.
    """

    name: str
    suffix: str
    title: str
    reader: str = ""
    writer: str = ""
    is_video: bool = False

    @property
    def last_suffix(self) -> str:
        """What ``Path.suffix`` says of its files: ``.npz`` for ``.amass.npz``."""
        return PurePath("motion" + self.suffix).suffix


FORMATS = (
    Format("mp4", ".mp4", "video", writer="motionlcm.render.video:render_video", is_video=True),
    Format(
        "gif", ".gif", "moving picture", writer="motionlcm.render.video:render_video", is_video=True
    ),
    Format("html", ".html", "web page with a player", writer="motionlcm.render.page:write_page"),
    Format(
        "bvh",
        ".bvh",
        "hierarchy of joints with Euler angles",
        reader="motionlcm.formats.bvh:read_bvh",
        writer="motionlcm.formats.bvh_writer:write_bvh",
    ),
    Format(
        "amc",
        ".amc",
        "Acclaim motion, with its .asf beside it",
        reader="motionlcm.formats.asf_amc:read_asf_amc",
    ),
    Format(
        "glb",
        ".glb",
        "binary glTF 2.0: joints, animation and a body",
        reader="motionlcm.formats.gltf:read_glb",
        writer="motionlcm.formats.gltf_writer:write_glb",
    ),
    Format(
        "npz",
        ".npz",
        "numpy arrays of a whole motion",
        reader="motionlcm.formats.npz:read_npz",
        writer="motionlcm.formats.npz:save_npz",
    ),
    Format(
        "amass",
        ".amass.npz",
        "SMPL parameters as AMASS has them",
        reader="motionlcm.formats.amass:load_amass",
        writer="motionlcm.formats.amass:save_amass",
    ),
    Format(
        "npy",
        ".npy",
        "a numpy array of positions or features",
        reader="motionlcm.formats.npz:read_npy",
        writer="motionlcm.formats.npz:save_npy",
    ),
    Format(
        "gltf",
        ".gltf",
        "glTF 2.0 as text, with its .bin beside it",
        reader="motionlcm.formats.gltf:read_glb",
    ),
    Format(
        "vrma",
        ".vrma",
        "VRM animation, for any VRM character",
        reader="motionlcm.formats.gltf:read_glb",
        writer="motionlcm.formats.vrma_writer:write_vrma",
    ),
    Format("vrm", ".vrm", "VRM body with animation", reader="motionlcm.formats.gltf:read_glb"),
    Format("fbx", ".fbx", "Autodesk FBX, by pufbx", reader="motionlcm.formats.fbx:read_fbx"),
)

_WRITTEN = [format for format in FORMATS if format.writer]
WRITABLE = tuple(format.name for format in _WRITTEN)  #: names of formats: "mp4", ..., "amass"
#: The same as file names end, without the dot: "mp4", ..., "amass.npz".
FILE_ENDINGS = tuple(format.suffix.removeprefix(".") for format in _WRITTEN)
VIDEO_SUFFIXES = tuple(format.suffix for format in FORMATS if format.is_video)
#: Suffixes of files that can be read, each once: AMASS's npz and our own are told apart by what is
#: in them.
READABLE = tuple(dict.fromkeys(format.last_suffix for format in FORMATS if format.reader))


def check_format(name: str) -> str:
    """The name of a format to write, from its name or suffix in any case, with or without the dot.

    Raises:
        ValueError: an unknown format; names the known ones.
    """
    plain = name.lower().lstrip(".")

    for format in _WRITTEN:
        if plain in (format.name, format.suffix.removeprefix(".")):
            return format.name

    raise ValueError(f"unknown format {name!r}; formats to write are {', '.join(WRITABLE)}")


def format_named(name: str) -> Format:
    """The row of a known format."""
    return next(format for format in FORMATS if format.name == name)


def suffix_of(name: str) -> str:
    """The suffix of a known format's files: ``.bvh``, and ``.amass.npz`` for AMASS."""
    return format_named(name).suffix


def split_suffix(file_name: str) -> tuple[str, str]:
    """A file's name and its suffix; ``"walk.amass.npz"`` is ``("walk", ".amass.npz")``."""
    for format in FORMATS:
        if format.suffix != format.last_suffix and file_name.lower().endswith(format.suffix):
            return file_name[: -len(format.suffix)], file_name[-len(format.suffix) :]

    path = PurePath(file_name)
    return path.stem, path.suffix


def overview() -> str:
    """A line for each format: how its files end, whether it is read and written, what it holds."""
    lines = []
    for format in FORMATS:
        uses = " and ".join(["read"] * bool(format.reader) + ["written"] * bool(format.writer))
        lines.append(f"  {format.suffix:<12}{uses:<18}{format.title}")
    return "\n".join(lines)


def imported(place: str) -> Callable[..., Any]:
    """The function that a ``"module:function"`` names, imported now."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
