"""all-MiniLM-L6-v2 on ONNX Runtime: captions to vectors without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from motionlcm.models.minilm import MAX_TOKENS, MINILM, check_minilm, minilm_folder
from motionlcm.runtime.session import open_session

TEXT_GRAPH = Path(__file__).parent / "minilm.onnx"
_LONGEST = 256  #: tokens that the network reads


class OnnxTextEncoder:
    """Captions to vectors, those that ``models.text.FrozenTextEncoder`` gives for MiniLM."""

    def __init__(self) -> None:
        folder = minilm_folder()
        check_minilm(folder)

        self.name = MINILM
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(_LONGEST)
        self.tokenizer.enable_padding()
        self.session = open_session(TEXT_GRAPH, folder / "model.safetensors")

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Sentence vector of length sqrt(E), then the tokens' vectors.

        Returns:
            ``[B S E]`` float32, zero where padded, and mask ``[B S]``, True for what is real.
        """
        distinct = list(dict.fromkeys(captions))  # variants have one caption, read once
        rows = self.tokenizer.encode_batch(distinct)
        ids = np.array([row.ids for row in rows], np.int64)
        mask = np.array([row.attention_mask for row in rows], np.int64)
        (hidden,) = self.session.run(None, {"input_ids": ids, "attention_mask": mask})  # [B S E]

        weights = mask[..., None].astype(np.float32)
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        pooled /= np.linalg.norm(pooled, axis=-1, keepdims=True)
        sentence = pooled[:, None] * np.float32(hidden.shape[-1] ** 0.5)  # [B 1 E]

        tokens = np.concatenate([sentence, hidden[:, :MAX_TOKENS]], axis=1)
        is_real = np.concatenate([np.ones((len(mask), 1)), mask[:, :MAX_TOKENS]], axis=1) > 0
        places = {caption: place for place, caption in enumerate(distinct)}
        numbers = [places[caption] for caption in captions]
        return (tokens * is_real[..., None])[numbers], is_real[numbers]
