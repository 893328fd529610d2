"""``motionlcm-mcp``: the tool ``generate_motion`` for assistants that speak MCP, over stdin.

MCP is the Model Context Protocol of language models' tools; MMCP, which ``motionlcm-serve`` speaks,
is another one, of motion models.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag, add_model_flags
from motionlcm.cli.outputs import plan_jobs
from motionlcm.formats.table import WRITABLE, check_format
from motionlcm.generation.request import Request

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from motionlcm.generation.pipeline import MotionPipeline

MOST_SAMPLES = 32
_LONGEST = 60.0  #: seconds of a timeline


def main(arguments: list[str] | None = None) -> int:
    """Parse, open the model, answer on stdin and stdout until they end."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: _run(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-mcp",
        description="Give assistants that speak MCP (the Model Context Protocol) a tool, "
        "generate_motion, which writes motion files. They start this command and speak to it over "
        "stdin and stdout.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("."),
        metavar="DIR",
        help="folder that the files are written into, made if need be; default: this one",
    )
    add_model_flags(parser)
    add_debug_flag(parser)
    return parser


def _run(options: argparse.Namespace) -> None:
    if find_spec("mcp") is None:
        raise ImportError("motionlcm-mcp needs mcp: pip install 'motionlcm[mcp]'")
    # whoever starts this command for an assistant seldom sees why it ends
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"--output {options.output}: no folder can be there ({error.strerror})"
        ) from error

    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model, device=options.device)
    motion_tool(pipeline, options.output.resolve()).run("stdio")


def motion_tool(pipeline: MotionPipeline, folder: Path) -> MCPServer:
    """Build the MCP server with its one tool.

    Args:
        pipeline: makes the motion.
        folder: that files are written into.
    """
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    server: MCPServer = MCPServer("motionlcm", log_level="ERROR")

    @server.tool(
        title="Generate human motion",
        description="Generate the motion of one person from plain English, such as 'a person jumps "
        "forward', and write it to files. Several prompts are done one after the other in one "
        f"motion. formats: some of {', '.join(WRITABLE)}. seconds: of each prompt, 0.5 to "
        f"{pipeline.max_seconds:g}; left out, the usual time. seed, seed + 1, ... are other "
        "performances. Returns the paths of the files, and notes on what was not understood.",
    )
    def generate_motion(
        prompts: list[str],
        seconds: float | None = None,
        formats: list[str] = ["glb"],  # noqa: B006  it becomes the schema's default
        seed: int = 0,
        samples: int = 1,
        steps: int = 1,
        loop: bool = False,
        in_place: bool = False,
    ) -> dict[str, Any]:
        try:
            motions, notes = _generated(
                pipeline, prompts, seconds=seconds, seed=seed, samples=samples, steps=steps
            )

            if loop:
                motions = [motion.looped(notes) for motion in motions]
            if in_place:
                motions = [motion.in_place() for motion in motions]

            kinds = list(dict.fromkeys(check_format(name) for name in formats or ["glb"]))
            title, seeds = ", then ".join(prompts)[:60], [seed + i for i in range(samples)]
            jobs = plan_jobs([title] * samples, seeds, output=folder, formats=kinds)
            files = []
            for motion, job in zip(motions, jobs, strict=True):
                files += [str(motion.save(path)) for path in job.files]
        except (ValueError, OSError, ImportError, RuntimeError) as error:
            raise ToolError(" ".join(str(error).split())[:500]) from error
        return {"files": files, "seconds": motions[0].duration, "notes": list(dict.fromkeys(notes))}

    return server


def _generated(
    pipeline: MotionPipeline,
    prompts: list[str],
    *,
    seconds: float | None,
    seed: int,
    samples: int,
    steps: int,
) -> tuple[list[Any], list[str]]:
    """Motions, one a sample, and what is to be noted."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise ValueError(f"samples must be 1 to {MOST_SAMPLES}, got {samples}")
    if not prompts:
        raise ValueError("prompts is empty; give at least one, such as 'a person jumps'")
    request = Request.of(
        prompts[0], seed=seed, samples=samples, seconds=seconds, steps=steps
    ).resolved(pipeline.card)
    if len(prompts) == 1:
        motions = pipeline.generate(request)
        return motions, pipeline.notes(prompts, motions)

    if len(prompts) * (seconds or pipeline.max_seconds) > max(_LONGEST, seconds or 0):
        raise ValueError(
            f"{len(prompts)} prompts may last longer than {_LONGEST:g} seconds; give fewer, or "
            "less seconds of each"
        )
    parts = [(prompt, seconds) for prompt in prompts]
    motions = [pipeline.sequence(parts, seed=each, steps=steps) for each in request.seeds]
    return motions, pipeline.notes(dict.fromkeys(prompts), motions)


if __name__ == "__main__":
    raise SystemExit(main())
