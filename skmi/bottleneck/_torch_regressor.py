"""IBRegressor: the information bottleneck as a regressor."""

from __future__ import annotations

from typing import ClassVar

from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import StrOptions

from skmi.bottleneck._torch_base import BaseBottleneck
from skmi.bottleneck._torch_numbers import NumberTargets
from skmi.nn.relevances import DIVERGENCES


class IBRegressor(RegressorMixin, NumberTargets, BaseBottleneck):
    """Regressor through a stochastic code that keeps what tells about the target.

    Rows are encoded as Gaussian codes q(z|x), from which a linear layer predicts the
    mean of a Gaussian with one learned variance an output. Training minimises
    ``beta * KL(q(z|x) || r(z)) - E[log p(y|z)]``. It is a transformer too:
    ``transform`` gives Z.

    Parameters
    ----------
    n_components : int, default=16
        Columns of the code Z.
    beta : float, default=0.01
        Multiplies the compression: minimise ``beta * I(X;Z) - I(Z;Y)``. 0 compresses
        nothing, 1 and more collapses the code.
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
    relevance : {"gaussian", "cauchy_schwarz"} or callable, default="gaussian"
        What predictions are trained by: a Gaussian likelihood, the conditional
        Cauchy-Schwarz divergence of their distribution given X from that of the target,
        or a function ``(x, target, prediction)`` of a batch, standardised, to minimise.
        The scale of the noise is fitted by likelihood in any case.
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
        Predict the mean over draws of z, as the model means it, or at the mean of z;
        with a linear decoder the two agree up to the draws.
    n_draws : int, default=32
        Draws of z in a mixture; the same for every row and every call.
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
    rate_ : float
        Mean KL(q(z|x) || r(z)) over the training rows in nats: an upper bound on
        I(X;Z).
    relevance_ : float
        h(Y) minus the negative log-likelihood of the training rows, in nats, with the
        Kozachenko-Leonenko entropy of y: I(Z;Y) from below, up to the error of that
        entropy, for a continuous y; a warning tells when a y of repeated values makes
        it none. :meth:`rate_and_relevance` gives both on new rows.
    compression_ : float
        What ``compression`` measures over the training rows, in its own units, as the
        mean over batches of the training size; the rate where that is what it measures.
    target_entropy_ : float
        That entropy of y, in its own units, in nats.
    information_plane_ : dict of str to ndarray
        "epoch", and "rate" and "relevance" after it, in nats, as ``history_`` has them.
    encoder_weights_ : ndarray of shape (1 + n_auxiliary,)
        Weights of the codes in their sum, where there are auxiliary ones.
    noise_scale_ : ndarray of shape (n_outputs,)
        Learned standard deviation of y given z, in the units of y.
    n_outputs_ : int
        Columns of y.
    weights_ : dict of str to ndarray
        All weights by name.
    history_ : dict of str to list of float
        Per epoch ``loss``, ``rate`` and ``relevance`` (nats), the last two at one draw
        of z a row; ``compression`` where it is not the rate; ``dependence`` (nats),
        what discriminators see, with auxiliary codes; ``valid_...`` with early
        stopping.
    n_iter_ : int
        Epochs trained.
    encoder_ : torch.nn.Module
        Raw rows to the mean of q(z|x), on the CPU.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    IBRegressorCV : Finds beta by cross-validation, in one training.
    IBClassifier : The same for classes.

    Notes
    -----
    O(max_epochs * n * network); compressions that compare the rows of a batch add
    O(max_epochs * n * batch_size). y is standardised inside. In scikit-learn's searches
    tune ``beta`` on a logarithmic grid.

    References
    ----------
    Tishby, N., Pereira, F. C. and Bialek, W. (1999). The information bottleneck
    method. Alemi, A. A. et al. (2017). Deep variational information bottleneck,
    eq. 17. Of the compressions: Kolchinsky, A. et al. (2019), nonlinear; Fischer, I.
    (2020), conditional_entropy; Cheng, P. et al. (2020), club; Belghazi, M. I. et al.
    (2018), mine; Ma, W.-D. K. et al. (2020), hsic; Yu, X. et al. (2021), renyi; Yu, S.
    et al. (2024), cauchy_schwarz. Of n_auxiliary: Yang, H. et al. (2025).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.bottleneck import IBRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = IBRegressor(beta=0.1, max_epochs=60, random_state=0).fit(X, y)
    >>> reg.score(X, y) > 0.3
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseBottleneck._parameter_constraints,
        "relevance": [StrOptions({"gaussian", *DIVERGENCES}), callable],
    }

    def __init__(
        self,
        n_components=16,
        *,
        beta=1e-2,
        compression="variational",
        relevance="gaussian",
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
        warm_start=False,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.n_components = n_components
        self.beta = beta
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
        """Train the regressor.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.
        y : array-like of shape (n,) or (n, n_outputs)
            Continuous targets.

        Returns
        -------
        IBRegressor
            The fitted regressor.

        Raises
        ------
        ValueError
            If the data or a parameter are not acceptable.
        TrainingDivergedError
            If the loss is not finite.
        """
        return self._fit(X, y, resume=self.warm_start)

    def partial_fit(self, X, y):
        """Train for one epoch on these rows, going on where training was.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.
        y : array-like of shape (n,) or (n, n_outputs)
            Continuous targets, standardised as at the first call, whose targets must
            vary and give the entropy of :attr:`relevance_`.

        Returns
        -------
        IBRegressor
            The fitted regressor.
        """
        return self._fit(X, y, resume=True, epochs=1)
