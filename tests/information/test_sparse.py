"""Codes of sparse columns, and their entropies, against those of dense ones."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from skmi.information import SparseCodes, discretize, joint_entropies

N_ROWS, N_COLUMNS = 211, 12


def matrix(kind, seed=0):
    """Return sparse numbers of densities from nearly none to all."""
    rng = np.random.default_rng(seed)
    density = np.linspace(0, 1, N_COLUMNS)
    filled = rng.random((N_ROWS, N_COLUMNS)) < density
    values = {
        "counts": np.ceil(4 * rng.random(filled.shape)),
        "presence": np.ones(filled.shape),
        "tfidf": rng.random(filled.shape),
        "signed": rng.normal(size=filled.shape),
        "rounded": np.round(6 * rng.normal(size=filled.shape)),
    }[kind]
    return sparse.csr_array(np.where(filled, values, 0.0))


KINDS = ["counts", "presence", "tfidf", "signed", "rounded"]
WEIGHTS = {
    "none": None,
    "whole": np.random.default_rng(1).integers(1, 5, N_ROWS),
    "fractions": np.random.default_rng(2).random(N_ROWS),
    "with zeros": np.random.default_rng(3).random(N_ROWS) * (np.arange(N_ROWS) % 3 > 0),
}


@pytest.fixture
def other():
    return np.random.default_rng(4).integers(0, 4, N_ROWS)


@pytest.fixture
def target():
    return np.random.default_rng(5).integers(0, 3, N_ROWS)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_those_of_the_dense_columns(kind, weight):
    X = matrix(kind)
    codes = SparseCodes(X, 5, sample_weight=WEIGHTS[weight])
    expected, n_levels = discretize(X.toarray(), 5, sample_weight=WEIGHTS[weight])
    np.testing.assert_array_equal(codes.codes_of(range(N_COLUMNS)), expected)
    np.testing.assert_array_equal(codes.n_levels, n_levels)


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_entropies_are_those_of_the_dense_codes(
    kind, weight, correction, other, target
):
    X = matrix(kind)
    options = {"sample_weight": WEIGHTS[weight], "correction": correction}
    found = SparseCodes(X, target=target, **options).entropies_with(other)
    codes = discretize(X.toarray(), sample_weight=WEIGHTS[weight])[0]
    expected = joint_entropies(codes, other, target, **options)
    # Rounding: each of about 100 cells is off by one unit in the 52nd bit.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("weight", ["none", "fractions"])
def test_a_partner_of_as_many_levels_as_rows_is_counted_alike(weight, target):
    X, other = matrix("counts"), np.random.default_rng(6).permutation(N_ROWS) * 1000
    found = SparseCodes(X, target=target, sample_weight=WEIGHTS[weight])
    codes = discretize(X.toarray(), sample_weight=WEIGHTS[weight])[0]
    expected = joint_entropies(codes, other, target, sample_weight=WEIGHTS[weight])
    np.testing.assert_allclose(found.entropies_with(other), expected, atol=1e-12)


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_weights_equal_repetition_to_the_last_bit(
    kind, correction, other, target
):
    X, weight = matrix(kind), WEIGHTS["whole"]
    rows = np.repeat(np.arange(N_ROWS), weight)
    weighted = SparseCodes(
        X, target=target, sample_weight=weight, correction=correction
    )
    repeated = SparseCodes(X[rows], target=target[rows], correction=correction)
    np.testing.assert_array_equal(
        weighted.entropies_with(other), repeated.entropies_with(other[rows])
    )


def test_formats_dtypes_stored_zeros_and_duplicates_change_nothing(other):
    X = matrix("counts")
    expected = SparseCodes(X).entropies_with(other)
    coo = X.tocoo()
    halves = sparse.coo_array(
        (
            np.r_[coo.data - 1, np.ones(coo.nnz), np.zeros(5)],
            (np.r_[coo.row, coo.row, np.arange(5)], np.r_[coo.col, coo.col, [0] * 5]),
        ),
        shape=X.shape,
    )
    for same in (
        X.tocsc(),
        sparse.csr_matrix(X),
        X.astype(np.float32),
        X.astype(np.int64),
        halves,
        halves.tocsr(),
    ):
        found = SparseCodes(same).entropies_with(other)
        np.testing.assert_array_equal(found, expected)


def test_read_only_matrices_of_wide_indices_are_accepted(other):
    X = matrix("rounded").tocsc()
    expected = SparseCodes(X).entropies_with(other)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    np.testing.assert_array_equal(SparseCodes(X).entropies_with(other), expected)
    for part in (X.data, X.indices, X.indptr, other):
        part.setflags(write=False)
    np.testing.assert_array_equal(SparseCodes(X).entropies_with(other), expected)


def test_booleans_are_presence(other):
    X = matrix("presence")
    found = SparseCodes(X.astype(bool)).entropies_with(other)
    np.testing.assert_array_equal(found, SparseCodes(X).entropies_with(other))


def test_the_matrix_is_left_as_it_was():
    data, rows = np.array([1.0, 2.0, np.nan, 0.0]), np.array([2, 2, 0, 1])
    X = sparse.csc_array((data.copy(), rows.copy(), [0, 2, 4]), shape=(3, 2))
    SparseCodes(X, missing="category")
    np.testing.assert_array_equal(X.data, data)
    np.testing.assert_array_equal(X.indices, rows)


def test_a_missing_value_is_a_level_of_its_own():
    X = matrix("tfidf").toarray()
    X[::7] = np.nan
    found = SparseCodes(sparse.csr_array(X), 4, missing="category")
    codes, n_levels = discretize(np.nan_to_num(X), 4, sample_weight=~np.isnan(X[:, 0]))
    codes[::7] = n_levels
    np.testing.assert_array_equal(found.codes_of(range(N_COLUMNS)), codes)
    np.testing.assert_array_equal(found.n_levels, n_levels + 1)


def test_categories_keep_all_their_levels():
    X = matrix("rounded")
    mask = np.arange(N_COLUMNS) % 2 == 0
    found = SparseCodes(X, 3, categories=mask)
    n_values = [np.unique(column).size for column in X.toarray().T]
    np.testing.assert_array_equal(found.n_levels[mask], np.array(n_values)[mask])
    assert found.n_levels[~mask].max() <= 3


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_group_is_the_joint_variable_of_its_columns(weight, other, target):
    X, groups = matrix("counts"), [[3], [1, 5, 2], [0], [11, 10], [0, 0]]
    options = {"sample_weight": WEIGHTS[weight], "correction": "miller_madow"}
    found = SparseCodes(X, target=target, groups=groups, **options)
    codes = discretize(X.toarray(), sample_weight=WEIGHTS[weight])[0]
    joint = np.column_stack(
        [np.unique(codes[:, g], axis=0, return_inverse=True)[1].ravel() for g in groups]
    )
    expected = joint_entropies(joint, other, target, **options)
    np.testing.assert_allclose(found.entropies_with(other), expected, atol=1e-12)
    n_levels = np.max(joint, axis=0) + 1
    np.testing.assert_array_equal(found.n_levels, n_levels)
    assert found.n_variables == 5
    dense = found.codes_of([1, 3])
    for k, j in enumerate((1, 3)):
        pairs = np.unique(np.column_stack([dense[:, k], joint[:, j]]), axis=0)
        assert len(pairs) == n_levels[j]


def test_whole_entropies_of_copies_are_equal_and_cancel(target):
    X = matrix("tfidf").toarray()
    codes = SparseCodes(sparse.csc_array(np.hstack([X, 3 * X])), target=target)
    together, alone = codes.whole_entropies_with(codes.codes_of([4])[:, 0])
    # A column says nothing new beside itself, in whatever unit.
    assert together[4] == together[N_COLUMNS + 4] == alone
    some, _ = codes.whole_entropies_with(codes.codes_of([4])[:, 0], columns=[7, 2])
    np.testing.assert_array_equal(some, together[[7, 2]])


def test_counts_beyond_the_look_up_are_right():
    n = 200_000
    X = sparse.csc_array(
        (np.ones(n // 4), (np.arange(n // 4), np.zeros(n // 4))), (n, 1)
    )
    value = SparseCodes(X).entropies_with(np.zeros(n, dtype=int))[0]
    expected = np.log(4) - 0.75 * np.log(3)
    assert value == pytest.approx(expected, abs=1e-12)


def test_memory_grows_with_entries_and_not_with_the_dense_matrix():
    rng = np.random.default_rng(0)
    n, d, nnz = 4000, 20_000, 100_000
    places = rng.integers(0, n, nnz), rng.integers(0, d, nnz)
    X = sparse.csr_array((rng.random(nnz), places), shape=(n, d))
    y = rng.integers(0, 5, n)
    # Once before: compilers take memory too.
    SparseCodes(X, target=y).entropies_with(y)
    tracemalloc.start()
    SparseCodes(X, target=y).entropies_with(y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # As bytes the dense codes would be 80 MB, as numbers 640. Here: 1.2 MB of CSC,
    # codes of 8 bytes an entry, and 8 arrays of d or n numbers with their differences.
    assert peak < 8e6


@pytest.mark.parametrize(
    ("X", "options", "found"),
    [
        (np.eye(3), {}, "sparse matrix or array, found ndarray"),
        (sparse.csr_array((0, 3)), {}, r"found shape \(0, 3\)"),
        (sparse.csr_array(np.eye(3) * 1j), {}, "found dtype complex128"),
        (sparse.csr_array([[np.nan, 1]]), {}, "finite numbers, found NaN"),
        (sparse.csr_array([[np.inf, 1]]), {"missing": "category"}, "found infinity"),
        (sparse.csr_array(np.eye(3)), {"missing": "pairwise"}, "found 'pairwise'"),
        (sparse.csr_array(np.eye(3)), {"correction": "nsb"}, "found 'nsb'"),
        (sparse.csr_array(np.eye(3)), {"n_bins": 1}, "found 1"),
        (sparse.csr_array(np.eye(3)), {"target": [0, 1]}, r"found \(2,\)"),
        (sparse.csr_array(np.eye(3)), {"sample_weight": [1, -1, 1]}, "found"),
        (sparse.csr_array(np.eye(3)), {"categories": [True]}, r"found shape \(1,\)"),
        (sparse.csr_array(np.eye(3)), {"groups": [[3]]}, "found 3"),
        (sparse.csr_array(np.eye(3)), {"groups": [[]]}, "none empty, found"),
        (sparse.csr_array(np.eye(3)), {"groups": []}, "none empty, found"),
    ],
)
def test_bad_arguments_are_named(X, options, found):
    name = "X" if found == "found infinity" else next(iter(options), "X")
    with pytest.raises(ValueError, match=f"{name} must.*{found}"):
        SparseCodes(X, **options)


def test_bad_partners_are_named():
    codes = SparseCodes(sparse.csr_array(np.eye(3)))
    with pytest.raises(ValueError, match=r"other must .* \(3,\), found \(2,\)"):
        codes.entropies_with([0, 1])
    with pytest.raises(ValueError, match="target must be False"):
        codes.whole_entropies_with([0, 1, 1], target=True)
