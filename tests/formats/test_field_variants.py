"""Files of known kinds in variants: several people, columns, feet, takes in parts, no way."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, rotate
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


def bvh(tmp_path, change, walk=WALK, **options) -> str:
    """A file whose text was changed."""
    text = write_bvh(tmp_path / "walk.bvh", Motion(walk), names="motionbuilder", **options)
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
        return ended_at(text, "Hand", "0 3 0")

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


def test_a_prop_before_the_body_is_no_body(tmp_path):
    def with_ball(text: str) -> str:
        head, motion = text.split("MOTION\n")
        ball = "ROOT Ball\n{\nOFFSET 9 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\n"
        rows = motion.splitlines()
        rows[2:] = [f"0 1 {number} {row}" for number, row in enumerate(rows[2:])]
        return head.replace("ROOT", f"{ball}ROOT", 1) + "MOTION\n" + "\n".join(rows) + "\n"

    path = bvh(tmp_path, with_ball)
    motion, notes = load_motion_file(path)
    assert off(motion.positions) < 0.5
    assert any("2 skeletons: " in note and "Ball left out" in note for note in notes)
    with pytest.raises(ValueError, match="no joint found"):
        load_motion_file(path, animation="Ball")


@pytest.mark.parametrize("between", [", ", ";", " ; "])
def test_numbers_of_bvh_may_have_commas_or_semicolons_between_them(tmp_path, between):
    def separated(text: str) -> str:
        head, motion = text.split("MOTION\n")
        rows = motion.splitlines()
        return f"{head}MOTION\n" + "\n".join(
            [*rows[:2], *(between.join(r.split()) for r in rows[2:])]
        )

    motion, _ = load_motion_file(bvh(tmp_path, separated))
    assert off(motion.positions) < 0.5


def going_farther(factor: float) -> Callable[[str], str]:
    """BVH of another program whose root alone goes ``factor`` times as far."""

    def change(text: str) -> str:
        head, motion = text.split("MOTION\n")
        head = re.sub(r"(ROOT|JOINT) (\S+)", r"\1 actor:\2", head)
        rows = motion.splitlines()
        for number, row in enumerate(rows[2:], start=2):
            values = row.split()
            ways = [f"{float(value) * factor:.6f}" for value in values[:3]]
            rows[number] = " ".join([*ways, *values[3:]])
        return head + "MOTION\n" + "\n".join(rows) + "\n"

    return change


@pytest.mark.parametrize("factor", [0.01, 10.0, 1 / 30.48])
def test_a_way_in_another_unit_than_the_bones_is_put_right(shared_data, tmp_path, factor):
    """The body would go a hundredth of its way, or ten times as far, its feet sliding."""

    walk = np.load(shared_data / "field-cases" / "truth.npy").astype(float)
    motion, notes = load_motion_file(bvh(tmp_path, going_farther(factor), walk))
    assert off(motion.positions, walk) < 0.5
    assert np.ptp(motion.positions[:, 0] - walk[:, 0], axis=0).max() < 0.01
    assert any("another unit than the bones" in note for note in notes)


def test_of_a_way_in_the_world_and_one_in_the_camera_the_world_s_is_read(tmp_path, expected):
    """As WHAM writes them: without a word of a name the camera's, with one the world's."""
    poses = np.concatenate([parameters()["root_orient"], parameters()["pose_body"]], axis=1)
    poses = np.concatenate([poses, np.zeros((len(poses), 6))], axis=1)
    trans = parameters()["trans"]
    np.savez(
        tmp_path / "x.npz",
        pose=poses + 0.2,
        trans=0 * trans + [0, 0, 4.0],
        pose_world=poses,
        trans_world=trans,
        fps=20,
    )
    assert off(load_motion_file(tmp_path / "x.npz")[0].positions, expected) < 0.1


def test_hands_that_are_not_finite_do_not_matter(tmp_path, expected):
    one = parameters()
    poses = np.concatenate([one["root_orient"], one["pose_body"], np.zeros((30, 90))], axis=1)
    paths = []
    for name, value in (("zero", 0.0), ("none", np.nan)):
        poses[:, 66:] = value
        paths.append(tmp_path / f"{name}.npz")
        np.savez(paths[-1], poses=poses, trans=one["trans"], mocap_framerate=20)
    zero, (none, notes) = load_motion_file(paths[0])[0], load_motion_file(paths[1])
    assert np.array_equal(zero.positions, none.positions)
    assert any("hands or face" in note for note in notes)


def test_features_by_another_name_are_told_by_their_width(tmp_path):
    features = Motion(WALK).features
    np.savez(tmp_path / "x.npz", feats=features, lengths=np.array([len(features)]))
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert off(motion.positions, WALK[:-1]) < 3
    assert "'feats' is read as features" in notes


def rows_of(text: str, change) -> str:
    """The text of a BVH whose rows of numbers went through a function of ``[T C]``."""
    head, motion = text.split("MOTION\n")
    rows = motion.splitlines()
    numbers = change(np.array([row.split() for row in rows[2:]], float))
    lines = [" ".join(f"{value:.8f}" for value in row) for row in numbers]
    return head + "MOTION\n" + "\n".join([*rows[:2], *lines]) + "\n"


def ended_at(text: str, part: str, offset: str) -> str:
    """The text of a BVH in which both of the joints ``LeftX`` and ``RightX`` are End Sites."""
    head, motion = text.split("MOTION\n")
    names = re.findall(r"(?:ROOT|JOINT) (\S+)", head)
    gone = []
    for side in ("Left", "Right"):
        joint = re.search(rf"JOINT {side}{part}\s*\{{.*?\}}\s*\}}", head, re.DOTALL)
        head = head.replace(joint.group(), f"End Site\n{{\nOFFSET {offset}\n}}")
        first = 3 + 3 * names.index(f"{side}{part}")
        gone += range(first, first + 3)
    return rows_of(head + "MOTION\n" + motion, lambda numbers: np.delete(numbers, gone, axis=1))


def test_radians_that_a_program_wound_up_are_told_by_a_body_that_goes_far(tmp_path):
    """One joint has been turned twice around, and the way is told by a joint above the hips."""

    def in_radians(numbers: np.ndarray) -> np.ndarray:
        angles = np.radians(numbers[:, 3:])
        angles[:, 20] += 4 * np.pi
        return np.concatenate([numbers[:, :3], angles], axis=1)

    def change(text: str) -> str:
        head = "HIERARCHY\nROOT Scene\n{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\n"
        text = rows_of(text, lambda numbers: np.pad(in_radians(numbers), ((0, 0), (3, 0))))
        hierarchy, motion = text.removeprefix("HIERARCHY\n").split("MOTION\n")
        return head + hierarchy.replace("ROOT", "JOINT", 1) + "}\nMOTION\n" + motion

    motion, notes = load_motion_file(bvh(tmp_path, change))
    assert off(motion.positions) < 0.5
    assert any("radians, read as such" in note for note in notes)


def test_a_body_on_its_head_is_told_where_its_axes_are_believed(tmp_path):
    """The rest pose stands, the motion hangs from its floor: a handstand, or a root told wrongly."""

    def turned(numbers: np.ndarray) -> np.ndarray:
        numbers[:, :3] *= [1, -1, -1]
        numbers[:, :3] += [0, 250, 0]
        numbers[:, 3] += 180  # the order is Z, X, Y
        return numbers

    def change(text: str) -> str:
        ends = re.sub(r"(End Site\s*\{\s*OFFSET) \S+ \S+ \S+", r"\1 0 1 0", text)
        return rows_of(ends, turned)  # whose ends are not those that this package writes

    motion, notes = load_motion_file(bvh(tmp_path, change))
    assert any("the body stands on its head, for Y up is believed" in note for note in notes)
    assert motion.positions[:, 15, 1].mean() < motion.positions[:, 0, 1].mean()


def test_hands_are_found_where_most_joints_are_fingers_called_after_them(tmp_path):
    """With a suffix on each name, so that no name is known as a whole."""

    def with_fingers(text: str) -> str:
        text = re.sub(r"(ROOT|JOINT) (\S+)", r"\1 \2_jnt", text)
        for side in ("Left", "Right"):
            fingers = ""
            for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky"):
                opened = [f"JOINT {side}Hand{finger}{n}_jnt\n{{\nOFFSET 2 0 1\nCHANNELS 0\n"
                          for n in (1, 2, 3, 4)]  # fmt: skip
                fingers += "".join(opened) + "End Site\n{\nOFFSET 1 0 0\n}\n" + "}\n" * 4
            hand = re.search(rf"JOINT {side}Hand_jnt\s*\{{[^{{}}]*?CHANNELS [^\n]*\n", text)
            text = text.replace(hand.group(), hand.group() + fingers)
        return text

    motion, notes = load_motion_file(bvh(tmp_path, with_fingers))
    assert off(motion.positions) < 0.5
    assert not any("hand" in note for note in notes)


def test_a_body_that_rolls_does_not_tell_which_axis_is_up(tmp_path):
    angles = np.linspace(0, 2 * np.pi, len(WALK))
    rolling = rotate(from_axis_angle(angles[:, None] * [1.0, 0, 0])[:, None], WALK - WALK[:, :1])
    _, notes = load_motion_file(saved(tmp_path / "x.npy", rolling + [0, 0.9, 0]))
    assert "the body does not tell which axis is up: Y up is believed" in notes


def test_a_child_in_a_file_that_says_metres_keeps_its_size(tmp_path):
    """As glTF does: legs of 0.45 m are those of a child, or of a small avatar."""

    def smaller(document: dict) -> None:
        scene = document["scenes"][0]
        armature = {"name": "Armature", "scale": [0.6] * 3, "children": scene["nodes"]}
        document["nodes"].append(armature)
        scene["nodes"] = [len(document["nodes"]) - 1]

    path = glb(tmp_path, smaller)
    motion, _ = load_motion_file(path)
    assert off(motion.positions / 0.6) < 0.5
