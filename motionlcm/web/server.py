"""A web server for this machine alone: prompts in, motion to play and files out, nothing kept."""

from __future__ import annotations

import json
import tempfile
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from motionlcm.formats.table import WRITABLE, check_format, suffix_of
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.motion.motion import Motion
from motionlcm.render.page import player_content

ADDRESS = "127.0.0.1"
_LARGEST_SEED = 2**53 - 1  # JavaScript's


def parse_request(query: str) -> Request:
    """Read a query such as ``prompt=a+person+jumps&seconds=4``; only the prompt must be there.

    Raises:
        ValueError: a number that is none, a seed that JavaScript cannot hold, or what no model
            takes.
    """
    values = {name: each[-1] for name, each in parse_qs(query).items()}
    seed = _number("seed", values.get("seed", "0"), int)
    if not 0 <= seed <= _LARGEST_SEED:
        raise ValueError(f"seed must be 0 to {_LARGEST_SEED}, got {seed}")

    return Request.of(
        values.get("prompt", ""),
        seed=seed,
        seconds=_number("seconds", values.get("seconds"), float),
        steps=_number("steps", values.get("steps", "1"), int),
        guidance_scale=_number("guidance_scale", values.get("guidance_scale"), float),
    )


class MotionServer(ThreadingHTTPServer):
    """Serves ``/`` (the page), ``/motion?...`` (JSON for the player) and ``/file?...&format=bvh``.

    Args:
        pipeline: makes the motion, one request at a time.
        port: of the loopback address; 0 for any free one.
    Raises:
        OSError: the port is taken or not allowed.
    """

    daemon_threads = True

    def __init__(self, pipeline: MotionPipeline, *, port: int) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.pipeline, self._lock = pipeline, threading.Lock()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def page(self) -> str:
        """HTML, complete in itself."""
        folder, pipeline = files("motionlcm"), self.pipeline
        facts = {
            "steps": pipeline.step_counts,
            "longest": pipeline.max_seconds,
            "guidance": list(pipeline.card.guidance_range),
            "scales": {count: pipeline.guidance_scale(count) for count in pipeline.step_counts},
            "formats": WRITABLE,
        }
        return Template((folder / "web" / "demo.html").read_text("utf-8")).substitute(
            player=(folder / "render" / "player.js").read_text("utf-8"),
            script=(folder / "web" / "demo.js").read_text("utf-8"),
            facts=json.dumps(facts),
        )

    def generate(self, request: Request) -> Motion:
        """Generate the request's one motion; the same request gives the same motion."""
        with self._lock:
            (motion,) = self.pipeline.generate(request)
        return motion


class _Handler(BaseHTTPRequestHandler):
    server: MotionServer

    def do_GET(self) -> None:
        """Answer, or say in one line what is wrong with the request."""
        parts = urlsplit(self.path)
        answers = {"/": self._page, "/motion": self._motion, "/file": self._file}
        if self.headers.get("Host", "").partition(":")[0] not in (ADDRESS, "localhost"):
            self._send(
                HTTPStatus.FORBIDDEN, "text/plain", b"only for this machine"
            )  # another site's name led here
        elif parts.path not in answers:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", f"no page {parts.path}".encode())
        else:
            try:
                answers[parts.path](parts.query)
            except ValueError as error:
                self._send(HTTPStatus.BAD_REQUEST, "text/plain", str(error).encode())

    def _page(self, query: str) -> None:
        self._send(HTTPStatus.OK, "text/html", self.server.page().encode())

    def _motion(self, query: str) -> None:
        content = player_content(self.server.generate(parse_request(query)))
        self._send(HTTPStatus.OK, "application/json", json.dumps(content).encode())

    def _file(self, query: str) -> None:
        kind = check_format(parse_qs(query).get("format", [""])[-1])
        request = parse_request(query)
        motion = self.server.generate(request)
        with tempfile.TemporaryDirectory() as folder:
            content = motion.save(Path(folder) / f"motion{suffix_of(kind)}").read_bytes()
        name = quote(f"{request.prompts[0][:60]} {request.seeds[0]}{suffix_of(kind)}", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        self._send(HTTPStatus.OK, "application/octet-stream", content, headers)

    def _send(
        self, status: HTTPStatus, kind: str, content: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header(
            "Content-Type", kind if kind.endswith("stream") else f"{kind}; charset=utf-8"
        )
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the page itself says what happened."""


def _number(name: str, text: str | None, kind: type) -> Any:
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, got {text!r:.40}") from None
