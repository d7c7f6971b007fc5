"""Selection from rows that come in blocks, against all rows at once."""

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest

from skmi.feature_selection._criteria import CRITERIA
from skmi.feature_selection._engine_binned import BinnedEngine
from skmi.feature_selection._problem import Problem
from skmi.feature_selection._stream import Stream
from skmi.feature_selection._terms import Terms
from skmi.information import discretize

N_ROWS, CUTS = 400, (0, 150, 151, 390, 400)


def rows():
    """Return numbers, whole numbers with ties, constants and a copy, and classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, 8))
    X[:, 2] = rng.integers(0, 5, N_ROWS)
    X[:, 3] = np.round(3 * X[:, 3])
    X[:, 5] = 1.5
    X[:, 6] = 2 * X[:, 0]
    y = (X[:, 0] + X[:, 2] > 2) + 1 * (X[:, 1] > 1)
    return X, y


WEIGHTS = {
    "none": None,
    "whole": np.random.default_rng(1).integers(1, 4, N_ROWS).astype(float),
    "fractions": np.random.default_rng(2).random(N_ROWS) + 0.01,
}


def edges_of(X):
    """Return the quartiles of each column that vary."""
    return [np.unique(np.quantile(x, [0.25, 0.5, 0.75])) for x in X.T]


def streamed(X, y, weight=None, cuts=CUTS, **options):
    """Return the stream of rows that came in blocks."""
    parts = [
        (X[a:b], y[a:b], None if weight is None else weight[a:b])
        for a, b in pairwise(cuts)
    ]
    stream = Stream.start(*parts[0][:2], sample_weight=parts[0][2], **options)
    for part in parts:
        stream = stream.add(*part)
    return stream


def dense(codes, y, weight=None, correction="miller_madow"):
    """Return the engine of codes that are given."""
    fields = codes, np.ones(codes.shape[1], bool), None, y[:, None], np.array([True])
    return BinnedEngine(Problem(*fields, correction=correction, sample_weight=weight))


TERMS = {
    "relevance": lambda engine: engine.relevance(),
    "redundancy": lambda engine: engine.redundancy(2),
    "some": lambda engine: engine.redundancy(2, np.array([7, 1])),
    "conditional": lambda engine: engine.conditional(2),
    "of a constant": lambda engine: engine.conditional(5),
    "conditional_relevance": lambda engine: engine.conditional_relevance(6),
    "given_all": lambda engine: engine.given_all((6,)),
    "entropies": lambda engine: engine.entropies(),
    "entropy_of_target": lambda engine: engine.entropy_of_target(),
    "joint_entropy": lambda engine: engine.joint_entropy(2),
    "entropy_given_all": lambda engine: engine.entropy_given_all((3,)),
}


def entropy(*columns, weight, correction):
    """Return the entropy of columns of codes together by a plain table."""
    cells, where = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    counts = np.bincount(where.ravel(), weight)
    total = counts.sum()
    value = np.log(total) - (counts * np.log(counts)).sum() / total
    extra = (len(cells) - 1) / (2 * total) if correction == "miller_madow" else 0
    return value + extra


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_terms_are_those_of_plain_tables(weight, correction):
    (X, y), weight = rows(), WEIGHTS[weight]
    edges = edges_of(X)
    engine = streamed(X, y, weight, bin_edges=edges).engine(correction)
    codes = [np.searchsorted(own, x) for own, x in zip(edges, X.T, strict=True)]
    s = codes[3]
    varies = np.array([np.ptp(x) > 0 for x in codes])

    def h(*columns):
        return entropy(*columns, weight=weight, correction=correction)

    def expect(found, value):
        # Rounding of about 50 cells: the tables are the same.
        expected = [value(x) if varies[j] else 0 for j, x in enumerate(codes)]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
        assert not found[~varies].any()

    expect(engine.relevance(), lambda x: h(x) + h(y) - h(x, y))
    expect(engine.redundancy(3), lambda x: h(x) + h(s) - h(x, s))
    expect(engine.conditional(3), lambda x: h(x, y) + h(s, y) - h(x, s, y) - h(y))
    expect(
        engine.conditional_relevance(3), lambda x: h(x, s) + h(s, y) - h(x, s, y) - h(s)
    )
    expect(engine.entropies(), h)
    expect(engine.entropy_given_all((3,)), lambda x: h(x, s) - h(s))
    expected = [h(x, s, y) for x in codes]
    np.testing.assert_allclose(engine.joint_entropy(3), expected, atol=1e-12)
    assert engine.entropy_of_target() == pytest.approx(h(y), abs=1e-13)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_term_is_that_of_the_dense_engine(weight):
    (X, y), weight = rows(), WEIGHTS[weight]
    stream = streamed(X, y, weight, bin_edges=edges_of(X))
    expected = dense(stream.codes_of(X), y, weight)
    found = stream.engine()
    assert found.n_units == 8
    np.testing.assert_array_equal(found.informative, np.arange(8) != 5)
    for name, term in TERMS.items():
        np.testing.assert_allclose(
            term(found), term(expected), rtol=0, atol=1e-12, err_msg=name
        )


@pytest.mark.parametrize("weight", ["none", "whole"])
@pytest.mark.parametrize("cuts", [(0, N_ROWS), (0, 1, 2, 399, 400), (0, 200, 400)])
def test_blocks_equal_the_whole_to_the_last_bit(weight, cuts):
    (X, y), weight = rows(), WEIGHTS[weight]
    options = {"bin_edges": edges_of(X), "classes": [0, 1, 2]}
    whole = streamed(X, y, weight, cuts=(0, N_ROWS), **options)
    stream = streamed(X, y, weight, cuts=cuts, **options)
    for ours, expected in zip(stream, whole, strict=True):
        np.testing.assert_array_equal(ours, expected)
    for name, term in TERMS.items():
        np.testing.assert_array_equal(
            term(stream.engine()), term(whole.engine()), err_msg=name
        )


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
def test_weights_equal_repetition_to_the_last_bit(correction):
    (X, y), weight = rows(), WEIGHTS["whole"]
    again = np.repeat(np.arange(N_ROWS), weight.astype(int))
    found = streamed(X, y, weight, cuts=(0, 150, 400)).engine(correction)
    n_first = int(weight[:150].sum())
    cuts = (0, n_first, again.size)
    expected = streamed(X[again], y[again], cuts=cuts).engine(correction)
    for name, term in TERMS.items():
        np.testing.assert_array_equal(term(found), term(expected), err_msg=name)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_without_edges_those_of_the_first_block_are_kept(weight):
    (X, y), weight = rows(), WEIGHTS[weight]
    stream = streamed(X, y, weight, n_bins=6)
    first = None if weight is None else weight[:150]
    codes, n_levels = discretize(X[:150], 6, sample_weight=first)
    np.testing.assert_array_equal(stream.codes_of(X[:150]), codes)
    np.testing.assert_array_equal(stream.n_levels, n_levels)
    assert stream.n_rows == N_ROWS


def test_a_column_of_categories_keeps_the_values_of_the_first_block():
    X, y = rows()
    X[:, 4] = np.arange(N_ROWS) % 40
    stream = streamed(X, y, categories=np.arange(8) == 4)
    assert stream.n_levels[4] == 40
    np.testing.assert_array_equal(stream.codes_of(X)[:, 4], X[:, 4])


def test_a_number_as_target_is_cut_where_the_first_block_is():
    X, _ = rows()
    y = X[:, 0] + X[:, 2]
    stream = streamed(X, y, discrete_target=False, n_bins_target=5)
    codes = discretize(y[:150, None], 5)[0][:, 0]
    np.testing.assert_array_equal(stream.target_codes_of(y[:150]), codes)
    expected = dense(stream.codes_of(X), stream.target_codes_of(y).astype(float))
    np.testing.assert_allclose(
        stream.engine().relevance(), expected.relevance(), atol=1e-12
    )


def test_labels_are_words_of_any_block():
    X, y = rows()
    words = np.array(["no", "yes", "all"])[y]
    named = streamed(X, words, classes=["yes", "no", "all"])
    numbered = streamed(X, y, classes=[2, 0, 1])
    np.testing.assert_allclose(
        named.engine().relevance(), numbered.engine().relevance(), atol=1e-15
    )


def test_missing_values_are_a_level_that_later_blocks_may_have():
    X, y = rows()
    X[200::3, 1] = np.nan
    stream = streamed(X, y, missing="category", bin_edges=edges_of(rows()[0]))
    codes = stream.codes_of(X)
    assert (codes[200::3, 1] == 4).all()
    expected = dense(codes, y)
    for name, term in TERMS.items():
        np.testing.assert_allclose(
            term(stream.engine()), term(expected), rtol=0, atol=1e-12, err_msg=name
        )
    with pytest.raises(ValueError, match="X must hold finite real numbers, found NaN"):
        streamed(rows()[0], y).add(X, y)


def test_a_block_may_lack_all_values_of_a_column():
    X, y = rows()
    X[150:151, 1] = np.nan
    stream = streamed(X, y, missing="category")
    whole = stream.codes_of(X)
    assert whole[150, 1] == whole[:, 1].max() == 8
    np.testing.assert_array_equal(stream.codes_of(X[150:151]), whole[150:151])


def test_edges_of_the_first_block_do_not_mind_missing_values():
    X, y = rows()
    X[:150:3, 1] = np.nan
    stream = streamed(X, y, missing="category")
    known = ~np.isnan(X[:150, 1])
    expected = discretize(X[:150, [1]][known], 8)[0]
    np.testing.assert_array_equal(stream.codes_of(X[:150])[known][:, [1]], expected)


def test_adding_rows_leaves_the_stream_before_as_it_was():
    X, y = rows()
    stream = streamed(X, y)
    before = copy.deepcopy(stream)
    stream.add(X, y)
    with pytest.raises(ValueError, match="y must hold the classes"):
        stream.add(X, y + 1)
    for ours, expected in zip(stream, before, strict=True):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("way", ["pickle", "dict"])
def test_a_stream_goes_on_after_it_was_stored(way):
    X, y = rows()
    stream = streamed(X[:200], y[:200], cuts=(0, 200))
    if way == "pickle":
        stored = pickle.loads(pickle.dumps(stream))
    else:
        stored = Stream(**stream._asdict())
        kinds = {type(value) for value in stored}
        assert kinds <= {np.ndarray, int, bool}
    found = stored.add(X[200:], y[200:]).engine().relevance()
    expected = streamed(X, y, cuts=(0, 200, 400)).engine().relevance()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("criterion", ["mrmr", "jmi", "cmim", "disr"])
def test_criteria_of_pairs_select_as_they_do_with_all_rows(criterion):
    X, y = rows()
    stream = streamed(X, y)
    scores = []
    for engine in (stream.engine(), dense(stream.codes_of(X), y)):
        terms = Terms(engine, lambda engine=engine: engine)
        terms.select(2)
        terms.select(1)
        scores.append(CRITERIA[criterion](terms))
    np.testing.assert_allclose(scores[0], scores[1], rtol=0, atol=1e-12)


def test_criteria_of_more_columns_are_refused_by_name():
    engine = streamed(*rows()).engine()
    for ask in (
        lambda: engine.triple(0, 1),
        lambda: engine.given_all((0, 1, 2)),
        lambda: engine.entropy_given_all((0, 1)),
    ):
        with pytest.raises(ValueError, match=r"criterion must .* tables of pairs only"):
            ask()
    np.testing.assert_array_equal(engine.given_all(()), engine.relevance())
    np.testing.assert_array_equal(engine.entropy_given_all(()), engine.entropies())
    expected = engine.conditional_relevance(2)
    np.testing.assert_array_equal(engine.triple(2, 2), expected)


def test_a_copy_adds_exactly_nothing_given_its_original():
    engine = streamed(*rows()).engine("plugin")
    assert engine.conditional_relevance(0)[6] == 0
    assert engine.relevance()[6] == engine.relevance()[0]


def test_one_class_so_far_tells_exactly_nothing():
    X, _ = rows()
    y = np.zeros(N_ROWS, dtype=int)
    engine = streamed(X, y, classes=[0, 1]).engine()
    assert not engine.informative.any()
    assert not engine.relevance().any()


def test_tables_that_are_too_large_are_refused_before_they_are_made():
    X, y = np.zeros((2, 20_000)), np.array([0, 1])
    X[1] = 1
    with pytest.raises(ValueError, match=r"fewer columns.* 20000 columns .* 11.9 GiB"):
        Stream.start(X, y)
    # 28 pairs of 2 x 2 x 2 cells of 8 bytes.
    assert (
        Stream.start(X[:, :8], y, max_bytes=1792).add(X[:, :8], y).pairs.nbytes == 1792
    )
    with pytest.raises(ValueError, match="fewer columns"):
        Stream.start(X[:, :8], y, max_bytes=1791)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bin_edges": [[0]] * 7}, "bin_edges must .* 8 columns, found 7"),
        ({"bin_edges": [[0]] * 7 + [[1, 0]]}, r"bin_edges .*\[1.0, 0.0\] for column 7"),
        ({"bin_edges": [[0]] * 7 + [[np.nan]]}, r"bin_edges .*\[nan\] for column 7"),
        ({"missing": "pairwise"}, "missing must .*found 'pairwise'"),
        ({"classes": [0, 1]}, r"y must hold the classes \[0, 1\] .*found .*2"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        streamed(*rows(), **options)


def test_bad_blocks_are_named():
    X, y = rows()
    stream = streamed(X, y)
    with pytest.raises(
        ValueError, match=r"X must have 8 columns, found shape \(400, 3\)"
    ):
        stream.add(X[:, :3], y)
    with pytest.raises(ValueError, match=r"y must be of shape .*found \(400, 2\)"):
        stream.add(X, np.column_stack([y, y]))
