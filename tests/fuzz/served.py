"""Rows of what a running server is sent: requests of MMCP, batches of them, and whole heads of HTTP."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import threading
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rows import Reader

HEADS = {
    "capabilities.http": b"GET /capabilities HTTP/1.1\r\nHost: localhost\r\n"
    b"Accept: application/json\r\nAccept-Encoding: gzip\r\nUser-Agent: Proscenium/1.0\r\n"
    b"Connection: close\r\n\r\n",
    "health.http": b"GET /health?verbose=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
    b"Origin: http://127.0.0.1:8000\r\nSec-Fetch-Site: same-origin\r\n"
    b"Cookie: a=1; b=2\r\nConnection: close\r\n\r\n",
    "sent.http": b"GET /capabilities HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n"
    b'Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n{"health": 1}',
    "chunked.http": b"GET /capabilities HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "several.http": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    b"HEAD /capabilities HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}
#: What docs/server.md names; 307 leads from a name with a slash at its end to the one without.
STATUSES = {100, 200, 307, 400, 403, 404, 405, 408, 413, 414, 422, 431, 503}
SHORT_PATIENCE = 0.3  #: seconds that the server waits for the rest of a head or body, in these rows


def write_mmcp(folder: Path) -> None:
    """Write a request of the Motion Model Context Protocol, with a rig that is not ours."""
    (folder / "mmcp.json").write_text(json.dumps(mmcp_request()))


def write_mmcp_batch(folder: Path) -> None:
    """Write two such requests in one body."""
    batch = {"protocol_version": "1.0", "requests": [mmcp_request(), mmcp_request()]}
    (folder / "batch.json").write_text(json.dumps(batch))


def mmcp_request() -> dict[str, Any]:
    """A request with a path, a pin and a pose."""
    from tests.web.rigs import mixamo_skeleton

    return {
        "protocol_version": "1.0",
        "model": "motionlcm-open",
        "skeleton": mixamo_skeleton(),
        "segments": [{"type": "text", "prompt": "a person jumps", "duration_frames": 12}],
        "constraints": [
            {"type": "root_path", "frames": [0, 11], "positions_xz": [[1.0, 2.0], [1.0, 2.3]]},
            {
                "type": "effector_target",
                "joint": "mixamorig:LeftHand",
                "frames": [6],
                "positions": [[1.3, 1.2, 2.3]],
            },
            {
                "type": "pose_keyframe",
                "frame": 9,
                "joint_rotations": {"mixamorig:LeftArm": [0.0, 0.0, -0.6, 0.8]},
                "fill_mode": "rest",
            },
        ],
        "timing": {"fps": 24.0},
        "options": {"seed": 5, "num_samples": 1, "diffusion_steps": 1, "transition_frames": 5}
        | {"model_options": {"effort": "preview"}},
    }


@cache
def running_server() -> Any:
    """A server that runs until the process ends."""
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.web.server import MotionServer

    server = MotionServer(MotionPipeline.from_pretrained())
    server.warm(with_mmcp=True)
    threading.Thread(target=server.run, daemon=True).start()
    return server


def read_mmcp(folder: Path) -> Any:
    """Post a request; a refusal must be the protocol's, and an answer what its client reads."""
    return motion_in(posted((folder / "mmcp.json").read_bytes()))


def read_mmcp_batch(folder: Path) -> Any:
    """Post a batch; each of its results is an answer, or a refusal of the protocol's."""
    from motionmcp.errors import STATUS_FOR

    for result in posted((folder / "batch.json").read_bytes())["results"]:
        if "gltf" in result:
            motion_in(result["gltf"])
            continue
        assert STATUS_FOR[result["error"]["code"]] < 500, result
        assert len(json.dumps(result)) < 8000, "too long"


