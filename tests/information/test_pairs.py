"""Entropies and informations of all pairs of columns against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from skmi.information import (
    CORRECTIONS,
    PairwiseInformation,
    conditional_entropy,
    conditional_mutual_information,
    entropy,
    joint_entropies,
    joint_tables,
    mutual_information,
    pairwise_entropies,
    pairwise_mutual_information,
)

# Rows around a word, around a chunk of lines of bits, and beyond it.
ROWS = [1, 2, 63, 64, 65, 500, 8191, 8192, 17000]
# Few levels are counted by bits, many row by row; mixed columns take both ways.
LEVELS = {
    "two": (2,),
    "eight": (8,),
    "sixteen": (16,),
    "mixed": (1, 2, 3, 5, 8, 13, 40),
    "many": (70, 300),
    "few and many": (2, 8, 90, 400),
}


def make_codes(n_rows, levels, d=12, seed=0):
    """Return codes whose columns depend on one another, with all levels of each."""
    rng = np.random.default_rng(seed)
    n_levels = rng.choice(levels, size=d)
    shared = rng.random((n_rows, 1))
    mixed = np.where(rng.random((n_rows, d)) < 0.5, shared, rng.random((n_rows, d)))
    return (mixed**2 * n_levels).astype(np.int64)


def brute_force(codes, target=None, weight=None):
    """Return the entropies of all pairs, each from numpy's own table."""
    y = np.zeros(len(codes), dtype=int) if target is None else target
    d = codes.shape[1]
    found = np.empty((2, d, d))
    for i, j in np.ndindex(d, d):
        levels = [codes[:, i], codes[:, j], y]
        shape = [k.max() + 1 for k in levels]
        flat = np.ravel_multi_index(levels, shape)
        used = np.unique(flat, return_inverse=True)[1]
        found[1, i, j] = scipy_entropy(np.bincount(used, weights=weight))
        used = np.unique(flat // shape[2], return_inverse=True)[1]
        found[0, i, j] = scipy_entropy(np.bincount(used, weights=weight))
    return found[0] if target is None else found


@pytest.fixture
def codes():
    return make_codes(700, (1, 2, 3, 8, 40))


@pytest.fixture
def target():
    return np.random.default_rng(5).integers(0, 3, size=700)


# ----------------------------------------------------------------- ground truth


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("n_rows", ROWS)
def test_entropies_equal_joint_entropies_and_brute_force(n_rows, levels):
    codes = make_codes(n_rows, levels)
    found = pairwise_entropies(codes)
    expected = [joint_entropies(codes, column) for column in codes.T]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    if n_rows <= 500:
        np.testing.assert_allclose(found, brute_force(codes), rtol=0, atol=1e-12)


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("n_rows", ROWS)
def test_entropies_with_a_target_equal_joint_entropies_and_brute_force(n_rows, levels):
    codes = make_codes(n_rows, levels)
    target = np.random.default_rng(1).integers(0, 4, size=n_rows)
    found = pairwise_entropies(codes, target)
    expected = np.stack(
        [joint_entropies(codes, column, target) for column in codes.T], axis=1
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    if n_rows <= 500:
        expected = brute_force(codes, target)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_dtype_and_order_change_no_bit_and_codes_stay_as_they_are(dtype, order):
    codes = make_codes(300, (2, 8, 200))
    given_codes = np.array(codes, dtype=dtype, order=order)
    found = pairwise_entropies(given_codes, given_codes[:, 0])
    np.testing.assert_array_equal(found, pairwise_entropies(codes, codes[:, 0]))
    np.testing.assert_array_equal(given_codes, codes)


def test_unused_levels_cost_nothing_and_change_no_bit():
    codes = make_codes(200, (3, 8))
    spread = codes.copy(order="F").astype(np.int32)
    spread[:, :4] *= 10**8
    found = pairwise_entropies(spread, spread[:, 0])
    np.testing.assert_array_equal(found, pairwise_entropies(codes, codes[:, 0]))
    np.testing.assert_array_equal(spread[:, :4], codes[:, :4] * 10**8)


def test_informations_equal_informations_of_tables(codes, target):
    found = pairwise_mutual_information(codes, target)
    np.testing.assert_array_equal(found.mutual, pairwise_mutual_information(codes))
    for i, j in ((0, 1), (2, 7), (9, 4), (5, 11)):
        table = joint_tables(codes[:, [i]], codes[:, j], target)[0]
        expected = mutual_information(table.sum(axis=2))
        assert found.mutual[i, j] == pytest.approx(expected, abs=1e-12)
        sklearn_value = mutual_info_score(codes[:, i], codes[:, j])
        assert found.mutual[i, j] == pytest.approx(sklearn_value, abs=1e-12)
        expected = conditional_mutual_information(table)
        assert found.conditional[i, j] == pytest.approx(expected, abs=1e-12)
        expected = mutual_information(table.reshape(-1, table.shape[2]))
        assert found.joint[i, j] == pytest.approx(expected, abs=1e-12)


def test_diagonals_hold_the_entropies_and_informations_of_single_columns(codes, target):
    found = pairwise_mutual_information(codes, target)
    pair, triple = pairwise_entropies(codes, target)
    h_y = entropy(np.bincount(target))
    for j, column in enumerate(codes.T):
        h = entropy(np.bincount(column))
        table = joint_tables(codes[:, [j]], target)[0]
        assert pair[j, j] == pytest.approx(h, abs=1e-12)
        assert triple[j, j] == pytest.approx(entropy(table), abs=1e-12)
        assert found.mutual[j, j] == pytest.approx(h, abs=1e-12)
        assert found.conditional[j, j] == pytest.approx(entropy(table) - h_y, abs=1e-12)
        expected = mutual_information(table)
        assert found.joint[j, j] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correction", [*sorted(CORRECTIONS), CORRECTIONS["plugin"]])
@pytest.mark.parametrize("weighted", [False, True])
def test_corrections_equal_those_of_joint_entropies(
    codes, target, correction, weighted
):
    weight = np.random.default_rng(6).random(700) * 3 if weighted else None
    options = {"correction": correction, "sample_weight": weight}
    pair, triple = pairwise_entropies(codes, target, **options)
    for j, column in enumerate(codes.T):
        others = np.arange(codes.shape[1]) != j
        expected = joint_entropies(codes[:, others], column, target, **options)
        np.testing.assert_allclose(pair[j, others], expected[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(triple[j, others], expected[1], rtol=0, atol=1e-12)
        nobody = np.zeros(700, dtype=int)
        expected = joint_entropies(codes[:, [j]], nobody, target, **options)[:, 0]
        np.testing.assert_allclose((pair[j, j], triple[j, j]), expected, atol=1e-12)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_corrected_informations_equal_those_of_tables(codes, target, correction):
    codes = codes[:, :4]
    found = pairwise_mutual_information(codes, target, correction=correction)
    alone = pairwise_mutual_information(codes, correction=correction)
    np.testing.assert_allclose(found.mutual, alone, rtol=0, atol=1e-12)
    options = {"correction": correction}
    for i, j in np.ndindex(4, 4):
        table = joint_tables(codes[:, [i]], codes[:, j], target)[0]
        if i == j:
            table = table[np.arange(len(table)), np.arange(len(table))]
            expected = (
                entropy(table.sum(axis=1), **options),
                conditional_entropy(table, **options),
                mutual_information(table, **options),
            )
        else:
            expected = (
                mutual_information(table.sum(axis=2), **options),
                conditional_mutual_information(table, **options),
                mutual_information(table.reshape(-1, table.shape[2]), **options),
            )
        for values, value in zip(found, expected, strict=True):
            assert values[i, j] == pytest.approx(value, abs=1e-12)


# ------------------------------------------------------------------- identities


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 6)),
        elements=st.integers(0, 4),
    ),
    st.integers(0, 3),
    st.booleans(),
)
def test_small_tables_equal_brute_force(codes, seed, weighted):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 3, size=len(codes))
    weight = rng.random(len(codes)) + 0.1 if weighted else None
    found = pairwise_entropies(codes, target, sample_weight=weight)
    expected = brute_force(codes, target, weight)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_chain_rule(codes, target):
    found = pairwise_mutual_information(codes, target)
    for i, j in np.ndindex(found.joint.shape):
        # I(Xj;Y|Xi) from a table whose last axis is Xi.
        table = joint_tables(codes[:, [j]], target, codes[:, i])[0]
        given_i = conditional_mutual_information(table)
        total = found.joint[i, i] + given_i
        assert found.joint[i, j] == pytest.approx(total, abs=1e-12)


