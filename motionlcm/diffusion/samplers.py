"""Samplers: from noise to latents, by a student in a few steps or by a teacher with a solver.

Everything that makes motion goes through one of the two classes here: generation, evaluation,
validation in training and the exported graphs. Both are called alike: ``sampler.sample(network,
condition, noise, num_steps=4)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from motionlcm.diffusion.condition import Condition
from motionlcm.diffusion.consistency import consistency_function
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.sampling import (
    Denoiser,
    everywhere,
    sample_consistency,
    sample_ddim,
    sample_phased,
)
from motionlcm.diffusion.schedule import Array, NoiseSchedule, student_timesteps

#: The contract of networks: (z_t [B L C], timesteps [B], ends [B], condition) -> output [B L C].
#: ``ends`` is where a phased student's jump leads, -1 for clean latents; other networks do not look
#: at it.
Network = Callable[[Array, Array, Array, Condition], Array]
Noise = Callable[[], Array]  #: gives fresh standard normal noise [B L C] at each call


class Sampler(Protocol):
    """The one way from noise to latents."""

    def sample(
        self, network: Network, condition: Condition, noise: Noise, *, num_steps: int
    ) -> Array:
        """Latents ``[B L C]`` in the units that the network was trained in."""


@dataclass(frozen=True)
class StudentSampler:
    """Few-step sampling of a distilled student; the guidance weight is an input of its network.

    Attributes:
        schedule: of the noise the student was trained with.
        timesteps: the student's timesteps for each step count.
        prediction_type: what the network's output means: "epsilon", "sample" or "v".
        is_phased: deterministic jumps from phase to phase; else consistency steps with fresh noise
            between them.
    """

    schedule: NoiseSchedule
    timesteps: Mapping[int, tuple[int, ...]]
    prediction_type: str
    is_phased: bool

    def sample(
        self, network: Network, condition: Condition, noise: Noise, *, num_steps: int
    ) -> Array:
        """Run the student ``num_steps`` times from pure noise; returns ``[B L C]``.

        Raises:
            ValueError: a step count that the student was not trained for.
        """
        timesteps = student_timesteps(num_steps, dict(self.timesteps))
        if self.is_phased:
            return condition.placed(self.jumps(network, condition, noise(), timesteps))

        denoise = bound(network, condition)

        def predict(z: Array, t: Array) -> Array:
            return consistency_function(denoise(z, t), z, t, self.schedule, self.prediction_type)

        latents = sample_consistency(
            predict, noise(), self.schedule, timesteps=timesteps, fresh_noise=noise
        )
        return condition.placed(latents)

    def jumps(
        self,
        network: Network,
        condition: Condition,
        noise: Array,
        timesteps: Sequence[int],
        *,
        end: int = -1,
    ) -> Array:
        """Jump with a phased student through all ``timesteps`` and from the last to ``end``."""

        denoise = bound(network, condition)

        def predict(z: Array, t: Array, to: Array) -> Array:
            return self.schedule.to_sample(denoise(z, t, to), z, t, self.prediction_type)

        return sample_phased(predict, noise, self.schedule, timesteps=timesteps, end=end)


@dataclass(frozen=True)
class TeacherSampler:
    """Sampling of a teacher with classifier-free guidance: DDIM, or another solver.

    Attributes:
        schedule: of the noise the teacher was trained with.
        prediction_type: what the network's output means: "epsilon", "sample" or "v".
        solver: ``(denoise, noise [B L C], num_steps) -> z_0`` in place of DDIM.
    """

    schedule: NoiseSchedule
    prediction_type: str
    solver: Callable[[Denoiser, Array, int], Array] | None = None

    def sample(
        self, network: Network, condition: Condition, noise: Noise, *, num_steps: int
    ) -> Array:
        """Solve from pure noise in ``num_steps`` guided steps; returns ``[B L C]``.

        The weight of the condition is guidance's; the network itself is told none.

        Raises:
            ValueError: the condition has no empty caption or no weight to guide with.
        """
        if condition.empty is None or condition.weight is None:
            raise ValueError("a teacher is guided: its condition needs empty= and weight=")
        with_text = replace(condition, weight=None, empty=None)
        denoise = guided(
            bound(network, with_text), bound(network, condition.empty), condition.weight
        )

        if self.solver is not None:
            latents = self.solver(denoise, noise(), num_steps)
        else:
            latents = sample_ddim(
                denoise,
                noise(),
                self.schedule,
                num_steps=num_steps,
                prediction_type=self.prediction_type,
            )
        return condition.placed(latents)


def bound(network: Network, condition: Condition) -> Callable[..., Array]:
    """Bind a network's condition: ``(z_t, timesteps) -> output`` is all that a solver sees.

    A phased network's third argument is the end of the phase, clean latents by default. Known
    tokens are put in their places before each call, so that the network never sees noise there.
    """

    def denoise(z_t: Array, timesteps: Array, ends: Array | None = None) -> Array:
        ends = everywhere(-1, z_t) if ends is None else ends
        return network(condition.placed(z_t), timesteps, ends, condition)

    return denoise
