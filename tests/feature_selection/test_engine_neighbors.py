"""Terms by nearest neighbours against closed forms, tables and each other."""

import numpy as np
import pytest

from skmi.feature_selection import SelectByMutualInfo
from skmi.feature_selection._engine_neighbors import NeighborEngine
from skmi.information import mixed_conditional_mutual_information

N = 1000
# An estimate of n rows scatters by about 1 / sqrt(n), and more in conditions.
NOISE = 0.07


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
        return NeighborEngine(make_problem(X, y, **options))

    return make


@pytest.fixture
def gaussian():
    """Return columns and a target with known information."""
    rng = np.random.default_rng(0)
    a, b, noise, other = rng.standard_normal((4, N))
    return np.column_stack([a, b, other, a]), a + b + noise


def test_gaussian_terms_have_their_closed_forms(make_engine, gaussian):
    engine = make_engine(*gaussian)
    # Var(Y) = 3, 2 given a column, 1 given both.
    alone, joint = np.log(3 / 2) / 2, np.log(2) / 2
    np.testing.assert_allclose(engine.relevance(), [alone, alone, 0, alone], atol=NOISE)
    np.testing.assert_allclose(engine.redundancy(0)[1:3], 0, atol=NOISE)
    given = engine.conditional_relevance(0)
    np.testing.assert_allclose(given[1:], [joint, 0, 0], atol=NOISE)
    # a and b have the partial correlation -1/2 given their noisy sum.
    expected = -np.log(1 - 1 / 4) / 2
    np.testing.assert_allclose(engine.conditional(0)[1:3], [expected, 0], atol=NOISE)


def test_copies_of_selected_columns_tell_exactly_nothing(make_engine, gaussian):
    X, y = gaussian
    for target, discrete in ((y, False), (y > 0, True)):
        engine = make_engine(X, target, discrete_target=np.array([discrete]))
        assert abs(engine.conditional_relevance(0)[3]) < 1e-12
        assert abs(engine.given_all((1, 0))[3]) < 1e-12
        assert abs(engine.triple(1, 0)[3]) < 1e-12


def test_terms_with_classes_have_their_closed_forms(make_engine):
    # Within classes the columns are correlated by 0.8, and by -0.8.
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, N)
    a = rng.standard_normal(N)
    b = np.where(label, 0.8, -0.8) * a + 0.6 * rng.standard_normal(N)
    engine = make_engine(
        np.column_stack([a, b]), label, discrete_target=np.array([True])
    )
    np.testing.assert_allclose(engine.relevance(), 0, atol=NOISE)
    within = -np.log(1 - 0.64) / 2
    assert engine.conditional(0)[1] == pytest.approx(within, abs=NOISE)
    # I(A;B) - I(A;B|Y) = I(A;Y) - I(A;Y|B), by another estimator.
    change = engine.conditional(0)[1] - engine.redundancy(0)[1]
    gain = engine.conditional_relevance(0)[1] - engine.relevance()[1]
    assert gain == pytest.approx(change, abs=NOISE)


@pytest.mark.parametrize("disguise", ["labels", "two numbers", "numbers", "integers"])
def test_exclusive_or_is_seen_given_the_other_column(make_engine, disguise):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(2 * N, 3))
    y = X[:, 0] * X[:, 1] > 0
    if disguise == "integers":
        X = np.where(X > 0, 1, -1) * rng.integers(1, 5, size=X.shape)
    elif disguise != "numbers":
        X = (X > 0).astype(float)
    engine = make_engine(
        X,
        y,
        discrete=np.full(3, disguise == "labels"),
        discrete_target=np.array([True]),
    )
    # Rows near an axis have neighbours beyond it: some of log 2 is lost.
    given = engine.conditional_relevance(0)
    np.testing.assert_allclose(given[1:], [np.log(2), 0], atol=0.1)
    np.testing.assert_allclose(engine.relevance(), 0, atol=NOISE)


def mixture(n_rows=N):
    """Return mixed columns: numbers, clipped, whole, categories; and their parts."""
    rng = np.random.default_rng(1)
    a, b, noise = rng.standard_normal((3, n_rows))
    town = rng.integers(0, 3, n_rows)
    X = np.column_stack([a, np.maximum(b, 0), np.round(2 * b), town, noise])
    return X, np.array([False, False, False, True, False]), a + b + 2 * (town == 1)


