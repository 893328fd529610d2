"""The server of motionlcm-demo: the pipeline's own motion, files that load, clear refusals, a page in a browser."""

import html
import json
import shutil
import subprocess
import threading
from base64 import b64decode
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np
import pytest

from motionlcm.cli.demo import main
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.motion import Motion
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
