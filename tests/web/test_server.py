"""The server: the pipeline's own motion, files that load, clear refusals."""

import json
import socket
import subprocess
import sys
import threading
import time
from base64 import b64decode
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import numpy as np
import pytest

from motionlcm.cli.demo import main
from motionlcm.formats.constraint_files import read_constraints
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.generation.segments import segments_of
from motionlcm.motion.motion import Motion
from motionlcm.web import server as server_module
from motionlcm.web.api import constraints_of
from motionlcm.web.server import MotionServer


@pytest.fixture(scope="module")
def server():
    made = MotionServer(MotionPipeline.from_pretrained())
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)
    assert not thread.is_alive()


def wish(text="a person jumps", seconds=None, **others):
    return {"prompts": [{"text": text, "seconds": seconds}], **others}


def fixed(**changes):
    """A file of constraints with one pin."""
    pin = {"type": "effector_target", "joint": "head", "frame": 9, "position": [0, 1.5, 0]}
    return {"constraints": [{**pin, **changes}]}


def ask(server, path, body=None, headers=None):
    """An answer's status, body and headers; a body of names and values is sent as JSON."""
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = HttpRequest(server.url + path, data=content, headers=headers or {})
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        return error.code, error.read(), error.headers


def positions_of(content):
    """The positions of a motion in an answer."""
    return np.frombuffer(b64decode(content["positions"]), "<f4").reshape(content["frames"], -1, 3)


def test_the_motions_are_the_pipelines(server):
    status, body, _ = ask(server, "api/generate", wish(seconds=3, seed=5, steps=2, variants=3))
    content = json.loads(body)
    assert status == 200 and content["notes"] == [] and content["seconds_taken"] > 0
    for seed, motion in zip((5, 6, 7), content["motions"], strict=True):
        (expected,) = server.pipeline("a person jumps", seconds=3, seed=seed, steps=2)
        np.testing.assert_array_equal(positions_of(motion), expected.positions)
        assert (motion["seed"], motion["fps"], motion["caption"]) == (seed, 20, "a person jumps")

        contacts = np.frombuffer(b64decode(motion["contacts"]), np.uint8).reshape(-1, 4)
        np.testing.assert_array_equal(contacts, expected.features[:, -4:] > 0.5)


def test_the_page_is_told_what_was_not_understood(server):
    content = json.loads(ask(server, "api/generate", wish("a person 跳", 1))[1])
    assert content["notes"][0] == "not understood: 跳; write English"
    assert content["notes"] == server.pipeline.notes(["a person 跳"])


def test_the_facts_are_the_models(server):
    facts = json.loads(ask(server, "api/facts")[1])
    assert facts["steps"] == [1, 2, 4] and facts["longest"] == 9.8 and facts["has_teacher"]
    assert facts["model"] == "open" and facts["models"] == ["open", "small"]
    assert len(facts["skeleton"]["names"]) == len(facts["skeleton"]["parents"]) == 22
    assert {"mp4", "bvh", "glb"} <= set(facts["formats"])
    assert facts["scales"]["1"] == server.pipeline.card.guidance_scales[1] > 1


def test_what_refining_takes_is_opened_beside_other_answers(server):
    server.pipeline.__dict__.pop("vae", None)
    server.workshop._opener = None
    assert ask(server, "api/steering", b"")[0] == 204
    assert ask(server, "api/generate", wish())[0] == 200
    server.workshop._opener.join(60)
    opened = server.pipeline.__dict__["vae"]
    ask(server, "api/steering", b"")
    server.workshop._opener.join(60)
    assert server.pipeline.vae is opened  # once is enough


