"""What was never learned is said to be so; what was learned gets no word."""

import dataclasses

import numpy as np
import pytest

from motionlcm import Motion, MotionPipeline
from motionlcm.data.clips import Caption, Clip
from motionlcm.data.store import Window
from motionlcm.generation.content import content_vectors, stems
from motionlcm.generation.familiarity import FIGURES, Familiarity, captions_of
from motionlcm.generation.looking import Look, looked_for
from motionlcm.models.folder import PRETRAINED, ModelFolder
from motionlcm.models.known import unit
from motionlcm.training.known_captions import known_captions

MODELS = sorted(path.parent.name for path in PRETRAINED.glob("*/pipeline.json"))
LEARNED = ["a person walks forward", "someone jumps", "a man runs", "a person sits down"]
NEVER = ["a man shaves", "someone knits a scarf", "she juggles torches", "a vet vaccinates a cow"]


@pytest.fixture(scope="module", params=MODELS)
def pipeline(request):
    return MotionPipeline.from_pretrained(request.param)


def test_what_was_learned_gets_no_word(pipeline):
    assert pipeline.notes(LEARNED) == []


def test_what_was_never_learned_is_said_with_the_nearest_caption(pipeline):
    notes = pipeline.notes(NEVER)
    captions = {caption.rstrip(".") for caption in pipeline.folder.known.captions.texts}
    assert len(notes) == len(NEVER)
    for prompt, note in zip(NEVER, notes, strict=True):
        start, _, nearest = note.partition('; nearest: "')
        assert start == f'nothing like "{prompt}" was learned'
        assert nearest.removesuffix('"') in captions


def test_what_is_near_no_caption_is_told_of_however_sure_the_judge_is(pipeline):
    known = pipeline.folder.known
    judge = dataclasses.replace(known.judge, bias=known.judge.bias + 20)  # all is well, it says
    folder = dataclasses.replace(pipeline.folder)
    folder.__dict__["known"] = dataclasses.replace(known, judge=judge)
    sure = MotionPipeline(folder, pipeline.networks)
    learned, strange = sure.familiarity(["a person walks forward", "someone knits a scarf"])
    assert learned.score > 0.99 and not learned.is_low
    assert strange.score < judge.threshold and strange.is_low and strange.is_far


def test_motions_carry_the_familiarity_of_their_prompt_and_what_is_seen_on_them(pipeline):
    prompts = [LEARNED[0], NEVER[0], LEARNED[0]]
    motions = pipeline(prompts, seconds=4.0)
    for motion in motions:
        (familiar,) = pipeline.familiarity([motion.caption], [motion])
        assert motion.familiarity == pytest.approx(familiar.score, abs=1e-5)

    threshold = pipeline.folder.known.judge.threshold
    scores = [motion.familiarity for motion in motions]
    assert 0 <= scores[1] < threshold < min(scores[0], scores[2]) <= 1


def test_a_motion_that_shows_something_else_is_told(pipeline):
    walk, sits = pipeline(["a person walks forward", "a person sits down"], seconds=4.0)
    other = dataclasses.replace(walk, caption=sits.caption)
    assert pipeline.notes([sits.caption], [sits]) == []
    (note,) = pipeline.notes([sits.caption], [other])
    assert note.startswith('"a person sits down" is not seen on what was made; another seed')
    right, wrong = (pipeline.familiarity([sits.caption], [motion])[0] for motion in (sits, other))
    assert right.score > pipeline.folder.known.judge.threshold > wrong.score and wrong.is_missed

    (both,) = pipeline.familiarity([sits.caption], [sits, other])
    assert wrong.score < both.score < right.score
    (unseen,) = pipeline.familiarity([sits.caption], [])
    assert wrong.score < unseen.score and not both.is_missed and not unseen.is_missed


