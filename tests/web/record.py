"""Records an exchange over MMCP: ``python -m tests.web.record`` writes ``recorded/mmcp.json``.

The request is what Blender's add-on sends: an anchor where the character stands, gaps between the
prompts, an empty seed, guidance of its own kind.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from tests.web.rigs import mixamo_skeleton

FILE = Path(__file__).parent / "recorded" / "mmcp.json"
REQUEST = {
    "protocol_version": "1.0",
    "model": "motionlcm-small",
    "skeleton": mixamo_skeleton(is_a_pose=True),
    "options": {
        "diffusion_steps": 50,
        "num_samples": 1,
        "seed": 7,
        "post_processing": True,
        "transition_frames": 5,
        "guidance": {"type": "separated", "weight": [2.0, 2.0]},
    },
    "segments": [
        {"type": "text", "prompt": "a person walks forward", "duration_frames": 30},
        {"type": "unconditioned", "duration_frames": 12},
    ],
    "constraints": [{"type": "root_path", "frames": [0], "positions_xz": [[1.5, -0.5]]}],
}


def outline(value: Any) -> Any:
    """What an answer is made of: names, lengths and kinds of values, without the numbers."""
    if isinstance(value, dict):
        return {name: outline(each) for name, each in value.items()}
    if isinstance(value, list):
        numbers = all(isinstance(each, int | float) for each in value)
        return f"{len(value)} numbers" if value and numbers else [outline(each) for each in value]
    if isinstance(value, float):
        return "number"
    return f"{len(value)} characters" if isinstance(value, str) and len(value) > 200 else value


def main() -> None:
    """Ask a server, and keep the request and the answer's outline."""
    from motionmcp import client

    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.web.server import MotionServer

    server = MotionServer(MotionPipeline.from_pretrained("small"))
    server.warm(with_mmcp=True)
    threading.Thread(target=server.run, daemon=True).start()
    answer = client.generate(server.url, REQUEST)
    server.stop()

    for sample in answer["extensions"]["MMCP_motion"]["samples"]:
        sample.pop("trajectory")  # its shape follows the motion's
    FILE.write_text(json.dumps({"request": REQUEST, "answer": outline(answer)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
