"""The page in a real browser: files out and in, characters, sessions and links."""

import json
from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.table import READABLE, WRITABLE, suffix_of
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import PARENTS
from tests.formats.rigs import RIGS, write_rig
from tests.web.browsing import PATIENCE, drop, open_page, picture, say, settled, shown, still, wait
from tests.web.vrms import write_avatar, write_packed


@pytest.mark.slow
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
        # VRM's humanoid has a trunk of its own
        limit = 0.02 if kind == "vrma" else 0.001
        assert np.abs(Motion.load(path, fps=20).positions - expected.positions).max() < limit
    else:
        start = {"mp4": (4, b"ftyp"), "gif": (0, b"GIF8"), "html": (0, b"<!doctype html>")}
        at, word = start.get(kind, (0, b"glTF"))
        assert path.read_bytes()[at : at + len(word)] == word


def test_a_dropped_bvh_is_played(page, server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=2)
    assert drop(page, motion.save(tmp_path / "walk.bvh")) == "walk.bvh: 2.0 s"
    assert page.inner_text("#saying") == "walk.bvh"  # and not the prompt that stands there
    assert np.abs(shown(page) - motion.positions).max() < 0.001

    page.click(".tabs.wide [data-panel=files]")
    with page.expect_download(timeout=1000 * PATIENCE) as wished:
        page.click("[data-format=npz]")
    page.click(".tabs.wide [data-panel=steer]")
    wished.value.save_as(tmp_path / "saved.npz")
    assert wished.value.suggested_filename == "walk.npz"
    assert np.abs(Motion.load(tmp_path / "saved.npz").positions - motion.positions).max() < 0.001

    # a session holds the file
    with page.expect_download() as wished:
        page.click("#keep")
    wished.value.save_as(tmp_path / "session.json")
    page.evaluate("page.store.open({})")
    drop(page, tmp_path / "session.json")
    again = saved(page, "npz", tmp_path / "again.npz")
    assert np.abs(again.positions - motion.positions).max() < 0.001

    (tmp_path / "none.bvh").write_text("nothing")
    assert "none.bvh" in drop(page, tmp_path / "none.bvh")
    assert page.get_attribute("#status", "class") == "wrong"
    page.wrong.clear()


def saved(page, kind, path):
    """The motion on the stage, saved by the page's button and read again."""
    page.click(".tabs.wide [data-panel=files]")
    with page.expect_download(timeout=1000 * PATIENCE) as wished:
        page.click(f"[data-format={kind}]")
    page.click(".tabs.wide [data-panel=steer]")
    wished.value.save_as(path)
    return Motion.load(path)


def test_what_is_saved_is_what_is_shown_whatever_was_typed_since(page, tmp_path):
    say(page, "a person jumps")
    page.fill("#prompt", "a person sits down")
    page.click("#steps button:nth-child(2)")
    page.fill("#seconds", "2")
    page.press("#seconds", "Tab")
    motion = saved(page, "npz", tmp_path / "saved.npz")
    np.testing.assert_allclose(motion.positions, shown(page), atol=1e-6)

    page.click("[data-view=inPlace]")
    motion = saved(page, "npz", tmp_path / "still.npz")
    assert np.abs(motion.positions[:, 0, [0, 2]]).max() < 1e-5 < np.abs(shown(page)[:, 0, 2]).max()


def test_a_pose_of_a_file_is_fixed_by_a_button(page, server, tmp_path):
    (motion,) = server.pipeline("a person raises both arms", seconds=2)
    path = Motion(motion.positions[20:]).save(tmp_path / "arms.npz")
    say(page, "a person stands still")
    page.evaluate("page.playback.play(false); page.playback.seek(1)")
    with page.expect_file_chooser() as wished:
        page.click("#bring-pose")
    wished.value.set_files(path)
    wait(page, "page.store.doc.constraints.length === 1 && !page.store.doc.isWanted")
    assert page.inner_text("#constraints b") == "Pose of arms.npz"
    posed, wanted = shown(page)[20], motion.positions[20]
    assert np.abs((posed - posed[0]) - (wanted - wanted[0])).max() < 0.01


