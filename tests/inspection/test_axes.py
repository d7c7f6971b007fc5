"""matplotlib is asked for when something is drawn, and its absence explained."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from skmi.inspection import MIMatrixDisplay, SelectionPathDisplay

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
