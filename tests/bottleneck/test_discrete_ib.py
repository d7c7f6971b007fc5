"""DiscreteIB against closed forms, exhaustive searches and the laws of its curve."""

from itertools import product

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import rel_entr, xlogy
from sklearn.base import is_clusterer
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from skmi.bottleneck import DiscreteIB
from skmi.exceptions import EstimationWarning
from skmi.information import entropy, mutual_information

METHODS = ("blahut_arimoto", "deterministic", "sequential", "agglomerative")
HARD = METHODS[1:]


def small_table(seed=0, shape=(4, 4)):
    """Return a table of positive numbers that sum to one, far from independent."""
    table = np.random.default_rng(seed).random(shape) ** 3
    return table / table.sum()


def joined(table, labels):
    """Return the table of clusters and columns."""
    return np.array([table[labels == t].sum(axis=0) for t in np.unique(labels)])


def partitions(n, k):
    """Return the partitions of n rows into at most k clusters, each once."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*z, t] for z in found for t in range(min(max(z) + 2, k))]
    return [np.array(z) for z in found]


def is_same_partition(a, b):
    """Tell whether labels differ in names only."""
    return (
        len(set(zip(a.tolist(), b.tolist(), strict=True))) == len(set(a)) == len(set(b))
    )


def binary_entropy(p):
    return -xlogy(p, p) - xlogy(1 - p, 1 - p)


def assert_concave(curve, *, rising_to):
    """Assert a concave curve from (0, 0) to a point, whose betas are its slopes."""
    beta, rate, relevance = curve["beta"], curve["rate"], curve["relevance"]
    assert (rate[0], relevance[0]) == (0, 0)
    assert (rate[-1], relevance[-1]) == pytest.approx(rising_to, abs=1e-6)
    assert (np.diff(rate) > 0).all()
    assert (np.diff(relevance) > 0).all()
    assert (np.diff(beta) <= 0).all()
    slope = np.diff(relevance) / np.diff(rate)
    assert (np.diff(slope) <= 1e-9).all()


# Closed forms


@pytest.mark.parametrize("crossover", [0.05, 0.2])
def test_curve_of_a_binary_symmetric_channel_is_that_of_mrs_gerber(crossover):
    table = np.array([[1 - crossover, crossover], [crossover, 1 - crossover]])
    ib = DiscreteIB(betas=30, tol=1e-10, random_state=0).fit(table)
    curve = ib.information_curve_
    assert len(curve["rate"]) > 10
    for rate, relevance in zip(curve["rate"], curve["relevance"], strict=True):
        # T is X through a symmetric channel whose capacity is the rate.
        rest = max(np.log(2) - rate, 0.0)
        noise = brentq(lambda p, h=rest: binary_entropy(p) - h, 0, 0.5, xtol=1e-15)
        both = noise * (1 - crossover) + (1 - noise) * crossover
        expected = np.log(2) - binary_entropy(both)
        assert relevance == pytest.approx(expected, abs=1e-6)


def test_critical_beta_of_a_symmetric_channel_is_its_squared_correlation():
    # Below (1 - 2 p)^2 a code appears, and none above.
    table = np.array([[0.9, 0.1], [0.1, 0.9]])
    ib = DiscreteIB(beta=0.63, random_state=0).fit(table)
    assert ib.critical_beta_ == pytest.approx(0.64)
    assert ib.n_clusters_ == 2
    assert 0 < ib.relevance_ < ib.mi_
    with pytest.warns(EstimationWarning, match=r"critical beta of this table is 0\.64"):
        ib = DiscreteIB(beta=0.65, random_state=0).fit(table)
    assert (ib.n_clusters_, ib.rate_, ib.relevance_) == (1, 0, 0)


def test_critical_beta_is_the_same_of_large_tables():
    rng = np.random.default_rng(0)
    table = rng.poisson(0.3, (600, 550)) + 5 * np.outer(
        rng.random(600) > 0.5, rng.random(550) > 0.9
    )
    ib = DiscreteIB(5, method="sequential", n_init=1, random_state=0).fit(table)
    p = table[:, table.any(axis=0)] / table.sum()
    scaled = p / np.sqrt(np.outer(p.sum(axis=1), p.sum(axis=0)))
    second = np.linalg.svd(scaled, compute_uv=False)[1]
    assert ib.critical_beta_ == pytest.approx(second**2, rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_mi_is_that_of_the_table(seed):
    table = small_table(seed, (5, 3))
    ib = DiscreteIB(method="sequential").fit(table)
    assert ib.mi_ == pytest.approx(mutual_information(table), abs=1e-12)


# The curve


@pytest.mark.parametrize("seed", range(4))
def test_curve_is_concave_and_ends_at_the_whole_information(seed):
    table = small_table(seed, (5, 4))
    ib = DiscreteIB(random_state=0).fit(table)
    end = entropy(table.sum(axis=1)), mutual_information(table)
    assert_concave(ib.information_curve_, rising_to=end)


def test_iterations_approach_the_end_of_the_curve_by_themselves():
    table = small_table(1)
    ib = DiscreteIB(beta=1e-3, random_state=0).fit(table)
    end = entropy(table.sum(axis=1)), mutual_information(table)
    assert (ib.rate_, ib.relevance_) == pytest.approx(end, abs=1e-6)


def test_curve_ends_at_the_entropy_of_classes_of_equal_rows():
    table = small_table(2)
    # Rows 4 and 5 are as rows 0 and 1, at other weights.
    table = np.vstack([table, 3 * table[:2]])
    ib = DiscreteIB(random_state=0).fit(table)
    weight = table.sum(axis=1)
    classes = [weight[0] + weight[4], weight[1] + weight[5], weight[2], weight[3]]
    end = entropy(classes), mutual_information(table)
    assert_concave(ib.information_curve_, rising_to=end)
    assert ib.labels_[4:].tolist() == ib.labels_[:2].tolist()


def test_no_code_lies_above_a_tangent_of_the_curve():
    table = small_table(3, (3, 3))
    beta, rate, relevance = (
        DiscreteIB(random_state=0).fit(table).information_curve_.values()
    )
    rng = np.random.default_rng(0)
    weight = table.sum(axis=1)
    for _ in range(2000):
        code = rng.dirichlet(np.full(3, 0.3), size=3)
        own_rate = mutual_information(weight[:, None] * code)
        own_relevance = mutual_information(code.T @ table)
        tangents = relevance + beta * (own_rate - rate)
        assert own_relevance <= tangents.min() + 1e-7


@pytest.mark.parametrize("method", HARD)
def test_curve_of_partitions_is_concave(method):
    table = small_table(0, (6, 4))
    ib = DiscreteIB(method=method, random_state=0).fit(table)
    end = entropy(table.sum(axis=1)), mutual_information(table)
    assert_concave(ib.information_curve_, rising_to=end)


# The equations


@pytest.mark.parametrize(("beta", "power"), [(0.02, 1), (0.1, 1), (0.05, 2)])
def test_codes_satisfy_the_self_consistent_equations(beta, power):
    table = small_table(0)
    ib = DiscreteIB(beta=beta, rate_power=power, random_state=0).fit(table)
    weight, code = table.sum(axis=1), ib.transform(table)
    clusters = weight @ code
    given = (code.T @ table) / clusters[:, None]
    np.testing.assert_allclose(ib.cluster_weights_, clusters, atol=1e-5)
    np.testing.assert_allclose(ib.cluster_distributions_, given, atol=1e-5)
    rows = table / weight[:, None]
    divergence = rel_entr(rows[:, None], given[None]).sum(axis=2)
    rate = mutual_information(weight[:, None] * code)
    slope = beta * power * rate ** (power - 1)
    expected = clusters * np.exp(-divergence / slope)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(code, expected, atol=1e-5)
    assert ib.rate_ == pytest.approx(rate, abs=1e-6)
    assert ib.relevance_ == pytest.approx(mutual_information(code.T @ table), abs=1e-6)


def test_clusters_that_say_the_same_are_one():
    table = small_table(0, (8, 4))
    ib = DiscreteIB(beta=0.15, random_state=0).fit(table)
    assert 1 < ib.n_clusters_ < 8
    gaps = [
        np.abs(a - b).max()
        for i, a in enumerate(ib.cluster_distributions_)
        for b in ib.cluster_distributions_[:i]
    ]
    assert min(gaps) > 1e-3


# Deterministic labels


def deterministic_table():
    """Return a table whose columns are functions of the row, H(Y) = .61 nats."""
    table = np.zeros((5, 2))
    table[[0, 1], 0] = 0.2, 0.1
    table[[2, 3, 4], 1] = 0.3, 0.2, 0.2
    return table


@pytest.mark.parametrize("beta", [0.05, 0.5, 0.95])
def test_of_deterministic_labels_the_lagrangian_finds_the_corner_alone(beta):
    ib = DiscreteIB(beta=beta, random_state=0).fit(deterministic_table())
    corner = entropy([0.3, 0.7])
    assert (ib.rate_, ib.relevance_) == pytest.approx((corner, corner), abs=1e-9)
    assert ib.information_curve_["rate"] == pytest.approx([0, corner], abs=1e-9)


@pytest.mark.parametrize("beta", [0.85, 1.2, 2.0, 10.0])
def test_a_power_of_two_finds_what_lies_between(beta):
    ib = DiscreteIB(beta=beta, rate_power=2, random_state=0).fit(deterministic_table())
    # The slope of the curve, 1, is that of beta rate^2.
    assert ib.rate_ == pytest.approx(1 / (2 * beta), abs=1e-5)
    assert ib.relevance_ == pytest.approx(ib.rate_, abs=1e-6)


def test_a_power_of_two_explores_the_curve_of_deterministic_labels():
    ib = DiscreteIB(rate_power=2, random_state=0).fit(deterministic_table())
    rate, relevance = (ib.information_curve_[key] for key in ("rate", "relevance"))
    assert len(rate) > 8
    assert np.diff(rate).max() < 0.13
    np.testing.assert_allclose(relevance, rate, atol=1e-6)


@pytest.mark.parametrize("beta", [0.1, 0.3])
def test_a_power_of_two_finds_the_code_of_its_tangent(beta):
    table = small_table(3)
    ib = DiscreteIB(beta=beta, rate_power=2, random_state=0).fit(table)
    slope = 2 * beta * ib.rate_
    plain = DiscreteIB(beta=slope, random_state=0).fit(table)
    expected = slope * plain.rate_ - plain.relevance_
    assert slope * ib.rate_ - ib.relevance_ == pytest.approx(expected, abs=1e-8)


# Partitions


@pytest.mark.parametrize("seed", range(5))
def test_agglomerative_is_the_greedy_search(seed):
    table = small_table(seed, (7, 4))
    for n_clusters in range(1, 7):
        labels = np.arange(7)
        while len(np.unique(labels)) > n_clusters:
            merged = [
                np.where(labels == b, a, labels)
                for a in np.unique(labels)
                for b in np.unique(labels)
                if a < b
            ]
            labels = max(merged, key=lambda one: mutual_information(joined(table, one)))
        ib = DiscreteIB(n_clusters, method="agglomerative").fit(table)
        assert is_same_partition(ib.labels_, labels)
        assert ib.relevance_ == pytest.approx(mutual_information(joined(table, labels)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("method", ["sequential", "deterministic"])
def test_the_best_partition_of_a_tiny_table_is_found(seed, method):
    table = small_table(seed, (7, 4))
    best = max(mutual_information(joined(table, z)) for z in partitions(7, 3))
    ib = DiscreteIB(3, method=method, beta=0, n_init=20, betas=0, random_state=0)
    ib.fit(table)
    assert ib.relevance_ == pytest.approx(best, abs=1e-12)


@pytest.mark.filterwarnings("ignore:All rows are in one cluster")
@pytest.mark.parametrize("beta", [0.02, 0.08, 0.3])
@pytest.mark.parametrize("method", ["sequential", "deterministic"])
def test_the_best_lagrangian_of_a_tiny_table_is_found(beta, method):
    table = small_table(1, (6, 4))
    weight = table.sum(axis=1)

    def lagrangian(z):
        return beta * entropy(np.bincount(z, weights=weight)) - mutual_information(
            joined(table, z)
        )

    best = min(lagrangian(z) for z in partitions(6, 6))
    ib = DiscreteIB(method=method, beta=beta, n_init=20, betas=0, random_state=0)
    ib.fit(table)
    assert beta * ib.rate_ - ib.relevance_ == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_no_move_of_a_single_row_improves_a_sequential_partition(seed):
    table = small_table(seed, (30, 6))
    ib = DiscreteIB(4, method="sequential", beta=0, n_init=1, random_state=seed)
    labels = ib.fit(table).labels_
    for row, t in product(range(30), range(4)):
        moved = labels.copy()
        moved[row] = t
        assert mutual_information(joined(table, moved)) <= ib.relevance_ + 1e-12


@pytest.mark.parametrize("method", ["blahut_arimoto", "deterministic", "sequential"])
@pytest.mark.parametrize("beta", [0.0, 0.03])
def test_rows_of_the_fit_are_predicted_where_they_are(method, beta):
    table = small_table(0, (30, 6))
    ib = DiscreteIB(4, method=method, beta=beta, random_state=0).fit(table)
    np.testing.assert_array_equal(ib.predict(table), ib.labels_)


@pytest.mark.parametrize("method", HARD)
def test_rate_of_a_partition_is_its_entropy(method):
    table = small_table(0, (8, 4))
    ib = DiscreteIB(3, method=method, beta=0, random_state=0).fit(table)
    weight = np.bincount(ib.labels_, weights=table.sum(axis=1))
    assert ib.rate_ == pytest.approx(entropy(weight))
    np.testing.assert_allclose(ib.cluster_weights_, weight)
    found = joined(table, ib.labels_)
    assert ib.relevance_ == pytest.approx(mutual_information(found))
    np.testing.assert_allclose(
        ib.cluster_distributions_, found / found.sum(axis=1, keepdims=True)
    )


# Documents


def documents(n=300, m=200, k=4, seed=0):
    """Return sparse counts of words, and the kind of each document."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, k, n)
    words = rng.dirichlet(np.full(m, 0.1), size=k)
    return sparse.csr_array(
        np.array([rng.multinomial(60, words[t]) for t in kind])
    ), kind


