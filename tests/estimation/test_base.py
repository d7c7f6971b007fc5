"""What every estimator of the room promises, tried on all of them."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

import skmi.estimation as room
from skmi.datasets import make_correlated_gaussians
from skmi.estimation import (
    CompressedMIEstimator,
    GaussianMIEstimator,
    HistogramMIEstimator,
    KDEMIEstimator,
    KernelMIEstimator,
    KSGEstimator,
    SpectralMIEstimator,
)

ESTIMATORS = {
    "ksg1": KSGEstimator(),
    "ksg2": KSGEstimator(method="ksg2"),
    "mixed": KSGEstimator(method="mixed"),
    "gaussian": GaussianMIEstimator(),
    "copula": GaussianMIEstimator("copula"),
    "cca": GaussianMIEstimator("cca"),
    "histogram": HistogramMIEstimator(),
    "kde": KDEMIEstimator(),
    "noise": KDEMIEstimator("adaptive", random_state=0),
    "renyi": KernelMIEstimator(alpha=2),
    "hsic": KernelMIEstimator("hsic"),
    "cauchy_schwarz": KernelMIEstimator("cauchy_schwarz"),
    "spectral": SpectralMIEstimator(random_state=0),
    "compressed": CompressedMIEstimator(random_state=0),
}
# Which take classes, and so strings.
CLASSES = (
    "mixed",
    "histogram",
    "kde",
    "noise",
    "renyi",
    "hsic",
    "cauchy_schwarz",
    "spectral",
    "compressed",
)
# Which can be conditional, and give values for rows.
CONDITIONAL = ("ksg1", "ksg2", "mixed", "gaussian", "copula", "cca", "histogram")
POINTWISE = (*CONDITIONAL, "kde", "noise")
# Whose score is a lower bound.
BOUNDS = ("gaussian", "copula", "cca", "histogram", "kde", "noise")
# Which draw which rows or noise, so that an order of rows matters.
RANDOM = ("noise", "spectral", "compressed")
# Estimators of Shannon's information, and what they may be off by on 400 rows of
# correlation 0.8: four standard errors of 0.04, and the bias of smoothing or binning.
SHANNON = {
    "ksg1": 0.16,
    "ksg2": 0.16,
    "mixed": 0.16,
    "gaussian": 0.16,
    "copula": 0.16,
    "cca": 0.16,
    "histogram": 0.25,
    "kde": 0.25,
    "compressed": 0.16,
}


def build(name):
    return clone(ESTIMATORS[name])


def data(n=120, seed=0):
    return make_correlated_gaussians(n, rho=0.8, random_state=seed)


def test_every_estimator_of_the_room_is_tried_here():
    public = [getattr(room, name) for name in room.__all__]
    classes = {
        thing
        for thing in public
        if isinstance(thing, type) and issubclass(thing, BaseEstimator)
    }
    assert classes == {type(estimator) for estimator in ESTIMATORS.values()}


@pytest.mark.parametrize("name", SHANNON)
def test_estimate_is_near_the_truth(name):
    X, y, mi = make_correlated_gaussians(400, rho=0.8, random_state=1, return_mi=True)
    assert abs(build(name).fit(X, y).mi_ - mi) < SHANNON[name]


@pytest.mark.parametrize("name", SHANNON)
def test_independent_variables_share_about_nothing(name):
    X, y = make_correlated_gaussians(400, rho=0.0, random_state=1)
    # Four times the largest standard deviation at independence, of three neighbours.
    assert abs(build(name).fit(X, y).mi_) < 4 * 0.04


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - set(RANDOM)))
def test_order_of_rows_does_not_matter(name):
    X, y = data()
    order = np.random.default_rng(0).permutation(len(X))
    one, other = build(name).fit(X, y), build(name).fit(X[order], y[order])
    assert one.mi_ == pytest.approx(other.mi_, abs=1e-9)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_constant_variables_share_exactly_nothing(name):
    X, y = data()
    constant = np.full(len(X), 0.3)
    assert build(name).fit(X, constant).mi_ == 0
    assert build(name).fit(constant[:, None], y).mi_ == 0


@pytest.mark.parametrize("name", ESTIMATORS)
def test_score_of_the_training_rows_repeats_an_estimate_or_is_a_bound(name):
    X, y = data()
    estimator = build(name).fit(X, y)
    assert isinstance(estimator.mi_, float)
    assert isinstance(estimator.score(X, y), float)
    assert estimator.score_is_bound_ == (name in BOUNDS)
    if name != "compressed" and not estimator.score_is_bound_:
        assert estimator.score(X, y) == estimator.mi_


@pytest.mark.parametrize("name", POINTWISE)
def test_estimate_is_the_mean_of_pointwise_values(name):
    X, y = data()
    estimator = build(name).fit(X, y)
    values = estimator.pointwise(X, y)
    assert values.shape == (len(X),)
    assert values.mean() == pytest.approx(estimator.mi_, abs=1e-12)


@pytest.mark.parametrize("name", CONDITIONAL)
def test_conditional_estimate_is_the_mean_of_pointwise_values(name):
    X, y = data()
    z = X + np.random.default_rng(0).standard_normal(X.shape)
    estimator = build(name).fit(X, y, Z=z)
    assert estimator.pointwise(X, y, Z=z).mean() == pytest.approx(
        estimator.mi_, abs=1e-12
    )
    assert not estimator.score_is_bound_
    assert estimator.score(X, y, Z=z) == pytest.approx(estimator.mi_, abs=1e-12)


@pytest.mark.parametrize("name", CONDITIONAL)
def test_what_a_condition_explains_is_not_shared_given_it(name):
    rng = np.random.default_rng(2)
    z = rng.standard_normal(800)
    x, y = (z + 0.5 * rng.standard_normal(800) for _ in range(2))
    estimator = build(name)
    alone = estimator.fit(x[:, None], y).mi_
    # The exact information alone is 0.51. Bins of z leave a part of it, and counting
    # ties of continuous variables has a bias of its own, of about 0.05.
    assert estimator.fit(x[:, None], y, Z=z).mi_ < min(0.12, alone / 3)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_may_be_strings_and_order_of_their_names_does_not_matter(name):
    X, _ = data()
    codes = np.digitize(X[:, 0], [-0.5, 0.5])
    names = np.array(["b", "c", "a"])[codes]
    one = build(name).fit(X, np.array(["a", "b", "c"])[codes])
    other = build(name).fit(X, names)
    assert one.mi_ > 0
    # Random estimators may draw other rows of other classes.
    tolerance = 0.1 if name == "spectral" else 1e-9
    assert one.mi_ == pytest.approx(other.mi_, abs=tolerance)
    frame = pd.DataFrame({"x": X[:, 0]})
    kinds = pd.Series(names, dtype="category"), names.astype(object)
    for labels in kinds:
        assert build(name).fit(frame, labels).mi_ == pytest.approx(other.mi_)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - set(CLASSES)))
def test_classes_are_refused_by_name_where_they_make_no_sense(name):
    X, y = data()
    with pytest.raises(ValueError, match=r"y holds (classes|labels)"):
        build(name).fit(X, np.where(y > 0, "a", "b"))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_failed_fit_leaves_the_object_as_it_was(name):
    X, y = data()
    estimator = build(name).fit(X, y)
    before = copy.copy(vars(estimator))
    bad = y.copy()
    bad[3] = np.nan
    for call in (
        lambda: estimator.fit(X[:, [0, 0]], bad),
        lambda: estimator.fit(X[:, [0, 0]], y[:-1]),
        lambda: estimator.fit(X[:, [0, 0]], None),
    ):
        with pytest.raises(ValueError, match="y"):
            call()
        assert vars(estimator).keys() == before.keys()
        assert all(vars(estimator)[key] is value for key, value in before.items())


@pytest.mark.parametrize("name", ESTIMATORS)
def test_methods_of_an_unfitted_estimator_say_so(name):
    X, y = data()
    for method in ("score", "pointwise"):
        if hasattr(ESTIMATORS[name], method):
            with pytest.raises(NotFittedError):
                getattr(build(name), method)(X, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_pickled_estimator_scores_alike(name):
    X, y = data()
    estimator = build(name).fit(X, y)
    loaded = pickle.loads(pickle.dumps(estimator))
    assert loaded.mi_ == estimator.mi_
    assert loaded.score(X, y) == estimator.score(X, y)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"compressed"}))
def test_another_number_of_columns_is_refused(name):
    X, y = data()
    estimator = build(name).fit(X, y)
    with pytest.raises(ValueError, match="features"):
        estimator.score(X[:, [0, 0]], y)


@pytest.mark.parametrize(
    ("estimator", "params"),
    [
        (KSGEstimator, {"n_neighbors": 0}),
        (KSGEstimator, {"method": "ksg3"}),
        (KSGEstimator, {"standardize": "yes"}),
        (KSGEstimator, {"n_jobs": "all"}),
        (KSGEstimator, {"discrete_target": "maybe"}),
        (GaussianMIEstimator, {"method": "ranks"}),
        (GaussianMIEstimator, {"bias_correction": None}),
        (HistogramMIEstimator, {"binning": "equal"}),
        (HistogramMIEstimator, {"binning": [1.0, 0.0]}),
        (HistogramMIEstimator, {"n_bins": 1}),
        (HistogramMIEstimator, {"correction": "none"}),
        (KDEMIEstimator, {"noise": 0.0}),
        (KDEMIEstimator, {"bandwidth": "wide"}),
        (KDEMIEstimator, {"leave_one_out": "no"}),
        (KDEMIEstimator, {"random_state": "seed"}),
        (KernelMIEstimator, {"measure": "shannon"}),
        (KernelMIEstimator, {"alpha": -1.0}),
        (KernelMIEstimator, {"bandwidth": 0.0}),
        (SpectralMIEstimator, {"t": 0}),
        (SpectralMIEstimator, {"n_bins": 1}),
        (SpectralMIEstimator, {"n_repeats": 0}),
        (SpectralMIEstimator, {"max_samples": 1}),
        (CompressedMIEstimator, {"transformer_x": "pca"}),
        (CompressedMIEstimator, {"transformer_y": 3}),
        (CompressedMIEstimator, {"estimator": "ksg"}),
        (CompressedMIEstimator, {"noise": -1.0}),
        (CompressedMIEstimator, {"train_size": 1.0}),
    ],
)
def test_parameters_are_refused_by_name(estimator, params):
    X, y = data()
    with pytest.raises((ValueError, InvalidParameterError), match=next(iter(params))):
        estimator(**params).fit(X, y)


@pytest.mark.parametrize("name", CONDITIONAL)
@pytest.mark.parametrize(
    "bad",
    [
        np.full(120, np.inf),
        np.zeros(119),
        np.full(120, "a"),
        np.zeros((120, 1, 1)),
    ],
)
def test_condition_is_refused_by_name(name, bad):
    X, y = data()
    with pytest.raises(ValueError, match="Z must"):
        build(name).fit(X, y, Z=bad)


def test_labels_must_be_of_one_kind_and_none_missing():
    X, _ = data()
    labels = np.array(["a", "b"] * 60, dtype=object)
    labels[5] = None
    with pytest.raises(ValueError, match="y must have a value in every row"):
        HistogramMIEstimator().fit(X, labels)
    labels[5] = ("c",)
    with pytest.raises(ValueError, match="y must be labels of one kind"):
        HistogramMIEstimator().fit(X, labels)


@pytest.mark.parametrize("name", ["mixed", "histogram", "kde", "renyi"])
def test_new_rows_are_read_as_those_of_the_fit_were(name):
    X, _ = data()
    y = np.round(50 * X[:, 0])
    # More than 20 whole numbers are amounts, and so are few of them later.
    estimator = build(name).fit(X, y)
    few = np.round(X[:, 0])
    assert estimator.score(X, few) != build(name).fit(X, few).mi_
    numbers = build(name).set_params(discrete_target=False).fit(X, y)
    assert estimator.score(X, few) == numbers.score(X, few)


def test_dates_are_neither_numbers_nor_classes():
    X, _ = data()
    with pytest.raises(ValueError, match="y must be real numbers"):
        HistogramMIEstimator().fit(X, np.arange(120).astype("datetime64[D]"))


@pytest.mark.parametrize("name", ["ksg1", "gaussian"])
def test_many_targets_are_refused_by_name(name):
    X, y = data()
    for bad in ([], y, [y, y[:-1]], [[y, y], [y, y]]):
        with pytest.raises(ValueError, match="y"):
            build(name).fit_many(X, bad)
    for bad in ([], [y, y[:-1]]):
        with pytest.raises(ValueError, match="ys must be targets"):
            build(name).fit_many(X, bad)


def test_fractions_are_no_classes():
    X, y = data()
    with pytest.raises(ValueError, match="discrete_target"):
        HistogramMIEstimator(discrete_target=True).fit(X, y)


def test_search_over_a_bound_finds_the_right_family():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1000)
    y = np.exp(2 * (x + 0.5 * rng.standard_normal(1000)))
    search = GridSearchCV(
        GaussianMIEstimator(), {"method": ["covariance", "copula"]}, cv=3
    )
    assert search.fit(x[:, None], y).best_params_ == {"method": "copula"}


def test_inputs_are_not_changed():
    X, y = data()
    for name in ESTIMATORS:
        before = X.copy(), y.copy()
        build(name).fit(X, y)
        assert np.array_equal(X, before[0])
        assert np.array_equal(y, before[1])


def test_global_generator_is_left_alone():
    X, y = data()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for estimator in (
        KDEMIEstimator("adaptive"),
        SpectralMIEstimator(max_samples=50),
        CompressedMIEstimator(noise=0.1),
    ):
        estimator.fit(X, y)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("name", RANDOM)
def test_random_state_decides_everything(name):
    X, y = data()
    X = np.hstack([X, X, X, X, X])
    one, other = (build(name).set_params(random_state=3).fit(X, y) for _ in range(2))
    assert one.mi_ == other.mi_
