"""What prompts ask for is learned from sayings, and every action that is named has a test."""

import numpy as np

from motionlcm.data.sayings import sayings_by_movement
from motionlcm.evaluation.asking import ACTIONS_OF_MOVEMENTS, fit_asked, spoken_examples
from motionlcm.evaluation.probes import LISTS
from motionlcm.models.known import unit
from motionlcm.motion.action_tests import ACTION_TESTS


def test_movements_and_actions_that_are_named_are_there():
    assert set(ACTIONS_OF_MOVEMENTS) <= set(sayings_by_movement())
    assert set(ACTIONS_OF_MOVEMENTS.values()) <= set(ACTION_TESTS)
    assert {probe.name for probe in LISTS["all"]} <= set(ACTION_TESTS)


def test_every_action_has_examples_and_none_is_a_probes_prompt():
    texts, names = spoken_examples()
    asked = {probe.name for probe in LISTS["all"]}
    assert len(texts) == len(names) > 6000
    assert set(ACTION_TESTS) - set(names) <= asked  # these are learned from the probes' prompts
    assert len({*texts}) > 0.99 * len(texts)
    counts = {name: names.count(name) for name in set(names) & set(ACTION_TESTS)}
    assert min(counts.values()) >= 15


def test_a_fit_tells_what_sentences_like_its_examples_ask_for():
    rng = np.random.default_rng(0)
    directions = unit(rng.normal(size=(3, 24)))
    names = ["jumps", "claps", "swims"]
    numbers = np.arange(90) % 3
    sentences = unit(directions[numbers] + 0.1 * rng.normal(size=(90, 24)))
    asked = fit_asked(sentences[:60], [names[n] for n in numbers[:60]], np.ones(60))
    assert set(asked.names) == {*ACTION_TESTS, "swims"}

    chances = asked.chances(sentences[60:])
    assert [asked.names[best] for best in chances.argmax(-1)] == [names[n] for n in numbers[60:]]
    np.testing.assert_allclose(chances.sum(-1), 1, rtol=1e-5)

    further = fit_asked(sentences, [names[n] for n in numbers], np.ones(90), start=asked)
    assert further.names == asked.names
    assert further.chances(sentences[60:]).max(-1).mean() >= chances.max(-1).mean() - 0.02
