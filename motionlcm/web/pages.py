"""The page and its files: their types, their security policy, and how browsers keep them.

Files are asked for at ``/static/VERSION/...``, of a version that changes with any of them, and kept
for good; the page names the version, and all files at once, so that none waits for another. At
``/static/...`` a browser asks each time whether its copy is still the same.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
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
    ".bin": "application/octet-stream",
}
_KEPT = "public, max-age=31536000, immutable"
for _suffix, _type in _TYPES.items():  # what systems say of these differs
    mimetypes.add_type(_type, _suffix)


_PRELOAD = "<!-- preload -->"  # where the page names what it is going to need
_UNUSED_AT_FIRST = ("app/main.js", "core/player.js", "vendor/characters.js")
_FIRST = (
    "vendor/shared.js",
    "stage/mannequin.bin",
    "app/first.js",
)  # the largest, and the first to run


class PageFiles(StaticFiles):
    """The page and the files of its folder, with or without their version before their names.

    Args:
        folder: ``index.html``, and folders of what it needs.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.folder, self.version = folder, ""
        self._contents: dict[str, bytes] = {}

    async def check_config(self) -> None:
        """Whether the folder is there is seen when a file is asked for."""

    async def get_response(self, path: str, scope: dict) -> Response:  # type: ignore[override]
        """The file, 304 where the browser has it, or 404."""
        if "\0" in path or len(path) > 255:
            raise HTTPException(404, "no such file")
        version, _, name = path.replace("\\", "/").partition("/")
        if version == self.version and name in self._contents:
            kind, _ = mimetypes.guess_type(name)
            return Response(self._contents[name], media_type=kind, headers={"Cache-Control": _KEPT})
        response = await super().get_response(path, scope)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response

    def page(self) -> Response:
        """The page itself, which names its files as they now are."""
        self._read()
        text = self._contents["index.html"].decode()
        text = text.replace(_PRELOAD, "\n".join(self._preloads()))
        text = text.replace('"/static/', f'"/static/{self.version}/')
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
        return HTMLResponse(text, headers=headers)

    def _read(self) -> None:
        """Read the files where one has changed; a thread for each, time and again, takes longer."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        facts = [
            (name, each.st_size, each.st_mtime_ns)
            for name, each in zip(names, map(os.stat, paths), strict=True)
        ]
        version = hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
        if version != self.version:
            contents = (path.read_bytes() for path in paths)
            self._contents, self.version = dict(zip(names, contents, strict=True)), version

    def _preloads(self) -> list[str]:
        """A line for each file that the page needs before it shows a motion."""
        modules = [name for name in self._contents if name.endswith(".js")]
        others = [name for name in modules if name not in (*_FIRST, *_UNUSED_AT_FIRST)]
        return [
            f'<link rel="modulepreload" href="/static/{name}">'
            if name.endswith(".js")
            else f'<link rel="preload" href="/static/{name}" as="fetch" crossorigin>'
            for name in (*_FIRST, *others)
        ]
