"""The 263 features of HumanML3D: encoded and decoded, for numpy and torch alike.

Two oddities of the format, kept for the sake of everything that reads it: feature 0 is **half** the
change of yaw per frame (the arcsine of a quaternion's y), and the arms' rotations start from the
root's frame, not the chest's.
"""

from __future__ import annotations

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.motion.layout import HUMANML, FeatureLayout, layout_of, mirror_columns
from motionlcm.motion.rotations import (
    Array,
    between,
    from_yaw,
    inverse,
    multiply,
    normalize,
    rotate,
    to_6d,
)
from motionlcm.motion.skeleton import CHAINS, REST_DIRECTIONS, SMPL_22, Skeleton, bone_lengths
from motionlcm.motion.timeline import smooth_in_time

NUM_JOINTS = HUMANML.num_joints
FPS = HUMANML.fps
CONTACT_THRESHOLD = (
    0.002  #: squared displacement per frame, m^2, under which a foot counts as planted
)
SHORTEST_BONE = 1e-3  #: metres; a shorter bone has no direction and is repaired
_SMOOTHING_SIGMA = 20.0  #: frames, for the facing direction
_LIMBS = SMPL_22.limbs
#: The right leg: the published code takes the size of a body from it.
_, _KNEE = _LIMBS.knees
_, _ANKLE = _LIMBS.ankles


def _chain_links(start: int | None) -> tuple[int, ...]:
    """The joint before each one in its chain, the first of a chain being called ``start``."""
    links = dict.fromkeys(range(NUM_JOINTS), 0)
    for chain in CHAINS:
        before = chain if start is None else (start, *chain[1:])
        links |= dict(zip(chain[1:], before, strict=False))
    return tuple(links.values())


#: For each joint the one its bone starts from, and the one whose frame its rotation is seen from
#: (0: the root's).
_CHAIN_PARENTS, _CHAIN_FRAMES = _chain_links(None), _chain_links(0)


def encode_features(
    positions: Array,
    *,
    target_lengths: Array | None = SMPL_22.offsets,
    is_canonical: bool = False,
) -> Array:
    """Turn joint positions into HumanML3D's features, with all of its preprocessing.

    Args:
        positions: ``[... T 22 3]`` metres, Y up, 20 fps, at least 2 frames.
        target_lengths: bone lengths ``[22]`` or offsets ``[22 3]`` of the skeleton that every
            motion is moved to; None keeps the body as it is. The default is HumanML3D's own.
        is_canonical: the positions already stand on the floor at the origin facing +Z; skip that
            step.
    Returns:
        ``[... T-1 263]``, not normalised, of the same type as ``positions``.
    Raises:
        ValueError: wrong shape, fewer than 2 frames, or values that are not finite.
    Source: Guo et al., CVPR 2022, section 3.
    """
    xp = array_namespace(positions)
    check_positions(positions)
    if target_lengths is not None:
        positions = retarget_lengths(positions, target_lengths)
    if not is_canonical:
        positions = canonicalize(positions)

    rotations = chain_rotations(positions, smooth_facing_rotations(positions))
    root_rotations = rotations[..., 0, :]  # [... T 4]
    step = positions[..., 1:, :, :] - positions[..., :-1, :, :]  # [... T-1 J 3]
    root_step = rotate(root_rotations[..., 1:, :], step[..., 0, :])

    local = rotate(root_rotations[..., None, :], positions - _on_the_ground(positions[..., :1, :]))
    local_step = rotate(root_rotations[..., :-1, None, :], step)
    contacts = xp.astype(xp.sum(step * step, axis=-1) < CONTACT_THRESHOLD, positions.dtype)

    return xp.concat(
        [
            _half_yaw_steps(root_rotations),
            root_step[..., 0:1],
            root_step[..., 2:3],
            positions[..., :-1, 0, 1:2],
            _flat(local[..., :-1, 1:, :]),
            _flat(to_6d(rotations[..., :-1, 1:, :])),
            _flat(local_step),
            xp.stack([contacts[..., joint] for joint in _LIMBS.contacts], axis=-1),
        ],
        axis=-1,
    )


