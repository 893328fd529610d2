"""The page in a real browser: words to motion, scrubbing, variants, undo, keys, a phone."""

import json
import re

import numpy as np
import pytest

from motionlcm.web.pages import STATIC
from tests.web.browsing import drag, open_page, picture, say, settled, shown, wait

ROOT = STATIC.parents[2]


def test_words_become_the_pipelines_motion_and_it_moves(page, server):
    line = say(page, "a person jumps")
    took = r"(\d+ ms|[\d.]+ s)"
    assert re.fullmatch(rf"[\d.]+ s of motion in {took} \(server {took}\)", line)
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


@pytest.mark.slow
def test_step_counts_and_the_teacher_are_compared_with_one_seed(page, server):
    page.evaluate("page.store.change('Words', {blocks: [{text: 'a person waves', seconds: 1}]})")
    page.click("#compare")
    settled(page)
    names = [text.split(",")[0] for text in page.locator("#labels button").all_inner_texts()]
    assert names == ["1 step", "2 steps", "4 steps", "teacher"]
    page.locator("#labels button").nth(1).click()
    (expected,) = server.pipeline("a person waves", seconds=1, steps=2)
    np.testing.assert_array_equal(shown(page), expected.positions)


def test_an_example_moves_under_the_pointer_and_is_made_by_a_press(page):
    page.get_by_role("button", name="dance", exact=True).hover()
    wait(page, "document.getElementById('preview').classList.contains('shown')")
    first = page.locator("#preview").screenshot()
    page.wait_for_timeout(400)
    assert page.locator("#preview").screenshot() != first
    page.get_by_role("button", name="jump", exact=True).click()
    settled(page)
    assert page.input_value("#prompt") == "a person jumps"
    page.mouse.move(640, 360)
    assert not page.locator("#preview").is_visible()


def test_all_that_stand_side_by_side_are_in_the_picture(page):
    page.evaluate(
        "page.store.change('Words', {blocks: [{text: 'a person runs in a circle', seconds: 4}]})"
    )
    page.click("#four")
    settled(page)
    box = page.locator("#canvas").bounding_box()
    for time in (0, 1, 2, 3):
        page.evaluate(f"page.playback.play(false); page.playback.seek({time})")
        picture(page)
        for label in page.locator("#labels button").all():
            place = label.bounding_box()
            assert place["x"] > box["x"] - 2
            assert place["x"] + place["width"] < box["x"] + box["width"] + 2


def test_unless_the_seed_is_kept_another_answer_is_another_motion(page):
    say(page, "a person jumps")
    say(page, "a person jumps")
    assert page.input_value("#seed") == "1"
    page.check("#lock")
    say(page, "a person jumps")
    assert page.input_value("#seed") == "1"


def test_what_is_not_understood_or_refused_is_told(page):
    say(page, "a person 跳")
    notes = page.locator("#notes li").all_inner_texts()
    assert notes[0] == "not understood: 跳; write English" and len(notes) == len(set(notes))

    # how likely the motion shows the prompt stands below
    score = page.evaluate("page.store.motion.facts.familiarity")
    assert 0 < score < 1
    assert page.inner_text("#likely") == f"Likely shows the prompt: {round(100 * score)} %"

    # four seeds whose notes differ in numbers alone are told once
    notes = ["the path asks for 1.15 m/s", "the path asks for 1.2 m/s", "stands", "stands at 3"]
    page.evaluate("notes => page.store.amend({results: {...page.store.doc.results, notes}})", notes)
    assert page.locator("#notes li").all_inner_texts() == [notes[0], *notes[2:]]


