"""The information that columns have about each other, as a clustered heat map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import dendrogram as tree_of
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.sparse import issparse
from scipy.spatial.distance import squareform

from skmi.information import mutual_information_matrix
from skmi.inspection._axes import axes_for, require_matplotlib, style

# More columns than this are not all named.
_MAX_NAMED = 60
# The order that is best of all trees' takes O(d^3) or more.
_MAX_OPTIMAL = 300


class MIMatrixDisplay:
    """Heat map of the mutual information of all pairs of columns.

    Columns that tell about each other stand side by side: they are ordered by
    hierarchical clustering, so that groups of redundant columns are seen as blocks.
    It is best made by :meth:`from_data`, :meth:`from_estimator` or
    :meth:`from_matrix`.

    Parameters
    ----------
    matrix : array-like of shape (d, d)
        Informations of the pairs; symmetric.
    names : array-like of str of shape (d,), default=None
        Names of the columns. None means "x0", "x1" and so on.
    linkage : ndarray of shape (d - 1, 4), default=None
        A tree of the columns in the form of :func:`scipy.cluster.hierarchy.linkage`,
        in the order of whose leaves they are drawn. None keeps the order given.
    normalized : bool, default=False
        Whether the informations were divided by entropies, for the label.

    Attributes
    ----------
    order_ : ndarray of shape (d,)
        Indices of the columns as they were drawn, from left to right.
    ax_ : matplotlib Axes
        Where the matrix was drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.
    im_ : matplotlib AxesImage
        The heat map.
    colorbar_ : matplotlib Colorbar or None
        The scale; None if it was not wanted.
    dendrogram_ax_ : matplotlib Axes or None
        Where the tree was drawn; None if it was not wanted.
    text_ : ndarray of shape (d, d) of matplotlib Text, or None
        The values, in the order drawn; None if they were not wanted.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric and not empty, or there are not as many
        names as columns.

    See Also
    --------
    SelectionPathDisplay : What a selector gained at each step.
    skmi.information.mutual_information_matrix : The matrix alone.

    Notes
    -----
    The distance of two columns is 1 minus their information divided by the mean of
    their entropies, the entries of the diagonal. Where an entry of the diagonal is
    not finite or smaller than others of its row, so cannot be an entropy, the
    distance is how much the information falls short of the largest of all pairs. The
    clustering is by average linkage and takes O(d^2) memory and time; up to 300
    columns are then put in that order of the leaves which brings the nearest ones
    side by side, which takes up to O(d^4) time.

    The colours end at the largest value off the diagonal, which entropies exceed.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.inspection import MIMatrixDisplay
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(2, 500))
    >>> X = np.column_stack([a, b, a**3, b**3])
    >>> display = MIMatrixDisplay.from_data(X, names=["a", "b", "a3", "b3"])
    >>> [display.names[j][0] for j in display.order_]
    ['a', 'a', 'b', 'b']
    """

    def __init__(
        self,
        matrix: Any,
        *,
        names: Any = None,
        linkage: np.ndarray | None = None,
        normalized: bool = False,
    ) -> None:
        self.matrix = _check_matrix(matrix)
        d = len(self.matrix)
        self.names = [f"x{j}" for j in range(d)] if names is None else list(names)
        if len(self.names) != d:
            msg = f"names must name the {d} columns, found {len(self.names)}."
            raise ValueError(msg)
        self.linkage = linkage
        self.normalized = normalized

    @classmethod
    def from_matrix(
        cls,
        matrix: Any,
        names: Any = None,
        *,
        normalized: bool = False,
        cluster: bool = True,
        ax: Any = None,
        **kwargs: Any,
    ) -> MIMatrixDisplay:
        """Draw a matrix of informations.

        Parameters
        ----------
        matrix : array-like or frame of shape (d, d)
            Informations of the pairs; symmetric.
        names : array-like of str of shape (d,), default=None
            Names of the columns. None takes those of a frame.
        normalized : bool, default=False
            Whether the informations were divided by entropies.
        cluster : bool, default=True
            Whether the columns are ordered by clustering.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        MIMatrixDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the matrix is not square and symmetric, an information is not finite,
            or there are not as many names as columns.
        """
        require_matplotlib(f"{cls.__name__}.from_matrix")
        if names is None and hasattr(matrix, "columns"):
            names = list(matrix.columns)
        matrix = _check_matrix(matrix)
        tree = _cluster(matrix) if cluster and len(matrix) > 1 else None
        display = cls(matrix, names=names, linkage=tree, normalized=normalized)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_data(
        cls,
        X: Any,
        *,
        names: Any = None,
        discrete_features: Any = "auto",
        n_bins: int = 8,
        normalized: bool = True,
        sample_weight: Any = None,
        n_jobs: int | None = None,
        cluster: bool = True,
        ax: Any = None,
        **kwargs: Any,
    ) -> MIMatrixDisplay:
        """Estimate and draw the informations of the columns of an array or a frame.

        Parameters
        ----------
        X : array-like or frame of shape (n, d)
            Columns of numbers, booleans, strings or categories, each complete.
        names : array-like of str of shape (d,), default=None
            Names of the columns. None takes those of a frame.
        discrete_features : "auto", bool, or array-like, default="auto"
            Columns whose values are labels, as in
            :func:`~skmi.information.mutual_information_matrix`.
        n_bins : int, default=8
            Largest number of bins of a column of numbers.
        normalized : bool, default=True
            Divide each information by the mean of the two entropies; False shows
            nats.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows, as frequencies.
        n_jobs : int, default=None
            Number of threads: None for 1, -1 for all processors.
        cluster : bool, default=True
            Whether the columns are ordered by clustering.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`plot`.

        Returns
        -------
        MIMatrixDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If values are missing, or an option is unknown.
        """
        require_matplotlib(f"{cls.__name__}.from_data")
        matrix = mutual_information_matrix(
            X,
            discrete_features=discrete_features,
            n_bins=n_bins,
            normalized=normalized,
            sample_weight=sample_weight,
            n_jobs=n_jobs,
        )
        return cls.from_matrix(
            matrix, names, normalized=normalized, cluster=cluster, ax=ax, **kwargs
        )

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> MIMatrixDisplay:
        """Draw what the columns selected by an estimator tell about each other.

        Parameters
        ----------
        estimator : object
            A fitted selector: anything with ``get_support``. Or an estimator that
            keeps the informations of its columns in ``mi_matrix_``, of shape (d, d)
            and in nats, which are then drawn.
        X : array-like, sparse matrix or frame of shape (n, d), default=None
            Columns such as the selector was fitted on. Of a sparse matrix only the
            selected columns are made dense.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Further options of :meth:`from_data`, or of :meth:`from_matrix` for an
            estimator with ``mi_matrix_``.

        Returns
        -------
        MIMatrixDisplay
            The display, drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator has neither ``get_support`` nor ``mi_matrix_``.
        ValueError
            If a selector is given without X, or with one of another number of columns,
            or has selected no column.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted yet.
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        names = kwargs.pop("names", None)
        if hasattr(estimator, "mi_matrix_"):
            if names is None:
                names = getattr(estimator, "feature_names_in_", None)
            return cls.from_matrix(estimator.mi_matrix_, names, ax=ax, **kwargs)
        if not hasattr(estimator, "get_support"):
            msg = (
                "estimator must be a fitted selector (with get_support) or have "
                f"mi_matrix_, found {type(estimator).__name__}."
            )
            raise TypeError(msg)
        chosen = estimator.get_support(indices=True)
        if X is None or len(chosen) == 0:
            found = "None" if X is None else "a selector that selected no column"
            msg = f"X must hold the columns that were selected, found {found}."
            raise ValueError(msg)
        n_columns = np.shape(X)[1]
        n_fitted = getattr(estimator, "n_features_in_", n_columns)
        if n_columns != n_fitted:
            msg = f"X must have the {n_fitted} columns of the fit, found {n_columns}."
            raise ValueError(msg)
        if names is None:
            names = getattr(estimator, "feature_names_in_", None)
            names = [names[j] if names is not None else f"x{j}" for j in chosen]
        return cls.from_data(_columns(X, chosen), names=names, ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        cmap: Any = "viridis",
        colorbar: bool = True,
        dendrogram: bool = False,
        include_values: bool = False,
        values_format: str = ".2f",
        xticks_rotation: float | str = "vertical",
        im_kw: Mapping[str, Any] | None = None,
    ) -> MIMatrixDisplay:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        cmap : str or matplotlib Colormap, default="viridis"
            The colours.
        colorbar : bool, default=True
            Whether to draw their scale.
        dendrogram : bool, default=False
            Whether to draw the tree of the columns above them, if there is one.
        include_values : bool, default=False
            Whether to write the values into the cells.
        values_format : str, default=".2f"
            How they are written.
        xticks_rotation : {"vertical", "horizontal"} or float, default="vertical"
            Rotation of the names below the matrix.
        im_kw : dict, default=None
            Keywords for ``Axes.imshow``.

        Returns
        -------
        MIMatrixDisplay
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ``ax`` is not what matplotlib draws on.
        """
        d = len(self.matrix)
        size = 3.4 + (0.3 if include_values else 0.17) * min(d, _MAX_NAMED)
        ax = axes_for(ax, f"{type(self).__name__}.plot", figsize=(size + 0.6, size))
        self.order_ = (
            np.arange(d) if self.linkage is None else leaves_list(self.linkage)
        )
        values = self.matrix[np.ix_(self.order_, self.order_)]
        limits = style({"cmap": cmap, "interpolation": "nearest"}, im_kw, "AxesImage")
        if limits.get("norm") is None:
            limits = {**_limits(values), **limits}
        self.im_ = ax.imshow(values, **limits)
        shown = np.arange(d)[:: max(1, -(-d // _MAX_NAMED))]
        names = [str(self.names[j]) for j in self.order_[shown]]
        ax.set_xticks(shown, names, rotation=xticks_rotation)
        ax.set_yticks(shown, names)
        self.text_ = _write(ax, values, values_format) if include_values else None
        self.dendrogram_ax_ = None
        if dendrogram and self.linkage is not None:
            self.dendrogram_ax_ = _draw_tree(ax, self.linkage)
        self.colorbar_ = None
        if colorbar:
            beyond = np.nanmax(values, initial=-np.inf) > self.im_.get_clim()[1]
            self.colorbar_ = ax.figure.colorbar(
                self.im_, ax=ax, extend="max" if beyond else "neither"
            )
            what = "information / mean entropy" if self.normalized else "nats"
            self.colorbar_.set_label(what)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _check_matrix(matrix: Any) -> np.ndarray:
    """Return a symmetric matrix of numbers."""
    values = np.asarray(matrix, dtype=float)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        msg = f"matrix must be of shape (d, d) with d > 0, found {values.shape}."
        raise ValueError(msg)
    if not np.allclose(values, values.T, equal_nan=True):
        gap = np.nanmax(np.abs(values - values.T))
        msg = f"matrix must be symmetric, found entries that differ by {gap:.2g}."
        raise ValueError(msg)
    return values


def _cluster(matrix: np.ndarray) -> np.ndarray:
    """Return the tree of columns by average linkage of their distances."""
    d = len(matrix)
    pairs = matrix[np.triu_indices(d, 1)]
    if not np.isfinite(pairs).all():
        msg = (
            "matrix must be finite off the diagonal to be clustered, found "
            f"{(~np.isfinite(pairs)).sum()} pairs that are not; see cluster=False."
        )
        raise ValueError(msg)
    tree: np.ndarray = linkage(
        _distances(matrix), method="average", optimal_ordering=d <= _MAX_OPTIMAL
    )
    return tree


def _distances(matrix: np.ndarray) -> np.ndarray:
    """Return the distances of all pairs, in the order of scipy."""
    own = matrix.diagonal()
    others = matrix.copy()
    np.fill_diagonal(others, -np.inf)
    if np.isfinite(own).all() and (own >= others.max(axis=1) - 1e-9).all():
        mean = (own[:, None] + own) / 2
        shares = np.divide(matrix, mean, out=np.zeros_like(matrix), where=mean > 0)
        distances = 1 - shares
    else:
        distances = others.max() - others
    distances = np.maximum(distances, 0)
    np.fill_diagonal(distances, 0)
    pairs: np.ndarray = squareform(distances, checks=False)
    return pairs


def _limits(values: np.ndarray) -> dict[str, float]:
    """Return where the colours begin and end: at 0 and the largest pair."""
    pairs = values[~np.eye(len(values), dtype=bool)]
    pairs = pairs[np.isfinite(pairs)]
    low = min(0.0, pairs.min(initial=0.0))
    high = pairs.max(initial=low)
    return {"vmin": low, "vmax": high if high > low else low + 1}


def _write(ax: Any, values: np.ndarray, values_format: str) -> np.ndarray:
    """Write the values into the cells, dark on bright ones."""
    low, high = _limits(values).values()
    texts = np.empty(values.shape, dtype=object)
    for (i, j), value in np.ndenumerate(values):
        color = "black" if value > (low + high) / 2 else "white"
        options = {"color": color, "ha": "center", "va": "center"}
        texts[i, j] = ax.text(
            j, i, format(value, values_format), fontsize="x-small", **options
        )
    return texts


def _draw_tree(ax: Any, tree: np.ndarray) -> Any:
    """Draw a tree on axes of its own above a matrix."""
    above = ax.inset_axes([0, 1.01, 1, 0.2], sharex=ax)
    shape = tree_of(tree, no_plot=True)
    # scipy puts the leaves at 5, 15, 25 and so on.
    for x, y in zip(shape["icoord"], shape["dcoord"], strict=True):
        above.plot((np.array(x) - 5) / 10, y, color="0.3", linewidth=1)
    above.set_ylim(0, None)
    above.axis("off")
    return above


def _columns(X: Any, chosen: np.ndarray) -> Any:
    """Return some columns of an array, a sparse matrix or a frame."""
    if issparse(X):
        return X.tocsc()[:, chosen].toarray()
    if hasattr(X, "iloc"):
        return X.iloc[:, chosen]
    if hasattr(X, "get_columns"):
        return X[:, chosen.tolist()]
    return np.asarray(X)[:, chosen]
