"""What a request of MMCP comes to: the pipeline's request, and what the client should know."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from motionmcp import GenerateRequest
from motionmcp.errors import ProtocolError
from motionmcp.schemas import Skeleton

from motionlcm.formats.character import Character
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import MIN_SECONDS, Request
from motionlcm.generation.segments import Segment
from motionlcm.motion.features import FPS
from motionlcm.web.mmcp_constraints import Place, constraints_of
from motionlcm.web.mmcp_rig import MOST_JOINTS, read_rig

MOST_RATE = 240.0  #: frames a second that a client may ask for
MOST_ROTATIONS = 2_000_000  #: in one answer: samples times frames times joints
_QUATERNION = 0.01  #: how far from 1 the length of a quaternion may be
#: What is generated where the client gives no words, without and with a path.
STANDING, WALKING = "a person stands still", "a person walks"


@dataclass(frozen=True)
class Plan:
    """What a request comes to.

    Attributes:
        request: the pipeline's; of a timeline all but its prompts counts.
        parts: of a timeline; none for one clip.
        frames, fps: of the answer.
        boundaries: frames of the answer at which parts meet.
        is_loop: whether the last frame is to be the first one again.
        place: where the client's motion begins.
        notes: what the client should know.
    """

    request: Request
    parts: tuple[Segment, ...]
    frames: int
    fps: float
    boundaries: tuple[int, ...]
    is_loop: bool
    place: Place
    notes: tuple[str, ...]

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that is asked for in words."""
        return tuple(part.prompt for part in self.parts) or self.request.prompts


def plan_of(
    request: GenerateRequest, rig: Character, body: Character, pipeline: MotionPipeline
) -> Plan:
    """Translate a request that the SDK has checked; what is not followed becomes a note.

    Raises:
        ProtocolError: what is not done here.
        ValueError: what the model does not take.
    """
    fps, frames = request.fps(FPS), request.total_frames
    options = request.options
    samples = options.num_samples if options else 1
    _check_size(fps, samples * frames * rig.count)

    notes = list(rig.notes)
    place = Place.of(request, rig, body)
    blocks = _blocks(request, fps, notes)
    seconds = _seconds([count for _, count in blocks], fps, notes)
    constraints = constraints_of(
        request, rig, body, place, frames=round(sum(seconds) * FPS), notes=notes
    )
    if constraints is not None:
        blocks, seconds = _one_block(blocks, seconds, pipeline.max_seconds, notes)
    is_clip = len(blocks) == 1 and seconds[0] <= pipeline.max_seconds
    asked = Request.of(
        blocks[0][0],
        seed=_seed(request),
        samples=samples,
        seconds=seconds[0] if is_clip else None,
        steps=_steps(pipeline.step_counts, options.diffusion_steps if options else 1),
        guidance_scale=_guidance(options.guidance if options else None, notes),
        constraints=constraints,
        effort=((options and options.model_options) or {}).get("effort", "default"),
    ).resolved(pipeline.card)

    edges = np.cumsum([count for _, count in blocks])[:-1]
    if len(blocks) > 1:
        notes.append("segments fade into each other within 1.2 s, whatever transition_frames says")
    if options and not options.post_processing:
        notes.append("post_processing: feet and limbs are cleaned nevertheless")
    return Plan(
        request=asked,
        parts=()
        if is_clip
        else tuple(
            Segment(prompt, each) for (prompt, _), each in zip(blocks, seconds, strict=True)
        ),
        frames=frames,
        fps=fps,
        boundaries=tuple(int(edge) for edge in edges),
        is_loop=bool(options and options.loop),
        place=place,
        notes=tuple(notes),
    )


def rig_of(skeleton: Skeleton) -> Character:
    """The client's skeleton.

    Raises:
        ProtocolError: no human body.
    """
    names = [joint.name for joint in skeleton.joints]
    if len(names) > MOST_JOINTS:
        raise ProtocolError(
            "invalid_skeleton", f"a skeleton has at most {MOST_JOINTS} joints, got {len(names)}"
        )
    numbers = {name: number for number, name in enumerate(names)}
    parents = [-1 if joint.parent is None else numbers[joint.parent] for joint in skeleton.joints]
    translations = np.array([joint.rest_translation for joint in skeleton.joints])
    _check_rest(skeleton)
    try:
        return read_rig(names, parents, translations)
    except ValueError as error:
        raise ProtocolError("invalid_skeleton", " ".join(str(error).split())[:500]) from None


