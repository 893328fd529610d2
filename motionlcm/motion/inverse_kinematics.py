"""Joint rotations from joint positions, twist included.

A position fixes where a bone points but not how it turns about itself. What fixes the twist here:

- pelvis and chest (joints with three children): the rigid rotation that fits the three bones best;
- spine: the turn from pelvis to chest, spread evenly;
- thigh and upper arm: knee and elbow are hinges, so the plane of the bend gives the twist; on a
  straight limb the plane is undefined, and the twist drifts between the bends before and after, or
  to the parent's frame;
- shin, foot, forearm, collar, neck: the parent's frame, turned the shortest way.

numpy only, all frames at once. Nothing is measured against the world's axes, so facing backwards is
nothing special.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import (
    between,
    from_matrix,
    inverse,
    make_continuous,
    multiply,
    normalize,
    rotate,
    slerp,
)
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton, bone_lengths

_LIMBS = SMPL_22.limbs
_PELVIS, _SPINE1, _SPINE2, _CHEST, _NECK = _LIMBS.trunk
#: The children of the two joints that have three.
_OF_PELVIS, _OF_CHEST = (*_LIMBS.hips, _SPINE1), (_NECK, *_LIMBS.collars)
#: Joint by joint its parent, the root's being itself.
_ABOVE = [max(parent, 0) for parent in PARENTS]
#: Upper joint -> (middle joint, the way along Z that the lower bone folds in the rest pose).
_HINGES = {hip: (knee, -1.0) for hip, knee, _, _ in _LIMBS.legs} | {
    shoulder: (elbow, 1.0) for shoulder, elbow, _ in _LIMBS.arms
}
#: The sine of the bend at which the hinge begins to count, and at which it counts whatever the
#: parent's frame says.
_BEND = (0.08, 0.40)
#: Below that, how well the hinge must agree with the parent's frame (a cosine): a knee that folds
#: backwards is noise.
_AGREEMENT = (-0.3, 0.3)
_STIFFNESS = (
    0.2  # how unwilling the twist is to change from frame to frame, beside a fully trusted bend
)
_PULL = 0.005  # how strongly the parent's frame attracts the twist of a straight limb

#: Directions of the T-pose: arms to the sides, legs down, toes ahead and a little down.
_T_POSE = np.array(
    [
        [0, 0, 0], [1, -0.6, 0], [-1, -0.6, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0],
        [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0], [0, -0.4, 0.9], [0, -0.4, 0.9],
        [0, 1, 0], [0.6, 0.8, 0], [-0.6, 0.8, 0], [0, 1, 0.2], [1, 0, 0], [-1, 0, 0],
        [1, 0, 0], [-1, 0, 0], [1, 0, 0], [-1, 0, 0],
    ]
)  # fmt: skip


def mean_bone_lengths(positions: np.ndarray) -> np.ndarray:
    """Mean over time of each bone's length: ``[T 22 3] -> [22]`` metres; the root's is 0."""
    return bone_lengths(np.asarray(positions, dtype=np.float64)).mean(axis=0)


def t_pose_skeleton(positions: np.ndarray) -> Skeleton:
    """A skeleton in T-pose with the mean bone lengths of a motion.

    Hips and the root of the spine, and collars and neck, sit on their parent as they do on average
    in the motion, so that a body whose bones keep their length is reproduced exactly.

    Args:
        positions: ``[T 22 3]`` metres.
    """
    positions = _checked(positions)
    offsets = normalize(_T_POSE)

    for parent, children, frames in (
        (_PELVIS, _OF_PELVIS, _pelvis_frames(positions)),
        (_CHEST, _OF_CHEST, _chest_frames(positions)),
    ):
        bones = positions[:, children] - positions[:, parent, None]  # [T 3 3]
        mean = rotate(inverse(frames)[:, None], bones).mean(axis=0)
        turns = _rigid_fit(
            mean, bones, frames
        )  # better than the frames, which see two of the three
        mean = rotate(inverse(turns)[:, None], bones).mean(axis=0)

        is_usable = np.linalg.norm(mean, axis=-1, keepdims=True) > 1e-6
        offsets[list(children)] = np.where(is_usable, normalize(mean), offsets[list(children)])

    return Skeleton(JOINT_NAMES, PARENTS, offsets * mean_bone_lengths(positions)[:, None])


def solve_rotations(positions: np.ndarray, skeleton: Skeleton | None = None) -> np.ndarray:
    """Local rotations whose forward kinematics give the positions back.

    Exact where bone lengths are constant and the three bones on pelvis and chest are rigid there,
    as they are in recorded bodies; elsewhere the best fit.

    Args:
        positions: ``[T 22 3]`` metres.
        skeleton: the rest pose to rotate from; by default ``t_pose_skeleton(positions)``. Only
            directions matter.
    Returns:
        ``[T 22 4]`` unit quaternions wxyz, local to the parent, continuous in sign over time.
        Wrists, feet and head, which end the tree, keep their parent's frame.
    Raises:
        ValueError: positions of another shape, no frames, or values that are not finite.
    """
    positions = _checked(positions)
    skeleton = skeleton or t_pose_skeleton(positions)
    rest = np.asarray(skeleton.offsets, dtype=np.float64)
    world = np.zeros((*positions.shape[:2], 4))

    world[:, _PELVIS] = _fit_joint(positions, rest, _PELVIS, _OF_PELVIS, _pelvis_frames(positions))
    world[:, _CHEST] = _fit_joint(positions, rest, _CHEST, _OF_CHEST, _chest_frames(positions))
    for joint, child, share in ((_SPINE1, _SPINE2, 1 / 3), (_SPINE2, _CHEST, 2 / 3)):
        guess = slerp(world[:, _PELVIS], world[:, _CHEST], np.full(len(positions), share))
        world[:, joint] = _swing(positions, rest, joint, child, guess)

    for child in range(1, len(PARENTS)):
        joint = PARENTS[child]
        if joint in (_PELVIS, _CHEST, _SPINE1, _SPINE2):
            continue
        above = world[:, PARENTS[joint]]
        world[:, joint] = _swing(positions, rest, joint, child, above)
        if joint in _HINGES:
            world[:, joint] = _twist_to_hinge(positions, rest, joint, world[:, joint], above)

    for joint in set(range(len(PARENTS))) - set(PARENTS):  # hands, feet, head
        world[:, joint] = world[:, PARENTS[joint]]

    local = multiply(inverse(world[:, _ABOVE]), world)
    local[:, _PELVIS] = world[:, _PELVIS]
    return make_continuous(normalize(local), axis=0)


def aimed(world: np.ndarray, positions: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """World rotations ``[T 22 4]``, those of joints with one child swung so that it is where the
    positions ``[T 22 3]`` have it."""
    rest, turned = np.asarray(skeleton.offsets, dtype=np.float64), world.copy()
    for child, joint in enumerate(PARENTS):
        if PARENTS.count(joint) == 1 and joint >= 0:
            turned[:, joint] = _swing(positions, rest, joint, child, world[:, joint])
    return turned


def rebase_rotations(
    rotations: np.ndarray, skeleton: Skeleton, rest: np.ndarray
) -> tuple[np.ndarray, Skeleton]:
    """Tell a motion from another rest pose; what forward kinematics gives stays what it is.

    Args:
        rotations: ``[T 22 4]`` unit quaternions, local to the parent.
        skeleton: the rest pose that they rotate from.
        rest: ``[22 3]`` directions of the new rest pose; lengths do not matter.
    Returns:
        (``[T 22 4]`` rotations, the skeleton in the new rest pose). Bones keep their lengths. Where
        three bones meet (pelvis and chest) the three turn together, so there the new rest pose is
        the nearest rigid one.
    """
    rotations = np.asarray(rotations, dtype=np.float64)
    offsets = np.asarray(skeleton.offsets, dtype=np.float64)
    turns = _turns_between(rest, offsets)
    above = turns[_ABOVE]

    rebased = multiply(multiply(inverse(above), rotations), turns)
    rebased[:, _PELVIS] = multiply(rotations[:, _PELVIS], turns[_PELVIS])
    rest_offsets = rotate(inverse(above), offsets)
    rest_offsets[_PELVIS] = offsets[_PELVIS]
    return make_continuous(normalize(rebased), axis=0), Skeleton(JOINT_NAMES, PARENTS, rest_offsets)


def _turns_between(rest: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """World rotations ``[22 4]`` of the joints that take a rest pose ``[22 3]`` to another."""
    turns = np.zeros((len(PARENTS), 4))
    turns[:, 0] = 1
    for joint, parent in enumerate(_ABOVE):
        children = [child for child in range(joint + 1, len(PARENTS)) if PARENTS[child] == joint]
        start = turns[parent]
        if len(children) == 1:
            aimed = rotate(start, rest[children[0]])
            turns[joint] = multiply(between(aimed, offsets[children[0]]), start)
        elif children:
            bones = offsets[children]
            aims = normalize(rest[children]) * np.linalg.norm(bones, axis=-1, keepdims=True)
            turns[joint] = _rigid_fit(aims, bones[None], start[None])[0]
        else:
            turns[joint] = start
    return turns


def _checked(positions: np.ndarray) -> np.ndarray:
    """Positions ``[T 22 3]`` as float64; ValueError for another shape, NaN or infinity."""
    positions = np.asarray(positions, dtype=np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (22, 3) or not len(positions):
        raise ValueError(
            f"positions must have shape [T 22 3] with T >= 1, got {list(positions.shape)}"
        )
    if not np.isfinite(positions).all():
        frame = int(np.argwhere(~np.isfinite(positions))[0, 0])
        raise ValueError(
            f"positions must be finite, got NaN or infinity in frame {frame}; "
            "repair or drop the frame"
        )
    return positions


def _frames(left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Rotations ``[T 4]`` with X near ``left`` and Y along ``up``, both ``[T 3]``."""
    up = normalize(up)
    left = normalize(left - (left * up).sum(axis=-1, keepdims=True) * up)
    return from_matrix(np.stack([left, up, np.cross(left, up)], axis=-1))


