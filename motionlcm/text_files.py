"""Text of files from anywhere: UTF-8 with or without a mark, UTF-16; else one clear line."""

from __future__ import annotations

import codecs
from pathlib import Path

#: Marks at the start of a file, the longer ones first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_END_OF_FILE = "\x1a"  # that DOS and what comes from it set behind a text
_LOOKED_AT = 4096  # bytes that tell UTF-16 without a mark
_ZEROS = 0.7  # of one half of the bytes are zero in UTF-16 of Latin letters
_NO_ZEROS = 0.05  # of the other half


def read_text_file(path: str | Path) -> str:
    """Read a text file; its line ends are ``\\n``.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no UTF-8 and no UTF-16; names the file, the line and the remedy.
    """
    return decode_text(Path(path).read_bytes(), str(path))


def decode_text(content: bytes, place: str, *, fallback: str | None = None) -> str:
    """Decode the content of a text file; its line ends become ``\\n``.

    Args:
        content: all bytes of the file.
        place: the file's name, for messages.
        fallback: encoding of a file that is none of the known ones.
    Raises:
        ValueError: none of them, and no ``fallback``.
    """
    encoding, start = _encoding(content)
    try:
        text = content[start:].decode(encoding)
    except UnicodeDecodeError as error:
        if fallback is None:
            line = content.count(b"\n", 0, start + error.start) + 1
            byte = content[start + error.start]
            raise ValueError(
                f"{place}: line {line}: byte 0x{byte:02x} is no {encoding.upper()} text; "
                "save the file as UTF-8"
            ) from None
        text = content.decode(fallback)

    text = text.rstrip(_END_OF_FILE)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_wide_text(content: bytes) -> bool:
    """Tell whether a file is UTF-16 or UTF-32, whose text is full of zero bytes."""
    return _encoding(content)[0] != "utf-8"


def _encoding(content: bytes) -> tuple[str, int]:
    """(encoding, number of bytes of its mark)."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, len(mark)

    # UTF-16 without a mark: every other byte of Latin text is zero.
    head = content[:_LOOKED_AT]
    halves = [head[start::2] for start in (0, 1)]
    even, odd = (half.count(0) / max(len(half), 1) for half in halves)
    if odd > _ZEROS and even < _NO_ZEROS:
        return "utf-16-le", 0
    if even > _ZEROS and odd < _NO_ZEROS:
        return "utf-16-be", 0
    return "utf-8", 0
