"""The ComfyUI node: what ComfyUI looks for is there, and its function writes a GLB that loads."""

import importlib.util
import inspect
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from motionlcm.models.folder import DEFAULT_MODEL
from motionlcm.motion.motion import Motion

FILE = Path(__file__).parents[2] / "demo" / "comfyui" / "motionlcm_node.py"


@pytest.fixture(scope="module")
def nodes():
    spec = importlib.util.spec_from_file_location("motionlcm_node", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_node_is_what_comfyui_looks_for(nodes):
    assert nodes.NODE_CLASS_MAPPINGS.keys() == nodes.NODE_DISPLAY_NAME_MAPPINGS.keys()
    (node,) = nodes.NODE_CLASS_MAPPINGS.values()
    inputs = node.INPUT_TYPES()
    json.dumps(inputs)  # ComfyUI sends it to its page
    names = [*inputs["required"], *inputs["optional"]]
    taken = inspect.signature(getattr(node, node.FUNCTION)).parameters
    assert names == list(taken)[1:]
    assert all(taken[name].default is not inspect.Parameter.empty for name in inputs["optional"])
    assert len(node.RETURN_TYPES) == len(node.RETURN_NAMES)
    assert inputs["optional"]["model"][1]["tooltip"].endswith(f"empty: {DEFAULT_MODEL}")


def test_the_node_writes_a_glb_into_comfyuis_folder(nodes, tmp_path, monkeypatch):
    comfy = types.SimpleNamespace(get_output_directory=lambda: str(tmp_path))
    monkeypatch.setitem(sys.modules, "folder_paths", comfy)
    answer = nodes.MotionFromText().generate(
        "a person\njumps ", seed=3, seconds=2.0, in_place=True, file_name="../jump up"
    )
    path, motion = answer["result"]
    assert Path(path) == tmp_path / "jump-up_3.glb" and answer["ui"]["text"] == [path]
    assert np.abs(Motion.load(path).positions - motion.positions).max() < 0.001
    (expected,) = nodes.opened("")("a person jumps", seconds=2.0, seed=3)
    assert np.abs(motion.positions - expected.in_place().positions).max() < 1e-6


def test_without_comfyui_files_go_to_the_working_folder(nodes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _ = nodes.MotionFromText().generate("a person waves", seed=0, seconds=0.0)["result"]
    assert Path(path) == tmp_path / "motion_0.glb"
