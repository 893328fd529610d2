"""Kills trainings of all stages at random moments, and compares what comes out, bit for bit.

    python tests/training/kills.py --kills 40 --processes 1
    python tests/training/kills.py --kills 20 --processes 2

Each kill is SIGKILL to the command and all its processes, between its start and a few steps after
its first sign of life. torchrun gives its workers sessions of their own, so processes are found by
a mark in their environment (Linux). Not part of the suite: it takes about ten seconds of CPU a kill
and process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from motionlcm.data.prepare import prepare  # noqa: E402
from motionlcm.training.stages import stage_names  # noqa: E402
from tests.conftest import REPOSITORY, walking  # noqa: E402
from tests.training.test_processes import command, config_file  # noqa: E402

LATEST = 3.0  #: seconds after the first sign of life
MARK = "MOTIONLCM_KILLS"  #: a variable of the environment that tells a run's processes


def main() -> int:
    """Kill, go on, compare; the exit code is 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--steps", type=int, default=12, help="of each stage")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        config = config_file(place, steps=options.steps, log_every=2)
        arguments = [str(config), f"data={store_in(place)}", "checkpoint_minutes=0"]
        launcher = "one" if options.processes == 1 else "torchrun"

        whole = place / "whole"
        if start(arguments, whole, launcher).wait():
            print("the unbroken run failed")
            return 1

        rng, killed, round_number, faults = random.Random(options.seed), 0, 0, 0
        while killed < options.kills:
            round_number += 1
            broken = place / f"broken-{round_number}"
            killed += kill_until_done(arguments, broken, launcher, rng, options.kills - killed)
            words = difference(whole, broken)
            faults += bool(words)
            print(f"{killed} kills, {words or 'the same as the unbroken run'}", flush=True)
    return 1 if faults else 0


def store_in(place: Path) -> Path:
    """A store of made-up walks."""
    for name in ("joints", "texts"):
        (place / "motions" / name).mkdir(parents=True)
    for split, numbers in {"train": range(12), "val": range(12, 16)}.items():
        for i in numbers:
            motion = walking(30 + 7 * i, turn=0.02 * (i % 3 - 1), seed=i)
            np.save(place / "motions" / "joints" / f"{i:03d}.npy", motion)
            text = f"a person walks {('right', 'ahead', 'left')[i % 3]}.\n"
            (place / "motions" / "texts" / f"{i:03d}.txt").write_text(text)
        (place / "motions" / f"{split}.txt").write_text("".join(f"{i:03d}\n" for i in numbers))
    prepare(place / "motions", place / "store")
    return place / "store"


def start(arguments: list[str], output: Path, launcher: str) -> subprocess.Popen[bytes]:
    """Start a training whose processes all bear the name of its output."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    environment[MARK] = str(output)
    line = command(*arguments, f"output={output}", launcher=launcher)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(line, env=environment, stdout=quiet, stderr=quiet)


def kill_until_done(
    arguments: list[str], output: Path, launcher: str, rng: random.Random, most: int
) -> int:
    """Kill one run at most so often, then let it end. Returns how often it was killed."""
    killed = 0
    while True:
        before = signs(output)
        process = start(arguments, output, launcher)
        while killed < most and process.poll() is None and signs(output) == before:
            time.sleep(0.02)
        if killed < most:
            time.sleep(rng.uniform(0, LATEST))
        if killed == most or process.poll() is not None:
            if process.wait():
                raise SystemExit(f"a run ended with {process.returncode} and was not killed")
            return killed
        kill_all(process, output)
        killed += 1


def kill_all(process: subprocess.Popen[bytes], output: Path) -> None:
    """Kill a run's command and workers, those that are just being started too, until none lives."""
    end = time.monotonic() + 30
    while alive := processes_of(output):
        if time.monotonic() > end:
            raise SystemExit(f"processes {alive} outlived SIGKILL")
        for number in alive:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.poll()  # a command that ended is no longer listed
        time.sleep(0.02)
    process.wait()


def processes_of(output: Path) -> list[int]:
    """Numbers of the processes that bear the mark of a run and have not ended."""
    mark, found = f"{MARK}={output}".encode(), []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # of another user, or ended meanwhile
            if mark in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
    return found


def signs(output: Path) -> tuple[tuple[str, int], ...]:
    """Files of a run with their times of change: they tell that it lives."""
    paths = sorted(output.glob("*/*")) if output.is_dir() else []
    found = []
    for path in paths:
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except FileNotFoundError:  # renamed meanwhile
            continue
    return tuple(found)


def difference(whole: Path, broken: Path) -> str:
    """What differs between two runs' last weights and losses, or an empty text."""
    faults = []
    for stage in stage_names():
        weights = [
            torch.load(run / stage / "checkpoint.pt", weights_only=True)["model"]
            for run in (whole, broken)
        ]
        if any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0]):
            faults.append(f"{stage}: weights differ")

        first, second = (rows_of(run / stage) for run in (whole, broken))
        if [row.keys() for row in first] != [row.keys() for row in second]:
            faults.append(f"{stage}: other lines in the log")
        elif first != second:
            gaps = [
                abs(one[name] - other[name]) / max(abs(one[name]), 1e-9)
                for one, other in zip(first, second, strict=True)
                for name in one
            ]
            faults.append(f"{stage}: losses differ by {max(gaps):.1e} of their size")
    return "; ".join(faults)


def rows_of(folder: Path) -> list[dict[str, float]]:
    """The lines of a stage's log without what the clock says."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [{k: v for k, v in row.items() if k != "steps_per_second"} for row in rows]


if __name__ == "__main__":
    raise SystemExit(main())
