"""GaussianIB: the bottleneck of jointly Gaussian variables, in closed form."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.linalg import svd
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import (
    atomic_fit,
    blame,
    check_frequencies,
    check_multi_target,
    check_X,
    check_y_given,
)
from skmi.exceptions import EstimationWarning

# Betas of the curve that is kept, besides the critical ones.
_N_BETAS = 100
# The curve goes down to this part of the largest critical beta.
_LOWEST = 1e-4
# Stands for 1 - rho^2 in the gain of a component without any noise.
_NO_NOISE = 1e-12
# Standard deviations of which neither inverses nor multiples overflow.
_SCALES = 1e-280, 1e280


class GaussianIB(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Linear code of X that keeps what tells about y, exact for Gaussians.

    For jointly Gaussian X and y the bottleneck ``beta * I(X;T) - I(T;Y)`` is minimised
    by a noisy linear map :math:`T = A (x - \bar x) + \xi` with
    :math:`\xi \sim N(0, I)`. Its rows lie along the canonical variables of X, and each
    is there only while ``beta`` is below its critical value, the squared canonical
    correlation.

    Parameters
    ----------
    beta : float, default=0.01
        Multiplies the rate: minimise ``beta * I(X;T) - I(T;Y)``. Must be above 0,
        where the rate would be infinite. At ``critical_betas_[0]`` and above the code
        is constant.
    shrinkage : float, "auto" or None, default=None
        Share, from 0 to 1, in which correlations between columns, of X and of y, are
        taken to be 0. It is needed where there are not more rows than columns. "auto"
        estimates it from the standardised columns [2]_; None is 0.

    Attributes
    ----------
    critical_betas_ : ndarray of shape (n_pairs,)
        Betas at which a component appears as beta falls, from the largest down:
        :math:`1 - \lambda_i` with the eigenvalues :math:`\lambda_i` of
        :math:`\Sigma_{x|y} \Sigma_x^{-1}`, or the squared canonical correlations.
    n_components_ : int
        Components that are active at ``beta``; n_active below, but for none, where it
        is 1.
    projection_ : ndarray of shape (n_active, n_features)
        A, for noise of variance 1; a row of zeros if no component is active.
    mean_ : ndarray of shape (n_features,)
        Mean of the columns of X.
    rate_ : float
        I(X;T) in nats; infinite if a component of y is a linear function of X.
    relevance_ : float
        I(T;Y) in nats.
    mi_ : float
        I(X;Y) in nats, what the relevance tends to as beta falls to 0: the value of
        :func:`~skmi.information.gaussian_mutual_information` without correction of
        its bias.
    information_curve_ : dict of str to ndarray
        "beta", "rate" and "relevance" of the optimal codes, rate increasing.
    shrinkage_ : float
        Shrinkage used.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    IBRegressor : The same trade-off for any variables, trained.
    DiscreteIB : The same trade-off for tables.
    skmi.information.gaussian_mutual_information : I(X;Y) of Gaussians.

    Notes
    -----
    With canonical correlations :math:`\rho_i`, :math:`\lambda_i = 1 - \rho_i^2`, the
    components with :math:`\beta < \rho_i^2` are active, and

    .. math::

        I(X;T) = \frac12 \sum_i
            \log \frac{(1 - \lambda_i)(1 - \beta)}{\lambda_i \beta}, \qquad
        I(T;Y) = \frac12 \sum_i \log \frac{1 - \beta}{\lambda_i} .

    Row i of A is the canonical variable, of variance 1, times
    :math:`\sqrt{(1 - \beta - \lambda_i) / (\lambda_i \beta)}` ([1]_, whose beta
    is 1 / beta here).

    Columns may be constant, repeated or linearly dependent: directions without variance
    are left out. Their scales have no influence. The correlations are those of the
    sample, which overstate: without shrinkage by about ``n_pairs * rank / 2n`` nats in
    all. Cost O(n (d_x + d_y)^2).

    It predicts and scores but is no regressor by its tags: scikit-learn's checks of
    those ask for fits of fewer rows than columns, which need shrinkage.

    References
    ----------
    .. [1] G. Chechik, A. Globerson, N. Tishby, Y. Weiss (2005), "Information
       bottleneck for Gaussian variables".
    .. [2] O. Ledoit, M. Wolf (2004), "A well-conditioned estimator for
       large-dimensional covariance matrices".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bottleneck import GaussianIB
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((5000, 3))
    >>> y = X[:, :2] * [3, 0.5] + rng.standard_normal((5000, 2))
    >>> ib = GaussianIB(beta=0.5).fit(X, y)
    >>> ib.critical_betas_.round(1)
    array([0.9, 0.2])
    >>> ib.transform(X).shape
    (5000, 1)
    >>> ib.set_params(beta=0.1).fit(X, y).n_components_
    2
    """

    _parameter_constraints: ClassVar[dict] = {
        "beta": [Interval(Real, 0, None, closed="neither")],
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"}), None],
    }

    def __init__(
        self, beta: float = 1e-2, *, shrinkage: float | str | None = None
    ) -> None:
        self.beta = beta
        self.shrinkage = shrinkage

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GaussianIB:
        """Learn the projection from rows of X and of y.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite real numbers.
        y : array-like of shape (n,) or (n, n_outputs)
            What the code shall tell about, finite real numbers.
        sample_weight : array-like of shape (n,), default=None
            How often each row was seen. Weights equal repeated rows exactly.

        Returns
        -------
        GaussianIB
            The estimator itself.

        Raises
        ------
        ValueError
            If an argument holds missing or infinite values or is of a shape that is
            not accepted, if a parameter is not one of those accepted, or if without
            shrinkage there are not more rows than linearly independent columns. The
            object is then left as it was.
        """
        with atomic_fit(self):
            check_y_given(self, y)
            X = check_X(self, X, ensure_min_samples=2)
            if np.asarray(y).dtype.kind == "O":
                with blame("y", "finite real numbers"):
                    y = np.asarray(y).astype(np.float64)
            self._is_flat = np.asarray(y).ndim == 1
            y = check_multi_target(y, len(X))
            weight = np.ones(len(X))
            if sample_weight is not None:
                weight = check_frequencies(sample_weight, len(X))
            inputs, target = _standardise("X", X, weight), _standardise("y", y, weight)
            self.shrinkage_ = self._shrinkage(inputs, target, weight)
            pairs = _canonical_pairs(inputs, target, self.shrinkage_, weight)
            self._keep(inputs, target, pairs)
        return self

    def _shrinkage(self, x: _Columns, y: _Columns, weight: np.ndarray) -> float:
        """Return the share in which correlations are taken to be 0."""
        if self.shrinkage != "auto":
            return float(self.shrinkage or 0.0)
        seen = weight > 0
        columns = np.hstack([x.rows[seen], y.rows[seen]])
        # Rows carry the roots of their weights, which are all 1 where none were given.
        rows = columns * np.sqrt(weight.sum() / weight[seen])[:, None]
        varying = rows.any(axis=0)
        if not varying.any():
            return 0.0
        repeated = np.repeat(rows, _repeats(weight[seen]), axis=0)[:, varying]
        return float(ledoit_wolf_shrinkage(repeated, assume_centered=True))

    def _keep(self, x: _Columns, y: _Columns, pairs: _Pairs) -> None:
        """Set the fitted attributes."""
        self.mean_ = x.mean
        self.critical_betas_ = pairs.squares
        self._noise = pairs.noise
        self.mi_ = _half_sum(-_log(pairs.noise))
        active = self.beta < pairs.squares
        self.n_components_ = int(active.sum())
        self._n_features_out = max(1, self.n_components_)
        if not active.any():
            largest = pairs.squares[0] if pairs.squares.size else 0.0
            msg = (
                f"beta={self.beta:g} is at or above the largest critical beta, "
                f"{largest:.3g}: the code is constant. Lower beta to keep a component."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=4)
        if (pairs.noise[active] == 0).any():
            msg = (
                "y is, in part, a linear function of X: the rate of a component "
                "without noise is infinite at any beta. Its gain was limited; add rows "
                "or set shrinkage if this is due to few rows."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=4)
        noise = np.maximum(pairs.noise[active], _NO_NOISE)
        signal = (1 - self.beta - noise) / (noise * self.beta)
        signal = np.maximum(signal, 0.0)
        self.projection_ = np.zeros((self._n_features_out, len(x.mean)))
        self.projection_[: self.n_components_] = (
            np.sqrt(signal)[:, None] * pairs.directions[active] / x.scale
        )
        self._back = np.zeros((self._n_features_out, len(y.mean)))
        self._back[: self.n_components_] = (
            (np.sqrt(signal) / (1 + signal))[:, None] * pairs.effects[active] * y.scale
        )
        self._target_mean = y.mean
        rate, relevance = self._on_curve(np.array([float(self.beta)]))
        self.rate_, self.relevance_ = float(rate[0]), float(relevance[0])
        self.information_curve_ = self.information_curve(_grid(pairs.squares))

    def transform(self, X: Any) -> np.ndarray:
        """Return the mean code of rows, A (x - mean).

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite real numbers.

        Returns
        -------
        ndarray of shape (n, n_active)
            The code without its noise, whose variance is 1 in each column.
        """
        check_is_fitted(self)
        X = check_X(self, X, reset=False)
        code = (X.astype(np.float64) - self.mean_) @ self.projection_.T
        return code.astype(X.dtype, copy=False)

    def predict(self, X: Any) -> np.ndarray:
        """Return the mean of y given the mean code of rows.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite real numbers.

        Returns
        -------
        ndarray of the shape of y in ``fit``: (n,) or (n, n_outputs)
            E[y | t] at the code t of :meth:`transform`: the noise of the code shrinks
            it towards the mean of y, all the way as beta grows.
        """
        check_is_fitted(self)
        prediction = self._target_mean + self.transform(X) @ self._back
        return prediction[:, 0] if self._is_flat else prediction

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R^2 of the predictions.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite real numbers.
        y : array-like of shape (n,) or (n, n_outputs)
            What there was to be predicted.
        sample_weight : array-like of shape (n,), default=None
            How often each row was seen.

        Returns
        -------
        float
            The mean over the columns of y, as of regressors of scikit-learn.
        """
        return float(r2_score(y, self.predict(X), sample_weight=sample_weight))

    def information_curve(self, betas: Any) -> dict[str, np.ndarray]:
        """Return rate and relevance of the optimal codes at given betas.

        Parameters
        ----------
        betas : array-like of shape (m,)
            Numbers of at least 0; at 0 the rate is infinite, unless y is independent
            of X.

        Returns
        -------
        dict of str to ndarray of shape (m,)
            "beta" as given, "rate" I(X;T) and "relevance" I(T;Y) in nats.

        Raises
        ------
        ValueError
            If betas is not a 1-D array of numbers of at least 0.
        """
        check_is_fitted(self)
        betas = np.asarray(betas)
        if betas.ndim != 1 or betas.dtype.kind not in "iuf" or not (betas >= 0).all():
            msg = (
                "betas must be a 1-D array of numbers of at least 0, found "
                f"{betas.tolist()!r}."
            )
            raise ValueError(msg)
        betas = betas.astype(np.float64)
        rate, relevance = self._on_curve(betas)
        return {"beta": betas, "rate": rate, "relevance": relevance}

    def _on_curve(self, betas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rate and relevance of optimal codes at betas."""
        squares, noise = self.critical_betas_, self._noise
        active = betas[:, None] < squares
        # From 1 on nothing is active.
        log_rest = np.log1p(-np.where(betas < 1, betas, 0.0))[:, None]
        log_noise = _log(noise)
        odds = log_rest - _log(betas)[:, None]
        rate = np.where(active, _log(squares) - log_noise + odds, 0.0)
        relevance = np.where(active, log_rest - log_noise, 0.0)
        return rate.sum(axis=1) / 2, relevance.sum(axis=1) / 2

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class _Columns(NamedTuple):
    """Standardised columns; rows times the roots of their weights, which sum to 1."""

    rows: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    rounding: float


