"""Bad input is refused by name, and a refusal leaves the estimator as it was."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from skmi.bottleneck import (
    HierarchicalIB,
    HierarchicalIBClassifier,
    HierarchicalIBRegressor,
    IBClassifier,
    IBRegressor,
)
from skmi.infomax import InfomaxEncoder
from skmi.training import Critic, TorchModule

KINDS = {
    "InfomaxEncoder": InfomaxEncoder,
    "IBClassifier": IBClassifier,
    "IBRegressor": IBRegressor,
    "HierarchicalIB": HierarchicalIB,
    "HierarchicalIBClassifier": HierarchicalIBClassifier,
    "HierarchicalIBRegressor": HierarchicalIBRegressor,
}
CLASSIFIERS = ("IBClassifier", "HierarchicalIBClassifier")
REGRESSORS = ("IBRegressor", "HierarchicalIBRegressor")
BOTTLENECKS = (*CLASSIFIERS, *REGRESSORS)
HIERARCHICAL = tuple(kind for kind in KINDS if kind.startswith("Hierarchical"))
ENCODER = ("InfomaxEncoder",)
ALL = tuple(KINDS)
SMALL = {
    "hidden_layer_sizes": (4,),
    "n_components": 2,
    "max_epochs": 1,
    "batch_size": 16,
    "random_state": 0,
    "device": "cpu",
}


def data(n=30):
    """Return rows with a binary target."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return X, (X[:, 0] > 0).astype(int)


def build(kind, fitted):
    """Return a small estimator."""
    estimator = KINDS[kind](**SMALL)
    return estimator.fit(*data()) if fitted else estimator


def with_entry(value, dtype=None):
    """Return rows with one other entry."""
    X = data()[0].astype(dtype or float)
    X[3, 1] = value
    return X


def with_label(value, dtype=float):
    """Return a target with one other entry."""
    y = data()[1].astype(dtype)
    y[3] = value
    return y


def check_refused(estimator, call, errors, names):
    """Assert that a call raises, naming all of ``names``, and changes nothing."""
    before = dict(vars(estimator))
    weights = {k: v.copy() for k, v in before.get("weights_", {}).items()}
    with pytest.raises(errors) as caught:
        call()
    message = str(caught.value)
    words = message.replace("'", " ").replace("=", " ").replace(".", " ")
    words = words.replace(",", " ").replace(":", " ").replace("(", " ").split()
    for name in names:
        assert name in words, message
    after = vars(estimator)
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert all(np.array_equal(after["weights_"][k], w) for k, w in weights.items())


# Rows


