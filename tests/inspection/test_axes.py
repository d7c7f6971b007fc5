"""matplotlib is asked for when something is drawn, and its absence explained."""

import subprocess
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from skmi.inspection import (
    IBCurveDisplay,
    InformationPlaneDisplay,
    MIMatrixDisplay,
    SelectionPathDisplay,
)

PATH = {"feature": [0], "criterion": [0.1], "relevance": [0.1]}
CALLS = {
    "SelectionPathDisplay.plot": lambda: SelectionPathDisplay(PATH).plot(),
    "SelectionPathDisplay.from_estimator": lambda: SelectionPathDisplay.from_estimator(
        SimpleNamespace()
    ),
    "MIMatrixDisplay.plot": lambda: MIMatrixDisplay(np.eye(2)).plot(),
    "MIMatrixDisplay.from_matrix": lambda: MIMatrixDisplay.from_matrix(np.eye(2)),
    "MIMatrixDisplay.from_data": lambda: MIMatrixDisplay.from_data(np.eye(2)),
    "MIMatrixDisplay.from_estimator": lambda: MIMatrixDisplay.from_estimator(None),
}
CURVE = {"beta": [0.5, 0.1], "rate": [0.2, 1.0], "relevance": [0.1, 0.4]}
DISPLAYS = {
    "SelectionPathDisplay": lambda: SelectionPathDisplay(
        {**PATH, "redundancy": [0.05]}, n_selected=1
    ),
    "MIMatrixDisplay": lambda: MIMatrixDisplay(np.eye(2)),
    "IBCurveDisplay": lambda: IBCurveDisplay(
        {**CURVE, "rate_se": [0.1, 0.1]}, beta=0.1, ceiling=1.0
    ),
    "InformationPlaneDisplay": lambda: InformationPlaneDisplay(
        [[1.0, 2.0]], [[0.1, 0.2]]
    ),
}


@pytest.mark.parametrize("caller", CALLS)
def test_without_matplotlib_the_error_says_who_needs_it(caller, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    message = rf"{caller} needs matplotlib.*pip install skmi\[plot\]"
    with pytest.raises(ImportError, match=message):
        CALLS[caller]()


def test_displays_are_made_without_loading_matplotlib():
    code = (
        "import sys, numpy as np\n"
        "from skmi.inspection import MIMatrixDisplay, SelectionPathDisplay\n"
        f"SelectionPathDisplay({PATH})\n"
        "MIMatrixDisplay(np.eye(2))\n"
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", DISPLAYS)
@pytest.mark.parametrize("ax", ["left", np.array([None, None], dtype=object), Figure()])
def test_what_cannot_be_drawn_on_is_refused_by_name(name, ax):
    found = type(ax).__name__
    with pytest.raises(TypeError, match=f"ax must be matplotlib Axes.*found {found}"):
        DISPLAYS[name]().plot(ax)
    assert plt.get_fignums() == []


def test_what_cannot_be_drawn_on_is_refused_side_by_side():
    display = InformationPlaneDisplay(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(TypeError, match="ax must be matplotlib Axes"):
        display.plot([Figure().add_subplot(), "right"], side_by_side=True)


@pytest.mark.parametrize(
    ("name", "option", "drawn", "widths"),
    [
        ("SelectionPathDisplay", "bar_kw", "bars_", "lw"),
        ("SelectionPathDisplay", "criterion_kw", "criterion_line_", "lw"),
        ("SelectionPathDisplay", "redundancy_kw", "redundancy_line_", "lw"),
        ("SelectionPathDisplay", "stop_kw", "stop_line_", "lw"),
        ("IBCurveDisplay", "line_kw", "line_", "lw"),
        ("IBCurveDisplay", "chosen_kw", "chosen_line_", "lw"),
        ("IBCurveDisplay", "ceiling_kw", "ceiling_line_", "lw"),
        ("InformationPlaneDisplay", "line_kw", "lines_", "lw"),
        ("InformationPlaneDisplay", "scatter_kw", "points_", "lw"),
        ("InformationPlaneDisplay", "scatter_kw", "points_", "linewidth"),
        ("InformationPlaneDisplay", "scatter_kw", "points_", "linewidths"),
    ],
)
def test_short_names_of_keywords_take_the_place_of_the_defaults(
    name, option, drawn, widths
):
    display = DISPLAYS[name]().plot(Figure().add_subplot(), **{option: {widths: 3.5}})
    artist = getattr(display, drawn)
    artist = artist if hasattr(artist, "get_linewidth") else artist[0]
    assert np.ravel(artist.get_linewidth()).tolist() == [3.5]


def test_colours_and_strokes_have_short_names_too():
    display = DISPLAYS["IBCurveDisplay"]().plot(
        Figure().add_subplot(),
        line_kw={"c": "red", "ls": ":", "ms": 9},
        error_kw={"lw": 2, "c": "blue"},
        chosen_kw={"mec": "green"},
    )
    assert display.line_.get_color() == "red"
    assert display.line_.get_linestyle() == ":"
    assert display.line_.get_markersize() == 9
    assert display.chosen_line_.get_markeredgecolor() == "green"
    points = DISPLAYS["InformationPlaneDisplay"]().plot(
        Figure().add_subplot(), scatter_kw={"ec": "red"}
    )
    np.testing.assert_array_equal(points.points_[0].get_edgecolor(), [[1, 0, 0, 1]])
    with pytest.raises(TypeError, match="lw"):
        DISPLAYS["IBCurveDisplay"]().plot(
            Figure().add_subplot(), line_kw={"lw": 1, "linewidth": 2}
        )


def test_a_norm_takes_the_place_of_the_limits_of_the_colours():
    norm = Normalize(-1, 3)
    display = DISPLAYS["MIMatrixDisplay"]().plot(
        Figure().add_subplot(), im_kw={"norm": norm}
    )
    assert display.im_.get_clim() == (-1, 3)
