"""Features of positions that were repaired or moved, in the manner of the decoded features.

A model's features know things that positions do not: where the body of the recording faced when it
began, and so how its rotations are counted. Encoding the positions afresh would lose that.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import (
    CONTACT_THRESHOLD,
    FPS,
    HUMANML,
    FeatureLayout,
    chain_rotations,
    decode_positions,
    decode_root,
)
from motionlcm.motion.rotations import from_yaw, inverse, multiply, normalize, rotate, to_6d
from motionlcm.motion.skeleton import PARENTS, REST_DIRECTIONS, SMPL_22
from motionlcm.motion.timeline import at_times

#: SMPL's hips and collars, whose bones lie along x at rest.
_SIDEWAYS = np.array([*SMPL_22.limbs.hips, *SMPL_22.limbs.collars])


def features_like(
    positions: np.ndarray,
    features: np.ndarray,
    turned: np.ndarray | None = None,
    *,
    heading: float | np.ndarray | None = None,
    layout: FeatureLayout = HUMANML,
) -> np.ndarray:
    """Encode positions as decoded features of nearly the same motion are.

    Args:
        positions: ``[T J 3]`` metres, the root of frame 0 above the origin unless the motion is
            turned.
        features: ``[T D]``, not normalised, of the motion before it was repaired or moved.
        turned: ``[T]`` radians by which the body of each frame was turned since, to the left; None:
            not at all.
        heading: radians, where the body faced when its recording began, as the rotations speak of
            it, of all frames or of each ``[T]``; None: as those of ``features`` do.
        layout: which columns mean what.
    Returns:
        ``[T D]``: yaw as given, and turned; the rest is that of the positions, so that
        ``decode_positions`` returns just these (from the origin and facing +Z, where the motion was
        turned). KIT-ML's rotations and contacts, whose encoder is not known, stay as they are.
    """
    encoded, unturned = features.copy(), decode_root(features)[0]  # [T 4]
    before, placed = positions, positions
    if turned is not None:
        before = decode_positions(features, layout)
        placed = rotate(from_yaw(-turned[0]), positions - positions[:1, :1] * [1, 0, 1])
        change = np.diff(turned, append=turned[-1:])
        encoded[:, layout.root_yaw_velocity] -= 0.5 * change[:, None]
    turns = decode_root(encoded)[0]

    following = np.concatenate([turns[1:], turns[-1:]])
    steps = steps_of(placed)
    local = rotate(turns[:, None], placed - placed[:, :1] * [1, 0, 1])

    count, unit = len(features), layout.metres_per_unit
    encoded[:, layout.root_velocity] = rotate(following, steps[:, 0])[:, [0, 2]] / unit
    encoded[:, layout.root_height] = placed[:, 0, 1:2] / unit
    encoded[:, layout.joint_positions] = local[:, 1:].reshape(count, -1) / unit
    encoded[:, layout.joint_velocities] = rotate(turns[:, None], steps).reshape(count, -1) / unit

    if layout.skeleton.supports("features"):
        decoded = features[:, layout.joint_rotations].reshape(count, -1, 6)
        if heading is None:
            heading = _recording_yaw(decoded, before, unturned)
        # turned or not, the pose is the same: its rotations stay those of the body that was not
        body = rotate(multiply(inverse(unturned), turns)[:, None], placed - placed[:, :1])
        rotations = _rotations(np.reshape(heading, (1, -1)), body, unturned)[0]
        encoded[:, layout.joint_rotations] = rotations.reshape(count, -1)
        encoded[:, layout.contacts] = contacts_of(steps, layout)
    return encoded


def features_at(
    times: np.ndarray,
    positions: np.ndarray,
    features: np.ndarray,
    *,
    heading: float | np.ndarray | None = None,
) -> np.ndarray:
    """Encode a motion that is played at other times.

    Args:
        times: ``[N]`` frames of the motion before, from 0 to T - 1.
        positions: ``[N 22 3]`` metres at these times.
        features: ``[T 263]``, not normalised, of the motion before.
        heading: as ``features_like`` takes it, at these times; None: as ``features`` tell it.
    Returns:
        ``[N 263]``, whose yaw is that of ``features`` at these times.
    """
    if heading is None:
        heading = recording_yaw(features)
    yaw = at_times(yaws_of(features), times)
    bare = np.zeros((len(times), features.shape[1]))
    bare[:, 0] = -0.5 * np.diff(yaw, append=2 * yaw[-1] - yaw[-2])
    return features_like(positions, bare, heading=heading)


def yaws_of(features: np.ndarray) -> np.ndarray:
    """Turn to the left since the first frame, ``[T]`` radians, of the root in ``[T D]``."""
    steps = features[:-1, 0].astype(np.float64)
    return np.concatenate([[0.0], -2 * np.cumsum(steps)])


def recording_yaw(features: np.ndarray) -> float:
    """Where the body of features ``[T 263]`` faced when its recording began, radians."""
    decoded = features[:, HUMANML.joint_rotations].reshape(len(features), -1, 6)
    return _recording_yaw(decoded, decode_positions(features), decode_root(features)[0])


def steps_of(positions: np.ndarray) -> np.ndarray:
    """The step of each joint to the next frame ``[T J 3]``; the last one is repeated."""
    step = np.diff(positions, axis=0)
    return np.concatenate([step, step[-1:] if len(step) else np.zeros_like(positions[:1])])


def contacts_of(steps: np.ndarray, layout: FeatureLayout = HUMANML) -> np.ndarray:
    """Contacts ``[T 4]`` by HumanML3D's rule, from steps ``[T J 3]`` in metres."""
    threshold = CONTACT_THRESHOLD * (FPS / layout.fps) ** 2
    return (steps[:, layout.skeleton.limbs.contacts] ** 2).sum(-1) < threshold


