"""Ways to damage a file: bits, pieces, numbers, JSON keys, arrays. Each depends on its seed alone."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

NUMBERS = ("nan", "inf", "-inf", "1e308", "-1", "0", "99999999999", "1e-320", "-0.0", "x", "")
VALUES = (
    *(None, True, -1, 0, 10**12, 1e308, float("nan"), float("inf"), "", "x" * 3000, "\ud800"),
    *([], {}, [[]], {"a": {}}, ["a", None]),
)
DTYPES = ("f2", "f4", "f8", "i1", "i8", "u1", "?", "c16", "U3", "S2", "M8[s]", ">f4")


def mutate(content: bytes, suffix: str, seed: int) -> bytes:
    """Damage the content of a file in one of the ways for its suffix, chosen by the seed."""
    rng = random.Random(f"{suffix} {seed}")
    ways: list[Callable[[bytes, random.Random], bytes]] = [flip, cut, insert, delete, repeat]
    ways += WAYS.get(suffix, []) * 3
    return rng.choice(ways)(content, rng)


def flip(content: bytes, rng: random.Random) -> bytes:
    """Flip one to eight bits."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(content: bytes, rng: random.Random) -> bytes:
    """Cut the end off."""
    return content[: rng.randrange(len(content) + 1)]


def insert(content: bytes, rng: random.Random) -> bytes:
    """Insert up to 64 random bytes."""
    place = rng.randrange(len(content) + 1)
    return content[:place] + rng.randbytes(rng.randint(1, 64)) + content[place:]


def delete(content: bytes, rng: random.Random) -> bytes:
    """Delete up to 64 bytes."""
    place = rng.randrange(len(content) + 1)
    return content[:place] + content[place + rng.randint(1, 64) :]


def repeat(content: bytes, rng: random.Random) -> bytes:
    """Write a stretch twice."""
    start = rng.randrange(len(content) + 1)
    stop = min(len(content), start + rng.randint(1, 200))
    return content[:stop] + content[start:stop] + content[stop:]


