"""Name rules, units, axes: the same body comes out whatever a file calls and measures it in."""

from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.joint_names import match_joints
from motionlcm.formats.raw import RawMotion, usual_rate
from motionlcm.formats.retarget import retarget
from motionlcm.formats.t_pose import count_inserted_frames
from motionlcm.motion.inverse_kinematics import t_pose_skeleton
from motionlcm.motion.rotations import from_axis_angle, from_euler, multiply, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, forward_kinematics

#: The 22 joints as others call them, in our order; split at commas where names hold spaces.
NAMINGS = {
    "lafan": (
        "Hips LeftUpLeg RightUpLeg Spine LeftLeg RightLeg Spine1 LeftFoot RightFoot Spine2 "
        "LeftToe RightToe Neck LeftShoulder RightShoulder Head LeftArm RightArm LeftForeArm "
        "RightForeArm LeftHand RightHand"
    ),
    "bandai": (
        "Hips UpperLeg_L UpperLeg_R Spine LowerLeg_L LowerLeg_R Spine2 Foot_L Foot_R Chest Toes_L "
        "Toes_R Neck Shoulder_L Shoulder_R Head UpperArm_L UpperArm_R LowerArm_L LowerArm_R "
        "Hand_L Hand_R"
    ),
    "biped": (
        "Bip01 Pelvis,Bip01 L Thigh,Bip01 R Thigh,Bip01 Spine,Bip01 L Calf,Bip01 R Calf,Bip01 "
        "Spine1,Bip01 L Foot,Bip01 R Foot,Bip01 Spine2,Bip01 L Toe0,Bip01 R Toe0,Bip01 Neck,Bip01 "
        "L Clavicle,Bip01 R Clavicle,Bip01 Head,Bip01 L UpperArm,Bip01 R UpperArm,Bip01 L "
        "Forearm,Bip01 R Forearm,Bip01 L Hand,Bip01 R Hand"
    ),
    "unreal": (
        "pelvis thigh_l thigh_r spine_01 calf_l calf_r spine_02 foot_l foot_r spine_03 ball_l "
        "ball_r neck_01 clavicle_l clavicle_r head upperarm_l upperarm_r lowerarm_l lowerarm_r "
        "hand_l hand_r"
    ),
    "blender": (
        "hips thigh.L thigh.R spine shin.L shin.R chest foot.L foot.R upper_chest toe.L toe.R "
        "neck shoulder.L shoulder.R head upper_arm.L upper_arm.R forearm.L forearm.R hand.L "
        "hand.R"
    ),
    "3dsmax": (
        "Hips LeftHip RightHip Chest LeftKnee RightKnee Chest2 LeftAnkle RightAnkle Chest3 "
        "LeftToe RightToe Neck LeftCollar RightCollar Head LeftShoulder RightShoulder LeftElbow "
        "RightElbow LeftWrist RightWrist"
    ),
    "smpl maya": (
        "m_avg_Pelvis m_avg_L_Hip m_avg_R_Hip m_avg_Spine1 m_avg_L_Knee m_avg_R_Knee m_avg_Spine2 "
        "m_avg_L_Ankle m_avg_R_Ankle m_avg_Spine3 m_avg_L_Foot m_avg_R_Foot m_avg_Neck "
        "m_avg_L_Collar m_avg_R_Collar m_avg_Head m_avg_L_Shoulder m_avg_R_Shoulder m_avg_L_Elbow "
        "m_avg_R_Elbow m_avg_L_Wrist m_avg_R_Wrist"
    ),
}
NAMINGS["namespace"] = " ".join(
    f"Actor7:{name}" for name in NAMINGS["lafan"].replace("Toe", "ToeBase").split()
)


def names_of(naming: str) -> tuple[str, ...]:
    text = NAMINGS[naming]
    return tuple(text.split(",") if "," in text else text.split())


