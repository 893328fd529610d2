"""Long clips in windows are what they are as a whole."""

import numpy as np
import pytest

from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import decode_positions, encode_features
from motionlcm.motion.plausibility import frame_jerks
from motionlcm.motion.windows import Track, clean_in_windows, laid_over, turn_of, window_spans
from tests.conftest import walking


@pytest.fixture(scope="module")
def features():
    """A long walk in a bent path, a little rough."""
    rng = np.random.default_rng(0)
    clean = encode_features(walking(3000, turn=0.01))
    return clean + rng.normal(0, 0.002, clean.shape) * (np.arange(263) < 67)


def chunks(rows, size):
    return (rows[start : start + size] for start in range(0, len(rows), size))


def test_a_clip_in_windows_is_cleaned_as_a_whole(features):
    whole = decode_positions(clean_features(features, heading=0.0).astype(float))
    pieces = decode_positions(
        np.concatenate(list(clean_in_windows(chunks(features, 700)))).astype(float)
    )
    assert pieces.shape == whole.shape
    assert np.abs(pieces - whole).max() < 0.01
    assert frame_jerks(pieces).max() < 1.05 * frame_jerks(whole).max()


def test_what_comes_out_does_not_depend_on_how_it_came(features):
    first, second = (
        np.concatenate(list(clean_in_windows(chunks(features, size)))) for size in (70, 2500)
    )
    assert np.array_equal(first, second)


def test_rotations_are_those_of_a_recording_that_begins_with_the_clip(features):
    cleaned = np.concatenate(list(clean_in_windows([features])))
    again = encode_features(decode_positions(cleaned.astype(float)))
    columns = slice(67, 193)
    assert np.abs(cleaned[:-1, columns] - again[:, columns]).mean() < 0.01


def test_positions_of_chunks_are_those_of_the_whole(features):
    for size in (1, 7, 1000):
        track = Track()
        placed = np.concatenate([track.positions(chunk) for chunk in chunks(features[:1500], size)])
        assert np.abs(placed - decode_positions(features[:1500])).max() < 1e-6


def test_the_turn_of_a_clip_is_what_its_positions_show(features):
    ahead = np.diff(decode_positions(features)[[0, 5, 1000, 1005], 0], axis=0)[::2]
    yaw = np.arctan2(ahead[:, 0], ahead[:, 2])
    seen = (yaw[1] - yaw[0] + np.pi) % (2 * np.pi) - np.pi
    told = (turn_of(features[:1000]) + np.pi) % (2 * np.pi) - np.pi
    assert abs((seen - told + np.pi) % (2 * np.pi) - np.pi) < 0.3


@pytest.mark.parametrize(("count", "size"), [(10, 20), (20, 20), (21, 20), (100, 20), (999, 192)])
def test_windows_cover_all_frames_and_share_enough(count, size):
    spans = window_spans(count, size, 8)
    assert spans[0].start == 0 and spans[-1].stop == count
    for first, second in zip(spans, spans[1:], strict=False):
        assert second.stop - second.start == size and first.stop - second.start >= 8
        assert second.start > first.start


def test_a_piece_fades_into_the_whole_but_not_at_its_ends():
    whole, piece = np.zeros((50, 2)), np.ones((20, 2))
    middle = laid_over(whole, piece, 15, fade=5)[:, 0]
    assert not whole.any() and not middle[:15].any() and not middle[35:].any()
    assert (np.diff(middle[14:21]) > 0).all() and (middle[20:30] == 1).all()
    assert (laid_over(whole, piece, 0, fade=5)[:15] == 1).all()
    assert (laid_over(whole, piece, 30, fade=5)[35:] == 1).all()
    assert (laid_over(piece, 2 * piece, 0, fade=5) == 2).all()
