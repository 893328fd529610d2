"""Clean-up of generated motion: limbs of constant length, feet that stay where they are planted and on the floor.

A decoder predicts each joint by itself, so limbs stretch by some percent, planted feet creep, and toes dip into the
ground; between the tokens of a decoder there are seams. Once the seams are smoothed, three steps repair that, each a
closed formula over the whole clip:

1. bones from pelvis to head and hands keep their direction and get the skeleton's length; then elbows give way so that
   hands come to where they were, seen from the shoulder (a punch keeps its reach), or farther where the arm was short;
2. each planted foot is held at its mean place, with a soft start and end; on its way it is lifted over the floor;
3. the body rises or sinks a little so that knees stay as bent as they were, and the legs reach for those feet by
   two-bone inverse kinematics that keeps the knee's side.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import (
    CONTACT_THRESHOLD,
    HUMANML,
    FeatureLayout,
    chain_rotations,
    decode_positions,
    decode_root,
    smooth_in_time,
)
from motionlcm.motion.rotations import from_yaw, inverse, multiply, normalize, rotate, to_6d
from motionlcm.motion.skeleton import PARENTS, REST_DIRECTIONS, TARGET_LENGTHS, bone_lengths

#: Hip, knee, ankle, toe of the left and the right leg, and the columns of the contacts of ankle and toe.
LEGS = ((1, 4, 7, 10), (2, 5, 8, 11))
_ARMS = ((16, 18, 20), (17, 19, 21))  #: shoulder, elbow, wrist
_SIDEWAYS = np.array([1, 2, 13, 14])  #: hips and collars, whose bones lie along x at rest
_BODY = tuple(joint for joint in range(1, 22) if joint not in {4, 5, 7, 8, 10, 11})
_SEAM = 3  #: frames on either side of a seam that change
_RAMP = 3  #: frames over which a planted foot is taken hold of and let go
_SHORTEST_STANCE = 3  #: frames
_REACH = 0.999  #: of the leg's length, so that the knee keeps a side
_CLEARANCE = 0.05  #: metres over the floor, of a toe that travels; four of five recorded ones are higher
_TRAVELLING = (0.01, 0.04)  #: metres per frame, of a toe that stands and of one that travels
_SPREAD = 0.2  #: metres; two feet that part sideways by more are not standing, as in jumping jacks
_LARGEST_RISE, _RISE_SIGMA = 0.03, 2.0  #: metres, and frames over which it is smoothed
_FLOOR_SHARE = 0.1  #: the floor lies where the lower foot is in this share of the frames, or lower


def clean_features(features: np.ndarray, *, seam_period: int = 1, layout: FeatureLayout = HUMANML) -> np.ndarray:
    """Features whose positions have constant limbs and planted feet.

    Only SMPL's 22 joints are repaired. Of any other layout (KIT-ML's 21 joints) the seams between tokens are smoothed
    and everything else is left as the decoder made it: limbs may stretch and planted feet may creep.

    Args:
        features: ``[T D]``, not normalised, as a decoder made them.
        seam_period: after how many frames there is a seam between a decoder's tokens to be smoothed; 1: nowhere.
        layout: which columns mean what.
    Returns:
        ``[T D]`` float32: yaw as given; path, heights, joint positions, rotations, velocities and contacts made
        anew from the repaired positions, so that ``decode_positions`` returns just those.
    """
    features = _without_seams(np.asarray(features, np.float64), seam_period, layout)
    if layout.num_joints != HUMANML.num_joints:
        return features.astype(np.float32)
    positions = clean_positions(decode_positions(features), features[:, HUMANML.contacts])
    return _features_of(positions, features).astype(np.float32)


def clean_positions(positions: np.ndarray, contacts: np.ndarray, *, lengths: np.ndarray = TARGET_LENGTHS) -> np.ndarray:
    """Repair joint positions.

    Args:
        positions: ``[T 22 3]`` metres, Y up.
        contacts: ``[T 4]`` how likely left ankle, left toe, right ankle and right toe are planted, 0 to 1.
        lengths: ``[22]`` metres, of the bone that ends in each joint.
    Returns:
        ``[T 22 3]`` float64, the floor at height 0.
    """
    made = np.asarray(positions, np.float64)
    made = made - [0, _floor(made), 0]
    stances = _stances(made, contacts)
    own = bone_lengths(made)
    body = _with_lengths(made, own, lengths)
    feet = [
        _held_foot(made[:, [ankle, toe]], stances[:, side], float(lengths[toe]))
        for side, (_, _, ankle, toe) in enumerate(LEGS)
    ]
    body = body + _rise(body, made, own, [foot[:, 0] for foot in feet], lengths)
    for leg, foot in zip(LEGS, feet, strict=True):
        body[:, leg[2]], body[:, leg[3]] = foot[:, 0], foot[:, 1]
        _reach(body, made, leg, lengths)
    return body + _lift(body)


def _without_seams(features: np.ndarray, period: int, layout: FeatureLayout) -> np.ndarray:
    """Path, height and joint positions without the steps between a decoder's tokens.

    What a step exceeds the mean of the steps before and after it is shared out over three frames on either side.
    (Measured on reconstructions: acceleration is three times as large at seams, and the mean jerk 132 m/s^3 before,
    89 after; real motion has 91.)
    """
    seams = np.arange(period, len(features) - 1, period)
    if period < 2 * _SEAM or not len(seams):
        return features
    columns = slice(0, layout.joint_positions.stop)
    made, values = features.copy(), features[:, columns]
    step = values[seams] - values[seams - 1]
    excess = step - 0.5 * (values[seams - 1] - values[seams - 2] + values[seams + 1] - values[seams])
    for i in range(_SEAM):
        share = 0.5 * (_SEAM - i) / _SEAM * excess
        made[seams - 1 - i, columns] += share
        is_inside = seams + i < len(features)
        made[(seams + i)[is_inside], columns] -= share[is_inside]
    return made


def _floor(positions: np.ndarray) -> float:
    """Height on which the clip stands: the lower foot's, in its lowest frames."""
    lowest = np.sort(positions[:, [7, 8, 10, 11], 1].min(1))
    return float(lowest[: max(1, int(len(lowest) * _FLOOR_SHARE))].mean())


