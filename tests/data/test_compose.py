"""Composition: limbs keep their length, feet their place; sentences; only train clips."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from motionlcm.cli.prepare import main
from motionlcm.data.action_phrases import (
    ACTIONS,
    action_of,
    action_of_caption,
    on_the_side_of,
)
from motionlcm.data.compose import compose, with_plain_captions
from motionlcm.data.composition import SHARE, compose_clips
from motionlcm.data.composition_captions import gerund, is_sentence
from motionlcm.data.dataset import class_weights
from motionlcm.data.ingredients import Library, Piece, Recording, mirrored
from motionlcm.data.named_poses import POSES, posed
from motionlcm.data.origins import read_origins
from motionlcm.data.prepare import prepare
from motionlcm.data.recipes import RECIPES
from motionlcm.data.store import Caption, Clip, FeatureStore, feature_statistics
from motionlcm.motion import actions
from motionlcm.motion.blending import (
    assemble,
    bone_directions,
    headings,
    join,
    mirror_image,
    resampled,
    reversed_in_time,
    stretched,
)
from motionlcm.motion.footing import feet_of, held_offsets, stances, stand_on
from motionlcm.motion.measures import Body
from motionlcm.motion.paths import (
    bent,
    extended,
    lifted,
    raised_kick,
    straightness,
    turning,
    ways_gone,
)
from motionlcm.motion.plausibility import (
    LARGEST_JERK,
    LARGEST_SLIDE,
    frame_jerks,
    implausible,
    slide_share,
)
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths
from motionlcm.text_files import read_text_file
from tests.conftest import walking


def standing(frames: int, *, sway: float = 0.003) -> np.ndarray:
    """A made-up body that stands, sways a little and has its feet on the floor."""
    directions = np.zeros((frames, 22, 3))
    directions[:, [1, 13, 16], 0], directions[:, [2, 14, 17], 0] = 1, -1
    directions[:, [3, 6, 9, 12, 15], 1] = 1
    directions[:, [4, 5, 7, 8, 18, 19, 20, 21], 1] = -1
    directions[:, [10, 11]] = [0, -0.4, 0.9]
    directions /= np.maximum(np.linalg.norm(directions, axis=-1, keepdims=True), 1e-9)
    shift = sway * np.sin(np.arange(frames) * 0.2)
    root = np.stack([shift, np.full(frames, 0.885), shift], axis=-1)
    body = assemble(root, directions)
    feet = feet_of(body)
    feet[:] = feet[:1] - [0, feet[0, :, :, 1].min() - 0.01, 0]
    return stand_on(body, feet)


def stepping(frames: int, *, speed: float = 0.05, period: int = 22) -> np.ndarray:
    """A made-up straight walk whose feet stand still and swing in turns."""
    body = standing(frames, sway=0.0)
    time = np.arange(frames)
    body = body + (speed * time)[:, None, None] * [0, 0, 1]
    feet = feet_of(standing(1, sway=0.0))[0]
    placed = np.repeat(feet[None], frames, axis=0)  # [T 2 2 3]
    for side in (0, 1):
        phase = time / period + 0.5 * side
        swing = np.clip((phase % 1 - 0.6) / 0.4, 0, 1)
        eased = swing**3 * (10 - 15 * swing + 6 * swing**2)
        place = speed * period * (np.floor(phase) + eased + 0.3 - 0.5 * side)
        placed[:, side, :, 2] += place[:, None]
        placed[:, side, :, 1] += (0.1 * 16 * swing**2 * (1 - swing) ** 2)[:, None]
    return stand_on(body, placed)


def waving(frames: int) -> np.ndarray:
    """Standing with the right hand up and going to and fro."""
    body = standing(frames)
    directions = bone_directions(body)
    angle = 0.5 * np.sin(np.arange(frames) * 0.5)
    directions[:, 19] = [-0.8, 0.6, 0.0]
    directions[:, 21] = np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=-1)
    return assemble(body[:, 0], directions)


def sitting_down(frames: int = 60) -> np.ndarray:
    """From standing to a seat, the feet in place."""
    body = standing(frames, sway=0.0)
    share = np.clip((np.arange(frames) - 10) / 25, 0, 1)
    share = share**3 * (10 - 15 * share + 6 * share**2)
    down = share[:, None, None] * np.array([0, -0.42, -0.25])
    return stand_on(body + down, feet_of(body))


def assert_possible(positions: np.ndarray) -> None:
    assert np.abs(bone_lengths(positions)[:, 1:] - TARGET_LENGTHS[1:]).max() < 1e-5
    assert positions[..., 1].min() > -0.005


def foot_creep(positions: np.ndarray) -> float:
    """The farthest that a planted toe goes from one frame to the next, metres over the floor."""
    planted = stances(positions)
    toes = feet_of(positions)[:, :, 1]
    steps = np.linalg.norm(np.diff(toes, axis=0)[..., [0, 2]], axis=-1)
    return float((steps * (planted[1:] & planted[:-1])).max())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small folder of labelled made-up motion; val and test hold walks that nobody may touch."""
    path = tmp_path_factory.mktemp("composable")
    (path / "joints").mkdir()
    (path / "texts").mkdir()
    clips = {
        **{f"walk{i}": ("walk", stepping(70 + 5 * i, speed=0.045 + 0.002 * i)) for i in range(4)},
        **{f"wave{i}": ("waving with the right hand", waving(60 + i)) for i in range(3)},
        **{f"sit{i}": ("sit down on a chair", sitting_down(56 + 2 * i)) for i in range(3)},
        **{f"stand{i}": ("Stand", standing(60 + 7 * i)) for i in range(3)},
        "val0": ("walk", stepping(90)),
        "test0": ("walk", stepping(95)),
    }
    rows = []
    for name, (label, positions) in clips.items():
        np.save(path / "joints" / f"{name}.npy", positions.astype(np.float32))
        (path / "texts" / f"{name}.txt").write_text(f"a person does {label}\n")
        rows.append({"id": name, "source": "made-up", "label": label})
    (path / "sources.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for split in ("train", "val", "test"):
        names = [n for n in clips if n.startswith(("val", "test")) == (split != "train")]
        names = [n for n in names if split == "train" or n.startswith(split)]
        (path / f"{split}.txt").write_text("".join(f"{name}\n" for name in names))
    return path


def recordings() -> list[Recording]:
    made = [("walk", stepping(90)), ("waving with the right hand", waving(70))]
    made += [("sit down on a chair", sitting_down()), ("Stand", standing(80))]
    return [
        Recording(f"r{i}", "made-up", action_of(label), len(clip), lambda clip=clip: clip)
        for i, (label, clip) in enumerate(made)
    ]


def test_a_join_keeps_limbs_feet_and_pace():
    for first, second in (
        (standing(40), waving(50)),
        (stepping(50), standing(50)),
        (standing(40), stepping(60)),
        (stepping(48), stepping(60)),
    ):
        turned = second @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]) + [3.0, 0, -2.0]
        joined = join(first, turned, blend=14, hold=6)
        assert len(joined) == len(first) + 6 + len(second)
        assert_possible(joined)
        assert foot_creep(joined) < 0.032
        assert slide_share(joined) == 0
        around = frame_jerks(joined)[len(first) - 4 : len(first) + 20]
        assert around.max() < LARGEST_JERK
        assert abs(np.diff(headings(joined))).max() < 0.2  # goes on the way it faced


