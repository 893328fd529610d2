"""The page and its files: their types, their security policy, and how browsers keep them."""

from __future__ import annotations

import mimetypes
from pathlib import Path

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


def page_response() -> Response:
    """The page itself."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(STATIC / "index.html", headers=headers)
