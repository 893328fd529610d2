"""A glTF 2.0 file as JSON and arrays: its chunks, buffers and accessors, not what they mean.

Buffers are in the file itself (the binary chunk or data URIs) or in files beside it. Compressed key
frames are refused.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers) and 4.4 (GLB).
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np

from motionlcm.damage import reason

GENERATOR = "motionlcm"  #: what files of this package say of their origin
_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_LARGEST = 2**31  # bytes
_MOST_ZEROS = 1_000_000  # elements of an accessor without a buffer
_HEADER = 12  # bytes of a GLB before its first chunk
_CHUNK_HEADER = 8  # bytes before the content of a chunk


@contextmanager
def valid_gltf(path: str | Path) -> Iterator[None]:
    """Tell what goes wrong with a file's content in one line that names the file.

    JSON from anywhere can break its schema at any key: every such way out is the same mistake.

    Raises:
        ValueError: in place of what the block raises.
    """
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused where it counts
            yield
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        words = f"{type(error).__name__} {reason(error)}"
        raise ValueError(f"{path}: not valid glTF: {words}") from None
    except ValueError as error:
        if str(path) in str(error):
            raise
        raise ValueError(f"{path}: not valid glTF: {reason(error)}") from None


class GltfDocument:
    """One file; ``json`` is its JSON, which may still be anything below the top level.

    Args:
        path: the file.
        json: what it is as glTF, of a file of another kind.

    Raises:
        ValueError: no such file, another kind or version, cut short or damaged.
    """

    def __init__(self, path: Path, json: dict[str, Any] | None = None) -> None:
        self.path = path
        self.json, self._binary = _open(path) if json is None else (json, b"")
        self._buffers: dict[int, bytes] = {}
        self._arrays: dict[int, np.ndarray] = {}

    @property
    def is_own(self) -> bool:
        """Whether this package wrote the file."""
        asset = self.json.get("asset")
        return isinstance(asset, dict) and asset.get("generator") == GENERATOR

    def array(self, index: int) -> np.ndarray:
        """Numbers of an accessor ``[N C]`` as float64.

        Raises:
            ValueError: compressed, or not within its buffer.
            KeyError, TypeError, IndexError: the JSON is not valid glTF.
        """
        if index not in self._arrays:
            self._arrays[index] = self._read_accessor(index)
        return self._arrays[index]

    def _read_accessor(self, index: int) -> np.ndarray:
        accessor = self.json["accessors"][index]
        kind = np.dtype(_COMPONENTS[accessor["componentType"]])
        width, count = _WIDTHS[accessor["type"]], int(accessor["count"])

        if "bufferView" in accessor:
            values = self._elements(accessor, kind, count, width, index)
        else:
            values = self._zeros(count, width, index)
        if "sparse" in accessor:
            values = self._with_sparse(values, accessor["sparse"], kind, index)

        # Normalized integers stand for -1 to 1; the lowest of a signed kind would be just below.
        if accessor.get("normalized") and kind.kind in "iu":
            values = np.maximum(values / np.iinfo(kind).max, -1.0)
        return values

    def _elements(
        self, place: dict[str, Any], kind: np.dtype, count: int, width: int, index: int
    ) -> np.ndarray:
        """Elements ``[count width]`` as float64 from the view that ``place`` names."""
        view = self.json["bufferViews"][place["bufferView"]]
        if "EXT_meshopt_compression" in view.get("extensions", {}):
            raise ValueError(
                f"{self.path}: its meshes or key frames are packed by meshopt "
                "(EXT_meshopt_compression), which is not read here; export it without that"
            )
        content = self.buffer(view["buffer"])

        # A file may claim anything, so nothing is read before all of it is known to fit.
        element = kind.itemsize * width
        start = int(view.get("byteOffset", 0)) + int(place.get("byteOffset", 0))
        stride = int(view.get("byteStride", 0)) or element
        stop = start + (count - 1) * stride + element
        if count < 1 or start < 0 or stride < element or stop > len(content):
            raise self._misfit(count, index)

        strides = (stride, kind.itemsize)
        return np.ndarray((count, width), kind, content, start, strides).astype(np.float64)

    def _with_sparse(
        self, values: np.ndarray, sparse: dict[str, Any], kind: np.dtype, index: int
    ) -> np.ndarray:
        """The elements ``[N C]`` with those in place that a sparse accessor puts there."""
        count = int(sparse["count"])
        places = sparse["indices"]
        whole = np.dtype(_COMPONENTS[places["componentType"]])
        numbers = self._elements(places, whole, count, 1, index)[:, 0].astype(np.int64)
        if whole.kind != "u" or numbers.max() >= len(values) or (np.diff(numbers) <= 0).any():
            raise ValueError(
                f"{self.path}: accessor {index} has sparse elements that are not in it or not in "
                "order: damaged"
            )
        values = values.copy()
        values[numbers] = self._elements(sparse["values"], kind, count, values.shape[1], index)
        return values

    def _misfit(self, count: int, index: int) -> ValueError:
        return ValueError(
            f"{self.path}: accessor {index} of {count} elements does not fit in its buffer: damaged"
        )

    def _zeros(self, count: int, width: int, index: int) -> np.ndarray:
        """What an accessor without a buffer holds by the specification."""
        if not 1 <= count <= _MOST_ZEROS:
            raise self._misfit(count, index)
        return np.zeros((count, width))

    def buffer(self, index: int) -> bytes:
        """The content of a buffer, wherever it is.

        Raises:
            ValueError: it is in a file that is not beside this one, or damaged.
        """
        if index not in self._buffers:
            uri = self.json["buffers"][index].get("uri")
            self._buffers[index] = self._binary if uri is None else self._decode(str(uri))
        return self._buffers[index]

    def _decode(self, uri: str) -> bytes:
        if not uri.startswith("data:"):
            return self.beside(uri)
        try:
            return base64.b64decode(uri.partition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"{self.path}: a data URI cannot be read: damaged") from None

    def beside(self, uri: str) -> bytes:
        """The content of a file in the same folder, or in one below it.

        Raises:
            ValueError: there is none.
        """
        name = PurePosixPath(unquote(uri).replace("\\", "/"))
        is_below = not name.is_absolute() and ".." not in name.parts and ":" not in uri
        place = self.path.parent / name
        if not is_below or not place.is_file() or place.stat().st_size > _LARGEST:
            raise ValueError(
                f"{self.path}: a part of it is in another file ({uri[:60]}), which is not "
                "beside it; put it there or export as one GLB"
            )
        return place.read_bytes()


def _open(path: Path) -> tuple[dict[str, Any], bytes]:
    """(JSON, binary chunk)."""
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a GLB file")

    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"{path}: has {size} bytes, expected at most {_LARGEST}")

    content = path.read_bytes()
    if content[:4] != b"glTF":
        if path.suffix.lower() == ".gltf" or content.lstrip()[:1] == b"{":
            return _parse_json(content, path), b""
        raise ValueError(f"{path}: starts with {content[:4]!r}, expected b'glTF': not a GLB file")

    chunks = _chunks(content, path)
    if not chunks or chunks[0][0] != b"JSON":
        raise ValueError(f"{path}: the first chunk is not JSON: damaged")
    binary = next((chunk for kind, chunk in chunks[1:] if kind == b"BIN\0"), b"")
    return _parse_json(chunks[0][1], path), binary


def _chunks(content: bytes, path: Path) -> list[tuple[bytes, bytes]]:
    """(kind, content) of each chunk of a GLB file."""
    if len(content) < _HEADER + _CHUNK_HEADER:
        raise ValueError(f"{path}: the file is cut short: {len(content)} bytes")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise ValueError(f"{path}: is glTF version {version}, expected 2")
    if length > len(content) or content[length:].strip(b"\0\n"):
        raise ValueError(
            f"{path}: the file is cut short or damaged: {len(content)} bytes, "
            f"its header says {length}"
        )

    chunks = []
    start = _HEADER
    while start + _CHUNK_HEADER <= length:
        size, kind = struct.unpack_from("<I4s", content, start)
        start += _CHUNK_HEADER
        if start + size > length:
            raise ValueError(f"{path}: a chunk of {size} bytes does not fit in the file: damaged")
        chunks.append((kind, content[start : start + size]))
        start += size
    return chunks


def _parse_json(content: bytes, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: its JSON cannot be read ({str(error)[:100]}): damaged") from None

    if not isinstance(document, dict):
        raise ValueError(f"{path}: its JSON is no object: not glTF")

    asset = document.get("asset")
    version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
    if not version.startswith("2"):
        raise ValueError(f"{path}: is glTF version {version or 'unknown'}, expected 2.0")
    return document
