"""Greedy selection of columns by mutual information with the target."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, names_of
from skmi.feature_selection._criteria import CRITERIA
from skmi.feature_selection._fit import (
    add_block,
    keep_result,
    read_problem,
    search_problem,
    search_stream,
    warn_of_nothing,
)
from skmi.feature_selection._frames import FrameSelectorMixin
from skmi.feature_selection._plan import ESTIMATORS
from skmi.feature_selection._search import SEARCHES
from skmi.feature_selection._target import TargetKindMixin


class SelectByMutualInfo(TargetKindMixin, FrameSelectorMixin, BaseEstimator):
    r"""Select columns one by one by what they add to the information on a target.

    The first column taken is the one with the largest mutual information with the
    target. Each further one has the best value of a criterion that also weighs what
    the columns taken before already tell. Columns may be numbers, whole numbers and
    categories side by side, with missing values.

    Parameters
    ----------
    n_features_to_select : int, float or "auto", default=None
        Number of columns to select, or their share if a float in (0, 1]. None means
        half of them. "auto" stops when the next column may be there by chance, see
        ``alpha``; with the criterion "ib", when no column is worth its cost.
    criterion : str or callable, default="cmim"
        What is maximised at each step; S are the columns selected so far.

        - "mim": :math:`I(X_j;Y)` alone. Keeps copies.
        - "mifs": :math:`I(X_j;Y) - \beta \sum_S I(X_j;X_s)` [1]_; ``beta`` is 1.
        - "mrmr": :math:`I(X_j;Y)` minus the mean over S of :math:`I(X_j;X_s)`
          [2]_. The cheapest; may be negative.
        - "miq": the quotient of the same two [12]_. Columns with hardly any redundancy
          are ranked by relevance.
        - "jmi": mean over S of :math:`I(X_j;Y|X_s)` [3]_. It ranks as the sum of
          :math:`I(X_j,X_s;Y)` does. It tolerates redundant columns.
        - "jmi3": mean over pairs of S of :math:`I(X_j;Y|X_a,X_b)` [4]_. Needs many
          rows, and s^2 / 2 tables.
        - "jmim": :math:`\min_S I(X_j,X_s;Y)` [5]_.
        - "cmim": :math:`\min_S I(X_j;Y|X_s)` [6]_. Drops copies; a column that is
          useful only beside two others is missed.
        - "cife": :math:`I(X_j;Y) - \sum_S (I(X_j;X_s) - I(X_j;X_s|Y))` [7]_.
        - "icap": the same, but terms that are negative, synergies, are left out
          [8]_.
        - "disr": mean over S of :math:`I(X_j,X_s;Y) / H(X_j,X_s,Y)` [9]_.
        - "ib": :math:`I(X_j;Y|X_S) - \beta H(X_j|X_S)`, given all of S: what a
          column adds less what it costs to keep it [13]_; ``beta`` is .1. Few
          columns only: the levels of S multiply.

        A callable takes a record of terms, in nats, and returns scores (d,). See
        Notes.
    estimator : {"binned", "knn", "copula"} or callable, default="binned"
        How information is estimated:

        - "binned" counts codes. Numbers with more than ``n_bins`` values are cut in
          bins of equal frequency. Fast.
        - "knn" looks at nearest neighbours: no bins, any dependence, any mixture of
          kinds. Slow beside the others.
        - "copula" takes Gaussian information of ranks: sees monotone dependence
          alone.

        A callable takes a problem and returns an engine of terms.
    direction : {"forward", "backward", "floating"}, default="forward"
        "backward" starts from all columns and drops the one that the others need
        least, in :math:`O(d^2)` terms. "floating" goes forward and after each step
        drops columns that others have made worthless [10]_.
    interactions : {"pairs"}, default=None
        Whether to look at all pairs of columns first, and to take those that tell
        about y only together. Without it no greedy search finds parity. Not with
        ``groups`` of rows, which the scan would take for independent.
    keep : slice, array of int or bool, or list of str, default=None
        Columns that are always in; the search starts from them, and they count in
        ``n_features_to_select``.
    feature_groups : list of such, default=None
        Columns that are chosen together, as one variable: one-hot blocks, lags. Each
        group counts as one in ``n_features_to_select`` and in ranks.
    feature_costs : array-like of shape (n_features,), default=None
        Scores are divided by them (negative ones are multiplied); a group costs the
        sum of its columns.
    beta : float, default=None
        Weight of redundancy in "mifs", and of the cost in nats in "ib"; None takes
        that of the criterion.
    normalize : bool, default=False
        Whether terms are divided by the geometric mean of the entropies of the codes
        of the two variables, so that columns of many and of few levels compare.
    alpha : float, default=0.05
        Level of "auto": the probability that a column is taken while none that is
        left tells anything [14]_. Also that of ``interactions``; with both, each has
        half.
    n_permutations : int, default=99
        Permutations of y for each step of "auto"; at least 2 / alpha - 1, with
        interactions 4 / alpha - 1.
    n_bins : int or "auto", default=8
        Number of bins of a continuous column. "auto" takes as many as leave little
        bias with so many rows: :func:`skmi.information.suggest_n_bins`.
    n_bins_target : int or "auto", default=None
        Number of bins of a continuous target; None means ``n_bins``.
    bin_edges : list of n_features arrays, default=None
        Rising inner edges of each column's bins: code k means
        ``edges[k - 1] < x <= edges[k]``. None finds them: in all rows, or in the first
        block of ``partial_fit``. Columns must be numbers then.
    correction : {"chi_square", "miller_madow", "plugin"}, default="miller_madow"
        How counts are corrected for the bias of few rows. "miller_madow" goes by the
        cells that occur. "chi_square" takes off what independent variables with so many
        levels show on average: near copies of a selected column are then kept out more
        firmly, but it takes off far too much where rows are not many more than the
        cells of a table. Corrected values may be negative.
    n_neighbors : int, default=3
        Neighbours of "knn".
    discrete_features : "auto", bool, or array-like, default="auto"
        Which columns hold categories: all or none, a mask, indices or names. "auto"
        takes booleans, and whole numbers (by dtype) with at most 20 values. Columns of
        a frame that are declared categories, and strings, always are.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values.
    multioutput : {"joint", "average"}, default="joint"
        Whether several columns of y are one variable, or terms are averaged over
        them.
    missing : {"error", "category", "pairwise"}, default="error"
        What NaN (None, NA) in X means: an error, a level of its own, or a row that is
        left out of the terms of that column. Tests of "auto" and of pairs draw a value
        from the others of the column then.
    random_state : int, RandomState instance or None, default=None
        Draws permutations, and the noise by which "knn" breaks ties. Nothing else is
        random.
    n_jobs : int, default=None
        Threads of "knn" and of permutations. Results do not depend on it.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        Value of the criterion, in nats but for "miq", "disr", costs and shares: of a
        selected column at the moment it was taken, of any other as a candidate for the
        next step. Exactly 0 for constant columns. Columns of a group share it.
    relevance_ : ndarray of shape (n_features,)
        :math:`I(X_j;Y)` in nats, or normalised.
    redundancy_ : ndarray of shape (n_features,)
        Mean of :math:`I(X_j;X_s)` over the selected columns, itself left out.
    ranking_ : ndarray of shape (n_features,)
        1 for the column taken first, and so on; columns not selected follow in
        order of their scores, constant ones last.
    support_ : ndarray of shape (n_features,)
        Mask of the selected columns.
    selected_ : ndarray of shape (n_selected,)
        Indices of the selected columns in order of selection.
    pvalues_ : ndarray of shape (n_features,)
        Family-wise p-value of a column when "auto" tested it, NaN if it did not, as
        for columns of ``keep`` and of ``interactions``.
    selection_path_ : dict of ndarray of shape (n_steps,)
        The search step by step: "step" (from 1), "feature" (index; the first of a
        group), "criterion" (NaN for columns of ``keep``), "relevance", "redundancy"
        (mean :math:`I(X_j;X_s)` with the columns taken before; 0 at first), in nats,
        and "p_value".
    interactions_ : named tuple (pairs, synergy, joint, p_value)
        With ``interactions="pairs"``: pairs of columns (m, 2) that tell about y
        together what they do not tell apart; how much in nats,
        :math:`I(X_i,X_j;Y) - I(X_i;Y) - I(X_j;Y)`; what they tell together; and
        family-wise p-values. In cruder bins than ``relevance_``.
    bin_edges_ : list of ndarray
        After ``partial_fit``: the inner edges of each column's bins.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    sklearn.feature_selection.SelectKBest : Scores each column on its own.
    skmi.feature_selection.mutual_info_classif : Information of each column.
    skmi.information.mutual_information : Information of one table.

    Notes
    -----
    Columns of equal score are taken in order of their index, so of two copies the
    first is kept. Constant columns are taken only when no other is left.

    The criteria are approximations of :math:`I(X_j;Y|X_S)` [11]_. All searches are
    greedy. JMI and DISR do not drop redundant columns, and no criterion finds a pair
    that tells about y only together unless ``interactions="pairs"``.

    A callable criterion gets ``relevance`` :math:`I(X_j;Y)` of shape (d,), and
    ``redundancy`` :math:`I(X_j;X_s)`, ``conditional`` :math:`I(X_j;X_s|Y)`,
    ``conditional_relevance`` :math:`I(X_j;Y|X_s)`, ``joint`` :math:`I(X_j,X_s;Y)` and
    ``joint_entropy`` :math:`H(X_j,X_s,Y)` of shape (d, len(S)), ``triple``
    :math:`I(X_j;Y|X_a,X_b)` for each pair of S, ``given_all`` :math:`I(X_j;Y|X_S)`,
    ``entropies`` and ``entropy_given_all`` of shape (d,), read-only, and the tuple
    ``selected``, empty at first; ``terms.mean(name)``, ``terms.total(name)`` and
    ``terms.least(name)`` reduce a term over S in less memory. Only terms it touches
    are computed.

    ``sample_weight`` are frequencies: weight 2 equals a row repeated, exactly, in
    scores, ranks and the support at a given number of columns; not in p-values, and
    hence not with ``interactions``, as copies of a row are no new evidence. Only
    "binned" takes them.

    Cost of "binned": O(d n) for the bins, then O(n d) counting a step. A step with
    classes in k bins also reads :math:`d k^2 n_{classes}` cells. Memory: the codes,
    one byte a value, and their bits. Sparse X is never made dense: O(nnz) a step.
    Counting loops are compiled at the first fit and cached on disk.

    References
    ----------
    .. [1] R. Battiti (1994), "Using mutual information for selecting features in
       supervised neural net learning".
    .. [2] H. Peng, F. Long, C. Ding (2005), "Feature selection based on mutual
       information: criteria of max-dependency, max-relevance, and min-redundancy".
    .. [3] H. H. Yang, J. Moody (1999), "Data visualization and feature selection:
       new algorithms for nongaussian data".
    .. [4] K. Sechidis, L. Azzimonti, A. Pocock, G. Corani, J. Weatherall, G. Brown
       (2019), "Efficient feature selection using shrinkage estimators".
    .. [5] M. Bennasar, Y. Hicks, R. Setchi (2015), "Feature selection using joint
       mutual information maximisation".
    .. [6] F. Fleuret (2004), "Fast binary feature selection with conditional mutual
       information".
    .. [7] D. Lin, X. Tang (2006), "Conditional infomax learning".
    .. [8] A. Jakulin (2005), "Machine learning based on attribute interactions".
    .. [9] P. Meyer, G. Bontempi (2006), "On the use of variable complementarity for
       feature selection in cancer classification".
    .. [10] P. Pudil, J. Novovicova, J. Kittler (1994), "Floating search methods in
       feature selection".
    .. [11] G. Brown, A. Pocock, M.-J. Zhao, M. Lujan (2012), "Conditional likelihood
       maximisation: a unifying framework for information theoretic feature
       selection".
    .. [12] C. Ding, H. Peng (2005), "Minimum redundancy feature selection from
       microarray gene expression data".
    .. [13] K. Zhu et al. (2024), "An information bottleneck perspective for effective
       noise filtering on retrieval-augmented generation".
    .. [14] J. R. Landis, E. R. Heyman, G. G. Koch (1978), "Average partial association
       in three-way contingency tables: a review and discussion of alternative tests".

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmi.feature_selection import SelectByMutualInfo
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> selector = SelectByMutualInfo(n_features_to_select=3).fit(X, y)
    >>> [X.columns[j] for j in selector.selected_]
    ['worst perimeter', 'worst concave points', 'worst texture']
    >>> selector.scores_[selector.selected_].round(2)
    array([0.45, 0.09, 0.06])
    >>> selector.transform(X).shape
    (569, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_features_to_select": [
            None,
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "criterion": [StrOptions(set(CRITERIA)), callable],
        "estimator": [StrOptions(set(ESTIMATORS)), callable],
        "direction": [StrOptions(set(SEARCHES))],
        "interactions": [None, StrOptions({"pairs"})],
        "keep": [None, slice, "array-like", Integral, str],
        "feature_groups": [None, list, tuple],
        "feature_costs": [None, "array-like"],
        "beta": [None, Interval(Real, 0, None, closed="left")],
        "normalize": ["boolean"],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "n_bins": [Interval(Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "n_bins_target": [
            None,
            Interval(Integral, 2, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "bin_edges": [None, list, tuple],
        "correction": [StrOptions({"chi_square", "miller_madow", "plugin"})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": ["boolean", StrOptions({"auto"})],
        "multioutput": [StrOptions({"joint", "average"})],
        "missing": [StrOptions({"error", "category", "pairwise"})],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        n_features_to_select: int | float | str | None = None,
        *,
        criterion: Any = "cmim",
        estimator: Any = "binned",
        direction: str = "forward",
        interactions: str | None = None,
        keep: Any = None,
        feature_groups: Any = None,
        feature_costs: Any = None,
        beta: float | None = None,
        normalize: bool = False,
        alpha: float = 0.05,
        n_permutations: int = 99,
        n_bins: int | str = 8,
        n_bins_target: int | str | None = None,
        bin_edges: Any = None,
        correction: str = "miller_madow",
        n_neighbors: int = 3,
        discrete_features: Any = "auto",
        discrete_target: bool | str = "auto",
        multioutput: str = "joint",
        missing: str = "error",
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_features_to_select = n_features_to_select
        self.criterion = criterion
        self.estimator = estimator
        self.direction = direction
        self.interactions = interactions
        self.keep = keep
        self.feature_groups = feature_groups
        self.feature_costs = feature_costs
        self.beta = beta
        self.normalize = normalize
        self.alpha = alpha
        self.n_permutations = n_permutations
        self.n_bins = n_bins
        self.n_bins_target = n_bins_target
        self.bin_edges = bin_edges
        self.correction = correction
        self.n_neighbors = n_neighbors
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.multioutput = multioutput
        self.missing = missing
        self.random_state = random_state
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None
    ) -> SelectByMutualInfo:
        """Rank the columns of X by what they tell about y.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n, d)
            Real numbers; in frames of pandas or polars also booleans, strings and
            categories.
        y : array-like of shape (n,) or (n, n_outputs)
            Classes or real numbers; see ``discrete_target``.
        sample_weight : array-like of shape (n,), default=None
            Frequencies of the rows, at least 0.
        groups : array-like of shape (n,), default=None
            Rows of one group, such as those of one patient, belong together: "auto"
            permutes whole groups.

        Returns
        -------
        SelectByMutualInfo
            The fitted selector.

        Raises
        ------
        ValueError
            If X or y hold missing or infinite values or are of the wrong kind or
            shape, if more columns are wanted than there are, or if a parameter is
            not one of those accepted. The object is then left as it was.
        """
        with atomic_fit(self):
            problem, groups = read_problem(self, X, y, sample_weight, groups)
            warn_of_nothing(problem.y)
            keep_result(self, search_problem(self, problem, names_of(X), groups))
            for name in ("_stream", "bin_edges_"):
                vars(self).pop(name, None)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> SelectByMutualInfo:
        """Take in a block of rows, and select by all rows so far.

        The first block fixes the bins, unless ``bin_edges`` does, the classes, unless
        ``classes`` does, and the bins of a continuous target. Tables of all pairs of
        columns are kept, whatever the number of rows; blocks in any split give exactly
        what ``fit`` gives with the same ``bin_edges``. Only numbers are taken, one
        target, "binned", and a given number of columns.

        Parameters
        ----------
        X : array-like or frame of shape (n, d)
            Numbers.
        y : array-like of shape (n,)
            Classes or real numbers, of the same kind in all blocks.
        classes : array-like, default=None
            All classes that will come, in the first call.
        sample_weight : array-like of shape (n,), default=None
            Frequencies of the rows, at least 0.

        Returns
        -------
        SelectByMutualInfo
            The selector, fitted to all blocks.

        Raises
        ------
        ValueError
            As ``fit``; and if options are set that blocks cannot have, if y has labels
            that are not among the classes, or if the tables would take more than 1 GiB.
            The object is then left as it was.
        """
        with atomic_fit(self):
            stream = add_block(self, X, y, classes, sample_weight)
            keep_result(self, search_stream(self, stream, names_of(X)))
            self._stream = stream._asdict()
            self.bin_edges_ = stream.bin_edges
        return self

    def _get_support_mask(self) -> np.ndarray:
        """Return the mask of the selected columns."""
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.sparse = self.estimator == "binned"
        tags.input_tags.allow_nan = self.missing != "error"
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
