"""Hierarchical bottlenecks: on the curve, forgetting what no view needs."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi.bottleneck import (
    HierarchicalIB,
    HierarchicalIBClassifier,
    HierarchicalIBRegressor,
)
from skmi.exceptions import EstimationWarning
from skmi.training import MLP, Ensemble

LINEAR = {
    "hidden_layer_sizes": (),
    "stage_hidden_layer_sizes": (),
    "max_epochs": 25,
    "batch_size": 256,
    "lr": 0.01,
    "random_state": 0,
    "device": "cpu",
}
TINY = {
    "n_components": 2,
    "hidden_layer_sizes": (8,),
    "stage_hidden_layer_sizes": (4,),
    "max_epochs": 3,
    "batch_size": 32,
    "lr": 0.01,
    "random_state": 0,
    "device": "cpu",
}
KINDS = (HierarchicalIB, HierarchicalIBClassifier, HierarchicalIBRegressor)
PREDICTORS = KINDS[1:]
VIEWS = [slice(0, 3), slice(3, 5), [5]]


def scalars(rho=0.9, n=4000, seed=0):
    """Return [common, private, common + noise] of unit variance."""
    rng = np.random.default_rng(seed)
    common, private, noise = rng.normal(size=(3, n))
    return np.c_[common, private, rho * common + math.sqrt(1 - rho**2) * noise]


def curve(rate, rho):
    """Return the largest I(B;X1) at a rate for jointly Gaussian scalars."""
    return -0.5 * np.log(1 - rho**2 + rho**2 * np.exp(-2 * rate))


def optimal_rate(beta, rho):
    """Return where the slope of that curve is beta."""
    return -0.5 * math.log(beta * (1 - rho**2) / (rho**2 * (1 - beta)))


def blocks(n=4000, seed=0):
    """Return common (n, 3), private (n, 3), and common + noise (n, 3)."""
    rng = np.random.default_rng(seed)
    common, private, noise = rng.normal(size=(3, n, 3))
    return common, private, common + 0.5 * noise


def small(n=120, seed=0):
    """Return rows of three views, and a target of two classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    X[:, 3:5] += X[:, :2]
    X[:, 5] += X[:, 0]
    return X, (X[:, 0] > 0).astype(int)


def explained(z, target, z_new, target_new):
    """Return the R2 of a linear map from codes, on new rows."""
    return LinearRegression().fit(z, target).score(z_new, target_new)


def noisy_codes(ib, X):
    """Return a draw of the last code of each row, as training sees it."""
    module = ib.net_.module_.eval()
    x = torch.from_numpy(ib._standardized(X, np.float32))
    draws = torch.randn(
        1, ib._n_normal * len(X), generator=torch.Generator().manual_seed(0)
    ).reshape(len(X), -1)
    with torch.no_grad():
        codes = [
            list(module.unrolled(x[i : i + 1], draws[i : i + 1]))[-1][2].flatten()
            for i in range(len(X))
        ]
    return torch.stack(codes).numpy()


# The plane of a view


@pytest.mark.parametrize("rho", [0.9, 0.7])
@pytest.mark.parametrize("beta", [0.05, 0.1, 0.3, 0.4])
def test_scalar_code_lies_on_the_gaussian_curve_where_beta_says(beta, rho):
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2]], beta=beta, **LINEAR)
    ib.fit(scalars(rho))
    assert ib.rate_[0] == pytest.approx(optimal_rate(beta, rho), abs=0.15)
    # Standard errors of relevance from 4,000 rows: .011 of the entropy and of the
    # likelihood each, of opposite signs.
    planes = [
        (ib.rate_, ib.view_relevance_),
        ib.rate_and_view_relevance(scalars(rho, seed=1)),
    ]
    for rate, relevance in planes:
        assert curve(rate[0], rho) - 0.1 <= relevance[0]
        assert relevance[0] <= curve(rate[0], rho) + 0.04


def test_rate_falls_and_explained_variance_with_it_as_beta_grows():
    X = scalars()
    fits = [
        HierarchicalIB(1, view_columns=[[0, 1], [2]], beta=beta, **LINEAR).fit(X)
        for beta in (0.02, 0.1, 0.3, 0.6)
    ]
    rates = [ib.rate_[0] for ib in fits]
    assert rates == sorted(rates, reverse=True)
    scores = [ib.score(X) for ib in fits]
    assert scores == sorted(scores, reverse=True)