ROWS = {
    "NaN": (lambda: with_entry(np.nan), ("X", "NaN")),
    "infinity": (lambda: with_entry(np.inf), ("X", "infinity")),
    "minus infinity": (lambda: with_entry(-np.inf), ("X", "infinity")),
    "strings": (lambda: np.full((30, 3), "a"), ("X",)),
    "words in a frame": (lambda: pd.DataFrame({"a": ["b"] * 30}), ("X",)),
    "objects": (lambda: with_entry(object(), object), ("X",)),
    "no rows": (lambda: np.empty((0, 3)), ("X",)),
    "no columns": (lambda: np.empty((30, 0)), ("X",)),
    "one dimension": (lambda: data()[0][:, 0], ("X",)),
    "three dimensions": (lambda: data()[0][:, :, None], ("X",)),
    "complex": (lambda: data()[0] + 1j, ("X",)),
    "sparse": (lambda: csr_array(data()[0]), ("X",)),
    "nothing": (lambda: None, ("X",)),
    "a scalar": (lambda: 3.0, ("X",)),
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("case", sorted(ROWS))
@pytest.mark.parametrize("kind", ALL)
def test_rows_that_cannot_be_fitted_are_refused_by_name(kind, case, fitted):
    make, names = ROWS[case]
    X, estimator = make(), build(kind, fitted)
    y = data()[1] if case != "no rows" else data()[1][:0]
    check_refused(
        estimator, lambda: estimator.fit(X, y), (ValueError, TypeError), names
    )


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("kind", ALL)
def test_one_sample_is_too_few(kind, fitted):
    (X, y), estimator = data(), build(kind, fitted)
    call = lambda: estimator.fit(X[:1], y[:1])  # noqa: E731
    check_refused(estimator, call, ValueError, ("sample",))


@pytest.mark.parametrize("case", sorted(set(ROWS) - {"no columns", "words in a frame"}))
@pytest.mark.parametrize("kind", ALL)
def test_rows_that_cannot_be_applied_are_refused_by_name(kind, case):
    make, names = ROWS[case]
    X, estimator = make(), build(kind, True)
    for method in ("transform", "predict", "predict_proba"):
        if hasattr(estimator, method):
            call = lambda m=method: getattr(estimator, m)(X)  # noqa: E731
            check_refused(estimator, call, (ValueError, TypeError), names)


@pytest.mark.parametrize("n_columns", [1, 2, 4])
@pytest.mark.parametrize("kind", ALL)
def test_another_number_of_columns_is_refused_with_both_numbers(kind, n_columns):
    X, estimator = np.zeros((5, n_columns)), build(kind, True)
    for method in ("transform", "predict"):
        if hasattr(estimator, method):
            call = lambda m=method: getattr(estimator, m)(X)  # noqa: E731
            check_refused(
                estimator, call, ValueError, ("X", str(n_columns), "3", "features")
            )


@pytest.mark.parametrize("kind", ALL)
def test_other_column_names_are_refused(kind):
    X, y = data()
    estimator = KINDS[kind](**SMALL).fit(pd.DataFrame(X, columns=list("abc")), y)
    frame = pd.DataFrame(X, columns=list("abd"))
    call = lambda: estimator.transform(frame)  # noqa: E731
    check_refused(estimator, call, ValueError, ("feature", "names"))


@pytest.mark.parametrize("kind", ALL)
def test_unfitted_estimators_say_so(kind):
    estimator = build(kind, False)
    X, y = data()
    calls = {
        "transform": (X,),
        "predict": (X,),
        "predict_proba": (X,),
        "predict_log_proba": (X,),
        "rate_and_relevance": (X, y),
        "score": (X, y),
    }
    for method, arguments in calls.items():
        if hasattr(estimator, method):
            call = lambda m=method, a=arguments: getattr(estimator, m)(*a)  # noqa: E731
            check_refused(estimator, call, NotFittedError, (kind, "fitted"))
    for attribute in ("net_", "encoder_"):
        with pytest.raises((NotFittedError, AttributeError)):
            getattr(estimator, attribute)


# Targets


TARGETS = {
    "wrong length": (BOTTLENECKS, lambda: data()[1][:-1]),
    "nothing": (BOTTLENECKS, lambda: None),
    "NaN": (BOTTLENECKS, lambda: with_label(np.nan)),
    "infinity": (BOTTLENECKS, lambda: with_label(np.inf)),
    "no entries": (BOTTLENECKS, lambda: np.empty(0)),
    "three dimensions": (BOTTLENECKS, lambda: np.zeros((30, 1, 1))),
    "one class": (CLASSIFIERS, lambda: np.zeros(30, dtype=int)),
    "one word": (CLASSIFIERS, lambda: np.full(30, "yes")),
    "continuous": (CLASSIFIERS, lambda: np.linspace(0, 1, 30)),
    "several outputs": (CLASSIFIERS, lambda: np.stack([data()[1]] * 2, 1)),
    "words": (REGRESSORS, lambda: np.full(30, "yes")),
    "complex": (REGRESSORS, lambda: data()[1] + 1j),
    "mixed objects": (REGRESSORS, lambda: with_label("a", object)),
    "no outputs": (REGRESSORS, lambda: np.empty((30, 0))),
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for case, (kinds, _) in TARGETS.items() for kind in kinds],
)
def test_targets_that_cannot_be_fitted_are_refused_by_name(kind, case, fitted):
    y, estimator = TARGETS[case][1](), build(kind, fitted)
    call = lambda: estimator.fit(data()[0], y)  # noqa: E731
    check_refused(estimator, call, (ValueError, TypeError), ("y",))


def test_label_that_was_not_seen_is_refused_with_the_classes():
    X, y = data()
    clf = IBClassifier(**SMALL).fit(X, np.where(y, "yes", "no"))
    labels = np.where(y, "yes", "maybe")
    for call in (
        lambda: clf.rate_and_relevance(X, labels),
        lambda: clf.partial_fit(X, labels),
    ):
        check_refused(clf, call, ValueError, ("y", "classes"))
    with pytest.raises(ValueError, match=r"'maybe'.*'no', 'yes'"):
        clf.rate_and_relevance(X, labels)


