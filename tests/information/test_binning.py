"""Equal-frequency bins: exact where levels are few, never splitting ties."""

import numpy as np
import pytest

from skmi.information import (
    _binning,
    apply_edges,
    discretize,
    joint_tables,
    mutual_information,
    quantile_edges,
    suggest_n_bins,
)


def test_bins_of_distinct_values_hold_equal_shares():
    x = np.random.default_rng(0).permutation(800).astype(float)
    codes, n_levels = discretize(x[:, None], 8)
    assert n_levels.tolist() == [8]
    assert np.bincount(codes[:, 0]).tolist() == [100] * 8


def test_codes_rise_with_the_values():
    x = np.random.default_rng(1).standard_normal(300)
    codes, _ = discretize(x[:, None], 5)
    assert (np.diff(codes[np.argsort(x), 0].astype(int)) >= 0).all()


def test_edges_are_the_inverted_cdf():
    x = np.random.default_rng(2).standard_normal(103)
    levels = np.arange(1, 7) / 7
    expected = np.quantile(x, levels, method="inverted_cdf")
    np.testing.assert_array_equal(quantile_edges(x, 7), expected)


def test_few_values_keep_their_own_codes():
    rng = np.random.default_rng(3)
    x = rng.choice([-3.5, 0.0, 2.0, 1e6], p=[0.01, 0.97, 0.01, 0.01], size=500)
    codes, n_levels = discretize(x[:, None], 8)
    values, expected = np.unique(x, return_inverse=True)
    np.testing.assert_array_equal(codes[:, 0], expected)
    assert n_levels.tolist() == [values.size]


def test_ties_are_never_split():
    x = np.random.default_rng(4).poisson(6, size=1000).astype(float)
    codes, n_levels = discretize(x[:, None], 4)
    pairs = np.unique(np.column_stack([x, codes[:, 0]]), axis=0)
    assert len(pairs) == np.unique(x).size
    assert n_levels[0] <= 4


def test_every_level_is_occupied():
    rng = np.random.default_rng(5)
    X = np.maximum(rng.standard_normal((400, 6)) + np.linspace(-2, 2, 6), 0)
    X[:, 0] = -X[:, 0]
    codes, n_levels = discretize(X, 8)
    for column, n in zip(codes.T, n_levels, strict=True):
        np.testing.assert_array_equal(np.unique(column), np.arange(n))


def test_constant_columns_get_one_level():
    X = np.column_stack([np.full(9, 0.1), np.zeros(9), np.arange(9)])
    codes, n_levels = discretize(X, 3)
    assert n_levels.tolist() == [1, 1, 3]
    assert not codes[:, :2].any()


def test_weights_equal_repetition_exactly():
    rng = np.random.default_rng(6)
    X = np.round(rng.standard_normal((200, 10)), 1)
    weight = rng.integers(0, 5, size=200)
    rows = np.repeat(np.arange(200), weight)
    weighted, n_weighted = discretize(X, 6, sample_weight=weight)
    repeated, n_repeated = discretize(X[rows], 6)
    np.testing.assert_array_equal(weighted[rows], repeated)
    np.testing.assert_array_equal(n_weighted, n_repeated)


def test_a_monotone_map_changes_no_code():
    X = np.random.default_rng(7).standard_normal((150, 3))
    codes, _ = discretize(X, 8)
    mapped, _ = discretize(np.exp(X), 8)
    np.testing.assert_array_equal(codes, mapped)


def test_float32_and_float64_agree_on_float32_values():
    X = np.random.default_rng(8).standard_normal((150, 3)).astype(np.float32)
    codes, _ = discretize(X, 8)
    wide, _ = discretize(X.astype(np.float64), 8)
    np.testing.assert_array_equal(codes, wide)


@pytest.mark.parametrize("tile_bytes", [1, 8 * 20 * 3])
def test_tiles_change_nothing(monkeypatch, tile_bytes):
    X = np.random.default_rng(9).standard_normal((20, 10))
    codes, n_levels = discretize(X, 4)
    monkeypatch.setattr(_binning, "_TILE_BYTES", tile_bytes)
    tiled, n_tiled = discretize(X, 4)
    np.testing.assert_array_equal(codes, tiled)
    np.testing.assert_array_equal(n_levels, n_tiled)


def test_codes_are_bytes_up_to_256_levels():
    X = np.arange(600.0)[:, None]
    assert discretize(X, 256)[0].dtype == np.uint8
    codes, n_levels = discretize(X, 300)
    assert codes.dtype == np.int32
    assert n_levels[0] == codes.max() + 1 == 300