def test_code_tells_what_is_common_and_nothing_of_what_is_private():
    common, private, seen = blocks()
    X0 = np.c_[common, private]
    ib = HierarchicalIB(3, view_columns=[range(6), [6, 7, 8]], beta=0.1, **LINEAR)
    z = ib.fit(np.c_[X0, seen]).transform(X0)
    new_common, new_private, _ = blocks(seed=1)
    z_new = ib.transform(np.c_[new_common, new_private])
    assert explained(z, common, z_new, new_common) >= 0.9
    assert explained(z, private, z_new, new_private) <= 0.1


def test_components_beyond_those_needed_are_lost_in_the_noise_of_the_code():
    common, private, seen = blocks()
    X0 = np.c_[common, private]
    ib = HierarchicalIB(8, view_columns=[range(6), [6, 7, 8]], beta=0.1, **LINEAR)
    ib.fit(np.c_[X0, seen])
    z = noisy_codes(ib, np.c_[X0, seen])
    half = len(z) // 2
    args = (z[:half], z[half:])
    assert explained(args[0], private[:half], args[1], private[half:]) <= 0.1
    assert explained(args[0], common[:half], args[1], common[half:]) >= 0.7
    # Three scalars on the curve, each of signal to noise 1 / .25.
    expected = 3 * optimal_rate(0.1, math.sqrt(0.8))
    assert ib.rate_[0] == pytest.approx(expected, abs=0.3)


def test_later_code_forgets_what_the_later_view_does_not_tell_about():
    rng = np.random.default_rng(0)
    a, b, c, *noise = rng.normal(size=(6, 4000))
    X = np.c_[a, b, c, a + 0.3 * noise[0], b + 0.3 * noise[1], b + 0.3 * noise[2]]
    params = {**LINEAR, "n_components": (2, 1), "beta": 0.05}
    two = HierarchicalIB(view_columns=VIEWS, **params).fit(X)
    params["n_components"] = 2
    one = HierarchicalIB(view_columns=VIEWS[:2], **params).fit(X[:, :5])
    first, last = one.transform(X[:, :3]), two.transform(X[:, :3])
    for of_code, shares in ((first, (1, 1, 0)), (last, (0, 1, 0))):
        for column, share in zip((a, b, c), shares, strict=True):
            score = LinearRegression().fit(of_code, column).score(of_code, column)
            assert score >= 0.9 if share else score <= 0.1
    assert two.rate_.shape == two.view_relevance_.shape == two.view_scores_.shape
    assert (two.view_scores_ > 0.8).all()


def test_training_rows_lie_where_they_are_said_to_lie():
    X = scalars(n=500)
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2]], **LINEAR).fit(X)
    rate, relevance = ib.rate_and_view_relevance(X)
    np.testing.assert_array_equal(rate, ib.rate_)
    np.testing.assert_array_equal(relevance, ib.view_relevance_)
    assert ib.score(X) == ib.view_scores_.mean()


@pytest.mark.parametrize("standardize", [True, False, "global"])
def test_relevance_has_no_units(standardize):
    X = scalars(n=2000)
    params = {**LINEAR, "max_epochs": 40, "beta": 0.01, "standardize": standardize}
    X[:, 2] = 3 + 2 * X[:, 2]
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2]], **params).fit(X)
    truth = -0.5 * math.log(1 - 0.9**2)
    assert ib.view_relevance_[0] == pytest.approx(truth, abs=0.1)
    assert ib.view_scores_[0] == pytest.approx(0.81, abs=0.03)


def test_constant_columns_of_a_view_count_for_nothing():
    X = scalars(n=500)
    plain = HierarchicalIB(1, view_columns=[[0, 1], [2]], **LINEAR).fit(X)
    with_one = np.c_[X, np.full(500, 7.0)]
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2, 3]], **LINEAR).fit(with_one)
    assert ib.view_relevance_ == pytest.approx(plain.view_relevance_, abs=0.05)
    assert ib.view_scores_ == pytest.approx(plain.view_scores_, abs=0.02)