def _pelvis_frames(positions: np.ndarray) -> np.ndarray:
    """Rotations ``[T 4]`` of the pelvis as the hips lie and the chest is above them."""
    left, right = _LIMBS.hips
    middle = positions[:, _LIMBS.hips].mean(axis=1)
    return _frames(positions[:, left] - positions[:, right], positions[:, _CHEST] - middle)


def _chest_frames(positions: np.ndarray) -> np.ndarray:
    """Rotations ``[T 4]`` of the chest as the collars lie and the neck is above the spine."""
    left, right = _LIMBS.collars
    up = positions[:, _NECK] - positions[:, _SPINE1]
    return _frames(positions[:, left] - positions[:, right], up)


def _fit_joint(
    positions: np.ndarray,
    rest: np.ndarray,
    joint: int,
    children: tuple[int, ...],
    guess: np.ndarray,
) -> np.ndarray:
    """World rotation ``[T 4]`` of a joint with several children."""
    return _rigid_fit(
        rest[list(children)], positions[:, children] - positions[:, joint, None], guess
    )


def _rigid_fit(rest: np.ndarray, bones: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Rotations ``[T 4]`` that take ``rest [3 3]`` nearest to ``bones [T 3 3]`` (rows are vectors).

    The guess is added with a small weight: it decides where the bones leave a freedom, as on a body
    without hips.
    """
    axes = np.eye(3)
    guessed = rotate(guess[:, None], axes[None])
    covariance = np.einsum("tci,cj->tij", bones, rest)
    covariance += 1e-9 * max(float((rest**2).sum()), 1e-9) * np.einsum("tci,cj->tij", guessed, axes)

    u, _, vt = np.linalg.svd(covariance)
    handed = np.linalg.det(u @ vt)
    u[:, :, 2] *= np.where(handed < 0, -1.0, 1.0)[:, None]  # a rotation, not a mirror
    return from_matrix(u @ vt)


def _swing(
    positions: np.ndarray, rest: np.ndarray, joint: int, child: int, guess: np.ndarray
) -> np.ndarray:
    """The guess, turned the shortest way so that the bone from joint to child points right."""
    bone = positions[:, child] - positions[:, joint]
    return multiply(between(rotate(guess, np.broadcast_to(rest[child], bone.shape)), bone), guess)


def _twist_to_hinge(
    positions: np.ndarray, rest: np.ndarray, upper: int, guess: np.ndarray, parent: np.ndarray
) -> np.ndarray:
    """Turn an upper limb about itself so that its hinge axis is across the plane of the bend."""
    middle, fold = _HINGES[upper]
    end = PARENTS.index(middle)
    along = normalize(positions[:, middle] - positions[:, upper])
    across = np.cross(along, normalize(positions[:, end] - positions[:, middle]))
    rest_axis = np.cross(rest[middle], [0, 0, fold])
    if np.linalg.norm(rest_axis) < 1e-6:
        return guess

    expected = rotate(guess, np.broadcast_to(normalize(rest_axis), along.shape))
    axis = normalize(across)
    cosine = (expected * axis).sum(axis=-1)
    sine = (np.cross(expected, axis) * along).sum(axis=-1)

    bend = np.linalg.norm(across, axis=-1)
    is_certain = bend > _BEND[1]
    trust = smooth_step(bend, *_BEND) * np.maximum(smooth_step(cosine, *_AGREEMENT), is_certain)
    drift = _twist_of_guess(multiply(inverse(parent), guess), rotate(inverse(parent), along))
    half = _follow_angles(np.arctan2(sine, cosine), trust, drift)[:, None] / 2
    return multiply(np.concatenate([np.cos(half), along * np.sin(half)], axis=-1), guess)


def _twist_of_guess(guess: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Turn of the guessed frames ``[T 4]`` about the limb ``along [T 3]`` since the start, radians.

    Compared with a frame that is only swung from each direction to the next: where a limb passes
    the point opposite to its rest pose, the shortest turn from the rest pose jumps, and the limb
    does not.
    """
    swung = multiply(between(along[:-1], along[1:]), guess[:-1])
    change = multiply(guess[1:], inverse(swung))
    angles = 2 * np.arctan2((change[:, 1:] * along[1:]).sum(axis=-1), change[:, 0])
    return np.concatenate([[0.0], np.cumsum(angles)])


def _follow_angles(angles: np.ndarray, trust: np.ndarray, drift: np.ndarray) -> np.ndarray:
    """Angles ``[T]`` that keep to given ones where these are trusted, and are smooth elsewhere.

    All angles are about a limb, measured from frames that drift themselves. Minimises ``sum trust
    |z - exp(i (angle + drift))|^2 + _STIFFNESS |z'|^2 + _PULL |z - exp(i drift)|^2`` over complex
    ``z [T]``, a tridiagonal system, and returns the angles of ``z`` less the drift.
    """
    target = trust * np.exp(1j * (angles + drift)) + _PULL * np.exp(1j * drift)
    diagonal = trust + _PULL + 2 * _STIFFNESS
    diagonal[0] -= _STIFFNESS
    diagonal[-1] -= _STIFFNESS

    # Thomas's algorithm: down to a triangle, and back up
    for frame in range(1, len(target)):
        factor = _STIFFNESS / diagonal[frame - 1]
        diagonal[frame] -= factor * _STIFFNESS
        target[frame] += factor * target[frame - 1]
    target[-1] /= diagonal[-1]
    for frame in range(len(target) - 2, -1, -1):
        target[frame] = (target[frame] + _STIFFNESS * target[frame + 1]) / diagonal[frame]

    return np.angle(target) - drift


def smooth_step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Cubic step from 0 at ``low`` to 1 at ``high``."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)
