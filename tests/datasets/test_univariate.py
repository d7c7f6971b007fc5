"""Pairs of variables that are not normal."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import kstest, norm, uniform

from skmi.datasets import make_bimodal_mixture, make_uniform_additive_noise


@pytest.mark.parametrize("noise", [0.05, 0.3, 0.5, 0.75, 4.0])
def test_uniform_information_equals_quadrature(noise):
    # The density of y: how much of (y - noise, y + noise) lies in (0, 1).
    def density(y):
        return (min(1, y + noise) - max(0, y - noise)) / (2 * noise)

    edges = sorted([-noise, noise, 1 - noise, 1 + noise])
    entropy = sum(
        quad(lambda y: entr(density(y)), a, b, epsabs=1e-12)[0]
        for a, b in pairwise(edges)
    )
    *_, mi = make_uniform_additive_noise(10, noise=noise, return_mi=True)
    assert mi == pytest.approx(entropy - np.log(2 * noise), abs=1e-9)


def test_uniform_samples_follow_their_law():
    X, y = make_uniform_additive_noise(5000, noise=0.3, random_state=0)
    assert kstest(X[:, 0], uniform.cdf).pvalue > 1e-4
    assert kstest(y - X[:, 0], uniform(-0.3, 0.6).cdf).pvalue > 1e-4
    # Independent, so the correlation is 0 with standard error 1 / sqrt(n).
    correlation = np.corrcoef(X[:, 0], y - X[:, 0])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(5000)


@pytest.mark.parametrize(("separation", "weight"), [(0, 0.5), (3.0, 0.3), (40.0, 0.9)])
def test_bimodal_variables_are_gaussians_of_correlation_rho_behind_a_map(
    separation, weight
):
    X, y, mi = make_bimodal_mixture(
        20_000,
        rho=0.6,
        separation=separation,
        weight=weight,
        random_state=0,
        return_mi=True,
    )

    def back(x):
        mixed = weight * norm.cdf(x) + (1 - weight) * norm.cdf(x - separation)
        return norm.ppf(mixed)

    x_behind, y_behind = back(X[:, 0]), back(y)
    assert kstest(x_behind, norm.cdf).pvalue > 1e-4
    assert kstest(y_behind, norm.cdf).pvalue > 1e-4
    assert mi == pytest.approx(-0.5 * np.log(1 - 0.36), abs=1e-15)
    ratio = mi + 0.5 * (x_behind**2 + y_behind**2)
    ratio -= (x_behind**2 - 1.2 * x_behind * y_behind + y_behind**2) / (2 * 0.64)
    assert ratio.mean() == pytest.approx(mi, abs=4 * ratio.std() / np.sqrt(20_000))


def test_bimodal_map_is_strictly_rising_in_both_tails():
    X, _ = make_bimodal_mixture(20_000, separation=8.0, random_state=0)
    # 20,000 normal draws are distinct, and must stay so.
    assert np.unique(X).size == 20_000


def test_bimodal_map_without_separation_changes_nothing():
    X, y = make_bimodal_mixture(200, separation=0.0, random_state=0)
    z = np.random.default_rng(0).standard_normal((2, 200, 1))
    np.testing.assert_allclose(X, z[0], atol=1e-13)
    np.testing.assert_allclose(
        y, 0.75 * z[0, :, 0] + np.sqrt(1 - 0.75**2) * z[1, :, 0], atol=1e-13
    )


@pytest.mark.parametrize("noise", [0, -1.0, np.inf, np.nan, "loud"])
def test_bad_noise_is_named(noise):
    with pytest.raises(ValueError, match="noise must be"):
        make_uniform_additive_noise(10, noise=noise)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("rho", 1.0),
        ("separation", -1.0),
        ("separation", np.inf),
        ("weight", 0.0),
        ("weight", 1),
        ("weight", None),
    ],
)
def test_bad_options_of_the_mixture_are_named(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        make_bimodal_mixture(10, **{argument: value})
