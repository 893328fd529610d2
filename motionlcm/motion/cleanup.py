"""Clean-up of generated motion: constant limbs, feet that stay planted and over the floor.

A decoder predicts each joint by itself, so limbs stretch by some percent, planted feet creep, and
toes dip into the ground; between the tokens of a decoder there are seams. Once the seams are
smoothed, three steps repair that, each a closed formula over the whole clip:

1. bones from pelvis to head and hands keep their direction and get the skeleton's length; then
   elbows give way so that hands come to where they were, seen from the shoulder (a punch keeps its
   reach), or farther where the arm was short;
2. each planted foot is held at its mean place, with a soft start and end; on its way it is lifted
   over the floor (``feet.py``);
3. the body rises or sinks a little so that knees stay as bent as they were, and the legs reach for
   those feet by two-bone inverse kinematics that keeps the knee's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from motionlcm.motion.features import (
    FPS,
    HUMANML,
    SHORTEST_BONE,
    FeatureLayout,
    decode_positions,
)
from motionlcm.motion.feet import at_length, find_stances, floor_height, hold_foot, length_of
from motionlcm.motion.footing import ease
from motionlcm.motion.reencoding import contacts_of, features_like, steps_of
from motionlcm.motion.skeleton import (
    TARGET_LENGTHS,
    Skeleton,
    bone_lengths,
)
from motionlcm.motion.timeline import smooth_in_time

_SEAM = 3  #: frames on either side of a seam that change
_REACH = 0.999  #: of the leg's length, so that the knee keeps a side
_TO_THE_TOES = 0.05  #: how much a knee is drawn to where the toes point, beside where it was
_BENT = (0.06, 0.12)  #: metres off the straight leg, between which a knee comes to be believed
_LARGEST_RISE, _RISE_SIGMA = 0.03, 2.0  #: metres, and frames at 20 fps over which it is smoothed
_LIFT_REACH = 4  #: frames at 20 fps before and after a dip into the floor in which the body rises


def clean_features(
    features: np.ndarray,
    *,
    seam_period: int = 1,
    layout: FeatureLayout = HUMANML,
    heading: float | np.ndarray | None = None,
) -> np.ndarray:
    """Repair limbs, feet and floor in a decoder's features.

    Args:
        features: ``[T D]``, not normalised, as a decoder made them.
        seam_period: after how many frames there is a seam between a decoder's tokens to be
            smoothed; 1: nowhere.
        layout: which columns mean what.
        heading: yaw of the first frame (radians, left is positive) in the recording that it is
            taken from, on which HumanML3D's rotations depend; or in that which each frame ``[T]``
            is taken from. None: what the features tell.
    Returns:
        ``[T D]`` float32: yaw as given; path, heights, joint positions and velocities are those of
        the repaired positions, so that ``decode_positions`` returns just these. So are rotations
        and contacts of SMPL's joints; those of KIT-ML's, whose encoder is not known here, are left
        as they are.
    """
    features = _without_seams(np.asarray(features, np.float64), seam_period, layout)
    if not layout.skeleton.supports("cleanup"):
        return features.astype(np.float32)

    decoded = decode_positions(features, layout)
    # which speed KIT-ML calls a contact is not known: there HumanML3D's rule, on the positions
    is_known = layout.skeleton.supports("features")
    contacts = features[:, layout.contacts] if is_known else contacts_of(steps_of(decoded), layout)
    cleaned = clean_positions(decoded, contacts, layout=layout)
    return features_like(cleaned, features, heading=heading, layout=layout).astype(np.float32)


def clean_positions(
    positions: np.ndarray,
    contacts: np.ndarray,
    *,
    lengths: np.ndarray | None = None,
    layout: FeatureLayout = HUMANML,
) -> np.ndarray:
    """Repair limbs, feet and floor in joint positions.

    Args:
        positions: ``[T J 3]`` metres, Y up.
        contacts: ``[T 4]`` how likely left ankle, left toe, right ankle and right toe (KIT-ML:
            heels and toes) are planted, 0 to 1.
        lengths: ``[J]`` metres, of the bone that ends in each joint; by default HumanML3D's for
            SMPL's joints, and for other bodies those that the clip itself usually has.
        layout: which body and frame rate it is.
    Returns:
        ``[T J 3]`` float64, the floor at height 0.
    """
    skeleton, pace = layout.skeleton, layout.fps / FPS
    standing = np.asarray(positions, np.float64)
    standing = standing - [0, floor_height(standing, skeleton.limbs), 0]
    if lengths is None:
        is_smpl = skeleton.supports("features")
        lengths = TARGET_LENGTHS if is_smpl else usual_lengths(standing, skeleton)
    decoded = _Decoded(standing, skeleton, np.asarray(lengths))

    is_planted = find_stances(standing, contacts, skeleton.limbs, pace=pace)
    feet = [
        hold_foot(
            standing[:, foot], is_planted[:, side], decoded.lengths[list(foot[1:])], pace=pace
        )
        for side, foot in enumerate(skeleton.limbs.feet)
    ]

    body = _with_lengths(decoded)
    body = body + _rise(body, decoded, [foot[:, 0] for foot in feet], pace)
    for side, foot in enumerate(skeleton.limbs.feet):
        body[:, foot] = feet[side]
        _reach(body, decoded, side)
    return body + _lift(body, pace)


def usual_lengths(positions: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Bone lengths ``[J]`` of a clip ``[T J 3]``: the median over time, both sides the same."""
    lengths = np.median(bone_lengths(positions, skeleton), axis=0)
    both = 0.5 * (lengths + lengths[list(skeleton.mirror_order)])
    return np.maximum(both, SHORTEST_BONE)  # a leg without length has no knee


