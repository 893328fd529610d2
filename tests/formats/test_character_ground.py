"""Who kneels, sits or lies on the floor does so on a character: not in it, and on the same feet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motionlcm.formats.body_check import leg_length
from motionlcm.formats.character import open_character
from motionlcm.formats.character_feet import find_feet, foot_pitches, plant_feet
from motionlcm.formats.character_pose import pose_character, turned_joints
from motionlcm.formats.character_soles import lowest_points, skin_around
from motionlcm.formats.natural_rest import natural_motion
from motionlcm.formats.source_feet import feet_lead, foot_heights, standing_heights
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, inverse, rotate
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics
from tests.formats.rigs import RIGS, played, write_rig
from tests.formats.test_character import angles_apart, stepping

#: How far a body is down; it ends a little lower than it began, lest it be a loop.
LOW = np.sin(np.linspace(0, 0.95 * np.pi, 80)) ** 2
#: A body whose ankles are a hand's breadth above its toes: most characters' are lower.
BODY = replace(
    SMPL_22,
    offsets=np.where(
        np.isin(np.arange(22), (10, 11))[:, None], [0.0, -0.09, 0.12], SMPL_22.offsets
    ),
)


def moving(angles: np.ndarray) -> np.ndarray:
    """Positions of ``BODY`` turned by rotation vectors ``[T 22 3]``, its right toes in one place."""
    positions = forward_kinematics(from_axis_angle(angles), np.zeros((len(angles), 3)), BODY)
    return positions - positions[:, 11:12] + [0, 0.01, 0]


def kneeling(low: np.ndarray) -> Motion:
    """From standing onto both knees, the feet in the air behind, and up again."""
    angles = np.zeros((len(low), 22, 3))
    for knee, ankle in ((4, 7), (5, 8)):
        angles[:, knee, 0], angles[:, ankle, 0] = 2.1 * low, 0.9 * low
    positions = moving(angles)
    above = positions[:, [4, 5, 10, 11], 1] - [0.05, 0.05, 0.01, 0.01]
    return Motion(positions - [0, 1, 0] * above.min(axis=1)[:, None, None])


def sitting(low: np.ndarray) -> Motion:
    """From standing to sitting behind one's feet, the knees up, and up again."""
    angles = np.zeros((len(low), 22, 3))
    for hip, knee, ankle in ((1, 4, 7), (2, 5, 8)):
        angles[:, hip, 0], angles[:, knee, 0] = -2.6 * low, 1.95 * low
        angles[:, ankle, 0] = 0.65 * low
    return Motion(moving(angles))


@pytest.mark.parametrize("name", ["mixamo", "daz", "child-vrm"])
@pytest.mark.parametrize("move", [kneeling, sitting])
def test_what_lies_on_the_floor_touches_it_and_no_limb_is_bent_for_it(tmp_path, name, move):
    """Without help knees sink by 3 to 5 cm in these, and the seat by 2 to 6 cm."""
    rig = RIGS[name]
    source = write_rig(tmp_path / "hero.glb", rig)
    motion = move(LOW)
    character = played(motion.save(tmp_path / "moves.glb", character=source))

    lowest = character.skin[..., 1].min(axis=1)
    assert lowest.min() > -0.01 and lowest.max() < 0.02
    limbs = angles_apart(motion.positions.astype(float), character.joints, rig.names)
    assert max(angle for end, angle in limbs.items() if end.endswith(("knee", "ankle"))) < 0.1


@pytest.mark.parametrize("name", ["mixamo", "daz", "rigify"])
def test_both_feet_are_on_the_floor_behind_who_kneels(tmp_path, name):
    """As the motion turns them they would be up to 7 cm above it, or in it."""
    rig = write_rig(tmp_path / "hero.glb", RIGS[name])
    motion = kneeling(LOW)
    soles = soles_of(rig, motion)
    on_floor = foot_heights(motion.positions.astype(float)) < 0.01
    assert on_floor.sum() > 20
    assert np.abs(soles[on_floor]).max() < 0.01


