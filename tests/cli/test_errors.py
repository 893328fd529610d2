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


def test_a_file_that_is_not_there_is_named_with_the_remedy(tmp_path, capsys):
    def command():
        (tmp_path / "gone.json").read_bytes()

    assert errors.run_command(command, debug=False) == 1
    told = capsys.readouterr().err
    assert told == f"error: {tmp_path / 'gone.json'} is not there; check the path\n"
