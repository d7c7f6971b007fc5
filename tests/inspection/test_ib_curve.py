"""A curve is drawn as it is, with what was chosen and what cannot be passed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skmi.bottleneck import IBClassifier
from skmi.exceptions import EstimationWarning
from skmi.inspection import IBCurveDisplay


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


def make_path(**arrays):
    """Return a path over four betas, with errors."""
    return {
        "beta": np.array([0.01, 0.1, 0.3, 0.5]),
        "rate": np.array([5.0, 3.0, 1.2, 0.4]),
        "relevance": np.array([0.8, 0.9, 0.65, 0.3]),
        "score": np.array([-0.3, -0.2, -0.4, -0.7]),
        "rate_se": np.full(4, 0.1),
        "relevance_se": np.array([0.01, 0.02, 0.03, 0.04]),
        **arrays,
    }


def make_curve():
    """Return an exact curve, which has no errors."""
    return {name: make_path()[name] for name in ("beta", "rate", "relevance")}


class Searched(BaseEstimator):
    """Chooses beta, as a cross-validated bottleneck does, sharing no code with ours."""

    def fit(self, path, beta, **attributes):
        self.path_, self.beta_ = path, beta
        # Of the last fit, on training rows: not a point of the path.
        self.rate_, self.relevance_ = 9.0, 9.0
        vars(self).update(attributes)
        return self


class Exact(BaseEstimator):
    """Knows its whole curve."""

    def fit(self, curve, **attributes):
        self.information_curve_ = curve
        vars(self).update(attributes)
        return self


def legend(ax):
    """Return the entries of a legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_curve_goes_through_its_points(ax):
    display = IBCurveDisplay(make_path()).plot(ax)
    np.testing.assert_array_equal(display.line_.get_xdata(), [0.4, 1.2, 3.0, 5.0])
    np.testing.assert_array_equal(display.line_.get_ydata(), [0.3, 0.65, 0.9, 0.8])
    assert display.chosen_line_ is None
    assert display.ceiling_line_ is None
    assert ax.get_legend() is None
    assert ax.get_xlabel() == "rate in nats"
    assert ax.get_ylabel() == "relevance in nats"


def test_bars_are_as_long_as_the_standard_errors(ax):
    display = IBCurveDisplay(make_path()).plot(ax)
    across, upright = (bars.get_segments() for bars in display.errorbar_.lines[2])
    for i in range(4):
        assert np.ptp(across[i][:, 0]) == pytest.approx(0.2)
        assert np.ptp(upright[i][:, 1]) == pytest.approx(0.02 * (4 - i))
    assert IBCurveDisplay(make_curve()).plot(ax).errorbar_ is None
    assert IBCurveDisplay(make_path()).plot(ax, errors=False).errorbar_ is None
    half = make_path()
    del half["rate_se"]
    assert len(IBCurveDisplay(half).plot(ax).errorbar_.lines[2]) == 1


def test_points_in_any_order_make_the_same_picture(ax):
    order = [2, 0, 3, 1]
    mixed = {name: array[order] for name, array in make_path().items()}
    displays = [IBCurveDisplay(c, beta=0.1).plot(ax) for c in (make_path(), mixed)]
    ours, theirs = displays
    np.testing.assert_array_equal(ours.line_.get_xydata(), theirs.line_.get_xydata())
    for a, b in zip(ours.errorbar_.lines[2], theirs.errorbar_.lines[2], strict=True):
        np.testing.assert_allclose(a.get_segments(), b.get_segments())
    assert ours.point == theirs.point == (3.0, 0.9)
    # The curve itself is kept as it was given.
    np.testing.assert_array_equal(displays[1].curve["rate"], mixed["rate"])


@pytest.mark.parametrize("lost", [np.inf, np.nan])
def test_points_of_no_finite_rate_are_left_out_with_a_warning(ax, lost):
    path = make_path(rate=np.array([lost, 3.0, 1.2, 0.4]))
    with pytest.warns(EstimationWarning, match=r"not drawn.*: beta = 0.01\.") as found:
        display = IBCurveDisplay(path, beta=0.1, ceiling=1.0).plot(ax)
    assert found[0].filename == __file__
    np.testing.assert_array_equal(display.line_.get_xdata(), [0.4, 1.2, 3.0])
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
    with pytest.warns(EstimationWarning, match="beta = 0.01, the point to be marked"):
        display = IBCurveDisplay(path, beta=0.01).plot(ax)
    assert display.chosen_line_ is None


def test_the_chosen_beta_is_marked_on_the_curve(ax):
    display = IBCurveDisplay(make_path(), beta=0.3, label="mine").plot(ax)
    np.testing.assert_array_equal(display.chosen_line_.get_xdata(), [1.2])
    np.testing.assert_array_equal(display.chosen_line_.get_ydata(), [0.65])
    assert legend(ax) == ["mine", "mine, beta = 0.3"]
    assert display.chosen_line_.get_color() == display.line_.get_color()
    bare = IBCurveDisplay(make_path(), beta=0.3).plot(ax)
    assert bare.chosen_line_.get_label() == "beta = 0.3"


