"""The networks behind a pipeline as functions on numpy arrays, on either run-time."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from motionlcm.diffusion.condition import Condition
from motionlcm.models.folder import ModelFolder
from motionlcm.models.minilm import MINILM
from motionlcm.runtime.threads import one_thread

if TYPE_CHECKING:
    from motionlcm.models.denoiser import LatentDenoiser

_FEW = 8  #: motions at once that one thread does as fast on a CPU

DEVICES = ("auto", "cpu", "cuda", "mps", "torch")


class Networks(Protocol):
    """Text encoder, student and decoder, on arrays of float32 and masks of bool."""

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Turn captions into vectors ``[B S E]`` and their mask ``[B S]``."""

    def denoise(
        self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, condition: Condition
    ) -> np.ndarray:
        """Run the student once: noisy latents ``[B L C]`` -> its output ``[B L C]``."""

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Decode latents ``[B L C]`` to normalised features ``[B T D]``; frames' mask ``[B T]``."""


class OnnxNetworks:
    """ONNX Runtime on the CPU; torch is never imported."""

    def __init__(self, folder: ModelFolder) -> None:
        self.folder = folder

    @cached_property
    def _text(self) -> Any:
        from motionlcm.runtime.text import OnnxTextEncoder

        return OnnxTextEncoder()

    @cached_property
    def _student(self) -> Any:
        return _session(self.folder.path / "student")

    @cached_property
    def _decoder(self) -> Any:
        return _session(self.folder.path / "vae")

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Turn captions into vectors ``[B S E]`` and their mask ``[B S]``."""
        return self._text.encode(captions)

    def denoise(
        self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, condition: Condition
    ) -> np.ndarray:
        """Run the student once: ``[B L C]`` -> ``[B L C]``."""
        feed = {
            "latents": latents,
            "timesteps": timesteps,
            "ends": ends,
            "weight": condition.weight,
            "text": condition.text,
            "text_mask": condition.text_mask,
            "mask": condition.mask,
            "known": np.zeros_like(condition.mask) if condition.known is None else condition.known,
        }
        return self._run(self._student, feed, "student")

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Decode latents ``[B L C]`` to normalised features ``[B T D]``; frames' mask ``[B T]``."""
        num_tokens = self.folder.latents.tokens(mask.sum(1))
        tokens = np.arange(latents.shape[1]) < num_tokens[:, None]  # [B L]
        features = self._run(self._decoder, {"latents": latents, "mask": tokens}, "vae")
        return features[:, : mask.shape[1]] * mask[..., None]

    def _run(self, session: Any, feed: dict[str, np.ndarray], network: str) -> np.ndarray:
        """Run a graph; it has only the inputs that its network was built to take."""
        from motionlcm.runtime.session import run_session

        return run_session(session, feed, place=self.folder.path / network)


