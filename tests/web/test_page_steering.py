"""The page in a real browser: paths, pins, poses and timelines by hand."""

import numpy as np
import pytest

from motionlcm.generation.request import Request
from motionlcm.generation.segments import segments_of
from tests.web.browsing import drag, open_page, picture, pixel, say, settled, shown, wait

WAY = ((0, 0), (-0.3, 0.6), (-1.0, 0.8), (-1.7, 0.3))  #: metres, in sight of the camera


@pytest.mark.slow
def test_a_drawn_path_is_walked_and_its_points_are_dragged(page):
    say(page, "a person walks forward")
    page.click("[data-mode=path]")
    page.click("#centre")
    picture(page)
    drag(page, [pixel(page, [x, 0, z]) for x, z in WAY])
    settled(page)
    path, *others = page.evaluate("page.store.doc.constraints")
    assert path["kind"] == "path" and not others and path["points"][0] == [0, 0]
    assert np.hypot(*np.subtract(path["points"][-1], WAY[-1])) < 0.1

    def farthest():
        points = page.evaluate("page.store.doc.constraints[0].points")
        frames = page.evaluate(
            """import("/static/app/path.js").then(({pathFrames}) => pathFrames(page.store.doc.constraints[0].points, page.store.motion.frames))"""
        )
        return np.linalg.norm(shown(page)[frames][:, 0, ::2] - points, axis=-1).max()

    assert farthest() < 0.001
    x, z = path["points"][-1]
    picture(page)
    drag(page, [pixel(page, [x, 0.02, z]), pixel(page, [x + 0.4, 0, z - 0.4])])
    settled(page)
    moved = page.evaluate("page.store.doc.constraints[0].points.at(-1)")
    assert np.hypot(*np.subtract(moved, (x + 0.4, z - 0.4))) < 0.05 and farthest() < 0.001
    assert "0.0 mm" in page.inner_text("#report")
    slip = page.evaluate("page.store.motion.facts.report.slip")
    slides = f"feet slide {slip['value']:.2f} m/s {slip['free']:.2f} m/s"
    assert slides in " ".join(page.inner_text("#report").split())

    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints[0].points.at(-1)") == [x, z]
    assert farthest() < 0.001

    # its line is bent where it is taken hold of, and a point is added and taken away in the list
    (ax, az), (bx, bz) = page.evaluate("page.store.doc.constraints[0].points.slice(-2)")
    middle, count = [(ax + bx) / 2, (az + bz) / 2], len(path["points"])
    drag(
        page, [pixel(page, [middle[0], 0, middle[1]]), pixel(page, [middle[0], 0, middle[1] + 0.3])]
    )
    settled(page)
    bent = page.evaluate("page.store.doc.constraints[0].points")
    assert (
        len(bent) == count + 1
        and np.hypot(*np.subtract(bent[-2], (middle[0], middle[1] + 0.3))) < 0.05
    )
    assert farthest() < 0.001
    page.click("#constraints summary")
    page.get_by_label(f"take point {count} away").click()
    settled(page)
    assert page.evaluate("page.store.doc.constraints[0].points.length") == count
    page.click("#undo")
    page.click("#undo")
    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints") == []


