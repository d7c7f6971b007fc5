"""Mutual information of compressed variables, as an estimator."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._typing import SupportsTargetKind
from skmi._validation import check_generator
from skmi.estimation._base import BaseMIEstimator, Estimate
from skmi.estimation._ksg import KSGEstimator
from skmi.estimation._variables import Variables, read_columns

# Principal components of "auto": as many as hold this share of the variance, within
# what nearest neighbours can still handle.
_SHARE_OF_VARIANCE = 0.99
_MAX_COMPONENTS = 4

_TRANSFORMER = [StrOptions({"auto"}), HasMethods(["fit", "transform"]), None]


class CompressedMIEstimator(BaseMIEstimator):
    r"""Mutual information of many columns, estimated after compressing them.

    Parameters
    ----------
    transformer_x, transformer_y : "auto", transformer or None, default="auto"
        What compresses X, and y where it holds numbers: any object with ``fit`` and
        ``transform``. "auto" leaves up to 4 columns as they are, and takes of more the
        principal components of the standardised columns that hold 99 % of the
        variance, at most 4. None leaves the variable as it is.
    estimator : object, default=None
        Estimator of the information between the codes; None is
        ``KSGEstimator(method="mixed")``.
    noise : float, default=0.0
        Standard deviation of Gaussian noise that is added to each column of X before
        it is compressed: the information of a deterministic map of continuous
        variables is infinite without.
    train_size : float, default=0.5
        Share of the rows that transformers are fitted on; the estimate is that of the
        others. Where nothing is compressed, all rows are used for it.
    random_state : int, RandomState or None, default=None
        Draws these rows and the noise.

    Attributes
    ----------
    mi_ : float
        The information of the codes in nats, or what ``estimator`` estimates.
    mi_se_ : float
        Its standard error, if ``estimator`` has one.
    reconstruction_error_ : dict of float
        For "x" and "y" the share of the columns' variance that is lost, on average
        over columns, on the rows of the estimate: 0 where nothing is compressed, NaN
        where a transformer has no ``inverse_transform``.
    transformer_x_, transformer_y_ : object or None
        The fitted transformers.
    estimator_ : object
        The fitted estimator.
    score_is_bound_ : bool
        Whether ``score`` is a lower bound, as that of ``estimator`` may be.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    KSGEstimator : The default for the codes.
    GaussianMIEstimator : Another choice; its score is a bound.

    Notes
    -----
    Codes never have more information about each other than what they are codes of:
    :math:`I(E(X); F(Y)) \le I(X; Y)` [1]_. They have as much if nothing is lost that
    the variables share, which a small reconstruction error makes likely and does not
    prove: principal components leave out what has little variance, however
    informative it is.

    The transformers see other rows than the estimator, so that a code fitted to the
    noise of its rows does not feign information.

    References
    ----------
    .. [1] I. Butakov, A. Tolmachev, S. Malanchuk, A. Neopryatnaya, A. Frolov,
       K. Andreev (2024), "Information bottleneck analysis of deep neural networks via
       lossy compression".

    Examples
    --------
    Two numbers, seen through 50 columns each:

    >>> import numpy as np
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import CompressedMIEstimator
    >>> X, y, mi = make_correlated_gaussians(
    ...     2000, n_features=2, random_state=0, return_mi=True
    ... )
    >>> rng = np.random.default_rng(0)
    >>> X, y = (part @ rng.standard_normal((2, 50)) for part in (X, y))
    >>> estimator = CompressedMIEstimator(random_state=0).fit(X, y)
    >>> abs(estimator.mi_ - mi) < 0.1
    True
    >>> estimator.reconstruction_error_["x"] < 0.01
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "transformer_x": _TRANSFORMER,
        "transformer_y": _TRANSFORMER,
        "estimator": [HasMethods(["fit", "get_params"]), None],
        "noise": [Interval(Real, 0, None, closed="left")],
        "train_size": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        transformer_x: Any = "auto",
        transformer_y: Any = "auto",
        *,
        estimator: Any = None,
        noise: float = 0.0,
        train_size: float = 0.5,
        random_state: Any = None,
    ) -> None:
        self.transformer_x = transformer_x
        self.transformer_y = transformer_y
        self.estimator = estimator
        self.noise = noise
        self.train_size = train_size
        self.random_state = random_state

    def score(self, X: Any, y: Any) -> float:
        """Return the score of the fitted estimator for codes of other rows.

        If ``score_is_bound_``, it is a lower bound of the information of X and y. Else
        it is an estimate of these rows, and a search over it rewards bias.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.

        Returns
        -------
        float
            The score in nats.
        """
        check_is_fitted(self)
        variables = self._read(X, y, None, reset=False)
        x = _noisy(variables.x, self.noise, _generator(self.random_state))
        codes_x = _coded(self.transformer_x_, x, "x")
        codes_y = _coded(self.transformer_y_, _named(variables), "y")
        return float(self.estimator_.score(codes_x, codes_y))

    def with_target_kind(self, y: Any) -> CompressedMIEstimator:
        """Return a clone that takes parts of y for what it takes the whole for.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, d_y)
            All rows, as given to ``fit``.

        Returns
        -------
        CompressedMIEstimator
            A clone. Where y reaches ``estimator`` as it is, that is settled for y too.
        """
        settled = clone(self)
        inner = KSGEstimator(method="mixed")
        if self.estimator is not None:
            inner = settled.estimator
        is_single = np.ndim(y) == 1 or np.shape(y)[1] == 1
        as_it_is = is_single and (
            self.transformer_y is None or isinstance(self.transformer_y, str)
        )
        if as_it_is and isinstance(inner, SupportsTargetKind):
            settled.set_params(estimator=inner.with_target_kind(y))
        return settled

    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate, the transformers and what they lost."""
        rng = _generator(self.random_state)
        x = _noisy(variables.x, self.noise, rng)
        chosen = {
            "x": _chosen(self.transformer_x, x),
            "y": None,
        }
        if not variables.has_classes:
            chosen["y"] = _chosen(self.transformer_y, variables.y)
        parts = {"x": x, "y": _named(variables)}
        train, test = self._split(len(x), rng, chosen != {"x": None, "y": None})
        sides = {
            name: _compress(chosen[name], values[train], values[test], name)
            for name, values in parts.items()
        }
        estimator = self.estimator
        if estimator is None:
            estimator = KSGEstimator(method="mixed")
        estimator = clone(estimator).fit(sides["x"].codes, sides["y"].codes)
        fitted = {
            "estimator_": estimator,
            "transformer_x_": sides["x"].transformer,
            "transformer_y_": sides["y"].transformer,
            "reconstruction_error_": {name: side.lost for name, side in sides.items()},
            "score_is_bound_": bool(getattr(estimator, "score_is_bound_", False)),
        }
        if hasattr(estimator, "mi_se_"):
            fitted["mi_se_"] = estimator.mi_se_
        return Estimate(estimator.mi_, fitted=fitted)

    def _split(
        self, n_rows: int, rng: np.random.Generator, compresses: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the transformers, and those of the estimate."""
        order = rng.permutation(n_rows)
        if not compresses:
            return order[:0], np.arange(n_rows)
        n_train = min(n_rows - 1, max(1, round(self.train_size * n_rows)))
        return np.sort(order[:n_train]), np.sort(order[n_train:])


