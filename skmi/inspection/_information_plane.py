"""What the layers of a network know about inputs and target, epoch by epoch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_generator, check_integer
from skmi.exceptions import EstimationWarning
from skmi.information import entropy
from skmi.inspection._activations import read_activations, read_classes
from skmi.inspection._fitted import recorder_of
from skmi.inspection._layer_information import (
    LAYER_ESTIMATORS,
    LayerInformation,
    as_information,
)
from skmi.inspection._layer_options import (
    OPTIONS,
    LayerOptions,
    check_options,
    options_of_layers,
)

# A layer that is never further than this share from log n is not measured.
_SATURATED = 0.99


class InformationPlane:
    r"""Information of layers about inputs and target, through training.

    For each layer T and each record of it, :math:`I(X;T)` and :math:`I(T;Y)`: the
    coordinates of the information plane. It works on arrays of activations, wherever
    they come from; :meth:`callback` gives what records those of an estimator.

    Parameters
    ----------
    estimator : str, callable or object, default="adaptive_binning"
        What estimates the two; see Notes. A name in ``LAYER_ESTIMATORS``: "binning",
        "adaptive_binning", "kde", "adaptive_kde", "gaussian_noise". Or a function
        ``(activity, classes, options)`` that returns them in nats, ``activity`` being
        (n, n_units) and ``classes`` (n,) codes. Or an estimator with ``fit`` that
        leaves its value in ``mi_``, such as those of :mod:`skmi.estimation`, which is
        fitted on (activity, X) and on (activity, y).
    n_bins : int, default=30
        Bins of the values of a unit, for the first two.
    bin_range : "layer", "record" or (float, float), default="layer"
        Where the bins of "binning" lie: over all values that a layer takes in all
        records, in this record, or between two numbers, with what is beyond in the
        outer bins.
    noise : float, default=sqrt(0.001)
        Standard deviation of the noise that is thought of ("kde") or added
        ("gaussian_noise"), in units of the activities; with "adaptive_kde" a share of
        the largest absolute activity of the record.
    bound : {"lower", "middle", "upper"}, default="lower"
        Which bound on :math:`I(X;T)` to take of the three estimators with noise, or
        the mean of both; see Notes.
    compression : "pca", transformer or None, default=None
        With "gaussian_noise", what compresses the noisy activities: their leading
        principal components, or any object with ``fit`` and ``transform``.
    n_components : int, default=4
        Components of "pca".
    per_layer : dict, default=None
        Of a layer's name to what differs for it: another ``estimator``, or a dict of
        any of the parameters above.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, and whole
        numbers with at most 20 different values.
    n_target_bins : int, default=10
        Bins of equal frequency of each column of a y that holds no classes.
    random_state : int, RandomState, Generator or None, default=None
        Draws the noise. A layer has the same draws at each record, so that its curve
        does not shake.

    Attributes
    ----------
    layers_ : list of str
        Names of the layers, in the order given.
    epochs_ : ndarray of shape (n_records,)
        Epochs of the records.
    mi_x_, mi_y_ : ndarray of shape (n_layers, n_records)
        :math:`I(X;T)` and :math:`I(T;Y)` in nats, as computed.
    compression_score_ : ndarray of shape (n_layers,)
        Share of the largest :math:`I(X;T)` that is gone in the last record, 0 where
        there was none.
    reconstruction_error_ : ndarray of shape (n_layers, n_records)
        Share of the variance of a layer that compression has lost; 0 without it, NaN
        where a transformer cannot say.
    saturated_ : ndarray of bool, shape (n_layers,)
        Layers whose :math:`I(X;T)` is log n or more, to 1 %, in every record: nothing
        is seen of them but the number of rows.
    target_entropy_ : float
        Entropy of y in nats, of its bins if it has been binned: no layer knows more.

    Raises
    ------
    ValueError
        If a parameter is not one of those accepted.

    Warns
    -----
    EstimationWarning
        By ``fit``, naming the layers that are saturated.

    See Also
    --------
    InformationPlaneDisplay : Draws it.
    stochastic_layer_information : For layers with noise of their own.
    skmi.training.ActivationRecorder : What ``callback`` returns.
    skmi.training.GradientRecorder : How much the gradients of layers agree.

    Notes
    -----
    A layer without noise that maps inputs one to one has infinite information about
    continuous ones, and log n about n given ones. What is shown is therefore a
    property of a layer *and of how it is looked at*, a width of bins or of noise, and
    a fall of :math:`I(X;T)` is not in itself compression by the network [3]_. X is
    taken to be uniform over the rows given, so that values end at log n.

    - "binning": each unit is cut into bins of equal width, the codes of all units
      make a symbol T, and :math:`I(X;T) = H(T)` [1]_. The frequencies give
      :math:`0 \le I(T;Y) \le I(X;T) \le \log n` and, for layers binned one after the
      other, no rise with depth.
    - "adaptive_binning": bins hold equal shares of the distinct values of all units of
      the record, so that scaling a layer changes nothing [2]_. Each record has bins
      of its own.
    - "kde": :math:`T + \epsilon` with normal :math:`\epsilon` has
      :math:`-\frac1n \sum_i \log \frac1n \sum_j e^{-D_{ij}}` nats about X, from above
      with D the Kullback-Leibler divergence of two Gaussians and from below with
      their Bhattacharyya distance [4]_. :math:`I(T;Y)` is the difference of two such
      values, the second within classes, and no bound.
    - "adaptive_kde": with noise in proportion to the activity [2]_. (There its
      *variance* is 0.001 times the largest activity; the square makes the value the
      same in any unit, and both agree where that is 1.)
    - "gaussian_noise": noise is drawn and added, and :math:`\log p(t|x) / \hat p(t)`
      averaged. With a row in its own mixture, "lower", this is right for inputs that
      are uniform over the rows, and too small for inputs of which they are a sample;
      with it left out, "upper", too large. For a sample "middle" is best: the two
      errors nearly cancel (to 1 % of a Gaussian's information in 1 to 8 columns),
      unless the noise is so small that "lower" is at log n, when "upper" and "middle"
      mean nothing. :math:`I(T;Y)` is the difference of two such values and errs the
      other way. Compression comes after the noise and can only lose [5]_. A principal
      component of noise is noise, hence "pca" needs nothing else; after other
      transformers, fitted on one half of the rows, nearest neighbours estimate on the
      other half.

    Cost a record: O(n n_units log n) for bins, O(n^2 n_units) for noise, in blocks.

    References
    ----------
    .. [1] R. Shwartz-Ziv, N. Tishby (2017), "Opening the black box of deep neural
       networks via information".
    .. [2] I. Chelombiev, C. Houghton, C. O'Donnell (2019), "Adaptive estimators show
       information compression in deep neural networks".
    .. [3] A. M. Saxe et al. (2018), "On the information bottleneck theory of deep
       learning".
    .. [4] A. Kolchinsky, B. D. Tracey (2017), "Estimating mixture entropy with
       pairwise distances".
    .. [5] I. Butakov, A. Tolmachev, S. Malanchuk, A. Neopryatnaya, A. Frolov,
       K. Andreev (2024), "Information bottleneck analysis of deep neural networks via
       lossy compression".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.inspection import InformationPlane
    >>> X, y = load_iris(return_X_y=True)
    >>> recorder = InformationPlane.callback(X, layers=["backbone", "code"], every=10)
    >>> clf = IBClassifier(
    ...     2,
    ...     hidden_layer_sizes=(8,),
    ...     max_epochs=30,
    ...     lr=0.01,
    ...     random_state=0,
    ...     callbacks=[recorder],
    ... ).fit(X, y)
    >>> plane = InformationPlane.from_estimator(clf, y, n_bins=8)
    >>> plane.layers_, plane.epochs_
    (['backbone', 'code'], array([ 0, 10, 20, 30]))
    >>> bool(plane.mi_y_[1, -1] > 0.8 * plane.target_entropy_)
    True
    """

    def __init__(
        self,
        estimator: Any = "adaptive_binning",
        *,
        n_bins: int = 30,
        bin_range: Any = "layer",
        noise: float = 0.001**0.5,
        bound: str = "lower",
        compression: Any = None,
        n_components: int = 4,
        per_layer: Mapping[str, Any] | None = None,
        discrete_target: bool | str = "auto",
        n_target_bins: int = 10,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_bins = n_bins
        self.bin_range = bin_range
        self.noise = noise
        self.bound = bound
        self.compression = compression
        self.n_components = n_components
        self.per_layer = per_layer
        self.discrete_target = discrete_target
        self.n_target_bins = n_target_bins
        self.random_state = random_state
        self._check()

    @staticmethod
    def callback(
        X: Any,
        layers: Sequence[str] | None = None,
        *,
        every: int = 1,
        max_rows: int | None = 1000,
    ) -> Any:
        """Return what records activations, for an estimator's ``callbacks``.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows as ``fit`` takes them.
        layers : sequence of str or None, default=None
            Names of submodules of the network; None takes all that have none of
            their own.
        every : int, default=1
            Epochs between two records.
        max_rows : int or None, default=1000
            At most so many rows are recorded, evenly spaced in X; None takes all.

        Returns
        -------
        skmi.training.ActivationRecorder
            A callback. Estimators train a copy, which :meth:`from_estimator` finds.

        Raises
        ------
        ValueError
            If ``every`` or ``max_rows`` are not integers of at least 1.
        """
        from skmi.training import ActivationRecorder

        check_integer("every", every, 1)
        if max_rows is not None:
            check_integer("max_rows", max_rows, 1)
        return ActivationRecorder(X, layers, every, max_rows)

    @classmethod
    def from_estimator(
        cls, estimator: Any, /, y: Any, X: Any = None, **options: Any
    ) -> InformationPlane:
        """Return the plane of an estimator that was fitted with a recorder.

        Parameters
        ----------
        estimator : object
            Fitted with :meth:`callback` among its ``callbacks``, and not pickled
            since; or one that has such an estimator in its ``best_estimator_`` or
            ``estimator_``, as searches have, or as the last of its ``steps``. The rows
            of the callback are those that this last step takes.
        y : array-like of shape (n,) or (n, n_outputs)
            Target of all rows that the callback was given.
        X : array-like of shape (n, d), default=None
            These rows, where an estimator of information is to have them.
        **options : dict
            Parameters of the plane.

        Returns
        -------
        InformationPlane
            The plane, fitted.

        Raises
        ------
        ValueError
            If the estimator keeps no record, or y has other rows.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        recorder = recorder_of(estimator)
        rows = recorder.rows_
        kept = {}
        for name, values in (("y", y), ("X", X)):
            n_given = len(recorder.X)
            if values is not None and len(values) != n_given:
                msg = (
                    f"{name} must have the {n_given} rows of the callback, found "
                    f"{len(values)}."
                )
                raise ValueError(msg)
            kept[name] = None if values is None else np.asarray(values)[rows]
        plane = cls(**options)
        return plane.fit(
            recorder.activations_, kept["y"], epochs=recorder.epochs_, X=kept["X"]
        )

    def fit(
        self, activations: Any, y: Any, *, epochs: Any = None, X: Any = None
    ) -> InformationPlane:
        """Estimate both informations of each record of each layer.

        Parameters
        ----------
        activations : dict, list or array-like
            Of a layer's name to its activities, (n_records, n, ...) or (n, ...) for a
            single record; or a list of layers; or the activities of one layer.
        y : array-like of shape (n,) or (n, n_outputs)
            Target: classes, or numbers, which are binned.
        epochs : array-like of shape (n_records,), default=None
            Epochs of the records; None numbers them.
        X : array-like of shape (n, d), default=None
            Inputs, for an ``estimator`` of information; None takes the layer itself,
            which suits one that adds noise to its first argument.

        Returns
        -------
        InformationPlane
            The plane itself.

        Raises
        ------
        ValueError
            If shapes do not fit, values are not finite, or a parameter is not one of
            those accepted. The object is then left as it was.
        TypeError
            If a function for ``estimator`` returns anything but two numbers.
        """
        with atomic_fit(self):
            self._check()
            target = np.asarray(y)
            if target.ndim not in (1, 2) or target.size == 0:
                msg = (
                    "y must be of shape (n,) or (n, n_outputs), not empty, found "
                    f"{target.shape}."
                )
                raise ValueError(msg)
            n_records = None if epochs is None else len(np.atleast_1d(epochs))
            layers = read_activations(activations, len(target), n_records)
            classes = read_classes(target, self.discrete_target, self.n_target_bins)
            inputs = None if X is None else _rows_of(X, len(target))
            self.layers_ = list(layers)
            chosen = options_of_layers(
                self._common(), self.per_layer, self.layers_, LAYER_ESTIMATORS
            )
            n_found = len(next(iter(layers.values())))
            self.epochs_ = _read_epochs(epochs, n_found)
            streams = check_generator(self.random_state).spawn(len(layers))
            found = np.array(
                [
                    _measure(layer, classes, (inputs, target), chosen[name], rng)
                    for (name, layer), rng in zip(layers.items(), streams, strict=True)
                ]
            )
            self.mi_x_, self.mi_y_, self.reconstruction_error_ = np.moveaxis(
                found, -1, 0
            )
            self.compression_score_ = _compression_score(self.mi_x_)
            self.target_entropy_ = entropy(np.bincount(classes))
            self.saturated_ = (self.mi_x_ >= _SATURATED * np.log(len(classes))).all(
                axis=1
            )
        self._warn_of_saturation(len(target))
        return self

    @property
    def table_(self) -> dict[str, np.ndarray]:
        """Columns "layer", "epoch", "mi_x" and "mi_y", a row for each record."""
        n_layers, n_records = self.mi_x_.shape
        return {
            "layer": np.repeat(np.array(self.layers_, dtype=object), n_records),
            "epoch": np.tile(self.epochs_, n_layers),
            "mi_x": self.mi_x_.ravel(),
            "mi_y": self.mi_y_.ravel(),
        }

    def _check(self) -> None:
        """Raise unless the parameters are acceptable."""
        check_options(self._common(), LAYER_ESTIMATORS)
        check_integer("n_target_bins", self.n_target_bins, 2)
        if self.discrete_target not in (True, False, "auto"):
            msg = (
                "discrete_target must be True, False or 'auto', found "
                f"{self.discrete_target!r}."
            )
            raise ValueError(msg)
        if self.per_layer is not None and not isinstance(self.per_layer, Mapping):
            msg = f"per_layer must be a dict or None, found {self.per_layer!r}."
            raise TypeError(msg)

    def _common(self) -> dict[str, Any]:
        """Return the options of layers for which nothing else is said."""
        return {name: getattr(self, name) for name in OPTIONS}

    def _warn_of_saturation(self, n_rows: int) -> None:
        """Name the layers of which nothing is seen but the number of rows."""
        if self.saturated_.any() and n_rows > 1:
            flat = [
                name
                for name, is_flat in zip(self.layers_, self.saturated_, strict=True)
                if is_flat
            ]
            msg = (
                f"I(X;T) of {flat} is log n = {np.log(n_rows):.3g} nats or more "
                "throughout: for all that these rows can tell, each has a code of its "
                "own, and a flat curve there does not mean that nothing is compressed. "
                "Take more rows, fewer bins or more noise."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=3)


def _measure(
    layer: np.ndarray,
    classes: np.ndarray,
    raw: tuple[np.ndarray | None, np.ndarray],
    options: dict[str, Any],
    rng: np.random.Generator,
) -> list[LayerInformation]:
    """Return what each record of a layer knows; all see the same draws."""
    estimate = _resolved(options.pop("estimator"), raw)
    if options["bin_range"] == "layer":
        options["bin_range"] = float(layer.min()), float(layer.max())
    elif options["bin_range"] == "record":
        options["bin_range"] = None
    found = []
    for record in layer:
        told = LayerOptions(**options, rng=copy.deepcopy(rng))
        found.append(as_information(estimate(record.astype(float), classes, told)))
    return found


def _resolved(
    estimator: Any, raw: tuple[np.ndarray | None, np.ndarray]
) -> Callable[..., Any]:
    """Return the function of activity, classes and options that is meant."""
    if isinstance(estimator, str):
        return LAYER_ESTIMATORS[estimator]
    if not hasattr(estimator, "fit"):
        return estimator
    inputs, target = raw

    def of_estimator(
        activity: np.ndarray, classes: np.ndarray, options: LayerOptions
    ) -> LayerInformation:
        x = activity if inputs is None else inputs
        return LayerInformation(
            *(float(clone(estimator).fit(activity, other).mi_) for other in (x, target))
        )

    return of_estimator


def _rows_of(X: Any, n_rows: int) -> np.ndarray:
    """Return the inputs, a row for each of y."""
    array = np.asarray(X)
    if array.ndim == 0 or len(array) != n_rows:
        msg = f"X must have the {n_rows} rows of y, found shape {array.shape}."
        raise ValueError(msg)
    return array


def _read_epochs(epochs: Any, n_records: int) -> np.ndarray:
    """Return the epochs of records; they are numbered where none are given."""
    if epochs is None:
        return np.arange(n_records)
    array = np.atleast_1d(np.asarray(epochs))
    if array.shape != (n_records,) or array.dtype.kind not in "iuf":
        msg = (
            f"epochs must be {n_records} numbers, one for each record, found "
            f"{epochs!r}."
        )
        raise ValueError(msg)
    return array


def _compression_score(mi_x: np.ndarray) -> np.ndarray:
    """Return the share of the largest I(X;T) that is gone at the end."""
    largest = mi_x.max(axis=1)
    gone = largest - mi_x[:, -1]
    return np.divide(gone, largest, out=np.zeros_like(gone), where=largest > 0)
