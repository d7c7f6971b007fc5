"""The test of independence and the corrected score against simulation."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from skmi.information import (
    contingency_table,
    expected_mutual_information,
    mutual_information,
    mutual_information_test,
)

TABLE = np.array([[12, 5, 3], [4, 9, 7]])


def independent_tables(n_rows, n_levels, n_tables, seed=0):
    """Return tables of pairs of independent columns."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, n_levels, size=(n_tables, 2, n_rows))
    return [contingency_table(x, y) for x, y in pairs]


@pytest.mark.parametrize("n_rows", [200, 2000])
@pytest.mark.parametrize("n_levels", [3, 8, 15, 30])
def test_corrected_scores_of_noise_have_mean_zero_where_plugin_has_not(
    n_rows, n_levels
):
    results = [
        mutual_information_test(t) for t in independent_tables(n_rows, n_levels, 150)
    ]
    corrected = np.array([result.corrected for result in results])
    standard_error = corrected.std() / np.sqrt(len(corrected))
    assert abs(corrected.mean()) < 4 * standard_error
    plugin = np.mean([result.mutual_information for result in results])
    assert plugin > 8 * standard_error


@pytest.mark.parametrize(("n_rows", "n_levels"), [(200, 3), (2000, 3), (2000, 8)])
@pytest.mark.parametrize("null", ["permutation", "williams"])
def test_null_std_is_the_spread_of_noise_where_cells_are_filled(n_rows, n_levels, null):
    results = [
        mutual_information_test(t, null=null)
        for t in independent_tables(n_rows, n_levels, 400)
    ]
    spread = np.std([result.mutual_information for result in results])
    # A standard deviation of 400 values, chi-square of at least 4 degrees, is known
    # to about 6 %.
    assert results[0].null_std == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("null", ["permutation", "williams"])
def test_five_in_a_hundred_p_values_of_noise_lie_below_five_percent(null):
    results = [
        mutual_information_test(t, null=null) for t in independent_tables(300, 4, 1000)
    ]
    rate = np.mean([result.p_value < 0.05 for result in results])
    # The standard error is .007.
    assert 0.02 < rate < 0.08


def test_sparse_tables_of_noise_are_not_taken_for_dependent():
    results = [mutual_information_test(t) for t in independent_tables(200, 20, 100)]
    assert np.mean([result.p_value < 0.05 for result in results]) <= 0.1


def test_williams_statistic_is_the_g_statistic_over_his_factor():
    result = mutual_information_test(TABLE, null="williams")
    g = chi2_contingency(TABLE, correction=False, lambda_="log-likelihood").statistic
    x, y = (40 * (1 / TABLE.sum(axis=axis)).sum() - 1 for axis in (1, 0))
    factor = 1 + x * y / (6 * 40 * 2)
    assert result.statistic == pytest.approx(g / factor, abs=1e-12)
    assert result.dof == 2
    mean = factor * 2 / 80
    assert result.corrected == pytest.approx(mutual_information(TABLE) - mean)


def test_the_permutation_mean_is_what_is_taken_off():
    result = mutual_information_test(TABLE)
    expected = mutual_information(TABLE) - expected_mutual_information(TABLE)
    assert result.corrected == pytest.approx(expected, abs=1e-14)


def test_both_nulls_agree_in_the_limit():
    one, two = (
        mutual_information_test(TABLE * 1000, null=null)
        for null in ("permutation", "williams")
    )
    assert one == pytest.approx(two, rel=1e-5)


def test_empty_rows_change_nothing():
    padded = np.zeros((4, 5), dtype=int)
    padded[1:3, 1:4] = TABLE
    assert mutual_information_test(padded) == mutual_information_test(TABLE)


@pytest.mark.parametrize("null", ["permutation", "williams"])
def test_a_constant_has_nothing_but_a_p_value_of_one(null):
    for table in ([[3, 4]], [[3], [4]], [[0, 0], [2, 1]]):
        result = mutual_information_test(table, null=null)
        assert result == (0.0, 0.0, 0.0, 0.0, 1.0, 0)


def test_bits_leave_statistic_and_p_value_alone():
    nats, bits = mutual_information_test(TABLE), mutual_information_test(TABLE, base=2)
    assert np.array(bits[:3]) * np.log(2) == pytest.approx(nats[:3])
    assert bits[3:] == nats[3:]


def test_weights_need_williams():
    table = TABLE / 2
    with pytest.raises(ValueError, match=r"table must .*fractions.*williams"):
        mutual_information_test(table)
    result = mutual_information_test(table, null="williams")
    assert result.mutual_information == pytest.approx(mutual_information(TABLE))


def test_an_unknown_null_is_named():
    with pytest.raises(ValueError, match=r"null must be .*permutation.*'yates'"):
        mutual_information_test(TABLE, null="yates")


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([[1, -2], [3, 4]], "negative"),
        ([[0, 0]], "sum to 0"),
        ([[1, np.nan]], "NaN"),
        ([1, 2], "dimensions, found 1"),
        (np.zeros((0, 2)), "sum to 0"),
    ],
)
def test_bad_tables_are_named(table, found):
    with pytest.raises(ValueError, match=f"table must .*{found}"):
        mutual_information_test(table)
