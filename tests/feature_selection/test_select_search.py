"""The stop, the scan of pairs, sparse columns and blocks of rows in a fit."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csc_matrix, csr_array, csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from skmi.feature_selection import CRITERIA, SelectByMutualInfo
from skmi.feature_selection._plan import ESTIMATORS
from skmi.information import suggest_n_bins


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(1200, 12))


@pytest.fixture
def y(X):
    noise = np.random.default_rng(1).normal(size=1200)
    return (X[:, 3] + 0.8 * X[:, 6] + 0.3 * noise > 0).astype(int)


# The stop -------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", ["cmim", "jmi", "mrmr"])
def test_auto_stops_after_the_columns_that_tell(criterion, X, y):
    selector = SelectByMutualInfo("auto", criterion=criterion, random_state=0)
    selector.fit(X, y)
    assert selector.selected_.tolist() == [3, 6]
    path = selector.selection_path_["p_value"]
    assert (path <= 0.05).all()
    np.testing.assert_array_equal(selector.pvalues_[[3, 6]], path)
    # One more was tested, and failed.
    tested = np.flatnonzero(~np.isnan(selector.pvalues_))
    assert tested.size == 3
    assert selector.pvalues_[tested].max() > 0.05


def test_auto_is_the_same_for_the_same_seed_and_any_number_of_jobs(X, y):
    fits = [
        SelectByMutualInfo("auto", random_state=4, n_jobs=n).fit(X, y)
        for n in (None, 2)
    ]
    np.testing.assert_array_equal(fits[0].pvalues_, fits[1].pvalues_)


def test_auto_without_anything_to_find_selects_nothing_and_warns(X):
    y = np.random.default_rng(8).integers(0, 2, 1200)
    selector = SelectByMutualInfo("auto", random_state=0)
    with pytest.warns(UserWarning, match="No column was selected"):
        selector.fit(X, y)
    with pytest.warns(UserWarning, match="No features were selected"):
        assert selector.transform(X).shape == (1200, 0)


def test_auto_takes_a_continuous_target_and_kept_columns(X):
    target = X[:, 3] + 0.5 * X[:, 6]
    copies = np.column_stack([X, X[:, 3] + 1e-9 * X[:, 0]])
    selector = SelectByMutualInfo("auto", keep=[12], random_state=0)
    selector.fit(copies, target)
    # The copy that is kept leaves nothing for column 3 to tell.
    assert selector.selected_.tolist() == [12, 6]


def test_auto_respects_groups_of_rows():
    rng = np.random.default_rng(3)
    patient = np.repeat(np.arange(60), 20)
    # Nothing but the patient: values of a patient are alike, and so is the label.
    X = rng.normal(size=(60, 15))[patient] + 0.1 * rng.normal(size=(1200, 15))
    y = rng.integers(0, 2, 60)[patient]
    naive = SelectByMutualInfo("auto", random_state=0).fit(X, y)
    assert naive.support_.sum() >= 3
    with pytest.warns(UserWarning, match="No column"):
        SelectByMutualInfo("auto", random_state=0).fit(X, y, groups=patient)


def test_auto_goes_with_floating_and_not_with_backward(X, y):
    selector = SelectByMutualInfo("auto", direction="floating", random_state=0)
    assert selector.fit(X, y).selected_.tolist() == [3, 6]
    with pytest.raises(ValueError, match=r"direction must be .*found 'backward'"):
        selector.set_params(direction="backward").fit(X, y)


def test_auto_tells_which_of_several_targets_to_average(X, y):
    both = np.column_stack([y, (X[:, 1] > 0).astype(int)])
    selector = SelectByMutualInfo("auto", multioutput="average", random_state=0)
    assert set(selector.fit(X, both).selected_) == {1, 3, 6}
    selector.set_params(interactions="pairs").fit(X, both)
    assert set(selector.selected_) == {1, 3, 6}


def test_tests_do_not_take_a_gap_for_a_value(X, y):
    rng = np.random.default_rng(11)
    holes = X.copy()
    # Values of column 0 are noise; that they are missing tells the class.
    holes[(y == 1) & (rng.random(1200) < 0.5), 0] = np.nan
    selector = SelectByMutualInfo("auto", missing="pairwise", random_state=0)
    assert selector.fit(holes, y).selected_.tolist() == [3, 6]
    selector.set_params(missing="category").fit(holes, y)
    assert 0 in selector.selected_


def test_a_criterion_that_stops_at_zero_says_so(X, y):
    named = SelectByMutualInfo("auto", criterion="ib", beta=0.05).fit(X, y)
    passed = SelectByMutualInfo("auto", criterion=CRITERIA["ib"], beta=0.05).fit(X, y)
    np.testing.assert_array_equal(named.selected_, passed.selected_)
    assert np.isnan(passed.pvalues_).all()


def test_parts_of_a_target_are_what_the_whole_is():
    y = np.arange(60) % 24
    selector = SelectByMutualInfo(1).with_target_kind(y)
    assert selector.discrete_target is False
    assert SelectByMutualInfo(1).with_target_kind(y % 3).discrete_target is True
    assert (
        SelectByMutualInfo(1, discrete_target=True).with_target_kind(y).discrete_target
    )


def test_an_estimator_may_be_a_function_of_the_problem(X, y):
    def plain(problem):
        return ESTIMATORS["binned"](problem._replace(correction="plugin"))

    found = SelectByMutualInfo(3, estimator=plain).fit(X, y)
    wanted = SelectByMutualInfo(3, correction="plugin").fit(X, y)
    np.testing.assert_array_equal(found.scores_, wanted.scores_)


# Pairs ----------------------------------------------------------------------------


def test_the_scan_finds_parity_and_names_it():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(3000, 20))
    y = ((X[:, 4] * X[:, 15] > 0) ^ (rng.random(3000) < 0.1)).astype(int)
    blind = SelectByMutualInfo(2).fit(X, y)
    assert set(blind.selected_) != {4, 15}
    assert not hasattr(blind, "interactions_")
    selector = SelectByMutualInfo(2, interactions="pairs").fit(X, y)
    assert set(selector.selected_) == {4, 15}
    found = selector.interactions_
    assert found.pairs[0].tolist() == [4, 15]
    # log 2 less the entropy of the noise, in nats; bins of the scan lose nothing.
    truth = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    assert found.synergy[0] == pytest.approx(truth, abs=0.04)
    assert found.p_value[0] < 1e-6
    auto = SelectByMutualInfo("auto", interactions="pairs", random_state=0).fit(X, y)
    assert set(auto.selected_) == {4, 15}


def test_the_scan_refuses_groups_and_weights_are_no_repetitions_there(X, y):
    selector = SelectByMutualInfo(2, interactions="pairs")
    with pytest.raises(ValueError, match=r"interactions must be None with groups"):
        selector.fit(X, y, groups=np.arange(1200) // 4)


# Sparse columns -------------------------------------------------------------------


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@pytest.mark.parametrize("make", [csr_array, csc_matrix, coo_array])
def test_sparse_columns_give_what_dense_ones_give(criterion, make):
    rng = np.random.default_rng(6)
    counts = rng.poisson(0.3, (300, 15)).astype(float)
    y = (counts[:, 2] + counts[:, 9] + rng.poisson(0.2, 300) > 1).astype(int)
    dense = SelectByMutualInfo(4, criterion=criterion).fit(counts, y)
    sparse = SelectByMutualInfo(4, criterion=criterion).fit(make(counts), y)
    np.testing.assert_array_equal(sparse.ranking_, dense.ranking_)
    np.testing.assert_allclose(sparse.scores_, dense.scores_, atol=1e-10)
    reduced = sparse.transform(csr_matrix(counts))
    np.testing.assert_array_equal(reduced.toarray(), dense.transform(counts))


def test_words_are_selected_in_a_pipeline():
    rng = np.random.default_rng(7)
    topics = [["goal", "match", "team"], ["atom", "star", "orbit"]]
    y = rng.integers(0, 2, 200)
    filler = [f"w{k}" for k in range(60)]
    texts = [" ".join([*rng.choice(topics[c], 2), *rng.choice(filler, 8)]) for c in y]
    pipe = make_pipeline(
        CountVectorizer(), SelectByMutualInfo(6, criterion="mim"), MultinomialNB()
    )
    assert pipe.fit(texts, y).score(texts, y) > 0.95
    words = pipe[:-1].get_feature_names_out()
    assert set(words) == {"goal", "match", "team", "atom", "star", "orbit"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"estimator": "knn"}, "[Ss]parse"),
        (
            {"n_features_to_select": "auto"},
            "n_features_to_select must be .*for sparse X",
        ),
        ({"interactions": "pairs"}, "must be .*for sparse X"),
        ({"discrete_features": [0]}, "discrete_features must be 'auto' for sparse X"),
        ({"bin_edges": [[0.5]] * 12}, "bin_edges must be None for sparse X"),
    ],
)
def test_what_sparse_columns_cannot_have_is_named(options, found, X, y):
    with pytest.raises((TypeError, ValueError), match=found):
        SelectByMutualInfo(**options).fit(csr_array(X), y)


# Blocks of rows -------------------------------------------------------------------


def blocks(n, size):
    return [slice(k, k + size) for k in range(0, n, size)]


@pytest.fixture
def edges(X):
    return [np.quantile(x, np.arange(1, 8) / 8) for x in X.T]


@pytest.mark.parametrize("criterion", sorted(set(CRITERIA) - {"ib", "jmi3"}))
@pytest.mark.parametrize("size", [100, 450, 1200])
def test_blocks_equal_the_whole_exactly(criterion, size, X, y, edges):
    whole = SelectByMutualInfo(4, criterion=criterion, bin_edges=edges).fit(X, y)
    part = clone(whole)
    for rows in blocks(1200, size):
        part.partial_fit(X[rows], y[rows], classes=[0, 1])
    for name in ("scores_", "relevance_", "redundancy_", "ranking_", "selected_"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name))
    np.testing.assert_array_equal(part.transform(X), whole.transform(X))


def test_weights_of_blocks_are_repetitions(X, y, edges):
    weight = np.random.default_rng(2).integers(0, 3, 1200)
    rows = np.repeat(np.arange(1200), weight)
    weighted = SelectByMutualInfo(3, bin_edges=edges)
    for part in blocks(1200, 500):
        weighted.partial_fit(X[part], y[part], sample_weight=weight[part])
    again = SelectByMutualInfo(3, bin_edges=edges).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.scores_, again.scores_, atol=1e-13)
    np.testing.assert_array_equal(weighted.ranking_, again.ranking_)


def test_the_first_block_fixes_bins_and_classes(X, y):
    selector = SelectByMutualInfo(2).partial_fit(X[:600], y[:600])
    first = [edge.copy() for edge in selector.bin_edges_]
    selector.partial_fit(X[600:], y[600:])
    for before, after in zip(first, selector.bin_edges_, strict=True):
        np.testing.assert_array_equal(before, after)
    assert sorted(selector.selected_) == [3, 6]
    before = pickle.dumps(vars(selector))
    with pytest.raises(ValueError, match="y must hold the classes"):
        selector.partial_fit(X[:10], np.full(10, 7))
    assert pickle.dumps(vars(selector)) == before


def test_a_fit_forgets_the_blocks_before(X, y):
    selector = SelectByMutualInfo(2).partial_fit(X, 1 - y).fit(X, y)
    assert not hasattr(selector, "_stream")
    selector.partial_fit(X[:, ::-1], y)
    fresh = SelectByMutualInfo(2).partial_fit(X[:, ::-1], y)
    np.testing.assert_array_equal(selector.scores_, fresh.scores_)


def test_blocks_survive_a_pickle(X, y):
    half = SelectByMutualInfo(2).partial_fit(X[:600], y[:600])
    again = pickle.loads(pickle.dumps(half)).partial_fit(X[600:], y[600:])
    half.partial_fit(X[600:], y[600:])
    np.testing.assert_array_equal(half.scores_, again.scores_)


def test_whole_numbers_keep_their_values_in_blocks():
    rng = np.random.default_rng(9)
    X = pd.DataFrame({"a": rng.integers(0, 15, 900), "b": rng.normal(size=900)})
    y = (X["a"] % 2).to_numpy()
    selector = SelectByMutualInfo(1, correction="plugin")
    for rows in blocks(900, 300):
        selector.partial_fit(X.iloc[rows], y[rows])
    assert selector.relevance_[0] == pytest.approx(np.log(2), abs=0.01)


def test_a_continuous_target_may_come_in_blocks(X):
    target = X[:, 3] + 0.2 * X[:, 5]
    selector = SelectByMutualInfo(1)
    for rows in blocks(1200, 400):
        selector.partial_fit(X[rows], target[rows])
    assert selector.selected_.tolist() == [3]


def test_bins_may_be_chosen_by_the_first_block(X, y):
    selector = SelectByMutualInfo(2, n_bins="auto").partial_fit(X[:200], y[:200])
    whole = SelectByMutualInfo(2, n_bins=suggest_n_bins(200, 2))
    whole.partial_fit(X[:200], y[:200])
    assert len(selector.bin_edges_[0]) == len(whole.bin_edges_[0])
    selector.fit(X, y)
    assert not hasattr(selector, "bin_edges_")


def test_words_after_numbers_are_named(X):
    selector = SelectByMutualInfo(1).partial_fit(X[:600], X[:600, 3])
    with pytest.raises(ValueError, match="y must hold numbers as in the first block"):
        selector.partial_fit(X[600:], np.array(["a", "b"] * 300))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"estimator": "copula"}, "estimator must be 'binned' with partial_fit"),
        ({"n_features_to_select": "auto"}, "n_features_to_select must be a number"),
        ({"interactions": "pairs"}, "interactions must be None with partial_fit"),
        ({"feature_groups": [[0, 1]]}, "feature_groups must be None with partial_fit"),
        ({"missing": "pairwise"}, "missing must be 'error' or 'category'"),
        ({"criterion": "jmi3", "n_features_to_select": 3}, "tables of pairs"),
        ({"bin_edges": [[1.0, 0.0]] * 12}, "bin_edges must hold arrays"),
    ],
)
def test_what_blocks_cannot_have_is_named(options, found, X, y):
    selector = SelectByMutualInfo(**options)
    with pytest.raises(ValueError, match=found):
        selector.partial_fit(X, y)
    assert not hasattr(selector, "n_features_in_")


def test_words_cannot_come_in_blocks():
    X = pd.DataFrame({"a": ["x", "y"] * 5, "b": np.arange(10.0)})
    with pytest.raises(ValueError, match=r"X must hold numbers .*column 0"):
        SelectByMutualInfo(1).partial_fit(X, [0, 1] * 5)
    with pytest.raises(ValueError, match=r"X must hold numbers .*column 0"):
        SelectByMutualInfo(1, bin_edges=[[0.5], [5.0]]).fit(X, [0, 1] * 5)


def test_too_wide_a_stream_is_refused_before_it_takes_the_memory():
    X = np.random.default_rng(0).normal(size=(30, 3000))
    with pytest.raises(ValueError, match="GiB"):
        SelectByMutualInfo(1).partial_fit(X, np.arange(30) % 2)
