"""The server of motionlcm-demo: the pipeline's own motion, files that load, clear refusals, a page in a browser."""

import hashlib
import html
import json
import shutil
import socket
import subprocess
import threading
import time
from base64 import b64decode, b64encode
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np
import pytest

from motionlcm.cli.demo import main
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.motion import Motion
from motionlcm.web.connections import MOST_ANSWERED
from motionlcm.web.server import MotionServer

HOSTILE = "<img src=x onerror=\"document.title = 'broken'\">"


@pytest.fixture(scope="module")
def server():
    with MotionServer(MotionPipeline.from_pretrained(), port=0) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def get(server, path, host=None, **query):
    request = Request(
        f"{server.url}{path}?{urlencode(query)}", headers={"Host": host} if host else {}
    )
    with urlopen(request, timeout=60) as answer:
        return answer.read(), answer.headers


def test_the_motion_is_the_pipelines(server):
    content = json.loads(
        get(server, "motion", prompt="a person jumps", seconds="3", seed="5", steps="2")[0]
    )
    (expected,) = server.pipeline("a person jumps", seconds=3, seed=5, steps=2)
    positions = (
        np.frombuffer(b64decode(content["numbers"]), "<i2").reshape(-1, 22, 3) * content["unit"]
    )
    assert np.abs(positions - expected.positions).max() <= 0.00051
    assert content["fps"] == 20 and len(content["parents"]) == 22
    assert content["notes"] == []


def test_the_page_is_told_what_was_not_understood(server):
    content = json.loads(get(server, "motion", prompt="a person 跳", seconds="1")[0])
    assert content["notes"] == ["not understood: 跳; write English"]


