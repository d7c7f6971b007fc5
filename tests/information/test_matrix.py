"""The matrix of informations of arrays and frames of mixed columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score

from skmi.information import (
    discretize,
    mutual_information_matrix,
    pairwise_mutual_information,
)

N_ROWS = 240


@pytest.fixture
def data():
    """Return columns of every kind by name; ``size`` and ``colour`` go together."""
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], size=N_ROWS)
    return {
        "size": (colour == "red") + rng.normal(size=N_ROWS),
        "count": rng.poisson(30, size=N_ROWS),
        "colour": colour,
        "flag": rng.random(N_ROWS) < 0.3,
        "constant": np.full(N_ROWS, 2.5),
    }


@pytest.fixture
def codes(data):
    """Return the codes that the columns should get."""
    numbers = np.column_stack([data["size"], data["count"], data["constant"]])
    binned = discretize(numbers, 8)[0]
    colour = np.unique(data["colour"], return_inverse=True)[1]
    columns = binned[:, 0], binned[:, 1], colour, data["flag"], binned[:, 2]
    return np.column_stack(columns).astype(int)


def as_pandas(data):
    return pd.DataFrame(data).astype({"colour": "category"})


def as_polars(data):
    return pl.DataFrame(data).with_columns(pl.col("colour").cast(pl.Categorical))


FRAMES = {
    "pandas": pd.DataFrame,
    "pandas categories": as_pandas,
    "pandas nullable": lambda data: pd.DataFrame(data).convert_dtypes(),
    "pandas objects": lambda data: pd.DataFrame(data, dtype=object),
    "polars": pl.DataFrame,
    "polars categories": as_polars,
}


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_a_frame_gives_the_informations_of_its_codes_with_its_names(data, codes, make):
    X = make(data)
    found = mutual_information_matrix(X)
    assert type(found) is type(X)
    assert list(found.columns) == list(data)
    if isinstance(X, pd.DataFrame):
        assert list(found.index) == list(data)
    expected = pairwise_mutual_information(codes)
    np.testing.assert_array_equal(found.to_numpy(), expected)
    assert expected[0, 2] > 0.05
    assert (found.to_numpy()[4] == 0).all()


def test_pairs_equal_scikit_learn(data, codes):
    found = mutual_information_matrix(as_pandas(data)).to_numpy()
    for i, j in np.ndindex(5, 5):
        expected = mutual_info_score(codes[:, i], codes[:, j])
        assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_normalized_equals_scikit_learn_but_for_constants(data, codes):
    found = mutual_information_matrix(as_pandas(data), normalized=True).to_numpy()
    for i, j in np.ndindex(4, 4):
        expected = normalized_mutual_info_score(codes[:, i], codes[:, j])
        assert found[i, j] == pytest.approx(expected, abs=1e-12)
    assert (found.diagonal() == [1, 1, 1, 1, 0]).all()
    assert (found[4] == 0).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, bool, object])
def test_an_array_gives_an_array(dtype):
    X = np.random.default_rng(1).normal(scale=9, size=(100, 6)).astype(dtype)
    found = mutual_information_matrix(X, n_bins=5)
    assert type(found) is np.ndarray
    expected = pairwise_mutual_information(discretize(X.astype(float), 5)[0])
    np.testing.assert_array_equal(found, expected)


def test_rising_maps_and_renamed_labels_change_no_bit(data):
    X = pd.DataFrame(data)
    other = X.assign(size=np.exp(X["size"]), colour=X["colour"].str.upper())
    found = mutual_information_matrix(other)
    np.testing.assert_array_equal(found, mutual_information_matrix(X))


@pytest.mark.parametrize(
    "spec",
    [
        ["count", "flag", "colour"],
        [1, 2, 3],
        [False, True, True, True, False],
        [1, -2, 2],
    ],
)
def test_discrete_features_can_be_named_counted_or_masked(data, codes, spec):
    codes[:, 1] = np.unique(data["count"], return_inverse=True)[1]
    found = mutual_information_matrix(pd.DataFrame(data), discrete_features=spec)
    np.testing.assert_array_equal(found, pairwise_mutual_information(codes))


@pytest.mark.parametrize("spec", [False, [], np.zeros(4, dtype=bool), "auto"])
def test_no_discrete_features(spec):
    X = np.random.default_rng(2).normal(size=(60, 4))
    found = mutual_information_matrix(X, discrete_features=spec)
    expected = pairwise_mutual_information(discretize(X)[0])
    np.testing.assert_array_equal(found, expected)


def test_all_discrete_keeps_every_value():
    X = np.random.default_rng(3).integers(0, 40, size=(300, 5)).astype(float)
    found = mutual_information_matrix(X, discrete_features=True)
    expected = pairwise_mutual_information(X.astype(int))
    np.testing.assert_array_equal(found, expected)


def test_weights_equal_repetition(data):
    X = pd.DataFrame(data)
    weight = np.random.default_rng(4).integers(0, 4, size=N_ROWS)
    weighted = mutual_information_matrix(X, sample_weight=weight)
    repeated = mutual_information_matrix(X.loc[X.index.repeat(weight)])
    np.testing.assert_array_equal(weighted, repeated)


def test_columns_may_share_a_name(data):
    X = pd.DataFrame(data)[["size", "colour", "size"]]
    found = mutual_information_matrix(X, n_jobs=2)
    assert list(found.columns) == ["size", "colour", "size"]
    assert found.iloc[0, 2] == found.iloc[0, 0]


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        ([1.0, 2.0], {}, r"X must be a 2-D array or a frame, found shape \(2,\)"),
        (np.empty((0, 2)), {}, r"X must have rows and columns, found shape \(0, 2\)"),
        (np.empty((2, 0)), {}, r"X must have rows and columns, found shape \(2, 0\)"),
        (pl.DataFrame(), {}, r"X must have rows and columns, found shape \(0, 0\)"),
        ([[1.0, np.nan]], {}, "Column 1 of X must hold finite real numbers, found NaN"),
        ([[1.0, np.inf]], {}, "Column 1 of X must hold finite .* found infinity"),
        (pd.DataFrame({"a": ["x", None]}), {}, "Column 'a' of X must have a value in"),
        (pl.DataFrame({"a": ["x", None]}), {}, "Column 'a' of X must have a value in"),
        (pd.DataFrame({"a": [1, None]}, dtype="Int64"), {}, "Column 'a' of X must "),
        (
            pd.DataFrame({"a": pd.to_datetime(["2020-01-01"])}),
            {},
            "Column 'a' of X must hold numbers, .* found datetime64",
        ),
        ([[1.0]], {"discrete_features": [3]}, "discrete_features: indices must lie"),
        (pd.DataFrame({"a": ["x"]}), {"discrete_features": False}, "must include co"),
        ([[1.0]], {"estimator": "magic"}, r"estimator must be one of \['binned'\]"),
        ([[1.0]], {"n_bins": 1}, "n_bins must be an int of at least 2, found 1"),
        ([[1.0]], {"sample_weight": [1, 1]}, r"sample_weight must be of shape \(1,\)"),
        ([[1.0]], {"normalized": "max"}, "normalized must be True or False, found"),
        ([[1.0]], {"n_jobs": 0}, "n_jobs must be None or an int other than 0"),
    ],
)
def test_bad_input_is_named(X, options, message):
    with pytest.raises(ValueError, match=message):
        mutual_information_matrix(X, **options)
