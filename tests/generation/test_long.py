"""Motion of several parts: seamless, of any length, the same for the same seed."""

import shutil

import numpy as np
import pytest
import torch

from motionlcm import Motion, MotionPipeline
from motionlcm.generation.joins import crossfaded
from motionlcm.generation.long import LongMotion
from motionlcm.generation.parts import blended_parts, continued_parts, cut_up, part_seed
from motionlcm.generation.request import Request
from motionlcm.generation.segments import segments_of
from motionlcm.integrity import write_manifest
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.motion import actions
from motionlcm.motion.features import decode_positions
from motionlcm.motion.measures import Body
from motionlcm.motion.plausibility import LARGEST_JERK, frame_jerks
from motionlcm.motion.sequences import then, walks

PARTS = [("a person walks", 2.0), ("a person jumps", 1.5), ("a person waves", 2.2)]


@pytest.fixture(scope="module")
def pipeline(tiny_model):
    return MotionPipeline.from_pretrained(tiny_model)


@pytest.fixture(scope="module")
def small():
    return MotionPipeline.from_pretrained("small")


@pytest.mark.parametrize("frames", [[10] * 40, [10, 200, 11, 3000, 16], [5000], [10], [83, 77]])
@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("lay_out", [blended_parts, continued_parts])
def test_parts_follow_each_other_and_are_short_enough_for_the_model(frames, size, lay_out):
    cuts = cut_up([f"p{i}" for i in range(len(frames))], frames, size)
    parts = lay_out(cuts, size)
    assert parts[0].start == 0 and parts[0].before == 0 and parts[-1].after == 0
    assert parts[-1].stop == -(-sum(frames) // size)
    for part, following in zip(parts, parts[1:], strict=False):
        assert part.stop == following.start
        assert 1 <= part.after + following.before <= 24 // size
    for part in parts:
        assert 0 <= part.start - part.before and 1 <= part.length * size <= 192
        assert lay_out is continued_parts or part.before + part.after <= part.stop - part.start

    # every prompt gets its time, to half a token
    ends = {part.prompt: part.stop * size for part in parts}
    for end, wanted in zip(ends.values(), np.cumsum(frames), strict=True):
        assert abs(end - wanted) <= size


def test_parts_draw_noise_of_their_own():
    seeds = {part_seed(7, index, turn) for index in range(200) for turn in range(4)}
    assert len(seeds) == 800 and all(0 <= seed < 2**63 for seed in seeds)
    assert part_seed(7, 0) == 7


def test_a_crossfade_begins_and_ends_as_its_sides():
    before, after = np.zeros((3, 2), np.float32), np.ones((6, 2), np.float32)
    faded = crossfaded(before, after)
    assert np.allclose(faded[:, 0], [0.25, 0.5, 0.75, 1, 1, 1])
    assert np.array_equal(crossfaded(before[:0], after), after)


def test_a_sequence_has_the_interfaces_types_and_its_frames(pipeline):
    motion = pipeline.sequence(PARTS, seed=3)
    assert motion.positions.shape == (114, 22, 3) and motion.features.shape == (114, 263)
    assert motion.features.dtype == np.float32 and motion.fps == 20
    assert np.abs(decode_positions(motion.features) - motion.positions).max() < 1e-5
    assert np.abs(motion.positions[0, 0, [0, 2]]).max() < 1e-6
    assert motion.caption == "a person walks, then a person jumps, then a person waves"


def test_the_same_seed_gives_the_same_sequence_and_another_one_another(pipeline):
    first, again = (pipeline.sequence(PARTS, seed=3).positions for _ in range(2))
    assert np.array_equal(first, again)
    assert np.abs(first - pipeline.sequence(PARTS, seed=4).positions).max() > 1e-3


def test_a_sequence_of_one_part_is_the_plain_motion(pipeline):
    (plain,) = pipeline("a person walks", seconds=3.0, seed=5)
    alone = pipeline.sequence([("a person walks", 3.0)], seed=5)
    assert np.abs(plain.positions - alone.positions).max() < 1e-5


def test_long_motion_comes_in_chunks_of_bounded_size(pipeline):
    request = Request.of("a person walks", seed=1)
    long = LongMotion(
        pipeline, segments_of([("a person walks", 150.0), ("she sits", 30.0)]), request
    )
    told = []
    sizes = [len(chunk) for chunk in long.features(lambda done, total: told.append((done, total)))]
    assert sum(sizes) == long.num_frames == 3600 and max(sizes) <= 1200
    assert told[-1] == (3600, 3600) and len(told) == len(sizes)


def test_a_motion_on_disk_is_that_in_memory_and_leaves_no_file(pipeline, tmp_path):
    segments = segments_of([("a person walks", 70.0), ("she sits", 70.0)])
    request = Request.of("a person walks", seed=1)
    motion = pipeline.timeline(segments, request, folder=tmp_path)
    assert not list(tmp_path.iterdir())
    usual = LongMotion(pipeline, segments, request).motion()
    assert np.abs(motion.positions - usual.positions).max() < 1e-3
    assert np.array_equal(motion.features, usual.features)
    assert (motion.fps, motion.caption, motion.seed) == (usual.fps, usual.caption, usual.seed)
    path = motion.save(tmp_path / "long.npz")
    assert np.array_equal(Motion.load(path).positions, motion.positions)


def test_a_prompt_of_two_actions_is_made_in_two_parts_unless_told_not_to(pipeline):
    prompts = ["a person jumps", "a person walks, then sits down", "a man waves"]
    split = pipeline(prompts, seconds=4.0, seed=2)
    whole = pipeline(prompts, seconds=4.0, seed=2, split=False)
    assert [motion.num_frames for motion in split] == [80, 80, 80]
    for index in (0, 2):
        assert np.abs(split[index].positions - whole[index].positions).max() < 1e-5
    assert np.abs(split[1].positions - whole[1].positions).max() > 1e-3
    assert pipeline(prompts[1], seconds=0.8)[0].num_frames == 16  # too short for two


@pytest.fixture(scope="module")
def knowing(tiny_model, tmp_path_factory):
    """The tiny model with a student that takes known tokens."""
    folder = tmp_path_factory.mktemp("knowing") / "model"
    shutil.copytree(tiny_model, folder)
    shutil.rmtree(folder / "student")
    config = {**LatentDenoiser.from_pretrained(tiny_model / "student").config}
    torch.manual_seed(0)
    student = LatentDenoiser(**{**config, "known_tokens": True})
    torch.nn.init.normal_(student.known_mark)
    student.save_pretrained(folder / "student")
    write_manifest(folder)
    return MotionPipeline.from_pretrained(folder, device="torch")


def watched_samples(knowing, monkeypatch):
    """What the model samples from now on: known tokens and latents."""
    seen = []
    sample = type(knowing).latents

    def watched(self, *arguments, known=None):
        latents = sample(self, *arguments, known=known)
        seen.append((known, latents[0]))
        return latents

    monkeypatch.setattr(type(knowing), "latents", watched)
    monkeypatch.setattr("motionlcm.generation.joins._TRIES", 1)
    return seen


def test_a_further_piece_of_an_action_goes_on_from_the_token_before(knowing, monkeypatch):
    segments = segments_of([("a person runs", 30.0)])
    long = LongMotion(knowing, segments, Request.of("a person runs", seed=3))
    assert [part.goes_on for part in long.parts] == [False, True, True, True]
    seen = watched_samples(knowing, monkeypatch)
    emitted = np.concatenate(list(long._latents()))

    for (known, latents), part in zip(seen[1:], long.parts[1:], strict=True):
        mask, given = known
        assert mask.tolist() == [True] + [False] * (part.length - 1)
        assert np.allclose(given[:1], emitted[part.start - 1 : part.start], atol=1e-3)
        assert np.abs(latents[:1] - given[:1]).max() < 1e-4
        assert np.allclose(latents[1:], emitted[part.start : part.stop], atol=1e-3)


def test_another_action_is_a_clip_of_its_own_behind_a_bridge_that_knows_both_sides(
    knowing, monkeypatch
):
    segments = segments_of([*PARTS, ("a person bows", 0.5), ("a person runs", 7.0)])
    long = LongMotion(knowing, segments, Request.of("a person walks", seed=3))
    seen = watched_samples(knowing, monkeypatch)
    motion = long.motion()
    assert motion.num_frames == round(sum(segment.seconds for segment in segments) * 20)

    size, begun = knowing.folder.latents.frames_per_token, seen[0][1]
    bridges = 0
    samples = iter(seen[1:])
    for part in long.parts[1:]:
        bridge = min(16 // size, (part.stop - part.start) // 2)
        own = part.stop - part.start - bridge
        known, clip = next(samples)
        if not bridge:  # too short for one: it goes on
            assert known is not None
            begun = np.concatenate([begun, clip[part.before :]])
            continue
        assert known is None and len(clip) * size >= 40
        (mask, given), made = next(samples)
        assert (~mask).sum() == bridge
        past = int(np.argmin(mask))
        assert np.array_equal(given[:past], begun[-past:])
        assert np.array_equal(given[past + bridge :], clip[-own:][: 32 // size])
        begun = np.concatenate([begun, made[~mask], clip[-own:]])
        bridges += 1
    assert bridges >= 3 and len(begun) == long.parts[-1].stop

    monkeypatch.undo()
    assert np.concatenate(list(long._latents())).shape == begun.shape


def test_a_teacher_makes_sequences_too(pipeline):
    (motion,) = pipeline("a person walks, then sits", seconds=3, steps=3, use_teacher=True)
    assert motion.num_frames == 60


@pytest.mark.parametrize("name", ["small", "open"])
def test_the_body_walks_and_then_sits_in_nine_of_ten_seeds(name):
    pipeline = MotionPipeline.from_pretrained(name)
    is_shown = then(walks, actions.sits_down)
    shown = 0
    for seed in range(10):
        (motion,) = pipeline("a person walks forward, then sits down", seed=seed)
        shown += bool(is_shown(Body(motion.positions)))
    assert shown >= 9


def test_the_seams_of_a_packaged_models_sequence_are_no_rougher_than_recordings(small):
    parts = ["a person walks", "a person sits down", "a person stands up from a chair",
             "a person turns left", "a person bows", "a person walks"]  # fmt: skip
    motion = small.sequence([(part, 4.0) for part in parts], seed=1)
    jerks = frame_jerks(motion.positions)
    seams = [jerks[80 * i - 19 : 80 * i + 16].max() for i in range(1, 6)]
    assert max(seams) < 1.2 * LARGEST_JERK
    assert motion.positions[..., 1].min() > -1e-6


def test_windows_of_the_decoder_meet_without_a_jerk(small):
    prompts = ["a person walks", "a person stands still", "a person walks slowly"]
    segments = segments_of([(prompt, 10.0) for prompt in prompts])
    motions = [
        LongMotion(small, segments, Request.of("calm", seed=seed)).motion() for seed in range(8)
    ]
    jerks = np.mean([frame_jerks(each.positions.astype(float)) for each in motions], axis=0)
    # each window but the first and the last draws 128 frames
    meetings = np.arange(192 - 32, len(jerks) - 32, 128)
    assert len(meetings) == 4
    assert np.mean([jerks[frame - 3 : frame].max() for frame in meetings]) < 2 * jerks.mean()


def test_a_model_without_tokens_along_time_says_so(pipeline, monkeypatch):
    from dataclasses import replace

    shape = replace(pipeline.folder.latents, num_tokens=16)
    monkeypatch.setitem(pipeline.folder.__dict__, "latents", shape)
    with pytest.raises(ValueError, match="has 16 latent tokens for a whole clip"):
        pipeline.sequence(PARTS)
