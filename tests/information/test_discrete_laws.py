"""Laws of information that every table must obey, tried on tables that vary."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from skmi.information import (
    CORRECTIONS,
    adjusted_mutual_information,
    conditional_entropy,
    conditional_mutual_information,
    contingency_table,
    dual_total_correlation,
    entropy,
    max_total_correlation,
    mutual_information,
    mutual_information_test,
    normalized_mutual_information,
    o_information,
    total_correlation,
)

# Sums of up to 125 terms of the size of log N.
ROUNDING = 1e-12

# The same tables in every run.
laws = settings(max_examples=60, deadline=None, derandomize=True)


def tables(n_axes):
    """Return a strategy of tables of counts that are not all 0."""
    shapes = array_shapes(min_dims=n_axes, max_dims=n_axes, max_side=5)
    counts = st.integers(0, 8)
    return arrays(np.int64, shapes, elements=counts).filter(lambda t: t.sum() > 0)


@laws
@given(tables(2))
def test_information_is_never_negative(table):
    assert mutual_information(table) >= -ROUNDING


@laws
@given(tables(3))
def test_conditional_information_is_never_negative(table):
    assert conditional_mutual_information(table) >= -ROUNDING


@laws
@given(tables(2))
def test_information_is_symmetric_and_below_either_entropy(table):
    value = mutual_information(table)
    assert mutual_information(table.T) == pytest.approx(value, abs=ROUNDING)
    bound = min(entropy(table.sum(axis=0)), entropy(table.sum(axis=1)))
    assert value <= bound + ROUNDING


@laws
@given(tables(3))
def test_chain_rule_of_information(table):
    joint = mutual_information(table.reshape(len(table), -1))
    first = mutual_information(table.sum(axis=2))
    second = conditional_mutual_information(table.transpose(0, 2, 1))
    assert joint == pytest.approx(first + second, abs=ROUNDING)


@laws
@given(tables(2))
def test_chain_rule_of_entropy(table):
    joint = entropy(table.sum(axis=0)) + conditional_entropy(table)
    assert entropy(table) == pytest.approx(joint, abs=ROUNDING)


@laws
@given(tables(2), st.data())
def test_merging_levels_never_raises_information(table, data):
    level = st.integers(0, len(table) - 1)
    one, two = data.draw(level), data.draw(level)
    merged = table.copy()
    if one != two:
        merged[one] += merged[two]
        merged[two] = 0
    assert mutual_information(merged) <= mutual_information(table) + ROUNDING


@laws
@given(tables(2), st.sampled_from(sorted(CORRECTIONS)), st.randoms())
def test_relabelling_changes_no_bit(table, correction, random):
    rows, columns = (random.sample(range(k), k) for k in table.shape)
    relabelled = table[rows][:, columns]
    assert mutual_information(relabelled, correction=correction) == (
        mutual_information(table, correction=correction)
    )


@laws
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30))
def test_weights_equal_repetition_exactly(rows):
    x, y, weight = np.array(rows).T
    if weight.sum() == 0:
        return
    weighted = contingency_table(x, y, sample_weight=weight)
    repeated = contingency_table(np.repeat(x, weight), np.repeat(y, weight))
    for correction in CORRECTIONS:
        one, two = (
            mutual_information(
                table[np.ix_(table.any(axis=1), table.any(axis=0))],
                correction=correction,
            )
            for table in (weighted, repeated)
        )
        assert one == two


@laws
@given(tables(2), st.sampled_from(["arithmetic", "geometric", "max", "joint", "min"]))
def test_shares_lie_between_zero_and_one(table, average):
    share = normalized_mutual_information(table, average=average)
    assert -ROUNDING <= share <= 1 + ROUNDING
    assert adjusted_mutual_information(table, average=average) <= 1 + ROUNDING


@laws
@given(tables(2))
def test_a_test_gives_a_p_value_and_a_mean_below_the_entropies(table):
    result = mutual_information_test(table)
    assert 0 <= result.p_value <= 1
    chance = result.mutual_information - result.corrected
    bound = min(entropy(table.sum(axis=0)), entropy(table.sum(axis=1)))
    assert -ROUNDING <= chance <= bound + ROUNDING


def rows(n_columns):
    """Return a strategy of rows of codes."""
    shapes = st.tuples(st.integers(1, 30), st.just(n_columns))
    return shapes.flatmap(
        lambda shape: arrays(np.int64, shape, elements=st.integers(0, 2))
    )


@laws
@given(rows(4))
def test_total_correlations_are_never_negative_and_within_their_bound(X):
    total, dual = total_correlation(X), dual_total_correlation(X)
    assert total >= -ROUNDING
    assert dual >= -ROUNDING
    cardinalities = [len(np.unique(column)) for column in X.T]
    assert total <= max_total_correlation(cardinalities) + ROUNDING
    # Each is at most N - 1 times the other.
    assert total <= 3 * dual + ROUNDING
    assert dual <= 3 * total + ROUNDING


@laws
@given(rows(4), st.randoms())
def test_order_of_variables_and_names_of_levels_do_not_matter(X, random):
    order = random.sample(range(4), 4)
    renamed = (5 - X)[:, order]
    assert o_information(renamed) == pytest.approx(o_information(X), abs=ROUNDING)


@laws
@given(rows(4))
def test_joining_variables_never_raises_total_correlation(X):
    joined = total_correlation(X, groups=[[0, 1], [2], [3]])
    assert joined <= total_correlation(X) + ROUNDING
