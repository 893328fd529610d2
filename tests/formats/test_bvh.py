"""BVH: every bad file is one clear line, and what is written is read again within a millimetre."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from motionlcm.formats.bvh import read_bvh, write_bvh
from motionlcm.formats.bvh_writer import continuous_angles
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.inverse_kinematics import solve_rotations, t_pose_skeleton
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_euler, from_yaw, multiply, rotate
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics
from tests.conftest import walking

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 1 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Leg
  {
    OFFSET 0 -2 0
    CHANNELS 1 Xrotation
    End Site
    {
      OFFSET 0 -1 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
0 1 0 0 0 0 0
1 1 0 90 0 0 90
"""


def turning_motion(turn: float, num_frames: int = 80, seed: int = 0) -> Motion:
    """A rigid body that turns by ``turn`` radians while its joints move."""
    generator = np.random.default_rng(seed)
    phase = np.linspace(0, 4 * np.pi, num_frames)[:, None, None]
    starts = generator.uniform(0, 6, (1, 22, 3))
    angles = 0.5 * np.sin(phase + starts) * generator.uniform(0.2, 1, (1, 22, 3))
    rotations = from_euler(angles, "ZXY")
    rotations[:, 0] = multiply(from_yaw(np.linspace(0, turn, num_frames)), rotations[:, 0])
    root = np.stack([np.sin(phase[:, 0, 0]), 0.9 + 0 * phase[:, 0, 0], phase[:, 0, 0]], axis=-1)
    return Motion(forward_kinematics(rotations, root, SMPL_22).astype(np.float32))


@pytest.fixture
def clips(shared_data: Path) -> dict[str, np.ndarray]:
    spec = importlib.util.spec_from_file_location("unpack", shared_data / "mocap" / "unpack.py")
    assert spec is not None and spec.loader is not None
    unpack = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(unpack)
    return unpack.read_clips(shared_data / "mocap" / "clips.npz.xz")


def yaw_range(positions: np.ndarray) -> float:
    across = positions[:, 1] - positions[:, 2]
    return float(np.ptp(np.unwrap(np.arctan2(across[:, 2], across[:, 0]))))


def write(folder: Path, text: str | bytes, name: str = "x.bvh") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_positions_follow_the_channels_in_their_order(tmp_path):
    raw = read_bvh(write(tmp_path, SMALL))
    assert raw.names == ("Hips", "Leg", "Leg_end")
    assert raw.fps == 20
    np.testing.assert_allclose(raw.positions[0], [[0, 1, 0], [0, -1, 0], [0, -2, 0]], atol=1e-12)
    np.testing.assert_allclose(raw.positions[1], [[1, 1, 0], [3, 1, 0], [3, 1, -1]], atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: (
            text.replace(" ", "\t").replace("ROOT\t", "ROOT ").replace("End\tSite", "End Site")
        ),
        lambda text: text.replace("\n", "\n\n   "),
        lambda text: text.replace("Hips\n{", "Hips {").replace("End Site\n", "End Site"),
        lambda text: (
            text.replace("Frames: ", "Frames:\t")
            .lower()
            .replace("hips", "Hips")
            .replace("leg", "Leg")
        ),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
    ],
    ids=[
        "crlf",
        "tabs",
        "blank lines",
        "braces on the line",
        "lower case",
        "no last newline",
        "byte order mark",
    ],
)
def test_layout_does_not_matter(tmp_path, change):
    expected = read_bvh(write(tmp_path, SMALL))
    raw = read_bvh(write(tmp_path, change(SMALL), "y.bvh"))
    assert [name.lower() for name in raw.names] == [name.lower() for name in expected.names]
    np.testing.assert_allclose(raw.positions, expected.positions)


def test_a_joint_without_channels_keeps_still(tmp_path):
    text = (
        SMALL.replace("CHANNELS 1 Xrotation", "CHANNELS 0")
        .replace("0 0 0 0\n", "0 0 0\n")
        .replace(" 90\n", "\n")
    )
    raw = read_bvh(write(tmp_path, text))
    np.testing.assert_allclose(raw.positions[0, 1], [0, -1, 0], atol=1e-12)