class _Pairs(NamedTuple):
    """Canonical pairs: squared correlations, 1 - those, and the variables.

    ``directions`` (n_pairs, d) of unit variance on standardised columns, ``effects``
    (n_pairs, m) covariances of them with the standardised target.
    """

    squares: np.ndarray
    noise: np.ndarray
    directions: np.ndarray
    effects: np.ndarray


def _standardise(name: str, values: np.ndarray, weight: np.ndarray) -> _Columns:
    """Return columns of mean 0 and variance 1; constant ones become 0."""
    share = weight / weight.sum()
    rows = values.astype(np.float64)
    # Powers of two leave digits as they are; squares must not overflow or vanish.
    unit = np.frexp(np.abs(rows).max(axis=0))[1]
    rows = np.ldexp(rows, -unit)
    largest = np.abs(rows).max(axis=0)
    mean = share @ rows
    rows = rows - mean
    # Sums over rows round at each: the first mean is not exact.
    rest = share @ rows
    rows, mean = rows - rest, mean + rest
    scale = np.sqrt(share @ rows**2)
    precision = float(np.finfo(values.dtype).eps)
    constant = ~(scale > 10 * precision * largest)
    scale[constant] = 1.0
    rows[:, constant] = 0.0
    rows = rows / scale * np.sqrt(share)[:, None]
    scale[~constant] = np.ldexp(scale[~constant], unit[~constant])
    _check_scale(name, scale)
    return _Columns(rows, np.ldexp(mean, unit), scale, precision)


