"""Gaussian samples: their information against densities and closed forms."""

import numpy as np
import pytest
from scipy.linalg import eigh
from scipy.stats import multivariate_normal

from skmi.datasets import (
    STRUCTURES,
    make_correlated_gaussians,
    make_multivariate_gaussians,
)

N = 100_000


def side_by_side(X, y):
    return np.column_stack([X, y])


def check_log_density_ratio(X, y, mi, covariance):
    """Assert that the mean log density ratio is ``mi`` within 4 standard errors."""
    d = X.shape[1]
    rows = side_by_side(X, y)
    ratio = multivariate_normal(cov=covariance).logpdf(rows)
    ratio -= multivariate_normal(cov=covariance[:d, :d]).logpdf(rows[:, :d])
    ratio -= multivariate_normal(cov=covariance[d:, d:]).logpdf(rows[:, d:])
    assert ratio.mean() == pytest.approx(mi, abs=4 * ratio.std() / np.sqrt(len(X)))


@pytest.mark.parametrize("rho", [0.0, 0.75, -0.95])
def test_information_of_a_pair_is_its_mean_log_density_ratio(rho):
    X, y, mi = make_correlated_gaussians(N, rho=rho, random_state=0, return_mi=True)
    check_log_density_ratio(X, y, mi, np.array([[1, rho], [rho, 1]]))


def test_information_of_several_pairs_adds_up():
    rho = [0.5, -0.9, 0.0]
    *_, mi = make_correlated_gaussians(10, rho=rho, n_features=3, return_mi=True)
    single = [make_correlated_gaussians(10, rho=r, return_mi=True)[2] for r in rho]
    assert mi == pytest.approx(sum(single), abs=1e-15)


def test_pairs_have_their_correlations_and_no_others():
    rho = np.array([0.5, -0.9, 0.0])
    X, y = make_correlated_gaussians(N, rho=rho, n_features=3, random_state=0)
    expected = np.block([[np.eye(3), np.diag(rho)], [np.diag(rho), np.eye(3)]])
    # The standard error of a correlation or variance is at most sqrt(2 / n).
    found = np.cov(side_by_side(X, y), rowvar=False)
    np.testing.assert_allclose(found, expected, atol=4 * np.sqrt(2 / N))


def test_without_correlation_the_information_is_exactly_0():
    for structure in STRUCTURES:
        *_, mi = make_multivariate_gaussians(
            10, structure=structure, rho=0.0, random_state=0, return_mi=True
        )
        assert mi == pytest.approx(0, abs=1e-14)
    assert make_correlated_gaussians(10, rho=0, return_mi=True)[2] == 0


@pytest.mark.parametrize("rho", [0.8, -0.5])
@pytest.mark.parametrize("structure", ["sparse", "low_rank"])
def test_factors_are_pairs_of_canonical_correlation_rho(structure, rho):
    *_, mi = make_multivariate_gaussians(
        10,
        n_features=6,
        n_targets=4,
        structure=structure,
        rho=rho,
        n_factors=3,
        random_state=0,
        return_mi=True,
    )
    assert mi == pytest.approx(-1.5 * np.log(1 - rho**2), abs=1e-12)


@pytest.mark.parametrize("structure", sorted(STRUCTURES))
@pytest.mark.parametrize(("n_x", "n_y"), [(1, 1), (3, 2)])
def test_information_follows_from_the_canonical_correlations(structure, n_x, n_y):
    covariance = STRUCTURES[structure](n_x, n_y, 0.6, 1, np.random.default_rng(0))
    *_, mi = make_multivariate_gaussians(
        10, n_features=n_x, n_targets=n_y, structure=covariance, return_mi=True
    )
    cross, own = covariance.copy(), covariance.copy()
    cross[:n_x, :n_x] = cross[n_x:, n_x:] = 0
    own[:n_x, n_x:] = own[n_x:, :n_x] = 0
    canonical = eigh(cross, own, eigvals_only=True)[-min(n_x, n_y) :]
    assert mi == pytest.approx(-0.5 * np.sum(np.log(1 - canonical**2)), abs=1e-12)


