"""No file gives a body that is not one in silence: unit, axis, rate, order, names at random."""

import numpy as np
import pytest

from motionlcm.formats.read import load_motion_file
from motionlcm.formats.upright import limbs_bend
from motionlcm.motion.skeleton import SMPL_22
from tests.formats.random_files import Case, judge, read_clips, rigid, write_case
from tests.formats.random_trees import TreeCase, faults_of, write_tree


def silent_cases(clips, seeds, folder):
    """Seeds of files that were read wrongly without a word, or refused though they are bodies."""
    wrong = []
    for seed in seeds:
        case, truth = Case.random(seed), clips[seed % len(clips)]
        path = write_case(case, truth, folder)
        try:
            motion, notes = load_motion_file(path)
        except ValueError as error:
            # joints in an order that is nobody's cannot be told
            if not (case.is_shuffled and case.format in ("npy", "npz")):
                wrong.append((case, str(error)))
            continue
        verdict = judge(truth, motion, notes, case.rate)
        if verdict.silent:
            wrong.append((case, verdict, notes))
    return wrong


def silent_trees(clips, seeds, folder):
    """Cases of skeletons that were refused, or read wrongly without a word."""
    wrong = []
    for seed in seeds:
        case = TreeCase.random(seed)
        path, truth, joints = write_tree(case, clips[seed % len(clips)], folder)
        try:
            motion, notes = load_motion_file(path)
        except ValueError as error:
            wrong.append((case, str(error)))
            continue
        faults, silent = faults_of(case, truth, joints, motion, notes)
        if silent:
            wrong.append((case, faults, silent, notes))
    return wrong


def is_usual(clip) -> bool:
    """Whether a person stands, and has knees that bend ahead, as those of a few recordings do not.

    Who lies all the time may do so along any axis.
    """
    limbs, ahead = SMPL_22.limbs, np.cross(clip[:, 1] - clip[:, 2], clip[:, 9] - clip[:, 0])
    legs = [clip[:, [*joints]] for joints in (limbs.hips, limbs.knees, limbs.ankles)]
    height = clip[:, limbs.head, 1] - clip[:, limbs.ankles, 1].mean(axis=1)
    return bool(height.min() > 0.9) and limbs_bend(legs, None, ahead) >= 0


def known_clips(shared_data):
    """A few recordings that walk, kick and jump."""
    clips = [np.load(shared_data / "field-cases" / "truth.npy")[:60]]
    for name in ("cmu_16_24.amc", "bandai_kick.bvh", "cmu_jump_118_05.bvh"):
        clips.append(load_motion_file(shared_data / "raw-samples" / name)[0].positions[:60])
    return [rigid(np.asarray(clip, float)) for clip in clips]


def test_files_at_random_are_read_right_refused_or_noted(shared_data, tmp_path):
    assert silent_cases(known_clips(shared_data), range(60), tmp_path) == []


def test_skeletons_at_random_are_read_right_or_noted(shared_data, tmp_path):
    pytest.importorskip("pufbx")
    assert silent_trees(known_clips(shared_data), range(30), tmp_path) == []


@pytest.mark.slow
def test_five_hundred_files_of_many_recordings(shared_data, tmp_path):
    clips = read_clips(shared_data / "mocap" / "clips.npz.xz", 60)
    assert silent_cases(clips, range(1000, 1500), tmp_path) == []


@pytest.mark.slow
def test_five_hundred_skeletons_of_many_recordings(shared_data, tmp_path):
    pytest.importorskip("pufbx")
    clips = read_clips(shared_data / "mocap" / "clips.npz.xz", 80, seed=1)
    assert (
        silent_trees([clip for clip in clips if is_usual(clip)], range(1000, 1500), tmp_path) == []
    )
