"""Tables and joint entropies of integer codes against bincount."""

import numpy as np
import pytest

from skmi.information import (
    contingency_table,
    entropy,
    joint_entropies,
    joint_tables,
)


@pytest.fixture(params=[np.uint8, np.int32, np.int64])
def codes(request):
    rng = np.random.default_rng(0)
    return rng.integers(0, 5, size=(211, 7)).astype(request.param)


@pytest.fixture
def other():
    return np.random.default_rng(1).integers(0, 4, size=211)


@pytest.fixture
def target():
    return np.random.default_rng(2).integers(0, 3, size=211)


def brute_force(column, other, target, weight=None, shape=(5, 4, 3)):
    """Return the table of three variables by one bincount."""
    flat = np.ravel_multi_index((column.astype(int), other, target), shape)
    counts = np.bincount(flat, weights=weight, minlength=np.prod(shape))
    return counts.reshape(shape)


def test_joint_tables_equal_bincount(codes, other, target):
    tables = joint_tables(codes, other, target)
    assert tables.dtype == np.int64
    assert tables.shape == (7, 5, 4, 3)
    for j in range(codes.shape[1]):
        expected = brute_force(codes[:, j], other, target)
        np.testing.assert_array_equal(tables[j], expected)


def test_pair_tables_are_the_marginals_of_triple_tables(codes, other, target):
    pairs = joint_tables(codes, other)
    triples = joint_tables(codes, other, target)
    np.testing.assert_array_equal(pairs, triples.sum(axis=3))


def test_weighted_tables_equal_weighted_bincount(codes, other, target):
    weight = np.random.default_rng(3).random(211)
    tables = joint_tables(codes, other, target, sample_weight=weight)
    assert tables.dtype == np.float64
    for j in range(codes.shape[1]):
        expected = brute_force(codes[:, j], other, target, weight)
        np.testing.assert_allclose(tables[j], expected, rtol=1e-13)


def test_weights_equal_repetition_to_the_last_bit(codes, other, target):
    weight = np.random.default_rng(4).integers(0, 4, size=211)
    rows = np.repeat(np.arange(211), weight)
    weighted = joint_entropies(codes, other, target, sample_weight=weight)
    repeated = joint_entropies(codes[rows], other[rows], target[rows])
    np.testing.assert_array_equal(weighted, repeated)


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
def test_joint_entropies_equal_entropies_of_the_tables(
    codes, other, target, correction
):
    pair, triple = joint_entropies(codes, other, target, correction=correction)
    tables = joint_tables(codes, other, target)
    for j in range(codes.shape[1]):
        expected = entropy(tables[j].sum(axis=2), correction=correction)
        assert pair[j] == pytest.approx(expected, abs=1e-13)
        expected = entropy(tables[j], correction=correction)
        assert triple[j] == pytest.approx(expected, abs=1e-13)


def test_without_a_target_only_the_pair_entropies_are_returned(codes, other, target):
    alone = joint_entropies(codes, other)
    together, _ = joint_entropies(codes, other, target)
    np.testing.assert_array_equal(alone, together)


def test_tiles_change_nothing(codes, other, target):
    whole = joint_entropies(codes, other, target)
    tiled = joint_entropies(codes, other, target, max_bytes=1)
    np.testing.assert_array_equal(whole, tiled)
    np.testing.assert_array_equal(
        joint_tables(codes, other), joint_tables(codes, other, max_bytes=1000)
    )


def test_large_counts_leave_the_lookup_table_and_stay_exact():
    codes = np.repeat([0, 1], [150_000, 50_000])[:, None].astype(np.uint8)
    value = joint_entropies(codes, np.zeros(200_000, dtype=int))
    assert value[0] == pytest.approx(entropy([3, 1]), abs=1e-12)


def test_order_in_memory_changes_nothing(codes, other):
    expected = joint_tables(codes, other)
    np.testing.assert_array_equal(
        joint_tables(np.asfortranarray(codes), other), expected
    )
    np.testing.assert_array_equal(joint_tables(codes[:, ::-1], other), expected[::-1])


