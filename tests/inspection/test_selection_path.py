"""A selection path is drawn as it is, its stop in place."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, SelectorMixin

from skmi.feature_selection import SelectByMutualInfo
from skmi.inspection import SelectionPathDisplay


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


def make_path(**arrays):
    """Return a path of four steps over columns 3, 0, 4 and 1."""
    return {
        "step": np.arange(1, 5),
        "feature": np.array([3, 0, 4, 1]),
        "criterion": np.array([0.5, 0.3, 0.2, -0.1]),
        "relevance": np.array([0.5, 0.4, 0.3, 0.2]),
        "redundancy": np.array([0.0, 0.1, 0.1, 0.3]),
        **arrays,
    }


class Selector(SelectorMixin, BaseEstimator):
    """A selector that shares no code with ours; it selects the columns of a path."""

    def __init__(self, alpha=None):
        self.alpha = alpha

    def fit(self, path, n_features, **attributes):
        self.selection_path_ = path
        self.support_ = np.isin(np.arange(n_features), path["feature"])
        vars(self).update(attributes)
        return self

    def _get_support_mask(self):
        return self.support_


def make_selector(path=None, n_features=6, alpha=None, **attributes):
    """Return a selector with fitted attributes."""
    path = make_path() if path is None else path
    return Selector(alpha).fit(path, n_features, **attributes)


def labels(display):
    """Return the names beside the rows, from top to bottom."""
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_each_row_shows_the_numbers_of_its_step(ax):
    display = SelectionPathDisplay(make_path()).plot(ax)
    path = make_path()
    widths = [bar.get_width() for bar in display.bars_]
    assert widths == path["relevance"].tolist()
    for line, name in (
        (display.criterion_line_, "criterion"),
        (display.redundancy_line_, "redundancy"),
    ):
        np.testing.assert_array_equal(line.get_xdata(), path[name])
        np.testing.assert_array_equal(line.get_ydata(), np.arange(4))
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "information in nats, value of the criterion"


def test_rows_bear_the_names_of_their_columns(ax):
    display = SelectionPathDisplay(make_path(), feature_names=list("abcde")).plot(ax)
    assert labels(display) == ["d", "a", "e", "b"]
    assert labels(SelectionPathDisplay(make_path()).plot(ax)) == [
        "x3",
        "x0",
        "x4",
        "x1",
    ]


def test_the_stop_stands_below_the_last_column_taken(ax):
    display = SelectionPathDisplay(make_path(), n_selected=3).plot(ax)
    np.testing.assert_array_equal(display.stop_line_.get_ydata(), 2.5)
    assert SelectionPathDisplay(make_path()).plot(ax).stop_line_ is None


def test_p_values_are_written_and_those_above_alpha_are_grey(ax):
    path = make_path(p_value=np.array([np.nan, 0.01, 0.05, 0.3]))
    display = SelectionPathDisplay(path, alpha=0.05).plot(ax)
    texts = display.p_value_texts_
    assert [text.get_text() for text in texts] == ["p = 0.01", "p = 0.05", "p = 0.3"]
    assert [text.get_color() for text in texts] == ["black", "black", "0.55"]


def test_columns_that_were_kept_are_called_so(ax):
    path = make_path(criterion=np.array([np.nan, np.nan, 0.2, 0.1]))
    display = SelectionPathDisplay(path).plot(ax)
    assert [text.get_text() for text in display.p_value_texts_] == ["kept", "kept"]


def test_a_path_without_redundancy_is_drawn(ax):
    path = make_path()
    del path["redundancy"]
    assert SelectionPathDisplay(path).plot(ax).redundancy_line_ is None


def test_redundancy_has_a_scale_of_its_own_where_it_is_wanted(ax):
    path = make_path(redundancy=np.array([0.0, 7.0, 8.0, 9.0]))
    display = SelectionPathDisplay(path, n_selected=3).plot(ax, redundancy="own")
    assert ax.get_xlim()[1] < 1
    above = display.redundancy_line_.axes
    assert above is not ax
    assert above.get_xlim()[1] > 9
    assert above.get_ylim() == ax.get_ylim()
    assert "redundancy" in above.get_xlabel()
    assert len(ax.get_legend().get_texts()) == 4
    shared = SelectionPathDisplay(path).plot(Figure().add_subplot())
    assert shared.ax_.get_xlim()[1] > 9


def test_redundancy_is_left_out_where_it_is_not_wanted(ax):
    display = SelectionPathDisplay(make_path()).plot(ax, redundancy=None)
    assert display.redundancy_line_ is None
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == ["relevance", "criterion"]


def test_long_paths_name_a_part_of_their_rows(ax):
    steps = np.arange(1000)
    path = {"feature": steps, "criterion": steps, "relevance": steps}
    display = SelectionPathDisplay(path).plot(ax)
    assert 20 <= len(labels(display)) <= 40
    assert labels(display)[1] == f"x{ax.get_yticks()[1]}"


def test_keywords_reach_matplotlib(ax):
    display = SelectionPathDisplay(make_path(), n_selected=1).plot(
        ax,
        bar_kw={"color": "tab:green"},
        criterion_kw={"linewidth": 7},
        redundancy_kw={"marker": "x"},
        stop_kw={"linestyle": ":", "label": "end"},
    )
    assert display.bars_[0].get_facecolor()[1] > 0.5
    assert display.criterion_line_.get_linewidth() == 7
    assert display.redundancy_line_.get_marker() == "x"
    assert display.stop_line_.get_linestyle() == ":"
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == ["relevance", "criterion", "redundancy", "end"]


# ------------------------------------------------------------- from_estimator


def test_a_selector_of_any_class_is_drawn(ax):
    display = SelectionPathDisplay.from_estimator(make_selector(), ax=ax)
    assert labels(display) == ["x3", "x0", "x4", "x1"]
    np.testing.assert_array_equal(display.stop_line_.get_ydata(), 3.5)


def test_the_column_that_comes_next_stands_below_the_stop(ax):
    selector = make_selector(
        ranking_=np.array([2, 4, 6, 1, 3, 5]),
        scores_=np.array([0.3, -0.1, 0.01, 0.5, 0.2, 0.07]),
        relevance_=np.array([0.4, 0.2, 0.05, 0.5, 0.3, 0.15]),
        redundancy_=np.full(6, 0.25),
    )
    display = SelectionPathDisplay.from_estimator(selector, list("abcdef"), ax=ax)
    assert labels(display) == ["d", "a", "e", "b", "f"]
    assert display.n_selected == 4
    last = {name: array[-1] for name, array in display.path.items()}
    expected = {"feature": 5, "criterion": 0.07, "relevance": 0.15, "redundancy": 0.25}
    assert last == expected
    np.testing.assert_array_equal(display.stop_line_.get_ydata(), 3.5)
    assert display.ax_.get_yticklabels()[-1].get_color() == "0.55"


def test_the_column_that_was_refused_comes_before_others_of_better_rank(ax):
    path = make_path(p_value=np.array([0.001, 0.002, 0.01, 0.04]))
    selector = make_selector(
        path,
        ranking_=np.array([2, 4, 6, 1, 3, 5]),
        scores_=np.zeros(6),
        relevance_=np.zeros(6),
        pvalues_=np.array([0.002, 0.04, 0.2, 0.001, 0.01, np.nan]),
        alpha=0.05,
    )
    display = SelectionPathDisplay.from_estimator(selector, ax=ax)
    assert labels(display)[-1] == "x2"
    assert display.alpha == 0.05
    assert display.p_value_texts_[-1].get_text() == "p = 0.2"
    assert display.p_value_texts_[-1].get_color() == "0.55"


def test_a_selector_that_found_nothing_shows_what_it_refused(ax):
    path = {name: array[:0] for name, array in make_path().items()}
    selector = make_selector(
        {**path, "p_value": np.empty(0)},
        ranking_=np.arange(1, 7),
        scores_=np.full(6, 0.01),
        relevance_=np.full(6, 0.01),
        pvalues_=np.array([0.6, *[np.nan] * 5]),
        alpha=0.05,
    )
    display = SelectionPathDisplay.from_estimator(selector, ax=ax)
    assert labels(display) == ["x0"]
    np.testing.assert_array_equal(display.stop_line_.get_ydata(), -0.5)
    assert display.p_value_texts_[0].get_color() == "0.55"


def test_steps_beyond_the_support_stand_below_the_stop(ax):
    support = np.array([True, False, False, True, True, False])
    selector = make_selector(support_=support)
    display = SelectionPathDisplay.from_estimator(selector, ax=ax)
    assert len(labels(display)) == 4
    np.testing.assert_array_equal(display.stop_line_.get_ydata(), 2.5)


def test_the_selector_of_the_package_is_drawn_with_its_names(ax):
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    selector = SelectByMutualInfo(3).fit(X, y)
    display = SelectionPathDisplay.from_estimator(selector, ax=ax)
    order = np.argsort(selector.ranking_)[:4]
    assert labels(display) == X.columns[order].tolist()
    np.testing.assert_array_equal(display.path["relevance"], selector.relevance_[order])
    np.testing.assert_array_equal(display.path["criterion"], selector.scores_[order])


def test_drawing_leaves_the_selector_as_it_was(ax):
    path = make_path()
    selector = make_selector(path, ranking_=np.arange(6), scores_=np.zeros(6))
    SelectionPathDisplay.from_estimator(selector, ax=ax)
    assert selector.selection_path_ is path
    assert all(np.array_equal(path[name], make_path()[name]) for name in path)


# --------------------------------------------------------------------- pyplot


def test_given_axes_leave_pyplot_alone(ax):
    settings = dict(plt.rcParams)
    display = SelectionPathDisplay(make_path(), n_selected=2).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == settings


def test_without_axes_there_is_one_new_figure():
    display = SelectionPathDisplay(make_path()).plot()
    assert plt.get_fignums() == [display.figure_.number]
    assert display.figure_.axes == [display.ax_]
    display.figure_.canvas.draw()


# ------------------------------------------------------------------ bad input


def test_a_selector_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError, match="SelectByMutualInfo"):
        SelectionPathDisplay.from_estimator(SelectByMutualInfo())


def test_a_path_without_its_arrays_is_refused():
    with pytest.raises(ValueError, match=r"path must have .* found no \['relevance'\]"):
        SelectionPathDisplay({"feature": [0], "criterion": [0.1]})


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(
        ValueError, match=r"path must have arrays of shape \(n_steps,\)"
    ):
        SelectionPathDisplay(make_path(relevance=np.zeros(3)))


def test_too_few_names_are_refused():
    with pytest.raises(ValueError, match=r"feature_names .* 5 at least, found 2"):
        SelectionPathDisplay(make_path(), feature_names=["a", "b"])


@pytest.mark.parametrize("n_selected", [-1, 5])
def test_a_stop_outside_the_path_is_refused(n_selected):
    with pytest.raises(ValueError, match=r"n_selected must be .* the 4 steps"):
        SelectionPathDisplay(make_path(), n_selected=n_selected)


def test_an_unknown_scale_of_redundancy_is_refused():
    with pytest.raises(ValueError, match=r"redundancy must be .* found 'log'"):
        SelectionPathDisplay(make_path()).plot(redundancy="log")


def test_a_fitted_estimator_without_a_path_is_named():
    X, y = make_classification(random_state=0)
    with pytest.raises(TypeError, match="selection_path_, found SelectKBest"):
        SelectionPathDisplay.from_estimator(SelectKBest().fit(X, y))
