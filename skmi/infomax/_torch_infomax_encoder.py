"""InfomaxEncoder: codes that keep what two views of a row share."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted
from torch import nn

from skmi._validation import atomic_fit
from skmi._views import is_view_list
from skmi.exceptions import EstimationWarning
from skmi.infomax._paired import check_views
from skmi.nn.bounds import Bound
from skmi.nn.objectives import OBJECTIVES, ObjectiveContext, as_objective
from skmi.nn.views import AugmentedPair, GivenPair
from skmi.training import BaseTorchEstimator


class InfomaxEncoder(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseTorchEstimator
):
    """Encoder trained to maximise the information between two views of each row.

    Two views of a row - random augmentations of it, or two blocks of its columns - are
    encoded, and a critic learns to tell pairs of the same row from pairs of different
    rows. What the views do not share is of no use to it; components beyond those that
    the shared part needs may carry it all the same.

    Parameters
    ----------
    n_components : int, default=16
        Columns of the code.
    objective : str, Bound or callable, default="infonce"
        "infonce", "symmetric_infonce" (both directions), "nwj", "donsker_varadhan",
        "jensen_shannon" or "smile"; or a :class:`~skmi.nn.Bound`; a function
        ``(positive, negative, log_weight=None)`` of critic scores whose value, in
        nats, is maximised; or a function ``(context)`` of an
        :class:`~skmi.nn.ObjectiveContext` that returns an
        :class:`~skmi.nn.Objective`.
    critic : str, spec or callable, default="separable"
        What scores pairs of codes, with heads of its own that ``transform`` leaves
        out: "separable", "cosine", "distance", "bilinear", "concatenated", a
        :class:`~skmi.training.Critic`, or a function ``(n_first, n_second)`` that
        returns a torch module.
    temperature : float, default=0.1
        Of the cosine critic.
    views : {"augment", "paired"}, default="augment"
        Where the two views come from: random augmentations, or columns of X.
    augment : spec, callable or None, default=None
        Random views: an :class:`~skmi.training.Augmentation`, or a function ``(x,
        noise)`` of rows and a :class:`~skmi.nn.Noise` that returns rows; None is the
        default of Augmentation.
    view_columns : list of two or None, default=None
        With ``views="paired"``: the columns of each view, as slices, indices, masks or
        names.
    share_encoder : bool, default=False
        With ``views="paired"``: one encoder for both views, of equal width.
    output : {"first", "concat", "mean"}, default="first"
        With ``views="paired"``: what ``transform`` makes of the two codes.
    hidden_layer_sizes : tuple of int, default=(256, 256)
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
    lr : float, default=0.001
        Learning rate.
    optimizer : str, spec or callable, default="adam"
        "adam", "adamw", "sgd", "lbfgs", an :class:`~skmi.training.Optimizer`, or a
        function ``(parameters, lr)`` that returns a torch optimizer.
    batch_size : int, default=256
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
    mi_lower_bound_ : float
        Value of the bound in nats on the rows held out by early stopping, for
        objectives whose value is a lower bound in expectation. The epoch was chosen on
        the same rows, which favours it a little; ``score`` on new rows is unbiased.
        Not there without early stopping, nor where earlier fits that this one goes on
        from may have trained on these rows: there a bound bounds nothing.
    encoder_ : torch.nn.Module
        The encoder on the CPU, from raw rows to codes. With given views it takes the
        columns of both and returns the code of the first.
    net_ : skorch.NeuralNet
        The trained net.
    weights_ : dict of str to ndarray
        All weights by name.
    history_ : dict of str to list of float
        Per epoch ``loss`` and ``bound`` (nats); ``valid_...`` with early stopping.
    n_iter_ : int
        Epochs trained.
    n_features_in_ : int
        Columns of X, of both views together.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    skmi.bottleneck.IBClassifier : A code that keeps what tells about a target.
    sklearn.decomposition.PCA : The linear code of largest variance.

    Notes
    -----
    A bound cannot exceed its ceiling, the log of the rows in a batch for InfoNCE; a
    value within 10% of it warns. O(max_epochs * n * (encoder + batch_size *
    n_embedding)) in time.

    A list of two arrays is taken for two views by ``fit``, ``transform`` and ``score``;
    scikit-learn's searches take such a list for two rows: give them one array and
    ``view_columns``.

    References
    ----------
    van den Oord, A., Li, Y. and Vinyals, O. (2018). Representation learning with
    contrastive predictive coding, eq. 4. Poole, B. et al. (2019). On variational
    bounds of mutual information.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmi.infomax import InfomaxEncoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> encoder = InfomaxEncoder(n_components=8, max_epochs=2, random_state=0)
    >>> encoder.fit_transform(X[:300]).shape
    (300, 8)
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchEstimator._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "objective": [StrOptions(set(OBJECTIVES)), callable, Bound],
        # Checked, with fuller messages, when they are built.
        "critic": "no_validation",
        "augment": "no_validation",
        "temperature": [Interval(Real, 0, None, closed="neither")],
        "views": [StrOptions({"augment", "paired"})],
        "view_columns": [None, list, tuple],
        "share_encoder": ["boolean"],
        "output": [StrOptions({"first", "concat", "mean"})],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        n_components=16,
        *,
        objective="infonce",
        critic="separable",
        temperature=0.1,
        views="augment",
        augment=None,
        view_columns=None,
        share_encoder=False,
        output="first",
        hidden_layer_sizes=(256, 256),
        activation="relu",
        encoder=None,
        standardize=True,
        lr=1e-3,
        optimizer="adam",
        batch_size=256,
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
        self.n_components = n_components
        self.objective = objective
        self.critic = critic
        self.temperature = temperature
        self.views = views
        self.augment = augment
        self.view_columns = view_columns
        self.share_encoder = share_encoder
        self.output = output
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

    def fit(self, X, y=None):
        """Train the encoder and its critic.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of two such
            Rows; a list gives the two views of each row.
        y : None
            Not used.

        Returns
        -------
        InfomaxEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If X is not a finite real matrix of two rows or more, or a parameter is
            not acceptable.
        TrainingDivergedError
            If the loss is not finite.
        """
        return self._fit(X, resume=self.warm_start, epochs=None)

    def partial_fit(self, X, y=None):
        """Train for one epoch on these rows, going on where training was.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of two such
            Rows.
        y : None
            Not used.

        Returns
        -------
        InfomaxEncoder
            The fitted encoder.
        """
        return self._fit(X, resume=True, epochs=1)

    def transform(self, X):
        """Encode rows.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of two such
            Rows.

        Returns
        -------
        ndarray of shape (n, n_components), or list of two such
            The codes, of the float type of X. With given views, one array gives what
            ``output`` says and a list gives the code of each view.
        """
        check_is_fitted(self)
        as_list = is_view_list(X)
        if as_list and _get_output_config("transform", self)["dense"] != "default":
            msg = (
                "X is a list of views, whose codes are returned as arrays; after "
                "set_output(...) give one array, or set_output(transform='default')."
            )
            raise ValueError(msg)
        self._validate_params()
        array = check_views(self, X, reset=False)[0]
        codes = self._apply(array, lambda module, x: module.encode(x))
        if as_list:
            return list(codes)
        if self.output == "concat":
            return np.concatenate(codes, axis=1)
        return codes[0] if self.output == "first" else np.mean(codes, axis=0)

    def score(self, X, y=None):
        """Return the objective's value on rows: for a bound, nats.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of two such
            Rows, new ones for an honest value.
        y : None
            Not used.

        Returns
        -------
        float
            The bound, on batches of ``batch_size`` rows, or of n where that is less;
            rows that do not fill a batch are left out. With fewer rows its ceiling is
            lower.
        """
        check_is_fitted(self)
        array = check_views(self, X, reset=False, ensure_min_samples=2)[0]
        terms, name = self._mean_terms(array), self.net_.criterion_.score_term
        if name is None:
            return -terms["loss"]
        self._warn_when_saturated(terms[name], len(array))
        return terms[name]

    def _fit(self, X, resume, epochs):
        """Check the data, train, and report the bound."""
        with atomic_fit(self):
            self._validate_params()
            fresh = not (resume and self.__sklearn_is_fitted__())
            array, columns = check_views(self, X, reset=fresh, ensure_min_samples=2)
            shape = {"n_in": array.shape[1], "columns": columns}
            self._train(array, shape=shape, resume=resume, epochs=epochs)
            self._incremental = epochs is not None
            self._report_bound(len(array))
        return self

    def _build(self, shape, generator):
        """Return the pair of encoders and the objective with its critic."""
        k = self.n_components
        context = ObjectiveContext(
            k,
            k,
            lambda a, b: self._new_critic(
                a, b, generator, temperature=self.temperature
            ),
            generator,
        )
        pair = self._build_pair(shape, generator)
        return pair, as_objective(self.objective)(context)

    def _build_pair(self, shape, generator):
        """Return the module that gives two codes of each row."""
        spec, k = self._encoder_spec(), self.n_components
        if self.views == "augment":
            augment = self._new_augment(shape["n_in"])
            return AugmentedPair(spec.build(shape["n_in"], k, generator), augment)
        columns = [torch.tensor(column) for column in shape["columns"]]
        widths = [len(column) for column in columns]
        if not self.share_encoder:
            encoders = [spec.build(width, k, generator) for width in widths]
        elif widths[0] == widths[1]:
            encoders = [spec.build(widths[0], k, generator)] * 2
        else:
            msg = f"share_encoder needs views of equal width, found {widths}."
            raise ValueError(msg)
        return GivenPair(encoders, columns)

    def _export(self, module):
        """Return the encoder of the first view."""
        return _FirstCode(module)

    def _report_bound(self, n_rows):
        """Set ``mi_lower_bound_`` if it was held out; warn near the ceiling."""
        vars(self).pop("mi_lower_bound_", None)
        net, objective = self.net_, self.net_.criterion_
        if objective.score_term is None:
            return
        if net.valid_rows is None:
            value = net.history[-1][f"train_{objective.score_term}"]
            self._warn_when_saturated(value, n_rows)
            return
        # Of the weights that were kept, whichever callback kept them.
        value = net.evaluate(net.valid_rows)[objective.score_term]
        if objective.kind == "lower" and self._held_out is not None:
            self.mi_lower_bound_ = value
        self._warn_when_saturated(value, net.valid_batch_size)

    def _warn_when_saturated(self, value, n_rows):
        """Warn where a value says more about its ceiling than about the data."""
        size = min(self._built_from.batch_size, n_rows)
        ceiling = self.net_.criterion_.ceiling(size)
        if value > 0.9 * ceiling:
            msg = (
                f"The bound, {value:.2f} nats, is within 10% of its ceiling of "
                f"{ceiling:.2f} with {size} rows a batch: the information may be far "
                "larger. Raise batch_size (and the number of rows), or take an "
                "objective without a ceiling."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=4)

    @property
    def _n_features_out(self):
        """Columns that ``transform`` returns for one array."""
        both = self.views == "paired" and self.output == "concat"
        return self._built_from.n_components * (2 if both else 1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class _FirstCode(nn.Module):
    """The first code of a pair, as a module from rows to codes."""

    def __init__(self, pair):
        super().__init__()
        self.pair = pair

    def forward(self, x):
        """Return the code of the first view."""
        return self.pair.encode(x)[0]
