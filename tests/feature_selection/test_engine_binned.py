"""Terms of codes against tables filled one row at a time."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from skmi.feature_selection._engine_binned import BinnedEngine
from skmi.feature_selection._engine_pairwise import PairwiseEngine

NAN = float("nan")
OFFSETS = {"plugin": 0.0, "miller_madow": 0.5}


def entropy(columns, weight, correction):
    """Return the joint entropy of columns, counted row by row."""
    counts = Counter()
    for row, w in zip(zip(*columns, strict=True), weight, strict=True):
        counts[row] += w
    cells = np.array([c for c in counts.values() if c > 0], dtype=float)
    total = cells.sum()
    return (
        np.log(total)
        - (cells * np.log(cells)).sum() / total
        + OFFSETS[correction] * (len(cells) - 1) / total
    )


class ByHand:
    """All terms of lists of columns, over the rows where all are known."""

    def __init__(self, X, y, weight, correction):
        self.X, self.y = X, y
        self.weight = np.ones(len(y)) if weight is None else weight
        self.correction = correction

    def information(self, a, b, given):
        """Return I(A;B|C); -1 stands for the target."""
        columns = {j: self.y if j < 0 else self.X[:, j] for j in {*a, *b, *given}}
        known = ~np.any([np.isnan(c) for c in columns.values()], axis=0)

        def h(*names):
            chosen = [columns[j][known] for j in names] or [np.zeros(known.sum())]
            return entropy(chosen, self.weight[known], self.correction)

        for side in (a, b):
            if len({tuple(r) for r in self.rows(side, columns, known)}) < 2:
                return 0.0
        return h(*a, *given) + h(*b, *given) - h(*a, *b, *given) - h(*given)

    def rows(self, side, columns, known):
        return np.column_stack([columns[j][known] for j in side])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, size=(90, 5)).astype(float)
    X[:, 3] = 2.0
    y = ((X[:, 0] + X[:, 1] > 3) + (X[:, 2] > 2)).astype(float)
    return X, y, rng.integers(1, 4, size=90).astype(float)


def compare(engine, hand, d, selected=(2, 0)):
    s, t = selected
    y = (-1,)
    expected = {
        "relevance": [hand.information((j,), y, ()) for j in range(d)],
        "redundancy": [hand.information((j,), (s,), ()) for j in range(d)],
        "conditional": [hand.information((j,), (s,), y) for j in range(d)],
        "conditional_relevance": [hand.information((j,), y, (s,)) for j in range(d)],
        "triple": [hand.information((j,), y, (s, t)) for j in range(d)],
        "given_all": [hand.information((j,), y, (s, t, 1)) for j in range(d)],
    }
    found = {
        "relevance": engine.relevance(),
        "redundancy": engine.redundancy(s),
        "conditional": engine.conditional(s),
        "conditional_relevance": engine.conditional_relevance(s),
        "triple": engine.triple(s, t),
        "given_all": engine.given_all((s, t, 1)),
    }
    for name, values in expected.items():
        # The entry of a unit with itself is never used.
        others = [j for j in range(d) if j not in (s, t, 1)]
        others = range(d) if name == "relevance" else others
        for j in others:
            assert found[name][j] == pytest.approx(values[j], abs=1e-12), (name, j)


@pytest.mark.parametrize("correction", sorted(OFFSETS))
@pytest.mark.parametrize("weighted", [False, True])
def test_every_term_is_that_of_its_table(correction, weighted, table, make_problem):
    X, y, weight = table
    weight = weight if weighted else None
    problem = make_problem(X, y, correction=correction, sample_weight=weight)
    compare(BinnedEngine(problem), ByHand(X, y, weight, correction), 5)


@pytest.mark.parametrize("correction", sorted(OFFSETS))
@pytest.mark.parametrize("weighted", [False, True])
def test_pairwise_terms_are_those_of_the_rows_that_are_known(
    correction, weighted, table, make_problem
):
    X, y, weight = table
    rng = np.random.default_rng(1)
    X[rng.random(X.shape) < 0.2] = NAN
    weight = weight if weighted else None
    problem = make_problem(
        X, y, correction=correction, sample_weight=weight, missing="pairwise"
    )
    compare(PairwiseEngine(problem), ByHand(X, y, weight, correction), 5)


@pytest.mark.parametrize("correction", sorted(OFFSETS))
def test_missing_as_a_category_is_a_level(correction, table, make_problem):
    X, y, _ = table
    X[np.random.default_rng(1).random(X.shape) < 0.2] = NAN
    problem = make_problem(X, y, correction=correction, missing="category")
    filled = np.where(np.isnan(X), 9.0, X)
    compare(BinnedEngine(problem), ByHand(filled, y, None, correction), 5)


@pytest.mark.parametrize("missing", ["category", "pairwise"])
def test_without_missing_values_both_ways_are_one(missing, table, make_problem):
    X, y, weight = table
    whole = BinnedEngine(make_problem(X, y, sample_weight=weight))
    make = BinnedEngine if missing == "category" else PairwiseEngine
    part = make(make_problem(X, y, sample_weight=weight, missing=missing))
    for name, arguments in [
        ("relevance", ()),
        ("conditional_relevance", (1,)),
        ("entropies", ()),
        ("joint_entropy", (2,)),
        ("entropy_given_all", ((1, 2),)),
        ("entropy_of_target", ()),
    ]:
        np.testing.assert_allclose(
            getattr(part, name)(*arguments),
            getattr(whole, name)(*arguments),
            atol=1e-12,
        )


@pytest.mark.parametrize("make", [BinnedEngine, PairwiseEngine])
def test_constants_have_exactly_no_information(make, table, make_problem):
    X, y, _ = table
    engine = make(make_problem(X, y, correction="miller_madow", missing="pairwise"))
    assert not engine.informative[3]
    assert engine.informative[[0, 1, 2, 4]].all()
    for name, arguments in [
        ("relevance", ()),
        ("redundancy", (1,)),
        ("conditional", (1,)),
        ("conditional_relevance", (1,)),
        ("triple", (0, 1)),
    ]:
        assert getattr(engine, name)(*arguments)[3] == 0
    assert not engine.redundancy(3).any()
    assert not engine.conditional(3).any()


@pytest.mark.parametrize("make", [BinnedEngine, PairwiseEngine])
def test_a_constant_target_leaves_nothing(make, table, make_problem):
    X, y, _ = table
    engine = make(make_problem(X, np.zeros_like(y), missing="pairwise"))
    assert not engine.informative.any()
    assert not engine.relevance().any()
    assert not engine.conditional_relevance(0).any()


@pytest.mark.parametrize("correction", sorted(OFFSETS))
def test_a_copy_adds_exactly_nothing(correction, table, make_problem):
    X, y, _ = table
    relabelled = np.column_stack([X, 3 - X[:, 0]])
    engine = BinnedEngine(make_problem(relabelled, y, correction=correction))
    assert engine.conditional_relevance(0)[5] == 0
    assert engine.given_all((1, 0))[5] == 0


def test_names_of_levels_do_not_matter_to_the_last_bit(table, make_problem):
    X, y, _ = table
    names = np.random.default_rng(2).permutation(4)
    a = BinnedEngine(make_problem(X, y))
    b = BinnedEngine(make_problem(names[X.astype(int)], 2 - y))
    np.testing.assert_array_equal(a.relevance(), b.relevance())
    np.testing.assert_array_equal(a.conditional(1), b.conditional(1))
    np.testing.assert_array_equal(a.triple(0, 1), b.triple(0, 1))


@pytest.mark.parametrize("missing", ["category", "pairwise"])
def test_units_of_several_columns_are_joint_codes(missing, table, make_problem):
    X, y, _ = table
    X[::9, 1] = NAN
    units = (np.array([0, 1]), np.array([2]), np.array([3, 4]))
    make = BinnedEngine if missing == "category" else PairwiseEngine
    engine = make(make_problem(X, y, units=units, missing=missing))
    filled = np.where(np.isnan(X), 9.0, X)
    joint = np.column_stack([10 * filled[:, 0] + filled[:, 1], X[:, 2], X[:, 4]])
    if missing == "pairwise":
        joint[np.isnan(X[:, 1]), 0] = NAN
    hand = ByHand(joint, y, None, "plugin")
    for j in range(3):
        assert engine.relevance()[j] == pytest.approx(
            hand.information((j,), (-1,), ()), abs=1e-12
        )
    for j, s in product(range(3), range(3)):
        if j != s:
            assert engine.conditional_relevance(s)[j] == pytest.approx(
                hand.information((j,), (-1,), (s,)), abs=1e-12
            )


def test_numbers_are_cut_by_the_bins_of_each_side(make_problem):
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(400, 3)), rng.normal(size=400)
    nothing = np.zeros(3, dtype=bool)
    problem = make_problem(
        X, y, discrete=nothing, discrete_target=nothing[:1], n_bins=5, n_bins_target=3
    )
    engine = BinnedEngine(problem)
    assert engine.n_levels.tolist() == [5, 5, 5]
    assert engine.entropy_of_target() == pytest.approx(np.log(3), abs=1e-4)
    np.testing.assert_allclose(engine.entropies(), np.log(5), atol=1e-12)


def test_columns_of_many_levels_are_counted_too(make_problem):
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.integers(0, 300, 600), rng.integers(0, 3, 600)])
    y = rng.integers(0, 2, 600).astype(float)
    hand = ByHand(X.astype(float), y, None, "plugin")
    engine = BinnedEngine(make_problem(X.astype(float), y))
    for s, j in ((0, 1), (1, 0)):
        assert engine.conditional_relevance(s)[j] == pytest.approx(
            hand.information((j,), (-1,), (s,)), abs=1e-12
        )


def test_what_was_counted_is_not_counted_again(table, make_problem, monkeypatch):
    X, y, _ = table
    engine = BinnedEngine(make_problem(X, y))
    engine.conditional_relevance(2)
    engine.conditional_relevance(1)
    expected = engine.redundancy(2)
    monkeypatch.setattr(engine, "_planes", None)
    np.testing.assert_array_equal(engine.redundancy(2), expected)
    np.testing.assert_array_equal(
        engine.redundancy(4, np.array([2, 1])),
        [engine.redundancy(2)[4], engine.redundancy(1)[4]],
    )
