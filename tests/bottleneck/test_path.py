"""A path over betas is what a grid search finds, trained as one."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmi.bottleneck import IBClassifier, IBClassifierCV, IBRegressor, IBRegressorCV
from skmi.exceptions import EstimationWarning

QUICK = {
    "n_components": 2,
    "hidden_layer_sizes": (8,),
    "max_epochs": 6,
    "lr": 0.01,
    "random_state": 0,
    "device": "cpu",
}
BETAS = [1e-3, 0.05, 0.4]


def iris(seed=0):
    """Return the rows of iris in random order."""
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))
    return X[order], np.array(["a", "b", "c"])[y[order]]


def diabetes():
    """Return some rows of diabetes."""
    X, y = load_diabetes(return_X_y=True)
    return X[:200], y[:200]


TASKS = [
    (IBClassifierCV, IBClassifier, iris, "neg_log_loss"),
    (IBRegressorCV, IBRegressor, diabetes, "neg_mean_squared_error"),
]


@pytest.mark.parametrize(("cls", "model", "data", "scoring"), TASKS)
@pytest.mark.parametrize("options", [{}, {"early_stopping": True, "max_epochs": 12}])
def test_path_is_that_of_a_grid_search(cls, model, data, scoring, options):
    X, y = data()
    quick = {**QUICK, **options}
    ours = cls(betas=BETAS, cv=3, **quick).fit(X, y)
    assert ours.stacked_
    search = GridSearchCV(model(**quick), {"beta": BETAS}, cv=3, scoring=scoring).fit(
        X, y
    )
    # Single precision over some fifty steps.
    folds = [search.cv_results_[f"split{i}_test_score"] for i in range(3)]
    np.testing.assert_allclose(ours.path_["fold_score"], np.transpose(folds), rtol=1e-4)
    np.testing.assert_allclose(
        ours.path_["score"], search.cv_results_["mean_test_score"], rtol=1e-4
    )
    assert ours.beta_ == search.best_params_["beta"]
    assert ours.best_score_ == pytest.approx(search.best_score_, rel=1e-4)
    np.testing.assert_array_equal(ours.predict(X), search.predict(X))
    np.testing.assert_array_equal(ours.transform(X), search.transform(X))


@pytest.mark.parametrize(("cls", "model", "data", "scoring"), TASKS)
def test_path_is_on_rows_held_out_with_errors_over_the_folds(cls, model, data, scoring):
    X, y = data()
    ours = cls(betas=BETAS, cv=KFold(4), **QUICK).fit(X, y)
    train, test = next(iter(KFold(4).split(X)))
    own = model(beta=BETAS[1], **QUICK).fit(X[train], y[train])
    plane = own.rate_and_relevance(X[test], y[test])
    found = [ours.path_[f"fold_{name}"][1, 0] for name in ("rate", "relevance")]
    np.testing.assert_allclose(found, plane, rtol=1e-3)
    for name in ("rate", "relevance", "score"):
        table = ours.path_[f"fold_{name}"]
        assert table.shape == (3, 4)
        np.testing.assert_allclose(ours.path_[name], table.mean(1))
        np.testing.assert_allclose(ours.path_[f"{name}_se"], table.std(1, ddof=1) / 2)
    np.testing.assert_array_equal(ours.path_["beta"], BETAS)


def test_rates_fall_along_the_path():
    X, y = iris()
    ours = IBClassifierCV(betas=8, cv=3, **{**QUICK, "max_epochs": 30}).fit(X, y)
    rates = ours.path_["rate"]
    assert (np.diff(rates) < 0).all()
    assert ours.betas_[0] == pytest.approx(1e-3)
    assert ours.betas_[-1] == pytest.approx(0.5)
    assert (ours.path_["relevance"] <= ours.target_entropy_).all()


def test_ties_go_to_the_larger_beta():
    X, y = iris()
    ours = IBClassifierCV(
        betas=[0.2, 0.01, 0.1], cv=2, scoring=lambda *args: 1.0, **QUICK
    ).fit(X, y)
    assert ours.beta_ == 0.2
    np.testing.assert_array_equal(ours.betas_, [0.01, 0.1, 0.2])


@pytest.mark.parametrize(("cls", "model", "data", "scoring"), TASKS)
def test_without_refit_the_networks_of_the_folds_predict_together(
    cls, model, data, scoring
):
    X, y = data()
    ours = cls(betas=BETAS, cv=KFold(3), refit=False, **QUICK).fit(X, y)
    assert len(ours.estimators_) == 3
    folds = [
        model(beta=ours.beta_, **QUICK).fit(X[train], y[train])
        for train, _ in KFold(3).split(X)
    ]
    name = "predict_proba" if cls is IBClassifierCV else "predict"
    mean = np.mean([getattr(fold, name)(X) for fold in folds], axis=0)
    np.testing.assert_allclose(getattr(ours, name)(X), mean, rtol=1e-3, atol=1e-5)
    assert ours.rate_ == pytest.approx(
        np.mean([fold.rate_ for fold in folds]), rel=1e-3
    )
    with pytest.raises(AttributeError, match="transform") as error:
        ours.transform(X)
    assert "no transform with refit=False" in str(error.value.__cause__)
    if cls is IBClassifierCV:
        np.testing.assert_allclose(
            np.exp(ours.predict_log_proba(X)), ours.predict_proba(X), rtol=1e-6
        )


def test_a_class_that_a_fold_lacks_is_known_to_its_network():
    X, y = iris()
    lone = np.append(y, "d")
    splits = [
        (np.arange(100), np.arange(100, 151)),
        (np.arange(50, 151), np.arange(50)),
    ]
    ours = IBClassifierCV(betas=[0.01, 0.1], cv=splits, **QUICK)
    with pytest.warns(EstimationWarning, match=r"none of the classes \['d'\]"):
        ours.fit(np.vstack([X, [[9.0] * 4]]), lone)
    assert list(ours.classes_) == ["a", "b", "c", "d"]
    assert np.isfinite(ours.path_["score"]).all()


def test_nothing_is_left_of_a_fit_with_another_refit():
    X, y = iris()
    ours = IBClassifierCV(betas=[0.01], cv=2, **QUICK).fit(X, y)
    assert hasattr(ours, "estimator_")
    ours.set_params(refit=False).fit(X, y)
    assert not hasattr(ours, "estimator_")


def test_groups_go_to_the_splitter():
    X, y = iris()
    ours = IBClassifierCV(betas=[0.01], cv=GroupKFold(3), **QUICK)
    with pytest.raises(ValueError, match="groups"):
        ours.fit(X, y)
    assert ours.fit(X, y, groups=np.arange(150) % 5).path_["fold_score"].shape == (1, 3)


def test_generators_of_random_numbers_give_one_seed_to_all():
    X, y = iris()
    quick = {**QUICK, "random_state": np.random.RandomState(3)}
    ours = IBClassifierCV(betas=[0.01, 0.02], cv=2, **quick).fit(X, y)
    assert len({model.random_state for model in ours.estimators_}) == 1
    quick["random_state"] = np.random.RandomState(3)
    again = IBClassifierCV(betas=[0.01, 0.02], cv=2, **quick).fit(X, y)
    np.testing.assert_array_equal(ours.path_["score"], again.path_["score"])


def test_path_nests_in_pipelines_and_cross_validation():
    X, y = iris()
    ours = IBClassifierCV(betas=[0.01, 0.1], cv=2, **{**QUICK, "max_epochs": 30})
    scores = cross_val_score(make_pipeline(StandardScaler(), ours), X, y, cv=2)
    assert scores.min() > 0.75
    named = clone(ours).fit(X, y)
    assert list(named.get_feature_names_out()) == ["ibclassifiercv0", "ibclassifiercv1"]


def test_several_targets_have_a_path():
    X, y = diabetes()
    Y = np.c_[y, X[:, 0]]
    ours = IBRegressorCV(betas=[0.01, 0.1], cv=2, **QUICK).fit(X, Y)
    assert ours.predict(X).shape == Y.shape
    assert ours.n_outputs_ == 2


@pytest.mark.parametrize(
    ("betas", "message"),
    [
        ([], "betas"),
        ([-1.0], "at least 0"),
        ([0.1, 0.1], "differ"),
        ([np.inf], "finite"),
        ([[0.1]], "1-D"),
        ("many", "betas"),
        (0, "betas"),
        ([np.nan], "betas"),
    ],
)
def test_betas_that_are_none_are_an_error(betas, message):
    with pytest.raises(ValueError, match=message):
        IBClassifierCV(betas=betas, cv=2, **QUICK).fit(*iris())


def test_failed_fit_leaves_the_path_as_it_was():
    X, y = iris()
    ours = IBClassifierCV(betas=[0.01], cv=2, **QUICK).fit(X, y)
    before = ours.predict_proba(X)
    with pytest.raises(ValueError, match="n_splits=500"):
        ours.set_params(cv=500).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), before)
    with pytest.raises(ValueError, match="scoring"):
        ours.set_params(cv=2, scoring=lambda *args: np.nan).fit(X, y)
    with pytest.raises(ValueError, match="must return one number"):
        ours.set_params(scoring=lambda *args: {"a": 1.0}).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), before)


def test_modes_of_torch_around_the_call_do_not_matter():
    X, y = iris()
    ours = IBClassifierCV(betas=[0.01, 0.1], cv=2, **QUICK)
    plain = clone(ours).fit(X, y).path_["score"]
    with torch.inference_mode():
        np.testing.assert_array_equal(clone(ours).fit(X, y).path_["score"], plain)


def test_chosen_beta_beats_none_where_labels_are_noisy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 10))
    clean = (X[:, 0] + X[:, 1] > 0).astype(int)
    flipped = rng.random(300) < 0.3
    y = np.where(flipped, 1 - clean, clean)
    X_new = rng.normal(size=(2000, 10))
    y_new = (X_new[:, 0] + X_new[:, 1] > 0).astype(int)
    options = {**QUICK, "max_epochs": 60, "hidden_layer_sizes": (32,)}
    chosen = IBClassifierCV(betas=[0.0, 0.03, 0.1, 0.2], cv=3, **options).fit(X, y)
    free = IBClassifier(beta=0.0, **options).fit(X, y)
    assert chosen.beta_ > 0
    losses = [log_loss(y_new, m.predict_proba(X_new)) for m in (chosen, free)]
    assert losses[0] < 0.9 * losses[1]