def test_constraints_and_paths_are_dropped_and_held(page, tmp_path):
    say(page, "a person walks forward")
    place = [0.25, 1.3, 2.6]
    entries = [
        {"type": "root_path", "points": [[0, 0], [0.3, 1.2], [0, 2.4]], "frames": [0, 30, 60]},
        {"type": "effector_target", "joint": "right_wrist", "frame": 60, "position": place},
    ]
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"constraints": entries}))
    before = picture(page)
    drop(page, path)
    assert page.get_attribute("#status", "class") == ""
    motion, wrist = shown(page), page.evaluate("page.store.motion.index('right_wrist')")
    away = motion[[0, 30, 60], 0][:, [0, 2]] - entries[0]["points"]
    assert np.linalg.norm(away, axis=-1).max() < 0.001
    assert np.linalg.norm(motion[60, wrist] - place) < 0.002

    # they are shown and listed like those drawn by hand, and one step undoes them
    assert picture(page) != before
    kinds = page.evaluate("page.steering.handles.list.map(one => one.kind)")
    assert kinds == ["point", "point", "point", "fixed"] and page.evaluate(
        "page.steering.line.object.visible"
    )
    assert page.locator("#constraints li").count() == 2
    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints") == []
    page.click("#redo")
    assert page.evaluate("page.store.doc.constraints.length") == 2

    # a path takes the place of another one; what is pinned late makes the motion longer
    path.write_text(json.dumps({"constraints": entries[:1]}))
    page.click("#undo")
    drop(page, path)
    (tmp_path / "way.csv").write_text("x,z\n0,0\n1,1\n1,3\n")
    drop(page, tmp_path / "way.csv")
    late = {**entries[1], "frame": 150, "position": [1.1, 1.2, 3.1]}
    path.write_text(json.dumps({"constraints": [late]}))
    drop(page, path)
    assert page.get_attribute("#status", "class") == ""
    pinned = page.evaluate("page.store.doc.constraints.map(one => one.frame ?? one.points)")
    assert pinned == [150, [[0, 0], [1, 1], [1, 3]]] and len(shown(page)) == 151
    assert np.linalg.norm(shown(page)[-1, 0, [0, 2]] - [1, 3]) < 0.001
    assert np.linalg.norm(shown(page)[150, wrist] - late["position"]) < 0.002


def test_places_that_follow_each_other_are_dropped_as_one_pin_that_holds(page, tmp_path):
    say(page, "a person stands still")
    at = {"type": "effector_target", "joint": "right_wrist"}
    held = {**at, "frames": [20, 21, 22, 23], "positions": 4 * [[-0.3, 1.2, 0.3]]}
    later = {**at, "frames": [30, 31], "positions": [[-0.3, 1.2, 0.3], [-0.3, 1.21, 0.3]]}
    path = tmp_path / "hold.json"
    path.write_text(json.dumps({"constraints": [held, later]}))
    drop(page, path)
    assert page.get_attribute("#status", "class") == ""
    pins = page.evaluate(
        "page.store.doc.constraints.map(({frame, until}) => [frame, until ?? null])"
    )
    assert pins == [[20, 23], [30, None], [31, None]]
    wrist = page.evaluate("page.store.motion.index('right_wrist')")
    away = shown(page)[20:24, wrist] - [-0.3, 1.2, 0.3]
    assert np.linalg.norm(away, axis=-1).max() < 0.001


