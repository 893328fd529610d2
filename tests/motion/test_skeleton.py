"""Skeletons: trees, limbs by name, what each body supports, forward kinematics."""

import numpy as np
import pytest
import torch

from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply, rotate
from motionlcm.motion.skeleton import (
    CAPABILITIES,
    CHAINS,
    KIT_21,
    PARENTS,
    SMPL_22,
    TARGET_LENGTHS,
    Skeleton,
    bone_lengths,
    forward_kinematics,
)

BODIES = pytest.mark.parametrize("skeleton", [SMPL_22, KIT_21], ids=["smpl", "kit"])


def turns(skeleton: Skeleton, frames: int = 5, seed: int = 0) -> np.ndarray:
    return from_axis_angle(
        np.random.default_rng(seed).normal(0, 0.6, (frames, skeleton.num_joints, 3))
    )


@BODIES
def test_limbs_hang_together_as_a_body_does(skeleton):
    limbs, parents = skeleton.limbs, skeleton.parents
    for hip, knee, ankle, _ in limbs.legs:
        assert parents[hip] == limbs.pelvis and parents[knee] == hip and parents[ankle] == knee
    for shoulder, elbow, wrist in limbs.arms:
        assert parents[elbow] == shoulder and parents[wrist] == elbow
    for foot, ankle, toe in zip(limbs.feet, limbs.ankles, limbs.toes, strict=True):
        assert foot[0] == ankle and foot[-1] == toe
        assert all(parents[joint] == before for before, joint in zip(foot, foot[1:], strict=False))
    assert all(
        parents[joint] == before
        for before, joint in zip(limbs.trunk, limbs.trunk[1:], strict=False)
    )
    assert limbs.pelvis == 0 and parents[limbs.head] == limbs.neck
    assert [parents[shoulder] for shoulder in limbs.shoulders] == list(limbs.collars)


@BODIES
def test_the_left_of_each_pair_is_named_first_and_lies_at_plus_x(skeleton):
    limbs = skeleton.limbs
    rest = forward_kinematics(np.eye(4)[[0] * skeleton.num_joints], np.zeros(3), skeleton)
    pairs = (
        limbs.hips,
        limbs.knees,
        limbs.ankles,
        limbs.toes,
        limbs.shoulders,
        limbs.elbows,
        limbs.wrists,
    )
    for left, right in pairs:
        assert skeleton.names[left].startswith("left") and skeleton.names[right].startswith("right")
        assert rest[left, 0] > 0 > rest[right, 0]
        assert left in skeleton.left_joints and right in skeleton.right_joints
        assert skeleton.mirror_order[left] == right and skeleton.mirror_order[right] == left


def test_contacts_are_of_ankle_and_toe_and_of_kits_heel_and_toe():
    names = [SMPL_22.names[joint] for joint in SMPL_22.limbs.contacts]
    assert names == ["left_ankle", "left_foot", "right_ankle", "right_foot"]
    names = [KIT_21.names[joint] for joint in KIT_21.limbs.contacts]
    assert names == ["left_heel", "left_foot", "right_heel", "right_foot"]


def test_limbs_do_not_depend_on_the_order_of_joints():
    names = ("pelvis", "right_hip", "left_hip", *SMPL_22.names[3:])
    swapped = {1: 2, 2: 1}
    parents = tuple(swapped.get(parent, parent) for parent in PARENTS)
    limbs = Skeleton(names, parents, SMPL_22.offsets).limbs
    assert limbs.hips == (2, 1) and limbs.knees == SMPL_22.limbs.knees


def test_limbs_that_are_missing_are_named():
    names = tuple(name.replace("left_knee", "knee") for name in SMPL_22.names)
    with pytest.raises(ValueError, match="left_knee"):
        _ = Skeleton(names, PARENTS, SMPL_22.offsets).limbs
    loose = list(PARENTS)
    loose[SMPL_22.index("left_foot")] = 0
    with pytest.raises(ValueError, match="left_foot does not hang on left_ankle"):
        _ = Skeleton(SMPL_22.names, tuple(loose), SMPL_22.offsets).limbs


