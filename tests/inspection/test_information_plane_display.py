"""Layers are drawn where they lie, coloured by epoch."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skmi.bottleneck import IBClassifier
from skmi.exceptions import EstimationWarning
from skmi.inspection import InformationPlane, InformationPlaneDisplay


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


MI_X = np.array([[3.0, 3.5, 3.2], [2.0, 2.1, 1.0]])
MI_Y = np.array([[0.2, 0.5, 0.6], [0.1, 0.4, 0.5]])


def make_display(**options):
    """Return a display of two layers and three records."""
    options = {"epochs": [0, 10, 20], "layers": ["wide", "code"], **options}
    return InformationPlaneDisplay(MI_X, MI_Y, **options)


class Coded(BaseEstimator):
    """An estimator that keeps its own record, sharing no code with ours."""

    def fit(self):
        self.information_plane_ = {
            "epoch": np.array([1, 2]),
            "rate": np.array([2.0, 3.0]),
            "relevance": np.array([0.1, 0.2]),
        }
        self.target_entropy_ = 0.7
        return self


def legend(ax):
    """Return the entries of a legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_layer_is_a_line_through_its_records(ax):
    display = make_display(target_entropy=0.69).plot(ax)
    for i, (line, points) in enumerate(
        zip(display.lines_, display.points_, strict=True)
    ):
        np.testing.assert_array_equal(line.get_xdata(), MI_X[i])
        np.testing.assert_array_equal(line.get_ydata(), MI_Y[i])
        np.testing.assert_array_equal(
            points.get_offsets(), np.column_stack([MI_X[i], MI_Y[i]])
        )
        np.testing.assert_array_equal(points.get_array(), [0, 10, 20])
        assert points.get_clim() == (0, 20)
    assert legend(ax) == ["wide", "code", "H(Y)"]
    np.testing.assert_array_equal(display.entropy_lines_[0].get_ydata(), 0.69)
    assert ax.get_xlabel() == "I(X;T) in nats"
    assert ax.get_ylabel() == "I(T;Y) in nats"
    assert display.colorbar_.ax.get_ylabel() == "epoch"


def test_layers_side_by_side_have_one_scale():
    display = make_display(target_entropy=0.69).plot(side_by_side=True)
    assert display.ax_.shape == (2,)
    assert [ax.get_title() for ax in display.ax_] == ["wide", "code"]
    assert [line.axes for line in display.lines_] == list(display.ax_)
    assert display.ax_[0].get_xlim() == display.ax_[1].get_xlim()
    assert len(display.entropy_lines_) == 2


def test_axes_of_ones_own_are_taken_side_by_side():
    axes = Figure().subplots(1, 2)
    display = make_display().plot(axes, side_by_side=True)
    assert list(display.ax_) == list(axes)
    assert plt.get_fignums() == []
    with pytest.raises(ValueError, match="ax must be 2 axes, one a layer, found 1"):
        make_display().plot(axes[0], side_by_side=True)


def test_one_layer_may_be_given_flat_and_without_names(ax):
    display = InformationPlaneDisplay(MI_X[0], MI_Y[0]).plot(ax)
    assert display.layers == ["layer 0"]
    assert display.epochs.tolist() == [0, 1, 2]
    assert display.entropy_lines_ == []
    assert len(display.lines_) == 1


def test_keywords_reach_matplotlib(ax):
    display = make_display().plot(
        ax,
        cmap="magma",
        colorbar=False,
        line_kw={"linewidth": 1, "alpha": 1},
        scatter_kw={"norm": LogNorm(1, 20), "s": 50},
    )
    assert display.lines_[0].get_linewidth() == 1
    assert display.points_[0].get_cmap().name == "magma"
    assert display.points_[0].get_sizes() == [50]
    assert isinstance(display.points_[0].norm, LogNorm)
    assert display.colorbar_ is None


def test_given_axes_leave_pyplot_alone(ax):
    settings = dict(plt.rcParams)
    display = make_display().plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == settings


