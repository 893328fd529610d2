"""The pipeline's one way from noise to motion, and who takes it."""

import numpy as np
import pytest

from motionlcm import MotionPipeline
from motionlcm.diffusion.samplers import StudentSampler, TeacherSampler
from motionlcm.generation.request import Request
from motionlcm.motion.features import decode_positions

PROMPTS = ("a person jumps", "someone walks and sits down", "a man waves")


@pytest.fixture(scope="module")
def pipeline(tiny_model):
    return MotionPipeline.from_pretrained(tiny_model)


@pytest.fixture
def sampled(monkeypatch):
    """Names of the samplers that were called, in order."""
    names = []
    for kind in (StudentSampler, TeacherSampler):

        def sample(self, *arguments, kind=kind, original=kind.sample, **options):
            names.append(kind.__name__)
            return original(self, *arguments, **options)

        monkeypatch.setattr(kind, "sample", sample)
    return names


def test_features_of_given_lengths_are_those_of_the_call(pipeline):
    frames = [40, 61, 100]
    clips = pipeline.features(PROMPTS, frames, [3, 4, 5], steps=2)
    assert [len(clip) for clip in clips] == frames
    for i, clip in enumerate(clips):
        (motion,) = pipeline(PROMPTS[i], seconds=frames[i] / 20, steps=2, seed=3 + i)
        assert np.abs(motion.features - clip).max() < 1e-5
        assert np.abs(motion.positions - decode_positions(clip)).max() < 1e-5


def test_generation_and_evaluation_take_the_same_way(pipeline, store, sampled):
    from motionlcm.evaluation.protocol import Protocol

    pipeline(PROMPTS[0], seconds=2.0)
    protocol = Protocol(pipeline, store, "test")
    protocol.generate([0, 1], 0, steps=1, scale=2.0)
    protocol.generate([0, 1], 0, steps=50, scale=2.0, use_teacher=True)
    assert sampled == ["StudentSampler", "StudentSampler", "TeacherSampler"]


def test_the_teacher_is_sampled_by_request_alone_or_in_a_batch(pipeline, sampled):
    together = pipeline(PROMPTS, seconds=2.0, steps=6, seed=1, use_teacher=True)
    (alone,) = pipeline(PROMPTS[1], seconds=2.0, steps=6, seed=2, use_teacher=True)
    assert set(sampled) == {"TeacherSampler"}
    assert np.abs(alone.positions - together[1].positions).max() < 1e-4
    (student,) = pipeline(PROMPTS[1], seconds=2.0, seed=2)
    assert np.abs(alone.positions - student.positions).max() > 1e-4


@pytest.mark.parametrize("scheduler", ["dpm++", "euler", "ddpm"])
def test_any_scheduler_of_diffusers_samples_the_teacher(pipeline, scheduler):
    pytest.importorskip("diffusers")
    how = {"seconds": 2.0, "steps": 5, "use_teacher": True, "scheduler": scheduler}
    together = pipeline(PROMPTS, seed=1, **how)
    (alone,) = pipeline(PROMPTS[1], seed=2, **how)
    assert np.abs(alone.positions - together[1].positions).max() < 1e-4
    with pytest.raises(ValueError, match="dpm\\+\\+"):
        pipeline(PROMPTS[0], use_teacher=True, scheduler="magic")


def test_a_model_without_a_teacher_says_so():
    with pytest.raises(ValueError, match="holds no teacher"):
        MotionPipeline.from_pretrained("small")("a person jumps", use_teacher=True)


def test_requests_longer_than_a_batch_come_back_in_order(pipeline):
    request = Request.of(PROMPTS, samples=15, seconds=1.0)
    motions = pipeline.generate(request)
    assert [motion.caption for motion in motions] == list(request.prompts)
    (alone,) = pipeline.generate(request.part(40, 41))
    assert np.abs(alone.positions - motions[40].positions).max() < 1e-5


def test_lengths_are_usual_for_the_prompt_where_none_is_given(pipeline):
    text, _ = pipeline.networks.encode(PROMPTS)
    motions = pipeline(PROMPTS)
    from motionlcm.generation.durations import usual_seconds

    expected = usual_seconds(text, pipeline.statistics, pipeline.max_seconds)
    assert [motion.num_frames for motion in motions] == np.round(expected * 20).astype(int).tolist()
    assert (expected >= 2.0).all() and (expected <= 9.8).all()
