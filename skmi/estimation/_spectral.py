"""Information by the spectra of diffusions, as an estimator."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from skmi._validation import check_generator
from skmi.estimation._base import BaseMIEstimator, Estimate
from skmi.estimation._variables import Variables
from skmi.information import diffusion_spectral_mutual_information


class SpectralMIEstimator(BaseMIEstimator):
    r"""How much of the diffusion spectral entropy of X the classes of y explain.

    Parameters
    ----------
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation of the Gaussian kernel between rows of X: a rule, or a
        number in the units of X. To compare values, over the epochs of a training for
        example, give one number to all.
    t : float, default=1
        Number of steps of the diffusion, above 0. More steps fade small eigenvalues,
        and noise with them.
    n_bins : int, default=10
        Number of bins of one column of numbers in y, or of clusters of several.
    n_repeats : int, default=5
        How many subsets of all rows each class is compared with.
    max_samples : int, default=2000
        Largest number of rows that are used; of more, as many are drawn.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values.
    random_state : int, RandomState or None, default=None
        Decides which rows are drawn, and where clusters begin.

    Attributes
    ----------
    mi_ : float
        The information in nats, as computed. It is a property of the data at the
        kernel's width and no estimate of Shannon's information.
    score_is_bound_ : bool
        False: ``score`` is an estimate.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    skmi.information.diffusion_spectral_mutual_information : The formula.
    KDEMIEstimator : Information with classes under noise.

    Notes
    -----
    The mean entropy of the diffusion's spectrum over subsets of all rows, less that
    over the rows of each class, the subsets being as large as the class [1]_. Cost
    O(m^3) for classes of m rows, times ``n_repeats``.

    References
    ----------
    .. [1] D. Liao, C. Liu, B. W. Christensen, A. Tong, G. Huguet, G. Wolf,
       M. Nickel, I. Adelstein, S. Krishnaswamy (2024), "Assessing neural network
       representations during training using noise-resilient diffusion spectral
       entropy".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.estimation import SpectralMIEstimator
    >>> y = np.repeat(["a", "b"], 50)
    >>> X = np.random.default_rng(0).standard_normal((100, 1))
    >>> X[50:] += 20
    >>> estimator = SpectralMIEstimator(bandwidth=2.0, random_state=0).fit(X, y)
    >>> bool(abs(estimator.mi_ - np.log(2)) < 0.1)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "bandwidth": [
            StrOptions({"median", "scott"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "t": [Interval(Real, 0, None, closed="neither")],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "max_samples": [Interval(Integral, 2, None, closed="left")],
        "discrete_target": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        bandwidth: float | str = "median",
        *,
        t: float = 1,
        n_bins: int = 10,
        n_repeats: int = 5,
        max_samples: int = 2000,
        discrete_target: bool | str = "auto",
        random_state: Any = None,
    ) -> None:
        self.bandwidth = bandwidth
        self.t = t
        self.n_bins = n_bins
        self.n_repeats = n_repeats
        self.max_samples = max_samples
        self.discrete_target = discrete_target
        self.random_state = random_state

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the information."""
        value = diffusion_spectral_mutual_information(
            variables.x,
            variables.y,
            bandwidth=self.bandwidth,
            t=self.t,
            n_clusters=self.n_bins,
            n_repeats=self.n_repeats,
            max_samples=self.max_samples,
            random_state=check_generator(self.random_state),
        )
        return Estimate(value)
