"""Draw poses over time for some prompts: ``python demo/poses.py OUT.png [prompt ...]``."""

import sys

import numpy as np
from PIL import Image

from motionlcm import MotionPipeline
from motionlcm.render.figure import contact_sheet

PROMPTS = [
    "a person jumps",
    "a person walks forward",
    "someone waves with the right hand",
    "a person raises both hands",
    "a person squats",
]


def main() -> None:
    """Draw one row a prompt, each motion generated in one step."""
    out, *prompts = sys.argv[1:]
    motions = MotionPipeline.from_pretrained()(prompts or PROMPTS, steps=1)

    rows = [contact_sheet(motion, frames=7, width=160, height=190) for motion in motions]
    Image.fromarray(np.concatenate(rows)).save(out)


if __name__ == "__main__":
    main()
