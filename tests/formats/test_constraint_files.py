"""Files of constraints: JSON and CSV, and what is said of wrong ones."""

import json

import numpy as np
import pytest

from motionlcm.formats.constraint_files import read_constraints, read_path
from motionlcm.motion.motion import Motion
from tests.conftest import walking


def write(folder, entries):
    path = folder / "pins.json"
    path.write_text(json.dumps({"constraints": entries}))
    return path


def test_the_file_of_the_interface_is_read(tmp_path):
    Motion(walking(60)).save(tmp_path / "pose.npz")
    entries = [
        {"type": "root_path", "points": [[0, 0], [0.5, 1.5], [0, 3]], "frames": [0, 60, 119]},
        {
            "type": "effector_target",
            "joint": "right_wrist",
            "frame": 40,
            "position": [0.3, 1.4, 1.0],
            "axes": "xyz",
            "tolerance": 0.0,
        },
        {"type": "pose_keyframe", "frame": 80, "motion": "pose.npz", "at": 0},
    ]
    targets = read_constraints(write(tmp_path, entries)).targets(120)
    assert list(targets.root_frames) == [0, 60, 119]
    assert np.allclose(targets.positions[60, 0], [0.5, 0, 1.5])
    assert np.allclose(targets.positions[40, 21], [0.3, 1.4, 1.0])
    assert list(np.flatnonzero(targets.is_posed)) == [80]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_in_any_usual_encoding_is_read(tmp_path, encoding):
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"constraints": [PIN]}), encoding=encoding)
    assert list(read_constraints(path).targets(10).mask[:, 15].any(-1).nonzero()[0]) == [1]


PIN = {"type": "effector_target", "joint": "head", "frame": 1, "position": [0, 1, 0]}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"type": "wish"}, "one of root_path"),
        ({"type": "root_path"}, "needs points"),
        ({"type": "root_path", "points": [[0, 0]]}, "at least two points"),
        ({"type": "root_path", "points": [[0, 0], ["a", 1]]}, "must be numbers"),
        ({"type": "root_path", "points": [[0, 0], [0, 1]], "speed": 3}, "has no 'speed'"),
        ({"type": "effector_target", "joint": "tail", "frame": 1, "position": [0, 1, 0]}, "tail"),
        ({"type": "effector_target", "joint": "head", "frame": 1}, "frame and position"),
        ({"type": "effector_target", "joint": "head", "frame": -1, "position": [0, 1, 0]}, "-1"),
        ({"type": "effector_target", "joint": "head", "frame": 1, "position": [0, -1, 0]}, "under"),
        (
            {"type": "effector_target", "joint": "head", "frame": True, "position": [0, 1, 0]},
            "the frames of head must be numbers, got [True]",
        ),
        (
            {"type": "effector_target", "joint": "head", "frame": "4", "position": [0, 1, 0]},
            "the frames of head must be numbers, got ['4']",
        ),
        (
            {"type": "effector_target", "joint": "head", "frame": 4, "position": [0, 1e300, 0]},
            "at most 1,000,000,000, got 1e+300",
        ),
        ({"type": ["root_path"]}, "one of root_path"),
        (dict(PIN, axes=True), "axes must be"),
        (dict(PIN, frame=1e300), "at most 1,000,000,000"),
        (dict(PIN, position=[0, 10**400, 0]), "must be numbers"),
        (dict(PIN, position=["a" * 99, "b" * 99, 0]), "must be numbers"),
        ({"type": "pose_keyframe", "frame": 3, "motion": "a.bvh", "placed": 3}, "placed must be"),
        ({"type": "pose_keyframe", "frame": 3, "motion": "x" * 3000}, "must name a file"),
        ({"type": "pose_keyframe", "frame": 3, "motion": 7}, "must name a file"),
        ({"type": "pose_keyframe", "second": -1, "motion": "a.bvh"}, "second must be 0 to 86400"),
        ({"type": "pose_keyframe", "frame": 3, "second": 1, "motion": "a.bvh"}, "leave one out"),
        ({"type": "root_path", "points": [[0, 0], [0, 1]], "seconds": 3}, "a list of numbers"),
        ({"type": "root_path", "points": [[0, 0], [0, 1]], "seconds": [0, "a"]}, "got 'a'"),
        ({"type": "root_path", "points": [[0, 0], [0, 1]], "seconds": [0, 0.01]}, "must rise"),
        ({"type": "keep_part", "motion": "a.bvh", "part": "upper", "second": 1}, "'second'"),
    ],
)
def test_a_wrong_entry_is_named_with_its_number(tmp_path, entry, words):
    good = {"type": "root_path", "points": [[0, 0], [0, 1]]}
    with pytest.raises(ValueError, match=r"pins\.json: constraint 1: ") as error:
        read_constraints(write(tmp_path, [good, entry]))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_seconds_are_told_in_frames(tmp_path):
    Motion(walking(60)).save(tmp_path / "pose.npz")
    entries = [
        {"type": "root_path", "points": [[0, 0], [0, 3]], "seconds": [0, 2.5]},
        {"type": "effector_target", "joint": "head", "second": 3, "position": [0, 1.6, 3.0]},
        {"type": "pose_keyframe", "second": 4.02, "motion": "pose.npz", "at": 5},
    ]
    targets = read_constraints(write(tmp_path, entries)).targets(120)
    assert list(targets.root_frames) == [0, 50]
    assert list(np.flatnonzero(targets.mask[:, 15].any(-1))) == [60]
    assert list(np.flatnonzero(targets.is_posed)) == [80]

    path = tmp_path / "path.csv"
    path.write_text("seconds,x,z\n0,0,0\n12.5,0,9\n")
    (wish,) = read_path(path)
    assert list(wish.frames) == [0, 250]


@pytest.mark.parametrize(
    "text",
    [
        "x,z\n0,0\n0,1\n1,2\n",
        "0,0\n0,1\n1,2",
        "# a path\n\nz;x\n0;0\n1;0\n2;1\n",
        "name,x,z\na,0,0\nb,0,1\nc,1,2\n",
        "X;Name;Z\n0,0;a, b;0,0\n0,0;;1,0\n1,0;c;2,0\n",
    ],
)
def test_a_path_without_frames_is_read_in_any_common_dress(tmp_path, text):
    path = tmp_path / "path.csv"
    path.write_text(text)
    (wish,) = read_path(path)
    assert np.allclose(wish.points, [[0, 0], [0, 1], [1, 2]])
    assert wish.frames is None


def test_a_path_with_frames_keeps_them(tmp_path):
    path = tmp_path / "path.csv"
    path.write_text("frame,x,z\n0,0,0\n40,0,1\n")
    (wish,) = read_path(path)
    assert list(wish.frames) == [0, 40]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a,b,c,d\n1,2,3,4\n", "line 1: a path has the columns"),
        ("x,z\n0,0\n1\n", "line 3: 2 numbers"),
        ("x,z\n0,0\none,2\n", "line 3: no numbers"),
        ("x,z\n0,0\n", "at least two points"),
        ("x,z\n0,0\nnan,2\n", "NaN"),
        ("frame,x,z\n0,0,0\n0,1,1\n", "must rise"),
        ("seconds,x,z\n0,0,0\ninf,1,1\n", "seconds must be 0 to 86400, got inf"),
        ("frame,seconds,x,z\n0,0,0,0\n9,1,1,1\n", "leave one column out"),
    ],
)
def test_a_wrong_path_is_named_with_its_line(tmp_path, text, words):
    path = tmp_path / "path.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="path.csv") as error:
        read_path(path)
    assert words in str(error.value)
