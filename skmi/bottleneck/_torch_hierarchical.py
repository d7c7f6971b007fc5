"""HierarchicalIB: codes of a prime view that tell about other views, in turn."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmi.bottleneck._torch_base import Task
from skmi.bottleneck._torch_hierarchical_base import BaseHierarchical


class HierarchicalIB(BaseHierarchical):
    """Codes of a prime view that keep what it shares with other views, in turn.

    The columns of X are several views of each row, the prime one first. The prime view
    is encoded as a Gaussian code that is to tell about the second view; this code is
    encoded again, as one that is to tell about the third view, and so on. Stage k is
    an information bottleneck: its loss is ``beta * KL(q(z_k|z_{k-1}) || r(z_k)) -
    E[log p(x_{k+1}|z_k)]``, with z_{-1} the prime view x_0 and a Gaussian of learned
    variances for the views. The weighted sum of these losses is minimised. What
    ``transform`` returns is the mean of the last code; it takes the prime view only.

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
    weights_ : dict of str to ndarray
        All weights by name.
    history_ : dict of str to list of float
        Per epoch ``loss``, and ``rate_<k>`` and ``view_relevance_<k>`` of each stage,
        counted from 0, in nats, at one draw of the codes a row; ``valid_...``
        with early stopping.
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
    HierarchicalIBClassifier : With a class that is predicted from the last code.
    HierarchicalIBRegressor : With numbers that are predicted from it.
    skmi.infomax.InfomaxEncoder : Codes of two views that tell about each other.

    Notes
    -----
    O(max_epochs * n * network). After ``fit``, X may be the whole array, a list of the
    views, a list of the prime view only, or the prime view itself: an array of as many
    columns. ``transform`` reads the columns of the prime view only, so that those of
    the others may be missing. scikit-learn's searches take a list for rows: give them
    one array and ``view_columns``.

    The published method averages the divergences over the dimensions of a code and
    predicts views by squared error; here they are summed, and the error is measured in
    units of a learned noise, so that all terms are nats and beta has one meaning.

    References
    ----------
    Xiao, X. et al. (2024). Neuro-inspired information-theoretic hierarchical perception
    for multimodal learning, the losses IB_0 and IB_1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.bottleneck import HierarchicalIB
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(1000, 6))
    >>> X[:, 5] = X[:, 0] + 0.1 * X[:, 5]
    >>> views = [slice(0, 5), [5]]
    >>> ib = HierarchicalIB(2, view_columns=views, max_epochs=20, random_state=0)
    >>> ib.fit(X).transform(X[:, :5]).shape
    (1000, 2)
    >>> ib.view_scores_.round(1)
    array([1.])
    """

    def __init__(
        self,
        n_components=16,
        *,
        view_columns=None,
        beta=1e-2,
        stage_weights=1.0,
        beta_warmup=0,
        prior="standard",
        n_prior_components=10,
        stage_hidden_layer_sizes=(64,),
        decoder_hidden_layer_sizes=(),
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
        self.beta_warmup = beta_warmup
        self.prior = prior
        self.n_prior_components = n_prior_components
        self.stage_hidden_layer_sizes = stage_hidden_layer_sizes
        self.decoder_hidden_layer_sizes = decoder_hidden_layer_sizes
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

    def fit(self, X, y=None):
        """Train the codes.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of arrays
            Rows with all views; a list gives the views of each row.
        y : None
            Not used.

        Returns
        -------
        HierarchicalIB
            The fitted transformer.

        Raises
        ------
        ValueError
            If the data or a parameter are not acceptable.
        TrainingDivergedError
            If the loss is not finite.
        """
        return self._fit(X, y, resume=self.warm_start)

    def partial_fit(self, X, y=None):
        """Train for one epoch on these rows, going on where training was.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of arrays
            Rows with all views. Those of the first call set the units, and the
            entropies of the views.
        y : None
            Not used.

        Returns
        -------
        HierarchicalIB
            The fitted transformer.
        """
        return self._fit(X, y, resume=True, epochs=1)

    def score(self, X, y=None):
        """Return the share of the variance of the views that the codes explain.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of arrays
            Rows with all views.
        y : None
            Not used.

        Returns
        -------
        float
            The mean of the shares over the views that are told about.
        """
        check_is_fitted(self)
        self._validate_params()
        return float(np.mean(self._views_plane(self._read(X, whole=True))[2]))

    def _take(self, X, y, resume, epochs=None):
        """Check the rows, and say how a net is trained on them."""
        self._validate_params()
        fresh = not (resume and self.__sklearn_is_fitted__())
        array, shape = self._learn(X, fresh, portion=epochs is not None)
        return Task(array, (), {"shape": shape, "resume": resume, "epochs": epochs})
