"""Ratios of kernel densities, on their own rows and on new ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import softmax

from skmi.estimation._log_ratio import warn_of_few_pairs

_BLOCK_BYTES = 1 << 24
# The effective number of pairs is looked at in at most so many rows.
_MAX_ROWS = 300


class Kernels(NamedTuple):
    """Rows of a fit, over the widths of their kernels, ready for new rows.

    The ratio of densities at row i of x and row j of y is n times the sum over t of
    the shares that row t has in the density of each. Mixed with 1, it stays positive.
    """

    centres: np.ndarray
    """(n, d_x), where the kernels of x are."""
    places: np.ndarray
    """(n, d_x), where the rows themselves are, with their noise."""
    y: np.ndarray
    """(n, d_y), or codes (n,) of classes."""

    def bound(self, places: np.ndarray, y: np.ndarray) -> float:
        """Return E_P[T] - E_Q[e^T] + 1 of new rows; codes of -1 are new classes."""
        if is_constant(self.centres) or is_constant(self.y):
            return 0.0
        own, level = self._means(self.places, self.y, leave_out=True)
        if not level > 0:
            return 0.0
        mixed = _share_of_ones(own / level)
        joint, mean = self._means(places, y)
        local = np.log((1 - mixed) * joint / level + mixed)
        rows = np.linspace(0, len(y) - 1, min(len(y), _MAX_ROWS)).round().astype(int)
        ratios = len(self.y) * self._of_x(places[rows]) @ self._of_y(y[rows]).T
        share = _effective_share((1 - mixed) * ratios / level + mixed)
        warn_of_few_pairs(share * len(y) * (len(y) - 1))
        return float(local.mean() - ((1 - mixed) * mean / level + mixed) + 1)

    def _means(
        self, places: np.ndarray, y: np.ndarray, *, leave_out: bool = False
    ) -> tuple[np.ndarray, float]:
        """Return the ratio of each row with itself, and the mean of different ones."""
        n_rows, n_centres = len(places), len(self.centres)
        joint = np.empty(n_rows)
        of_x, of_y = np.zeros(n_centres), np.zeros(n_centres)
        for rows in blocks(n_rows, n_centres):
            first = rows.start if leave_out else None
            a, b = self._of_x(places[rows], first), self._of_y(y[rows], first)
            joint[rows] = n_centres * (a * b).sum(axis=1)
            of_x += a.sum(axis=0)
            of_y += b.sum(axis=0)
        others = n_centres * float(of_x @ of_y) - joint.sum()
        return joint, float(others / (n_rows * (n_rows - 1)))

    def _of_x(self, places: np.ndarray, first: int | None = None) -> np.ndarray:
        """Return the shares of the fit's rows in the density of x at places."""
        return softmax(exponents(places, self.centres, first), axis=1)

    def _of_y(self, y: np.ndarray, first: int | None = None) -> np.ndarray:
        """Return the shares of the fit's rows in the density of y at rows."""
        if y.ndim == 2:
            return softmax(exponents(y, self.y, first), axis=1)
        share = (y[:, None] == self.y).astype(np.float64)
        if first is not None:
            share[np.arange(len(y)), first + np.arange(len(y))] = 0
        # A class that was not seen is equally likely everywhere: the ratio is 1.
        share[~share.any(axis=1)] = 1
        return share / share.sum(axis=1, keepdims=True)


def exponents(
    places: np.ndarray, centres: np.ndarray, first: int | None = None
) -> np.ndarray:
    """Return the logarithms of kernels of width 1.

    If places are rows of the centres from ``first`` on, their own kernels are left out.
    """
    block = cdist(places, centres, "sqeuclidean") / -2
    if first is not None:
        at = np.arange(len(places))
        block[at, first + at] = -np.inf
    return block


def blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield rows whose table of so many columns is not large."""
    height = max(1, _BLOCK_BYTES // (8 * n_columns))
    for first in range(0, n_rows, height):
        yield slice(first, min(first + height, n_rows))


def is_constant(values: np.ndarray) -> bool:
    """Tell whether all rows are equal."""
    return bool((values == values[0]).all())


def _share_of_ones(ratios: np.ndarray) -> float:
    """Return the share of 1 in a mixture with ratios, by their likelihood."""
    found = minimize_scalar(
        lambda share: -np.log((1 - share) * ratios + share).mean(),
        bounds=(1 / (len(ratios) + 1), 1.0),
        method="bounded",
    )
    return float(found.x)


def _effective_share(ratios: np.ndarray) -> float:
    """Return the effective number of pairs of different rows over their number."""
    pairs = ratios[~np.eye(len(ratios), dtype=bool)]
    squares = np.square(pairs).mean()
    return float(pairs.mean() ** 2 / squares) if squares > 0 else 1.0
