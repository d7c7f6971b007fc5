"""What a selection starts from: checked columns, a target, and how to look at them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """Columns X, a target y, and the options of estimators.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, p)
        Numbers; codes 0, 1, ... in discrete columns; NaN where missing.
    discrete : ndarray of bool of shape (p,)
        Columns that hold categories.
    units : tuple of ndarray or None
        Columns of each unit, what a search takes in one step; None where each column
        is one.
    y : ndarray of shape (n, q)
        The target, all columns together; codes where ``discrete_target``.
    discrete_target : ndarray of bool of shape (q,)
        Columns of y that hold classes.
    n_bins, n_bins_target : int
        Bins of numbers, and of a target of numbers.
    n_neighbors : int
        Neighbours of estimators that have any.
    correction : {"chi_square", "miller_madow", "plugin"}
        How tables are corrected.
    sample_weight : ndarray of shape (n,) or None
        Frequencies, all above 0.
    missing : {"error", "category", "pairwise"}
        What NaN means: nothing, as there is none; a level of its own; or a row that
        does not count where the column does.
    random_state : numpy.random.RandomState
        Source of all that is random.
    n_jobs : int or None
        Threads.
    bin_edges : list of p arrays or None
        Inner edges of bins, where they are known.
    """

    X: Any
    discrete: np.ndarray
    units: tuple[np.ndarray, ...] | None
    y: np.ndarray
    discrete_target: np.ndarray
    n_bins: int = 8
    n_bins_target: int = 8
    n_neighbors: int = 3
    correction: str = "miller_madow"
    sample_weight: np.ndarray | None = None
    missing: str = "error"
    random_state: Any = None
    n_jobs: int | None = None
    bin_edges: Any = None

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.X.shape[1] if self.units is None else len(self.units)

    def outputs(self) -> list[Problem]:
        """Return one problem for each column of the target."""
        return [
            self._replace(y=self.y[:, [k]], discrete_target=self.discrete_target[[k]])
            for k in range(self.y.shape[1])
        ]
