"""The networks behind a pipeline as functions on numpy arrays, on either run-time."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from motionlcm.models.minilm import MINILM

DEVICES = ("auto", "cpu", "cuda", "mps", "torch")


class Networks(Protocol):
    """Text encoder, student and decoder; all arrays float32, masks bool, sizes as in the torch modules."""

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """``[B S E]`` and mask ``[B S]``."""

    def denoise(
        self,
        latents: np.ndarray,
        timesteps: np.ndarray,
        ends: np.ndarray,
        *,
        weight: np.ndarray,
        text: np.ndarray,
        text_mask: np.ndarray,
        mask: np.ndarray,
    ) -> np.ndarray:
        """The student's output ``[B L C]``."""

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Latents ``[B L C]`` and the mask of frames ``[B T]`` -> normalised features ``[B T D]``."""


class OnnxNetworks:
    """ONNX Runtime on the CPU; torch is never imported."""

    def __init__(self, folder: Path, frames_per_token: int) -> None:
        self.folder, self.frames_per_token = folder, frames_per_token

    @cached_property
    def _text(self) -> Any:
        from motionlcm.runtime.text import OnnxTextEncoder

        return OnnxTextEncoder()

    @cached_property
    def _student(self) -> Any:
        return _session(self.folder / "student")

    @cached_property
    def _decoder(self) -> Any:
        return _session(self.folder / "vae")

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """See ``Networks``."""
        return self._text.encode(captions)

    def denoise(self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, **given: np.ndarray) -> np.ndarray:
        """See ``Networks``."""
        feed = {"latents": latents, "timesteps": timesteps, "ends": ends, **given}
        known = {item.name for item in self._student.get_inputs()}
        return self._student.run(None, {name: value for name, value in feed.items() if name in known})[0]

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """See ``Networks``."""
        count = mask.sum(1)
        tokens = np.arange(latents.shape[1]) * self.frames_per_token < count[:, None]
        features = self._decoder.run(None, {"latents": latents, "mask": tokens})[0]
        return features[:, : mask.shape[1]] * mask[..., None]


class TorchNetworks:
    """torch on any device."""

    def __init__(self, folder: Path, text_encoder: str, pools_text: bool, device: str) -> None:
        from motionlcm.models.denoiser import LatentDenoiser
        from motionlcm.models.vae import MotionVAE

        self.device, self._name, self._pools_text = device, text_encoder, pools_text
        self.vae = MotionVAE.from_pretrained(folder / "vae").to(device)
        self.student = LatentDenoiser.from_pretrained(folder / "student").to(device)

    @cached_property
    def _text(self) -> Any:
        from motionlcm.models.text import FrozenTextEncoder

        return FrozenTextEncoder(self._name, device=self.device)

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """See ``Networks``."""
        if self._pools_text:
            text = self._text.encode_sentences(list(captions))[:, None]
            mask = text.new_ones(text.shape[:2]).bool()
        else:
            text, mask = self._text.encode(list(captions))
        expected = self.student.config["text_width"]
        if text.shape[-1] != expected:
            raise ValueError(
                f"the text encoder {self._name} gives vectors of {text.shape[-1]} numbers, this model reads {expected}"
            )
        return text.cpu().numpy(), mask.cpu().numpy()

    def denoise(self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, **given: np.ndarray) -> np.ndarray:
        """See ``Networks``."""
        import torch

        with torch.inference_mode():
            values = {name: torch.from_numpy(value).to(self.device) for name, value in given.items()}
            output = self.student(
                torch.from_numpy(latents).to(self.device),
                torch.from_numpy(timesteps).to(self.device),
                values["text"],
                text_mask=values["text_mask"],
                guidance_weight=values["weight"] if self.student.guidance_width else None,
                end_timesteps=torch.from_numpy(ends).to(self.device) if self.student.end_width else None,
                mask=values["mask"],
            )
            return output.cpu().numpy()

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """See ``Networks``."""
        import torch

        with torch.inference_mode():
            frames = torch.from_numpy(mask).to(self.device)
            return self.vae.decode(torch.from_numpy(latents).to(self.device), frames).cpu().numpy()


def open_networks(folder: Path, *, text_encoder: str, pools_text: bool, frames_per_token: int, device: str) -> Networks:
    """The networks of a model folder; with ``pools_text`` they read one sentence vector instead of tokens.

    ``device`` "auto" is a GPU where one is seen, else the CPU; "cpu" is ONNX Runtime where the folder has graphs and
    the text encoder is MiniLM, else torch; "torch" is torch on the CPU; "cuda" and "mps" are torch.

    Raises:
        ValueError: an unknown device, or one that is not there.
    """
    if device not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {device!r}")
    if device == "auto":
        device = _seen_device()
    if device == "cpu" and not pools_text and can_run_onnx(folder, text_encoder):
        return OnnxNetworks(folder, frames_per_token)
    if device in ("cuda", "mps"):
        import torch

        is_there = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
        if not is_there:
            raise ValueError(f"device {device} is not available to torch on this machine; use --device cpu")
        if device == "cuda":  # under torchrun or accelerate launch each process has its own
            device = f"cuda:{int(os.environ.get('LOCAL_RANK', 0)) % torch.cuda.device_count()}"
    return TorchNetworks(folder, text_encoder, pools_text, "cpu" if device == "torch" else device)


def can_run_onnx(folder: Path, text_encoder: str) -> bool:
    """Whether a model folder has all that the run-time without torch needs."""
    from motionlcm.runtime.session import GRAPH_NAME

    has_graphs = all((folder / part / GRAPH_NAME).is_file() for part in ("student", "vae"))
    return has_graphs and text_encoder == MINILM


def _session(folder: Path) -> Any:
    from motionlcm.runtime.session import GRAPH_NAME, open_session

    return open_session(folder / GRAPH_NAME, folder / "model.safetensors")


def _seen_device() -> str:
    """Importing torch only to look costs two seconds, so drivers are looked for first."""
    if os.path.exists("/proc/driver/nvidia") or (sys.platform == "win32" and importlib.util.find_spec("torch")):
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    if sys.platform == "darwin" and platform.machine() == "arm64":
        import torch

        return "mps" if torch.backends.mps.is_available() else "cpu"
    return "cpu"