def test_the_handles_of_a_long_path_do_not_overlap_and_pull_what_lies_between(page):
    say(page, "a person walks forward")
    page.evaluate("page.playback.play(false)")
    way = [[0.5 * np.sin(0.02 * k), 0.015 * k] for k in range(200)]
    entry = {"type": "root_path", "points": way, "frames": None}
    page.evaluate(
        "entry => page.steering.take({constraints: [entry], prompts: []}, 'way.csv')", entry
    )
    settled(page)
    page.click("[data-mode=path]")
    page.click("#centre")
    picture(page)
    handles = page.evaluate("page.steering.handles.list.map(({k, place}) => [k, place])")
    numbers, places = [k for k, _ in handles], np.array([place for _, place in handles])
    assert 6 < len(handles) < 30 and numbers[0] == 0 and numbers[-1] == 199
    assert np.linalg.norm(np.diff(places, axis=0), axis=-1).min() > 0.13  # two radii

    # one is dragged: the points up to its neighbours follow, all others stay
    k, at = handles[3]
    drag(page, [pixel(page, at), pixel(page, [at[0] - 0.2, 0.02, at[2]])])
    settled(page)
    moved = np.array(page.evaluate("page.store.doc.constraints[0].points"))
    away = np.linalg.norm(moved - way, axis=-1)
    assert len(moved) == 200 and abs(away[k] - 0.2) < 0.03
    assert away[: numbers[2] + 1].max() < 0.002 and away[numbers[4] :].max() < 0.002
    assert np.abs(np.diff(away[numbers[2] : numbers[4] + 1])).max() < 0.06

    # closer by there are more of them; few points may be kept of many
    page.evaluate(
        """(() => {const {camera} = page.stage.set, {target} = page.stage.controls;
            camera.position.lerp(target, 0.8); page.stage.controls.update(); page.stage.redraw()})()"""
    )
    picture(page)
    assert page.evaluate("page.steering.handles.list.length") > len(handles)
    page.click("#constraints summary")
    page.get_by_role("button", name="that shape it").click()
    settled(page)
    few = np.array(page.evaluate("page.store.doc.constraints[0].points"))
    assert 2 < len(few) < 30 and np.array_equal(few[[0, -1]], moved[[0, -1]])


def test_a_hand_is_pinned_by_dragging_it(page):
    say(page, "a person stands still")
    page.evaluate("page.playback.play(false); page.playback.seek(1)")
    page.click("[data-mode=pin]")
    picture(page)
    at = page.evaluate("page.steering.handles.list.find(one => one.name === 'right_wrist').place")
    page.mouse.move(*pixel(page, at))
    page.mouse.down()
    page.mouse.move(*pixel(page, [at[0], at[1] + 0.35, at[2] + 0.1]), steps=4)
    assert page.evaluate("page.stage.preview !== null")
    page.mouse.up()
    settled(page)
    (pin,) = page.evaluate("page.store.doc.constraints")
    assert (pin["joint"], pin["frame"]) == ("right_wrist", 20) and pin["position"][1] > at[1] + 0.2
    wrist = page.evaluate("page.store.motion.index('right_wrist')")
    assert np.linalg.norm(shown(page)[20, wrist] - pin["position"]) < 0.001
    assert "right wrist" in page.inner_text("#constraints")
    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints") == []


def test_the_server_is_told_once_that_somebody_is_about_to_steer(browser, server):
    page = open_page(browser, server.url)

    def told():
        return sum(url.endswith("/api/steering") for url in page.asked)

    page.hover("#examples-name")
    assert told() == 0
    page.hover("#add-pose")
    page.focus("#canvas")
    for key in "ip":
        page.keyboard.press(key)
    assert told() == 1 and page.wrong == []
    page.close()


def test_what_is_fixed_is_dragged_along_the_timeline(page):
    say(page, "a person stands still")
    page.evaluate("page.playback.play(false); page.playback.seek(1)")
    page.select_option("#joint", "left_wrist")
    page.click("#add-pin")
    settled(page)
    mark, lane = page.locator("#moments button"), page.locator("#timeline").bounding_box()
    assert mark.get_attribute("aria-label") == "left wrist, frame 20"
    page.evaluate("page.playback.seek(0)")
    mark.click()
    assert page.evaluate("page.playback.frame") == pytest.approx(20)

    box = mark.bounding_box()
    start = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    drag(page, [start, [lane["x"] + lane["width"] / 2, start[1]]])
    settled(page)
    (pin,) = page.evaluate("page.store.doc.constraints")
    assert abs(pin["frame"] - (len(shown(page)) - 1) / 2) < 1.5
    wrist = page.evaluate("page.store.motion.index('left_wrist')")
    assert np.linalg.norm(shown(page)[pin["frame"], wrist] - pin["position"]) < 0.001
    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints[0].frame") == 20


