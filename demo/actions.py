"""Draw the contact sheets of ``docs/actions.md``: every action of the probes, as a model makes it.

    python demo/actions.py            # the package's default model
    python demo/actions.py MODEL

Each action is made from its first prompt with a few seeds in one step; the first motion is drawn,
and beside it stands how many of them pass the action's probe. Minutes on one core.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from motionlcm import Motion, MotionPipeline
from motionlcm.atomic_files import replaced, write_bytes
from motionlcm.evaluation.everyday_probes import BODIES, GOINGS, HANDS
from motionlcm.evaluation.probe import Probe
from motionlcm.evaluation.probes import PROBES
from motionlcm.evaluation.sequence_probes import SEQUENCES
from motionlcm.generation.request import Request
from motionlcm.motion.measures import Body
from motionlcm.render.figure import TEXT_COLOUR, contact_sheet

DOCS = Path(__file__).resolve().parent.parent / "docs"
GROUPS = {
    "known": ("Known actions", PROBES),
    "goings": ("Ways to go, turn and jump", GOINGS),
    "hands": ("Arms, hands and head", HANDS),
    "bodies": ("The whole body", BODIES),
    "sequences": ("One after the other", SEQUENCES),
}
SEEDS = 4  #: motions for each action
POSES, COLUMNS = 5, 2  #: poses of a motion, motions side by side
WIDTH, HEIGHT, WORDS = 84, 112, 26  #: pixels of a pose, and of the line below
COLOURS = 48
PASSED, FAILED = (30, 120, 60), (190, 50, 40)


@dataclass(frozen=True)
class Shown:
    """One action: its first motion, and how many of all pass."""

    probe: Probe
    motion: Motion
    passed: int


def main() -> None:
    """Make all actions, draw a sheet a group, and write the page."""
    parser = argparse.ArgumentParser(description="Contact sheets of all actions of the probes.")
    parser.add_argument("model", nargs="?", help="name or folder; default: that of the package")
    pipeline = MotionPipeline.from_pretrained(parser.parse_args().model)

    (DOCS / "actions").mkdir(exist_ok=True)
    lines = []
    for name, (title, probes) in GROUPS.items():
        shown = [made(pipeline, probe) for probe in probes]
        path = DOCS / "actions" / f"{name}.png"
        with replaced(path) as part:
            sheet(shown).quantize(COLOURS, dither=Image.Dither.NONE).save(part, optimize=True)

        most = sum(4 * each.passed >= 3 * SEEDS for each in shown)
        lines += [
            f"## {title}",
            "",
            f"{most} of {len(shown)} actions pass in three quarters of their motions or more.",
            "",
            f"![{title.lower()}: rows of poses](actions/{name}.png)",
            "",
        ]
        print(f"wrote {path} ({len(shown)} actions, {path.stat().st_size / 1000:.0f} kB)")

    head = page_head(pipeline.folder.path.name, sum(len(probes) for _, probes in GROUPS.values()))
    write_bytes(DOCS / "actions.md", "\n".join([*head, *lines]).encode())
    print(f"wrote {DOCS / 'actions.md'}")


def made(pipeline: MotionPipeline, probe: Probe) -> Shown:
    """Make the motions of an action's first prompt, and count those that show it."""
    request = Request.of(probe.prompts[0], samples=SEEDS, steps=1)
    motions = pipeline.generate(request)
    passed = [bool(probe.is_shown(Body(motion.positions))) for motion in motions]
    return Shown(probe, motions[0], sum(passed))


def page_head(model: str, count: int) -> list[str]:
    """The words before the sheets."""
    return [
        "# Actions",
        "",
        f"{count} actions and sequences as the packaged model `{model}` makes them, good and bad:",
        "the first prompt of each [probe](probes.md), one step, seed 0, five poses evenly spaced",
        f"in time. Beside the prompt: how many of {SEEDS} motions (seeds 0 to {SEEDS - 1}) pass",
        "the probe. Blue is the person's left. Made by `python demo/actions.py [MODEL]`.",
        "",
    ]


def sheet(shown: list[Shown]) -> Image.Image:
    """Draw actions in rows of ``COLUMNS``, each as poses with a line of words below."""
    rows = -(-len(shown) // COLUMNS)
    wide, high = POSES * WIDTH + 12, HEIGHT + WORDS
    image = Image.new("RGB", (COLUMNS * wide, rows * high), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)

    for place, each in enumerate(shown):
        left, top = place % COLUMNS * wide, place // COLUMNS * high
        poses: np.ndarray = contact_sheet(each.motion, frames=POSES, width=WIDTH, height=HEIGHT)
        image.paste(Image.fromarray(poses), (left, top))

        count = f"{each.passed} of {SEEDS}"
        end = left + POSES * WIDTH - font.getlength(count) - 4
        colour = PASSED if 4 * each.passed >= 3 * SEEDS else FAILED
        draw.text((left + 4, top + HEIGHT + 4), each.probe.prompts[0], TEXT_COLOUR, font=font)
        draw.text((end, top + HEIGHT + 4), count, colour, font=font)
    return image


if __name__ == "__main__":
    main()