def test_a_point_may_lie_beside_the_curve(ax):
    display = IBCurveDisplay(make_curve(), point=(2.0, 0.7)).plot(ax)
    assert display.chosen_line_.get_xdata() == [2.0]
    assert display.chosen_line_.get_ydata() == [0.7]


def test_lines_of_limits_are_drawn_and_move_no_axes(ax):
    display = IBCurveDisplay(make_curve(), ceiling=1.0, ceiling_name="H(Y)").plot(ax)
    np.testing.assert_array_equal(display.ceiling_line_.get_ydata(), 1.0)
    assert display.diagonal_line_.get_slope() == 1
    assert display.diagonal_line_.get_xy1() == (0, 0)
    assert legend(ax) == ["H(Y)"]
    assert ax.get_ylim()[1] < 1.2
    assert ax.get_xlim()[1] > 5


def test_several_curves_share_axes_and_limits(ax):
    one = IBCurveDisplay(make_curve(), ceiling=1.0, label="exact").plot(ax)
    far = make_path(rate=np.array([9.0, 3.0, 1.2, 0.4]))
    two = IBCurveDisplay(far, beta=0.1, ceiling=1.0, label="deep").plot(ax)
    other = IBCurveDisplay(make_curve(), ceiling=0.95).plot(ax)
    assert two.diagonal_line_ is one.diagonal_line_
    assert two.ceiling_line_ is one.ceiling_line_
    assert other.ceiling_line_ is not one.ceiling_line_
    assert two.line_.get_color() != one.line_.get_color()
    assert ax.get_xlim()[1] > 9
    assert legend(ax) == ["exact", "ceiling", "deep", "deep, beta = 0.1", "ceiling"]


def test_keywords_reach_matplotlib(ax):
    display = IBCurveDisplay(make_path(), beta=0.1, ceiling=1.0).plot(
        ax,
        line_kw={"linewidth": 7, "label": "line"},
        error_kw={"elinewidth": 3},
        chosen_kw={"marker": "x"},
        ceiling_kw={"linestyle": ":"},
    )
    assert display.line_.get_linewidth() == 7
    assert display.errorbar_.lines[2][0].get_linewidth() == 3
    assert display.chosen_line_.get_marker() == "x"
    assert display.ceiling_line_.get_linestyle() == ":"
    assert "line" in legend(ax)


def test_given_axes_leave_pyplot_alone(ax):
    settings = dict(plt.rcParams)
    display = IBCurveDisplay(make_path(), beta=0.1, ceiling=1.0).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == settings


def test_a_search_of_any_class_is_drawn_with_its_choice(ax):
    search = Searched().fit(make_path(), 0.1, target_entropy_=1.1)
    display = IBCurveDisplay.from_estimator(search, ax=ax)
    assert display.point == (3.0, 0.9)
    assert display.ceiling == 1.1
    assert legend(ax) == ["Searched", "Searched, beta = 0.1", "H(Y)"]


def test_an_exact_bottleneck_is_drawn_with_the_code_it_found(ax):
    exact = Exact().fit(make_curve(), rate_=1.0, relevance_=0.6, mi_=0.95)
    display = IBCurveDisplay.from_estimator(exact, label="exact", ax=ax)
    assert display.point == (1.0, 0.6)
    assert display.ceiling == 0.95
    assert legend(ax)[-1] == "I(X;Y)"
    assert IBCurveDisplay.from_estimator(Exact().fit(make_curve()), ax=ax).point is None


def test_what_is_known_of_the_pair_goes_before_the_entropy_of_the_target(ax):
    exact = Exact().fit(make_curve(), mi_=0.9, target_entropy_=1.4)
    assert IBCurveDisplay.from_estimator(exact, ax=ax).ceiling == 0.9
    regressor = Searched().fit(make_path(), 0.1, target_entropy_=None)
    assert IBCurveDisplay.from_estimator(regressor, ax=ax).ceiling is None


def test_an_estimator_without_a_curve_is_refused(ax):
    with pytest.raises(NotFittedError):
        IBCurveDisplay.from_estimator(IBClassifier(), ax=ax)
    bare = Exact().fit(make_curve())
    del bare.information_curve_
    bare.rate_ = 1.0
    with pytest.raises(TypeError, match="path_ or information_curve_, found Exact"):
        IBCurveDisplay.from_estimator(bare, ax=ax)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"curve": {"beta": [1], "rate": [1]}}, r"found no \['relevance'\]"),
        (
            {"curve": make_path(rate=np.zeros(3))},
            r"curve must have arrays of shape \(n_betas,\)",
        ),
        ({"beta": 0.2}, r"beta must be one of \[0.01, 0.1, 0.3, 0.5\], found 0.2"),
    ],
)
def test_a_curve_that_cannot_be_is_refused(change, message):
    arguments = {"curve": make_path(), **change}
    with pytest.raises(ValueError, match=message):
        IBCurveDisplay(arguments.pop("curve"), **arguments)
