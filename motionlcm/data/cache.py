"""What is frozen is computed once: text vectors and latents, on disk with a fingerprint of what made them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from motionlcm.data.paraphrases import paraphrases

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
    paraphrases: int = 0  #: other wordings of each caption that are there too

    @classmethod
    def build(
        cls,
        captions: list[str],
        *,
        folder: Path,
        name: str,
        encode: Callable[[list[str]], tuple[Tensor, Tensor]],
        num_paraphrases: int = 0,
    ) -> TextCache:
        """Encode what is not cached yet. ``encode`` is a text encoder's; ``name`` says which."""
        captions = sorted(
            {text for said in captions for text in (said, *paraphrases(said, num_paraphrases))}
        )

        def make() -> dict[str, Tensor]:
            rows, counts = [], []
            for start in range(0, len(captions), 64):
                vectors, mask = encode(captions[start : start + 64])
                rows.append(vectors[mask].half().cpu())
                counts.append(mask.sum(1).cpu())
            offsets = torch.cat([torch.zeros(1, dtype=torch.long), torch.cat(counts).cumsum(0)])
            return {"rows": torch.cat(rows), "offsets": offsets}

        tensors = cached(folder / f"text-{fingerprint(name, captions)}.safetensors", make)
        index = {caption: i for i, caption in enumerate(captions)}
        return cls(index, tensors["rows"], tensors["offsets"], num_paraphrases)

    def lookup(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """``[B S E]`` float32 and mask ``[B S]`` for captions that were built, on the device of ``rows``."""
        which = torch.tensor([self.index[caption] for caption in captions])
        start, count = self.offsets[which], self.offsets[which + 1] - self.offsets[which]
        moments = torch.arange(int(count.max()))
        mask = moments < count[:, None]
        places = start[:, None] + torch.minimum(moments, count[:, None] - 1)
        mask = mask.to(self.rows.device)
        return self.rows[places.to(self.rows.device)].float() * mask[..., None], mask

    def to(self, device: torch.device | str) -> TextCache:
        """The same vectors on another device; the index stays where it is."""
        return replace(self, rows=self.rows.to(device))