def test_every_body_supports_what_the_table_says():
    stick = Skeleton(("a", "b"), (-1, 0), np.zeros((2, 3)))
    longer = Skeleton(SMPL_22.names, PARENTS, 1.2 * SMPL_22.offsets)
    for what in CAPABILITIES:
        assert SMPL_22.supports(what) and longer.supports(what) and not stick.supports(what)
        assert KIT_21.supports(what) == (what == "cleanup")


@pytest.mark.parametrize("word", ["", "Features", "dance"])
def test_a_capability_that_does_not_exist_is_an_error(word):
    with pytest.raises(ValueError, match="features, cleanup, files, probes"):
        SMPL_22.supports(word)


@BODIES
def test_the_mirror_of_the_mirror_is_the_body_and_keeps_the_tree(skeleton):
    order = np.array(skeleton.mirror_order)
    assert np.array_equal(order[order], np.arange(skeleton.num_joints))
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        assert skeleton.parents[order[joint]] == order[parent]


def test_chains_visit_every_joint_but_the_root_once():
    assert sorted(joint for chain in CHAINS for joint in chain[1:]) == list(range(1, 22))


@pytest.mark.parametrize(
    ("names", "parents", "count"), [(("a",), (-1, 0), 1), (("a", "b"), (-1, 0), 1)]
)
def test_unequal_numbers_of_joints_are_refused(names, parents, count):
    with pytest.raises(ValueError, match="one entry per joint"):
        Skeleton(names, parents, np.zeros((count, 3)))


def test_a_child_before_its_parent_is_refused():
    with pytest.raises(ValueError, match="parent must come before"):
        Skeleton(("a", "b", "c"), (-1, 2, 0), np.zeros((3, 3)))
    with pytest.raises(ValueError):
        SMPL_22.index("tail")


@BODIES
def test_bones_keep_their_length_in_every_pose(skeleton):
    positions = forward_kinematics(turns(skeleton), np.zeros((5, 3)), skeleton)
    expected = np.linalg.norm(skeleton.offsets, axis=-1)
    assert np.allclose(
        bone_lengths(positions, skeleton), np.where(np.arange(len(expected)), expected, 0)
    )


def test_the_default_skeleton_has_humanml3ds_bones():
    assert np.allclose(
        bone_lengths(forward_kinematics(turns(SMPL_22), np.zeros((5, 3)))), TARGET_LENGTHS
    )


@BODIES
def test_turning_and_moving_the_root_turns_and_moves_the_body(skeleton):
    rotations, turn = turns(skeleton), from_yaw(np.array(1.3))
    turned = rotations.copy()
    turned[:, 0] = multiply(turn, rotations[:, 0])
    there = np.array([1.0, 2.0, 3.0])
    moved = forward_kinematics(turned, np.broadcast_to(there, (5, 3)), skeleton)
    still = forward_kinematics(rotations, np.zeros((5, 3)), skeleton)
    assert np.allclose(moved, rotate(turn, still) + there)


def test_offsets_per_frame_equal_frames_one_by_one():
    rotations, root = turns(SMPL_22), np.zeros((5, 3))
    offsets = SMPL_22.offsets * np.linspace(0.8, 1.2, 5)[:, None, None]
    alone = [forward_kinematics(rotations[i], root[i], offsets=offsets[i]) for i in range(5)]
    assert np.allclose(forward_kinematics(rotations, root, offsets=offsets), np.stack(alone))


def test_numpy_and_torch_agree_and_bones_of_no_length_have_a_gradient():
    rotations = turns(SMPL_22)
    expected = forward_kinematics(rotations, np.zeros((5, 3)))
    positions = forward_kinematics(
        torch.from_numpy(rotations), torch.zeros(5, 3, dtype=torch.float64)
    )
    assert np.allclose(positions.numpy(), expected)
    point = torch.zeros(1, 22, 3, requires_grad=True)
    bone_lengths(point).sum().backward()
    assert torch.isfinite(point.grad).all()
