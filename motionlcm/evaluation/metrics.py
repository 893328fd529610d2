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
        raise ValueError(
            f"need two arrays [N D] of equal D with N at least 2, got {a.shape} and {b.shape}"
        )
    cov_a, cov_b = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ cov_b @ root)
    cross = np.sqrt(np.clip(inner, 0, None)).sum()
    mean = a.mean(0) - b.mean(0)
    return float(max(0.0, mean @ mean + np.trace(cov_a) + np.trace(cov_b) - 2 * cross))


def frechet_of_many(
    a: np.ndarray, b: np.ndarray, rng: np.random.Generator, *, draws: int = 15
) -> float:
    """What ``frechet_distance`` would come to if there were ever more rows like those of ``a`` and ``b``, both [N D].

    Few rows look apart by chance alone, in proportion to 1 / N: a straight line through the means of ``draws`` random
    draws of the same rows of both, half to nine tenths of them, and all, is read at 1 / N = 0. It can come out below 0.
    Source: Chong and Forsyth, CVPR 2020 (FID infinity).
    """
    counts = np.unique(np.linspace(len(a) / 2, len(a), 6).astype(int))
    means = []
    for count in counts:
        rows = [rng.permutation(len(a))[:count] for _ in range(draws if count < len(a) else 1)]
        means.append(np.mean([frechet_distance(a[some], b[some]) for some in rows]))
    return float(np.polyfit(1 / counts, means, 1)[1])


def latent_embedding(latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A clip's latents ``[B L C]`` (mask ``[B L]``) as one vector ``[B 2C]``: mean and deviation over its tokens."""
    weights = mask[..., None].astype(np.float64)
    count = weights.sum(1)
    mean = (latents * weights).sum(1) / count
    variance = (((latents - mean[:, None]) ** 2) * weights).sum(1) / count
    return np.concatenate([mean, np.sqrt(variance)], axis=-1)


def pools(count: int, rng: np.random.Generator, size: int = 32) -> list[np.ndarray]:
    """Random groups of ``size`` out of ``count`` indices, the rest dropped; one group where there are fewer."""
    order = rng.permutation(count)
    if count < size:
        return [order]
    return list(order[: count - count % size].reshape(-1, size))


def retrieval_ranks(queries: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """For each row of ``queries`` [N W], how many of ``candidates`` [N W] are nearer than the one of the same row."""
    distance = np.linalg.norm(queries[:, None] - candidates[None], axis=-1)
    return (distance < np.diag(distance)[:, None]).sum(1)


def r_precision(text: np.ndarray, motion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share ``[3]`` of texts whose own motion is among the nearest 1, 2, 3 of a pool of 32; rows belong together.

    Source: Guo et al., CVPR 2022.
    """
    ranks = np.concatenate(
        [retrieval_ranks(text[pool], motion[pool]) for pool in pools(len(text), rng)]
    )
    return np.array([(ranks < top).mean() for top in (1, 2, 3)])


def multimodal_distance(text: np.ndarray, motion: np.ndarray) -> float:
    """Mean distance between a text's and its motion's vector, rows of ``[N W]``."""
    return float(np.linalg.norm(text - motion, axis=-1).mean())


def diversity(motion: np.ndarray, rng: np.random.Generator, num_pairs: int = 300) -> float:
    """Mean distance between motions of two random halves of ``[N W]``."""
    count = min(num_pairs, len(motion) // 2)
    order = rng.permutation(len(motion))
    return float(
        np.linalg.norm(motion[order[:count]] - motion[order[count : 2 * count]], axis=-1).mean()
    )


def multimodality(motion: np.ndarray, rng: np.random.Generator, num_pairs: int = 10) -> float:
    """Mean distance between random pairs made for the same text: ``[N R W]``, R repeats."""
    first, second = (
        rng.permuted(np.tile(np.arange(motion.shape[1]), (len(motion), 1)), axis=1)
        for _ in range(2)
    )
    count = min(num_pairs, motion.shape[1])
    rows = np.arange(len(motion))[:, None]
    return float(
        np.linalg.norm(
            motion[rows, first[:, :count]] - motion[rows, second[:, :count]], axis=-1
        ).mean()
    )


def confidence_interval(values: np.ndarray) -> tuple[float, float]:
    """Mean and half width of the 95 % interval of replications ``[R]``: 1.96 standard deviations over sqrt(R)."""
    values = np.asarray(values, np.float64)
    return float(values.mean()), float(1.96 * values.std() / np.sqrt(len(values)))


def nearest_distances(made: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Root-mean-square distance ``[N]`` from each row of ``made`` [N W] to the nearest row of ``known`` [M W]."""
    made, known = np.asarray(made, np.float32), np.asarray(known, np.float32)
    square = (made**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * made @ known.T
    return np.sqrt(np.maximum(square.min(1), 0) / made.shape[1])


def control_errors(
    made: np.ndarray, hint: np.ndarray, mask: np.ndarray, threshold: float = 0.5
) -> dict[str, float]:
    """How far controlled joints are from where they were asked to be.

    Args:
        made, hint: ``[B T J 3]`` metres.
        mask: ``[B T J]``, True where a joint was asked for.
        threshold: metres.
    Returns:
        Share of clips with any such joint off by more than the threshold, share of the joints, and the mean distance.
    Source: Karunratanakul et al., ICCV 2023.
    """
    distance = np.linalg.norm(made - hint, axis=-1)
    is_off = (distance > threshold) & mask
    asked = mask.any((1, 2))
    return {
        "trajectory error": float(is_off.any((1, 2))[asked].mean()),
        "location error": float(is_off.sum() / mask.sum()),
        "average error, m": float(distance[mask].mean()),
    }
