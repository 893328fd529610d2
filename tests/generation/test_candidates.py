"""The best of several: chosen by what it shows and how it moves, and made again by its seed."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from motionlcm import Constraints, MotionPipeline
from motionlcm.cli.generate import main
from motionlcm.generation.agreement import text_agreement
from motionlcm.generation.candidates import candidate_seeds, flaws
from motionlcm.generation.request import MAX_SEED, Request
from motionlcm.runtime.agreement import Agreement


@pytest.fixture(scope="module")
def small():
    return MotionPipeline.from_pretrained("small")


def test_candidates_of_different_motions_never_share_a_seed():
    seeds = [each for seed in range(100) for each in candidate_seeds(seed, 16)]
    assert len(set(seeds)) == 1600 and candidate_seeds(7, 3)[0] == 7
    assert all(0 <= each < MAX_SEED for each in candidate_seeds(MAX_SEED - 1, 5))


def test_the_chosen_motion_is_made_again_by_its_seed(small):
    prompts = ["a person jumps", "a person walks, then sits down", "a person kicks"]
    for motion, prompt in zip(small(prompts, best_of=3, seed=5), prompts, strict=True):
        (again,) = small(prompt, seed=motion.seed)
        assert np.abs(again.positions - motion.positions).max() < 1e-5


def test_the_best_fits_its_prompt_better_than_most(small):
    prompts = ["someone sits on a bench", "a man hops over a puddle"]
    for index, motion in enumerate(small(prompts, best_of=6, seed=2)):
        seeds = candidate_seeds(2 + index, 6)
        assert motion.seed in seeds
        clips = [small(prompts[index], seed=seed)[0].features for seed in seeds]
        cosines = np.array(text_agreement(small, prompts[index], clips))
        chosen = cosines[seeds.index(motion.seed)]
        assert chosen > np.median(cosines) and chosen > cosines.max() - 0.1


def test_of_several_one_that_shows_what_is_asked_for_is_chosen(small):
    prompts = ["a person punches with the left fist", "someone bows", "a person claps"]
    spreads = []
    for index, motion in enumerate(small(prompts, best_of=8, seed=1)):
        seeds = candidate_seeds(1 + index, 8)
        bodies = [small(prompts[index], seed=seed)[0].positions for seed in seeds]
        shown = small.judge.shown(prompts[index], bodies)
        assert shown[seeds.index(motion.seed)] == shown.max()
        spreads.append(np.ptp(shown))
    assert max(spreads) > 1  # else nothing was to be chosen


def test_what_slides_and_jerks_costs(small):
    features = small("a person walks forward", seconds=3.0)[0].features
    rough = features + np.random.default_rng(0).normal(0, 0.02, features.shape)
    sliding = features.copy()
    sliding[:, 1] += 0.06
    fine = flaws(features, features, small)
    assert flaws(features, rough, small) > fine + 0.05
    assert flaws(sliding, features, small) > fine + 0.02


def test_an_evaluator_knows_which_prompt_a_motion_shows_with_torch_and_without(small):
    prompts = ["a person sits down", "a person jumps", "a person waves with the right hand"]
    motions = small(prompts, seed=1)
    text = small.networks.encode(prompts)
    judge, by_torch = Agreement(small.folder), Agreement(small.folder, use_torch=True)
    for index, motion in enumerate(motions):
        cosines = judge([motion.features] * 3, *text)
        assert np.argmax(cosines) == index
        assert np.abs(cosines - by_torch([motion.features] * 3, *text)).max() < 1e-4
    together = judge([motion.features for motion in motions], *text)
    alone = [judge([m.features], *(a[i : i + 1] for a in text)) for i, m in enumerate(motions)]
    assert np.abs(together - np.concatenate(alone)).max() < 1e-5


def test_an_evaluator_without_its_models_statistics_is_told_as_such(small, tmp_path):
    shutil.copytree(small.folder.evaluator, tmp_path / "evaluator")
    with pytest.raises(ValueError, match="needs its model's statistics.safetensors beside it"):
        Agreement(small.folder, path=tmp_path / "evaluator")


def test_a_choice_needs_no_torch(tmp_path):
    code = (
        "import sys; from motionlcm import MotionPipeline\n"
        "MotionPipeline.from_pretrained('small')('a person jumps', best_of=2)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("count", [0, 65, 2.5, True])
def test_a_wrong_number_of_candidates_is_one_clear_line(count):
    with pytest.raises(ValueError, match="best_of must be 1 to 64, got"):
        Request.of("a person jumps", best_of=count)


def test_constraints_have_no_candidates():
    path = Constraints.root_path([[0, 0], [0, 2]])
    with pytest.raises(ValueError, match="best_of chooses among free motions"):
        Request.of("a person walks", best_of=4, constraints=path)


def test_the_command_says_which_seed_was_chosen(tmp_path, capsys):
    arguments = ["a person jumps", "--format", "npy", "--output", str(tmp_path)]
    assert main([*arguments, "--best-of", "2", "--seed", "9"]) == 0
    assert "note: 'a person jumps': best of 2, made again by --seed" in capsys.readouterr().err
    assert main([*arguments, "--best-of", "0"]) in (1, 2)
    assert "--best-of must be 1 to 64, got 0" in capsys.readouterr().err