def test_poses_that_constraints_name_are_dropped_with_them(page, server, tmp_path):
    (motion,) = server.pipeline("a person raises both arms", seconds=2)
    pose = motion.save(tmp_path / "arms.bvh")
    say(page, "a person stands still")
    path = tmp_path / "poses.json"
    entry = {"type": "pose_keyframe", "frame": 30, "motion": "arms.bvh", "at": 20, "placed": True}
    path.write_text(json.dumps({"constraints": [entry]}))
    assert "'arms.bvh' did not come with it" in drop(page, path)
    page.wrong.clear()

    drop(page, path, pose)
    assert page.get_attribute("#status", "class") == ""
    assert np.abs(shown(page)[30] - motion.positions[20]).max() < 0.005
    assert page.inner_text("#constraints b") == "Pose of poses.json"
    page.click("#undo")
    assert page.evaluate("page.store.doc.constraints") == []

    # what was brought before is known; what is given whole comes on top
    given = {"type": "keep_start", "motion": "poses/ARMS.bvh"}
    path.write_text(json.dumps({"constraints": [given]}))
    page.fill("#seconds", "2")
    page.press("#seconds", "Tab")
    drop(page, path)
    assert len(shown(page)) == 80 and np.abs(shown(page)[:40] - motion.positions).max() < 0.005
    assert page.inner_text("#constraints b") == "First 40 frames of poses.json"


def test_a_timeline_is_dropped_with_what_it_fixes(page, server, tmp_path):
    segments = [{"prompt": "a person walks forward", "seconds": 3}, {"prompt": "a person jumps"}]
    pin = {
        "type": "effector_target",
        "joint": "head",
        "second": 4,
        "position": [0, 1.5, 0],
        "axes": "y",
    }
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"segments": segments, "constraints": [pin]}))
    drop(page, path)
    assert page.get_attribute("#status", "class") == ""
    blocks = page.locator(".block span").all_inner_texts()
    assert blocks == ["a person walks forward", "a person jumps"]
    head = page.evaluate("page.store.motion.index('head')")
    assert abs(shown(page)[80, head, 1] - 1.5) < 0.002

    path.write_text(json.dumps(segments))
    drop(page, path)
    expected = server.pipeline.sequence([("a person walks forward", 3.0), ("a person jumps", None)])
    np.testing.assert_array_equal(shown(page), expected.positions)
    page.click("#undo")
    page.click("#undo")
    assert page.locator(".block").count() == 1


def test_a_motion_of_another_rate_goes_on_at_its_own_pace(page, server, tmp_path):
    (motion,) = server.pipeline("a person walks forward", seconds=3)
    drop(page, motion.resampled(60).save(tmp_path / "fast.npz"))
    assert page.evaluate("page.store.motion.fps") == 60
    page.click("#continue")
    settled(page)
    (given,) = page.evaluate("page.store.doc.constraints")
    assert np.abs(np.array(given["poses"]) - motion.positions[-8:]).max() < 0.005


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "day.json",
            '{"segments": [{"prompt": "a person walks", "second": 2}]}',
            "day.json: segment 1: unknown key 'second'",
        ),
        (
            "pins.json",
            '{"constraints": [{"type": "root_path"}]}',
            "pins.json: constraint 0: root_path",
        ),
        ("notes.json", '{"a": 1}', "notes.json must hold"),
        ("way.csv", "x,z\n0,0\n1,a\n", "way.csv, line 3: no numbers"),
        ("late.csv", "frame,x,z\n0,0,0\n900,1,1\n", "frames 0 to 195 at most"),
        (
            "two.json",
            json.dumps({"constraints": 2 * [{"type": "root_path", "points": [[0, 0], [0, 1]]}]}),
            "two.json holds 2 paths",
        ),
    ],
)
def test_dropped_constraints_that_are_none_are_told_in_one_line(
    page, tmp_path, name, content, words
):
    settled(page)
    (tmp_path / name).write_text(content)
    told = drop(page, tmp_path / name)
    assert words in told and "\n" not in told
    assert page.get_attribute("#status", "class") == "wrong"
    assert page.evaluate("page.store.doc.constraints") == []
    page.wrong.clear()


def test_a_motion_and_a_character_are_dropped_together(page, server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=2)
    files = [motion.save(tmp_path / "walk.bvh"), still(motion.save(tmp_path / "hero.glb"))]
    assert drop(page, *files) == "hero.glb wears the motion"
    assert np.abs(shown(page) - motion.positions).max() < 0.001
    page.click("#undo")
    assert page.evaluate("page.stage.view.body") == "mannequin"
    page.click("#redo")
    assert page.evaluate("page.stage.view.body") == "character"