def _with_lengths(positions: np.ndarray, own: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Pelvis to head, hands and hips with the given bone lengths, not their ``own``; legs are copied as they are.

    Directions are kept. Arms then reach for where their hands were by one sweep of FABRIK (Aristidou and Lasenby,
    2011); an arm that was too short, as in a blurred blow, reaches as much farther as it grows.
    """
    placed = positions.copy()
    for joint in _BODY:
        parent = PARENTS[joint]
        placed[:, joint] = _at_length(placed[:, parent], positions[:, joint] - positions[:, parent], lengths[joint])
    for shoulder, elbow, wrist in _ARMS:
        grows = np.maximum(_growth(own, lengths, elbow, wrist), 1)
        hand = placed[:, shoulder] + (positions[:, wrist] - positions[:, shoulder]) * grows
        wanted = _at_length(hand, placed[:, elbow] - hand, lengths[wrist])
        placed[:, elbow] = _at_length(placed[:, shoulder], wanted - placed[:, shoulder], lengths[elbow])
        placed[:, wrist] = _at_length(placed[:, elbow], hand - placed[:, elbow], lengths[wrist])
    return placed


def _growth(own: np.ndarray, lengths: np.ndarray, middle: int, end: int) -> np.ndarray:
    """By what factor ``[T 1]`` the two bones that end there, of ``own`` lengths ``[T 22]``, become longer together."""
    return (lengths[middle] + lengths[end]) / np.maximum(own[:, [middle]] + own[:, [end]], 1e-6)


def _length(vectors: np.ndarray) -> np.ndarray:
    """``[... 3] -> [... 1]``, at least a micrometre, so that it can divide."""
    return np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


def _at_length(start: np.ndarray, direction: np.ndarray, length: float) -> np.ndarray:
    """The points ``[T 3]`` at this distance from ``start``."""
    return start + direction / _length(direction) * length


def _stances(positions: np.ndarray, contacts: np.ndarray) -> np.ndarray:
    """How firmly each foot stands ``[T 2]``, 0 to 1: predicted contact, low, and not faster than a creep.

    Where both would stand while they spread or close like those of a jumping jack, neither does.
    """
    is_down = np.zeros((len(positions), 2), bool)
    for side, (_, _, ankle, toe) in enumerate(LEGS):
        likely = contacts[:, 2 * side : 2 * side + 2].max(1)
        speed = np.linalg.norm(_central_steps(positions[:, toe]), axis=-1)
        is_low = positions[:, toe, 1] < 0.08
        is_down[:, side] = (likely > 0.5) & is_low & (speed < 0.06) & (positions[:, ankle, 1] < 0.2)
    (left_hip, _, _, left_toe), (right_hip, _, _, right_toe) = LEGS
    across = normalize((positions[:, left_hip] - positions[:, right_hip]) * [1, 0, 1])
    gap = ((positions[:, left_toe] - positions[:, right_toe]) * across).sum(-1)
    for start, stop in _spans(is_down[:, 0] & is_down[:, 1]):
        if np.ptp(gap[start:stop]) > _SPREAD:
            is_down[start:stop] = False
    firmness = np.zeros(is_down.shape)
    for side in range(len(LEGS)):
        for start, stop in _spans(is_down[:, side]):
            if stop - start >= _SHORTEST_STANCE:
                firmness[start:stop, side] = 1
    return firmness


def _central_steps(path: np.ndarray) -> np.ndarray:
    """Half the way from the frame before to the frame after, ``[T 3]``."""
    padded = np.concatenate([path[:1], path, path[-1:]])
    return 0.5 * (padded[2:] - padded[:-2])


def _spans(is_on: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each run of True in ``[T]``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _held_foot(foot: np.ndarray, stance: np.ndarray, foot_length: float) -> np.ndarray:
    """Ankle and toe ``[T 2 3]``: held still in each stance, above the floor, the foot's length kept."""
    held = foot.copy()
    for start, stop in _spans(stance > 0.5):
        shift = np.median(foot[start:stop, 1], axis=0) - foot[start:stop, 1]  # of the toe
        shift[:, 1] = 0
        held[start:stop] += shift[:, None]
        for step in range(1, _RAMP + 1):  # let go softly
            share = 0.5 * (1 + np.cos(np.pi * step / (_RAMP + 1)))
            if start - step >= 0 and stance[start - step] < 0.5:
                held[start - step] += share * shift[0]
            if stop - 1 + step < len(held) and stance[stop - 1 + step] < 0.5:
                held[stop - 1 + step] += share * shift[-1]
    held[..., 1] = np.maximum(held[..., 1] + _lift_on_the_way(held[:, 1], stance)[:, None], 0)
    bone = held[:, 1] - held[:, 0]
    held[:, 0] = held[:, 1] - bone / _length(bone) * foot_length  # the toe is what stands
    return held


def _lift_on_the_way(toe: np.ndarray, stance: np.ndarray) -> np.ndarray:
    """What to add to a foot's height ``[T]`` so that it does not graze the floor while it travels."""
    speed = np.linalg.norm(_central_steps(toe)[:, [0, 2]], axis=-1)
    slow, fast = _TRAVELLING
    wanted = _CLEARANCE * np.clip((speed - slow) / (fast - slow), 0, 1)
    lift = np.maximum(wanted - toe[:, 1], 0)
    if not lift.any():
        return lift
    wide = np.maximum(lift, np.maximum(np.append(lift[1:], 0), np.append(0, lift[:-1])))
    return smooth_in_time(wide[:, None], 1.0)[:, 0] * (stance < 0.5)


def _rise(
    body: np.ndarray, made: np.ndarray, own: np.ndarray, ankles: list[np.ndarray], lengths: np.ndarray
) -> np.ndarray:
    """Upward shift ``[T 1 3]`` of the body after which knees are about as bent as in ``made``, smooth in time.

    A leg decoded by one percent too short would otherwise, once its bones are right, bend a straight knee by degrees.
    """
    wanted, weights = np.zeros((len(body), 1)), np.full((len(body), 1), 1e-3)
    for (hip, knee, ankle, _), place in zip(LEGS, ankles, strict=True):
        span = _length(made[:, ankle] - made[:, hip]) * _growth(own, lengths, knee, ankle)
        line = body[:, hip] - place
        size = _length(line)
        upright = line[:, 1:2] / size
        wanted += upright * (span - size)
        weights += upright**2
    height = smooth_in_time(np.clip(wanted / weights, -_LARGEST_RISE, _LARGEST_RISE), _RISE_SIGMA)
    return height[:, None] * [0, 1, 0]


def _reach(body: np.ndarray, made: np.ndarray, leg: tuple[int, int, int, int], lengths: np.ndarray) -> None:
    """Place the knee so that hip and ankle are joined by bones of the right length; a foot too far comes nearer."""
    hip, knee, ankle, toe = leg
    thigh, shin = float(lengths[knee]), float(lengths[ankle])
    line = body[:, ankle] - body[:, hip]
    size = _length(line)
    reach = np.clip(size, abs(thigh - shin) + 1e-3, _REACH * (thigh + shin))
    along = line / size
    shift = along * (reach - size)
    body[:, ankle] += shift
    body[:, toe] += shift
    side = made[:, knee] - 0.5 * (made[:, hip] + made[:, ankle])
    side = side - (side * along).sum(-1, keepdims=True) * along
    ahead = made[:, toe] - made[:, ankle]
    ahead = ahead - (ahead * along).sum(-1, keepdims=True) * along
    forward = ahead / _length(ahead)
    side = side - np.minimum((side * forward).sum(-1, keepdims=True), 0) * forward  # no knee bends back
    side = side + 0.05 * ahead  # a leg that is nearly straight bends towards its toes
    side /= _length(side)
    near = (thigh**2 - shin**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(thigh**2 - near**2, 0))
    body[:, knee] = body[:, hip] + along * near + side * out


def _lift(positions: np.ndarray) -> np.ndarray:
    """Upward shift ``[T 1 3]`` that takes joints out of the floor, smooth in time."""
    depth = np.maximum(-positions[..., 1].min(1), 0)
    if not depth.any():
        return np.zeros((len(positions), 1, 3))
    wide = np.array([depth[max(0, t - 4) : t + 5].max() for t in range(len(depth))])
    smooth = smooth_in_time(wide[:, None], 1.0)[:, 0]
    return np.stack([np.zeros_like(smooth), np.maximum(smooth, depth), np.zeros_like(smooth)], -1)[:, None]


def _features_of(positions: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Features ``[T 263]`` of positions, with the yaw of the given features; the last frame's steps are repeated."""
    turns, _ = decode_root(features)  # [T 4]
    step = np.diff(positions, axis=0)
    step = np.concatenate([step, step[-1:] if len(step) else np.zeros_like(positions[:1])])
    ground = positions[:, :1] * [1, 0, 1]
    local = rotate(turns[:, None], positions - ground)
    following = np.concatenate([turns[1:], turns[-1:]])
    root_step = rotate(following, step[:, 0])
    made = features.copy()
    made[:, HUMANML.root_velocity] = root_step[:, [0, 2]]
    made[:, HUMANML.root_height] = positions[:, 0, 1:2]
    made[:, HUMANML.joint_positions] = local[:, 1:].reshape(len(made), -1)
    said = features[:, HUMANML.joint_rotations].reshape(len(made), -1, 6)
    made[:, HUMANML.joint_rotations] = _rotations_like(said, positions, turns).reshape(len(made), -1)
    made[:, HUMANML.joint_velocities] = rotate(turns[:, None], step).reshape(len(made), -1)
    feet = (step[:, [7, 10, 8, 11]] ** 2).sum(-1) < CONTACT_THRESHOLD
    made[:, HUMANML.contacts] = feet
    return made


def _rotations_like(said: np.ndarray, positions: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Rotations ``[T 21 6]`` of positions, given in the heading of which the decoder's rotations ``said`` speak.

    HumanML3D's rotations depend on how a body was turned when its recording began, which a crop of that recording and
    a generated clip no longer know: those of hips and collars lead their bones to where they point in the root's frame,
    turned once more by twice the root's heading in the recording. So they tell that heading, up to half a turn; the
    other joints decide which half. (On recorded clips this gives their very rotations back.)
    """
    parents = [PARENTS[joint] for joint in _SIDEWAYS]
    bones = rotate(turns[:, None], normalize(positions[:, _SIDEWAYS] - positions[:, parents]))
    aims = said[:, _SIDEWAYS - 1, :3] * REST_DIRECTIONS[_SIDEWAYS, :1]  # the image of x, and so of these bones
    heading = 2 * np.arctan2(-turns[:, 2], turns[:, 0])
    turned = (bones[..., 2] + 1j * bones[..., 0]) * np.exp(2j * heading)[:, None]
    first = 0.5 * np.angle((np.conj(turned) * (aims[..., 2] + 1j * aims[..., 0])).sum())

    def rotations(yaws: np.ndarray, frames: slice) -> np.ndarray:  # [K T 21 6]
        turn = from_yaw(yaws)[:, None]
        world = rotate(turn[:, :, None], positions[None, frames])
        return to_6d(chain_rotations(world, multiply(turns[None, frames], inverse(turn)))[..., 1:, :])

    yaws, some = np.array([first, first + np.pi]), slice(None, None, 8)
    best = int(np.argmin(np.square(rotations(yaws, some) - said[some]).sum((1, 2, 3))))
    return rotations(yaws[best : best + 1], slice(None))[0]