@pytest.mark.parametrize("kind", ["npz", "bvh", "glb", "amass"])
def test_a_file_holds_the_same_motion_and_is_read_again(server, tmp_path, kind):
    body = wish("a person jumps / über", 2)
    status, content, headers = ask(server, f"api/file?format={kind}", body)
    suffix = ".amass.npz" if kind == "amass" else f".{kind}"
    assert status == 200
    assert headers["Content-Disposition"].endswith(
        f"a%20person%20jumps%20%2F%20%C3%BCber%200{suffix}"
    )
    path = tmp_path / f"got{suffix}"
    path.write_bytes(content)
    (expected,) = server.pipeline("a person jumps / über", seconds=2)
    assert np.abs(Motion.load(path, fps=20).positions - expected.positions).max() < 0.001

    status, other, headers = ask(server, f"api/convert?name=got{suffix}&format=npz", content)
    assert status == 200 and headers["Content-Disposition"].endswith("''got.npz")
    path = tmp_path / "converted.npz"
    path.write_bytes(other)
    assert np.abs(Motion.load(path).positions - expected.positions).max() < 0.001

    status, body, _ = ask(server, f"api/read?name=got{suffix}", content)
    (motion,) = json.loads(body)["motions"]
    assert status == 200 and motion["fps"] == 20
    assert np.abs(positions_of(motion) - expected.positions).max() < 0.001


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("api/generate", wish(""), "prompt is empty"),
        ("api/generate", wish(seconds=99), "seconds must be 0.5 to 9.8, got 99"),
        ("api/generate", b'{"prompts": [{"text": "a", "seconds": NaN}]}', "0.5 to 9.8"),
        ("api/generate", wish(steps=3), "steps must be one of [1, 2, 4]"),
        ("api/generate", wish(steps="many"), "steps must be a whole number"),
        ("api/generate", wish(seed=-1), "seed"),
        ("api/generate", wish(seed=2**53), "seed"),
        ("api/generate", wish(guidance_scale=90), "guidance"),
        ("api/generate", wish(variants=9), "variants must be a whole number from 1 to 8, got 9"),
        ("api/generate", wish(variants=True), "variants"),
        ("api/generate", wish(loop="yes"), "loop must be true or false, got 'yes'"),
        ("api/generate", wish(effort="much"), "effort must be one of preview, default, best"),
        ("api/generate", wish(constraints=[1]), "constraints must be a list of objects"),
        ("api/generate", wish(sead=1), "unknown field 'sead'; allowed: prompts,"),
        ("api/generate", {"prompts": "a person jumps"}, "prompts must be a list"),
        ("api/generate", {"prompts": [{"txt": "a"}]}, "prompts must be objects with text"),
        ("api/generate", {}, "prompts must be a list"),
        ("api/generate", b"[1]", "must hold names and values"),
        ("api/generate", b"{", "the request's body is damaged"),
        ("api/generate", b"[" * 100_000, "the request's body is damaged"),
        ("api/file?format=exe", wish(), "exe"),
        ("api/file?format=bvh", wish(variants=2), "variants must be 1 for a file"),
        ("api/read?name=walk.bvh", b"hello", "walk.bvh: line 1: found 'hello'"),
        ("api/read?name=walk.exe", b"hello", "walk.exe: cannot read .exe"),
        ("api/read?name=../../etc/passwd", b"hello", "name must be a file's name"),
        ("api/read?name=walk.bvh", b"", "walk.bvh is empty"),
        ("api/constraints?name=a.json", b"1", "a.json is damaged: it must hold names"),
        ("api/constraints?name=a.json", b"[1]", "a.json: segment 1: must be an object"),
        ("api/constraints?name=a.json", {"segments": []}, "a.json: the timeline has no segment"),
        (
            "api/constraints?name=a.json",
            {"segments": [{"prompt": "a person walks", "seconds": 61}]},
            "a.json has 1 segments of 61 s, the page makes at most 20 of 60 s",
        ),
        (
            "api/constraints?name=a.json",
            {"segments": [{"prompt": "a person walks"}], "constraints": [{"type": "keep"}]},
            "a.json: constraint 0: it needs a type",
        ),
        ("api/constraints?name=a.json", {"paths": []}, 'a.json must hold {"constraints"'),
        ("api/constraints?name=a.json", {"constraints": []}, "a.json holds no constraints"),
        ("api/constraints?name=a.json", fixed(joint="tail"), "constraint 0: no joint is called"),
        (
            "api/constraints?name=a.json",
            {"constraints": [{"type": "keep_start", "motion": "/etc/passwd"}]},
            "a.json: constraint 0: the motion '/etc/passwd' did not come with it; drop both",
        ),
        ("api/constraints?name=a.csv", b"1,2,3,4", "a.csv, line 1: a path has the columns"),
        ("api/constraints?name=a.csv", b"0,0\n0,nan", "a.csv: the points of a root path must be"),
        ("api/constraints?name=a.csv", b"0,1\n" * 1200, "a.csv: all points"),
        (
            "api/constraints?name=a.csv",
            b"".join(b"0,%d\n" % each for each in range(1200)),
            "a.csv holds 1,200 points, pins and poses, the page shows at most 1,000",
        ),
        ("api/constraints?name=a", b"0,1", "name must be a file's name"),
        ("api/read?name=a.bvh&bytes=3&name=b.bin", b"hello", "bytes must tell the size of each"),
        ("api/read?name=a.bvh&bytes=3&name=b.bin&bytes=3", b"hello", "the 2 files, 5 together"),
        ("api/read?name=a.bvh&bytes=5&name=../b&bytes=0", b"hello", "name must be a file's name"),
        ("api/read?name=a.bvh&bytes=5&name=A.BVH&bytes=0", b"hello", "each of another name"),
        ("api/read?name=a.amc", b"1", "a.amc: no skeleton found"),
        ("api/convert?name=walk.bvh&format=glb", b"hello", "walk.bvh: line 1: found 'hello'"),
        ("api/convert?name=walk.bvh&format=exe", b"hello", "exe"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(server, path, body, words):
    status, content, _ = ask(server, path, body)
    assert status == 400
    error = json.loads(content)["error"]
    assert words in error and "\n" not in error and len(error) < 400


def test_constraints_are_read_as_the_command_line_reads_them(server, tmp_path):
    entries = [
        {"type": "root_path", "points": [[0, 0], [1, 2]], "seconds": [0, 3], "headings": [0, 90]},
        {"type": "effector_target", "joint": "head", "frames": [5, 9], "positions": [[0, 1.5, 0]] * 2,
         "axes": "xy", "tolerance": 0.02},
    ]  # fmt: skip
    path = tmp_path / "wishes.json"
    path.write_text(json.dumps({"constraints": entries}))
    status, body, _ = ask(server, "api/constraints?name=wishes.json", path.read_bytes())
    told = json.loads(body)["constraints"]
    assert status == 200 and [one["type"] for one in told] == ["root_path"] + 2 * [
        "effector_target"
    ]
    expected, again = read_constraints(path).targets(80), constraints_of(told).targets(80)
    for name in ("positions", "mask", "tolerance", "headings"):
        np.testing.assert_allclose(getattr(again, name), getattr(expected, name))

    assert json.loads(body)["prompts"] == []
    status, body, _ = ask(server, "api/constraints?name=way.csv", b"x;z\n0;0\n0.5;2")
    (way,) = json.loads(body)["constraints"]
    assert status == 200 and way["points"] == [[0, 0], [0.5, 2]] and way["frames"] is None


def together(*paths):
    """The query and the body of files that are sent in one."""
    query = "&".join(f"name={path.name}&bytes={path.stat().st_size}" for path in paths)
    return query, b"".join(path.read_bytes() for path in paths)


def same_targets(told, path, frames=80):
    """Constraints of an answer ask for what a file's ask for."""
    again, expected = constraints_of(told).targets(frames), read_constraints(path).targets(frames)
    for name in ("positions", "mask", "tolerance", "headings"):
        found, wanted = getattr(again, name), getattr(expected, name)
        np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_poses_of_files_that_come_with_constraints_are_read_as_the_command_line_reads_them(
    server, tmp_path
):
    (motion,) = server.pipeline("a person waves", seconds=4)
    motion.save(tmp_path / "wave.bvh")
    Motion(0.9 * motion.positions[:8]).save(tmp_path / "Start.npz")  # of a smaller body
    entries = [
        {"type": "keep_start", "motion": "start.NPZ"},
        {"type": "pose_keyframe", "frame": 40, "motion": "poses/wave.bvh", "at": 9, "placed": True},
        {"type": "pose_keyframe", "second": 2.5, "motion": "wave.bvh", "at": 20, "tolerance": 0.02},
        {"type": "keep_end", "motion": "wave.bvh"},
    ]
    path = tmp_path / "poses.json"
    path.write_text(json.dumps({"constraints": entries}))
    query, body = together(path, tmp_path / "wave.bvh", tmp_path / "Start.npz")
    status, answer, _ = ask(server, f"api/constraints?{query}", body)
    assert status == 200, answer
    told = json.loads(answer)["constraints"]
    assert [one["type"] for one in told] == [entry["type"] for entry in entries]
    assert told[2]["placed"] is False and told[2]["frame"] == 50

    # beside the files, by the names that they have on this disk
    entries[0]["motion"], entries[1]["motion"] = "Start.npz", "wave.bvh"
    path.write_text(json.dumps({"constraints": entries}))
    same_targets(told, path, frames=140)


def test_a_timeline_is_read_as_the_command_line_reads_it(server, tmp_path):
    (motion,) = server.pipeline("a person walks", seconds=2)
    motion.save(tmp_path / "walk.npz")
    part = {"type": "keep_part", "motion": "walk.npz", "part": "left_arm"}
    segments = [{"prompt": "a person walks", "seconds": 1}, {"prompt": "a person jumps"}]
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"segments": segments, "constraints": [part]}))
    query, body = together(path, tmp_path / "walk.npz")
    status, answer, _ = ask(server, f"api/constraints?{query}", body)
    content = json.loads(answer)
    assert status == 200 and content["prompts"] == [
        {"text": "a person walks", "seconds": 1},
        {"text": "a person jumps", "seconds": None},
    ]
    path.write_text(json.dumps({"constraints": [part]}))
    same_targets(content["constraints"], path, frames=40)

    status, answer, _ = ask(server, "api/constraints?name=day.json", json.dumps(segments).encode())
    assert status == 200 and json.loads(answer)["constraints"] == []
    assert len(json.loads(answer)["prompts"]) == 2


