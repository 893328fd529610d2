"""The table of ``docs/files.md``: how far speeds differ at the seam of loops, in every format.

    python -m demo.loops [hero.glb ...] [--model MODEL] [--fps RATE] [--prompts PROMPT ...] [--each]

Ten prompts, in place and not; the files are read at 20 frames a second and at their own rate.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from motionlcm import Motion, MotionPipeline
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.write import written_rate
from motionlcm.motion.seams import with_neighbours
from tests.formats.rigs import RIGS, write_rig

PROMPTS = (
    "a person walks forward",
    "a person waves with the right hand",
    "a person jumps",
    "a person does jumping jacks",
    "a person runs forward",
    "a person dances",
    "a person kicks with the left leg",
    "a person turns around",
    "a person marches in place",
    "a person boxes",
)
FORMATS = ("npz", "bvh", "glb", "vrma")


def gaps(motion: Motion) -> tuple[float, float]:
    """What a loop's ends differ by: metres of a joint, and the share of the speed of all joints."""
    around = with_neighbours(motion.positions.astype(float))[:3]
    last = motion.positions[-1] - motion.positions[-1, :1] * [1, 0, 1]
    first = motion.positions[0] - motion.positions[0, :1] * [1, 0, 1]
    before, after = np.diff(around, axis=0)
    pose = float(np.linalg.norm(last - first, axis=-1).max())
    return pose, float(np.linalg.norm(after - before) / max(np.linalg.norm(after), 1e-9))


def _loops(options: argparse.Namespace) -> Iterator[tuple[str, Motion]]:
    """Each prompt's loop, in place and not."""
    pipeline = MotionPipeline.from_pretrained(*[options.model][: options.model is not None])
    for prompt in options.prompts:
        motion = pipeline([prompt], seed=options.seed)[0].looped()
        yield prompt, motion
        yield f"{prompt}, in place", motion.in_place()


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Speeds at the seam of loops, by format.")
    parser.add_argument("characters", nargs="*", type=Path, help="further characters' files")
    parser.add_argument("--model", help="that generates; the default is the packaged one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fps", type=float, help="of the files; the default is each format's own")
    parser.add_argument("--prompts", nargs="+", default=PROMPTS)
    parser.add_argument("--each", action="store_true", help="a line of each file, too")
    options = parser.parse_args()

    rows = defaultdict(list)
    with TemporaryDirectory() as name:
        folder = Path(name)
        heroes = [write_rig(folder / f"{rig}.glb", RIGS[rig]) for rig in RIGS] + options.characters
        for prompt, motion in _loops(options):
            kinds = [(kind, kind, {}) for kind in FORMATS]
            kinds += [(hero.stem, "glb", {"character": hero}) for hero in heroes]
            for kind, suffix, more in kinds:
                more = more | ({"fps": options.fps} if options.fps else {})
                path = motion.save(folder / f"out.{suffix}", **more)
                rate = written_rate(motion, path, **more)
                row = [*gaps(load_motion_file(path)[0]), *gaps(load_motion_file(path, fps=rate)[0])]
                rows[kind].append(row)
                if options.each:
                    cells = [f"{1000 * row[0]:.1f}", f"{100 * row[1]:.2f}"]
                    print(kind, prompt, *cells, f"at {rate:g}: {100 * row[3]:.2f}", flush=True)

    print("| | pose, mm | speed at 20 fps: mean | most | pose at its own rate, mm | speed: most |")
    print("|---" * 6 + "|")
    for kind, found in rows.items():
        pose, speed, own_pose, own_speed = np.array(found).T
        cells = [1000 * pose.max(), 100 * speed.mean(), 100 * speed.max()]
        cells += [1000 * own_pose.max(), 100 * own_speed.max()]
        print(f"| {kind} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")


if __name__ == "__main__":
    main()