@pytest.mark.parametrize("kind", ["npz", "bvh", "glb", "amass"])
def test_a_file_holds_the_same_motion(server, tmp_path, kind):
    content, headers = get(server, "file", prompt="a person jumps / über", seconds="2", format=kind)
    suffix = ".amass.npz" if kind == "amass" else f".{kind}"
    assert headers["Content-Disposition"].endswith(
        f"a%20person%20jumps%20%2F%20%C3%BCber%200{suffix}"
    )
    path = tmp_path / f"got{suffix}"
    path.write_bytes(content)
    (expected,) = server.pipeline("a person jumps / über", seconds=2)
    assert np.abs(Motion.load(path, fps=20).positions - expected.positions).max() < 0.001


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("motion", {}, "prompt is empty"),
        ("motion", {"prompt": "a person jumps", "seconds": "99"}, "0.5 to 9.8"),
        ("motion", {"prompt": "a person jumps", "seconds": "nan"}, "0.5 to 9.8"),
        ("motion", {"prompt": "a person jumps", "steps": "3"}, "3"),
        ("motion", {"prompt": "a person jumps", "steps": "many"}, "steps must be a number"),
        ("motion", {"prompt": "a person jumps", "seed": "-1"}, "seed"),
        ("motion", {"prompt": "a person jumps", "guidance_scale": "90"}, "guidance"),
        ("file", {"prompt": "a person jumps", "format": "exe"}, "exe"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(server, path, query, words):
    with pytest.raises(HTTPError) as refused:
        get(server, path, **query)
    assert refused.value.code == 400 and words in refused.value.read().decode()


def test_other_paths_and_other_hosts_are_refused(server):
    with pytest.raises(HTTPError) as refused:
        get(server, "../setup.cfg")
    assert refused.value.code == 404
    with pytest.raises(HTTPError) as refused:
        get(server, "", host="elsewhere.example")
    assert refused.value.code == 403


def test_a_taken_port_is_one_clear_line(server, capsys):
    assert main(["--port", str(server.server_port), "--no-browser"]) == 1
    error = capsys.readouterr().err
    assert "--port 0" in error and error.count("\n") == 1
    assert main(["--port", "99999"]) == 2


def said(server, content, *, hang_up=False):
    """The answer to raw bytes; b"" where the client does not wait for it."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as connection:
        connection.sendall(content)
        if hang_up:
            return b""
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://[ HTTP/1.0", 400),
        (b"GET //[ HTTP/1.0", 404),
        (b"GET /motion?prompt=%ff%fe HTTP/1.0", 200),
        (b"GET /motion?" + b"&a=1" * 50 + b" HTTP/1.0", 400),
        (b"GET /motion?prompt=a&seed=" + b"9" * 5000 + b" HTTP/1.0", 400),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.0", 404),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.0", 414),
        (b"POST / HTTP/1.0", 501),
        (b"\xff\xfe\x00 / HTTP/1.0", 501),
    ],
    ids=range(9),
)
def test_odd_requests_are_answered_in_short(server, line, status):
    head, _, body = said(server, line + b"\r\nHost: 127.0.0.1\r\n\r\n").partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert status == 200 or len(body) < 500
    assert b"nosniff" in head


def test_clients_that_hang_up_leave_the_server_as_it_was(server, capfd):
    request = b"GET /motion?prompt=a+person+jumps HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
    for content in (b"", b"GET", request[:-2], request, request):
        said(server, content, hang_up=True)
    assert get(server, "motion", prompt="a person jumps")[0]
    assert "Traceback" not in capfd.readouterr().err


def test_a_failure_inside_is_one_line(server, monkeypatch):
    def fail(request):
        raise OSError("no space left\non the device")

    monkeypatch.setattr(server, "generate", fail)
    with pytest.raises(HTTPError) as refused:
        get(server, "motion", prompt="a person jumps")
    assert refused.value.code == 500 and refused.value.read() == b"no space left on the device"


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "motion", 200),
        ({"Sec-Fetch-Site": "same-origin"}, "motion", 200),
        ({"Sec-Fetch-Site": "none"}, "file", 200),
        ({"Sec-Fetch-Site": "cross-site"}, "", 200),
        ({"Sec-Fetch-Site": "cross-site"}, "motion", 403),
        ({"Sec-Fetch-Site": "same-site"}, "file", 403),
        ({"Origin": "https://elsewhere.example"}, "motion", 403),
        ({"Origin": "null"}, "", 403),
        ({"Origin": "http://127.0.0.1:1"}, "motion", 403),
    ],
)
def test_other_sites_pages_get_nothing(server, headers, path, status):
    query = urlencode({"prompt": "a person jumps", "format": "npy"})
    request = Request(f"{server.url}{path}?{query}", headers=headers)
    if status == 200:
        assert urlopen(request, timeout=60).status == 200
        own = Request(request.full_url, headers={"Origin": server.url.rstrip("/")})
        assert urlopen(own, timeout=60).status == 200
        return
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=60)
    assert refused.value.code == status


def test_the_page_may_run_its_own_script_alone(server):
    page, headers = get(server, "")
    policy = headers["Content-Security-Policy"]
    script = page.decode().partition("<script>")[2].partition("</script>")[0]
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'") and f"script-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert get(server, "motion", prompt="a person jumps")[1]["Content-Security-Policy"]


def test_five_hundred_silent_connections_stop_nobody_and_cost_no_thread(server):
    before = threading.active_count()
    silent = [
        socket.create_connection(("127.0.0.1", server.server_port), timeout=60) for _ in range(500)
    ]
    try:
        assert json.loads(get(server, "motion", prompt="a person jumps")[0])["fps"] == 20
        assert threading.active_count() <= before + 8
    finally:
        for connection in silent:
            connection.close()


def test_silence_ends_a_connection(server, monkeypatch):
    monkeypatch.setattr("motionlcm.web.connections.PATIENCE", 0.2)
    start = time.monotonic()
    assert said(server, b"") == b""
    assert time.monotonic() - start < 30


def test_a_request_that_stops_half_way_ends(server, monkeypatch):
    monkeypatch.setattr("motionlcm.web.server._Handler.timeout", 0.2)
    assert said(server, b"GET / HT") == b""


def test_more_requests_than_places_are_told_to_come_back(server):
    taken = [server._places.acquire(timeout=60) for _ in range(MOST_ANSWERED)]
    try:
        assert all(taken)
        assert said(server, b"GET / HTTP/1.0\r\n").startswith(b"HTTP/1.0 503 ")
    finally:
        for _ in taken:
            server._places.release()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_a_browser_shows_the_motion(server, tmp_path):
    page = server.page()
    assert page.count("<script>") == 1 and "$" not in page.replace("${", "")
    for prompt, shown in (
        ("a person jumps", "s of motion, made in"),
        (HOSTILE, html.escape(HOSTILE, quote=False)),
    ):
        changed = page.replace('value="a person jumps"', f'value="{html.escape(prompt)}"')
        server.page = lambda changed=changed: changed
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=3000", "--dump-dom", server.url,
        ]  # fmt: skip
        found = subprocess.run(
            command, capture_output=True, check=True, text=True, timeout=120
        ).stdout
        assert shown in found and "<title>Motion from text</title>" in found
        assert found.count("<a href=") == 8
