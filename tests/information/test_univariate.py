"""Nearest-neighbour information against brute force, scikit-learn and closed forms."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma, polygamma
from scipy.stats import norm
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd
from sklearn.metrics import mutual_info_score

from skmi.information import univariate_mutual_information
from skmi.information._kernels_sorting import argsort_columns
from skmi.information._kernels_univariate import ksg_columns, ross_columns

# Every kind of values that the search treats in a way of its own.
KINDS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
    "skewed": lambda rng, n: np.exp(9 * rng.standard_normal(n)),
    "rounded": lambda rng, n: np.round(rng.standard_normal(n), 1),
    "integers": lambda rng, n: rng.integers(-3, 4, size=n) * 1.0,
    "almost integers": lambda rng, n: (
        rng.integers(-3, 4, size=n) + 1e-10 * rng.standard_normal(n)
    ),
    "binary": lambda rng, n: rng.integers(0, 2, size=n) * 1.0,
    "mostly zero": lambda rng, n: np.maximum(rng.standard_normal(n) - 0.5, 0),
    "evenly spaced": lambda rng, n: rng.permutation(n) * 1.0,
    "far from zero": lambda rng, n: 1e6 + rng.standard_normal(n),
    "infinitely spread": lambda rng, n: 1e308 * rng.uniform(-1.7, 1.7, size=n),
}
# scikit-learn's trees go astray where differences overflow.
FINITE = [kind for kind in KINDS if kind != "infinitely spread"]


def near_pairs(rng, n):
    """Return a variable and one that all but repeats it."""
    x = rng.standard_normal(n)
    return x, x + 0.01 * rng.standard_normal(n)


def distances(x):
    with np.errstate(over="ignore"):
        return np.abs(x[:, None] - x)


def brute_force_ksg(x, y, k):
    """Return the first estimate of Kraskov et al. from all distances."""
    plane = np.maximum(distances(x), distances(y))
    np.fill_diagonal(plane, np.inf)
    radius = np.nextafter(np.sort(plane, axis=1)[:, k - 1], 0)[:, None]
    counts = [(distances(v) <= radius).sum(axis=1) for v in (x, y)]
    psi = sum(digamma(c).mean() for c in counts)
    return digamma(x.size) + digamma(k) - psi


def brute_force_ross(x, labels, k):
    """Return Ross's estimate from all distances."""
    sizes = np.array([(labels == label).sum() for label in labels])
    x, labels, sizes = x[sizes > 1], labels[sizes > 1], sizes[sizes > 1]
    if x.size == 0:
        return 0.0
    line = distances(x)
    rank = np.minimum(k, sizes - 1)
    terms = digamma(rank) - digamma(sizes)
    for i in range(x.size):
        # The point itself comes first.
        radius = np.nextafter(np.sort(line[i, labels == labels[i]])[rank[i]], 0)
        terms[i] -= digamma((line[i] <= radius).sum())
    return digamma(x.size) + terms.mean()


def raw_kernel(x, y, k, discrete):
    """Return what the kernels compute, constants and all."""
    n = x.size
    order, result = np.empty((1, n), np.int32), np.empty(1)
    argsort_columns(x[None], order)
    psi = digamma(np.arange(max(n, k) + 1))
    if discrete:
        ross_columns(x[None], order, y.astype(np.int32), k, psi, result)
    else:
        y_order = np.argsort(y).astype(np.int32)
        rank = np.empty(n, np.int32)
        rank[y_order] = np.arange(n)
        ksg_columns(x[None], order, y[y_order], rank, k, psi, result)
    return result[0]