def target_of(y, kind):
    """Return a target of a kind, and which columns of it are discrete."""
    if kind == "classes":
        return np.digitize(y, [0, 2]).astype(float), np.array([True])
    if kind == "whole":
        return np.round(y), np.array([False])
    if kind == "several":
        return np.column_stack([y, np.digitize(y, [1])]), np.array([False, True])
    return y, np.array([False])


@pytest.mark.parametrize("kind", ["numbers", "classes", "whole", "several"])
def test_each_term_of_mixed_columns_is_that_of_one_function(make_engine, kind):
    X, discrete, y = mixture(300)
    y, discrete_target = target_of(y, kind)
    engine = make_engine(X, y, discrete=discrete, discrete_target=discrete_target)
    table = y.reshape(len(y), -1)

    def scaled(columns):
        # By powers of 2 where values repeat: equal distances stay equal.
        spread = columns.std(axis=0)
        repeats = np.array([np.unique(c).size < 0.8 * c.size for c in columns.T])
        return columns / np.where(repeats, 2 ** np.rint(np.log2(spread)), spread)

    def arguments(name, columns):
        if not columns:
            return {}
        numbers = [j for j in columns if not discrete[j]]
        labels = [j for j in columns if discrete[j]]
        return {
            name: scaled(X[:, numbers]) if numbers else None,
            f"{name}_labels": X[:, labels[0]] if labels else None,
        }

    numbers, labels = table[:, ~discrete_target], table[:, discrete_target]
    of_target = {
        "y": scaled(numbers) if numbers.size else None,
        "y_labels": labels[:, 0] if labels.size else None,
    }
    for given in ((), (0,), (2,), (3,), (0, 3)):
        expected = [
            mixed_conditional_mutual_information(
                **arguments("x", [j]), **of_target, **arguments("z", list(given))
            )
            for j in range(5)
        ]
        values = engine.given_all(given) if given else engine.relevance()
        np.testing.assert_allclose(values, expected, atol=1e-9)
    for s in (0, 1, 3):
        expected = [
            mixed_conditional_mutual_information(
                **arguments("x", [j]),
                **{k.replace("z", "y"): v for k, v in arguments("z", [s]).items()},
                **{k.replace("y", "z", 1): v for k, v in of_target.items()},
            )
            for j in range(5)
        ]
        values = engine.conditional(s)
        others = np.arange(5) != s
        np.testing.assert_allclose(
            values[others], np.array(expected)[others], atol=1e-9
        )


def test_zero_inflated_columns_keep_their_own_information(make_engine):
    # I(X;Y) of X = max(B, 0) with the sign of B is log 2, zeros and all.
    rng = np.random.default_rng(0)
    b = rng.standard_normal(N)
    X = np.column_stack([np.maximum(b, 0), np.maximum(rng.standard_normal(N), 0)])
    engine = make_engine(X, b > 0, discrete_target=np.array([True]))
    np.testing.assert_allclose(engine.relevance(), [np.log(2), 0], atol=0.05)


def test_integers_with_ties_are_like_their_codes(make_engine):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, N)
    y = (x + rng.integers(0, 3, N)) % 6
    X = np.column_stack([x, rng.integers(0, 6, N)])
    # Half of the information of log 6 - log 3; exact tables have it.
    engine = make_engine(X, y)
    np.testing.assert_allclose(engine.relevance(), [np.log(2), 0], atol=0.05)


def test_constants_are_exactly_0(make_engine, gaussian):
    X, y = gaussian
    X = X.copy()
    X[:, 1] = 4.0
    engine = make_engine(X, y)
    assert engine.informative.tolist() == [True, False, True, True]
    terms = [
        engine.relevance(),
        engine.redundancy(0),
        engine.conditional(0),
        engine.conditional_relevance(0),
        engine.triple(0, 2),
        engine.given_all((0, 2)),
    ]
    assert all(term[1] == 0 for term in terms)
    assert (engine.redundancy(1) == 0).all()
    assert (engine.conditional(1) == 0).all()
    # A constant condition is none.
    assert (engine.conditional_relevance(1) == engine.relevance()).all()
    nothing = make_engine(X, np.ones(N))
    assert not nothing.informative.any()
    assert (nothing.relevance() == 0).all()
    assert (nothing.conditional(0) == 0).all()