def _half_yaw_steps(root_rotations: Array) -> Array:
    """Half the turn from each root rotation ``[... T 4]`` to the next, ``[... T-1 1]`` radians.

    HumanML3D takes the arcsine of the quaternion's y, which the arctangent equals, but for two
    things: where the facing passes straight backwards q becomes -q, the same rotation, and here the
    shorter way round is meant; and the arcsine is imprecise near half a circle per frame.
    """
    xp = array_namespace(root_rotations)
    turn = multiply(root_rotations[..., 1:, :], inverse(root_rotations[..., :-1, :]))
    shorter = xp.where(turn[..., 0:1] < 0, -turn, turn)
    return xp.atan2(shorter[..., 2:3], shorter[..., 0:1])


def _on_the_ground(points: Array) -> Array:
    """The points ``[... 3]`` at height 0."""
    xp = array_namespace(points)
    return xp.stack([points[..., 0], xp.zeros_like(points[..., 0]), points[..., 2]], axis=-1)


def _flat(values: Array) -> Array:
    """One row of numbers a frame: ``[... J C] -> [... J*C]``."""
    xp = array_namespace(values)
    return xp.reshape(values, (*values.shape[:-2], values.shape[-2] * values.shape[-1]))


def decode_positions(features: Array, layout: FeatureLayout = HUMANML) -> Array:
    """Recover global joint positions from unnormalised features; differentiable in torch.

    Args:
        features: ``[... T D]``; not normalised.
        layout: which columns mean what, and in which unit of length.
    Returns:
        ``[... T J 3]`` metres, Y up, the root starting at x = z = 0 facing +Z.
    Raises:
        ValueError: the last axis is not ``layout.dim``.
    Source: Guo et al., CVPR 2022, section 3.
    """
    xp = array_namespace(features)
    if features.ndim < 2 or features.shape[-1] != layout.dim:
        raise ValueError(
            f"features must be [... T {layout.dim}], got shape {tuple(features.shape)}"
        )
    root_rotations, root_positions = decode_root(features)
    local = features[..., layout.joint_positions]
    local = xp.reshape(local, (*local.shape[:-1], layout.num_joints - 1, 3))

    ground = _on_the_ground(root_positions)
    joints = rotate(inverse(root_rotations)[..., None, :], local) + ground[..., None, :]
    positions = xp.concat([root_positions[..., None, :], joints], axis=-2)
    return positions if layout.metres_per_unit == 1 else positions * layout.metres_per_unit


def decode_root(features: Array) -> tuple[Array, Array]:
    """The root's rotation (world to root frame) ``[... T 4]`` and position ``[... T 3]``."""
    xp = array_namespace(features)
    first = xp.zeros_like(features[..., :1, :3])
    moves = xp.concat([first, features[..., :-1, :3]], axis=-2)  # what leads up to each frame

    rotations = from_yaw(2 * xp.cumulative_sum(moves[..., 0], axis=-1))
    path = xp.cumulative_sum(rotate(inverse(rotations), _root_steps(moves)), axis=-2)
    return rotations, xp.stack([path[..., 0], features[..., 3], path[..., 2]], axis=-1)


def _root_steps(features: Array) -> Array:
    """The root's steps over the ground ``[... T 3]`` in features ``[... T D]``, in their unit."""
    xp = array_namespace(features)
    return xp.stack([features[..., 1], xp.zeros_like(features[..., 1]), features[..., 2]], axis=-1)


