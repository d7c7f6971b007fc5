"""kNN information against all-pairs references, closed forms and exact tables."""

import warnings
from functools import partial

import numpy as np
import pytest
from scipy.special import digamma

from skmi.exceptions import EstimationWarning
from skmi.information import (
    KNN_ESTIMATORS,
    contingency_table,
    entropy,
    ksg_mutual_information,
    mixed_mutual_information,
    mutual_information,
)

ESTIMATORS = sorted(KNN_ESTIMATORS)
N = 3000


def standard_error(local):
    """Return the error of the mean of local values, as if they were independent.

    Neighbours share points, which lowers the spread of a mean rather than raises it.
    """
    return np.std(local) / np.sqrt(len(local))


def gaussians(n_columns, correlation, n=N, seed=0):
    """Return x and y whose columns are correlated in pairs, and their information."""
    x, noise = np.random.default_rng(seed).standard_normal((2, n, n_columns))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    return x, y, -n_columns / 2 * np.log(1 - correlation**2)


def distances_of(variable):
    variable = variable.reshape(len(variable), -1)
    return np.abs(variable[:, None] - variable[None]).max(axis=2)


def all_pairs_ksg(x, y, k, variant):
    """Return local values by sorting the distances of all pairs."""
    d_x, d_y = distances_of(x), distances_of(y)
    n = len(x)
    local = np.empty(n)
    for i in range(n):
        others = np.arange(n) != i
        a, b = d_x[i, others], d_y[i, others]
        order = np.argsort(np.maximum(a, b))[:k]
        if variant == 1:
            edge = np.maximum(a, b)[order[-1]]
            n_x, n_y = np.sum(a < edge), np.sum(b < edge)
            local[i] = digamma(k) + digamma(n) - digamma(n_x + 1) - digamma(n_y + 1)
        else:
            n_x, n_y = np.sum(a <= a[order].max()), np.sum(b <= b[order].max())
            local[i] = digamma(k) - 1 / k + digamma(n) - digamma(n_x) - digamma(n_y)
    return local


