"""Folders of HumanML3D and KIT-ML: statistics, spans, short clips, mirrored copies, units."""

import json

import numpy as np
import pytest

from motionlcm.cli.prepare import main
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.prepare import prepare
from motionlcm.data.store import FeatureStore, mirrored_pairs
from motionlcm.motion.features import decode_positions, encode_features, mirror_features
from motionlcm.motion.layout import HUMANML, KIT, FeatureLayout, layout_of
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import KIT_21
from tests.conftest import walking
from tests.published import (
    TOKENS,
    kit_features,
    kit_walk,
    write_clip,
    write_humanml,
    write_kit,
    write_splits,
)


@pytest.fixture(scope="module")
def humanml(tmp_path_factory):
    return write_humanml(tmp_path_factory.mktemp("humanml"))


@pytest.fixture(scope="module")
def humanml_store(humanml, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "humanml"
    prepare(humanml, folder)
    return FeatureStore.open(folder)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return write_kit(tmp_path_factory.mktemp("kit"))


def test_the_folders_own_statistics_and_features_are_used_and_the_report_says_so(
    humanml, humanml_store, capsys
):
    assert np.array_equal(humanml_store.mean, np.load(humanml / "Mean.npy"))
    assert np.array_equal(humanml_store.std, np.load(humanml / "Std.npy"))
    assert (
        "own Mean.npy"
        in json.loads((humanml_store.folder / "report.json").read_text())["statistics"]
    )
    for clip in humanml_store.clips:
        published = np.load(humanml / "new_joint_vecs" / f"{clip.id}.npy")
        assert np.array_equal(humanml_store.clip_features(clip), published)
    dataset = MotionDataset(humanml_store, "test")
    raw = dataset.array(0)
    batch = dataset.collate([raw])
    assert np.allclose(batch.features[0], (raw - humanml_store.mean) / humanml_store.std, atol=1e-6)


def test_without_mean_and_std_they_are_made_from_the_clips(tmp_path):
    write_clip(tmp_path / "in", "000001", encode_features(walking(60)), ["walks#a/DET#0.0#0.0"])
    report = prepare(tmp_path / "in", tmp_path / "out")
    assert report.statistics == "made from the clips" and "made from the clips" in report.summary()


@pytest.mark.parametrize(
    ("mean", "std", "words"),
    [
        (np.zeros(251), np.ones(263), "263 finite numbers"),
        (np.full(263, np.nan), np.ones(263), "finite"),
        (np.zeros(263), np.zeros(263), "must be positive"),
        (np.array([{"a": 1}]), np.ones(263), "not a readable npy"),
    ],
)
def test_damaged_statistics_are_one_clear_line(tmp_path, capsys, mean, std, words):
    write_clip(tmp_path / "in", "000001", encode_features(walking(60)), ["walks#a/DET#0.0#0.0"])
    np.save(tmp_path / "in" / "Mean.npy", mean, allow_pickle=True)
    np.save(tmp_path / "in" / "Std.npy", std)
    assert main([str(tmp_path / "in"), str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_captions_with_times_become_windows_of_their_own(humanml_store):
    windows = [w for w in humanml_store.windows("train") if w.clip.id == "000003"]
    clip = windows[0].clip
    found = {(w.start, w.frames): w.captions for w in windows}
    assert found == {
        (0, clip.frames): ("a person walks right.",),
        (10, 42): ("he goes right",),
    }  # 0.5 to 2.6 s


def test_short_and_broken_clips_and_spans_are_named_in_the_report(tmp_path):
    good, broken = encode_features(walking(60)), encode_features(walking(60))
    broken[7, 100] = np.nan
    spans = ["he walks#a/DET#0.0#0.0", "he steps#a/DET#1.0#2.0"]  # 20 frames: too few
    write_clip(tmp_path / "in", "000001", good, spans)
    write_clip(tmp_path / "in", "000002", good[:39], spans[:1])
    write_clip(tmp_path / "in", "000003", good[:40], spans[:1])
    write_clip(tmp_path / "in", "007975", broken, spans[:1])
    write_clip(tmp_path / "in", "000005", good, spans[1:])
    write_clip(tmp_path / "in", "000006", kit_features(kit_walk(60)), spans[:1])
    (tmp_path / "in" / "texts" / "000007.txt").unlink(missing_ok=True)
    np.save(tmp_path / "in" / "new_joint_vecs" / "000007.npy", good)
    report = prepare(tmp_path / "in", tmp_path / "out")
    reasons = {row["clip"]: row["reason"] for row in report.rejected}
    assert set(reasons) == {"000002", "000005", "000006", "000007", "007975"}
    assert (
        "39 frames, at least 40" in reasons["000002"]
        and "not finite: 1 frames" in reasons["007975"]
    )
    assert (
        "all speak of less than 40" in reasons["000005"]
        and "another kind: 251" in reasons["000006"]
    )
    assert "no caption" in reasons["000007"]  # a number is no caption
    assert any(row["clip"] == "000001" and "he steps" in row["reason"] for row in report.notes)
    windows = [w for split in ("train", "val", "test") for w in _windows(tmp_path / "out", split)]
    assert sorted((w.clip.id, w.captions) for w in windows) == [
        ("000001", ("he walks",)),
        ("000003", ("he walks",)),
    ]
    assert prepare(tmp_path / "in", tmp_path / "again", min_frames=20).accepted == 4


def test_a_clip_of_199_frames_is_one_window_and_a_longer_one_is_cut(tmp_path):
    features = encode_features(walking(260)).astype(np.float32)
    for name, frames in {"000001": 199, "000002": 200}.items():
        write_clip(tmp_path / "in", name, features[:frames], ["walks#a/DET#0.0#0.0"])
    write_splits(tmp_path / "in", {"train": ["000001", "000002"]})
    prepare(tmp_path / "in", tmp_path / "out")
    windows = [(w.clip.id, w.start, w.frames) for w in _windows(tmp_path / "out", "train")]
    assert windows == [("000001", 0, 196), ("000002", 0, 196), ("000002", 4, 196)]
    (tmp_path / "out" / "store.json").unlink()  # a store from before: as before
    assert [w.start for w in _windows(tmp_path / "out", "train")] == [0, 3, 0, 4]


def test_real_features_of_humanml3d_with_its_real_statistics(shared_data, tmp_path):
    reference = shared_data / "reference"
    features = np.load(reference / "012314_new_joint_vecs.npy")
    write_clip(
        tmp_path / "in", "012314", features, [f"a person walks#{TOKENS.format('ahead')}#0.0#0.0"]
    )
    write_splits(tmp_path / "in", {"test": ["012314"]})
    for name in ("Mean.npy", "Std.npy"):
        np.save(tmp_path / "in" / name, np.load(reference / name))
    prepare(tmp_path / "in", tmp_path / "out")
    store = FeatureStore.open(tmp_path / "out")
    assert np.array_equal(store.mean, np.load(reference / "Mean.npy")) and store.layout == HUMANML
    assert np.array_equal(store.std, np.load(reference / "Std.npy"))
    joints = decode_positions(store.clip_features(store.clips[0]), store.layout)
    assert np.allclose(
        joints, np.load(reference / "012314_new_joints.npy")[: len(joints)], atol=1e-3
    )
    assert store.published_windows("test")[0].tokens[0].startswith("a/DET person/NOUN")


def _windows(folder, split):
    return FeatureStore.open(folder).windows(split)


def test_mirrored_copies_are_known_by_their_names():
    assert mirrored_pairs(["000001", "M000001", "000002"]) == {"000001", "M000001"}
    assert mirrored_pairs(["M000004"]) == {"M000004"}  # its original was left out
    assert mirrored_pairs(["March", "arch", "Marathon"]) == {
        "March",
        "arch",
    } and not mirrored_pairs(["Marathon"])


def test_clips_whose_mirrored_copies_are_there_are_not_mirrored_again(humanml_store):
    both = MotionDataset(humanml_store, "train")
    assert not both.is_mirrorable.any()
    rng = np.random.default_rng(0)
    assert not both.random_sides(rng, np.arange(len(both))).any()
    known = [both.collate([both.array(i)]).features[0] for i in range(len(both))]
    batch = both.random_batch(np.random.default_rng(1), batch_size=8, crops=(300,))
    for features, mask in zip(batch.features, batch.mask, strict=True):
        assert any(
            len(k) == mask.sum() and np.allclose(features[mask], k, atol=1e-5) for k in known
        )
    alone = FeatureStore(
        humanml_store.folder,
        humanml_store.features,
        [clip for clip in humanml_store.clips if not clip.id.startswith("M")],
        humanml_store.mean,
        humanml_store.std,
    )
    dataset = MotionDataset(alone, "train")
    assert dataset.is_mirrorable.all()
    index, zero = np.array([2]), np.array([0])
    batch = dataset.batch(
        index, starts=zero, lengths=dataset.lengths[index], sides=np.array([True])
    )
    mirrored = mirror_features(dataset.array(2))
    assert np.allclose(
        batch.features[0], (mirrored - alone.mean) / alone.std, atol=1e-4
    )  # with any mean and std


def test_a_clip_and_its_copy_share_a_split_where_no_file_tells(tmp_path):
    features = encode_features(walking(60))
    for i in range(40):
        for name in (f"{i:06d}", f"M{i:06d}"):
            write_clip(tmp_path / "in", name, features, ["walks#a/DET#0.0#0.0"])
    prepare(tmp_path / "in", tmp_path / "out")
    splits = {clip.id: clip.split for clip in FeatureStore.open(tmp_path / "out").clips}
    assert all(splits[name] == splits[f"M{name}"] for name in splits if name[0] != "M")
    assert len(set(splits.values())) > 1


def test_a_kit_store_knows_its_body_its_frame_rate_and_its_unit(kit, tmp_path):
    report = prepare(kit, tmp_path / "store")
    store = FeatureStore.open(tmp_path / "store")
    assert store.layout == KIT and (
        store.layout.dim,
        store.layout.num_joints,
        store.layout.fps,
    ) == (251, 21, 12.5)
    assert report.accepted == 18 and np.isclose(report.seconds, report.frames / 12.5)
    assert np.array_equal(store.std, np.load(kit / "Std.npy"))
    clip = store.clips[3]
    truth = kit_walk(clip.frames + 1, speed=0.1, seed=3)[:-1]
    assert np.allclose(
        decode_positions(store.clip_features(clip), store.layout), truth, atol=1e-4
    )  # metres
    write_clip(
        kit.parent / "short", "00001", store.clip_features(clip)[:23], ["walks#a/DET#0.0#0.0"]
    )
    with pytest.raises(ValueError, match="too short"):
        prepare(kit.parent / "short", tmp_path / "none")


def test_spans_of_kit_are_counted_at_its_own_frame_rate(tmp_path):
    features = kit_features(kit_walk(100))
    write_clip(tmp_path / "in", "00001", features, [f"walks#{TOKENS}#2.0#6.0"])
    write_splits(tmp_path / "in", {"train": ["00001"]})
    prepare(tmp_path / "in", tmp_path / "out")
    assert [(w.start, w.frames) for w in _windows(tmp_path / "out", "train")] == [(25, 50)]


def test_layouts_are_told_by_width_and_height_of_the_pelvis():
    assert layout_of(encode_features(walking(20))) == HUMANML
    features = kit_features(kit_walk(20))
    assert layout_of(features) == KIT
    assert (
        layout_of(features * 0.00175).metres_per_unit == 1
    )  # somebody's KIT-like features in metres
    with pytest.raises(ValueError, match="got 262"):
        layout_of(np.zeros(262))


def test_the_columns_of_kit_fill_all_251_and_the_chains_are_those_published():
    parts = FeatureLayout(21).parts
    assert parts[0].start == 0 and parts[-1].stop == 251
    assert all(a.stop == b.start for a, b in zip(parts, parts[1:], strict=False))
    assert KIT_21.parents == (
        -1,
        0,
        1,
        2,
        3,
        3,
        5,
        6,
        3,
        8,
        9,
        0,
        11,
        12,
        13,
        14,
        0,
        16,
        17,
        18,
        19,
    )
    assert [KIT_21.mirror_order[j] for j in (0, 4, 5, 7, 11, 15, 20)] == [0, 4, 8, 10, 16, 20, 15]


def test_mirrored_kit_features_are_those_of_the_mirrored_body():
    positions = kit_walk(30, seed=2)
    positions[:, KIT_21.index("left_wrist"), 0] += 0.2  # not symmetric
    mirrored = Motion(positions, 12.5, skeleton=KIT_21).mirrored().positions
    made = mirror_features(kit_features(positions))
    assert np.allclose(made, kit_features(mirrored), atol=1e-2)  # units of 1.75 mm
    assert np.array_equal(mirror_features(made), kit_features(positions))


def test_focus_on_kit_is_one_clear_line(kit, tmp_path, capsys):
    assert main([str(kit), str(tmp_path / "out"), "--focus"]) == 2
    assert "22 joints only" in capsys.readouterr().err