@pytest.mark.parametrize("method", METHODS)
def test_kinds_of_documents_are_found_and_sparse_counts_equal_dense_ones(method):
    counts, kind = documents()
    ib = DiscreteIB(4, method=method, betas=5, n_init=2, random_state=0).fit(counts)
    assert is_same_partition(ib.labels_, kind)
    dense = DiscreteIB(4, method=method, betas=5, n_init=2, random_state=0)
    np.testing.assert_array_equal(dense.fit(counts.toarray()).labels_, ib.labels_)
    new, new_kind = documents(seed=0)
    assert is_same_partition(ib.predict(new), new_kind)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_and_columns_does_not_matter(method):
    counts, _ = documents(n=60, m=30)
    rng = np.random.default_rng(1)
    rows, columns = rng.permutation(60), rng.permutation(30)
    ib = DiscreteIB(4, method=method, betas=5, random_state=0).fit(counts)
    same = DiscreteIB(4, method=method, betas=5, random_state=0).fit(counts[rows])
    np.testing.assert_array_equal(same.labels_, ib.labels_[rows])
    np.testing.assert_allclose(same.transform(counts), ib.transform(counts), atol=1e-9)
    # Starts fall on other rows where columns change places; the kinds are clear.
    turned = counts[:, columns]
    same = DiscreteIB(4, method=method, betas=5, random_state=0).fit(turned)
    assert is_same_partition(same.labels_, ib.labels_)


