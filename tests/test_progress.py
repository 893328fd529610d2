"""Progress of long commands."""

import io
import re

import numpy as np
import pytest

from motionlcm import progress
from motionlcm.cli.convert import main as convert
from motionlcm.cli.errors import run_command
from motionlcm.cli.generate import chunk_size
from motionlcm.cli.outputs import Writers, plan_jobs
from motionlcm.motion.motion import Motion
from motionlcm.progress import Progress, ProgressLine, clear_lines, describe_progress, row_progress
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
    assert describe_progress("x", 10, 30, "clips", 5) == "x: 10 of 30 clips, 2/s, 10 s left"
    assert describe_progress("x", 10, 1000, "clips", 5).endswith("8 min left")
    assert describe_progress("x", 0, 9, "clips", 5) == "x: 0 of 9 clips"


def progress_on(stream):
    return Progress("x", "clips", line=ProgressLine(stream=stream))


def test_a_log_gets_a_line_after_two_seconds_then_ever_fewer_and_one_every_ten(clock):
    log, times = io.StringIO(), []
    told = progress_on(log)
    for second in range(1, 50):
        clock[0] = second
        before = len(log.getvalue())
        told(second, 50)
        times += [second] * (len(log.getvalue()) > before)
    assert times == [2, 6, 14, 24, 34, 44]
    assert log.getvalue().count("\n") == 6 and "\r" not in log.getvalue()


def test_nothing_is_told_of_short_work(clock):
    log = io.StringIO()
    told = progress_on(log)
    told(1, 2)
    clock[0] = 1.9
    told(2, 2)
    assert log.getvalue() == ""


def test_work_that_is_done_again_has_its_own_rate_from_the_first_line_on(clock):
    log = io.StringIO()
    told = progress_on(log)
    for second, done in ((1, 50), (1.5, 100), (20, 55)):
        clock[0] = second
        told(done, 100)
    assert log.getvalue() == "x: 55 of 100 clips, 2.97/s, 15 s left\n"


def test_many_short_rows_are_not_silent_and_each_has_its_own_rate(clock, monkeypatch, capsys):
    tell = row_progress("prompts")
    for number in range(8):
        for done in (1, 2):
            clock[0] += 0.5
            tell(f"row {number}", done, 2)
    told = capsys.readouterr().err.splitlines()
    assert told == ["row 2: 1 of 2 prompts, 2/s, 0 s left", "row 6: 1 of 2 prompts, 2/s, 0 s left"]


def test_a_terminal_draws_one_line_anew_and_clears_it_at_the_end(clock):
    screen = Terminal()
    told = progress_on(screen)
    for step in range(1, 5):
        clock[0] = step
        told(step, 4)
    assert "\n" not in screen.getvalue() and screen.getvalue().count("\rx: ") == 3
    assert screen.getvalue().endswith("\r") and screen.getvalue().split("\r")[-2].strip() == ""


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_long_video_tells_how_far_it_is(suffix, tmp_path, monkeypatch, capsys):
    np.save(tmp_path / "x.npy", walking(30))
    monkeypatch.setattr("motionlcm.progress._ELSEWHERE", 0.0)
    assert convert([str(tmp_path / "x.npy"), str(tmp_path / f"x{suffix}")]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if f"x{suffix}: " in line]
    assert len(lines) == 29 and re.search(r": 29 of 30 frames, .*/s, \d+ s left", lines[-1])


def written_in(times, monkeypatch, tmp_path, capsys, clock, *, batch, elapsed):
    """What stands in brackets behind each of some motions that took these seconds to write."""
    jobs = plan_jobs(["jump"] * len(times), range(len(times)), output=tmp_path, formats=["npy"])
    waits = iter(times)

    def save(motion, path, **_):
        clock[0] += next(waits)

    monkeypatch.setattr(Motion, "save", save)
    with Writers(jobs, steps=1, look={}) as writers:
        for first in range(0, len(jobs), batch):
            part = jobs[first : first + batch]
            clock[0] += elapsed * len(part)
            writers.write([Motion(walking(5))] * len(part), part, elapsed)
    return re.findall(r"\[(.*)\]", capsys.readouterr().out)


def test_many_motions_tell_their_rate_and_how_long_the_others_take(
    clock, monkeypatch, tmp_path, capsys
):
    told = written_in(
        [5, 1, 1, 1, 1, 1], monkeypatch, tmp_path, capsys, clock, batch=3, elapsed=3.0
    )
    # the first one stands for the start of processes; three more are to be generated, 3 s each
    assert told[:4] == [
        "1/6",
        "2/6, 0.25/s, 13 s left",
        "3/6, 0.25/s, 12 s left",
        "4/6, 0.25/s, 2 s left",
    ]
    assert told[-1] == "6/6"


def test_motions_that_take_long_are_written_after_a_few(clock):
    assert [chunk_size(seconds) for seconds in (60, 2.5, 0.8, 0.01, 0)] == [1, 2, 6, 32, 32]


def test_a_line_that_stands_makes_room_for_what_ended_early(clock, capsys, monkeypatch):
    screen = Terminal()
    told = progress_on(screen)

    def command():
        clock[0] = 3.0
        told(1, 9)
        raise ValueError("wrong")

    assert run_command(command, debug=False) == 2
    assert screen.getvalue().count("\rx: 1 of 9") == 1 and screen.getvalue().endswith(" \r")
    clear_lines()
    assert screen.getvalue().count("\r") == 3  # once is enough
