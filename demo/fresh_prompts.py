"""Count the fresh prompts of the 91 probed actions that a model shows.

    python demo/fresh_prompts.py [MODEL]

``fresh_prompts.json`` holds three prompts for each action, by somebody who was told the actions'
names alone and knew neither captions nor code. Nothing was chosen by them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from motionlcm import MotionPipeline
from motionlcm.evaluation.probes import LISTS
from motionlcm.generation.request import Request
from motionlcm.motion.measures import Body

_SEEDS = 4
_ENOUGH = 0.75  #: of an action's clips


def main() -> None:
    """Print the share of clips that pass, and the actions that mostly do, for both lists."""
    prompts = json.loads(Path(__file__).with_suffix(".json").read_text())
    pipeline = MotionPipeline.from_pretrained(*sys.argv[1:2])

    for name in ("known", "everyday"):
        shares = []
        for probe in LISTS[name]:
            requests = (
                Request.of(prompt, samples=_SEEDS, steps=1) for prompt in prompts[probe.name]
            )
            motions = [motion for request in requests for motion in pipeline.generate(request)]
            shown = [probe.is_shown(Body(motion.positions)) for motion in motions]
            shares.append(sum(shown) / len(shown))

        often = sum(share >= _ENOUGH for share in shares)
        mean = 100 * sum(shares) / len(shares)
        print(f"{name}: {mean:.1f} % of the clips; {often} of {len(shares)} actions mostly")


if __name__ == "__main__":
    main()