def test_what_was_brought_is_there_after_the_page_is_loaded_again(browser, server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=2)
    walk, hero = motion.save(tmp_path / "walk.bvh"), still(motion.save(tmp_path / "hero.glb"))
    page = open_page(browser, server.url)
    state = "[page.store.doc.results.kind, page.store.doc.character?.title ?? null, page.stage.view.body, page.store.past.length]"

    def loaded_again(load):
        load()
        page.wait_for_selector("html[data-ready]", timeout=1000 * PATIENCE)
        return page.evaluate(state)

    drop(page, walk, hero)
    before = shown(page)
    assert loaded_again(page.reload) == ["file", "hero.glb", "character", 0]
    np.testing.assert_array_equal(shown(page), before)
    assert page.inner_text("#character") == "hero.glb wears the motion."

    # a motion made since takes the file's place; the character stays, worn or not
    say(page, "a person jumps")
    page.select_option("#body", "mannequin")
    assert loaded_again(page.reload) == ["one", "hero.glb", "mannequin", 0]

    # a file that the browser has lost is told of, and a page that begins anew has none
    drop(page, walk)
    page.evaluate(
        "new Promise(done => { indexedDB.deleteDatabase('motionlcm').onsuccess = done; })"
    )
    assert loaded_again(page.reload) == ["one", None, "mannequin", 0]
    assert "has not kept the file" in page.inner_text("#status")
    drop(page, walk, hero)
    assert loaded_again(lambda: page.goto(server.url)) == ["one", None, "mannequin", 0]
    assert loaded_again(page.reload) == ["one", None, "mannequin", 0]
    assert page.wrong == []
    page.close()


def test_a_link_of_a_brought_motion_says_what_it_lacks(page, server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=1)
    drop(page, motion.save(tmp_path / "walk.bvh"))
    page.click("#link")
    wait(page, "document.getElementById('status').textContent.includes('not walk.bvh')")
    page.evaluate("history.replaceState(null, '', '/')")


def test_a_character_wears_the_motion(page, server, tmp_path):
    say(page, "a person walks forward")
    (motion,) = server.pipeline("a person walks forward")
    assert drop(page, still(motion.save(tmp_path / "hero.glb"))) == "hero.glb wears the motion"
    page.evaluate("page.playback.play(false); page.playback.seek(1.5)")
    picture(page)

    assert (
        np.linalg.norm(np.subtract(worn_as(page, motion, 30)["pelvis"], motion.positions[30, 0]))
        < 0.03
    )
    page.select_option("#body", "mannequin")


@pytest.mark.parametrize("version", ["0.0", "1.0"])
def test_a_vrm_wears_the_motion(page, server, tmp_path, version):
    say(page, "a person walks forward")
    (motion,) = server.pipeline("a person walks forward")
    facing = 180 if version == "0.0" else 0  # older files face -Z
    rig = replace(RIGS["child-vrm"], vrm_version=version, facing=facing)
    assert drop(page, write_rig(tmp_path / "child.vrm", rig)) == "test wears the motion"
    page.evaluate("page.playback.play(false); page.playback.seek(1.5)")
    assert len(picture(page)) > 10_000

    hips = worn_as(page, motion, 30)["pelvis"]
    assert np.abs(np.subtract(hips, motion.positions[30, 0]))[[0, 2]].max() < 0.03
    assert 0.3 < hips[1] < 0.8  # of a child
    page.select_option("#body", "mannequin")