def test_label_that_is_not_among_the_classes_given_is_refused():
    X, y = data()
    clf = IBClassifier(**SMALL)
    check_refused(
        clf, lambda: clf.partial_fit(X, y, classes=[0, 2]), ValueError, ("y", "[1]")
    )


def test_other_classes_than_those_of_the_first_call_are_refused():
    X, y = data()
    clf = IBClassifier(**SMALL).partial_fit(X, y, classes=[0, 1, 2])
    check_refused(
        clf, lambda: clf.partial_fit(X, y, classes=[0, 1]), ValueError, ("classes",)
    )


@pytest.mark.parametrize("kind", BOTTLENECKS)
@pytest.mark.parametrize("case", ["wrong length", "nothing"])
def test_targets_of_the_information_plane_are_refused_by_name(kind, case):
    y, estimator = TARGETS[case][1](), build(kind, True)
    call = lambda: estimator.rate_and_relevance(data()[0], y)  # noqa: E731
    check_refused(estimator, call, (ValueError, TypeError), ("y",))


@pytest.mark.filterwarnings("ignore:columns of y are linearly dependent")
@pytest.mark.parametrize("n_fitted", [1, 2])
def test_another_number_of_outputs_is_refused(n_fitted):
    X, y = data()
    columns = {n: np.stack([y.astype(float)] * n, 1) for n in (1, 2, 3)}
    reg = IBRegressor(**SMALL).fit(X, columns[n_fitted])
    for n in {1, 2, 3} - {n_fitted}:
        for method in ("rate_and_relevance", "partial_fit"):
            call = lambda m=method, n=n: getattr(reg, m)(X, columns[n])  # noqa: E731
            check_refused(reg, call, ValueError, ("y",))


# Parameters


