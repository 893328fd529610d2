"""The table of steering: its paths, its rows, and what it says of exactness."""

import numpy as np
import pytest

from motionlcm import MotionPipeline
from motionlcm.evaluation.control import evaluate_control, paths_of_recordings, shapes
from motionlcm.evaluation.protocol import Protocol


def test_paths_are_of_length_one_and_begin_ahead():
    for name, points in shapes().items():
        steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        assert 0.9 < steps.sum() < 1.01, name
        assert np.allclose(points[0], 0)
        assert points[1, 1] > 0


@pytest.mark.slow
def test_every_row_is_exact_and_stands_beside_the_free_motion():
    pipeline = MotionPipeline.from_pretrained("small", device="cpu")
    rows = evaluate_control(pipeline, effort="preview", num_seeds=1, ratios=(1.0,))
    assert next(iter(rows)) == "free"
    for name, row in rows.items():
        if name != "free":
            assert row["error_mm"] < 5, name
            assert "free jerk" in row


def test_recordings_give_paths_too(tiny_model, store):
    pipeline = MotionPipeline.from_pretrained(tiny_model)
    protocol = Protocol(pipeline, store, "test")
    rows = paths_of_recordings(pipeline, protocol, effort="preview")
    assert rows["test paths"]["error_mm"] < 1
    assert {"FID", "R@3"} <= set(rows["free"])
