"""Optimisation of latents tells how far it is, by steps or by the time that it has."""

import torch

from motionlcm.diffusion import optimisation


def test_with_a_time_the_total_is_what_it_suffices_for(monkeypatch):
    times = iter([0.0, 0.5, 1.0, 1.5, 2.0])
    monkeypatch.setattr(optimisation.time, "perf_counter", lambda: next(times))
    told = []
    latents = optimisation.descend(
        lambda latents: (latents**2).sum(),
        torch.ones(1, 2, 3),
        num_steps=10_000,
        lr=0.1,
        seconds=2.0,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)] and latents.abs().max() < 1


def test_without_a_time_all_steps_are_the_total():
    told = []
    optimisation.descend(
        lambda latents: (latents**2).sum(),
        torch.ones(1, 2, 3),
        num_steps=3,
        lr=0.1,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