@dataclass(frozen=True, eq=False)
class _Decoded:
    """A body as the decoder made it, and how long its bones should be.

    Attributes:
        positions: ``[T J 3]`` metres, the floor at 0.
        skeleton: its joints.
        lengths: ``[J]`` metres.
    """

    positions: np.ndarray
    skeleton: Skeleton
    lengths: np.ndarray

    @cached_property
    def decoded_lengths(self) -> np.ndarray:
        """The bones as they are, ``[T J]`` metres."""
        return bone_lengths(self.positions, self.skeleton)

    def growth(self, middle: int, end: int) -> np.ndarray:
        """Factor ``[T 1]`` by which the two bones that end there become longer together."""
        before = self.decoded_lengths[:, [middle]] + self.decoded_lengths[:, [end]]
        return (self.lengths[middle] + self.lengths[end]) / np.maximum(before, 1e-6)


def _without_seams(features: np.ndarray, period: int, layout: FeatureLayout) -> np.ndarray:
    """Path, height and joint positions without the steps between a decoder's tokens.

    What a step exceeds the mean of the steps before and after it is shared out over three frames on
    either side. (Measured on reconstructions: acceleration is three times as large at seams, and
    the mean jerk 132 m/s^3 before, 89 after; real motion has 91.)
    """
    seams = np.arange(period, len(features) - 1, period)
    if period < 2 * _SEAM or not len(seams):
        return features

    columns = slice(0, layout.joint_positions.stop)
    values = features[:, columns]
    step = values[seams] - values[seams - 1]
    before = values[seams - 1] - values[seams - 2]
    after = values[seams + 1] - values[seams]
    excess = step - 0.5 * (before + after)

    smoothed = features.copy()
    for i in range(_SEAM):
        share = 0.5 * (_SEAM - i) / _SEAM * excess
        smoothed[seams - 1 - i, columns] += share
        is_inside = seams + i < len(features)
        smoothed[(seams + i)[is_inside], columns] -= share[is_inside]
    return smoothed


def _with_lengths(decoded: _Decoded) -> np.ndarray:
    """Positions ``[T J 3]`` with the right bone lengths from pelvis to head, hands and hips.

    Directions are kept, and legs are copied as they are. Arms then reach for where their hands were
    by one sweep of FABRIK (Aristidou and Lasenby, 2011); an arm that was too short, as in a blurred
    blow, reaches as much farther as it grows.
    """
    positions, lengths = decoded.positions, decoded.lengths
    limbs = decoded.skeleton.limbs
    legs = {*limbs.knees, *limbs.feet[0], *limbs.feet[1]}

    placed = positions.copy()
    for joint, parent in enumerate(decoded.skeleton.parents):
        if parent >= 0 and joint not in legs:
            bone = positions[:, joint] - positions[:, parent]
            placed[:, joint] = at_length(placed[:, parent], bone, lengths[joint])

    for shoulder, elbow, wrist in limbs.arms:
        grows = np.maximum(decoded.growth(elbow, wrist), 1)
        hand = placed[:, shoulder] + (positions[:, wrist] - positions[:, shoulder]) * grows
        wanted = at_length(hand, placed[:, elbow] - hand, lengths[wrist])
        upper = wanted - placed[:, shoulder]
        placed[:, elbow] = at_length(placed[:, shoulder], upper, lengths[elbow])
        placed[:, wrist] = at_length(placed[:, elbow], hand - placed[:, elbow], lengths[wrist])
    return placed


