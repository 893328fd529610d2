"""A training that two processes share goes on exactly, wherever it was stopped."""

import json
import os
import socket

import numpy as np
import pytest
import torch
from torch import multiprocessing

from motionlcm.training import checkpoints
from motionlcm.training.config import StageConfig
from motionlcm.training.processes import Processes, start_processes
from motionlcm.training.stage import Stage
from motionlcm.training.trainer import Trainer

STEPS = 9
CONFIG = StageConfig(steps=STEPS, batch_size=6, validate_every=STEPS, warmup=2)


class Lines(Stage):
    """Many lines through random points: a loss for each, so that no rounding stays unseen."""

    name = "lines"

    def __init__(self):
        torch.manual_seed(1)
        self.config = CONFIG
        self.trained = torch.nn.Linear(1, 40)

    @classmethod
    def build(cls, context):
        return cls()

    def losses(self, rng):
        places = torch.from_numpy(rng.normal(size=(self.config.batch_size, 1))).float()
        rows = places[self.processes.rows]
        targets = self.processes.normal(len(places), rows.expand(-1, 40))
        errors = (self.trained(rows) - targets).square().mean(0)
        return {"loss": errors.sum(), **{f"line {i}": error for i, error in enumerate(errors)}}

    def validate(self, model):
        return {"score": float(model.weight.square().sum())}


class Stop(Exception):
    """A training that ends before its end."""


def train(folder, accelerator, *, stop=None, minutes=9.0):
    """Train the lines; leave without a word, as a kill does, behind ``stop`` steps."""
    trainer = Trainer(
        Lines(),
        CONFIG,
        folder,
        seed=3,
        accelerator=accelerator,
        checkpoint_minutes=minutes,
        log_every=4,
    )
    original = trainer.step

    def step():
        if trainer.progress.step == stop:
            raise Stop
        return original()

    trainer.step = step
    try:
        trainer.run()
    except Stop:
        trainer.interval.state(trainer.processes)  # as often as one likes
    return trainer


def work(rank, port, place):
    """One of two processes: an unbroken run, and one for each step that it was stopped behind."""
    world = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": 2}
    os.environ |= {name: str(value) for name, value in world.items()}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": port}
    torch.set_num_threads(1)

    accelerator = start_processes("no")
    train(place / "whole", accelerator)
    for number in range(1, STEPS):
        train(place / f"stopped-{number}", accelerator, stop=number, minutes=0)
        train(place / f"stopped-{number}", accelerator)
    train(place / "moved", accelerator, stop=6, minutes=0)
    check_figures(Processes.of(accelerator))
    torch.distributed.destroy_process_group()


def check_figures(processes):
    """Averages and parts of named numbers leave the numbers as they were."""
    own = {"loss": torch.tensor(1.0 + processes.rank), "b": torch.tensor(0.1)}
    assert processes.averaged(own)["loss"] == 1.5
    assert [part["loss"] for part in processes.of_all(own)] == [1.0, 2.0]
    assert own["loss"] == 1.0 + processes.rank and own["b"] == torch.tensor(0.1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The runs of two processes with gloo."""
    place = tmp_path_factory.mktemp("runs")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    multiprocessing.spawn(work, (port, place), nprocs=2)
    return place


def rows(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    values = [json.loads(line) for line in lines]
    return [{k: v for k, v in row.items() if k != "steps_per_second"} for row in values]


def weights(folder):
    """Network, its average and the optimiser's moments, as flat numbers."""
    state = checkpoints.read_checkpoint(folder)
    moments = [value for each in state["optimizer"]["state"].values() for value in each.values()]
    return [*state["model"].values(), *state["ema"]["shadow"], *moments]


@pytest.mark.parametrize("number", range(1, STEPS))
def test_a_run_of_two_stopped_behind_any_step_logs_and_ends_as_the_unbroken_one(runs, number):
    whole, stopped = runs / "whole", runs / f"stopped-{number}"
    assert rows(stopped) == rows(whole)
    for one, two in zip(weights(whole), weights(stopped), strict=True):
        assert torch.equal(one, two)


def test_a_run_of_two_that_goes_on_on_one_logs_the_same_to_rounding(runs):
    trainer = train(runs / "moved", start_processes("no"))
    assert trainer.processes.count == 1 and trainer.progress.step == STEPS
    for one, two in zip(rows(runs / "whole"), rows(runs / "moved"), strict=True):
        assert one == pytest.approx(two, rel=1e-5)
    for one, two in zip(weights(runs / "whole"), weights(runs / "moved"), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_a_checkpoint_that_holds_one_average_of_the_sums_is_read(runs):
    folder = runs / "moved"
    state = checkpoints.read_checkpoint(runs / "stopped-6")
    state["interval"] = {"count": 2, "sums": {"loss": torch.tensor(3.0)}}
    (folder / checkpoints.LAST).unlink(missing_ok=True)
    checkpoints.write_checkpoint(state, folder)
    trainer = Trainer(Lines(), CONFIG, folder, seed=3, accelerator=start_processes("no"))
    assert trainer.interval.means(trainer.processes) == {"loss": 1.5}
