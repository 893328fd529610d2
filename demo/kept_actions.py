"""What a VAE keeps of each action: of the clips that pass a probe, how many still do once encoded
and decoded. What it loses no teacher or student can make.

    python demo/kept_actions.py STORE small open --clips 1500 --split train
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from motionlcm.data.store import FeatureStore
from motionlcm.evaluation.probes import LISTS
from motionlcm.models.folder import ModelFolder
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.features import decode_positions
from motionlcm.motion.measures import Body

_LEAST = 5  #: clips; of fewer no share is told


def main() -> None:
    """Print the table in Markdown, in the order of what the last model loses."""
    parser = argparse.ArgumentParser(description="Shares of shown actions that a VAE keeps.")
    parser.add_argument("store", type=Path, help="feature store")
    parser.add_argument("models", nargs="+", help="names or folders of models")
    parser.add_argument("--clips", type=int, default=1500, help="windows, drawn at random")
    parser.add_argument("--split", default="train")
    options = parser.parse_args()

    store = FeatureStore.open(options.store)
    windows = store.windows(options.split)
    chosen = np.random.default_rng(0).permutation(len(windows))[: options.clips]
    clips = []
    for window in (windows[index] for index in chosen):
        rows = slice(window.start, window.start + window.frames)
        clips.append(store.clip_features(window.clip)[rows])

    probes = [probe for probe in LISTS["all"] if " then " not in probe.name]
    bodies = [Body(decode_positions(clip.astype(np.float64))) for clip in clips]
    shown = {
        probe.name: [number for number, body in enumerate(bodies) if probe.is_shown(body)]
        for probe in probes
    }
    kept: dict[str, list[float]] = {name: [] for name, numbers in shown.items() if len(numbers)}
    for model in options.models:
        decoded = [Body(decode_positions(clip)) for clip in reconstructed(model, clips)]
        for probe in probes:
            numbers = shown[probe.name]
            if numbers:
                share = np.mean([probe.is_shown(decoded[number]) for number in numbers])
                kept[probe.name].append(float(share))

    print("| action | clips | " + " | ".join(Path(model).name for model in options.models) + " |")
    print("|---" * (2 + len(options.models)) + "|")
    for name, shares in sorted(kept.items(), key=lambda item: item[1][-1]):
        if len(shown[name]) >= _LEAST:
            cells = " | ".join(f"{100 * share:.0f} %" for share in shares)
            print(f"| {name} | {len(shown[name])} | {cells} |")


@torch.no_grad()
def reconstructed(model: str | Path, clips: list[np.ndarray]) -> list[np.ndarray]:
    """Features ``[T 263]`` of the VAE's mean code of each clip, before any clean-up."""
    folder = ModelFolder.find(model)
    vae = MotionVAE.from_pretrained(folder.path / "vae").eval()
    statistics = folder.statistics.features

    outputs = []
    for clip in clips:
        features = torch.from_numpy(statistics.normalise(clip).astype(np.float32))[None]
        mask = torch.ones(1, len(clip), dtype=torch.bool)
        output = vae.decode(vae.encode(features, mask).mode(), mask)[0].numpy()
        outputs.append(statistics.restore(output).astype(np.float64))
    return outputs


if __name__ == "__main__":
    main()
