"""Text to motion on one page: sentence encoder, sampler, decoder, clean-up. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.candidates import best_of, with_candidates
from motionlcm.generation.durations import usual_seconds
from motionlcm.generation.familiarity import Familiarity
from motionlcm.generation.judging import PromptJudge
from motionlcm.generation.long import LongMotion, split_timelines
from motionlcm.generation.model import LoadedModel
from motionlcm.generation.request import Request, prompts_of, seeds_from
from motionlcm.generation.segments import Segment, segments_of
from motionlcm.models.folder import ModelFolder
from motionlcm.models.minilm import MINILM
from motionlcm.motion.features import decode_positions
from motionlcm.motion.motion import Motion
from motionlcm.runtime.networks import open_networks

if TYPE_CHECKING:
    from motionlcm.motion.constraints import Constraints

BATCH = 32  #: motions made at once
_MIN_FRAMES = 8
_LONG_FRAMES = 2400  #: two minutes; longer motion may wait on disk for being written


@dataclass
class MotionPipeline(LoadedModel):
    """The way from prompts to motion; opened by ``from_pretrained``, called with prompts."""

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
        best_of: int = 1,
        constraints: Constraints | None = None,
        effort: str | float = "default",
        progress: Callable[[int, int], None] | None = None,
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
            best_of: candidates for each motion; kept is the one that fits the prompt and moves
                best. Its ``seed`` makes it again.
            constraints: a path, pins, poses or frames that every motion keeps to.
            effort: how much to do for that: "preview" (no torch), "default", "best", or seconds.
            progress: called with (done, steps) while a motion is refined for its constraints.
        Returns:
            One ``Motion`` a prompt at the layout's frame rate, with positions and features; with
            constraints in their frame of reference, and with a ``report``.
        Raises:
            ValueError: an empty or too long prompt, a value outside its range, or constraints that
                cannot be.
        """
        prompts = prompts_of(prompts)
        request = Request(
            prompts,
            seeds=seeds_from(seed, len(prompts)),
            seconds=seconds,
            steps=steps,
            guidance_scale=guidance_scale,
            use_teacher=use_teacher,
            scheduler=scheduler,
            split=split,
            best_of=best_of,
            constraints=constraints,
            effort=effort,
        )
        return self.generate(request, progress=progress)

    def sequence(
        self,
        segments: Iterable[Segment | tuple[str, float | None] | str],
        *,
        seed: int = 0,
        steps: int | None = None,
        guidance_scale: float | None = None,
        constraints: Constraints | None = None,
        effort: str | float = "default",
        progress: Callable[[int, int], None] | None = None,
    ) -> Motion:
        """Generate one motion of several parts, one after the other, of any length.

        Args:
            segments: ``(prompt, seconds)`` each; None for the length that is usual for the prompt.
            seed, steps, guidance_scale: as for the call.
            constraints: what the whole motion keeps to; frames count from its beginning. A path
                without frames is gone as the parts go: who stands or sits stays where he is.
            effort, progress: as for the call.
        Returns:
            One ``Motion`` with positions and features; with constraints in their frame of
            reference, and with a ``report``. ``LongMotion`` makes free motion piece by piece.
        Raises:
            ValueError: a segment that cannot be, which the message names, a value outside its
                range, or constraints that cannot be.
        """
        parts = segments_of(segments)
        request = Request.of(
            parts[0].prompt,
            seed=seed,
            steps=steps,
            guidance_scale=guidance_scale,
            constraints=constraints,
            effort=effort,
        )
        return self.timeline(parts, request, progress=progress)

    def timeline(
        self,
        segments: Sequence[Segment],
        request: Request,
        *,
        progress: Callable[[int, int], None] | None = None,
        folder: Path | None = None,
    ) -> Motion:
        """Generate one motion of several parts as a request says; its prompts do not count.

        Args:
            segments: what is done, and for how long.
            request: one seed, and how the motion is made.
            progress: called with (done, total) frames; with constraints, steps of refinement.
            folder: on whose disk a long motion waits for being written; None: in memory. (One with
                constraints, and one of several candidates, is in memory nevertheless.)
        Raises:
            ValueError: a value that this model does not take, or constraints that cannot be.
        """
        long = LongMotion(self, segments, request)
        if request.constraints:
            from motionlcm.generation.steered import steered_timeline

            motion = steered_timeline(long, progress)
        elif folder is not None and request.best_of == 1 and long.num_frames > _LONG_FRAMES:
            motion = long.motion_on_disk(folder, progress)
        else:
            motion = long.best_motion(progress)
        return self._judged([motion], [[segment.prompt for segment in segments]])[0]

    def notes(self, prompts: Iterable[str], motions: Iterable[Motion] | None = None) -> list[str]:
        """Say what of prompts is not understood, was never learned or is not shown; a line each.

        Only of MiniLM is known what it does not understand. ``motions``: see ``familiarity``.
        """
        prompts = list(prompts)
        notes = []
        if self.card.text_encoder == MINILM:
            from motionlcm.generation.understanding import prompt_notes

            known = self.folder.known
            notes = prompt_notes(prompts, vocabulary=known.vocabulary if known else ())
        for familiar, prompt in zip(self.familiarity(prompts, motions), prompts, strict=True):
            note = familiar.note(prompt) if familiar is not None else None
            notes += [note] if note else []
        return notes

    def familiarity(
        self, prompts: Sequence[str], motions: Iterable[Motion] | None = None
    ) -> list[Familiarity | None]:
        """How likely each prompt is shown, by its words and by what is seen on its motions.

        Args:
            prompts: any number.
            motions: those with one of the prompts as caption are looked at; None: a few are made
                of each prompt.
        Returns:
            One for each prompt; None where the model cannot tell.
        """
        return self.judge.of_prompts(prompts, motions)

    @cached_property
    def judge(self) -> PromptJudge:
        """Tells how likely prompts are shown, and whether motions show them."""
        return PromptJudge(self)

    def generate(
        self, request: Request, *, progress: Callable[[int, int], None] | None = None
    ) -> list[Motion]:
        """Generate the motions of a request, in its order; ``progress`` as for the call.

        Raises:
            ValueError: a value that this model does not take, or constraints that cannot be.
        """
        request = request.resolved(self.card)
        if request.constraints:
            from motionlcm.generation.steered import steered_motions

            made = steered_motions(self, request, progress)
            return self._judged(*zip(*made, strict=True))

        timelines = split_timelines(self, request)
        others = [index for index in range(len(request.prompts)) if index not in timelines]
        whole = iter(self._whole(request.chosen(others)) if others else [])
        motions = [
            timelines[index].best_motion() if index in timelines else next(whole)
            for index in range(len(request.prompts))
        ]
        split = [[prompt] if i in timelines else [] for i, prompt in enumerate(request.prompts)]
        return self._judged(motions, split)

    def _judged(self, motions: Sequence[Motion], prompts: Sequence[Sequence[str]]) -> list[Motion]:
        """Put the least familiarity of their prompts on motions that have some."""
        judged = []
        for motion, parts in zip(motions, prompts, strict=True):
            known = self.familiarity(parts, [motion]) if parts else []
            own = [familiar.score for familiar in known if familiar is not None]
            judged.append(replace(motion, familiarity=min(own)) if own else motion)
        return judged

    def _whole(self, request: Request) -> list[Motion]:
        """Generate the motions of a resolved request, each prompt as one clip."""
        motions: list[Motion] = []
        size = max(1, BATCH // request.best_of)
        for start in range(0, len(request.prompts), size):
            part = with_candidates(request.part(start, start + size))
            text, text_mask = self.networks.encode(part.prompts)
            frames = self.frames_for(text, part.lengths)
            raw = self.restored(self.latents(text, text_mask, frames, part), frames)
            cleaned = [self.clean(clip) for clip in raw]

            chosen = list(range(0, len(raw), request.best_of))
            if request.best_of > 1:
                groups = [slice(first, first + request.best_of) for first in chosen]
                chosen = [
                    group.start
                    + best_of(self, part.prompts[group.start], raw[group], cleaned[group])
                    for group in groups
                ]
            made = [self.as_motion(cleaned[i], part.prompts[i], part.seeds[i]) for i in chosen]
            known = self.judge.of_motions(
                [part.prompts[i] for i in chosen], text[chosen], [m.positions for m in made]
            )
            motions += [
                replace(motion, familiarity=None if familiar is None else familiar.score)
                for motion, familiar in zip(made, known, strict=True)
            ]
        return motions

    def as_motion(self, features: np.ndarray, caption: str, seed: int) -> Motion:
        """The motion of cleaned features ``[T D]``."""
        return Motion(
            decode_positions(features, self.layout),
            self.layout.fps,
            skeleton=self.layout.skeleton,
            caption=caption,
            own_features=features,
            seed=seed,
        )

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
        return [self.clean(clip) for clip in self.restored(latents, frames)]

    def num_frames(self, request: Request) -> np.ndarray:
        """Lengths ``[B]`` in frames of a request's motions."""
        if None in request.lengths:
            text = self.networks.encode(request.prompts)[0]
        else:  # then no text is looked at
            text = np.zeros((len(request.prompts), 0))
        return self.frames_for(text, request.lengths)

    def frames_for(self, text: np.ndarray, seconds: Sequence[float | None]) -> np.ndarray:
        """Lengths ``[B]`` in frames: as asked for, or usual for what the captions say."""
        lengths = np.array([np.nan if value is None else value for value in seconds], float)
        if np.isnan(lengths).any():
            usual = usual_seconds(text, self.statistics, self.max_seconds)
            lengths = np.where(np.isnan(lengths), usual, lengths)
        return np.maximum(_MIN_FRAMES, np.round(lengths * self.layout.fps).astype(int))