@pytest.mark.parametrize("version", ["0.0", "1.0"])
def test_an_avatar_of_other_software_is_worn_with_all_that_it_brings(
    page, server, tmp_path, version
):
    say(page, "a person walks forward")
    (motion,) = server.pipeline("a person walks forward")
    told = drop(page, write_avatar(tmp_path / "avatar.vrm", version))
    lacks = "; not in its file: beside.png, face.png" if version == "1.0" else ""
    assert told == "test wears the motion" + lacks  # the older one says its pictures elsewhere
    page.evaluate("page.playback.play(false); page.playback.seek(1.5)")
    picture(page)
    worn_as(page, motion, 30)

    # the body for others' eyes is seen, in MToon; the one for its wearer's is not
    meshes = page.evaluate(
        """(() => {
            const found = {};
            page.stage.view.character.model.traverse(node => {
                if (node.isMesh) found[node.name] = [node.visible, [node.material].flat().some(one => one.isMToonMaterial)];
            });
            return found;
        })()"""
    )
    assert meshes["own_eyes"][0] is False and meshes["body_1"] == [True, True]
    names = page.evaluate(
        "page.stage.view.character.vrm.expressionManager.expressions.map(one => one.expressionName)"
    )
    assert {"blink", "odd name / 表情"} <= set(names)

    # hair swings while the body moves, and is nowhere odd after a jump in time
    hair = """(() => { const {vrm} = page.stage.view.character, bone = [...vrm.springBoneManager.joints][0].bone;
        return bone.quaternion.toArray(); })()"""
    before = page.evaluate(hair)
    page.evaluate("page.playback.play()")
    wait(
        page, f"JSON.stringify({hair}) !== {json.dumps(json.dumps(before, separators=(',', ':')))}"
    )
    page.evaluate("page.playback.play(false); page.playback.seek(0)")
    picture(page)
    assert np.isfinite(page.evaluate(hair)).all()
    page.select_option("#body", "mannequin")


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        ("KHR_draco_mesh_compression", "it is packed by Draco, which is not read here"),
        ("EXT_meshopt_compression", "it is packed by meshopt, which is not read here"),
        ("KHR_texture_basisu", "it is packed by KTX2, which is not read here"),
        (None, "cannot be read as a character"),
    ],
)
def test_a_packed_or_broken_avatar_is_told_in_one_line(page, tmp_path, extension, words):
    path = write_packed(tmp_path / "packed.vrm", extension)
    told = drop(page, path)
    assert told.startswith("packed.vrm") and words in told and "\n" not in told and len(told) < 300
    assert page.evaluate("page.store.doc.view.body") == "mannequin"
    page.wrong.clear()


def worn_as(page, motion, frame):
    """Places of a character's bones, each limb of which points as the motion's does."""
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
    joints = motion.positions[frame]
    names = list(motion.skeleton.names)
    for joint in ("knee", "ankle", "elbow", "wrist"):
        for side in ("left", "right"):
            index = names.index(f"{side}_{joint}")
            parent = PARENTS[index]
            away = np.subtract(bones[names[index]], bones[names[parent]])
            wished = joints[index] - joints[parent]
            cosine = away @ wished / np.linalg.norm(away) / np.linalg.norm(wished)
            assert np.degrees(np.arccos(min(1, cosine))) < 1.0, names[index]
    return bones


@pytest.mark.slow
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

    page.evaluate("page.store.open({}); page.generator.keep([])")
    assert drop(page, tmp_path / "my-session.json") == "opened the session"
    np.testing.assert_array_equal(shown(page), before)
    assert page.input_value("#seed") == "7" and page.input_value("#prompt") == "a person jumps"

    # its history has words and seeds, from which the motions are made again
    page.click(".tabs.wide [data-panel=history]")
    past = page.locator("#past button")
    assert "seed 0" in past.nth(1).inner_text() and "a person jumps" in past.nth(1).inner_text()
    past.nth(1).click()
    settled(page)
    page.click(".tabs.wide [data-panel=steer]")
    (expected,) = server.pipeline("a person jumps")
    np.testing.assert_array_equal(shown(page), expected.positions)

    other = open_page(browser, address)
    np.testing.assert_array_equal(shown(other), before)
    other.click("#four")
    settled(other)
    other.click("#link")
    wait(other, "document.getElementById('status').textContent.includes('link')")
    third = open_page(browser, other.evaluate("location.href"))
    assert third.evaluate("page.store.doc.results.labels") == other.evaluate(
        "page.store.doc.results.labels"
    )
    third.close()
    other.close()
    page.evaluate("history.replaceState(null, '', '/')")