WRONG = (ValueError, TypeError)
PARAMETERS = [
    (BOTTLENECKS, {"beta": -0.1}),
    (BOTTLENECKS, {"beta": float("nan")}),
    (BOTTLENECKS, {"beta": "much"}),
    (BOTTLENECKS, {"beta": float("inf")}),
    (BOTTLENECKS, {"prior": "flat"}),
    (BOTTLENECKS, {"prediction": "mode"}),
    (BOTTLENECKS, {"n_draws": 0}),
    (BOTTLENECKS, {"n_draws": 2.5}),
    (CLASSIFIERS, {"class_weight": "even"}),
    (ALL, {"n_components": 0}),
    (ALL, {"n_components": 1.5}),
    (ALL, {"n_components": None}),
    (ALL, {"batch_size": 0}),
    (ALL, {"batch_size": -1}),
    (ALL, {"batch_size": 2.5}),
    (ENCODER, {"batch_size": 1}),
    (ALL, {"max_epochs": 0}),
    (ALL, {"lr": 0.0}),
    (ALL, {"lr": float("nan")}),
    (ALL, {"hidden_layer_sizes": 5}),
    (ALL, {"hidden_layer_sizes": (0,)}),
    (ALL, {"hidden_layer_sizes": (4, "a")}),
    (ALL, {"activation": "sine"}),
    (ALL, {"standardize": "rows"}),
    (ALL, {"optimizer": "newton"}),
    (ALL, {"optimizer": 3}),
    (ALL, {"early_stopping": "yes"}),
    (ALL, {"early_stopping": True, "validation_fraction": 0.0}),
    (ALL, {"early_stopping": True, "validation_fraction": 1.0}),
    (ALL, {"early_stopping": True, "patience": 0}),
    (ALL, {"callbacks": "checkpoint"}),
    (ALL, {"callbacks": ["checkpoint"]}),
    (ALL, {"callbacks": [3]}),
    (ALL, {"warm_start": "yes"}),
    (ALL, {"random_state": "seed"}),
    (ALL, {"device": "gpu"}),
    (ALL, {"device": 3.5}),
    (ALL, {"verbose": -1}),
    (ALL, {"encoder": "mlp"}),
    (ALL, {"encoder": torch.nn.Linear(3, 2)}),
    (HIERARCHICAL, {"beta": [0.1, 0.1]}),
    (HIERARCHICAL, {"beta": [-0.1]}),
    (HIERARCHICAL, {"beta": "much"}),
    (HIERARCHICAL, {"n_components": [2, 2]}),
    (HIERARCHICAL, {"n_components": (1.5,)}),
    (HIERARCHICAL, {"n_components": (True,)}),
    (HIERARCHICAL, {"stage_weights": -1.0}),
    (HIERARCHICAL, {"stage_weights": [1.0, 0.3]}),
    (HIERARCHICAL, {"stage_hidden_layer_sizes": (0,)}),
    (HIERARCHICAL, {"decoder_hidden_layer_sizes": (0,)}),
    (HIERARCHICAL, {"prior": "flat"}),
    (HIERARCHICAL, {"n_draws": 0}),
    (HIERARCHICAL, {"view_columns": "ab"}),
    (HIERARCHICAL, {"view_columns": []}),
    (HIERARCHICAL, {"view_columns": [[0]]}),
    (HIERARCHICAL, {"view_columns": [[0], [3]]}),
    (HIERARCHICAL, {"view_columns": [[0], []]}),
    (HIERARCHICAL, {"view_columns": [["a"], ["b"]]}),
    (HIERARCHICAL[1:], {"task_weight": -1.0}),
    (HIERARCHICAL[1:], {"residual": "yes"}),
    (ENCODER, {"objective": "likelihood"}),
    (ENCODER, {"objective": None}),
    (ENCODER, {"critic": "harsh"}),
    (ENCODER, {"critic": torch.nn.Bilinear(2, 2, 1)}),
    (ENCODER, {"critic": None}),
    (ENCODER, {"critic": "cosine", "temperature": 0.0}),
    (ENCODER, {"augment": "noise"}),
    (ENCODER, {"views": "three"}),
    (ENCODER, {"output": "sum"}),
    (ENCODER, {"share_encoder": "yes"}),
    (ENCODER, {"views": "paired", "view_columns": None}),
    (ENCODER, {"views": "paired", "view_columns": [[0], [1], [2]]}),
    (ENCODER, {"views": "paired", "view_columns": "ab"}),
    (ENCODER, {"views": "paired", "view_columns": [[0], [3]]}),
    (ENCODER, {"views": "paired", "view_columns": [[0], []]}),
    (ENCODER, {"views": "paired", "view_columns": [[0], [1.5]]}),
    (ENCODER, {"views": "paired", "view_columns": [["a"], ["b"]]}),
    (ENCODER, {"views": "paired", "view_columns": [[True], [1]]}),
    (ENCODER, {"views": "paired", "view_columns": [[0], [[1, 2]]]}),
]


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(
    ("kind", "params"),
    [
        pytest.param(kind, params, id=f"{kind}-{params}")
        for kinds, params in PARAMETERS
        for kind in kinds
    ],
)
def test_parameters_are_refused_by_name(kind, params, fitted):
    estimator = build(kind, fitted).set_params(**params)
    name = list(params)[-1]
    check_refused(estimator, lambda: estimator.fit(*data()), WRONG, (name,))


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("kind", ALL)
def test_device_that_is_not_there_is_refused_by_name(kind, fitted, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    estimator = build(kind, fitted).set_params(device="cuda")
    check_refused(
        estimator, lambda: estimator.fit(*data()), RuntimeError, ("device", "cuda")
    )


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("kind", ALL)
def test_partial_fit_refuses_as_fit_does(kind, fitted):
    estimator = build(kind, fitted)
    X, y = with_entry(np.nan), data()[1]
    call = lambda: estimator.partial_fit(X, y)  # noqa: E731
    check_refused(estimator, call, ValueError, ("X", "NaN"))


# Lists of views


def paired():
    """Return an encoder of two given views, fitted on a list."""
    X, _ = data()
    return InfomaxEncoder(**SMALL, views="paired").fit([X[:, :1], X[:, 1:]])


def test_list_of_views_of_unequal_length_is_refused():
    X, _ = data()
    encoder = paired()
    check_refused(
        encoder, lambda: encoder.fit([X[:, :1], X[:-1, 1:]]), ValueError, ("samples",)
    )


def test_sparse_view_in_a_list_is_refused():
    X, estimator = data()[0], InfomaxEncoder(**SMALL, views="paired")
    views = [csr_array(X), X]
    check_refused(estimator, lambda: estimator.fit(views), TypeError, ("X", "sparse"))


def test_class_weights_that_leave_no_row_any_weight_are_refused():
    estimator = IBClassifier(**SMALL, class_weight={0: 0.0, 1: 0.0})
    check_refused(
        estimator, lambda: estimator.fit(*data()), ValueError, ("class_weight",)
    )


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_class_weights_that_are_none_are_refused(weight):
    estimator = IBClassifier(**SMALL, class_weight={0: weight, 1: 1.0})
    check_refused(
        estimator, lambda: estimator.fit(*data()), ValueError, ("class_weight",)
    )


@pytest.mark.parametrize("kind", BOTTLENECKS)
@pytest.mark.parametrize(
    "params", [{"prediction": "guess"}, {"n_draws": 0}, {"n_draws": -1}]
)
def test_parameters_set_to_nonsense_after_fit_are_refused(kind, params):
    estimator = build(kind, fitted=True).set_params(**params)
    check_refused(
        estimator, lambda: estimator.predict(data()[0]), ValueError, tuple(params)
    )


def test_labels_that_do_not_compare_are_refused():
    estimator = IBClassifier(**SMALL).fit(data()[0], np.array(["a", "b"])[data()[1]])
    with pytest.raises(ValueError, match=r"y .*do not compare with the classes"):
        estimator.rate_and_relevance(data()[0], data()[1].astype(object))


OF_USERS = {
    "factory of one argument": ({"encoder": lambda n_in: None}, TypeError, "encoder"),
    "module of other rows": (
        {"encoder": lambda n_in, n_out: torch.nn.Linear(n_in + 1, n_out)},
        ValueError,
        "encoder",
    ),
    "module in TorchModule": (
        {"encoder": TorchModule(torch.nn.Linear(3, 2))},
        TypeError,
        "cls",
    ),
    "function without optimizer": (
        {"optimizer": lambda parameters, lr: None},
        TypeError,
        "optimizer",
    ),
}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("case", sorted(OF_USERS))
def test_parts_of_users_that_do_not_fit_are_refused_by_name(kind, case):
    params, error, name = OF_USERS[case]
    estimator = build(kind, fitted=False).set_params(**params)
    with pytest.raises(error, match=name):
        estimator.fit(*data())


@pytest.mark.parametrize(
    ("critic", "error"),
    [
        (Critic, TypeError),
        (lambda n_x: None, TypeError),
        (lambda n_x, n_y: torch.nn.Linear(n_x, n_y), ValueError),
        (lambda n_x, n_y: None, ValueError),
    ],
)
def test_critics_that_score_no_pairs_are_refused_by_name(critic, error):
    with pytest.raises(error, match="critic"):
        InfomaxEncoder(**SMALL, critic=critic).fit(data()[0])


def test_list_of_three_views_is_refused():
    X, _ = data()
    encoder = paired()
    views = [X[:, :1], X[:, 1:2], X[:, 2:]]
    check_refused(encoder, lambda: encoder.fit(views), ValueError, ("X", "3"))


def test_list_of_views_without_paired_views_is_refused():
    X, _ = data()
    encoder = InfomaxEncoder(**SMALL)
    call = lambda: encoder.fit([X[:, :1], X[:, 1:]])  # noqa: E731
    check_refused(encoder, call, ValueError, ("X", "views"))


def test_list_of_views_of_other_widths_is_refused_at_transform():
    X, _ = data()
    encoder = paired()
    call = lambda: encoder.transform([X[:, :2], X[:, 2:]])  # noqa: E731
    check_refused(encoder, call, ValueError, ("X",))


def test_array_for_an_encoder_fitted_on_a_list_is_refused_without_view_columns():
    X, _ = data()
    encoder = paired()
    more = np.concatenate([X, X], axis=1)
    check_refused(encoder, lambda: encoder.fit(more), ValueError, ("view_columns",))
    check_refused(encoder, lambda: encoder.fit(X[:, :2]), ValueError, ("view_columns",))


def test_views_of_unequal_width_cannot_share_an_encoder():
    X, _ = data()
    encoder = InfomaxEncoder(**SMALL, views="paired", share_encoder=True)
    call = lambda: encoder.fit([X[:, :1], X[:, 1:]])  # noqa: E731
    check_refused(encoder, call, ValueError, ("share_encoder",))
