"""Files that a cut-off run left behind are told from whole ones."""

import numpy as np
import pytest

from motionlcm import Motion
from motionlcm.formats.wholeness import is_whole
from tests.conftest import walking

KINDS = ("npz", "npy", "bvh", "glb", "html", "gif", "mp4", "amass.npz")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    motion = Motion(walking(12))
    for kind in KINDS:
        look = {"width": 64, "height": 64} if kind in ("gif", "mp4") else {}
        motion.save(folder / f"walk.{kind}", **look)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_written_file_is_whole_and_any_shorter_one_is_not(kind, files, tmp_path):
    content = (files / f"walk.{kind}").read_bytes()
    assert is_whole(files / f"walk.{kind}")
    path = tmp_path / f"walk.{kind}"
    lengths = np.random.default_rng(0).integers(0, len(content) - 1, 40).tolist()
    for length in [0, 1, len(content) // 2, len(content) - 2, *lengths]:
        path.write_bytes(content[:length])
        assert not is_whole(path), f"{length} of {len(content)} bytes"


def test_a_file_that_is_not_there_is_not_whole_and_an_unknown_kind_must_only_be_there(tmp_path):
    assert not is_whole(tmp_path / "no.npz") and not is_whole(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    assert is_whole(tmp_path / "notes.txt")
