"""The report: one page, complete in itself, with what there are figures of and nothing else."""

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from motionlcm.evaluation.probes import ProbeReport
from motionlcm.evaluation.report import write_report
from motionlcm.motion.motion import Motion
from tests.conftest import walking

pytest.importorskip("matplotlib")
QUALITY = {
    "split": "test",
    "rows": {
        "real": {"R@3": (0.95, 0.01), "FID": (0.0, 0.0)},
        "student, 1 step": {"R@3": (0.9, 0.02), "FID": (0.0252, 0.0013), "guidance scale": (2, 0)},
    },
    "vae": {"MPJPE root-aligned, mm": 21.5},
}
PROBES = {
    **ProbeReport(
        {"jumps": {"a person jumps": (12, 16), "someone hops": (14, 16)}, "bows": {"bow": (4, 16)}},
        {"jumps": {"jump high": (8, 16)}, "bows": {"take a bow": (0, 16)}},
        {"skate ratio": 0.0123},
    ).figures(),
    "real": {"jumps": (5, 5), "bows": (0, 0)},
}
SPEED = {
    "OnnxNetworks": {"text, batch 1": {"cold": 30.25, "median": 5.1, "min": 4.9}},
    "bulk, motions per second": 123.4,
}
FIGURES = {"quality": QUALITY, "probes": PROBES, "speed_ms": SPEED}


class Page(HTMLParser):
    """Tags with their attributes, and all text."""

    VOID = {"meta", "img", "br", "link"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two stages, one of them still being written."""
    folder = tmp_path_factory.mktemp("run")
    for stage in ("teacher", "vae"):
        (folder / stage).mkdir()
        rows = [{"step": step, "loss": 100 / step, "kl": 1.0} for step in range(10, 200, 10)]
        rows += [{"step": step, "val_score": 1 / step} for step in (100, 200)]
        lines = [json.dumps(row) + "\n" for row in rows]
        (folder / stage / "metrics.jsonl").write_text("".join(lines) + '{"step": 21')
    return folder


@pytest.fixture(scope="module")
def full(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "new"
    motion = Motion(walking(40), caption="a person <walks> & waves")
    return write_report(
        folder, figures=FIGURES, pipeline_name="small & new", motions=[motion], training=run
    )


def test_the_page_has_every_part_in_one_file_and_loads_nothing(full):
    text = full.read_text()
    page = Page(text)
    titles = re.findall("<h2>(.*?)</h2>", text)
    assert titles == ["Quality", "Action probes", "Speed", "Motions", "Training"]
    assert [path.name for path in full.parent.iterdir()] == ["report.html"]
    assert not page.all("script") and not page.all("link") and "@import" not in text
    sources = [a.get("src") or a.get("xlink:href") or a.get("href") for _, a in page.tags]
    assert all(source.startswith(("data:", "#")) for source in sources if source)
    assert "prefers-color-scheme: dark" in text and "small &amp; new" in text


def test_every_picture_says_what_it_shows(full):
    page = Page(full.read_text())
    plots = [attributes["aria-label"] for attributes in page.all("svg")]
    assert len(plots) == 5 and all(attributes["alt"] for attributes in page.all("img"))
    assert plots[0] == "FID by row: real 0.0000; student, 1 step 0.0252 ± 0.0013"
    assert plots[1].endswith("jumps 81 %; bows 25 %")
    assert "a person <walks> & waves: root height" in plots[2]
    assert plots[3].startswith("Training of the vae: loss from 10 to 0.5263 at step 190; val score")
    assert "Training of the teacher" in plots[4]  # stages in the order in which they train


def test_plots_take_their_colours_from_the_page_and_share_no_names(full):
    text = full.read_text()
    assert "#010203" not in text and "#040506" not in text and "var(--text)" in text
    seen = set()
    for plot in text.split("<svg ")[1:]:
        names = set(re.findall(r'\bid="([^"]+)"', plot))
        links = set(re.findall(r'(?:href="#|url\(#)([^")]+)', plot))
        assert links and links <= names and not names & seen
        seen |= names


def test_figures_stand_in_tables(full):
    words = Page(full.read_text()).words
    for value in ("0.9000 ± 0.0200", "21.5", "30.2", "123.4", "0.0123", "guidance scale"):
        assert value in words
    assert any("Passed: 62.5 %" in word and "25.0 %" in word for word in words)


@pytest.mark.parametrize("part", FIGURES)
def test_what_there_are_no_figures_of_is_left_out(tmp_path, part):
    # figures from a JSON file have lists where the command has tuples
    figures = json.loads(json.dumps({part: FIGURES[part]}))
    text = write_report(tmp_path, figures=figures, pipeline_name="x").read_text()
    assert len(re.findall("<h2>", text)) == 1 and "<img" not in text


def test_the_same_figures_give_the_same_page(full, run, tmp_path):
    motion = Motion(walking(40), caption="a person <walks> & waves")
    again = write_report(
        tmp_path, figures=FIGURES, pipeline_name="small & new", motions=[motion], training=run
    )
    assert again.read_bytes() == full.read_bytes()


def test_a_motion_of_any_frame_rate_is_drawn_and_contacts_only_where_they_are_known(tmp_path):
    def drawn(motion):
        path = write_report(tmp_path, figures={}, pipeline_name="x", motions=[motion])
        return path.read_text()

    assert "foot contacts" in drawn(Motion(walking(30)))
    assert "foot contacts" not in drawn(Motion(walking(30), fps=30.0))
    drawn(Motion(walking(1), fps=30.0))
    still = Motion(np.repeat(walking(1), 30, axis=0))
    assert "speed, m/s from 0.00 to 0.00" in drawn(still)


def test_a_run_that_is_none_is_one_clear_line_and_nothing_is_written(tmp_path, run):
    (tmp_path / "empty").mkdir()
    for folder, words in (("absent", "no folder"), ("empty", "no stage with a metrics.jsonl")):
        with pytest.raises(FileNotFoundError, match=words):
            write_report(
                tmp_path / "out", figures={}, pipeline_name="x", training=tmp_path / folder
            )
    (tmp_path / "run" / "vae").mkdir(parents=True)
    (tmp_path / "run" / "vae" / "metrics.jsonl").write_text('{"step": 1\n{"step": 2, "loss": 1}\n')
    with pytest.raises(ValueError, match="metrics.jsonl: line 1 is damaged"):
        write_report(tmp_path / "out", figures={}, pipeline_name="x", training=tmp_path / "run")
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_one_line_says_what_to_install(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "motionlcm\[demo\]"'):
        write_report(tmp_path, figures={}, pipeline_name="x")
