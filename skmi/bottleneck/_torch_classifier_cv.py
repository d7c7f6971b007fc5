"""IBClassifierCV: the bottleneck with its beta chosen by cross-validation."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import log_loss, make_scorer

from skmi._validation import check_class_labels
from skmi.bottleneck._torch_classes import all_classes
from skmi.bottleneck._torch_classifier import IBClassifier
from skmi.bottleneck._torch_path import BaseBottleneckPath, path_constraints
from skmi.exceptions import EstimationWarning
from skmi.information import entropy


class IBClassifierCV(ClassifierMixin, BaseBottleneckPath):
    """Bottleneck classifier that finds its beta by cross-validation, in one training.

    All betas, on all folds, are trained as one stack of networks: each gets the rows,
    the batches and the noise that an :class:`IBClassifier` of its own would have, and
    ends up the same, in a fraction of the time. The beta of the best mean score on the
    rows held out is chosen, and a network with it trained on all rows.

    Parameters
    ----------
    n_components : int, default=16
        Columns of the code Z.
    betas : int or array-like of float, default=8
        Prices of the compression to try: minimise ``beta * I(X;Z) - I(Z;Y)``. A number
        takes as many between 0.001 and 0.5, evenly spaced in their logarithm.
    cv : int, splitter or iterable, default=5
        How rows are held out, as in scikit-learn's searches.
    scoring : str, callable or None, default="neg_log_loss"
        What chooses among the betas, as in scikit-learn's searches; None takes
        the accuracy.
    refit : bool, default=True
        Whether a network is trained on all rows with the beta that was chosen. False
        reuses those of the folds: predictions are the mean of theirs, and there is no
        ``transform``.
    compression : str or callable, default="variational"
        What stands for I(X;Z) in training:

        - "variational": the rate, mean KL(q(z|x) || r(z)).
        - "nonlinear": a bound by divergences of all pairs of codes of a batch.
        - "conditional_entropy": I(X;Z|Y), by a learned backward encoder, weighted so
          that beta means the same as in the others.
        - "club": a contrastive upper bound, from the density of the code.
        - "mine": the bound of a critic, which is trained against the encoder.
        - "hsic", "renyi", "cauchy_schwarz": dependence of X and Z by kernels, on scales
          of their own, so that other values of beta are useful.

        A function of a :class:`~skmi.nn.CompressionInput` that returns a value for each
        row, or one for the batch, is taken too.
    relevance : {"cross_entropy", "cauchy_schwarz"} or callable, default="cross_entropy"
        What predictions are trained by: their likelihood, the conditional
        Cauchy-Schwarz divergence of their distribution given X from that of the target,
        or a function ``(x, target, prediction)`` of a batch to minimise, with
        standardised rows, targets of shape (n, n_classes) as 0 and 1, and predicted
        probabilities.
    rate_power : float, default=1.0
        The compression is raised to this power. 2 makes points between the ends of the
        curve reachable where the target is a function of X.
    beta_warmup : int, default=0
        Epochs over which beta grows from 0 to its value.
    prior : {"standard", "learned", "mixture"}, default="standard"
        Marginal r(z) against which the rate is measured: N(0, 1), a diagonal Gaussian
        that is learned, or a learned mixture of those.
    n_prior_components : int, default=10
        Gaussians in the mixture.
    deterministic : bool, default=False
        Whether Z is the mean of q(z|x), without noise. Its rate is infinite then, and
        only compressions by kernels apply.
    n_auxiliary : int, default=0
        Auxiliary encoders whose codes are added to the main one, each trained to tell
        what those before it do not (structured IB). They take a random code, prior
        "standard" or "learned", and a compression without a network of its own (not
        "conditional_entropy" or "mine").
    independence_weight : float, default=1.0
        Weight of the independence of an auxiliary code from those before it.
    decoder_hidden_layer_sizes : tuple of int, default=()
        Widths of the hidden layers between Z and the prediction; ``()`` is linear.
    prediction : {"mixture", "mean"}, default="mixture"
        Probabilities as the mean over draws of z, as the model means them, or at the
        mean of z.
    n_draws : int, default=32
        Draws of z in a mixture; the same for every row and every call.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss, scaled to a mean of one over the rows: in
        the likelihood, and in compressions that have a value for each row.
    hidden_layer_sizes : tuple of int, default=(64, 64)
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
    batch_size : int, default=64
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
        Run in the training of the network that is refitted.
    device : str or torch.device, default="auto"
        "auto" takes CUDA, else MPS, else the CPU; or "cpu", "cuda", "cuda:1", "mps".
    random_state : int, RandomState instance or None, default=None
        Decides every random draw of ``fit``; an integer gives the same bits at each
        call, for the same number of torch threads.
    verbose : int, default=0
        1 shows a live bar of the network that is refitted.

    Attributes
    ----------
    beta_ : float
        The beta of the best score; of equal ones the largest.
    best_score_ : float
        Its mean score over the folds.
    betas_ : ndarray of shape (n_betas,)
        The betas tried, ascending.
    path_ : dict of str to ndarray
        "beta" as ``betas_``; "rate", "relevance" (nats) and "score" of shape
        (n_betas,), means over the folds of what the rows held out give; "rate_se",
        "relevance_se", "score_se", their standard errors over the folds; "fold_rate",
        "fold_relevance", "fold_score" of shape (n_betas, n_folds).
    estimator_ : IBClassifier
        The network that was trained on all rows, with ``refit=True``.
    estimators_ : list of IBClassifier
        What predicts: that network, or those of the folds.
    rate_, relevance_ : float
        Those of the training rows, as in :class:`IBClassifier`; with ``refit=False``
        means over the networks.
    target_entropy_ : float
        Plug-in H(Y) of all rows in nats: the ceiling of the relevance.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    stacked_ : bool
        Whether networks were trained together. Where they cannot be, they are trained
        one by one.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    IBClassifier : The same for one beta.
    skmi.training.Ensemble : Trains the stack, and says when it can.
    skmi.inspection.IBCurveDisplay : Draws the path.

    Notes
    -----
    Agrees with GridSearchCV over ``beta`` with the same integer ``random_state``, up to
    rounding: to 1e-10 in double precision, while in single precision differences grow
    over thousands of steps, as they do between machines. All n_betas * n_folds networks
    are in memory at once, and a copy of the training rows for each fold. A network
    whose loss is not finite ends the fit.

    References
    ----------
    Alemi, A. A. et al. (2017). Deep variational information bottleneck, eq. 17.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifierCV
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = IBClassifierCV(betas=[0.01, 0.1], cv=3, max_epochs=40, random_state=0)
    >>> clf.fit(X, y).path_["score"].shape, clf.stacked_
    ((2,), True)
    >>> clf.beta_ in (0.01, 0.1), clf.score(X, y) > 0.9
    (True, True)
    """

    _model = IBClassifier
    _parameter_constraints: ClassVar[dict] = path_constraints(IBClassifier)

    def __init__(
        self,
        n_components=16,
        *,
        betas=8,
        cv=5,
        scoring="neg_log_loss",
        refit=True,
        compression="variational",
        relevance="cross_entropy",
        rate_power=1.0,
        beta_warmup=0,
        prior="standard",
        n_prior_components=10,
        deterministic=False,
        n_auxiliary=0,
        independence_weight=1.0,
        decoder_hidden_layer_sizes=(),
        prediction="mixture",
        n_draws=32,
        class_weight=None,
        hidden_layer_sizes=(64, 64),
        activation="relu",
        encoder=None,
        standardize=True,
        lr=1e-3,
        optimizer="adam",
        batch_size=64,
        max_epochs=100,
        early_stopping=False,
        validation_fraction=0.1,
        patience=10,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.n_components = n_components
        self.betas = betas
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.compression = compression
        self.relevance = relevance
        self.rate_power = rate_power
        self.beta_warmup = beta_warmup
        self.prior = prior
        self.n_prior_components = n_prior_components
        self.deterministic = deterministic
        self.n_auxiliary = n_auxiliary
        self.independence_weight = independence_weight
        self.decoder_hidden_layer_sizes = decoder_hidden_layer_sizes
        self.prediction = prediction
        self.n_draws = n_draws
        self.class_weight = class_weight
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
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y, groups=None):
        """Train all betas on all folds, and the chosen one on all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.
        y : array-like of shape (n,)
            Class labels, of two classes or more.
        groups : array-like of shape (n,) or None, default=None
            Groups of rows, for a ``cv`` that keeps them together.

        Returns
        -------
        IBClassifierCV
            The fitted classifier.

        Raises
        ------
        ValueError
            If the data or a parameter are not acceptable.
        TrainingDivergedError
            If the loss of a network is not finite.
        """
        return self._fit(X, y, groups, {})

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        return self._mean_over_models("predict_proba", X)

    def predict_log_proba(self, X):
        """Return log probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        if self.refit:
            return self._mean_over_models("predict_log_proba", X)
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n,)
            Labels.
        """
        best = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _take_target(self, y):
        """Take the classes, which a fold may not all have."""
        check_class_labels(y)
        self.classes_ = all_classes(y)
        self.target_entropy_ = entropy(np.unique(y, return_counts=True)[1])

    def _task(self, model, X, y):
        """Return the task of a model; say it when a class is missing."""
        missing = np.setdiff1d(self.classes_, y)
        if len(missing) and model.beta == self.betas_[0]:
            msg = (
                f"The training rows of a fold have none of the classes {missing}; its "
                "networks cannot know them. Take another cv."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=5)
        return model._take(X, y, resume=False, classes=self.classes_)

    def _scorer(self, model):
        """Return the scorer; log loss must know of classes that a fold lacks."""
        if self.scoring == "neg_log_loss":
            return make_scorer(
                log_loss,
                response_method="predict_proba",
                greater_is_better=False,
                labels=self.classes_,
            )
        return super()._scorer(model)
