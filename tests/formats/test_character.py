"""Motions on other people's characters: any names, rest pose, proportions, units and axes."""

import json
import shutil
import struct
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.character import open_character
from motionlcm.formats.character_soles import find_soles, lowest_points
from motionlcm.formats.gltf import read_glb
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, forward_kinematics
from tests.formats.bodies import tumbling_motion
from tests.formats.rigs import RIGS, played, write_rig

VALIDATOR = """
const validator = require('gltf-validator');
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[1]));
validator.validateBytes(bytes).then(report => console.log(JSON.stringify(report.issues)));
"""
#: Bones that lead the same way in every body; hips, collars and feet are set in many ways.
ALIKE = ("knee", "ankle", "elbow", "wrist", "head", "neck", "spine2", "spine3")


def stepping(frames: int = 30) -> Motion:
    """A body that steps on the spot, turning, and bends arms, trunk and neck all ways."""
    time = np.linspace(0, 2 * np.pi, frames)
    angles = np.zeros((frames, 22, 3))
    for hip, knee, phase in ((1, 4, 0.0), (2, 5, np.pi)):
        lift = np.maximum(np.sin(time + phase), 0)
        angles[:, hip, 0], angles[:, knee, 0] = -0.9 * lift, 1.4 * lift
    for shoulder, elbow, side in ((16, 18, 1), (17, 19, -1)):
        angles[:, shoulder, 2] = side * (0.7 + 0.9 * np.sin(time))
        angles[:, shoulder, 1] = side * 0.6 * np.cos(time)
        angles[:, elbow, 0] = -1.1 + 0.6 * np.sin(2 * time)
    angles[:, 3:13:3, 0] = 0.12 * np.sin(time)[:, None]
    angles[:, 12, 1:] = 0.3 * np.stack([np.cos(time), np.sin(time)], axis=-1)
    turns = from_axis_angle(angles)
    turns[:, 0] = multiply(from_yaw(0.5 * time), turns[:, 0])
    root = np.stack([0.1 * np.sin(time), np.zeros(frames), 0.1 * time], axis=-1)
    positions = forward_kinematics(turns, root, SMPL_22)
    positions[..., 1] -= positions[..., 1].min(axis=1, keepdims=True)
    return Motion(positions)


def crouching(frames: int = 16) -> Motion:
    """A body that bends down until its wrists are a hand's breadth above the floor, and rises.

    It ends a little lower than it began: a loop would be written at a rate of its own.
    """
    low = 1.12 * np.sin(np.linspace(0, 0.95 * np.pi, frames))
    angles = np.zeros((frames, 22, 3))
    angles[:, 0, 0], angles[:, 3:10:3, 0] = 0.9 * low, 0.25 * low[:, None]
    for hip, knee, ankle, shoulder, elbow in ((1, 4, 7, 16, 18), (2, 5, 8, 17, 19)):
        angles[:, hip, 0], angles[:, knee, 0] = -1.8 * low, 1.8 * low
        angles[:, ankle, 0], angles[:, shoulder, 0] = -0.9 * low, -1.5 * low
        angles[:, elbow, 0] = -0.3
    positions = forward_kinematics(from_axis_angle(angles), np.zeros((frames, 3)), SMPL_22)
    positions[..., 1] -= positions[:, [7, 8, 10, 11], 1].min(axis=1)[:, None]
    return Motion(positions)


def angles_apart(positions: np.ndarray, joints: dict[str, np.ndarray], names: dict[str, str]):
    """Largest angle in degrees of each bone that motion and character both have, by its end."""
    apart = {}
    for joint, name in enumerate(JOINT_NAMES):
        above = PARENTS[joint]
        while above >= 0 and JOINT_NAMES[above] not in names:
            above = PARENTS[above]
        if above < 0 or name not in names:
            continue
        first = positions[:, joint] - positions[:, above]
        second = joints[names[name]] - joints[names[JOINT_NAMES[above]]]
        cosine = (first * second).sum(axis=-1)
        cosine /= np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        apart[name] = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max())
    return apart


