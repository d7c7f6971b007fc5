"""Ways to rearrange y that keep what is not in question, and break what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

Draw = Callable[[np.ndarray, Any, Any, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Permutation:
    """A way to rearrange rows.

    ``draw(y, groups, block_size, generator)`` returns which row of y each row gets,
    the rearrangement that changes nothing among the possible ones;
    ``log_count(y, groups, block_size)`` is the logarithm of how many there are.
    ``uses`` names the arguments it takes.
    """

    draw: Draw
    log_count: Callable[[np.ndarray, Any, Any], float]
    uses: tuple[str, ...] = ()


def _rows(
    y: np.ndarray, groups: Any, block_size: Any, rng: np.random.Generator
) -> np.ndarray:
    """Return any order of all rows."""
    return rng.permutation(len(y))


def _count_rows(y: np.ndarray, groups: Any, block_size: Any) -> float:
    """Return the log of n factorial."""
    return float(gammaln(len(y) + 1))


def _within(
    y: np.ndarray, groups: np.ndarray, block_size: Any, rng: np.random.Generator
) -> np.ndarray:
    """Return an order in which rows stay in their group."""
    index = np.empty(len(y), dtype=np.intp)
    index[np.argsort(groups, kind="stable")] = np.lexsort((rng.random(len(y)), groups))
    return index


def _count_within(y: np.ndarray, groups: np.ndarray, block_size: Any) -> float:
    """Return the log of the product of factorials of the group sizes."""
    return float(gammaln(np.bincount(groups) + 1.0).sum())


def _block(
    y: np.ndarray, groups: Any, block_size: Any, rng: np.random.Generator
) -> np.ndarray:
    """Return an order in which whole blocks change places."""
    blocks = _blocks(y, groups, block_size)
    index = np.empty(len(y), dtype=np.intp)
    for alike in _interchangeable(y, blocks):
        for target, source in zip(alike, rng.permutation(alike), strict=True):
            rows = blocks[target]
            # Sizes differ only where y is constant in each block: any row will do.
            index[rows] = np.resize(blocks[source], rows.size)
    return index


def _count_block(y: np.ndarray, groups: Any, block_size: Any) -> float:
    """Return the log of the number of orders of blocks that may change places."""
    alike = _interchangeable(y, _blocks(y, groups, block_size))
    return float(sum(gammaln(len(members) + 1) for members in alike))


def _blocks(y: np.ndarray, groups: Any, block_size: Any) -> list[np.ndarray]:
    """Return the rows of each block: the groups, or runs of equal length."""
    if groups is None:
        return np.split(np.arange(len(y)), range(block_size, len(y), block_size))
    return _members(groups)


def _interchangeable(y: np.ndarray, blocks: list[np.ndarray]) -> list[np.ndarray]:
    """Return sets of blocks that fit into one another's place."""
    if all((y[rows] == y[rows[0]]).all() for rows in blocks):
        return [np.arange(len(blocks))]
    sizes = np.array([rows.size for rows in blocks])
    return [np.flatnonzero(sizes == size) for size in np.unique(sizes)]


def _circular(
    y: np.ndarray, groups: Any, block_size: Any, rng: np.random.Generator
) -> np.ndarray:
    """Return the order shifted by a random offset, end to start, in each group."""
    index = np.empty(len(y), dtype=np.intp)
    for rows in _series(y, groups):
        index[rows] = np.roll(rows, rng.integers(rows.size))
    return index


def _count_circular(y: np.ndarray, groups: Any, block_size: Any) -> float:
    """Return the log of the number of offsets."""
    return float(sum(np.log(rows.size) for rows in _series(y, groups)))


def _series(y: np.ndarray, groups: Any) -> list[np.ndarray]:
    """Return the rows of each series."""
    return [np.arange(len(y))] if groups is None else _members(groups)


def _members(groups: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each group, in rising order."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])


PERMUTATIONS: dict[str, Permutation] = {
    "block": Permutation(_block, _count_block, ("groups", "block_size")),
    "circular": Permutation(_circular, _count_circular, ("groups",)),
    "rows": Permutation(_rows, _count_rows),
    "within": Permutation(_within, _count_within, ("groups",)),
}
"""Name -> how rows are rearranged."""
