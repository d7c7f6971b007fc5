"""Mutual information by kernel density estimates, as an estimator."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.special import logsumexp
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_generator
from skmi.estimation._base import BaseMIEstimator, Estimate, standard_error
from skmi.estimation._joint_bins import positions
from skmi.estimation._kde_ratio import Kernels, blocks, exponents, is_constant
from skmi.estimation._variables import Variables, spread

# Variance of the noise that is thought of, over the square of the largest activity.
_ADAPTIVE_VARIANCE = 1e-3


class KDEMIEstimator(BaseMIEstimator):
    r"""Mutual information by mixtures of Gaussians around the rows.

    Parameters
    ----------
    noise : "adaptive", float or None, default=None
        Standard deviation of Gaussian noise that X is thought to carry: the estimate
        is then of :math:`I(X + \epsilon; Y)`, whose density is exactly a mixture.
        "adaptive" is the root of 0.001 times the largest absolute value of X, for the
        activity of a layer [1]_. None estimates :math:`I(X; Y)` and smooths X by
        ``bandwidth``.
    bandwidth : {"scott", "silverman"} or float, default="scott"
        Standard deviation of the kernels of columns without noise: a rule for all
        columns together, or a number in the units of the data.
    leave_one_out : bool, default=True
        Whether a row is left out of the densities that it is evaluated under. With
        False each row is its own neighbour, which biases the estimate upward, but
        lets rows that are their own class have :math:`I(X; X + \epsilon)`.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values.
    random_state : int, RandomState or None, default=None
        Draws the noise; not used where ``noise`` is None.

    Attributes
    ----------
    mi_ : float
        The information in nats, as computed.
    mi_se_ : float
        Its standard error, from the log-ratios of the rows. Their bias is not in it.
    bandwidth_ : float
        Standard deviation of the kernel of X: in its units with noise or a number,
        over the standard deviation of each column with a rule.
    score_is_bound_ : bool
        True: ``score`` is a lower bound.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    KSGEstimator : Adapts to the density, and has less bias.
    HistogramMIEstimator : Bins that adapt to the activity of a layer.

    Notes
    -----
    The estimate is the mean of :math:`\log \hat p(x, y) / \hat p(x) \hat p(y)` or, for
    classes, of :math:`\log \hat p(x | y) / \hat p(x)`, as entropies are estimated in
    [2]_. With Gaussian kernels K and L of the two variables this is

    .. math::
        \frac1n \sum_i \log \frac{(n - 1) \sum_j K_{ij} L_{ij}}
        {\sum_j K_{ij} \sum_j L_{ij}},

    summed over :math:`j \ne i` with ``leave_one_out``. For classes L is 1 within a
    class and 0 outside. With noise, rows are moved by one draw of it each, and their
    distances taken from the rows as they were.

    Smoothing makes variables less dependent than they are: without noise the estimate
    is too low for strong dependence, the more so in many columns. A rule multiplies
    the standard deviation of a column by :math:`n^{-1 / (d + 4)}`, d being all
    columns of X and y, and "silverman" by :math:`(4 / (d + 2))^{1 / (d + 4)}` more.
    Rows of classes of one row add nothing. Cost O(n^2 (d_x + d_y)), in blocks of
    rows.

    ``score`` takes the ratio of the densities of the rows of the fit to new rows, and
    returns :math:`\mathbb E_P[T] - \mathbb E_Q[e^T] + 1` there [3]_, with P the rows
    and Q all pairs of different ones: in expectation a lower bound of the true
    information (with noise, of :math:`X + \epsilon`), so that a search over bandwidths
    is honest. Where the rows of the fit leave a hole the ratio would be 0 and T minus
    infinity. It is therefore brought to a mean of 1 over pairs of rows of the fit, and
    mixed with 1 in the share that makes these rows most likely, each left out of its
    own densities. Classes that were not seen have a ratio of 1
    before that.

    Published variances are in proportion to the largest activity, not to its square
    [1]_; at a largest value of 1 both agree, and the square makes the estimate
    the same in any unit.

    References
    ----------
    .. [1] I. Chelombiev, C. Houghton, C. O'Donnell (2019), "Adaptive estimators show
       information compression in deep neural networks".
    .. [2] I. A. Ahmad, P.-E. Lin (1976), "A nonparametric estimation of the entropy
       for absolutely continuous distributions".
    .. [3] X. Nguyen, M. J. Wainwright, M. I. Jordan (2010), "Estimating divergence
       functionals and the likelihood ratio by convex risk minimization".

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import KDEMIEstimator
    >>> X, y, mi = make_correlated_gaussians(1000, random_state=0, return_mi=True)
    >>> abs(KDEMIEstimator().fit(X, y).mi_ - mi) < 0.1
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "noise": [
            StrOptions({"adaptive"}),
            Interval(Real, 0, None, closed="neither"),
            None,
        ],
        "bandwidth": [
            StrOptions({"scott", "silverman"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "leave_one_out": ["boolean"],
        "discrete_target": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        noise: float | str | None = None,
        *,
        bandwidth: float | str = "scott",
        leave_one_out: bool = True,
        discrete_target: bool | str = "auto",
        random_state: Any = None,
    ) -> None:
        self.noise = noise
        self.bandwidth = bandwidth
        self.leave_one_out = leave_one_out
        self.discrete_target = discrete_target
        self.random_state = random_state

    def pointwise(self, X: Any, y: Any) -> np.ndarray:
        """Return the log-ratios of rows, whose mean is the estimate for them.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.

        Returns
        -------
        ndarray of shape (n,)
            Log-ratios of densities in nats, which are estimated from these rows.
        """
        check_is_fitted(self)
        return self._estimate(self._read(X, y, None, reset=False)).local

    def score(self, X: Any, y: Any) -> float:
        """Return a lower bound of the information from rows not used by ``fit``.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.

        Returns
        -------
        float
            The bound in nats. Rows of ``fit`` feign information here too.
        """
        check_is_fitted(self)
        rows = self._read(X, y, None, reset=False)
        known = self._kernels.y.shape[1:]
        if rows.y.shape[1:] != known:
            msg = (
                f"y must have {known} columns after its rows, as in fit, found "
                f"{rows.y.shape[1:]}."
            )
            raise ValueError(msg)
        x = rows.x.astype(np.float64)
        if self._level is not None:
            # Another draw than that of the fit.
            x = x + self._level * self._noise(1).standard_normal(x.shape)
        if rows.has_classes:
            codes = positions(rows.labels, self._labels)[rows.y]
            return self._kernels.bound(x / self._widths_x, codes)
        return self._kernels.bound(x / self._widths_x, rows.y / self._widths_y)

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate, its log-ratios and the kernel's width."""
        x = variables.x.astype(np.float64)
        # A column that does not vary has no part in the width of the others.
        n_columns = _n_varying(x)
        if not variables.has_classes:
            n_columns += _n_varying(variables.y)
        level = self._noise_level(x)
        if level is None:
            width, moved = self._smoothing(x, n_columns), x
        else:
            width = np.full(x.shape[1], level)
            moved = x + level * self._noise(0).standard_normal(x.shape)
        y, width_y = variables.y, None
        if not variables.has_classes:
            y = y.astype(np.float64)
            width_y = self._smoothing(y, n_columns)
            y = y / width_y
        kernels = Kernels(x / width, moved / width, y)
        measure = self._of_classes if variables.has_classes else self._of_numbers
        local = measure(*kernels)
        fitted = {
            "mi_se_": standard_error(local),
            "bandwidth_": self._own(width, x),
            "score_is_bound_": True,
            "_kernels": kernels,
            "_labels": variables.labels,
            "_level": level,
            "_widths_x": width,
            "_widths_y": width_y,
        }
        return Estimate(float(local.mean()), local, fitted)

    def _noise_level(self, x: np.ndarray) -> float | None:
        """Return the standard deviation of the noise, None without."""
        if self.noise != "adaptive":
            return self.noise
        largest = np.abs(x).max()
        return float(np.sqrt(_ADAPTIVE_VARIANCE) * (largest if largest > 0 else 1.0))

    def _noise(self, which: int) -> np.random.Generator:
        """Return what draws the noise of the fit (0), or of new rows (1)."""
        # Of our own: the same seed may have made the data.
        return check_generator(self.random_state).spawn(which + 1)[which]

    def _smoothing(self, values: np.ndarray, n_columns: int) -> np.ndarray:
        """Return the width of the kernel of each column; a constant may have any."""
        if not isinstance(self.bandwidth, str):
            return np.full(values.shape[1], float(self.bandwidth))
        width = spread(values)
        return np.where(width > 0, width, 1.0) * self._factor(len(values), n_columns)

    def _factor(self, n_rows: int, n_columns: int) -> float:
        """Return the width of a rule for columns of standard deviation 1."""
        base = n_rows if self.bandwidth == "scott" else n_rows * (n_columns + 2) / 4
        return float(base ** (-1 / (n_columns + 4)))

    def _own(self, width: np.ndarray, x: np.ndarray) -> float:
        """Return the width of X's kernel as one number."""
        if self.noise is not None or not isinstance(self.bandwidth, str):
            return float(width[0])
        own = spread(x)
        return float((width / np.where(own > 0, own, 1.0))[0])

    def _of_numbers(
        self, centres: np.ndarray, places: np.ndarray, y: np.ndarray
    ) -> np.ndarray:
        """Return the log-ratios of two variables of numbers."""
        n_rows = len(centres)
        local = np.zeros(n_rows)
        if is_constant(centres) or is_constant(y):
            return local
        n_others = n_rows - int(self.leave_one_out)
        for rows in blocks(n_rows, n_rows):
            k, m = self._exponents(places, centres, rows), self._exponents(y, y, rows)
            apart = logsumexp(k, axis=1) + logsumexp(m, axis=1)
            local[rows] = np.log(n_others) + _joint(k, m) - apart
        return local

    def _of_classes(
        self, centres: np.ndarray, places: np.ndarray, codes: np.ndarray
    ) -> np.ndarray:
        """Return the log-ratios of numbers and classes."""
        n_rows, left_out = len(centres), int(self.leave_one_out)
        local = np.zeros(n_rows)
        if is_constant(centres) or codes.max() == 0:
            return local
        n_own = np.bincount(codes)[codes] - left_out
        for rows in blocks(n_rows, n_rows):
            k = self._exponents(places, centres, rows)
            everyone = logsumexp(k, axis=1) - np.log(n_rows - left_out)
            k[codes[rows, None] != codes] = -np.inf
            alone = n_own[rows] == 0
            own = logsumexp(k[~alone], axis=1) - np.log(n_own[rows][~alone])
            local[rows.start + np.flatnonzero(~alone)] = own - everyone[~alone]
        return local

    def _exponents(
        self, places: np.ndarray, centres: np.ndarray, rows: slice
    ) -> np.ndarray:
        """Return the logarithms of the kernels of some rows."""
        return exponents(
            places[rows], centres, rows.start if self.leave_one_out else None
        )


def _joint(k: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return the log of the sums of products of two kernels' rows."""
    k += m
    return logsumexp(k, axis=1)


def _n_varying(columns: np.ndarray) -> int:
    """Return how many columns have more than one value."""
    return int((columns != columns[0]).any(axis=0).sum())
