"""The MCP tool by the protocol's own client: files that load, errors in one line, a real process."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from motionlcm.cli.mcp import main, motion_tool
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.motion import Motion

mcp = pytest.importorskip("mcp")


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline.from_pretrained()


def called(server, **arguments):
    """What the tool answers: its error flag, and its words."""

    async def call():
        async with mcp.Client(server) as client:
            (tool,) = (await client.list_tools()).tools
            assert tool.name == "generate_motion"
            return await client.call_tool("generate_motion", arguments)

    result = asyncio.run(call())
    return result.is_error, result.content[0].text


def test_the_tool_writes_files_that_load(pipeline, tmp_path):
    server = motion_tool(pipeline, tmp_path)
    is_error, text = called(
        server, prompts=["a person jumps"], seconds=2, formats=["npz", "bvh"], samples=2, seed=4
    )
    content = json.loads(text)
    assert not is_error and content["seconds"] == 2 and content["notes"] == []
    assert sorted(content["files"]) == sorted(map(str, tmp_path.iterdir()))
    assert len(content["files"]) == 4
    (expected,) = pipeline("a person jumps", seconds=2, seed=5)
    found = [Motion.load(path) for path in content["files"] if path.endswith("npz")]
    assert any(np.abs(motion.positions - expected.positions).max() < 1e-5 for motion in found)


def test_several_prompts_are_one_motion(pipeline, tmp_path):
    server = motion_tool(pipeline, tmp_path)
    prompts = ["a person walks", "a person sits down"]
    is_error, text = called(server, prompts=prompts, seconds=2.5, formats=["npz"], in_place=True)
    (path,) = json.loads(text)["files"]
    expected = pipeline.sequence([(prompt, 2.5) for prompt in prompts]).in_place()
    assert not is_error
    assert np.abs(Motion.load(path).positions - expected.positions).max() < 1e-5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"prompts": []}, "prompts is empty"),
        ({"prompts": [""]}, "the prompt is empty"),
        ({"prompts": ["a person jumps"], "seconds": 99}, "0.5 to 9.8"),
        ({"prompts": ["a person jumps"], "formats": ["exe"]}, "unknown format 'exe'"),
        ({"prompts": ["a person jumps"], "samples": 99}, "samples must be 1 to 32"),
        ({"prompts": ["a person jumps"], "seed": -1}, "seed must be"),
        ({"prompts": ["a person walks"] * 9}, "longer than 60 seconds"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(pipeline, tmp_path, arguments, words):
    is_error, text = called(motion_tool(pipeline, tmp_path), **arguments)
    assert is_error and words in text and "\n" not in text
    assert not list(tmp_path.iterdir())


def test_an_assistant_starts_the_command_and_speaks_to_it(tmp_path):
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "motionlcm.cli.mcp", "--output", str(tmp_path / "made" / "here")],
        cwd=Path(__file__).parents[2],
    )
    is_error, text = called(command, prompts=["a person waves"], seconds=1)
    (path,) = json.loads(text)["files"]
    assert not is_error and Motion.load(path).num_frames == 20


def test_a_folder_that_cannot_be_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["--output", str(tmp_path / "file" / "no")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
