"""Figures of long motion: joins and parts of a packaged model, and paths over several parts."""

import json

import pytest

from motionlcm import MotionPipeline
from motionlcm.cli.evaluate import main
from motionlcm.evaluation.sequences import WALK_AND_SIT, sequence_rows, steered_rows


@pytest.mark.slow
def test_parts_show_their_prompts_as_single_clips_do_and_joins_are_smooth():
    rows = sequence_rows(MotionPipeline.from_pretrained("small"), num_clips=4)
    single, parts = rows["single clips"], rows["twelve prompts in 60 s"]
    assert parts["R@3"] >= 0.95 * single["R@3"]
    assert parts["seams, median jerk"] < 300
    assert rows[WALK_AND_SIT]["shown"] >= 0.9


def test_timelines_keep_to_paths_and_stand_beside_the_free_ones():
    rows = steered_rows(MotionPipeline.from_pretrained("small"), effort="preview", num_seeds=1)
    assert list(rows)[0] == "line, four parts" and len(rows) == 5
    for row in rows.values():
        assert row["error_mm"] < 1 < row["free error_mm"] and "free jerk" in row
        assert row["heading_gap"] < row["free heading_gap"] + 5


@pytest.mark.slow
def test_the_table_of_steering_shows_sequences(tiny_model, tmp_path, capsys):
    path = tmp_path / "figures.json"
    assert main([str(tiny_model), "--control", "preview", "--json", str(path)]) == 0
    rows = json.loads(path.read_text())["control"]
    assert {"free", "circle, four parts", "twelve prompts in 60 s", WALK_AND_SIT} <= set(rows)
    printed = capsys.readouterr().out
    assert all(f"{name}\n" in printed for name in rows)
