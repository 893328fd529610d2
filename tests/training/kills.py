"""Kills trainings of all stages at random moments, and compares what comes out, bit for bit.

    python tests/training/kills.py --kills 20 --processes 1
    python tests/training/kills.py --kills 20 --processes 2
    python tests/training/kills.py --kills 10 --processes 2 1
    python tests/training/kills.py --kills 4 --processes 2 --stage student

Each kill is SIGKILL to the command and all its processes, at a random moment after a random number
of changes to its files, so that all stages get their share, or to those of one stage. With two numbers of processes a killed
run goes on with the other one in turn, and what comes out is the same to rounding only. torchrun
gives its workers sessions of their own, so processes are found by a mark in their environment
(Linux). Not part of the suite: it takes about ten seconds of CPU a kill and process.
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
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from motionlcm.data.prepare import prepare  # noqa: E402
from motionlcm.training.stages import stage_names  # noqa: E402
from tests.conftest import REPOSITORY, walking  # noqa: E402
from tests.training.test_processes import command, config_file  # noqa: E402

LATEST = 0.3  #: seconds after the last of them
ROUNDING = 1e-5  #: what weights differ by less than where the number of processes changed
MARK = "MOTIONLCM_KILLS"  #: a variable of the environment that tells a run's processes


def main() -> int:
    """Kill, go on, compare; the exit code is 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--processes", type=int, choices=(1, 2), nargs="+", default=[1])
    parser.add_argument("--steps", type=int, default=12, help="of each stage")
    parser.add_argument(
        "--changes",
        type=int,
        default=2,
        help="of its files that a run is let make between two kills, at most, for each of the steps",
    )
    parser.add_argument("--stage", choices=stage_names(), help="kill in this one alone")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        config = config_file(place, steps=options.steps, log_every=2)
        arguments = [str(config), f"data={store_in(place)}", "checkpoint_minutes=0"]
        launchers = ["one" if count == 1 else "torchrun" for count in options.processes]
        kills = Kills(
            arguments,
            launchers,
            options.changes * options.steps,
            random.Random(options.seed),
            options.stage,
        )

        whole = place / "whole"
        if start(arguments, whole, launchers[0]).wait():
            print("the unbroken run failed")
            return 1

        number, faults = 0, 0
        while kills.count < options.kills:
            number += 1
            kills.until_done(place / f"broken-{number}", options.kills)
            words = difference(whole, place / f"broken-{number}", is_exact=len(launchers) == 1)
            faults += bool(words)
            print(f"{kills.count} kills ({kills.told()}), {words or 'the same'}", flush=True)
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


class Kills:
    """Kills runs, and counts in which stage it did."""

    def __init__(
        self,
        arguments: list[str],
        launchers: list[str],
        changes: int,
        rng: random.Random,
        stage: str | None,
    ) -> None:
        self.arguments = arguments
        self.launchers = launchers
        self.changes = changes
        self.rng = rng
        self.stage = stage
        self.stages: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Kills so far."""
        return self.stages.total()

    def told(self) -> str:
        """The kills of each stage."""
        return ", ".join(f"{name} {count}" for name, count in self.stages.items())

    def until_done(self, output: Path, most: int) -> None:
        """Kill one run again and again, up to ``most`` kills in all, then let it end."""
        starts = 0
        while True:
            launcher = self.launchers[starts % len(self.launchers)]
            starts += 1
            process = start(self.arguments, output, launcher)
            if self.count < most:
                self._wait(process, output)
            if self.count == most or process.poll() is not None:
                if process.wait():
                    raise SystemExit(f"a run ended with {process.returncode} and was not killed")
                return
            kill_all(process, output)
            self.stages[newest(output)] += 1

    def _wait(self, process: subprocess.Popen[bytes], output: Path) -> None:
        """Let a random number of changes pass, in the stage that is meant, and some time."""
        while self.stage not in (None, newest(output)) and process.poll() is None:
            time.sleep(0.02)

        before, left = signs(output), self.rng.randint(1, self.changes)
        while left and process.poll() is None:
            time.sleep(0.02)
            now = signs(output)
            left -= now != before
            before = now
        time.sleep(self.rng.uniform(0, LATEST))


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


def newest(output: Path) -> str:
    """The stage whose files changed last, or "start"."""
    changes = [(time, Path(path).parent.name) for path, time in signs(output)]
    return max([each for each in changes if each[1] in stage_names()], default=(0, "start"))[1]


def difference(whole: Path, broken: Path, *, is_exact: bool) -> str:
    """What differs between two runs' last weights and losses, or an empty text."""
    faults = []
    for stage in stage_names():
        weights = [
            torch.load(run / stage / "checkpoint.pt", weights_only=True)["model"]
            for run in (whole, broken)
        ]
        gaps = torch.cat([(weights[0][key] - weights[1][key]).abs().ravel() for key in weights[0]])
        gap = float(gaps.max())
        if not is_exact:
            print(f"{stage}: weights differ by {gap:.1e} at most")
        if gap > (0 if is_exact else ROUNDING):
            faults.append(f"{stage}: weights differ by {gap:.1e}")

        first, second = (rows_of(run / stage) for run in (whole, broken))
        if [row.keys() for row in first] != [row.keys() for row in second]:
            faults.append(f"{stage}: other lines in the log")
        elif is_exact and first != second:
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
