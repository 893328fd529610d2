"""Arrays, lists, dicts, texts and numbers out of a pickle, without running anything of it.

A pickle is a program. Its steps are looked at first: only those are let through that build plain
values, and the only names that it may call are those by which numpy stores an array, which lead to
the small classes below and not to numpy. Everything else is refused before a step is taken.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any

import numpy as np

_LARGEST = 1 << 30  # bytes
_DEEPEST = 50  # lists in lists
_MOST_VALUES = 1_000_000
#: Steps that call, or build, something else than the names below let them.
_REFUSED = {
    *("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4"),
    *("NEXT_BUFFER", "READONLY_BUFFER"),
}
_MODULES = (
    *("numpy", "numpy.core.multiarray", "numpy._core.multiarray"),
    *("numpy.core.numeric", "numpy._core.numeric", "_codecs"),
)
#: What the steps of a damaged pickle raise.
_DAMAGED = (
    *(pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(EOFError, OverflowError, MemoryError, UnicodeError, RecursionError, ImportError),
)


class _Kind:
    """A numpy dtype that is being built: numbers and texts only, or "object"."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code = str(code)
        self.order = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = str(state[1])

    @property
    def is_object(self) -> bool:
        return self.code.startswith("O")

    def numpy(self) -> np.dtype[Any]:
        kind = np.dtype(self.code)
        if kind.kind not in "fiubUS" or kind.itemsize == 0:
            raise ValueError(f"an array of {self.code!r:.40}")
        if self.order in ("<", ">"):
            return np.dtype(self.order + kind.str[1:])
        return kind


class _Array:
    """A numpy array that is being built."""

    def __init__(self, *_: Any) -> None:
        self.value: Any = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, is_fortran, content = state
        shape = tuple(int(size) for size in shape)
        if kind.is_object:
            self.value = content[0] if shape in ((), (1,)) else list(content)
            return
        flat = np.frombuffer(bytes(content), dtype=kind.numpy())
        self.value = flat.reshape(shape, order="F" if is_fortran else "C").copy()


def _array(*_: Any) -> _Array:
    return _Array()


def _from_buffer(
    content: bytes, kind: _Kind, shape: tuple[int, ...], order: str, *_: Any
) -> np.ndarray:
    flat = np.frombuffer(bytes(content), dtype=kind.numpy())
    return flat.reshape(shape, order="F" if order == "F" else "C").copy()


def _scalar(kind: _Kind, content: bytes) -> Any:
    return np.frombuffer(bytes(content), dtype=kind.numpy())[0].item()


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"an encoding {encoding!r:.40}")
    return str(text).encode("latin-1")


_NAMES = {
    "_reconstruct": _array,
    "ndarray": _Array,
    "dtype": _Kind,
    "scalar": _scalar,
    "_frombuffer": _from_buffer,
    "encode": _encoded,
}


class _Reader(pickle.Unpickler):
    """An unpickler whose every name is one of ours."""

    def find_class(self, module: str, name: str) -> Any:
        if module not in _MODULES or name not in _NAMES:
            raise ValueError(f"asks to run {module}.{name}"[:100])
        place: Any = _NAMES[name]
        if isinstance(place, type):
            return place
        return lambda *parts: place(*parts)  # a new one each time, so that no step can alter ours


def read_plain_pickle(content: bytes, place: str) -> Any:
    """Read the arrays, lists, dicts, texts and numbers of a pickle.

    Args:
        content: the pickle.
        place: the file's name, for messages.
    Raises:
        ValueError: it holds anything else, or is damaged; nothing of it was run.
    """
    try:
        _check_steps(content)
        return _plain(_Reader(io.BytesIO(content)).load(), [_MOST_VALUES])
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ValueError(
            f"{place}: holds a pickle, which is not run ({reason}); pickles are refused but for "
            "plain arrays, lists and dicts: np.savez('motion.npz', **{name: np.asarray(value) ...})"
        ) from None


def _check_steps(content: bytes) -> None:
    """Refuse steps that could do more than build plain values, or claim memory."""
    if len(content) > _LARGEST:
        raise ValueError(f"{len(content)} bytes")

    for step, argument, _ in pickletools.genops(content):
        if step.name in _REFUSED:
            raise ValueError(f"step {step.name}")
        if step.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > len(content):
            raise ValueError("a number of a memo that is too large")


def _plain(value: Any, left: list[int], depth: int = 0) -> Any:
    """The value, if it is plain through and through; arrays that were built become numpy's.

    ``left`` holds how many values may still come: a list may hold another many times over.
    """
    left[0] -= 1
    if depth > _DEEPEST or left[0] < 0:
        raise ValueError("lists in lists without an end")

    if isinstance(value, _Array):
        return _plain(value.value, left, depth + 1)
    if isinstance(value, dict):
        return {str(key): _plain(item, left, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, left, depth + 1) for item in value]
    if value is None or isinstance(value, str | bytes | bool | int | float | np.ndarray):
        return value
    raise ValueError(f"a {type(value).__name__}")
