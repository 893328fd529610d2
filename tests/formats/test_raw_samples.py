"""Files from the wild become upright bodies of 22 joints, in metres, left on the left."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from motionlcm.formats.asf_amc import find_asf, read_asf_amc
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.skeleton import JOINT_NAMES, bone_lengths

SAMPLES = {
    "cmu_13_11_daz.bvh": 68,
    "cmu_131_01_3dsmax.bvh": 166,
    "cmu_49_05_motionbuilder.bvh": 28,
    "cmu_02_03_lifeforms.bvh": 29,
    "cmu_jump_118_05.bvh": 40,
    "bandai_kick.bvh": 239,
    "animateddrawings_jumping_zup.bvh": 109,
    "mass_kick.bvh": 39,
    "cmu_16_24.amc": 50,
    "HDM_bd_kickLFront1Reps_001_120.amc": 27,
}  # frames at 20 fps
JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}


@cache
def load_samples(folder: Path) -> dict[str, tuple[np.ndarray, list[str]]]:
    loaded = {}
    for name in SAMPLES:
        motion, notes = load_motion_file(folder / name)
        assert motion.fps == 20
        loaded[name] = (motion.positions.astype(np.float64), notes)
    return loaded


@pytest.fixture
def samples(shared_data: Path) -> dict[str, tuple[np.ndarray, list[str]]]:
    return load_samples(shared_data / "raw-samples")


@pytest.mark.parametrize("name", SAMPLES)
def test_frames_are_those_of_the_recording(samples, name):
    assert samples[name][0].shape == (SAMPLES[name], 22, 3)


@pytest.mark.parametrize("name", SAMPLES)
def test_head_is_above_pelvis_above_feet_on_the_floor(samples, name):
    positions = samples[name][0]
    height = positions[..., 1].mean(axis=0)
    assert height[JOINT["head"]] > height[0] + 0.3
    assert height[0] > height[[JOINT["left_foot"], JOINT["right_foot"]]].max() + 0.5
    assert abs(positions[..., 1].min()) < 0.06


@pytest.mark.parametrize("name", SAMPLES)
def test_bones_keep_a_plausible_length(samples, name):
    lengths = bone_lengths(samples[name][0])[:, 1:]
    mean = lengths.mean(axis=0)
    assert (lengths.std(axis=0) / mean).max() < 0.005
    assert (np.abs(lengths - mean) / mean).max() < 0.02
    assert mean.min() > 0.02
    stature = samples[name][0][:, JOINT["head"], 1].max() - samples[name][0][..., 1].min() + 0.18
    assert 1.4 < stature < 2.15


@pytest.mark.parametrize("name", SAMPLES)
def test_left_is_on_the_left_of_where_the_toes_point(samples, name):
    positions = samples[name][0]
    toes = (positions[:, [10, 11]] - positions[:, [7, 8]]).mean(axis=1)
    left = np.cross(np.broadcast_to([0.0, 1.0, 0.0], toes.shape), toes)
    for a, b in (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")):
        across = positions[:, JOINT[a]] - positions[:, JOINT[b]]
        assert np.mean((across * left).sum(axis=-1) > 0) > 0.8


@pytest.mark.parametrize("name", SAMPLES)
def test_no_inserted_pose_is_left(samples, name):
    local = samples[name][0] - samples[name][0][:, :1]
    speed = np.linalg.norm(np.diff(local, axis=0), axis=-1).mean(axis=-1) * 20
    assert speed[0] < 1.5 * np.percentile(speed, 98) + 0.1


@pytest.mark.parametrize("name", SAMPLES)
def test_knees_bend_forwards(samples, name):
    positions = samples[name][0]
    across = positions[:, 1] - positions[:, 2]
    for hip, knee, ankle in ((1, 4, 7), (2, 5, 8)):
        thigh = positions[:, knee] - positions[:, hip]
        shin = positions[:, ankle] - positions[:, knee]
        bend = (np.cross(thigh, shin) * across).sum(axis=-1)
        assert np.mean(bend > -0.002) > 0.85


def test_notes_tell_what_was_dropped_and_repaired(samples):
    assert any("dropped the first 8" in note for note in samples["cmu_13_11_daz.bvh"][1])
    assert any("dropped the first 1 " in note for note in samples["cmu_49_05_motionbuilder.bvh"][1])
    for name in ("cmu_49_05_motionbuilder.bvh", "cmu_131_01_3dsmax.bvh", "cmu_jump_118_05.bvh"):
        assert any("no length" in note for note in samples[name][1])
    assert any("Z up" in note for note in samples["animateddrawings_jumping_zup.bvh"][1])
    for name in (
        "cmu_16_24.amc",
        "HDM_bd_kickLFront1Reps_001_120.amc",
        "cmu_jump_118_05.bvh",
        "bandai_kick.bvh",
    ):
        assert not any("dropped" in note for note in samples[name][1])


def test_the_repaired_trunk_is_as_tall_as_the_other_conversions(samples):
    """Pelvis to head by leg length, in conversions of CMU with and without the chest bone."""
    ratios = {}
    for name in (
        "cmu_49_05_motionbuilder.bvh",
        "cmu_131_01_3dsmax.bvh",
        "cmu_jump_118_05.bvh",
        "cmu_16_24.amc",
    ):
        lengths = bone_lengths(samples[name][0]).mean(axis=0)
        ratios[name] = lengths[[3, 6, 9, 12, 15]].sum() / lengths[[4, 5, 7, 8]].sum()
    assert max(ratios.values()) / min(ratios.values()) < 1.2


def test_asf_is_found_by_name_or_because_it_is_alone(tmp_path):
    for name in ("cmu_16.asf", "HDM_bd.asf"):
        (tmp_path / name).write_text("x")
    assert find_asf(tmp_path / "cmu_16_24.amc").name == "cmu_16.asf"
    assert find_asf(tmp_path / "HDM_bd_kickLFront1Reps_001_120.amc").name == "HDM_bd.asf"
    with pytest.raises(ValueError, match="no skeleton found: expected other.asf"):
        find_asf(tmp_path / "other_1.amc")
    (tmp_path / "HDM_bd.asf").unlink()
    assert find_asf(tmp_path / "other_1.amc").name == "cmu_16.asf"


def test_bad_acclaim_files_are_one_clear_line(tmp_path, shared_data):
    asf = (shared_data / "raw-samples" / "cmu_16.asf").read_text()
    amc = (shared_data / "raw-samples" / "cmu_16_24.amc").read_text()
    cases = [
        (asf, amc[: len(amc) // 2], "x.amc: line"),
        (asf, amc.replace("rtibia 25.6992", "rtibia nan", 1), "not finite"),
        (asf, amc.replace("rtibia 25.6992", "rtibia", 1), "found 0 values, expected 1"),
        (asf, amc.replace("rtibia 25.6992", "tail 25.6992", 1), "found bone 'tail'"),
        (asf, amc.replace("rtibia 25.6992", "rtibia x", 1), "found 'x', expected a finite number"),
        (asf, amc.replace("\n2\n", "\n7\n", 1), "found frame 7, expected 2"),
        (asf, ":DEGREES\n", "without a single frame"),
        (asf, "", "empty"),
        ("", amc, "x.asf: line 1: the file is empty"),
        (asf[:3000], amc, "x.asf"),
        (
            asf.replace("direction 0.34202 -0.939693 0", "direction 1 2", 1),
            amc,
            "found 2 values, expected 3",
        ),
        (asf.replace("root lhipjoint", "root nobody"), amc, "bone 'nobody' is not in :bonedata"),
    ]
    for skeleton, motion, message in cases:
        (tmp_path / "x.asf").write_text(skeleton)
        (tmp_path / "x.amc").write_text(motion)
        with pytest.raises(ValueError) as error:
            load_motion_file(tmp_path / "x.amc")
        assert message in str(error.value)
        assert "\n" not in str(error.value)


def test_acclaim_says_its_unit(shared_data):
    raw = read_asf_amc(shared_data / "raw-samples" / "cmu_16_24.amc")
    assert raw.metres_per_unit == pytest.approx(0.056444, abs=1e-6)
