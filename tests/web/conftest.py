"""One server, one browser and one open page for all tests of the page; skipped without a browser."""

import threading
from pathlib import Path

import pytest

from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.training.teacher_stage import TeacherStage
from motionlcm.training.warm_start import teacher_weights
from motionlcm.web.server import MotionServer
from tests.web.browsing import CHROMIUM, FLAGS, open_page


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    pipeline = MotionPipeline.from_pretrained("small")
    pipeline.teacher_folder = teacher_of(pipeline.folder.path, tmp_path_factory.mktemp("small"))
    made = MotionServer(pipeline)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)


def teacher_of(model: Path, folder: Path) -> Path:
    """The teacher that training makes of a model's student, in a folder of its own."""
    shape = TeacherStage.kept_shape(model)
    weights = teacher_weights(model)
    assert shape is not None and weights is not None
    teacher = LatentDenoiser(**shape)
    teacher.load_state_dict(weights)
    teacher.save_pretrained(folder / "teacher")
    return folder / "teacher"


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