def walking(
    names: tuple[str, ...], *, scale: float = 1.0, num_frames: int = 60, fps: float = 20.0
) -> RawMotion:
    """A body that swings its limbs and walks along +Z, in units of ``1 / scale`` metres."""
    skeleton = t_pose_skeleton(forward_kinematics(still(1), np.zeros((1, 3)), SMPL_22))
    rotations = still(num_frames)
    phase = np.linspace(0, 9, num_frames)
    swing = np.stack([0.4 * np.sin(phase), 0 * phase, 0 * phase], axis=-1)
    rotations[:, 1], rotations[:, 2] = from_axis_angle(swing), from_axis_angle(-swing)
    rotations[:, 4] = rotations[:, 5] = from_axis_angle(np.array([0.3, 0, 0]))
    rotations[:, 16] = from_euler(np.tile([-1.2, 0.0, 0.0], (num_frames, 1)), "ZXY")
    rotations[:, 17] = from_euler(np.tile([1.2, 0.0, 0.0], (num_frames, 1)), "ZXY")
    translations = np.repeat(skeleton.offsets[None], num_frames, axis=0)
    translations[:, 0] = np.stack([0 * phase, 0.93 + 0 * phase, 0.2 * phase], axis=-1)
    return RawMotion(
        names,
        PARENTS,
        skeleton.offsets * scale,
        translations * scale,
        rotations,
        fps,
        np.zeros(len(names), dtype=bool),
    )


def still(num_frames: int) -> np.ndarray:
    identity = np.zeros((num_frames, 22, 4))
    identity[..., 0] = 1
    return identity


def turned(raw: RawMotion, quaternion: np.ndarray, *, with_rest: bool) -> RawMotion:
    """The same motion in other axes; the rest pose turns along or stays."""
    translations, rotations, offsets = (
        raw.translations.copy(),
        raw.rotations.copy(),
        raw.offsets.copy(),
    )
    translations[:, 0] = rotate(quaternion, translations[:, 0])
    if not with_rest:
        rotations[:, 0] = multiply(
            np.broadcast_to(quaternion, rotations[:, 0].shape), rotations[:, 0]
        )
        return replace(raw, translations=translations, rotations=rotations)
    spun = np.broadcast_to(quaternion, rotations.shape)
    inverse = spun * np.array([1, -1, -1, -1])
    rotations = multiply(multiply(spun, rotations), inverse)
    translations[:, 1:] = rotate(spun[:, 1:], translations[:, 1:])
    return replace(
        raw, offsets=rotate(quaternion, offsets), translations=translations, rotations=rotations
    )


@pytest.mark.parametrize("naming", NAMINGS)
def test_every_naming_is_understood(naming):
    raw = walking(names_of(naming), scale=100)
    found = match_joints(raw)
    for name, joint in found.items():
        assert JOINT_NAMES[joint] == name
    assert len(found) == 17
    motion, _ = retarget(raw)
    limbs = [0, 1, 2, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]
    np.testing.assert_allclose(motion.positions[:, limbs], raw.positions[:, limbs] / 100, atol=1e-5)


@pytest.mark.parametrize("scale", [1, 100, 39.37, 1 / 0.056444, 1000, 10])
def test_units_come_from_the_size_of_the_body(scale):
    expected, _ = retarget(walking(names_of("lafan")))
    found, _ = retarget(walking(names_of("lafan"), scale=scale))
    np.testing.assert_allclose(found.positions, expected.positions, atol=2e-4)


def test_an_unknown_unit_is_scaled_and_told():
    motion, notes = retarget(walking(names_of("lafan"), scale=27))
    assert any("unknown unit" in note for note in notes)
    assert 1.2 < motion.positions[:, 15, 1].max() < 1.9


@pytest.mark.parametrize("with_rest", [True, False])
@pytest.mark.parametrize("axis", ["Z", "X"])
def test_another_axis_up_is_turned(axis, with_rest):
    raw = walking(names_of("lafan"))
    quarter = from_axis_angle(np.array([np.pi / 2, 0, 0] if axis == "Z" else [0, 0, -np.pi / 2]))
    motion, notes = retarget(turned(raw, quarter, with_rest=with_rest))
    assert any(f"{axis} up" in note for note in notes)
    np.testing.assert_allclose(motion.positions, retarget(raw)[0].positions, atol=1e-5)


