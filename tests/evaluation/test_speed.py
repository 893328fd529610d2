"""The benchmark measures what it names."""

import time

import numpy as np
import pytest

from motionlcm import MotionPipeline
from motionlcm.evaluation.speed import (
    PROMPT,
    measure_bulk,
    measure_commands,
    measure_networks,
    time_call,
)
from motionlcm.generation.clauses import split_prompt


def test_times_are_cold_median_and_minimum():
    waits = iter([0.05, 0.01, 0.03, 0.01])
    figures = time_call(lambda: time.sleep(next(waits)), 3)
    assert figures["cold"] >= 50 and 10 <= figures["min"] <= figures["median"] < figures["cold"]


def test_what_is_timed_is_one_motion_not_two_in_a_row():
    assert split_prompt(PROMPT) == [PROMPT]


@pytest.mark.slow
def test_every_stage_is_measured(tiny_model):
    pipeline = MotionPipeline.from_pretrained(tiny_model)
    figures = measure_networks(pipeline, batches=(1, 2), repeats=1)
    for stage in ("text", "denoiser step", "decode", "prompt to motion"):
        assert figures[f"{stage}, batch 2"]["median"] > 0
    assert measure_bulk(pipeline, 3) > 0
    ballast = np.ones(100_000_000)  # 800 MB that are not the new process's own
    commands = measure_commands(str(tiny_model), repeats=1)
    memory = commands["peak memory of that process, MB"]["min"]
    assert 50 < memory < 600 < ballast.nbytes / 1e6
    assert (
        all(np.isfinite(row["median"]) for row in commands.values())
        and "shell to mp4, new process" in commands
    )