@pytest.mark.parametrize("method", METHODS)
def test_weights_equal_repetition(method):
    counts = documents(n=30, m=20)[0].toarray()
    weight = np.random.default_rng(0).integers(0, 4, 30)
    options = {"method": method, "betas": 5, "random_state": 0, "beta": 0.05}
    ib = DiscreteIB(4, **options).fit(counts, sample_weight=weight)
    repeated = DiscreteIB(4, **options).fit(counts.repeat(weight, axis=0))
    assert ib.relevance_ == pytest.approx(repeated.relevance_, abs=1e-9)
    np.testing.assert_allclose(
        ib.transform(counts), repeated.transform(counts), atol=1e-7
    )
    np.testing.assert_array_equal(ib.labels_.repeat(weight), repeated.labels_)


@pytest.mark.parametrize("method", METHODS)
def test_scale_of_counts_does_not_matter(method):
    table = small_table(0, (6, 4))
    for scale in (1e-200, 1e200):
        ib = DiscreteIB(3, method=method, betas=3, random_state=0).fit(table * scale)
        assert ib.mi_ == pytest.approx(mutual_information(table))


# Edges


@pytest.mark.parametrize("method", METHODS)
def test_rows_and_columns_of_zeros_say_nothing(method):
    table = small_table(0, (5, 4))
    wide = np.zeros((7, 6))
    wide[np.ix_([0, 2, 3, 4, 6], [0, 1, 3, 5])] = table
    ib = DiscreteIB(3, method=method, betas=3, random_state=0).fit(table)
    other = DiscreteIB(3, method=method, betas=3, random_state=0).fit(wide)
    assert other.mi_ == pytest.approx(ib.mi_)
    assert is_same_partition(other.labels_[[0, 2, 3, 4, 6]], ib.labels_)
    memberships = other.transform(wide)
    np.testing.assert_allclose(memberships[1], other.transform(wide[[5]])[0])
    np.testing.assert_array_equal(other.labels_[[1, 5]], [0, 0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1)])