def test_an_empty_prompt_is_told_and_gone_to_and_nobody_is_asked(page):
    settled(page)
    page.click("#add-block")
    page.evaluate("page.store.change('Select', {selected: 0})")
    asked = len(page.asked)
    for press in ("#generate", "#four", "#compare"):
        page.click(press)
        assert page.get_attribute("#status", "class") == "wrong"
        assert page.inner_text("#status").startswith("Prompt 2 of 2: the prompt is empty")
    assert page.evaluate("document.activeElement.id") == "prompt"
    assert page.evaluate("page.store.doc.selected") == 1 and len(page.asked) == asked
    page.get_by_label("take prompt 2 away").click()
    settled(page)
    assert page.locator(".block").count() == 1 and page.locator(".block .remove").count() == 0


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "size", [(1280, 720), (768, 1024), (390, 844), (360, 640), (844, 390)], ids=str
)
def test_nothing_is_cut_off(browser, server, size):
    width, height = size
    page = open_page(
        browser, server.url, viewport={"width": width, "height": height}, has_touch=True
    )
    wide = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollHeight]")
    assert wide[0] <= width and wide[1] <= height
    box = page.locator("#canvas").bounding_box()
    assert box["width"] >= min(380, width - 2) and box["height"] > 0.28 * height
    outside = page.evaluate(
        """[...document.querySelectorAll(".bar *, .deck *")].filter(one => {
            const box = one.getBoundingClientRect();
            return one.checkVisibility() && (box.left < -9 || box.right > innerWidth + 9);
        }).map(one => one.outerHTML)"""
    )
    assert outside == []

    tabs = page.locator("[role=tab]:visible")
    assert tabs.count() == (3 if width > 1000 else 4)
    for tab in tabs.all():
        tab.click()
        panel = page.locator(f"#{tab.get_attribute('data-panel')}")
        assert panel.is_visible() and panel.bounding_box()["width"] > 240
    page.click("#add-block")  # whichever panel is open, its words can be typed
    assert page.locator("#prompt").is_visible()
    assert page.evaluate("document.activeElement.id") == "prompt"
    page.close()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_slider_timeline_and_plot_have_one_time(browser, server, size):
    page = open_page(browser, server.url, viewport=dict(zip(("width", "height"), size)))
    say(page, "a person walks forward")
    page.click("#plotting")
    places = page.evaluate(
        """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            page.playback.play(false);
            page.playback.seek(1);
            const box = id => document.querySelector(id).getBoundingClientRect(), slider = box("#frame");
            const share = document.getElementById("frame").value / document.getElementById("frame").max;
            const now = box("#plot .now"), head = box("#playhead");
            done([slider.left + 8 + share * (slider.width - 16), head.left + head.width / 2, now.left + now.width / 2]);
        })))"""
    )
    assert max(places) - min(places) < 3, places
    value = page.locator("#plot .value").first.text_content()
    assert re.fullmatch(r"0\.\d\d m", value)

    # a pointer dragged over the plot goes through time; no word of it is cut off
    box, lane = page.locator("#plot svg").bounding_box(), page.locator("#timeline").bounding_box()
    middle = lane["x"] + lane["width"] / 2
    drag(page, [[lane["x"] + 5, box["y"] + 9], [middle, box["y"] + 9]])
    last = page.evaluate("page.store.motion.frames - 1")
    assert page.evaluate("page.playback.frame") == pytest.approx(last / 2, abs=0.5)
    for word in page.locator("#plot text").all():
        place = word.bounding_box()
        assert place["x"] >= box["x"] - 4  # with its halo
        assert place["x"] + place["width"] <= box["x"] + box["width"] + 4
    page.close()


def test_a_paused_page_rests_and_the_sign_of_waiting_is_cheap(page):
    settled(page)
    page.evaluate("page.playback.play(false)")
    wait(page, "!page.stage.isAwake")
    count = page.evaluate("page.stage.pictures")
    page.wait_for_timeout(200)
    assert page.evaluate("page.stage.pictures") == count
    page.evaluate("page.playback.seek(0.7)")
    wait(page, f"page.stage.pictures > {count}")
    page.evaluate("page.playback.play()")
    wait(page, f"page.stage.pictures > {count} + 2")

    # each of its pictures would be one of the whole page
    style = (STATIC / "style.css").read_text()
    assert set(re.findall(r"animation: turn [\d.]+s (\S+)", style)) == {"steps(8)"}


def test_a_page_that_is_loaded_again_goes_on_where_it_was(browser, server):
    page = open_page(browser, server.url, color_scheme="light")
    say(page, "a person jumps")
    page.fill("#seed", "5")
    page.press("#seed", "Tab")
    page.evaluate("page.store.change('Seconds', {blocks: page.store.withBlock({seconds: 1.5})})")
    page.click("#four")
    settled(page)
    page.click("#theme")
    labels = page.locator("#labels button").all_inner_texts()
    page.reload()
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    assert page.input_value("#prompt") == "a person jumps" and page.input_value("#seed") == "5"
    assert page.locator("#labels button").all_inner_texts() == labels
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("#past button").count() == 3  # with the first, but not made anew by loading
    page.goto(server.url)
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    assert page.input_value("#prompt") == "a person waves with the right hand"
    page.close()


