"""Terms of sparse columns against plain tables and against the dense engine."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from skmi.feature_selection._engine_binned import BinnedEngine
from skmi.feature_selection._engine_sparse import SparseEngine
from skmi.feature_selection._problem import Problem
from skmi.information import discretize

N_ROWS = 150


def matrix():
    """Return counts, tf-idf, presence, signed numbers, constants, and a copy."""
    rng = np.random.default_rng(0)
    X = rng.poisson(0.5, size=(N_ROWS, 9)).astype(float)
    X[:, 2] *= rng.random(N_ROWS)
    X[:, 3] = X[:, 3] > 0
    X[:, 4] *= rng.normal(size=N_ROWS)
    X[:, 5] = 0.0
    X[:, 6] = 2.0
    X[:, 7] = X[:, 0] + 1
    X[:, 8] = rng.normal(size=N_ROWS)
    return X


def problem_of(X, **options):
    X = X if options.pop("dense", False) else sparse.csc_array(X)
    rng = np.random.default_rng(1)
    filled = matrix()
    y = (filled[:, 0] + filled[:, 2] + rng.random(N_ROWS) > 1) + 2.0 * (
        filled[:, 4] > 0
    )
    fields = {
        "X": X,
        "discrete": np.zeros(9, dtype=bool),
        "units": None,
        "y": np.unique(y, return_inverse=True)[1][:, None].astype(float),
        "discrete_target": np.array([True]),
        "correction": "miller_madow",
    }
    return Problem(**{**fields, **options})


def entropy(*columns, weight, correction):
    """Return the entropy of columns of codes together by a plain table."""
    cells, where = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    counts = np.bincount(where.ravel(), weight)
    total = counts.sum()
    value = np.log(total) - (counts * np.log(counts)).sum() / total
    extra = (len(cells) - 1) / (2 * total) if correction == "miller_madow" else 0
    return value + extra


WEIGHTS = {
    "none": None,
    "whole": np.random.default_rng(2).integers(1, 4, N_ROWS).astype(float),
    "fractions": np.random.default_rng(3).random(N_ROWS) + 0.01,
}


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_terms_are_those_of_plain_tables(weight, correction):
    weight = WEIGHTS[weight]
    problem = problem_of(matrix(), sample_weight=weight, correction=correction)
    engine = SparseEngine(problem)
    codes = discretize(matrix(), 8, sample_weight=weight)[0].astype(int)
    y, s, t = problem.y[:, 0], codes[:, 4], codes[:, 8]
    varies = np.ptp(codes, axis=0) > 0

    def h(*columns):
        return entropy(*columns, weight=weight, correction=correction)

    def expect(found, value):
        # Rounding of about 100 cells: the tables are the same.
        expected = [value(x) if varies[j] else 0 for j, x in enumerate(codes.T)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
        assert not found[~varies].any()

    expect(engine.relevance(), lambda x: h(x) + h(y) - h(x, y))
    expect(engine.redundancy(4), lambda x: h(x) + h(s) - h(x, s))
    expect(engine.conditional(4), lambda x: h(x, y) + h(s, y) - h(x, s, y) - h(y))
    expect(
        engine.conditional_relevance(4), lambda x: h(x, s) + h(s, y) - h(x, s, y) - h(s)
    )
    expect(
        engine.triple(4, 8),
        lambda x: h(x, s, t) + h(s, t, y) - h(x, s, t, y) - h(s, t),
    )
    a, b = codes[:, 0], codes[:, 2]
    expect(
        engine.given_all((4, 0, 2)),
        lambda x: h(x, s, a, b) + h(s, a, b, y) - h(x, s, a, b, y) - h(s, a, b),
    )
    expect(engine.entropies(), h)
    expect(engine.entropy_given_all((0, 2)), lambda x: h(x, a, b) - h(a, b))
    assert engine.entropy_of_target() == pytest.approx(h(y), abs=1e-13)
    expected = [h(x, s, y) for x in codes.T]
    np.testing.assert_allclose(engine.joint_entropy(4), expected, atol=1e-12)


TERMS = {
    "relevance": lambda engine: engine.relevance(),
    "redundancy": lambda engine: engine.redundancy(2),
    "conditional": lambda engine: engine.conditional(2),
    "conditional_relevance": lambda engine: engine.conditional_relevance(2),
    "triple": lambda engine: engine.triple(2, 0),
    "given_all": lambda engine: engine.given_all((2, 3, 0)),
    "entropies": lambda engine: engine.entropies(),
    "entropy_of_target": lambda engine: engine.entropy_of_target(),
    "joint_entropy": lambda engine: engine.joint_entropy(2),
    "entropy_given_all": lambda engine: engine.entropy_given_all((2, 3)),
    "informative": lambda engine: engine.informative,
}
OPTIONS = {
    "as it is": {},
    "few bins": {"n_bins": 3},
    "weights": {"sample_weight": WEIGHTS["fractions"]},
    "plugin": {"correction": "plugin"},
    "groups": {"units": tuple(map(np.array, ([0], [1, 4], [2, 3, 7], [5, 6], [8])))},
    "a number": {
        "y": matrix()[:, [8]] + matrix()[:, [0]],
        "discrete_target": np.array([False]),
        "n_bins_target": 5,
    },
    "two targets": {
        "y": matrix()[:, [8, 3]],
        "discrete_target": np.array([False, True]),
        "n_bins_target": 3,
    },
    "one class": {"y": np.zeros((N_ROWS, 1))},
}


@pytest.mark.parametrize("options", OPTIONS)
def test_every_term_is_that_of_the_dense_engine(options):
    given = OPTIONS[options]
    engine = SparseEngine(problem_of(matrix(), **given))
    dense = BinnedEngine(problem_of(matrix(), dense=True, **given))
    assert engine.n_units == dense.n_units
    np.testing.assert_array_equal(engine.n_levels, dense.n_levels)
    np.testing.assert_array_equal(engine.y_codes, dense.y_codes)
    for name, term in TERMS.items():
        np.testing.assert_allclose(
            term(engine), term(dense), rtol=0, atol=1e-10, err_msg=name
        )


def test_missing_values_are_a_category():
    X = matrix()
    X[::5, 2] = np.nan
    engine = SparseEngine(problem_of(X, missing="category"))
    dense = BinnedEngine(problem_of(X, missing="category", dense=True))
    for name, term in TERMS.items():
        np.testing.assert_allclose(
            term(engine), term(dense), rtol=0, atol=1e-10, err_msg=name
        )


def test_pairwise_missing_values_are_refused_where_there_are_any():
    X = matrix()
    expected = SparseEngine(problem_of(X)).relevance()
    found = SparseEngine(problem_of(X, missing="pairwise")).relevance()
    np.testing.assert_array_equal(found, expected)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match=r"missing must be .* found 'pairwise'"):
        SparseEngine(problem_of(X, missing="pairwise"))


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
def test_weights_equal_repetition_to_the_last_bit(correction):
    weight = WEIGHTS["whole"]
    rows = np.repeat(np.arange(N_ROWS), weight.astype(int))
    problem = problem_of(matrix(), sample_weight=weight, correction=correction)
    engine = SparseEngine(problem)
    repeated = SparseEngine(
        problem._replace(
            X=sparse.csc_array(matrix()[rows]), y=problem.y[rows], sample_weight=None
        )
    )
    for name, term in TERMS.items():
        np.testing.assert_array_equal(term(engine), term(repeated), err_msg=name)


def test_a_copy_adds_exactly_nothing_given_its_original():
    engine = SparseEngine(problem_of(matrix(), correction="plugin"))
    assert engine.conditional_relevance(0)[7] == 0
    assert engine.given_all((4, 0, 2))[7] == 0
    assert engine.relevance()[7] == engine.relevance()[0]


def test_redundancy_of_some_units_is_a_part_of_that_of_all():
    engine = SparseEngine(problem_of(matrix()))
    some = np.array([8, 5, 0])
    before = engine.redundancy(4, some)
    everything = engine.redundancy(4)
    np.testing.assert_array_equal(before, everything[some])
    np.testing.assert_array_equal(engine.redundancy(4, some), everything[some])


def test_joint_codes_follow_the_selected_units_forwards_and_backwards():
    engine = SparseEngine(problem_of(matrix()))
    found = [engine.given_all(s) for s in ((0,), (0, 2), (0, 2, 4), (0, 4), (2,))]
    for selected, value in zip(((2,), (0, 4), (0, 2, 4)), found[:1:-1], strict=True):
        fresh = SparseEngine(problem_of(matrix())).given_all(selected)
        np.testing.assert_array_equal(value, fresh)


def test_codes_of_a_few_columns_are_dense():
    engine = SparseEngine(problem_of(matrix()))
    expected = discretize(matrix()[:, [4, 0]], 8)[0]
    np.testing.assert_array_equal(engine.codes_of([4, 0]), expected)


def test_a_search_never_makes_the_matrix_dense():
    rng = np.random.default_rng(0)
    n, d, nnz = 4000, 20_000, 100_000
    places = rng.integers(0, n, nnz), rng.integers(0, d, nnz)
    X = sparse.csc_array((rng.random(nnz), places), shape=(n, d))
    problem = problem_of(matrix())._replace(
        X=X,
        discrete=np.zeros(d, dtype=bool),
        y=rng.integers(0, 20, (n, 1)).astype(float),
    )

    def search():
        engine = SparseEngine(problem)
        for unit in (3, 17):
            engine.relevance()
            engine.redundancy(unit)
            engine.conditional_relevance(unit)
        engine.given_all((3, 17, 5))

    # Once before: compilers take memory too.
    search()
    tracemalloc.start()
    search()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The dense matrix would be 640 MB, its codes as bytes 80. Here: 8 bytes for each
    # entry, and about 20 arrays of d numbers.
    assert peak < 8e6
