"""Layers on the information plane, coloured by epoch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmi.exceptions import EstimationWarning
from skmi.inspection._axes import axes_for, check_axes, require_matplotlib, style
from skmi.inspection._fitted import fitted_parts
from skmi.inspection._information_plane import InformationPlane


class InformationPlaneDisplay:
    """What layers know about the target against what they know about the inputs.

    One line a layer, a point for each record, coloured by its epoch; all layers on
    the same axes or side by side. It is best made by :meth:`from_plane` or
    :meth:`from_estimator`.

    Parameters
    ----------
    mi_x, mi_y : array-like of shape (n_layers, n_records) or (n_records,)
        I(X;T) and I(T;Y) in nats.
    epochs : array-like of shape (n_records,), default=None
        Epochs of the records. None numbers them.
    layers : array-like of str of shape (n_layers,), default=None
        Names of the layers. None means "layer 0", "layer 1" and so on.
    target_entropy : float, default=None
        Entropy of the target, which no layer can exceed. None draws no line.
    names : (str, str), default=("I(X;T)", "I(T;Y)")
        What the two axes show.

    Attributes
    ----------
    ax_ : matplotlib Axes or ndarray of Axes, shape (n_layers,)
        Where the layers were drawn: several if they are side by side.
    figure_ : matplotlib Figure
        The figure of ``ax_``.
    lines_ : list of matplotlib Line2D
        The lines, one a layer.
    points_ : list of matplotlib PathCollection
        The points, one collection a layer.
    entropy_lines_ : list of matplotlib Line2D
        The entropy of the target; empty if it is not known.
    colorbar_ : matplotlib Colorbar or None
        The scale of the epochs; None if it was not wanted.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    See Also
    --------
    InformationPlane : Estimates what is drawn.
    IBCurveDisplay : The curve that codes are compared with.

    Notes
    -----
    Where layers were estimated in different ways, their places cannot be compared.

    Examples
    --------
    >>> from skmi.inspection import InformationPlaneDisplay
    >>> display = InformationPlaneDisplay(
    ...     [[2.0, 2.5, 1.5]], [[0.1, 0.5, 0.6]], epochs=[0, 10, 20], layers=["code"]
    ... ).plot()
    >>> display.ax_.get_xlabel()
    'I(X;T) in nats'
    """

    def __init__(
        self,
        mi_x: Any,
        mi_y: Any,
        *,
        epochs: Any = None,
        layers: Any = None,
        target_entropy: float | None = None,
        names: tuple[str, str] = ("I(X;T)", "I(T;Y)"),
    ) -> None:
        self.mi_x = np.atleast_2d(np.asarray(mi_x, dtype=float))
        self.mi_y = np.atleast_2d(np.asarray(mi_y, dtype=float))
        if self.mi_x.shape != self.mi_y.shape or self.mi_x.ndim != 2:
            msg = (
                "mi_x and mi_y must both be of shape (n_layers, n_records), found "
                f"{self.mi_x.shape} and {self.mi_y.shape}."
            )
            raise ValueError(msg)
        n_layers, n_records = self.mi_x.shape
        self.epochs = np.asarray(np.arange(n_records) if epochs is None else epochs)
        self.layers = (
            [f"layer {i}" for i in range(n_layers)]
            if layers is None
            else [str(name) for name in layers]
        )
        for name, found, wanted in (
            ("epochs", self.epochs, n_records),
            ("layers", self.layers, n_layers),
        ):
            if len(found) != wanted:
                msg = f"{name} must have {wanted} entries, found {len(found)}."
                raise ValueError(msg)
        self.target_entropy = target_entropy
        self.names = names

    @classmethod
    def from_plane(
        cls, plane: Any, *, ax: Any = None, **kwargs: Any
    ) -> InformationPlaneDisplay:
        """Draw a plane that was fitted.

        Parameters
        ----------
        plane : InformationPlane
            Or any object with ``mi_x_``, ``mi_y_``, ``epochs_`` and ``layers_``.
        ax : matplotlib Axes or array of Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        InformationPlaneDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the plane is not fitted.
        """
        require_matplotlib(f"{cls.__name__}.from_plane")
        if not hasattr(plane, "mi_x_"):
            msg = f"plane must be fitted and have mi_x_, found {plane!r}."
            raise ValueError(msg)
        display = cls(
            plane.mi_x_,
            plane.mi_y_,
            epochs=plane.epochs_,
            layers=plane.layers_,
            target_entropy=getattr(plane, "target_entropy_", None),
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        y: Any = None,
        *,
        plane: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> InformationPlaneDisplay:
        """Draw the layers of an estimator, or its own record of its code.

        Parameters
        ----------
        estimator : object
            Fitted with ``InformationPlane.callback(X)`` among its callbacks. Without
            y, any that keeps ``information_plane_``, a dict of arrays "epoch",
            "rate" and "relevance": bounds of the code that training has minimised.
            Searches and pipelines are looked into, as
            :meth:`InformationPlane.from_estimator` does.
        y : array-like of shape (n,) or (n, n_outputs), default=None
            Target of all rows that the callback was given.
        plane : dict, default=None
            Parameters of :class:`InformationPlane`.
        ax : matplotlib Axes or array of Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        InformationPlaneDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If y is not given and the estimator keeps no ``information_plane_``.
        ValueError
            If y is given and the estimator was not watched.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        if y is not None:
            found = InformationPlane.from_estimator(estimator, y, **(plane or {}))
            return cls.from_plane(found, ax=ax, **kwargs)
        parts = (part for _, part in fitted_parts(estimator))
        watched = next((p for p in parts if hasattr(p, "information_plane_")), None)
        if watched is None:
            msg = (
                "y must be given for an estimator without information_plane_, found "
                f"None for {type(estimator).__name__}."
            )
            raise TypeError(msg)
        own = watched.information_plane_
        display = cls(
            own["rate"],
            own["relevance"],
            epochs=own["epoch"],
            layers=["code"],
            target_entropy=getattr(watched, "target_entropy_", None),
            names=("rate", "relevance"),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        side_by_side: bool = False,
        cmap: Any = "viridis",
        colorbar: bool = True,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> InformationPlaneDisplay:
        """Draw the layers.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            Where to draw: one, or as many as layers where they are side by side.
            None makes a new figure.
        side_by_side : bool, default=False
            Whether each layer has axes of its own, of a common scale.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of the epochs.
        colorbar : bool, default=True
            Whether to draw their scale.
        line_kw : dict, default=None
            Keywords for ``Axes.plot``, which draws the lines.
        scatter_kw : dict, default=None
            Keywords for ``Axes.scatter``, which draws the points.

        Returns
        -------
        InformationPlaneDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ``ax`` is not what matplotlib draws on.
        ValueError
            If there are not as many axes as layers, side by side.

        Warns
        -----
        EstimationWarning
            If values are infinite; their points are left out.
        """
        axes = self._axes(ax, side_by_side)
        self._warn_of_infinite()
        self.lines_, self.points_, self.entropy_lines_ = [], [], []
        for i, name in enumerate(self.layers):
            where = axes[i if side_by_side else 0]
            self._draw_layer(where, i, cmap, line_kw, scatter_kw)
            if side_by_side:
                where.set_title(name, fontsize="medium")
        for i, where in enumerate(axes):
            where.set_xlabel(f"{self.names[0]} in nats")
            if i == 0:
                where.set_ylabel(f"{self.names[1]} in nats")
            if self.target_entropy is not None:
                options = {"color": "0.4", "linestyle": "--", "linewidth": 1}
                line = where.axhline(
                    self.target_entropy, **options, zorder=0, label="H(Y)"
                )
                self.entropy_lines_.append(line)
        if not side_by_side:
            axes[0].legend(loc="best", fontsize="small")
        self.figure_ = axes[0].figure
        self.colorbar_ = None
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(
                self.points_[-1], ax=list(axes), label="epoch"
            )
        self.ax_ = axes if side_by_side else axes[0]
        return self

    def _axes(self, ax: Any, side_by_side: bool) -> np.ndarray:
        """Return the axes to draw on, as many as are needed."""
        caller = f"{type(self).__name__}.plot"
        n_layers = len(self.layers)
        if not side_by_side:
            return np.array([axes_for(ax, caller, figsize=(6, 4))], dtype=object)
        if ax is None:
            plt = require_matplotlib(caller)
            size = (2.2 * n_layers + 1, 2.8)
            options = {"sharex": True, "sharey": True, "squeeze": False}
            _, axes = plt.subplots(
                1, n_layers, figsize=size, layout="constrained", **options
            )
            return axes[0]
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        for one in axes:
            check_axes(one)
        if len(axes) != n_layers:
            msg = f"ax must be {n_layers} axes, one a layer, found {len(axes)}."
            raise ValueError(msg)
        return axes

    def _warn_of_infinite(self) -> None:
        """Name the layers of which points are missing in the picture."""
        infinite = np.isinf(self.mi_x) | np.isinf(self.mi_y)
        if infinite.any():
            layers = [self.layers[i] for i in np.flatnonzero(infinite.any(axis=1))]
            msg = (
                f"{infinite.sum()} points of {layers} are infinite and not drawn. "
                "The rate of a code without noise is infinite."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=3)

    def _draw_layer(
        self,
        ax: Any,
        i: int,
        cmap: Any,
        line_kw: Mapping[str, Any] | None,
        scatter_kw: Mapping[str, Any] | None,
    ) -> None:
        """Draw the line of a layer, and its points over it."""
        # Broad and pale: seen beside the points, which tell the epoch.
        options = {"linewidth": 5, "alpha": 0.35, "solid_capstyle": "round"}
        options |= {"label": self.layers[i], "color": f"C{i}"}
        (line,) = ax.plot(self.mi_x[i], self.mi_y[i], **style(options, line_kw))
        options = {"s": 18, "zorder": 3, "linewidths": 0}
        options |= {"vmin": self.epochs.min(), "vmax": self.epochs.max()}
        scatter_kw = scatter_kw or {}
        if "norm" in scatter_kw:
            del options["vmin"], options["vmax"]
        points = ax.scatter(
            self.mi_x[i],
            self.mi_y[i],
            c=self.epochs,
            cmap=cmap,
            **style(options, scatter_kw, "PathCollection"),
        )
        self.lines_.append(line)
        self.points_.append(points)
