"""What a user asks for, checked. The command line, the page and Python all make a ``Request``.

Every check of a prompt, a length, a step count, a seed or a guidance scale stands here, once.
Nothing here imports numpy or torch, so that a wrong argument is answered at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from motionlcm.damage import shown
from motionlcm.models.folder import ModelCard

if TYPE_CHECKING:
    from motionlcm.motion.constraints import Constraints

MIN_SECONDS = 0.5
MAX_PROMPT = 2000  #: characters
MAX_SEED = 2**63
MAX_CANDIDATES = 64  #: of one motion
MAX_MOTIONS = 1_000_000  #: in one request
TEACHER_STEPS = 50  #: of the teacher's solver, where no number is asked for
MAX_TEACHER_STEPS = 1000
EFFORTS = {"preview": 0, "default": 6, "best": 40}  #: steps of refinement of a steered motion


class RequestError(ValueError):
    """A value that no request can have; the message begins with the field's ``name``."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name} {words}")
        self.name = name


@dataclass(frozen=True)
class Request:
    """Motions to make: one for each prompt, with the seed beside it.

    Attributes:
        prompts: English sentences, one a motion.
        seeds: as many; a motion depends on its own seed alone, whatever the batch.
        seconds: length of all motions, or of each; None for the usual length of what a prompt says.
        steps: network steps; None for one of the student, or ``TEACHER_STEPS`` of the teacher.
        guidance_scale: how strictly to follow the prompt, 1 = not at all; None for the model's own
            default.
        use_teacher: sample the teacher, guided, in place of the student.
        scheduler: the teacher's solver, a name of ``motionlcm.diffusion.schedulers``; "ddim" needs
            no package.
        best_of: candidates for each motion, of which the best is kept: the one that fits its prompt
            and moves best.
        split: make a prompt that tells of one thing after another ("..., then ...") part by part.
        constraints: what every motion keeps to (``motionlcm.motion.constraints``); None: nothing.
        effort: of a motion with constraints: a name of ``EFFORTS``, or seconds.
    Raises:
        ValueError: no prompt, an empty or overlong one, or a value that no model takes.
    """

    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    seconds: float | None | Sequence[float | None] = None
    steps: int | None = None
    guidance_scale: float | None = None
    use_teacher: bool = False
    scheduler: str = "ddim"
    split: bool = True
    best_of: int = 1
    constraints: Constraints | None = None
    effort: str | float = "default"

    def __post_init__(self) -> None:
        if not self.prompts:
            raise ValueError("no prompt given; say what the person does, such as 'a person jumps'")
        for prompt in self.prompts:
            check_prompt(prompt)
        if len(self.prompts) != len(self.seeds):
            raise ValueError(
                f"{len(self.prompts)} prompts need as many seeds, got {len(self.seeds)}"
            )

        for seed in self.seeds:
            _check_seed(seed)
        if self.steps is not None and not (_is_whole(self.steps) and self.steps >= 1):
            raise RequestError("steps", f"must be at least 1, got {shown(self.steps)}")
        if not isinstance(self.seconds, str) and isinstance(self.seconds, Iterable):
            object.__setattr__(self, "seconds", tuple(self.seconds))
        if isinstance(self.seconds, tuple) and len(self.seconds) != len(self.prompts):
            raise RequestError(
                "seconds",
                f"must be one number or one for each of {len(self.prompts)} prompts, "
                f"got {len(self.seconds)}",
            )
        if not _is_whole(self.best_of) or not 1 <= self.best_of <= MAX_CANDIDATES:
            raise RequestError(
                "best_of", f"must be 1 to {MAX_CANDIDATES}, got {shown(self.best_of)}"
            )
        if self.constraints is not None:
            _check_constraints(self.constraints)
        if self.best_of > 1 and self.constraints:
            raise RequestError(
                "best_of",
                "chooses among free motions; with constraints leave it out: "
                'the effort "best" tries several seeds',
            )
        values = [("guidance_scale", self.guidance_scale)]
        values += [("seconds", value) for value in dict.fromkeys(self.lengths)]
        for name, value in values:
            if value is not None and (isinstance(value, bool) or not isinstance(value, Real)):
                raise RequestError(name, f"must be a number, got {shown(value)}")
        if self.scheduler != "ddim" and not self.use_teacher:
            raise ValueError(
                "a scheduler is the teacher's; ask for the teacher, too, or leave it out"
            )
        check_effort(self.effort)

    @property
    def lengths(self) -> tuple[float | None, ...]:
        """Seconds of each motion; None for the usual length of what its prompt says."""
        if isinstance(self.seconds, Sequence):
            return tuple(self.seconds)
        return (self.seconds,) * len(self.prompts)

    @classmethod
    def of(
        cls,
        prompts: str | Sequence[str],
        *,
        seed: int = 0,
        samples: int = 1,
        seconds: float | None | Sequence[float | None] = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        use_teacher: bool = False,
        scheduler: str = "ddim",
        split: bool = True,
        best_of: int = 1,
        constraints: Constraints | None = None,
        effort: str | float = "default",
    ) -> Request:
        """Build a request for ``samples`` motions of each prompt; the i-th of each has seed + i.

        ``seconds`` is for all, or a list of one for each prompt.
        """
        prompts = prompts_of(prompts)
        if not _is_whole(samples) or samples < 1:
            raise RequestError("samples", f"must be at least 1, got {shown(samples)}")
        if samples * len(prompts) > MAX_MOTIONS:
            raise RequestError(
                "samples",
                f"times {len(prompts)} prompts must be at most {MAX_MOTIONS:,} motions, "
                f"got {shown(samples)}; "
                "call again with other seeds for more",
            )

        if not isinstance(seconds, str) and isinstance(seconds, Iterable):
            seconds = tuple(value for value in seconds for _ in range(samples))

        return cls(
            prompts=tuple(prompt for prompt in prompts for _ in range(samples)),
            seeds=seeds_from(seed, samples) * len(prompts),
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

    def resolved(self, card: ModelCard) -> Request:
        """Fill in a model's defaults and check the rest against what it knows.

        Returns:
            A request whose ``steps`` and ``guidance_scale`` are numbers.
        Raises:
            ValueError: a step count, length or guidance scale that this model does not take.
        """
        for seconds, prompt in dict(zip(self.lengths, self.prompts, strict=True)).items():
            if seconds is not None:
                about = f" for {shown(prompt)}" if isinstance(self.seconds, Sequence) else ""
                check_seconds(seconds, card.max_seconds, about=about)

        if self.use_teacher:
            steps = TEACHER_STEPS if self.steps is None else self.steps
            if steps > MAX_TEACHER_STEPS:
                raise RequestError(
                    "steps", f"must be 1 to {MAX_TEACHER_STEPS} for a teacher, got {shown(steps)}"
                )
            scale = card.teacher_scale if self.guidance_scale is None else self.guidance_scale
            if not (math.isfinite(scale) and 1 <= scale <= 30):
                raise RequestError(
                    "guidance_scale", f"must be 1 to 30 for a teacher, got {shown(scale)}"
                )
            return replace(self, steps=steps, guidance_scale=float(scale))

        steps = 1 if self.steps is None else self.steps
        check_steps(steps, card)
        return replace(
            self, steps=steps, guidance_scale=check_scale(self.guidance_scale, steps, card)
        )

    def part(self, start: int, stop: int) -> Request:
        """Return the request for motions ``start`` to ``stop`` (not included)."""
        return self.chosen(range(len(self.prompts))[start:stop])

    def chosen(self, numbers: Sequence[int]) -> Request:
        """Return the request for the motions of these numbers alone."""
        seconds = self.seconds
        if isinstance(seconds, Sequence):
            seconds = tuple(seconds[i] for i in numbers)
        return replace(
            self,
            prompts=tuple(self.prompts[i] for i in numbers),
            seeds=tuple(self.seeds[i] for i in numbers),
            seconds=seconds,
        )


def prompts_of(prompts: str | Iterable[str]) -> tuple[str, ...]:
    """One or more prompts as a tuple; ValueError for what holds none."""
    if not isinstance(prompts, Iterable):
        raise ValueError(f"the prompts must be text, got {shown(prompts)}")
    return (prompts,) if isinstance(prompts, str) else tuple(prompts)


def seeds_from(seed: int, count: int) -> tuple[int, ...]:
    """Seeds of so many motions in a row; RequestError for a first one that is none."""
    _check_seed(seed)
    return tuple(seed + i for i in range(count))


def _check_seed(seed: Any) -> None:
    if not _is_whole(seed) or not 0 <= seed < MAX_SEED:
        raise RequestError("seed", f"must be from 0 to 2^63, got {shown(seed)}")


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number, of Python or numpy."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_prompt(prompt: str) -> None:
    """Raise ValueError for an empty or overlong prompt, or one that is no text."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise ValueError("the prompt is empty; say what the person does, such as 'a person jumps'")
    if len(prompt) > MAX_PROMPT:
        raise ValueError(
            f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT} are allowed; shorten it"
        )
    if any("\ud800" <= letter <= "\udfff" for letter in prompt):
        raise ValueError(
            f"the prompt {ascii(prompt):.80} holds bytes that are no text (it must be UTF-8); "
            "type it again"
        )


def check_seconds(seconds: float, longest: float, *, about: str = "") -> None:
    """Raise ValueError outside 0.5 to ``longest``; ``about`` ends its message."""
    if not (math.isfinite(seconds) and MIN_SECONDS <= seconds <= longest):
        raise RequestError(
            "seconds", f"must be {MIN_SECONDS} to {longest:g}, got {seconds:g}{about}"
        )


def _check_constraints(constraints: object) -> None:
    """Raise RequestError for what are no constraints."""
    from motionlcm.motion.constraints import Constraints

    if not isinstance(constraints, Constraints):
        raise RequestError(
            "constraints",
            "must be Constraints, as Constraints.root_path and others make them, "
            f"got {shown(constraints)}",
        )


def check_effort(effort: str | float) -> None:
    """Raise ValueError unless it is a name of ``EFFORTS`` or a positive number of seconds."""
    if isinstance(effort, str):
        is_known = effort in EFFORTS
    else:
        is_number = isinstance(effort, Real) and not isinstance(effort, bool)
        is_known = is_number and math.isfinite(effort) and effort > 0
    if not is_known:
        names = ", ".join(EFFORTS)
        raise RequestError("effort", f"must be {names} or seconds above 0, got {shown(effort)}")


def check_steps(steps: int, card: ModelCard) -> None:
    """Raise ValueError for a step count that the student was not trained for."""
    if steps not in card.timesteps:
        raise RequestError(
            "steps",
            f"must be one of {card.step_counts} for this student, got {shown(steps)}; "
            "other counts can be added to its timestep map",
        )


def check_scale(scale: float | None, steps: int, card: ModelCard) -> float:
    """Return the guidance scale to use; ValueError outside what the student knows."""
    if scale is None:
        return card.guidance_scales[steps]
    low, high = card.guidance_range
    if not (math.isfinite(scale) and low <= scale <= high):
        raise RequestError(
            "guidance_scale", f"must be {low:g} to {high:g} for this model, got {shown(scale)}"
        )
    return float(scale)
