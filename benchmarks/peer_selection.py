"""Selectors of other packages; runs in their environment, as a worker.

Every function takes X (n, d), y (n,), whether y is continuous, and the number of
columns k. It returns a call that needs no further preparation and whose result is the
k columns: what it does before is timed apart, as making a frame or binning is.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from _peers import answer_questions

Call = Callable[[], Any]
N_BINS = 8


def mrmrs(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the Rust package's selection by F and correlation."""
    import polars
    from mrmrs import mrmr

    frame = polars.from_numpy(X, schema=[str(j) for j in range(X.shape[1])])
    target = polars.Series("y", y if regression else y.astype(np.int64))
    task = "regression" if regression else "classification"
    return lambda: [int(getattr(f, "name", f)) for f in mrmr(frame, target, k, task)]


def fastcan(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the selection by canonical correlation."""
    from fastcan import FastCan

    return lambda: FastCan(k, verbose=0).fit(X, y).indices_


def feature_engine(
    X: np.ndarray, y: np.ndarray, regression: bool, k: int, method: str
) -> Call:
    """Return the selection by FCQ (F, correlation) or MIQ (nearest neighbours)."""
    import pandas
    from feature_engine.selection import MRMR

    frame, target = pandas.DataFrame(X).rename(columns=str), pandas.Series(y)
    selector = MRMR(method=method, max_features=k, regression=regression)
    selector.set_params(random_state=0)

    def select() -> list[int]:
        selector.fit(frame, target)
        dropped = set(selector.features_to_drop_)
        return [int(name) for name in frame.columns if name not in dropped]

    return select


def mrmr_selection(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the selection by F and correlation."""
    import pandas
    from mrmr import mrmr_classif, mrmr_regression

    frame, target = pandas.DataFrame(X), pandas.Series(y)
    function = mrmr_regression if regression else mrmr_classif
    return lambda: function(frame, target, k, n_jobs=1, show_progress=False)


def fast_select(
    X: np.ndarray, y: np.ndarray, regression: bool, k: int, method: str
) -> Call:
    """Return the selection by information of bins: MID or MIQ."""
    from fast_select import mRMR

    codes, target = cut(X), cut(y[:, None])[:, 0] if regression else y
    selector = mRMR(k, method=method, backend="cpu")
    return lambda: selector.fit(codes, target).top_features_[:k]


def scikit_feature(
    X: np.ndarray, y: np.ndarray, regression: bool, k: int, method: str
) -> Call:
    """Return the selection by information of bins, k columns of it."""
    from skfeature.function.information_theoretical_based import CMIM, JMI, MRMR

    function = {"mrmr": MRMR.mrmr, "jmi": JMI.jmi, "cmim": CMIM.cmim}[method]
    codes, target = cut(X), cut(y[:, None])[:, 0] if regression else y
    return lambda: function(codes, target, mode="index", n_selected_features=k)


def itmo(X: np.ndarray, y: np.ndarray, regression: bool, k: int, method: str) -> Call:
    """Return the selection by information of bins."""
    from ITMO_FS.filters.multivariate import MultivariateFilter

    codes, target = cut(X), cut(y[:, None])[:, 0] if regression else y

    def select() -> Any:
        selector = MultivariateFilter(method, k)
        selector.fit(codes, target)
        return selector.selected_features

    return select


def mifs(X: np.ndarray, y: np.ndarray, regression: bool, k: int, method: str) -> Call:
    """Return the selection by information of nearest neighbours."""
    from mifs import MutualInformationFeatureSelector

    options = {"n_features": k, "k": 3, "n_jobs": 1, "categorical": not regression}
    known = inspect.signature(MutualInformationFeatureSelector).parameters
    if "verbose" in known:
        options["verbose"] = 0
    selector = MutualInformationFeatureSelector(method, **options)
    return lambda: selector.fit(X, y).ranking_[:k]


def ennemi(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the information of each column, by nearest neighbours, and the best."""
    from ennemi import estimate_mi

    def select() -> np.ndarray:
        values = estimate_mi(y, X, k=3, discrete_y=not regression, max_threads=1)
        return np.argsort(-np.asarray(values)[0], kind="stable")[:k]

    return select


def select_k_best(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the columns of most information, by scikit-learn's neighbours."""
    from sklearn import feature_selection as fs

    name = "mutual_info_regression" if regression else "mutual_info_classif"
    options = {"discrete_features": False, "random_state": 0}

    def select() -> np.ndarray:
        return np.argsort(-getattr(fs, name)(X, y, **options), kind="stable")[:k]

    return select


def f_test(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the columns of the largest F."""
    from sklearn.feature_selection import f_classif, f_regression

    function = f_regression if regression else f_classif
    return lambda: np.argsort(-np.nan_to_num(function(X, y)[0]), kind="stable")[:k]


def forest(X: np.ndarray, y: np.ndarray, regression: bool, k: int) -> Call:
    """Return the columns a random forest finds most important."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    Forest = RandomForestRegressor if regression else RandomForestClassifier
    trees = Forest(50, random_state=0, min_samples_leaf=5, max_features="sqrt")
    return lambda: np.argsort(-trees.fit(X, y).feature_importances_)[:k]


def cut(X: np.ndarray) -> np.ndarray:
    """Return codes of bins of equal frequency."""
    shares = np.arange(1, N_BINS) / N_BINS
    edges = np.quantile(X, shares, axis=0)
    columns = [np.searchsorted(edges[:, j], X[:, j]) for j in range(X.shape[1])]
    return np.stack(columns, axis=1).astype(np.int32)


SELECTORS: dict[str, tuple[str, Callable[..., Call]]] = {
    "mrmrs": ("mrmrs", mrmrs),
    "fastcan": ("fastcan", fastcan),
    "feature-engine FCQ": ("feature_engine", partial(feature_engine, method="FCQ")),
    "feature-engine MIQ": ("feature_engine", partial(feature_engine, method="MIQ")),
    "mrmr-selection": ("mrmr_selection", mrmr_selection),
    "fast-select MID": ("fast_select", partial(fast_select, method="MID")),
    "fast-select MIQ": ("fast_select", partial(fast_select, method="MIQ")),
    "scikit-feature mrmr": (
        "skfeature-chappers",
        partial(scikit_feature, method="mrmr"),
    ),
    "scikit-feature jmi": ("skfeature-chappers", partial(scikit_feature, method="jmi")),
    "scikit-feature cmim": (
        "skfeature-chappers",
        partial(scikit_feature, method="cmim"),
    ),
    "ITMO mrmr": ("itmo-fs", partial(itmo, method="MRMR")),
    "ITMO jmi": ("itmo-fs", partial(itmo, method="JMI")),
    "ITMO cmim": ("itmo-fs", partial(itmo, method="CMIM")),
    "mifs mrmr": ("mifspy", partial(mifs, method="MRMR")),
    "mifs jmi": ("mifspy", partial(mifs, method="JMI")),
    "ennemi": ("ennemi", ennemi),
    "SelectKBest MI": ("scikit-learn", select_k_best),
    "SelectKBest F": ("scikit-learn", f_test),
    "random forest": ("scikit-learn", forest),
}
"""Method -> the distribution it comes from, and the function."""


def answer(method: str, folder: str, regression: bool, k: int) -> dict[str, Any]:
    """Return the columns a method selects, and its CPU seconds."""
    package, make = SELECTORS[method]
    X, y = (np.load(Path(folder) / f"{name}.npy") for name in "Xy")
    started = time.process_time()
    select = make(X, y, regression, k)
    ready = time.process_time()
    found = select()
    return {
        "prepare_s": ready - started,
        "cpu_s": time.process_time() - ready,
        "selected": [int(j) for j in np.asarray(found).ravel()[:k]],
        "version": version(package),
    }


if __name__ == "__main__":
    answer_questions(answer)
