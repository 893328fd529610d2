"""What is frozen is computed once: text vectors and latents, on disk under a fingerprint."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from motionlcm.atomic_files import replaced
from motionlcm.data.paraphrases import paraphrases
from motionlcm.progress import Progress, ProgressLine

logger = logging.getLogger(__name__)
_BATCH = 64  #: captions encoded at once


def fingerprint(*parts: object) -> str:
    """Sixteen hex digits that change when any part does; tensors count by their bytes."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Tensor):
            digest.update(part.detach().cpu().contiguous().numpy().tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def cached(path: Path, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Tensors from ``path``; computed and written (whole or not at all) when it is not there."""
    if path.is_file():
        return load_file(path)

    logger.info("making %s", path.name)
    tensors = compute()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced(path) as part:
        save_file(tensors, part)
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
        """Encode what is not cached yet.

        Args:
            captions: to be looked up later; repeats are fine.
            folder: of the cache.
            name: says which text encoder ``encode`` is.
            encode: captions to vectors ``[B S E]`` and mask ``[B S]``.
            num_paraphrases: other wordings of each caption to encode too.
        """
        wordings = {
            wording
            for caption in captions
            for wording in (caption, *paraphrases(caption, num_paraphrases))
        }
        texts = sorted(wordings)

        def compute() -> dict[str, Tensor]:
            rows: list[Tensor] = [torch.empty(0)] * len(texts)
            # texts of like length together, so that little is padding
            order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
            told = Progress("text vectors", "captions", line=ProgressLine(tell=logger.info))
            for start in range(0, len(order), _BATCH):
                numbers = order[start : start + _BATCH]
                vectors, mask = encode([texts[number] for number in numbers])
                vectors, mask = vectors.half().cpu(), mask.cpu()
                for number, vector, is_real in zip(numbers, vectors, mask, strict=True):
                    rows[number] = vector[is_real]
                told(start + len(numbers), len(order))

            counts = torch.tensor([0, *(len(row) for row in rows)])
            return {"rows": torch.cat(rows), "offsets": counts.cumsum(0)}

        tensors = cached(folder / f"text-{fingerprint(name, texts)}.safetensors", compute)
        index = {text: i for i, text in enumerate(texts)}
        return cls(index, tensors["rows"], tensors["offsets"], num_paraphrases)

    def lookup(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Vectors ``[B S E]`` float32 and mask ``[B S]`` of captions, on the device of ``rows``.

        Raises:
            KeyError: a caption that was not built.
        """
        which = torch.tensor([self.index[caption] for caption in captions])
        start = self.offsets[which]
        count = self.offsets[which + 1] - start
        tokens = torch.arange(int(count.max()))

        # padding repeats a caption's last row, then the mask makes it zero
        places = start[:, None] + torch.minimum(tokens, count[:, None] - 1)  # [B S]
        mask = (tokens < count[:, None]).to(self.rows.device)
        return self.rows[places.to(self.rows.device)].float() * mask[..., None], mask

    def to(self, device: torch.device | str) -> TextCache:
        """Move the vectors to another device; the index stays where it is."""
        return replace(self, rows=self.rows.to(device))
