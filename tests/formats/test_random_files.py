"""No file gives a body that is not one in silence: unit, axis, rate, order, names at random."""

import numpy as np
import pytest

from motionlcm.formats.read import load_motion_file
from tests.formats.random_files import Case, judge, read_clips, rigid, write_case


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


def test_files_at_random_are_read_right_refused_or_noted(shared_data, tmp_path):
    clips = [np.load(shared_data / "field-cases" / "truth.npy")[:60]]
    for name in ("cmu_16_24.amc", "bandai_kick.bvh", "cmu_jump_118_05.bvh"):
        clips.append(load_motion_file(shared_data / "raw-samples" / name)[0].positions[:60])
    clips = [rigid(np.asarray(clip, float)) for clip in clips]
    assert silent_cases(clips, range(60), tmp_path) == []


@pytest.mark.slow
def test_five_hundred_files_of_many_recordings(shared_data, tmp_path):
    clips = read_clips(shared_data / "mocap" / "clips.npz.xz", 60)
    assert silent_cases(clips, range(1000, 1500), tmp_path) == []
