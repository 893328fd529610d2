"""What people say for a movement: for plain captions of it alone, on its own side, no test's prompt."""

import json
import re
from pathlib import Path

import pytest

from motionlcm.data.captions import mirror_caption
from motionlcm.data.paraphrases import paraphrases
from motionlcm.data.sayings import FILE, sayings_for
from motionlcm.evaluation.probe_prompts import EVERYDAY_HELD_OUT
from motionlcm.evaluation.probes import HELD_OUT, LISTS

BLOCKS = [block.splitlines() for block in FILE.read_text("utf-8").split("\n\n")]
FRESH = Path(__file__).parents[2] / "demo" / "fresh_prompts.json"


def said(text):
    """A text without what makes no difference."""
    return re.sub(r"[^a-z ]", "", text.lower()).strip()


def prompts_of_tests():
    prompts = {said(prompt) for probe in LISTS["all"] for prompt in probe.prompts}
    for table in (HELD_OUT, EVERYDAY_HELD_OUT, json.loads(FRESH.read_text("utf-8"))):
        prompts |= {said(prompt) for some in table.values() for prompt in some}
    return prompts


def test_no_saying_is_a_prompt_of_a_test():
    prompts = prompts_of_tests()
    assert len(prompts) > 700
    for _, _, *sayings in BLOCKS:
        for saying in sayings:
            for side in ("left", "right"):
                assert said(saying.replace("{side}", side)) not in prompts, saying


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[0])
def test_the_sayings_of_a_movement_are_short_different_and_name_its_side(block):
    name, rule, *sayings = block
    assert re.fullmatch(r"\[%?[a-z,{} -]+\]", name) and rule[:2] in ("= ", "+ ")
    assert name.startswith("[%") or len(sayings) >= 30
    assert len({said(saying) for saying in sayings}) == len(sayings)
    for saying in sayings:
        assert saying.isascii() and saying == saying.strip().lower()
        assert len(saying.split()) <= 16
        assert ("{side}" in saying) == ("{side}" in name), saying


def test_parts_of_movements_are_movements():
    names = {name.strip("[]") for name, *_ in BLOCKS}
    parts = [
        part for _, rule, *_ in BLOCKS if rule[0] == "+" for part in re.split(r" [+/] ", rule[2:])
    ]
    assert len(parts) > 60 and set(parts) <= names


def test_a_caption_that_says_a_movement_and_nothing_else_has_its_sayings():
    assert "say yes with your head" in sayings_for("a person nods.")
    assert sayings_for("He nods the head") == sayings_for("a person nods.")
    assert "walk and sit down" in sayings_for("someone walks a few steps and takes a seat.")
    assert sayings_for("a man walks over, stops and bows") == sayings_for("she walks, then bows")


def test_a_caption_that_says_more_or_something_else_has_none():
    for caption in (
        "",
        "nods",
        "a person nods three times",
        "a person nods while walking",
        "a person nods and waves with the left hand and bows",
        "a person juggles",
    ):
        assert sayings_for(caption) == ()


def test_sayings_are_of_the_captions_side():
    left = sayings_for("a person waves with the left hand")
    assert len(left) >= 30 and all("left" in text and "right" not in text for text in left)
    right = sayings_for(mirror_caption("a person waves with the left hand"))
    assert [mirror_caption(text) for text in left] == list(right)


def test_sayings_are_among_the_other_wordings():
    sayings = set(sayings_for("someone nods"))
    made = paraphrases("someone nods", 30)
    assert sayings & set(made) and set(made) - sayings
