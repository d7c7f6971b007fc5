"""Relevance against rate: the curve of a bottleneck, and the beta that was chosen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmi.exceptions import EstimationWarning
from skmi.inspection._axes import axes_for, require_matplotlib, style

_NEEDED = ("beta", "rate", "relevance")
_ERRORS = ("rate_se", "relevance_se")
# What displays draw on shared axes once, by the name that it is found again with.
_DIAGONAL, _CEILING = "skmi relevance = rate", "skmi ceiling"


class IBCurveDisplay:
    """Curve of an information bottleneck, its chosen beta and its ceiling.

    Relevance against rate, a point for each beta; the line beyond which no code can
    be, relevance = rate; and the most that there is to know about the target. Several
    estimators can be drawn on the same axes. It is best made by
    :meth:`from_estimator`.

    Parameters
    ----------
    curve : mapping of str to array-like of shape (n_betas,)
        "beta", "rate" and "relevance", in nats; "rate_se" and "relevance_se" where
        there are standard errors, which are drawn. The betas may be in any order.
    beta : float, default=None
        The beta that was chosen, one of those of the curve. None marks none.
    point : (float, float), default=None
        Rate and relevance to mark, where it is not on the curve for one of its betas.
    ceiling : float, default=None
        The largest relevance there is, I(X;Y) or the entropy of the target. None
        draws none.
    ceiling_name : str, default="ceiling"
        Its name in the legend.
    label : str, default=None
        Name of the curve in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the curve was drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.
    line_ : matplotlib Line2D
        The curve.
    errorbar_ : matplotlib ErrorbarContainer or None
        The standard errors; None if there are none.
    chosen_line_ : matplotlib Line2D or None
        The mark of what was chosen; None if nothing was.
    ceiling_line_ : matplotlib Line2D or None
        The ceiling; None if it is not known. Of several equal ones on the same axes
        there is one line.
    diagonal_line_ : matplotlib Line2D
        The line relevance = rate, one for all curves of the axes.

    Raises
    ------
    ValueError
        If the curve lacks an array, its arrays differ in length, or ``beta`` is none
        of its betas.

    See Also
    --------
    InformationPlaneDisplay : Layers of a network through training.

    Notes
    -----
    Exact curves are concave, end at the ceiling, and lie below the diagonal. A path
    from rows that were held out need not do any of this: its rate bounds I(X;Z) from
    above and its relevance bounds I(Z;Y) from below, and beyond some rate a code
    learns its training rows by heart and loses relevance.

    Examples
    --------
    >>> from skmi.inspection import IBCurveDisplay
    >>> curve = {
    ...     "beta": [0.8, 0.4, 0.1],
    ...     "rate": [0.1, 0.5, 2.0],
    ...     "relevance": [0.1, 0.4, 0.6],
    ... }
    >>> display = IBCurveDisplay(curve, beta=0.4, ceiling=0.65, label="toy").plot()
    >>> display.chosen_line_.get_label()
    'toy, beta = 0.4'
    """

    def __init__(
        self,
        curve: Mapping[str, Any],
        *,
        beta: float | None = None,
        point: Any = None,
        ceiling: float | None = None,
        ceiling_name: str = "ceiling",
        label: str | None = None,
    ) -> None:
        self.curve = _check_curve(curve)
        self.beta = beta
        self.point = _check_point(self.curve, beta, point)
        self.ceiling = ceiling
        self.ceiling_name = ceiling_name
        self.label = label

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        label: str | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> IBCurveDisplay:
        """Draw the curve of a fitted bottleneck.

        Parameters
        ----------
        estimator : object
            With a fitted ``path_``, as described for ``curve``, and ``beta_``, the
            one that was chosen; or with a fitted ``information_curve_`` and, to be
            marked on it, ``rate_`` and ``relevance_``. The ceiling is ``mi_`` where it
            has that, else ``target_entropy_``.
        label : str, default=None
            Name of the curve in the legend. None takes the name of the class.
        ax : matplotlib Axes, default=None
            Where to draw, other curves perhaps being there. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        IBCurveDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator keeps no curve.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        curve, found = None, {}
        if hasattr(estimator, "path_"):
            curve, found = estimator.path_, {"beta": getattr(estimator, "beta_", None)}
        elif hasattr(estimator, "information_curve_"):
            curve = estimator.information_curve_
            if hasattr(estimator, "rate_") and hasattr(estimator, "relevance_"):
                found = {"point": (estimator.rate_, estimator.relevance_)}
        if curve is None:
            msg = (
                "estimator must be a fitted bottleneck with path_ or "
                f"information_curve_, found {type(estimator).__name__}."
            )
            raise TypeError(msg)
        for name, meaning in (("mi_", "I(X;Y)"), ("target_entropy_", "H(Y)")):
            if "ceiling" not in found and getattr(estimator, name, None) is not None:
                found |= {"ceiling": getattr(estimator, name), "ceiling_name": meaning}
        label = type(estimator).__name__ if label is None else label
        return cls(curve, label=label, **found).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        errors: bool = True,
        line_kw: Mapping[str, Any] | None = None,
        error_kw: Mapping[str, Any] | None = None,
        chosen_kw: Mapping[str, Any] | None = None,
        ceiling_kw: Mapping[str, Any] | None = None,
    ) -> IBCurveDisplay:
        """Draw the curve, a line through its points by rising rate.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, other curves perhaps being there. None makes a new figure.
        errors : bool, default=True
            Whether to draw the standard errors, if there are any.
        line_kw : dict, default=None
            Keywords for ``Axes.plot``, which draws the curve.
        error_kw : dict, default=None
            Keywords for ``Axes.errorbar``, which draws the standard errors.
        chosen_kw : dict, default=None
            Keywords for ``Axes.plot``, which marks what was chosen.
        ceiling_kw : dict, default=None
            Keywords for ``Axes.axhline``, which draws the ceiling.

        Returns
        -------
        IBCurveDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ``ax`` is not what matplotlib draws on.

        Warns
        -----
        EstimationWarning
            If a rate or a relevance is not finite; that point is left out.
        """
        ax = axes_for(ax, f"{type(self).__name__}.plot", figsize=(5.5, 4))
        curve, point = self._drawable()
        rate, relevance = curve["rate"], curve["relevance"]
        has_errors = any(name in curve for name in _ERRORS)
        options = {"marker": "o" if has_errors else "", "markersize": 4}
        options = style({**options, "label": self.label}, line_kw)
        (self.line_,) = ax.plot(rate, relevance, **options)
        color = self.line_.get_color()
        self.errorbar_ = None
        if errors and has_errors:
            options = {"fmt": "none", "ecolor": color, "elinewidth": 0.8, "alpha": 0.6}
            self.errorbar_ = ax.errorbar(
                rate,
                relevance,
                xerr=curve.get("rate_se"),
                yerr=curve.get("relevance_se"),
                **style(options, error_kw),
            )
        self.chosen_line_ = None
        if point is not None:
            options = {"color": color, "marker": "*", "markersize": 13}
            options |= {"linestyle": "none", "markeredgecolor": "black"}
            options = style({**options, "label": self._chosen_label()}, chosen_kw)
            (self.chosen_line_,) = ax.plot(*[[x] for x in point], **options)
        self._draw_limits(ax, ceiling_kw)
        ax.set_xlabel("rate in nats")
        ax.set_ylabel("relevance in nats")
        if any(not name.startswith("_") for name in _labels(ax)):
            ax.legend(loc="best", fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _drawable(self) -> tuple[dict[str, np.ndarray], tuple[float, float] | None]:
        """Return the finite points by rising rate, and the finite one to mark."""
        finite = np.isfinite(self.curve["rate"]) & np.isfinite(self.curve["relevance"])
        point = self.point
        lost = [f"beta = {beta:.3g}" for beta in self.curve["beta"][~finite]]
        if point is not None and not np.isfinite(point).all():
            lost, point = [*lost, "the point to be marked"], None
        if lost:
            msg = (
                f"not drawn, for want of a finite rate and relevance: "
                f"{', '.join(lost)}. The rate of a code without noise is infinite."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=3)
        order = np.argsort(self.curve["rate"], kind="stable")
        order = order[finite[order]]
        return {name: array[order] for name, array in self.curve.items()}, point

    def _draw_limits(self, ax: Any, ceiling_kw: Mapping[str, Any] | None) -> None:
        """Draw what no code can pass, once where several curves share it."""
        known = {line.get_gid(): line for line in ax.lines if line.get_gid()}
        self.diagonal_line_ = known.get(_DIAGONAL)
        if self.diagonal_line_ is None:
            # Only as far as both axes reach: a longer line would move them.
            ax.autoscale_view()
            limits = ax.get_xlim(), ax.get_ylim()
            self.diagonal_line_ = ax.axline(
                (0, 0), slope=1, color="0.75", linewidth=0.8, zorder=0, gid=_DIAGONAL
            )
            ax.set(xlim=limits[0], ylim=limits[1], autoscale_on=True)
        self.ceiling_line_ = None
        if self.ceiling is not None:
            gid = f"{_CEILING} {self.ceiling:.6g}"
            options = {"color": "0.4", "linestyle": "--", "linewidth": 1, "zorder": 0}
            options = style({**options, "label": self.ceiling_name}, ceiling_kw)
            self.ceiling_line_ = known.get(gid)
            if self.ceiling_line_ is None:
                self.ceiling_line_ = ax.axhline(self.ceiling, gid=gid, **options)

    def _chosen_label(self) -> str | None:
        """Return what the mark is called in the legend."""
        if self.beta is None:
            return None
        chosen = f"beta = {self.beta:.3g}"
        return chosen if self.label is None else f"{self.label}, {chosen}"


def _labels(ax: Any) -> list[str]:
    """Return the names that a legend would have."""
    return ax.get_legend_handles_labels()[1]


def _check_curve(curve: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a curve that a display draws."""
    missing = [name for name in _NEEDED if name not in curve]
    if missing:
        msg = f"curve must have arrays {list(_NEEDED)}, found no {missing}."
        raise ValueError(msg)
    names = [*_NEEDED, *(name for name in _ERRORS if name in curve)]
    arrays = {name: np.asarray(curve[name], dtype=float) for name in names}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or arrays["beta"].ndim != 1:
        msg = f"curve must have arrays of shape (n_betas,), found {shapes}."
        raise ValueError(msg)
    return arrays


def _check_point(
    curve: dict[str, np.ndarray], beta: float | None, point: Any
) -> tuple[float, float] | None:
    """Return rate and relevance of what was chosen, None where nothing was."""
    if point is not None:
        rate, relevance = (float(value) for value in point)
        return rate, relevance
    if beta is None:
        return None
    found = np.flatnonzero(np.isclose(curve["beta"], beta, rtol=1e-9, atol=0))
    if found.size == 0:
        msg = f"beta must be one of {curve['beta'].tolist()}, found {beta!r}."
        raise ValueError(msg)
    return float(curve["rate"][found[0]]), float(curve["relevance"][found[0]])
