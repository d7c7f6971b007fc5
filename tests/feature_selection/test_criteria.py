"""Selection criteria against their formulas, summed by brute force."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from skmi.feature_selection import CRITERIA
from skmi.feature_selection._terms import BinnedEngine, Terms


@pytest.fixture
def X():
    return np.random.default_rng(0).integers(0, 3, size=(150, 7)).astype(float)


@pytest.fixture
def y(X):
    return (X[:, 0] * X[:, 1] + X[:, 2] > 2).astype(int)


@pytest.fixture
def terms(X, y):
    terms = Terms(BinnedEngine(X, y, n_bins=8), n_steps=3)
    for feature in (3, 0, 5):
        terms.select(feature)
    return terms


def joint(X, y, j, s):
    """Return I(Xj,Xs;Y) by scikit-learn."""
    return mutual_info_score(3 * X[:, j] + X[:, s], y)


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_with_nothing_selected_every_criterion_is_the_relevance(name, X, y):
    terms = Terms(BinnedEngine(X, y, n_bins=8), n_steps=1)
    np.testing.assert_array_equal(CRITERIA[name](terms), terms.relevance)


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_every_criterion_scores_every_column(name, terms):
    scores = CRITERIA[name](terms)
    assert scores.shape == (7,)
    assert np.isfinite(scores).all()


def test_mim_is_the_relevance_alone(terms, X, y):
    expected = [mutual_info_score(X[:, j], y) for j in range(7)]
    np.testing.assert_allclose(CRITERIA["mim"](terms), expected, atol=1e-13)


def test_mrmr_is_relevance_minus_mean_redundancy(terms, X, y):
    expected = [
        mutual_info_score(X[:, j], y)
        - np.mean([mutual_info_score(X[:, j], X[:, s]) for s in terms.selected])
        for j in range(7)
    ]
    np.testing.assert_allclose(CRITERIA["mrmr"](terms), expected, atol=1e-13)


def test_jmi_is_the_sum_of_joint_informations_up_to_what_is_known(terms, X, y):
    known = sum(mutual_info_score(X[:, s], y) for s in terms.selected)
    total = [sum(joint(X, y, j, s) for s in terms.selected) for j in range(7)]
    scores = CRITERIA["jmi"](terms)
    np.testing.assert_allclose(3 * scores + known, total, atol=1e-13)


def test_cmim_is_the_least_information_given_any_selected_column(terms, X, y):
    expected = [
        min(joint(X, y, j, s) - mutual_info_score(X[:, s], y) for s in terms.selected)
        for j in range(7)
    ]
    np.testing.assert_allclose(CRITERIA["cmim"](terms), expected, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "touched"),
    [
        ("mim", {"relevance"}),
        ("mrmr", {"relevance", "redundancy"}),
        ("jmi", {"conditional_relevance"}),
        ("cmim", {"conditional_relevance"}),
    ],
)
def test_a_criterion_touches_only_what_it_needs(name, touched):
    asked = set()

    class Record:
        selected = (0,)

        @property
        def relevance(self):
            asked.add("relevance")
            return np.ones(4)

        def mean(self, term):
            asked.add(term)
            return np.ones(4)

        least = mean

    assert CRITERIA[name](Record()).shape == (4,)
    assert asked == touched


def test_cmim_scores_only_fall_as_columns_are_added(X, y):
    terms = Terms(BinnedEngine(X, y, n_bins=8), n_steps=7)
    terms.select(0)
    before = CRITERIA["cmim"](terms)
    for feature in range(1, 7):
        terms.select(feature)
        after = CRITERIA["cmim"](terms)
        assert (after <= before).all()
        before = after