def foot_steps(features: Array, layout: FeatureLayout = HUMANML) -> Array:
    """Steps of ankles and toes over the ground, each seen from the root frame that it leads to.

    Args:
        features: ``[... T D]``, not normalised.
        layout: which columns mean what, and in which unit of length.
    Returns:
        ``[... T-1 12]`` metres: left ankle, left toe, right ankle, right toe; the path is not
        summed up.
    """
    limbs, start = layout.skeleton.limbs, layout.joint_positions.start
    joints = [joint for pair in zip(limbs.ankles, limbs.toes, strict=True) for joint in pair]
    columns = [start + 3 * (joint - 1) + axis for joint in joints for axis in range(3)]
    feet = features[..., columns].reshape((*features.shape[:-1], 4, 3))

    turn = from_yaw(2 * features[..., :-1, 0])
    root = _root_steps(features[..., :-1, :])
    before = rotate(turn[..., None, :], feet[..., :-1, :, :])
    steps = feet[..., 1:, :, :] + root[..., None, :] - before
    return steps.reshape((*steps.shape[:-2], 12)) * layout.metres_per_unit


def check_positions(positions: Array) -> None:
    """Raise ValueError unless ``positions`` is ``[... T 22 3]``, T at least 2, and finite."""
    xp = array_namespace(positions)
    shape = tuple(positions.shape)
    if len(shape) < 3 or shape[-2:] != (NUM_JOINTS, 3) or shape[-3] < 2:
        raise ValueError(
            f"positions must be [... T 22 3] with at least 2 frames, got shape {shape}"
        )
    if not bool(xp.all(xp.isfinite(positions))):
        raise ValueError(
            "positions hold values that are not finite; drop or repair those frames first"
        )


def facing_rotations(positions: Array, skeleton: Skeleton = SMPL_22) -> Array:
    """Rotations ``[... T 4]`` that turn each frame's body ``[... T J 3]`` to face +Z.

    Hips and shoulders tell where it faces.
    """
    limbs = skeleton.limbs
    return _to_front(_forward(_across(positions, limbs.hips) + _across(positions, limbs.shoulders)))


def smooth_facing_rotations(positions: Array) -> Array:
    """The root's frame of the features: rotations ``[... T 4]`` to face +Z, smoothed over time.

    Two more oddities of the published numbers live here: the hips' axis enters with the opposite
    sign of the shoulders', and the first frame is not turned (so the first yaw velocity makes up
    for it).
    """
    xp = array_namespace(positions)
    across = _across(positions, _LIMBS.shoulders) - _across(positions, _LIMBS.hips)
    turns = _to_front(smooth_in_time(_forward(across), _SMOOTHING_SIGMA))

    zeros, ones = xp.zeros_like(turns[..., :1, 1:]), xp.ones_like(turns[..., :1, :1])
    return xp.concat([xp.concat([ones, zeros], axis=-1), turns[..., 1:, :]], axis=-2)


def _across(positions: Array, pair: tuple[int, int]) -> Array:
    """The way from the right joint of a pair to the left one, ``[... J 3] -> [... 3]``."""
    left, right = pair
    return positions[..., left, :] - positions[..., right, :]


def _forward(across: Array) -> Array:
    """Horizontal direction ahead ``[... 3]``, of any length, of a body with ``across`` at left."""
    xp = array_namespace(across)
    across = normalize(across)
    return xp.stack([-across[..., 2], xp.zeros_like(across[..., 0]), across[..., 0]], axis=-1)


def _to_front(forward: Array) -> Array:
    """Rotation ``[... 4]`` that turns a direction ``[... 3]`` to +Z."""
    xp = array_namespace(forward)
    front = xp.concat([xp.zeros_like(forward[..., :2]), xp.ones_like(forward[..., :1])], axis=-1)
    return between(forward, front)


def chain_rotations(positions: Array, root_rotations: Array) -> Array:
    """Local rotations ``[... T 22 4]`` along HumanML3D's chains that aim each bone; no twist.

    Bones shorter than ``SHORTEST_BONE`` have no direction and take their parent's frame.
    """
    xp = array_namespace(positions)
    bones = positions[..., 1:, :] - positions[..., list(_CHAIN_PARENTS[1:]), :]
    rest = xp.asarray(REST_DIRECTIONS[1:], dtype=positions.dtype)
    aims = between(xp.broadcast_to(rest, bones.shape), bones)  # [... T 21 4], root's frame to bone
    world = xp.concat([root_rotations[..., None, :], aims], axis=-2)

    is_short = bone_lengths(positions)[..., 1:] < SHORTEST_BONE
    if bool(xp.any(is_short)):
        frames = [world[..., joint, :] for joint in range(NUM_JOINTS)]
        for chain in CHAINS:
            for before, joint in zip((0, *chain[1:]), chain[1:], strict=False):
                frames[joint] = xp.where(
                    is_short[..., joint - 1, None], frames[before], frames[joint]
                )
        world = xp.stack(frames, axis=-2)

    local = multiply(inverse(world[..., list(_CHAIN_FRAMES[1:]), :]), world[..., 1:, :])
    return xp.concat([root_rotations[..., None, :], local], axis=-2)


