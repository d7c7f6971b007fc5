"""Dependence by kernels, as an estimator."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import ClassVar, NamedTuple

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skmi.estimation._base import BaseMIEstimator, Estimate
from skmi.estimation._variables import Variables
from skmi.information import (
    cauchy_schwarz_mutual_information,
    hsic,
    renyi_mutual_information,
)

_RULES = ("median", "scott")
# Kernels of width 1 see classes this far apart as different, and nothing else.
_APART = 1e3


class _Measure(NamedTuple):
    """A measure of dependence: its value, and the unit of that."""

    value: Callable[..., float]
    unit: str
    has_order: bool = False


_MEASURES = {
    "renyi": _Measure(renyi_mutual_information, "nats", has_order=True),
    "cauchy_schwarz": _Measure(cauchy_schwarz_mutual_information, "nats"),
    "hsic": _Measure(hsic, "none"),
}


class KernelMIEstimator(BaseMIEstimator):
    r"""Dependence of two variables seen through Gaussian kernels.

    Parameters
    ----------
    measure : {"renyi", "cauchy_schwarz", "hsic"}, default="renyi"
        - "renyi": matrix-based Renyi information [1]_, in nats;
        - "cauchy_schwarz": Cauchy-Schwarz divergence from independence [2]_, in nats;
        - "hsic": Hilbert-Schmidt independence criterion [3]_, which has no unit and is
          no information. The biased estimate, which is never negative.
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation of the kernels of numbers: the median distance of two rows,
        the columns' root mean variance times :math:`n^{-1 / (d + 4)}`, or a number in
        the units of the data. Classes have the kernel that is 1 for equal and 0 for
        different ones.
    alpha : float, default=1.01
        Order of the Renyi entropies, above 0; 2 needs no eigenvalues and is much
        faster. Not used by the other measures.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values.

    Attributes
    ----------
    mi_ : float
        The dependence in the unit of the measure.
    unit_ : {"nats", "none"}
        That unit. Even values in nats are not Shannon's information: compare values
        of one measure and one bandwidth only.
    score_is_bound_ : bool
        False: ``score`` is an estimate.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    skmi.information.renyi_mutual_information : The formula of "renyi".
    skmi.information.cauchy_schwarz_mutual_information : That of "cauchy_schwarz".
    skmi.information.hsic : That of "hsic".
    skmi.model_selection.mi_permutation_test : Tells dependence from none.

    Notes
    -----
    All three are 0 for independent variables and positive on any sample of them. They
    depend on the kernel's width. Columns with large numbers dominate distances: bring
    them to one scale first.

    Cost O(n^2 (d_x + d_y)), and O(n^3) for "renyi" with ``alpha`` other than 2.

    References
    ----------
    .. [1] L. G. Sanchez Giraldo, M. Rao, J. C. Principe (2015), "Measures of entropy
       from data using infinitely divisible kernels".
    .. [2] S. Yu, X. Yu, S. Loekse, R. Jenssen, J. C. Principe (2024),
       "Cauchy-Schwarz divergence information bottleneck for regression".
    .. [3] A. Gretton, O. Bousquet, A. Smola, B. Schoelkopf (2005), "Measuring
       statistical dependence with Hilbert-Schmidt norms".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.estimation import KernelMIEstimator
    >>> X = np.random.default_rng(0).uniform(-1, 1, size=(200, 1))
    >>> estimator = KernelMIEstimator("hsic").fit(X, X[:, 0] ** 2)
    >>> estimator.mi_ > 0.01, estimator.unit_
    (True, 'none')
    """

    _parameter_constraints: ClassVar[dict] = {
        "measure": [StrOptions(set(_MEASURES))],
        "bandwidth": [
            StrOptions(set(_RULES)),
            Interval(Real, 0, None, closed="neither"),
        ],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "discrete_target": ["boolean", StrOptions({"auto"})],
    }

    def __init__(
        self,
        measure: str = "renyi",
        *,
        bandwidth: float | str = "median",
        alpha: float = 1.01,
        discrete_target: bool | str = "auto",
    ) -> None:
        self.measure = measure
        self.bandwidth = bandwidth
        self.alpha = alpha
        self.discrete_target = discrete_target

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the dependence and its unit."""
        x, y = variables.x, variables.y
        widths = [self.bandwidth, self.bandwidth]
        if variables.has_classes:
            y, widths[1] = _one_column_each(y), 1.0
        measure = _MEASURES[self.measure]
        order = {"alpha": self.alpha} if measure.has_order else {}
        value = measure.value(x, y, bandwidth=widths, **order)
        return Estimate(value, fitted={"unit_": measure.unit})


def _one_column_each(codes: np.ndarray) -> np.ndarray:
    """Return classes as corners that are equally far from one another."""
    return _APART * (codes[:, None] == np.arange(codes.max() + 1))