@pytest.mark.parametrize(
    ("X", "found"),
    [
        (np.zeros(3), "2-D"),
        ([[np.nan], [1.0]], "NaN"),
        ([[np.inf], [1.0]], "infinity"),
        ([["a"], ["b"]], "dtype"),
        (np.zeros((0, 2)), "0 rows"),
    ],
)
def test_bad_X_is_named(X, found):
    with pytest.raises(ValueError, match=f"X .*{found}"):
        discretize(X, 4)


@pytest.mark.parametrize("n_bins", [0, 1, 2.5, "8", True, None])
def test_bad_n_bins_is_named(n_bins):
    with pytest.raises(ValueError, match="n_bins must be"):
        discretize(np.zeros((3, 1)), n_bins)
    with pytest.raises(ValueError, match="n_bins must be"):
        quantile_edges(np.zeros(3), n_bins)


@pytest.mark.parametrize("n", [100, 777, 5000, 123_456])
@pytest.mark.parametrize(("n_other", "n_condition"), [(None, 1), (2, 1), (10, 3)])
def test_suggested_bins_are_the_most_that_keep_the_bias_within_its_limit(
    n, n_other, n_condition
):
    limits = {"max_bias": 0.03, "max_bins": 10_000}
    k = suggest_n_bins(n, n_other, n_condition=n_condition, **limits)

    def bias(k):
        other = k if n_other is None else n_other
        return (k - 1) * (other - 1) * n_condition / (2 * n)

    assert k == 2 or bias(k) <= 0.03 < bias(k + 1)
    assert bias(k + 1) > 0.03


def test_information_of_noise_in_suggested_bins_is_about_the_limit():
    rng = np.random.default_rng(8)
    for n in (300, 3000):
        k = suggest_n_bins(n)
        values = []
        for _ in range(60):
            codes, _ = discretize(rng.standard_normal((n, 2)), k)
            values.append(
                mutual_information(joint_tables(codes[:, :1], codes[:, 1])[0])
            )
        # The bias at the next smaller number of bins is a lower bound.
        assert 0.01 < np.mean(values) < 0.022


