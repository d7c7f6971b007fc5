"""What dit is asked for; runs in its environment."""

import numpy as np
from dit import Distribution
from dit.rate_distortion import IBCurve

# Factor of the relevance at which partitions have all the clusters they may have.
_LARGE = 1e4


def curve(table: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return beta, I(X;T) and I(T;Y) in nats, beta as skmi has it, (3, n_betas)."""
    low, high, n_betas = limits
    found = IBCurve(
        _distribution(table),
        rvs=[[0], [1]],
        beta_min=low,
        beta_max=high,
        beta_num=int(n_betas),
        method="sp",
    )
    informations = np.log(2) * np.array([found.complexities, found.relevances])
    return np.vstack([1 / found.betas, informations])


def agglomerative(table: np.ndarray, n_clusters: np.ndarray) -> np.ndarray:
    """Return I(T;Y) of greedy merges in nats."""
    return _partition(table, n_clusters, "agglomerative")


def sequential(table: np.ndarray, n_clusters: np.ndarray) -> np.ndarray:
    """Return I(T;Y) of moves of single rows in nats."""
    return _partition(table, n_clusters, "sequential")


def _partition(table: np.ndarray, n_clusters: np.ndarray, method: str) -> np.ndarray:
    """Return I(T;Y) of a partition in nats."""
    found = IBCurve(
        _distribution(table),
        rvs=[[0], [1]],
        beta_min=_LARGE,
        beta_max=2 * _LARGE,
        beta_num=2,
        method=method,
        alpha=0.0,
        bound=int(n_clusters),
    )
    return np.log(2) * np.array(found.relevances[:1])


def _distribution(table: np.ndarray) -> Distribution:
    """Return a table as a distribution of two symbols."""
    cells = [f"{i}{j}" for i, j in np.ndindex(*table.shape)]
    return Distribution(cells, table.ravel().tolist())
