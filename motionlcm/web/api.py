"""What the page and programs send and get, as pure functions: JSON to a wish, motions to JSON."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from motionlcm import __version__
from motionlcm.damage import parse_object, reason, shown
from motionlcm.formats.constraint_files import parse_constraints
from motionlcm.formats.table import READABLE, WRITABLE
from motionlcm.generation.clauses import split_prompt
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import EFFORTS, Request, RequestError
from motionlcm.generation.segments import Segment, segments_of
from motionlcm.models.folder import PIPELINE_CONFIG, PRETRAINED, ModelCard
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS
from motionlcm.motion.motion import Motion

MOST_VARIANTS = 8
MOST_PROMPTS = 20
LONGEST_TIMELINE = 60.0  #: seconds of all prompts

_LARGEST_SEED = 2**53 - 1  # JavaScript's
_FOOT_JOINTS = 4  #: whose contacts are told: left ankle, left toe, right ankle, right toe


@dataclass(frozen=True)
class Wish:
    """What somebody asks the server for, checked for kinds; the pipeline checks the values.

    Attributes:
        prompts: texts and, for each, seconds or None for its usual length.
        variants: motions, with seeds from ``seed`` on.
        seed, steps, guidance_scale, use_teacher: as for ``MotionPipeline``.
        constraints: as files of constraints hold them.
        effort: how much of the time is spent on holding the constraints.
        in_place, loop: whether the motion stays where it is, and whether its end is its start.
    """

    prompts: tuple[tuple[str, float | None], ...]
    variants: int = 1
    seed: int = 0
    steps: int | None = None
    guidance_scale: float | None = None
    use_teacher: bool = False
    constraints: tuple[dict[str, Any], ...] = ()
    effort: str = "default"
    in_place: bool = False
    loop: bool = False

    @property
    def parts(self) -> tuple[Segment, ...]:
        """The parts of a timeline; none where there is one prompt.

        Raises:
            ValueError: a part that is none, or more than ``LONGEST_TIMELINE`` seconds.
        """
        if len(self.prompts) == 1:
            return ()
        parts = segments_of(self.prompts)
        stated = sum(part.seconds or 0.0 for part in parts)
        if stated > LONGEST_TIMELINE:
            raise RequestError(
                "prompts", f"must last at most {LONGEST_TIMELINE:g} s together, got {stated:g}"
            )
        return parts

    def request(self, card: ModelCard) -> Request:
        """The resolved request for the prompt's variants; of a timeline how it is made.

        Raises:
            ValueError: what this model does not do.
        """
        text, seconds = self.prompts[0]
        return Request.of(
            text,
            seed=self.seed,
            samples=self.variants,
            seconds=None if self.parts else seconds,
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            use_teacher=self.use_teacher,
            constraints=constraints_of(self.constraints) if self.constraints else None,
            effort=self.effort,
        ).resolved(card)

    def shaped(self, motions: list[Motion], notes: list[str]) -> list[Motion]:
        """Motions that go round or stay in place, where that is asked for; ``notes`` tell what is.

        Raises:
            ValueError: a motion that cannot be looped.
        """
        if self.loop:
            motions = [motion.looped(notes) for motion in motions]
        return [motion.in_place() for motion in motions] if self.in_place else motions

    @property
    def clauses(self) -> tuple[str, ...]:
        """What is done, one after the other; a prompt of several actions is made part by part."""
        texts = tuple(text for text, _ in self.prompts)
        return texts if len(texts) > 1 else tuple(split_prompt(texts[0]))

    @property
    def split_notes(self) -> list[str]:
        """A line for a prompt that is made part by part; else none."""
        if len(self.clauses) == len(self.prompts):
            return []
        parts = ", then ".join(map(shown, self.clauses))
        return [f"made in {len(self.clauses)} parts: {parts}"]


def parse_wish(content: bytes) -> Wish:
    """Read the body of ``/api/generate`` and ``/api/file``.

    Raises:
        ValueError: no JSON object, an unknown field, or a value of another kind; one line.
    """
    values = parse_object(content, "the request's body")
    allowed = [each.name for each in fields(Wish)]
    for name in values:
        if name not in allowed:
            raise ValueError(f"unknown field {shown(name)}; allowed: {', '.join(allowed)}")

    seed = _whole(values, "seed", 0, 0, _LARGEST_SEED)
    effort = values.get("effort", "default")
    if effort not in tuple(EFFORTS):
        raise RequestError("effort", f"must be one of {', '.join(EFFORTS)}, got {shown(effort)}")
    return Wish(
        prompts=_prompts(values.get("prompts")),
        variants=_whole(values, "variants", 1, 1, MOST_VARIANTS),
        seed=seed,
        steps=None if values.get("steps") is None else _whole(values, "steps", 1, 1, 1000),
        guidance_scale=_number("guidance_scale", values.get("guidance_scale")),
        constraints=_constraints(values.get("constraints") or []),
        effort=effort,
        **{name: _flag(values, name) for name in ("use_teacher", "in_place", "loop")},
    )


def constraints_of(entries: Sequence[dict[str, Any]]) -> Constraints:
    """Constraints, as files hold them; poses are told by ``positions``, never by a file's name.

    Raises:
        ValueError: what is wrong, with the number of the entry.
    """
    motions: dict[str, Motion] = {}
    known = []
    for number, entry in enumerate(entries):
        if "motion" in entry:
            raise ValueError(
                f"constraint {number}: files cannot be named here; send positions, "
                "[22 3] for a pose and [T 22 3] for frames"
            )
        if "positions" in entry and entry.get("type") != "effector_target":
            name = str(number)
            motions[name] = _posed(number, entry["positions"])
            others = {key: value for key, value in entry.items() if key != "positions"}
            if entry.get("type") == "pose_keyframe":
                others = {"placed": True, "at": 0, **others}
            entry = {**others, "motion": name}
        known.append(entry)
    return parse_constraints(known, motions.__getitem__)


def _posed(number: int, values: Any) -> Motion:
    """A motion of the frames, or the one pose, that a constraint tells."""
    try:
        positions = np.array(values, np.float64)
        return Motion(positions[None] if positions.ndim == 2 else positions)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"constraint {number}: {reason(error)}") from None


def facts(pipeline: MotionPipeline) -> dict[str, Any]:
    """What a page must know of the model and the server, ready for JSON."""
    skeleton, counts = pipeline.layout.skeleton, pipeline.step_counts
    names = sorted(path.parent.name for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
    return {
        "version": __version__,
        "steps": counts,
        "longest": pipeline.max_seconds,
        "guidance": list(pipeline.card.guidance_range),
        "scales": {str(count): pipeline.guidance_scale(count) for count in counts},
        "formats": list(WRITABLE),
        "readable": list(READABLE),
        "models": names,
        "model": pipeline.folder.path.name,
        "has_teacher": pipeline.has_teacher,
        "skeleton": {"names": list(skeleton.names), "parents": list(skeleton.parents)},
    }


def motion_content(motion: Motion, seed: int | None) -> dict[str, Any]:
    """A motion, ready for JSON: positions ``[T J 3]`` as little-endian float32 in base64."""
    return {
        "caption": motion.caption or "",
        "fps": motion.fps,
        "frames": motion.num_frames,
        "seed": seed,
        "positions": _base64(motion.positions.astype("<f4")),
        "contacts": _base64(contacts_of(motion).astype(np.uint8)),
        "familiarity": getattr(motion, "familiarity", None),
        "report": motion.report,
    }


def contacts_of(motion: Motion) -> np.ndarray:
    """Where joints of the feet stand, ``[T 4]`` bool: left ankle and toe, right ankle and toe."""
    if motion.own_features is None and not motion.skeleton.supports("features"):
        return np.zeros((motion.num_frames, _FOOT_JOINTS), bool)

    # features are encoded at 20 fps, and of one frame less
    timed = motion if motion.own_features is not None else motion.resampled(FPS)
    if timed.num_frames < 2:
        return np.zeros((motion.num_frames, _FOOT_JOINTS), bool)
    contacts = timed.features[:, -_FOOT_JOINTS:] > 0.5
    nearest = np.round(np.arange(motion.num_frames) * (timed.fps / motion.fps)).astype(int)
    return contacts[np.minimum(nearest, len(contacts) - 1)]


def _prompts(values: Any) -> tuple[tuple[str, float | None], ...]:
    """Texts with their seconds, of which there may be none."""
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_PROMPTS:
        raise RequestError(
            "prompts",
            f"must be a list of 1 to {MOST_PROMPTS} objects with text and seconds, "
            f"got {shown(values)}",
        )
    prompts = []
    for value in values:
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise RequestError(
                "prompts", f"must be objects with text, such as {{'text': 'a person jumps'}}, "
                f"got {shown(value)}"
            )  # fmt: skip
        unknown = sorted(value.keys() - {"text", "seconds"})
        if unknown:
            raise RequestError("prompts", f"have text and seconds, got {shown(unknown[0])}")
        prompts.append((value["text"], _number("seconds", value.get("seconds"))))
    return tuple(prompts)


def _constraints(values: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise RequestError("constraints", f"must be a list of objects, got {shown(values)}")
    return tuple(values)


def _whole(values: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(name, f"must be a whole number from {low} to {high}, got {shown(value)}")
    return value


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestError(name, f"must be a number, got {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise RequestError(name, f"must be a usual number, got {shown(value)}") from None


def _flag(values: dict[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise RequestError(name, f"must be true or false, got {shown(value)}")
    return value


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
