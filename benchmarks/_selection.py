"""What the benchmarks of selection share: data on disk, the peers' worker, ours."""

from __future__ import annotations

import tempfile
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _peers import Worker, peer_python

from skmi.feature_selection import CRITERIA, SelectByMutualInfo

# Those that pull in nothing but what the first ones bring, without their pins.
REQUIREMENTS = (
    "bottleneck",
    "ennemi",
    "fast-select",
    "fastcan",
    "feature-engine",
    "imbalanced-learn",
    "mrmr-selection",
    "mrmrs",
    "polars",
    "qpsolvers",
)
WITHOUT_THEIR_OWN = ("itmo-fs", "mifspy", "skfeature-chappers")


class Data(NamedTuple):
    """A data set; ``groups`` are columns of which any one counts as found."""

    X: np.ndarray
    y: np.ndarray
    regression: bool = False
    k: int = 1
    groups: tuple[tuple[int, ...], ...] = ()

    def permuted(self, rng: np.random.Generator) -> Data:
        """Return the data with columns in random order."""
        order = rng.permutation(self.X.shape[1])
        place = np.argsort(order)
        groups = tuple(tuple(int(place[j]) for j in group) for group in self.groups)
        return self._replace(X=np.ascontiguousarray(self.X[:, order]), groups=groups)


class Peers:
    """The selectors of other packages, in one worker that keeps running."""

    def __init__(self) -> None:
        python = peer_python("selection", REQUIREMENTS, WITHOUT_THEIR_OWN)
        script = Path(__file__).parent / "peer_selection.py"
        self._worker = Worker(python, script)
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Peers:
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.close()
        self._folder.cleanup()

    def put(self, data: Data) -> None:
        """Write the data that the next questions are about."""
        np.save(Path(self._folder.name) / "X.npy", data.X)
        np.save(Path(self._folder.name) / "y.npy", data.y)

    def select(self, method: str, regression: bool, k: int) -> dict[str, Any]:
        """Return the columns, the CPU seconds and the version of a peer."""
        return self._worker.ask(
            method=method, folder=self._folder.name, regression=regression, k=k
        )


@cache
def own_methods() -> dict[str, dict[str, Any]]:
    """Return the options of our criteria, estimators and of the scan of pairs."""
    found: dict[str, dict[str, Any]] = {
        f"skmi {name}": {"criterion": name} for name in CRITERIA
    }
    for estimator in ("knn", "copula"):
        for name in ("mrmr", "jmi", "cmim"):
            options = {"criterion": name, "estimator": estimator}
            if works(options):
                found[f"skmi {name}, {estimator}"] = options
    for name in ("mrmr", "jmi", "cmim"):
        options = {"criterion": name, "interactions": "pairs"}
        if works(options):
            found[f"skmi {name}, pairs"] = options
    return found


def works(options: dict[str, Any]) -> bool:
    """Tell whether the selector takes these options; small, so it warms up too."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 6)), rng.integers(0, 2, 200)
    try:
        selector = SelectByMutualInfo(2, **options).fit(X, y)
    except (TypeError, ValueError, NotImplementedError, ImportError):
        return False
    return "interactions" not in options or hasattr(selector, "interactions_")


def select(options: dict[str, Any], data: Data) -> dict[str, Any]:
    """Return the columns ours selects, and its CPU seconds, as of a peer."""
    selector = SelectByMutualInfo(
        data.k, discrete_target=not data.regression, random_state=0, **options
    )
    started = time.process_time()
    selector.fit(data.X, data.y)
    seconds = time.process_time() - started
    selected = [int(j) for j in selector.selected_]
    return {"cpu_s": seconds, "selected": selected, "version": version("skmi")}
