"""DiscreteIB: clusters of the rows of a table that tell about its columns."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_generator
from skmi.bottleneck._blahut_arimoto import memberships
from skmi.bottleneck._discrete_methods import (
    METHODS,
    Options,
    Solution,
    largest_first,
)
from skmi.bottleneck._ib_input import (
    count_codes,
    look_up_codes,
    read_codes,
    read_counts,
    weigh_counts,
)
from skmi.bottleneck._ib_table import TINY, conditional, make_table
from skmi.exceptions import EstimationWarning


class DiscreteIB(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Clusters of the rows of a table that tell about its columns.

    Each row x of a table of counts has a distribution p(y|x) over the columns, and a
    weight p(x), its share of the counts. Rows are given to clusters t such that
    ``beta * I(X;T) - I(T;Y)`` is low: few nats about the row, many about the column.

    Parameters
    ----------
    n_clusters : int or None, default=None
        Largest number of clusters. None is as many as needed: a soft or deterministic
        code has at most 64, "sequential" and "agglomerative" as many as the rows have
        different p(y|x).
    method : str, default="blahut_arimoto"
        How clusters are found:

        - "blahut_arimoto": soft memberships p(t|x), by the self-consistent equations
          of the bottleneck [1]_, followed along falling and rising betas, from the
          partitions of the other methods too;
        - "deterministic": partitions that minimise ``beta * H(T) - I(T;Y)``, by the
          equations of the deterministic bottleneck [2]_ along betas, then row by row,
          from those of the next two methods too;
        - "sequential": the same Lagrangian, moving one row at a time from random
          partitions [3]_;
        - "agglomerative": from every row for itself, merging the two clusters whose
          merger loses least [4]_.
    beta : float, default=0.01
        Multiplies the rate. 0 asks for the hard clusters of the largest relevance.
        At high beta all rows share one cluster: see ``critical_beta_``.
    rate_power : float, default=1.0
        Minimise ``beta * I(X;T) ** rate_power - I(T;Y)``, for "blahut_arimoto". Where y
        is a function of x, a power of 2 finds the codes between nothing and all, which
        no beta finds under a power of 1 [5]_.
    input : {"counts", "codes"}, default="counts"
        What X is: a table of counts of at least 0, dense or sparse, whose rows are
        clustered; or columns of codes, of which each combination that occurs is a row
        of the table of these and y.
    betas : int or array-like, default=20
        Betas above 0 along which the curve is traced by "blahut_arimoto" and
        "deterministic": how many, or which. 0 looks for codes at ``beta`` alone.
    n_init : int, default=4
        Random starts. The best of these and of partitions that are good at the same
        beta is kept.
    max_iter : int, default=2000
        Iterations at one beta, or sweeps over the rows.
    tol : float, default=1e-7
        Iterations of "blahut_arimoto" stop when memberships change by less on average.
    random_state : int, RandomState instance or None, default=None
        Decides the starts. The order of the rows has no influence.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Cluster of each row, the likeliest where memberships are soft.
    n_clusters_ : int
        Clusters found, largest first; n_found below.
    cluster_weights_ : ndarray of shape (n_found,)
        p(t).
    cluster_distributions_ : ndarray of shape (n_found, n_columns)
        p(y|t), over the columns of the table, or over ``target_values_``.
    target_values_ : ndarray of shape (n_columns,)
        Values of y, for ``input="codes"``.
    rate_ : float
        I(X;T) in nats, H(T) for partitions.
    relevance_ : float
        I(T;Y) in nats.
    mi_ : float
        I(X;Y) in nats: what can be told at most.
    critical_beta_ : float
        Beta at which a constant code stops being a local optimum: a squared maximal
        correlation. Better codes may exist above it already.
    information_curve_ : dict of str to ndarray
        "beta", "rate" and "relevance" of the best codes, rate increasing: the concave
        hull of all that were found. It begins at (0, 0). With clusters enough it ends
        at the entropy of the classes of rows of equal p(y|x), and ``mi_``.
    n_iter_ : int
        Most iterations, or sweeps, at one beta; merges of "agglomerative".
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, where X had names.

    See Also
    --------
    GaussianIB : The same trade-off for Gaussian variables.
    IBClassifier : The same trade-off for any X and classes y, trained.
    skmi.information.mutual_information : Information of a table.

    Notes
    -----
    Codes of the equations are of the form

    .. math::

        p(t \mid x) \propto p(t) \exp \bigl(
            -D_{\mathrm{KL}}(p(y \mid x) \,\|\, p(y \mid t)) / \beta \bigr)

    (equation 16 of [1]_, whose beta is 1 / beta here), which also gives the memberships
    of new rows; for partitions it is the largest of
    :math:`\beta \log p(t) - D_{\mathrm{KL}}`. A new row's columns that were never seen
    are left out, and a row of which nothing is known gets p(t), or the largest cluster.

    Rows of equal p(y|x) are joined first. Informations are those of the table itself:
    few counts overstate I(X;Y).

    Deterministic y, a function of the row, have a curve of slope 1 up to H(Y): the
    Lagrangian jumps from one end to the other at beta = 1, and only
    ``rate_power=2`` stops in between, at a rate of 1 / (2 beta).

    The Lagrangian has local optima; more starts and betas find better codes. With equal
    parameters and a power of 1, at most 64 clusters, soft codes are no worse than
    partitions of "deterministic", and these no worse than those of "sequential"; up to
    256 rows merges are among their starts too, so that they are no worse than those of
    "agglomerative" either.

    An iteration of the equations costs O(n_init k Z) for k clusters and Z entries above
    0 (rows times columns where a fifth of the table is filled); a sweep of "sequential"
    O(k Z), "agglomerative" O(n Z) in all at worst. Sparse tables are not made dense;
    memory is O(Z + (n n_init + m) k), and of m columns.

    Unlike scikit-learn's own clusterers it is no ``ClusterMixin``, whose checks cluster
    points with negative coordinates; it is a clusterer by its tags.

    References
    ----------
    .. [1] N. Tishby, F. C. Pereira, W. Bialek (1999), "The information bottleneck
       method".
    .. [2] D. J. Strouse, D. J. Schwab (2017), "The deterministic information
       bottleneck".
    .. [3] N. Slonim, N. Friedman, N. Tishby (2002), "Unsupervised document
       classification using sequential information maximization".
    .. [4] N. Slonim, N. Tishby (1999), "Agglomerative information bottleneck".
    .. [5] A. Kolchinsky, B. D. Tracey, S. Van Kuyk (2019), "Caveats for information
       bottleneck in deterministic scenarios".

    Examples
    --------
    Four documents of three words; the first two are of one kind:

    >>> from skmi.bottleneck import DiscreteIB
    >>> counts = [[5, 4, 0], [10, 9, 1], [1, 1, 9], [0, 2, 7]]
    >>> ib = DiscreteIB(2, method="sequential", random_state=0).fit(counts)
    >>> ib.labels_
    array([0, 0, 1, 1])
    >>> bool(ib.relevance_ > 0.9 * ib.mi_)
    True
    >>> DiscreteIB(2, beta=0.2, random_state=0).fit(counts).transform(counts).round(2)
    array([[1., 0.],
           [1., 0.],
           [0., 1.],
           [0., 1.]])
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left"), None],
        "method": [StrOptions(set(METHODS))],
        "beta": [Interval(Real, 0, None, closed="left")],
        "rate_power": [Interval(Real, 1, None, closed="left")],
        "input": [StrOptions({"counts", "codes"})],
        "betas": [Interval(Integral, 0, None, closed="left"), "array-like"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        method: str = "blahut_arimoto",
        beta: float = 1e-2,
        rate_power: float = 1.0,
        input: str = "counts",
        betas: Any = 20,
        n_init: int = 4,
        max_iter: int = 2000,
        tol: float = 1e-7,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.method = method
        self.beta = beta
        self.rate_power = rate_power
        self.input = input
        self.betas = betas
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DiscreteIB:
        """Cluster the rows of a table.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            Counts of at least 0; or, for ``input="codes"``, columns of codes: numbers
            or strings, dense.
        y : array-like of shape (n,), default=None
            Labels that codes shall tell about; not used with counts.
        sample_weight : array-like of shape (n,), default=None
            How often each row was seen. Weights equal repeated rows.

        Returns
        -------
        DiscreteIB
            The estimator itself.

        Raises
        ------
        ValueError
            If counts are negative, not finite or all 0, if y is missing or of another
            length, if weights are negative, or if a parameter is not one of those
            accepted. The object is then left as it was.
        """
        with atomic_fit(self):
            options = self._options()
            rows = slice(None)
            self._codes = None
            if self.input == "counts":
                counts = read_counts(self, X, reset=True)
                given, weight = weigh_counts(counts, sample_weight)
            else:
                (given, weight), self._codes, rows = count_codes(
                    self, X, y, sample_weight
                )
                self.target_values_ = self._codes.target
            table, of_row = make_table(given, weight)
            solution = largest_first(table, METHODS[self.method](table, options))
            self._keep(table, solution)
            classes = solution.memberships.argmax(axis=1)
            # Rows of no weight are new rows; the first cluster is the largest.
            labels = np.where(of_row >= 0, classes[of_row], 0)
            unknown = np.flatnonzero((of_row < 0) & (np.diff(given.indptr) > 0))
            if unknown.size:
                labels[unknown] = self._memberships(given[unknown]).argmax(axis=1)
            self.labels_ = labels[rows]
            if self._codes is not None:
                self._of_code = self._memberships(given)
        return self

    def _options(self) -> Options:
        """Return the checked parameters."""
        if self.rate_power != 1 and self.method != "blahut_arimoto":
            msg = (
                "rate_power must be 1 unless method is 'blahut_arimoto', found "
                f"{self.rate_power!r} with method={self.method!r}."
            )
            raise ValueError(msg)
        betas = self.betas
        if not isinstance(betas, Integral):
            betas = np.asarray(betas)
            numbers = betas.ndim == 1 and betas.dtype.kind in "iuf"
            if not numbers or not all((betas > 0) & np.isfinite(betas)):
                msg = (
                    "betas must be an int or a 1-D array of finite numbers above 0, "
                    "found "
                    f"{self.betas!r}."
                )
                raise ValueError(msg)
            betas = np.unique(betas.astype(np.float64))
        return Options(
            self.n_clusters,
            float(self.beta),
            float(self.rate_power),
            betas,
            int(self.n_init),
            int(self.max_iter),
            float(self.tol),
            check_generator(self.random_state),
        )

    def _keep(self, table: Any, solution: Solution) -> None:
        """Set the fitted attributes of a solution."""
        self.mi_ = table.mi
        self.critical_beta_ = solution.critical_beta
        self.rate_, self.relevance_ = solution.rate, solution.relevance
        self.information_curve_ = solution.curve
        self.n_iter_ = solution.n_iter
        self._slope = solution.slope
        self._is_soft = solution.is_soft
        joint = np.asarray(
            table.across @ (table.weight[:, None] * solution.memberships)
        )
        self.cluster_weights_ = table.weight @ solution.memberships
        self.n_clusters_ = self._n_features_out = self.cluster_weights_.size
        self.cluster_distributions_ = joint.T / self.cluster_weights_[:, None]
        self._seen = table.marginal > 0
        if not solution.converged:
            msg = (
                f"DiscreteIB stopped after max_iter={self.max_iter} iterations before "
                "its codes stood still; raise max_iter or tol."
            )
            warnings.warn(msg, ConvergenceWarning, stacklevel=4)
        if self.n_clusters_ == 1 and table.mi > 0 and self.n_clusters != 1:
            msg = (
                f"All rows are in one cluster: beta={self.beta:g} is too high; the "
                f"critical beta of this table is {self.critical_beta_:.3g}."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=4)
        if solution.is_capped:
            msg = (
                f"All {self.n_clusters_} clusters that n_clusters=None allows this "
                "method are in use; set n_clusters for more."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=4)

    def transform(self, X: Any) -> np.ndarray:
        """Return the memberships p(t|x) of rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            Counts, or columns of codes, as in ``fit``.

        Returns
        -------
        ndarray of shape (n, n_found)
            Probabilities; of partitions 0 or 1.
        """
        check_is_fitted(self)
        if self._codes is None:
            return self._memberships(conditional(read_counts(self, X, reset=False)))
        place = look_up_codes(self._codes, read_codes(self, X, reset=False))
        result = self._of_code[place]
        result[place < 0] = self._prior()
        return result

    def predict(self, X: Any) -> np.ndarray:
        """Return the cluster of rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            Counts, or columns of codes, as in ``fit``.

        Returns
        -------
        ndarray of int of shape (n,)
            The likeliest cluster: for the rows of ``fit`` that of ``labels_``, unless
            these come from merges, which may leave a row nearer to another cluster.
        """
        return self.transform(X).argmax(axis=1)

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Cluster the rows of a table and return their clusters.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            As in ``fit``.
        y : array-like of shape (n,), default=None
            As in ``fit``.
        sample_weight : array-like of shape (n,), default=None
            As in ``fit``.

        Returns
        -------
        ndarray of int of shape (n,)
            ``labels_``.
        """
        return self.fit(X, y, sample_weight).labels_

    def _prior(self) -> np.ndarray:
        """Return the memberships of a row of which nothing is known."""
        if self._is_soft:
            return self.cluster_weights_
        return np.eye(self.n_clusters_)[0]

    def _memberships(self, given: sparse.csr_array) -> np.ndarray:
        """Return p(t|x) of rows of p(y|x)."""
        if not self._seen.all():
            given = conditional(given @ sparse.diags_array(self._seen.astype(float)))
        log_given = np.log(np.maximum(self.cluster_distributions_, TINY)).T
        divergence = -(given @ log_given)
        misses = given @ (self.cluster_distributions_ == 0).T.astype(float)
        # A cluster without a column of the row is none of its own, unless all are.
        possible = (misses == 0).any(axis=1)
        divergence[(misses > 0) & possible[:, None]] = np.inf
        log_weight = np.log(self.cluster_weights_)
        if self._is_soft:
            result = memberships(log_weight, divergence, self._slope)
        else:
            costs = divergence - self._slope * log_weight
            result = np.eye(self.n_clusters_)[costs.argmin(axis=1)]
        result[np.diff(given.indptr) == 0] = self._prior()
        return result

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Not by ClusterMixin: see the Notes of the class.
        tags.estimator_type = "clusterer"
        is_counts = self.input == "counts"
        tags.input_tags.sparse = is_counts
        tags.input_tags.positive_only = is_counts
        tags.input_tags.categorical = not is_counts
        tags.input_tags.string = not is_counts
        tags.target_tags.required = not is_counts
        return tags
