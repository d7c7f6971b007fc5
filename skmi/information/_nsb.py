"""The entropy estimate of Nemenman, Shafee and Bialek."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma, gammaln, polygamma

# Nodes of the integral over log beta. The integrand is smooth and falls to nothing
# at both ends, so the plain sum over equal steps converges exponentially.
_N_NODES = 257
_NEGLIGIBLE = 36.0


def nsb_entropy(counts: np.ndarray, n_cells: float) -> float:
    """Return the posterior mean entropy of ``n_cells`` cells in nats."""
    if n_cells == 1:
        return 0.0
    n_cells = float(n_cells)  # Integers may be too large for numpy.
    values, times = np.unique(counts.astype(np.float64), return_counts=True)
    log_beta = _support(values, times, n_cells)
    log_weight = _log_posterior(log_beta, values, times, n_cells)
    weight = np.exp(log_weight - log_weight.max())
    means = _mean_entropy(np.exp(log_beta), values, times, n_cells)
    return float(np.sum(weight * means) / np.sum(weight))


def _support(values: np.ndarray, times: np.ndarray, n_cells: float) -> np.ndarray:
    """Return equal steps of log beta over all of the posterior that matters."""
    total = float(values @ times)
    low = -np.log(n_cells) - 2 * _NEGLIGIBLE
    high = np.log(max(n_cells, total)) + 2 * _NEGLIGIBLE
    while True:
        grid = np.linspace(low, high, _N_NODES)
        log_weight = _log_posterior(grid, values, times, n_cells)
        kept = np.flatnonzero(log_weight > log_weight.max() - _NEGLIGIBLE)
        # A peak may be narrower than the first steps: look again where it lies.
        first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, _N_NODES - 1)
        if last - first > _N_NODES // 2:
            return grid
        low, high = grid[first], grid[last]


def _log_posterior(
    log_beta: np.ndarray, values: np.ndarray, times: np.ndarray, n_cells: float
) -> np.ndarray:
    """Return the logarithm of the posterior density of log beta, unnormalised."""
    beta = np.exp(log_beta)
    total = float(values @ times)
    log_likelihood = times @ _log_rising(beta, values[:, None])
    log_likelihood -= _log_rising(n_cells * beta, np.array(total))
    return log_likelihood + np.log(_prior(beta, n_cells)) + log_beta


def _log_rising(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return log Gamma(x + n) - log Gamma(x), also where x is huge."""
    return gammaln(n) - betaln(x, n)


def _prior(beta: np.ndarray, n_cells: float) -> np.ndarray:
    """Return the derivative of the prior mean entropy with respect to beta."""
    value = n_cells * polygamma(1, n_cells * beta + 1) - polygamma(1, beta + 1)
    # For large beta the difference cancels, and three terms of its series do better.
    large = beta > 300
    b, k = beta[large], 1 / n_cells
    series = (1 - k) / 2 - (1 - k**2) / (6 * b) + (1 - k**4) / (30 * b**3)
    value[large] = series / b**2
    return value


def _mean_entropy(
    beta: np.ndarray, values: np.ndarray, times: np.ndarray, n_cells: float
) -> np.ndarray:
    """Return the posterior mean of the entropy for each beta."""
    kappa = n_cells * beta
    total = float(values @ times) + kappa
    inner = times @ ((values[:, None] + beta) * digamma(values[:, None] + beta + 1))
    unseen = (n_cells - times.sum()) * beta * digamma(beta + 1)
    return digamma(total + 1) - (inner + unseen) / total
