"""The table of steering: its paths, its rows, and what it says of exactness."""

import inspect
import json
import shutil

import numpy as np
import pytest
import torch

from motionlcm import MotionPipeline
from motionlcm.cli.evaluate import main
from motionlcm.evaluation.control import evaluate_control, paths_of_recordings, shapes
from motionlcm.evaluation.protocol import Protocol
from motionlcm.models.embedder import TextMotionEmbedder


def test_paths_are_of_length_one_and_begin_ahead():
    for name, points in shapes().items():
        steps = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        assert 0.9 < steps.sum() < 1.01, name
        assert np.allclose(points[0], 0)
        assert points[1, 1] > 0


@pytest.mark.slow
def test_every_row_is_exact_and_stands_beside_the_free_motion():
    pipeline = MotionPipeline.from_pretrained("small", device="cpu")
    rows = evaluate_control(pipeline, effort="preview", num_seeds=1, ratios=(1.0,))
    assert next(iter(rows)) == "free"
    for name, row in rows.items():
        if name != "free":
            assert row["error_mm"] < 5, name
            assert "free jerk" in row


def test_recordings_give_paths_too(tiny_model, store):
    pipeline = MotionPipeline.from_pretrained(tiny_model)
    protocol = Protocol(pipeline, store, "test")
    rows = paths_of_recordings(pipeline, protocol, effort="preview")
    assert rows["test paths"]["error_mm"] < 1
    assert {"FID", "R@3"} <= set(rows["free"])


def test_the_evaluator_that_is_named_judges_recorded_paths(tiny_model, store, tmp_path, capsys):
    other = tmp_path / "other" / "evaluator"
    shutil.copytree(tiny_model / "evaluator", other)
    config = json.loads((other / "config.json").read_text())
    torch.manual_seed(1)
    names = set(inspect.signature(TextMotionEmbedder).parameters)
    changed = TextMotionEmbedder(**{name: config[name] for name in names & set(config)})
    changed.save_pretrained(other)

    parts = ["--control", "preview", "--control-parts", "recordings", "--data", str(store)]
    rows = []
    for number, flags in enumerate(([], ["--evaluator", str(other)])):
        path = tmp_path / f"{number}.json"
        assert main([str(tiny_model), *parts, *flags, "--json", str(path), "--debug"]) == 0
        rows.append(json.loads(path.read_text())["control"])
    assert list(rows[0]) == ["free, captions of the split", "paths of the split"]
    assert all(rows[0][name]["FID"] != pytest.approx(rows[1][name]["FID"]) for name in rows[0])
    capsys.readouterr()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--control", "--control-parts", "path"], "must be some of paths,timelines,long"),
        (["--speed", "--control-parts", "paths"], "give that, too"),
        (["--control", "--control-parts", "paths,recordings"], "give --data STORE"),
    ],
)
def test_parts_that_cannot_be_measured_are_refused(flags, words, capsys):
    assert main(["small", *flags]) == 2
    assert words in capsys.readouterr().err
