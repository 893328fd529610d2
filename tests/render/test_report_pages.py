"""Pages of a report: pictures, rows, splitting, and nothing but text from what is told."""

import base64
import hashlib
import re

import numpy as np

from motionlcm.motion.skeleton import KIT_21, SMPL_22
from motionlcm.render.report import ReportRow, write_report_pages
from motionlcm.render.sketch import chosen_frames, sketch
from tests.conftest import walking


def test_a_sketch_is_a_small_svg_within_its_box():
    for poses, skeleton in ((walking(50), SMPL_22), (walking(50)[:, :21], KIT_21)):
        picture = sketch(poses[chosen_frames(50)], skeleton)
        assert picture.startswith("<svg viewBox=") and len(picture) < 1500

        # every stroke stays within the picture
        width, height = map(int, re.search(r'"0 0 (\d+) (\d+)"', picture).groups())
        for start in re.findall(r"M(-?\d+) (-?\d+)((?:l-?\d+ -?\d+)*)", picture):
            steps = [tuple(map(int, step.split())) for step in start[2].split("l")[1:]]
            points = np.cumsum([(int(start[0]), int(start[1])), *steps], axis=0)
            assert (points >= 0).all() and (points <= [width, height]).all()


def test_frames_of_a_sketch_are_spread_over_the_motion():
    assert chosen_frames(1).tolist() == [0]
    assert chosen_frames(2).tolist() == [0, 1]
    frames = chosen_frames(100)
    assert len(frames) == 4 and frames[0] < 20 and frames[-1] > 80


def test_what_cannot_be_drawn_gives_no_picture():
    poses = walking(8)
    assert sketch(np.full_like(poses, np.nan)) == ""
    assert sketch(poses * 1000) == ""
    poses[0] = np.nan
    assert sketch(poses).count("M") == 7 * 6  # trunk, head, two legs, two arms of the others


def test_a_page_says_everything_as_text_and_loads_nothing(tmp_path):
    rows = [ReportRow("<b>x</b>", "rejected", "a & b", 1.5, "$title <script>", sketch(walking(4)))]
    (path,) = write_report_pages(tmp_path, rows, title="a<b", summary=["<i>1</i>"])
    page = path.read_text()
    assert path.name == "report.html"
    for words in ("&lt;b&gt;x&lt;/b&gt;", "a &amp; b", "1.50", "$title &lt;script&gt;", "a&lt;b"):
        assert words in page
    assert "<b>" not in page and "<i>" not in page and "http:" not in page
    assert "default-src 'none'" in page
    for kind in ("style", "script"):
        text = page.split(f"<{kind}>", 1)[1].split(f"</{kind}>", 1)[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page


def test_thousands_of_rows_are_split_into_pages_that_link_each_other(tmp_path):
    (tmp_path / "report-9.html").write_text("of a larger report before")
    (tmp_path / "report-of-mine.html").write_text("mine")
    rows = [ReportRow(f"clip{number}", "accepted") for number in range(25_000)]
    paths = write_report_pages(tmp_path, rows, title="many")
    assert [path.name for path in paths] == ["report.html", "report-2.html", "report-3.html"]
    pages = [path.read_text() for path in paths]
    assert [page.count("<tr class=") for page in pages] == [10_000, 10_000, 5_000]
    assert all("report-3.html" in page for page in pages[:2]) and "report-2.html" in pages[0]
    assert not (tmp_path / "report-9.html").exists() and (tmp_path / "report-of-mine.html").exists()

    rows = [ReportRow("x", "accepted", picture="<svg>" + " " * 900_000) for _ in range(15)]
    paths = write_report_pages(tmp_path, rows, title="large")
    assert len(paths) == 2 and max(path.stat().st_size for path in paths) < 11_000_000
    assert not (tmp_path / "report-3.html").exists()
