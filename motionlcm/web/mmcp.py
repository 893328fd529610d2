"""The Motion Model Context Protocol, by its own SDK: what Blender's and other clients speak.

``GET /capabilities`` tells what the model can do, ``POST /generate`` answers with glTF. The SDK
checks the requests and writes the answers; here a request becomes the pipeline's, and the motion is
put onto the client's skeleton.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from motionmcp import GenerateRequest, ModelSpec, MotionResult
from motionmcp.backbone import Backbone, Limits
from motionmcp.errors import STATUS_FOR, ProtocolError
from motionmcp.schemas import Joint, Skeleton
from motionmcp.server import build_app
from motionmcp.trajectory import compute_trajectories
from starlette.types import ASGIApp

from motionlcm.formats.pose import local_motion
from motionlcm.formats.raw import RawMotion
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import MIN_SECONDS, Request
from motionlcm.motion.inverse_kinematics import t_pose_skeleton
from motionlcm.motion.loops import unrolled
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_yaw, multiply, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22
from motionlcm.web.api import MOST_VARIANTS, contacts_of
from motionlcm.web.guard import LARGEST_BODY, Refusal
from motionlcm.web.mmcp_rig import MOST_JOINTS, Rig, pose_rig

#: What is generated where the client leaves the words open.
UNCONDITIONED = "a person moves"
MOST_RATE = 240.0  #: frames a second that a client may ask for
MOST_ROTATIONS = 2_000_000  #: in one answer: samples times frames times joints

Wait = Callable[[Callable[[], Future[Any]]], Awaitable[Any]]


def mmcp_app(pipeline: MotionPipeline, workshop: Any, wait: Wait) -> ASGIApp:
    """Build the SDK's app, which answers at ``/capabilities`` and ``/generate``.

    Args:
        pipeline: of a model of SMPL's 22 joints.
        workshop: does the work (``motionlcm.web.work.Workshop``).
        wait: waits for a job of it.
    """
    return build_app(MotionBackbone(pipeline, workshop, wait))


@dataclass(frozen=True)
class _Plan:
    """What a request comes to.

    Attributes:
        request: the pipeline's.
        frames, fps: of the answer.
        is_loop: whether the last frame is to be the first one again.
        notes: what the client should know.
    """

    request: Request
    frames: int
    fps: float
    is_loop: bool
    notes: tuple[str, ...]


class MotionBackbone(Backbone):
    """What the SDK's server calls.

    Args:
        pipeline: tells what the model can do.
        workshop: does the work.
        wait: waits for a job of the workshop, though not for ever.
    """

    def __init__(self, pipeline: MotionPipeline, workshop: Any, wait: Wait) -> None:
        self.pipeline, self.workshop, self._wait = pipeline, workshop, wait
        self.model_id = f"motionlcm-{pipeline.folder.path.name}"
        self._spec = self._made_spec()

    def capabilities(self) -> ModelSpec:
        """What the model can do."""
        return self._spec

    def _made_spec(self) -> ModelSpec:
        skeleton, longest = SMPL_22.limbs, self.pipeline.max_seconds
        return ModelSpec(
            id=self.model_id,
            fps=self.pipeline.layout.fps,
            canonical_skeleton=canonical_skeleton(self.pipeline),
            supports_retargeting=True,
            supports_loop=True,
            supported_constraints=["root_path"],
            supported_guidance_types=["nocfg", "regular", "separated"],
            predicted_contact_joints=[JOINT_NAMES[joint] for joint in skeleton.contacts],
            native_clip_seconds=longest,
            recommended_max_duration_seconds=longest,
            limits=Limits(
                max_duration_seconds=longest,
                max_num_samples=MOST_VARIANTS,
                max_request_bytes=LARGEST_BODY,
                max_batch_size=8,
            ),
        )

    async def generate(self, request: GenerateRequest) -> MotionResult:
        """Generate for one checked request.

        Raises:
            ProtocolError: what this model does not do, or cannot do now.
        """
        try:
            rig, plan = await self._wait(
                lambda: self.workshop.call_for_files(lambda: self._prepared(request))
            )
            motions = await self._wait(lambda: self.workshop.generate(plan.request))
            return await self._wait(
                lambda: self.workshop.call_for_files(lambda: result_of(request, plan, rig, motions))
            )
        except Refusal as refusal:
            code = {503: "resource_exhausted", 504: "timeout"}[refusal.status]
            raise ProtocolError(code, str(refusal)) from None
        except ValueError as error:
            raise ProtocolError("invalid_options", " ".join(str(error).split())[:500]) from None

    async def generate_batch(self, requests: list[GenerateRequest]) -> list[Any]:
        """Generate for several requests, which the workshop makes one batch of where it can."""
        calls = [self.generate(request) for request in requests]
        return await asyncio.gather(*calls, return_exceptions=True)

    def _prepared(self, request: GenerateRequest) -> tuple[Rig, _Plan]:
        rig = _rig_of(request.skeleton)
        return rig, self._plan(request, rig)

    def _plan(self, request: GenerateRequest, rig: Rig) -> _Plan:
        """Translate a request; what is not followed to the letter becomes a note."""
        fps = request.fps(self._spec.fps)
        if not 1 <= fps <= MOST_RATE:
            raise ProtocolError("invalid_options", f"fps must be 1 to {MOST_RATE:g}, got {fps:g}")
        options = request.options
        samples = options.num_samples if options else 1
        frames = request.total_frames
        if samples * frames * rig.count > MOST_ROTATIONS:
            raise ProtocolError(
                "invalid_options",
                f"{samples} samples of {frames} frames and {rig.count} joints are more than "
                f"{MOST_ROTATIONS:,} rotations; ask for less at once",
            )
        if len(request.segments) > 1:
            raise ProtocolError("invalid_options", "this version takes one segment; send one")

        notes = list(rig.notes)
        prompt, seed = self._words(request, notes)
        made = Request.of(
            prompt,
            seed=seed,
            samples=samples,
            seconds=self._seconds(frames, fps, notes),
            steps=self._steps(options.diffusion_steps if options else None),
            guidance_scale=_guidance(options.guidance if options else None, notes),
        ).resolved(self.pipeline.card)
        notes += self.pipeline.notes([prompt])
        return _Plan(made, frames, fps, bool(options and options.loop), tuple(notes))

    def _words(self, request: GenerateRequest, notes: list[str]) -> tuple[str, int]:
        """The prompt, and the seed, which is drawn where none is asked for."""
        segment = request.segments[0] if request.segments else None
        prompt = getattr(segment, "prompt", None)
        if prompt is None:
            notes.append(f"no words are given: made as for {UNCONDITIONED!r}")
        seed = getattr(segment, "seed", None)
        if seed is None and request.options is not None:
            seed = request.options.seed
        return prompt or UNCONDITIONED, secrets.randbelow(2**31) if seed is None else seed

    def _seconds(self, frames: int, fps: float, notes: list[str]) -> float:
        """Seconds to generate for an answer's frames; one frame more than they need."""
        wanted = frames / fps + 1 / self._spec.fps
        if wanted < MIN_SECONDS:
            notes.append(f"shorter than {MIN_SECONDS:g} s: the beginning of a longer motion")
        return min(max(wanted, MIN_SECONDS), self.pipeline.max_seconds)

    def _steps(self, wanted: int | None) -> int:
        """The most steps of the student that are not more than those asked for."""
        counts = self.pipeline.step_counts
        return max((each for each in counts if wanted and each <= wanted), default=counts[0])