def test_a_second_clip_far_away_would_jump_without_the_join():
    first, second = standing(40), waving(50) + [2.0, 0, 0]
    cut = np.concatenate([first, second])
    assert frame_jerks(cut).max() > LARGEST_JERK > frame_jerks(join(first, second)).max()


def test_a_foot_that_stands_in_both_clips_stays_where_it_is():
    first = standing(30)
    second = standing(40) + [0.02, 0, 0.03]
    joined = join(first, second, blend=8)
    assert np.abs(feet_of(joined)[29:] - feet_of(first)[-1]).max() < 0.012


def test_a_circle_closes_its_path_and_turns_once_around():
    walk = stepping(150)
    circle = bent(walk, turning(ways_gone(walk), 2 * np.pi), is_closed=True)
    assert_possible(circle)
    assert np.linalg.norm((circle[-1, 0] - circle[0, 0])[[0, 2]]) < 0.1
    assert np.degrees(headings(circle)[-1] - headings(circle)[0]) == pytest.approx(360, abs=12)
    assert foot_creep(circle) < 0.032
    assert slide_share(circle) < LARGEST_SLIDE / 2
    assert straightness(walk) > 0.99 > 0.5 > straightness(circle)


def test_a_path_that_bends_left_ends_on_the_left():
    walk = stepping(120)
    bends = turning(ways_gone(walk), np.pi / 2)
    left, right = bent(walk, bends)[-1, 0], bent(walk, -bends)[-1, 0]
    assert left[0] > 1 and right[0] < -1
    assert actions.turns_left(Body(bent(walk, bends)))


