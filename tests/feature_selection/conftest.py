"""Terms of small tables, for all tests of the search."""

import numpy as np
import pytest

from skmi.feature_selection._plan import make_engines
from skmi.feature_selection._problem import Problem
from skmi.feature_selection._terms import Terms


@pytest.fixture
def make_problem():
    """Return a function that makes a problem of arrays, all discrete by default."""

    def make(X, y, **options):
        X, y = np.asarray(X), np.asarray(y, dtype=float)
        y = y.reshape(len(y), -1)
        options = {
            "discrete": np.ones(X.shape[1], dtype=bool),
            "discrete_target": np.ones(y.shape[1], dtype=bool),
            "units": None,
            "random_state": np.random.RandomState(0),
            "correction": "plugin",
            **options,
        }
        return Problem(X=X, y=y, **options)

    return make


@pytest.fixture
def make_terms(make_problem):
    """Return a function that makes the terms of arrays."""

    def make(X, y, estimator="binned", beta=None, *, selected=(), **options):
        engine, codes = make_engines(
            make_problem(X, y, **options), estimator, average=False, normalize=False
        )
        terms = Terms(engine, codes, beta)
        for unit in selected:
            terms.select(unit)
        return terms

    return make
