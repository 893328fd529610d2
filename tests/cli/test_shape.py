"""--loop and --in-place of the commands: in every format, told in a note, refused where senseless."""

import json
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.cli.generate import main as generate
from motionlcm.motion.motion import Motion
from tests.conftest import walking

LEVEL = np.array([1.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    Motion(walking(80), caption="a walk").save(folder / "walk.npz")
    return folder / "walk.npz"


def gaps(motion):
    """Pose gap (mm) and speed gap (share) at the seam, and the way of a round (m)."""
    local = motion.positions - (motion.positions[:, :1] - motion.positions[:1, :1]) * LEVEL
    start, end = local[1] - local[0], local[-1] - local[-2]
    pose = 1000 * np.linalg.norm(local[-1] - local[0], axis=-1).max()
    way = np.linalg.norm((motion.positions[-1, 0] - motion.positions[0, 0]) * LEVEL)
    return pose, np.linalg.norm(end - start) / np.linalg.norm(start), way


@pytest.mark.parametrize("kind", ["bvh", "glb", "npz", "npy", "amass.npz"])
def test_a_loop_closes_in_every_format_and_travels_unless_in_place(walk, tmp_path, capsys, kind):
    assert convert([str(walk), str(tmp_path / f"loop.{kind}"), "--loop"]) == 0
    assert "note: looped: " in capsys.readouterr().out
    pose, speed, way = gaps(Motion.load(tmp_path / f"loop.{kind}"))
    assert pose < 5 and speed < 0.05 and way > 0.5

    assert convert([str(walk), str(tmp_path / f"still.{kind}"), "--loop", "--in-place"]) == 0
    still = Motion.load(tmp_path / f"still.{kind}")
    pose, speed, way = gaps(still)
    assert pose < 5 and speed < 0.05
    assert (
        np.linalg.norm((still.positions[:, 0] - still.positions[0, 0]) * LEVEL, axis=1).max() < 0.01
    )


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_loop_closes_at_every_rate(walk, tmp_path, fps):
    out = tmp_path / "loop.glb"
    assert convert([str(walk), str(out), "--loop", "--fps", str(fps)]) == 0
    pose, speed, _ = gaps(Motion.load(out, fps=fps))
    assert pose < 5 and speed < 0.05


def test_glb_and_npz_keep_the_way_that_was_taken_out(walk, tmp_path):
    for kind in ("glb", "npz"):
        assert convert([str(walk), str(tmp_path / f"still.{kind}"), "--in-place"]) == 0
    moving = Motion.load(walk)
    still = Motion.load(tmp_path / "still.npz")
    assert np.abs(still.positions + still.root_path[:, None] - moving.positions).max() < 1e-5

    content = (tmp_path / "still.glb").read_bytes()
    document = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])
    names = [node["name"] for node in document["nodes"]]
    channel = next(
        channel
        for channel in document["animations"][0]["channels"]
        if channel["target"]["node"] == names.index("root_motion")
    )
    sampler = document["animations"][0]["samplers"][channel["sampler"]]
    accessor = document["accessors"][sampler["output"]]
    start = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
    start += 28 + int.from_bytes(content[12:16], "little")
    path = np.frombuffer(content, "<f4", 3 * accessor["count"], start).reshape(-1, 3)
    assert np.abs(path - still.root_path).max() < 1e-5


def test_a_gif_shows_the_seam_once(walk, tmp_path):
    assert convert([str(walk), str(tmp_path / "loop.npz"), "--loop"]) == 0
    assert convert([str(walk), str(tmp_path / "loop.gif"), "--loop"]) == 0
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(tmp_path / "loop.gif"), "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True).stderr
    frames = int(told.rsplit("frame=", 1)[1].split()[0])
    assert frames == Motion.load(tmp_path / "loop.npz").num_frames - 1


def test_generated_motions_are_looped_in_place(tmp_path, capsys):
    arguments = ["a person walks", "a person jumps", "--seconds", "3"]
    arguments += ["--format", "npz", "--output", str(tmp_path), "--loop", "--in-place"]
    assert generate(arguments) == 0
    assert "note: a person walks: looped: " in capsys.readouterr().err
    for name in ("a-person-walks", "a-person-jumps"):
        motion = Motion.load(tmp_path / f"{name}.npz")
        pose, speed, way = gaps(motion)
        assert pose < 5 and speed < 0.05 and way < 0.01
        assert motion.features.shape == (motion.num_frames, 263)


def test_folders_are_looped_and_what_cannot_be_is_in_the_report(walk, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    Motion.load(walk).save(folder / "long.npz")
    Motion(walking(3)).save(folder / "short.npz")
    arguments = [str(folder), str(tmp_path / "out"), "--format", "bvh", "--loop", "--in-place"]
    assert convert(arguments) == 0
    assert "short.npz: a loop takes at least 0.2 s" in capsys.readouterr().out
    assert gaps(Motion.load(tmp_path / "out" / "long.bvh"))[0] < 5


@pytest.mark.parametrize("flag", ["--loop", "--in-place"])
def test_models_and_stores_take_no_such_flag(tmp_path, capsys, flag):
    (tmp_path / "store").mkdir()
    for source, target in (
        ("small", "small.onnx"),
        (str(tmp_path / "store"), "out"),
        ("a.ckpt", "b"),
    ):
        assert convert([source, str(tmp_path / target), flag]) == 2
        assert capsys.readouterr().err.startswith("error: ")
