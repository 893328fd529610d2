"""Text to motion on one page: sentence encoder, sampler, decoder, clean-up. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.diffusion.condition import Condition, SeededNoise
from motionlcm.diffusion.samplers import Network, Sampler, StudentSampler, TeacherSampler
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.generation.durations import usual_seconds
from motionlcm.generation.long import LongMotion, split_timelines
from motionlcm.generation.request import Request
from motionlcm.generation.segments import Segment, segments_of
from motionlcm.models.folder import ModelCard, ModelFolder
from motionlcm.models.minilm import MINILM
from motionlcm.models.statistics import Statistics
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import FeatureLayout, decode_positions, layout_of
from motionlcm.motion.motion import Motion
from motionlcm.runtime.networks import Networks, TorchNetwork, open_networks, open_teacher

if TYPE_CHECKING:
    from motionlcm.models.denoiser import LatentDenoiser
    from motionlcm.models.text import FrozenTextEncoder
    from motionlcm.models.vae import MotionVAE

BATCH = 32  #: motions made at once
_MIN_FRAMES = 8


@dataclass
class MotionPipeline:
    """The way from prompts to motion; opened by ``from_pretrained``, called with prompts.

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

    @classmethod
    def from_pretrained(
        cls, model: str | Path | None = None, *, device: str = "auto"
    ) -> MotionPipeline:
        """Open the packaged model, another of the package by name, or a folder that training wrote.

        Args:
            model: name or folder; None for the package's default.
            device: "auto", "cpu", "cuda", "mps" or "torch"; see
                ``motionlcm.runtime.networks.open_networks``.
        Raises:
            FileNotFoundError: no such model; the message lists the names that are there.
            ValueError: the folder is damaged, or the device is unknown or not there.
        """
        folder = ModelFolder.find(model)
        return cls(folder, open_networks(folder, device=device), device)

    def __call__(
        self,
        prompts: str | Sequence[str],
        *,
        seconds: float | None | Sequence[float | None] = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int = 0,
        use_teacher: bool = False,
        scheduler: str = "ddim",
        split: bool = True,
    ) -> list[Motion]:
        """Generate one motion for each prompt.

        Args:
            prompts: one or more; English.
            seconds: 0.5 to ``max_seconds``, of all or a list of one for each; or None for the
                length that is usual for what the prompt says (6.0 where the model has no table of
                lengths).
            steps: how often the student runs, one of ``step_counts`` (None: 1); steps of the
                teacher's solver (None: 50).
            guidance_scale: how strictly to follow the prompt, 1 = not at all; None for the model's
                own default.
            seed: prompt i uses seed + i, whatever the batch.
            use_teacher: sample the teacher, guided, in place of the student.
            scheduler: the teacher's solver, see ``motionlcm.diffusion.schedulers``.
            split: make a prompt with "..., then ..." part by part, see ``sequence``.
        Returns:
            One ``Motion`` a prompt at the layout's frame rate, with positions and features.
        Raises:
            ValueError: an empty or too long prompt, or a value outside its range.
        """
        prompts = (prompts,) if isinstance(prompts, str) else tuple(prompts)
        request = Request(
            prompts,
            seeds=tuple(seed + i for i in range(len(prompts))),
            seconds=seconds,
            steps=steps,
            guidance_scale=guidance_scale,
            use_teacher=use_teacher,
            scheduler=scheduler,
            split=split,
        )
        return self.generate(request)

    def sequence(
        self,
        segments: Iterable[Segment | tuple[str, float | None] | str],
        *,
        seed: int = 0,
        steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> Motion:
        """Generate one motion of several parts, one after the other, of any length.

        Args:
            segments: ``(prompt, seconds)`` each; None for the length that is usual for the prompt.
            seed, steps, guidance_scale: as for the call.
        Returns:
            One ``Motion`` with positions and features; ``LongMotion`` makes it piece by piece.
        Raises:
            ValueError: a segment that cannot be, which the message names, or a value outside its
                range.
        """
        parts = segments_of(segments)
        request = Request.of(parts[0].prompt, seed=seed, steps=steps, guidance_scale=guidance_scale)
        return LongMotion(self, parts, request).motion()

    def notes(self, prompts: Iterable[str]) -> list[str]:
        """Say what of prompts is not understood, a line each; of encoders but MiniLM nothing."""
        if self.card.text_encoder != MINILM:
            return []
        from motionlcm.generation.understanding import prompt_notes

        return prompt_notes(list(prompts))

    def generate(self, request: Request) -> list[Motion]:
        """Generate the motions of a request, in its order.

        Raises:
            ValueError: a value that this model does not take.
        """
        request = request.resolved(self.card)
        timelines = split_timelines(self, request)
        others = [index for index in range(len(request.prompts)) if index not in timelines]
        motions = iter(self._whole(request.chosen(others)) if others else [])
        return [
            timelines[index].motion() if index in timelines else next(motions)
            for index in range(len(request.prompts))
        ]

    def _whole(self, request: Request) -> list[Motion]:
        """Generate the motions of a resolved request, each prompt as one clip."""
        motions = []
        for start in range(0, len(request.prompts), BATCH):
            part = request.part(start, start + BATCH)
            text, text_mask = self.networks.encode(part.prompts)
            frames = self.frames_for(text, part.lengths)
            features = self._features(text, text_mask, frames, part)
            motions += [
                Motion(
                    decode_positions(clip, self.layout),
                    self.layout.fps,
                    skeleton=self.layout.skeleton,
                    caption=prompt,
                    own_features=clip,
                )
                for clip, prompt in zip(features, part.prompts, strict=True)
            ]
        return motions

    def features(
        self,
        captions: Sequence[str],
        frames: Sequence[int],
        seeds: Sequence[int],
        *,
        steps: int | None = None,
        guidance_scale: float | None = None,
        use_teacher: bool = False,
        scheduler: str = "ddim",
        progress: Callable[[int, int], None] | None = None,
    ) -> list[np.ndarray]:
        """Generate cleaned features of given lengths: what users get, for evaluation.

        Args:
            captions, frames, seeds: one a clip.
            steps, guidance_scale, use_teacher, scheduler: as for the call.
            progress: called with (done, total) after each batch.
        Returns:
            A ``[T D]`` array in raw units for each clip.
        Raises:
            ValueError: a value that this model does not take.
        """
        request = Request(
            tuple(captions),
            tuple(seeds),
            steps=steps,
            guidance_scale=guidance_scale,
            use_teacher=use_teacher,
            scheduler=scheduler,
        ).resolved(self.card)
        clips = []
        for start in range(0, len(captions), BATCH):
            part = request.part(start, start + BATCH)
            text, text_mask = self.networks.encode(part.prompts)
            counts = np.asarray(frames[start : start + BATCH], int)
            clips += self._features(text, text_mask, counts, part)
            if progress is not None:
                progress(len(clips), len(captions))
        return clips

    def _features(
        self, text: np.ndarray, text_mask: np.ndarray, frames: np.ndarray, request: Request
    ) -> list[np.ndarray]:
        """Cleaned features ``[T D]`` of one batch."""
        latents = self.latents(text, text_mask, frames, request)
        mask = np.arange(frames.max()) < frames[:, None]  # [B T]
        decoded = self.statistics.features.restore(self.networks.decode(latents, mask))
        return [self.clean(clip[:count]) for clip, count in zip(decoded, frames, strict=True)]

    def latents(
        self, text: np.ndarray, text_mask: np.ndarray, frames: np.ndarray, request: Request
    ) -> np.ndarray:
        """Sample latents ``[B L C]``, in the VAE's units, for captions and lengths ``[B]``."""
        shape = self.folder.latents
        num_tokens = shape.tokens(frames)
        # stochastic solvers draw noise for all tokens: always as many, so that no batch matters
        length = num_tokens.max() if request.scheduler == "ddim" else shape.longest
        mask = np.arange(length) < num_tokens[:, None]  # [B L]

        assert request.steps is not None and request.guidance_scale is not None  # it is resolved
        weight = np.full(len(frames), request.guidance_scale - 1, np.float32)
        condition = Condition(text.astype(np.float32), text_mask, mask, weight)
        noise = SeededNoise(
            request.seeds, longest=shape.longest, channels=shape.channels, length=length
        )

        sampler: Sampler = self.sampler
        network: Network = self.networks.denoise
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

    def frames_for(self, text: np.ndarray, seconds: Sequence[float | None]) -> np.ndarray:
        """Lengths ``[B]`` in frames: as asked for, or usual for what the captions say."""
        lengths = np.array([np.nan if value is None else value for value in seconds], float)
        if np.isnan(lengths).any():
            usual = usual_seconds(text, self.statistics, self.max_seconds)
            lengths = np.where(np.isnan(lengths), usual, lengths)
        return np.maximum(_MIN_FRAMES, np.round(lengths * self.layout.fps).astype(int))

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
    def teacher(self) -> TorchNetwork:
        """The teacher's network.

        Raises:
            ValueError: the model folder holds none.
        """
        return open_teacher(self.check_teacher(), device=self.device)

    def check_teacher(self) -> Path:
        """Return the folder of the teacher's network; ValueError where there is none."""
        path = self.teacher_folder or self.folder.path / "teacher"
        if not path.is_dir():
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