def test_column_that_happens_not_to_vary_on_new_rows_spoils_no_score():
    X = scalars(n=600)
    X = np.c_[X, np.arange(600) < 30]
    params = {**LINEAR, "max_epochs": 100}
    with pytest.warns(EstimationWarning, match="repeat their values"):
        ib = HierarchicalIB(1, view_columns=[[0, 1], [2, 3]], **params).fit(X)
    # .81 of the column that varies.
    assert 0.6 < ib.score(X[30:]) < 0.82


def test_view_that_is_constant_has_no_relevance_and_no_score():
    X = scalars(n=200)
    X[:, 2] = 1.0
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2]], beta=0.5, **LINEAR).fit(X)
    assert ib.view_relevance_[0] == 0
    assert ib.view_scores_[0] == ib.score(X) == 0


def test_collapse_is_said_with_its_stages():
    X = scalars()
    X = np.c_[X, X[:, 0] + 0.1 * X[:, 1]]
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2], [3]], beta=[0.05, 3], **LINEAR)
    with pytest.warns(EstimationWarning, match=r"stages \[1\] have collapsed.*beta="):
        ib.fit(X)
    assert ib.rate_[0] > 1 > 0.01 > ib.rate_[1]


def test_views_of_few_values_are_said_to_have_no_bound():
    X = scalars(n=500)
    X[:, 2] = X[:, 0] > 0
    params = {**LINEAR, "hidden_layer_sizes": (16,), "max_epochs": 200}
    ib = HierarchicalIB(1, view_columns=[[0, 1], [2]], beta=1e-3, **params)
    with pytest.warns(EstimationWarning, match=r"views of stages \[0\] repeat"):
        ib.fit(X)


# Targets


def nuisance(n, seed):
    """Return 2 columns that tell and 50 that do not, views of the 2, and classes."""
    rng = np.random.default_rng(seed)
    told, first = rng.normal(size=(2, n, 2))
    sum_of_told = told.sum(axis=1)
    second = sum_of_told + 0.5 * rng.normal(size=n)
    X0 = np.c_[told, rng.normal(size=(n, 50))]
    likely = 1 / (1 + np.exp(-2 * sum_of_told))
    y = (rng.uniform(size=n) < likely).astype(int)
    return X0, np.c_[X0, told + 0.5 * first, second], y


@pytest.mark.parametrize("seed", [0, 1])
def test_views_of_training_make_the_prime_one_predict_better_than_alone(seed):
    X0, X, y = nuisance(200, seed)
    new, _, y_new = nuisance(4000, 100 + seed)
    views = [slice(0, 52), slice(52, 54), [54]]
    params = {**LINEAR, "n_components": (2, 1), "batch_size": 32, "max_epochs": 60}
    clf = HierarchicalIBClassifier(view_columns=views, beta=0.1, **params)
    alone = make_pipeline(StandardScaler(), LogisticRegression()).fit(X0, y)
    # Standard error of each accuracy: .006.
    assert clf.fit(X, y).score(new, y_new) >= alone.score(new, y_new) + 0.03


def test_relevance_of_a_gaussian_target_is_its_information():
    rng = np.random.default_rng(2)
    X = scalars(n=4000)
    y = 5 + 2 * (X[:, 0] + 0.5 * rng.normal(size=4000))
    reg = HierarchicalIBRegressor(1, view_columns=[[0, 1], [2]], beta=0.01, **LINEAR)
    reg.fit(X, y)
    truth = 0.5 * math.log(1 + 1 / 0.25)
    assert reg.relevance_ == pytest.approx(truth, abs=0.06)
    assert reg.noise_scale_[0] == pytest.approx(1.0, rel=0.06)
    assert reg.score(X[:, :2], y) == pytest.approx(0.8, abs=0.02)
    rate, relevance = reg.rate_and_relevance(X[:, :2], y)
    assert relevance == reg.relevance_
    np.testing.assert_allclose(rate, reg.rate_, rtol=1e-6)


def test_target_shapes_the_codes_as_its_weight_says():
    rng = np.random.default_rng(2)
    X = scalars(n=2000)
    y = X[:, 1] + 0.1 * rng.normal(size=2000)
    shares = []
    for weight in (0.0, 5.0):
        reg = HierarchicalIBRegressor(
            2, view_columns=[[0, 1], [2]], beta=0.1, task_weight=weight, **LINEAR
        ).fit(X, y)
        shares.append(reg.score(X, y))
    assert shares[0] < 0.1 < 0.9 < shares[1]


