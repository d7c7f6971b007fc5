"""Mutual information by counts in bins, as an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi.estimation._base import BaseMIEstimator, Estimate, moved_to, standard_error
from skmi.estimation._frequencies import PairFrequencies
from skmi.estimation._joint_bins import (
    BINNINGS,
    Symbols,
    joint_codes,
    resolve_binning,
)
from skmi.estimation._variables import Variables
from skmi.information import (
    CORRECTIONS,
    conditional_mutual_information,
    correction_arguments,
    entropy,
    mutual_information,
    suggest_n_bins,
)

# Larger tables are not made: the cells that occur are counted instead.
_MAX_CELLS = 1 << 22
_ENTROPY_BINS = 30
_MAX_BINS = 32


class HistogramMIEstimator(BaseMIEstimator):
    r"""Mutual information by counting rows in bins.

    Parameters
    ----------
    binning : {"frequency", "width", "entropy"} or array-like, default="frequency"
        How columns of numbers are cut:

        - "frequency": each at its own quantiles; a column with at most ``n_bins``
          values keeps them;
        - "width": each into equal parts of its range;
        - "entropy": all columns of a variable at the quantiles of the distinct
          values that occur in any of them [1]_, which no common rescaling changes;
        - an array of rising inner edges, for every column.
    n_bins : int or "auto", default="auto"
        Bins of a column, at least 2. "auto" keeps the bias of the uncorrected value
        at about 0.02 nats or less, with at most 32 cells for each variable; for
        "entropy" it is 30 bins.
    correction : str or callable, default="miller_madow"
        How entropies are estimated: a name of ``skmi.information.CORRECTIONS``, or a
        function of positive counts. One that asks for ``n_cells`` or ``joint`` needs
        a table of all cells, of which there may be at most 2**22.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes, which are not binned. With "auto" these do: strings,
        booleans, categories of a frame, and whole numbers with at most 20 different
        values.

    Attributes
    ----------
    mi_ : float
        The information of the binned variables in nats, as computed: a corrected one
        may be negative.
    mi_se_ : float
        Its standard error, from the influence values of the rows.
    n_levels_ : tuple of int
        How many values of X, of y (and of Z) occurred, all columns of a variable
        together.
    score_is_bound_ : bool
        Whether ``score`` is a lower bound: without Z it is.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    skmi.information.mutual_information : The formulas.
    skmi.information.suggest_n_bins : The rule behind ``n_bins="auto"``.
    KSGEstimator : Without bins.

    Notes
    -----
    Several columns of a variable become one symbol for each row, so the number of
    cells grows exponentially with the columns. Binning loses information, and too
    few rows for a cell feign it; of m rows that all differ the value is log m,
    whatever they tell: a flat curve at log m is no measurement. Constant variables
    share exactly 0.

    The estimate of a discrete law is a function of frequencies whose influence is the
    log-ratio of each row less its mean; a correction shifts all rows alike. Where
    variables are independent the error shrinks like 1 / n and ``mi_se_`` is too
    small.

    ``score`` evaluates the log-ratio T of frequencies on new rows, in the bins of the
    fit: :math:`\mathbb E_P[T] - \mathbb E_Q[e^T] + 1` [2]_, with P the rows and Q all
    pairs of different ones. It is a lower bound of the true information in
    expectation, so that a search over bins is honest. For pairs that the fit has not
    seen T would be minus infinity; the ratio is therefore mixed with 1, by the share of
    the rows whose pair was seen once, which leaves :math:`\mathbb E_Q[e^T] = 1` on the
    rows of the fit. T is 0 for values that it has not seen.

    Cost O(n log n) for each column; memory for a table of up to 2**22 cells.

    References
    ----------
    .. [1] I. Chelombiev, C. Houghton, C. O'Donnell (2019), "Adaptive estimators show
       information compression in deep neural networks".
    .. [2] X. Nguyen, M. J. Wainwright, M. I. Jordan (2010), "Estimating divergence
       functionals and the likelihood ratio by convex risk minimization".

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import HistogramMIEstimator
    >>> X, y, mi = make_correlated_gaussians(5000, random_state=0, return_mi=True)
    >>> estimator = HistogramMIEstimator().fit(X, y)
    >>> abs(estimator.mi_ - mi) < 0.05
    True
    >>> estimator.n_levels_
    (15, 15)
    """

    _parameter_constraints: ClassVar[dict] = {
        "binning": [StrOptions(set(BINNINGS)), "array-like"],
        "n_bins": [Interval(Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "correction": [StrOptions(set(CORRECTIONS)), callable],
        "discrete_target": ["boolean", StrOptions({"auto"})],
    }

    def __init__(
        self,
        binning: Any = "frequency",
        *,
        n_bins: int | str = "auto",
        correction: Any = "miller_madow",
        discrete_target: bool | str = "auto",
    ) -> None:
        self.binning = binning
        self.n_bins = n_bins
        self.correction = correction
        self.discrete_target = discrete_target

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, Z: Any = None, sample_weight: Any = None
    ) -> HistogramMIEstimator:
        """Estimate the information between the rows of X and of y, given Z.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X: finite real numbers, or classes of shape (n,).
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, finite real numbers: the estimate is then of I(X;Y|Z).
        sample_weight : array-like of shape (n,), default=None
            How often each row was seen. Weights equal repeated rows exactly.

        Returns
        -------
        HistogramMIEstimator
            The estimator itself, with the information in nats in ``mi_``.

        Raises
        ------
        ValueError
            If an argument holds missing or infinite values or is of a kind or shape
            that is not accepted, or if a parameter is not one of those accepted. The
            object is then left as it was.
        """
        return self._fit(X, y, Z, sample_weight)

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
            Log-ratios of frequencies in nats, moved together by the correction. Bins
            and frequencies are those of these rows.
        """
        check_is_fitted(self)
        return self._estimate(self._read(X, y, Z, reset=False)).local

    def score(self, X: Any, y: Any, Z: Any = None) -> float:
        """Return a lower bound of the information from rows not used by ``fit``.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, if ``fit`` had one.

        Returns
        -------
        float
            The bound in nats. Given Z there is none, and what is returned is the
            estimate of these rows: a search over that rewards bias, and so many bins.
        """
        check_is_fitted(self)
        if self.score_is_bound_ != (Z is None):
            msg = (
                f"Z must be {'None' if self.score_is_bound_ else 'given'}, as in fit, "
                f"found {'one' if self.score_is_bound_ else 'None'}."
            )
            raise ValueError(msg)
        if not self.score_is_bound_:
            return self._score(X, y, Z)
        rows = self._read(X, y, None, reset=False)
        known = self._frequencies.n_columns
        if rows.y.shape[1:] != known:
            msg = (
                f"y must have {known} columns after its rows, as in fit, found "
                f"{rows.y.shape[1:]}."
            )
            raise ValueError(msg)
        return self._frequencies.bound(rows.x, rows.y, rows.labels)

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate, its local values and the frequencies behind it."""
        variables = _seen(variables)
        weight = variables.weight
        symbols = self._symbols(variables)
        parts = [part for part in variables[:3] if part is not None]
        found = [s.fit(part) for s, part in zip(symbols, parts, strict=True)]
        codes, n_levels = zip(*found, strict=True)
        counted = _Counts(codes, n_levels, weight)
        mi = counted.information(self.correction)
        local = moved_to(counted.log_ratios(), mi, weight)
        frequencies = None
        if variables.z is None:
            frequencies = PairFrequencies(symbols, codes, n_levels, weight)
        fitted = {
            "mi_se_": standard_error(local, weight),
            "n_levels_": n_levels,
            "score_is_bound_": frequencies is not None,
            "_frequencies": frequencies,
        }
        return Estimate(mi, local, fitted)

    def _symbols(self, variables: Variables) -> list[Symbols]:
        """Return what will turn rows of X, of y and of Z into symbols."""
        edges_of = resolve_binning(self.binning)
        wanted = self._wanted_levels(variables)
        result = []
        for values in variables[:3]:
            if values is None:
                continue
            if values.ndim == 1:
                result.append(Symbols(None, variables.labels))
            else:
                # A column that does not vary takes no cells from the others.
                n_varying = int((values != values[0]).any(axis=0).sum())
                n_bins = self._n_bins_of_columns(wanted, max(1, n_varying))
                result.append(Symbols(edges_of(values, n_bins, variables.weight)))
        return result

    def _n_bins_of_columns(self, n_levels: int, n_columns: int) -> int:
        """Return the bins of each column of a variable that is to have n_levels."""
        if self.n_bins != "auto":
            return self.n_bins
        if isinstance(self.binning, str) and self.binning == "entropy":
            return _ENTROPY_BINS
        # 8 ** (1 / 3) may come out just below 2.
        return max(2, int(n_levels ** (1 / n_columns) + 1e-9))

    def _wanted_levels(self, variables: Variables) -> int:
        """Return how many levels of each binned variable keep the bias small."""
        weight = variables.weight
        total = len(variables.x) if weight is None else float(weight.sum())
        n_other = None
        if variables.has_classes:
            n_other = max(2, np.unique(variables.y).size)
        if variables.z is None:
            return suggest_n_bins(total, n_other, max_bins=_MAX_BINS)
        for n_levels in range(_MAX_BINS, 2, -1):
            allowed = suggest_n_bins(total, n_other, n_condition=n_levels)
            if allowed >= n_levels:
                return n_levels
        return 2


class _Counts:
    """How often each combination of codes of X, y (and Z) occurs."""

    def __init__(
        self,
        codes: Sequence[np.ndarray],
        n_levels: Sequence[int],
        weight: np.ndarray | None,
    ) -> None:
        self._codes, self._n_levels, self._weight = codes, n_levels, weight
        x, y, *z = range(len(codes))
        self._signs = {(x, *z): 1, (y, *z): 1, (x, y, *z): -1}
        if z:
            self._signs[tuple(z)] = -1

    def information(self, correction: Any) -> float:
        """Return the information in nats."""
        n_cells = np.prod(self._n_levels, dtype=np.float64)
        if n_cells <= _MAX_CELLS:
            cells = np.ravel_multi_index(tuple(self._codes), self._n_levels)
            counts = np.bincount(cells, self._weight, minlength=int(n_cells))
            table = counts.reshape(self._n_levels)
            measure = (
                mutual_information
                if table.ndim == 2
                else conditional_mutual_information
            )
            return measure(table, correction=correction)
        asked = correction_arguments(correction)
        if asked:
            msg = (
                f"correction={correction!r} asks for {' and '.join(asked)}, and so for "
                f"the table of all cells, which has {n_cells:.3g} with at most "
                f"{_MAX_CELLS} accepted: use fewer bins or columns, or another "
                "correction."
            )
            raise ValueError(msg)
        return float(
            sum(
                sign * entropy(self._occupied(which)[1], correction=correction)
                for which, sign in self._signs.items()
            )
        )

    def log_ratios(self) -> np.ndarray:
        """Return the log-ratio of frequencies of each row."""
        total = len(self._codes[0]) if self._weight is None else self._weight.sum()
        result = np.zeros(len(self._codes[0]))
        for which, sign in self._signs.items():
            code, counts = self._occupied(which)
            result -= sign * np.log(counts[code])
        # As many frequencies above the line as below, unless there is no condition.
        return result + (np.log(total) if len(self._codes) == 2 else 0.0)

    def _occupied(self, which: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return the code of each row among those that occur, and their counts."""
        code, _ = joint_codes(np.column_stack([self._codes[i] for i in which]))
        return code, np.bincount(code, weights=self._weight)


def _seen(variables: Variables) -> Variables:
    """Return the rows of positive weight: one of weight 0 did not occur."""
    if variables.weight is None:
        return variables
    kept = variables.weight > 0
    rows = (None if part is None else part[kept] for part in variables[:4])
    return Variables(*rows, variables.labels)
