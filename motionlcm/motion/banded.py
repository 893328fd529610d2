"""Quadratic forms of series over time, whose matrices have five diagonals, and their solution.

The cost of a series' size, speed and acceleration couples a frame with the two before and after it.
So a system of T frames is solved in blocks, in time and memory that grow with T and not its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BLOCK = 128  #: frames solved at once
_WIDTH = 2  #: diagonals beside the middle one


@dataclass(frozen=True, eq=False)
class Banded:
    """A symmetric matrix ``[T T]`` of five diagonals.

    Attributes:
        diagonals: ``[3 T]``; row k holds the entries (i, i + k), zeros where there are none.
    """

    diagonals: np.ndarray

    def __add__(self, other: Banded) -> Banded:
        return Banded(self.diagonals + other.diagonals)

    def __rmul__(self, factor: float) -> Banded:
        return Banded(factor * self.diagonals)

    def __matmul__(self, values: np.ndarray) -> np.ndarray:
        """The product with ``[T C]``."""
        product = self.diagonals[0][:, None] * values
        for offset in range(1, min(_WIDTH, len(values) - 1) + 1):
            entries = self.diagonals[offset][:-offset, None]
            product[:-offset] += entries * values[offset:]
            product[offset:] += entries * values[:-offset]
        return product

    def among(self, frames: np.ndarray) -> Banded:
        """The rows and columns of some rising frames ``[N]`` alone: five diagonals again."""
        kept = np.zeros((_WIDTH + 1, len(frames)), self.diagonals.dtype)
        kept[0] = self.diagonals[0][frames]
        for apart in range(1, min(_WIDTH, len(frames) - 1) + 1):
            first, gaps = frames[:-apart], frames[apart:] - frames[:-apart]
            is_near = gaps <= _WIDTH
            kept[apart, :-apart][is_near] = self.diagonals[gaps[is_near], first[is_near]]
        return Banded(kept)

    def solve(self, values: np.ndarray) -> np.ndarray:
        """The ``[T C]`` whose product is ``values``; the matrix must be positive definite."""
        count = self.diagonals.shape[1]
        starts = range(0, count, _BLOCK)
        links: list[np.ndarray] = []  # what each block takes from the first frames of the next
        solved: list[np.ndarray] = []
        for start in starts:
            stop = min(start + _BLOCK, count)
            block, right = self._dense(start, stop), values[start:stop]
            if links:
                # the block before is eliminated: it is told by what it passes on
                bridge = self._bridge(start, stop)
                size = bridge.shape[1]
                block[:size, :size] -= bridge.T @ links[-1][-_WIDTH:, :size]
                right = right.copy()
                right[:size] -= bridge.T @ solved[-1][-_WIDTH:]

            following = np.zeros((stop - start, 0))
            if stop < count:
                bridge = self._bridge(stop, min(stop + _BLOCK, count))
                following = np.zeros((stop - start, bridge.shape[1]))
                following[-_WIDTH:] = bridge
            both = np.linalg.solve(block, np.concatenate([following, right], axis=1))
            links.append(both[:, : following.shape[1]])
            solved.append(both[:, following.shape[1] :])

        for index in range(len(solved) - 2, -1, -1):
            size = links[index].shape[1]
            solved[index] = solved[index] - links[index] @ solved[index + 1][:size]
        return np.concatenate(solved) if solved else values.copy()

    def _dense(self, start: int, stop: int) -> np.ndarray:
        """The rows and columns ``start`` to ``stop`` as a full matrix."""
        size = stop - start
        block = np.diag(self.diagonals[0, start:stop])
        for offset in range(1, min(_WIDTH, size - 1) + 1):
            entries = self.diagonals[offset, start : stop - offset]
            block += np.diag(entries, offset) + np.diag(entries, -offset)
        return block

    def _bridge(self, start: int, stop: int) -> np.ndarray:
        """Entries ``[2 N]`` of the last two rows before ``start`` and the N <= 2 columns after."""
        bridge = np.zeros((_WIDTH, min(_WIDTH, stop - start)), self.diagonals.dtype)
        for row in range(_WIDTH):
            for column in range(bridge.shape[1]):
                apart = column + _WIDTH - row
                if apart <= _WIDTH:
                    bridge[row, column] = self.diagonals[apart, start - _WIDTH + row]
        return bridge


def diagonal(values: np.ndarray) -> Banded:
    """The matrix with ``[T]`` on its diagonal."""
    return Banded(np.stack([values, 0 * values, 0 * values]))


def squared_differences(count: int, order: int, weights: np.ndarray | None = None) -> Banded:
    """The quadratic form of the weighted squares of a series' first or second differences.

    Args:
        count: T.
        order: 1 or 2.
        weights: ``[T - order]`` of each difference; None: 1.
    """
    form = np.zeros((_WIDTH + 1, count))
    if count > order:
        scale = np.ones(count - order) if weights is None else weights
        stencil = np.diff(np.eye(order + 1), n=order, axis=0)[0]
        for first in range(order + 1):
            for second in range(first, order + 1):
                product = stencil[first] * stencil[second] * scale
                form[second - first, first : first + count - order] += product
    return Banded(form)