def retarget_lengths(positions: Array, target_lengths: Array) -> Array:
    """Give ``[... T 22 3]`` the target's bone lengths (``[22]``, or offsets ``[22 3]``).

    The root's path is scaled as thigh plus shin are, in the first frame. A body without legs keeps
    its path.
    """
    xp = array_namespace(positions)
    lengths = _as_lengths(target_lengths)
    target_leg = float(lengths[_KNEE] + lengths[_ANKLE])
    first = bone_lengths(positions[..., :1, :, :])  # [... 1 22]
    leg = first[..., _KNEE] + first[..., _ANKLE]

    ratio = target_leg / xp.clip(leg, SHORTEST_BONE, None)
    ratio = xp.where(leg < SHORTEST_BONE, xp.ones_like(leg), ratio)
    return _pose_chains(positions, positions[..., 0, :] * ratio[..., None], lengths)


def _as_lengths(target_lengths: Array) -> np.ndarray:
    """Bone lengths ``[22]``, whether lengths or offsets are given."""
    lengths = np.asarray(target_lengths, dtype=np.float64)
    if lengths.shape == (NUM_JOINTS, 3):
        lengths = np.sqrt((lengths**2).sum(-1))
    if lengths.shape != (NUM_JOINTS,):
        raise ValueError(f"target_lengths must be [22] or [22 3], got shape {lengths.shape}")
    return lengths


def _pose_chains(positions: Array, root: Array, lengths: np.ndarray) -> Array:
    """Place each joint from its parent along its own bone's direction, at the target's length."""
    xp = array_namespace(positions)
    sizes = bone_lengths(positions)
    facing = facing_rotations(positions)

    placed: list[Array] = [root] * NUM_JOINTS
    for chain in CHAINS:
        world = facing
        for parent, joint in zip(chain, chain[1:], strict=False):
            bone = positions[..., joint, :] - positions[..., parent, :]
            rest = xp.asarray(REST_DIRECTIONS[joint], dtype=positions.dtype)
            rest = xp.broadcast_to(rest, bone.shape)

            is_short = sizes[..., joint, None] < SHORTEST_BONE
            direction = xp.where(is_short, rotate(world, rest), normalize(bone))
            world = xp.where(is_short, world, between(rest, direction))
            placed[joint] = placed[parent] + direction * float(lengths[joint])

    return xp.stack(placed, axis=-2)


def canonicalize(positions: Array) -> Array:
    """Stand a clip ``[... T 22 3]`` on the floor, its first root at x = z = 0 facing +Z.

    The floor is the lowest point of the clip.
    """
    xp = array_namespace(positions)
    floor = xp.min(xp.min(positions[..., 1], axis=-1), axis=-1)[..., None]  # [... 1]
    first = positions[..., 0, 0, :]
    origin = xp.stack([first[..., 0:1], floor, first[..., 2:3]], axis=-1)[
        ..., None, :
    ]  # [... 1 1 3]

    turn = facing_rotations(positions[..., :1, :, :])  # [... 1 4]
    return rotate(turn[..., None, :], positions - origin)


def mirror_features(features: Array) -> Array:
    """Features ``[... T D]`` of the motion with left and right swapped; of 22 or 21 joints."""
    xp = array_namespace(features)
    order, sign = mirror_columns(layout_of(features).num_joints)
    return features[..., order] * xp.asarray(sign, dtype=features.dtype)
