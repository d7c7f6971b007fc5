"""HierarchicalIBRegressor: numbers from a code that other views have shaped."""

from __future__ import annotations

from sklearn.base import RegressorMixin

from skmi.bottleneck._torch_hierarchical_base import BaseHierarchicalPredictor
from skmi.bottleneck._torch_numbers import NumberTargets


class HierarchicalIBRegressor(RegressorMixin, NumberTargets, BaseHierarchicalPredictor):
    """Regressor from a prime view, whose code is shaped by other views in training.

    A cascade of bottlenecks as in :class:`HierarchicalIB`: the prime view is encoded to
    tell about the second view, that code again to tell about the third, and so on. The
    target is predicted from the last code as the mean of a Gaussian with one learned
    variance an output, and minus its log-likelihood is added to the losses of the
    stages. Prediction takes the prime view only.

    Parameters
    ----------
    n_components : int or sequence of int, default=16
        Columns of the codes, one number for all or one a stage.
    view_columns : list or None, default=None
        Columns of each view as slices, indices, masks or names, the prime view first.
        None takes the views of a list; an array is one view then, and its code is to
        tell about that view itself.
    beta : float or sequence of float, default=0.01
        Price of a nat of rate in each stage, one for all or one a stage. Other texts
        weigh what is told about a view instead: their factor is 1 / beta.
    stage_weights : float or sequence of float, default=1.0
        Weight of the loss of each stage, one for all or one a stage.
    task_weight : float, default=1.0
        Weight of the loss of the target beside the stages'.
    residual : bool, default=False
        Whether the target is predicted from the prime view plus a linear map of the
        last code. The code is not all that predictions know then.
    beta_warmup : int, default=0
        Epochs over which beta grows from 0 to its value.
    prior : {"standard", "learned", "mixture"}, default="standard"
        Marginal r(z) against which the rate is measured: N(0, 1), a diagonal Gaussian
        that is learned, or a learned mixture of those.
    n_prior_components : int, default=10
        Gaussians in the mixture.
    stage_hidden_layer_sizes : tuple of int, default=(64,)
        Widths of the hidden layers from one code to the next.
    decoder_hidden_layer_sizes : tuple of int, default=()
        Widths of the hidden layers between Z and the prediction; ``()`` is linear.
    prediction : {"mixture", "mean"}, default="mixture"
        Predict the mean over draws of the codes, as the model means it, or at the means
        of the codes.
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
    rate_ : ndarray of shape (n_stages,)
        Mean KL(q(z_k|z_{k-1}) || r(z_k)) over the training rows in nats: an upper bound
        on the information between each code and the one before it, the first of which
        is the prime view.
    view_relevance_ : ndarray of shape (n_stages,)
        Entropy of the view that each code tells about minus its negative log-likelihood
        on the training rows, in nats: their information from below, up to the error of
        that nearest-neighbour entropy, which is rough for a view of many columns. A
        warning tells when repeated values make it none.
    view_scores_ : ndarray of shape (n_stages,)
        Share of the variance of each of these views that is explained on the training
        rows, over all its columns in the units of training.
    relevance_ : float
        h(Y) minus the negative log-likelihood of the training rows, in nats, with the
        Kozachenko-Leonenko entropy of y: the information of the last code about Y from
        below, up to the error of that entropy; :meth:`rate_and_relevance` gives it on
        new rows.
    target_entropy_ : float
        That entropy of y, in its own units, in nats.
    noise_scale_ : ndarray of shape (n_outputs,)
        Learned standard deviation of y given the last code, in the units of y.
    n_outputs_ : int
        Columns of y.
    weights_ : dict of str to ndarray
        All weights by name.
    history_ : dict of str to list of float
        Per epoch ``loss``, and ``rate_<k>`` and ``view_relevance_<k>`` of each stage,
        counted from 0, and ``relevance``, in nats, at one draw of the codes a row;
        ``valid_...`` with early stopping.
    n_iter_ : int
        Epochs trained.
    encoder_ : torch.nn.Module
        Raw rows to the mean of the last code, on the CPU. It takes the columns of all
        views and reads those of the prime one.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Columns of X, of all views together.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    HierarchicalIB : Codes without a target.
    HierarchicalIBClassifier : The same for classes.
    IBRegressor : One view, and a code that tells about the target.

    Notes
    -----
    O(max_epochs * n * network). After ``fit``, X may be the whole array, a list of the
    views, a list of the prime view only, or the prime view itself: an array of as many
    columns. ``transform`` and ``predict`` read the columns of the prime view only, so
    that those of the others may be missing. scikit-learn's searches take a list for
    rows: give them one array and ``view_columns``.

    The published method averages the divergences over the dimensions of a code and
    predicts views by squared error; here they are summed, and the error is measured in
    units of a learned noise, so that all terms are nats and beta has one meaning.

    References
    ----------
    Xiao, X. et al. (2024). Neuro-inspired information-theoretic hierarchical perception
    for multimodal learning, the losses IB_0 and IB_1.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skmi.bottleneck import HierarchicalIBRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> exam, blood = slice(0, 4), slice(4, 10)
    >>> reg = HierarchicalIBRegressor(
    ...     view_columns=[exam, blood], max_epochs=60, random_state=0
    ... )
    >>> reg.fit(X, y).score(X[:, exam], y) > 0.3
    True
    """

    def __init__(
        self,
        n_components=16,
        *,
        view_columns=None,
        beta=1e-2,
        stage_weights=1.0,
        task_weight=1.0,
        residual=False,
        beta_warmup=0,
        prior="standard",
        n_prior_components=10,
        stage_hidden_layer_sizes=(64,),
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
        self.view_columns = view_columns
        self.beta = beta
        self.stage_weights = stage_weights
        self.task_weight = task_weight
        self.residual = residual
        self.beta_warmup = beta_warmup
        self.prior = prior
        self.n_prior_components = n_prior_components
        self.stage_hidden_layer_sizes = stage_hidden_layer_sizes
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
        X : array-like of shape (n, d), or list of arrays
            Rows with all views; a list gives the views of each row.
        y : array-like of shape (n,) or (n, n_outputs)
            Continuous targets.

        Returns
        -------
        HierarchicalIBRegressor
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
        X : array-like of shape (n, d), or list of arrays
            Rows with all views. Those of the first call set the units, and the
            entropies of the views.
        y : array-like of shape (n,) or (n, n_outputs)
            Continuous targets, standardised as at the first call, whose targets must
            vary and give the entropy of :attr:`relevance_`.

        Returns
        -------
        HierarchicalIBRegressor
            The fitted regressor.
        """
        return self._fit(X, y, resume=True, epochs=1)

    def rate_and_relevance(self, X, y):
        """Return what the codes cost, and what the last one tells about the target.

        Parameters
        ----------
        X : array-like of shape (n, d) or (n, d_prime), or list of arrays
            Rows, new ones for honest values; the prime view is enough.
        y : array-like of shape (n,) or (n, n_outputs)
            Their targets.

        Returns
        -------
        rate : ndarray of shape (n_stages,)
            Mean KL(q(z_k|z_{k-1}) || r(z_k)) of each stage in nats, as in
            :attr:`rate_`.
        relevance : float
            Entropy of the targets of ``fit``, or of the first portion of
            ``partial_fit``, minus the negative log-likelihood of these, in nats.
        """
        return super().rate_and_relevance(X, y)
