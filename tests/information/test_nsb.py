"""The estimate and its parts against slow quadrature of what they are defined by."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import betaln, digamma, log_expit

from skmi.information._nsb import _log_rising, _mean_entropy, _prior, nsb_entropy


def over_two_cells(counts, beta):
    """Integrate likelihood times Dirichlet prior over p: alone, and times entropy."""
    # Equal steps of the logit: the sum converges exponentially.
    logits = np.linspace(-60, 60, 6001)
    log_p, log_q = log_expit(logits), log_expit(-logits)
    log_density = (counts[0] + beta) * log_p + (counts[1] + beta) * log_q
    density = np.exp(log_density - betaln(beta, beta))
    entropy = -np.exp(log_p) * log_p - np.exp(log_q) * log_q
    return np.array([density.sum(), density @ entropy])


def prior_entropy(beta, n_cells):
    """Return the mean entropy of symmetric Dirichlet probabilities."""
    return digamma(n_cells * beta + 1) - digamma(beta + 1)


@pytest.mark.parametrize("counts", [(1, 1), (3, 1), (7, 2)])
@pytest.mark.parametrize("beta", [0.3, 1.0, 12.0])
def test_for_one_beta_the_mean_is_that_of_the_dirichlet_posterior(counts, beta):
    evidence, moment = over_two_cells(counts, beta)
    values = np.array(counts, dtype=float)
    found = _mean_entropy(np.array([beta]), values, np.ones(2), 2.0)
    assert found[0] == pytest.approx(moment / evidence, abs=1e-12)


@pytest.mark.parametrize("counts", [(1, 1), (3, 1), (9, 4)])
def test_the_estimate_averages_over_priors_of_evenly_spread_entropy(counts):
    # Equal weights for equal steps of the prior's mean entropy, from 0 to log 2, and
    # nothing but the density of p for each: no formula of the posterior.
    nodes, weights = np.polynomial.legendre.leggauss(60)
    total = np.zeros(2)
    for level, weight in zip(np.log(2) * (nodes + 1) / 2, weights, strict=True):

        def excess(log_beta, level=level):
            return prior_entropy(np.exp(log_beta), 2) - level

        total += weight * over_two_cells(counts, np.exp(brentq(excess, -30, 30)))
    found = nsb_entropy(np.array(counts), 2)
    assert found == pytest.approx(total[1] / total[0], abs=1e-8)


@pytest.mark.parametrize("n_cells", [2, 10, 10**6])
@pytest.mark.parametrize("beta", [1e-8, 0.1, 3.0, 299.0, 301.0, 1e6])
def test_the_prior_is_the_slope_of_the_mean_entropy(n_cells, beta):
    with mpmath.workdps(40):
        slope = mpmath.diff(
            lambda b: mpmath.psi(0, n_cells * b + 1) - mpmath.psi(0, b + 1), beta
        )
    found = _prior(np.array([beta]), float(n_cells))[0]
    assert found == pytest.approx(float(slope), rel=1e-9)


@pytest.mark.parametrize("x", [1e-12, 0.5, 40.0, 1e9])
@pytest.mark.parametrize("n", [1.0, 2.5, 1e4])
def test_rising_factorials_are_exact_for_small_and_huge_arguments(x, n):
    with mpmath.workdps(40):
        expected = float(mpmath.loggamma(mpmath.mpf(x) + n) - mpmath.loggamma(x))
    found = float(_log_rising(np.array(x), np.array(n)))
    assert found == pytest.approx(expected, rel=1e-10)


def test_the_order_of_cells_means_nothing():
    counts = np.array([5, 1, 1, 2])
    expected = nsb_entropy(counts, 9)
    assert nsb_entropy(counts[::-1], 9) == pytest.approx(expected, abs=1e-14)