class _Compressed(NamedTuple):
    """Codes of the rows of the estimate, and how they came about."""

    codes: np.ndarray
    transformer: Any
    lost: float


def _generator(random_state: Any) -> np.random.Generator:
    """Return a generator of our own.

    The same seed may have made the data, whose draws the noise must not repeat.
    """
    return check_generator(random_state).spawn(1)[0]


def _noisy(x: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return X with noise in each column."""
    return x + noise * rng.standard_normal(x.shape) if noise > 0 else x


def _named(variables: Variables) -> np.ndarray:
    """Return y, its classes under their own names."""
    if not variables.has_classes:
        return variables.y
    return variables.labels[variables.y]


def _chosen(transformer: Any, values: np.ndarray) -> Any:
    """Return a transformer, "auto" where there is something to compress, or None."""
    if not isinstance(transformer, str):
        return transformer
    wide = values.shape[1] > _MAX_COMPONENTS
    return "auto" if wide and np.ptp(values, axis=0).any() else None


def _compress(
    transformer: Any, train: np.ndarray, test: np.ndarray, name: str
) -> _Compressed:
    """Return the codes of the test rows by a transformer of the training rows."""
    if transformer is None:
        return _Compressed(_coded(None, test, name), None, 0.0)
    is_auto = isinstance(transformer, str)
    fitted = _principal(train) if is_auto else clone(transformer).fit(train)
    codes = _coded(fitted, test, name)
    return _Compressed(codes, fitted, _lost(fitted, test, codes))


def _principal(train: np.ndarray) -> Any:
    """Return the components of standardised columns that hold most of the variance."""
    scaled = StandardScaler().fit_transform(train)
    values = np.linalg.svd(scaled, compute_uv=False) ** 2
    shares = np.cumsum(values) / max(values.sum(), np.finfo(float).tiny)
    size = min(1 + int(np.count_nonzero(shares < _SHARE_OF_VARIANCE)), _MAX_COMPONENTS)
    return make_pipeline(StandardScaler(), PCA(size, svd_solver="full")).fit(train)


def _coded(transformer: Any, values: np.ndarray, name: str) -> np.ndarray:
    """Return the codes of rows; classes stay labels."""
    if values.ndim == 1:
        return values.astype(str)
    if transformer is None:
        return values
    codes = transformer.transform(values)
    return read_columns(codes, f"the output of transformer_{name}", len(values))


def _lost(transformer: Any, values: np.ndarray, codes: np.ndarray) -> float:
    """Return the share of the columns' variance that codes do not hold."""
    if not hasattr(transformer, "inverse_transform"):
        return float("nan")
    varies = np.ptp(values, axis=0) > 0
    if not varies.any():
        return 0.0
    back = np.asarray(transformer.inverse_transform(codes))
    error = np.mean((back - values)[:, varies] ** 2, axis=0)
    return float(np.mean(error / values[:, varies].var(axis=0)))
