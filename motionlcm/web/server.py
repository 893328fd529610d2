"""The server of ``motionlcm-demo`` and ``motionlcm-serve``: routes, and nothing kept.

The page asks ``/api``; programs may, too, or speak MMCP (``motionlcm.web.mmcp``).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from motionlcm.formats.table import check_format, split_suffix, suffix_of
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.integrity import check_folder
from motionlcm.motion.motion import Motion
from motionlcm.web.api import Wish, facts, motion_content, parse_wish
from motionlcm.web.connections import PatientServer, listen
from motionlcm.web.guard import Guard, is_loopback, known_hosts
from motionlcm.web.pages import STATIC, PageFiles
from motionlcm.web.sent_files import SentFile, file_content, sent_file
from motionlcm.web.sent_wishes import read_wishes
from motionlcm.web.waiting import generated, wait
from motionlcm.web.work import Workshop

ADDRESS = "127.0.0.1"
MMCP_PATHS = ("/capabilities", "/generate")

_LONGEST_NAME = 100  #: characters of a format's name


class MotionServer:
    """Serves the page, ``/api`` and, where its package is there, MMCP.

    Args:
        pipeline: makes the motion.
        host: address to listen on; the default is reached from this machine alone.
        port: 0 for any that is free.
        allowed: further names by which the server may be asked.
        with_page: whether there is a page at ``/``.
    Raises:
        OSError: the port is taken or not allowed; one line.
        ValueError: a file of the page is not the one that was shipped; one line that names it.
    """

    def __init__(
        self,
        pipeline: MotionPipeline,
        *,
        host: str = ADDRESS,
        port: int = 0,
        allowed: Iterable[str] = (),
        with_page: bool = True,
    ) -> None:
        if with_page:
            check_folder(STATIC)
        self.pipeline, self.host = pipeline, host
        self._listener = listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        self.workshop = Workshop(pipeline)

        self.app = Guard(
            Router(self._routes(with_page)),
            hosts=known_hosts(host, allowed),
            is_local=is_loopback(host),
            say=_refusal_content,
            file_paths=("/api/read", "/api/convert", "/api/constraints"),
        )
        self._server = PatientServer(self.app, self._listener)

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        is_any = self.host in ("0.0.0.0", "::", "")
        host = ADDRESS if is_any else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def run(self) -> None:
        """Serve until SIGTERM, Ctrl+C or ``stop``; what is being answered is finished."""
        try:
            asyncio.run(self._server.serve())
        finally:
            self.close()

    def stop(self) -> None:
        """End ``run``, from another thread."""
        self._server.should_exit = True

    def warm(self, *, with_mmcp: bool) -> None:
        """Open the networks, while the server begins to listen.

        Args:
            with_mmcp: open what is opened at the first request of MMCP, too, and wait for it: its
                clients do not wait long.
        """
        self.workshop.warm()
        if with_mmcp and self.has_mmcp:
            self.workshop.call(self._protocol.open).result()

    def close(self) -> None:
        """Close the port and end the threads."""
        self._listener.close()
        self.workshop.close()

    def _routes(self, with_page: bool) -> list[BaseRoute]:
        routes: list[BaseRoute] = [
            Route("/api/facts", self._facts),
            Route("/api/steering", self._steering, methods=["POST"]),
            Route("/api/generate", self._generate, methods=["POST"]),
            Route("/api/file", self._file, methods=["POST"]),
            Route("/api/read", self._read, methods=["POST"]),
            Route("/api/constraints", self._constraints, methods=["POST"]),
            Route("/api/convert", self._convert, methods=["POST"]),
        ]
        if with_page:
            self._files = PageFiles(STATIC)
            routes += [Route("/", self._page), Mount("/static", self._files)]
        if self.has_mmcp:
            self._protocol = _Protocol(self.workshop)
            routes += [Route(path, self._protocol) for path in MMCP_PATHS]
            routes.append(Route("/health", self._health))
        return routes

    @property
    def has_mmcp(self) -> bool:
        """Whether MMCP is spoken: its SDK is there, and the model is of SMPL's 22 joints."""
        has_packages = all(find_spec(name) is not None for name in ("motionmcp", "fastapi"))
        return has_packages and self.pipeline.layout.skeleton.supports("files")

    async def _health(self, request: HttpRequest) -> Response:
        return JSONResponse({"status": "ok", "retargeting": "ready"})

    async def _page(self, request: HttpRequest) -> Response:
        return self._files.page()

    async def _facts(self, request: HttpRequest) -> Response:
        return JSONResponse(facts(self.pipeline))

    async def _steering(self, request: HttpRequest) -> Response:
        self.workshop.open_refinement()
        return Response(status_code=204)

    async def _generate(self, request: HttpRequest) -> Response:
        start = time.perf_counter()
        wish = parse_wish(await request.body())
        motions, notes = await self._motions(wish)

        content = {
            "motions": [motion_content(each, wish.seed + i) for i, each in enumerate(motions)],
            "notes": notes,
            "seconds_taken": round(time.perf_counter() - start, 4),
        }
        return Response(json.dumps(content), media_type="application/json")

    async def _file(self, request: HttpRequest) -> Response:
        kind = check_format(request.query_params.get("format", "")[:_LONGEST_NAME])
        wish = parse_wish(await request.body())
        if wish.variants != 1:
            raise ValueError(f"variants must be 1 for a file, got {wish.variants}")
        (motion,), _ = await self._motions(wish)
        content = await wait(
            lambda: self.workshop.call_for_files(lambda: file_content(motion, kind))
        )
        return _file_response(content, f"{wish.prompts[0][0][:60]} {wish.seed}{suffix_of(kind)}")

    async def _convert(self, request: HttpRequest) -> Response:
        kind = check_format(request.query_params.get("format", "")[:_LONGEST_NAME])
        is_still, file = "in_place" in request.query_params, await _sent(request)

        def converted() -> bytes:
            motion, _ = file.motion()
            return file_content(motion.in_place() if is_still else motion, kind)

        content = await wait(lambda: self.workshop.call_for_files(converted))
        return _file_response(content, split_suffix(file.name)[0] + suffix_of(kind))

    async def _read(self, request: HttpRequest) -> Response:
        file = await _sent(request)
        motion, notes = await wait(lambda: self.workshop.call_for_files(file.motion))
        return JSONResponse({"motions": [motion_content(motion, None)], "notes": notes})

    async def _constraints(self, request: HttpRequest) -> Response:
        file = await _sent(request)
        wishes = await wait(lambda: self.workshop.call_for_files(lambda: read_wishes(file)))
        return JSONResponse(wishes._asdict())

    async def _motions(self, wish: Wish) -> tuple[list[Motion], list[str]]:
        """Generate what a wish asks for, and say what is to be noted of it."""
        request, parts = wish.request(self.pipeline.card), wish.parts
        if request.use_teacher:
            self.pipeline.check_teacher()
        motions = await generated(self.workshop, request, parts)

        notes = await wait(lambda: self.workshop.notes(wish.clauses, motions)) + wish.split_notes
        notes += [note for motion in motions for note in (motion.report or {}).get("notes", ())]
        if wish.loop or wish.in_place:
            made = motions
            motions = await wait(
                lambda: self.workshop.call_for_files(lambda: wish.shaped(made, notes))
            )
        return motions, list(dict.fromkeys(notes))


class _Protocol:
    """MMCP's app, opened when it is first asked for: the page does without its packages."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._app is None:
            await wait(lambda: self._workshop.call(self.open))
        if scope["method"] == "HEAD":  # as GET; the connection leaves the body out
            scope = {**scope, "method": "GET"}
        await self.open()(scope, receive, send)

    def open(self) -> ASGIApp:
        """Open the app, unless it is open."""
        if self._app is None:
            from motionlcm.web.mmcp import mmcp_app

            self._app = mmcp_app(self._workshop.pipeline, self._workshop)
        return self._app


async def _sent(request: HttpRequest) -> SentFile:
    """The file that a request brings, with those beside it."""
    query = request.query_params
    return sent_file(query.getlist("name"), query.getlist("bytes"), await request.body())


def _file_response(content: bytes, name: str) -> Response:
    """A file to save under a name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _refusal_content(path: str, status: int, words: str) -> dict[str, Any]:
    """The body of an answer that is none."""
    if path in MMCP_PATHS and find_spec("motionmcp") is not None:
        from motionlcm.web.mmcp import refusal_envelope

        return refusal_envelope(status, words)
    return {"error": words}