def all_pairs_mixed(x, y, k):
    """Return local values of the mixed estimator, ties and equal rows by hand."""
    d_x, d_y = distances_of(x), distances_of(y)
    joint = np.maximum(d_x, d_y)
    n = len(x)
    local = np.empty(n)
    for i in range(n):
        edge = np.sort(np.delete(joint[i], i))[k - 1]
        several = np.sum(np.delete(joint[i], i) == edge) > 1 or edge == 0
        counts = [
            np.sum(d[i] <= edge) if several else np.sum(d[i] < edge)
            for d in (joint, d_x, d_y)
        ]
        n_joint, n_x, n_y = digamma(counts)
        local[i] = digamma(n) + n_joint - n_x - n_y
    return local


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("n_columns", [1, 2, 6])
def test_ksg_equals_all_pairs(variant, k, n_columns):
    x, y, _ = gaussians(n_columns, 0.7, n=250)
    local = ksg_mutual_information(x, y, n_neighbors=k, variant=variant, pointwise=True)
    expected = all_pairs_ksg(x, y, k, variant)
    np.testing.assert_allclose(local, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("round_to", [None, 1, 0])
def test_mixed_equals_all_pairs(k, round_to):
    x, y, _ = gaussians(2, 0.7, n=250)
    x[:80, 0] = 0.0
    y[:40] = 0.0
    if round_to is not None:
        y = np.round(y, round_to)
    local = mixed_mutual_information(x, y, n_neighbors=k, pointwise=True)
    expected = all_pairs_mixed(x, y, k)
    np.testing.assert_allclose(local, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("n_columns", [1, 2, 3])
def test_gaussian_information_is_half_log_of_the_determinants(
    name, correlation, n_columns
):
    x, y, expected = gaussians(n_columns, correlation)
    local = KNN_ESTIMATORS[name](x, y, pointwise=True)
    # The bias grows with the strength of dependence and with the columns.
    bias = 0.01 + 0.03 * expected * (n_columns - 1)
    tolerance = 4 * standard_error(local) + bias
    assert local.mean() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("shape", [(N,), (N, 2), (N, 5)])
def test_independent_variables_share_nothing(name, shape):
    x, y = np.random.default_rng(1).standard_normal((2, *shape))
    local = KNN_ESTIMATORS[name](x, y, pointwise=True)
    assert local.mean() == pytest.approx(0, abs=4 * standard_error(local))


def test_negative_estimates_are_returned_as_computed():
    rng = np.random.default_rng(2)
    values = [ksg_mutual_information(*rng.standard_normal((2, 100))) for _ in range(40)]
    # A sign is a fair coin for independent variables, or nearly so.
    assert 8 <= np.sum(np.less(values, 0)) <= 32


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("pointwise", [False, True])
def test_permuting_the_rows_permutes_local_values(name, pointwise):
    x, y, _ = gaussians(2, 0.7, n=500)
    order = np.random.default_rng(3).permutation(500)
    value = KNN_ESTIMATORS[name](x, y, pointwise=pointwise)
    permuted = KNN_ESTIMATORS[name](x[order], y[order], pointwise=pointwise)
    expected = value[order] if pointwise else pytest.approx(value, abs=1e-12)
    if pointwise:
        np.testing.assert_array_equal(permuted, expected)
    else:
        assert permuted == expected


@pytest.mark.parametrize("name", ESTIMATORS)
def test_order_of_variables_columns_and_signs_changes_nothing(name):
    x, y, _ = gaussians(2, 0.7, n=500)
    estimate = KNN_ESTIMATORS[name]
    expected = pytest.approx(estimate(x, y), abs=1e-12)
    assert estimate(y, x) == expected
    assert estimate(x[:, ::-1], -y) == expected


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_common_factor_of_two_changes_no_bit(name):
    x, y, _ = gaussians(1, 0.7, n=500)
    estimate = KNN_ESTIMATORS[name]
    assert estimate(4 * x, 4 * y) == estimate(x, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_rescaling_one_variable_moves_the_estimate_within_its_error(name):
    x, y, _ = gaussians(1, 0.7)
    estimate = partial(KNN_ESTIMATORS[name], pointwise=True)
    local = estimate(x, y)
    tolerance = 4 * standard_error(local)
    assert estimate(3 * x, y).mean() == pytest.approx(local.mean(), abs=tolerance)


def test_rising_maps_keep_the_information_of_continuous_variables():
    x, y, expected = gaussians(1, 0.7)
    local = ksg_mutual_information(np.exp(x), y**3, pointwise=True)
    assert local.mean() == pytest.approx(expected, abs=4 * standard_error(local) + 0.02)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_estimate_is_the_mean_of_local_values_in_its_unit(name):
    x, y, _ = gaussians(1, 0.7, n=300)
    estimate = KNN_ESTIMATORS[name]
    local = estimate(x, y, pointwise=True)
    assert local.shape == (300,)
    assert isinstance(estimate(x, y), float)
    assert estimate(x, y) == pytest.approx(local.mean())
    assert estimate(x, y, base=2) == pytest.approx(local.mean() / np.log(2))
    np.testing.assert_allclose(
        estimate(x, y, base=2, pointwise=True) * np.log(2), local
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_jobs_change_no_bit(name):
    x, y, _ = gaussians(2, 0.7, n=2000)
    assert KNN_ESTIMATORS[name](x, y, n_jobs=2) == KNN_ESTIMATORS[name](x, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_integers_lists_and_columns_are_taken_as_they_are(name):
    x, y, _ = gaussians(1, 0.7, n=50)
    x, y = np.round(1e6 * x).astype(int), np.round(1e6 * y).astype(int)
    value = KNN_ESTIMATORS[name](x, y)
    assert KNN_ESTIMATORS[name](x[:, 0].tolist(), y[:, 0].astype(float)) == value


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("shape", [(60,), (60, 3)])
@pytest.mark.parametrize("other", ["continuous", "rounded", "constant"])
def test_a_constant_informs_exactly_nothing(name, shape, other):
    y = np.random.default_rng(4).standard_normal(60)
    y = {"continuous": y, "rounded": np.round(y), "constant": 0 * y}[other]
    constant = np.full(shape, 0.3)
    assert KNN_ESTIMATORS[name](constant, y) == 0.0
    assert KNN_ESTIMATORS[name](y, constant) == 0.0
    local = KNN_ESTIMATORS[name](y, constant, pointwise=True)
    assert local.shape == (60,)
    assert not local.any()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_constant_column_beside_others_changes_no_bit(name):
    x, y, _ = gaussians(2, 0.7, n=300)
    padded = np.column_stack([x, np.full(300, 7.0)])
    assert KNN_ESTIMATORS[name](padded, y) == KNN_ESTIMATORS[name](x, y)


def test_mixed_equals_the_first_ksg_where_nothing_repeats():
    x, y, _ = gaussians(3, 0.7, n=1000)
    expected = ksg_mutual_information(x, y, pointwise=True)
    np.testing.assert_allclose(
        mixed_mutual_information(x, y, pointwise=True), expected, rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("n_levels", [2, 5])
def test_mixed_is_close_to_the_corrected_table_for_discrete_variables(n_levels):
    rng = np.random.default_rng(5)
    x = rng.integers(n_levels, size=N)
    y = np.where(rng.random(N) < 0.5, x, rng.integers(n_levels, size=N))
    table = contingency_table(x, y)
    # psi(c) and log c - 1 / 2c differ by 1 / 12 c^2, on average over rows by less than
    # the number of cells over N times that of the smallest cell.
    corrected = mutual_information(table, correction="miller_madow")
    tolerance = table.size / N / table.min()
    assert mixed_mutual_information(x, y) == pytest.approx(corrected, abs=tolerance)


def test_mixed_finds_the_information_of_a_class_and_a_continuous_variable():
    # Two uniform distributions of width 1, half of each overlapping: the class is
    # known outside the overlap, which holds half of the rows.
    rng = np.random.default_rng(6)
    y = rng.integers(2, size=N)
    x = rng.random(N) + 0.5 * y
    local = mixed_mutual_information(x, 10 * y, pointwise=True)
    expected = np.log(2) / 2
    assert local.mean() == pytest.approx(expected, abs=4 * standard_error(local) + 0.01)


def test_mixed_finds_the_information_of_a_count_and_its_rate():
    # X is exponential, Y Poisson of rate X, so Y is geometric: I = H(Y) - H(Y|X).
    rng = np.random.default_rng(7)
    x = rng.exponential(size=N)
    y = rng.poisson(x)
    rates = rng.exponential(size=100_000)
    levels = np.arange(60)
    log_factorial = np.cumsum(np.log(np.maximum(levels, 1)))
    given = sum(
        rates * 0
        + np.exp(-rates + m * np.log(rates) - f) * (rates - m * np.log(rates) + f)
        for m, f in zip(levels, log_factorial, strict=True)
    )
    expected = 2 * np.log(2) - given.mean()
    local = mixed_mutual_information(x, y, pointwise=True)
    tolerance = 4 * (standard_error(local) + standard_error(given)) + 0.01
    assert local.mean() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_zero_inflated_variable_has_its_indicators_entropy_with_it(share, swapped):
    rng = np.random.default_rng(8)
    x = np.where(rng.random(N) < share, 0.0, rng.standard_normal(N))
    indicator = (x != 0).astype(int)
    limit = entropy(np.bincount(indicator))
    pair = (indicator, x) if swapped else (x, indicator)
    value = mixed_mutual_information(*pair)
    assert value <= limit + 0.05
    assert value == pytest.approx(limit, abs=0.05)


def test_a_zero_inflated_variable_that_is_independent_shares_nothing():
    rng = np.random.default_rng(9)
    x, y = np.where(rng.random((2, N)) < 0.6, 0.0, rng.standard_normal((2, N)))
    local = mixed_mutual_information(x, y, pointwise=True)
    assert local.mean() == pytest.approx(0, abs=4 * standard_error(local) + 0.01)


@pytest.mark.parametrize("name", ["ksg1", "ksg2"])
@pytest.mark.parametrize(
    ("x_kind", "y_kind"),
    [("integer", "integer"), ("rounded", "rounded"), (None, "integer")],
)
def test_ksg_warns_of_ties_and_points_to_the_mixed_estimator(name, x_kind, y_kind):
    x, y, _ = gaussians(1, 0.7, n=500)
    digits = {"integer": 0, "rounded": 1, None: 12}
    x, y = np.round(x, digits[x_kind]), np.round(y, digits[y_kind])
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        value = KNN_ESTIMATORS[name](x, y)
    assert np.isfinite(value)
    assert any("mixed_mutual_information" in str(w.message) for w in record)
    assert {w.category for w in record} == {EstimationWarning}
    assert {w.filename for w in record} == {__file__}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_single_precision_and_few_equal_values_do_not_warn(name):
    x, y, _ = gaussians(2, 0.7, n=2000)
    x, y = x.astype(np.float32), y.astype(np.float32)
    x[:4, 0] = 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        KNN_ESTIMATORS[name](x, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimate_near_its_ceiling_warns(name):
    x = np.random.default_rng(10).standard_normal(200)
    with pytest.warns(EstimationWarning, match="at most"):
        value = KNN_ESTIMATORS[name](x, x)
    assert value <= digamma(200) - digamma(3) + 1e-12


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ([1.0, np.nan, 2.0, 4.0], "NaN"),
        ([1.0, -np.inf, 2.0, 4.0], "infinity"),
        (["a", "b", "c", "d"], "dtype"),
        (np.zeros((4, 2, 2)), r"\(4, 2, 2\)"),
        (np.zeros((4, 0)), r"\(4, 0\)"),
        (1.0, r"\(\)"),
    ],
)
def test_bad_samples_are_named(name, bad, found):
    good = [1.0, 2.0, 4.0, 8.0]
    with pytest.raises(ValueError, match=f"x must .*{found}"):
        KNN_ESTIMATORS[name](bad, good)
    with pytest.raises(ValueError, match=f"y must .*{found}"):
        KNN_ESTIMATORS[name](good, bad)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_different_lengths_are_named(name):
    with pytest.raises(
        ValueError, match=r"y must have as many rows as x \(5\), found 4"
    ):
        KNN_ESTIMATORS[name](np.arange(5.0), np.arange(4.0))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_single_row_is_named(name):
    with pytest.raises(ValueError, match="x must have at least 2 rows, found 1"):
        KNN_ESTIMATORS[name]([1.0], [2.0])


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("n_neighbors", [0, -1, 4, 2.5, True])
def test_a_bad_number_of_neighbours_is_named(name, n_neighbors):
    x = [1.0, 2.0, 4.0, 8.0]
    with pytest.raises(ValueError, match=r"n_neighbors must be .*at most 3"):
        KNN_ESTIMATORS[name](x, x, n_neighbors=n_neighbors)


@pytest.mark.parametrize("variant", [0, 3, True, "1", None])
def test_a_bad_variant_is_named(variant):
    with pytest.raises(ValueError, match="variant must be 1 or 2"):
        ksg_mutual_information([1.0, 2.0], [1.0, 2.0], variant=variant)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(("option", "value"), [("base", 1), ("n_jobs", 0)])
def test_other_bad_options_are_named(name, option, value):
    with pytest.raises(ValueError, match=f"{option} must be"):
        KNN_ESTIMATORS[name](np.arange(5.0), np.arange(5.0), **{option: value})
