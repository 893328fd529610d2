"""An error is one line, and of processes that were launched together it comes once."""

import pytest

from motionlcm.cli import errors


def fail():
    raise ValueError("no such\nthing")


@pytest.mark.parametrize(("rank", "waits"), [(None, []), ("0", []), ("1", [5.0])])
def test_the_first_process_tells_at_once_and_others_give_it_time(rank, waits, monkeypatch, capsys):
    slept = []
    monkeypatch.setattr(errors.time, "sleep", slept.append)
    monkeypatch.delenv("RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("RANK", rank)
    assert errors.run_command(fail, debug=False) == 2
    assert capsys.readouterr().err == "error: no such thing\n" and slept == waits