def test_only_the_wanted_redundancies_are_returned(make_engine):
    X, discrete, y = mixture(200)
    engine = make_engine(X, y, discrete=discrete)
    for s in (0, 1, 3):
        some = np.array([4, 2, 3])
        np.testing.assert_allclose(
            engine.redundancy(s, some)[some != s],
            engine.redundancy(s)[some[some != s]],
            atol=1e-12,
        )


def test_missing_rows_do_not_count_where_pairwise(make_engine):
    X, discrete, y = mixture(400)
    X = X.copy()
    gone = np.random.default_rng(0).random(X.shape) < 0.1
    X[gone] = np.nan
    engine = make_engine(X, y, discrete=discrete, missing="pairwise")
    for given in ((0,), (3,), (0, 2)):
        values = engine.given_all(given)
        for j in set(range(5)) - set(given):
            rows = ~gone[:, [j, *given]].any(axis=1)
            part = make_engine(X[rows], y[rows], discrete=discrete)
            # Scales differ a little, and so may the nearest.
            assert values[j] == pytest.approx(part.given_all(given)[j], abs=0.03)


def test_missing_numbers_may_be_a_category_of_their_own(make_engine):
    rng = np.random.default_rng(0)
    x, other = rng.standard_normal((2, N))
    label = rng.integers(0, 2, N)
    X = np.column_stack([np.where(label == 1, np.nan, x), other])
    engine = make_engine(X, label, discrete_target=np.array([True]), missing="category")
    # Being missing says which class it is.
    np.testing.assert_allclose(engine.relevance(), [np.log(2), 0], atol=0.05)
    np.testing.assert_allclose(engine.redundancy(0)[1], 0, atol=NOISE)


def test_groups_of_columns_are_taken_together(make_engine, gaussian):
    X, y = gaussian
    engine = make_engine(X, y, units=(np.array([0, 1]), np.array([2]), np.array([3])))
    # Both causes leave a variance of 1 of 3.
    expected = [np.log(3) / 2, 0, np.log(3 / 2) / 2]
    np.testing.assert_allclose(engine.relevance(), expected, atol=NOISE)
    np.testing.assert_allclose(
        engine.conditional_relevance(2)[0], np.log(2) / 2, atol=NOISE
    )


def test_noise_that_breaks_ties_does_not_depend_on_the_order_of_calls(make_engine):
    X, discrete, y = mixture(200)
    X = X.astype(np.float32)
    X[:10, 0] = X[10:20, 0]

    def engine():
        return make_engine(
            X, y, discrete=discrete, random_state=np.random.RandomState(0)
        )

    first, second = engine(), engine()
    a = [first.relevance(), first.conditional_relevance(0), first.redundancy(4)]
    b = [second.redundancy(4), second.conditional_relevance(0), second.relevance()]
    for one, other in zip(a, reversed(b), strict=True):
        np.testing.assert_array_equal(one, other)


def test_threads_change_no_bit(make_engine):
    X, discrete, y = mixture(200)
    one, two = (make_engine(X, y, discrete=discrete, n_jobs=n) for n in (None, 2))
    for s in (0, 1, 3):
        assert (one.conditional_relevance(s) == two.conditional_relevance(s)).all()


def test_weights_are_refused_by_name(make_engine, gaussian):
    with pytest.raises(ValueError, match="sample_weight must be None"):
        make_engine(*gaussian, sample_weight=np.ones(N))


@pytest.mark.parametrize("criterion", ["mrmr", "jmi", "cmim", "jmi3", "cife", "icap"])
def test_criteria_run_on_mixed_columns(criterion):
    X, discrete, y = mixture(300)
    selector = SelectByMutualInfo(
        3, criterion=criterion, estimator=NeighborEngine, discrete_features=discrete
    ).fit(X, y)
    # Noise is left out, and one of two columns that say the same.
    assert 4 not in selector.selected_
    assert np.isfinite(selector.scores_).all()
