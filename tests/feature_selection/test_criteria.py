"""Selection criteria against their formulas, summed by brute force."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from skmi.feature_selection import CRITERIA


@pytest.fixture
def X():
    return np.random.default_rng(0).integers(0, 3, size=(150, 7)).astype(float)


@pytest.fixture
def y(X):
    return (X[:, 0] * X[:, 1] + X[:, 2] > 2).astype(int)


@pytest.fixture
def terms(X, y, make_terms):
    return make_terms(X, y, selected=(3, 0, 5))


def joint(X, y, j, s):
    """Return I(Xj,Xs;Y) by scikit-learn."""
    return mutual_info_score(3 * X[:, j] + X[:, s], y)


@pytest.mark.parametrize("name", sorted(set(CRITERIA) - {"ib"}))
def test_with_nothing_selected_a_criterion_is_the_relevance(name, X, y, make_terms):
    terms = make_terms(X, y)
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
        ("mifs", {"relevance", "redundancy"}),
        ("miq", {"relevance", "redundancy"}),
        ("jmim", {"joint"}),
    ],
)
def test_a_criterion_touches_only_what_it_needs(name, touched):
    asked = set()

    class Record:
        selected = (0,)
        beta = None

        @property
        def relevance(self):
            asked.add("relevance")
            return np.ones(4)

        def mean(self, term):
            asked.add(term)
            return np.ones(4)

        least = total = mean

    assert CRITERIA[name](Record()).shape == (4,)
    assert asked == touched


def test_cmim_scores_only_fall_as_columns_are_added(X, y, make_terms):
    terms = make_terms(X, y)
    terms.select(0)
    before = CRITERIA["cmim"](terms)
    for feature in range(1, 7):
        terms.select(feature)
        after = CRITERIA["cmim"](terms)
        assert (after <= before).all()
        before = after


def pairs(X, y, selected):
    """Return I(Xj;Xs), I(Xj,Xs;Y) and H(Xj,Xs,Y) by scikit-learn, (7, s) each."""
    redundancy = [[mutual_info_score(x, X[:, s]) for s in selected] for x in X.T]
    both = [[joint(X, y, j, s) for s in selected] for j in range(7)]
    cells = [[9 * x + 3 * X[:, s] + y for s in selected] for x in X.T]
    entropy = [[mutual_info_score(c, c) for c in row] for row in cells]
    return np.array(redundancy), np.array(both), np.array(entropy)


@pytest.mark.parametrize("name", ["mifs", "miq", "jmim", "cife", "icap", "disr"])
def test_criteria_of_pairs_are_their_formulas(name, terms, X, y):
    alone = np.array([mutual_info_score(X[:, j], y) for j in range(7)])
    redundancy, both, entropy = pairs(X, y, terms.selected)
    given = both - alone[list(terms.selected)]
    co_information = alone[:, None] - given
    expected = {
        "mifs": alone - redundancy.sum(axis=1),
        "miq": alone / (redundancy.mean(axis=1) + 1e-3),
        "jmim": both.min(axis=1),
        "cife": alone - co_information.sum(axis=1),
        "icap": alone - np.maximum(co_information, 0).sum(axis=1),
        "disr": (both / entropy).mean(axis=1),
    }
    np.testing.assert_allclose(CRITERIA[name](terms), expected[name], atol=1e-12)


def test_jmi3_is_the_mean_information_given_two_selected(terms, X, y):
    def information(j, a, b):
        known = 3 * X[:, a] + X[:, b]
        return mutual_info_score(9 * X[:, j] + known, y) - mutual_info_score(known, y)

    a, b, c = terms.selected
    expected = [
        np.mean([information(j, *pair) for pair in ((a, b), (a, c), (b, c))])
        for j in range(7)
    ]
    np.testing.assert_allclose(CRITERIA["jmi3"](terms), expected, atol=1e-12)


def test_the_quotient_is_safe_without_redundancy(make_terms):
    # A full table: no column has any redundancy, and the best is the most relevant.
    X = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)] * 4)
    y = np.where(np.arange(32) % 16 == 0, 1 - X[:, 2], X[:, 2])
    scores = CRITERIA["miq"](make_terms(X, y, selected=(0,)))
    assert np.isfinite(scores).all()
    assert np.argmax(scores[1:]) == 1


def test_beta_weighs_redundancy_in_mifs(X, y, make_terms):
    scores = {
        beta: CRITERIA["mifs"](make_terms(X, y, beta=beta, selected=(0,)))
        for beta in (0.0, 1.0, 2.0, None)
    }
    np.testing.assert_array_equal(scores[None], scores[1.0])
    np.testing.assert_allclose(
        scores[0.0] - scores[2.0], 2 * (scores[0.0] - scores[1.0]), atol=1e-12
    )


def test_ib_is_what_a_column_adds_less_what_it_costs(make_terms):
    # Majority of three bits: the first says .1308 nats (.189 bit) for log 2 nats.
    bits = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    y = (bits.sum(axis=1) >= 2).astype(int)
    gain = np.log(2) + 0.75 * np.log(0.75) + 0.25 * np.log(0.25)
    scores = CRITERIA["ib"](make_terms(bits, y, beta=0.1))
    np.testing.assert_allclose(scores, gain - 0.1 * np.log(2), atol=1e-12)
    # A copy adds nothing and costs nothing.
    copies = np.column_stack([bits, bits[:, 0]])
    scores = CRITERIA["ib"](make_terms(copies, y, beta=0.1, selected=(0,)))
    assert abs(scores[3]) < 1e-12
