"""Transfer entropy against tables, exact rates and independence."""

import numpy as np
import pytest

from skmi.information import (
    CORRECTIONS,
    conditional_mutual_information,
    discretize,
    transfer_entropy,
)


def noisy_copy(n_rows, flip, lag, seed=0):
    """Return fair bits x and their copy after ``lag`` steps, some flipped."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, size=n_rows)
    y = np.roll(x, lag) ^ (rng.random(n_rows) < flip)
    return x, y


def table_of(*columns):
    table = np.zeros([int(c.max()) + 1 for c in columns])
    np.add.at(table, columns, 1)
    return table


@pytest.mark.parametrize("correction", ["plugin", "miller_madow", "grassberger"])
def test_transfer_equals_conditional_information_of_the_table(correction):
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 3, size=(2, 80))
    table = table_of(y[1:], x[:-1], y[:-1])
    expected = conditional_mutual_information(table, correction=correction)
    value = transfer_entropy(x, y, correction=correction)
    assert value == pytest.approx(expected, abs=1e-13)


def test_histories_are_joined():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 2, size=(2, 300))
    steps = np.arange(4, 300)
    past = 2 * y[steps - 1] + y[steps - 2]
    source = 2 * x[steps - 3] + x[steps - 4]
    expected = conditional_mutual_information(table_of(y[steps], source, past))
    value = transfer_entropy(x, y, lag=3, history=2, source_history=2)
    assert value == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("lag", [1, 3])
def test_transfer_through_a_binary_channel_is_its_capacity(lag):
    x, y = noisy_copy(20_000, 0.1, lag)
    capacity = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    # The standard error of the rate of flips is .002, times log 9.
    assert transfer_entropy(x, y, lag=lag) == pytest.approx(capacity, abs=0.02)
    assert transfer_entropy(y, x, lag=lag) == pytest.approx(0, abs=1e-3)
    assert transfer_entropy(x, y, lag=lag + 1) == pytest.approx(0, abs=1e-3)


def test_what_the_own_past_tells_is_not_transfer():
    x = np.arange(60) % 3
    assert transfer_entropy(x, np.roll(x, 1)) == 0.0


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_constant_sequences_transfer_exactly_nothing(correction):
    y = np.random.default_rng(3).integers(0, 3, size=50)
    constant = np.zeros(50, dtype=int)
    assert transfer_entropy(constant, y, correction=correction) == 0.0
    assert transfer_entropy(y, constant, correction=correction) == 0.0


def test_the_bias_of_independent_sequences_is_as_documented():
    rng = np.random.default_rng(4)
    values = np.array(
        [transfer_entropy(*rng.integers(0, 3, size=(2, 1000))) for _ in range(200)]
    )
    expected = (3 - 1) * (3 - 1) * 3 / (2 * 1000)
    standard_error = values.std() / np.sqrt(200)
    assert values.mean() == pytest.approx(
        expected, abs=4 * standard_error + 0.03 * expected
    )


def test_numbers_are_cut_into_bins():
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    y = np.roll(x, 1) + 0.1 * rng.normal(size=400)
    codes = discretize(np.column_stack([x, y]), 4)[0]
    expected = transfer_entropy(codes[:, 0], codes[:, 1])
    assert transfer_entropy(x, y, n_bins=4) == expected
    assert expected > 0.8


def test_labels_are_names_only():
    x, y = noisy_copy(500, 0.2, 1)
    names = np.array(["up", "down"])
    assert transfer_entropy(names[x], 7 - y) == transfer_entropy(x, y)


def test_continuous_sequences_without_bins_are_named():
    with pytest.raises(ValueError, match=r"x must hold integers .*float64.*n_bins"):
        transfer_entropy([0.5, 1.0, 2.0], [0, 1, 0])
    with pytest.raises(ValueError, match=r"y must hold integers .*float64.*n_bins"):
        transfer_entropy([0, 1, 0], [0.5, 1.0, 2.0])


def test_missing_values_are_named():
    with pytest.raises(ValueError, match=r"y must hold finite .*NaN"):
        transfer_entropy([0.0, 1.0, 2.0], [0.5, np.nan, 2.0], n_bins=2)


def test_mismatched_lengths_are_named():
    with pytest.raises(ValueError, match=r"y must be of length 3.*found 2"):
        transfer_entropy([0, 1, 0], [0, 1])


def test_short_sequences_are_named():
    with pytest.raises(ValueError, match=r"x and y must be longer .* 3 .*found 3"):
        transfer_entropy([0, 1, 0], [0, 1, 1], lag=2, source_history=2)


def test_empty_sequences_are_named():
    with pytest.raises(ValueError, match=r"x must be of shape .*\(0,\)"):
        transfer_entropy([], [])


@pytest.mark.parametrize("name", ["lag", "history", "source_history"])
def test_steps_below_one_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be an int of at least 1.*0"):
        transfer_entropy([0, 1, 0], [0, 1, 1], **{name: 0})