class TorchNetworks:
    """torch on any device."""

    def __init__(self, folder: ModelFolder, device: str) -> None:
        from motionlcm.models.denoiser import LatentDenoiser
        from motionlcm.models.vae import MotionVAE

        self.folder = folder
        self.device = device
        self.vae = MotionVAE.from_pretrained(folder.path / "vae").to(device)
        self.student = LatentDenoiser.from_pretrained(folder.path / "student").to(device)
        self._denoise = TorchNetwork(self.student, device)

    @cached_property
    def _text(self) -> Any:
        from motionlcm.models.text import FrozenTextEncoder

        return FrozenTextEncoder(self.folder.card.text_encoder, device=self.device)

    def encode(self, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Turn captions into vectors ``[B S E]`` and their mask ``[B S]``."""
        if self.folder.card.text == "sentence":
            text = self._text.encode_sentences(list(captions))[:, None]
            mask = text.new_ones(text.shape[:2]).bool()
        else:
            text, mask = self._text.encode(list(captions))

        expected = self.student.config["text_width"]
        if text.shape[-1] != expected:
            raise ValueError(
                f"the text encoder {self.folder.card.text_encoder} gives vectors of "
                f"{text.shape[-1]} numbers, this model reads {expected}"
            )
        return text.cpu().numpy(), mask.cpu().numpy()

    def denoise(
        self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, condition: Condition
    ) -> np.ndarray:
        """Run the student once: ``[B L C]`` -> ``[B L C]``."""
        return self._denoise(latents, timesteps, ends, condition)

    def decode(self, latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Decode latents ``[B L C]`` to normalised features ``[B T D]``; frames' mask ``[B T]``."""
        import torch

        with torch.inference_mode():
            frames = torch.from_numpy(mask).to(self.device)
            features = self.vae.decode(torch.from_numpy(latents).to(self.device), frames)
            return features.cpu().numpy()


class TorchNetwork:
    """A torch denoiser, student or teacher, as a function on numpy arrays (or on torch tensors)."""

    def __init__(self, denoiser: LatentDenoiser, device: str) -> None:
        self.denoiser = denoiser
        self.device = device

    def __call__(self, latents: Any, timesteps: Any, ends: Any, condition: Condition) -> Any:
        """Run the network once: ``[B L C]`` -> ``[B L C]``, of the kind that ``latents`` are."""
        import torch

        def moved(array: Any) -> torch.Tensor:
            return torch.as_tensor(array, device=self.device)

        is_small = self.device == "cpu" and len(latents) <= _FEW
        with torch.inference_mode(), one_thread() if is_small else nullcontext():
            output = self.denoiser.denoise(
                moved(latents), moved(timesteps), moved(ends), condition.mapped(moved)
            )
        return output.cpu().numpy() if isinstance(latents, np.ndarray) else output


def open_networks(folder: ModelFolder, *, device: str) -> Networks:
    """Open the networks of a model folder.

    ``device`` "auto" is a GPU where one is seen, else the CPU; "cpu" is ONNX Runtime where the
    folder has graphs and the text encoder is MiniLM, else torch; "torch" is torch on the CPU;
    "cuda" and "mps" are torch.

    Raises:
        ValueError: an unknown device, or one that is not there.
    """
    device = _checked_device(device)
    if device == "cpu" and can_run_onnx(folder):
        return OnnxNetworks(folder)
    return TorchNetworks(folder, _torch_device(device))


def open_teacher(path: Path, *, device: str) -> TorchNetwork:
    """Open a teacher, which runs on torch only.

    Args:
        path: folder of the network (a model folder's ``teacher``).
        device: as for ``open_networks``.
    Raises:
        FileNotFoundError: no network there.
        ValueError: a damaged one, or one that is no teacher; or an unknown device.
    """
    from motionlcm.models.denoiser import LatentDenoiser

    name = _torch_device(_checked_device(device))
    return TorchNetwork(LatentDenoiser.from_pretrained(path).to(name), name)


def can_run_onnx(folder: ModelFolder) -> bool:
    """Whether a model folder has all that the run-time without torch needs."""
    from motionlcm.runtime.session import GRAPH_NAME

    has_graphs = all((folder.path / part / GRAPH_NAME).is_file() for part in ("student", "vae"))
    return has_graphs and folder.card.text == "tokens" and folder.card.text_encoder == MINILM


def _session(folder: Path) -> Any:
    from motionlcm.runtime.session import GRAPH_NAME, open_session

    return open_session(folder / GRAPH_NAME, folder / "model.safetensors")


def _checked_device(device: str) -> str:
    """The device with "auto" decided."""
    if device not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {device!r}")
    return _seen_device() if device == "auto" else device


def _torch_device(device: str) -> str:
    """The name that torch has for a device of ``DEVICES``; ValueError where it is not there."""
    if device not in ("cuda", "mps"):
        return "cpu"
    import torch

    is_there = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if not is_there:
        raise ValueError(
            f"device {device} is not available to torch on this machine; use --device cpu"
        )
    if device == "cuda":  # under torchrun or accelerate launch each process has its own
        return f"cuda:{int(os.environ.get('LOCAL_RANK', 0)) % torch.cuda.device_count()}"
    return device


def _seen_device() -> str:
    """The best device here; drivers are looked for first, as importing torch takes seconds."""
    if os.path.exists("/proc/driver/nvidia") or (
        sys.platform == "win32" and importlib.util.find_spec("torch")
    ):
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    if sys.platform == "darwin" and platform.machine() == "arm64":
        import torch

        return "mps" if torch.backends.mps.is_available() else "cpu"
    return "cpu"
