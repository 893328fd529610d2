"""The page in a real browser: words to motion, scrubbing, variants, files, characters, keys, a phone."""

import base64
import json
import re
import shutil
import struct
import threading
import time

import numpy as np
import pytest

from motionlcm.formats.table import READABLE, WRITABLE, suffix_of
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import PARENTS
from motionlcm.web.server import MotionServer

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PATIENCE = 60.0  #: seconds; a software renderer beside other work is slow


@pytest.fixture(scope="module")
def server():
    made = MotionServer(MotionPipeline.from_pretrained())
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def open_page(browser, address, **options):
    """A page that is ready; what goes wrong on it, and what it asks for, is kept."""
    usual = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
    page = browser.new_page(**{**usual, **options})
    page.wrong, page.asked = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda line: line.type == "error" and page.wrong.append(line.text))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready]", timeout=1000 * PATIENCE)
    return page


@pytest.fixture(scope="module")
def opened(browser, server):
    page = open_page(browser, server.url)
    yield page
    page.close()


@pytest.fixture
def page(opened, server):
    """The page as it begins; afterwards nothing went wrong and nobody else was asked."""
    opened.evaluate("page.steering.setMode('look'); page.store.open({}); page.playback.play(false)")
    opened.evaluate("page.generator.generate({isNewStep: false})")
    opened.wrong.clear()
    yield opened
    assert opened.wrong == []
    others = {url for url in opened.asked if not url.startswith((server.url, "blob:", "data:"))}
    assert not others


def wait(page, expression):
    """Wait until an expression is true; its value."""
    end = time.monotonic() + PATIENCE
    while not (value := page.evaluate(expression)):
        assert time.monotonic() < end, f"never true: {expression}; {page.inner_text('#status')}"
        page.wait_for_timeout(30)
    return value


def settled(page):
    """Wait for the answer; the line that tells of it."""
    wait(page, "document.getElementById('status').className !== 'busy'")
    return page.inner_text("#status")


def say(page, text):
    page.fill("#prompt", text)
    page.press("#prompt", "Enter")
    return settled(page)


def shown(page):
    """The motion on the stage: positions [T 22 3]."""
    content = page.evaluate("page.store.motion.toContent()")
    numbers = np.frombuffer(base64.b64decode(content["positions"]), "<f4")
    return numbers.reshape(content["frames"], -1, 3)


