"""The page that plays a motion: its numbers, hostile captions, and a real browser that runs it."""

import base64
import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import KIT_21
from tests.conftest import walking

HOSTILE = '</script><script>document.title = "broken"</script> & "quoted" $player ${1}'


def content(path) -> dict:
    return json.loads(
        re.search(r"^const motion = (\{.*\});$", path.read_text("utf-8"), re.MULTILINE)[1]
    )


def positions(found: dict) -> np.ndarray:
    numbers = np.frombuffer(base64.b64decode(found["numbers"]), "<i2")
    return numbers.reshape(-1, len(found["parents"]), 3) * found["unit"]


@pytest.mark.parametrize("far", [0.0, 500.0])
def test_the_page_holds_the_motion(tmp_path, far):
    motion = Motion(walking(40) + np.array([far, 0, 0]), caption="a person walks")
    found = content(motion.save(tmp_path / "walk.html"))
    assert np.abs(positions(found) - motion.positions).max() <= 0.00051 * max(1, far / 32)
    assert found["fps"] == 20 and found["names"][4] == "left_knee" and found["parents"][4] == 1


def test_another_skeleton_is_shown_too(tmp_path):
    found = content(
        Motion(np.zeros((3, 21, 3)), fps=12.5, skeleton=KIT_21).save(tmp_path / "kit.html")
    )
    assert len(found["names"]) == 21 and found["fps"] == 12.5


def test_a_hostile_caption_stays_text(tmp_path):
    page = Motion(walking(3), caption=HOSTILE).save(tmp_path / "x.html").read_text("utf-8")
    assert page.count("<script>") == page.count("</script>") == 1
    assert page.count("&lt;/script&gt;") == 4 and "${1}" in page


def test_the_page_is_small_and_loads_nothing(tmp_path):
    page = Motion(walking(200)).save(tmp_path / "walk.html").read_text("utf-8")
    assert len(page) < 70_000
    assert not re.search(r"^(import|export) |\bsrc=|https?://", page, re.MULTILINE)


def test_a_notebook_shows_the_player_in_a_frame_of_its_own():
    shown = Motion(walking(20), caption='"quoted" <b>')._repr_html_()
    assert shown.startswith('<iframe title="&quot;quoted&quot; &lt;b&gt;" sandbox="allow-scripts"')
    page = html.unescape(re.search(r'srcdoc="([^"]*)"', shown)[1])
    assert page.startswith("<!doctype html>") and "new MotionPlayer" in page


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_a_browser_plays_it(tmp_path):
    path = Motion(walking(60), caption=HOSTILE).save(tmp_path / "walk.html")
    ticks = (
        "for (let i = 0; i < 10; i++) player.playback.advance(0.05); player.playback.play(false);"
    )
    path.write_text(path.read_text("utf-8").replace("</script>", ticks + "</script>"), "utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync"
    ).split()
    folder = f"--user-data-dir={tmp_path / 'browser'}"
    command = ["chromium", *flags, folder, "--dump-dom", path.as_uri()]
    page = subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout
    assert "<output>0.5 s</output>" in page and ">Play</button>" in page
    assert "<title>broken</title>" not in page