def test_a_body_that_lies_is_left_lying():
    raw = walking(names_of("lafan"))
    lying = turned(raw, from_axis_angle(np.array([np.pi / 2, 0, 0])), with_rest=False)
    translations = lying.translations.copy()
    translations[:, 0] = [0.0, 0.12, 3.0]
    motion, notes = retarget(replace(lying, translations=translations))
    assert not any("up:" in note for note in notes)
    assert np.ptp(motion.positions[..., 1]) < 0.8


def test_left_handed_axes_are_undone():
    raw = walking(names_of("lafan"))
    flip = np.array([-1.0, 1, 1])
    mirrored = replace(
        raw,
        offsets=raw.offsets * flip,
        translations=raw.translations * flip,
        rotations=raw.rotations * np.array([1.0, 1, -1, -1]),
    )
    motion, notes = retarget(mirrored)
    assert any("left-handed" in note for note in notes)
    np.testing.assert_allclose(motion.positions, retarget(raw)[0].positions, atol=1e-5)


def test_an_unknown_skeleton_is_refused_with_what_is_missing():
    names = tuple(f"bone{i}" if "knee" in name else name for i, name in enumerate(JOINT_NAMES))
    with pytest.raises(
        ValueError, match="no joint found for left_knee, right_knee.*The file has: pelvis, left_hip"
    ):
        retarget(walking(names))


def test_a_body_without_size_is_refused():
    raw = walking(names_of("lafan"))
    with pytest.raises(ValueError, match="no body to scale"):
        retarget(replace(raw, offsets=raw.offsets * 0, translations=raw.translations * 0))


def test_absurd_positions_are_refused():
    raw = walking(names_of("lafan"))
    translations = raw.translations.copy()
    translations[5, 0] = 1e30
    with pytest.raises(ValueError, match="expected at most 10000 m"):
        retarget(replace(raw, translations=translations))


@pytest.mark.parametrize("fps", [30.0, 60.0, 119.88, 120.0, 10.0, 24.0])
def test_other_rates_become_20_fps(fps):
    raw = walking(names_of("lafan"), num_frames=int(3 * fps) + 1, fps=fps)
    motion, _ = retarget(raw)
    assert motion.fps == 20
    assert abs(motion.num_frames - 61) <= 1
    lengths = np.linalg.norm(motion.positions[:, 4] - motion.positions[:, 1], axis=-1)
    assert np.ptp(lengths) < 1e-5


def test_a_rounded_frame_time_means_the_usual_rate():
    assert usual_rate(1 / 0.008333) == 120
    assert usual_rate(1 / 0.0333333) == 30
    assert usual_rate(1 / 0.008342) == pytest.approx(119.88, abs=1e-3)
    assert usual_rate(77.0) == 77.0


def with_inserted_t_pose(blend: int) -> tuple[RawMotion, RawMotion]:
    """(recording, the same with a T-pose before it that blends over some frames)."""
    raw = walking(names_of("lafan"), num_frames=240, fps=120)
    shares = np.linspace(0, 1, blend + 1)[:-1]
    spread = raw.rotations[:1].repeat(len(shares), axis=0)
    for row, share in enumerate(shares):
        spread[row] = share * raw.rotations[0] + (1 - share) * still(1)[0]
    spread /= np.linalg.norm(spread, axis=-1, keepdims=True)
    spread = np.concatenate([spread, raw.rotations])
    lines = np.concatenate([raw.translations[:1].repeat(len(shares), axis=0), raw.translations])
    return raw, replace(raw, rotations=spread, translations=lines)


@pytest.mark.parametrize("blend", [1, 5])
def test_an_inserted_t_pose_is_dropped(blend):
    raw, inserted = with_inserted_t_pose(blend)
    motion, notes = retarget(inserted)
    assert any("dropped the first" in note for note in notes)
    arm = motion.positions[0, 20] - motion.positions[0, 16]
    assert arm[1] < -0.4


def test_a_recording_that_begins_in_a_t_pose_is_kept():
    raw = walking(names_of("lafan"), num_frames=240, fps=120)
    _, slow = with_inserted_t_pose(90)
    assert count_inserted_frames(raw.positions, 120) == 0
    assert count_inserted_frames(slow.positions, 120) == 0