def test_suggested_bins_stay_between_two_and_the_largest():
    assert suggest_n_bins(1) == 2
    assert suggest_n_bins(10**9) == 32
    assert suggest_n_bins(10**9, max_bins=5) == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 0),
        ("n", np.nan),
        ("n", "many"),
        ("n_other", 1),
        ("n_condition", 0),
        ("max_bias", 0),
        ("max_bias", True),
        ("max_bins", 1),
    ],
)
def test_bad_limits_of_bins_are_named(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        suggest_n_bins(**{"n": 100, name: value})


# Edges without sorting --------------------------------------------------------------


def by_sorting(x, n_bins):
    """Return codes of a column by its sorted values."""
    values = np.sort(x)
    distinct = np.unique(x)
    if distinct.size <= n_bins:
        return np.searchsorted(distinct, x)
    ranks = -(-np.arange(1, n_bins) * x.size // n_bins) - 1
    edges = np.unique(values[ranks])
    if edges[-1] == values[-1]:
        edges = np.unique(np.append(edges[:-1], values[values < values[-1]][-1]))
    return np.searchsorted(edges, x)


SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
    "two scales": lambda rng, n: rng.choice([1e-9, 1.0], n) * rng.normal(size=n),
    "spike": lambda rng, n: np.where(rng.random(n) < 0.6, 0.0, rng.normal(size=n)),
    "capped": lambda rng, n: np.minimum(rng.normal(size=n), -0.7),
    "whole": lambda rng, n: rng.integers(0, 30, n).astype(float),
    "sorted": lambda rng, n: np.sort(rng.exponential(size=n)),
    "huge": lambda rng, n: rng.choice([1.0, 1e300], n) * rng.normal(size=n),
    "tiny": lambda rng, n: 5e-324 * rng.integers(0, 100, n),
    "one outlier": lambda rng, n: np.r_[1e18, rng.normal(size=n - 1)],
    "one apart": lambda rng, n: np.r_[1.0, np.zeros(n - 1)],
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("n", [1, 2, 9, 63, 64, 65, 700, 5000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bins_are_those_of_the_sorted_column(shape, n, dtype):
    rng = np.random.default_rng(n)
    with np.errstate(all="ignore"):
        x = SHAPES[shape](rng, n).astype(dtype)
    x[~np.isfinite(x)] = 0
    for n_bins in (2, 5, 8, 17, 256, 300):
        codes, n_levels = discretize(x[:, None], n_bins)
        np.testing.assert_array_equal(codes[:, 0], by_sorting(x, n_bins))
        assert n_levels[0] == int(codes.max()) + 1


@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_the_layout_of_memory_does_not_matter(order):
    X = np.random.default_rng(0).normal(size=(300, 21))
    expected = np.column_stack([by_sorting(x, 8) for x in X.T])
    laid = (
        np.repeat(X, 2, axis=1)[:, ::2]
        if order == "strided"
        else np.array(X, order=order)
    )
    np.testing.assert_array_equal(discretize(laid)[0], expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_missing_values_are_the_last_level_and_change_no_other(weighted):
    rng = np.random.default_rng(1)
    X = np.column_stack(
        [rng.normal(size=200), rng.integers(0, 3, 200), rng.random(200)]
    )
    X[::7, 0] = X[::3, 1] = np.nan
    weight = rng.integers(1, 4, 200) if weighted else None
    codes, n_levels = discretize(X, 4, sample_weight=weight, missing="category")
    assert n_levels.tolist() == [5, 4, 4]
    for j in range(3):
        known = ~np.isnan(X[:, j])
        part = None if weight is None else weight[known]
        alone, _ = discretize(X[known][:, [j]], 4, sample_weight=part)
        np.testing.assert_array_equal(codes[known, j], alone[:, 0])
        assert (codes[~known, j] == alone.max() + 1).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_a_level_of_missing_values_beyond_255_bins_is_counted(weighted):
    x = np.append(np.arange(255.0), np.nan)
    weight = np.full(256, 2.0) if weighted else None
    codes, n_levels = discretize(
        x[:, None], 255, sample_weight=weight, missing="category"
    )
    assert codes.dtype == np.uint8
    assert n_levels.tolist() == [256]
    np.testing.assert_array_equal(codes[:, 0], np.arange(256))


def test_a_column_of_nothing_but_missing_values_is_constant():
    X = np.column_stack([np.full(5, np.nan), np.arange(5.0)])
    codes, n_levels = discretize(X, 2, missing="category")
    assert n_levels.tolist() == [1, 2]
    assert not codes[:, 0].any()


@pytest.mark.parametrize("missing", ["error", "category"])
def test_edges_code_the_same_rows_alike_and_others_by_the_same_rule(missing):
    rng = np.random.default_rng(2)
    X = np.column_stack([rng.normal(size=300), rng.integers(0, 4, 300)])
    if missing == "category":
        X[::11] = np.nan
    codes, _, edges = discretize(X, 6, missing=missing, return_edges=True)
    np.testing.assert_array_equal(apply_edges(X, edges, missing=missing), codes)
    beyond = apply_edges([[-9.0, -9.0], [9.0, 9.0]], edges)
    assert beyond.tolist() == [[0, 0], [5, 3]]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: discretize([[1.0], [np.nan]]), "X must hold finite .*NaN"),
        (lambda: discretize([[1.0], [np.inf]], missing="category"), "X .*infinity"),
        (lambda: discretize([[1.0]], missing="drop"), "missing must be .*'drop'"),
        (lambda: apply_edges([[1.0, 2.0]], [[1.0]]), "edges must be 2 arrays"),
        (lambda: apply_edges([[1.0]], [[2.0, 1.0]]), r"edges\[0\] must .*rises"),
        (lambda: apply_edges([[1.0]], [[np.nan]]), r"edges\[0\] must .*NaN"),
    ],
)
def test_bad_arguments_of_bins_are_named(call, found):
    with pytest.raises(ValueError, match=found):
        call()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.7, 0.8, 0.9, 0.99])
def test_a_value_that_fills_a_bin_has_it_for_itself_at_either_end(share, weighted):
    rng = np.random.default_rng(3)
    x = np.where(rng.random(2000) < share, 100.0, rng.uniform(0, 99, 2000))
    weight = rng.integers(1, 3, 2000) if weighted else None
    codes, n_levels = discretize(np.column_stack([x, -x]), 8, sample_weight=weight)
    top = codes[x == 100, 0]
    assert (top == n_levels[0] - 1).all()
    assert (codes[x < 100, 0] < n_levels[0] - 1).all()
    # So the mirror image is cut nearly alike, and tells as well what is capped.
    assert n_levels[0] == n_levels[1]
    assert (codes[x == 100, 1] == 0).all()
    assert (codes[x < 100, 1] > 0).all()
