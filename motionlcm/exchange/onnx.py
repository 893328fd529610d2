"""A model as ONNX files with the weights inside, for other programs than ours.

Four files: the text encoder, one step of the student, the decoder, and one that goes from token
numbers and noise to joints in a single step. Batch and lengths are dynamic. Needs the packages onnx
and onnxscript (extra ``train``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from motionlcm.atomic_files import write_bytes
from motionlcm.diffusion.condition import Condition
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.models.minilm import MAX_TOKENS
from motionlcm.motion.features import decode_positions
from motionlcm.runtime.graphs import (
    DenoiserStep,
    can_export,
    export_model,
    inputs_of,
    strip_notes,
)

_WORDS = {0: "batch", 1: "words"}
_TOKENS = {0: "batch", 1: "tokens"}


class TextTokens(nn.Module):
    """Token numbers and their mask -> what the student reads; see ``FrozenTextEncoder.encode``.

    Words past the thirty-second stay in the sequence (its length is that of the input) but are
    masked.
    """

    INPUTS = {"input_ids": _WORDS, "attention_mask": _WORDS}
    OUTPUTS = ("text", "text_mask")

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """``[B S]`` int64 twice -> ``[B S+1 E]`` and bool ``[B S+1]``."""
        hidden = self.model(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state  # [B S E]
        weights = attention_mask[..., None].to(hidden.dtype)
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        pooled = nn.functional.normalize(pooled, dim=-1) * hidden.shape[-1] ** 0.5
        is_near = torch.arange(attention_mask.shape[1]) < MAX_TOKENS
        mask = torch.cat(
            [torch.ones_like(attention_mask[:, :1]), attention_mask * is_near], dim=1
        ).bool()
        return torch.cat([pooled[:, None], hidden], dim=1) * mask[..., None], mask

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        return torch.randint(5, 1000, (2, 9)), torch.ones(2, 9, dtype=torch.long)


class FeatureDecoder(nn.Module):
    """Latents in the student's units -> features in raw units, for all frames of all tokens."""

    INPUTS = {"latents": _TOKENS, "mask": _TOKENS}
    OUTPUTS = ("features",)
    feature_mean: Tensor
    feature_std: Tensor
    latent_mean: Tensor
    latent_std: Tensor

    def __init__(self, pipeline: MotionPipeline) -> None:
        super().__init__()
        self.vae = pipeline.vae
        features = pipeline.statistics.features
        latents = pipeline.statistics.latents
        tables = {
            "feature_mean": features.mean,
            "feature_std": features.std,
            "latent_mean": latents.mean,
            "latent_std": latents.std,
        }
        for name in tables:
            self.register_buffer(name, torch.from_numpy(tables[name]))

    def forward(self, latents: Tensor, mask: Tensor) -> Tensor:
        """``[B L C]``, True for real tokens ``[B L]`` -> ``[B L*k D]``."""
        features = self.vae.decode_tokens(latents * self.latent_std + self.latent_mean, mask)
        return features * self.feature_std + self.feature_mean

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        return torch.randn(2, 13, self.vae.latent_channels), torch.ones(2, 13, dtype=torch.bool)


class OneStep(nn.Module):
    """Everything from token numbers to joints at one step; without the clean-up."""

    INPUTS = {
        "input_ids": _WORDS,
        "attention_mask": _WORDS,
        "noise": _TOKENS,
        "num_frames": {0: "batch"},
        "guidance_scale": {0: "batch"},
    }
    OUTPUTS = ("positions", "features")

    def __init__(self, pipeline: MotionPipeline, text: TextTokens) -> None:
        super().__init__()
        self.text = text
        self.decoder = FeatureDecoder(pipeline)
        self.student = pipeline.student
        self.period = pipeline.folder.latents.frames_per_token
        self.layout = pipeline.layout
        self.sampler = replace(pipeline.sampler, schedule=pipeline.schedule.to("cpu"))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        noise: Tensor,
        num_frames: Tensor,
        guidance_scale: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Turn noise ``[B L C]`` into positions ``[B T J 3]`` in metres and features ``[B T D]``.

        T is L times the frames of a token; only the first ``num_frames`` of each sample mean
        something.
        """
        text, text_mask = self.text(input_ids, attention_mask)
        mask = torch.arange(noise.shape[1])[None] * self.period < num_frames[:, None]
        condition = Condition(text, text_mask, mask, guidance_scale - 1)

        latents = self.sampler.sample(self.student.denoise, condition, lambda: noise, num_steps=1)
        features = self.decoder(latents, mask)
        return decode_positions(features, self.layout), features

    def example(self) -> tuple[Tensor, ...]:
        """Inputs of other sizes than any of the model's own."""
        noise, _ = self.decoder.example()
        return *self.text.example(), noise, torch.tensor([99, 60]), torch.tensor([2.5, 1.5])


