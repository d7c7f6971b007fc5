"""Which targets are classes and which are cut into bins."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skmi.feature_selection._target import (
    check_no_missing_labels,
    encode_target,
    has_categories,
)


def levels(y, discrete_target="auto", n_bins=4, categories=False):
    """Return how many levels a target is given."""
    codes = encode_target(np.asarray(y), discrete_target, n_bins, categories=categories)
    assert codes.dtype.kind in "iu"
    assert codes.min() == 0
    return codes.max() + 1


@pytest.mark.parametrize(
    "y",
    [
        list("abcdefghij"),
        np.array(list("abcdefghij"), dtype=object),
        range(10),
        np.arange(10.0),
        np.array(range(10), dtype=object),
        np.arange(-5, 5),
    ],
)
def test_labels_and_few_whole_numbers_are_classes(y):
    assert levels(y) == 10


def test_booleans_are_two_classes():
    assert levels([True, False, True]) == 2


def test_fractions_and_many_whole_numbers_are_cut_into_bins():
    assert levels(np.arange(100) / 7) == 4
    assert levels(np.arange(100)) == 4
    assert levels(np.array([0.5, 1.25, 2.5, 3.5, 9.5], dtype=object)) == 4


def test_discrete_target_overrides_the_rule():
    assert levels(np.arange(100), discrete_target=True) == 100
    assert levels(np.arange(10), discrete_target=False) == 4
    assert levels([True, False, True], discrete_target=False) == 2


def test_categories_are_classes_however_many():
    assert levels(np.arange(100), categories=True) == 100
    assert has_categories(pd.Series(["a", "b"], dtype="category"))
    assert not has_categories(pd.Series([1, 2]))
    assert not has_categories([1, 2])


def test_text_cannot_be_continuous():
    with pytest.raises(ValueError, match="y must be real numbers"):
        levels(["a", "b"], discrete_target=False)


def test_fractions_cannot_be_classes():
    with pytest.raises(ValueError, match="discrete_target=True"):
        levels([0.5, 1.5, 2.25], discrete_target=True)


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "b"],
        pd.Series(["a", None, "b"], dtype="category"),
        pd.Series(["a", None, "b"], dtype="string"),
        np.array(["a", np.nan, "b"], dtype=object),
        pl.Series(["a", None, "b"]),
    ],
)
def test_missing_labels_are_named(y):
    with pytest.raises(ValueError, match=r"y must .* 1 missing, the first in row 1"):
        check_no_missing_labels(y)


def test_whole_labels_pass():
    for y in (["a", "b"], [1, 2], [0.5, np.nan], np.array(["a", "b"], dtype=object)):
        check_no_missing_labels(y)


def test_mixed_objects_are_named():
    with pytest.raises(ValueError, match=r"y must be .*mixture"):
        levels(np.array([{"a": 1}, "b"], dtype=object))