def _rise(body: np.ndarray, decoded: _Decoded, ankles: list[np.ndarray], pace: float) -> np.ndarray:
    """Upward shift ``[T 1 3]``, smooth in time, after which knees are about as bent as decoded.

    A leg decoded by one percent too short would otherwise, once its bones are right, bend a
    straight knee by degrees.
    """
    wanted, weights = np.zeros((len(body), 1)), np.full((len(body), 1), 1e-3)
    for (hip, knee, ankle, _), place in zip(decoded.skeleton.limbs.legs, ankles, strict=True):
        leg = decoded.positions[:, ankle] - decoded.positions[:, hip]
        span = length_of(leg) * decoded.growth(knee, ankle)

        line = body[:, hip] - place
        size = length_of(line)
        upright = line[:, 1:2] / size
        wanted += upright * (span - size)
        weights += upright**2

    height = np.clip(wanted / weights, -_LARGEST_RISE, _LARGEST_RISE)
    return smooth_in_time(height, _RISE_SIGMA * pace)[:, None] * [0, 1, 0]


def _reach(body: np.ndarray, decoded: _Decoded, side: int) -> None:
    """Place the knee so that bones of the right length reach; a foot too far comes nearer."""
    hip, knee, ankle, _ = decoded.skeleton.limbs.legs[side]
    thigh, shin = float(decoded.lengths[knee]), float(decoded.lengths[ankle])

    line = body[:, ankle] - body[:, hip]
    size = length_of(line)
    along = line / size
    reach = np.clip(size, abs(thigh - shin) + 1e-3, _REACH * (thigh + shin))
    for joint in decoded.skeleton.limbs.feet[side]:
        body[:, joint] += along * (reach - size)

    # the triangle of thigh, shin and reach: its corner lies so far along the line, and so far out
    near = (thigh**2 - shin**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(thigh**2 - near**2, 0))
    body[:, knee] = body[:, hip] + along * near + _knee_side(decoded, side, along) * out


def _knee_side(decoded: _Decoded, side: int, along: np.ndarray) -> np.ndarray:
    """Unit vectors ``[T 3]`` to where a knee bends, across its leg: as decoded.

    A knee that is hardly bent may seem to bend back: it bends to where the toes point. Of a folded
    leg, as that of who kneels, the toes say nothing.
    """
    positions = decoded.positions
    hip, knee, ankle, toe = decoded.skeleton.limbs.legs[side]
    bend = positions[:, knee] - 0.5 * (positions[:, hip] + positions[:, ankle])
    bend = _across(bend, along)
    ahead = _across(positions[:, toe] - positions[:, ankle], along)

    forward = ahead / length_of(ahead)
    doubt = 1 - ease((length_of(bend) - _BENT[0]) / (_BENT[1] - _BENT[0]))
    back = np.minimum((bend * forward).sum(-1, keepdims=True), 0)
    # the toes have a share, so that a straight leg has a side
    bend = bend - doubt * (back * forward - _TO_THE_TOES * ahead)
    return bend / length_of(bend)


def _across(vectors: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The part of vectors ``[T 3]`` that is across directions ``[T 3]``."""
    return vectors - (vectors * along).sum(-1, keepdims=True) * along


def _lift(positions: np.ndarray, pace: float) -> np.ndarray:
    """Upward shift ``[T 1 3]`` that takes joints out of the floor, smooth in time."""
    depth = np.maximum(-positions[..., 1].min(1), 0)
    if not depth.any():
        return np.zeros((len(positions), 1, 3))

    reach = round(_LIFT_REACH * pace)
    wide = np.array([depth[max(0, t - reach) : t + reach + 1].max() for t in range(len(depth))])
    smooth = smooth_in_time(wide[:, None], pace)
    return np.maximum(smooth, depth[:, None])[:, None] * [0, 1, 0]