@pytest.mark.filterwarnings("ignore:The codes of stages")
def test_residual_predicts_from_the_prime_view_whatever_the_code_forgets():
    X = scalars(n=2000)
    y = (X[:, 1] > 0).astype(int)
    scores = [
        HierarchicalIBClassifier(
            1, view_columns=[[0, 1], [2]], beta=5.0, residual=residual, **LINEAR
        )
        .fit(X, y)
        .score(X[:, :2], y)
        for residual in (False, True)
    ]
    assert scores[0] < 0.6 < 0.95 < scores[1]


def test_class_weights_move_predictions_towards_the_heavier_class():
    X, y = small()
    y[:90] = 0
    shares = [
        HierarchicalIBClassifier(
            class_weight=weight, view_columns=VIEWS, **{**TINY, "max_epochs": 20}
        )
        .fit(X, y)
        .predict_proba(X)[:, 1]
        .mean()
        for weight in (None, "balanced")
    ]
    assert shares[1] > shares[0] + 0.1


def test_probabilities_are_probabilities_at_the_means_and_over_draws():
    X, y = small()
    clf = HierarchicalIBClassifier(view_columns=VIEWS, **TINY)
    clf.fit(X, np.where(y, "yes", "no"))
    mixture = clf.predict_proba(X)
    means = clf.set_params(prediction="mean").predict_proba(X)
    for probabilities in (mixture, means):
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert 0 < np.abs(mixture - means).max() < 0.5
    assert set(clf.predict(X)) <= {"yes", "no"}


def test_several_outputs_keep_their_units_and_their_number():
    X, _ = small()
    Y = np.c_[100 + 50 * X[:, 0], X[:, 1]]
    reg = HierarchicalIBRegressor(view_columns=VIEWS, **{**TINY, "max_epochs": 60})
    predicted = reg.fit(X, Y).predict(X[:, :3])
    assert predicted.shape == Y.shape
    assert reg.score(X, Y) > 0.5


# Which columns are which view


def fitted(kind, **params):
    """Return an estimator fitted on the three views of small rows."""
    X, y = small()
    return kind(**{"view_columns": VIEWS, **TINY, **params}).fit(X, y)


@pytest.mark.parametrize("kind", KINDS)
def test_after_fit_the_prime_view_is_enough_in_every_form(kind):
    X, _ = small()
    model = fitted(kind)
    z = model.transform(X)
    others = np.c_[X[:, :3], np.zeros((len(X), 3))]
    forms = (X[:, :3], [X[:, :3]], [X[:, v] for v in VIEWS], others)
    for form in forms:
        np.testing.assert_array_equal(model.transform(form), z)
        if hasattr(model, "predict"):
            np.testing.assert_array_equal(model.predict(form), model.predict(X))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [np.nan, np.inf, None])
def test_views_that_are_missing_after_fit_are_not_read(kind, missing):
    X, y = small()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = kind(view_columns=VIEWS, **TINY).fit(frame, y)
    later = frame.assign(d=missing, e=missing, f=missing)
    forms = (later, [later[list("abc")], later[list("de")], later[["f"]]])
    for form in forms:
        np.testing.assert_array_equal(model.transform(form), model.transform(frame))
        if hasattr(model, "predict"):
            np.testing.assert_array_equal(model.predict(form), model.predict(frame))
    with pytest.raises(ValueError, match="X contains NaN"):
        model.transform(frame.assign(b=np.nan))
    with pytest.raises(ValueError, match="feature names"):
        model.transform(later.rename(columns={"f": "g"}))
    with pytest.raises(ValueError, match="X contains"):
        model.rate_and_view_relevance(later)


@pytest.mark.parametrize("kind", KINDS)
def test_array_of_another_width_is_told_both_widths(kind):
    X, y = small()
    message = r"X has 4 features.*expecting 6 features as input, or the 3 of the prime"
    with pytest.raises(ValueError, match=message):
        fitted(kind).transform(X[:, :4])
    # Without views there is one width.
    with pytest.raises(ValueError, match=r"expecting 6 features as input\.$"):
        kind(**TINY).fit(X, y).transform(X[:, :4])


