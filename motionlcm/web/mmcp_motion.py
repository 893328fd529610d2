"""A motion as MMCP's answer has it: on the client's skeleton, in its frames, in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from motionmcp import GenerateRequest, MotionResult
from motionmcp.trajectory import compute_trajectories

from motionlcm.formats.character import Character
from motionlcm.formats.natural_rest import natural_motion
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_yaw, multiply
from motionlcm.motion.seams import unrolled
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22
from motionlcm.web.api import contacts_of
from motionlcm.web.mmcp_plan import Plan
from motionlcm.web.mmcp_reach import reach
from motionlcm.web.mmcp_rig import CANONICAL_NAMES, canonical_on, names_on, pose_rig


def result_of(
    request: GenerateRequest, plan: Plan, rig: Character, motions: list[Motion]
) -> MotionResult:
    """Put motions onto the client's skeleton, in its frames and its place.

    Raises:
        ValueError: a motion that cannot be looped.
    """
    notes = list(plan.notes)
    rotations, roots = [], []
    contacts = []
    for motion in motions:
        notes += (motion.report or {}).get("notes", ())
        if plan.is_loop:
            motion = _rounds(motion.looped(notes), plan)
        raw = _timed(motion, plan)
        local, root = pose_rig(rig, raw, plan.place.scale if plan.request.constraints else None)
        local, root = _placed(plan, rig, local, root)
        targets = [each for each in request.constraints if each.type == "effector_target"]
        local = reach(rig, local, root, targets, plan.fps)
        rotations.append(local)
        roots.append(root)
        nearest = np.round(np.linspace(0, 1, plan.frames) * (_used(motion, plan) - 1)).astype(int)
        contacts.append(contacts_of(motion)[nearest])

    own, names = [joint.name for joint in request.skeleton.joints], names_on(rig)
    xyzw = np.stack(rotations)[..., [1, 2, 3, 0]].astype(np.float32)
    places = np.stack(roots).astype(np.float32)
    feet = [names.get(JOINT_NAMES[joint]) for joint in SMPL_22.limbs.contacts]
    return MotionResult(
        rotations=xyzw,
        root_translations=places,
        foot_contacts={
            name: np.stack(contacts)[..., number] for number, name in enumerate(feet) if name
        },
        canonical_to_request=None if own == list(CANONICAL_NAMES) else canonical_on(rig),
        trajectories=_trajectories(request, rig, plan, xyzw, places),
        chunk_boundaries=[list(plan.boundaries)] * len(motions),
        notes=[
            {"code": "note", "severity": "info", "message": words} for words in dict.fromkeys(notes)
        ],
    )


def _trajectories(
    request: GenerateRequest, rig: Character, plan: Plan, rotations: np.ndarray, roots: np.ndarray
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
            canonical_to_request=canonical_on(rig),
        )
    except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
        return [None] * len(rotations)  # of a few frames, which it is not made for


def _used(motion: Motion, plan: Plan) -> float:
    """Frames of a motion, from the first on, that an answer shows."""
    if plan.is_loop:
        return motion.num_frames
    return min(motion.num_frames, (plan.frames - 1) * motion.fps / plan.fps + 1)


def _rounds(motion: Motion, plan: Plan) -> Motion:
    """A loop as often as it fits into the answer best, at least once."""
    seconds = (plan.frames - 1) / plan.fps
    rounds = max(1, round(seconds * motion.fps / max(1, motion.num_frames - 1)))
    if rounds == 1:
        return motion
    return Motion(unrolled(motion.positions, rounds=rounds), motion.fps, skeleton=motion.skeleton)


def _timed(motion: Motion, plan: Plan) -> RawMotion:
    """A motion's joints in exactly the answer's frames; a loop runs a little faster or slower."""
    raw = natural_motion(motion)
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
    plan: Plan, rig: Character, local: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A motion ``[T N 4]``, ``[T 3]`` put where the client has it begin."""
    if not plan.request.constraints:
        hips = root + (rig.positions[SMPL_22.limbs.pelvis] - rig.rest.rest_positions[0]) * [1, 0, 1]
        root = root - hips[plan.place.frame] * [1, 0, 1]
    turned = local.copy()
    yaw = from_yaw(np.full(len(root), plan.place.turn))
    turned[:, 0] = multiply(yaw, local[:, 0])
    return turned, plan.place.back(root)
