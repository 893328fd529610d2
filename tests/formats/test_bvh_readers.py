"""BVH as two public readers see it; skipped where they are not installed."""

import numpy as np
import pytest

from motionlcm.formats.bvh import write_bvh
from motionlcm.motion.skeleton import JOINT_NAMES
from tests.formats.bodies import millimetres_between, tumbling_motion


@pytest.mark.parametrize("seed", [1, 4, 8, 25])
def test_pymotion_places_the_joints_where_we_do(seed, tmp_path):
    reader = pytest.importorskip("pymotion.io.bvh")
    kinematics = pytest.importorskip("pymotion.ops.skeleton")
    body = tumbling_motion(seed)
    file = reader.BVH()
    file.load(str(write_bvh(tmp_path / "x.bvh", body, unit="m", order=("ZXY", "XYZ")[seed % 2])))
    rotations, places, parents, offsets, _, _ = file.get_data()
    joints, _ = kinematics.fk(rotations, places[:, 0], offsets, parents)
    names = list(file.data["names"])
    order = [names.index(name) for name in JOINT_NAMES]
    assert millimetres_between(joints[:, order], body.positions) < 1


@pytest.mark.parametrize("seed", [1, 3, 4, 12])
def test_bvhio_places_the_joints_where_we_do(seed, tmp_path):
    bvhio = pytest.importorskip("bvhio")
    body = tumbling_motion(seed)
    root = bvhio.readAsHierarchy(str(write_bvh(tmp_path / "x.bvh", body, unit="cm")))
    joints = np.zeros(body.positions.shape)
    for frame in range(body.num_frames):
        root.loadPose(frame)
        for joint, _, _ in root.layout():
            if joint.Name in JOINT_NAMES:
                joints[frame, JOINT_NAMES.index(joint.Name)] = list(joint.PositionWorld)
    assert millimetres_between(joints / 100, body.positions) < 1
