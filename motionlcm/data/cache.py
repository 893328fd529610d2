"""What is frozen is computed once: text vectors and latents, on disk with a fingerprint of what made them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

logger = logging.getLogger(__name__)


def fingerprint(*parts: object) -> str:
    """Sixteen hex digits that change when any part does; tensors count by their bytes."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Tensor):
            digest.update(part.detach().cpu().contiguous().numpy().tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def cached(path: Path, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Tensors from ``path``; made and written (whole or not at all) when it is not there."""
    if path.is_file():
        return load_file(path)
    logger.info("making %s", path.name)
    tensors = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(tensors, part)
    os.replace(part, path)
    return tensors


@dataclass
class TextCache:
    """Text vectors of many captions: rows of all captions one after the other."""

    index: dict[str, int]
    rows: Tensor  #: [sum S, E] float16
    offsets: Tensor  #: [N + 1]

    @classmethod
    def build(
        cls, captions: list[str], *, folder: Path, name: str, encode: Callable[[list[str]], tuple[Tensor, Tensor]]
    ) -> TextCache:
        """Encode what is not cached yet. ``encode`` is a text encoder's; ``name`` says which."""
        captions = sorted(set(captions))

        def make() -> dict[str, Tensor]:
            rows, counts = [], []
            for start in range(0, len(captions), 64):
                vectors, mask = encode(captions[start : start + 64])
                rows.append(vectors[mask].half().cpu())
                counts.append(mask.sum(1).cpu())
            offsets = torch.cat([torch.zeros(1, dtype=torch.long), torch.cat(counts).cumsum(0)])
            return {"rows": torch.cat(rows), "offsets": offsets}

        tensors = cached(folder / f"text-{fingerprint(name, captions)}.safetensors", make)
        return cls({caption: i for i, caption in enumerate(captions)}, tensors["rows"], tensors["offsets"])

    def lookup(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """``[B S E]`` float32 and mask ``[B S]`` for captions that were built."""
        spans = [(int(self.offsets[self.index[c]]), int(self.offsets[self.index[c] + 1])) for c in captions]
        longest = max(end - start for start, end in spans)
        vectors = torch.zeros(len(spans), longest, self.rows.shape[1])
        mask = torch.zeros(len(spans), longest, dtype=torch.bool)
        for row, (start, end) in enumerate(spans):
            vectors[row, : end - start] = self.rows[start:end].float()
            mask[row, : end - start] = True
        return vectors, mask