def test_one_row_or_one_column_has_exactly_no_information(method, shape):
    ib = DiscreteIB(method=method, random_state=0).fit(small_table(0, shape))
    assert (ib.mi_, ib.rate_, ib.relevance_, ib.n_clusters_) == (0, 0, 0, 1)
    assert (ib.labels_ == 0).all()
    assert ib.information_curve_["rate"].tolist() == [0]


def test_a_column_that_was_never_seen_is_left_out():
    table = np.column_stack([small_table(0), np.zeros(4)])
    ib = DiscreteIB(beta=0.1, random_state=0).fit(table)
    new = table.copy()
    new[:, 4] = 7.0
    np.testing.assert_allclose(ib.transform(new), ib.transform(table), atol=1e-9)
    only = np.array([[0, 0, 0, 0, 1.0]])
    np.testing.assert_allclose(ib.transform(only)[0], ib.cluster_weights_)


def test_a_row_that_no_cluster_can_make_goes_where_less_of_it_is_impossible():
    table = np.array([[4, 4, 0, 0], [0, 0, 4, 4.0]])
    ib = DiscreteIB(random_state=0).fit(table)
    memberships = ib.transform([[2, 1, 1, 0], [0, 1, 3, 2.0]])
    own = ib.labels_
    assert memberships[0, own[0]] > 0.999
    assert memberships[1, own[1]] > 0.999


