"""What the commands that serve have in common: the model, the port, the way to the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from motionlcm.cli.flags import add_model_flags


def add_serving_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--port``, ``--model`` and ``--device``."""
    parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0: any that is free")
    add_model_flags(parser)


def serve(
    options: argparse.Namespace,
    *,
    host: str = "127.0.0.1",
    allowed: Iterable[str] = (),
    with_page: bool,
    opens_browser: bool = False,
) -> None:
    """Open the model and serve until SIGTERM or Ctrl+C.

    Args:
        options: of ``add_serving_flags``.
        host, allowed, with_page: as for ``motionlcm.web.server.MotionServer``.
        opens_browser: whether to show the page.
    Raises:
        ValueError: a port that is none.
        OSError: the port is taken or not allowed.
    """
    if not 0 <= options.port <= 65535:
        raise ValueError(f"--port must be 0 to 65535, got {options.port}")

    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.web.server import MotionServer

    pipeline = MotionPipeline.from_pretrained(options.model, device=options.device)
    server = MotionServer(
        pipeline, host=host, port=options.port, allowed=allowed, with_page=with_page
    )
    server.warm(with_mmcp=not with_page)
    print(f"{server.url} (Ctrl+C ends it)", flush=True)
    if opens_browser:
        import webbrowser

        webbrowser.open(server.url)
    server.run()
    print("ended", flush=True)