def test_interaction_is_the_same_from_either_side(codes, target):
    found = pairwise_mutual_information(codes, target)
    alone = found.joint.diagonal()
    np.testing.assert_allclose(
        found.joint - alone[:, None] - alone,
        found.conditional - found.mutual,
        rtol=0,
        atol=1e-12,
    )


def test_a_function_of_a_column_knows_no_more(codes, target):
    merged = codes // 2
    d = codes.shape[1]
    found = pairwise_mutual_information(np.hstack([codes, merged]), target)
    for values in (found.mutual, found.joint):
        # Rounding may move the last bits of what is equal.
        assert (values[d:, :d] <= values[:d, :d] + 1e-14).all()
    for j in range(d):
        assert found.joint[j, d + j] == found.joint[j, j]
        assert found.mutual[j, d + j] == found.mutual[d + j, d + j]


def test_parity_needs_both_coins():
    rng = np.random.default_rng(7)
    coins = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], 50, axis=0)
    codes = np.column_stack([coins, rng.integers(0, 8, size=(200, 20))])
    found = pairwise_mutual_information(codes, coins[:, 0] ^ coins[:, 1])
    assert found.mutual[0, 1] == pytest.approx(0, abs=1e-15)
    assert found.joint[0, 1] == pytest.approx(np.log(2), abs=1e-15)
    assert found.conditional[0, 1] == pytest.approx(np.log(2), abs=1e-15)
    off_diagonal = found.joint - np.diag(found.joint.diagonal())
    assert np.unravel_index(off_diagonal.argmax(), off_diagonal.shape) == (0, 1)