def test_motions_may_be_an_iterator_and_those_that_tests_do_not_know_are_not_looked_at(pipeline):
    prompts = ["a person walks forward" + number * " " for number in range(40)]
    (walk,) = pipeline("a person walks forward", seconds=4.0)
    still = dataclasses.replace(walk, positions=walk.positions[:1].repeat(80, 0), own_features=None)
    motions = (dataclasses.replace(still, caption=prompt) for prompt in prompts)
    assert all(familiar.is_missed for familiar in pipeline.familiarity(prompts, motions))

    caption = walk.caption
    slower = dataclasses.replace(still, fps=10.0)
    short = dataclasses.replace(still, positions=still.positions[:1])
    (unseen,) = pipeline.familiarity([caption], [])
    assert pipeline.familiarity([caption], [slower, short]) == [unseen]
    assert pipeline.familiarity([caption], [still])[0].is_missed


def test_a_motion_that_was_made_part_by_part_is_looked_at_for_its_whole_prompt(pipeline):
    prompt = "a person walks, then waves"
    (motion,) = pipeline(prompt)
    assert motion.caption != prompt
    (seen,), (unseen,) = (pipeline.familiarity([prompt], made) for made in ([motion], []))
    assert motion.familiarity == seen.score != unseen.score
    still = dataclasses.replace(
        motion, positions=motion.positions[:1].repeat(80, 0), own_features=None
    )
    assert pipeline.familiarity([prompt], [still])[0].is_missed


def test_what_is_asked_for_is_told_from_plain_prompts(pipeline):
    plain = {
        "the boy claps his hands": "claps",
        "my grandmother sits down on the sofa": "sits down",
        "wave with your right hand": "waves with the right hand",
        "a soldier salutes the flag": "salutes",
        "somebody waves": "waves",
        "he does jumping jacks in the yard": "jumping jacks",
    }
    asked = pipeline.folder.known.asked
    sentences = unit(pipeline.networks.encode(list(plain))[0][:, 0])
    found = [asked.names[best] for best in asked.chances(sentences).argmax(-1)]
    assert found == list(plain.values())
    for sentence, action in zip(sentences, plain.values(), strict=True):
        wanted = looked_for(asked, sentence)
        assert max(wanted, key=wanted.get) == action and sum(wanted.values()) <= 1 + 1e-6


def test_where_no_action_is_clearly_asked_for_nothing_is_looked_at(pipeline):
    sentence = unit(pipeline.networks.encode(["someone knits a scarf"])[0][0, 0])
    assert looked_for(pipeline.folder.known.asked, sentence) == {}
    assert Look(0.0, 0.0).judged(0.5) == 0.5 and Look(1.0, -1.0).judged(0.5) == -1.0


def test_a_judge_made_before_motions_were_looked_at_serves_as_it_did(pipeline):
    known = pipeline.folder.known
    judge = dataclasses.replace(
        known.judge,
        mean=known.judge.mean[:-1],
        deviation=known.judge.deviation[:-1],
        weights=known.judge.weights[:-1],
    )
    folder = dataclasses.replace(pipeline.folder)
    folder.__dict__["known"] = dataclasses.replace(known, judge=judge, asked=None)
    old = MotionPipeline(folder, pipeline.networks)
    (motion,) = old(LEARNED[0], seconds=2.0)
    (familiar,) = old.familiarity([LEARNED[0]], [motion])
    assert motion.familiarity == pytest.approx(familiar.score) and not familiar.is_missed


def test_without_a_judge_it_is_the_nearest_captions_cosine(pipeline):
    known = dataclasses.replace(pipeline.folder.known, measured=None, shares=None, judge=None)
    folder = dataclasses.replace(pipeline.folder)
    folder.__dict__["known"] = known
    plain = MotionPipeline(folder, pipeline.networks)
    learned, never = plain.familiarity([known.captions.texts[0], NEVER[1]])
    assert learned.score > 0.8 and learned.nearest == known.captions.texts[0]
    assert not learned.is_low and not learned.is_far
    assert never.is_low and never.is_far and never.score < 0.5


def test_without_captions_the_table_of_lengths_serves(pipeline):
    folder = dataclasses.replace(pipeline.folder)
    folder.__dict__["known"] = None
    plain = MotionPipeline(folder, pipeline.networks)
    learned, never = plain.familiarity([LEARNED[1], NEVER[1]])
    assert learned.score > never.score and learned.nearest is None and not learned.is_low
    assert plain.notes([NEVER[1]]) == [f'nothing like "{NEVER[1]}" was learned']

    folder.__dict__["statistics"] = dataclasses.replace(
        folder.statistics, duration_vectors=None, duration_seconds=None
    )
    assert plain.familiarity(LEARNED) == [None] * len(LEARNED) and plain.notes(NEVER) == []
    assert plain(LEARNED[0], seconds=1.0)[0].familiarity is None


