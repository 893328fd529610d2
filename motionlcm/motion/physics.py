"""Figures that tell possible motion from impossible, on joint positions ``[T J 3]``.

Positions are in metres, Y up, the floor at 0. The layout says which body and frame rate; by default
SMPL's 22 joints at 20 fps.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import HUMANML, FeatureLayout
from motionlcm.motion.skeleton import bone_lengths

SIDES = ("left", "right")
_LOW, _FAST = 0.05, 0.5  # metres; metres per second
_STRAIGHT = np.cos(np.radians(15))  # knees that are nearly straight have no side


def skate_ratio(positions: np.ndarray, layout: FeatureLayout = HUMANML) -> float:
    """Share of frames in which a low toe slides.

    A toe slides that is lower than 5 cm before and after the frame and moves sideways faster than
    0.5 m/s.

    Source: the skating ratio of Karunratanakul et al., ICCV 2023 (guided motion diffusion), on
    toes.
    """
    toes = positions[:, [layout.skeleton.index(f"{side}_foot") for side in SIDES]]
    if len(toes) < 2:
        return 0.0

    speed = np.linalg.norm(np.diff(toes[..., [0, 2]], axis=0), axis=-1) * layout.fps
    is_low = (toes[1:, :, 1] < _LOW) & (toes[:-1, :, 1] < _LOW)
    return float(((speed > _FAST) & is_low).any(1).mean())


def mean_jerk(positions: np.ndarray, layout: FeatureLayout = HUMANML) -> float:
    """Mean size of the third derivative over all joints, m/s^3."""
    if len(positions) < 4:
        return 0.0
    return float(np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean() * layout.fps**3)


def deepest_point(positions: np.ndarray) -> float:
    """How far the lowest joint of the clip is under the floor, metres, at least 0."""
    return float(max(0.0, -positions[..., 1].min()))


def bone_variation(positions: np.ndarray, layout: FeatureLayout = HUMANML) -> float:
    """Largest deviation of any bone in any frame from its own mean length, as a share of it."""
    lengths = bone_lengths(np.asarray(positions, np.float64), layout.skeleton)[:, 1:]
    mean = lengths.mean(0)
    return float((np.abs(lengths - mean) / np.maximum(mean, 1e-9)).max())


def is_root_height_sane(positions: np.ndarray) -> bool:
    """Whether the pelvis stays between the floor and 2.5 m, in every frame."""
    height = positions[:, 0, 1]
    return bool((height > -0.02).all() and (height < 2.5).all())


def overbent_knees(positions: np.ndarray, layout: FeatureLayout = HUMANML) -> float:
    """Share of frames in which a knee bends forwards (hyperextended) by more than 15 degrees.

    Forwards is where the toes point.
    """
    is_overbent = np.zeros(len(positions), bool)
    for side in SIDES:
        hip, knee, ankle, toe = (
            positions[:, layout.skeleton.index(f"{side}_{part}")]
            for part in ("hip", "knee", "ankle", "foot")
        )

        thigh = knee - hip
        shin = ankle - knee
        size = np.linalg.norm(thigh, axis=-1) * np.linalg.norm(shin, axis=-1)
        is_bent = (thigh * shin).sum(-1) / np.maximum(size, 1e-9) < _STRAIGHT

        # a human knee lies in front of the line from hip to ankle, and the shin points back
        ahead = toe - ankle
        offset = knee - 0.5 * (hip + ankle)
        is_behind = (offset * ahead).sum(-1) < 0
        swings_ahead = (thigh * ahead).sum(-1) < (shin * ahead).sum(-1)
        is_overbent |= is_bent & is_behind & swings_ahead

    return float(is_overbent.mean())


def physical_figures(clips: list[np.ndarray], layout: FeatureLayout = HUMANML) -> dict[str, float]:
    """Means over clips ``[T J 3]``, by name.

    Of depth and limbs it is the worst clip, and the share of clips within 3 cm and 5 %.
    """
    depth = np.array([deepest_point(clip) for clip in clips])
    bones = np.array([bone_variation(clip, layout) for clip in clips])
    return {
        "skate ratio": float(np.mean([skate_ratio(clip, layout) for clip in clips])),
        "jerk, m/s^3": float(np.mean([mean_jerk(clip, layout) for clip in clips])),
        "under the floor, worst clip, cm": float(100 * depth.max()),
        "clips within 3 cm of the floor": float((depth <= 0.03).mean()),
        "limb length, worst deviation, %": float(100 * bones.max()),
        "clips with limbs within 5 %": float((bones <= 0.05).mean()),
        "root height sane": float(np.mean([is_root_height_sane(clip) for clip in clips])),
        "knees overbent": float(np.mean([overbent_knees(clip, layout) for clip in clips])),
    }
