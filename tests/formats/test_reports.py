"""report.json and report.html are written whatever happens, and agree with each other."""

import json
import re

import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.cli.prepare import main as prepare
from motionlcm.data.prepare_report import PrepareReport
from motionlcm.motion.motion import Motion
from tests.conftest import walking


def rows(folder):
    """(outcome, has a picture, name, reason) of each row of a page."""
    page = (folder / "report.html").read_text()
    return [
        (match[0], "<svg" in match[1], match[2], match[3])
        for match in re.findall(
            r"<tr class=(\w+)><td class=p>(.*?)<td>(.*?)<td>\w+<td>(.*?)<td class=n>", page
        )
    ]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    Motion(walking(40)).save(tmp_path / "in" / "a person walks.npy")
    np.save(tmp_path / "in" / "walks_mm.npy", walking(40) * 1000)
    np.save(tmp_path / "in" / "short.npy", walking(4).astype(np.float32))
    broken = walking(40)
    broken[3] = np.nan
    np.save(tmp_path / "in" / "nan.npy", broken)
    (tmp_path / "in" / "cut.bvh").write_text("HIERARCHY\nROOT")
    return tmp_path / "in"


def test_prepared_clips_have_a_row_and_a_picture_each(folder, tmp_path):
    assert prepare([str(folder), str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "seen" not in report
    found = {name: (outcome, drawn) for outcome, drawn, name, _ in rows(tmp_path / "out")}
    assert found == {
        "cut": ("rejected", False),
        "nan": ("rejected", True),
        "short": ("rejected", True),
        "walks_mm": ("noted", True),
        "a person walks": ("noted", True),
    }
    outcomes = [outcome for outcome, *_ in rows(tmp_path / "out")]
    assert outcomes == sorted(outcomes, key=["rejected", "noted", "accepted"].index)


def test_converted_files_have_a_row_and_a_picture_each(folder, tmp_path):
    assert convert([str(folder), str(tmp_path / "out"), "--format", "bvh"]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert set(report) == {"converted", "rejected", "notes"} and report["converted"] == 3
    found = {name: (outcome, drawn) for outcome, drawn, name, _ in rows(tmp_path / "out")}
    assert found["a person walks.npy"] == ("accepted", True)
    assert found["walks_mm.npy"] == ("noted", True)
    assert found["nan.npy"] == found["cut.bvh"] == ("rejected", False)
    reasons = [row["reason"] for row in report["rejected"]]
    assert not any(str(folder) in reason for reason in reasons)


@pytest.mark.parametrize("command", [prepare, convert])
def test_both_are_written_where_all_fail(tmp_path, command, capsys):
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        (tmp_path / "in" / f"{name}.bvh").write_text("HIERARCHY\nROOT")
    arguments = [str(tmp_path / "in"), str(tmp_path / "out")]
    assert command([*arguments, *(["--format", "bvh"] if command is convert else [])]) == 2
    assert "report.json" in capsys.readouterr().err
    assert [outcome for outcome, *_ in rows(tmp_path / "out")] == ["rejected", "rejected"]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert len(report["rejected"]) == 2


def test_both_are_written_where_the_store_cannot_be(motion_folder, tmp_path, monkeypatch, capsys):
    def fail(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr("motionlcm.data.prepare.write_store", fail)
    assert prepare([str(motion_folder), str(tmp_path / "out")]) == 1
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["problem"] == "no space left" and report["accepted"] == 0
    assert len(rows(tmp_path / "out")) == 20
    assert "no space left" in (tmp_path / "out" / "report.html").read_text()


def test_notes_that_differ_in_a_number_are_counted_as_one():
    report = PrepareReport()
    for clip, count in (("a", 8), ("b", 12), ("c", 8)):
        report.note(clip, f"dropped the first {count} of 1{count}6 frames: an inserted pose")
        report.note(clip, "legs of 0.82 m")
    report.note("a", "spine1 placed between the joints of the trunk")
    report.note("b", "spine3 placed between the joints of the trunk")
    lines = report.summary().splitlines()[1:]
    assert [line.split(" (")[0] for line in lines] == [
        "note: 3 x dropped the first N of N frames",
        "note: 3 x legs of 0.82 m",
        "note: 1 x spine1 placed between the joints of the trunk",
        "note: 1 x spine3 placed between the joints of the trunk",
    ]
    assert lines[0].endswith("(such as a: dropped the first 8 of 186 frames: an inserted pose)")
