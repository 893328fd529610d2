"""Figures of merit as pure functions on numpy arrays."""

from __future__ import annotations

import numpy as np


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Distance between Gaussians fitted to ``a`` [N D] and ``b`` [M D] (FID on any embedding).

    ``|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2))``. Source: Heusel et al., NeurIPS 2017.

    Raises:
        ValueError: fewer than 2 rows, or different widths.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"need two arrays [N D] of equal D with N at least 2, got {a.shape} and {b.shape}")
    cov_a, cov_b = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ cov_b @ root)
    cross = np.sqrt(np.clip(inner, 0, None)).sum()
    mean = a.mean(0) - b.mean(0)
    return float(max(0.0, mean @ mean + np.trace(cov_a) + np.trace(cov_b) - 2 * cross))


def latent_embedding(latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A clip's latents ``[B L C]`` (mask ``[B L]``) as one vector ``[B 2C]``: mean and deviation over its tokens."""
    weights = mask[..., None].astype(np.float64)
    count = weights.sum(1)
    mean = (latents * weights).sum(1) / count
    variance = (((latents - mean[:, None]) ** 2) * weights).sum(1) / count
    return np.concatenate([mean, np.sqrt(variance)], axis=-1)