# --------------------------------------------------------------- exact equality


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
@pytest.mark.parametrize("weighted", [False, True])
def test_constant_columns_are_exactly_zero(codes, target, correction, weighted):
    codes[:, 3] = 7
    codes[:, 8] = 0
    weight = np.random.default_rng(8).random(700) if weighted else None
    options = {"correction": correction, "sample_weight": weight}
    found = pairwise_mutual_information(codes, target, **options)
    for j in (3, 8):
        assert (found.mutual[j] == 0).all()
        assert (found.conditional[j] == 0).all()
        assert found.joint[j, j] == 0
    # Some corrections count the unused levels of column 3 as empty cells.
    np.testing.assert_allclose(found.joint[8], found.joint.diagonal(), atol=1e-15)
    if correction in ("plugin", "miller_madow"):
        for j in (3, 8):
            np.testing.assert_array_equal(found.joint[j], found.joint.diagonal())
    assert not np.signbit(found.mutual[3]).any()


def test_a_constant_target_says_and_changes_nothing(codes):
    found = pairwise_mutual_information(codes, np.zeros(700, dtype=int))
    assert (found.joint == 0).all()
    np.testing.assert_array_equal(found.mutual, found.conditional)
    np.testing.assert_array_equal(found.mutual, pairwise_mutual_information(codes))


def test_columns_that_the_target_determines_share_nothing_given_it(codes, target):
    codes[:, 2] = target % 2
    codes[:, 5] = target
    found = pairwise_mutual_information(codes, target)
    assert (found.conditional[[2, 5]] == 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_results_are_symmetric_to_the_last_bit(codes, target, weighted):
    weight = np.random.default_rng(9).random(700) if weighted else None
    found = pairwise_mutual_information(codes, target, sample_weight=weight)
    for values in (*found, *pairwise_entropies(codes, target, sample_weight=weight)):
        np.testing.assert_array_equal(values, values.T)


def test_relabelling_and_reordering_change_no_bit(codes, target):
    rng = np.random.default_rng(10)
    renamed = np.column_stack(
        [rng.permutation(column.max() + 1)[column] for column in codes.T]
    )
    rows, columns = rng.permutation(700), rng.permutation(codes.shape[1])
    found = pairwise_mutual_information(renamed[rows][:, columns], 2 - target[rows])
    expected = pairwise_mutual_information(codes, target)
    for values, original in zip(found, expected, strict=True):
        np.testing.assert_array_equal(values, original[columns][:, columns])


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
@pytest.mark.parametrize("weighted", [False, True])
def test_threads_change_no_bit(n_jobs, weighted):
    codes = make_codes(300, (2, 8, 16, 90), d=150)
    target = np.random.default_rng(11).integers(0, 3, size=300)
    weight = np.random.default_rng(12).random(300) if weighted else None
    options = {"sample_weight": weight}
    found = pairwise_entropies(codes, target, n_jobs=n_jobs, **options)
    np.testing.assert_array_equal(found, pairwise_entropies(codes, target, **options))


@pytest.mark.parametrize("max_bytes", [1, 100_000, 1_000_000])
def test_tiles_change_no_bit(max_bytes):
    codes = make_codes(9000, (2, 8, 16, 90), d=150)
    target = np.random.default_rng(13).integers(0, 3, size=9000)
    found = pairwise_entropies(codes, target, max_bytes=max_bytes, n_jobs=2)
    np.testing.assert_array_equal(found, pairwise_entropies(codes, target))


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
def test_weights_equal_repetition_to_the_last_bit(levels, correction):
    codes = make_codes(400, levels)
    target = np.random.default_rng(14).integers(0, 3, size=400)
    weight = np.random.default_rng(15).integers(0, 4, size=400)
    rows = np.repeat(np.arange(400), weight)
    options = {"correction": correction}
    weighted = pairwise_entropies(codes, target, sample_weight=weight, **options)
    repeated = pairwise_entropies(codes[rows], target[rows], **options)
    np.testing.assert_array_equal(weighted, repeated)


@pytest.mark.parametrize("scale", [1e-280, 1e-6, 1e12, 1e280])
def test_the_scale_of_weights_does_not_matter(codes, target, scale):
    weight = np.random.default_rng(16).random(700)
    found = pairwise_entropies(codes, target, sample_weight=weight * scale)
    expected = pairwise_entropies(codes, target, sample_weight=weight)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


# ------------------------------------------------------------------- odd shapes


def test_empty_and_rare_classes():
    codes = make_codes(300, (2, 8))
    target = np.full(300, 5)
    target[17] = 9
    found = pairwise_entropies(codes, target)
    np.testing.assert_allclose(found, brute_force(codes, target), rtol=0, atol=1e-12)


def test_a_target_of_its_own_in_every_row():
    codes = make_codes(300, (2, 8, 90))
    found = pairwise_mutual_information(codes, np.arange(300))
    assert (found.conditional == 0).all()
    pair = pairwise_entropies(codes)
    np.testing.assert_allclose(found.joint, pair, rtol=0, atol=1e-14)


def test_columns_of_their_own_in_every_row():
    codes = np.column_stack(
        [np.arange(3000), np.arange(3000)[::-1], np.arange(3000) // 2]
    )
    found = pairwise_mutual_information(codes)
    assert found[0, 1] == pytest.approx(np.log(3000), abs=1e-13)
    assert found[0, 2] == pytest.approx(np.log(1500), abs=1e-13)


def test_one_row_holds_no_information():
    found = pairwise_mutual_information([[3, 0, 1, 7, 2, 1]], [1])
    for values in found:
        np.testing.assert_array_equal(values, np.zeros((6, 6)))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5])
