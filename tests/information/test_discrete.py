"""Entropies and informations of counts against closed forms and brute force."""

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from skmi.information import (
    CORRECTIONS,
    conditional_entropy,
    conditional_mutual_information,
    entropy,
    interaction_information,
    mutual_information,
)

# James-Stein shrinks every table by a weight of its own.
OF_ONE_TABLE = sorted(set(CORRECTIONS) - {"james_stein"})


def brute_force_information(table):
    """Return sum p log(p / (p_x p_y)), cell by cell."""
    p = np.asarray(table, dtype=float) / np.sum(table)
    total = 0.0
    for i, j in np.ndindex(*p.shape):
        if p[i, j] > 0:
            total += p[i, j] * np.log(p[i, j] / (p[i].sum() * p[:, j].sum()))
    return total


@pytest.fixture
def table():
    return np.random.default_rng(0).integers(0, 9, size=(4, 5))


@pytest.fixture
def table3():
    return np.random.default_rng(1).integers(0, 9, size=(3, 4, 5))


@pytest.mark.parametrize("n_levels", [1, 2, 7, 100])
def test_entropy_of_a_uniform_variable_is_log_of_its_levels(n_levels):
    value = entropy(np.full(n_levels, 3))
    assert value == pytest.approx(np.log(n_levels), abs=1e-14)


def test_entropy_equals_scipy(table):
    assert entropy(table) == pytest.approx(scipy_entropy(table.ravel()), abs=1e-14)


def test_entropy_in_bits_of_a_fair_coin_is_one():
    assert entropy([5, 5], base=2) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_entropy_of_a_constant_is_exactly_zero(correction):
    assert entropy([0, 17, 0], correction=correction) == 0.0


def test_empty_cells_change_nothing(table):
    padded = np.zeros((7, 9), dtype=int)
    padded[1:5, 2:7] = table
    assert entropy(padded) == entropy(table)
    assert mutual_information(padded) == mutual_information(table)


def test_mutual_information_equals_brute_force_and_scikit_learn(table):
    value = mutual_information(table)
    assert value == pytest.approx(brute_force_information(table), abs=1e-14)
    sklearn_value = mutual_info_score(None, None, contingency=table)
    assert value == pytest.approx(sklearn_value, abs=1e-14)


def test_information_of_a_variable_with_itself_is_its_entropy():
    counts = np.array([3, 5, 9])
    assert mutual_information(np.diag(counts)) == pytest.approx(entropy(counts))


def test_information_of_independent_variables_is_zero():
    product = np.outer([1, 2, 3], [4, 5])
    assert mutual_information(product) == pytest.approx(0, abs=1e-15)


def test_information_is_symmetric(table):
    assert mutual_information(table) == pytest.approx(mutual_information(table.T))


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_information_with_a_constant_is_exactly_zero(correction):
    counts = np.random.default_rng(2).random(11)
    wide = np.zeros((3, 11))
    wide[1] = counts
    assert mutual_information(wide, correction=correction) == 0.0
    assert mutual_information(wide.T, correction=correction) == 0.0


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_relabelling_changes_no_bit(table, table3, correction):
    rng = np.random.default_rng(3)
    rows, columns, slices = (rng.permutation(k) for k in (4, 5, 5))
    options = {"correction": correction}
    assert mutual_information(table[rows][:, columns], **options) == (
        mutual_information(table, **options)
    )
    assert conditional_mutual_information(table3[:, :, slices], **options) == (
        conditional_mutual_information(table3, **options)
    )


def test_conditional_information_is_the_average_over_slices(table3):
    weights = table3.sum(axis=(0, 1)) / table3.sum()
    expected = sum(
        weight * brute_force_information(table3[:, :, z])
        for z, weight in enumerate(weights)
    )
    value = conditional_mutual_information(table3)
    assert value == pytest.approx(expected, abs=1e-14)


