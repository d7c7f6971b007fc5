"""Terms of normal scores against closed forms, tables and the room of functions."""

import numpy as np
import pytest

from skmi.feature_selection import SelectByMutualInfo
from skmi.feature_selection._engine_copula import CopulaEngine
from skmi.information import (
    gaussian_copula_conditional_mutual_information,
    gaussian_copula_mutual_information,
    gaussian_entropy,
    mutual_information,
    normal_scores,
)

N = 2000


@pytest.fixture
def make_engine(make_problem):
    """Return a function that makes an engine, of numbers by default."""

    def make(X, y, **options):
        n_outputs = 1 if np.ndim(y) == 1 else np.shape(y)[1]
        options = {
            "discrete": np.zeros(np.shape(X)[1], dtype=bool),
            "discrete_target": np.zeros(n_outputs, dtype=bool),
            **options,
        }
        return CopulaEngine(make_problem(X, y, **options))

    return make


@pytest.fixture
def gaussian():
    """Return columns, on odd scales, and a target with known information."""
    rng = np.random.default_rng(0)
    a, b, noise, other = rng.standard_normal((4, N))
    return np.column_stack([np.exp(3 * a), b**3, other, a]), a + b + noise


def test_terms_of_numbers_are_those_of_the_functions(make_engine, gaussian):
    X, y = gaussian
    engine = make_engine(X, y)

    def given(columns):
        return [
            gaussian_copula_conditional_mutual_information(x, y, X[:, columns])
            for x in X.T
        ]

    expected = [gaussian_copula_mutual_information(x, y) for x in X.T]
    np.testing.assert_allclose(engine.relevance(), expected, atol=1e-10)
    expected = [gaussian_copula_mutual_information(x, X[:, 1]) for x in X[:, [0, 2]].T]
    np.testing.assert_allclose(engine.redundancy(1)[[0, 2]], expected, atol=1e-10)
    expected = [
        gaussian_copula_conditional_mutual_information(x, X[:, 1], y)
        for x in X[:, [0, 2]].T
    ]
    np.testing.assert_allclose(engine.conditional(1)[[0, 2]], expected, atol=1e-10)
    np.testing.assert_allclose(engine.conditional_relevance(1), given([1]), atol=1e-10)
    np.testing.assert_allclose(engine.triple(1, 2), given([1, 2]), atol=1e-10)
    values = engine.given_all((2, 1, 0))
    np.testing.assert_allclose(values, given([2, 1, 0]), atol=1e-10)
    some = engine.redundancy(1, np.array([2, 0]))
    np.testing.assert_allclose(some, engine.redundancy(1)[[2, 0]], atol=1e-12)


def test_gaussian_terms_have_their_closed_forms(make_engine, gaussian):
    # An estimate scatters by at most about sqrt(2 I / n) = 0.02.
    engine = make_engine(*gaussian)
    expected = np.log([3 / 2, 3 / 2, 1, 3 / 2]) / 2
    np.testing.assert_allclose(engine.relevance(), expected, atol=0.06)
    given = engine.conditional_relevance(0)
    np.testing.assert_allclose(given[1:], [np.log(2) / 2, 0, 0], atol=0.06)


def test_copies_of_selected_columns_tell_exactly_nothing(make_engine, gaussian):
    X, y = gaussian
    for target, discrete in ((y, False), (y > 0, True)):
        engine = make_engine(X, target, discrete_target=np.array([discrete]))
        assert engine.conditional_relevance(0)[3] == 0
        assert engine.triple(1, 0)[3] == 0
        assert engine.given_all((3, 1))[0] == 0
        # What copies share has an end, for sums and differences of terms.
        assert 10 < engine.redundancy(0)[3] < 20


def test_classes_are_gaussian_each(make_engine):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, N)
    x = rng.standard_normal(N) * (1 + label) + label
    engine = make_engine(x[:, None], label, discrete_target=np.array([True]))
    z = normal_scores(x)
    within = [(label == c).mean() * gaussian_entropy(z[label == c]) for c in range(3)]
    expected = gaussian_entropy(z) - sum(within)
    assert engine.relevance()[0] == pytest.approx(expected, abs=1e-12)


def test_correlations_of_classes_are_seen(make_engine):
    # Within classes the columns are correlated by 0.8, and by -0.8.
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, N)
    a = rng.standard_normal(N)
    b = np.where(label, 0.8, -0.8) * a + 0.6 * rng.standard_normal(N)
    engine = make_engine(
        np.column_stack([a, b]), label, discrete_target=np.array([True])
    )
    np.testing.assert_allclose(engine.relevance(), 0, atol=0.01)
    within = -np.log(1 - 0.64) / 2
    assert engine.conditional(0)[1] == pytest.approx(within, abs=0.05)
    # The chain rule holds exactly: there is one model.
    change = engine.conditional(0)[1] - engine.redundancy(0)[1]
    gain = engine.conditional_relevance(0)[1] - engine.relevance()[1]
    assert gain == pytest.approx(change, abs=1e-10)


