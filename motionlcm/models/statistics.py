"""Means and deviations of features and latents: normalise and back, once. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.damage import reason

Array = Any  #: a numpy array or a torch tensor


@dataclass(frozen=True, eq=False)
class Normaliser:
    """A mean and a deviation for each column, ``[D]``: ``x`` -> ``(x - mean) / std`` and back.

    Works on numpy arrays and on torch tensors of any device, ``[... D]``.
    """

    mean: np.ndarray
    std: np.ndarray

    def normalise(self, values: Array) -> Array:
        """Values in raw units -> normalised."""
        mean, std = self._like(values)
        return (values - mean) / std

    def restore(self, values: Array) -> Array:
        """Normalised values -> raw units."""
        mean, std = self._like(values)
        return values * std + mean

    def _like(self, values: Array) -> tuple[Array, Array]:
        if isinstance(values, np.ndarray):
            return self.mean, self.std
        xp = array_namespace(values)
        mean = xp.asarray(self.mean, dtype=values.dtype, device=values.device)
        return mean, xp.asarray(self.std, dtype=values.dtype, device=values.device)


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a model folder's ``statistics.safetensors`` holds.

    Attributes:
        features: of motion features, ``[D]``.
        latents: of the VAE's latents, ``[C]``.
        duration_vectors: ``[N E]`` sentence vectors of length one, one for each class of training
            clips; None where the model has no table of usual lengths.
        duration_seconds: ``[N]`` typical lengths of those classes.
        duration_weights: ``[N]`` how often their clips were drawn in training; None: all alike.
    """

    features: Normaliser
    latents: Normaliser
    duration_vectors: np.ndarray | None = None
    duration_seconds: np.ndarray | None = None
    duration_weights: np.ndarray | None = None

    @classmethod
    def read(cls, path: Path) -> Statistics:
        """Read the file; everything is float32.

        Raises:
            ValueError: a damaged file, a missing table, or values that cannot be divided by.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            stored = load_file(path)
            tables = {name: value.astype(np.float32) for name, value in stored.items()}
        except (SafetensorError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is damaged: {reason(error)}") from error

        scales = {}
        for kind in ("feature", "latent"):
            mean, std = (tables.get(f"{kind}_{name}") for name in ("mean", "std"))
            if mean is None or std is None:
                raise ValueError(
                    f"{path} lacks {kind}_mean or {kind}_std; it is no model's, or it is damaged"
                )
            is_sound = (
                mean.shape == std.shape and np.isfinite(mean).all() and np.isfinite(std).all()
            )
            if mean.ndim != 1 or not is_sound or not (std > 0).all():
                raise ValueError(
                    f"{path} is damaged: {kind}_mean and {kind}_std must be finite [D], std above 0"
                )
            scales[kind] = Normaliser(mean, std)

        vectors, seconds = tables.get("duration_vectors"), tables.get("duration_seconds")
        if (
            vectors is not None
            and stored["duration_vectors"].dtype == np.int8
            and vectors.ndim == 2
        ):
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        if (vectors is None) != (seconds is None):
            raise ValueError(
                f"{path} is damaged: duration_vectors and duration_seconds go together"
            )
        if vectors is not None and seconds is not None:
            _check_durations(path, vectors, seconds, tables.get("duration_weights"))
        return cls(
            scales["feature"], scales["latent"], vectors, seconds, tables.get("duration_weights")
        )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all; the duration vectors one byte a number.

        They are of length one, so that no scale is kept.
        """
        from safetensors.numpy import save_file

        from motionlcm.atomic_files import replaced

        tables = {
            "feature_mean": self.features.mean,
            "feature_std": self.features.std,
            "latent_mean": self.latents.mean,
            "latent_std": self.latents.std,
        }
        if self.duration_vectors is not None and self.duration_seconds is not None:
            largest = np.abs(self.duration_vectors).max(1, keepdims=True)
            rounded = np.round(self.duration_vectors / np.maximum(largest, 1e-9) * 127)
            tables["duration_vectors"] = rounded.astype(np.int8)
            tables["duration_seconds"] = self.duration_seconds
            if self.duration_weights is not None:
                tables["duration_weights"] = self.duration_weights
        with replaced(path) as part:
            save_file({name: np.ascontiguousarray(value) for name, value in tables.items()}, part)


def _check_durations(
    path: Path, vectors: np.ndarray, seconds: np.ndarray, weights: np.ndarray | None
) -> None:
    """Raise ValueError unless the table of usual lengths is ``[N E]`` and ``[N]``, finite."""
    is_finite = np.isfinite(vectors).all() and np.isfinite(seconds).all()
    if vectors.ndim != 2 or seconds.shape != vectors.shape[:1] or not vectors.size:
        raise ValueError(
            f"{path} is damaged: duration_vectors [N E] and duration_seconds [N] do not fit"
        )
    if not is_finite or not (seconds > 0).all():
        raise ValueError(f"{path} is damaged: usual lengths must be finite, seconds above 0")
    if weights is not None and (
        weights.shape != seconds.shape or not np.isfinite(weights).all() or not (weights > 0).all()
    ):
        raise ValueError(f"{path} is damaged: duration_weights must be [N], finite, above 0")
