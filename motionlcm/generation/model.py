"""A model ready to sample: text and lengths in, latents and decoded features out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.diffusion.condition import Condition, SeededNoise
from motionlcm.diffusion.samplers import Network, Sampler, StudentSampler, TeacherSampler
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.generation.request import Request
from motionlcm.models.folder import ModelCard, ModelFolder
from motionlcm.models.statistics import Statistics
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import FeatureLayout, layout_of
from motionlcm.runtime.agreement import Agreement
from motionlcm.runtime.control_networks import ControlNetworks, Hints, takes_hints
from motionlcm.runtime.networks import Networks, TorchNetwork, open_teacher

if TYPE_CHECKING:
    from motionlcm.models.denoiser import LatentDenoiser
    from motionlcm.models.text import FrozenTextEncoder
    from motionlcm.models.vae import MotionVAE


@dataclass
class LoadedModel:
    """What a model is, and its one way from noise to decoded features.

    Attributes:
        folder: the model: its card, statistics and networks on disk.
        networks: text encoder, student and decoder on some run-time.
        device: that run-time's name.
        teacher_folder: where the teacher's network lies; the model's own unless it is set.
    """

    folder: ModelFolder
    networks: Networks
    device: str = "auto"
    teacher_folder: Path | None = field(default=None)

    def restored(self, latents: np.ndarray, frames: np.ndarray) -> list[np.ndarray]:
        """Features ``[T D]``, as decoded, of latents ``[B L C]`` and lengths ``[B]``."""
        mask = np.arange(frames.max()) < frames[:, None]  # [B T]
        decoded = self.statistics.features.restore(self.networks.decode(latents, mask))
        return [clip[:count] for clip, count in zip(decoded, frames, strict=True)]

    def decoded(
        self,
        request: Request,
        frames: np.ndarray,
        *,
        known: tuple[np.ndarray, np.ndarray] | None = None,
        hints: Hints | None = None,
        text: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> list[np.ndarray]:
        """Generate features ``[T D]`` of a resolved request, before any clean-up.

        Args:
            request: of at most ``BATCH`` motions.
            frames: lengths ``[B]``.
            known: which tokens are given, ``[L]`` bool, and their latents ``[L C]`` in the VAE's
                units, the same for the whole batch; None: none.
            hints: where joints should be, of a model that takes them; None: nothing is told.
            text: vectors ``[B S E]`` and mask ``[B S]`` of the captions; None: they are encoded.
        """
        vectors, text_mask = self.networks.encode(request.prompts) if text is None else text
        latents = self.latents(vectors, text_mask, frames, request, known=known, hints=hints)
        return self.restored(latents, frames)

    def latents(
        self,
        text: np.ndarray,
        text_mask: np.ndarray,
        frames: np.ndarray,
        request: Request,
        *,
        known: tuple[np.ndarray, np.ndarray] | None = None,
        hints: Hints | None = None,
    ) -> np.ndarray:
        """Sample latents ``[B L C]``, in the VAE's units, for captions and lengths ``[B]``.

        ``known`` and ``hints`` are as for ``decoded``; the student must take them.
        """
        shape = self.folder.latents
        num_tokens = shape.tokens(frames)
        # stochastic solvers draw noise for all tokens: always as many, so that no batch matters
        length = num_tokens.max() if request.scheduler == "ddim" else shape.longest
        mask = np.arange(length) < num_tokens[:, None]  # [B L]

        assert request.steps is not None and request.guidance_scale is not None  # it is resolved
        weight = np.full(len(frames), request.guidance_scale - 1, np.float32)
        condition = Condition(text.astype(np.float32), text_mask, mask, weight)
        if known is not None:
            condition = self._with_known(condition, *known)
        noise = SeededNoise(
            request.seeds, longest=shape.longest, channels=shape.channels, length=length
        )

        sampler: Sampler = self.sampler
        network: Network = self.networks.denoise
        if hints is not None:
            network = self.control_networks.network(hints)
        if request.use_teacher:
            condition = self._with_empty(condition)
            sampler = self.teacher_sampler(request.scheduler, request.seeds)
            network = self.teacher
        latents = sampler.sample(network, condition, noise, num_steps=request.steps)
        return self.statistics.latents.restore(latents[:, : num_tokens.max()])

    def clean(self, features: np.ndarray) -> np.ndarray:
        """Clean a decoder's raw features ``[T D]``: seams, limbs, feet, floor."""
        return clean_features(
            features, seam_period=self.folder.latents.seam_period, layout=self.layout
        )

    def _with_known(
        self, condition: Condition, known: np.ndarray, latents: np.ndarray
    ) -> Condition:
        """The condition with tokens ``[L]`` that are given as latents ``[L C]``."""
        size, length = condition.mask.shape
        is_known = np.zeros((size, length), bool)
        is_known[:, : len(known)] = known
        clean = np.zeros((size, length, latents.shape[-1]), np.float32)
        clean[:, : len(latents)] = self.statistics.latents.normalise(latents)
        return replace(condition, known=is_known, known_latents=clean)

    def _with_empty(self, condition: Condition) -> Condition:
        """The condition with that of the empty caption beside it, for classifier-free guidance."""
        size = len(condition.text)
        text, text_mask = self.networks.encode([""])
        empty = replace(
            condition,
            text=text.astype(np.float32).repeat(size, 0),
            text_mask=text_mask.repeat(size, 0),
            weight=None,
        )
        return replace(condition, empty=empty)

    # What the model is: its card, its statistics, its samplers and its parts.

    @property
    def card(self) -> ModelCard:
        """What the model's ``pipeline.json`` says."""
        return self.folder.card

    @property
    def statistics(self) -> Statistics:
        """Means and deviations of features and latents, and the table of usual lengths."""
        return self.folder.statistics

    @cached_property
    def schedule(self) -> NoiseSchedule:
        """The noise schedule that the model states, for numpy arrays."""
        return NoiseSchedule.from_config(self.card.schedule)

    @cached_property
    def sampler(self) -> StudentSampler:
        """The student's way from noise to latents."""
        return StudentSampler(
            self.schedule,
            self.card.timesteps,
            self.folder.prediction_type("student"),
            is_phased=self.card.sampling == "phased",
        )

    def teacher_sampler(self, scheduler: str = "ddim", seeds: Sequence[int] = ()) -> TeacherSampler:
        """Build the teacher's way from noise to latents: DDIM, or a scheduler of diffusers by name.

        Args:
            scheduler: a name of ``motionlcm.diffusion.schedulers.SCHEDULERS``.
            seeds: of the fresh noise that stochastic schedulers draw, one a sample.
        """
        kind = self.teacher.denoiser.prediction_type
        if scheduler == "ddim":
            return TeacherSampler(self.schedule, kind)
        from motionlcm.diffusion.schedulers import numpy_solver, open_scheduler

        solver = open_scheduler(scheduler, self.card.schedule, kind)
        return TeacherSampler(self.schedule, kind, solver=numpy_solver(solver, seeds))

    @cached_property
    def layout(self) -> FeatureLayout:
        """What the features mean: HumanML3D's 22 joints at 20 fps, or KIT-ML's 21 at 12.5."""
        return layout_of(self.statistics.features.mean)

    @property
    def takes_known(self) -> bool:
        """Whether the student takes known tokens: it can go on from motion, and fill in between."""
        return self.folder.takes_known("student")

    @property
    def takes_hints(self) -> bool:
        """Whether there are control networks, which lead the student where joints should be."""
        return takes_hints(self.folder)

    @cached_property
    def control_networks(self) -> ControlNetworks:
        """The control networks of a model that takes hints, on the CPU."""
        return ControlNetworks(self.folder)

    @property
    def max_seconds(self) -> float:
        """The longest motion: 9.8 s at 20 fps."""
        return self.card.max_seconds

    @property
    def step_counts(self) -> list[int]:
        """The values of ``steps`` that this student knows."""
        return self.card.step_counts

    def guidance_scale(self, steps: int) -> float:
        """The student's default guidance scale for a step count."""
        return self.card.guidance_scales[steps]

    @cached_property
    def agreement(self) -> Agreement:
        """The evaluator that tells how well motion fits its caption.

        Raises:
            ValueError: one that reads other features than this model makes.
        """
        return Agreement(self.folder)

    @cached_property
    def teacher(self) -> TorchNetwork:
        """The teacher's network.

        Raises:
            ValueError: the model folder holds none.
        """
        return open_teacher(self.check_teacher(), device=self.device)

    @property
    def _teacher_path(self) -> Path:
        return self.teacher_folder or self.folder.path / "teacher"

    @property
    def has_teacher(self) -> bool:
        """Whether there is a teacher's network, the model's own or that of ``teacher_folder``."""
        return self._teacher_path.is_dir()

    def check_teacher(self) -> Path:
        """Return the folder of the teacher's network; ValueError where there is none."""
        path = self._teacher_path
        if not self.has_teacher:
            raise ValueError(
                f"{path.parent} holds no teacher; give its folder (a run's model/teacher), "
                "or leave --teacher out"
            )
        return path

    @cached_property
    def vae(self) -> MotionVAE:
        """The VAE as a torch module, in eval mode on the CPU; for evaluation, export and tests."""
        from motionlcm.models.vae import MotionVAE

        return MotionVAE.from_pretrained(self.folder.path / "vae")

    def open_refinement(self) -> None:
        """Open what the first refined motion would wait for: torch, and the VAE with it."""
        from motionlcm.generation import refinement

        assert refinement is not None and self.vae is not None

    @cached_property
    def student(self) -> LatentDenoiser:
        """The student as a torch module, in eval mode on the CPU; for export and tests."""
        from motionlcm.models.denoiser import LatentDenoiser

        return LatentDenoiser.from_pretrained(self.folder.path / "student")

    @cached_property
    def text_encoder(self) -> FrozenTextEncoder:
        """The torch sentence encoder the model was trained with; for evaluation and tests."""
        from motionlcm.models.text import FrozenTextEncoder

        return FrozenTextEncoder(self.card.text_encoder)
