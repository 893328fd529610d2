"""Legs that reach for their feet: as they were where nothing moved, with heels up where too short."""

import numpy as np
import pytest

from motionlcm.motion.footing import FEET, LEGS, feet_of, stand_on, with_heels_up
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths

FRAMES = 40


@pytest.fixture(scope="module")
def standing():
    from motionlcm import MotionPipeline

    (motion,) = MotionPipeline.from_pretrained("small")("a person stands still", seconds=2.0)
    return motion.positions.astype(float)


def knee_angles(positions):
    """Degrees by which each knee is bent, ``[T 2]``."""
    angles = []
    for hip, knee, ankle, _ in LEGS:
        thigh, shin = (
            positions[:, knee] - positions[:, hip],
            positions[:, ankle] - positions[:, knee],
        )
        cosine = (thigh * shin).sum(-1) / np.linalg.norm(thigh, axis=-1)
        angles.append(np.degrees(np.arccos(np.clip(cosine / np.linalg.norm(shin, axis=-1), -1, 1))))
    return np.stack(angles, -1)


def test_a_body_on_its_own_feet_stays_as_it_is(standing):
    assert np.abs(stand_on(standing, feet_of(standing)) - standing).max() < 1e-4


def with_straight_legs(standing):
    """The body with its hips where they are, and straight legs under them."""
    body = standing.copy()
    for hip, knee, ankle, toe in LEGS:
        leg = body[:, ankle] - body[:, hip]
        leg /= np.linalg.norm(leg, axis=-1, keepdims=True)
        foot = body[:, toe] - body[:, ankle]
        body[:, knee] = body[:, hip] + TARGET_LENGTHS[knee] * leg
        body[:, ankle] = body[:, knee] + TARGET_LENGTHS[ankle] * leg
        body[:, toe] = body[:, ankle] + foot
    return body - [0.0, body[..., 1].min(), 0.0]


def test_who_leans_on_raised_heels_neither_sinks_nor_bends_both_knees(standing):
    straight = with_straight_legs(standing)
    upright = stand_on(straight - [0.0, 0.001, 0.0], feet_of(straight))
    lean = 0.06 * np.sin(np.linspace(0, np.pi, FRAMES))[:, None, None] * [1.0, 0.0, 0.6]
    feet = with_heels_up(upright + lean, feet_of(upright), TARGET_LENGTHS)
    body = stand_on(upright + lean, feet)

    assert np.abs(body[:, 0] - (upright + lean)[:, 0]).max() < 1e-3
    toes = [toe for _, toe in FEET]
    assert np.abs(body[:, toes] - upright[:, toes]).max() < 1e-3
    assert (knee_angles(body).min(1) - knee_angles(upright).min(1)).max() < 3
    assert np.abs(bone_lengths(body)[:, 1:] - TARGET_LENGTHS[1:]).max() < 1e-3


def test_a_straight_leg_bends_to_where_its_toes_point(standing):
    straight = with_straight_legs(standing)
    bent = stand_on(straight - [0.0, 0.05, 0.0], feet_of(straight))
    for hip, knee, ankle, toe in LEGS:
        out = bent[:, knee] - 0.5 * (bent[:, hip] + bent[:, ankle])
        assert ((out * (bent[:, toe] - bent[:, ankle])).sum(-1) > 0).all()
