"""The quality protocol and the probes, on a tiny trained model through the real command."""

import json
import shutil

import numpy as np
import pytest

from motionlcm.cli.evaluate import main
from motionlcm.evaluation.probes import PROBES, real_shares, run_probes
from motionlcm.evaluation.protocol import Protocol
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.models.embedder import TextMotionEmbedder


@pytest.fixture(scope="module")
def protocol(tiny_model, store):
    return Protocol(MotionPipeline.from_pretrained(tiny_model), store, "test")


def test_the_command_prints_one_table_and_writes_json(tiny_model, store, tmp_path, capsys):
    target = tmp_path / "figures.json"
    arguments = [
        str(tiny_model),
        "--data",
        str(store),
        "--split",
        "test",
        "--steps",
        "1,2",
        "--teacher",
    ]
    assert main([*arguments, "--replications", "2", "--json", str(target), "--debug"]) == 0
    figures = json.loads(target.read_text())["quality"]
    rows = figures["rows"]
    assert list(rows) == [
        "real",
        "VAE reconstruction",
        "teacher, 50 steps",
        "student, 1 step",
        "student, 2 steps",
    ]
    for name in ("R@1", "R@3", "FID", "MM-Dist", "Diversity", "skate ratio"):
        assert all(np.isfinite(row[name]).all() for row in rows.values())
    printed = capsys.readouterr().out
    assert "student, 2 steps" in printed and "MultiModality" in printed
    assert rows["real"]["FID"][0] < 1e-6 and "MultiModality" in rows["student, 1 step"]
    errors = figures["vae"]
    assert errors["MPJPE root-aligned, mm"] > 0 and "VAE MPJPE root-aligned, " in printed
    assert (
        rows["teacher, 50 steps"]["guidance scale"][0] == 1.75
        and rows["student, 1 step"]["guidance scale"][0] == 1.5
    )


def test_fewer_clips_are_the_same_ones_each_time(protocol, store):
    drawn = [Protocol(protocol.pipeline, store, "train", num_clips=3) for _ in range(2)]
    names = [[window.clip.id for window in each.dataset.windows] for each in drawn]
    assert len(names[0]) == 3 and names[0] == names[1]
    assert len(Protocol(protocol.pipeline, store, "test", num_clips=10_000).real) == len(
        protocol.real
    )


def test_what_cannot_be_judged_is_said_before_anything_long(tiny_model, store, tmp_path, capsys):
    given = ["--data", str(store), "--split", "test"]
    assert main([str(tiny_model), *given, "--clips", "1"]) == 2
    assert "at least 2 clips must be judged, got 1" in capsys.readouterr().err
    model = shutil.copytree(
        tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns("teacher")
    )
    assert main([str(model), *given, "--teacher"]) == 2
    assert "holds no teacher; give its folder" in capsys.readouterr().err


def test_real_motion_is_not_nearest_to_itself_in_training(protocol):
    assert protocol.nearest_training_clip(protocol.real) > 0.001
    train = [
        protocol.store.clip_features(clip) for clip in protocol.store.clips if clip.split == "train"
    ]
    assert protocol.nearest_training_clip(train[:3]) < 1e-3


def test_the_same_seed_makes_the_same_clips_and_another_seed_others(protocol):
    everything = range(len(protocol.captions))
    first, again = (protocol.generate(everything, 3, steps=1, scale=2.0) for _ in range(2))
    other = protocol.generate(everything, 4, steps=1, scale=2.0)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert [len(a) for a in first] == [w.frames for w in protocol.dataset.windows]


def test_what_is_judged_is_what_users_get(protocol):
    (clip,) = protocol.generate([2], 0, steps=2, scale=2.0)
    seconds = protocol.frames[2] / protocol.layout.fps
    (motion,) = protocol.pipeline(
        protocol.captions[2], seconds=seconds, steps=2, guidance_scale=2.0, seed=2
    )
    assert np.array_equal(clip, motion.features)


def test_vectors_do_not_depend_on_what_else_is_in_the_batch(protocol):
    together = protocol.embed(protocol.real)
    alone = np.concatenate([protocol.embed([array]) for array in protocol.real])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=-1), 1, atol=1e-5)
    assert isinstance(protocol.evaluator, TextMotionEmbedder) and not protocol.evaluator.training


def test_probes_count_what_they_see(tiny_model, store):
    report = run_probes(MotionPipeline.from_pretrained(tiny_model), num_seeds=1)
    assert (
        set(report.passed) == {probe.name for probe in PROBES} == set(report.held_out)
        and 0 <= report.share <= 1
    )
    further = [count for prompts in report.held_out.values() for count, _ in prompts.values()]
    assert report.held_out_share == sum(further) / 105 and all(
        len(prompts) == 5 for prompts in report.held_out.values()
    )
    assert report.physical["clips with limbs within 5 %"] == 1
    assert report.physical["clips within 3 cm of the floor"] == 1
    assert all(
        total == 0 for _, total in real_shares(store, "test").values()
    )  # its clips have no labels
    assert len({prompt for probe in PROBES for prompt in probe.prompts}) >= 16


def test_real_clips_of_a_class_pass_its_probe(shared_data, tmp_path):
    from motionlcm.data.prepare import prepare

    positions = np.load(shared_data / "reference" / "012314_new_joints.npy")
    for name in ("joints", "texts"):
        (tmp_path / name).mkdir()
    np.save(tmp_path / "joints" / "a.npy", positions)
    (tmp_path / "texts" / "a.txt").write_text("a person walks#a/DET#0.0#0.0\n")
    (tmp_path / "train.txt").write_text("a\n")
    (tmp_path / "sources.jsonl").write_text('{"id": "a", "label": "walk (x)", "source": "y"}\n')
    prepare(tmp_path, tmp_path / "store")
    shares = real_shares(tmp_path / "store", "train")
    assert shares["walks forward"][1] == 1 and json.loads(json.dumps(shares))


def test_nothing_to_do_and_wrong_counts_are_one_clear_line(tiny_model, store, capsys):
    main([str(tiny_model)])
    assert "nothing to do" in capsys.readouterr().err
    main([str(tiny_model), "--data", str(store), "--steps", "1,x"])
    assert "--steps must be numbers" in capsys.readouterr().err
    main([str(tiny_model), "--data", str(store), "--replications", "0"])
    assert "--replications" in capsys.readouterr().err
    main([str(tiny_model), "--probes", "--seeds", "0"])
    assert "--seeds must be at least 1" in capsys.readouterr().err
