"""Counts of rows of many columns against tables, however many cells there are."""

import numpy as np
import pytest

from skmi.information import entropy
from skmi.information._corrections import resolve_correction
from skmi.information._joint_codes import JointCodes


def codes_of(labels, correction="plugin", sample_weight=None):
    return JointCodes(labels, resolve_correction(correction), sample_weight)


@pytest.mark.parametrize("correction", ["plugin", "grassberger", "james_stein", "nsb"])
def test_entropy_of_all_columns_equals_that_of_the_table(correction):
    labels = np.random.default_rng(0).integers(0, [2, 3, 4], size=(50, 3))
    table = np.zeros((2, 3, 4))
    np.add.at(table, tuple(labels.T), 1)
    value = codes_of(labels, correction).entropy([0, 1, 2])
    assert value == pytest.approx(entropy(table, correction=correction), abs=1e-13)


def test_a_set_of_columns_has_one_entropy_in_every_order():
    labels = np.random.default_rng(1).integers(0, 4, size=(80, 5))
    codes = codes_of(labels)
    assert codes.entropy([0, 3, 4]) == codes.entropy([4, 0, 3])
    assert codes.entropy([]) == 0.0


def test_columns_beyond_64_bits_are_counted_all_the_same():
    # 3^90 cells; each row occurs twice.
    labels = np.random.default_rng(2).integers(0, 3, size=(200, 90))
    codes = codes_of(np.vstack([labels, labels]))
    assert codes.entropy(range(90)) == pytest.approx(np.log(200), abs=1e-12)
    assert codes.n_occupied(range(90)) == 200
    assert np.isfinite(codes_of(labels, "nsb").entropy(range(90)))
    assert np.isfinite(codes_of(labels, "james_stein").entropy(range(90)))


def test_weights_equal_repetition_to_the_last_bit():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, size=(60, 4))
    weight = rng.integers(0, 3, size=60)
    weighted = codes_of(labels, "nsb", weight)
    repeated = codes_of(np.repeat(labels, weight, axis=0), "nsb")
    for columns in ([0], [1, 2], [0, 1, 2, 3]):
        assert weighted.entropy(columns) == repeated.entropy(columns)


def test_levels_may_be_any_labels():
    labels = np.random.default_rng(4).integers(0, 3, size=(60, 2))
    names = np.array(["c", "a", "b"])[labels]
    assert codes_of(names).entropy([0, 1]) == codes_of(labels * 7 - 9).entropy([0, 1])
