"""DynamicFeatureSelector: columns bought row by row, the most telling next."""

from __future__ import annotations

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import Interval, StrOptions

from skmi._validation import atomic_fit, check_class_labels, check_X_y
from skmi.feature_selection._dynamic import (
    Offer,
    make_limits,
    make_offer,
    n_affordable,
)
from skmi.feature_selection._torch_acquired import AcquisitionMixin
from skmi.feature_selection._torch_acquisition import (
    SCALINGS,
    AcquisitionModule,
    AcquisitionObjective,
    AllShown,
    Schedule,
)
from skmi.training import MLP, BaseTorchEstimator


class DynamicFeatureSelector(AcquisitionMixin, ClassifierMixin, BaseTorchEstimator):
    r"""Classifier that buys columns row by row, the most informative one next.

    A static selection takes the same columns for all rows. Here each row starts with
    nothing known. A value net estimates from what is known so far, :math:`x_S`, how
    much each other column would tell about the class of this row, :math:`I(y;x_j|x_S)`;
    the column that tells most for its cost is acquired; and so on until a stop. One
    network predicts from any set of columns.

    Parameters
    ----------
    max_features : int, default=None
        Most columns (groups count as one) acquired of a row, those of ``keep`` not
        counted. None means no limit.
    stop : {"budget", "penalty", "confidence"}, default="budget"
        What ends the acquisition of a row, besides ``max_features`` and ``budget``,
        which always hold:

        - "budget": nothing else.
        - "penalty": no column promises ``penalty`` nats for a unit of cost.
        - "confidence": a class has at least the probability ``confidence``.
    budget : float, default=None
        Most that the columns of a row may cost together; a column that costs more than
        is left is passed over. None means no limit.
    penalty : float, default=0.01
        Nats for a unit of cost, for "penalty".
    confidence : float, default=0.95
        Probability of a class, for "confidence".
    feature_costs : array-like of shape (n_features,), default=None
        Cost of each column; a group costs the sum of its columns. None means 1 for a
        column and for a group.
    feature_groups : list of slice, array of int or bool, or list of str, default=None
        Columns that are acquired together.
    keep : slice, array of int or bool, or list of str, default=None
        Columns that are known from the start, at no cost.
    cmi_scaling : {"bounded", "softplus"}, default="bounded"
        How an output of the value net becomes nats: as a share of the entropy of the
        present prediction, which no information exceeds, or as any positive number.
    epsilon : float, default=0.05
        Share of steps taken at random in training; falls linearly to 0.
    pretrain_epochs : int, default=None
        The first of the ``max_epochs``, in which columns are acquired in random order.
        None means a half.
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the hidden layers of the encoder; ``()`` makes it linear. Not used
        where ``encoder`` is given.
    activation : str, default="relu"
        Of the hidden layers: "relu", "tanh", "silu", "gelu", "elu" or "identity". Not
        used where ``encoder`` is given.
    encoder : spec, callable or None, default=None
        What encodes: :class:`~skmi.training.MLP`, :class:`~skmi.training.TorchModule`,
        or a function ``(n_in, n_out)`` that returns a torch module. None builds an MLP
        from the two parameters above.
    standardize : bool or "global", default=True
        Standardise the columns inside, by the mean and the standard deviation of the
        rows of ``fit``. "global" takes one mean and one scale for all columns, as suits
        images. False takes X as it is.
    lr : float, default=0.002
        Learning rate.
    optimizer : str, spec or callable, default="adam"
        "adam", "adamw", "sgd", "lbfgs", an :class:`~skmi.training.Optimizer`, or a
        function ``(parameters, lr)`` that returns a torch optimizer.
    batch_size : int, default=32
        Rows of a batch, capped at the number of training rows.
    max_epochs : int, default=100
        Passes over the training rows.
    early_stopping : bool, default=False
        Hold out rows, stop when the loss on them has not improved for ``patience``
        epochs, and go back to the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of rows held out by early stopping.
    patience : int, default=10
        Epochs without improvement before early stopping stops.
    callbacks : list of skorch callbacks or None, default=None
        Run in training; :class:`~skmi.training.Checkpoint` among them. They are copied:
        read a fitted copy from ``net_.callbacks_``.
    warm_start : bool, default=False
        Go on from the fitted weights when ``fit`` is called again, for ``max_epochs``
        more epochs.
    device : str or torch.device, default="auto"
        "auto" takes CUDA, else MPS, else the CPU; or "cpu", "cuda", "cuda:1", "mps".
    random_state : int, RandomState instance or None, default=None
        Decides every random draw of ``fit``; an integer gives the same bits at each
        call, for the same number of torch threads.
    verbose : int, default=0
        1 shows a live bar with the epoch, the loss and its terms.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    units_ : tuple of ndarray
        Columns of each unit that can be acquired: one column, or a group.
    costs_ : ndarray of shape (n_units,)
        Cost of each unit.
    weights_ : dict of str to ndarray
        All weights by name.
    history_ : dict of str to list of float
        Per epoch ``loss``, its parts ``cross_entropy`` (nats, mean over the steps of
        an episode) and ``value_error`` (nats squared); ``valid_...`` with early
        stopping, always of greedy episodes.
    n_iter_ : int
        Epochs trained.
    encoder_ : torch.nn.Module
        Raw rows, every column known, to log probabilities, on the CPU.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    SelectByMutualInfo : The same columns for all rows.

    Notes
    -----
    ``max_features``, ``stop``, ``budget``, ``penalty`` and ``confidence`` can be
    changed by ``set_params`` without a new fit: they act where rows are predicted. In
    ``fit``, ``max_features`` and ``budget`` decide how long episodes are: predictions
    from many more columns than that are extrapolated. ``lr`` falls along a cosine to
    almost 0 over the epochs that follow ``pretrain_epochs``.

    The loss of a batch is the mean over the T + 1 states of an episode of the
    cross-entropy, plus the mean over its T steps of the squared error of the value of
    the column taken, whose target is the fall of the cross-entropy. The conditional
    mean of that target is the information if the predictor is the true conditional
    distribution. Estimates are never negative, so where nothing is to be learnt they
    lie slightly above 0.

    Greedy choice starts wrong where columns tell only together: a column that merely
    says where to look has no information of its own.

    ``fit`` costs O(max_epochs n T) passes of the network, ``predict`` O(n T). The
    network takes the columns and a mask of the units.

    References
    ----------
    Gadgil, S., Covert, I. and Lee, S.-I. (2024). Estimating conditional mutual
    information for dynamic feature selection, eqs. 2-6.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmi.feature_selection import DynamicFeatureSelector
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = DynamicFeatureSelector(stop="confidence", max_epochs=60, random_state=0)
    >>> clf = clf.fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    >>> bool(clf.cost(X).mean() < 4)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchEstimator._parameter_constraints,
        "max_features": [None, Interval(Integral, 1, None, closed="left")],
        "stop": [StrOptions({"budget", "penalty", "confidence"})],
        "budget": [None, Interval(Real, 0, None, closed="left")],
        "penalty": [Interval(Real, 0, None, closed="left")],
        "confidence": [Interval(Real, 0, 1, closed="right")],
        "feature_costs": "no_validation",
        "feature_groups": [None, list, tuple],
        "keep": "no_validation",
        "cmi_scaling": [StrOptions(set(SCALINGS))],
        "epsilon": [Interval(Real, 0, 1, closed="both")],
        "pretrain_epochs": [None, Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        max_features=None,
        *,
        stop="budget",
        budget=None,
        penalty=0.01,
        confidence=0.95,
        feature_costs=None,
        feature_groups=None,
        keep=None,
        cmi_scaling="bounded",
        epsilon=0.05,
        pretrain_epochs=None,
        hidden_layer_sizes=(128, 128),
        activation="relu",
        encoder=None,
        standardize=True,
        lr=2e-3,
        optimizer="adam",
        batch_size=32,
        max_epochs=100,
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        callbacks=None,
        warm_start=False,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.max_features = max_features
        self.stop = stop
        self.budget = budget
        self.penalty = penalty
        self.confidence = confidence
        self.feature_costs = feature_costs
        self.feature_groups = feature_groups
        self.keep = keep
        self.cmi_scaling = cmi_scaling
        self.epsilon = epsilon
        self.pretrain_epochs = pretrain_epochs
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.encoder = encoder
        self.standardize = standardize
        self.lr = lr
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y):
        """Train the predictor and the value net.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows, every column known.
        y : array-like of shape (n,)
            Class labels, of two classes or more.

        Returns
        -------
        DynamicFeatureSelector
            The fitted classifier.

        Raises
        ------
        ValueError
            If the data or a parameter are not acceptable.
        TrainingDivergedError
            If the loss is not finite.
        """
        with atomic_fit(self):
            self._validate_params()
            fresh = not (self.warm_start and self.__sklearn_is_fitted__())
            array, y = check_X_y(self, X, y, reset=fresh, ensure_min_samples=2)
            check_class_labels(y)
            if fresh:
                self.classes_ = np.unique(y)
                self._varies = (array != array[:1]).any(axis=0)
            codes = self._encode_labels(y)
            offer = make_offer(
                self.feature_groups,
                self.feature_costs,
                self.keep,
                self._varies,
                getattr(self, "feature_names_in_", None),
            )
            n_steps = n_affordable(offer.costs, make_limits(self, len(offer.costs)))
            self._train(
                array,
                torch.from_numpy(codes),
                shape={
                    "n_in": array.shape[1],
                    "n_out": len(self.classes_),
                    "n_steps": n_steps,
                    **offer._asdict(),
                },
                resume=not fresh,
                stratify=codes,
            )
            self.units_ = offer.columns()
            self.costs_ = np.array(offer.costs)
        return self

    def _encode_labels(self, y):
        """Return labels as positions in ``classes_``."""
        if len(self.classes_) < 2:
            msg = (
                "y must hold at least two classes, found 1 class: "
                f"{self.classes_.tolist()!r}."
            )
            raise ValueError(msg)
        unknown = ~np.isin(y, self.classes_)
        if unknown.any():
            msg = (
                f"y holds labels {np.unique(y[unknown]).tolist()!r} that are not among "
                f"the classes of the first fit, {self.classes_.tolist()!r}."
            )
            raise ValueError(msg)
        return np.searchsorted(self.classes_, y).astype(np.int64)

    def _build(self, shape, generator):
        """Return the network with its schedule, and the objective."""
        offer = Offer(shape["unit_of"], shape["costs"], shape["tells"])
        n_units = len(offer.costs)
        n_in = shape["n_in"] + n_units
        backbone = self._encoder_spec().build(n_in, None, generator)
        predictor = MLP(()).build(backbone.n_out, shape["n_out"], generator)
        value = MLP((backbone.n_out,)).build(backbone.n_out, n_units, generator)
        schedule = Schedule(
            self._n_random_epochs(),
            self.max_epochs,
            self.epsilon,
            getattr(self, "n_iter_", 0),
        )
        module = AcquisitionModule(
            backbone,
            predictor,
            value,
            offer,
            shape["n_steps"],
            SCALINGS[self.cmi_scaling],
            schedule,
        )
        return module, AcquisitionObjective()

    def _n_random_epochs(self):
        """Return how many epochs acquire columns in random order."""
        if self.pretrain_epochs is None:
            return self.max_epochs // 2
        if self.pretrain_epochs > self.max_epochs:
            msg = (
                f"pretrain_epochs must be at most max_epochs={self.max_epochs}, found "
                f"{self.pretrain_epochs}."
            )
            raise ValueError(msg)
        return self.pretrain_epochs

    def _export(self, module):
        """Return the predictor with all columns known, as a module."""
        return AllShown(module)
