"""What rooms exchange keeps to the protocols that name it."""

import inspect

import numpy as np
import pytest

from skmi import _typing as protocols
from skmi import estimation
from skmi.feature_selection import CRITERIA
from skmi.nn import BOUNDS, CRITICS, OBJECTIVES, ObjectiveContext

ESTIMATORS = sorted(n for n in estimation.__all__ if n.endswith("Estimator"))


def parameters_of(function):
    """Return the names of a function's parameters, ``self`` left out."""
    return [n for n in inspect.signature(function).parameters if n != "self"]


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_every_bound_has_what_the_protocol_names(name):
    bound = BOUNDS[name]
    assert bound.kind in {"lower", "asymptotic", "upper", "none"}
    for part in ("value", "loss"):
        expected = parameters_of(getattr(protocols.Bound, part))
        call = getattr(bound, part)
        assert parameters_of(call)[: len(expected)] == expected
    assert bound.ceiling(3) > 0


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_every_objective_has_terms_as_the_protocol_names_them(name):
    objective = OBJECTIVES[name](ObjectiveContext(2, 2, CRITICS["bilinear"]))
    expected = parameters_of(protocols.Objective.terms)
    assert parameters_of(objective.terms) == expected


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_every_criterion_takes_terms_alone(name):
    assert parameters_of(CRITERIA[name]) == parameters_of(protocols.Criterion.__call__)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_fitted_estimator_is_what_layer_four_asks_for(name):
    X = np.random.default_rng(0).normal(size=(60, 2))
    estimator = getattr(estimation, name)()
    assert not isinstance(estimator, protocols.MIEstimator)  # nothing is fitted
    assert isinstance(estimator.fit(X, X.sum(axis=1)), protocols.MIEstimator)


def test_some_estimators_take_many_targets_at_once():
    able = {
        name
        for name in ESTIMATORS
        if isinstance(getattr(estimation, name)(), protocols.SupportsFitMany)
    }
    assert {"KSGEstimator", "GaussianMIEstimator"} <= able
