"""Figures of merit as pure functions on numpy arrays."""

from __future__ import annotations

import numpy as np


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Distance between Gaussians fitted to ``a`` [N D] and ``b`` [M D] (FID on any embedding).

    ``|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2))``.

    Raises:
        ValueError: fewer than 2 rows, or different widths.
    Source: Heusel et al., NeurIPS 2017.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            f"need two arrays [N D] of equal D with N at least 2, got {a.shape} and {b.shape}"
        )

    cov_a = np.atleast_2d(np.cov(a, rowvar=False))
    cov_b = np.atleast_2d(np.cov(b, rowvar=False))

    # the trace of the root of S_a S_b is that of the symmetric S_a^(1/2) S_b S_a^(1/2)
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ cov_b @ root)
    cross = np.sqrt(np.clip(inner, 0, None)).sum()

    mean = a.mean(0) - b.mean(0)
    return float(max(0.0, mean @ mean + np.trace(cov_a) + np.trace(cov_b) - 2 * cross))


def frechet_infinity(
    a: np.ndarray, b: np.ndarray, rng: np.random.Generator, *, draws: int = 15
) -> float:
    """FID infinity: the Frechet distance of as many rows as one likes, from ``a``, ``b`` [N D].

    Few rows look apart by chance alone, in proportion to 1 / N: a straight line through the means
    of ``draws`` random draws of the same rows of both, half to nine tenths of them, and all, is
    read at 1 / N = 0. It can come out below 0.

    Source: Chong and Forsyth, CVPR 2020.
    """
    counts = np.unique(np.linspace(len(a) / 2, len(a), 6).astype(int))

    means = []
    for count in counts:
        num_draws = draws if count < len(a) else 1
        subsets = [rng.permutation(len(a))[:count] for _ in range(num_draws)]
        means.append(np.mean([frechet_distance(a[rows], b[rows]) for rows in subsets]))

    return float(np.polyfit(1 / counts, means, 1)[1])


def latent_embedding(latents: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A clip's latents ``[B L C]`` as one vector ``[B 2C]``: mean and deviation over its tokens.

    ``mask`` [B L] is True for real tokens.
    """
    weights = mask[..., None].astype(np.float64)
    count = weights.sum(1)
    mean = (latents * weights).sum(1) / count
    variance = (((latents - mean[:, None]) ** 2) * weights).sum(1) / count
    return np.concatenate([mean, np.sqrt(variance)], axis=-1)


def pools(count: int, rng: np.random.Generator, size: int = 32) -> list[np.ndarray]:
    """Random groups of ``size`` out of ``count`` indices, the rest dropped; one of fewer."""
    order = rng.permutation(count)
    if count < size:
        return [order]
    return list(order[: count - count % size].reshape(-1, size))


def retrieval_ranks(queries: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Ranks ``[N]``: how many ``candidates`` [N W] are nearer to each query than its own.

    Row i of ``queries`` [N W] and row i of ``candidates`` belong together.
    """
    distance = np.linalg.norm(queries[:, None] - candidates[None], axis=-1)
    return (distance < np.diag(distance)[:, None]).sum(1)


def r_precision(text: np.ndarray, motion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share ``[3]`` of texts whose own motion is among the nearest 1, 2, 3 of a pool of 32.

    Rows of ``text`` and ``motion`` [N W] belong together.

    Source: Guo et al., CVPR 2022.
    """
    ranks = [retrieval_ranks(text[pool], motion[pool]) for pool in pools(len(text), rng)]
    return np.array([(np.concatenate(ranks) < top).mean() for top in (1, 2, 3)])


def multimodal_distance(text: np.ndarray, motion: np.ndarray) -> float:
    """Mean distance between a text's and its motion's vector, rows of ``[N W]``."""
    return float(np.linalg.norm(text - motion, axis=-1).mean())


def diversity(motion: np.ndarray, rng: np.random.Generator, num_pairs: int = 300) -> float:
    """Mean distance between motions of two random halves of ``[N W]``."""
    count = min(num_pairs, len(motion) // 2)
    order = rng.permutation(len(motion))
    apart = motion[order[:count]] - motion[order[count : 2 * count]]
    return float(np.linalg.norm(apart, axis=-1).mean())


def multimodality(motion: np.ndarray, rng: np.random.Generator, num_pairs: int = 10) -> float:
    """Mean distance between random pairs generated for the same text: ``[N R W]``, R repeats."""
    num_texts, repeats = motion.shape[:2]
    count = min(num_pairs, repeats)
    orders = np.tile(np.arange(repeats), (num_texts, 1))
    first, second = (rng.permuted(orders, axis=1)[:, :count] for _ in range(2))

    rows = np.arange(num_texts)[:, None]
    return float(np.linalg.norm(motion[rows, first] - motion[rows, second], axis=-1).mean())


def confidence_interval(values: np.ndarray) -> tuple[float, float]:
    """Mean and half width of the 95 % interval of replications ``[R]``.

    The half width is 1.96 standard deviations over sqrt(R).
    """
    values = np.asarray(values, np.float64)
    return float(values.mean()), float(1.96 * values.std() / np.sqrt(len(values)))


def nearest_distances(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Root-mean-square distance ``[N]`` from each of ``rows`` [N W] to the nearest of ``known``.

    ``known`` is ``[M W]``.
    """
    rows, known = np.asarray(rows, np.float32), np.asarray(known, np.float32)
    square = (rows**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * rows @ known.T
    return np.sqrt(np.maximum(square.min(1), 0) / rows.shape[1])


def control_errors(
    positions: np.ndarray, hint: np.ndarray, mask: np.ndarray, threshold: float = 0.5
) -> dict[str, float]:
    """How far controlled joints are from where they were asked to be.

    Args:
        positions: ``[B T J 3]`` metres.
        hint: ``[B T J 3]`` metres, where the joints should be.
        mask: ``[B T J]``, True where a joint was asked for.
        threshold: metres.
    Returns:
        Share of clips with any such joint off by more than the threshold, share of the joints, and
        the mean distance.
    Source: Karunratanakul et al., ICCV 2023.
    """
    distance = np.linalg.norm(positions - hint, axis=-1)
    is_off = (distance > threshold) & mask
    is_asked = mask.any((1, 2))

    return {
        "trajectory error": float(is_off.any((1, 2))[is_asked].mean()),
        "location error": float(is_off.sum() / mask.sum()),
        "average error, m": float(distance[mask].mean()),
    }
