"""A matrix of informations is drawn in an order that shows its groups."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import is_valid_linkage
from scipy.sparse import csr_matrix
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest

from skmi.information import mutual_information_matrix
from skmi.inspection import MIMatrixDisplay

N_BLOCKS = 3


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


@pytest.fixture
def blocks():
    """Twelve columns; j and k belong together if they are equal modulo N_BLOCKS."""
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(400, N_BLOCKS))
    signs = rng.choice([-1, 1], size=12)
    noise = 0.5 * rng.normal(size=(400, 12))
    return signs * np.tile(sources, 4) + noise


def labels(axis):
    """Return the names along an axis."""
    return [label.get_text() for label in axis.get_ticklabels()]


def n_changes(order):
    """Return how often two neighbours are of different blocks."""
    return int((np.diff(order % N_BLOCKS) != 0).sum())


def test_columns_of_a_block_come_together(ax, blocks):
    display = MIMatrixDisplay.from_data(blocks, ax=ax)
    assert sorted(display.order_) == list(range(12))
    assert n_changes(np.arange(12)) == 11
    assert n_changes(display.order_) == N_BLOCKS - 1


def test_the_order_does_not_depend_on_the_unit(ax, blocks):
    nats = MIMatrixDisplay.from_data(blocks, normalized=False, ax=ax)
    shares = MIMatrixDisplay.from_data(blocks, normalized=True, ax=ax)
    np.testing.assert_array_equal(nats.order_, shares.order_)


@pytest.mark.parametrize("diagonal", [0.0, np.inf, np.nan])
def test_blocks_come_together_without_entropies_on_the_diagonal(ax, blocks, diagonal):
    matrix = mutual_information_matrix(blocks)
    np.fill_diagonal(matrix, diagonal)
    display = MIMatrixDisplay.from_matrix(matrix, ax=ax)
    assert n_changes(display.order_) == N_BLOCKS - 1
    display.figure_.canvas.draw()


def test_the_image_is_the_matrix_in_the_order_of_the_names(ax, blocks):
    names = [f"column {j}" for j in range(12)]
    display = MIMatrixDisplay.from_data(blocks, names=names, normalized=False, ax=ax)
    matrix = mutual_information_matrix(blocks)
    np.testing.assert_array_equal(display.matrix, matrix)
    order = display.order_
    np.testing.assert_array_equal(display.im_.get_array(), matrix[order][:, order])
    expected = [names[j] for j in order]
    assert labels(ax.xaxis) == expected
    assert labels(ax.yaxis) == expected


def test_without_clustering_the_order_is_kept(ax, blocks):
    display = MIMatrixDisplay.from_data(blocks, cluster=False, dendrogram=True, ax=ax)
    np.testing.assert_array_equal(display.order_, np.arange(12))
    assert display.linkage is None
    assert display.dendrogram_ax_ is None


def test_the_tree_stands_above_its_leaves(ax, blocks):
    display = MIMatrixDisplay.from_data(blocks, dendrogram=True, ax=ax)
    assert is_valid_linkage(display.linkage)
    lines = display.dendrogram_ax_.get_lines()
    assert len(lines) == 11
    ends = {
        x for line in lines for x, y in zip(*line.get_data(), strict=True) if y == 0
    }
    assert ends == set(range(12))
    # Two columns of a block are merged far below two blocks.
    tops = sorted(max(line.get_ydata()) for line in lines)
    assert tops[-2] > 1.2 * tops[8]
    assert display.dendrogram_ax_.get_xlim() == ax.get_xlim()


def test_the_colours_end_at_the_largest_pair(ax):
    matrix = np.array([[2.0, 0.5, -0.1], [0.5, 3.0, 0.25], [-0.1, 0.25, 1.0]])
    display = MIMatrixDisplay.from_matrix(matrix, ax=ax)
    assert display.im_.get_clim() == (-0.1, 0.5)
    assert display.colorbar_.extend == "max"
    ends = MIMatrixDisplay.from_matrix(matrix, im_kw={"vmax": 3}, ax=ax)
    assert ends.im_.get_clim() == (-0.1, 3)
    assert ends.colorbar_.extend == "neither"


def test_the_scale_says_its_unit(ax, blocks):
    shares = MIMatrixDisplay.from_data(blocks, ax=ax)
    assert shares.colorbar_.ax.get_ylabel() == "information / mean entropy"
    np.testing.assert_allclose(shares.matrix.diagonal(), 1)
    nats = MIMatrixDisplay.from_data(blocks, normalized=False, ax=ax)
    assert nats.colorbar_.ax.get_ylabel() == "nats"
    assert MIMatrixDisplay.from_data(blocks, colorbar=False, ax=ax).colorbar_ is None


def test_values_are_written_where_they_belong(ax):
    matrix = np.array([[1.0, 0.25], [0.25, 1.0]])
    display = MIMatrixDisplay.from_matrix(
        matrix, include_values=True, values_format=".3f", ax=ax
    )
    written = [[text.get_text() for text in row] for row in display.text_]
    assert written == [["1.000", "0.250"], ["0.250", "1.000"]]
    assert display.text_[0, 1].get_position() == (1, 0)
    assert MIMatrixDisplay.from_matrix(matrix, ax=ax).text_ is None


def test_many_columns_are_named_in_part(ax):
    display = MIMatrixDisplay(np.eye(500)).plot(ax)
    assert 30 <= len(labels(ax.xaxis)) <= 60
    assert labels(ax.xaxis)[1] == f"x{ax.get_xticks()[1]}"
    assert display.order_.size == 500


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_any_kind_give_their_names(ax, frame):
    rng = np.random.default_rng(0)
    words = rng.choice(["red", "green", "blue"], size=200)
    table = {"word": words, "number": rng.normal(size=200), "copy": words}
    display = MIMatrixDisplay.from_data(frame(table), ax=ax)
    assert "number" in (labels(ax.xaxis)[0], labels(ax.xaxis)[-1])
    assert display.matrix[0, 2] == pytest.approx(1)
    matrix = mutual_information_matrix(frame(table))
    assert sorted(MIMatrixDisplay.from_matrix(matrix).names) == sorted(table)


def test_weights_are_repetitions(ax):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, size=(60, 3))
    weight = rng.integers(0, 4, size=60)
    weighted = MIMatrixDisplay.from_data(X, sample_weight=weight, ax=ax)
    repeated = MIMatrixDisplay.from_data(np.repeat(X, weight, axis=0), ax=ax)
    np.testing.assert_allclose(weighted.matrix, repeated.matrix, atol=1e-12)


def test_constant_and_single_columns_are_drawn(ax):
    X = np.column_stack([np.arange(20), np.zeros(20), np.zeros(20)])
    display = MIMatrixDisplay.from_data(X, ax=ax)
    assert display.matrix[1, 2] == 0
    alone = MIMatrixDisplay.from_data(X[:, :1], dendrogram=True, ax=ax)
    np.testing.assert_array_equal(alone.order_, [0])


# ------------------------------------------------------------- from_estimator


def make_selector(chosen):
    """Return an object of no class of ours that has selected some columns."""
    return SimpleNamespace(get_support=lambda indices: np.asarray(chosen, dtype=int))


@pytest.mark.parametrize(
    "container", [np.asarray, csr_matrix, pd.DataFrame, pl.DataFrame, np.ndarray.tolist]
)
def test_a_selector_shows_its_columns_of_any_table(ax, blocks, container):
    X = np.round(blocks)
    display = MIMatrixDisplay.from_estimator(
        make_selector([1, 5, 7]), container(X), ax=ax
    )
    expected = mutual_information_matrix(X[:, [1, 5, 7]], normalized=True)
    np.testing.assert_array_equal(display.matrix, expected)
    assert display.names == ["x1", "x5", "x7"]


def test_names_are_those_the_selector_was_fitted_with(ax, blocks):
    X = pd.DataFrame(blocks, columns=list("abcdefghijkl"))
    y = blocks[:, 0] > 0
    selector = SelectKBest(k=3).fit(X, y)
    display = MIMatrixDisplay.from_estimator(selector, X, ax=ax)
    assert display.names == selector.get_feature_names_out().tolist()
    renamed = MIMatrixDisplay.from_estimator(selector, X, names=list("uvw"), ax=ax)
    assert renamed.names == list("uvw")


def test_a_matrix_that_an_estimator_keeps_is_drawn(ax, blocks):
    matrix = mutual_information_matrix(blocks)
    estimator = SimpleNamespace(
        mi_matrix_=matrix, feature_names_in_=list("abcdefghijkl")
    )
    display = MIMatrixDisplay.from_estimator(estimator, ax=ax)
    np.testing.assert_array_equal(display.matrix, matrix)
    assert display.names == list("abcdefghijkl")


# --------------------------------------------------------------------- pyplot


def test_given_axes_leave_pyplot_alone(ax, blocks):
    settings = dict(plt.rcParams)
    display = MIMatrixDisplay.from_data(blocks, dendrogram=True, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == settings


def test_without_axes_there_is_one_new_figure(blocks):
    display = MIMatrixDisplay.from_data(blocks, dendrogram=True)
    assert plt.get_fignums() == [display.figure_.number]
    display.figure_.canvas.draw()


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("matrix", [np.ones(3), np.ones((2, 3)), np.ones((0, 0))])
def test_what_is_no_square_is_refused(matrix):
    with pytest.raises(ValueError, match=r"matrix must be of shape \(d, d\)"):
        MIMatrixDisplay(matrix)


def test_a_matrix_that_is_not_symmetric_is_refused():
    with pytest.raises(ValueError, match=r"symmetric, found entries .* by 0\.5"):
        MIMatrixDisplay.from_matrix([[1, 0.5], [0, 1]])


def test_a_pair_that_is_not_finite_cannot_be_clustered(ax):
    matrix = [[1, np.nan], [np.nan, 1]]
    with pytest.raises(ValueError, match=r"found 1 pairs .* cluster=False"):
        MIMatrixDisplay.from_matrix(matrix)
    assert MIMatrixDisplay.from_matrix(matrix, cluster=False, ax=ax).im_ is not None


def test_names_must_be_as_many_as_columns():
    with pytest.raises(ValueError, match="names must name the 2 columns, found 3"):
        MIMatrixDisplay(np.eye(2), names=list("abc"))


def test_what_selects_nothing_is_refused(blocks):
    with pytest.raises(TypeError, match=r"get_support.*found SimpleNamespace"):
        MIMatrixDisplay.from_estimator(SimpleNamespace(), blocks)
    with pytest.raises(ValueError, match=r"X must hold .* selected no column"):
        MIMatrixDisplay.from_estimator(make_selector([]), blocks)
    with pytest.raises(ValueError, match=r"X must hold .* found None"):
        MIMatrixDisplay.from_estimator(make_selector([1]))


def test_a_selector_that_is_not_fitted_is_refused(blocks):
    with pytest.raises(NotFittedError, match="SelectKBest"):
        MIMatrixDisplay.from_estimator(SelectKBest(), blocks)


@pytest.mark.parametrize("n_columns", [3, 25])
def test_columns_other_than_those_of_the_fit_are_named(n_columns):
    X, y = make_classification(random_state=0)
    selector = SelectKBest(k=4).fit(X, y)
    with pytest.raises(ValueError, match=f"X must have the 20 columns.*{n_columns}"):
        MIMatrixDisplay.from_estimator(selector, np.zeros((10, n_columns)))