def test_the_chain_rule_ties_all_terms_of_mixed_columns(make_engine):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, N))
    town, side = rng.integers(0, 3, N), rng.integers(0, 2, N)
    X = np.column_stack([a, b, town, side])
    discrete = np.array([False, False, True, True])
    score = a + b + (town == 1) + side
    for y, classes in ((score, False), (np.digitize(score, [0, 2]), True)):
        engine = make_engine(
            X, y, discrete=discrete, discrete_target=np.array([classes])
        )
        relevance = engine.relevance()
        for s in range(4):
            others = np.arange(4) != s
            change = engine.conditional(s) - engine.redundancy(s)
            gain = engine.conditional_relevance(s) - relevance
            # Not exact where categories meet: tables are corrected level by level,
            # which is of the order of cells / n.
            np.testing.assert_allclose(gain[others], change[others], atol=0.01)
            # I(A,B;Y) is the same in either order.
            joint = relevance[s] + engine.conditional_relevance(s)
            for j in np.flatnonzero(others):
                turned = relevance[j] + engine.conditional_relevance(j)[s]
                assert joint[j] == pytest.approx(turned, abs=0.01)


def test_categories_are_counted(make_engine):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(N, 3)).astype(float)
    y = (X[:, 0] + X[:, 1]) % 3
    engine = make_engine(
        X, y, discrete=np.ones(3, dtype=bool), discrete_target=np.array([True])
    )
    table = np.zeros((3, 3))
    np.add.at(table, (X[:, 0].astype(int), y.astype(int)), 1)
    expected = mutual_information(table, correction="miller_madow")
    assert engine.relevance()[0] == pytest.approx(expected, abs=1e-12)
    given = engine.conditional_relevance(0)
    np.testing.assert_allclose(given[1:], [np.log(3), 0], atol=0.01)


def test_exclusive_or_of_numbers_is_seen_in_part(make_engine):
    # Within a class signs agree: a correlation of 2 / pi.
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, 3))
    engine = make_engine(X, X[:, 0] * X[:, 1] > 0, discrete_target=np.array([True]))
    expected = -np.log(1 - (2 / np.pi) ** 2) / 2
    given = engine.conditional_relevance(0)
    np.testing.assert_allclose(given[1:], [expected, 0], atol=0.05)


def test_columns_that_say_nothing_average_to_nothing(make_engine):
    # 1,000 columns of chi-square / 2n, 5 degrees of freedom at most.
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 1000))
    label = rng.integers(0, 3, 100)
    for y, classes in ((rng.standard_normal(100), False), (label, True)):
        engine = make_engine(X, y, discrete_target=np.array([classes]))
        for values in (engine.relevance(), engine.conditional_relevance(0)[1:]):
            tolerance = 4 * np.sqrt(2 * 5) / 200 / np.sqrt(1000)
            assert abs(values.mean()) < tolerance


def test_atoms_are_labels(make_engine):
    # Zeros of a class are a table; the other numbers say nothing beyond.
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, N)
    x = np.where(label, np.maximum(rng.standard_normal(N), 0), 0.0)
    whole = rng.integers(0, 3, N)
    X = np.column_stack([x, x, whole, (whole + label) % 3])
    engine = make_engine(X, label, discrete_target=np.array([True]))
    # H(1/4) - H(1/2) / 2 for zeros or not.
    expected = -(np.log(1 / 4) + 3 * np.log(3 / 4)) / 4 - np.log(2) / 2
    values = engine.relevance()
    np.testing.assert_allclose(values, [expected, expected, 0, 0], atol=0.03)
    assert engine.conditional_relevance(0)[1] == pytest.approx(0, abs=1e-12)
    # Two columns of whole numbers, uniform each, that are one with the label.
    assert engine.conditional_relevance(2)[3] == pytest.approx(np.log(2), abs=0.01)


def test_ties_hide_some_information_and_invent_none(make_engine):
    # Classes that are the levels of a column: log 5.
    rng = np.random.default_rng(0)
    label = rng.integers(0, 5, N)
    engine = make_engine(label[:, None], label, discrete_target=np.array([True]))
    assert 0.5 < engine.relevance()[0] < np.log(5)
    # A rounded column tells no more than its parent, and nothing given it.
    x, noise = rng.standard_normal((2, N))
    X = np.column_stack([x, np.round(x)])
    engine = make_engine(X, x + noise > 0.5, discrete_target=np.array([True]))
    assert engine.relevance()[1] < engine.relevance()[0] + 0.01
    assert engine.conditional_relevance(0)[1] < 0.03