def test_a_longer_walk_goes_on_at_its_pace():
    walk = stepping(60)
    longer = extended(walk, 150)
    assert len(longer) == 150
    assert_possible(longer)
    assert foot_creep(longer) < 0.032
    assert longer[-1, 0, 2] - longer[0, 0, 2] == pytest.approx(149 * 0.05, rel=0.05)


def test_higher_steps_lift_the_feet_and_leave_what_stands():
    walk = stepping(80)
    high = lifted(walk, np.full((80, 2), 0.25))
    assert_possible(high)
    assert feet_of(high)[..., 1].max() > feet_of(walk)[..., 1].max() + 0.15
    planted = stances(walk)[:, 0]
    assert np.abs(high[planted, 10] - walk[planted, 10]).max() < 0.01


def test_a_higher_kick_lifts_its_foot_only():
    body = standing(40)
    feet = feet_of(body)
    swing = np.sin(np.pi * np.clip((np.arange(40) - 8) / 24, 0, 1))[:, None] ** 2
    feet[:, 0] += swing[:, None] * np.array([0, 0.6, 0.5])
    kick = stand_on(body, feet)
    higher = raised_kick(kick, 0, 0.2)
    assert_possible(higher)
    assert higher[:, 7, 1].max() > kick[:, 7, 1].max() + 0.1
    assert np.abs(higher[:, 8] - kick[:, 8]).max() < 0.02


def test_a_stretched_clip_has_the_length_asked_for_and_the_same_ends():
    walk = stepping(50)
    for frames in (30, 50, 90):
        other = stretched(walk, frames)
        assert len(other) == frames
        assert_possible(other)
        assert np.allclose(other[[0, -1]], walk[[0, -1]], atol=1e-6)
    assert np.allclose(resampled(walk, np.arange(50.0)), walk, atol=1e-6)


def test_sitting_down_backwards_is_standing_up():
    sitting = sitting_down()
    assert actions.sits_down(Body(sitting)) and not actions.stands_up(Body(sitting))
    rising = reversed_in_time(sitting)
    assert actions.stands_up(Body(rising)) and not actions.sits_down(Body(rising))
    library = Library([r for r in recordings() if r.action.name == "sit down"])
    draft = RECIPES["reverse"][0](library, np.random.default_rng(0))
    assert all("down" not in caption for caption in draft.captions)


def test_what_is_held_is_constant_in_a_stance_and_smooth_between():
    planted = np.array([0, 1, 1, 1, 0, 0, 0, 1, 1, 0], bool)
    held = held_offsets(planted, np.arange(10.0))
    assert (held[1:4] == 2).all() and (held[7:9] == 7).all()
    assert (np.diff(held[3:8]) > 0).all()


def test_every_named_pose_brings_the_hands_where_they_belong():
    body = standing(60)
    for pose in POSES:
        clip = posed(body, pose, start=5, stop=70)
        assert_possible(clip)
        assert frame_jerks(clip).max() < LARGEST_JERK, pose.name
        assert np.abs(clip[:5] - body[:5]).max() < 0.01, pose.name
        for side, hand in pose.hands.items():
            joint = hand.joint if isinstance(hand.joint, int) else hand.joint[side]
            if hand.movement is None and pose.name != "touch the toes":
                outward = 1 if side == 0 else -1
                place = clip[-1, joint] + np.array(hand.place) * [outward, 1, 1]
                assert np.linalg.norm(clip[-1, 20 + side] - place) < 0.06, pose.name