def test_a_motion_in_several_files_is_read(server, shared_data):
    motion, skeleton = (
        shared_data / "raw-samples" / name for name in ("cmu_16_24.amc", "cmu_16.asf")
    )
    query, body = together(motion, skeleton)
    status, answer, _ = ask(server, f"api/read?{query}", body)
    (content,) = json.loads(answer)["motions"]
    assert status == 200 and content["frames"] == Motion.load(motion).num_frames
    status, answer, headers = ask(server, f"api/convert?{query}&format=bvh", body)
    assert status == 200 and "cmu_16_24.bvh" in headers["Content-Disposition"]


def test_other_paths_and_other_hosts_are_refused(server):
    assert ask(server, "../setup.cfg")[0] == 404
    assert ask(server, "api/generate")[0] == 405
    for host in ("elsewhere.example", "127.0.0.1.elsewhere.example", "10.0.0.1", "[", ""):
        assert ask(server, "api/facts", headers={"Host": host})[0] in (400, 403)
    for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:80"):
        assert ask(server, "api/facts", headers={"Host": host})[0] == 200


def test_a_taken_port_is_one_clear_line(server, capsys):
    assert main(["--port", str(server.port), "--no-browser"]) == 1
    error = capsys.readouterr().err
    assert "--port 0" in error and error.count("\n") == 1
    assert main(["--port", "99999"]) == 2


