"""Frozen sentence encoders: MiniLM from its package (offline), or any Hugging Face encoder by name or path."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from motionlcm.models.minilm import MAX_TOKENS, MINILM, check_minilm, minilm_folder


class FrozenTextEncoder:
    """Captions to vectors.

    ``encode`` gives ``[B S E]`` and its mask ``[B S]``: first the sentence vector (mean of the tokens' vectors, length
    sqrt(E)), then the tokens' own last hidden states, at most ``MAX_TOKENS``. ``encode_sentences`` gives the plain
    sentence vector of length one.
    """

    def __init__(self, name: str = MINILM, *, device: torch.device | str = "cpu") -> None:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()

        self.name, self.device = name, device
        source: str | Path = name
        if name == MINILM:
            source = minilm_folder()
            check_minilm(source / "model.safetensors")
        self.tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModel.from_pretrained(source, use_safetensors=True, dtype=torch.float32)
        model = model.get_encoder() if model.config.is_encoder_decoder else model
        self.model = model.to(device).eval().requires_grad_(False)
        self.width: int = int(getattr(model.config, "hidden_size", None) or model.config.d_model)

    @torch.inference_mode()
    def _hidden(self, captions: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        batch = self.tokenizer(captions, padding=True, truncation=True, max_length=256, return_tensors="pt")
        batch = {key: value.to(self.device) for key, value in batch.items()}
        hidden = self.model(**batch).last_hidden_state  # [B S E]
        mask = batch["attention_mask"].bool()
        weights = mask[..., None].float()
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        return hidden, mask, torch.nn.functional.normalize(pooled, dim=-1)

    def encode_sentences(self, captions: list[str]) -> Tensor:
        """Sentence vectors ``[B E]`` of length one."""
        return self._hidden(captions)[2].clone()

    def encode(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """``[B S E]`` and mask ``[B S]``; see the class."""
        hidden, mask, pooled = self._hidden(captions)
        hidden, mask = hidden[:, :MAX_TOKENS], mask[:, :MAX_TOKENS]
        tokens = torch.cat([pooled[:, None] * self.width**0.5, hidden], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        return tokens * mask[..., None], mask