def _check_rest(skeleton: Skeleton) -> None:
    """Raise ProtocolError for rest rotations that are none: they go into the answer's nodes."""
    for joint in skeleton.joints:
        length = math.hypot(*joint.rest_rotation)
        if not abs(length - 1) <= _QUATERNION:  # so is one that is no number
            raise ProtocolError(
                "invalid_skeleton",
                f"rest_rotation of {joint.name[:40]!r} must be a quaternion of length 1, "
                f"got length {length:.3g}",
            )


def _check_size(fps: float, rotations: int) -> None:
    """Raise ProtocolError for what would be a huge answer."""
    if not 1 <= fps <= MOST_RATE:
        raise ProtocolError("invalid_options", f"fps must be 1 to {MOST_RATE:g}, got {fps:g}")
    if rotations > MOST_ROTATIONS:
        raise ProtocolError(
            "invalid_options",
            f"samples times frames times joints are {rotations:,}, at most {MOST_ROTATIONS:,} are "
            "answered; ask for less at once",
        )


def _blocks(request: GenerateRequest, fps: float, notes: list[str]) -> list[tuple[str, int]]:
    """Prompts and frames, one after the other; what is too short goes with its neighbour."""
    has_path = any(
        each.type == "root_path" and len(each.frames) > 1 for each in request.constraints
    )
    silent = WALKING if has_path else STANDING
    rows = [(getattr(each, "prompt", None), each.duration_frames) for each in request.segments]
    rows = rows or [(None, request.total_frames)]
    if any(prompt is None for prompt, _ in rows):
        notes.append(f"where no words are given it is made as for {silent!r}")

    blocks: list[tuple[str, int]] = []
    waiting = 0  # frames of short ones that come first
    for prompt, count in rows:
        if count < MIN_SECONDS * fps and len(rows) > 1:
            notes.append(f"a segment under {MIN_SECONDS:g} s goes with the one beside it")
            if blocks:
                blocks[-1] = (blocks[-1][0], blocks[-1][1] + count)
            else:
                waiting += count
            continue
        blocks.append((silent if prompt is None else prompt, count + waiting))
        waiting = 0
    if not blocks:
        words = next((prompt for prompt, _ in rows if prompt is not None), silent)
        blocks.append((words, waiting))
    return blocks


def _seconds(counts: list[int], fps: float, notes: list[str]) -> list[float]:
    """Seconds of each block, in whole frames at 20 fps that reach the last frame of the answer."""
    edges = np.round(np.cumsum([0, *counts]) / fps * FPS)
    edges[-1] = np.ceil((sum(counts) - 1) / fps * FPS - 1e-6) + 1
    seconds = np.diff(edges) / FPS
    if seconds[0] < MIN_SECONDS:
        notes.append(f"shorter than {MIN_SECONDS:g} s: the beginning of a longer motion")
    return [float(each) for each in np.maximum(seconds, MIN_SECONDS)]


def _one_block(
    blocks: list[tuple[str, int]], seconds: list[float], longest: float, notes: list[str]
) -> tuple[list[tuple[str, int]], list[float]]:
    """The blocks as one clip where constraints leave a part without words, which is like the rest.

    Several prompts, or more than a clip, stay a timeline.
    """
    prompts = dict.fromkeys(prompt for prompt, _ in blocks)
    words = [prompt for prompt in prompts if prompt not in (STANDING, WALKING)] or list(prompts)
    if len(words) > 1 or sum(seconds) > longest:
        return blocks, seconds
    if len(blocks) > 1:
        notes.append(f"with constraints the segments are one motion: {words[0]!r}")
    return [(words[0], sum(count for _, count in blocks))], [sum(seconds)]


def _seed(request: GenerateRequest) -> int:
    """The seed that is asked for, or one that is drawn."""
    own = [each.seed for each in request.segments]
    if len(own) > 1 and any(seed is not None for seed in own):
        raise ProtocolError(
            "invalid_options",
            "segments have no seeds of their own here; give options.seed",
        )
    seed = next((seed for seed in own if seed is not None), None)
    if seed is None and request.options is not None:
        seed = request.options.seed
    return secrets.randbelow(2**31) if seed is None else seed


def _steps(counts: list[int], wanted: int) -> int:
    """The most steps of the student that are not more than those asked for."""
    return max((each for each in counts if each <= wanted), default=counts[0])


def _guidance(guidance: Any, notes: list[str]) -> float | None:
    """The guidance scale that a request asks for; None for the model's own."""
    if guidance is None:
        return None
    if guidance.type == "nocfg":
        return 1.0
    if guidance.type == "separated":
        notes.append(
            "guidance: the first weight is the text's; constraints are held whatever theirs"
        )
    return float(guidance.weight[0])
