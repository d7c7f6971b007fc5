"""Columns of arrays and frames as numbers and codes."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator

from skmi.feature_selection._read import read_columns

NAN = float("nan")


def read(X, discrete_features="auto", missing="error", accept_sparse=False):
    return read_columns(
        BaseEstimator(),
        X,
        discrete_features=discrete_features,
        missing=missing,
        accept_sparse=accept_sparse,
    )


TABLE = {
    "word": ["b", "a", "b", "c"],
    "flag": [True, False, True, True],
    "count": [3, 1, 3, 7],
    "size": [0.5, 1.5, 2.5, 3.5],
}


def frames():
    """Return the same table in every form of frame."""
    category = pd.DataFrame(TABLE).astype({"word": "category"})
    return {
        "pandas": pd.DataFrame(TABLE),
        "pandas category": category,
        "pandas nullable": pd.DataFrame(TABLE).convert_dtypes(),
        "pandas object": pd.DataFrame(TABLE).astype({"word": object, "size": object}),
        "polars": pl.DataFrame(TABLE),
        "polars category": pl.DataFrame(TABLE).with_columns(
            pl.col("word").cast(pl.Categorical)
        ),
        "polars enum": pl.DataFrame(TABLE).with_columns(
            pl.col("word").cast(pl.Enum(["c", "b", "unused", "a"]))
        ),
    }


def same_partition(a, b):
    """Tell whether two codings are one up to names."""
    pairs = np.unique(np.column_stack([a, b]), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


@pytest.mark.parametrize("kind", sorted(frames()))
def test_every_frame_is_read_alike(kind):
    values, discrete = read(frames()[kind])
    assert discrete.tolist() == [True, True, True, False]
    assert same_partition(values[:, 0], [1, 0, 1, 2])
    assert set(values[:, 0]) == {0, 1, 2}
    np.testing.assert_array_equal(values[:, 1], [1, 0, 1, 1])
    assert values[:, 2].tolist() == [1, 0, 1, 2]
    np.testing.assert_array_equal(values[:, 3], TABLE["size"])


@pytest.mark.parametrize("kind", sorted(frames()))
def test_discrete_features_overrides_all_but_declared_categories(kind):
    frame = frames()[kind]
    for given in (False, [0], ["word"], [True, False, False, False]):
        values, discrete = read(frame, given)
        assert discrete.tolist() == [True, False, False, False]
        assert values[:, 2].tolist() == [3, 1, 3, 7]
    values, discrete = read(frame, True)
    assert discrete.all()
    assert values[:, 3].tolist() == [0, 1, 2, 3]
    assert read(frame, ["size"])[1].tolist() == [True, False, False, True]


def test_whole_numbers_with_many_values_are_amounts():
    X = np.column_stack([np.arange(50), np.arange(50) % 20, np.arange(50) % 21])
    assert read(X)[1].tolist() == [False, True, False]
    assert not read(X.astype(float))[1].any()
    assert read(X.astype(bool))[1].all()
    assert read(X.tolist())[1].tolist() == [False, True, False]


MISSING = {
    "pandas": pd.DataFrame({"w": ["a", None, "b"], "x": [1.5, NAN, 2.5]}),
    "pandas category": pd.DataFrame(
        {"w": pd.Categorical(["a", None, "b"]), "x": [1.5, NAN, 2.5]}
    ),
    "pandas nullable": pd.DataFrame(
        {"w": ["a", None, "b"], "x": [1.5, None, 2.5]}
    ).convert_dtypes(),
    "polars": pl.DataFrame({"w": ["a", None, "b"], "x": [1.5, None, 2.5]}),
}


@pytest.mark.parametrize("kind", sorted(MISSING))
@pytest.mark.parametrize("missing", ["category", "pairwise"])
def test_missing_values_stay_missing_where_they_are_allowed(kind, missing):
    values, discrete = read(MISSING[kind], missing=missing)
    assert discrete.tolist() == [True, False]
    np.testing.assert_array_equal(values[:, 1], [1.5, NAN, 2.5])
    # Which category has which code is the library's choice.
    assert np.isnan(values[:, 0]).tolist() == [False, True, False]
    assert sorted(values[[0, 2], 0]) == [0, 1]


@pytest.mark.parametrize("kind", sorted(MISSING))
def test_missing_values_are_named_where_they_are_not(kind):
    with pytest.raises(ValueError, match=r"X: column 0 .*1 missing .*row 1"):
        read(MISSING[kind])


def test_missing_values_of_arrays_follow_the_same_rule():
    X = np.array([[1.0, NAN], [2.0, 3.0], [NAN, 4.0]])
    np.testing.assert_array_equal(read(X, missing="pairwise")[0], X)
    with pytest.raises(ValueError, match=r"X .*NaN"):
        read(X)
    # Codes leave the missing out.
    coded = read(X, discrete_features=True, missing="category")[0]
    np.testing.assert_array_equal(coded, [[0, NAN], [1, 0], [NAN, 1]])


@pytest.mark.parametrize("missing", ["error", "category", "pairwise"])
@pytest.mark.parametrize("word", [["a", "b", "a"], [1.0, 2.0, 3.0]])
def test_infinity_is_never_allowed(missing, word):
    X = pd.DataFrame({"w": word, "x": [1.0, np.inf, 2.0]})
    with pytest.raises(ValueError, match=r"X.*infinity"):
        read(X, missing=missing)


def test_columns_of_no_known_kind_are_named():
    frame = pd.DataFrame({"w": ["a", "b"], "t": pd.to_datetime(["2020", "2021"])})
    with pytest.raises(ValueError, match=r"X: column 1 .*datetime.*accepted"):
        read(frame)
    frame = pd.DataFrame({"w": ["a", "b"], "m": [1, {}]})
    with pytest.raises(ValueError, match=r"X: column 1 must hold numbers"):
        read(frame)


def test_names_and_numbers_of_columns_are_kept():
    estimator = BaseEstimator()
    options = {"discrete_features": "auto", "missing": "error", "accept_sparse": False}
    read_columns(estimator, pd.DataFrame(TABLE), **options)
    assert estimator.feature_names_in_.tolist() == list(TABLE)
    assert estimator.n_features_in_ == 4
