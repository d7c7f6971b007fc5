"""Mutual information by nearest neighbours, as an estimator."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import _fit_context, clone
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_no_missing
from skmi.estimation._base import BaseMIEstimator, Estimate
from skmi.estimation._variables import (
    Variables,
    check_targets,
    read_columns,
    read_target,
    spread,
)
from skmi.information import (
    KNN_CONDITIONAL_ESTIMATORS,
    KNN_ESTIMATORS,
    univariate_mutual_information,
)

# Columns that repeat values on more rows than this share are on a lattice.
_MAX_REPEATED = 0.1


class KSGEstimator(BaseMIEstimator):
    r"""Mutual information of numeric variables by nearest neighbours.

    Parameters
    ----------
    n_neighbors : int, default=3
        How many neighbours make up the neighbourhood of a row, below n. More lower
        the variance and raise the bias.
    method : {"ksg1", "ksg2", "mixed"}, default="ksg1"
        The first or second estimator of Kraskov et al. [1]_ for continuous variables,
        or that of Gao et al. [2]_ for variables that repeat values or hold classes.
        Given Z, the first two are the estimator of Frenzel and Pompe [3]_, the last
        is that of Mesner and Shalizi [4]_.
    standardize : bool, default=True
        Whether columns are divided by their standard deviation, since one distance
        serves all of them. Columns that repeat values are divided by a power of 2
        close to it, so that equal distances stay equal.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes, which only ``method="mixed"`` takes. With "auto"
        strings, booleans, categories of a frame and whole numbers with at most 20
        different values are classes for that method.
    n_jobs : int, default=None
        Threads: None for 1, -1 for all cores. The result does not depend on it.

    Attributes
    ----------
    mi_ : float
        The information in nats, as computed: about as often negative as not for
        independent variables.
    score_is_bound_ : bool
        False: ``score`` is an estimate.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    skmi.information.ksg_mutual_information : The formulas.
    skmi.model_selection.mi_confidence_interval : How sure the estimate is.
    HistogramMIEstimator : For variables of few values.

    Notes
    -----
    Nearest neighbours see at most about log(n / k) nats, and fall behind before that;
    they need the more rows the more columns there are. There is no standard error:
    neighbourhoods overlap, so that the spread of local values over :math:`\sqrt n`
    is too small, by a quarter for three neighbours and Gaussian variables.

    Classes are put further apart than any two rows of X and Z are. A row's neighbours
    are then of its own class, as in the estimator of Ross [5]_; rows of classes with
    no more than ``n_neighbors`` rows add nothing.

    Cost about O(n log n) in few dimensions, rising to O(n**2).

    References
    ----------
    .. [1] A. Kraskov, H. Stoegbauer, P. Grassberger (2004), "Estimating mutual
       information", equations 8 and 9.
    .. [2] W. Gao, S. Kannan, S. Oh, P. Viswanath (2017), "Estimating mutual
       information for discrete-continuous mixtures", algorithm 1.
    .. [3] S. Frenzel, B. Pompe (2007), "Partial mutual information for coupling
       analysis of multivariate time series", equation 10.
    .. [4] O. C. Mesner, C. R. Shalizi (2021), "Conditional mutual information
       estimation for mixed, discrete and continuous data", algorithm 1.
    .. [5] B. C. Ross (2014), "Mutual information between discrete and continuous data
       sets", equation 2.

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import KSGEstimator
    >>> X, y, mi = make_correlated_gaussians(1000, random_state=0, return_mi=True)
    >>> estimator = KSGEstimator(n_neighbors=5).fit(X, y)
    >>> abs(estimator.mi_ - mi) < 0.05
    True
    >>> estimator.pointwise(X, y).shape
    (1000,)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "method": [StrOptions(set(KNN_ESTIMATORS))],
        "standardize": ["boolean"],
        "discrete_target": ["boolean", StrOptions({"auto"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors: int = 3,
        *,
        method: str = "ksg1",
        standardize: bool = True,
        discrete_target: bool | str = "auto",
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.method = method
        self.standardize = standardize
        self.discrete_target = discrete_target
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, Z: Any = None) -> KSGEstimator:
        """Estimate the information between the rows of X and of y, given Z.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X: finite real numbers, or classes of shape (n,)
            for ``method="mixed"``.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, finite real numbers: the estimate is then of I(X;Y|Z).

        Returns
        -------
        KSGEstimator
            The estimator itself, with the information in nats in ``mi_``.

        Raises
        ------
        ValueError
            If an argument holds missing or infinite values or is of a kind or shape
            that is not accepted, or if a parameter is not one of those accepted. The
            object is then left as it was.
        """
        return self._fit(X, y, Z)

    def score(self, X: Any, y: Any, Z: Any = None) -> float:
        """Estimate the information anew on other rows.

        It is an estimate and no bound, as ``score_is_bound_`` says: a search over it
        rewards bias, for settings that overestimate win.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition.

        Returns
        -------
        float
            The estimate of these rows.
        """
        return self._score(X, y, Z)

    def pointwise(self, X: Any, y: Any, Z: Any = None) -> np.ndarray:
        """Return the local values of rows, whose mean is the estimate for them.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition.

        Returns
        -------
        ndarray of shape (n,)
            Local information in nats. Neighbours are looked for among these rows.
        """
        check_is_fitted(self)
        return self._estimate(self._read(X, y, Z, reset=False)).local

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_many(self, X: Any, ys: Any, Z: Any = None) -> np.ndarray:
        """Return the estimates for many targets, each as ``fit`` would find it.

        For ``method="ksg1"`` and single columns X is sorted once and the targets are
        taken together, which is several times faster than as many fits.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        ys : array-like of shape (m, n) or (m, n, d_y)
            Targets, such as permutations of one.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition.

        Returns
        -------
        ndarray of shape (m,)
            Estimates in nats. The estimator itself is left as it is.

        Raises
        ------
        ValueError
            As ``fit`` does.
        """
        ys = check_targets(ys)
        # A clone: the columns of X are not to be remembered.
        first = clone(self)._read(X, ys[0], Z, reset=True)
        self._refuse_classes(first)
        x, z = self._scaled(first.x), self._scaled(first.z)
        if first.has_classes:
            ys = [_class_codes(y) for y in ys]
        else:
            columns = read_columns(ys.reshape(len(ys), -1), "ys", len(ys))
            ys = columns.reshape(len(ys), len(x), -1)
        # The first in any case: it warns where values repeat.
        n_alone = 1 if self._takes_all_at_once(first, x) else len(ys)
        alone = [self._local(x, y, z).mean() for y in ys[:n_alone]]
        if n_alone == len(ys):
            return np.array(alone)
        targets = np.empty((len(x), len(ys) - 1))
        for column, y in zip(targets.T, ys[1:], strict=True):
            column[:] = self._scaled(y)[:, 0]
        others = univariate_mutual_information(
            targets, x[:, 0], n_neighbors=self.n_neighbors, n_jobs=self.n_jobs
        )
        return np.concatenate([alone, others])

    def _takes_all_at_once(self, variables: Variables, x: np.ndarray) -> bool:
        """Tell whether a function for many single columns gives what each gets."""
        if self.method != "ksg1" or not _is_pair(variables):
            return False
        # Else distances to neighbours could be 0, where the functions differ.
        return bool(np.unique(x, return_counts=True)[1].max() <= self.n_neighbors)

    def _accepted_target(self) -> Any:
        """Return what y may hold; whole numbers are classes for one method only."""
        if self.discrete_target == "auto" and self.method != "mixed":
            return "labels"
        return self.discrete_target

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate and the local values."""
        self._refuse_classes(variables)
        x, z = self._scaled(variables.x), self._scaled(variables.z)
        local = self._local(x, variables.y, z)
        return Estimate(float(local.mean()), local)

    def _refuse_classes(self, variables: Variables) -> None:
        """Raise if y holds classes and the method does not take them."""
        if variables.has_classes and self.method != "mixed":
            msg = (
                f"y holds classes, which method={self.method!r} does not take: use "
                "method='mixed', or give numbers."
            )
            raise ValueError(msg)

    def _local(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | None) -> np.ndarray:
        """Return the local values of scaled X and Z with y as it is."""
        if y.ndim == 1:
            y = _spread_out(y, x if z is None else np.hstack([x, z]))
        else:
            y = self._scaled(y)
        options = {
            "n_neighbors": self.n_neighbors,
            "pointwise": True,
            "n_jobs": self.n_jobs,
        }
        if z is None:
            return KNN_ESTIMATORS[self.method](x, y, **options)
        name = "mesner_shalizi" if self.method == "mixed" else "frenzel_pompe"
        return KNN_CONDITIONAL_ESTIMATORS[name](x, y, z, **options)

    def _scaled(self, values: np.ndarray | None) -> np.ndarray | None:
        """Return columns of comparable scale."""
        if values is None or not self.standardize:
            return values
        return np.column_stack([_rescaled(column) for column in values.T])


def _is_pair(variables: Variables) -> bool:
    """Tell whether these are two single columns of numbers."""
    has_one = variables.x.shape[1] == 1 and variables.y.shape[1:] == (1,)
    return has_one and variables.z is None


def _rescaled(column: np.ndarray) -> np.ndarray:
    """Return a column over its standard deviation, or close to that on a lattice."""
    column = column.astype(np.float64)
    width = float(spread(column[:, None])[0])
    if not width > 0:
        return np.zeros(len(column))
    if 1 - np.unique(column).size / len(column) > _MAX_REPEATED:
        # Division by a power of 2 rounds nothing, hence ties of distances stay.
        width = 2.0 ** np.round(np.log2(width))
    return column / width


def _class_codes(y: np.ndarray) -> np.ndarray:
    """Return the codes of one of many targets of classes."""
    check_no_missing(y)
    return read_target(y, True)[0]


def _spread_out(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return codes of classes at distances beyond those of any two rows."""
    reach = float(np.ptp(rows, axis=0).max())
    step = 2.0 ** np.ceil(np.log2(reach) + 1) if reach > 0 else 1.0
    return (step * codes)[:, None]
