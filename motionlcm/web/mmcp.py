"""The Motion Model Context Protocol, by its own SDK: what Blender's and other clients speak.

``GET /capabilities`` tells what the model can do, ``POST /generate`` answers with glTF. The SDK
checks the requests and writes the answers; here a request becomes the pipeline's, and the motion is
put onto the client's skeleton.
"""

from __future__ import annotations

import math
import traceback
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from motionmcp import GenerateRequest, ModelSpec, MotionResult
from motionmcp.backbone import Backbone, Limits
from motionmcp.errors import STATUS_FOR, ProtocolError
from motionmcp.protocol import SUPPORTED_CONSTRAINTS
from motionmcp.schemas import Joint, ModelOption, Skeleton
from motionmcp.server import build_app
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.types import ASGIApp

from motionlcm.formats.character import Character
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import EFFORTS
from motionlcm.motion.features import FPS
from motionlcm.motion.inverse_kinematics import t_pose_skeleton
from motionlcm.motion.skeleton import PARENTS, SMPL_22
from motionlcm.web.api import LONGEST_TIMELINE, MOST_VARIANTS
from motionlcm.web.guard import LARGEST_BODY, Refusal, http_words
from motionlcm.web.mmcp_batches import Batches
from motionlcm.web.mmcp_motion import result_of
from motionlcm.web.mmcp_plan import Plan, plan_of, rig_of
from motionlcm.web.mmcp_rig import CANONICAL_NAMES
from motionlcm.web.waiting import generated, wait
from motionlcm.web.work import Workshop

_LONGEST_WORDS = 300  #: of a message
_TERMS = f" (told as the model sees it: {FPS:g} frames a second, its joints and its metres)"
_MOST_DETAILS = 20  #: entries that an error lists
_DEEPEST = 8  #: lists within lists of what it lists
_MOST_BITS = 64  #: of a number


def mmcp_app(pipeline: MotionPipeline, workshop: Workshop) -> ASGIApp:
    """Build the SDK's app, which answers at ``/capabilities`` and ``/generate``.

    Args:
        pipeline: of a model of SMPL's 22 joints.
        workshop: does the work.
    """
    app: FastAPI = build_app(MotionBackbone(pipeline, workshop), title="MotionLCM")

    # in place of the SDK's, which gives back whole what was sent
    @app.exception_handler(ProtocolError)
    async def refuse(_: HttpRequest, error: ProtocolError) -> JSONResponse:
        return JSONResponse(_short(error.to_envelope()), error.status_code)

    # the SDK looks a segment's type up before its schema is checked: a list has no hash
    @app.exception_handler(TypeError)
    async def refuse_type(_: HttpRequest, error: TypeError) -> JSONResponse:
        frames = traceback.walk_tb(error.__traceback__)
        if not any(frame.f_code.co_name == "_gate_segment_types" for frame, _ in frames):
            raise error
        refusal = ProtocolError("schema_validation", "the type of a segment must be a text")
        return JSONResponse(refusal.to_envelope(), refusal.status_code)

    @app.exception_handler(HTTPException)
    async def refuse_method(request: HttpRequest, error: HTTPException) -> JSONResponse:
        content = refusal_envelope(error.status_code, http_words(error, request.scope))
        return JSONResponse(content, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def fail(_: HttpRequest, error: Exception) -> JSONResponse:
        return JSONResponse(refusal_envelope(500, "the server failed; its log tells why"), 500)

    return Batches(app, refusal_envelope)


class MotionBackbone(Backbone):
    """What the SDK's server calls.

    Args:
        pipeline: tells what the model can do.
        workshop: does the work.
    """

    def __init__(self, pipeline: MotionPipeline, workshop: Workshop) -> None:
        self.pipeline, self.workshop = pipeline, workshop
        self.model_id = f"motionlcm-{pipeline.folder.path.name}"
        self._spec = self._made_spec()
        self._body = rig_of(self._spec.canonical_skeleton)

    def capabilities(self) -> ModelSpec:
        """What the model can do."""
        return self._spec

    def _made_spec(self) -> ModelSpec:
        contacts, longest = SMPL_22.limbs.contacts, self.pipeline.max_seconds
        return ModelSpec(
            id=self.model_id,
            fps=FPS,
            canonical_skeleton=canonical_skeleton(self.pipeline),
            # every skeleton that is a body's is worn; a loop is made by the pipeline
            supports_retargeting=True,
            supports_loop=True,
            supported_constraints=list(SUPPORTED_CONSTRAINTS),
            model_options=[
                ModelOption(
                    name="effort",
                    type="enum",
                    values=list(EFFORTS),
                    default="default",
                    title="Effort for constraints",
                    description="preview takes milliseconds, default a third of a second, best "
                    "more than one, for each sample",
                )
            ],
            supported_guidance_types=["nocfg", "regular", "separated"],
            predicted_contact_joints=[CANONICAL_NAMES[joint] for joint in contacts],
            native_clip_seconds=longest,
            chunking="stitched",
            recommended_max_duration_seconds=LONGEST_TIMELINE,
            limits=Limits(
                max_duration_seconds=LONGEST_TIMELINE,
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
            rig, plan = await wait(
                lambda: self.workshop.call_for_files(lambda: self._prepared(request))
            )
            motions = await generated(self.workshop, plan.request, plan.parts)
            return await wait(
                lambda: self.workshop.call_for_files(lambda: result_of(request, plan, rig, motions))
            )
        except Refusal as refusal:
            code = {503: "resource_exhausted", 504: "timeout"}[refusal.status]
            raise ProtocolError(code, str(refusal)) from None
        except ValueError as error:
            words = " ".join(str(error).split())[:500]
            terms = _TERMS if request.constraints else ""
            raise ProtocolError("invalid_options", words + terms) from None

    def _prepared(self, request: GenerateRequest) -> tuple[Character, Plan]:
        rig = rig_of(request.skeleton)
        plan = plan_of(request, rig, self._body, self.pipeline)
        notes = self.pipeline.notes(dict.fromkeys(plan.prompts), ())  # nothing is made yet
        return rig, replace(plan, notes=(*plan.notes, *notes))


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
                parent=None if parent < 0 else CANONICAL_NAMES[parent],
                rest_translation=tuple(round(float(each), 4) for each in offset),
                rest_rotation=(0.0, 0.0, 0.0, 1.0),
            )
            for name, parent, offset in zip(CANONICAL_NAMES, PARENTS, offsets, strict=True)
        ]
    )


def refusal_envelope(status: int, words: str) -> dict[str, Any]:
    """The protocol's body for an answer that is none."""
    codes = {403: "forbidden", 400: "schema_validation", 408: "timeout", 504: "timeout"}
    known = {each: code for code, each in reversed(STATUS_FOR.items())}
    known |= {503: "resource_exhausted", 500: "internal_error"}
    code = codes.get(status) or known.get(status, "invalid_request")
    return {"error": {"code": code, "message": words, "details": {}}}


def _short(value: Any, depth: int = 0) -> Any:
    """What an error says, as JSON has it: no text, number or list longer than a few lines.

    What JSON has no word for, such as a number that is not finite, is said as a text.
    """
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, dict):
        items = list(value.items())[:_MOST_DETAILS]
        return {_short(str(name)): _short(each, depth + 1) for name, each in items}
    if isinstance(value, (list, tuple)):
        return [_short(each, depth + 1) for each in value[:_MOST_DETAILS]]

    is_plain = value is None or isinstance(value, (bool, float)) and math.isfinite(value)
    if is_plain or (isinstance(value, int) and value.bit_length() <= _MOST_BITS):
        return value
    words = str(value)
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 3]}..."
