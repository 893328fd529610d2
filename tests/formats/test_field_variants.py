"""Files of known kinds in variants: several people, columns, feet, takes in parts, no way."""

import re

import numpy as np
import pytest

from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from tests.formats.test_field_rules import WALK, glb, off, saved, smpl


def parameters() -> dict[str, np.ndarray]:
    """Root, body and way of who swings the arms, by SMPL-X's names; Y up."""
    poses, trans = (np.asarray(smpl()[key]) for key in ("poses", "trans"))
    body = poses[:, 1:22].reshape(len(poses), -1)
    return {"root_orient": poses[:, 0], "pose_body": body, "trans": trans}


@pytest.fixture
def expected(tmp_path):
    np.savez(tmp_path / "plain.npz", **parameters(), fps=20)
    return load_motion_file(tmp_path / "plain.npz")[0].positions


def test_one_of_several_people_in_parameters_is_chosen(tmp_path, expected):
    one = parameters()
    other = {**one, "trans": one["trans"] + [1.0, 0, 0], "pose_body": one["pose_body"] + 0.3}
    both = {key: np.stack([other[key], one[key]]) for key in one}
    np.savez(tmp_path / "two.npz", **both, fps=20)

    motion, notes = load_motion_file(tmp_path / "two.npz", animation="1")
    assert off(motion.positions, expected) < 0.1
    assert any("holds 2 people: number 1 is read" in note for note in notes)
    first, _ = load_motion_file(tmp_path / "two.npz")
    assert off(first.positions, expected) > 2
    with pytest.raises(ValueError, match="from 0 to 1"):
        load_motion_file(tmp_path / "two.npz", animation="2")
    with pytest.raises(ValueError, match="holds one motion"):
        load_motion_file(tmp_path / "plain.npz", animation="3")


