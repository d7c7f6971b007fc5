"""SelectByMutualInfo: what it finds, how it fails, and scikit-learn's manners."""

import pickle
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmi.feature_selection import CRITERIA, SelectByMutualInfo


def state(estimator):
    """Return a comparable picture of everything an object holds."""
    return pickle.dumps(vars(estimator))


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((600, 8))


@pytest.fixture
def y(X):
    """Depend strongly on column 3 and weakly on column 6."""
    noise = np.random.default_rng(1).standard_normal(600)
    return (2 * X[:, 3] + X[:, 6] + 0.5 * noise > 0).astype(int)


@pytest.fixture
def with_copy(X):
    """Have column 1 repeat column 3."""
    X = X.copy()
    X[:, 1] = X[:, 3]
    return X


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_every_criterion_finds_the_informative_columns(criterion, X, y):
    selector = SelectByMutualInfo(2, criterion=criterion).fit(X, y)
    assert selector.selected_.tolist() == [3, 6]
    assert selector.ranking_[[3, 6]].tolist() == [1, 2]


def test_cmim_drops_an_exact_copy_and_mim_keeps_it(with_copy, y):
    assert SelectByMutualInfo(2).fit(with_copy, y).selected_.tolist() == [1, 6]
    mim = SelectByMutualInfo(2, criterion="mim").fit(with_copy, y)
    assert mim.selected_.tolist() == [1, 3]


def test_a_copy_of_a_selected_column_ends_with_score_zero_under_cmim(with_copy, y):
    selector = SelectByMutualInfo(4).fit(with_copy, y)
    assert selector.scores_[3] == 0
    # Less than nothing: as much is taken off as independent columns would show.
    selector = SelectByMutualInfo(4, correction="chi_square").fit(with_copy, y)
    assert selector.scores_[3] == pytest.approx(-7 * 1 * 8 / 1200, abs=1e-14)
    plugin = SelectByMutualInfo(4, correction="plugin").fit(with_copy, y)
    assert plugin.ranking_[3] == 8


def test_a_callable_criterion_does_as_the_name(X, y):
    named = SelectByMutualInfo(3, criterion="jmi").fit(X, y)
    called = SelectByMutualInfo(3, criterion=CRITERIA["jmi"]).fit(X, y)
    np.testing.assert_array_equal(named.scores_, called.scores_)


def test_greedy_criteria_miss_parity():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((2000, 12))
    X[:, 4] += 0.2 * (y := (X[:, 0] * X[:, 1] > 0))
    selector = SelectByMutualInfo(1, criterion="cmim").fit(X, y)
    assert selector.selected_.tolist() == [4]
    assert selector.relevance_[[0, 1]].max() < 0.01


def test_relevance_is_information_in_nats_of_few_valued_columns():
    rng = np.random.default_rng(3)
    X = rng.integers(0, 6, size=(300, 5)).astype(float)
    y = (X[:, 0] + X[:, 1] > 5).astype(int)
    expected = np.array([mutual_info_score(X[:, j], y) for j in range(5)])
    selector = SelectByMutualInfo(correction="plugin").fit(X, y)
    np.testing.assert_allclose(selector.relevance_, expected, atol=1e-13)
    # Miller and Madow: half a nat of N for each cell, but not for one.
    corrected = SelectByMutualInfo().fit(X, y)
    n_cells = np.array([len(np.unique(10 * x + y)) for x in X.T])
    bias = (n_cells - 6 - 2 + 1) / 600
    np.testing.assert_allclose(corrected.relevance_, expected - bias, atol=1e-13)
    # The mean of chi-square, by the levels alone.
    corrected = SelectByMutualInfo(correction="chi_square").fit(X, y)
    np.testing.assert_allclose(corrected.relevance_, expected - 5 / 600, atol=1e-13)


def test_permuting_columns_permutes_the_result(X, y):
    order = np.random.default_rng(4).permutation(8)
    selector = SelectByMutualInfo(5).fit(X, y)
    permuted = SelectByMutualInfo(5).fit(X[:, order], y)
    np.testing.assert_array_equal(permuted.scores_, selector.scores_[order])
    np.testing.assert_array_equal(permuted.ranking_, selector.ranking_[order])
    np.testing.assert_array_equal(order[permuted.selected_], selector.selected_)


def test_permuting_rows_and_rising_maps_change_nothing(X, y):
    rows = np.random.default_rng(5).permutation(len(X))
    selector = SelectByMutualInfo(5).fit(X, y)
    other = SelectByMutualInfo(5).fit(np.exp(X[rows]), y[rows])
    np.testing.assert_array_equal(selector.scores_, other.scores_)


def test_names_of_classes_do_not_matter(X, y):
    names = np.array(["no", "yes"])[y]
    numbers = SelectByMutualInfo(4).fit(X, y)
    for target in (names, names.astype(object), y.astype(bool), pd.Series(names)):
        words = SelectByMutualInfo(4).fit(X, target)
        np.testing.assert_array_equal(words.scores_, numbers.scores_)


