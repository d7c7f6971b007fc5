"""The path of a selector: what each step gained, and where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmi.inspection._axes import axes_for, require_matplotlib, style

_NEEDED = ("feature", "criterion", "relevance")
# More rows than this are not all named.
_MAX_NAMED = 40
_RED = "tab:red"


class SelectionPathDisplay:
    """Criterion, relevance and redundancy along the path of a selector.

    One row a step, from top to bottom: a bar for the relevance of the column taken,
    marks for the value of the criterion when it was taken and for its redundancy
    with those taken before. A line marks the stop; below it stands the column that
    would have come next. It is best made by :meth:`from_estimator`.

    Parameters
    ----------
    path : mapping of str to array-like of shape (n_steps,)
        "feature" (indices of columns), "criterion" and "relevance"; "redundancy" and
        "p_value" where known. NaN where there is none: the criterion of a column that
        was kept without being asked, the p-value of a step without a test.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of all columns, of those that were not selected too. None means "x0",
        "x1" and so on.
    n_selected : int, default=None
        Number of steps before the stop. None draws no stop.
    alpha : float, default=None
        Level of the stop: p-values above it are printed in grey.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the path was drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.
    bars_ : matplotlib BarContainer
        The relevances.
    criterion_line_ : matplotlib Line2D
        The values of the criterion.
    redundancy_line_ : matplotlib Line2D or None
        The redundancies; None if they are not known or not wanted.
    stop_line_ : matplotlib Line2D or None
        The stop; None if it is not known.
    p_value_texts_ : list of matplotlib Text
        The p-values, and "kept" for columns that were not asked.

    Raises
    ------
    ValueError
        If the path lacks an array, its arrays differ in length, or there are fewer
        names or steps than the other arguments ask for.

    See Also
    --------
    MIMatrixDisplay : What the columns tell about each other.
    skmi.feature_selection.SelectByMutualInfo : A selector with a path.

    Notes
    -----
    Values are in nats and drawn as they are, negative ones too. The criterion of a
    step and those of later steps are values beside different columns: a path need
    not fall.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmi.feature_selection import SelectByMutualInfo
    >>> from skmi.inspection import SelectionPathDisplay
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> selector = SelectByMutualInfo(n_features_to_select=3).fit(X, y)
    >>> display = SelectionPathDisplay.from_estimator(selector)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()][:3]
    ['worst perimeter', 'worst concave points', 'worst texture']
    """

    def __init__(
        self,
        path: Mapping[str, Any],
        *,
        feature_names: Any = None,
        n_selected: int | None = None,
        alpha: float | None = None,
    ) -> None:
        self.path = _check_path(path)
        self.feature_names = feature_names
        self.n_selected = n_selected
        self.alpha = alpha
        self._names = _names(self.path["feature"], feature_names)
        if n_selected is not None and not 0 <= n_selected <= len(self._names):
            msg = (
                f"n_selected must be None or lie between 0 and the {len(self._names)} "
                f"steps of the path, found {n_selected!r}."
            )
            raise ValueError(msg)

    @classmethod
    def from_estimator(
        cls, estimator: Any, feature_names: Any = None, ax: Any = None, **kwargs: Any
    ) -> SelectionPathDisplay:
        """Draw the path of a fitted selector.

        Parameters
        ----------
        estimator : object
            A selector with a fitted ``selection_path_``, as described for ``path``,
            and ``get_support``. Where it has ``ranking_``, ``scores_`` and
            ``relevance_`` too, the column that would have come next is drawn below
            the stop, with its ``redundancy_`` and its p-value in ``pvalues_`` if
            there are any.
        feature_names : array-like of str of shape (n_features,), default=None
            Names of all columns. None takes ``feature_names_in_``, if there is one.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        SelectionPathDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator keeps no path.
        sklearn.exceptions.NotFittedError
            If the selector is not fitted.
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        if not hasattr(estimator, "selection_path_"):
            msg = (
                "estimator must be a fitted selector with selection_path_, found "
                f"{type(estimator).__name__}."
            )
            raise TypeError(msg)
        path = _check_path(estimator.selection_path_)
        support = np.asarray(estimator.get_support())
        n_selected = int(support[path["feature"]].sum())
        if n_selected == len(path["feature"]):
            path = _with_next(path, estimator, support)
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        tested = "p_value" in path and not np.isnan(path["p_value"]).all()
        alpha = getattr(estimator, "alpha", None) if tested else None
        display = cls(
            path, feature_names=feature_names, n_selected=n_selected, alpha=alpha
        )
        return display.plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        redundancy: str | None = "shared",
        bar_kw: Mapping[str, Any] | None = None,
        criterion_kw: Mapping[str, Any] | None = None,
        redundancy_kw: Mapping[str, Any] | None = None,
        stop_kw: Mapping[str, Any] | None = None,
    ) -> SelectionPathDisplay:
        """Draw the path.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        redundancy : {"shared", "own"} or None, default="shared"
            The scale of redundancy: that of the other marks, or one of its own at the
            top, where columns tell much more about each other than about the target.
            None leaves it out.
        bar_kw : dict, default=None
            Keywords for ``Axes.barh``, which draws the relevances.
        criterion_kw : dict, default=None
            Keywords for ``Axes.plot``, which draws the criterion.
        redundancy_kw : dict, default=None
            Keywords for ``Axes.plot``, which draws the redundancies.
        stop_kw : dict, default=None
            Keywords for ``Axes.axhline``, which draws the stop.

        Returns
        -------
        SelectionPathDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ``ax`` is not what matplotlib draws on.
        ValueError
            If ``redundancy`` is none of those accepted.
        """
        if redundancy not in ("shared", "own", None):
            msg = f"redundancy must be 'shared', 'own' or None, found {redundancy!r}."
            raise ValueError(msg)
        rows = np.arange(len(self._names))
        height = 1.6 + 0.27 * min(rows.size, _MAX_NAMED)
        ax = axes_for(ax, f"{type(self).__name__}.plot", figsize=(7.0, height))
        bars = style({"color": "0.86", "label": "relevance"}, bar_kw, "Rectangle")
        self.bars_ = ax.barh(rows, self.path["relevance"], **bars)
        self.redundancy_line_ = None
        if redundancy is not None and "redundancy" in self.path:
            self._draw_redundancy(
                ax if redundancy == "shared" else _own_scale(ax), rows, redundancy_kw
            )
        options = {"color": "tab:blue", "marker": "o", "label": "criterion"}
        options = style({**options, "linewidth": 1}, criterion_kw)
        (self.criterion_line_,) = ax.plot(self.path["criterion"], rows, **options)
        self.stop_line_ = None
        if self.n_selected is not None:
            options = style({"color": "black", "linestyle": "--"}, stop_kw)
            self.stop_line_ = ax.axhline(
                self.n_selected - 0.5, **{"label": "stop", **options}
            )
        self._label(ax, rows)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_redundancy(
        self, ax: Any, rows: np.ndarray, redundancy_kw: Mapping[str, Any] | None
    ) -> None:
        """Draw a stroke for the redundancy of each row."""
        options: dict[str, Any] = {"color": _RED, "marker": "|", "linestyle": "none"}
        options |= {"markersize": 11, "markeredgewidth": 2, "label": "redundancy"}
        options = style(options, redundancy_kw)
        (self.redundancy_line_,) = ax.plot(self.path["redundancy"], rows, **options)

    def _label(self, ax: Any, rows: np.ndarray) -> None:
        """Name the rows, write their p-values beside them, and add the legend."""
        named = rows[:: max(1, -(-rows.size // _MAX_NAMED))]
        ax.set_yticks(named, [self._names[i] for i in named])
        for row, label in zip(named, ax.get_yticklabels(), strict=True):
            label.set_color("black" if self._is_taken(row) else "0.55")
        ax.set_ylim(max(rows.size, 1) - 0.5, -0.5)
        ax.set_xlabel("information in nats, value of the criterion")
        ax.axvline(0, color="0.5", linewidth=0.8, zorder=0)
        self.p_value_texts_ = [
            ax.text(
                1.01,
                row,
                text,
                color=color,
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize="small",
            )
            for row in named
            for text, color in [self._remark(row)]
            if text
        ]
        drawn = [self.bars_, self.criterion_line_, self.redundancy_line_]
        drawn = [thing for thing in [*drawn, self.stop_line_] if thing is not None]
        ax.legend(handles=drawn, loc="best", fontsize="small")

    def _is_taken(self, row: int) -> bool:
        """Tell whether a row stands before the stop."""
        return self.n_selected is None or row < self.n_selected

    def _remark(self, row: int) -> tuple[str, str]:
        """Return what is written beside a row, and its colour."""
        p_value = self.path["p_value"][row] if "p_value" in self.path else np.nan
        if not np.isnan(p_value):
            grey = self.alpha is not None and p_value > self.alpha
            return f"p = {p_value:.2g}", "0.55" if grey else "black"
        is_kept = np.isnan(self.path["criterion"][row])
        return ("kept" if is_kept else ""), "black"


def _own_scale(ax: Any) -> Any:
    """Return axes over others, with the same rows and a scale of their own on top."""
    above = ax.twiny()
    above.set_xlabel("redundancy in nats", color=_RED)
    above.tick_params(axis="x", colors=_RED)
    return above


def _check_path(path: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a path that a display draws."""
    missing = [name for name in _NEEDED if name not in path]
    if missing:
        msg = f"path must have arrays {list(_NEEDED)}, found no {missing}."
        raise ValueError(msg)
    names = [*_NEEDED, *(k for k in ("redundancy", "p_value") if k in path)]
    arrays = {
        name: np.asarray(path[name], dtype=np.intp if name == "feature" else float)
        for name in names
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or arrays["feature"].ndim != 1:
        msg = f"path must have arrays of shape (n_steps,), found {shapes}."
        raise ValueError(msg)
    return arrays


def _names(features: np.ndarray, feature_names: Any) -> list[str]:
    """Return the names of the columns of a path."""
    if feature_names is None:
        return [f"x{j}" for j in features]
    names = list(feature_names)
    if features.size and features.max() >= len(names):
        msg = (
            f"feature_names must name all columns, {features.max() + 1} at least, "
            f"found {len(names)}."
        )
        raise ValueError(msg)
    return [str(names[j]) for j in features]


def _with_next(
    path: dict[str, np.ndarray], estimator: Any, support: np.ndarray
) -> dict[str, np.ndarray]:
    """Return a path with one more row: the best candidate that was not taken."""
    candidates = np.flatnonzero(~support)
    known = all(hasattr(estimator, k) for k in ("ranking_", "scores_", "relevance_"))
    if candidates.size == 0 or not known:
        return path
    unknown = np.full(support.size, np.nan)
    more = {
        name: getattr(estimator, attribute, unknown)
        for name, attribute in (("redundancy", "redundancy_"), ("p_value", "pvalues_"))
    }
    refused = candidates[~np.isnan(more["p_value"][candidates])]
    if refused.size:
        candidates = refused
    j = candidates[np.argmin(estimator.ranking_[candidates])]
    row = {"feature": j, "criterion": estimator.scores_[j]}
    row |= {"relevance": estimator.relevance_[j]}
    row |= {name: values[j] for name, values in more.items()}
    return {name: np.append(array, row[name]) for name, array in path.items()}
