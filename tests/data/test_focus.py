"""Captions with times for long recordings."""

import numpy as np

from motionlcm.data.focus import focus_captions
from motionlcm.data.prepare import prepare
from motionlcm.data.store import Caption, FeatureStore
from tests.conftest import walking
from tests.data.test_compose import sitting_down
from tests.data.test_exercises_at_ease import with_hands_up


def standing(frames: int) -> np.ndarray:
    pose = walking(1)[0]
    return np.repeat((pose - [0, pose[:, 1].min(), 0])[None], frames, axis=0)


def jumping(frames: int, at: int) -> np.ndarray:
    clip = standing(frames)
    clip[at : at + 10] += (
        np.array([0, 1, 0]) * (0.4 * np.sin(np.linspace(0, np.pi, 10)))[:, None, None]
    )
    return clip


def walk_and_jump() -> np.ndarray:
    walk = walking(150, speed=0.06)
    walk[..., 1] -= walk[..., 1].min((1,))[:, None]  # feet on the floor in every frame
    return np.concatenate([walk, jumping(60, 25)])


def test_a_named_action_is_found_where_it_is():
    captions = [Caption("a man walks, jumps and turns")]
    found = focus_captions(walk_and_jump(), captions)
    jumps = [caption for caption in found if "jump" in caption.text]
    assert len(jumps) == 4 and all(
        caption.start < 170 / 20 and caption.end > 190 / 20 for caption in jumps
    )


def test_an_action_that_nobody_named_is_not_added_and_short_or_timed_clips_are_left_alone():
    clip = walk_and_jump()
    assert not any("jump" in c.text for c in focus_captions(clip, [Caption("a man walks")]))
    assert focus_captions(jumping(60, 25), [Caption("a man jumps")]) == []
    assert focus_captions(clip, [Caption("a man jumps", 1.0, 2.0)]) == []


def test_prepare_focuses_the_train_split_only(tmp_path):
    for name in ("joints", "texts"):
        (tmp_path / name).mkdir()
    clip = walk_and_jump()
    for i, split in enumerate(("train", "val")):
        np.save(tmp_path / "joints" / f"{i}.npy", clip)
        (tmp_path / "texts" / f"{i}.txt").write_text("a man walks and jumps#a/DET#0.0#0.0\n")
        (tmp_path / f"{split}.txt").write_text(f"{i}\n")
    prepare(tmp_path, tmp_path / "store", focus=True)
    store = FeatureStore.open(tmp_path / "store")
    assert any("jump" in w.captions[0] and w.frames == 44 for w in store.windows("train"))
    assert {w.captions for w in store.windows("val")} == {("a man walks and jumps",)}


def test_hands_that_are_up_meanwhile_are_said():
    sits = np.concatenate([standing(60), sitting_down()])
    sits = np.concatenate([sits, np.repeat(sits[-1:], 150 - min(len(sits), 149), axis=0)])
    for body, is_said in ((sits, False), (with_hands_up(sits), True)):
        found = focus_captions(body, [Caption("a person sits down on a chair")])
        texts = [caption.text for caption in found if "sit" in caption.text]
        assert len(texts) == 3
        assert all(text.endswith("with both hands up at head height.") == is_said for text in texts)