def test_a_fitted_plane_is_drawn(ax):
    rng = np.random.default_rng(0)
    plane = InformationPlane("binning", n_bins=3)
    with pytest.raises(ValueError, match="plane must be fitted and have mi_x_"):
        InformationPlaneDisplay.from_plane(plane, ax=ax)
    plane.fit({"t": rng.standard_normal((3, 40, 2))}, np.arange(40) % 2)
    display = InformationPlaneDisplay.from_plane(plane, ax=ax)
    np.testing.assert_array_equal(display.mi_x, plane.mi_x_)
    np.testing.assert_array_equal(display.mi_y, plane.mi_y_)
    assert display.layers == ["t"]
    assert display.target_entropy == plane.target_entropy_


def test_an_estimator_is_drawn_from_its_recorder(ax):
    X, y = load_iris(return_X_y=True)
    watcher = InformationPlane.callback(X, ["code"])
    clf = IBClassifier(2, hidden_layer_sizes=(4,), max_epochs=2, callbacks=[watcher])
    clf.fit(X, y)
    options = {"estimator": "binning", "n_bins": 4}
    display = InformationPlaneDisplay.from_estimator(clf, y, plane=options, ax=ax)
    plane = InformationPlane.from_estimator(clf, y, **options)
    np.testing.assert_array_equal(display.mi_x, plane.mi_x_)
    assert display.epochs.tolist() == [0, 1, 2]


def test_without_a_target_an_estimator_shows_its_own_record(ax):
    display = InformationPlaneDisplay.from_estimator(Coded().fit(), ax=ax)
    np.testing.assert_array_equal(display.mi_x, [[2.0, 3.0]])
    np.testing.assert_array_equal(display.mi_y, [[0.1, 0.2]])
    assert display.epochs.tolist() == [1, 2]
    assert legend(ax) == ["code", "H(Y)"]
    assert ax.get_xlabel() == "rate in nats"
    assert ax.get_ylabel() == "relevance in nats"


def test_infinite_points_are_left_out_with_a_warning(ax):
    display = InformationPlaneDisplay([[np.inf, 2.0], [1.0, 3.0]], np.ones((2, 2)))
    with pytest.warns(EstimationWarning, match=r"1 points of \['layer 0'\] are infin"):
        display.plot(ax)
    assert np.isfinite(ax.get_xlim()).all()


def test_the_own_record_is_found_in_what_a_search_has_fitted(ax):
    X, y = load_iris(return_X_y=True)
    clf = IBClassifier(2, hidden_layer_sizes=(4,), max_epochs=2, random_state=0)
    search = GridSearchCV(clf, {}, cv=2).fit(X, y)
    display = InformationPlaneDisplay.from_estimator(search, ax=ax)
    own = search.best_estimator_.information_plane_
    np.testing.assert_array_equal(display.mi_x, [own["rate"]])
    assert display.target_entropy == search.best_estimator_.target_entropy_


def test_an_estimator_without_any_record_is_refused(ax):
    bare = Coded().fit()
    del bare.information_plane_
    with pytest.raises(TypeError, match="y must be given for an estimator without"):
        InformationPlaneDisplay.from_estimator(bare, ax=ax)
    with pytest.raises(ValueError, match=r"found no record in \['net_'\]"):
        InformationPlaneDisplay.from_estimator(bare, [0, 1], ax=ax)
    with pytest.raises(NotFittedError):
        InformationPlaneDisplay.from_estimator(Coded(), ax=ax)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mi_x": MI_X[:1]}, r"mi_x and mi_y must both be of shape"),
        ({"epochs": [1, 2]}, "epochs must have 3 entries, found 2"),
        ({"layers": ["a"]}, "layers must have 2 entries, found 1"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(change, message):
    arguments = {"mi_x": MI_X, "mi_y": MI_Y, **change}
    with pytest.raises(ValueError, match=message):
        InformationPlaneDisplay(**arguments)
