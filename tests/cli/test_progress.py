"""Progress of long commands."""

import io
import re

import numpy as np
import pytest

from motionlcm.cli import progress
from motionlcm.cli.convert import main as convert
from motionlcm.cli.outputs import Writers, plan_jobs
from motionlcm.cli.progress import Progress, describe_progress
from motionlcm.motion.motion import Motion
from tests.conftest import walking


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    times = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[0])
    return times


def test_a_line_says_how_far_how_fast_and_how_long_still():
    assert describe_progress("x", 10, 30, "clips", 5) == "x: 10 of 30 clips, 2.0/s, 10 s left"
    assert describe_progress("x", 10, 1000, "clips", 5).endswith("8 min left")
    assert describe_progress("x", 0, 9, "clips", 5) == "x: 0 of 9 clips, 0.0/s"


def test_a_log_gets_a_plain_line_every_ten_seconds_and_nothing_of_short_work(clock):
    log = io.StringIO()
    told = Progress("x", "clips", stream=log)
    for second in range(1, 26):
        clock[0] = second
        told(second, 25)
    assert log.getvalue().count("\n") == 2 and "\r" not in log.getvalue()

    short = io.StringIO()
    told = Progress("x", "clips", stream=short)
    told(1, 2)
    told(2, 2)
    assert short.getvalue() == ""


def test_work_that_is_done_again_has_its_own_rate_from_the_first_line_on(clock):
    log = io.StringIO()
    told = Progress("x", "clips", stream=log)
    for second, done in ((5, 50), (9, 100), (20, 55)):
        clock[0] = second
        told(done, 100)
    assert log.getvalue() == "x: 55 of 100 clips, 5.0/s, 9 s left\n"


def test_a_terminal_draws_one_line_anew_and_clears_it_at_the_end(clock):
    screen = Terminal()
    told = Progress("x", "clips", stream=screen)
    for step in range(1, 5):
        clock[0] = step
        told(step, 4)
    assert "\n" not in screen.getvalue() and screen.getvalue().count("\rx: ") == 3
    assert screen.getvalue().endswith("\r") and screen.getvalue().split("\r")[-2].strip() == ""


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_long_video_tells_how_far_it_is(suffix, tmp_path, monkeypatch, capsys):
    np.save(tmp_path / "x.npy", walking(30))
    monkeypatch.setattr("motionlcm.cli.progress._ELSEWHERE", 0.0)
    assert convert([str(tmp_path / "x.npy"), str(tmp_path / f"x{suffix}")]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if f"x{suffix}: " in line]
    assert len(lines) == 29 and re.search(r": 29 of 30 frames, .*/s, \d+ s left", lines[-1])


def test_many_motions_tell_how_long_the_others_take(monkeypatch, tmp_path, capsys):
    jobs = plan_jobs(["jump"] * 3, [0, 1, 2], output=tmp_path, formats=["npy"])
    monkeypatch.setattr("motionlcm.cli.outputs._LONG", 0.0)
    with Writers(jobs, steps=1, look={}) as writers:
        writers.write([Motion(walking(5))] * 3, jobs, 0.1)
    counts = re.findall(r"\[(\d/3.*)\]", capsys.readouterr().out)
    assert [count.split(",")[0] for count in counts] == ["1/3", "2/3", "3/3"]
    assert "s left" in counts[0] and "left" not in counts[2]
