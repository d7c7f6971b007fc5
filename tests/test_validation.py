"""Checks accept what they should, name what they refuse, and failed fits undo."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, RegressorMixin

from skmi._validation import (
    accepts_argument,
    atomic_fit,
    check_class_labels,
    check_frequencies,
    check_generator,
    check_integer,
    check_multi_target,
    check_name,
    check_no_missing,
    check_range,
    check_widths,
    check_X,
    check_X_y,
    is_categorical,
    resolve_columns,
    resolve_count,
)
from skmi._views import concatenate_views, is_view_list


class Thing(RegressorMixin, BaseEstimator):
    """An estimator with nothing in it."""


# Fits that fail


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_failed_fit_puts_every_attribute_back(error):
    thing = Thing()
    thing.kept_, thing.changed_, thing.removed_ = [1], "before", 3
    before = dict(vars(thing))

    def fit():
        with atomic_fit(thing):
            thing.changed_ = "after"
            thing.new_ = 7
            del thing.removed_
            raise error

    with pytest.raises(error):
        fit()
    assert vars(thing) == before
    assert thing.kept_ is before["kept_"]


def test_fit_that_succeeds_keeps_what_it_learnt():
    thing = Thing()
    with atomic_fit(thing):
        thing.new_ = 7
    assert thing.new_ == 7


# Rows and targets


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.float64, np.float64),
        (np.float32, np.float32),
        (np.float16, np.float64),
        (np.int64, np.float64),
        (bool, np.float64),
        (object, np.float64),
    ],
)
def test_floats_keep_their_width_and_all_else_becomes_double(dtype, expected):
    assert check_X(Thing(), np.ones((3, 2), dtype=dtype)).dtype == expected


def test_rows_set_the_number_and_the_names_of_the_columns():
    thing = Thing()
    check_X(thing, pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))
    assert thing.n_features_in_ == 2
    assert list(thing.feature_names_in_) == ["a", "b"]


GOOD = np.ones((4, 2))
REFUSED = [
    ("X", np.full((4, 2), np.nan), [0, 1, 0, 1]),
    ("X", np.full((4, 2), np.inf), [0, 1, 0, 1]),
    ("X", np.ones(4), [0, 1, 0, 1]),
    ("X", np.ones((4, 2, 2)), [0, 1, 0, 1]),
    ("X", np.full((4, 2), "a"), [0, 1, 0, 1]),
    ("X", np.ones((4, 2)) * 1j, [0, 1, 0, 1]),
    ("X", np.full((4, 2), object()), [0, 1, 0, 1]),
    ("y", GOOD, None),
    ("y", GOOD, [0, 1]),
    ("y", GOOD, [0, 1, np.nan, 1]),
    ("y", GOOD, np.ones((4, 2, 2))),
    ("y", GOOD, []),
]


@pytest.mark.parametrize(("name", "X", "y"), REFUSED)
def test_refusal_names_the_argument_at_fault_and_no_other(name, X, y):
    with pytest.raises((TypeError, ValueError), match=rf"\b{name}\b") as caught:
        check_X_y(Thing(), X, y)
    if name == "X":
        assert not str(caught.value).startswith("y ")


def test_rows_of_other_columns_are_refused_without_a_word_of_y():
    thing = Thing()
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    check_X(thing, frame)
    with pytest.raises(ValueError, match="X is not acceptable: The feature names"):
        check_X(thing, frame[["b", "a"]], reset=False)


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "b"],
        pd.Series(["a", None, "b"], dtype="category"),
        pd.Series(["a", None, "b"], dtype="string"),
        np.array(["a", np.nan, "b"], dtype=object),
        pl.Series(["a", None, "b"]),
        np.array([0.5, np.nan, 1.5]),
    ],
)
def test_missing_labels_are_named(y):
    with pytest.raises(ValueError, match=r"y must .* 1 missing .* the first in row 1"):
        check_no_missing(y)


def test_whole_labels_pass():
    for y in (["a", "b"], [1, 2], [0.5, 1.5], np.array(["a", "b"], dtype=object)):
        check_no_missing(y)


@pytest.mark.parametrize(("name", "X"), [(n, X) for n, X, y in REFUSED if n == "X"])
def test_refusal_names_X_also_where_there_is_no_y(name, X):
    with pytest.raises((TypeError, ValueError), match=r"\bX\b"):
        check_X(Thing(), X)


def test_class_labels_of_a_continuous_target_are_refused_by_name():
    check_class_labels(np.array(["a", "b"]))
    with pytest.raises(ValueError, match=r"y is not .*continuous"):
        check_class_labels(np.array([0.1, 0.2, 0.35]))


@pytest.mark.parametrize("y", [[1, 2, 3], [[1.0], [2.0], [3.0]], [True, False, True]])
def test_targets_become_columns_of_doubles(y):
    array = check_multi_target(y, 3)
    assert array.shape == (3, 1)
    assert array.dtype == np.float64
    assert array[:, 0].tolist() == np.ravel(y).astype(float).tolist()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", "b", "c"], "y must be real numbers"),
        ([1j, 2, 3], "y must be real numbers"),
        (3.0, "y must be of shape"),
        (np.ones((3, 1, 1)), "y must be of shape"),
        ([1, 2], "y has 2 rows and X has 3"),
        ([1, np.nan, 3], "y contains NaN"),
        ([1, np.inf, 3], "y contains NaN or infinity"),
    ],
)
def test_targets_are_refused_by_name(y, message):
    with pytest.raises(ValueError, match=message):
        check_multi_target(y, 3)


# Views


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        ([GOOD, GOOD], True),
        ((GOOD, pd.DataFrame(GOOD)), True),
        ([GOOD], True),
        (GOOD, False),
        ([[1, 2], [3, 4]], False),
        ([GOOD, [1, 2]], False),
        ([np.ones(3), np.ones(3)], False),
        ([], False),
        (None, False),
        (pd.DataFrame(GOOD), False),
    ],
)
def test_list_of_views_is_told_from_one_array(X, expected):
    assert is_view_list(X) is expected


def test_views_are_put_side_by_side():
    first, second = np.arange(6).reshape(3, 2), np.arange(9).reshape(3, 3)
    array, columns = concatenate_views([first, second])
    assert np.array_equal(array[:, columns[0]], first)
    assert np.array_equal(array[:, columns[1]], second)
    assert [column.tolist() for column in columns] == [[0, 1], [2, 3, 4]]


def test_views_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"inconsistent.*\[3, 2\]"):
        concatenate_views([np.ones((3, 1)), np.ones((2, 1))])


# Columns


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (slice(1, 3), [1, 2]),
        (slice(None, None, 2), [0, 2]),
        (slice(-2, None), [2, 3]),
        ([3, 0], [3, 0]),
        ([-1, -4], [3, 0]),
        (2, [2]),
        (np.array([1], dtype=np.uint8), [1]),
        ([True, False, False, True], [0, 3]),
        (["d", "b"], [3, 1]),
        ("c", [2]),
        (pd.Index(["a"]), [0]),
    ],
)
def test_columns_are_found_in_the_order_given(spec, expected):
    names = np.array(list("abcd"), dtype=object)
    assert resolve_columns(spec, 4, names, name="columns").tolist() == expected


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ([4], ValueError),
        ([-5], ValueError),
        ([[0, 1]], ValueError),
        ([], (TypeError, ValueError)),
        (slice(4, None), ValueError),
        ([False] * 4, ValueError),
        ([True], ValueError),
        (["e"], ValueError),
        ([0.5], TypeError),
    ],
)
def test_columns_that_are_not_there_are_refused_by_name(spec, error):
    names = np.array(list("abcd"), dtype=object)
    with pytest.raises(error, match="columns"):
        resolve_columns(spec, 4, names, name="columns")


def test_names_of_columns_without_names_are_refused():
    with pytest.raises(ValueError, match=r"groups gives column names.*frame"):
        resolve_columns(["a"], 4, None, name="groups")


# Numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, 5), (3, 3), (10, 10), (np.int64(2), 2), (0.25, 2), (1.0, 10), (1e-9, 1)],
)
def test_counts_are_numbers_shares_or_half(value, expected):
    assert resolve_count(value, 10, name="n") == expected
    assert resolve_count(None, 1, name="n") == 1


@pytest.mark.parametrize(
    "value", [0, -1, 11, 0.0, 1.5, -0.1, True, "3", float("nan"), [3]]
)
def test_other_counts_are_refused_by_name(value):
    with pytest.raises(ValueError, match="n_things"):
        resolve_count(value, 10, name="n_things")


def test_parameters_of_functions_and_classes_are_known():
    def function(a, *, b=1):
        """Take two."""

    class Class:
        def __init__(self, c):
            self.c = c

    assert accepts_argument(function, "a")
    assert accepts_argument(function, "b")
    assert not accepts_argument(function, "c")
    assert accepts_argument(Class, "c")


@pytest.mark.parametrize("value", ["c", 3, None, ["a"]])
def test_names_outside_a_table_are_refused_with_those_inside(value):
    check_name("kind", "a", {"a": 1, "b": 2})
    with pytest.raises(ValueError, match=r"kind must be one of \['a', 'b'\]"):
        check_name("kind", value, {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("closed", "low", "high"),
    [
        ("both", True, True),
        ("left", True, False),
        ("right", False, True),
        ("neither", False, False),
    ],
)
def test_ends_of_a_range_belong_to_it_as_said(closed, low, high):
    check_range("share", 0.5, 0.0, 1.0, closed)
    for value, inside in ((0.0, low), (1, high), (-1e-9, False), (1.1, False)):
        if inside:
            check_range("share", value, 0.0, 1.0, closed)
        else:
            with pytest.raises(ValueError, match="share must be a number in"):
                check_range("share", value, 0.0, 1.0, closed)


@pytest.mark.parametrize("value", [float("nan"), "0.5", None, 1j, [0.5]])
def test_what_is_no_number_is_in_no_range(value):
    with pytest.raises(ValueError, match="share"):
        check_range("share", value, 0.0, 1.0)


@pytest.mark.parametrize("value", [0, -3, 1.0, 2.5, True, "2", None])
def test_what_is_no_integer_or_too_small_is_refused(value):
    check_integer("count", 1, 1)
    check_integer("count", np.int32(7), 1)
    with pytest.raises(ValueError, match="count must be an integer of at least 1"):
        check_integer("count", value, 1)


@pytest.mark.parametrize("value", [5, (0,), (3, -1), (2.0,), "ab", (True,), None])
def test_what_is_no_widths_is_refused(value):
    for good in ((), (3,), [4, 5], (np.int64(3),)):
        check_widths("widths", good)
    with pytest.raises(ValueError, match="widths must be a tuple of positive"):
        check_widths("widths", value)


def test_generator_follows_the_seed():
    for seed in (0, np.int64(3)):
        first, second = check_generator(seed), check_generator(seed)
        assert first.random() == second.random()
    assert check_generator(None).random() != check_generator(None).random()


def test_generator_is_returned_itself():
    rng = np.random.default_rng(0)
    assert check_generator(rng) is rng


def test_random_state_seeds_one_generator_after_the_other():
    state, again = np.random.RandomState(0), np.random.RandomState(0)
    draws = [check_generator(state).random() for _ in range(2)]
    assert draws[0] != draws[1]
    assert draws == [check_generator(again).random() for _ in range(2)]


@pytest.mark.parametrize("random_state", ["seed", -1, 1.5, True, np.random])
def test_a_bad_random_state_is_named(random_state):
    with pytest.raises(ValueError, match="random_state must be None, an integer"):
        check_generator(random_state)


@pytest.mark.parametrize(
    ("column", "categorical", "with_booleans"),
    [
        (pd.Series([1.0, 2.0]), False, False),
        (pd.Series([1, 2], dtype="category"), True, True),
        (pd.Series(["a", "b"]), True, True),
        (pd.Series([1, "b"], dtype=object), True, True),
        (pd.Series([True, False]), False, True),
        (pd.Series([True, False], dtype="boolean"), False, True),
        (pd.Series([True, False], dtype=object), False, True),
        (pd.Series([True, 2], dtype=object), False, False),
        (np.array(["a", "b"]), True, True),
        (np.array([b"a", b"b"]), True, True),
        (np.array([True, False]), False, True),
        (np.array([1, 2]), False, False),
    ],
)
def test_booleans_are_categories_only_where_asked(column, categorical, with_booleans):
    assert is_categorical(column) is categorical
    assert is_categorical(column, booleans=True) is with_booleans


def test_missing_values_are_named_as_asked():
    check_no_missing(np.array(["a", "b"], dtype=object))
    with pytest.raises(ValueError, match=r"z must have .* found 2 .* in row 1\."):
        check_no_missing(np.array(["a", None, np.nan], dtype=object), "z")


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, 2.0], r"of shape \(3,\), found \(2,\)"),
        (["a", "b", "c"], "real numbers, found dtype"),
        ([1.0, -1.0, 1.0], "a minimum of -1.0"),
        ([0, 0, 0], "a sum of 0.0"),
        ([1.0, np.nan, 1.0], "nan"),
        ([1e308, 1e308, 1e308], "a sum of inf"),
    ],
)
def test_weights_that_are_no_frequencies_are_named(weight, message):
    with pytest.raises(ValueError, match=f"^sample_weight must .*{message}"):
        check_frequencies(weight, 3)