def _check_scale(name: str, scale: np.ndarray) -> None:
    """Raise an error for columns whose codes or predictions may not be numbers."""
    smallest, largest = _SCALES
    extreme = np.flatnonzero((scale < smallest) | (scale > largest))
    if extreme.size:
        msg = (
            f"{name}: column {extreme[0]} has a standard deviation of "
            f"{scale[extreme[0]]:.3g}; accepted: 0, or {smallest:g} to {largest:g}. "
            "Multiply it by a number."
        )
        raise ValueError(msg)


def _canonical_pairs(
    x: _Columns, y: _Columns, shrinkage: float, weight: np.ndarray
) -> _Pairs:
    """Return the canonical pairs, strongest first."""
    n_x, n_y = x.rows.shape[1], y.rows.shape[1]
    inputs, target = x.rows, y.rows
    if shrinkage > 0:
        # Rows that make products of columns those of the shrunk correlations.
        inputs, target = (
            np.sqrt(1 - shrinkage) * columns for columns in (inputs, target)
        )
        root = np.sqrt(shrinkage)
        own_x = root * np.diag(x.rows.any(axis=0).astype(float))
        own_y = root * np.diag(y.rows.any(axis=0).astype(float))
        inputs = np.vstack([inputs, own_x, np.zeros((n_y, n_x))])
        target = np.vstack([target, np.zeros((n_x, n_y)), own_y])
    basis_x, back = _orthonormal(inputs, x.rounding)
    basis_y, _ = _orthonormal(target, y.rounding)
    needed = basis_x.shape[1] + basis_y.shape[1]
    if shrinkage == 0 and weight.sum() <= needed:
        msg = (
            "X and y must have more rows (or weight) than linearly independent columns "
            f"where shrinkage is 0, found n={weight.sum():g} for {needed} "
            f"({basis_x.shape[1]} of X, {basis_y.shape[1]} of y): add rows, reduce the "
            "columns or set shrinkage, for instance 'auto'."
        )
        raise ValueError(msg)
    left, cosines, right = svd(basis_x.T @ basis_y, full_matrices=False)
    cosines = np.clip(cosines, 0, 1)
    along = basis_x @ left
    # Sines keep their digits where correlations are near 1.
    sines = np.linalg.norm(basis_y @ right.T - along * cosines, axis=0)
    blur = 10 * max(x.rounding, y.rounding) * len(inputs)
    noise = np.where(sines > blur, sines**2, 0.0)
    noise = np.where(cosines < 0.5, 1 - cosines**2, noise)
    directions = (back @ left).T
    sign = np.sign(
        directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    )
    effects = (target.T @ along).T
    return _Pairs(1 - noise, noise, directions * sign[:, None], effects * sign[:, None])