def test_read_only_codes_are_accepted(codes, other):
    expected = joint_tables(codes, other)
    codes.setflags(write=False)
    np.testing.assert_array_equal(joint_tables(codes, other), expected)


def test_contingency_table_counts_labels_in_sorted_order():
    x = np.array(["b", "a", "b", "b"])
    y = np.array([1.0, 1.0, -2.0, 1.0])
    np.testing.assert_array_equal(contingency_table(x, y), [[0, 1], [1, 2]])


def test_contingency_table_of_weights_equals_repetition():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 4, size=(2, 50))
    weight = rng.integers(1, 5, size=50)
    weighted = contingency_table(x, y, sample_weight=weight)
    repeated = contingency_table(np.repeat(x, weight), np.repeat(y, weight))
    np.testing.assert_array_equal(weighted, repeated)


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (np.zeros(3, dtype=int), "2-D"),
        (np.zeros((3, 2)), "integers"),
        (np.array([[0], [-1], [2]]), "negative"),
        (np.zeros((0, 2), dtype=int), "0 rows"),
    ],
)
def test_bad_codes_are_named(codes, found):
    with pytest.raises(ValueError, match=f"codes .*{found}"):
        joint_tables(codes, np.zeros(3, dtype=int))


def test_bad_partners_are_named():
    codes = np.zeros((3, 2), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"other .*3"):
        joint_tables(codes, np.zeros(4, dtype=int))
    with pytest.raises(ValueError, match=r"target .*integers"):
        joint_tables(codes, np.zeros(3, dtype=int), np.zeros(3))


@pytest.mark.parametrize(
    "weight",
    [
        [1, 2],
        [1, -1, 1],
        [0, 0, 0],
        [1, np.nan, 1],
        [1, np.inf, 1],
        ["a", "b", "c"],
        [1e308] * 3,
    ],
)
def test_bad_weights_are_named(weight):
    with pytest.raises(ValueError, match="sample_weight must"):
        contingency_table([0, 1, 1], [1, 0, 1], sample_weight=weight)


def test_mismatched_lengths_are_named():
    with pytest.raises(ValueError, match=r"y must .*3.*2"):
        contingency_table([0, 1, 1], [1, 0])


def test_missing_labels_are_named():
    with pytest.raises(ValueError, match=r"x .*NaN"):
        contingency_table([0.0, np.nan], [1, 0])


@pytest.mark.parametrize("floats", [np.float64, np.float32])
def test_fractions_are_no_labels(floats):
    x = np.array([0.0, 1.5, 1.0], dtype=floats)
    with pytest.raises(ValueError, match=r"^x must hold labels, .* 1 fractions.* 1\.5"):
        contingency_table(x, [1, 0, 1])
    with pytest.raises(ValueError, match=r"^y must hold labels, .* 1 fractions.* 1\.5"):
        contingency_table([1, 0, 1], x)


def test_whole_floats_are_labels():
    found = contingency_table([3.0, -2.0, 3.0], ["b", "a", "b"])
    np.testing.assert_array_equal(found, [[1, 0], [0, 2]])


def test_a_constant_has_one_level_whatever_it_is():
    np.testing.assert_array_equal(contingency_table([0.1] * 3, [0, 1, 1]), [[1, 2]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([1.0, np.nan, np.nan], dtype=object), "x must .* 2 missing"),
        (["a", None, "b"], "x must .* 1 missing .* row 1"),
        (np.array(["2020-01-01", "NaT", "NaT"], "M8[D]"), "x must .* 2 missing"),
        (np.array([1, "1", 2], dtype=object), "x must hold labels of one kind"),
    ],
)
def test_missing_and_mixed_labels_are_refused_by_name(labels, message):
    with pytest.raises(ValueError, match=message):
        contingency_table(labels, [0, 1, 1])