def posted(body: bytes) -> Any:
    """The JSON of the answer to a body; ValueError for a refusal of the protocol's."""
    from motionmcp.errors import STATUS_FOR

    request = urllib.request.Request(running_server().url + "generate", body)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answered(answer.read())
    except urllib.error.HTTPError as error:
        envelope = answered(error.read())["error"]
        assert error.code == STATUS_FOR[envelope["code"]] < 500, envelope
        raise ValueError(f"{envelope['code']}: {envelope['message']}") from None


def motion_in(gltf: Any) -> Any:
    """The first motion of an answer, as the protocol's client reads it."""
    from motionmcp import client

    (motion,) = client.parse_gltf_samples(gltf)[:1]
    assert np.isfinite(motion["local_rot_mats"]).all() and np.isfinite(motion["posed_joints"]).all()
    return motion


def answered(content: bytes) -> Any:
    """The JSON of an answer; another answer is a crash, and no refusal."""
    try:
        return json.loads(content, parse_constant=lambda word: 1 / 0)  # NaN is no JSON
    except (ValueError, ZeroDivisionError):
        raise AssertionError(f"no JSON: {content[:200]!r}") from None


def write_heads(folder: Path) -> None:
    """Write requests as they go over the line."""
    for name, content in HEADS.items():
        (folder / name).write_bytes(content)


def read_heads(folder: Path) -> Any:
    """Send each request whole, and read what comes; a refusal must be a documented one."""
    refused = [words for name in HEADS for words in refusals((folder / name).read_bytes())]
    if refused:
        raise ValueError(refused[0])


def refusals(content: bytes) -> list[str]:
    """What the server refuses of some bytes; its answers must be whole, in short and no others."""
    with socket.create_connection(("127.0.0.1", hasty_server().port), timeout=20) as connection:
        connection.sendall(content)
        parts: list[bytes] = []
        with contextlib.suppress(ConnectionResetError):  # who says no more is cut off
            parts.extend(iter(lambda: connection.recv(65536), b""))
    refused, rest = [], b"".join(parts)
    while rest:
        status, body, rest = first_answer(rest, is_bodiless=b"HEAD " in content)
        assert status in STATUSES, (status, body)
        if status < 400:
            continue
        assert len(body) < 1000, body[:2000]
        text = body.decode()
        assert text.startswith("{") or status in (400, 503) or not text, text  # no request at all
        error = json.loads(text)["error"] if text.startswith("{") else text
        words = error["message"] if isinstance(error, dict) else error
        assert words or b"HEAD " in content, "no word"
        refused.append(f"{status}: {words}")
    return refused


def first_answer(content: bytes, *, is_bodiless: bool) -> tuple[int, bytes, bytes]:
    """The status and the body of the first of some answers, and what comes after it."""
    head, end, rest = content.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    if line.startswith("HTTP/1.1 100 "):  # go on with the body
        return 100, b"", rest
    assert end and line.startswith("HTTP/1.1 "), content[:200]
    headers = http.client.parse_headers(
        io.BytesIO("\r\n".join([*fields, "", ""]).encode("latin-1"))
    )
    assert "nosniff" in headers["X-Content-Type-Options"], line
    size = int(headers["Content-Length"])
    if is_bodiless and not rest.startswith((b"{", b"no HTTP")):
        size = 0
    assert len(rest) >= size, "cut off"
    return int(line.split()[1]), rest[:size], rest[size:]


@cache
def hasty_server() -> Any:
    """The running server, which from now on waits for nobody: a cut head would take ten seconds."""
    from motionlcm.web import connections, guard

    server = running_server()
    connections.HEAD_PATIENCE = guard.BODY_PATIENCE = SHORT_PATIENCE
    return server


SERVED = (
    Reader("mmcp-batch", write_mmcp_batch, ("batch.json",), read_mmcp_batch, cost=20, seconds=20.0),
    Reader("mmcp", write_mmcp, ("mmcp.json",), read_mmcp, cost=20, seconds=20.0),
    Reader("mmcp-heads", write_heads, tuple(HEADS), read_heads, seconds=5.0),
)