def _orthonormal(columns: np.ndarray, rounding: float) -> tuple[np.ndarray, np.ndarray]:
    """Return an orthonormal basis of columns, and what maps columns to it."""
    basis, values, axes = svd(columns, full_matrices=False)
    clear = values > 10 * rounding * max(columns.shape) * max(values.max(), 1e-300)
    return basis[:, clear], axes[clear].T / values[clear]


def _grid(squares: np.ndarray) -> np.ndarray:
    """Return betas of a curve, falling, critical ones among them."""
    if squares.size == 0 or squares[0] <= 0:
        return np.ones(1)
    spaced = squares[0] * np.geomspace(1, _LOWEST, _N_BETAS)
    critical = squares[squares > spaced[-1]]
    return np.unique(np.concatenate([spaced, critical]))[::-1]


def _repeats(weight: np.ndarray) -> np.ndarray:
    """Return how often each row counts, where all weights are whole numbers."""
    whole = (weight == np.round(weight)).all() and weight.sum() < 1e7
    return weight.astype(np.intp) if whole else np.ones(len(weight), dtype=np.intp)


def _log(values: np.ndarray) -> np.ndarray:
    """Return logarithms, minus infinity of 0 without a warning."""
    with np.errstate(divide="ignore"):
        return np.log(values)


def _half_sum(values: np.ndarray) -> float:
    """Return half the sum, 0.0 of nothing."""
    return float(values.sum() / 2) + 0.0