def number(content: bytes, rng: random.Random) -> bytes:
    """Replace a number of a text by an odd one."""
    places = [match.span() for match in re.finditer(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?", content)]
    if not places:
        return flip(content, rng)
    start, stop = rng.choice(places)
    return content[:start] + rng.choice(NUMBERS).encode() + content[stop:]


def line(content: bytes, rng: random.Random) -> bytes:
    """Drop, repeat or move a line, or drop a word."""
    lines = content.split(b"\n")
    index = rng.randrange(len(lines))
    way = rng.randrange(4)
    if way == 0:
        del lines[index]
    elif way == 1:
        lines.insert(index, lines[index])
    elif way == 2:
        lines.insert(rng.randrange(len(lines)), lines.pop(index))
    else:
        words = lines[index].split(b" ")
        del words[rng.randrange(len(words))]
        lines[index] = b" ".join(words)
    return b"\n".join(lines)


def key(content: bytes, rng: random.Random) -> bytes:
    """Drop, rename, or give another value to a key or an entry somewhere in JSON."""
    try:
        tree = json.loads(content)
    except ValueError:
        return flip(content, rng)

    nodes = [(None, None), *_places(tree)]
    where, name = rng.choice(nodes)
    if where is None:
        return json.dumps(rng.choice(VALUES)).encode()

    way = rng.randrange(4)
    if way == 0:
        del where[name]
    elif way == 1 and isinstance(where, dict):
        where[f"{name}x"] = where.pop(name)
    elif way == 2 and isinstance(where[name], int | float):
        where[name] = rng.choice([-1, 1]) * where[name] * 10 ** rng.randint(-9, 30)
    else:
        where[name] = rng.choice(VALUES)
    return json.dumps(tree).encode()


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) below a node."""
    items = list(tree.items()) if isinstance(tree, dict) else []
    items = list(enumerate(tree)) if isinstance(tree, list) else items
    places = []
    for name, value in items:
        places.append((tree, name))
        places += _places(value)
    return places


def json_line(content: bytes, rng: random.Random) -> bytes:
    """Damage the JSON of one line."""
    lines = content.split(b"\n")
    index = rng.randrange(len(lines))
    lines[index] = key(lines[index], rng)
    return b"\n".join(lines)


def array(value: np.ndarray, rng: random.Random) -> np.ndarray:
    """An array of other numbers, another type or another shape."""
    way = rng.randrange(6)
    if way == 0 and value.size and value.dtype.kind in "fiu":
        changed = value.copy().reshape(-1)
        with np.errstate(all="ignore"):
            odd = np.array(rng.choice([np.nan, np.inf, -np.inf, 1e30, -1e30, 0.0, -1.0]))
            changed[rng.randrange(changed.size)] = odd.astype(changed.dtype)
        return changed.reshape(value.shape)
    if way == 1:
        return value.reshape(-1)
    if way == 2:
        return value[..., None] if rng.random() < 0.5 else value[None]
    if way == 3 and value.ndim:
        axis = rng.randrange(value.ndim)
        return np.take(value, range(rng.randint(0, max(0, value.shape[axis] - 1))), axis=axis)
    if way == 4:
        return np.zeros(value.shape, rng.choice(DTYPES))
    with np.errstate(all="ignore"):
        return (
            value * 0 if value.dtype.kind in "fiu" else value[()] if value.ndim == 0 else value[:0]
        )


def npy_array(content: bytes, rng: random.Random) -> bytes:
    """Write the array of an npy changed."""
    try:
        value = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError):
        return flip(content, rng)
    buffer = io.BytesIO()
    np.save(buffer, array(value, rng), allow_pickle=False)
    return buffer.getvalue()


def npz_array(content: bytes, rng: random.Random) -> bytes:
    """Write one array of an npz changed, renamed or dropped."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile):
        return flip(content, rng)

    name = rng.choice(sorted(arrays))
    value = arrays.pop(name)
    way = rng.randrange(4)
    if way == 0:
        arrays[f"{name}x"] = value
    elif way > 1:
        arrays[name] = array(value, rng)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npz_member(content: bytes, rng: random.Random) -> bytes:
    """Damage a member of an npz, whose checksum is then right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        names = old.namelist()
        damaged = rng.choice(names)
        for name in names:
            data = old.read(name)
            new.writestr(name, flip(data[:128], rng) + data[128:] if name == damaged else data)
    return buffer.getvalue()


def record(content: bytes, rng: random.Random) -> bytes:
    """Damage a member of an archive that is not packed, as torch writes them."""
    try:
        return npz_member(content, rng)
    except (zipfile.BadZipFile, IndexError):
        return flip(content, rng)


def quoting(content: bytes, rng: random.Random) -> bytes:
    """Put a sign that means something to YAML or CSV somewhere."""
    place = rng.randrange(len(content) + 1)
    signs = ("{", "[", '"', "'", ",", ":", ": ", "\t", "|", "&a ", "*a", "!!python/name:os.system ")
    signs += ("-", "\n", ";", "#", "2001-02-30", "1:2:3", "<<: ", "? ", "%", "0x", "[" * 2000)
    return content[:place] + rng.choice(signs).encode() + content[place:]


def tensor(content: bytes, rng: random.Random) -> bytes:
    """Write one tensor of a safetensors file changed, renamed or dropped."""
    from safetensors.numpy import load, save

    tensors = load(content)
    name = rng.choice(sorted(tensors))
    value = tensors.pop(name)
    way = rng.randrange(4)
    if way == 0:
        tensors[f"{name}x"] = value
    elif way > 1:
        changed = np.ascontiguousarray(array(value, rng))
        tensors[name] = changed if changed.dtype.kind in "fiub" else value
    return save(tensors)


def header(content: bytes, rng: random.Random) -> bytes:
    """Damage the JSON header of a safetensors file; its stated length stays right."""
    (size,) = struct.unpack("<Q", content[:8])
    changed = rng.choice([key, number])(content[8 : 8 + size], rng)
    return struct.pack("<Q", len(changed)) + changed + content[8 + size :]


def document(content: bytes, rng: random.Random) -> bytes:
    """Damage the JSON of a GLB file; its stated lengths stay right."""
    (size,) = struct.unpack("<I", content[12:16])
    changed = rng.choice([key, number])(content[20 : 20 + size], rng)
    changed += b" " * (-len(changed) % 4)
    rest = content[20 + size :]
    total = struct.pack("<I", 20 + len(changed) + len(rest))
    return content[:8] + total + struct.pack("<I", len(changed)) + content[16:20] + changed + rest


ADDRESSES = (
    *("/capabilities/", "/Capabilities", "//capabilities", "/%63apabilities", "/capabilities%00"),
    *("/capabilities?" + "a=1&" * 40, "/health#x", "/../health", "*", "http://localhost/health"),
    *("http://[/health", "/health;v=1", "/capabilities\\", "/" + "x" * 9000, "", "/\u00e9", "/%ff"),
)
METHODS = (
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "PRI",
    "G" * 300,
    "",
)
FIELDS = (
    *("Host: localhost", "Host: other.example", "Host:", "Host: [::1", "Host: localhost:99999999"),
    *("Origin: null", "Origin: http://other.example", "Sec-Fetch-Site: cross-site"),
    *(
        "Content-Length: 5",
        "Content-Length: -1",
        "Content-Length: 99999999999",
        "Content-Length: 5, 5",
    ),
    *(
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Content-Encoding: br",
        "TE: trailers",
    ),
    *(
        "Expect: 100-continue",
        "Expect: x",
        "Upgrade: websocket",
        "Upgrade: h2c",
        "Connection: upgrade",
    ),
    *("Range: bytes=5-1", "If-None-Match: *", "If-Modified-Since: never", "Accept: image/png"),
    *(
        "Accept-Charset: utf-16",
        "X-A: " + "y" * 20000,
        ": none",
        "X B: c",
        " folded",
        "X-\u00e9: \u00e9",
    ),
    *("Content-Type: text/plain; charset=none", "Forwarded: for=x", "X-HTTP-Method-Override: POST"),
)


def http_head(content: bytes, rng: random.Random) -> bytes:
    """Give a request another method, address or version, or odd fields."""
    first, end, rest = content.partition(b"\r\n")
    words = (first + b"  ").split(b" ")
    part = rng.randrange(4)
    if part == 3:
        fields = rng.choices(FIELDS, k=rng.randint(1, 4))
        return first + end + "".join(f"{each}\r\n" for each in fields).encode() + rest
    odd = rng.choice((METHODS, ADDRESSES, ("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9", ""))[part])
    words[part] = odd.encode()
    return b" ".join(words[:3]) + end + rest


#: Ways besides those for every file.
WAYS: dict[str, list[Callable[[bytes, random.Random], bytes]]] = {
    ".json": [key, number],
    ".jsonl": [json_line, number, line],
    ".npy": [npy_array],
    ".npz": [npz_array, npz_member],
    ".safetensors": [tensor, header],
    ".glb": [document],
    ".bvh": [number, line],
    ".fbx": [number, line],
    ".asf": [number, line],
    ".amc": [number, line],
    ".pt": [record],
    ".ckpt": [record],
    ".yaml": [number, line, quoting],
    ".csv": [number, line, quoting],
    ".tsv": [number, line, quoting],
    ".txt": [number, line, quoting],
    ".http": [http_head, http_head, number, line],
}
