"""Features of motion that was moved: at other times, and round bends."""

import numpy as np
import pytest

from motionlcm.generation.free_motion import FreeMotion
from motionlcm.motion.features import HUMANML, decode_positions, encode_features
from motionlcm.motion.paths import bent
from motionlcm.motion.reencoding import features_at, recording_yaw, yaws_of
from tests.conftest import walking


def recorded(turn):
    """The features of a clip that a longer recording holds."""
    return encode_features(walking(120, turn=turn))[20:].astype(np.float64)


@pytest.mark.parametrize("turn", [0.0, 0.03])
def test_features_at_the_same_times_are_the_same(turn):
    features = recorded(turn)
    same = features_at(np.arange(99.0), decode_positions(features), features)
    assert np.abs(same - features)[:-1].max() < 1e-5


def test_features_at_other_times_turn_as_fast_as_those_are_gone_through():
    features = recorded(0.03)
    times = np.linspace(0, 98, 50)
    slow = decode_positions(features)[::2]
    halved = features_at(times, slow, features)
    assert np.allclose(yaws_of(halved), yaws_of(features)[::2])
    assert np.allclose(decode_positions(halved), slow)
    assert recording_yaw(halved) == pytest.approx(recording_yaw(features), abs=1e-3)


@pytest.mark.parametrize("turn", [0.0, 0.03])
def test_rotations_turn_with_the_body_only_of_who_turns_by_himself(turn):
    walk, part = walking(200, turn=turn).astype(np.float64), slice(60, 140)
    features = encode_features(walk)[part]
    free = FreeMotion(features, features, decode_positions(features), seed=0)

    # the recording led round a bend of a radian, and its features
    led = bent(walk, np.clip((np.arange(200) - 60) / 79, 0, 1))
    recorded = encode_features(led)[part]
    told = free.features_of(led[part])
    assert np.ptp(yaws_of(told)) == pytest.approx(np.ptp(yaws_of(features)) + 1.0, abs=0.1)

    columns = HUMANML.joint_rotations
    apart = np.abs(told - recorded)[:, columns].mean()
    kept = np.abs(told - features)[:, columns].mean()
    assert (apart < 0.02 < 0.08 < kept) if turn else (kept < 0.02 < 0.08 < apart)
