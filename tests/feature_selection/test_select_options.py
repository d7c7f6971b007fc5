"""Options of SelectByMutualInfo: weights, kinds of columns, groups, costs, targets."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skmi.exceptions import EstimationWarning
from skmi.feature_selection import CRITERIA, SelectByMutualInfo


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(400, 8))


@pytest.fixture
def y(X):
    noise = np.random.default_rng(1).normal(size=400)
    return (X[:, 3] + 0.8 * X[:, 6] + 0.3 * noise > 0).astype(int)


FITTED = ("scores_", "relevance_", "redundancy_", "ranking_", "support_", "selected_")


def assert_same_fit(a, b, names=FITTED):
    for name in names:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


# Weights ------------------------------------------------------------------------


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_weights_equal_repetition_exactly(criterion, kind, X, y):
    target = y if kind == "classes" else X[:, 1] + X[:, 2] ** 2
    weight = np.random.default_rng(2).integers(0, 4, 400)
    rows = np.repeat(np.arange(400), weight)
    weighted = SelectByMutualInfo(4, criterion=criterion)
    weighted.fit(X, target, sample_weight=weight)
    again = SelectByMutualInfo(4, criterion=criterion).fit(X[rows], target[rows])
    np.testing.assert_array_equal(weighted.ranking_, again.ranking_)
    np.testing.assert_allclose(weighted.scores_, again.scores_, atol=1e-12)


def test_weights_are_routed_through_a_pipeline(X, y):
    weight = np.where(np.arange(400) < 200, 1.0, 0.0)
    with config_context(enable_metadata_routing=True):
        selector = SelectByMutualInfo(2).set_fit_request(sample_weight=True)
        model = GaussianNB().set_fit_request(sample_weight=False)
        search = GridSearchCV(
            make_pipeline(selector, model),
            {"selectbymutualinfo__n_features_to_select": [2]},
            cv=[(np.arange(400), np.arange(10))],
            scoring=make_scorer(accuracy_score).set_score_request(sample_weight=False),
        )
        search.fit(X, y, sample_weight=weight)
    found = search.best_estimator_[0]
    assert_same_fit(found, SelectByMutualInfo(2).fit(X[:200], y[:200]))


@pytest.mark.parametrize("weight", [[1.0, 2.0], np.full(400, -1.0), np.zeros(400)])
def test_bad_weights_are_named(weight, X, y):
    with pytest.raises(ValueError, match="sample_weight must"):
        SelectByMutualInfo(2).fit(X, y, sample_weight=weight)


# Kinds of columns ---------------------------------------------------------------


def mixed(library):
    rng = np.random.default_rng(3)
    table = {
        "word": rng.choice(["red", "green", "blue"], 500),
        "noise": rng.normal(size=500),
        "flag": rng.random(500) < 0.5,
        "level": rng.integers(0, 5, 500),
        "size": rng.normal(size=500),
    }
    y = (table["word"] == "red") * 2.0 + (table["size"] > 0) + (table["level"] > 2)
    return library.DataFrame(table), y


@pytest.mark.parametrize("library", [pd, pl])
def test_a_mixed_frame_goes_in_and_comes_out(library):
    X, y = mixed(library)
    selector = SelectByMutualInfo(3).fit(X, y)
    assert sorted(selector.get_feature_names_out()) == ["level", "size", "word"]
    Z = selector.transform(X)
    assert type(Z) is type(X)
    assert list(Z.columns) == ["word", "level", "size"]
    assert list(Z["word"]) == list(X["word"])


def test_pandas_and_polars_say_the_same():
    (A, y), (B, _) = mixed(pd), mixed(pl)
    assert_same_fit(SelectByMutualInfo(2).fit(A, y), SelectByMutualInfo(2).fit(B, y))


def test_names_of_categories_do_not_matter():
    X, y = mixed(pd)
    renamed = X.assign(word=X["word"].map({"red": "z", "green": "a", "blue": "m"}))
    assert_same_fit(
        SelectByMutualInfo(3).fit(X, y), SelectByMutualInfo(3).fit(renamed, y)
    )


@pytest.mark.parametrize("missing", ["category", "pairwise"])
def test_missing_values_are_a_level_or_leave_the_row_out(missing, X, y):
    holes = X.copy()
    # What is missing tells the class: a level of its own knows, leaving out does not.
    holes[y == 1, 0] = np.nan
    holes[::7, 3] = np.nan
    selector = SelectByMutualInfo(2, missing=missing, correction="plugin")
    selector.fit(holes, y)
    if missing == "category":
        entropy = -sum(p * np.log(p) for p in (y.mean(), 1 - y.mean()))
        assert selector.relevance_[0] == pytest.approx(entropy, abs=1e-12)
    else:
        assert selector.relevance_[0] == 0
        known = np.arange(400) % 7 > 0
        part = SelectByMutualInfo(2, correction="plugin").fit(X[known], y[known])
        assert selector.relevance_[3] == pytest.approx(part.relevance_[3], abs=1e-12)
    with pytest.raises(ValueError, match="NaN"):
        SelectByMutualInfo(2).fit(holes, y)


# Groups, costs, columns to keep -------------------------------------------------


def test_a_group_is_one_variable(X, y):
    rng = np.random.default_rng(4)
    word = rng.integers(0, 4, 400)
    target = (word == 2) ^ (y == 1)
    one_hot = np.column_stack([np.eye(4)[word], X])
    groups = [[0, 1, 2, 3]]
    selector = SelectByMutualInfo(3, feature_groups=groups).fit(one_hot, target)
    assert selector.support_[:4].all()
    assert len(set(selector.ranking_[:4])) == 1
    assert selector.support_.sum() == 3 + 3
    # The block says what the word says.
    words = SelectByMutualInfo(3).fit(np.column_stack([word, X]), target)
    np.testing.assert_allclose(
        selector.relevance_[3:], words.relevance_, rtol=0, atol=1e-12
    )
    assert selector.transform(one_hot).shape == (400, 6)


def test_groups_may_be_named_or_sliced(X, y):
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    by_name = SelectByMutualInfo(2, feature_groups=[["c", "d"], ["a", "b"]])
    by_slice = SelectByMutualInfo(2, feature_groups=[slice(2, 4), slice(0, 2)])
    assert_same_fit(by_name.fit(frame, y), by_slice.fit(X, y))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"feature_groups": [[0, 1], [1, 2]]}, r"feature_groups .*\[1\] twice"),
        ({"feature_groups": [[0, 11]]}, r"feature_groups\[0\].*11"),
        ({"keep": ["a"]}, "keep gives column names"),
        ({"keep": [0, 1, 2]}, "at least the 3 columns of keep, found 2"),
        ({"feature_costs": [1, 2]}, "feature_costs must be 8 numbers"),
        ({"feature_costs": np.zeros(8)}, "feature_costs must be .* above 0"),
        ({"beta": -1.0}, "beta"),
        ({"direction": "sideways"}, "direction.*'sideways'"),
        ({"missing": "impute"}, "missing.*'impute'"),
        ({"multioutput": "raw"}, "multioutput.*'raw'"),
        ({"n_bins_target": 1}, "n_bins_target"),
        ({"alpha": 1.0}, "alpha"),
    ],
)
def test_bad_options_are_named(options, found, X, y):
    with pytest.raises(ValueError, match=found):
        SelectByMutualInfo(2, **options).fit(X, y)


def test_bad_groups_of_rows_are_named(X, y):
    with pytest.raises(ValueError, match=r"groups must be of shape \(400,\)"):
        SelectByMutualInfo(2).fit(X, y, groups=[1, 2])


def test_kept_columns_are_in_and_conditioned_on(X, y):
    copy = np.column_stack([X, X[:, 3]])
    free = SelectByMutualInfo(2).fit(copy, y)
    assert free.selected_.tolist() == [3, 6]
    bound = SelectByMutualInfo(3, keep=[0, 8]).fit(copy, y)
    # The copy that is kept makes column 3 worthless.
    assert bound.selected_.tolist() == [0, 8, 6]
    assert np.isnan(bound.selection_path_["criterion"]).tolist() == [True, True, False]
    assert bound.ranking_[[0, 8, 6]].tolist() == [1, 2, 3]


def test_costs_decide_between_columns_that_say_the_same(X, y):
    copy = np.column_stack([X, X[:, 3]])
    costs = np.ones(9)
    costs[3] = 2.0
    selector = SelectByMutualInfo(1, feature_costs=costs).fit(copy, y)
    assert selector.selected_.tolist() == [8]
    assert selector.scores_[3] == 0
    # A loss counts for more at twice the cost.
    selector.set_params(correction="chi_square").fit(copy, y)
    assert selector.scores_[3] == pytest.approx(-2 * 7 * 8 / 800, abs=1e-12)


def test_normalised_relevance_of_the_target_itself_is_one(y):
    X = np.column_stack([y, 1 - y, np.zeros_like(y)])
    selector = SelectByMutualInfo(1, normalize=True, correction="plugin").fit(X, y)
    np.testing.assert_allclose(selector.relevance_, [1, 1, 0], atol=1e-12)


# Targets ------------------------------------------------------------------------


def test_several_targets_are_joined_or_averaged(X, y):
    other = (X[:, 1] > 0).astype(int)
    both = np.column_stack([y, other])
    joint = SelectByMutualInfo(3, correction="plugin").fit(X, both)
    codes = SelectByMutualInfo(3, correction="plugin").fit(X, 2 * y + other)
    assert_same_fit(joint, codes)
    average = SelectByMutualInfo(3, multioutput="average").fit(X, both)
    parts = [SelectByMutualInfo(3).fit(X, part).relevance_ for part in (y, other)]
    np.testing.assert_allclose(average.relevance_, np.mean(parts, axis=0), atol=1e-14)


def test_parity_of_two_targets_is_seen_by_the_joint_alone():
    rng = np.random.default_rng(5)
    a, b = rng.integers(0, 2, (2, 2000))
    X = np.column_stack([a ^ b, rng.integers(0, 2, 2000)])
    both = np.column_stack([a, b])
    joint = SelectByMutualInfo(1).fit(X, both)
    average = SelectByMutualInfo(1, multioutput="average").fit(X, both)
    assert joint.relevance_[0] == pytest.approx(np.log(2), abs=0.01)
    assert abs(average.relevance_[0]) < 0.005


def test_a_continuous_target_has_bins_of_its_own(X):
    target = X[:, 3] + 0.1 * X[:, 0]
    few = SelectByMutualInfo(2, n_bins_target=2).fit(X, target)
    same = SelectByMutualInfo(2).fit(X, (target > np.median(target)).astype(int))
    np.testing.assert_array_equal(few.selected_, same.selected_)
    np.testing.assert_allclose(few.relevance_, same.relevance_, atol=1e-12)
    auto = SelectByMutualInfo(2, n_bins="auto", n_bins_target="auto").fit(X, target)
    assert auto.selected_[0] == 3


def test_nothing_worth_its_cost_is_an_empty_support_with_a_warning(X, y):
    selector = SelectByMutualInfo("auto", criterion="ib", beta=5.0)
    with pytest.warns(UserWarning, match="No column was selected"):
        selector.fit(X, y)
    assert not selector.support_.any()
    assert selector.selected_.size == 0
    assert selector.selection_path_["step"].size == 0


@pytest.mark.parametrize(("beta", "n_found"), [(0.15, 3), (0.25, 0)])
def test_ib_keeps_one_copy_of_what_is_worth_its_cost(beta, n_found):
    # A bit of a majority of three costs 1 bit and says .189 bit; its copies nothing.
    rng = np.random.default_rng(6)
    bits = rng.integers(0, 2, (4000, 3))
    y = (bits.sum(axis=1) >= 2).astype(int)
    noise = rng.integers(0, 2, (4000, 6))
    order = rng.permutation(12)
    X = np.column_stack([bits, bits, noise])[:, order]
    selector = SelectByMutualInfo("auto", criterion="ib", beta=beta)
    if n_found == 0:
        with pytest.warns(UserWarning, match="No column"):
            selector.fit(X, y)
    else:
        selector.fit(X, y)
    found = order[selector.selected_]
    assert len(found) == n_found
    assert {int(j) % 3 for j in found if j < 6} == set(range(n_found))


def test_every_option_goes_with_normalised_terms(X, y):
    for options in (
        {"criterion": "disr"},
        {"criterion": "ib"},
        {"n_features_to_select": "auto", "random_state": 0},
        {"interactions": "pairs"},
    ):
        options = {"n_features_to_select": 2, **options}
        selector = SelectByMutualInfo(normalize=True, **options).fit(X, y)
        assert selector.selected_[0] == 3


def test_floating_takes_pairs_in_its_stride():
    X = np.random.default_rng(0).normal(size=(1000, 8))
    y = (X[:, 1] * X[:, 2] > 0).astype(int)
    selector = SelectByMutualInfo(4, direction="floating", interactions="pairs")
    assert {1, 2} <= set(selector.fit(X, y).selected_)


def test_weights_that_are_shares_are_pointed_out(X, y):
    weight = np.random.default_rng(0).random(400)
    with pytest.warns(EstimationWarning, match=r"sample_weight sums to 1 for 400"):
        SelectByMutualInfo(2).fit(X, y, sample_weight=weight / weight.sum())


@pytest.mark.parametrize("kind", ["words", "numbers"])
def test_a_column_of_many_levels_is_not_punished_for_them(kind):
    rng = np.random.default_rng(5)
    if kind == "words":
        # A copy of a target of a hundred classes is the best column there is.
        y = rng.integers(0, 100, 1000).astype(str)
        X = pd.DataFrame({"copy": y, "noise": rng.normal(size=1000)})
        assert SelectByMutualInfo(1).fit(X, y).selected_.tolist() == [0]
    else:
        X = np.column_stack([rng.normal(size=(200, 3)), rng.integers(0, 2, (200, 10))])
        y = X[:, :3].sum(axis=1) + 0.5 * rng.normal(size=200)
        assert set(SelectByMutualInfo(3).fit(X, y).selected_) == {0, 1, 2}


def test_a_capped_column_tells_what_its_mirror_image_tells():
    rng = np.random.default_rng(6)
    x = np.where(rng.random(1000) < 0.9, 100.0, rng.uniform(0, 99, 1000))
    y = (x < 100).astype(int)
    both = np.column_stack([x, -x])
    for columns in (both, csr_array(both)):
        found = SelectByMutualInfo(1, correction="plugin").fit(columns, y).relevance_
        entropy = -sum(p * np.log(p) for p in (y.mean(), 1 - y.mean()))
        np.testing.assert_allclose(found, entropy, atol=1e-12)
