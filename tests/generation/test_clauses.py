"""Prompts of several actions are split where one thing follows another, and nowhere else."""

import pytest

from motionlcm.evaluation.probes import PROBES
from motionlcm.generation.clauses import split_prompt


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a person walks, then sits down", ["a person walks", "a person sits down"]),
        ("a person walks and then sits down.", ["a person walks", "a person sits down"]),
        ("A man walks; after that he waves", ["A man walks", "he waves"]),
        ("a man throws a ball and, after that, claps", ["a man throws a ball", "a man claps"]),
        ("walk forward, then sit down", ["walk forward", "sit down"]),
        ("squat first, then jump", ["squat", "jump"]),
        ("they walk and then sit down", ["they walk", "they sit down"]),
        ("the young man quickly runs, then bows", ["the young man quickly runs", "the young man bows"]),
        ("a person waves before sitting down", ["a person waves", "a person is sitting down"]),
        ("a person sits down after jumping", ["a person is jumping", "a person sits down"]),
        ("before she sits down, she waves", ["she waves", "she sits down"]),
        ("after walking, a woman sits", ["a woman is walking", "a woman sits"]),
        ("a person walks forward, then back", ["a person walks forward", "a person walks back"]),
        ("someone looks left and then right", ["someone looks left", "someone looks right"]),
        ("a person runs and then stops", ["a person runs", "a person stands still"]),
        ("a person jumps, then bows, then waves", ["a person jumps", "a person bows", "a person waves"]),
        ("a person jumps, then then bows", ["a person jumps", "a person bows"]),
    ],
)  # fmt: skip
def test_what_follows_is_split_off_and_told_who_acts(prompt, parts):
    assert split_prompt(prompt) == parts


@pytest.mark.parametrize(
    "prompt",
    [
        "a person walks",
        "a person bows before the king",
        "the dog runs after the cat",
        "a person stands there until then",
        "a person walks, turns and sits",
        "then",
        "after that a person walks",
        ", then .",
    ],
)
def test_other_prompts_stay_as_they_are(prompt):
    assert split_prompt(prompt) == [prompt]


def test_of_the_prompts_of_single_actions_only_those_with_then_are_split():
    prompts = [prompt for probe in PROBES for prompt in probe.prompts]
    split = [prompt for prompt in prompts if len(split_prompt(prompt)) > 1]
    assert split == [prompt for prompt in prompts if " then " in prompt]
