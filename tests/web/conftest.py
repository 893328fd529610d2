"""One server, one browser and one open page for all tests of the page; skipped without a browser."""

import threading

import pytest

from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.web.server import MotionServer
from tests.web.browsing import CHROMIUM, FLAGS, open_page


@pytest.fixture(scope="session")
def server():
    made = MotionServer(MotionPipeline.from_pretrained("small"))
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def opened(browser, server):
    page = open_page(browser, server.url)
    yield page
    page.close()


@pytest.fixture
def page(opened, server):
    """The page as it begins; afterwards nothing went wrong and nobody else was asked."""
    opened.evaluate("page.steering.setMode('look'); page.store.open({}); page.playback.play(false)")
    opened.evaluate("page.generator.generate({isNewStep: false})")
    opened.evaluate("page.stage.frameAll()")
    opened.wrong.clear()
    yield opened
    assert opened.wrong == []
    others = {url for url in opened.asked if not url.startswith((server.url, "blob:", "data:"))}
    assert not others
