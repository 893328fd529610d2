"""What a client of MMCP fixes, in the pipeline's words: its body, its frames, its place.

The client's world is turned and moved so that the motion begins above the origin facing +Z, and
scaled by the length of the legs; the answer is put back (``mmcp_motion.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from motionmcp import GenerateRequest
from motionmcp.errors import ProtocolError

from motionlcm.formats.character import Character
from motionlcm.formats.character_rest import collar_joint, upright_turn
from motionlcm.formats.character_trunk import TRUNK, trunk_joints
from motionlcm.formats.raw import FARTHEST, RawMotion
from motionlcm.formats.trunk import positions_at
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_yaw, inverse, multiply, normalize, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SIDES, SMPL_22
from motionlcm.web.mmcp_rig import foot_heights, moved, names_on, unturned

_LIMBS = SMPL_22.limbs
_CHAINS = (("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist"))
#: Bones that point where the client's do; the others hang on the trunk's rotations.
_BONES = {
    JOINT_NAMES.index(f"{side}_{lower}")
    for side in SIDES
    for chain in _CHAINS
    for lower in chain[1:]
}
_WHOLE = ("hip", "knee", "shoulder", "elbow")  # whose rotations make a pose a whole one
_UNDER = 0.05  #: metres under the floor that a target may be by mistake


@dataclass(frozen=True)
class Place:
    """Where the client's motion begins, and how much larger than the model's its body is.

    Attributes:
        origin: ``[2]`` metres, x and z.
        turn: radians from +Z towards +X.
        scale: the client's metres for one of the model's.
        frame: of the client, in which a motion that nothing else fixes is at the origin.
    """

    origin: np.ndarray
    turn: float
    scale: float
    frame: int = 0

    @classmethod
    def of(cls, request: GenerateRequest, rig: Character, body: Character) -> Place:
        """Where a request puts the body: on its path, or where its skeleton stands."""
        origin = rig.positions[_LIMBS.pelvis][[0, 2]]
        turn, frame = 0.0, 0
        paths = [each for each in request.constraints if each.type == "root_path"]
        first = next((each for each in paths if each.frames[0] == 0), None)
        if first is None and len(request.constraints) == len(paths) == 1:
            first = paths[0] if len(paths[0].frames) == 1 else None

        if first is not None:
            origin, frame = np.array(first.positions_xz[0], float), first.frames[0]
            turn = float(first.heading_radians[0]) if first.heading_radians else 0.0

        _check_near(origin, "root_path")
        _check_near(np.array(turn), "heading_radians")
        return cls(origin, turn, rig.leg / body.leg, frame)

    def into(self, places: Any) -> np.ndarray:
        """The client's places ``[N 3]`` in the pipeline's frame of reference."""
        moved = np.array(places, np.float64).reshape(-1, 3)
        _check_near(moved, "positions")
        moved[:, [0, 2]] -= self.origin
        return rotate(from_yaw(np.full(len(moved), -self.turn)), moved) / self.scale

    def back(self, places: np.ndarray) -> np.ndarray:
        """Places ``[T 3]`` of the pipeline's frame, already as large as the client's, put back."""
        moved = rotate(from_yaw(np.full(len(places), self.turn)), places)
        moved[:, [0, 2]] += self.origin
        return moved


def _check_near(values: np.ndarray, name: str) -> None:
    """Raise ProtocolError for numbers that are no place of anything."""
    if not (np.isfinite(values).all() and np.abs(values).max() <= FARTHEST):
        raise ProtocolError("invalid_options", f"{name} must be within {FARTHEST:g}, and finite")


def constraints_of(
    request: GenerateRequest,
    rig: Character,
    body: Character,
    place: Place,
    *,
    frames: int,
    notes: list[str],
) -> Constraints | None:
    """The pipeline's constraints of a request; None where there is none besides the place.

    Args:
        request: checked by the SDK.
        rig: the client's skeleton.
        body: the model's own.
        place: where the client's motion begins.
        frames: of the motion at 20 fps.
        notes: is told what is not held to the letter.
    Raises:
        ProtocolError: what cannot be held.
        ValueError: what cannot be.
    """
    share = FPS / request.fps(FPS)

    def timed(numbers: list[int]) -> np.ndarray:
        return np.minimum(np.round(np.array(numbers) * share).astype(int), frames - 1)

    constraints = Constraints()
    for wish in request.constraints:
        if wish.type == "root_path":
            constraints |= _path(wish, timed(wish.frames), place)
        elif wish.type == "effector_target":
            constraints |= _pin(wish, timed(wish.frames), rig, place, notes)
        else:
            constraints |= _pose(wish, int(timed([wish.frame])[0]), rig, body, place, notes)
    return constraints or None


def _path(wish: Any, frames: np.ndarray, place: Place) -> Constraints:
    """A path; of one point that is the motion's place nothing is left."""
    points = place.into([[x, 0.0, z] for x, z in wish.positions_xz])
    if len(wish.frames) == 1:
        if wish.frames[0] == place.frame:
            return Constraints()
        return Constraints.joint("pelvis", frames, points, axes="xz")

    # two frames of the client may be one at 20 fps
    chosen = np.unique(frames, return_index=True)[1]
    if len(chosen) == 1:
        return Constraints.joint("pelvis", frames[chosen], points[chosen], axes="xz")
    headings = None
    if wish.heading_radians is not None:
        _check_near(np.array(wish.heading_radians), "heading_radians")
        headings = (np.array(wish.heading_radians) - place.turn)[chosen]
    return Constraints.root_path(points[chosen][:, [0, 2]], frames[chosen], headings=headings)


