"""A student led by a ControlNet: where joints should be goes in beside the noise. Runs on torch.

Such networks come with official checkpoints of control (``motionlcm.exchange.official``). They lead
a motion near to what is asked for; exact it is made afterwards, as without them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionlcm.diffusion.condition import Condition
from motionlcm.integrity import check_file
from motionlcm.models.folder import ModelFolder
from motionlcm.models.statistics import Normaliser

HINT_STATISTICS = "hints.safetensors"  #: mean and deviation of hinted places, in a model folder
_NETWORKS = ("controlnet", "trajectory_encoder")


@dataclass(frozen=True, eq=False)
class Hints:
    """Where joints should be, of one motion from the origin that faces +Z.

    Attributes:
        positions: ``[T J 3]`` metres, where ``mask``.
        mask: ``[T J]``, True for hinted joints.
    """

    positions: np.ndarray
    mask: np.ndarray


def takes_hints(folder: ModelFolder) -> bool:
    """Whether a model folder has control networks, and the statistics that they need."""
    return all(folder.has(name) for name in _NETWORKS) and (folder.path / HINT_STATISTICS).is_file()


def write_hint_statistics(folder: Path, mean: np.ndarray, std: np.ndarray) -> None:
    """Write mean and deviation ``[J*3]`` of hinted places into a model folder."""
    from safetensors.numpy import save_file

    save_file({"hint_mean": mean, "hint_std": std}, folder / HINT_STATISTICS)


class ControlNetworks:
    """The control networks of a folder, beside its student.

    Args:
        folder: of a model that takes hints.
        device: of torch.
    Raises:
        ValueError: damaged statistics.
    """

    def __init__(self, folder: ModelFolder, device: str = "cpu") -> None:
        from motionlcm.models.control import ControlNet, TrajectoryEncoder
        from motionlcm.models.denoiser import LatentDenoiser

        self.device = device
        self.student = LatentDenoiser.from_pretrained(folder.path / "student").to(device)
        self.control = ControlNet.from_pretrained(folder.path / "controlnet").to(device)
        self.encoder = TrajectoryEncoder.from_pretrained(folder.path / "trajectory_encoder").to(
            device
        )
        self.units = _statistics(folder.path / HINT_STATISTICS, 3 * self.encoder.num_joints)

    def network(self, hints: Hints) -> HintedStudent:
        """The student as samplers call it, led by hints of one motion."""
        import torch

        flat = hints.positions.reshape(len(hints.positions), -1).astype(np.float32)
        with torch.inference_mode():
            control = self.encoder(
                torch.from_numpy(self.units.normalise(flat))[None].to(self.device),
                torch.from_numpy(hints.mask)[None].to(self.device),
            )
        return HintedStudent(self, control.cpu().numpy())


@dataclass(frozen=True, eq=False)
class HintedStudent:
    """A student whose layers are told by a ControlNet.

    Attributes:
        networks: the two.
        control: ``[1 L C]``, the trajectory encoder's latents.
    """

    networks: ControlNetworks
    control: np.ndarray

    def __call__(
        self, latents: np.ndarray, timesteps: np.ndarray, ends: np.ndarray, condition: Condition
    ) -> np.ndarray:
        """Run both once: ``[B L C]`` -> ``[B L C]``."""
        import torch

        student, control = self.networks.student, self.networks.control

        def moved(array: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(array, device=self.networks.device)

        with torch.inference_mode():
            z, times = moved(latents), moved(timesteps)
            told = condition.mapped(moved)
            residuals = control(
                z,
                times,
                told.text,
                control=moved(self.control).expand_as(z),
                text_mask=told.text_mask,
                guidance_weight=told.weight if student.guidance_width else None,
                end_timesteps=moved(ends) if student.end_width else None,
                mask=told.mask,
            )
            output = student.denoise(z, times, moved(ends), replace(told, residuals=residuals))
        return output.cpu().numpy()


def _statistics(path: Path, width: int) -> Normaliser:
    """Mean and deviation of hinted places; ValueError for damaged ones."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    check_file(path)
    try:
        tables = load_file(path)
        mean, std = tables["hint_mean"], tables["hint_std"]
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{path} is damaged: it must hold hint_mean and hint_std") from error
    is_sound = np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()
    if mean.shape != (width,) or std.shape != (width,) or not is_sound:
        raise ValueError(f"{path} is damaged: hint_mean and hint_std must be finite [{width}]")
    return Normaliser(mean.astype(np.float32), std.astype(np.float32))