@pytest.fixture(scope="module", params=sorted(RIGS))
def moved(request, tmp_path_factory):
    """(rig, its file, a motion, the file of the rig with that motion)."""
    rig = RIGS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    source = write_rig(folder / f"hero{'.vrm' if rig.vrm else '.glb'}", rig)
    motion = stepping()
    return rig, source, motion, motion.save(folder / "hero-steps.glb", character=source)


def test_limbs_and_trunk_point_where_the_motions_do(moved):
    rig, _, motion, path = moved
    apart = angles_apart(motion.positions.astype(float), played(path).joints, rig.names)
    alike = {name: angle for name, angle in apart.items() if name.endswith(ALIKE)}
    assert len(alike) >= 10
    assert max(alike.values()) < 0.1, alike


def test_what_was_put_onto_a_biped_is_read_from_it(tmp_path):
    """Its neck bears the collars; taken for the chest, it was 55 degrees off when read."""
    source, motion = write_rig(tmp_path / "hero.glb", RIGS["biped"]), stepping()
    back = Motion.load(motion.save(tmp_path / "o.glb", character=source)).positions
    for upper, lower in (("pelvis", "spine1"), ("spine1", "spine2"), ("neck", "head")):
        ends = [JOINT_NAMES.index(name) for name in (upper, lower)]
        bones = [places[:, ends[1]] - places[:, ends[0]] for places in (motion.positions, back)]
        bones = [bone / np.linalg.norm(bone, axis=-1, keepdims=True) for bone in bones]
        assert np.degrees(np.arccos(np.clip((bones[0] * bones[1]).sum(-1), -1, 1))).max() < 0.5
    points = open_character(source).points
    neck, spine3 = (points[JOINT_NAMES.index(name)] for name in ("neck", "spine3"))
    assert neck.share == 0 and spine3.second == neck.first


def test_the_sole_is_on_the_floor_where_a_foot_of_the_motion_is(moved):
    _, _, motion, path = moved
    skin = played(path).skin
    assert np.abs(skin[..., 1].min(axis=1)).max() < 0.007
    assert motion.positions[..., 1].min() == pytest.approx(0, abs=1e-6)


def test_hands_lie_on_the_floor_and_not_in_it(moved, tmp_path):
    rig, source, _, _ = moved
    motion = crouching()
    wrists = motion.positions[:, [20, 21], 1]
    assert wrists.min() < 0.1
    character = played(motion.save(tmp_path / "crouch.glb", character=source))
    assert character.skin[..., 1].min() > -0.005

    # Both soles stand, and where the hands are free the arms point as the motion's do.
    toes = [character.joints[rig.names[f"{side}_foot"]][:, 1] for side in ("left", "right")]
    assert np.ptp(toes) < 0.01
    free = np.flatnonzero(wrists.min(axis=1) > 0.4)
    assert len(free) >= 4
    joints = {name: places[free] for name, places in character.joints.items()}
    apart = angles_apart(motion.positions[free].astype(float), joints, rig.names)
    assert max(angle for name, angle in apart.items() if name.endswith(("elbow", "wrist"))) < 0.1


def test_the_way_is_as_long_as_the_legs_are(moved):
    rig, _, motion, path = moved
    joints = played(path).joints
    hips = (joints[rig.names["left_hip"]] + joints[rig.names["right_hip"]]) / 2
    own = motion.positions[:, [1, 2]].mean(axis=1)

    def leg(places):
        bones = ((1, 4), (4, 7), (2, 5), (5, 8))
        return sum(np.linalg.norm(places[b] - places[a]) for a, b in bones)

    scale = leg(rig.rest) / leg(motion.positions[0])
    np.testing.assert_allclose(hips[:, [0, 2]], own[:, [0, 2]] * scale, atol=2e-3 * max(1.0, scale))


