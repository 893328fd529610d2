"""Files appear whole or not at all, and what the system refuses names the file."""

import errno
import os
import stat
import threading

import numpy as np
import pytest
from safetensors import SafetensorError

from motionlcm.atomic_files import ready_folder, replaced, write_bytes


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError("8448 requested and 3040 written"),  # numpy's words
        SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        ),
    ],
)
def test_a_full_disk_is_named_with_the_file_and_nothing_is_left(error, tmp_path):
    target = tmp_path / "x.npy"
    with pytest.raises(OSError) as caught, replaced(target) as part:
        part.write_bytes(b"half")
        raise error
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(target))
    assert not list(tmp_path.iterdir())


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, replaced(tmp_path / "x.npy"):
        np.load(tmp_path / "other.npy")
    assert caught.value.filename == str(tmp_path / "other.npy")


def test_a_name_near_the_systems_limit_is_written(tmp_path):
    assert write_bytes(tmp_path / ("x" * 240 + ".npz"), b"all").read_bytes() == b"all"


def test_a_pipe_gets_the_content_and_stays_a_pipe(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_bytes(pipe, b"all")
    reader.join(10)
    assert got == [b"all"] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_made_ready_or_says_why_not(tmp_path):
    assert ready_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    for wrong in ("file", "file/x"):
        with pytest.raises(OSError, match="file"):
            ready_folder(tmp_path / wrong)