def result_of(
    request: GenerateRequest, plan: _Plan, rig: Rig, motions: list[Motion]
) -> MotionResult:
    """Put motions onto the client's skeleton, in its frames and its place.

    Raises:
        ValueError: a motion that cannot be looped.
    """
    notes = list(plan.notes)
    rotations, roots, contacts = [], [], []
    for motion in motions:
        if plan.is_loop:
            motion = _rounds(motion.looped(notes), plan)
        raw = _timed(motion, plan)
        local, root = pose_rig(rig, raw)
        local, root = _placed(request, rig, local, root)
        rotations.append(local)
        roots.append(root)
        nearest = np.round(np.linspace(0, 1, plan.frames) * (_used(motion, plan) - 1)).astype(int)
        contacts.append(contacts_of(motion)[nearest])

    names = [joint.name for joint in request.skeleton.joints]
    xyzw = np.stack(rotations)[..., [1, 2, 3, 0]].astype(np.float32)
    places = np.stack(roots).astype(np.float32)
    feet = [rig.name(JOINT_NAMES[joint]) for joint in SMPL_22.limbs.contacts]
    return MotionResult(
        rotations=xyzw,
        root_translations=places,
        foot_contacts={
            name: np.stack(contacts)[..., number] for number, name in enumerate(feet) if name
        },
        canonical_to_request=None if names == list(JOINT_NAMES) else rig.names,
        trajectories=_trajectories(request, rig, plan, xyzw, places),
        notes=[
            {"code": "note", "severity": "info", "message": words} for words in dict.fromkeys(notes)
        ],
    )


