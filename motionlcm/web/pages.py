"""The page and its files: their types, their security policy, and how browsers keep them."""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from motionlcm.web.guard import POLICY

STATIC = Path(__file__).parent / "static"
#: The page may run its own scripts and talk to its own server; workers and pictures may be made
#: from what it holds in memory.
PAGE_POLICY = (
    f"{POLICY}; script-src 'self'; style-src 'self'; connect-src 'self' blob: data:; "
    "img-src 'self' blob: data:; font-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; "
    "manifest-src 'self'"
)
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".glb": "model/gltf-binary",
    ".vrm": "model/gltf-binary",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
for _suffix, _type in _TYPES.items():  # what systems say of these differs
    mimetypes.add_type(_type, _suffix)


class PageFiles(StaticFiles):
    """Files of a folder; browsers ask each time whether theirs is still the same (by ETag)."""

    async def check_config(self) -> None:
        """Whether the folder is there is seen when a file is asked for."""

    async def get_response(self, path: str, scope: dict) -> Response:  # type: ignore[override]
        """The file, 304 where the browser has it, or 404."""
        if "\0" in path or len(path) > 255:
            raise HTTPException(404, "no such file")
        response = await super().get_response(path, scope)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def page_response(facts: dict[str, Any]) -> Response:
    """The page itself."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    if (STATIC / "index.html").is_file():
        return FileResponse(STATIC / "index.html", headers=headers)
    return _plain_page(facts)


def _plain_page(facts: dict[str, Any]) -> Response:
    """The page of a canvas and a form, complete in itself."""
    folder = files("motionlcm")
    page = Template((folder / "web" / "demo.html").read_text("utf-8")).substitute(
        player=(folder / "render" / "player.js").read_text("utf-8"),
        script=(folder / "web" / "demo.js").read_text("utf-8"),
        facts=json.dumps(facts),
    )
    policy = f"{POLICY}; connect-src 'self'; img-src data:"
    for tag in ("script", "style"):
        parts = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.S)
        policy += f"; {tag}-src " + " ".join(map(_source, parts))
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy})


def _source(content: str) -> str:
    """How a security policy names an inline script or style."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
