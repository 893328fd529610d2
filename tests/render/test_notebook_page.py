"""A notebook as Jupyter writes it to a page: its cell shows the player, which plays."""

import pytest

from motionlcm.motion.motion import Motion
from tests.conftest import walking
from tests.web.browsing import CHROMIUM, FLAGS

PROGRAM = """
from tests.conftest import walking
from motionlcm.motion.motion import Motion
Motion(walking(60), caption='a person walks "on" <b>')
"""


@pytest.mark.slow
def test_a_cell_of_a_notebook_plays_its_motion(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    convert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    execute = pytest.importorskip("nbconvert.preprocessors").ExecutePreprocessor
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")

    # a kernel runs the cell, and nbconvert writes what it showed
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PROGRAM)])
    execute(timeout=120).preprocess(notebook, {"metadata": {"path": "."}})
    (output,) = notebook.cells[0].outputs
    shown = Motion(walking(60), caption='a person walks "on" <b>')._repr_html_()
    assert output.data["text/html"] == shown
    content, _ = convert.HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "walk.html").write_text(content, "utf-8")

    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto((tmp_path / "walk.html").as_uri(), wait_until="domcontentloaded")
        frame = page.frame_locator('iframe[title="a person walks \\"on\\" <b>"]')
        first = frame.locator("canvas").screenshot()
        page.wait_for_timeout(500)
        assert frame.locator("canvas").screenshot() != first
        frame.get_by_role("button", name="Pause").click()
        assert frame.get_by_role("button", name="Play").is_visible()
        browser.close()
