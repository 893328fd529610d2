"""A web server for this machine alone: prompts in, motion to play and files out, nothing kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from motionlcm.damage import reason, shown
from motionlcm.formats.table import WRITABLE, check_format, suffix_of
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.motion.motion import Motion
from motionlcm.render.page import player_content
from motionlcm.web.connections import PATIENCE, BoundedServer

ADDRESS = "127.0.0.1"
_LARGEST_SEED = 2**53 - 1  # JavaScript's
_MOST_FIELDS = 20  #: of a query
#: Nothing but what a page is given below may be loaded, and nobody may frame it.
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def parse_request(query: str) -> Request:
    """Read a query such as ``prompt=a+person+jumps&seconds=4``; only the prompt must be there.

    Raises:
        ValueError: a number that is none, a seed that JavaScript cannot hold, or what no model
            takes.
    """
    values = {name: each[-1] for name, each in parse_qs(query, max_num_fields=_MOST_FIELDS).items()}
    seed = _number("seed", values.get("seed", "0"), int)
    if not 0 <= seed <= _LARGEST_SEED:
        raise ValueError(f"seed must be 0 to {_LARGEST_SEED}, got {shown(seed)}")

    return Request.of(
        values.get("prompt", ""),
        seed=seed,
        seconds=_number("seconds", values.get("seconds"), float),
        steps=_number("steps", values.get("steps", "1"), int),
        guidance_scale=_number("guidance_scale", values.get("guidance_scale"), float),
    )


class MotionServer(BoundedServer):
    """Serves ``/`` (the page), ``/motion?...`` (JSON for the player) and ``/file?...&format=bvh``.

    Args:
        pipeline: makes the motion, one request at a time.
        port: of the loopback address; 0 for any free one.
    Raises:
        OSError: the port is taken or not allowed.
    """

    def __init__(self, pipeline: MotionPipeline, *, port: int) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.pipeline, self._lock = pipeline, threading.Lock()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def page(self) -> str:
        """Build the HTML, complete in itself."""
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


@dataclass(frozen=True)
class _Answer:
    """What is sent: a line of text, unless it says otherwise."""

    status: HTTPStatus
    content: bytes
    kind: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    server: MotionServer
    timeout = PATIENCE

    def do_GET(self) -> None:
        """Answer, or say in one line what is wrong with the request."""
        try:
            answer = self._refusal() or self._answer()
        except ValueError as error:
            answer = _Answer(HTTPStatus.BAD_REQUEST, str(error).encode("utf-8", "replace"))
        except (OSError, RuntimeError, ImportError, MemoryError) as error:
            answer = _Answer(HTTPStatus.INTERNAL_SERVER_ERROR, reason(error).encode())

        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        for name, value in {"Content-Security-Policy": _POLICY, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def _refusal(self) -> _Answer | None:
        """The answer to a request that another site's page sent here; None for our own."""
        host = self.headers.get("Host", "").partition(":")[0]
        names = (f"http://{name}:{self.server.server_port}" for name in (ADDRESS, "localhost"))
        is_own = host in (ADDRESS, "localhost") and self.headers.get("Origin") in (None, *names)

        # pictures and scripts have no Origin, but browsers say this of them; a link here is fine
        is_linked = urlsplit(self.path).path == "/"
        is_near = self.headers.get("Sec-Fetch-Site") in (None, "none", "same-origin")
        if is_own and (is_near or is_linked):
            return None
        return _Answer(HTTPStatus.FORBIDDEN, b"only for this machine")

    def _answer(self) -> _Answer:
        """The answer to our own page, or to someone who typed the address."""
        parts = urlsplit(self.path)
        if parts.path == "/":
            return self._page()
        if parts.path == "/motion":
            return self._motion(parts.query)
        if parts.path == "/file":
            return self._file(parts.query)
        return _Answer(HTTPStatus.NOT_FOUND, f"no page {parts.path:.80}".encode())

    def _page(self) -> _Answer:
        page = self.server.page()
        policy = f"{_POLICY}; connect-src 'self'; img-src data:"
        for tag in ("script", "style"):
            parts = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.S)
            policy += f"; {tag}-src " + " ".join(map(_source, parts))

        headers = {"Content-Security-Policy": policy}
        return _Answer(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", headers)

    def _motion(self, query: str) -> _Answer:
        request = parse_request(query)
        content = player_content(self.server.generate(request))
        content["notes"] = self.server.pipeline.notes(request.prompts)
        kind = "application/json; charset=utf-8"
        return _Answer(HTTPStatus.OK, json.dumps(content).encode(), kind)

    def _file(self, query: str) -> _Answer:
        kind = check_format(parse_qs(query, max_num_fields=_MOST_FIELDS).get("format", [""])[-1])
        request = parse_request(query)
        motion = self.server.generate(request)
        with tempfile.TemporaryDirectory() as folder:
            content = motion.save(Path(folder) / f"motion{suffix_of(kind)}").read_bytes()

        name = quote(f"{request.prompts[0][:60]} {request.seeds[0]}{suffix_of(kind)}", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return _Answer(HTTPStatus.OK, content, "application/octet-stream", headers)

    def end_headers(self) -> None:
        """End the headers with those that every answer has, errors of the protocol too."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the page itself says what happened."""


def _source(content: str) -> str:
    """How a security policy names an inline script or style."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _number(name: str, text: str | None, kind: type) -> Any:
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, got {shown(text)}") from None
