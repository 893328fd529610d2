"""Draw motions side by side as one looping gif: ``python demo/gallery.py OUT.gif [prompt ...]``."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from motionlcm import Motion, MotionPipeline
from motionlcm.atomic_files import write_bytes
from motionlcm.render.figure import Scene, draw_frame

PROMPTS = [
    "a person jumps",
    "someone does jumping jacks",
    "a person kicks with the left leg",
]
SECONDS = 4.0
WIDTH, HEIGHT = 280, 300  #: pixels of one motion
COLOURS = 64


def main() -> None:
    """Make one motion for each prompt in one step, draw them frame by frame and write the gif."""
    out, *prompts = sys.argv[1:]
    pipeline = MotionPipeline.from_pretrained()
    motions = pipeline(prompts or PROMPTS, steps=1, seconds=SECONDS)

    frames = side_by_side(motions)
    write_bytes(Path(out), encode_gif(frames, fps=motions[0].fps))
    print(f"wrote {out} ({len(frames)} frames, {Path(out).stat().st_size / 1e6:.2f} MB)")


def side_by_side(motions: list[Motion]) -> list[np.ndarray]:
    """Pictures ``[HEIGHT N*WIDTH 3]`` uint8, one a frame, each motion with a camera of its own."""
    scenes = [Scene(motion, WIDTH, HEIGHT) for motion in motions]
    length = min(motion.num_frames for motion in motions)

    return [
        np.concatenate([draw_frame(scene, frame) for scene in scenes], axis=1)
        for frame in range(length)
    ]


def encode_gif(frames: list[np.ndarray], *, fps: float) -> bytes:
    """Encode pictures ``[H W 3]`` as a gif that repeats for ever, all in one palette."""
    # One palette for all frames, taken from a few of them: colours do not flicker, and what
    # stands still is the same pixel by pixel and costs no bytes.
    sample = Image.fromarray(np.concatenate(frames[:: max(1, len(frames) // 8)]))
    palette = sample.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    images = [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]

    stream = io.BytesIO()
    images[0].save(
        stream,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / fps),
        loop=0,
        optimize=True,
    )
    return stream.getvalue()


if __name__ == "__main__":
    main()
