"""An official MotionLCM checkpoint as a model folder that the pipeline opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from motionlcm.atomic_files import new_folder
from motionlcm.diffusion.schedule import OFFICIAL_TIMESTEPS
from motionlcm.exchange.official_networks import OfficialCheckpoint, load_official
from motionlcm.formats.array_files import read_array
from motionlcm.integrity import write_manifest
from motionlcm.models.folder import PIPELINE_CONFIG, ModelCard, ModelFolder
from motionlcm.motion.layout import HUMANML
from motionlcm.runtime.control_networks import write_hint_statistics

SENTENCE_T5 = "sentence-transformers/sentence-t5-large"  #: that of all published checkpoints
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
    """Write a model folder with the networks of an official checkpoint, whole or not at all.

    Args:
        path: the ``.ckpt`` file: VAE, teacher, student or ControlNet, V1 or V2.
        destination: folder to make; it must not exist or be empty.
        statistics: folder with HumanML3D's ``Mean.npy`` and ``Std.npy``, which no checkpoint holds;
            None: those of the packaged model stand in, and motion is off by their difference. For a
            ControlNet also with ``Mean_raw.npy`` and ``Std_raw.npy``, of the joints' places.
        text_encoder: name or path of the sentence encoder.
        num_heads: of all attention layers.
    Returns:
        Notes: what the folder cannot do, and why.
    Raises:
        FileNotFoundError: no such checkpoint, or no statistics in their folder.
        ValueError: a checkpoint that ``load_official`` refuses, statistics that do not fit it, or a
            destination in use.
    """
    notes = []
    with new_folder(destination) as part:
        checkpoint = load_official(path, num_heads=num_heads)

        mean, std = _statistics(checkpoint, statistics)
        if statistics is None:
            notes.append(
                "no --statistics: the packaged model's feature statistics stand in, and motion "
                "will be somewhat off; give the folder with HumanML3D's Mean.npy and Std.npy"
            )

        _write_networks(part, checkpoint)
        _write_statistics(part, checkpoint, mean, std)
        notes += _write_hint_statistics(part, checkpoint, statistics)

        # Without pipeline.json the folder is one of parts, which the pipeline refuses to open.
        lacking = _lacking(checkpoint)
        if lacking is None:
            _card(checkpoint, text_encoder).write(part / PIPELINE_CONFIG)
        else:
            notes.append(
                f"the checkpoint lacks {lacking}, so the folder cannot generate motion by itself"
            )
        write_manifest(part)
    return notes


def _is_student(checkpoint: OfficialCheckpoint) -> bool:
    return checkpoint.denoiser is not None and checkpoint.denoiser.guidance_width > 0


def _lacking(checkpoint: OfficialCheckpoint) -> str | None:
    """What the checkpoint would need to generate motion, or None."""
    if checkpoint.vae is None:
        return "a VAE"
    if not _is_student(checkpoint):
        return "a student (a denoiser that takes the guidance weight)"
    return None


def _write_networks(folder: Path, checkpoint: OfficialCheckpoint) -> None:
    networks = {
        "vae": checkpoint.vae,
        "student" if _is_student(checkpoint) else "teacher": checkpoint.denoiser,
        "controlnet": checkpoint.controlnet,
        "trajectory_encoder": checkpoint.trajectory_encoder,
    }

    for name, network in networks.items():
        if network is not None:
            network.save_pretrained(folder / name)


def _write_statistics(
    folder: Path, checkpoint: OfficialCheckpoint, mean: np.ndarray, std: np.ndarray
) -> None:
    values = {"feature_mean": torch.from_numpy(mean), "feature_std": torch.from_numpy(std)}
    if checkpoint.vae is not None:  # official latents are used as they are
        values["latent_mean"] = torch.zeros(checkpoint.vae.latent_channels)
        values["latent_std"] = torch.ones(checkpoint.vae.latent_channels)
    save_file(values, folder / "statistics.safetensors")


def _write_hint_statistics(
    folder: Path, checkpoint: OfficialCheckpoint, statistics: str | Path | None
) -> list[str]:
    """Write what a ControlNet's hints are normalised with; a note where that is not known."""
    encoder = checkpoint.trajectory_encoder
    if checkpoint.controlnet is None or encoder is None:
        return []
    paths = [Path(statistics or "") / name for name in ("Mean_raw.npy", "Std_raw.npy")]
    if statistics is None or not all(path.is_file() for path in paths):
        return [
            "the ControlNet is kept but not used: --statistics needs Mean_raw.npy and Std_raw.npy "
            "of the joints' places, too; paths and pins work without it"
        ]
    mean, std = (_read_array(path).reshape(-1) for path in paths)
    width = 3 * encoder.num_joints
    is_sound = np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()
    if mean.shape != (width,) or std.shape != (width,) or not is_sound:
        raise ValueError(
            f"{paths[0]} and {paths[1].name} must be {width} finite numbers, Std_raw above 0, "
            f"got {mean.size} and {std.size}"
        )
    write_hint_statistics(folder, mean, std)
    return []


def _card(checkpoint: OfficialCheckpoint, text_encoder: str) -> ModelCard:
    """What is known of the official models: timesteps, guidance scales, their text encoder."""
    timesteps = V1_TIMESTEPS if checkpoint.is_v1 else OFFICIAL_TIMESTEPS
    if Path(text_encoder).is_dir():
        text_encoder = str(Path(text_encoder).resolve())

    return ModelCard(
        text_encoder=text_encoder,
        timesteps=timesteps,
        guidance_scales=dict.fromkeys(timesteps, V1_SCALE) if checkpoint.is_v1 else V2_SCALES,
        guidance_range=_SCALE_RANGE,
        text="sentence",
        sampling="consistency",
        fps=HUMANML.fps,
        licence=_LICENCE,
    )


def _statistics(
    checkpoint: OfficialCheckpoint, folder: str | Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation ``[D]`` of the features, float32; the packaged ones without a folder."""
    if folder is None:
        packaged = ModelFolder.find().statistics.features
        mean = packaged.mean
        std = packaged.std
    else:
        mean = _read_array(Path(folder) / "Mean.npy")
        std = _read_array(Path(folder) / "Std.npy")

    width = checkpoint.vae.num_features if checkpoint.vae is not None else len(mean)
    if mean.shape != (width,) or std.shape != (width,):
        raise ValueError(
            f"the checkpoint's VAE has {width} features, "
            f"the statistics {mean.shape} and {std.shape}"
        )

    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ValueError(f"the statistics of {folder} must be finite, and Std above 0")
    return mean, std


def _read_array(path: Path) -> np.ndarray:
    """The numbers of an npy file, float32."""
    if not path.is_file():
        raise FileNotFoundError(
            f"no file {path}; --statistics is a folder with Mean.npy and Std.npy"
        )

    array = read_array(path)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{path} must hold numbers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float32)