@pytest.mark.parametrize("kind", PREDICTORS)
def test_rate_on_the_training_rows_is_one_number_a_stage(kind):
    X, y = small()
    model = fitted(kind)
    rate, relevance = model.rate_and_relevance(X[:, :3], y)
    assert rate.shape == (2,)
    np.testing.assert_allclose(rate, model.rate_, rtol=1e-5)
    assert relevance == pytest.approx(model.relevance_, rel=1e-5)
    assert "rate : ndarray of shape (n_stages,)" in kind.rate_and_relevance.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_list_is_the_array_with_its_columns(kind):
    X, y = small()
    listed = kind(**TINY).fit([X[:, v] for v in VIEWS], y)
    np.testing.assert_array_equal(
        listed.transform(X[:, :3]), fitted(kind).transform(X[:, :3])
    )
    assert listed.n_features_in_ == 6


@pytest.mark.parametrize(
    "columns",
    [
        [["a", "b", "c"], ["d", "e"], ["f"]],
        [[0, 1, 2], [3, 4], [-1]],
        [np.arange(6) < 3, slice(3, 5), slice(5, None)],
        [slice("a", "c"), slice("d", "e"), slice("f", None)],
        [slice(None, "c"), slice(np.int64(3), np.int64(5)), slice("f", "f")],
    ],
)
def test_columns_are_told_by_name_index_mask_or_slice(columns):
    X, _ = small()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    ib = HierarchicalIB(view_columns=columns, **TINY).fit(frame)
    expected = fitted(HierarchicalIB).transform(X)
    np.testing.assert_array_equal(ib.transform(frame), expected)
    np.testing.assert_array_equal(ib.transform(frame[["a", "b", "c"]]), expected)


@pytest.mark.parametrize(
    ("ends", "error", "message"),
    [
        (("a", "z"), ValueError, r"slice\('a', 'z', None\) needs the columns \['z'\]"),
        (("a", 3), TypeError, r"slice\('a', 3, None\) mixes a column name and a pos"),
        ((0.0, 3), TypeError, r"slice\(0.0, 3, None\) must go from and to integers"),
        (("c", "a"), ValueError, r"view_columns: .* names no column"),
    ],
)
def test_slices_that_mean_no_columns_are_named(ends, error, message):
    frame = pd.DataFrame(small()[0], columns=list("abcdef"))
    ib = HierarchicalIB(view_columns=[slice(*ends), ["f"]], **TINY)
    with pytest.raises(error, match=message):
        ib.fit(frame)
    labels = HierarchicalIB(view_columns=[slice("a", "e"), ["f"]], **TINY)
    with pytest.raises(ValueError, match="it has no column names"):
        labels.fit(frame.to_numpy())


def test_order_of_columns_does_not_matter_where_views_say_it():
    X, _ = small()
    order = np.array([5, 3, 0, 4, 1, 2])
    place = np.argsort(order)
    views = [place[[0, 1, 2]], place[[3, 4]], place[[5]]]
    ib = HierarchicalIB(view_columns=views, **TINY).fit(X[:, order])
    expected = fitted(HierarchicalIB).transform(X)
    np.testing.assert_array_equal(ib.transform(X[:, order]), expected)
    np.testing.assert_array_equal(ib.transform(X[:, :3]), expected)


def test_array_without_views_is_one_view_that_its_code_tells_about():
    X = scalars(n=2000)[:, :2]
    ib = HierarchicalIB(2, beta=0.01, **LINEAR).fit(X)
    assert ib.view_scores_[0] > 0.97
    assert ib.transform(X).shape == (2000, 2)


def test_views_are_needed_where_it_is_asked_what_is_told_about_them():
    X, _ = small()
    ib = fitted(HierarchicalIB)
    for method in (ib.score, ib.rate_and_view_relevance):
        with pytest.raises(ValueError, match=r"X has 3 features.*6 features"):
            method(X[:, :3])
        with pytest.raises(ValueError, match=r"views of \[3\] columns.*\[3, 2, 1\]"):
            method([X[:, :3]])


def test_lists_of_other_views_are_refused():
    X, _ = small()
    ib = fitted(HierarchicalIB)
    with pytest.raises(ValueError, match=r"views of \[3, 2\] columns.*\[3, 2, 1\]"):
        ib.transform([X[:, :3], X[:, 3:5]])
    with pytest.raises(ValueError, match=r"views of \[2\] columns.*\[3\]"):
        ib.transform([X[:, :2]])
    with pytest.raises(ValueError, match=r"1 view; .* one or more"):
        HierarchicalIB(**TINY).fit([X])
    with pytest.raises(ValueError, match="view_columns=None with a list"):
        fitted(HierarchicalIB).fit([X[:, :2], X[:, 2:]])