def test_toes_lie_flat_under_heels_that_are_up(tmp_path):
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS["mixamo"]))
    angles = np.zeros((len(LOW), 22, 3))
    angles[:, [7, 8], 0] = 0.6 * LOW[:, None]
    pose = pose_character(character, natural_motion(Motion(moving(angles))))

    tilts = []
    for part in ("ankle", "foot"):
        joint = character.joints[f"left_{part}"]
        up = rotate(inverse(character.rest_rotations[joint]), np.array([0, 1.0, 0]))
        level = rotate(pose.world_rotations[:, joint], up)[:, 1]
        tilts.append(np.degrees(np.arccos(np.clip(level, -1, 1))))
    heel_up = tilts[0] > 20
    assert heel_up.sum() > 10
    assert tilts[1][heel_up].max() < 3


def test_toes_point_down_where_the_foot_would_not_reach_the_floor(tmp_path):
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS["mixamo"]))
    raw = natural_motion(Motion(moving(np.zeros((10, 22, 3)))))
    feet = find_feet(character, 1.0)
    toes = feet[0].toes
    up = rotate(inverse(character.rest_rotations[toes]), np.array([0, 1.0, 0]))
    tilts = []
    for above in (0.04, 0.16):
        turned = turned_joints(character, raw)
        pitches = foot_pitches(feet, raw, turned)
        ankles = np.stack([above - pitch.plain for pitch in pitches], axis=1)
        plant_feet(feet, pitches, raw, turned, ankles)
        tilts.append(np.degrees(np.arccos(rotate(turned[toes], up)[:, 1])).max())
    assert tilts[0] < 5 and tilts[1] > 30


@pytest.mark.parametrize("name", ["mixamo", "child-vrm"])
def test_the_root_moves_as_smoothly_as_the_motions(tmp_path, name):
    """Where one point of a sole after the other bears, the root jerked 2 to 4 times as much."""
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS[name]))
    motion = stepping(60)
    pose = pose_character(character, natural_motion(motion))
    own, root = (
        np.sqrt((np.diff(places, n=3, axis=0) ** 2).sum(axis=-1).mean())
        for places in (motion.positions[:, 0], pose.world_positions[:, pose.root] / pose.scale)
    )
    assert root < 1.5 * own


#: Generated motions, in tenths of a millimetre, whose characters' roots jumped while they lay, by up
#: to 27 cm in a frame: they lie down, get up, roll, do push-ups, kick on their backs.
LYING = Path(__file__).parent / "lying.npz"


@pytest.mark.parametrize("name", ["mixamo", "child-vrm"])
def test_a_body_that_lies_moves_as_evenly_as_the_motion(tmp_path, name):
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS[name]))
    for what, tenths in np.load(LYING).items():
        raw = natural_motion(Motion(tenths * 1e-4))
        pose = pose_character(character, raw)

        size = character.leg / leg_length(raw.positions)
        root = pose.world_positions[:, pose.root] / size
        own, steps = (
            np.linalg.norm(np.diff(places, axis=0), axis=-1)
            for places in (raw.positions[:, 0], root)
        )
        assert steps.max() <= 1.5 * own.max() + 0.02, what

        # Feet that stand are on the floor all the same, and nothing is in it that moves the body.
        hips = raw.positions[:, [1, 2], 1].mean(axis=1)
        feet = np.maximum(foot_heights(raw.positions).min(axis=1), 0)
        stands = (feet < 0.01) & (hips > 0.3)
        soles = lowest_points(character, pose.world_rotations, pose.world_positions) / size
        assert np.abs(soles.min(axis=1) - feet)[stands].max(initial=0) < 0.012, what
        trunk = [character.joints[part] for part in ("left_hip", "right_hip", "head")]
        assert pose.world_positions[:, trunk, 1].min() / size > -0.005, what


def test_soles_lead_who_stands_sits_or_jumps_and_not_who_lies():
    upright = natural_motion(sitting(LOW))
    assert feet_lead(upright).min() > 0.95

    lying = Motion(turned_onto_its_back(80))
    assert feet_lead(natural_motion(lying)).max() < 0.05


def test_feet_of_who_never_stands_are_not_taken_for_standing_ones():
    """A crawl's lowest toes, 7 cm up, were taken for the floor, and feet were put on it."""
    crawl = turned_onto_its_back(40) + [0, 0.07 - turned_onto_its_back(40)[:, 10, 1].min(), 0]
    assert standing_heights(crawl) == (0.02, 0.07)
    upright = moving(np.zeros((20, 22, 3))) + [0, 0.05, 0]
    assert standing_heights(upright)[0] == pytest.approx(0.05, abs=1e-3)