def test_parity_informs_only_given_its_partner():
    table = np.zeros((2, 2, 2))
    for x, z in np.ndindex(2, 2):
        table[x, x ^ z, z] = 1
    assert mutual_information(table.sum(axis=2)) == pytest.approx(0, abs=1e-15)
    assert conditional_mutual_information(table) == pytest.approx(np.log(2), abs=1e-15)


@pytest.mark.parametrize("correction", OF_ONE_TABLE)
def test_chain_rule_holds_under_corrections_that_see_one_variable_at_a_time(
    table3, correction
):
    options = {"correction": correction}
    joint = mutual_information(table3.reshape(3, -1), **options)
    first = mutual_information(table3.sum(axis=2), **options)
    second = conditional_mutual_information(table3.transpose(0, 2, 1), **options)
    assert joint == pytest.approx(first + second, abs=1e-14)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_a_function_of_the_condition_informs_exactly_nothing(correction):
    rng = np.random.default_rng(4)
    table = np.zeros((2, 4, 6))
    for z in range(6):
        table[z % 2, :, z] = rng.random(4)
    options = {"correction": correction}
    assert conditional_mutual_information(table, **options) == 0.0
    swapped = table.transpose(1, 0, 2)
    assert conditional_mutual_information(swapped, **options) == 0.0


@pytest.mark.parametrize("correction", OF_ONE_TABLE)
def test_conditional_entropy_is_what_information_leaves(table, correction):
    options = {"correction": correction}
    left = entropy(table.sum(axis=1), **options) - mutual_information(table, **options)
    assert conditional_entropy(table, **options) == pytest.approx(left, abs=1e-13)


def test_conditional_entropy_of_several_axes_joins_all_but_the_last(table3):
    joined = table3.reshape(-1, table3.shape[2])
    assert conditional_entropy(table3) == conditional_entropy(joined)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_conditional_entropy_of_a_function_is_exactly_zero(correction):
    table = [[3, 0, 2], [0, 4, 0]]
    assert conditional_entropy(table, correction=correction) == 0.0


def test_conditional_entropy_in_bits_is_the_entropy_of_an_independent_coin():
    assert conditional_entropy([[2, 3], [2, 3]], base=2) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_interaction_information_is_symmetric(table3, correction):
    value = interaction_information(table3, correction=correction)
    for axes in [(1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0)]:
        turned = interaction_information(table3.transpose(axes), correction=correction)
        assert turned == pytest.approx(value, abs=1e-13)


def test_interaction_is_positive_for_copies_and_negative_for_parity():
    copies, parity = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    copies[0, 0, 0] = copies[1, 1, 1] = 1
    for x, y in np.ndindex(2, 2):
        parity[x, y, x ^ y] = 1
    assert interaction_information(copies) == pytest.approx(np.log(2), abs=1e-14)
    assert interaction_information(parity) == pytest.approx(-np.log(2), abs=1e-14)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_interaction_with_a_constant_is_exactly_zero(correction, axis):
    table = np.zeros((4, 4, 4))
    pair = np.random.default_rng(7).integers(0, 5, size=(4, 4))
    np.moveaxis(table, axis, 0)[2] = pair
    assert interaction_information(table, correction=correction) == 0.0


def test_miller_madow_adds_half_the_free_cells_over_n(table):
    n_cells, n = np.count_nonzero(table), table.sum()
    added = entropy(table, correction="miller_madow") - entropy(table)
    assert added == pytest.approx((n_cells - 1) / (2 * n), abs=1e-14)


def test_miller_madow_is_less_biased_than_plugin_at_small_n():
    rng = np.random.default_rng(5)
    samples = rng.multinomial(20, np.full(10, 0.1), size=2000)
    bias = {
        name: np.mean([entropy(c, correction=name) for c in samples]) - np.log(10)
        for name in ("plugin", "miller_madow")
    }
    assert bias["plugin"] < -0.2
    assert abs(bias["miller_madow"]) < abs(bias["plugin"]) / 3