@pytest.mark.parametrize("params", [{}, {"view_columns": [[0], [1]]}])
def test_columns_in_a_list_are_not_taken_for_rows(params):
    X, _ = small()
    ib = HierarchicalIB(**TINY, **params)
    with pytest.raises(ValueError, match=r"view 0 must be 2-D, found shape \(120,\)"):
        ib.fit([X[:, 0], X[:, 1]])
    with pytest.raises(ValueError, match=r"view 1 must be 2-D, found shape \(120,\)"):
        ib.fit([X[:, :3], X[:, 3]])
    with pytest.raises(ValueError, match=r"view 1 must be 2-D, found list"):
        ib.fit([X[:, :3], X[:, 3:].tolist()])


@pytest.mark.parametrize("kind", PREDICTORS)
def test_view_that_is_no_array_is_named_after_fit(kind):
    X, _ = small()
    model = fitted(kind)
    with pytest.raises(ValueError, match=r"view 1 must be 2-D, found NoneType"):
        model.predict([X[:, :3], None])
    with pytest.raises(ValueError, match=r"view 0 must be 2-D, found shape \(120,\)"):
        model.predict([X[:, 0], X[:, 1]])
    # One row, as scikit-learn takes it.
    np.testing.assert_array_equal(model.predict([X[0]]), model.predict(X[:1]))


def test_prime_view_with_other_names_is_refused():
    frame = pd.DataFrame(small()[0], columns=list("abcdef"))
    ib = HierarchicalIB(view_columns=VIEWS, **TINY).fit(frame)
    with pytest.raises(ValueError, match=r"feature names.*'c'.*'d'"):
        ib.transform(frame[["a", "b", "d"]])


# Parameters and scikit-learn's manners


def test_parameters_are_one_for_all_stages_or_one_for_each():
    ib = fitted(HierarchicalIB, n_components=(3, 2), beta=(0.1, 0.1))
    one = fitted(HierarchicalIB, n_components=(3, 2), beta=0.1)
    X = small()[0]
    np.testing.assert_array_equal(ib.transform(X), one.transform(X))
    assert ib.transform(X).shape == (len(X), 2)
    assert list(ib.get_feature_names_out()) == ["hierarchicalib0", "hierarchicalib1"]
    other = fitted(HierarchicalIB, n_components=(3, 2), beta=(0.1, 0.5))
    assert not np.array_equal(other.transform(X), one.transform(X))


def test_weights_of_stages_balance_what_is_told_about_each_view():
    scores = [
        fitted(HierarchicalIB, stage_weights=weights, max_epochs=20).view_scores_
        for weights in ((1.0, 0.0), (1.0, 1.0))
    ]
    assert scores[0][1] < scores[1][1] - 0.1


@pytest.mark.parametrize("prior", ["standard", "learned", "mixture"])
def test_priors_are_those_of_stochastic_layers(prior):
    ib = fitted(HierarchicalIB, prior=prior, n_prior_components=3)
    assert np.isfinite(ib.rate_).all()
    assert ("module.codes.1.prior.mean" in ib.weights_) == (prior != "standard")


def test_warm_up_begins_without_a_price():
    cold, warm = (
        fitted(HierarchicalIB, beta=0.9, beta_warmup=warmup, max_epochs=6)
        for warmup in (0, 5)
    )
    assert warm.history_["rate_0"][2] > cold.history_["rate_0"][2]
    names = {"loss", "rate_0", "rate_1", "view_relevance_0", "view_relevance_1"}
    assert set(warm.history_) == names


def test_module_of_the_user_encodes_the_prime_view():
    def encoder(n_in, n_out):
        return torch.nn.Sequential(torch.nn.Linear(n_in, n_out), RowsOnly())

    clf = fitted(HierarchicalIBClassifier, encoder=encoder)
    assert clf.predict(small()[0]).shape == (120,)
    assert fitted(HierarchicalIB, encoder=MLP((5,))).transform(small()[0]).shape