def write_onnx(
    pipeline: MotionPipeline,
    path: str | Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Write ``NAME-text.onnx``, ``NAME-step.onnx``, ``NAME-decoder.onnx`` and ``NAME.onnx``.

    Inputs, outputs and their sizes are those of ``TextTokens``, ``DenoiserStep``,
    ``FeatureDecoder`` and ``OneStep``. Token numbers come from the tokeniser of the model's text
    encoder.

    Args:
        pipeline: on any device; its torch modules are exported.
        path: ``NAME.onnx``; its folder must be there.
        progress: called with (files done, files) as each is made.
    Returns:
        The four paths.
    Raises:
        ImportError: onnx or onnxscript is not installed.
        ValueError: not an .onnx path, or a model with a fixed number of latent tokens.
        FileNotFoundError: no folder to write into.
    """
    path = Path(path)
    if path.suffix.lower() != ".onnx":
        raise ValueError(f"an ONNX file ends in .onnx, got {path.name}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")
    if pipeline.vae.num_latents:
        raise ValueError(
            f"only models with latents along time can be exported, this one has "
            f"{pipeline.vae.num_latents} fixed latents; train with num_latents: null"
        )
    if not can_export():
        raise ImportError(
            "the export needs onnx and onnxscript; install them with: pip install onnx onnxscript"
        )

    text = TextTokens(pipeline.text_encoder.model)
    step = DenoiserStep(pipeline.student)
    parts: dict[str, tuple[Any, dict, tuple[str, ...]]] = {
        "-text": (text, text.INPUTS, text.OUTPUTS),
        "-step": (step, inputs_of(step), ("output",)),
        "-decoder": (decoder := FeatureDecoder(pipeline), decoder.INPUTS, decoder.OUTPUTS),
        "": (whole := OneStep(pipeline, text), whole.INPUTS, whole.OUTPUTS),
    }

    # all are exported before the first is written
    made = {}
    for suffix, (wrapper, inputs, outputs) in parts.items():
        model = export_model(wrapper, inputs, wrapper.example(), outputs=outputs)
        strip_notes(model)
        _describe(model, wrapper, pipeline)
        made[path.with_name(f"{path.stem}{suffix}.onnx")] = model.SerializeToString()
        progress(len(made), len(parts))
    return [write_bytes(target, content) for target, content in made.items()]


def _describe(model: Any, wrapper: nn.Module, pipeline: MotionPipeline) -> None:
    """What the numbers mean and what the weights may be used for, in the file's own notes."""
    model.producer_name, model.producer_version = "motionlcm", ""
    model.doc_string = (wrapper.__doc__ or "").strip()
    card = pipeline.card
    notes = {
        "fps": int(card.fps) if card.fps.is_integer() else card.fps,
        "licence": card.licence,
        "text_encoder": card.text_encoder,
        "frames_per_token": pipeline.folder.latents.frames_per_token,
        "timesteps": card.timesteps,
        "guidance_scale": pipeline.guidance_scale(1),
        "guidance_range": card.guidance_range,
        "prediction_type": pipeline.sampler.prediction_type,
        "sampling": card.sampling,
    }
    for key, value in notes.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value if isinstance(value, str) else json.dumps(value)
