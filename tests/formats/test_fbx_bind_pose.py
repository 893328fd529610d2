"""The pose in which an FBX character was bound to its skin, read from text and from binary files."""

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.fbx_bind_pose import bind_pose
from motionlcm.motion.rotations import from_axis_angle
from motionlcm.motion.skeleton import JOINT_NAMES
from tests.formats.fbx_text import write_fbx_text

MATRIX = np.arange(16.0).reshape(4, 4)  # as FBX writes it: the place is its last row


def record(name: str, values: list, inner: bytes, version: int, start: int) -> bytes:
    """A record of a binary FBX that begins at ``start``, with records inside it."""
    content = b""
    for value in values:
        if isinstance(value, int):
            content += b"L" + struct.pack("<q", value)
        elif isinstance(value, float):
            content += b"D" + struct.pack("<d", value)
        elif isinstance(value, bytes):
            content += b"S" + struct.pack("<I", len(value)) + value
        else:
            data = np.asarray(value, "<f8").tobytes()
            is_packed = version >= 7500  # one version of each kind
            data = zlib.compress(data) if is_packed else data
            head = struct.pack("<III", len(value), is_packed, len(data))
            content += b"d" + head + data
    form = "<QQQB" if version >= 7500 else "<IIIB"
    length = struct.calcsize(form) + len(name) + len(content) + len(inner)
    head = struct.pack(form, start + length, len(values), len(content), len(name))
    return head + name.encode() + content + inner


def nested(tree: tuple, version: int, start: int) -> bytes:
    """A record ``(name, values, records in it)`` as bytes, at ``start``."""
    name, values, inner = tree
    size = len(record(name, values, b"", version, 0))
    content = b""
    for part in inner:
        content += nested(part, version, start + size + len(content))
    return record(name, values, content, version, start)


def write_binary(path, version: int, matrix: list, node) -> None:
    """A binary FBX of two models, one of which has a place in a bind pose."""
    pose = ("PoseNode", [], [("Node", [node], []), ("Matrix", matrix, [])])
    models = [
        ("Model", [number, name + b"\0\1Model", b"LimbNode"], [])
        for number, name in ((5, b"Hips"), (6, b"Spine"))
    ]
    objects = ("Objects", [], [*models, ("Pose", [9, b"P\0\1Pose", b"BindPose"], [pose])])
    head = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", version)
    path.write_bytes(head + nested(objects, version, len(head)))


@pytest.mark.parametrize("version", [7400, 7500])
def test_a_bind_pose_is_read_from_binary_files(tmp_path, version):
    write_binary(tmp_path / "x.fbx", version, [MATRIX.reshape(-1)], 6)
    found = bind_pose(tmp_path / "x.fbx")
    assert list(found) == ["Spine"]
    np.testing.assert_array_equal(found["Spine"][:3, 3], MATRIX[3, :3])


def test_files_of_2009_name_their_nodes_and_write_numbers_one_by_one(tmp_path):
    write_binary(tmp_path / "x.fbx", 6100, MATRIX.reshape(-1).tolist(), b"Spine\0\1Model")
    np.testing.assert_array_equal(bind_pose(tmp_path / "x.fbx")["Spine"], MATRIX.T)


def test_what_is_damaged_has_no_bind_pose(tmp_path):
    path = tmp_path / "x.fbx"
    write_binary(path, 7500, [MATRIX.reshape(-1)], 6)
    content, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content[: random.integers(20, len(content) + 1)])
        for place in random.integers(27, len(content), 3):
            if place < len(damaged):
                damaged[place] = random.integers(256)
        path.write_bytes(bytes(damaged))
        assert all(matrix.shape == (4, 4) for matrix in bind_pose(path).values())


def test_a_character_rests_as_its_skin_was_bound_and_not_as_it_was_saved(tmp_path):
    """Saved in the middle of a step, its feet were up to 16 cm off the floor in walks."""
    pytest.importorskip("pufbx")
    from motionlcm.formats.character import open_character
    from tests.formats.test_fbx import body

    plain = body()
    places = np.zeros((22, 3))
    for joint, parent in enumerate(plain.parents):
        places[joint] = plain.offsets[joint] + (places[parent] if parent >= 0 else 0)
    bind = np.tile(np.eye(4), (22, 1, 1))
    bind[:, :3, 3] = places
    stepping = from_axis_angle(np.random.default_rng(1).normal(size=(22, 3)) * 0.3)
    saved = replace(plain, stand=stepping)

    poses = {}
    for name, figure in (("plain", plain), ("saved", saved), ("bound", replace(saved, bind=bind))):
        path = write_fbx_text(tmp_path / f"{name}.fbx", [figure], fps=20, stop=39 / 20)
        character = open_character(path)
        poses[name] = character.positions / character.leg
    hips = JOINT_NAMES.index("pelvis")
    apart = {
        name: np.abs(pose - pose[hips] - poses["plain"] + poses["plain"][hips]).max()
        for name, pose in poses.items()
    }
    assert apart["bound"] < 1e-3 and apart["saved"] > 0.1
