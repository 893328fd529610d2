"""VRM animations: a T-pose skeleton with VRM's bones, read again as the motion that was written."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from motionlcm.formats.read import load_motion_file
from motionlcm.formats.t_pose import is_t_pose
from motionlcm.formats.vrma_writer import VRM_BONES
from motionlcm.motion.skeleton import JOINT_NAMES
from tests.formats.rigs import RIGS, played, write_rig
from tests.formats.test_character import ALIKE, angles_apart, stepping


def document_of(path: Path) -> dict:
    content = path.read_bytes()
    return json.loads(content[20 : 20 + struct.unpack_from("<I", content, 12)[0]])


def rest_of(document: dict) -> dict[str, np.ndarray]:
    """Places of the nodes at rest, which have no rotation."""
    places, nodes = {}, document["nodes"]

    def visit(index: int, above: np.ndarray) -> None:
        node = nodes[index]
        assert "rotation" not in node
        places[node["name"]] = above + np.array(node["translation"])
        for child in node.get("children", []):
            visit(child, places[node["name"]])

    visit(document["scenes"][0]["nodes"][0], np.zeros(3))
    return places


def test_the_rest_pose_is_a_t_pose_on_the_floor_and_only_hips_move(tmp_path):
    document = document_of(stepping().save(tmp_path / "o.vrma"))
    rest = rest_of(document)
    assert is_t_pose(np.array([rest[VRM_BONES[name]] for name in JOINT_NAMES]))
    assert min(place[1] for place in rest.values()) == pytest.approx(0, abs=0.03)

    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    assert {name: document["nodes"][bone["node"]]["name"] for name, bone in bones.items()} == {
        name: name for name in VRM_BONES.values()
    }
    targets = [channel["target"] for channel in document["animations"][0]["channels"]]
    moved = [target["node"] for target in targets if target["path"] == "translation"]
    assert moved == [bones["hips"]["node"]]


def test_a_vrma_is_read_as_the_motion_that_was_written(tmp_path):
    motion = stepping()
    read, _ = load_motion_file(motion.save(tmp_path / "o.vrma"))
    apart = np.linalg.norm(read.positions - motion.positions, axis=-1)
    assert apart.max() < 0.01


@pytest.mark.parametrize("name", ["child-vrm", "unreal", "daz"])
def test_with_a_character_the_skeleton_has_its_proportions(name, tmp_path):
    rig = RIGS[name]
    source = write_rig(tmp_path / "hero.glb", rig)
    motion = stepping()
    path = motion.save(tmp_path / "o.vrma", character=source)
    rest, document = rest_of(document_of(path)), document_of(path)
    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    assert {"hips", "spine", "head", "leftFoot", "leftToes", "rightHand"} <= set(bones)

    own = {joint: rig.rest[JOINT_NAMES.index(joint)] for joint in rig.names}
    for upper, lower in (("left_hip", "left_knee"), ("right_shoulder", "right_elbow")):
        length = np.linalg.norm(rest[VRM_BONES[lower]] - rest[VRM_BONES[upper]])
        assert length == pytest.approx(np.linalg.norm(own[lower] - own[upper]), rel=1e-3)
    joints = played(path).joints
    names = {joint: VRM_BONES[joint] for joint in JOINT_NAMES if VRM_BONES[joint] in joints}
    names = {joint: bone for joint, bone in names.items() if joint in rig.names}
    apart = angles_apart(motion.positions.astype(float), joints, names)
    alike = {joint: angle for joint, angle in apart.items() if joint.endswith(ALIKE)}
    assert len(alike) >= 8 and max(alike.values()) < 0.1, alike
