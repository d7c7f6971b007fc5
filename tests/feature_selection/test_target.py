"""Which targets are classes and which are cut into bins."""

import numpy as np
import pandas as pd
import pytest

from skmi._validation import has_categories
from skmi.feature_selection._target import read_target

NUMBERS = "numbers"


def levels(y, discrete_target="auto"):
    """Return how many classes a target has, or that it holds numbers."""
    values, discrete = read_target(y, discrete_target)
    assert values.shape == (len(y), 1)
    if not discrete[0]:
        return NUMBERS
    assert set(values[:, 0]) == set(range(int(values.max()) + 1))
    return values.max() + 1


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


def test_fractions_and_many_whole_numbers_are_numbers():
    assert levels(np.arange(100) / 7) == NUMBERS
    assert levels(np.arange(100)) == NUMBERS
    assert levels(np.array([0.5, 1.25, 2.5, 3.5, 9.5], dtype=object)) == NUMBERS


def test_discrete_target_overrides_the_rule():
    assert levels(np.arange(100), discrete_target=True) == 100
    assert levels(np.arange(10), discrete_target=False) == NUMBERS
    assert levels([True, False, True], discrete_target=False) == NUMBERS


def test_categories_are_classes_however_many():
    assert levels(pd.Series(np.arange(100), dtype="category")) == 100
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
    ("y", "found"),
    [
        (["a", 1, "b"], "words and 1"),
        ([1, "1", 1], "words and 1"),
        ([{"a": 1}, {"b": 2}], "dict"),
    ],
)
def test_labels_of_several_kinds_are_refused_by_name(y, found):
    with pytest.raises(ValueError, match=f"y must be labels .* found {found}"):
        levels(np.array(y, dtype=object))


@pytest.mark.parametrize("unit", ["datetime64[D]", "timedelta64[s]"])
def test_times_are_neither_labels_nor_numbers(unit):
    with pytest.raises(ValueError, match="y must be labels or real numbers, found"):
        levels(np.arange(30).astype(unit))
