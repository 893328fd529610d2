"""Preparing data: nothing is lost silently; windows, captions, mirrors."""

import json
import time

import numpy as np
import pytest

from motionlcm.cli.prepare import main
from motionlcm.data.captions import mirror_caption, read_captions
from motionlcm.data.dataset import MotionDataset, class_weights
from motionlcm.data.prepare import prepare
from motionlcm.data.store import (
    Caption,
    Clip,
    FeatureStore,
    Window,
    feature_statistics,
    span_frames,
)
from motionlcm.motion.features import encode_features, mirror_features
from tests.conftest import walking


def test_every_clip_is_in_the_store_or_named_in_the_report(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    good, short, bad = walking(50), walking(5), walking(30)
    bad[3] = np.nan
    flat = walking(40)
    flat[:, 3] = flat[:, 0]
    for name, array in {
        "good": good,
        "short": short,
        "nan": bad,
        "flat": flat,
        "shape": good[:, :5],
    }.items():
        np.save(source / f"{name}.npy", array)
    np.save(source / "pickle.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (source / "broken.bvh").write_text("HIERARCHY\nROOT hips\n{")
    (source / "good.txt").write_text("a person walks ahead\n")
    assert main([str(source), str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {row["clip"] for row in report["rejected"]} == {
        "short",
        "nan",
        "shape",
        "pickle",
        "broken",
    }
    assert any(row["clip"] == "flat" and "zero length" in row["reason"] for row in report["notes"])
    store = FeatureStore.open(tmp_path / "out")
    assert {clip.id for clip in store.clips} == {"good", "flat"} and report["accepted"] == 2
    clip = next(clip for clip in store.clips if clip.id == "good")
    assert np.allclose(store.clip_features(clip), encode_features(good), atol=1e-6)
    assert clip.captions == (Caption("a person walks ahead"),)


def test_long_recordings_are_cut_to_windows_that_cover_them():
    clip = Clip("long", "train", 0, 700, (Caption("dances"), Caption("bows", 10.0, 12.0)))
    store = FeatureStore(None, np.zeros((700, 1)), [clip], np.zeros(1), np.ones(1))
    windows = store.windows("train")
    covered = np.zeros(700, bool)
    for window in windows:
        assert window.frames <= 196
        if "dances" in window.captions:
            covered[window.start : window.start + window.frames] = True
    assert covered.all()
    spans = [(w.start, w.frames) for w in windows if "bows" in w.captions]
    assert spans == [(200, 40)]


def test_captions_are_read_with_their_times_and_mirrored_by_words(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "a man waves#a/DET man/NOUN#0.0#0.0\nhe sits#he/PRON#1.5#nan\n\nhe stands#x#2.0#4.0\n"
    )
    assert read_captions(path) == (
        Caption("a man waves"),
        Caption("he sits", 1.5),
        Caption("he stands", 2.0, 4.0),
    )
    assert (
        mirror_caption("Left hand, turns right clockwise")
        == "Right hand, turns left counterclockwise"
    )
    assert mirror_caption("a bright leftover") == "a bright leftover"


def test_statistics_are_those_of_clips_and_their_mirror_images():
    features = encode_features(walking(60, turn=0.1))
    mean, _ = feature_statistics([features])
    both = np.concatenate([features, mirror_features(features)])
    assert np.allclose(mean, both.mean(0), atol=1e-5)


def test_rare_classes_are_seen_more_often_than_their_share():
    windows = [
        Window(Clip(str(i), "train", 0, 9, (), label=("walk", "jump")[i == 0]), 0, 9, ("x",))
        for i in range(17)
    ]
    weights = class_weights(windows)
    assert np.isclose(weights[0], 4 * weights[1]) and np.isclose(weights.sum(), 1)


def test_clips_with_certain_words_are_drawn_more_often():
    clip = Clip("a", "train", 0, 9, (), label="x")
    windows = [
        Window(clip, 0, 9, (caption,))
        for caption in ("a man boxes", "a man walks", "a man throws punches")
    ]
    weights = class_weights(windows, boost={"punch|box": 4.0})
    assert np.allclose(weights, np.array([4, 1, 4]) / 9)


def test_clips_of_a_source_or_label_are_drawn_more_often():
    clips = [Clip("a", "train", 0, 9, (), "posed", "drawn 1 (nod)"), Clip("b", "train", 0, 9, ())]
    windows = [Window(clip, 0, 9, ("a man nods",)) for clip in clips]
    weights = class_weights(windows, boost={r"^posed: .*\(nod\)": 3.0})
    assert np.allclose(weights, [0.75, 0.25])


def test_batches_depend_on_the_random_generator_alone_and_padding_is_masked(store):
    dataset = MotionDataset(FeatureStore.open(store), "train")
    first, second = (
        dataset.random_batch(np.random.default_rng(5), batch_size=6, crops=(40,)) for _ in range(2)
    )
    assert np.array_equal(first.features, second.features) and first.features.shape[1] <= 40
    assert (first.features[~first.mask] == 0).all() and first.mask.any(1).all()


@pytest.mark.parametrize(("make", "words"), [(False, "no folder"), (True, "holds no motion")])
def test_a_folder_without_motion_is_one_clear_line(tmp_path, capsys, make, words):
    if make:
        (tmp_path / "in").mkdir()
    assert main([str(tmp_path / "in"), str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


def test_real_recordings_become_features_fast_enough(shared_data, tmp_path):
    import importlib.util

    spec = importlib.util.spec_from_file_location("unpack", shared_data / "mocap" / "unpack.py")
    unpack = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(unpack)
    clips = list(unpack.read_clips(shared_data / "mocap" / "clips.npz.xz").items())[::20]
    (tmp_path / "in").mkdir()
    for name, joints in clips:
        np.save(tmp_path / "in" / f"{name}.npy", joints)
    start = time.process_time()
    report = prepare(tmp_path / "in", tmp_path / "out")
    assert report.accepted == len(clips) and not report.rejected
    assert 20 * (time.process_time() - start) < 120  # seconds for all; 40 measured on a quiet core


def test_a_store_written_in_humanml3ds_layout_is_read_back_equal(store, tmp_path):
    from motionlcm.cli.convert import main as convert

    assert convert([str(store), str(tmp_path / "humanml")]) == 0
    prepare(tmp_path / "humanml", tmp_path / "again", min_frames=8)  # its own protocol asks for 40
    first, second = FeatureStore.open(store), FeatureStore.open(tmp_path / "again")
    assert {(c.id, c.split, c.captions) for c in first.clips} == {
        (c.id, c.split, c.captions) for c in second.clips
    }
    assert np.array_equal(np.sort(first.features, axis=0), np.sort(second.features, axis=0))
    assert np.allclose(np.load(tmp_path / "humanml" / "Mean.npy"), first.mean)
    clip = first.clips[0]
    assert np.load(tmp_path / "humanml" / "new_joints" / f"{clip.id}.npy").shape == (
        clip.frames,
        22,
        3,
    )


def test_a_store_of_some_sources_only(tmp_path, capsys):
    rows = []
    for name, origin in (("a", "mine"), ("b", "theirs")):
        np.save(tmp_path / f"{name}.npy", walking(40 + len(rows)))
        rows.append(json.dumps({"id": name, "source": origin}))
    (tmp_path / "sources.jsonl").write_text("\n".join(rows))
    assert main([str(tmp_path), str(tmp_path / "store"), "--sources", "mine"]) == 0
    assert [json.loads(line)["id"] for line in (tmp_path / "store/clips.jsonl").open()] == ["a"]
    assert main([str(tmp_path), str(tmp_path / "store2"), "--sources", "mine,others"]) != 0
    assert "'others'; sources.jsonl names mine, theirs" in capsys.readouterr().err


def test_an_odd_line_of_sources_is_noted_and_the_others_count(tmp_path):
    np.save(tmp_path / "a.npy", walking(40))
    odd = ["[]", "{", '{"source": "mine"}', '{"id": 3}', '{"id": "a", "source": 5}']
    good = json.dumps({"id": "a", "source": "mine", "label": "walk"})
    (tmp_path / "sources.jsonl").write_text("\n".join([*odd, good]))
    report = prepare(tmp_path, tmp_path / "store")
    (clip,) = FeatureStore.open(tmp_path / "store").clips
    assert (clip.source, clip.label) == ("mine", "walk")
    reasons = [note["reason"] for note in report.notes if note["clip"] == "sources.jsonl"]
    assert len(reasons) == len(odd)
    assert all(f"line {number}" in reason for number, reason in enumerate(reasons, start=1))


def test_a_caption_of_times_past_all_numbers_is_that_of_the_end():
    assert span_frames(Caption("walks", 1e308, 1.5e308), 40, 20.0) == (39, 40)
    assert span_frames(Caption("walks", 0.5, 1e308), 40, 20.0) == (10, 40)


def test_clips_that_hang_in_the_air_are_left_out_when_asked(tmp_path):
    for name, height, stop in (("hangs", 0.6, 50), ("hops", 0.6, 28), ("walks", 0.0, 0)):
        clip = walking(60)
        clip[20:stop, :, 1] += height
        np.save(tmp_path / f"{name}.npy", clip)
    (tmp_path / "train.txt").write_text("hangs\nhops\nwalks\n")
    report = prepare(tmp_path, tmp_path / "store", grounded=True)
    assert [row["clip"] for row in report.rejected] == ["hangs"] and "1.5 s" in report.rejected[0][
        "reason"
    ]
    assert prepare(tmp_path, tmp_path / "store2").accepted == 3
