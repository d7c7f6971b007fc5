"""Conditional kNN information against all-pairs references and closed forms."""

import warnings

import numpy as np
import pytest
from scipy.special import digamma

from skmi.exceptions import EstimationWarning
from skmi.information import (
    KNN_CONDITIONAL_ESTIMATORS,
    conditional_mutual_information,
    joint_tables,
    knn_conditional_mutual_information,
    ksg_mutual_information,
    mixed_mutual_information,
)

METHODS = sorted(KNN_CONDITIONAL_ESTIMATORS)
N = 3000


def standard_error(local):
    """Return the error of the mean of local values, as if they were independent."""
    return np.std(local) / np.sqrt(len(local))


def gaussians(covariance, n=N, seed=0):
    """Return the columns of Gaussian rows."""
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(np.zeros(len(covariance)), covariance, size=n).T


def distances_of(variable):
    variable = variable.reshape(len(variable), -1)
    return np.abs(variable[:, None] - variable[None]).max(axis=2)


def all_pairs(x, y, z, k, method):
    """Return local values by sorting the distances of all pairs."""
    d_x, d_y, d_z = (distances_of(variable) for variable in (x, y, z))
    sides = [np.maximum(d_x, d_z), np.maximum(d_y, d_z), d_z]
    joint = np.maximum(sides[0], d_y)
    n = len(x)
    local = np.empty(n)
    for i in range(n):
        others = np.arange(n) != i
        edge = np.sort(joint[i, others])[k - 1]
        if method == "frenzel_pompe":
            n_joint = k
            xz, yz, z_ = (np.sum(d[i, others] < edge) + 1 for d in sides)
        else:
            n_joint = np.sum(joint[i, others] <= edge)
            xz, yz, z_ = (np.sum(d[i, others] <= edge) for d in sides)
        local[i] = digamma(n_joint) - digamma(xz) - digamma(yz) + digamma(z_)
    return local


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("shape", [(250,), (250, 2)])
def test_estimates_equal_all_pairs(method, k, shape):
    x, y, z = np.random.default_rng(0).standard_normal((3, *shape))
    x, y = x + z, y + z - x
    local = knn_conditional_mutual_information(
        x, y, z, method=method, n_neighbors=k, pointwise=True
    )
    expected = all_pairs(x, y, z, k, method)
    np.testing.assert_allclose(local, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("digits", [1, 0])
def test_mesner_shalizi_equals_all_pairs_where_values_tie(k, digits):
    x, y, z = np.round(np.random.default_rng(1).standard_normal((3, 250)), digits)
    x[:90] = z[:90]
    local = knn_conditional_mutual_information(
        x, y, z, method="mesner_shalizi", n_neighbors=k, pointwise=True
    )
    expected = all_pairs(x, y, z, k, "mesner_shalizi")
    np.testing.assert_allclose(local, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_gaussian_information_follows_from_the_partial_correlation(method, correlation):
    # X and Y given Z have this correlation; Z adds to both.
    x, y, z = gaussians([[1, correlation, 0], [correlation, 1, 0], [0, 0, 1]])
    local = knn_conditional_mutual_information(
        x + 0.7 * z, y - 0.7 * z, z, method=method, pointwise=True
    )
    expected = -np.log(1 - correlation**2) / 2
    # Counts up to the edge, rather than below it, lift the second method a little.
    bias = 0.02 + 0.05 * expected
    tolerance = 4 * standard_error(local) + bias
    assert local.mean() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("method", METHODS)
def test_the_ends_of_a_chain_share_nothing_given_its_middle(method):
    noise = np.random.default_rng(2).standard_normal((3, N))
    x = noise[0]
    z = x + noise[1]
    y = z + noise[2]
    local = knn_conditional_mutual_information(x, y, z, method=method, pointwise=True)
    assert local.mean() == pytest.approx(0, abs=4 * standard_error(local) + 0.02)
    assert ksg_mutual_information(x, y) > 0.15


@pytest.mark.parametrize("method", METHODS)
def test_two_causes_inform_about_each_other_given_their_effect(method):
    x, y, noise = np.random.default_rng(3).standard_normal((3, N))
    z = x + y + noise
    local = knn_conditional_mutual_information(x, y, z, method=method, pointwise=True)
    tolerance = 4 * standard_error(local) + 0.02
    assert local.mean() == pytest.approx(np.log(4 / 3) / 2, abs=tolerance)


@pytest.mark.parametrize("method", METHODS)
def test_chain_rule_holds_within_the_error(method):
    x, y, z = gaussians([[1, 0.6, 0.4], [0.6, 1, 0.2], [0.4, 0.2, 1]])
    joint = mixed_mutual_information(x, np.column_stack([y, z]), pointwise=True)
    first = mixed_mutual_information(x, z, pointwise=True)
    second = knn_conditional_mutual_information(x, y, z, method=method, pointwise=True)
    difference = joint - first - second
    tolerance = 4 * standard_error(difference) + 0.02
    assert difference.mean() == pytest.approx(0, abs=tolerance)


def test_frenzel_pompe_with_a_constant_condition_is_the_first_ksg():
    x, y = gaussians([[1, 0.6], [0.6, 1]], n=500)
    local = knn_conditional_mutual_information(x, y, np.ones(500), pointwise=True)
    expected = ksg_mutual_information(x, y, pointwise=True)
    np.testing.assert_allclose(local, expected, rtol=0, atol=1e-13)


def test_mesner_shalizi_is_close_to_the_table_for_discrete_variables():
    rng = np.random.default_rng(4)
    x, z = rng.integers(2, size=(2, N))
    y = np.where(rng.random(N) < 0.8, x ^ z, rng.integers(2, size=N))
    table = joint_tables(x[:, None], y, z)[0]
    expected = conditional_mutual_information(table)
    # psi(c - 1) is about log c - 3 / 2c: cells of xyz, xz, yz and z add up to a bias of
    # 3 / 2N times 8 - 4 - 4 + 2.
    value = knn_conditional_mutual_information(x, y, z, method="mesner_shalizi")
    assert value == pytest.approx(expected, abs=2 * 3 / N)


def test_mesner_shalizi_takes_a_class_beside_continuous_variables():
    # Given a class Z, X and Y are Gaussians of correlation 0.8 or -0.8 and so
    # informative, although they are uncorrelated over all rows.
    rng = np.random.default_rng(5)
    z = rng.integers(2, size=N)
    x, noise = rng.standard_normal((2, N))
    y = np.where(z == 1, 0.8, -0.8) * x + 0.6 * noise
    local = knn_conditional_mutual_information(
        x, y, 10 * z, method="mesner_shalizi", pointwise=True
    )
    tolerance = 4 * standard_error(local) + 0.03
    assert local.mean() == pytest.approx(-np.log(0.36) / 2, abs=tolerance)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pointwise", [False, True])
def test_a_constant_informs_exactly_nothing(method, pointwise):
    y, z = np.round(np.random.default_rng(6).standard_normal((2, 60)), 1)
    constant = np.full((60, 2), 0.3)
    for pair in ((constant, y), (y, constant), (constant, constant)):
        value = knn_conditional_mutual_information(
            *pair, z, method=method, pointwise=pointwise
        )
        assert not np.any(value)
        assert np.shape(value) == ((60,) if pointwise else ())


@pytest.mark.parametrize("method", METHODS)
def test_permuting_the_rows_changes_nothing(method):
    x, y, z = gaussians([[1, 0.6, 0.4], [0.6, 1, 0.2], [0.4, 0.2, 1]], n=500)
    order = np.random.default_rng(7).permutation(500)
    estimate = KNN_CONDITIONAL_ESTIMATORS[method]
    local = estimate(x, y, z, pointwise=True)
    permuted = estimate(x[order], y[order], z[order], pointwise=True)
    np.testing.assert_array_equal(permuted, local[order])
    assert estimate(y, x, -z) == pytest.approx(estimate(x, y, z), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_estimate_is_the_mean_of_local_values_in_its_unit(method):
    x, y, z = gaussians([[1, 0.6, 0.4], [0.6, 1, 0.2], [0.4, 0.2, 1]], n=500)
    estimate = KNN_CONDITIONAL_ESTIMATORS[method]
    local = estimate(x, y, z, pointwise=True)
    assert isinstance(estimate(x, y, z), float)
    assert estimate(x, y, z) == pytest.approx(local.mean())
    assert estimate(x, y, z, base=2) == pytest.approx(local.mean() / np.log(2))
    assert estimate(x, y, z, n_jobs=2) == estimate(x, y, z)


def test_frenzel_pompe_warns_of_ties_and_mesner_shalizi_does_not():
    x, y, z = np.round(np.random.default_rng(8).standard_normal((3, 500)), 1)
    with pytest.warns(EstimationWarning, match="mesner_shalizi") as record:
        knn_conditional_mutual_information(x, y, z)
    assert record[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        knn_conditional_mutual_information(x, y, z, method="mesner_shalizi")


@pytest.mark.parametrize("method", METHODS)
def test_an_estimate_near_its_ceiling_warns(method):
    x, z = np.random.default_rng(9).standard_normal((2, 500))
    with pytest.warns(EstimationWarning, match="at most"):
        knn_conditional_mutual_information(x, x, z, method=method)


@pytest.mark.parametrize(
    ("position", "name"), [(0, "x"), (1, "y"), (2, "z")], ids=["x", "y", "z"]
)
@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ([1.0, np.nan, 2.0, 4.0], "NaN"),
        (["a", "b", "c", "d"], "dtype"),
        (np.zeros((4, 2, 2)), r"\(4, 2, 2\)"),
        (np.zeros((4, 0)), r"\(4, 0\)"),
        (None, "dtype"),
    ],
)
def test_bad_samples_are_named(position, name, bad, found):
    samples = [np.array([1.0, 2.0, 4.0, 8.0])] * 3
    samples[position] = bad
    with pytest.raises(ValueError, match=f"{name} must .*{found}"):
        knn_conditional_mutual_information(*samples)


def test_different_lengths_are_named():
    with pytest.raises(
        ValueError, match=r"z must have as many rows as x \(5\), found 4"
    ):
        knn_conditional_mutual_information(np.ones(5), np.ones(5), np.ones(4))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("n_neighbors", 5),
        ("n_neighbors", 0),
        ("method", "ksg"),
        ("base", 1),
        ("n_jobs", 0),
    ],
)
def test_bad_options_are_named(option, value):
    x = np.arange(5.0)
    with pytest.raises(ValueError, match=f"{option} must be"):
        knn_conditional_mutual_information(x, x, x, **{option: value})