def test_a_table_of_another_text_encoder_is_one_line(pipeline):
    known = pipeline.folder.known
    folder = dataclasses.replace(pipeline.folder)
    folder.__dict__["known"] = dataclasses.replace(known, word_basis=known.word_basis[:-1])
    with pytest.raises(ValueError, match="its text encoder gives 384"):
        MotionPipeline(folder, pipeline.networks).familiarity(LEARNED)

    judge = dataclasses.replace(known.judge, mean=known.judge.mean[1:])
    folder.__dict__["known"] = dataclasses.replace(known, judge=judge)
    with pytest.raises(
        ValueError, match=f"looks at {len(FIGURES) - 1} figures, not at {len(FIGURES)}"
    ):
        MotionPipeline(folder, pipeline.networks).familiarity(LEARNED)


def test_a_note_says_whether_captions_say_the_same():
    near = Familiarity(0.1, True, "a person claps.", is_far=False)
    fails = "was learned, but the model often fails to show it"
    assert near.note("claps") == f'"claps" {fails}; nearest: "a person claps"'
    assert near.note("A person  claps") == f'"A person claps" {fails}'
    far = dataclasses.replace(near, is_far=True)
    assert far.note("a\nb" * 50).startswith('nothing like "a ba ba b')
    assert "..." in far.note("a\nb" * 50) and "\n" not in far.note("a\nb" * 50)
    assert dataclasses.replace(near, is_low=False).note("claps") is None

    words = dataclasses.replace(far, knows_words=True)
    assert words.note("claps a ball") == (
        'the words of "claps a ball" were learned, but it may not be shown; '
        'nearest: "a person claps"'
    )


def test_words_are_known_together_or_apart(pipeline):
    apart, strange = pipeline.familiarity(["a person bows and kicks a jump", NEVER[1]])
    assert apart.knows_words and not strange.knows_words


def test_stems_join_the_forms_of_a_word():
    assert stems("A person walks, walking; she walked") == ["walk"] * 3
    assert stems("someone claps and is clapping") == ["clap"] * 2
    assert stems("the man and the woman") == []


def test_content_words_leave_out_who_does_it(pipeline):
    text = pipeline.networks.encode(["a person walks", "the person"])[0]
    walks, nobody = content_vectors(["a person walks", "the person"], text)
    assert len(walks) == 1 and np.allclose(np.linalg.norm(walks, axis=1), 1)
    assert len(nobody) == 4  # all tokens, for there is no content


def test_captions_with_all_words_are_listed_the_frequent_ones_first():
    known = ModelFolder.find("small").known
    numbers = captions_of(known, "sits and a stepstool")
    texts = [known.captions.texts[number] for number in numbers]
    assert len(texts) > 1 and all("sit" in text and "stepstool" in text for text in texts)
    clips = known.clips[numbers]
    assert (np.diff(clips) <= 0).all()


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_a_familiarity_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match="familiarity must be from 0 to 1"):
        Motion(np.zeros((2, 22, 3)), familiarity=value)


def test_of_equally_frequent_captions_the_shorter_are_kept():
    captions = ("a person waves at somebody far away", "someone nods", "a person nods")
    clip = Clip("a", "train", 0, 20, tuple(map(Caption, captions)), "made", "nod")
    windows = [Window(clip, 0, 20, captions), Window(clip, 0, 20, captions[:1])]
    pipeline = MotionPipeline.from_pretrained("small")

    def encode(texts):
        return pipeline.networks.encode(texts)[0]

    plain, heard = (
        known_captions(windows, encode, pipeline.card.text_encoder, hears_sayings=hears)
        for hears in (False, True)
    )
    assert plain.captions.texts == (captions[0], captions[1], captions[2])
    assert "nod" in plain.vocabulary and plain.vocabulary < heard.vocabulary
