"""``motionlcm-demo``: a page on this machine that turns prompts into motion."""

from __future__ import annotations

import argparse

from motionlcm.cli.errors import run_command


def main(arguments: list[str] | None = None) -> int:
    """Parse, open the model, serve until Ctrl+C."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: _serve(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-demo",
        description="Open a page in the browser that turns prompts into motion, to play and to "
        "save as a file. It is served on this machine, for this machine alone.",
    )
    parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0: any that is free")
    parser.add_argument("--model", help="name or folder; default: the model in the package")
    parser.add_argument(
        "--device", default="auto", help="auto (default), cpu, cuda, mps, or torch on the CPU"
    )

    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _serve(options: argparse.Namespace) -> None:
    if not 0 <= options.port <= 65535:
        raise ValueError(f"--port must be 0 to 65535, got {options.port}")

    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.web.server import MotionServer

    pipeline = MotionPipeline.from_pretrained(options.model, device=options.device)
    try:
        server = MotionServer(pipeline, port=options.port)
    except OSError as error:
        raise OSError(
            f"port {options.port} cannot be used ({error.strerror}); try another, or --port 0"
        ) from error

    with server:
        print(f"{server.url} (Ctrl+C ends it)", flush=True)
        if not options.no_browser:
            import webbrowser

            webbrowser.open(server.url)

        # Ctrl+C is how this command ends: no failure.
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("ended")


if __name__ == "__main__":
    raise SystemExit(main())
