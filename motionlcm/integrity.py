"""Hashes of a folder's files: one changed byte is noticed, by name, when a file is opened.

``manifest.sha256`` lies at the top of a model folder, and of each folder of the package that holds
other files than code. ``sha256sum -c manifest.sha256`` checks it, too; its first line, a comment,
is the hash of the lines below it. Imports neither numpy nor torch.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from functools import cache
from pathlib import Path

from motionlcm.atomic_files import write_bytes

MANIFEST = "manifest.sha256"

_PACKAGE = Path(__file__).resolve().parent
MODEL_SUFFIXES = (".json", ".safetensors", ".onnx")  #: of files that are opened
#: Likewise of pages and what they need, of licences that must go with that, and of plain text.
PAGE_SUFFIXES = (".html", ".js", ".css", ".svg", ".bin", ".txt")
_HEAD = "# sha256 of the lines below: "
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Raise ValueError unless the file has this hash."""
    digest = sha256_of(path)
    if digest != expected:
        raise ValueError(f"{path} is not the official file: sha256 {digest}, expected {expected}")


def check_file(path: Path) -> None:
    """Compare a file with the manifest beside it, or in the folder above.

    Folders without a manifest, and files that it does not list, are not checked, unless they are
    the package's own.

    Raises:
        ValueError: another hash than the manifest's, a damaged manifest, or one that the package
            lacks; one line that names the file.
    """
    path = path.absolute()
    is_packaged = _PACKAGE in path.parents

    for folder in (path.parent, path.parent.parent):
        if (folder / MANIFEST).is_file():
            break
    else:
        if is_packaged:
            raise ValueError(f"{path} cannot be checked: no {MANIFEST}; install motionlcm again")
        return

    expected = read_manifest(folder).get(path.relative_to(folder).as_posix())
    if expected is None:
        if is_packaged:
            raise ValueError(f"{path} is not the package's; install motionlcm again")
        return

    _compare(path, expected, folder)


def check_installed(distribution: str, name: str) -> None:
    """Compare a file of another package with the hash that was noted when that was installed.

    Nothing is compared where its installer noted none, as those of some systems do not.

    Args:
        distribution: the package's name, as pip knows it.
        name: of the file, without folders.

    Raises:
        ValueError: another hash, or no such file; one line that names the file.
    """
    from importlib.metadata import PackageNotFoundError, files  # 20 ms, and rarely needed

    try:
        entries = files(distribution) or []
    except PackageNotFoundError:
        return
    # from Python 3.12 on, files that are not there are not listed
    noted = [entry for entry in entries if entry.name == name and Path(entry.locate()).is_file()]
    if entries and not noted:
        raise ValueError(f"{name} of {distribution} is missing; install {distribution} again")

    for entry in noted:
        if entry.hash is None or entry.hash.mode != "sha256":
            continue
        path = Path(entry.locate())
        digest = hashlib.sha256(path.read_bytes()).digest()
        if urlsafe_b64encode(digest).rstrip(b"=").decode() != entry.hash.value:
            raise ValueError(
                f"{path} is damaged: it is not what was installed; install {distribution} again"
            )


def check_folder(folder: Path) -> None:
    """Compare all files that a folder's manifest lists with it.

    Raises:
        ValueError: a file that is missing or has another hash, a damaged manifest or none; one
            line that names the file.
    """
    if not (folder / MANIFEST).is_file():
        raise ValueError(f"{folder} cannot be checked: no {MANIFEST}; install motionlcm again")
    for name, expected in read_manifest(folder).items():
        if not (folder / name).is_file():
            raise ValueError(f"{folder / name} is missing; install motionlcm again")
        _compare(folder / name, expected, folder)


@cache
def packaged_text(name: str) -> str:
    """The text of a file of the package by its path within it, such as ``render/page.html``.

    Raises:
        ValueError: it is not the file that was shipped.
    """
    path = _PACKAGE / name
    check_file(path)
    return path.read_text("utf-8")


def _compare(path: Path, expected: str, folder: Path) -> None:
    """Raise ValueError for a file with another hash than its folder's manifest says."""
    digest = sha256_of(path)
    if digest == expected:
        return
    remedy = f"copy it again, or delete {folder / MANIFEST} if the change was meant"
    if _PACKAGE in path.absolute().parents:
        remedy = "install motionlcm again"
    raise ValueError(
        f"{path} is damaged: its sha256 is {digest[:12]}..., shipped was {expected[:12]}...; "
        f"{remedy}"
    )


def read_manifest(folder: Path) -> dict[str, str]:
    """Read the hash of each file of a folder, by its path within it.

    Raises:
        ValueError: the manifest is damaged.
    """
    path = folder / MANIFEST
    head, _, body = path.read_bytes().partition(b"\n")

    own = f"{_HEAD}{hashlib.sha256(body).hexdigest()}".encode()
    lines = [_LINE.fullmatch(line) for line in body.decode("utf-8", "replace").splitlines()]
    if head != own or not all(lines):
        raise ValueError(
            f"{path} is damaged: its first line is not the hash of the others; copy it again"
        )
    return {line[2]: line[1] for line in lines if line}


def write_manifest(folder: str | Path, *, suffixes: Collection[str] = MODEL_SUFFIXES) -> Path:
    """Write the manifest of a folder, whole or not at all.

    Args:
        folder: it and all folders in it are looked through.
        suffixes: of the files that are listed; usually weights, graphs and configs. Of a folder of
            the package its README is listed, too: it holds the terms of use.
    Returns:
        The manifest's path.
    """
    folder = Path(folder).absolute()
    kinds = (*suffixes, ".md") if _PACKAGE in folder.parents else suffixes
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in kinds and path.is_file()
    )

    body = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names).encode()
    head = f"{_HEAD}{hashlib.sha256(body).hexdigest()}\n".encode()
    return write_bytes(folder / MANIFEST, head + body)
