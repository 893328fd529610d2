"""Figures of long motion: joins and parts of a packaged model."""

import pytest

from motionlcm import MotionPipeline
from motionlcm.evaluation.sequences import WALK_AND_SIT, sequence_rows


@pytest.mark.slow
def test_parts_show_their_prompts_as_single_clips_do_and_joins_are_smooth():
    rows = sequence_rows(MotionPipeline.from_pretrained("small"), num_clips=4)
    single, parts = rows["single clips"], rows["twelve prompts in 60 s"]
    assert parts["R@3"] >= 0.95 * single["R@3"]
    assert parts["seams, median jerk"] < 300
    assert rows[WALK_AND_SIT]["shown"] >= 0.9