def _recording_yaw(decoded: np.ndarray, positions: np.ndarray, turns: np.ndarray) -> float:
    """Where the body faced when its recording began, radians, as its rotations speak of it.

    HumanML3D's rotations depend on how a body was turned when its recording began, which a crop of
    that recording and a generated clip no longer know: those of hips and collars lead their bones
    to where they point in the root's frame, turned once more by twice the root's heading in the
    recording. So they tell that heading, up to half a turn; the other joints decide which half. (On
    recorded clips this gives their very rotations back.)

    Args:
        decoded: rotations ``[T 21 6]``.
        positions: ``[T 22 3]`` metres.
        turns: ``[T 4]`` from the world to the root's frame.
    """
    parents = [PARENTS[joint] for joint in _SIDEWAYS]
    bones = rotate(turns[:, None], normalize(positions[:, _SIDEWAYS] - positions[:, parents]))
    # the image of x, and so of these bones
    aims = decoded[:, _SIDEWAYS - 1, :3] * REST_DIRECTIONS[_SIDEWAYS, :1]

    # directions over the ground as complex numbers: the mean turn from bones to aims is one sum
    heading = 2 * np.arctan2(-turns[:, 2], turns[:, 0])
    turned = (bones[..., 2] + 1j * bones[..., 0]) * np.exp(2j * heading)[:, None]
    yaw = 0.5 * np.angle((np.conj(turned) * (aims[..., 2] + 1j * aims[..., 0])).sum())

    yaws, some = np.array([[yaw], [yaw + np.pi]]), slice(None, None, 8)
    distance = np.square(_rotations(yaws, positions[some], turns[some]) - decoded[some])
    return float(yaws[int(np.argmin(distance.sum((1, 2, 3)))), 0])


def _rotations(yaws: np.ndarray, positions: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Rotations ``[K T 21 6]`` of a body that faced ``yaws [K 1]`` when its recording began.

    Of each frame another recording may be told, ``[K T]``.
    """
    turn = from_yaw(yaws)
    world = rotate(turn[:, :, None], positions[None])
    root = multiply(turns[None], inverse(turn))
    return to_6d(chain_rotations(world, root)[..., 1:, :])