@pytest.mark.parametrize("structure", sorted(STRUCTURES))
def test_information_is_the_mean_log_density_ratio(structure):
    # The loadings are drawn first, so the same seed gives the same covariance.
    covariance = STRUCTURES[structure](3, 2, 0.6, 2, np.random.default_rng(5))
    X, y, mi = make_multivariate_gaussians(
        N,
        n_features=3,
        n_targets=2,
        structure=structure,
        rho=0.6,
        random_state=5,
        return_mi=True,
    )
    check_log_density_ratio(X, y, mi, covariance)


@pytest.mark.parametrize(
    ("n", "expected"), [(2, 0.293893), (5, 0.592812), (50, 1.624265)]
)
def test_dense_information_equals_published_values(n, expected):
    *_, mi = make_multivariate_gaussians(
        10, n_features=n, n_targets=n, structure="dense", rho=0.5, return_mi=True
    )
    assert mi == pytest.approx(expected, abs=1e-6)


def test_a_covariance_may_be_given_or_built():
    given = 2.0 * np.eye(3)
    given[0, 2] = given[2, 0] = 1.0
    builds = []

    def build(n_x, n_y, rho, n_factors, rng):
        builds.append((n_x, n_y, rho, n_factors))
        return given

    options = {"n_features": 2, "n_targets": 1, "random_state": 0, "return_mi": True}
    first = make_multivariate_gaussians(20, structure=given, **options)
    second = make_multivariate_gaussians(20, structure=build, n_factors=1, **options)
    assert builds == [(2, 1, 0.8, 1)]
    assert first[2] == second[2] == pytest.approx(-0.5 * np.log(0.75))
    for a, b in zip(first[:2], second[:2], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_single_target_is_one_dimensional():
    X, y = make_multivariate_gaussians(7, n_features=1, n_targets=1, n_factors=1)
    assert (X.shape, y.shape) == ((7, 1), (7,))


# Errors


@pytest.mark.parametrize("rho", [1.0, -1.0, np.nan, "a", [0.5, 0.5], None, 1j])
def test_a_bad_correlation_of_a_pair_is_named(rho):
    with pytest.raises(ValueError, match="rho must be"):
        make_correlated_gaussians(10, rho=rho)


@pytest.mark.parametrize("structure", sorted(STRUCTURES))
@pytest.mark.parametrize("rho", [1.0, -1.0, np.nan, "a"])
def test_a_bad_correlation_is_named(structure, rho):
    with pytest.raises(ValueError, match="rho must be"):
        make_multivariate_gaussians(10, structure=structure, rho=rho)


def test_too_negative_a_common_correlation_is_named():
    with pytest.raises(ValueError, match=r"rho must be a number in \(-0.25"):
        make_multivariate_gaussians(
            10, n_features=3, n_targets=2, structure="dense", rho=-0.25
        )


@pytest.mark.parametrize("structure", ["sparse", "low_rank"])
def test_more_factors_than_columns_are_named(structure):
    with pytest.raises(ValueError, match=r"n_factors must be at most .*\(2\), found 3"):
        make_multivariate_gaussians(
            10, n_features=4, n_targets=2, n_factors=3, structure=structure
        )


@pytest.mark.parametrize(
    ("structure", "found"),
    [
        ("full", "one of .*'full'"),
        (np.eye(3), r"shape \(2, 2\)"),
        (None, "found dtype object"),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (np.array([[1.0, 1.0], [1.0, 1.0]]), "positive definite"),
        (np.array([[1.0, 0.9], [0.5, 1.0]]), "symmetric"),
        (np.array([[1.0, np.nan], [np.nan, 1.0]]), "finite"),
        (lambda *_: np.eye(3), r"shape \(2, 2\)"),
    ],
)
def test_a_bad_structure_is_named(structure, found):
    with pytest.raises(ValueError, match=f"structure must be.* {found}"):
        make_multivariate_gaussians(
            10, n_features=1, n_targets=1, n_factors=1, structure=structure
        )


@pytest.mark.parametrize("argument", ["n_features", "n_targets", "n_factors"])
@pytest.mark.parametrize("value", [0, 1.5, True, None])
def test_bad_counts_are_named(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be an integer"):
        make_multivariate_gaussians(10, **{argument: value})