def test_a_continuous_target_is_cut_into_bins(X):
    y = 2 * X[:, 3] + np.sin(3 * X[:, 6])
    selector = SelectByMutualInfo(2).fit(X, y)
    assert sorted(selector.selected_) == [3, 6]


def test_any_number_of_bins_is_counted(X, y):
    for n_bins in (2, 3, 256, 300):
        selector = SelectByMutualInfo(1, n_bins=n_bins).fit(X, y)
        assert selector.selected_.tolist() == [3]


def test_integer_columns_are_treated_as_their_values():
    rng = np.random.default_rng(6)
    X = rng.integers(0, 5, size=(200, 3))
    selector = SelectByMutualInfo(1, correction="plugin").fit(X, X[:, 1])
    entropy = mutual_info_score(X[:, 1], X[:, 1])
    assert selector.relevance_[1] == pytest.approx(entropy, abs=1e-13)


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_constant_columns_score_exactly_zero_and_come_last(criterion, X, y):
    X[:, [0, 5]] = [7.0, 0.1]
    selector = SelectByMutualInfo(7, criterion=criterion).fit(X, y)
    assert selector.scores_[[0, 5]].tolist() == [0, 0]
    assert selector.relevance_[[0, 5]].tolist() == [0, 0]
    assert selector.ranking_[[0, 5]].tolist() == [7, 8]


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_a_single_class_warns_and_scores_zero(criterion, X):
    selector = SelectByMutualInfo(3, criterion=criterion)
    with pytest.warns(UserWarning, match="one value"):
        selector.fit(X, np.ones(600))
    assert not selector.scores_.any()
    assert not selector.relevance_.any()
    assert selector.selected_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "n"), [(None, 4), (3, 3), (0.25, 2), (1.0, 8), (0.01, 1), (8, 8)]
)
def test_count_fraction_or_half_of_the_columns_is_selected(wanted, n, X, y):
    selector = SelectByMutualInfo(wanted).fit(X, y)
    assert selector.support_.sum() == n
    assert selector.transform(X).shape == (600, n)
    assert sorted(selector.ranking_) == list(range(1, 9))


def test_the_path_tells_the_story_of_the_search(X, y):
    selector = SelectByMutualInfo(3, criterion="mrmr").fit(X, y)
    path = selector.selection_path_
    assert list(path) == [
        "step",
        "feature",
        "criterion",
        "relevance",
        "redundancy",
        "p_value",
    ]
    assert np.isnan(path["p_value"]).all()
    np.testing.assert_array_equal(path["feature"], selector.selected_)
    np.testing.assert_array_equal(path["step"], [1, 2, 3])
    features = path["feature"]
    np.testing.assert_array_equal(path["criterion"], selector.scores_[features])
    np.testing.assert_array_equal(path["relevance"], selector.relevance_[features])
    np.testing.assert_allclose(
        path["criterion"], path["relevance"] - path["redundancy"], atol=1e-13
    )


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_more_columns_extend_the_same_order(criterion, X, y):
    short = SelectByMutualInfo(3, criterion=criterion).fit(X, y)
    long = SelectByMutualInfo(6, criterion=criterion).fit(X, y)
    np.testing.assert_array_equal(long.selected_[:3], short.selected_)


# Bad input --------------------------------------------------------------------


def with_value(X, value):
    X = X.astype(object if isinstance(value, str) else type(value))
    X[2, 1] = value
    return X


BAD_FITS = {
    "nan": (lambda X, y: (with_value(X, np.nan), y), ValueError, "NaN"),
    "infinity": (lambda X, y: (with_value(X, np.inf), y), ValueError, "infinity"),
    "text": (lambda X, y: (with_value(X, "a"), y), ValueError, "X"),
    "complex": (lambda X, y: (with_value(X, 1j), y), ValueError, "[Cc]omplex"),
    "no rows": (lambda X, y: (X[:0], y[:0]), ValueError, "0 sample"),
    "no columns": (lambda X, y: (X[:, :0], y), ValueError, "0 feature"),
    "one row": (lambda X, y: (X[:1], y[:1]), ValueError, "1 sample"),
    "one dimension": (lambda X, y: (X[:, 0], y), ValueError, "2D"),
    "lengths": (lambda X, y: (X, y[:-1]), ValueError, "inconsistent"),
    "no y": (lambda X, y: (X, None), ValueError, "y"),
    "y missing": (lambda X, y: (X, np.where(y, np.nan, 1)), ValueError, "y .*NaN"),
    "y complex": (lambda X, y: (X, y * 1j), ValueError, "[Cc]omplex"),
    "outputs": (lambda X, y: (X, y.reshape(1, -1, 1)), ValueError, "y "),
}