def test_hands_touch_the_toes_with_bent_trunk():
    pose = next(pose for pose in POSES if pose.name == "touch the toes")
    clip = posed(standing(60), pose, start=0, stop=70)
    reach = np.linalg.norm(clip[-1, [20, 21]] - clip[-1, [10, 11]], axis=-1)
    assert reach.max() < 0.27  # wrists; a hand is 19 cm long


def test_the_mirror_image_keeps_the_skeleton_and_swaps_the_words():
    action = action_of("waving with the right hand")
    piece = Piece(waving(50), action, action.phrases, action.reverse, "r1", 0.0)
    other = mirrored(piece)
    assert_possible(other.positions)
    assert actions.waves_right(Body(piece.positions)) and actions.waves_left(Body(other.positions))
    assert all("left" in phrase and "right" not in phrase for phrase in other.phrases)
    assert other.origin == "Mr1"
    assert np.allclose(mirror_image(mirror_image(piece.positions)), piece.positions, atol=1e-2)


def test_all_phrases_make_sentences_and_ing_forms():
    for phrase in [p for a in ACTIONS for p in a.phrases + a.reverse]:
        assert is_sentence(f"a person {phrase}".replace("{side}", "left")), phrase
        assert gerund(phrase).split()[0].rstrip(",").endswith("ing"), phrase
    for phrase in [p for pose in POSES for p in pose.phrases]:
        assert is_sentence(f"someone {phrase}"), phrase
    assert len(ACTIONS) >= 60


@pytest.mark.parametrize(
    ("phrase", "ing"),
    [
        ("claps", "clapping"),
        ("walks and stops", "walking and stopping"),
        ("walks, turns around and walks back", "walking, turning around and walking back"),
        ("lies down", "lying down"),
        ("crouches", "crouching"),
        ("sidesteps to the left", "sidestepping to the left"),
        ("takes long steps forward", "taking long steps forward"),
        ("cheers", "cheering"),
        ("kneels down and repairs something", "kneeling down and repairing something"),
    ],
)
def test_ing_forms(phrase, ing):
    assert gerund(phrase) == ing


def test_what_is_no_sentence_is_seen():
    assert is_sentence("after walking forward, a person waves.")
    for text in (
        "walking forward",
        "a person",
        "a person walking",
        "a person walks slowly slowly",
        "a person walks " + "and waves " * 12,
    ):
        assert not is_sentence(text), text


def test_labels_and_captions_name_their_action():
    assert action_of("kickLFront1Reps").phrases[0] == "kicks with the left leg"
    assert action_of("FrontKick").phrases[0] == "kicks with the right leg"
    assert action_of("punching (boxing)").name == "punch"
    assert action_of("something else") is None
    assert action_of_caption("A person walks forward.").name == "walk"
    assert "to the left" in action_of_caption("someone sidesteps to the left").phrases[0]
    assert action_of_caption("a person walks a dog") is None


def test_every_kind_is_composed_and_checked(folder):
    library_kinds = [
        kind for kind in RECIPES if kind not in ("counted", "spin", "kick", "ease")
    ]  # need more
    clips, report = compose_clips(recordings(), 40, shares=dict.fromkeys(library_kinds, 1.0))
    assert set(report.kept) == set(library_kinds)
    assert report.summary().startswith("composed: ")
    for clip in clips:
        assert clip.source == ("posed" if clip.kind in ("pose", "drawn") else "composed")
        assert clip.captions and all(map(is_sentence, clip.captions)), clip.captions
        assert clip.origins and 16 <= len(clip.positions) <= 196
        assert implausible(clip.positions.astype(np.float64)) is None
    with pytest.raises(ValueError, match="no kind of composition 'flight'"):
        compose_clips(recordings(), 1, shares={"flight": 1.0})


