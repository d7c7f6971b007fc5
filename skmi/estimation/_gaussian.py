"""Mutual information of variables taken for Gaussian, as an estimator."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import _fit_context, clone
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi.estimation._base import BaseMIEstimator, Estimate, standard_error
from skmi.estimation._gaussian_fit import (
    CanonicalPairs,
    Margins,
    bias_of_standing,
    fit_pairs,
    many_informations,
)
from skmi.estimation._log_ratio import nwj_bound
from skmi.estimation._variables import Variables, check_targets, read_columns
from skmi.information import (
    gaussian_conditional_mutual_information,
    gaussian_copula_conditional_mutual_information,
    gaussian_copula_mutual_information,
    gaussian_mutual_information,
    normal_scores,
)

_FUNCTIONS = {
    ("cca", False): gaussian_mutual_information,
    ("cca", True): gaussian_conditional_mutual_information,
    ("covariance", False): gaussian_mutual_information,
    ("covariance", True): gaussian_conditional_mutual_information,
    ("copula", False): gaussian_copula_mutual_information,
    ("copula", True): gaussian_copula_conditional_mutual_information,
}


class GaussianMIEstimator(BaseMIEstimator):
    r"""Mutual information of variables that are taken for jointly Gaussian.

    Parameters
    ----------
    method : {"cca", "copula", "covariance"}, default="covariance"
        What the information is made of:

        - "covariance": all canonical correlations of the variables as they are;
        - "cca": those that stand a test, for many columns and few rows;
        - "copula": all of the normal scores of the ranks in each column, which no
          rising map of it changes [2]_.
    bias_correction : bool, default=True
        Whether the bias of Gaussian samples is taken off, which is known exactly.

    Attributes
    ----------
    mi_ : float
        The information in nats, as computed.
    mi_se_ : float
        Its standard error, from the influence values of the rows.
    canonical_correlations_ : ndarray of shape (n_pairs,)
        Canonical correlations of X and y (partial ones given Z), in falling order,
        and with "cca" only those that stand:
        the information is :math:`-\frac12 \sum_i \log(1 - \rho_i^2)` [1]_, less the
        bias.
    score_is_bound_ : bool
        Whether ``score`` is a lower bound: without Z it is.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    skmi.information.gaussian_mutual_information : The formulas.
    KSGEstimator : Without an assumption on the dependence.

    Notes
    -----
    The log-ratio of the fitted densities, T, extends to new rows. ``pointwise``
    returns it, and ``score`` the value
    :math:`\mathbb E_P[T] - \mathbb E_Q[e^T] + 1` there [3]_, with P the
    rows and Q all pairs of different ones. It is a lower bound of the true
    information in expectation whatever the data are, so a search over it is honest.
    T is first shifted so that :math:`\mathbb E_Q[e^T] = 1` on the training rows.

    The influence of a row on the estimate is T there, without correction, less its
    mean. This holds for the covariance of any variables; for ranks it is close.

    With "cca" correlations are tested from the largest on by Bartlett's statistic
    [4]_,

    .. math::
        -\Bigl(n - 1 - \frac{r_x + r_y + 1}{2}\Bigr)
        \sum_{i > k} \log(1 - \rho_i^2),

    which is about chi-squared with :math:`(r_x - k)(r_y - k)` degrees of freedom if all
    but the first k are 0, r being ranks. Those before the first test with a p-value
    above 0.05 stand. The others are taken for 0 in ``mi_``, in ``pointwise`` and in
    ``score``, and what remains of the bias is the bias of all correlations less that
    of variables with k fewer columns and rows. So most estimates at independence are
    exactly 0 and none is below that by the others' noise; in exchange dependence too
    weak to be seen counts nothing, and the estimate is not unbiased.

    Cost O(n (d_x + d_y)^2); ``score`` takes O(n^2) for n rows.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory".
    .. [2] R. A. A. Ince, B. L. Giordano, C. Kayser, G. A. Rousselet, J. Gross,
       P. G. Schyns (2017), "A statistical framework for neuroimaging data analysis
       based on mutual information estimated via a Gaussian copula".
    .. [3] X. Nguyen, M. J. Wainwright, M. I. Jordan (2010), "Estimating divergence
       functionals and the likelihood ratio by convex risk minimization".
    .. [4] M. S. Bartlett (1941), "The statistical significance of canonical
       correlations".

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import GaussianMIEstimator
    >>> X, y, mi = make_correlated_gaussians(1000, random_state=0, return_mi=True)
    >>> estimator = GaussianMIEstimator().fit(X[:500], y[:500])
    >>> abs(estimator.mi_ - mi) < 3 * estimator.mi_se_
    True
    >>> abs(estimator.score(X[500:], y[500:]) - mi) < 0.1
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "method": [StrOptions({method for method, _ in _FUNCTIONS})],
        "bias_correction": ["boolean"],
    }

    def __init__(
        self, method: str = "covariance", *, bias_correction: bool = True
    ) -> None:
        self.method = method
        self.bias_correction = bias_correction

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, Z: Any = None, sample_weight: Any = None
    ) -> GaussianMIEstimator:
        """Estimate the information between the rows of X and of y, given Z.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Finite real numbers, row by row what goes with X.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, finite real numbers: the estimate is then of I(X;Y|Z).
        sample_weight : array-like of shape (n,), default=None
            How often each row was seen. Weights equal repeated rows exactly.

        Returns
        -------
        GaussianMIEstimator
            The estimator itself, with the information in nats in ``mi_``.

        Raises
        ------
        ValueError
            If an argument holds missing or infinite values or is of a kind or shape
            that is not accepted, if there are no more rows than columns, or if a
            parameter is not one of those accepted. The object is then left as it was.
        """
        return self._fit(X, y, Z, sample_weight)

    def pointwise(self, X: Any, y: Any, Z: Any = None) -> np.ndarray:
        """Return the log-ratio of the fitted densities at rows, new ones too.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, if ``fit`` had one.

        Returns
        -------
        ndarray of shape (n,)
            Log-ratios in nats. Their mean over the training rows is ``mi_``.
        """
        scores = self._scores(X, y, Z)
        return scores.joint() - self._excess

    def score(self, X: Any, y: Any, Z: Any = None) -> float:
        """Return a lower bound of the information from rows not used by ``fit``.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X.
        Z : array-like of shape (n,) or (n, d_z), default=None
            Condition, if ``fit`` had one.

        Returns
        -------
        float
            The bound in nats. Given Z there is none, and what is returned is the
            estimate of these rows: a search over that rewards bias.
        """
        scores = self._scores(X, y, Z)
        if not self.score_is_bound_:
            return self._score(X, y, Z)
        return nwj_bound(self._pairs.normalised(scores))

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_many(self, X: Any, ys: Any, Z: Any = None) -> np.ndarray:
        """Return the estimates for many targets, each as ``fit`` would find it.

        X is decomposed once, so this takes a small part of the time of as many fits.

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
        first = clone(self)._read(X, ys[0], Z, reset=True)
        # Raises what fit would raise.
        self._estimate(first)
        n_rows, n_columns = first.y.shape
        flat = read_columns(np.moveaxis(ys, 0, -1).reshape(n_rows, -1), "ys", n_rows)
        x, z = first.x, first.z
        if self.method == "copula":
            flat, x = normal_scores(flat), normal_scores(x)
            z = None if z is None else normal_scores(z)
        targets = np.moveaxis(flat.reshape(n_rows, n_columns, -1), -1, 0)
        return many_informations(
            x, targets, z, self.bias_correction, tested=self.method == "cca"
        )

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate, and the Gaussians behind it."""
        x, y, z, weight, _ = variables
        if variables.has_classes:
            msg = (
                "y holds labels, which GaussianMIEstimator does not take: give numbers."
            )
            raise ValueError(msg)
        given = () if z is None else (z,)
        tested = self.method == "cca"
        mi = _FUNCTIONS[self.method, z is not None](
            x,
            y,
            *given,
            sample_weight=weight,
            bias_correction=self.bias_correction and not tested,
        )
        margins = None
        if self.method == "copula":
            parts = [(part, Margins(part, weight)) for part in (x, y, *given)]
            margins = [margin for _, margin in parts]
            x, y, *given = (margin.scores(part) for part, margin in parts)
        pairs = fit_pairs(x, y, given[0] if given else None, weight, tested=tested)
        if tested:
            total = float(len(x)) if weight is None else float(weight.sum())
            mi = _of_standing(mi, pairs, total, self.bias_correction)
        local = pairs.scores(x, y, *given).joint()
        mean = float(np.average(local, weights=weight))
        fitted = {
            "mi_se_": standard_error(local, weight) if np.isfinite(mi) else np.nan,
            "canonical_correlations_": pairs.correlations,
            "score_is_bound_": z is None,
            "_pairs": pairs,
            "_margins": margins,
            # Infinite estimates have log-ratios that are only very large.
            "_excess": mean - mi if np.isfinite(mi) else 0.0,
        }
        return Estimate(mi, local, fitted)

    def _scores(self, X: Any, y: Any, Z: Any) -> Any:
        """Return the fitted log-ratio of checked rows."""
        check_is_fitted(self)
        variables = self._read(X, y, Z, reset=False)
        x, y, z, *_ = variables
        self._check_alike(y, z)
        if self._margins is not None:
            parts = (x, y) if z is None else (x, y, z)
            scored = [
                margin.scores(part)
                for margin, part in zip(self._margins, parts, strict=True)
            ]
            return self._pairs.scores(*scored)
        return self._pairs.scores(x, y, z)

    def _check_alike(self, y: np.ndarray, z: np.ndarray | None) -> None:
        """Raise unless y and Z have the columns that they had in fit."""
        known = {"y": self._pairs.y.mean, "Z": self._pairs.mean_z}
        for name, values in (("y", y), ("Z", z)):
            wanted = None if known[name] is None else len(known[name])
            found = None if values is None else values.shape[-1]
            if name == "y" and values.ndim == 1:
                found = "labels"
            if wanted != found:
                msg = f"{name} must have {wanted} columns, as in fit, found {found}."
                raise ValueError(msg)


def _of_standing(
    mi: float, pairs: CanonicalPairs, total: float, bias_correction: bool
) -> float:
    """Return what remains of the information of all pairs for those that stand."""
    n_kept = len(pairs.correlations)
    if n_kept == 0:
        return 0.0
    # Kept off minus infinity: that of a shared dimension is no number with it.
    mi += float(np.log(np.maximum(1 - pairs.dropped**2, 1e-10)).sum()) / 2
    rank_x, rank_y, rank_z = pairs.ranks
    bias = bias_of_standing(total - rank_z, rank_x, rank_y, n_kept)
    return mi - bias if bias_correction else mi
