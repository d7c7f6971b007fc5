"""Prepared columns against the functions that prepare nothing."""

import numpy as np
import pytest

from skmi.information import (
    NeighborColumns,
    mixed_conditional_mutual_information,
    univariate_mutual_information,
)
from skmi.information._neighbor_search import Neighborhoods


@pytest.fixture(params=[7, 40, 1500], ids="{} rows".format)
def X(request):
    return np.random.default_rng(0).standard_normal((request.param, 5))


@pytest.fixture
def y(X):
    noise = np.random.default_rng(1).standard_normal(len(X))
    return X[:, 0] + X[:, 1] ** 2 + noise


def test_information_is_that_of_the_function(X, y):
    columns = NeighborColumns(X)
    np.testing.assert_allclose(
        columns.information(y), univariate_mutual_information(X, y), atol=1e-12
    )
    label = np.digitize(y, [0, 2])
    np.testing.assert_allclose(
        columns.information(label, discrete_target=True),
        univariate_mutual_information(X, label, discrete_target=True),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        columns.information_with_column(2),
        univariate_mutual_information(X, X[:, 2]),
        atol=1e-12,
    )


@pytest.mark.parametrize("n_given", [1, 2])
@pytest.mark.parametrize("n_neighbors", [1, 3, 5])
def test_conditional_information_is_that_of_the_function(X, y, n_given, n_neighbors):
    z = X[:, 3 : 3 + n_given] + 0.1
    columns = NeighborColumns(X, n_neighbors=n_neighbors)
    label = np.digitize(y, [0, 2])
    for target, labels in ((y, None), (None, label)):
        expected = [
            mixed_conditional_mutual_information(
                x, target, z, y_labels=labels, n_neighbors=n_neighbors
            )
            for x in X.T
        ]
        values = columns.conditional_information(
            label if target is None else y, z, discrete_target=target is None
        )
        np.testing.assert_allclose(values, expected, atol=1e-12)


def test_a_target_of_several_columns(X, y):
    both = np.column_stack([y, X[:, 4] + y])
    expected = [mixed_conditional_mutual_information(x, both) for x in X.T]
    values = NeighborColumns(X).information(both)
    np.testing.assert_allclose(values, expected, atol=1e-12)


def test_a_class_of_one_row_is_left_out(X, y):
    label = np.r_[7, np.digitize(y[1:], [0])]
    expected = [
        mixed_conditional_mutual_information(x, None, X[:, 1], y_labels=label)
        for x in X.T
    ]
    values = NeighborColumns(X).conditional_information(
        label, X[:, 1], discrete_target=True
    )
    np.testing.assert_allclose(values, expected, atol=1e-12)


def test_labels_that_all_differ_share_nothing(X):
    names = np.arange(len(X))
    values = NeighborColumns(X).conditional_information(
        names, X[:, 1], discrete_target=True
    )
    assert (values == 0).all()


def test_some_rows_and_some_columns_need_no_sorting(X, y):
    columns = NeighborColumns(X)
    rows = y > np.quantile(y, 0.3)
    part = columns.rows(rows)
    again = NeighborColumns(X[rows])
    assert (part.information(y[rows]) == again.information(y[rows])).all()
    few = columns.columns([3, 1])
    assert (few.information(y) == columns.information(y)[[3, 1]]).all()


def test_constants_share_exactly_nothing(X, y):
    X = X.copy()
    X[:, 2] = 1.0
    columns, one = NeighborColumns(X), np.ones(len(X))
    assert columns.information(y)[2] == 0
    assert columns.conditional_information(y, X[:, 0])[2] == 0
    assert (columns.information_with_column(2) == 0).all()
    for discrete in (False, True):
        assert (columns.information(one, discrete_target=discrete) == 0).all()
        value = columns.conditional_information(one, y, discrete_target=discrete)
        assert (value == 0).all()


def test_threads_change_no_bit(X, y):
    one, two = NeighborColumns(X), NeighborColumns(X, n_jobs=2)
    assert (one.information(y) == two.information(y)).all()
    z = X[:, 1]
    values = one.conditional_information(y, z), two.conditional_information(y, z)
    assert (values[0] == values[1]).all()


@pytest.mark.parametrize("kind", ["normal", "rounded", "heavy tails"])
@pytest.mark.parametrize("n_columns", [1, 2, 3, 22])
def test_the_kth_distance_is_that_of_the_neighbours(kind, n_columns):
    rng = np.random.default_rng(0)
    for n_rows in (2, 31, 33, 300):
        points = rng.standard_normal((n_rows, n_columns))
        if kind == "rounded":
            points = np.round(points)
        elif kind == "heavy tails":
            points = points**5
        for k in (1, 3, 4):
            if k < n_rows:
                space = Neighborhoods(points)
                expected = space.nearest(k).radius
                np.testing.assert_array_equal(space.kth_distance(k), expected)
                # Any order of the leaves' rows gives the same.
                mixed = Neighborhoods(points, order=rng.permutation(n_rows))
                np.testing.assert_array_equal(mixed.kth_distance(k), expected)
                if n_columns > 1:
                    counts = space.count(expected, closed=False)
                    assert (mixed.count(expected, closed=False) == counts).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NeighborColumns([1.0, 2.0]), "X must be of shape"),
        (lambda: NeighborColumns([[np.inf], [1.0]]), "X must hold finite"),
        (lambda: NeighborColumns(np.eye(3), n_neighbors=3), "n_neighbors"),
        (lambda: NeighborColumns(np.eye(5)).information([1.0]), "y must be of shape"),
        (
            lambda: NeighborColumns(np.eye(5)).information([1], discrete_target=True),
            "y must be of shape",
        ),
        (
            lambda: NeighborColumns(np.eye(5)).conditional_information(np.ones(5), [1]),
            "z must be of shape",
        ),
        (lambda: NeighborColumns(np.eye(5)).rows([0, 1]), "rows must be a mask"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
