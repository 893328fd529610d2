"""Errors of the VAE's reconstructions, told for each source of recordings."""

from dataclasses import replace

import numpy as np
import pytest

from motionlcm.data.dataset import MotionDataset
from motionlcm.data.store import FeatureStore
from motionlcm.evaluation.reconstruction import reconstruction_error, reconstruction_errors
from motionlcm.models.vae import MotionVAE


def test_errors_by_source_make_up_the_error_of_all(tiny_model, store):
    data = MotionDataset(FeatureStore.open(store), "train")
    for number, window in enumerate(data.windows):  # two sources, of unequal lengths
        source = "one" if number % 3 else "other"
        data.windows[number] = replace(window, clip=replace(window.clip, source=source))

    vae = MotionVAE.from_pretrained(tiny_model / "vae").eval()
    whole, by_source = reconstruction_errors(vae, data)
    assert list(by_source) == ["one", "other"]
    assert (whole.local, whole.world) == reconstruction_error(vae, data)
    assert sum(errors.count for errors in by_source.values()) == whole.count == len(data)

    frames = {"one": 0, "other": 0}
    for window in data.windows:
        frames[window.clip.source] += window.frames
    for name in ("local", "world"):
        parts = [getattr(by_source[source], name) for source in frames]
        mean = np.average(parts, weights=list(frames.values()))
        assert mean == pytest.approx(getattr(whole, name)) and parts[0] != parts[1]


def test_the_error_is_the_mean_distance_of_joints(tiny_model, store):
    data = MotionDataset(FeatureStore.open(store), "train")

    class Echo(MotionVAE):  # decodes to the recording with the root one metre higher
        def encode(self, features, mask):
            self.features = features.clone()
            self.features[..., 3] += 1 / float(data.std[3])
            return super().encode(features, mask)

        def decode(self, latents, mask):
            return self.features

    vae = MotionVAE.from_pretrained(tiny_model / "vae").eval()
    vae.__class__ = Echo
    local, world = reconstruction_error(vae, data)
    # the other joints' heights stand over the floor by themselves
    assert world == pytest.approx(1000 / 22, rel=1e-3) and local == pytest.approx(
        1000 * 21 / 22, rel=1e-3
    )
