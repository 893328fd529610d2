"""The table of ``docs/probes.md``: everyday probes on recordings, and what models pass.

    python demo/probe_table.py STORE --splits train test --json small.json open.json

Each JSON file is one that ``motionlcm-evaluate MODEL --probes everyday --json FILE`` wrote (or
``--probes all``). Of further splits only the column of fitting recordings is printed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from motionlcm.evaluation.probe_recordings import recorded_shares
from motionlcm.evaluation.probes import EVERYDAY


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Table of the everyday probes.")
    parser.add_argument("stores", nargs="+", type=Path, help="feature stores with labels")
    parser.add_argument("--splits", nargs="+", default=["train"], metavar="SPLIT")
    parser.add_argument("--json", nargs="*", type=Path, default=[], help="figures of models")
    options = parser.parse_args()

    recorded, *further = (
        recorded_shares(options.stores, split, EVERYDAY) for split in options.splits
    )
    models = [json.loads(path.read_text())["probes"] for path in options.json]

    columns = ["action", "fitting", "joined", "others"]
    columns += [f"fitting, {split}" for split in options.splits[1:]]
    columns += [path.stem for path in options.json]
    print("| " + " | ".join(columns) + " |")
    print("|---" * len(columns) + "|")
    for probe in EVERYDAY:
        shares = recorded[probe.name]
        cells = [probe.name, _count(shares.fitting), _count(shares.joined), _percent(shares.others)]
        cells += [_count(other[probe.name].fitting) for other in further]
        cells += [
            f"{_of(model['passed'][probe.name])} / {_of(model['further'][probe.name])}"
            for model in models
        ]
        print("| " + " | ".join(cells) + " |")


def _count(passed: tuple[int, int]) -> str:
    return f"{passed[0]} of {passed[1]}" if passed[1] else ""


def _percent(passed: tuple[int, int]) -> str:
    return f"{100 * passed[0] / max(1, passed[1]):.1f} %"


def _of(prompts: dict[str, list[int]]) -> str:
    """Share of all clips of the prompts that passed, whole percent."""
    counts = list(prompts.values())
    return f"{100 * sum(n for n, _ in counts) / max(1, sum(total for _, total in counts)):.0f}"


if __name__ == "__main__":
    main()
