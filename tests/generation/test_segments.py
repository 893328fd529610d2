"""Timelines: what they are made of, and one clear line for each thing that they cannot be."""

import json

import numpy as np
import pytest

from motionlcm.generation.segments import Segment, parse_timeline, segments_of


def test_pairs_prompts_and_segments_make_one_timeline():
    parts = [("a person walks", 4), "a person sits", Segment("a person waves", 2.5)]
    assert segments_of(parts) == (
        Segment("a person walks", 4),
        Segment("a person sits"),
        Segment("a person waves", 2.5),
    )
    assert segments_of([("a person walks", np.float32(4))])[0].seconds == 4


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "no segment"),
        ("a person walks", "list of"),
        (3, "list of"),
        ([("a person walks", 4), ("", 2)], "segment 2: the prompt is empty"),
        ([("a person walks", 4), (7, 2)], "segment 2: prompt must be text, got 7"),
        ([("a person walks", 0.4)], "segment 1: seconds must be 0.5 to 86400, got 0.4"),
        ([("a person walks", float("nan"))], "got nan"),
        ([("a person walks", 10**400)], "seconds must be 0.5"),
        ([("a person walks", True)], "must be a number, got True"),
        ([("a person walks", "4")], "must be a number, got '4'"),
        ([("a person walks", 4, 5)], "segment 1: must be .prompt, seconds."),
        ([("a", 50_000.0), ("b", 50_000.0)], "lasts 100000 s"),
    ],
)
def test_a_wrong_timeline_is_one_clear_line(parts, words):
    with pytest.raises(ValueError, match=words) as error:
        segments_of(parts)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_a_file_is_read_and_lengths_may_be_left_out():
    content = {"segments": [{"prompt": "a person walks", "seconds": 4}, {"prompt": "she sits"}]}
    expected = (Segment("a person walks", 4), Segment("she sits"))
    assert parse_timeline(json.dumps(content), name="t.json") == (expected, None)
    assert parse_timeline(json.dumps(content["segments"]), name="t.json") == (expected, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "t.json: is no JSON"),
        ("[" * 100_000, "t.json: is no JSON"),
        ("3", "t.json: must be"),
        ('{"prompts": []}', "t.json: must be"),
        ('{"segments": [], "seed": 3}', "unknown key 'seed'; known are segments"),
        ('["a person walks"]', "t.json: segment 1: must be an object"),
        ('[{"seconds": 4}]', 't.json: segment 1: lacks "prompt"'),
        ('[{"prompt": "a", "time": 4}]', "segment 1: unknown key 'time'; known are prompt, sec"),
        ('[{"prompt": "a"}, {"prompt": "b", "seconds": -1}]', "t.json: segment 2: seconds must"),
        ('[{"prompt": "a", "seconds": Infinity}]', "t.json: segment 1: seconds must be"),
    ],
)
def test_a_wrong_file_is_one_clear_line(text, words):
    with pytest.raises(ValueError, match=words) as error:
        parse_timeline(text, name="t.json")
    assert "\n" not in str(error.value)
