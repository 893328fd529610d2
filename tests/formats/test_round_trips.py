"""200 bodies that turn all ways, and recorded ones: out and in again through every format."""

import numpy as np
import pytest

from motionlcm.formats.body_models import SMPL_REST
from motionlcm.formats.pose import local_motion
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from tests.formats.bodies import degrees_between, millimetres_between, tumbling_motion

BODIES = [tumbling_motion(seed) for seed in range(200)]
#: (file name, rest pose of its rotations, millimetres allowed)
FORMATS = {
    "bvh": ("x.bvh", None, 1.0),
    "glb": ("x.glb", None, 0.1),
    "amass": ("x.amass.npz", SMPL_REST, 1.0),
    "npz": ("x.npz", None, 0.001),
    "npy": ("x.npy", None, 0.001),
}


def test_the_bodies_turn_all_ways():
    across = np.concatenate([body.positions[:, 1] - body.positions[:, 2] for body in BODIES])
    up = np.concatenate([body.positions[:, 12] - body.positions[:, 0] for body in BODIES])
    for vectors in (across, up):
        for axis in range(3):
            assert vectors[:, axis].min() < -0.1 and vectors[:, axis].max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_two_hundred_bodies_come_back(name, tmp_path):
    file, rest, allowed = FORMATS[name]
    farthest = widest = 0.0
    for body in BODIES:
        local = local_motion(body, rest=rest)
        known = (
            body
            if name == "npy"
            else Motion(body.positions, rotations=local.rotations, skeleton=_skeleton(local))
        )
        again, notes = load_motion_file((known if name == "npz" else body).save(tmp_path / file))
        assert (again.fps, notes) == (20.0, [])
        farthest = max(farthest, millimetres_between(again.positions, body.positions))
        if name != "npy":
            widest = max(widest, degrees_between(again.rotations, local.rotations))
    assert farthest < allowed and widest < 0.1


@pytest.mark.parametrize("name", ["bvh", "glb", "amass"])
def test_recorded_bodies_come_back(name, tmp_path, shared_data):
    file, rest, allowed = FORMATS[name]
    with np.load(shared_data / "reference" / "humanml3d_features.npz") as arrays:
        clips = {
            key: arrays[key] for key in arrays.files if key.startswith(("joints/", "positions/"))
        }
    assert len(clips) >= 10
    for key, positions in clips.items():
        again, _ = load_motion_file(Motion(positions).save(tmp_path / file))
        assert millimetres_between(again.positions, positions) < allowed, key
        assert (
            degrees_between(again.rotations, local_motion(Motion(positions), rest=rest).rotations)
            < 0.1
        ), key


def test_formats_follow_each_other_without_loss(tmp_path):
    for seed in range(1, 200, 20):
        body = tumbling_motion(seed)
        motion = body
        for file in ("a.amass.npz", "b.bvh", "c.npz", "d.glb", "e.amass.npz", "f.glb", "g.bvh"):
            motion = Motion.load(motion.save(tmp_path / file))
        assert millimetres_between(motion.positions, body.positions) < 1.5


def test_a_higher_rate_keeps_the_bones_and_the_frames_that_both_have(tmp_path):
    body = tumbling_motion(1)
    for file in ("x.bvh", "x.glb", "x.amass.npz"):
        body.save(tmp_path / file, fps=60)
        fine = Motion.load(tmp_path / file, fps=60)
        assert fine.fps == 60 and fine.num_frames == 3 * (body.num_frames - 1) + 1
        assert millimetres_between(fine.positions[::3], body.positions) < 1
        lengths = np.linalg.norm(fine.positions[:, 18] - fine.positions[:, 16], axis=-1)
        assert np.ptp(lengths) < 1e-4
        assert Motion.load(tmp_path / file).num_frames == body.num_frames


def _skeleton(local):
    from motionlcm.motion.skeleton import Skeleton

    return Skeleton(local.names, local.parents, local.offsets)