def said(server, content, *, hang_up=False):
    """The answer to raw bytes; b"" where the client does not wait for it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(content)
        if hang_up:
            return b""
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://[ HTTP/1.0", 400),
        (b"GET //[ HTTP/1.0", 404),
        (b"GET /api/facts?" + b"&a=1" * 50 + b" HTTP/1.0", 200),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.0", 404),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.0", 414),
        (b"GET / HTTP/1.0\r\nX-Long: " + b"x" * 20000, 431),
        (b"GET / HTTP/1.0\r\nX-Long: " + b"x" * 900000, 400),
        (b"GET /static/..%2f..%2f..%2fsetup.cfg HTTP/1.0", 404),
        (b"GET /static/%00 HTTP/1.0", 404),
        (b"POST / HTTP/1.0", 405),
        (b"BREW /api/facts HTTP/1.0", 405),
        (b"POST /api/generate HTTP/1.0\r\nContent-Length: many", 400),
        (b"POST /api/generate HTTP/1.0\r\nContent-Length: 0", 400),
        (b"\xff\xfe\x00 / HTTP/1.0", 400),
    ],
    ids=range(14),
)
def test_odd_requests_are_answered_in_short(server, line, status):
    head, _, body = said(server, line + b"\r\nHost: 127.0.0.1\r\n\r\n").partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert status == 200 or len(body) < 500
    assert b"nosniff" in head


def test_clients_that_hang_up_leave_the_server_as_it_was(server, capfd):
    body = json.dumps(wish()).encode()
    head = b"POST /api/generate HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
    whole = head % len(body) + body
    for content in (b"", b"GET", whole[:-2], whole, whole):
        said(server, content, hang_up=True)
    assert ask(server, "api/generate", wish())[0] == 200
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("no space left\non the device"), "no space left on the device"),
        (KeyError("secret"), "an error inside this server; its own output tells more"),
    ],
)
def test_a_failure_inside_is_one_line(server, monkeypatch, caplog, error, words):
    def fail(request):
        raise error

    monkeypatch.setattr(server.pipeline, "generate", fail, raising=False)
    status, body, _ = ask(server, "api/generate", wish())
    assert status == 500 and json.loads(body) == {"error": words}
    assert ("secret" in caplog.text) == isinstance(error, KeyError)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "api/generate", 200),
        ({"Sec-Fetch-Site": "same-origin"}, "api/generate", 200),
        ({"Sec-Fetch-Site": "none"}, "api/facts", 200),
        ({"Sec-Fetch-Site": "cross-site"}, "", 200),
        ({"Sec-Fetch-Site": "cross-site"}, "api/generate", 403),
        ({"Sec-Fetch-Site": "same-site"}, "api/facts", 403),
        ({"Origin": "https://elsewhere.example"}, "api/generate", 403),
        ({"Origin": "null"}, "", 403),
        ({"Origin": "http://127.0.0.1:1"}, "api/generate", 403),
    ],
)
def test_other_sites_pages_get_nothing(server, headers, path, status):
    body = wish(seconds=1) if path == "api/generate" else None
    assert ask(server, path, body, headers)[0] == status
    if status == 200:
        own = {**headers, "Origin": server.url.rstrip("/")}
        assert ask(server, path, body, own)[0] == 200


def test_the_page_may_run_its_own_script_alone(server):
    _, page, headers = ask(server, "")
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and page.count(b"<script") == 2
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert ask(server, "api/facts")[2]["Content-Security-Policy"].startswith("default-src 'none'")


def test_files_of_the_page_have_their_types_and_are_kept_until_they_change(server, tmp_path):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "secret.txt").write_text("secret")
    mount = next(route for route in server.app.app.routes if route.path == "/static")
    mount.app.all_directories = [folder]
    page = ask(server, "")[1].decode()
    version = page.partition("/static/")[2][:12]
    status, body, headers = ask(server, f"static/{version}/app/main.js")
    assert status == 200 and body == (server_module.STATIC / "app" / "main.js").read_bytes()
    assert "immutable" in headers["Cache-Control"] and "/static/app" not in page
    assert ask(server, f"static/{version}/app/nothing.js")[0] == 404

    status, body, headers = ask(server, "static/a.js")
    assert status == 200 and body == b"export const a = 1;\n"
    assert headers["Content-Type"].startswith("text/javascript")
    assert headers["Cache-Control"] == "no-cache"
    again = ask(server, "static/a.js", headers={"If-None-Match": headers["ETag"]})
    assert again[0] == 304
    for path in (
        "static/../secret.txt",
        "static/%2e%2e/secret.txt",
        "static/nothing.js",
        "static/",
    ):
        assert ask(server, path)[0] == 404
    mount.app.all_directories = [server_module.STATIC]


def test_an_answer_that_takes_too_long_ends(server, monkeypatch):
    monkeypatch.setattr("motionlcm.web.waiting.LONGEST_ANSWER", 0.05)
    monkeypatch.setattr(server.pipeline, "generate", lambda request: time.sleep(0.5), raising=False)
    status, body, _ = ask(server, "api/generate", wish())
    assert status == 504 and "not done within" in json.loads(body)["error"]


def test_several_prompts_are_a_timeline(server):
    parts = [("a person walks", 3.0), ("a person sits down", 2.5)]
    prompts = [{"text": text, "seconds": seconds} for text, seconds in parts]
    status, body, _ = ask(server, "api/generate", {"prompts": prompts, "variants": 2, "seed": 4})
    motions = json.loads(body)["motions"]
    assert status == 200 and [motion["seed"] for motion in motions] == [4, 5]
    for motion in motions:
        expected = server.pipeline.sequence(parts, seed=motion["seed"])
        np.testing.assert_array_equal(positions_of(motion), expected.positions)


def test_loops_and_motions_in_place_are_the_pipelines(server):
    body = wish("a person walks forward", 6, loop=True, in_place=True)
    content = json.loads(ask(server, "api/generate", body)[1])
    (motion,) = server.pipeline("a person walks forward", seconds=6)
    notes = []
    expected = motion.looped(notes).in_place()
    np.testing.assert_array_equal(positions_of(content["motions"][0]), expected.positions)
    assert content["notes"] == notes


def test_a_prompt_of_several_actions_tells_its_parts(server):
    content = json.loads(ask(server, "api/generate", wish("a man walks, then sits down"))[1])
    assert content["notes"][-1] == "made in 2 parts: 'a man walks', then 'a man sits down'"
    assert content["notes"][:-1] == server.pipeline.notes(["a man walks", "a man sits down"])


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        ([("a person walks", 50), ("a person runs", 11)], "at most 60 s together, got 61"),
        ([("a person walks", 50), ("a person runs", 0.1)], "segment 2: seconds must be 0.5"),
        ([("a person walks", None), ("", None)], "segment 2: the prompt is empty"),
        ([("a person walks", None)] * 21, "prompts must be a list of 1 to 20"),
    ],
)
def test_a_wrong_timeline_is_told_what_is_wrong(server, prompts, words):
    body = {"prompts": [{"text": text, "seconds": seconds} for text, seconds in prompts]}
    status, content, _ = ask(server, "api/generate", body)
    assert status == 400 and words in json.loads(content)["error"]


def test_constraints_are_held_and_reported(server):
    constraints = [
        {"type": "root_path", "points": [[0, 0], [0.4, 1.2], [0, 2.4]], "frames": [0, 40, 79]},
        {
            "type": "effector_target",
            "joint": "right_wrist",
            "frame": 60,
            "position": [0.0, 1.3, 2.2],
            "axes": "y",
        },
    ]
    body = wish("a person walks", 4, constraints=constraints, effort="preview", variants=2)
    content = json.loads(ask(server, "api/generate", body)[1])
    for motion in content["motions"]:
        positions = positions_of(motion)
        for frame, point in ((0, (0, 0)), (40, (0.4, 1.2)), (79, (0, 2.4))):
            assert np.abs(positions[frame, 0, [0, 2]] - point).max() < 0.001
        assert abs(positions[60, 21, 1] - 1.3) < 0.001
        assert motion["report"]["error_mm"]["value"] < 1


def test_a_timeline_keeps_to_constraints(server):
    parts = [("a person walks", 3.0), ("a person stands still", 2.0)]
    pin = {"type": "effector_target", "joint": "right_wrist", "frame": 80, "position": [0, 1.3, 0]}
    body = {
        "prompts": [{"text": text, "seconds": seconds} for text, seconds in parts],
        "constraints": [pin | {"axes": "y"}],
        "effort": "preview",
        "seed": 2,
    }
    (motion,) = json.loads(ask(server, "api/generate", body)[1])["motions"]
    positions = positions_of(motion)
    assert len(positions) == 100 and abs(positions[80, 21, 1] - 1.3) < 0.001
    assert motion["report"]["error_mm"]["value"] < 1

    body["constraints"] = [pin | {"frame": 100}]
    status, content, _ = ask(server, "api/generate", body)
    assert status == 400 and "past the end" in json.loads(content)["error"]


def test_poses_are_told_by_their_positions(server):
    (source,) = server.pipeline("a person squats down", seconds=3)
    pose = source.positions[30] - source.positions[30, 0] * [1, 0, 1]
    entry = {"type": "pose_keyframe", "frame": 30, "positions": pose.tolist()}
    body = wish("a person stands still", 3, constraints=[entry], effort="preview")
    content = json.loads(ask(server, "api/generate", body)[1])
    distance = np.linalg.norm(positions_of(content["motions"][0])[30] - pose, axis=-1)
    assert distance.max() < 0.03


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"type": "pose_keyframe", "frame": 1, "motion": "/etc/passwd"}, "files cannot be named"),
        (
            {"type": "pose_keyframe", "frame": 1, "positions": [[1, 2]]},
            "positions must be [T 22 3]",
        ),
        ({"type": "pose_keyframe", "frame": 1, "positions": "much"}, "constraint 0: "),
        ({"type": "keep_start", "positions": [[[1, 2, "x"]]]}, "constraint 0: "),
        ({"type": "effector_target", "joint": "tail", "frame": 1, "position": [0, 1, 0]}, "tail"),
        ({"type": "root_path", "points": [[0, 0], [0, 99]]}, "8 m/s"),
        ({"type": "magic"}, "it needs a type"),
    ],
)
def test_a_wrong_constraint_is_told_what_is_wrong(server, entry, words):
    body = wish("a person walks", 2, constraints=[entry], effort="preview")
    status, content, _ = ask(server, "api/generate", body)
    error = json.loads(content)["error"]
    assert status == 400 and words in error and len(error) < 500


@pytest.mark.slow
def test_the_teacher_and_refined_constraints_are_made_as_the_pipeline_makes_them(server):
    body = wish("a person walks", 2, use_teacher=True, steps=2, seed=3)
    status, content, _ = ask(server, "api/generate", body)
    (motion,) = json.loads(content)["motions"]
    (expected,) = server.pipeline("a person walks", seconds=2, use_teacher=True, steps=2, seed=3)
    assert status == 200 and np.abs(positions_of(motion) - expected.positions).max() < 1e-4

    path = {"type": "root_path", "points": [[0, 0], [0.3, 1.5]], "frames": [0, 39]}
    status, content, _ = ask(server, "api/generate", wish("a person walks", 2, constraints=[path]))
    (motion,) = json.loads(content)["motions"]
    assert status == 200 and motion["report"]["error_mm"]["value"] < 1
    assert np.abs(positions_of(motion)[39, 0, [0, 2]] - [0.3, 1.5]).max() < 0.001


@pytest.mark.slow
def test_the_teacher_makes_timelines(server):
    parts = [("a person walks", 2.0), ("a person sits down", 1.5)]
    prompts = [{"text": text, "seconds": seconds} for text, seconds in parts]
    body = {"prompts": prompts, "use_teacher": True, "steps": 2, "seed": 5, "variants": 2}
    status, content, _ = ask(server, "api/generate", body)
    motions = json.loads(content)["motions"]
    assert status == 200 and [motion["seed"] for motion in motions] == [5, 6]
    for motion in motions:
        request = Request.of(parts[0][0], use_teacher=True, steps=2, seed=motion["seed"])
        expected = server.pipeline.timeline(
            segments_of(parts), request.resolved(server.pipeline.card)
        )
        assert np.abs(positions_of(motion) - expected.positions).max() < 1e-4
        assert motion["frames"] == 70
        free = server.pipeline.sequence(parts, steps=2, seed=motion["seed"])
        assert np.abs(free.positions - expected.positions).max() > 0.05


def test_the_page_needs_no_package_of_mmcp():
    code = (
        "import sys, threading, urllib.request\n"
        "from motionlcm.generation.pipeline import MotionPipeline\n"
        "from motionlcm.web import server\n"
        "server.find_spec = lambda name: None\n"
        "made = server.MotionServer(MotionPipeline.from_pretrained())\n"
        "threading.Thread(target=made.run).start()\n"
        "assert urllib.request.urlopen(made.url + 'api/facts').status == 200\n"
        "try: urllib.request.urlopen(made.url + 'capabilities')\n"
        "except urllib.error.HTTPError as error: assert error.code == 404, error.code\n"
        "else: raise AssertionError('capabilities')\n"
        "made.stop()\n"
        "extra = {'fastapi', 'motionmcp', 'pydantic', 'torch', 'mcp'} & set(sys.modules)\n"
        "assert not extra, extra\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
