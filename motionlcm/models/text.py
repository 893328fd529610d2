"""Frozen sentence encoders: MiniLM from its package (offline), or a Hugging Face encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlcm.models.minilm import MAX_TOKENS, MINILM, check_minilm, minilm_folder
from motionlcm.models.sentence_head import SentenceHead, find_encoder
from motionlcm.models.tokens import mean_of_tokens


class FrozenTextEncoder:
    """Captions to vectors.

    ``encode`` gives ``[B S E]`` and its mask ``[B S]``: first the sentence vector (mean of the
    tokens' vectors, length sqrt(E)), then the tokens' own last hidden states, at most
    ``MAX_TOKENS``. ``encode_sentences`` gives the sentence vector as the encoder's authors make it:
    pooling and linear maps as its ``modules.json`` says (mean without it), of length one.

    Args:
        name: "minilm", a folder, or a name on the Hugging Face hub whose files are in the local
            cache.
        device: of the network.
    Raises:
        FileNotFoundError: no such folder, and nothing of that name in the cache.
        ValueError: files that are damaged or of a kind that is not known.
    """

    def __init__(self, name: str = MINILM, *, device: torch.device | str = "cpu") -> None:
        if name == MINILM:
            source = minilm_folder()
            check_minilm(source)
        else:
            source = find_encoder(name)
        tokenizer, model = _open(source)

        self.name = name
        self.device = device
        self.tokenizer = tokenizer
        self.model = model.to(device).eval().requires_grad_(False)
        self.width: int = int(getattr(model.config, "hidden_size", None) or model.config.d_model)
        self.head = SentenceHead.open(source).to(device)

    @torch.inference_mode()
    def _hidden(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Last hidden states ``[B S E]`` and their mask ``[B S]``."""
        batch = self.tokenizer(
            captions, padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        batch = {key: value.to(self.device) for key, value in batch.items()}
        return self.model(**batch).last_hidden_state, batch["attention_mask"].bool()

    def encode_sentences(self, captions: list[str]) -> Tensor:
        """Sentence vectors ``[B E]`` of length one; E is the width of the last linear map."""
        return self.head(*self._hidden(captions)).clone()

    def encode(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Sentence and token vectors ``[B S E]``, zero where padded, and their mask ``[B S]``."""
        hidden, mask = self._hidden(captions)
        pooled = torch.nn.functional.normalize(mean_of_tokens(hidden, mask), dim=-1)
        sentence = pooled[:, None] * self.width**0.5  # [B 1 E]

        tokens = torch.cat([sentence, hidden[:, :MAX_TOKENS]], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask[:, :MAX_TOKENS]], dim=1)
        return tokens * mask[..., None], mask


def _open(source: Path) -> tuple[Any, Any]:
    """The tokeniser and the encoder (without a decoder) of a Hugging Face folder."""
    from transformers import (
        MODEL_FOR_TEXT_ENCODING_MAPPING,
        AutoConfig,
        AutoModel,
        AutoModelForTextEncoding,
        AutoTokenizer,
    )
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        is_known = type(AutoConfig.from_pretrained(source)) in MODEL_FOR_TEXT_ENCODING_MAPPING
        kind = AutoModelForTextEncoding if is_known else AutoModel  # the former has no decoder
        model = kind.from_pretrained(source, dtype=torch.float32)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{source} cannot be opened as a text encoder: {reason}") from error

    has_decoder = model.config.is_encoder_decoder and not is_known
    return tokenizer, model.get_encoder() if has_decoder else model