def test_the_khronos_validator_finds_nothing_wrong(moved):
    if shutil.which("node") is None:
        pytest.skip("no node")
    probe = ["node", "-e", "require('gltf-validator')"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no gltf-validator; npm install gltf-validator and set NODE_PATH")
    path = moved[3]
    output = subprocess.run(
        ["node", "-e", VALIDATOR, str(path)], capture_output=True, text=True, check=True
    ).stdout
    issues = json.loads(output)
    assert issues["numErrors"] == 0 and issues["numWarnings"] == 0, issues["messages"][:5]


def test_all_that_the_file_had_is_kept(moved):
    _, source, _, path = moved
    (before, old), (after, new) = content_of(source), content_of(path)
    assert new[: len(old)] == old
    for key in ("meshes", "materials", "skins", "scenes", "extensions", "extensionsUsed"):
        assert after.get(key) == before.get(key)
    assert after["accessors"][: len(before["accessors"])] == before["accessors"]
    assert after["bufferViews"][: len(before["bufferViews"])] == before["bufferViews"]
    assert len(after["animations"]) == len(before.get("animations", [])) + 1
    assert [node.get("name") for node in after["nodes"]] == [n.get("name") for n in before["nodes"]]


def content_of(path) -> tuple[dict, bytes]:
    """(JSON, binary chunk) of a GLB."""
    content = path.read_bytes()
    size = struct.unpack_from("<I", content, 12)[0]
    document = json.loads(content[20 : 20 + size])
    return document, content[28 + size :][: document["buffers"][0]["byteLength"]]


def test_a_pose_of_the_nodes_is_not_taken_for_the_rest_pose(tmp_path):
    """Nodes that stand in a frame of some animation: the skin's own pose counts."""
    source = write_rig(tmp_path / "hero.glb", RIGS["unreal"])
    posed = stepping().cropped(7, 8).save(tmp_path / "posed.glb", character=source)
    document, binary = content_of(posed)

    # The nodes are left standing as in that frame, without an animation.
    animation = document.pop("animations")[0]
    for channel in animation["channels"]:
        output = animation["samplers"][channel["sampler"]]["output"]
        view = document["bufferViews"][document["accessors"][output]["bufferView"]]
        kind = channel["target"]["path"]
        value = np.frombuffer(binary, "<f4", 4 if kind == "rotation" else 3, view["byteOffset"])
        document["nodes"][channel["target"]["node"]][kind] = value.tolist()
    frozen = tmp_path / "frozen.glb"
    rewrite(frozen, document, binary)

    motion = stepping()
    first = played(motion.save(tmp_path / "a.glb", character=source))
    second = played(motion.save(tmp_path / "b.glb", character=frozen))
    np.testing.assert_allclose(first.skin, second.skin, atol=2e-3)


def test_in_place_the_hips_of_a_character_stay_above_their_start(tmp_path):
    """They are set otherwise over its legs than the motion's pelvis; what leans goes to the path.

    That is as long as the small body's steps.
    """
    rig = replace(RIGS["mixamo"], sizes={"knee": 0.6, "ankle": 0.6})
    source = write_rig(tmp_path / "hero.glb", rig)
    motion = tumbling_motion(3, 40)
    moving = played(motion.save(tmp_path / "moving.glb", character=source)).joints
    still = played(motion.in_place().save(tmp_path / "still.glb", character=source)).joints
    hips = still["mixamorig:Hips"][:, [0, 2]]
    assert np.ptp(hips, axis=0).max() < 1e-3

    gone = hips + still["root_motion"][:, [0, 2]] - moving["mixamorig:Hips"][:, [0, 2]]
    assert np.ptp(gone, axis=0).max() < 1e-3
    assert np.ptp(moving["mixamorig:Hips"][:, [0, 2]], axis=0).max() > 0.1


def test_in_place_a_character_moves_as_on_its_way(tmp_path):
    """Which feet stand is told by the way: beside it, all of them slide."""
    source = write_rig(tmp_path / "hero.glb", RIGS["unreal"])
    motion = Motion(stepping().positions + np.linspace(0, 1.5, 30)[:, None, None] * [0, 0, 1.0])
    moving = read_glb(motion.save(tmp_path / "moving.glb", character=source))
    still = read_glb(motion.in_place().save(tmp_path / "still.glb", character=source))
    joints = [still.names.index(name) for name in moving.names]
    assert np.abs(still.rotations[:, joints] - moving.rotations).max() < 1e-4


def test_motion_in_place_carries_its_way_in_a_node_of_its_own(tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    path = stepping().in_place().save(tmp_path / "still.glb", character=source)
    document, _ = content_of(path)
    number = [node.get("name") for node in document["nodes"]].index("root_motion")
    assert number in document["scenes"][0]["nodes"]
    assert np.abs(played(path).joints["mixamorig:Hips"][:, [0, 2]]).max() < 0.15


def test_another_frame_rate_keeps_the_length(tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    motion = stepping()
    assert read_glb(motion.save(tmp_path / "o.glb", character=source, fps=60)).num_frames == 88


@pytest.mark.parametrize("change", ["no skin", "no legs", "mirrored", "one bone"])
def test_what_is_no_character_is_refused_in_one_line(change, tmp_path):
    rig = RIGS["mixamo"]
    if change == "no legs":
        names = {key: name for key, name in rig.names.items() if "knee" not in key}
        rig = replace(rig, names={k: n for k, n in names.items() if "hip" not in k})
    source = write_rig(tmp_path / "hero.glb", rig)
    document, binary = content_of(source)
    if change == "no skin":
        del document["skins"]
        document["nodes"][-1].pop("skin")
    if change == "mirrored":
        document["nodes"][0]["scale"] = [-0.01, 0.01, 0.01]
    if change == "one bone":
        document["skins"][0]["joints"] = document["skins"][0]["joints"][:1]
        for node in document["nodes"]:
            node.pop("children", None)
    rewrite(source, document, binary)

    with pytest.raises(ValueError) as error:
        stepping(4).save(tmp_path / "o.glb", character=source)
    words = {
        "no skin": "holds no skin",
        "no legs": "no joint found for left hip, right hip, left knee, right knee",
        "mirrored": "scale",
        "one bone": "no joint found for",
    }
    assert words[change] in str(error.value) and "\n" not in str(error.value)
    assert str(source.name) in str(error.value) and not (tmp_path / "o.glb").exists()


def test_a_character_whose_joints_have_unknown_names_is_told_by_its_tree(tmp_path):
    rig = RIGS["mixamo"]
    unknown = {key: f"z{number}" for number, key in enumerate(rig.names)}
    named = open_character(write_rig(tmp_path / "hero.glb", replace(rig, extras={})))
    nameless = replace(rig, names=unknown, extras={})
    character = open_character(write_rig(tmp_path / "z.glb", nameless))
    assert character.joints == named.joints
    assert any("unknown names of joints" in note for note in character.notes)


def rewrite(path, document: dict, binary: bytes) -> None:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    length = 28 + len(text) + len(binary)
    parts = struct.pack("<4sII", b"glTF", 2, length) + struct.pack("<I4s", len(text), b"JSON")
    parts += text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    path.write_bytes(parts)


def test_limbs_of_which_one_is_many_times_the_other_are_no_body(tmp_path):
    rig = RIGS["daz"]
    source = write_rig(tmp_path / "hero.glb", replace(rig, sizes=rig.sizes | {"ankle": 0.02}))
    with pytest.raises(ValueError, match=r"between left hip and left knee are .* apply their"):
        open_character(source)


def test_soles_of_who_has_no_mesh_bend_at_the_toes(tmp_path):
    """All points turned with the ankle, and toes of who knelt were up to 4 cm off the floor."""
    source = write_rig(tmp_path / "hero.vrm", RIGS["child-vrm"])
    document, binary = content_of(source)
    document["nodes"][-1].pop("mesh"), document["nodes"][-1].pop("skin")
    rewrite(source, document, binary)
    character = open_character(source)
    ankle, toes = (character.joints[f"left_{part}"] for part in ("ankle", "foot"))
    soles = find_soles(character)
    assert len(soles[ankle]) == 2 and len(soles[toes]) == 1
    lowest = lowest_points(character, character.rest_rotations[None], character.rest.positions)
    np.testing.assert_allclose(lowest, 0, atol=1e-6)


def test_the_character_itself_is_not_written_over(tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    before = source.read_bytes()
    with pytest.raises(ValueError, match="the character itself"):
        stepping(4).save(source, character=source)
    assert source.read_bytes() == before


@pytest.mark.parametrize("options", [{"names": "mixamo"}, {"body": "folder"}])
def test_a_character_has_its_own_names_and_body(options, tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    with pytest.raises(ValueError, match="leave names and body out"):
        stepping(4).save(tmp_path / "o.glb", character=source, **options)


def test_files_of_other_kinds_are_no_characters(tmp_path):
    (tmp_path / "hero.obj").write_text("v 0 0 0\n")
    with pytest.raises(ValueError, match=r"ends in \.glb, \.gltf, \.vrm, \.fbx"):
        open_character(tmp_path / "hero.obj")
    with pytest.raises(ValueError, match="no such file"):
        open_character(tmp_path / "missing.glb")


def test_an_fbx_gives_its_skeleton_and_a_note(shared_data, tmp_path):
    pytest.importorskip("pufbx")
    source = shared_data / "raw-samples" / "rocketbox_sit_down.fbx"
    motion = stepping()
    assert any("no mesh" in note for note in open_character(source).notes)
    joints = played(motion.save(tmp_path / "o.glb", character=source)).joints
    words = "knee=Calf ankle=Foot shoulder=UpperArm elbow=Forearm wrist=Hand hip=Thigh"
    names = {
        f"{side}_{part}": f"Bip01 {side[0].upper()} {name}"
        for part, name in (word.split("=") for word in words.split())
        for side in ("left", "right")
    }
    apart = angles_apart(motion.positions.astype(float), joints, names)
    limbs = [angle for name, angle in apart.items() if name.endswith(ALIKE)]
    assert len(limbs) == 8 and max(limbs) < 0.1
    head = joints["Bip01 Head"][:, 1]
    assert 1.2 < head.min() and head.max() < 1.8


def test_a_gltf_beside_its_parts_becomes_one_file(tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    document, binary = content_of(source)
    document["buffers"][0]["uri"] = "hero.bin"
    document["images"] = [{"uri": "skin.png"}, {"uri": "lost.png"}]
    (tmp_path / "hero.bin").write_bytes(binary)
    (tmp_path / "skin.png").write_bytes(b"\x89PNG\r\n\x1a\nwhatever it holds")
    (tmp_path / "hero.gltf").write_text(json.dumps(document))

    motion = stepping()
    one = motion.save(tmp_path / "one.glb", character=tmp_path / "hero.gltf")
    after, content = content_of(one)
    view = after["bufferViews"][after["images"][0]["bufferView"]]
    start = view["byteOffset"]
    assert content[start : start + view["byteLength"]] == (tmp_path / "skin.png").read_bytes()
    assert after["images"][1] == {"uri": "lost.png"} and "uri" not in after["buffers"][0]
    other = motion.save(tmp_path / "other.glb", character=source)
    np.testing.assert_allclose(played(one).skin, played(other).skin)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("nodes", 1, "rotation"), [1]),
        (("nodes", 2, "translation"), "x"),
        (("nodes", 3, "children"), [99999]),
        (("skins", 0, "joints"), {}),
        (("skins", 0, "inverseBindMatrices"), -1e30),
        (("accessors", 6, "type"), []),
        (("bufferViews", 0, "buffer"), "x"),
        (("meshes", 0, "primitives"), None),
        (("scenes", 0), 7),
    ],
)
def test_a_damaged_character_is_one_line_that_names_it(place, value, tmp_path):
    source = write_rig(tmp_path / "hero.glb", RIGS["mixamo"])
    document, binary = content_of(source)
    part = document
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    rewrite(source, document, binary)
    motion = stepping(3).in_place() if place[0] == "scenes" else stepping(3)

    with pytest.raises(ValueError) as error:
        motion.save(tmp_path / "o.glb", character=source)
    assert "hero.glb" in str(error.value) and "\n" not in str(error.value)
    assert not (tmp_path / "o.glb").exists()