def test_classes_with_too_few_rows_are_left_out(make_engine):
    rng = np.random.default_rng(0)
    X, label = rng.standard_normal((N, 2)), rng.integers(0, 2, N)
    X[:, 0] += label
    rare = label.copy()
    rare[:3] = [2, 3, 3]
    classes = {"discrete_target": np.array([True])}
    engine, rest = make_engine(X, rare, **classes), make_engine(X, label, **classes)
    np.testing.assert_allclose(engine.relevance(), rest.relevance(), atol=0.01)
    names = make_engine(X, np.arange(N), **classes)
    assert (names.relevance() == 0).all()
    assert (names.conditional(0) == 0).all()


def test_several_targets_are_taken_together(make_engine):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, 3))
    y = X[:, :2] + rng.standard_normal((N, 2))
    engine = make_engine(X, y)
    expected = [gaussian_copula_mutual_information(x, y) for x in X.T]
    np.testing.assert_allclose(engine.relevance(), expected, atol=1e-10)
    # A number and a class: I(X;Y1,Y2) = I(X;Y2) + I(X;Y1|Y2).
    both = np.column_stack([y[:, 0], X[:, 1] + y[:, 1] > 0])
    engine = make_engine(X, both, discrete_target=np.array([False, True]))
    first = np.log(2) / 2
    assert engine.relevance()[0] == pytest.approx(first, abs=0.05)
    assert engine.relevance()[1] > 0.1
    assert abs(engine.relevance()[2]) < 0.01


def test_groups_of_columns_are_taken_together(make_engine, gaussian):
    X, y = gaussian
    engine = make_engine(X, y, units=(np.array([0, 1]), np.array([2]), np.array([3])))
    expected = [
        gaussian_copula_mutual_information(X[:, own], y) for own in ([0, 1], [2], [3])
    ]
    np.testing.assert_allclose(engine.relevance(), expected, atol=1e-10)
    assert engine.conditional_relevance(0)[2] == 0
    value = gaussian_copula_conditional_mutual_information(X[:, :2], y, X[:, 3])
    assert engine.conditional_relevance(2)[0] == pytest.approx(value, abs=1e-10)


def test_missing_rows_do_not_count_where_pairwise(make_engine, gaussian):
    X, y = gaussian
    X = X.copy()
    gone = np.random.default_rng(0).random(X.shape) < 0.1
    gone[:, 2] = False
    X[gone] = np.nan
    engine = make_engine(X, y, missing="pairwise")
    for s in (0, 2):
        for j in {0, 1, 2} - {s}:
            rows = ~gone[:, [j, s]].any(axis=1)
            part = make_engine(X[rows], y[rows])
            value = engine.conditional_relevance(s)[j]
            # Ranks are those of all rows that a column has.
            assert value == pytest.approx(part.conditional_relevance(s)[j], abs=0.01)


def test_missing_numbers_have_no_rank(make_engine, gaussian):
    X, y = gaussian
    X = X.copy()
    X[0, 2] = np.nan
    with pytest.raises(ValueError, match="the first 2: a missing number has no rank"):
        make_engine(X, y, missing="category")
    town = np.where(y > 1, np.nan, 0.0)[:, None]
    engine = make_engine(town, y, missing="category", discrete=np.array([True]))
    assert engine.relevance()[0] > 0.2


def test_weights_are_refused_by_name(make_engine, gaussian):
    with pytest.raises(ValueError, match="sample_weight must be None"):
        make_engine(*gaussian, sample_weight=np.ones(N))


def test_constants_are_exactly_0(make_engine, gaussian):
    X, y = gaussian
    X = X.copy()
    X[:, 1] = 4.0
    engine = make_engine(X, y)
    assert engine.informative.tolist() == [True, False, True, True]
    assert engine.relevance()[1] == engine.conditional_relevance(0)[1] == 0
    assert (engine.redundancy(1) == 0).all()
    assert (engine.conditional(1) == 0).all()
    assert (engine.conditional_relevance(1) == engine.relevance()).all()
    nothing = make_engine(X, np.ones(N))
    assert not nothing.informative.any()
    assert (nothing.relevance() == 0).all()
    assert (nothing.conditional(0) == 0).all()


@pytest.mark.parametrize("criterion", ["mrmr", "jmi", "cmim", "jmi3", "cife", "icap"])
def test_criteria_run_on_mixed_columns(criterion):
    rng = np.random.default_rng(0)
    a, b, noise = rng.standard_normal((3, 400))
    town = rng.integers(0, 3, 400)
    X = np.column_stack([a, b, town, noise, a])
    discrete = np.array([False, False, True, False, False])
    selector = SelectByMutualInfo(
        3, criterion=criterion, estimator=CopulaEngine, discrete_features=discrete
    ).fit(X, a + b + 2 * (town == 1))
    assert 3 not in selector.selected_
    assert not np.isnan(selector.scores_).any()
    if criterion in ("cmim", "mrmr", "cife"):
        assert not {0, 4} <= set(selector.selected_)