class RowsOnly(torch.nn.Module):
    """Batch normalisation takes rows and no tensors of more dimensions."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(64)

    def forward(self, x):
        """Return normalised rows."""
        assert x.ndim == 2
        return self.norm(x)


@pytest.mark.parametrize("kind", KINDS)
def test_exported_encoder_gives_the_codes(kind):
    X = small()[0].astype(np.float32)
    model = fitted(kind)
    with torch.no_grad():
        codes = model.encoder_(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(codes, model.transform(X), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_pickles_predict_and_go_on_as_the_original(kind):
    X, y = small()
    model = fitted(kind, warm_start=True)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.transform(X), model.transform(X))
    assert restored.net_ is not model.net_
    np.testing.assert_array_equal(
        restored.rate_and_view_relevance(X), model.rate_and_view_relevance(X)
    )
    for each in (restored, model):
        each.fit(X, y)
    np.testing.assert_array_equal(restored.transform(X), model.transform(X))
    assert model.n_iter_ == 2 * TINY["max_epochs"]


@pytest.mark.parametrize("kind", KINDS)
def test_portions_train_an_epoch_each(kind):
    X, y = small()
    model = kind(view_columns=VIEWS, **TINY)
    for half in (slice(0, 60), slice(60, 120)):
        model.partial_fit(X[half], y[half])
    assert model.n_iter_ == len(model.history_["loss"]) == 2
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :3], y)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_gives_the_same_bits(kind):
    X, y = small()
    model = fitted(kind)
    again = clone(model).fit(X, y)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))


def test_early_stopping_holds_rows_out():
    clf = fitted(HierarchicalIBClassifier, early_stopping=True)
    assert {"valid_loss", "valid_relevance"} <= set(clf.history_)


def test_searches_tune_beta_on_views_of_one_array():
    X, y = small()
    search = GridSearchCV(
        HierarchicalIBClassifier(view_columns=VIEWS, **TINY),
        {"beta": [0.01, 1.0], "max_epochs": [20]},
        scoring="neg_log_loss",
        cv=2,
    )
    assert search.fit(X, y).best_params_["beta"] == 0.01


def test_stacked_cascades_equal_those_trained_one_by_one():
    X, y = small()

    def nets():
        """Return a net for each beta with its rows, in double precision."""
        for beta in (0.01, 0.3):
            clf = HierarchicalIBClassifier(view_columns=VIEWS, beta=beta, **TINY)
            net, rows, _ = clf._prepared(clf._take(X, y, resume=False))
            net.module_.double(), net.criterion_.double()
            yield net, type(rows)(rows.x.double(), rows.target)

    together, data = zip(*nets(), strict=True)
    ensemble = Ensemble().fit(list(together), list(data))
    assert ensemble.stacked_
    for stacked, (alone, rows) in zip(together, nets(), strict=True):
        alone.train_rows(rows)
        expected = alone.module_.state_dict()
        for name, tensor in stacked.module_.state_dict().items():
            torch.testing.assert_close(tensor, expected[name], rtol=0, atol=1e-10)
        for term, value in alone.history[-1].items():
            if term.startswith("train_"):
                assert stacked.history[-1][term] == pytest.approx(value, abs=1e-10)


def test_rate_of_each_stage_is_its_divergence_at_the_codes_before_it():
    X, _ = small()
    ib = HierarchicalIB(
        2, view_columns=[[0, 1], [2], [3]], max_epochs=5, random_state=0, device="cpu"
    ).fit(X)
    module = ib.net_.module_.double().eval()
    x = torch.from_numpy((X - X.mean(0)) / X.std(0))
    draws = ib._normal_draws()
    with torch.no_grad():
        rates = module.rates(x, draws)
        first = module.codes[0](module.backbones[0](x[:, [0, 1]]))
        z = first.mean[:, None] + first.log_std.exp()[:, None] * draws[:, :2]
        second = module.codes[1](module.backbones[1](z))
    for k, code in enumerate((first, second)):
        q = torch.distributions.Normal(code.mean, code.log_std.exp())
        r = torch.distributions.Normal(torch.zeros(2), torch.ones(2))
        exact = torch.distributions.kl_divergence(q, r).sum(-1)
        exact = exact.mean(1) if k else exact
        torch.testing.assert_close(rates[:, k], exact)
    np.testing.assert_allclose(ib.rate_, rates.mean(0), rtol=1e-6)