# ---------------------------------------------------------------- exactness


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [4, 9, 64, 301])
def test_two_continuous_variables_equal_brute_force(kind, n):
    rng = np.random.default_rng(n)
    y = rng.standard_normal(n)
    X = np.column_stack([KINDS[kind](rng, n) for _ in range(3)])
    X[0], X[1] = 0, 1  # no column is constant
    for k in (1, 3):
        found = univariate_mutual_information(X, y, n_neighbors=k)
        expected = [brute_force_ksg(x, y, k) for x in X.T]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
        turned = univariate_mutual_information(y[:, None], X[:, 0], n_neighbors=k)
        assert turned[0] == pytest.approx(expected[0], abs=1e-10)


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_every_pair_of_kinds_equals_brute_force(first, second):
    rng = np.random.default_rng(7)
    x, y = KINDS[first](rng, 200), KINDS[second](rng, 200)
    for k in (2, 5):
        found = univariate_mutual_information(x[:, None], y, n_neighbors=k)
        assert found[0] == pytest.approx(brute_force_ksg(x, y, k), abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [4, 9, 64, 301])
def test_a_continuous_and_a_discrete_variable_equal_brute_force(kind, n):
    rng = np.random.default_rng(n)
    X = np.column_stack([KINDS[kind](rng, n) for _ in range(3)])
    X[0], X[1] = 0, 1
    for n_classes in (2, 5, n):  # the last: many classes of a single row
        labels = rng.integers(0, n_classes, size=n)
        for k in (1, 3, 40, 10**12):
            options = {"discrete_target": True, "n_neighbors": k}
            found = univariate_mutual_information(X, labels, **options)
            expected = [brute_force_ross(x, labels, k) for x in X.T]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("first", FINITE)
@pytest.mark.parametrize("k", [3, 6])
def test_two_continuous_variables_equal_scikit_learn(first, k):
    rng = np.random.default_rng(8)
    x = KINDS[first](rng, 5000)
    for second in ("normal", "heavy tails", "almost integers"):
        y = KINDS[second](rng, 5000)
        found = univariate_mutual_information(x[:, None], y, n_neighbors=k)[0]
        assert max(found, 0) == pytest.approx(_compute_mi_cc(x, y, k), abs=1e-10)