def test_the_same_seed_gives_the_same_clips():
    first, again, other = (compose_clips(recordings(), 12, seed=seed)[0] for seed in (3, 3, 4))
    assert [clip.captions for clip in first] == [clip.captions for clip in again]
    assert all(np.array_equal(a.positions, b.positions) for a, b in zip(first, again))
    assert [clip.captions for clip in first] != [clip.captions for clip in other]


def test_no_clip_of_val_or_test_is_ever_used(folder, tmp_path):
    report = compose(folder, tmp_path / "out", count=30, seed=1)
    rows = [json.loads(line) for line in open(tmp_path / "out" / "sources.jsonl")]
    train = set((folder / "train.txt").read_text().split())
    assert len(rows) == sum(report.kept.values()) > 20
    assert all(row["split"] == "train" for row in rows)
    assert {name.removeprefix("M") for row in rows for name in row["from"]} <= train
    assert set((tmp_path / "out" / "train.txt").read_text().split()) == {r["id"] for r in rows}
    with pytest.raises(FileNotFoundError, match="neither a feature store nor a folder"):
        compose(tmp_path, tmp_path / "other", count=1)


def test_prepare_reads_what_compose_wrote_and_composing_twice_changes_nothing(folder, tmp_path):
    out = tmp_path / "out"
    compose(folder, out, count=10)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    compose(folder, out, count=10)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert main([str(out), str(tmp_path / "store")]) == 0
    store = FeatureStore.open(tmp_path / "store")
    assert {clip.source for clip in store.clips} <= {"composed", "posed"}
    assert {clip.split for clip in store.clips} == {"train"}


def test_odd_lines_of_sources_are_noted_and_stay_as_they_are(folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "own")
    listed = own / "sources.jsonl"
    rows = [json.loads(line) for line in listed.read_text().splitlines()]
    rows[0]["person"] = {"name": "Zoë", "height": 1.6}
    odd = ["{", '{"source": "mine"}', '{"id": "walk0", "label": 5}']
    before = [*odd, *(json.dumps(row) for row in rows)]
    listed.write_text("\r\n".join(before), encoding="utf-16")

    report = compose(own, own, count=8)
    after = listed.read_text("utf-8").splitlines()
    composed = [json.loads(line) for line in after[len(before) :]]
    assert after[: len(before)] == before
    assert len(composed) == sum(report.kept.values()) > 0
    assert all(row["from"] and row["source"] in ("composed", "posed") for row in composed)
    assert len(report.notes) == len(odd)
    for number, (note, line) in enumerate(
        zip(report.notes, report.summary().splitlines()[2:], strict=True), start=1
    ):
        assert note == line and note.startswith(f"{listed}: a line left out: line {number} ")


def test_a_folder_is_read_by_the_same_rows_whoever_reads_it(folder, tmp_path, monkeypatch):
    """One reader of sources.jsonl, and ``prepare`` opens the file once."""
    opened = []

    def counted(path):
        opened.append(Path(path).name)
        return read_text_file(path)

    monkeypatch.setattr("motionlcm.data.origins.read_text_file", counted)
    prepare(folder, tmp_path / "store")
    assert opened == ["sources.jsonl"]
    store = FeatureStore.open(tmp_path / "store")
    rows = read_origins(folder).rows
    assert {clip.id: clip.label for clip in store.clips} == {
        name: row["label"] for name, row in rows.items()
    }


def test_prepare_composes_into_the_train_split(folder, tmp_path, capsys):
    assert main([str(folder), str(tmp_path / "plain")]) == 0
    assert main([str(folder), str(tmp_path / "more"), "--compose", "12", "--plain-captions"]) == 0
    assert "composed: " in capsys.readouterr().out
    plain, more = (FeatureStore.open(tmp_path / name) for name in ("plain", "more"))
    added = more.clips[len(plain.clips) :]
    assert [clip.id for clip in more.clips[: len(plain.clips)]] == [c.id for c in plain.clips]
    assert added and all(clip.split == "train" for clip in added)
    assert np.array_equal(more.mean, plain.mean) and np.array_equal(more.std, plain.std)
    clip = next(clip for clip in more.clips if clip.id == "walk0")
    assert any(is_sentence(caption.text) for caption in clip.captions[1:])
    untouched = next(clip for clip in more.clips if clip.id == "val0")
    assert len(untouched.captions) == 1
    assert main([str(folder), str(tmp_path / "none"), "--compose", "-1"]) == 2