def test_a_pin_holds_as_long_as_its_mark_is_drawn(page):
    say(page, "a person stands still")
    page.evaluate("page.playback.play(false); page.playback.seek(1)")
    for joint in ("right_wrist", "left_wrist"):
        page.select_option("#joint", joint)
        page.click("#add-pin")
        settled(page)

    # two marks of one moment stand below each other; the end of one is dragged
    upper, lower = (mark.bounding_box() for mark in page.locator("#moments button").all())
    assert upper["x"] == lower["x"] and upper["y"] + upper["height"] <= lower["y"] + 2
    y, end = upper["y"] + upper["height"] / 2, upper["x"] + upper["width"] + 3
    drag(page, [[end, y], [end + 150, y]])
    settled(page)
    pin = page.evaluate("page.store.doc.constraints[0]")
    assert pin["frame"] == 20 and 24 < pin["until"] < 50

    def farthest():
        held, (wrist, motion) = page.evaluate("page.store.doc.constraints[0]"), joint_of(page)
        away = motion[held["frame"] : held["until"] + 1, wrist] - held["position"]
        return np.linalg.norm(away, axis=-1).max()

    assert farthest() < 0.001
    assert page.locator("#moments button").first.get_attribute("aria-label") == (
        f"right wrist, frames 20 to {pin['until']}"
    )

    # keys: from mark to mark, another time, longer; dragged in the middle it moves as a whole
    page.evaluate("page.playback.seek(0)")
    page.focus("#canvas")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("page.playback.frame") == pytest.approx(20)
    page.keyboard.press("ArrowDown")
    assert page.evaluate("page.playback.frame") == pytest.approx(pin["until"])
    page.locator("#moments button").first.focus()
    page.keyboard.press("ArrowLeft")
    settled(page)
    page.keyboard.press("+")
    settled(page)
    held = page.evaluate("page.store.doc.constraints[0]")
    assert [held["frame"], held["until"]] == [19, pin["until"]]
    x, y, z = held["position"]
    page.evaluate(f"page.steering.pin('right_wrist', 22, [{x}, {y + 0.1}, {z}])")
    settled(page)
    held = page.evaluate("page.store.doc.constraints.at(-1)")
    assert [held["frame"], held["until"]] == [19, pin["until"]]
    page.locator("#moments button").first.focus()
    page.keyboard.press("Delete")
    settled(page)
    page.evaluate("page.store.undo()")
    assert page.evaluate("page.store.doc.constraints.length") == 2


def test_a_pin_of_a_damaged_session_asks_for_no_more_than_there_can_be(page):
    lengths = page.evaluate(
        """import("/static/app/constraints.js").then(({toRequest}) => [1e12, -5, null, "many"].map(until => toRequest(
            {constraints: [{kind: "pin", joint: "head", frame: 10, until, position: [0, 1, 0]}], tolerance: 0, blocks: [{}]}, null
        )[0].frames.length))"""
    )
    assert lengths[0] == 1200 and max(lengths[1:]) <= 1


def test_keys_stay_where_they_are_while_what_is_fixed_changes(page):
    say(page, "a person stands still")
    page.evaluate("page.playback.play(false)")
    page.click("#add-path")
    settled(page)
    page.click("#constraints summary")
    place = (
        """[...document.querySelectorAll("#constraints input")].indexOf(document.activeElement)"""
    )
    page.locator("#constraints input").nth(2).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.25")
    page.keyboard.press("Tab")
    wait(page, "page.store.doc.constraints[0].points[1][0] === 0.25")
    settled(page)
    assert page.evaluate(place) == 3  # and the points are still open

    page.evaluate("page.playback.seek(1)")
    page.click("#add-pin")
    settled(page)
    page.locator("#moments button").focus()
    page.keyboard.press("Delete")
    settled(page)
    assert page.evaluate("document.activeElement.id") == "canvas"


def joint_of(page, name="right_wrist"):
    return page.evaluate(f"page.store.motion.index('{name}')"), shown(page)


def test_a_path_over_a_timeline_is_gone_by_those_who_go(page):
    say(page, "a person walks forward")
    page.evaluate("page.playback.play(false)")
    page.click("#add-path")
    settled(page)
    way = page.evaluate("page.store.doc.constraints[0].points")
    page.click("#add-block")
    say(page, "a person waves with the right hand")
    motion, first = shown(page), page.evaluate("page.store.doc.blocks[0].seconds")
    roots = motion[:, 0, ::2]
    assert max(np.linalg.norm(roots - point, axis=-1).min() for point in way) < 0.001
    assert np.linalg.norm(roots[int(20 * first) + 10 :] - way[-1], axis=-1).max() < 0.25


