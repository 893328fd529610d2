"""Training on two processes is training on one: parameters, files, resuming."""

import copy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from motionlcm.cli.train import main
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.store import FeatureStore
from motionlcm.training.processes import Processes
from motionlcm.training.stages import stage_names
from tests.conftest import REPOSITORY, TINY


def config_file(folder, *, steps, log_every=5):
    """A tiny config without dropout, in which every loss and the discriminator take part."""
    values = copy.deepcopy(TINY) | {"log_every": log_every, "paraphrases": 2}
    values["evaluator"]["model"]["dropout"] = 0.0
    values["vae"] |= {"latent_noise": 0.1, "foot_weight": 1.0}
    values["student"]["adversarial_weight"] = 0.5
    for stage in stage_names():
        values[stage] |= {"steps": steps, "validate_every": steps, "batch_size": 6, "warmup": 5}
    path = folder / "config.yaml"
    path.write_text(json.dumps(values))
    return path


def command(*arguments, launcher="torchrun"):
    """The command line of a training on two processes of this machine, or on one."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    starts = {
        "one": [],
        "torchrun": ["-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port", port],
        "accelerate": ["-m", "accelerate.commands.launch", "--cpu", "--num_processes=2"]
        + ["--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no"]
        + ["--main_process_port", port],
    }
    train = ["-m", "motionlcm.cli.train", *map(str, arguments)]
    return [sys.executable, *starts[launcher], *train]


def start(*arguments, launcher="torchrun"):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command(*arguments, launcher=launcher), env=environment, stderr=subprocess.PIPE, text=True
    )


def launch(*arguments, launcher="torchrun"):
    """Train; returns the exit code and what was printed as errors."""
    process = start(*arguments, launcher=launcher)
    errors = process.communicate(timeout=1500)[1]
    return process.returncode, errors


def parameters(run, stage):
    return torch.load(run / stage / "checkpoint.pt", weights_only=True)


def differences(one, two):
    """Largest difference between two nests of tensors of the same shape."""
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        return max((differences(one[name], two[name]) for name in one), default=0.0)
    if isinstance(one, list):
        return max((differences(a, b) for a, b in zip(one, two, strict=True)), default=0.0)
    return float((one - two).abs().max()) if isinstance(one, torch.Tensor) else 0.0


def rows(run, stage):
    lines = (run / stage / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    "accelerated",
    [False, pytest.param(True, marks=pytest.mark.slow)],
    ids=["torchrun", "accelerate"],
)
def test_two_processes_train_as_one_and_write_each_file_once(store, tmp_path, accelerated):
    config = config_file(tmp_path, steps=5)
    arguments = [config, f"data={store}", "stages=[evaluator]"]
    assert main([*map(str, arguments), f"output={tmp_path / 'one'}"]) == 0
    launcher = "accelerate" if accelerated else "torchrun"
    code, errors = launch(*arguments, f"output={tmp_path / 'two'}", launcher=launcher)
    assert code == 0, errors[-3000:]

    one, two = (parameters(tmp_path / name, "evaluator") for name in ("one", "two"))
    assert differences(one["model"], two["model"]) < 1e-5
    assert differences(one["ema"]["shadow"], two["ema"]["shadow"]) < 1e-5
    for a, b in zip(
        rows(tmp_path / "one", "evaluator"), rows(tmp_path / "two", "evaluator"), strict=True
    ):
        a.pop("steps_per_second", None), b.pop("steps_per_second", None)
        assert a == pytest.approx(b, abs=1e-4)


@pytest.mark.slow
def test_every_stage_on_two_processes_equals_one(store, tmp_path):
    config = config_file(tmp_path, steps=50)
    one = tmp_path / "one"
    assert main([str(config), f"data={store}", f"output={one}"]) == 0

    # each stage once more on two processes, from the same networks before it
    for stage in stage_names():
        two = tmp_path / stage
        trained = stage_names()[: stage_names().index(stage) + 1]
        for earlier in trained[:-1]:
            shutil.copytree(one / earlier, two / earlier)
        planned = f"stages=[{','.join(trained)}]"
        code, errors = launch(config, f"data={store}", f"output={two}", planned)
        assert code == 0, errors[-3000:]

        state, other = parameters(one, stage), parameters(two, stage)
        for part in ("model", "ema", "stage"):  # the last: target network and discriminator
            assert differences(state[part], other[part]) < 1e-5, (stage, part)
        assert len(rows(one, stage)) == len(rows(two, stage))
    assert (tmp_path / "student" / "model" / "pipeline.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "number", "then"),
    [("torchrun", signal.SIGTERM, "one"), ("one", signal.SIGKILL, "torchrun")],
)
def test_a_run_stopped_on_two_processes_goes_on_on_one_and_back(
    store, tmp_path, first, number, then
):
    config = config_file(tmp_path, steps=30)
    shared = [config, f"data={store}", "stages=[vae]", "checkpoint_minutes=0"]
    assert main([*map(str, shared), f"output={tmp_path / 'whole'}"]) == 0

    moved = [*shared, f"output={tmp_path / 'moved'}"]
    process = start(*moved, launcher=first)
    checkpoint = tmp_path / "moved" / "vae" / "checkpoint.pt"
    while not checkpoint.is_file() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=300)
    assert 0 < parameters(tmp_path / "moved", "vae")["progress"]["step"] < 30

    code, errors = launch(*moved, launcher=then)
    assert code == 0, errors[-3000:]
    one, two = (parameters(tmp_path / name, "vae") for name in ("whole", "moved"))
    assert differences(one["model"], two["model"]) < 1e-5
    assert [row["step"] for row in rows(tmp_path / "whole", "vae")] == [
        row["step"] for row in rows(tmp_path / "moved", "vae")
    ]


def test_shares_cover_a_batch_without_overlap_and_draw_the_noise_of_one():
    whole = Processes()
    whole.seed(3)
    like = torch.zeros(7, 2, 3)
    noise = whole.normal(7, like)
    covered, joined = [], torch.zeros_like(noise)
    for rank in range(3):
        share = Processes(rank, 3)
        share.seed(3)
        joined[share.rows] = share.normal(7, like[share.rows])
        covered += list(range(7))[share.rows]
    assert sorted(covered) == list(range(7)) and torch.equal(joined, noise)


def test_a_batch_that_cannot_be_shared_is_one_clear_line(store, tmp_path):
    config = config_file(tmp_path, steps=2)
    overrides = ["evaluator.batch_size=5", "stages=[evaluator]"]
    code, errors = launch(config, f"data={store}", f"output={tmp_path / 'run'}", *overrides)
    assert code != 0
    assert errors.count("must be a multiple of their number 2, got 5; nearest: 4") == 1


def test_a_mapped_store_gives_the_same_batches_and_stays_in_its_file(store):
    opened = FeatureStore.open(store)
    held = MotionDataset(opened, "train")
    mapped = MotionDataset(opened, "train", is_mapped=True)
    assert isinstance(mapped._rows, np.memmap)
    batches = [
        data.random_batch(np.random.default_rng(0), batch_size=8, crops=(32,))
        for data in (held, mapped)
    ]
    assert torch.equal(batches[0].features, batches[1].features)
    assert (held.array(3) == mapped.array(3)).all()
