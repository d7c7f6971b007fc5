"""Greedy selection of columns by mutual information with the target."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.feature_selection import SelectorMixin
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_X_y, resolve_count
from skmi.feature_selection._criteria import CRITERIA
from skmi.feature_selection._search import forward
from skmi.feature_selection._target import encode_target, has_categories
from skmi.feature_selection._terms import ESTIMATORS, Terms


class SelectByMutualInfo(SelectorMixin, BaseEstimator):
    r"""Select columns one by one by what they add to the information on a target.

    The first column taken is the one with the largest mutual information with the
    target. Each further one has the best value of a criterion that also weighs what
    the columns taken before already tell.

    Parameters
    ----------
    n_features_to_select : int or float, default=None
        Number of columns to select, or their share if a float in (0, 1]. None means
        half of them.
    criterion : {"cmim", "jmi", "mim", "mrmr"} or callable, default="cmim"
        What is maximised at each step; S are the columns selected so far.

        - "cmim": :math:`\min_{s \in S} I(X_j;Y|X_s)` [1]_. Drops copies; a column
          that is useful only beside two others is missed.
        - "jmi": mean over S of :math:`I(X_j;Y|X_s)` [2]_. It ranks as the sum of
          :math:`I(X_j,X_s;Y)` does. It tolerates redundant columns.
        - "mrmr": :math:`I(X_j;Y)` minus the mean over S of :math:`I(X_j;X_s)`
          [3]_. The cheapest; may be negative.
        - "mim": :math:`I(X_j;Y)` alone. Keeps copies.

        A callable takes a record of terms with the read-only arrays ``relevance``
        :math:`I(X_j;Y)` of shape (d,), and ``redundancy`` :math:`I(X_j;X_s)`,
        ``conditional`` :math:`I(X_j;X_s|Y)`, ``conditional_relevance``
        :math:`I(X_j;Y|X_s)` and ``joint`` :math:`I(X_j,X_s;Y)` of shape
        (d, len(S)), all in nats, and the tuple ``selected``, empty at first;
        ``terms.mean(name)`` and ``terms.least(name)`` reduce a term over S in less
        memory. It returns scores of shape (d,). Only terms it touches are computed.
    estimator : {"binned"}, default="binned"
        How information is estimated: "binned" counts codes. Columns with at most
        ``n_bins`` values keep their values, others are cut in bins of equal
        frequency.
    n_bins : int, default=8
        Number of bins of a continuous column, and of a continuous target. More
        bins see finer dependence and are biased upward more.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values. Any other y
        is continuous and is cut in bins of equal frequency.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        Value of the criterion in nats: of a selected column at the moment it was
        taken, of any other as a candidate for the next step. Exactly 0 for constant
        columns.
    relevance_ : ndarray of shape (n_features,)
        :math:`I(X_j;Y)` in nats.
    ranking_ : ndarray of shape (n_features,)
        1 for the column taken first, and so on; columns not selected follow in
        order of their scores, constant ones last.
    support_ : ndarray of shape (n_features,)
        Mask of the selected columns.
    selected_ : ndarray of shape (n_selected,)
        Indices of the selected columns in order of selection.
    selection_path_ : dict of ndarray of shape (n_selected,)
        The search step by step: "step" (from 1), "feature" (index), "criterion",
        "relevance" and "redundancy" (mean :math:`I(X_j;X_s)` with the columns taken
        before; 0 at first), in nats.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    sklearn.feature_selection.SelectKBest : Scores each column on its own.
    sklearn.feature_selection.mutual_info_classif : Information by neighbours.
    skmi.information.mutual_information : Information of one table.

    Notes
    -----
    The result is determined by the data: nothing is random. Columns of equal score
    are taken in order of their index, so of two copies the first is kept. Constant
    columns are taken only when no other is left.

    Information is the plug-in estimate, too high by about
    :math:`(k_j - 1)(k_y - 1) / 2n` for :math:`k_j` and :math:`k_y` levels, and
    conditional terms by more: columns with more levels look better than they are.
    Every criterion here is greedy. A pair of columns that tells about y only
    together (parity) is not found.

    Cost: O(d n log n) for the bins, then O(n d) counting a step. A step with
    classes in k bins also reads :math:`d k^2 n_{classes}` cells. Memory: the codes,
    one byte a value; a callable criterion takes 8 d ``n_selected`` bytes more for
    each term of shape (d, len(S)) that it touches. Counting loops are compiled at
    the first fit and cached on disk.

    References
    ----------
    .. [1] F. Fleuret (2004), "Fast binary feature selection with conditional mutual
       information".
    .. [2] H. H. Yang, J. Moody (1999), "Data visualization and feature selection:
       new algorithms for nongaussian data".
    .. [3] H. Peng, F. Long, C. Ding (2005), "Feature selection based on mutual
       information: criteria of max-dependency, max-relevance, and min-redundancy".
    .. [4] G. Brown, A. Pocock, M.-J. Zhao, M. Lujan (2012), "Conditional likelihood
       maximisation: a unifying framework for information theoretic feature
       selection".

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmi.feature_selection import SelectByMutualInfo
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> selector = SelectByMutualInfo(n_features_to_select=3).fit(X, y)
    >>> [X.columns[j] for j in selector.selected_]
    ['worst perimeter', 'worst concave points', 'worst texture']
    >>> selector.scores_[selector.selected_].round(2)
    array([0.46, 0.1 , 0.07])
    >>> selector.transform(X).shape
    (569, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_features_to_select": [
            None,
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "criterion": [StrOptions(set(CRITERIA)), callable],
        "estimator": [StrOptions(set(ESTIMATORS))],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "discrete_target": ["boolean", StrOptions({"auto"})],
    }

    def __init__(
        self,
        n_features_to_select: int | float | None = None,
        *,
        criterion: Any = "cmim",
        estimator: str = "binned",
        n_bins: int = 8,
        discrete_target: bool | str = "auto",
    ) -> None:
        self.n_features_to_select = n_features_to_select
        self.criterion = criterion
        self.estimator = estimator
        self.n_bins = n_bins
        self.discrete_target = discrete_target

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> SelectByMutualInfo:
        """Rank the columns of X by what they tell about y.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Finite real numbers.
        y : array-like of shape (n,)
            Classes or real numbers; see ``discrete_target``.

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
            categories = has_categories(y)
            X, y = check_X_y(self, X, y, ensure_min_samples=2)
            n_select = resolve_count(
                self.n_features_to_select, X.shape[1], name="n_features_to_select"
            )
            codes = encode_target(
                y, self.discrete_target, self.n_bins, categories=categories
            )
            self._search(X, codes, n_select)
        return self

    def _search(self, X: np.ndarray, codes: np.ndarray, n_select: int) -> None:
        """Run the search and keep what it found."""
        if not codes.any():
            warnings.warn(
                "y has only one value: no column can tell anything about it, and all "
                "scores are 0.",
                UserWarning,
                stacklevel=4,
            )
        engine = ESTIMATORS[self.estimator](X, codes, n_bins=self.n_bins)
        terms = Terms(engine, n_select)
        criterion = self.criterion
        if isinstance(criterion, str):
            criterion = CRITERIA[criterion]
        found = forward(terms, criterion, n_select, engine.informative)
        self.relevance_ = terms.relevance.copy()
        self.scores_ = found.scores
        self.ranking_ = found.ranking
        self.selected_ = found.selected
        self.selection_path_ = found.path
        self.support_ = found.ranking <= n_select

    def _get_support_mask(self) -> np.ndarray:
        """Return the mask of the selected columns."""
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
