"""What stands before every route: who may ask, how much, for how long, and what answers may do.

A request's body is read here, whole, before its route is called; the routes see only bodies of the
allowed size. Whoever hangs up is waited for no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from motionlcm.damage import reason
from motionlcm.web.connections import LONGEST_HEAD

BODY_PATIENCE = 20.0  #: seconds in which the whole body of a request must come
LONGEST_ADDRESS = 8000  #: characters
LARGEST_BODY = 1 << 20  #: bytes, but for files that are sent
LARGEST_FILE = 64 << 20  #: bytes
FILE_PATIENCE = 60.0  #: seconds for these
#: Bytes of all bodies that are being read or answered at one time.
ALL_BODIES = 256 << 20

INTERNAL = 500
_LONGEST_TOLD = 80  #: characters of an address that an answer tells
_CHUNK = 1 << 16
_DROPPING = 5.0  #: seconds in which the rest of a body that is too large is read
#: Failures that say in one line what they are; others are told to whoever runs the server.
_FAILURES = (OSError, RuntimeError, ImportError, MemoryError)
_log = logging.getLogger(__name__)
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
#: Nothing but what a page is given below may be loaded, and nobody may frame it.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


class Refusal(Exception):
    """An answer other than 200, in one line.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Gone(Exception):
    """The client has hung up."""


@dataclass
class Guard:
    """An ASGI app around another.

    Attributes:
        app: the routes.
        hosts: names by which this server may be asked; numeric addresses always may, unless only
            this machine is served.
        is_local: only this machine is served.
        say: makes the body of a refusal, from its path, status and words.
        file_paths: paths whose body is a file.
    """

    app: ASGIApp
    hosts: tuple[str, ...]
    is_local: bool
    say: Callable[[str, int, str], dict[str, Any]]
    file_paths: tuple[str, ...] = ()
    _bytes: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        answer = _Answer(send)
        try:
            self._check_head(scope)
            with _Share(self) as share:
                body = await self._body(scope, receive, share)
                await self._answer(scope, body, receive, answer)
        except Gone:
            return
        except Exception as error:  # the last resort: one request fails, the server lives on
            if answer.is_begun and not answer.is_whole:
                raise  # what is half sent is cut off
            status, words = _told(error, scope)
            if status == INTERNAL and not isinstance(error, _FAILURES):
                _log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
            if not answer.is_begun:
                content = json.dumps(self.say(scope["path"], status, words)).encode()
                more = getattr(error, "headers", None) or {}
                await answer.whole(status, content, "application/json", more)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, answer: _Answer) -> None:
        """Call the route; end it when the client hangs up."""
        has_ended = asyncio.Event()
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            if messages:
                return messages.pop()
            await has_ended.wait()
            return {"type": "http.disconnect"}

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        # routes that find an app raise what they would else answer in words of their own
        inside = {**scope, "app": self.app}
        route = asyncio.ensure_future(self.app(inside, replay, answer.send))
        watcher = asyncio.ensure_future(watch())
        try:
            await asyncio.wait({route, watcher}, return_when=asyncio.FIRST_COMPLETED)
            if not route.done() and not answer.is_whole:
                route.cancel()
            await asyncio.wait({route})
            if not route.cancelled():
                route.result()
        finally:
            has_ended.set()
            route.cancel()
            watcher.cancel()

    def _check_head(self, scope: Scope) -> None:
        """Refuse a huge head, and what another site's page sent here, be it by its own name."""
        headers = _headers(scope)
        if not scope["path"].startswith("/"):
            raise Refusal(400, "a path must begin with /")
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Refusal(414, f"the address has more than {LONGEST_ADDRESS:,} characters")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEAD:
            raise Refusal(431, f"the headers have more than {LONGEST_HEAD:,} bytes")
        host = headers.get("host", "")
        if not self._is_known(host):
            raise Refusal(
                403,
                f"only for this machine, not as {host[:80]!r}"
                if self.is_local
                else f"not as {host[:80]!r}; ask by a numeric address or allow the name at start",
            )

        # pictures and scripts have no Origin, but browsers say this of them; a link here is fine
        origin = headers.get("origin")
        is_near = headers.get("sec-fetch-site") in (None, "none", "same-origin")
        if origin not in (None, f"http://{host}", f"https://{host}"):
            raise Refusal(403, "only for this server's own page and for programs")
        if not is_near and scope["path"] != "/":
            raise Refusal(403, "only for this server's own page and for programs")

    def _is_known(self, host: str) -> bool:
        """Whether a Host header names this server and no other site."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in _LOCAL_NAMES or name in self.hosts:
            return True
        if self.is_local:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _body(self, scope: Scope, receive: Receive, share: _Share) -> bytes:
        """A request's whole body; refused as soon as it is known to be too large."""
        is_file = scope["path"] in self.file_paths
        largest = LARGEST_FILE if is_file else LARGEST_BODY
        patience = FILE_PATIENCE if is_file else BODY_PATIENCE
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(patience):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    parts.append(message.get("body", b""))
                    share.take(len(parts[-1]))
                    if share.size > largest:
                        parts.clear()
                        share.give_back()
                        if message.get("more_body", False):
                            await _drop(receive)
                        raise Refusal(413, f"the body has more than {largest:,} bytes; send less")
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refusal(
                408, f"the body did not come within {patience:g} seconds; send it faster"
            ) from None