def test_iterations_that_are_cut_short_are_said():
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        DiscreteIB(beta=0.1, betas=0, max_iter=1, random_state=0).fit(small_table())


# Codes


def test_codes_give_the_bottleneck_of_their_table():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (400, 2))
    y = (codes.sum(axis=1) + rng.integers(0, 2, 400)).clip(0, 2)
    ib = DiscreteIB(input="codes", beta=0.1, random_state=0).fit(codes, y)
    joint = 2 * codes[:, 0] + codes[:, 1]
    table = np.array([np.bincount(y[joint == c], minlength=3) for c in range(4)])
    other = DiscreteIB(beta=0.1, random_state=0).fit(table)
    assert (ib.rate_, ib.relevance_) == pytest.approx((other.rate_, other.relevance_))
    np.testing.assert_allclose(ib.transform(codes), other.transform(table)[joint])
    np.testing.assert_array_equal(ib.labels_, other.labels_[joint])
    assert ib.target_values_.tolist() == [0, 1, 2]


def test_codes_may_be_words_and_unknown_ones_get_the_weights_of_clusters():
    codes = np.array([["a", "u"], ["a", "v"], ["b", "u"], ["b", "v"]] * 5, dtype=object)
    y = np.where(codes[:, 0] == "a", "yes", "no")
    ib = DiscreteIB(input="codes", beta=0.1, random_state=0).fit(codes, y)
    assert ib.n_clusters_ == 2
    new = np.array([["b", "u"], ["c", "u"]], dtype=object)
    np.testing.assert_allclose(ib.transform(new)[1], [0.5, 0.5])
    assert ib.predict(new)[0] == ib.labels_[2]