def test_plugin_information_of_noise_is_the_cells_bias_and_miller_madow_removes_it():
    rng = np.random.default_rng(6)
    tables = rng.multinomial(200, np.full(16, 1 / 16), size=2000).reshape(-1, 4, 4)
    expected = 9 / (2 * 200)
    # 2 n I is chi-square with 9 degrees: its standard deviation gives the error.
    tolerance = 4 * np.sqrt(18) / (2 * 200) / np.sqrt(2000)
    plugin = np.array([mutual_information(t) for t in tables])
    corrected = [mutual_information(t, correction="miller_madow") for t in tables]
    assert plugin.mean() == pytest.approx(expected, abs=tolerance + 0.03 * expected)
    assert np.mean(corrected) == pytest.approx(0, abs=tolerance + 0.03 * expected)


def test_negative_corrected_values_are_returned_as_computed():
    table = [[5, 5], [5, 5]]
    value = mutual_information(table, correction="miller_madow")
    assert value == pytest.approx(-1 / 40, abs=1e-15)


def test_a_callable_is_accepted_as_correction(table):
    def shifted(counts):
        return CORRECTIONS["plugin"](counts) + 1.0

    assert entropy(table, correction=shifted) == pytest.approx(entropy(table) + 1)


def test_weights_are_frequencies():
    table = np.array([[1.5, 0.25], [0.5, 2.0]])
    assert mutual_information(4 * table) == pytest.approx(mutual_information(table))
    added = entropy(table, correction="miller_madow") - entropy(table)
    assert added == pytest.approx(3 / (2 * table.sum()))


@pytest.mark.parametrize("function", [entropy, mutual_information, conditional_entropy])
@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ([[1, -1], [2, 3]], "negative"),
        ([[1, np.nan], [2, 3]], "NaN"),
        ([[1, np.inf], [2, 3]], "infinity"),
        ([[0, 0], [0, 0]], "sum to 0"),
        ([[]], "sum to 0"),
        ([["a", "b"]], "dtype"),
        ([[1j, 1]], "dtype"),
    ],
)
def test_bad_counts_are_named(function, counts, found):
    with pytest.raises(ValueError, match=rf"(counts|table) .*{found}"):
        function(counts)


def test_a_table_of_the_wrong_dimension_is_named():
    with pytest.raises(ValueError, match="table must have 2 dimensions, found 1"):
        mutual_information([1, 2, 3])
    with pytest.raises(ValueError, match="table must have 3 dimensions, found 2"):
        conditional_mutual_information([[1, 2]])
    with pytest.raises(ValueError, match="table must have 3 dimensions, found 2"):
        interaction_information([[1, 2]])
    with pytest.raises(ValueError, match=r"table must have at least 2 .*found 1"):
        conditional_entropy([1, 2])
    with pytest.raises(ValueError, match="counts must have at least 1"):
        entropy(3)


def test_an_unknown_correction_is_named():
    with pytest.raises(ValueError, match=r"correction must be .*plugin.*'chao'"):
        entropy([1, 2], correction="chao")
    with pytest.raises(ValueError, match=r"correction must be .*plugin.*\['nsb'\]"):
        entropy([1, 2], correction=["nsb"])


@pytest.mark.parametrize("base", [0, 1, -2, np.nan, "e"])
def test_a_bad_base_is_named(base):
    with pytest.raises(ValueError, match="base must be"):
        entropy([1, 2], base=base)


def test_counts_that_overflow_whole_numbers_keep_their_information():
    table = np.array([[2**62, 0], [0, 2**62]])
    assert mutual_information(table) == pytest.approx(np.log(2))
    half = np.array([[3000, 0], [0, 3000]], dtype=np.float16)
    assert mutual_information(half) == pytest.approx(np.log(2))


@pytest.mark.parametrize("base", [0.5, 1, 0, -2, np.inf])
def test_base_of_a_logarithm_lies_above_one(base):
    with pytest.raises(ValueError, match="base must be None"):
        entropy([1, 1], base=base)