def _pin(
    wish: Any, frames: np.ndarray, rig: Character, place: Place, notes: list[str]
) -> Constraints:
    """A joint's places."""
    ours = {name: joint for joint, name in names_on(rig).items()}
    if wish.joint not in ours:
        raise ProtocolError(
            "invalid_request",
            f"joint {wish.joint[:80]!r} is none that can be pinned; these can",
            details={"joints": sorted(ours)},
        )
    if wish.rotations is not None:
        notes.append(f"effector_target: {wish.joint} is put in its place, its rotation is free")
    places = place.into(wish.positions)
    is_mistake = (places[:, 1] < 0) & (places[:, 1] > -_UNDER)
    places[is_mistake, 1] = 0

    # of the client's frames that are one at 20 fps the first one counts, all places of that
    first = np.unique(frames, return_index=True)[1]
    chosen = np.isin(wish.frames, np.array(wish.frames)[first])
    return Constraints.joint(ours[wish.joint], frames[chosen], places[chosen])


def _pose(
    wish: Any, frame: int, rig: Character, body: Character, place: Place, notes: list[str]
) -> Constraints:
    """A whole pose; one of a few joints is left to the motion."""
    names = names_on(rig)
    needed = [names.get(f"{side}_{part}") for part in _WHOLE for side in SIDES]
    given = sum(name in wish.joint_rotations for name in needed)
    if wish.fill_mode == "generate" and given < len(needed):
        notes.append(
            f"pose_keyframe of frame {wish.frame} tells {given} of the 8 joints of the limbs and "
            "is not held; give all of them, or fill_mode 'rest'"
        )
        return Constraints()

    pose = pose_on_body(rig, body, wish.joint_rotations, wish.root_position)
    is_placed = wish.root_position is not None
    pose = place.into(pose) if is_placed else pose / place.scale
    motion = Motion(pose[None].astype(np.float32))
    return Constraints.key_poses(motion, frame, at=0, is_placed=is_placed)


def pose_on_body(
    rig: Character,
    body: Character,
    rotations: dict[str, Any],
    root: Any | None = None,
) -> np.ndarray:
    """A client's pose on the model's body, as large as the client's.

    Args:
        rig: the client's skeleton.
        body: the model's own, in a T-pose.
        rotations: of the client's joints, xyzw, local and from rest; the others are at rest.
        root: the root's place; where it stands at rest without one.
    Returns:
        ``[22 3]`` metres in the client's world.
    Raises:
        ValueError: a rotation that is none.
    """
    posed = _posed(rig, rotations, root)
    places = positions_at(rig.points, posed.positions)[0]
    scale = rig.leg / body.leg
    offsets = body.positions.copy()
    offsets[1:] -= body.positions[list(PARENTS[1:])]

    # how each part has turned since a rest pose that stands and faces +Z
    world = multiply(posed.world_rotations[0], inverse(upright_turn(rig)))
    trunk, turns = trunk_joints(rig), {}
    for knot, joint in enumerate(TRUNK):
        turns[joint] = world[min(trunk, key=lambda item: abs(item.knot - knot)).joint]
    for side in SIDES:
        collar = collar_joint(rig, side)
        chest = turns[_LIMBS.trunk[-2]]
        turns[JOINT_NAMES.index(f"{side}_collar")] = chest if collar is None else world[collar]

    pose = np.zeros((len(JOINT_NAMES), 3))
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            continue
        if joint in _BONES:
            bone = normalize(places[joint] - places[parent]) * np.linalg.norm(offsets[joint])
        else:
            bone = rotate(turns[parent], offsets[joint])
        pose[joint] = pose[parent] + bone * scale

    pose += places[_LIMBS.pelvis] * [1, 0, 1]
    pose[:, 1] += foot_heights(rig, places) - foot_heights(body, pose / scale) * scale
    return pose


def _posed(rig: Character, rotations: dict[str, Any], root: Any | None) -> RawMotion:
    """A rig in a client's pose, as one frame."""
    local = unturned(1, rig.count)
    for joint, name in enumerate(rig.rest.names[: rig.count]):
        x, y, z, w = rotations.get(name, (0.0, 0.0, 0.0, 1.0))
        turn = np.array([w, x, y, z], float)
        if not (np.isfinite(turn).all() and 0.5 < np.linalg.norm(turn) < 2):
            raise ValueError(f"the rotation of {name[:80]!r} is no unit quaternion")
        local[0, joint] = normalize(turn)
    place = rig.rest.offsets[0] if root is None else np.array(root, float)
    return moved(rig, local, place[None])