def test_strong_dependence_equals_scikit_learn():
    x, y = near_pairs(np.random.default_rng(9), 6000)
    found = univariate_mutual_information(np.column_stack([x, y]), y)
    expected = [_compute_mi_cc(v, y, 3) for v in (x, y)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", FINITE)
def test_a_continuous_and_a_discrete_variable_equal_scikit_learn(kind):
    rng = np.random.default_rng(10)
    x, labels = KINDS[kind](rng, 3000), rng.integers(0, 4, size=3000)
    x += labels * (kind == "normal")
    for k in (3, 6):
        found = univariate_mutual_information(
            x[:, None], labels, discrete_target=True, n_neighbors=k
        )[0]
        assert max(found, 0) == pytest.approx(_compute_mi_cd(x, labels, k), abs=1e-10)


def test_small_classes_equal_scikit_learn_where_squares_are_not_rounded():
    # Elsewhere it takes |a|^2 - 2ab + |b|^2 for the squared distance in classes of
    # at most 2k + 1 rows, and its k-th neighbour may come out nearer than itself.
    rng = np.random.default_rng(24)
    labels = np.repeat(np.arange(50), 4)
    x = np.round(64 * (labels + rng.standard_normal(200))) / 64
    for k in (2, 3, 5):
        found = univariate_mutual_information(
            x[:, None], labels, discrete_target=True, n_neighbors=k
        )[0]
        assert found > 1
        assert found == pytest.approx(brute_force_ross(x, labels, k), abs=1e-10)
        assert found == pytest.approx(_compute_mi_cd(x, labels, k), abs=1e-10)


def test_values_from_two_rows_up_equal_brute_force():
    rng = np.random.default_rng(11)
    for n in range(2, 20):
        x, y = rng.standard_normal((2, n))
        labels = rng.permutation(np.arange(n) % 3)
        for k in range(1, min(n, 5)):
            found = univariate_mutual_information(x[:, None], y, n_neighbors=k)[0]
            assert found == pytest.approx(brute_force_ksg(x, y, k), abs=1e-10)
            found = univariate_mutual_information(
                x[:, None], labels, discrete_target=True, n_neighbors=k
            )[0]
            assert found == pytest.approx(brute_force_ross(x, labels, k), abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("first", FINITE)
@pytest.mark.parametrize("second", FINITE)
def test_large_samples_equal_scikit_learn(first, second):
    rng = np.random.default_rng(12)
    x, y = KINDS[first](rng, 40_000), KINDS[second](rng, 40_000)
    found = univariate_mutual_information(x[:, None], y)[0]
    assert max(found, 0) == pytest.approx(_compute_mi_cc(x, y, 3), abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_sorted_as_numpy_sorts_them(kind):
    rng = np.random.default_rng(13)
    for n in (1, 2, 49, 3000):
        X = np.stack([KINDS[kind](rng, n), -KINDS[kind](rng, n), np.zeros(n)])
        X[0, : n // 3] *= -0.0  # both zeros
        order = np.empty(X.shape, np.int32)
        argsort_columns(X, order)
        np.testing.assert_array_equal(np.sort(order, axis=1), [np.arange(n)] * 3)
        values = np.take_along_axis(X, order, axis=1)
        np.testing.assert_array_equal(values, np.sort(X, axis=1))


# ------------------------------------------------------------- ground truth


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.9])
@pytest.mark.parametrize("k", [3, 10])
def test_gaussians_have_minus_half_log_one_minus_squared_correlation(correlation, k):
    n = 5000
    rng = np.random.default_rng(14)
    x, noise = rng.standard_normal((2, n))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    # Four standard errors: the log-ratio has variance rho^2, a k-th distance adds
    # trigamma(k), and neighbours share points, hence the factor 2.
    tolerance = 4 * np.sqrt((correlation**2 + 2 * polygamma(1, k)) / n)
    found = univariate_mutual_information(x[:, None], y, n_neighbors=k)[0]
    expected = -0.5 * np.log(1 - correlation**2)
    assert found == pytest.approx(expected, abs=tolerance)


def test_two_gaussian_classes_have_the_information_of_their_mixture():
    n, shift = 5000, 1.0
    rng = np.random.default_rng(15)
    labels = rng.integers(0, 2, size=n)
    x = rng.standard_normal(n) + 2 * shift * labels

    def of_density(v):
        p = 0.5 * (norm.pdf(v) + norm.pdf(v, 2 * shift))
        return -p * np.log(p)

    expected = quad(of_density, -12, 14)[0] - 0.5 * np.log(2 * np.pi * np.e)
    # The log-ratio is below log 2 and varies by less than that.
    tolerance = 4 * np.sqrt((np.log(2) ** 2 + 2 * polygamma(1, 3)) / n)
    found = univariate_mutual_information(x[:, None], labels, discrete_target=True)[0]
    assert found == pytest.approx(expected, abs=tolerance)


def test_discrete_variables_have_the_plugin_information():
    rng = np.random.default_rng(16)
    y = rng.integers(0, 4, size=500)
    X = np.column_stack([rng.integers(0, m, size=500) for m in (2, 5, 40)]) - 3.0
    X[:, 0] += y
    found = univariate_mutual_information(
        X, y, discrete_features=True, discrete_target=True
    )
    expected = [mutual_info_score(x, y) for x in X.T.astype(str)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_discrete_variables_of_many_levels_need_no_table():
    n = 3000
    rng = np.random.default_rng(17)
    x, y = rng.integers(0, n, size=(2, n))
    found = univariate_mutual_information(
        x[:, None], y, discrete_features=True, discrete_target=True
    )
    assert found[0] == pytest.approx(mutual_info_score(x, y), abs=1e-12)


# --------------------------------------------------------------- invariance


@pytest.fixture
def mixed():
    """Return features of all kinds, a mask, a continuous and a discrete target."""
    rng = np.random.default_rng(18)
    X = np.column_stack([make(rng, 400) for make in KINDS.values()])
    mask = np.array([name in ("integers", "binary") for name in KINDS])
    y = X[:, 0] + rng.standard_normal(400)
    return X, mask, y, np.where(y > 0.5, "high", "low")


@pytest.mark.parametrize("discrete_target", [False, True])
def test_the_number_of_threads_changes_no_bit(mixed, discrete_target):
    X, mask, y, labels = mixed
    X = np.tile(X, 3)
    target = labels if discrete_target else y
    options = {"discrete_features": np.tile(mask, 3)}
    options["discrete_target"] = discrete_target
    one = univariate_mutual_information(X, target, **options)
    for n_jobs in (2, 5, -1, -2, np.int64(3)):
        found = univariate_mutual_information(X, target, n_jobs=n_jobs, **options)
        np.testing.assert_array_equal(found, one)


@pytest.mark.parametrize("discrete_target", [False, True])
def test_the_order_of_rows_and_columns_means_nothing(mixed, discrete_target):
    X, mask, y, labels = mixed
    target = labels if discrete_target else y
    rng = np.random.default_rng(19)
    rows, columns = rng.permutation(len(X)), rng.permutation(X.shape[1])
    options = {"discrete_target": discrete_target}
    before = univariate_mutual_information(X, target, discrete_features=mask, **options)
    after = univariate_mutual_information(
        X[rows][:, columns], target[rows], discrete_features=mask[columns], **options
    )
    np.testing.assert_allclose(after, before[columns], rtol=0, atol=1e-12)


def test_exchanging_a_feature_and_the_target_means_nothing(mixed):
    X, _, y, labels = mixed
    codes = (labels == "high") * 1.0
    for x in X.T:
        there = univariate_mutual_information(x[:, None], y)
        back = univariate_mutual_information(y[:, None], x)
        np.testing.assert_allclose(there, back, rtol=0, atol=1e-12)
        there = univariate_mutual_information(x[:, None], codes, discrete_target=True)
        back = univariate_mutual_information(codes[:, None], x, discrete_features=True)
        np.testing.assert_allclose(there, back, rtol=0, atol=1e-12)


def test_a_common_scale_and_reflections_mean_nothing(mixed):
    X, _, y, _ = mixed
    X = X[:, :5]
    before = univariate_mutual_information(X, y)
    np.testing.assert_allclose(univariate_mutual_information(8 * X, 8 * y), before)
    np.testing.assert_allclose(univariate_mutual_information(-X, y), before)


def test_the_layout_of_features_changes_no_bit(mixed):
    X, _, y, _ = mixed
    expected = univariate_mutual_information(X, y)
    same = [np.asfortranarray(X), X.tolist(), np.repeat(X, 2, axis=1)[:, ::2]]
    for other in same:
        np.testing.assert_array_equal(univariate_mutual_information(other, y), expected)


def test_single_precision_is_read_as_its_values():
    rng = np.random.default_rng(20)
    X = rng.standard_normal((300, 3)).astype(np.float32)
    y = rng.standard_normal(300).astype(np.float32)
    found = univariate_mutual_information(X, y)
    expected = univariate_mutual_information(X.astype(float), y.astype(float))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


# --------------------------------------------------------------- degenerate


@pytest.mark.parametrize("discrete_feature", [False, True])
@pytest.mark.parametrize("discrete_target", [False, True])
def test_a_constant_has_exactly_no_information(discrete_feature, discrete_target):
    constant, varied = np.full(50, 0.1), np.arange(50) % 7.0
    options = {"discrete_features": discrete_feature}
    options["discrete_target"] = discrete_target
    X = np.column_stack([constant, varied])
    found = univariate_mutual_information(X, varied, **options)
    assert found[0] == 0
    assert found[1] != 0
    found = univariate_mutual_information(X, constant, **options)
    np.testing.assert_array_equal(found, [0, 0])


def test_kernels_treat_constants_as_scikit_learn_does():
    rng = np.random.default_rng(21)
    x, y, constant = rng.standard_normal(40), np.arange(40.0), np.full(40, 3.0)
    labels = np.arange(40) % 2
    for k in (2, 3):
        for pair in ((constant, y), (x, constant), (constant, constant)):
            expected = brute_force_ksg(*pair, k)
            assert raw_kernel(*pair, k, False) == pytest.approx(expected, abs=1e-10)
        expected = np.mean(digamma(k) - digamma(20))
        found = raw_kernel(constant, labels, k, True)
        assert found == pytest.approx(expected, abs=1e-10)


def test_classes_of_one_row_are_left_out():
    rng = np.random.default_rng(22)
    x, labels = rng.standard_normal(60), np.arange(60) % 3
    expected = univariate_mutual_information(x[:, None], labels, discrete_target=True)
    more_x, more_labels = np.append(x, [9.0, -9.0]), np.append(labels, [7, 8])
    found = univariate_mutual_information(
        more_x[:, None], more_labels, discrete_target=True
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_labels_that_are_all_different_give_nothing_to_estimate_from():
    x = np.random.default_rng(23).standard_normal((30, 1))
    found = univariate_mutual_information(x, np.arange(30), discrete_target=True)
    np.testing.assert_array_equal(found, [0])


# ------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("X", "found"),
    [
        ([[1.0], [np.nan], [2.0]], "NaN"),
        ([[1.0], [np.inf], [2.0]], "infinity"),
        ([["a"], ["b"], ["c"]], "dtype"),
        (np.zeros(3), r"\(3,\)"),
        (np.zeros((1, 2)), r"\(1, 2\)"),
        (np.zeros((3, 0)), r"\(3, 0\)"),
    ],
)
def test_bad_features_are_named(X, found):
    with pytest.raises(ValueError, match=f"X .*{found}"):
        univariate_mutual_information(X, np.arange(len(X)))


@pytest.mark.parametrize(
    ("y", "discrete_target", "found"),
    [
        ([0.0, 1.0, np.nan], False, "NaN"),
        ([0.0, 1.0, np.nan], True, "NaN"),
        (["a", "b", "c"], False, "dtype"),
        ([0.0, 1.0], False, r"\(2,\)"),
        ([[0.0], [1.0], [2.0]], True, r"\(3, 1\)"),
    ],
)
def test_a_bad_target_is_named(y, discrete_target, found):
    X = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match=f"y .*{found}"):
        univariate_mutual_information(X, y, discrete_target=discrete_target)


@pytest.mark.parametrize("mask", [[True], 1, "auto", [0, 1], None])
def test_a_bad_mask_is_named(mask):
    X = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match="discrete_features must be"):
        univariate_mutual_information(X, X[:, 0], discrete_features=mask)


@pytest.mark.parametrize("n_neighbors", [0, 3, 1.5, True])
def test_a_bad_number_of_neighbours_is_named(n_neighbors):
    X = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match="n_neighbors must be"):
        univariate_mutual_information(X, X[:, 0], n_neighbors=n_neighbors)


@pytest.mark.parametrize("n_jobs", [0, 1.0, "2", True])
def test_a_bad_number_of_threads_is_named(n_jobs):
    X = np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match="n_jobs must be"):
        univariate_mutual_information(X, X[:, 0], n_neighbors=1, n_jobs=n_jobs)


def test_fractions_in_discrete_variables_are_named():
    X = np.arange(12.0).reshape(6, 2) % 5
    X[4, 1] = 0.25
    y = np.arange(6.0)
    for mask in (True, [False, True]):
        with pytest.raises(ValueError, match=r"^X: discrete column 1 .* first 0\.25"):
            univariate_mutual_information(X, y, discrete_features=mask)
    with pytest.raises(ValueError, match=r"^y must hold labels, .* first 0\.5"):
        univariate_mutual_information(X, y / 2, discrete_target=True)
    found = univariate_mutual_information(X, y, discrete_features=[True, False])
    codes = univariate_mutual_information(
        X[:, :1].astype(int), y, discrete_features=True
    )
    assert found[0] == codes[0]