def picture(page):
    """The stage's pixels."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("#canvas").screenshot()


def test_words_become_the_pipelines_motion_and_it_moves(page, server):
    line = say(page, "a person jumps")
    assert re.fullmatch(r"[\d.]+ s of motion in \d+ ms \(\d+ ms of it thinking\)", line)
    (expected,) = server.pipeline("a person jumps")
    np.testing.assert_array_equal(shown(page), expected.positions)

    page.evaluate("page.playback.play(false); page.playback.seek(0.5)")
    first = picture(page)
    page.click("#play")
    wait(page, "page.playback.time > 1")
    assert picture(page) != first
    assert page.evaluate("page.stage.actors[0].body.constructor.name.length") > 0


def test_scrubbing_shows_the_frame(page):
    settled(page)
    first = picture(page)
    page.fill("#frame", "30")
    assert page.inner_text("#clock") == "1.5 s" and page.evaluate("page.playback.playing") is False
    assert picture(page) != first
    page.focus("#canvas")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("page.playback.frame") == pytest.approx(31)


def test_four_variants_stand_side_by_side_and_one_is_kept(page, server):
    page.evaluate("page.store.change('Words', {blocks: [{text: 'a person waves', seconds: 2}]})")
    page.click("#four")
    settled(page)
    names = page.locator("#labels button").all_inner_texts()
    assert names == ["seed 0", "seed 1", "seed 2", "seed 3"]
    assert page.evaluate("page.stage.actors.length") == 4
    page.locator("#labels button").nth(2).click()
    (expected,) = server.pipeline("a person waves", seconds=2, seed=2)
    np.testing.assert_array_equal(shown(page), expected.positions)
    assert page.input_value("#seed") == "2" and page.is_checked("#lock")
    page.click("#undo")
    assert page.evaluate("page.stage.actors.length") == 4


def test_step_counts_and_the_teacher_are_compared_with_one_seed(page, server):
    page.evaluate("page.store.change('Words', {blocks: [{text: 'a person waves', seconds: 1}]})")
    page.click("#compare")
    settled(page)
    names = [text.split(",")[0] for text in page.locator("#labels button").all_inner_texts()]
    assert names == ["1 step", "2 steps", "4 steps", "teacher"]
    page.locator("#labels button").nth(1).click()
    (expected,) = server.pipeline("a person waves", seconds=1, steps=2)
    np.testing.assert_array_equal(shown(page), expected.positions)


def test_unless_the_seed_is_kept_another_answer_is_another_motion(page):
    say(page, "a person jumps")
    say(page, "a person jumps")
    assert page.input_value("#seed") == "1"
    page.check("#lock")
    say(page, "a person jumps")
    assert page.input_value("#seed") == "1"


def test_what_is_not_understood_or_refused_is_told(page):
    say(page, "a person 跳")
    assert page.locator("#notes li").all_inner_texts() == ["not understood: 跳; write English"]
    page.fill("#prompt", " ")
    page.press("#prompt", "Enter")
    wait(page, "document.getElementById('status').className === 'wrong'")
    assert "prompt is empty" in page.inner_text("#status")
    page.wrong.clear()  # browsers name every refusal in their console


def test_a_hostile_prompt_stays_text(page):
    prompt = "<img src=x onerror=\"document.title = 'broken'\"> jumps"
    say(page, prompt)
    assert page.title() == "Motion from text"
    assert page.inner_text(".block span") == prompt
    page.click(".tabs.wide [data-panel=history]")
    assert prompt in page.inner_text("#past li:first-child button")
    page.click(".tabs.wide [data-panel=steer]")


def test_every_change_is_undone_and_done_again(page):
    first = page.evaluate("JSON.stringify(page.store.doc.blocks)")
    say(page, "a person jumps")
    page.click("#steps button:nth-child(2)")
    page.click("[data-view=inPlace]")
    page.fill("#seconds", "3")
    page.press("#seconds", "Tab")
    last = page.evaluate("JSON.stringify(page.store.doc.blocks)")
    assert json.loads(last)[0]["seconds"] == 3
    while page.is_enabled("#undo"):
        page.click("#undo")
    state = page.evaluate("(({steps, inPlace}) => ({steps, inPlace}))(page.store.doc)")
    assert state == {"steps": 1, "inPlace": False}
    assert page.evaluate("JSON.stringify(page.store.doc.blocks)") == first
    while page.is_enabled("#redo"):
        page.click("#redo")
    state = page.evaluate("(({steps, inPlace}) => ({steps, inPlace}))(page.store.doc)")
    assert state == {"steps": 2, "inPlace": True}
    assert page.evaluate("JSON.stringify(page.store.doc.blocks)") == last


@pytest.mark.parametrize("kind", WRITABLE)
def test_each_format_is_saved_and_holds_the_motion(page, server, tmp_path, kind):
    page.evaluate("page.store.change('Words', {blocks: [{text: 'a person waves', seconds: 1}]})")
    page.evaluate("page.generator.generate()")
    settled(page)
    page.click(".tabs.wide [data-panel=files]")
    with page.expect_download(timeout=1000 * PATIENCE) as wished:
        page.click(f"[data-format={kind}]")
    path = tmp_path / f"saved{suffix_of(kind)}"
    wished.value.save_as(path)
    page.click(".tabs.wide [data-panel=steer]")

    assert wished.value.suggested_filename == f"a person waves 0{suffix_of(kind)}"
    if path.suffix in READABLE:
        (expected,) = server.pipeline("a person waves", seconds=1)
        assert np.abs(Motion.load(path, fps=20).positions - expected.positions).max() < 0.001
    else:
        start = {"mp4": (4, b"ftyp"), "gif": (0, b"GIF8"), "html": (0, b"<!doctype html>")}
        at, word = start.get(kind, (0, b"glTF"))
        assert path.read_bytes()[at : at + len(word)] == word


def drop(page, path, target="body"):
    """Let a file fall on the page, as from a folder."""
    content = base64.b64encode(path.read_bytes()).decode()
    page.evaluate(
        """([content, name, target]) => {
            const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name));
            for (const kind of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
                document.querySelector(target).dispatchEvent(event);
            }
        }""",
        [content, path.name, target],
    )
    page.wait_for_timeout(50)
    return settled(page)


def test_a_dropped_bvh_is_played(page, server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=2)
    assert drop(page, motion.save(tmp_path / "walk.bvh")) == "walk.bvh: 2.0 s"
    assert np.abs(shown(page) - motion.positions).max() < 0.001
    (tmp_path / "none.bvh").write_text("nothing")
    assert "none.bvh" in drop(page, tmp_path / "none.bvh")
    assert page.get_attribute("#status", "class") == "wrong"
    page.wrong.clear()


def still(path):
    """The GLB at ``path`` without its animation: a character."""
    content = path.read_bytes()
    (size,) = struct.unpack("<I", content[12:16])
    document = json.loads(content[20 : 20 + size])
    document.pop("animations")
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + size :]
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    path.write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return path


def test_a_character_wears_the_motion(page, server, tmp_path):
    say(page, "a person walks forward")
    (motion,) = server.pipeline("a person walks forward")
    assert drop(page, still(motion.save(tmp_path / "hero.glb"))) == "hero.glb wears the motion"
    page.evaluate("page.playback.play(false); page.playback.seek(1.5)")
    picture(page)

    # each limb of the character points as the motion's does, and its hips are where they are
    bones = page.evaluate(
        """(() => {
            const {character} = page.stage.view, places = {};
            for (const {name, bone} of character.bones) {
                bone.updateWorldMatrix(true, false);
                places[name] = bone.matrixWorld.elements.slice(12, 15);
            }
            return places;
        })()"""
    )
    joints = motion.positions[30]
    names = list(motion.skeleton.names)
    for joint in ("knee", "ankle", "elbow", "wrist"):
        for side in ("left", "right"):
            index = names.index(f"{side}_{joint}")
            parent = PARENTS[index]
            away = np.subtract(bones[names[index]], bones[names[parent]])
            wished = joints[index] - joints[parent]
            cosine = away @ wished / np.linalg.norm(away) / np.linalg.norm(wished)
            assert np.degrees(np.arccos(min(1, cosine))) < 1.0, names[index]
    assert np.linalg.norm(np.subtract(bones["pelvis"], joints[0])) < 0.03
    page.select_option("#body", "mannequin")


def test_a_session_and_a_link_bring_all_back(page, browser, server, tmp_path):
    say(page, "a person jumps")
    page.fill("#seed", "7")
    page.press("#seed", "Tab")
    say(page, "a person jumps")
    before = shown(page)
    with page.expect_download() as wished:
        page.click("#keep")
    wished.value.save_as(tmp_path / "my-session.json")
    page.click("#link")
    wait(page, "location.hash.length > 10")
    address = page.evaluate("location.href")

    page.evaluate("page.store.open({})")
    assert drop(page, tmp_path / "my-session.json") == "opened the session"
    np.testing.assert_array_equal(shown(page), before)
    assert page.input_value("#seed") == "7" and page.input_value("#prompt") == "a person jumps"

    other = open_page(browser, address)
    np.testing.assert_array_equal(shown(other), before)
    other.close()
    page.evaluate("history.replaceState(null, '', '/')")


def test_the_plot_can_be_read(page):
    say(page, "a person walks forward")
    page.click("#plotting")
    label = wait(page, "document.querySelector('#plot svg').getAttribute('aria-label')")
    assert re.fullmatch(r"Root height .+ m, speed .+ m/s over [\d.]+ s\.", label)
    assert {"height", "speed", "left ankle", "0 s"} <= set(
        page.locator("#plot text").all_text_contents()
    )
    assert page.locator("#plot rect").count() > 1
    page.click("#plotting")


def test_every_control_has_a_name_and_is_reached_by_the_tab_key(page):
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=file]), select, textarea")].filter(one => {
            const label = one.getAttribute("aria-label") ?? (one.labels?.[0]?.textContent || one.textContent);
            return !label?.trim();
        }).map(one => one.outerHTML)"""
    )
    assert nameless == []
    unreachable = page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=file]), select, textarea")].filter(
            one => one.tabIndex < 0 && one.getAttribute("role") !== "radio" && one.getAttribute("role") !== "tab"
        ).map(one => one.outerHTML)"""
    )
    assert unreachable == []


def test_keys_play_step_and_choose(page):
    settled(page)
    page.evaluate("page.playback.play(false); page.playback.seek(0)")
    page.focus("#canvas")
    for key, expected in (
        (" ", "page.playback.playing"),
        (" ", "!page.playback.playing"),
        ("Home", "page.playback.frame === 0"),
        ("Shift+ArrowRight", "Math.round(page.playback.frame) === 10"),
        ("l", "!page.playback.repeats"),
        ("l", "page.playback.repeats"),
        ("b", "page.stage.view.body === 'stick'"),
        ("c", "page.stage.view.camera === 'orbit'"),
        ("p", "page.steering.mode === 'path'"),
        ("Escape", "page.steering.mode === 'look'"),
        ("t", "document.documentElement.dataset.theme === 'dark'"),
        ("t", "document.documentElement.dataset.theme === 'light'"),
        ("/", "document.activeElement.id === 'prompt'"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(expected), key
    page.select_option("#body", "mannequin")
    page.select_option("#camera", "follow")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_nothing_is_cut_off(browser, server, size):
    page = open_page(
        browser, server.url, viewport=dict(zip(("width", "height"), size)), has_touch=True
    )
    wide = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollHeight]")
    assert wide[0] <= size[0] and wide[1] <= size[1]
    box = page.locator("#canvas").bounding_box()
    assert box["width"] >= min(380, size[0] - 2) and box["height"] > 250
    tabs = page.locator(".tabs.phone [role=tab]" if size[0] < 760 else ".tabs.wide [role=tab]")
    for tab in tabs.all():
        tab.click()
        panel = page.locator(f"#{tab.get_attribute('data-panel')}")
        assert panel.is_visible() and panel.bounding_box()["width"] > 240
    page.close()


def test_the_mannequin_is_one_closed_skin(page):
    found = page.evaluate(
        """(() => {
            const {geometry} = page.stage.actors[0].body.object, index = geometry.index.array;
            const edges = new Map();
            for (let k = 0; k < index.length; k += 3) {
                for (const [a, b] of [[0, 1], [1, 2], [2, 0]]) {
                    const key = [index[k + a], index[k + b]].sort((x, y) => x - y).join();
                    edges.set(key, (edges.get(key) ?? 0) + 1);
                }
            }
            const weights = geometry.attributes.skinWeight.array, sums = [];
            for (let v = 0; v < weights.length; v += 4) sums.push(weights[v] + weights[v + 1] + weights[v + 2] + weights[v + 3]);
            return {open: [...edges.values()].filter(count => count !== 2).length, low: Math.min(...sums), high: Math.max(...sums), triangles: index.length / 3};
        })()"""
    )
    assert found["open"] == 0 and found["triangles"] > 8000
    assert found["low"] == pytest.approx(1, abs=1e-5) == found["high"]


@pytest.mark.parametrize("joint", ["left_wrist", "right_ankle", "pelvis", "head"])
def test_the_preview_of_a_pin_keeps_the_bones(page, joint):
    settled(page)
    lengths = page.evaluate(
        """async joint => {
            const {bend} = await import("/static/stage/ik.js"), {motion} = page.store, pose = motion.pose(10);
            const at = motion.index(joint), goal = [0.1, 0.15, 0.1].map((by, k) => pose[3 * at + k] + by);
            const bent = bend(motion.names, pose, joint, goal);
            const long = (some, a, b) => Math.hypot(...[0, 1, 2].map(k => some[3 * a + k] - some[3 * b + k]));
            return motion.parents.map((parent, k) => parent < 0 ? 0 : long(bent, k, parent) - long(pose, k, parent));
        }""",
        joint,
    )
    assert np.abs(lengths).max() < 1e-3