def test_a_motion_that_floats_stands_and_sits_as_one_on_the_floor(tmp_path):
    """Where a wrist or the head is a recording's lowest joint, all else is above the floor."""
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS["mixamo"]))
    positions = sitting(LOW).positions + [0, 0.01, 0]  # toes as high as they usually are
    poses = [
        pose_character(character, natural_motion(Motion(positions + [0, float_, 0])))
        for float_ in (0.0, 0.06)
    ]
    np.testing.assert_allclose(*(pose.world_positions for pose in poses), atol=1e-3)


def turned_onto_its_back(frames: int) -> np.ndarray:
    """Positions of a body on its back whose legs swing up and over."""
    angles = np.zeros((frames, 22, 3))
    angles[:, 0, 0] = -np.pi / 2
    angles[:, [1, 2], 0] = -1.2 * np.sin(np.linspace(0, 3, frames))[:, None]
    positions = forward_kinematics(from_axis_angle(angles), np.zeros((frames, 3)), BODY)
    return positions + [0, 0.1, 0]


@pytest.mark.parametrize("name", ["mixamo", "child-vrm", "biped"])
@pytest.mark.parametrize("off", [-0.03, 0.0, 0.03])
def test_a_body_that_lies_touches_the_floor(tmp_path, name, off):
    """However thick its back is, or a little off the floor the motion's."""
    character = open_character(write_rig(tmp_path / "hero.glb", RIGS[name]))
    raw = natural_motion(Motion(turned_onto_its_back(40) + [0, off, 0]))
    pose = pose_character(character, raw)
    lowest = np.full(len(pose.root_positions), np.inf)
    for joint, cloud in skin_around(character, list(range(character.count))).items():
        skin = rotate(pose.world_rotations[:, joint, None], cloud[None] * character.scales[joint])
        heights = pose.world_positions[:, joint, None, 1] + skin[..., 1]
        lowest = np.minimum(lowest, heights.min(axis=1) / pose.scale)
    assert np.abs(lowest).max() < 0.005


def lunging(low: np.ndarray) -> Motion:
    """The left foot stands ahead, level, and the right one goes behind onto its toes."""
    angles = np.zeros((len(low), 22, 3))
    angles[:, 1, 0], angles[:, 4, 0] = -1.2 * low, 1.2 * low
    angles[:, 2, 0], angles[:, 5, 0], angles[:, 8, 0] = 0.5 * low, 1.0 * low, 0.3 * low
    positions = forward_kinematics(from_axis_angle(angles), np.zeros((len(angles), 3)), BODY)
    positions -= positions[:, 10:11] - [0, 0.01, 0]
    assert positions[:, 11, 1].min() > -0.01  # the toes behind are on the floor
    return Motion(positions)


def soles_of(rig: Path, motion: Motion) -> np.ndarray:
    """Height ``[T 2]`` of the lowest point of either sole, in the motion's metres."""
    character = open_character(rig)
    pose = pose_character(character, natural_motion(motion))
    return lowest_points(character, pose.world_rotations, pose.world_positions) / pose.scale


@pytest.mark.parametrize("name", ["mixamo", "child-vrm", "daz"])
def test_the_foot_that_bears_a_lunge_is_on_the_floor(tmp_path, name):
    """Toes of a longer foot behind lifted the body, and the foot ahead, by 9 to 12 cm."""
    sole = soles_of(write_rig(tmp_path / "hero.glb", RIGS[name]), lunging(LOW))[:, 0]
    assert sole.min() > -0.005 and sole.max() < 0.02


@pytest.mark.parametrize("name", ["mixamo", "rigify"])
def test_feet_that_keep_their_place_are_on_the_floor(tmp_path, name):
    """Generated bodies float by some centimetres: what stands on a character does not."""
    rig = write_rig(tmp_path / "hero.glb", RIGS[name])
    still = moving(np.zeros((len(LOW), 22, 3)))
    up = np.zeros((len(LOW), 1, 3))
    up[:, 0, 1] = LOW
    assert np.abs(soles_of(rig, Motion(still + 0.05 * up))).max() < 0.005

    hop = soles_of(rig, Motion(still + 0.3 * up))  # that is no standing
    assert hop.max() == pytest.approx(0.3, abs=0.02)