BAD = {
    "empty": ("", "line 1: the file is empty"),
    "binary": (b"\x00\x01\x02\xff" * 50, "line 1: found binary data"),
    "no hierarchy": ("hello world\n", "line 1: found 'hello', expected HIERARCHY"),
    "hierarchy cut": (SMALL[: SMALL.index("JOINT") - 1], "ends within the hierarchy"),
    "motion cut off": (SMALL[: SMALL.index("MOTION")], "ends before its MOTION"),
    "frames missing": (SMALL[: SMALL.index("Frames")], "MOTION is not followed by 'Frames"),
    "frame time missing": (
        SMALL[: SMALL.index("Frame Time")],
        "MOTION is not followed by 'Frame Time",
    ),
    "rows cut": (SMALL[: SMALL.index("1 1 0 90")], "found 1 frames, expected the 2"),
    "row cut": (SMALL[:-4], "found 6 values, expected 7"),
    "row too long": (SMALL + "7\n", "found 1 values, expected 7"),
    "row too many": (SMALL + "1 1 0 90 0 0 90\n", "found 3 frames, expected the 2"),
    "enormous count": (
        SMALL.replace("Frames: 2", "Frames: 99999999999999"),
        "expected the 99999999999999",
    ),
    "no frames": (SMALL.replace("Frames: 2", "Frames: 0"), "found '0' frames"),
    "negative frames": (SMALL.replace("Frames: 2", "Frames: -2"), "found '-2' frames"),
    "zero time": (SMALL.replace("0.05", "0"), "Frame Time is 0 s"),
    "absurd time": (SMALL.replace("0.05", "12"), "Frame Time is 12 s"),
    "nan time": (SMALL.replace("0.05", "nan"), "found 'nan', expected a finite number"),
    "nan value": (
        SMALL.replace("1 1 0 90", "1 nan 0 90"),
        "line 20: found 'nan', expected a finite number",
    ),
    "infinite value": (SMALL.replace("1 1 0 90", "1 inf 0 90"), "line 20: found 'inf'"),
    "word value": (SMALL.replace("1 1 0 90", "1 1,5 0 90"), "line 20: found '1,5'"),
    "bad offset": (SMALL.replace("OFFSET 0 -2 0", "OFFSET 0 x 0"), "line 8: found 'x'"),
    "no offset": (SMALL.replace("    OFFSET 0 -2 0\n", ""), "joint 'Leg' has no OFFSET"),
    "unknown channel": (SMALL.replace("1 Xrotation", "1 Xscale"), "line 9: found channel 'Xscale'"),
    "channel count": (
        SMALL.replace("CHANNELS 1", "CHANNELS nine"),
        "line 9: found 'nine' channels",
    ),
    "twice": (SMALL.replace("1 Xrotation", "2 Xrotation Xrotation"), "a channel is listed twice"),
    "two roots": (
        SMALL.replace("MOTION", "ROOT Other\n{\n}\nMOTION"),
        "joint 'Other' has no OFFSET",
    ),
    "no channels": (re.sub(r"CHANNELS.*", "", SMALL), "no joint has channels"),
    "unknown joints": (SMALL, "unknown skeleton: no joint found for left_hip"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_line(tmp_path, name):
    content, message = BAD[name]
    with pytest.raises(ValueError) as error:
        load_motion_file(write(tmp_path, content))
    assert message in str(error.value)
    assert "x.bvh" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_cut_anywhere_is_a_value_error(tmp_path):
    text = write_bvh(tmp_path / "whole.bvh", turning_motion(1.0, num_frames=5)).read_bytes()
    for end in range(0, len(text) - 12, 97):
        with pytest.raises(ValueError):
            read_bvh(write(tmp_path, text[:end]))


def test_noise_in_a_file_is_a_value_error_or_harmless(tmp_path):
    text = bytearray(SMALL.encode())
    generator = np.random.default_rng(0)
    for _ in range(300):
        noisy = bytearray(text)
        for at in generator.integers(0, len(text), 3):
            noisy[at] = generator.integers(0, 256)
        try:
            read_bvh(write(tmp_path, bytes(noisy)))
        except ValueError as error:
            assert "x.bvh" in str(error)


@pytest.mark.parametrize("names", ["smpl", "mixamo", "motionbuilder"])
@pytest.mark.parametrize(("unit", "order"), [("cm", "ZXY"), ("m", "ZYX"), ("cm", "XYZ")])
def test_out_and_in_again_is_within_a_millimetre(tmp_path, names, unit, order):
    motion = turning_motion(4 * np.pi)
    path = write_bvh(tmp_path / "x.bvh", motion, unit=unit, order=order, names=names)
    again, notes = load_motion_file(path)
    assert notes == []
    assert again.fps == motion.fps
    assert np.abs(again.positions - motion.positions).max() < 0.001


def test_rotations_that_the_motion_has_are_written(tmp_path):
    positions = turning_motion(2.0).positions.astype(np.float64)
    skeleton = t_pose_skeleton(positions)
    rotations = solve_rotations(positions, skeleton)
    motion = Motion(positions, rotations=rotations, skeleton=skeleton)
    raw = read_bvh(write_bvh(tmp_path / "x.bvh", motion, unit="m"))
    pelvis = raw.rotations[:, 0]
    pelvis = pelvis * np.sign((pelvis * rotations[:, 0]).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(pelvis, rotations[:, 0], atol=1e-6)


def test_bones_that_change_their_length_survive(tmp_path):
    motion = turning_motion(np.pi)
    noise = np.random.default_rng(1).normal(0, 0.01, motion.positions.shape)
    noisy = motion.positions + noise.astype(np.float32)
    path = write_bvh(tmp_path / "x.bvh", Motion(noisy))
    assert np.abs(load_motion_file(path)[0].positions - noisy).max() < 0.001


def test_recorded_turns_and_backward_facing_come_back_within_a_millimetre(tmp_path, clips):
    turning = [
        name for name, clip in clips.items() if len(clip) < 900 and yaw_range(clip) > 2 * np.pi
    ]
    assert len(turning) >= 5
    backwards = [
        name for name, clip in clips.items() if (clip[:, 1, 0] < clip[:, 2, 0] - 0.05).all()
    ]
    for name in turning[:: max(len(turning) // 10, 1)][:12] + backwards[:4]:
        again, _ = load_motion_file(write_bvh(tmp_path / "x.bvh", Motion(clips[name])))
        assert np.abs(again.positions - clips[name]).max() < 0.001, name


def test_a_body_that_lies_along_an_axis_comes_back_lying(tmp_path):
    quarter = from_euler(np.array([np.pi / 2, 0.0, 0.0]), "XYZ")
    positions = rotate(quarter, turning_motion(0.2).positions.astype(np.float64))
    positions -= [0, positions[..., 1].min() - 0.05, positions[..., 2].min()]
    again, _ = load_motion_file(write_bvh(tmp_path / "x.bvh", Motion(positions)))
    assert np.abs(again.positions - positions).max() < 0.001


def test_angles_of_a_double_turn_have_no_jump():
    turns = from_yaw(np.linspace(0, 4 * np.pi, 120))[:, None]
    angles = continuous_angles(turns, "ZXY")
    assert np.abs(np.diff(angles, axis=0)).max() < 0.2
    np.testing.assert_allclose(angles[-1, 0, 2] - angles[0, 0, 2], 4 * np.pi, atol=1e-6)


def test_angles_pass_the_pole_without_a_jump():
    angles = np.stack([np.zeros(80), np.linspace(0, 3, 80), np.zeros(80)], axis=-1)
    swing = from_euler(angles, "ZXY")[:, None]
    assert np.abs(np.diff(continuous_angles(swing, "ZXY"), axis=0)).max() < 0.2


def test_the_rest_pose_is_a_t_pose(tmp_path):
    rest = read_bvh(write_bvh(tmp_path / "x.bvh", turning_motion(3.0), unit="m")).rest_positions
    names = read_bvh(tmp_path / "x.bvh").names
    at = {name: rest[index] for index, name in enumerate(names)}
    assert at["left_wrist"][0] - at["left_shoulder"][0] > 0.4
    assert abs(at["left_wrist"][1] - at["left_shoulder"][1]) < 0.01
    assert at["right_wrist"][0] < at["right_shoulder"][0] - 0.4
    assert at["left_hip"][1] - at["left_ankle"][1] > 0.7
    assert at["left_foot"][2] > at["left_ankle"][2]
    assert at["head_end"][1] > at["head"][1]


def test_a_failed_write_leaves_nothing(tmp_path):
    motion = turning_motion(1.0)
    for options, message in (
        ({"unit": "inch"}, "unit must be one of"),
        ({"order": "XXY"}, "order must be a permutation"),
        ({"names": "biped"}, "names must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            write_bvh(tmp_path / "x.bvh", motion, **options)
    with pytest.raises(ValueError, match="does not exist"):
        write_bvh(tmp_path / "missing" / "x.bvh", motion)
    assert list(tmp_path.iterdir()) == []


def test_facing_does_not_change_the_local_rotations():
    motion = turning_motion(0.3)
    turned = rotate(from_yaw(np.array(np.pi))[None, None], motion.positions.astype(np.float64))
    first, second = solve_rotations(motion.positions), solve_rotations(turned)
    dots = np.abs((first[:, 1:] * second[:, 1:]).sum(axis=-1))
    assert dots.min() > 1 - 1e-6


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YZX", "ZYX", "XZY", "YXZ"])
@pytest.mark.parametrize("sign", [1, -1])
def test_angles_rest_at_a_pole_without_a_jump(order, sign):
    middle = sign * np.clip(np.linspace(0, 3, 90), None, np.pi / 2)  # reaches the pole and stays
    outer = np.linspace(0.5, 1.5, 90)
    turns = from_euler(np.stack([outer, middle, np.full(90, 0.7)], axis=-1), order)[:, None]
    angles = continuous_angles(turns, order)
    assert np.abs(np.diff(angles, axis=0)).max() < 0.2
    again = from_euler(angles, order)
    np.testing.assert_allclose(np.abs((again * turns).sum(axis=-1)), 1, atol=1e-9)


def test_a_motion_told_from_hanging_arms_gets_a_t_pose(tmp_path):
    rotations = from_euler(np.random.default_rng(2).normal(0, 0.4, (9, 22, 3)), "ZXY")
    root = np.tile([0.0, 0.9, 0.0], (9, 1))
    motion = Motion(forward_kinematics(rotations, root, SMPL_22), rotations=rotations)
    raw = read_bvh(write_bvh(tmp_path / "x.bvh", motion, unit="m"))
    rest = dict(zip(raw.names, raw.rest_positions))
    assert rest["left_wrist"][0] - rest["left_shoulder"][0] > 0.4
    again, _ = load_motion_file(tmp_path / "x.bvh")
    assert np.abs(again.positions - motion.positions).max() < 0.001


def test_a_long_motion_is_written_in_chunks_as_it_is_whole(tmp_path, monkeypatch):
    motion = Motion(walking(1500, turn=0.02))
    whole, parts = (motion.save(tmp_path / name) for name in ("whole.bvh", "parts.bvh"))
    monkeypatch.setattr("motionlcm.formats.pose.CHUNK", 400)
    motion.save(parts)
    assert Motion.load(parts).num_frames == 1500
    away = Motion.load(parts).positions - Motion.load(whole).positions
    assert np.abs(away).max() < 1e-4
    lines = [path.read_text().splitlines() for path in (whole, parts)]
    assert len(lines[0]) == len(lines[1])
    first = next(i for i, line in enumerate(lines[0]) if line.startswith("Frame Time")) + 1
    numbers = [np.array([row.split() for row in text[first:]], float) for text in lines]
    assert np.abs(numbers[0] - numbers[1]).max() < 1e-3  # whole turns, too, are those of one go


def test_joints_that_stretch_late_are_told_from_the_beginning(tmp_path, monkeypatch):
    positions = walking(1300)
    positions[1200:, [18, 20]] += [0.05, 0, 0]  # a forearm of another length at the end
    monkeypatch.setattr("motionlcm.formats.pose.CHUNK", 400)
    path = Motion(positions).save(tmp_path / "stretch.bvh")
    assert np.abs(Motion.load(path).positions - positions).max() < 2e-3