def test_weights_of_codes_equal_repetition():
    rng = np.random.default_rng(0)
    codes, y, weight = rng.integers(0, 3, (3, 60))
    codes = codes[:, None]
    options = {"input": "codes", "beta": 0.001, "random_state": 0}
    ib = DiscreteIB(**options).fit(codes, y, sample_weight=weight)
    other = DiscreteIB(**options).fit(codes.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(ib.transform(codes), other.transform(codes), atol=1e-9)


# scikit-learn


def test_it_is_a_clusterer():
    assert is_clusterer(DiscreteIB())


@pytest.mark.parametrize("method", METHODS)
def test_clusters_of_points_shifted_to_counts_are_numbered_without_gaps(method):
    # What scikit-learn checks of clusterers, on numbers that counts can be.
    counts, kind = documents(n=60, m=30)
    ib = DiscreteIB(4, method=method, betas=3, random_state=0)
    labels = ib.fit_predict(counts)
    assert labels.dtype.kind == "i"
    assert set(labels) == set(range(4))
    assert is_same_partition(labels, kind)
    np.testing.assert_array_equal(labels, ib.fit_predict(counts))
    assert ib.get_feature_names_out().tolist() == [f"discreteib{t}" for t in range(4)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
@pytest.mark.parametrize(
    "params",
    [{"method": method} for method in HARD] + [{"rate_power": 2}, {"input": "codes"}],
)
def test_every_method_and_input_keeps_scikit_learns_contract(params):
    check_estimator(DiscreteIB(betas=3, n_init=2, max_iter=100, **params), on_skip=None)


# Bad input


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"n_clusters": 0}, "n_clusters"),
        ({"method": "kmeans"}, "method"),
        ({"beta": -0.1}, "beta"),
        ({"rate_power": 0.5}, "rate_power"),
        ({"rate_power": 2, "method": "sequential"}, "rate_power must be 1"),
        ({"input": "table"}, "input"),
        ({"betas": -1}, "betas"),
        ({"betas": [0.0, 0.1]}, "betas must be"),
        ({"betas": [0.1, np.inf]}, "betas must be an int .* finite"),
        ({"betas": [[0.1]]}, "betas must be"),
        ({"n_init": 0}, "n_init"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1}, "tol"),
    ],
)
def test_bad_parameters_are_refused_by_name(params, error):
    ib = DiscreteIB(**params)
    with pytest.raises(ValueError, match=error):
        ib.fit(small_table())
    assert not hasattr(ib, "mi_")


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ([[1, -1], [0, 2]], "found -1"),
        ([[0, 0], [0, 0]], "zeros alone"),
        ([[1, np.nan], [0, 2]], "NaN"),
        ([[1, np.inf], [0, 2]], "infinity"),
    ],
)
def test_bad_counts_are_refused(table, error):
    with pytest.raises(ValueError, match=error):
        DiscreteIB().fit(np.array(table, dtype=float))


def test_bad_targets_of_codes_are_refused_by_name():
    ib = DiscreteIB(input="codes")
    codes = np.array([[0], [1], [1]])
    for y, error in [
        (None, "y is None"),
        ([0, 1], "y has 2 rows"),
        ([0.0, np.nan, 1.0], "y must have a value"),
        ([[0, 1]] * 3, "y must be of shape"),
    ]:
        with pytest.raises(ValueError, match=error):
            ib.fit(codes, y)


def test_bad_weights_are_refused_by_name():
    with pytest.raises(ValueError, match="sample_weight"):
        DiscreteIB().fit(small_table(), sample_weight=[1, 1, -1, 1])
