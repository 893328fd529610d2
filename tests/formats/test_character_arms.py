"""Bodies on hands or elbows: characters with arms of another length hold their chest higher."""

import numpy as np
import pytest

from motionlcm.formats.character import open_character
from motionlcm.formats.character_arms import Arm, bent_arm
from motionlcm.formats.character_pose import pose_character
from motionlcm.formats.natural_rest import natural_motion
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle
from motionlcm.motion.skeleton import JOINT_NAMES, forward_kinematics
from tests.formats.rigs import RIGS, played, write_rig
from tests.formats.test_character import angles_apart
from tests.formats.test_character_ground import BODY

FRAMES = 40


def on_all_fours(*, bent: float = 0.0) -> Motion:
    """A body on knees, toes and hands that sways; or on its elbows, which are ``bent``, radians."""
    sway = 0.06 * np.sin(np.linspace(0, 5, FRAMES))
    angles = np.zeros((FRAMES, 22, 3))
    angles[:, 0, 0] = (2.05 if bent else 1.05) + 0.5 * sway
    angles[:, [1, 2], 0] = -angles[:, :1, 0]
    angles[:, [4, 5], 0], angles[:, [7, 8], 0] = 1.75, 0.2
    angles[:, [16, 17], 0] = -angles[:, :1, 0]
    angles[:, [18, 19], 0] = -bent
    positions = forward_kinematics(from_axis_angle(angles), np.zeros((FRAMES, 3)), BODY)
    knees = positions[:, [4, 5], 1].min(axis=1)
    return Motion(positions - [0, 1, 0] * (knees - 0.05)[:, None, None])


def turned(motion: Motion, path, rig) -> tuple[dict[str, float], np.ndarray]:
    """(largest angle of each bone beside the motion's, the lowest skin ``[T]``) on a character."""
    character = played(motion.save(path, character=write_rig(path.parent / "hero.glb", rig)))
    apart = angles_apart(motion.positions.astype(float), character.joints, rig.names)
    return apart, character.skin[..., 1].min(axis=1)


def worst(apart: dict[str, float], *parts: str) -> float:
    return max(angle for end, angle in apart.items() if end.endswith(parts))


def test_a_chest_is_higher_over_longer_arms(tmp_path):
    """Arms that are a quarter longer gave way alone, by 20 degrees."""
    apart, lowest = turned(on_all_fours(), tmp_path / "moves.glb", RIGS["daz"])
    assert 3 < worst(apart, "elbow", "wrist") < 6
    assert 5 < worst(apart, "spine2", "spine3") < 9
    assert lowest.min() > -0.005
    assert worst(apart, "knee", "ankle") < 0.1


@pytest.mark.parametrize("name", ["mixamo", "child-vrm", "biped"])
def test_nothing_gives_way_for_hands_that_reach_the_floor_or_do_not(tmp_path, name):
    apart, lowest = turned(on_all_fours(), tmp_path / "moves.glb", RIGS[name])
    assert worst(apart, "elbow", "wrist", "spine2", "spine3", "knee", "ankle") < 0.1
    assert lowest.min() > -0.005


@pytest.mark.parametrize("name", ["mixamo", "child-vrm", "daz"])
def test_elbows_are_not_in_the_floor(tmp_path, name):
    """Elbows that bear a body were up to 11 cm under the floor."""
    source = write_rig(tmp_path / "hero.glb", RIGS[name])
    motion = on_all_fours(bent=1.5)
    character = open_character(source)
    pose = pose_character(character, natural_motion(motion))
    for side in ("left", "right"):
        elbow = pose.world_positions[:, character.joints[f"{side}_elbow"], 1] / pose.scale
        assert motion.positions[:, JOINT_NAMES.index(f"{side}_elbow"), 1].min() > 0.07
        assert 0.035 < elbow.min() and elbow.max() < 0.08


def arm_on_its_elbow(elbow: float, wrist: float, lift: float) -> Arm:
    """An arm whose shoulder is 0.25 m above its elbow, 0.3 m behind its wrist."""
    shoulder = np.array([[0.1, elbow + 0.25, 0.1]])
    joints = (np.array([[0.1, elbow, 0.0]]), np.array([[0.1, wrist, 0.3]]))
    return Arm(shoulder, *joints, np.array([lift]), np.array([0.04]), np.array([[1.0, 0, 0]]))


def test_an_elbow_comes_up_and_the_forearm_follows():
    arm = arm_on_its_elbow(-0.02, 0.06, 0.0)
    upper, fore = bent_arm(arm, 0.001)
    np.testing.assert_allclose(fore, arm.wrist - arm.elbow, atol=1e-9)
    assert (arm.shoulder + upper)[0, 1] == pytest.approx(0.04, abs=0.002)
    assert np.linalg.norm(upper) == pytest.approx(np.linalg.norm(arm.elbow - arm.shoulder))


def test_a_hand_comes_up_from_an_elbow_on_the_floor_and_that_stays():
    arm = arm_on_its_elbow(0.045, -0.05, 0.08)
    upper, fore = bent_arm(arm, 0.001)
    np.testing.assert_allclose(upper, arm.elbow - arm.shoulder, atol=1e-9)
    assert (arm.shoulder + upper + fore)[0, 1] == pytest.approx(0.03)
    assert np.linalg.norm(fore) == pytest.approx(np.linalg.norm(arm.wrist - arm.elbow))


def test_a_forearm_that_hangs_plumb_does_not_flip():
    """A wrist that passes below an elbow would turn the raised forearm about by 180 degrees."""
    ways = []
    for step in np.linspace(-0.03, 0.03, 7):
        arm = arm_on_its_elbow(0.045, -0.15, 0.18)
        arm = arm._replace(wrist=arm.elbow + [[0.0, -0.195, step]])
        ways.append(bent_arm(arm, 0.001)[1][0] / np.linalg.norm(arm.wrist - arm.elbow))
    cosines = (np.array(ways[1:]) * ways[:-1]).sum(axis=-1)
    assert np.degrees(np.arccos(cosines)).max() < 15
