"""Damaged files are read, or refused in one line. A short run; ``engine.py`` runs for long.

``MOTIONLCM_FUZZ=1000`` damages so many files of each kind here, too.
"""

import os
from pathlib import Path

import pytest
from engine import complaint, crashes
from readers import READERS
from rows import Reader

KEPT = Path(__file__).parent / "crashes"
#: Rows whose readers are slow: fewer files in the short run.
SLOW = {"model", "amc", "graph", "recordings"}
FILES = sorted(path for path in KEPT.rglob("*.*") if path.is_file())
COUNT = int(os.environ.get("MOTIONLCM_FUZZ", 0))


@pytest.mark.parametrize("reader", READERS, ids=[each.name for each in READERS])
def test_damaged_files_are_read_or_refused_in_one_line(reader, tmp_path):
    count = COUNT or (20 if reader.name in SLOW else 30)
    found = list(crashes(reader, range(count), tmp_path))
    assert not found, "\n".join(f"{each.file} seed {each.seed}: {each.words}" for each in found)


@pytest.mark.parametrize(
    "path",
    FILES,
    ids=[path.relative_to(KEPT).as_posix() for path in FILES],
)
def test_files_that_once_crashed_a_reader_do_so_no_more(path, tmp_path):
    name, _, *place = path.relative_to(KEPT).parts
    reader = next(reader for reader in READERS if reader.name == name)
    reader.write(tmp_path)
    (tmp_path / Path(*place)).write_bytes(path.read_bytes())
    assert complaint(reader, tmp_path) == ""


def test_a_crash_would_be_seen(tmp_path):
    """The engine itself: other exceptions, several lines, and whole fields are complaints."""

    def reader_of(error):
        def read(folder):
            if (folder / "a.json").read_bytes() != b"{}":
                raise error

        return Reader(
            "made", lambda folder: (folder / "a.json").write_text("{}"), ("a.json",), read
        )

    for error, words in (
        (KeyError("a"), "KeyError at"),
        (ValueError("a\nb"), "several lines"),
        (ValueError("a" * 5000), "5000 characters"),
        (ValueError(""), "0 characters"),
    ):
        assert any(words in crash.kind for crash in crashes(reader_of(error), range(9), tmp_path))
    assert not list(crashes(reader_of(ValueError("a is damaged")), range(9), tmp_path))