def test_composed_clips_are_their_share_of_what_is_drawn():
    classes = [40, 3, 3, 9, 25, 1, 1, 60, 12, 5] * 6
    clips, _ = compose_clips(recordings(), 60, recorded_classes=classes)
    windows = []
    for number, size in enumerate(classes):
        clip = Clip("", "train", 0, 50, (Caption("x"),), "made-up", f"class {number}")
        windows += [clip] * size
    windows += [Clip(c.id, "train", 0, 50, (Caption("x"),), c.source, c.label) for c in clips]
    from motionlcm.data.store import Window

    weights = class_weights([Window(clip, 0, 50, ("x",)) for clip in windows])
    share = weights[sum(classes) :].sum()
    # Sixty clips cannot weigh more than sixty classes of one; else it is the share asked for.
    mass = np.sqrt(classes).sum()
    assert share == pytest.approx(min(SHARE, 60 / (60 + mass)), abs=0.05)


def test_plain_captions_say_what_is_measured():
    walk = Clip("w", "train", 0, 80, (Caption("a man goes"),), "made-up", "walk")
    texts = [c.text for c in with_plain_captions(walk, stepping(80)).captions]
    assert texts[0] == "a man goes" and all(map(is_sentence, texts[1:]))
    measured = ("four meters", "straight line")
    assert any(word in text for text in texts[1:] for word in measured)
    unknown = Clip("u", "train", 0, 80, (Caption("a man goes"),), "made-up", "unheard of")
    assert with_plain_captions(unknown, stepping(80)) is unknown


def test_each_defect_is_objected_to():
    body = stepping(60)
    assert implausible(body) is None
    stretched_arm = body.copy()
    stretched_arm[:, 21] += 0.1
    assert implausible(stretched_arm) == "limbs of another length"
    assert implausible(body - [0, 0.1, 0]) == "under the floor"
    jump = np.concatenate([body[:30], body[30:] + [0.3, 0, 0]])
    assert implausible(jump, joins=(30,)) == "jerk at a join"
    sliding = standing(60) + (0.04 * np.arange(60))[:, None, None] * [1.0, 0, 0]
    assert implausible(sliding) == "sliding feet"
    broken = body.copy()
    broken[3] = np.nan
    assert implausible(broken) == "not finite"


def test_walks_without_a_floor_are_joined_too():
    joined = join(walking(30, seed=1), walking(30, seed=2))
    assert np.isfinite(joined).all() and len(joined) == 60


def test_statistics_are_those_of_recorded_clips(folder, tmp_path):
    main([str(folder), str(tmp_path / "s"), "--compose", "6"])
    store = FeatureStore.open(tmp_path / "s")
    train = [c for c in store.clips if c.split == "train" and c.source == "made-up"]
    mean, std = feature_statistics([np.array(store.clip_features(clip)) for clip in train])
    assert np.allclose(store.mean, mean, atol=1e-6) and np.allclose(store.std, std, atol=1e-6)


def test_a_recordings_own_captions_say_which_side_it_is_on():
    action = action_of("standing shoulder abduction x1")
    assert all("right arm" in phrase for phrase in action.phrases)
    left = on_the_side_of(action, ["a person raises the left arm.", "someone lifts an arm"])
    assert all("left arm" in phrase and "right" not in phrase for phrase in left.phrases)
    assert on_the_side_of(action, ["he raises the right arm, then turns left"]) == action
    assert on_the_side_of(action, ["he raises one arm"]) == action
    walk = action_of("walk")
    assert on_the_side_of(walk, ["a person walks to the left"]) == walk
