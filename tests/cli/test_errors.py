"""An error is one line, and of processes that were launched together it comes once."""

import errno
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from motionlcm.cli import errors
from motionlcm.cli.convert import main as convert
from motionlcm.cli.evaluate import main as evaluate
from motionlcm.cli.generate import main as generate
from motionlcm.cli.prepare import main as prepare
from motionlcm.generation.pipeline import MotionPipeline
from tests.conftest import walking


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

    assert errors.run_command(command, debug=False) == 2
    told = capsys.readouterr().err
    assert told == f"error: {tmp_path / 'gone.json'} is not there; check the path\n"


def refused(number):
    """What is told of a file that the system refuses with this error."""

    def command():
        raise OSError(number, os.strerror(number), "out/walk.bvh")

    return command


@pytest.mark.parametrize("number", sorted(errors._REFUSED))
def test_what_the_system_refuses_is_said_in_words_with_the_remedy(number, capsys):
    code = 2 if number == errno.ENOENT else 1
    assert errors.run_command(refused(number), debug=False) == code
    told = capsys.readouterr().err
    assert told.startswith("error: out/walk.bvh ") and "; " in told or "check" in told
    assert "Errno" not in told and told.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (generate, ["a person jumps", "--format", "npz", "--output", "file/x.npz"]),
        (generate, ["a person jumps", "--samples", "2", "--format", "npz", "--output", "file/x"]),
        (convert, ["clips", "file", "--format", "bvh"]),
        (convert, ["clips", "file/x", "--format", "bvh"]),
        (prepare, ["clips", "file"]),
        (prepare, ["clips", "file/x"]),
        (evaluate, ["--probes", "--json", "file/x.json"]),
        (evaluate, ["--probes", "--json", "clips"]),
        (evaluate, ["--probes", "--report", "file"]),
    ],
)
def test_an_output_that_cannot_be_is_told_before_any_work(
    command, arguments, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "clips").mkdir()
    np.save(tmp_path / "clips" / "a.npy", walking(40))

    def work(*_, **__):
        pytest.fail("work began")

    for name in ("formats.convert.load_motion_file", "data.prepare._read_all"):
        monkeypatch.setattr(f"motionlcm.{name}", work)
    monkeypatch.setattr(MotionPipeline, "generate", work)
    assert command(arguments) in (1, 2)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "Errno" not in told[0]
    assert re.match(r"error: .*(file|clips).*(; give|; name)", told[0])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_names_are_written_and_told_whatever_letters_the_terminal_has(encoding, tmp_path):
    np.save(tmp_path / "gehen.npy", walking(30))
    arguments = ["-m", "motionlcm.cli.convert", "gehen.npy", "Ходьба é 歩く.bvh"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0 and not ended.stderr
    assert b"\nwrote " in ended.stdout and (tmp_path / "Ходьба é 歩く.bvh").is_file()