def _trajectories(
    request: GenerateRequest, rig: Rig, plan: _Plan, rotations: np.ndarray, roots: np.ndarray
) -> list[dict[str, Any] | None]:
    """The way over the floor of each sample, as the SDK finds it; None where it finds none."""
    try:
        return compute_trajectories(
            skeleton=request.skeleton.model_dump(mode="json"),
            joint_names=[joint.name for joint in request.skeleton.joints],
            rotations_quat=rotations,
            root_translations=roots,
            fps=plan.fps,
            loop=plan.is_loop,
            canonical_to_request=rig.names,
        )
    except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
        return [None] * len(rotations)  # of a few frames, which it is not made for


def canonical_skeleton(pipeline: MotionPipeline) -> Skeleton:
    """The body that the model moves, in a T-pose that stands on the floor and faces +Z."""
    (motion,) = pipeline(["a person stands"], seconds=2.0, seed=0)
    offsets = np.array(t_pose_skeleton(motion.positions).offsets, np.float64)
    places = offsets.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        places[joint] += places[parent]
    offsets[0] = (0, -places[:, 1].min(), 0)

    return Skeleton(
        joints=[
            Joint(
                name=name,
                parent=None if parent < 0 else JOINT_NAMES[parent],
                rest_translation=tuple(round(float(each), 4) for each in offset),
                rest_rotation=(0.0, 0.0, 0.0, 1.0),
            )
            for name, parent, offset in zip(JOINT_NAMES, PARENTS, offsets, strict=True)
        ]
    )


def refusal_envelope(status: int, words: str) -> dict[str, Any]:
    """The protocol's body for an answer that is none."""
    codes = {403: "forbidden", 400: "schema_validation", 408: "timeout", 504: "timeout"}
    known = {each: code for code, each in reversed(STATUS_FOR.items())}
    known |= {503: "resource_exhausted", 500: "internal_error"}
    code = codes.get(status) or known.get(status, "schema_validation")
    return {"error": {"code": code, "message": words, "details": {}}}


def _rig_of(skeleton: Skeleton) -> Rig:
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
    try:
        return Rig.of(names, parents, translations)
    except ValueError as error:
        raise ProtocolError("invalid_skeleton", " ".join(str(error).split())[:500]) from None


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


def _used(motion: Motion, plan: _Plan) -> float:
    """Frames of a motion, from the first on, that an answer shows."""
    if plan.is_loop:
        return motion.num_frames
    return min(motion.num_frames, (plan.frames - 1) * motion.fps / plan.fps + 1)


def _rounds(motion: Motion, plan: _Plan) -> Motion:
    """A loop as often as it fits into the answer best, at least once."""
    seconds = (plan.frames - 1) / plan.fps
    rounds = max(1, round(seconds * motion.fps / max(1, motion.num_frames - 1)))
    if rounds == 1:
        return motion
    return Motion(unrolled(motion.positions, rounds=rounds), motion.fps, skeleton=motion.skeleton)


def _timed(motion: Motion, plan: _Plan) -> RawMotion:
    """A motion's joints in exactly the answer's frames; a loop runs a little faster or slower."""
    raw = local_motion(motion)
    rate = plan.fps
    if plan.is_loop and plan.frames > 1:
        rate = (plan.frames - 1) / (motion.num_frames - 1) * motion.fps
    raw = raw.resampled(rate).cropped(0, plan.frames)
    missing = plan.frames - raw.num_frames
    if missing <= 0:
        return raw
    frames = np.minimum(np.arange(plan.frames), raw.num_frames - 1)
    return replace(raw, rotations=raw.rotations[frames], translations=raw.translations[frames])


def _placed(
    request: GenerateRequest, rig: Rig, local: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A motion moved to where a path of one point says, or to where the skeleton stands."""
    place, frame, turn = rig.rest.offsets[0, [0, 2]], 0, 0.0
    for constraint in request.constraints:
        place, frame = np.array(constraint.positions_xz[0]), constraint.frames[0]
        if constraint.heading_radians is not None:
            turn = constraint.heading_radians[0]

    yaw = from_yaw(np.array(turn))
    moved = rotate(np.broadcast_to(yaw, (len(root), 4)), root)
    moved[:, [0, 2]] += place - moved[frame, [0, 2]]
    turned = local.copy()
    turned[:, 0] = multiply(np.broadcast_to(yaw, (len(root), 4)), local[:, 0])
    return turned, moved