class _Share:
    """One request's part of the memory for bodies."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.size = 0

    def __enter__(self) -> _Share:
        return self

    def take(self, count: int) -> None:
        """Take more; refused where all is taken."""
        self.size += count
        self._guard._bytes += count
        if self._guard._bytes > ALL_BODIES:
            raise Refusal(503, "busy with other bodies; try again in a second")

    def give_back(self) -> None:
        """Give all back."""
        self._guard._bytes -= self.size
        self.size = 0

    def __exit__(self, *error: object) -> None:
        self.give_back()


class _Answer:
    """Sends an answer: headers that every one has, and no more at once than the client reads."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_begun = self.is_whole = False

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.is_begun = True
            await self._send({**message, "headers": _completed(message)})
            return
        body = message.get("body", b"")
        while len(body) > _CHUNK:
            await self._send({"type": message["type"], "body": body[:_CHUNK], "more_body": True})
            body = body[_CHUNK:]
        self.is_whole = not message.get("more_body", False)
        await self._send({**message, "body": body})

    async def whole(
        self, status: int, content: bytes, kind: str, more: Mapping[str, str] | None = None
    ) -> None:
        """Send an answer at once; the connection ends, for more of a body may be on its way."""
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"connection", b"close"),
            *((name.lower().encode(), value.encode()) for name, value in (more or {}).items()),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})


async def _drop(receive: Receive) -> None:
    """Read on for a while: clients look at an answer only when they have sent all."""
    count = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DROPPING):
            message = await receive()
            while message.get("more_body", False) and count < LARGEST_FILE:
                count += len(message.get("body", b""))
                message = await receive()


def _told(error: Exception, scope: Scope) -> tuple[int, str]:
    """The status and the words for what went wrong."""
    if isinstance(error, Refusal):
        return error.status, str(error)
    if isinstance(error, HTTPException):
        return error.status_code, http_words(error, scope)
    if isinstance(error, ValueError):
        return 400, " ".join(str(error).split())[:500]
    if isinstance(error, _FAILURES):
        return INTERNAL, reason(error)
    return INTERNAL, "an error inside this server; its own output tells more"


def http_words(error: HTTPException, scope: Scope) -> str:
    """One line for what the routes refuse by its status alone."""
    path = scope["path"][:_LONGEST_TOLD]
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {path!r}"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = sorted((error.headers or {}).get("Allow", "another method").split(", "))
        method = scope["method"][:_LONGEST_TOLD]
        return f"{method} is not answered at {path!r}; use {' or '.join(allowed)}"
    return reason(Exception(error.detail))


def _completed(message: Message) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those that every one has."""
    headers = list(message.get("headers", []))
    names = {name.lower() for name, _ in headers}
    more = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", **_HEADERS}
    if message["status"] in (429, 503):
        more["Retry-After"] = "1"
    missing = {name: value for name, value in more.items() if name.lower().encode() not in names}
    return headers + [(name.encode(), value.encode()) for name, value in missing.items()]


def _headers(scope: Scope) -> dict[str, str]:
    """Names and values; of a name that comes twice the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def known_hosts(host: str, allowed: Iterable[str] = ()) -> tuple[str, ...]:
    """Names by which a server on ``host`` may be asked: this machine's, and those allowed."""
    if is_loopback(host):
        return tuple(allowed)
    name = socket.gethostname().lower()
    return (name, f"{name.partition('.')[0]}.local", *(each.lower() for each in allowed))


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