def test_few_columns(d):
    codes = make_codes(100, (3, 8), d=d)
    np.testing.assert_allclose(
        pairwise_entropies(codes), brute_force(codes), rtol=0, atol=1e-12
    )


def test_counts_beyond_the_table_of_logarithms():
    codes = make_codes(70_000, (1, 2, 2, 90), d=8)
    target = (np.arange(70_000) > 69_000).astype(int)
    found = pairwise_entropies(codes, target)
    expected = np.stack([joint_entropies(codes, k, target) for k in codes.T], axis=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_result_with_a_target_is_a_named_tuple(codes, target):
    found = pairwise_mutual_information(codes, target)
    assert isinstance(found, PairwiseInformation)
    assert found._fields == ("mutual", "conditional", "joint")


# -------------------------------------------------------------------- bad input


@pytest.mark.parametrize("function", [pairwise_entropies, pairwise_mutual_information])
@pytest.mark.parametrize(
    ("codes", "options", "message"),
    [
        ([0, 1], {}, r"codes must be a 2-D array with rows and columns, found"),
        (np.empty((0, 3), dtype=int), {}, r"codes must be a 2-D .* \(0 rows\)"),
        ([[0.5, 1.0]], {}, "codes must be integers of at least 0, found dtype float"),
        ([[0, -1]], {}, "codes must be integers of at least 0, found negative"),
        ([[0, 2**31]], {}, "codes must be integers of at most 2147483646, found"),
        ([[0], [1]], {"target": [0]}, r"target must be of shape \(2,\), found \(1,\)"),
        ([[0], [1]], {"target": ["a", "b"]}, "target must be integers of at least 0"),
        ([[0], [1]], {"target": [0, -1]}, "target must be integers .* found negative"),
        ([[0], [1]], {"sample_weight": [1]}, r"sample_weight must be of shape \(2,\)"),
        ([[0], [1]], {"sample_weight": [1, -1]}, "sample_weight must be finite"),
        ([[0], [1]], {"correction": "magic"}, "correction must be one of"),
        ([[0], [1]], {"max_bytes": 0}, "max_bytes must be an int of at least 1"),
        ([[0], [1]], {"n_jobs": 0}, "n_jobs must be None or an int other than 0"),
        ([[0], [1]], {"n_jobs": 1.5}, "n_jobs must be None or an int other than 0"),
    ],
)
def test_bad_input_is_named(function, codes, options, message):
    with pytest.raises(ValueError, match=message):
        function(codes, **options)
