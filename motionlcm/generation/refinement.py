"""A steered motion made natural: encoded, and its latents moved until it keeps to what is fixed.

Encoding a motion whose root was put elsewhere fits its steps to the new path, as the decoder knows
how people walk. No gradient goes through the student, so what the text says stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from motionlcm.diffusion.optimisation import descend
from motionlcm.models.statistics import Normaliser
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.features import FPS, HUMANML, decode_positions
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.targets import Targets
from motionlcm.runtime.threads import one_thread

if TYPE_CHECKING:
    from motionlcm.generation.wording import Wording

_LR = 0.12
_ROUNDING = 1e-4  #: square metres, so that a goal that is reached has a gradient
_MISS, _STAY = 2.0, 0.05  #: weights of a metre of error, and of change ...
_SLIP = 5.0  #: ... of a metre a second that planted feet slide ...
_TEXT = 8.0  #: ... of a cosine that the text is shown less ...
_JERK = 2e-3  #: ... of the jerk, too
_CALM = 0.95  #: of the jerk before, over which it is pulled down


@dataclass(frozen=True)
class Refiner:
    """The autoencoder of a model, and the units of its features.

    Attributes:
        vae: in eval mode.
        units: of the features.
    """

    vae: MotionVAE
    units: Normaliser

    @one_thread()
    def refined(
        self,
        features: np.ndarray,
        targets: Targets,
        *,
        place: tuple[float, np.ndarray],
        num_steps: int,
        wording: Wording | None = None,
        seconds: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """Refine features ``[T D]`` that nearly do what is fixed.

        Args:
            features: not normalised, of a motion from the origin that faces +Z.
            targets: of T frames, in the world.
            place: radians by which that motion is turned in the world, and ``[3]`` metres where it
                begins there.
            num_steps: of descent; 0 only encodes and decodes.
            wording: of the prompts that they should show; None: nobody can judge.
            seconds: stop after this time.
            progress: called with (done, num_steps).
        Returns:
            ``[T D]`` as the decoder makes them: before any clean-up.
        """
        normal = torch.from_numpy(self.units.normalise(features.astype(np.float32)))[None]
        mask = torch.ones(normal.shape[:2], dtype=torch.bool)
        with torch.inference_mode():
            first = self.vae.encode(normal, mask).mode()
        first = first.clone()  # out of inference mode

        judge = _Judge(features, targets, place)

        def decode(latents: Tensor) -> Tensor:
            return self.units.restore(self.vae.decode(latents, mask)[0])

        def loss(latents: Tensor) -> Tensor:
            decoded = decode(latents)
            unlike = decoded.new_zeros(()) if wording is None else wording(decoded)
            stay = (latents - first).square().mean()
            return judge(decoded) + _TEXT * unlike + _STAY * stay

        latents = descend(
            loss, first, num_steps=num_steps, lr=_LR, seconds=seconds, progress=progress
        )
        with torch.inference_mode():
            return decode(latents).numpy()

    @one_thread()
    def latents(self, features: np.ndarray) -> np.ndarray:
        """Encode features ``[T D]``, not normalised, to latents ``[L C]`` in the VAE's units."""
        normal = torch.from_numpy(self.units.normalise(features.astype(np.float32)))[None]
        mask = torch.ones(normal.shape[:2], dtype=torch.bool)
        with torch.inference_mode():
            return self.vae.encode(normal, mask).mode()[0].numpy()


class _Judge:
    """What is wrong with features ``[T D]``: misses, sliding feet, jerk; one differentiable number.

    Args:
        features: ``[T D]`` of the motion before; its planted feet should stand, its jerk not grow.
        targets: what is fixed.
        place: see ``Refiner.refined``.
    """

    def __init__(
        self, features: np.ndarray, targets: Targets, place: tuple[float, np.ndarray]
    ) -> None:
        self.turn = torch.from_numpy(from_yaw(np.array(place[0]))).float()
        self.start = torch.from_numpy(np.asarray(place[1])).float()
        before = self.world(torch.from_numpy(features).float())

        self.mask = torch.from_numpy(targets.wished).float()
        self.goals = torch.from_numpy(targets.positions).float()
        self.tolerance = torch.from_numpy(targets.tolerance).float()
        # poses have no coordinates of their own: the motion before holds them
        posed = torch.from_numpy(targets.is_posed)[:, None, None]
        self.mask = torch.where(posed, torch.ones_like(self.mask), self.mask)
        self.goals = torch.where(posed, before, self.goals)

        planted = features[:-1, HUMANML.contacts] > 0.5
        self.planted = torch.from_numpy(planted).float()
        self.jerk = _jerk(before)

    def world(self, features: Tensor) -> Tensor:
        """Positions ``[T 22 3]`` in the world."""
        positions = decode_positions(features)
        start = self.start * torch.tensor([1.0, 0.0, 1.0])
        return rotate(self.turn.expand(*positions.shape[:-1], 4), positions) + start

    def __call__(self, features: Tensor) -> Tensor:
        positions = self.world(features)
        square = (self.mask * (positions - self.goals)).square().sum(-1)
        away = (square + _ROUNDING).sqrt() - self.tolerance
        is_fixed = self.mask.any(-1)
        miss = torch.relu(away[is_fixed]).mean() if is_fixed.any() else square.sum()

        steps = torch.diff(positions[:, SMPL_22.limbs.contacts], dim=0)[..., [0, 2]].norm(dim=-1)
        slip = FPS * (steps * self.planted).sum() / self.planted.sum().clamp(min=1)
        return (
            _MISS * miss + _SLIP * slip + _JERK * torch.relu(_jerk(positions) - _CALM * self.jerk)
        )


def _jerk(positions: Tensor) -> Tensor:
    """Mean size of the third derivative, m/s^3."""
    if len(positions) < 4:
        return positions.new_zeros(())
    return torch.diff(positions, n=3, dim=0).norm(dim=-1).mean() * FPS**3
