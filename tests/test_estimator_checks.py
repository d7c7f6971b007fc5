"""Every public estimator keeps scikit-learn's contract, without exception."""

import importlib
import inspect
import pkgutil

import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.utils.estimator_checks import parametrize_with_checks

import skmi

# The checks fit every estimator some 150 times: small networks, few epochs. The class
# weights check wants 87% of one class learnt, hence the large steps.
_TINY = {
    "hidden_layer_sizes": (8,),
    "max_epochs": 2,
    "lr": 0.02,
    "n_components": 3,
    "random_state": 0,
    "device": "cpu",
}
CHECK_PARAMS = {
    "InfomaxEncoder": {**_TINY, "batch_size": 16},
    "IBClassifier": {**_TINY, "batch_size": 8, "max_epochs": 12},
    "IBClassifierCV": {
        **_TINY,
        "batch_size": 8,
        "max_epochs": 12,
        "betas": [1e-3, 1e-2],
        "cv": 2,
    },
    "IBRegressor": {**_TINY, "batch_size": 16, "max_epochs": 12},
    "IBRegressorCV": {
        **_TINY,
        "batch_size": 16,
        "max_epochs": 12,
        "betas": [1e-3, 1e-2],
        "cv": 2,
    },
    "DiscreteIB": {"betas": 5, "n_init": 2, "max_iter": 100},
    "HierarchicalIB": {**_TINY, "batch_size": 16},
    "HierarchicalIBClassifier": {**_TINY, "batch_size": 8, "max_epochs": 12},
    "HierarchicalIBRegressor": {**_TINY, "batch_size": 16, "max_epochs": 12},
    "DynamicFeatureSelector": {
        **{name: value for name, value in _TINY.items() if name != "n_components"},
        "batch_size": 8,
        "max_epochs": 12,
    },
}
# Not meant to be fitted: specs, and the base that estimators are built on.
NOT_FITTED = {"training"}


def public_estimators():
    """Return every public class with a fit method, found by looking."""
    rooms = [m.name for m in pkgutil.iter_modules(skmi.__path__) if m.ispkg]
    found = {}
    for room in rooms:
        if room in NOT_FITTED:
            continue
        module = importlib.import_module(f"skmi.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) and issubclass(thing, BaseEstimator):
                found[name] = thing
    return found


ESTIMATORS = public_estimators()


def test_discovery_finds_the_known_estimators():
    assert {
        "SelectByMutualInfo",
        "InfomaxEncoder",
        "IBClassifier",
        "IBRegressor",
    } <= set(ESTIMATORS)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
# Some checks have a target that no column tells anything about.
@pytest.mark.filterwarnings("ignore:No (column was|features were) selected:UserWarning")
@parametrize_with_checks(
    [cls(**CHECK_PARAMS.get(name, {})) for name, cls in ESTIMATORS.items()]
)
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_estimator_is_constructible_without_arguments_and_cloneable(name):
    estimator = ESTIMATORS[name]()
    assert clone(estimator).get_params() == estimator.get_params()