@pytest.mark.parametrize("case", sorted(BAD_FITS))
def test_bad_data_are_named_and_leave_the_object_as_it_was(case, X, y):
    spoil, error, found = BAD_FITS[case]
    selector = SelectByMutualInfo(2).fit(X[:, :5], y)
    before = state(selector)
    with pytest.raises(error, match=found):
        selector.fit(*spoil(X, y))
    assert state(selector) == before


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"n_features_to_select": 9}, r"n_features_to_select .*\(8\), found 9"),
        ({"n_features_to_select": 0}, "n_features_to_select"),
        ({"n_features_to_select": 1.5}, "n_features_to_select"),
        ({"n_features_to_select": "all"}, "n_features_to_select"),
        ({"criterion": "best"}, "criterion.*cmim.*'best'"),
        ({"estimator": "magic"}, "estimator.*binned.*'magic'"),
        ({"n_bins": 1}, "n_bins"),
        ({"n_bins": 8.0}, "n_bins"),
        ({"discrete_target": "yes"}, "discrete_target"),
        ({"criterion": lambda terms: np.zeros(3)}, r"criterion must .*\(3,\)"),
    ],
)
def test_bad_parameters_are_named_and_leave_the_object_as_it_was(
    parameters, found, X, y
):
    selector = SelectByMutualInfo(2).fit(X, y)
    names = [name for name in vars(selector) if name.endswith("_")]
    before = pickle.dumps([getattr(selector, name) for name in names])
    with pytest.raises(ValueError, match=found):
        selector.set_params(**parameters).fit(X, y)
    assert pickle.dumps([getattr(selector, name) for name in names]) == before


def test_an_interrupted_fit_leaves_the_object_as_it_was(X, y):
    def interrupt(terms):
        raise KeyboardInterrupt

    selector = SelectByMutualInfo(2, criterion=interrupt)
    with pytest.raises(KeyboardInterrupt):
        selector.fit(X, y)
    assert not [name for name in vars(selector) if name.endswith("_")]


def test_a_wrong_number_of_columns_at_transform_is_named(X, y):
    selector = SelectByMutualInfo(2).fit(X, y)
    with pytest.raises(ValueError, match=r"7 features.*expecting 8"):
        selector.transform(X[:, :7])


# Manners ------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [pd.DataFrame, partial(pl.DataFrame, orient="row")])
def test_frames_keep_their_names(frame, X, y):
    names = [f"x{j}" for j in range(8)]
    data = frame(X.copy(), columns=names) if frame is pd.DataFrame else frame(X, names)
    kind = "pandas" if frame is pd.DataFrame else "polars"
    selector = SelectByMutualInfo(2).set_output(transform=kind).fit(data, y)
    assert selector.feature_names_in_.tolist() == names
    assert selector.get_feature_names_out().tolist() == ["x3", "x6"]
    Z = selector.transform(data)
    assert type(Z).__module__.startswith(kind)
    assert list(Z.columns) == ["x3", "x6"]
    np.testing.assert_array_equal(Z.to_numpy(), X[:, [3, 6]])


def test_inverse_transform_puts_columns_back_and_zeros_elsewhere(X, y):
    selector = SelectByMutualInfo(2).fit(X, y)
    back = selector.inverse_transform(selector.transform(X))
    expected = np.zeros_like(X)
    expected[:, [3, 6]] = X[:, [3, 6]]
    np.testing.assert_array_equal(back, expected)


def test_clone_and_pickle_and_skops_keep_everything(X, y):
    skops_io = pytest.importorskip("skops.io")
    selector = SelectByMutualInfo(2, criterion="jmi", n_bins=5).fit(X, y)
    assert clone(selector).get_params() == selector.get_params()
    dumped = skops_io.dumps(selector)
    trusted = skops_io.get_untrusted_types(data=dumped)
    assert all(name.startswith("skmi.") for name in trusted)
    for copy in (
        pickle.loads(pickle.dumps(selector)),
        skops_io.loads(dumped, trusted=trusted),
    ):
        np.testing.assert_array_equal(copy.transform(X), selector.transform(X))
        np.testing.assert_array_equal(copy.scores_, selector.scores_)


def test_a_search_with_two_workers_equals_one_in_a_pipeline(X, y):
    pipeline = make_pipeline(SelectByMutualInfo(), LogisticRegression())
    grid = {
        "selectbymutualinfo__criterion": ["mim", "cmim"],
        "selectbymutualinfo__n_features_to_select": [1, 2],
    }
    one, two = (GridSearchCV(pipeline, grid, cv=3, n_jobs=n).fit(X, y) for n in (1, 2))
    for key in ("mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(one.cv_results_[key], two.cv_results_[key])
    assert one.best_params_["selectbymutualinfo__n_features_to_select"] == 2


def test_fitting_touches_neither_the_data_nor_the_global_generator(X, y):
    before, seed = X.copy(), np.random.get_state()[1].copy()  # noqa: NPY002
    X.setflags(write=False)
    SelectByMutualInfo().fit(X, y)
    np.testing.assert_array_equal(X, before)
    after = np.random.get_state()[1]  # noqa: NPY002
    np.testing.assert_array_equal(after, seed)
