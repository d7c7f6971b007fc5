"""Counts less what independent variables show on average."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skmi.feature_selection import SelectByMutualInfo
from skmi.feature_selection._engine_binned import BinnedEngine
from skmi.feature_selection._plan import binned


def test_terms_of_independent_variables_are_0_on_average(make_problem):
    rng = np.random.default_rng(0)
    levels = np.array([2, 3, 5, 8])
    found = {name: [] for name in ("plugin", "chi_square")}
    for _ in range(200):
        X = np.column_stack([rng.integers(0, k, 2000) for k in levels])
        y = rng.integers(0, 3, 2000)
        for name, terms in found.items():
            engine = binned(make_problem(X, y, correction=name))
            terms.append(
                [
                    engine.relevance(),
                    engine.redundancy(2),
                    engine.conditional(2),
                    engine.conditional_relevance(2),
                    engine.triple(0, 1),
                    engine.given_all((0, 1)),
                ]
            )
    mean, sd = np.mean(found["chi_square"], axis=0), np.std(found["plugin"], axis=0)
    others = np.array([[1, 1, 1, 1], *[[1, 1, 0, 1]] * 3, *[[0, 0, 1, 1]] * 2], bool)
    # Five standard errors of the mean over 200 tables, and of the next order in 1/N.
    np.testing.assert_array_less(np.abs(mean[others]), (5 * sd / 14 + 2e-4)[others])
    assert (np.mean(found["plugin"], axis=0)[others] > 3e-4).all()


def test_what_is_taken_off_goes_by_levels_that_occur(make_problem):
    rng = np.random.default_rng(1)
    X = rng.integers(0, 4, (100, 3))
    y = rng.integers(0, 2, 100)
    plain = BinnedEngine(make_problem(X, y, correction="plugin"))
    fewer = binned(make_problem(X, y, correction="chi_square"))
    joint = len(np.unique(X[:, :2], axis=0))
    for name, arguments, taken in [
        ("relevance", (), 3 * 1 / 200),
        ("redundancy", (1,), 3 * 3 / 200),
        ("conditional", (1,), 3 * 3 * 2 / 200),
        ("conditional_relevance", (1,), 3 * 1 * 4 / 200),
        ("triple", (0, 1), 3 * 1 * joint / 200),
        ("given_all", ((0, 1),), 3 * 1 * joint / 200),
    ]:
        difference = getattr(plain, name)(*arguments) - getattr(fewer, name)(*arguments)
        np.testing.assert_allclose(difference, taken, atol=1e-13, err_msg=name)


def test_unused_levels_and_constants_take_nothing_off(make_problem):
    X = np.column_stack([[0, 5, 0, 5] * 10, [3] * 40])
    y = np.array([0, 0, 1, 1] * 10)
    engine = binned(make_problem(X, y, correction="chi_square"))
    assert engine.relevance()[0] == pytest.approx(-1 / 80)
    assert engine.relevance()[1] == 0
    assert engine.conditional_relevance(0)[1] == 0
    assert engine.redundancy(0)[1] == 0
    assert engine.conditional(0)[1] == 0


def test_all_engines_take_off_the_same():
    rng = np.random.default_rng(2)
    X = rng.integers(0, 5, (300, 6)).astype(float)
    y = (X[:, 1] + X[:, 4] + rng.normal(size=300) > 4).astype(int)
    edges = [np.arange(4) + 0.5] * 6
    whole = SelectByMutualInfo(3).fit(X, y)
    sparse = SelectByMutualInfo(3).fit(csr_array(X), y)
    blocks = SelectByMutualInfo(3, bin_edges=edges)
    for rows in (slice(0, 100), slice(100, 300)):
        blocks.partial_fit(X[rows], y[rows])
    holes = np.column_stack([X, np.where(np.arange(300) % 9, X[:, 0], np.nan)])
    pairwise = SelectByMutualInfo(3, missing="pairwise").fit(holes, y)
    for other in (sparse, blocks):
        np.testing.assert_allclose(other.scores_, whole.scores_, atol=1e-13)
    np.testing.assert_allclose(pairwise.relevance_[:6], whole.relevance_, atol=1e-13)


def test_fractional_weights_leave_constants_at_exactly_0(make_problem):
    rng = np.random.default_rng(3)
    X = np.column_stack([np.zeros(400), rng.integers(0, 3, 400)])
    engine = binned(
        make_problem(X, rng.integers(0, 2, 400), sample_weight=rng.random(400))
    )
    assert engine.informative.tolist() == [False, True]
    assert engine.relevance()[0] == 0
    assert engine.redundancy(1)[0] == 0
    assert engine.conditional_relevance(1)[0] == 0
