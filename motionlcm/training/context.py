"""What a run gives its stages to be built from."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.latents import LatentDataset
from motionlcm.data.store import FeatureStore
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.folder import STATISTICS
from motionlcm.models.saving import freeze
from motionlcm.models.statistics import Statistics
from motionlcm.models.text import FrozenTextEncoder
from motionlcm.training.config import RunConfig
from motionlcm.training.processes import Processes
from motionlcm.training.run_folder import sources_of


@dataclass
class RunContext:
    """The config, data and finished networks of a run; texts and latents when asked for.

    Attributes:
        config: with all that ``start_from`` decides filled in (``run.resolved``).
        train, val: motions of the two splits.
        device: where networks and batches lie.
        processes: those that train together; the first one makes the caches.
        sources: what data and first weights are, see ``run_folder.sources_of``.
        latent_statistics: mean and deviation ``[C]`` that latents are normalised with; None: those
            of the train split.
        networks: finished and frozen, by name.
    """

    config: RunConfig
    train: MotionDataset
    val: MotionDataset
    device: torch.device
    processes: Processes = field(default_factory=Processes)
    sources: dict[str, Any] = field(default_factory=dict)
    latent_statistics: tuple[Tensor, Tensor] | None = None
    networks: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, config: RunConfig, processes: Processes) -> RunContext:
        """Open a config's feature store, with the statistics of ``start_from``'s model.

        Raises:
            FileNotFoundError: ``start_from`` is no finished model's folder.
            ValueError: ``data`` is no feature store, or ``boost`` fits no caption.
        """
        store = FeatureStore.open(config.data)
        sources = sources_of(config, store)
        device = torch.device(processes.device)
        latent_statistics = None
        if config.start_from:
            path = Path(config.start_from) / STATISTICS
            if not path.is_file():
                raise FileNotFoundError(
                    f"start_from must be a finished model's folder with {path.name}, "
                    f"got {path.parent}"
                )
            statistics = Statistics.read(path)
            store.mean = statistics.features.mean
            store.std = statistics.features.std
            # the same latents, which teacher and student know in this scale
            if config.keeps_latents:
                latents = statistics.latents
                latent_statistics = torch.from_numpy(latents.mean), torch.from_numpy(latents.std)

        is_mapped = is_too_large(store, config.memory_map, device)
        train = MotionDataset(
            store, "train", device=device, boost=config.boost, is_mapped=is_mapped
        )
        val = MotionDataset(store, "val", device=device, is_mapped=is_mapped)
        return cls(config, train, val, device, processes, sources, latent_statistics)

    @property
    def start_from(self) -> Path | None:
        """Folder of the finished model that training starts from."""
        return Path(self.config.start_from) if self.config.start_from else None

    @property
    def cache(self) -> Path:
        """Folder of what is computed once."""
        return Path(self.config.output) / "cache"

    @cached_property
    def schedule(self) -> NoiseSchedule:
        """Noise schedule for torch tensors on the run's device."""
        return NoiseSchedule.from_config(self.config.schedule).to(self.device)

    @cached_property
    def texts(self) -> TextCache:
        """Text vectors of all captions, mirrored, in other wordings, and of the empty one."""
        encoder = FrozenTextEncoder(self.config.text_encoder, device=self.device)
        with self.processes.first_alone():
            texts = TextCache.build(
                [*self.train.all_captions(), *self.val.all_captions(), ""],
                folder=self.cache,
                name=encoder.name,
                encode=encoder.encode,
                num_paraphrases=self.config.paraphrases,
            )
        return texts.to(self.device)

    @cached_property
    def latents(self) -> tuple[LatentDataset, LatentDataset]:
        """Latents of both splits by the finished VAE; its decoder does not change them."""
        vae = self.networks["vae"]
        known = self.latent_statistics
        with self.processes.first_alone():
            train = LatentDataset(self.train, vae, folder=self.cache, statistics=known)
            val = LatentDataset(self.val, vae, folder=self.cache, statistics=train.statistics)
        return train, val

    def add(self, name: str, network: Any) -> None:
        """Freeze a finished network and give it to later stages."""
        self.networks[name] = freeze(network)


def is_too_large(store: FeatureStore, memory_map: str, device: torch.device) -> bool:
    """Whether a store's features are read from their file, batch by batch, not held in memory.

    "auto" does so where they would take over half of the machine's memory, or of what is free on
    the GPU, shared by the processes of this machine.
    """
    if memory_map != "auto":
        return memory_map == "always"

    if device.type == "cuda":
        return 2 * store.features.nbytes > torch.cuda.mem_get_info(device)[0]
    if not hasattr(os, "sysconf"):  # Windows
        return False
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    sharing = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return 2 * store.features.nbytes * sharing > there