@pytest.mark.slow
def test_poses_are_kept_and_a_motion_goes_on(page):
    say(page, "a person waves with the right hand")
    page.evaluate("page.playback.play(false); page.playback.seek(1.5)")
    pose = shown(page)[30]
    page.click("#add-pose")
    settled(page)
    page.fill("#prompt", "a person stands still")
    page.press("#prompt", "Enter")
    settled(page)
    assert np.abs(shown(page)[30] - pose).max() < 0.002

    page.click("#release")
    settled(page)
    before = shown(page)
    page.click("#continue")
    say(page, "a person walks forward")
    assert np.abs(shown(page)[:8] - before[-8:]).max() < 0.005


def test_three_prompts_are_a_timeline_that_is_stretched_and_moved(page, server):
    say(page, "a person walks forward")
    for text in ("a person sits down", "a person jumps"):
        page.click("#add-block")
        page.fill("#prompt", text)
    page.press("#prompt", "Enter")
    settled(page)
    blocks = page.evaluate("page.store.doc.blocks")
    expected = server.pipeline.sequence([(one["text"], one["seconds"]) for one in blocks])
    np.testing.assert_array_equal(shown(page), expected.positions)

    # its right edge, by the pointer; then the same by a key
    box = page.locator(".block").nth(1).bounding_box()
    edge = [box["x"] + box["width"] - 4, box["y"] + 15]
    drag(page, [edge, [edge[0] + 60, edge[1]]])
    settled(page)
    longer = page.evaluate("page.store.doc.blocks[1].seconds")
    assert longer > 4.3
    page.locator(".block").nth(1).click()
    page.keyboard.press("-")
    settled(page)
    assert page.evaluate("page.store.doc.blocks[1].seconds") == pytest.approx(
        longer - 0.5, abs=0.06
    )

    box = page.locator(".block").nth(2).bounding_box()
    drag(page, [[box["x"] + 30, box["y"] + 15], [30, box["y"] + 15]])
    settled(page)
    texts = [one["text"] for one in page.evaluate("page.store.doc.blocks")]
    assert texts == ["a person jumps", "a person walks forward", "a person sits down"]
    page.click("#undo")
    assert page.evaluate("page.store.doc.blocks[0].text") == "a person walks forward"


def test_narrow_blocks_tell_what_is_done_and_not_by_whom(page):
    words = [
        "a person walks forward",
        "someone waves",
        "the man jumps",
        "hops",
        "a person",
        "a dog",
    ]
    page.evaluate(
        "texts => page.store.change('Words', {blocks: texts.map(text => ({text, seconds: 2}))})",
        words,
    )
    seen = page.locator(".block span").all_inner_texts()
    assert seen == ["walks forward", "waves", "jumps", "hops", "a person", "a dog"]
    assert (
        page.locator(".block")
        .first.get_attribute("aria-label")
        .startswith("prompt 1: a person walks forward")
    )
    page.evaluate("page.store.change('Words', {blocks: page.store.doc.blocks.slice(0, 2)})")
    assert page.locator(".block span").all_inner_texts() == words[:2]


def by_the_teacher(pipeline, parts):
    request = Request.of(parts[0][0], use_teacher=True).resolved(pipeline.card)
    return pipeline.timeline(segments_of(parts), request)


@pytest.mark.slow
def test_the_teacher_makes_a_timeline(page, server):
    page.evaluate(
        """page.store.change("Words", {useTeacher: true, blocks: [
            {text: "a person walks forward", seconds: 1}, {text: "a person jumps", seconds: 1}]})"""
    )
    page.click("#generate")
    settled(page)
    parts = [("a person walks forward", 1.0), ("a person jumps", 1.0)]
    expected = by_the_teacher(server.pipeline, parts)
    np.testing.assert_array_equal(shown(page), expected.positions)
    student = server.pipeline.sequence(parts)
    assert np.abs(expected.positions - student.positions).max() > 0.05


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
