"""ComfyUI node: a prompt in, a GLB file with a moving body out.

Copy this file into ``ComfyUI/custom_nodes``; install motionlcm into ComfyUI's Python. The node is
called "Motion from text" and stands under "motion". It gives the path of the file it has written
into ComfyUI's output folder, as "Preview 3D" and "Load 3D" take it, and the motion itself for other
nodes of Python.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


def output_folder() -> Path:
    """ComfyUI's output folder; without ComfyUI the working one."""
    try:
        import folder_paths
    except ImportError:
        return Path.cwd()
    return Path(folder_paths.get_output_directory())


@cache
def opened(model: str):
    """The pipeline of a model, opened once."""
    from motionlcm import MotionPipeline

    return MotionPipeline.from_pretrained(model or None)


class MotionFromText:
    """Generates one motion and writes it as GLB."""

    CATEGORY = "motion"
    FUNCTION = "generate"
    RETURN_TYPES = ("STRING", "MOTION")
    RETURN_NAMES = ("glb_path", "motion")
    OUTPUT_NODE = True
    DESCRIPTION = "Human motion from text in one step, as a GLB file with a skinned body."

    @classmethod
    def INPUT_TYPES(cls):
        """What the node shows."""
        return {
            "required": {
                "prompt": ("STRING", {"default": "a person jumps", "multiline": True}),
                "seed": ("INT", {"default": 0, "min": 0, "max": 2**53 - 1}),
                "seconds": (
                    "FLOAT",
                    {
                        "default": 0.0,
                        "min": 0.0,
                        "max": 9.8,
                        "step": 0.1,
                        "tooltip": "0: usual for the prompt",
                    },
                ),
            },
            "optional": {
                "steps": ([1, 2, 4], {"default": 1}),
                "loop": ("BOOLEAN", {"default": False}),
                "in_place": ("BOOLEAN", {"default": False}),
                "model": ("STRING", {"default": "", "tooltip": "name or folder; empty: open"}),
                "file_name": ("STRING", {"default": "motion"}),
            },
        }

    def generate(
        self,
        prompt,
        seed,
        seconds,
        steps=1,
        loop=False,
        in_place=False,
        model="",
        file_name="motion",
    ):
        """Generate, write, and hand over the path and the motion.

        Raises:
            ValueError: what the model does not take; one line, which ComfyUI shows.
        """
        (motion,) = opened(model)(
            " ".join(prompt.split()), seconds=seconds or None, steps=int(steps), seed=seed
        )
        motion = motion.looped() if loop else motion
        motion = motion.in_place() if in_place else motion

        name = re.sub(r"[^\w-]+", "-", file_name).strip("-") or "motion"
        path = motion.save(output_folder() / f"{name}_{seed}.glb")
        return {"ui": {"text": [str(path)]}, "result": (str(path), motion)}


NODE_CLASS_MAPPINGS = {"MotionFromText": MotionFromText}
NODE_DISPLAY_NAME_MAPPINGS = {"MotionFromText": "Motion from text"}
