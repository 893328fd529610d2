"""Batches of MMCP: several requests in one body, each of which is answered as if it came alone.

The SDK judges what a batch is. Its items do not go through its own batches, whose errors give back
whole what was sent, and of which one item can make all fail.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NESTED = "a batch holds requests, not batches"
_OK = 200


class Batches:
    """The SDK's app, with batches taken apart before it.

    Args:
        app: answers single requests.
        refusal: the body of the answer to an item that is none, by its status and words.
    """

    def __init__(self, app: ASGIApp, refusal: Any) -> None:
        self.app, self.refusal = app, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = await HttpRequest(scope, receive).body()
        batch = _batch_in(body)
        if batch is None:
            await self.app(_sized(scope, body), _given(body, receive), send)
            return

        items = batch["requests"]
        empty = {**batch, "requests": [{} for _ in items] if isinstance(items, list) else items}
        status, answer = await self._asked(scope, receive, empty)
        if status == _OK:
            version = batch["protocol_version"]
            answers = [self._answered(scope, receive, item, version) for item in items]
            answer = b'{"results": [' + b", ".join(await asyncio.gather(*answers)) + b"]}"
        await Response(answer, status, media_type="application/json")(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, item: Any, version: str) -> bytes:
        """The result of one item: a glTF, or an error."""
        if isinstance(item, dict):
            if "requests" in item:
                return json.dumps(self.refusal(422, _NESTED)).encode()
            item = {"protocol_version": version, **item}
        status, answer = await self._asked(scope, receive, item)
        return b'{"gltf": ' + answer + b"}" if status == _OK else answer

    async def _asked(self, scope: Scope, receive: Receive, content: Any) -> tuple[int, bytes]:
        """The app's answer to a body: its status and content."""
        body, parts = json.dumps(content).encode(), []
        status = 500

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            parts.append(message.get("body", b""))

        try:
            await self.app(_sized(scope, body), _given(body, receive), keep)
        except Exception:  # it is answered already, by the app's own words for failures
            if not parts:
                raise
            logging.getLogger(__name__).exception("a request of a batch failed")
        return status, b"".join(parts)


def _batch_in(body: bytes) -> dict[str, Any] | None:
    """The batch that a body is, or None."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and "requests" in content else None


def _sized(scope: Scope, body: bytes) -> Scope:
    """The scope of a request with another body."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


def _given(body: bytes, receive: Receive) -> Receive:
    """Receive a body that is there; then whatever comes, such as the end of the connection."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
