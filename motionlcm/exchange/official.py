"""An official MotionLCM checkpoint as a model folder that the pipeline opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from motionlcm.atomic_files import new_folder
from motionlcm.diffusion.schedule import OFFICIAL_TIMESTEPS
from motionlcm.exchange.official_networks import OfficialCheckpoint, load_official
from motionlcm.formats.npz import read_array
from motionlcm.models.folder import PIPELINE_CONFIG, ModelCard, ModelFolder
from motionlcm.motion.layout import HUMANML

SENTENCE_T5 = "sentence-transformers/sentence-t5-large"  #: what all published checkpoints were trained with
#: V1's timesteps for each step count: evenly spaced on the 50 points of its solver's grid.
V1_TIMESTEPS = {1: (999,), 2: (999, 499), 4: (999, 759, 499, 259)}
V1_SCALE = 7.5
V2_SCALES = {1: 8.0, 2: 12.5, 4: 13.5}
_SCALE_RANGE = (1.0, 16.0)  #: trained with weights of 5 to 15 over a scale of 1
_LICENCE = "the terms of the checkpoint's authors (MotionLCM's are non-commercial)"


def convert_official(
    path: str | Path,
    destination: str | Path,
    *,
    statistics: str | Path | None = None,
    text_encoder: str = SENTENCE_T5,
    num_heads: int = 4,
) -> list[str]:
    """Write a model folder with the networks of an official checkpoint, float32, whole or not at all.

    Args:
        path: the ``.ckpt`` file: VAE, teacher, student or ControlNet, V1 or V2.
        destination: folder to make; it must not exist or be empty.
        statistics: folder with HumanML3D's ``Mean.npy`` and ``Std.npy``, which no checkpoint holds; None: those of
            the packaged model stand in, and motion is off by their difference.
        text_encoder: name or path of the sentence encoder.
        num_heads: of all attention layers.
    Returns:
        Notes: what the folder cannot do, and why.
    Raises:
        FileNotFoundError, ValueError: see ``load_official``; or statistics that do not fit; or a destination in use.
    """
    notes: list[str] = []
    with new_folder(destination) as part:
        checkpoint = load_official(path, num_heads=num_heads)
        mean, std = _statistics(checkpoint, statistics, notes)
        _write(part, checkpoint, mean, std, text_encoder, notes)
    return notes


def _write(
    folder: Path, checkpoint: OfficialCheckpoint, mean: np.ndarray, std: np.ndarray, text_encoder: str, notes: list[str]
) -> None:
    vae, denoiser = checkpoint.vae, checkpoint.denoiser
    is_student = denoiser is not None and denoiser.guidance_width > 0
    networks = {
        "vae": vae,
        "student" if is_student else "teacher": denoiser,
        "controlnet": checkpoint.controlnet,
        "trajectory_encoder": checkpoint.trajectory_encoder,
    }
    for name, network in networks.items():
        if network is not None:
            network.save_pretrained(folder / name)
    values = {"feature_mean": torch.from_numpy(mean), "feature_std": torch.from_numpy(std)}
    if vae is not None:  # official latents are used as they are
        values |= {"latent_mean": torch.zeros(vae.latent_channels), "latent_std": torch.ones(vae.latent_channels)}
    save_file(values, folder / "statistics.safetensors")
    if vae is None or not is_student:
        lacking = "a VAE" if vae is None else "a student (a denoiser that takes the guidance weight)"
        notes.append(f"the checkpoint lacks {lacking}, so the folder cannot generate motion by itself")
        return
    _card(checkpoint, text_encoder).write(folder / PIPELINE_CONFIG)


def _card(checkpoint: OfficialCheckpoint, text_encoder: str) -> ModelCard:
    """What is known of the official models: timesteps, guidance scales, their text encoder."""
    timesteps = V1_TIMESTEPS if checkpoint.is_v1 else OFFICIAL_TIMESTEPS
    is_folder = Path(text_encoder).is_dir()
    return ModelCard(
        text_encoder=str(Path(text_encoder).resolve()) if is_folder else text_encoder,
        timesteps=timesteps,
        guidance_scales=dict.fromkeys(timesteps, V1_SCALE) if checkpoint.is_v1 else V2_SCALES,
        guidance_range=_SCALE_RANGE,
        text="sentence",
        sampling="consistency",
        fps=HUMANML.fps,
        licence=_LICENCE,
    )


def _statistics(
    checkpoint: OfficialCheckpoint, folder: str | Path | None, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation ``[D]`` of the features, float32."""
    if folder is None:
        packaged = ModelFolder.find().statistics.features
        mean, std = packaged.mean, packaged.std
        notes.append(
            "no --statistics: the packaged model's feature statistics stand in, and motion will be somewhat off; "
            "give the folder with HumanML3D's Mean.npy and Std.npy"
        )
    else:
        mean, std = (_read_array(Path(folder) / name) for name in ("Mean.npy", "Std.npy"))
    width = checkpoint.vae.num_features if checkpoint.vae is not None else len(mean)
    if mean.shape != (width,) or std.shape != (width,):
        raise ValueError(f"the checkpoint's VAE has {width} features, the statistics {mean.shape} and {std.shape}")
    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ValueError(f"the statistics of {folder} must be finite, and Std above 0")
    return mean, std


def _read_array(path: Path) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}; --statistics is a folder with Mean.npy and Std.npy")
    array = read_array(path)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{path} must hold numbers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float32)