def test_parameters_with_one_column_a_frame_are_turned(tmp_path, expected):
    columns = {key: array.T for key, array in parameters().items()}
    np.savez(tmp_path / "x.npz", **columns, fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert off(motion.positions, expected) < 0.1
    assert "one column a frame: turned to rows" in notes


@pytest.mark.parametrize(
    "names",
    [
        {"root_orient": "poses_root_world", "pose_body": "poses_body", "trans": "trans_world"},
        {"root_orient": "global_orient", "pose_body": "body_pose", "trans": "cam_trans"},
    ],
)
def test_parameters_beside_joints_of_another_body_are_read(tmp_path, expected, names):
    """As ROMP writes them: 71 joints that are none of ours."""
    arrays = {names[key]: array for key, array in parameters().items()}
    np.savez(tmp_path / "x.npz", **arrays, joints=np.ones((30, 71, 3)), fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert off(motion.positions, expected) < 0.1
    assert any("seen from the camera" in note for note in notes) == ("cam_trans" in arrays)


@pytest.mark.parametrize("array", [WALK[:, None], WALK[None, :, None]])
def test_one_person_a_frame_is_one_motion(tmp_path, array):
    motion, _ = load_motion_file(saved(tmp_path / "x.npy", array))
    assert motion.num_frames == len(WALK) and off(motion.positions) < 0.1


def bvh(tmp_path, change, **options) -> str:
    """A file whose text was changed."""
    text = write_bvh(tmp_path / "walk.bvh", Motion(WALK), names="motionbuilder", **options)
    path = tmp_path / "x.bvh"
    path.write_text(change(text.read_text()))
    return path


def test_a_file_in_feet_is_told_by_its_legs(tmp_path):
    def in_feet(text: str) -> str:
        head, motion = text.split("MOTION\n")
        head = re.sub(
            r"OFFSET (\S+) (\S+) (\S+)",
            lambda it: "OFFSET " + " ".join(f"{float(v) / 0.3048:.6f}" for v in it.groups()),
            head,
        )
        rows = motion.splitlines()
        for number, row in enumerate(rows[2:], start=2):
            values = row.split()
            ways = [f"{float(value) / 0.3048:.6f}" for value in values[:3]]
            rows[number] = " ".join([*ways, *values[3:]])
        return head + "MOTION\n" + "\n".join(rows) + "\n"

    motion, notes = load_motion_file(bvh(tmp_path, in_feet, unit="m"))
    assert off(motion.positions) < 1 and any("unit: feet" in note for note in notes)


def test_a_root_without_a_way_is_noted_and_stands_on_the_floor(tmp_path):
    def without_way(text: str) -> str:
        text = text.replace("CHANNELS 6 Xposition Yposition Zposition", "CHANNELS 3", 1)
        text = text.replace("Site", "Site_", 1) if "Site_" in text else text
        head, motion = text.split("MOTION\n")
        head = re.sub(r"(End Site\s*\{\s*OFFSET) \S+ \S+ \S+", r"\1 0 1 0", head)
        head = re.sub(r"(ROOT \S+\s*\{\s*OFFSET) \S+ \S+ \S+", r"\1 0 0 0", head)
        rows = motion.splitlines()
        return f"{head}MOTION\n" + "\n".join(
            [*rows[:2], *(" ".join(row.split()[3:]) for row in rows[2:])]
        )

    motion, notes = load_motion_file(bvh(tmp_path, without_way))
    assert "no translations of the hips: the body stays in its place" in notes
    assert any("floor moved from -" in note for note in notes)
    assert abs(motion.positions[..., 1].min()) < 1e-4


def test_an_end_site_that_is_no_forearm_is_no_hand(tmp_path):
    """A program's end of a bone, 3 cm to the side, is not where the wrist is."""

    def cut(text: str) -> str:
        head, motion = text.split("MOTION\n")
        names = re.findall(r"(?:ROOT|JOINT) (\S+)", head)
        starts = {name: 3 + 3 * number for number, name in enumerate(names)}
        for side in ("Left", "Right"):
            part = re.search(rf"JOINT {side}Hand\s*\{{.*?\}}\s*\}}", head, re.DOTALL)
            head = head.replace(part.group(), "End Site\n{\nOFFSET 0 3 0\n}")
        gone = {starts[f"{side}Hand"] + axis for side in ("Left", "Right") for axis in range(3)}
        rows = motion.splitlines()
        kept = [" ".join(v for n, v in enumerate(row.split()) if n not in gone) for row in rows[2:]]
        return head + "MOTION\n" + "\n".join([*rows[:2], *kept]) + "\n"

    motion, notes = load_motion_file(bvh(tmp_path, cut))
    assert off(motion.positions) < 2
    assert any("left hand: missing: placed beyond the elbow" in note for note in notes)


def test_animations_of_one_joint_each_are_one_take(tmp_path):
    def apart(document: dict) -> None:
        whole = document["animations"][0]
        document["animations"] = [
            {
                "name": f"Take {number}",
                "channels": [{**channel, "sampler": 0}],
                "samplers": [whole["samplers"][channel["sampler"]]],
            }
            for number, channel in enumerate(whole["channels"])
        ]

    motion, notes = load_motion_file(glb(tmp_path, apart))
    assert off(motion.positions) < 0.1
    assert any("each of other joints, are read as one" in note for note in notes)


def test_angles_in_radians_are_told_by_a_body_that_goes_far(tmp_path):
    def in_radians(text: str) -> str:
        head, motion = text.split("MOTION\n")
        rows = motion.splitlines()
        for number, row in enumerate(rows[2:], start=2):
            values = row.split()
            angles = [f"{np.radians(float(value)):.8f}" for value in values[3:]]
            rows[number] = " ".join([*values[:3], *angles])
        return head + "MOTION\n" + "\n".join(rows) + "\n"

    motion, notes = load_motion_file(bvh(tmp_path, in_radians))
    assert off(motion.positions) < 0.5
    assert any("radians, read as such" in note for note in notes)
