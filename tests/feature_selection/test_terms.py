"""Information terms of a search against brute force, and how lazily they come."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from skmi.feature_selection._plan import ESTIMATORS
from skmi.feature_selection._terms import AveragedEngine, NormalizedEngine, Terms


def information(a, b):
    """Return I(A;B) of codes, by scikit-learn."""
    return mutual_info_score(a, b)


def conditional_information(a, b, c):
    """Return I(A;B|C) = I(A,C;B) - I(C;B) of codes, by scikit-learn."""
    both = np.unique(np.column_stack([a, c]), axis=0, return_inverse=True)[1]
    return mutual_info_score(both, b) - mutual_info_score(c, b)


@pytest.fixture
def X():
    X = np.random.default_rng(0).integers(0, 4, size=(120, 6)).astype(float)
    X[:, 5] = 1.0
    return X


@pytest.fixture
def y(X):
    return ((X[:, 0] + X[:, 1] > 3) + (X[:, 2] > 2)).astype(int)


@pytest.fixture
def terms(X, y, make_terms):
    return make_terms(X, y, selected=(2, 0, 1))


def test_relevance_is_information_with_the_target(terms, X, y):
    expected = [information(X[:, j], y) for j in range(6)]
    np.testing.assert_allclose(terms.relevance, expected, atol=1e-13)


@pytest.mark.parametrize("order", [("redundancy", "conditional"), ("redundancy",)])
def test_redundancy_is_information_with_each_selected_column(terms, X, order):
    for name in reversed(order):
        value = getattr(terms, name)
    expected = [
        [information(X[:, j], X[:, s]) for s in terms.selected] for j in range(6)
    ]
    np.testing.assert_allclose(value, expected, atol=1e-13)


def test_conditional_is_redundancy_given_the_target(terms, X, y):
    expected = [
        [conditional_information(X[:, j], X[:, s], y) for s in terms.selected]
        for j in range(6)
    ]
    np.testing.assert_allclose(terms.conditional, expected, atol=1e-13)


def test_conditional_relevance_is_relevance_given_each_selected_column(terms, X, y):
    expected = [
        [conditional_information(X[:, j], y, X[:, s]) for s in terms.selected]
        for j in range(6)
    ]
    np.testing.assert_allclose(terms.conditional_relevance, expected, atol=1e-13)


def test_joint_is_information_of_the_pair_with_the_target(terms, X, y):
    expected = [
        [information(4 * X[:, j] + X[:, s], y) for s in terms.selected]
        for j in range(6)
    ]
    np.testing.assert_allclose(terms.joint, expected, atol=1e-13)


def test_the_chain_rule_ties_the_terms_together(terms):
    np.testing.assert_allclose(
        terms.conditional_relevance - terms.relevance[:, None],
        terms.conditional - terms.redundancy,
        atol=1e-13,
    )


def test_a_constant_column_has_exactly_no_information(terms):
    assert terms.relevance[5] == 0
    for name in ("redundancy", "conditional", "conditional_relevance"):
        assert not getattr(terms, name)[5].any()


def test_a_copy_adds_exactly_nothing_given_its_original(X, y, make_terms):
    terms = make_terms(np.column_stack([X, X[:, 0]]), y, selected=(0,))
    assert abs(terms.conditional_relevance[6, 0]) < 1e-14


class Recorder:
    """An engine that notes what it is asked."""

    n_units = 3

    def __init__(self):
        self.asked = []

    def relevance(self):
        self.asked.append("relevance")
        return np.zeros(3)

    def redundancy(self, feature, units=None):
        self.asked.append(("redundancy", feature))
        return np.zeros(3 if units is None else len(units))

    def conditional_relevance(self, feature):
        self.asked.append(("conditional_relevance", feature))
        return np.zeros(3)


def test_terms_nobody_touches_are_never_computed():
    engine = Recorder()
    terms = Terms(engine, lambda: None)
    terms.select(1)
    assert engine.asked == []
    assert terms.relevance.shape == terms.relevance.shape == (3,)
    assert engine.asked == ["relevance"]


def test_each_step_computes_only_the_newly_selected_column():
    engine = Recorder()
    terms = Terms(engine, lambda: None)
    assert terms.redundancy.shape == (3, 0)
    for n, feature in enumerate((1, 2, 0), start=1):
        terms.select(feature)
        assert terms.redundancy.shape == terms.redundancy.shape == (3, n)
    assert engine.asked == [("redundancy", s) for s in (1, 2, 0)]


def test_a_term_touched_late_catches_up():
    engine = Recorder()
    terms = Terms(engine, lambda: None)
    terms.select(2)
    terms.select(0)
    assert terms.conditional_relevance.shape == (3, 2)
    assert engine.asked == [("conditional_relevance", s) for s in (2, 0)]


def test_terms_cannot_be_changed_by_a_criterion(terms):
    for value in (terms.relevance, terms.redundancy):
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 1.0


@pytest.mark.parametrize("touch", [None, "matrix", "mean"])
def test_mean_redundancy_of_one_feature_is_that_of_its_row(X, y, touch, make_terms):
    terms = make_terms(X, y)
    assert terms.mean_redundancy_of(4) == 0
    for feature in (1, 3):
        terms.select(feature)
        if touch is not None:
            _ = terms.redundancy if touch == "matrix" else terms.mean("redundancy")
    expected = np.mean([information(X[:, 4], X[:, s]) for s in (1, 3)])
    assert terms.mean_redundancy_of(4) == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("name", ["redundancy", "conditional", "conditional_relevance"])
@pytest.mark.parametrize("matrix_first", [True, False])
def test_running_mean_and_least_are_those_of_the_matrix(
    X, y, name, matrix_first, make_terms
):
    terms = make_terms(X, y)
    for feature in (2, 0, 5, 1):
        terms.select(feature)
        matrix = getattr(terms, name) if matrix_first else None
        mean, least = terms.mean(name), terms.least(name)
        matrix = getattr(terms, name) if matrix is None else matrix
        np.testing.assert_allclose(mean, matrix.mean(axis=1), atol=1e-15)
        np.testing.assert_array_equal(least, matrix.min(axis=1))


def test_running_values_survive_a_later_step(X, y, make_terms):
    terms = make_terms(X, y)
    terms.select(0)
    first = terms.least("conditional_relevance")
    before = first.copy()
    terms.select(1)
    terms.least("conditional_relevance")
    np.testing.assert_array_equal(first, before)


def test_a_mean_computes_only_the_newly_selected_column():
    engine = Recorder()
    terms = Terms(engine, lambda: None)
    for feature in (1, 2, 0):
        terms.select(feature)
        terms.mean("redundancy")
        terms.mean("redundancy")
    assert engine.asked == [("redundancy", s) for s in (1, 2, 0)]


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_estimator_answers_every_term(name, X, y, make_terms):
    terms = make_terms(X, y, name, selected=(0, 3))
    assert terms.relevance.shape == (6,)
    for term in ("redundancy", "conditional", "conditional_relevance", "joint"):
        assert getattr(terms, term).shape == (6, 2)
    assert terms.joint_entropy.shape == (6, 2)
    assert terms.triple.shape == (6, 1)
    for term in ("given_all", "entropies", "entropy_given_all"):
        assert getattr(terms, term).shape == (6,)


def test_given_all_of_one_and_of_two_are_the_smaller_terms(X, y, make_terms):
    one, two = make_terms(X, y, selected=(2,)), make_terms(X, y, selected=(2, 0))
    np.testing.assert_allclose(
        one.given_all, one.conditional_relevance[:, 0], atol=1e-13
    )
    np.testing.assert_allclose(two.given_all, two.triple[:, 0], atol=1e-13)


def test_triples_are_information_given_both(X, y, make_terms):
    terms = make_terms(X, y, selected=(2, 0, 1))
    pairs = [(2, 0), (2, 1), (0, 1)]
    expected = [
        [conditional_information(X[:, j], y, 4 * X[:, a] + X[:, b]) for a, b in pairs]
        for j in range(6)
    ]
    np.testing.assert_allclose(terms.triple, expected, atol=1e-13)
    np.testing.assert_allclose(terms.mean("triple"), np.mean(expected, 1), atol=1e-13)


def test_entropies_are_those_of_the_joint_tables(X, y, make_terms):
    def entropy(*columns):
        shares = np.unique(np.column_stack(columns), axis=0, return_counts=True)[1]
        return -np.sum(shares / len(y) * np.log(shares / len(y)))

    terms = make_terms(X, y, selected=(2, 0))
    both = X[:, 2], X[:, 0]
    np.testing.assert_allclose(terms.entropies, [entropy(x) for x in X.T], atol=1e-13)
    np.testing.assert_allclose(
        terms.joint_entropy[:, 1], [entropy(x, X[:, 0], y) for x in X.T], atol=1e-13
    )
    np.testing.assert_allclose(
        terms.entropy_given_all,
        [entropy(x, *both) - entropy(*both) for x in X.T],
        atol=1e-13,
    )


@pytest.mark.parametrize("name", ["redundancy", "conditional_relevance", "joint"])
def test_terms_beside_other_units_are_rows_of_the_whole(name, X, y, make_terms):
    whole = make_terms(X, y, selected=(4, 1))
    part = make_terms(X, y, selected=(2, 0)).having((4, 1), np.array([3, 0]))
    np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[[3, 0]])
    np.testing.assert_array_equal(part.mean(name), whole.mean(name)[[3, 0]])
    np.testing.assert_array_equal(part.relevance, whole.relevance[[3, 0]])


def test_terms_that_are_kept_are_computed_once():
    engine = Recorder()
    terms = Terms(engine, lambda: None).having((0, 1), None)
    for _ in range(2):
        terms.having((1,), np.array([2])).mean("redundancy")
        terms.having((1, 0), np.array([0])).mean("redundancy")
    assert engine.asked == ["relevance", ("redundancy", 1), ("redundancy", 0)]


def test_an_average_over_targets_is_the_mean_of_their_terms(X, y, make_problem):
    from skmi.feature_selection._plan import binned

    problem = make_problem(X, np.column_stack([y, X[:, 3]]))
    parts = [binned(part) for part in problem.outputs()]
    whole = AveragedEngine(parts)
    for name, arguments in [
        ("relevance", ()),
        ("conditional", (2,)),
        ("conditional_relevance", (2,)),
        ("triple", (0, 1)),
        ("given_all", ((0, 1, 2),)),
        ("joint_entropy", (1,)),
        ("entropy_of_target", ()),
    ]:
        expected = np.mean([getattr(part, name)(*arguments) for part in parts], axis=0)
        np.testing.assert_allclose(
            getattr(whole, name)(*arguments), expected, atol=1e-14
        )


def test_normalised_terms_lie_on_the_scale_of_shares(X, y, make_problem):
    from skmi.feature_selection._plan import binned

    # A column that is the target has share 1, a relabelled one too, a constant 0.
    data = np.column_stack([y, 3 - y, X[:, 5], X[:, 0]])
    engine = binned(make_problem(data, y))
    shares = NormalizedEngine(engine, engine)
    np.testing.assert_allclose(shares.relevance()[:3], [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose(shares.redundancy(0)[:3], [1, 1, 0], atol=1e-12)
    assert 0 < shares.relevance()[3] < 1