def test_an_answer_is_waited_for_no_longer_on_a_press(page):
    settled(page)
    before = shown(page)
    page.route("**/api/generate", lambda route: None)  # it never comes
    page.fill("#prompt", "a person jumps")
    page.press("#prompt", "Enter")
    page.click("#stop")
    assert page.inner_text("#status").startswith("stopped")
    assert not page.locator("#stop").is_visible()
    page.unroute("**/api/generate")
    np.testing.assert_array_equal(shown(page), before)
    say(page, "a person jumps")
    assert len(shown(page)) != len(before) or np.abs(shown(page) - before).max() > 0.01


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
            const weights = geometry.attributes.skinWeight.array, sums = new Set();
            for (let v = 0; v < weights.length; v += 4) sums.add(weights[v] + weights[v + 1] + weights[v + 2] + weights[v + 3]);
            return {open: [...edges.values()].filter(count => count !== 2).length, sums: [...sums], triangles: index.length / 3};
        })()"""
    )
    assert found["open"] == 0 and found["triangles"] > 8000
    assert found["sums"] == [255]


def test_the_mannequins_file_is_of_its_shape(page):
    def give(route):
        path = ROOT / route.request.url.partition("/work/")[2]
        route.fulfill(path=path, content_type="text/javascript")

    page.route("**/work/**", give)
    built = page.evaluate(
        """Promise.all([import("/work/demo/mannequin/skin.js"), import("/static/stage/rest.js")]).then(
            ([{buildSkin}, {NAMES}]) => [...buildSkin(NAMES)])"""
    )
    page.unroute("**/work/**")
    stored = (STATIC / "stage" / "mannequin.bin").read_bytes()
    sizes = np.frombuffer(stored, "<u4", 2)
    assert len(built) == len(stored) and list(np.frombuffer(bytes(built), "<u4", 2)) == list(sizes)
    differs = np.frombuffer(bytes(built), np.uint8) != np.frombuffer(stored, np.uint8)
    assert differs.mean() < 0.01  # mathematics of other browsers differs in the last digits


def test_all_that_the_page_needs_is_asked_for_at_once_and_kept(browser, server):
    page = open_page(browser, server.url)
    asked = [url for url in page.asked if "/static/" in url]
    (version,) = {url.partition("/static/")[2].split("/")[0] for url in asked}
    early = set(
        page.evaluate(
            "[...document.querySelectorAll('head link, script')].map(one => one.href || one.src)"
        )
    )
    assert set(asked) == early and len(version) == 12
    page.reload()
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('/static/')).map(one => one.transferSize)"
    )
    assert sum(sizes) == 0
    page.close()


def test_what_is_shown_is_what_is_undone(page):
    for press, name in (("#body", "stick"), ("#camera", "top")):
        page.select_option(press, name)
    page.click("[data-view=ghosts]")
    state = "(({body, camera, ghosts}) => [body, camera, ghosts])(page.stage.view)"
    assert page.evaluate(state) == ["stick", "top", True]
    for _ in range(3):
        page.click("#undo")
    assert page.evaluate(state) == ["mannequin", "follow", False]
    assert page.get_attribute("[data-view=ghosts]", "aria-pressed") == "false"
    page.focus("#canvas")
    page.keyboard.press("Control+Shift+Z")
    assert page.evaluate(state) == ["stick", "follow", False]
    assert page.inner_text("#status") == "did again: body: stick"
    page.keyboard.press("Control+Z")


def test_an_answer_to_what_was_undone_is_not_taken(page):
    say(page, "a person stands still")
    before = shown(page)
    page.evaluate("page.steering.pin('right_wrist', 20, [-0.4, 1.5, 0.3]); page.store.undo()")
    page.wait_for_timeout(1500)
    np.testing.assert_array_equal(shown(page), before)
    page.click("#redo")  # before its motion had come, which is made now
    wait(page, "!page.store.doc.isWanted")
    wrist = page.evaluate("page.store.motion.index('right_wrist')")
    assert np.linalg.norm(shown(page)[20, wrist] - [-0.4, 1.5, 0.3]) < 0.001


def test_a_browser_that_draws_nothing_is_told_in_one_line(browser, server):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(server.url)
    page.wait_for_selector("#status.wrong:has-text('no WebGL 2')", timeout=60_000)
    assert wrong == []
    page.close()
