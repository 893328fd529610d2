"""Requests: every check once, the model's defaults, and nothing heavy imported."""

import math
import subprocess
import sys

import pytest

from motionlcm.generation.request import Request, RequestError, prompts_of, seeds_from
from motionlcm.models.folder import ModelCard

CARD = ModelCard(
    text_encoder="minilm",
    timesteps={1: (999,), 2: (999, 499)},
    guidance_scales={1: 2.0, 2: 1.5},
    guidance_range=(1.0, 4.0),
    teacher_guidance_scale=1.75,
)


def test_samples_of_each_prompt_have_seeds_from_the_first_on():
    request = Request.of(["a", "b"], samples=2, seed=5)
    assert request.prompts == ("a", "a", "b", "b") and request.seeds == (5, 6, 5, 6)
    assert request.part(1, 3).prompts == ("a", "b") and request.part(1, 3).seeds == (6, 5)


def test_a_models_defaults_fill_what_was_not_asked_for():
    student = Request.of("a").resolved(CARD)
    assert (student.steps, student.guidance_scale) == (1, 2.0)
    assert Request.of("a", steps=2).resolved(CARD).guidance_scale == 1.5
    teacher = Request.of("a", use_teacher=True).resolved(CARD)
    assert (teacher.steps, teacher.guidance_scale) == (50, 1.75)
    assert Request.of("a", steps=1, guidance_scale=1).resolved(CARD).guidance_scale == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"prompts": []}, "no prompt given"),
        ({"prompts": "  "}, "the prompt is empty"),
        ({"prompts": "x" * 2001}, "2001 characters, at most 2000"),
        ({"prompts": ["a", 3]}, "the prompt is empty"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 2**63}, "seed must be from 0"),
        ({"seed": 2**63 - 1, "samples": 2}, "seed must be from 0"),
        ({"samples": 0}, "samples must be at least 1"),
        ({"samples": 100_000_000}, "at most 1,000,000 motions"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"scheduler": "dpm++"}, "ask for the teacher, too"),
    ],
)
def test_what_no_model_takes_is_one_line(arguments, words):
    with pytest.raises(ValueError) as raised:
        Request.of(**{"prompts": "a", **arguments})
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": 3}, r"steps must be one of \[1, 2\] for this student, got 3"),
        ({"seconds": 9.81}, "seconds must be 0.5 to 9.8, got 9.81"),
        ({"seconds": 0.4}, "seconds must be 0.5 to 9.8, got 0.4"),
        ({"seconds": math.nan}, "seconds must be"),
        ({"seconds": math.inf}, "seconds must be"),
        ({"guidance_scale": 4.5}, "guidance_scale must be 1 to 4 for this model, got 4.5"),
        ({"guidance_scale": math.nan}, "guidance_scale must be"),
        ({"use_teacher": True, "steps": 2000}, "steps must be 1 to 1000 for a teacher"),
        ({"use_teacher": True, "guidance_scale": 0.5}, "for a teacher, got 0.5"),
    ],
)
def test_what_this_model_does_not_take_is_one_line(arguments, words):
    with pytest.raises(ValueError, match=words):
        Request.of("a", **arguments).resolved(CARD)


def test_an_error_tells_the_name_of_the_value():
    with pytest.raises(RequestError) as raised:
        Request.of("a", steps=5).resolved(CARD)
    assert raised.value.name == "steps" and str(raised.value).startswith("steps must be")


@pytest.mark.parametrize("seed", [[1, 2], "x", None, 1.5, -1])
def test_the_first_of_several_seeds_is_a_whole_number(seed):
    with pytest.raises(RequestError, match="seed must be from 0"):
        seeds_from(seed, 2)


@pytest.mark.parametrize("prompts", [5, None, 1.5])
def test_what_is_no_text_is_no_prompt(prompts):
    with pytest.raises(ValueError, match="the prompts must be text, got"):
        prompts_of(prompts)


def test_prompts_and_seeds_must_be_as_many():
    with pytest.raises(ValueError, match="2 prompts need as many seeds, got 1"):
        Request(("a", "b"), (0,))


@pytest.mark.parametrize(
    "arguments", [["a", "--steps", "3"], ["a", "--seconds", "60"], ["a", "--guidance-scale", "9"]]
)
def test_a_value_that_the_model_refuses_is_told_without_numpy_or_torch(arguments):
    code = (
        "import sys; from motionlcm.cli.generate import main\n"
        f"assert main({arguments!r}) == 2\n"
        "heavy = {'torch', 'numpy', 'onnxruntime', 'PIL'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_each_prompt_may_have_its_own_length():
    request = Request.of(["a", "b"], samples=2, seconds=[1.5, None])
    assert request.lengths == (1.5, 1.5, None, None)
    assert request.part(1, 3).lengths == (1.5, None)
    assert request.chosen([3, 0]).lengths == (None, 1.5)
    assert request.resolved(CARD).lengths == request.lengths
    assert Request.of(["a", "b"], seconds=2).lengths == (2, 2)

    with pytest.raises(RequestError, match="one for each of 2 prompts, got 3"):
        Request.of(["a", "b"], seconds=[1, 2, 3])
    with pytest.raises(RequestError, match="got 99 for 'b'"):
        Request.of(["a", "b"], seconds=[1, 99]).resolved(CARD)
    with pytest.raises(RequestError, match="must be a number, got 'x'"):
        Request.of(["a", "b"], seconds=[1, "x"])
