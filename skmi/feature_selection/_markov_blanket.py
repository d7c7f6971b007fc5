"""The Markov blanket of a target: columns given which no other tells anything."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import (
    atomic_fit,
    check_as_many_rows,
    check_generator,
    check_y_given,
)
from skmi.feature_selection._conditional_tests import (
    STATISTICS,
    Conditional,
    Sample,
    conditional_test,
)
from skmi.feature_selection._frames import FrameSelectorMixin
from skmi.feature_selection._read import read_columns
from skmi.feature_selection._target import TargetKindMixin, read_target
from skmi.information import suggest_n_bins

# Bins of a number where n_bins="auto": few, for tables are conditional.
_MOST_BINS = 8
_LEVELS_OF_CONDITION = 4


class MarkovBlanketSelector(TargetKindMixin, FrameSelectorMixin, BaseEstimator):
    r"""Select the columns given which no other column tells anything about a target.

    In a Bayesian network the Markov blanket of a node are its parents, its children
    and the other parents of its children. The search grows a set by the column that
    tells most given the set, as long as one is significant, then drops members that
    the others make worthless [1]_ [2]_. Columns may be numbers, whole numbers and
    categories side by side.

    Parameters
    ----------
    alpha : float, default=0.05
        Level of each test. While the set grows, all columns outside are tested
        together, by the maximum over them: where none tells anything, the probability
        that one is taken is ``alpha`` in all, not for each. When it shrinks, each
        member is tested by itself.
    max_features : int, default=None
        Largest number of members; None means any.
    estimator : {"binned", "knn"}, default="binned"
        How information is estimated: "binned" counts codes of columns, in cells of
        rows that are alike in the members; "knn" looks at nearest neighbours, far
        slower, and worth it for a few hundred rows of numbers.
    n_permutations : int, default=99
        Permutations of y in each test, at least 1 / alpha - 1.
    n_bins : int or "auto", default="auto"
        Number of bins of a continuous column or target. "auto" takes from 3 to 8, as
        :func:`skmi.information.suggest_n_bins` has it for a condition of 4 levels.
    n_neighbors : int, default=10
        Neighbours of "knn". Bias does no harm in a permutation test, so there are
        more of them than estimation would want.
    discrete_features : "auto", bool, or array-like, default="auto"
        Which columns hold categories: all or none, a mask, indices or names. "auto"
        takes booleans, and whole numbers (by dtype) with at most 20 values. Columns of
        a frame that are declared categories, and strings, always are.
    discrete_target : bool or "auto", default="auto"
        Whether y holds classes. With "auto" these do: strings, booleans, categories
        of a frame, and whole numbers with at most 20 different values.
    random_state : int, RandomState instance or None, default=None
        Draws the permutations.
    n_jobs : int, default=None
        Threads that share permutations. Results do not depend on it.

    Attributes
    ----------
    blanket_ : ndarray of shape (n_members,)
        Indices of the members in the order of their entrance.
    support_ : ndarray of shape (n_features,)
        Mask of the members.
    scores_ : ndarray of shape (n_features,)
        Information with y in nats given the members, or the other members; less its
        mean over permutations, so that it is about 0 where there is none; too small
        given many members, as rows of a cell keep what they share. As found in the
        last test of a column.
    pvalues_ : ndarray of shape (n_features,)
        p-value of each member given the others; of any other column given the
        members, of the maximum over all that were tested with it. 1 for constant
        columns.
    history_ : dict of ndarray of shape (n_steps,)
        The search step by step: "action" ("add" or "drop"), "feature" (index),
        "score" and "p_value" at that moment.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if X had names that are all strings.

    See Also
    --------
    SelectByMutualInfo : Ranks columns by greedy criteria, many at a time.
    skmi.model_selection.stability_selection : How often a selector takes each column.

    Notes
    -----
    A test of :math:`I(X_j;Y|X_B) = 0` permutes y among rows that are alike in the
    members B [3]_. The rows are split into cells: by the levels of categories, and at
    medians of numbers, always in the member that varies most in the cell, weighed by
    the root of its score, down to 3 to 5 rows. Levels of a category with fewer than 3
    rows in a cell share one. As rows of a cell are not quite alike in numbers, a
    permutation is drawn in proportion to the probability of y under it [4]_, by a
    Gaussian model of the normal scores of y, or a logistic one of classes, in curves
    and products of the members. Only where the model is wrong and the cells are wide
    does a test fail to hold its level: with four or more continuous members that act
    in curves, close copies of members may get in.

    The binned information is taken given larger cells of the same tree, of at least
    5 ``n_bins`` times the number of levels of y, so that a table has rows enough; that
    they are coarse costs power and not validity, for the tables of permutations share
    it.

    If y has one value, nothing is selected. When shrinking drops a column, the set
    grows again without it, until nothing changes.

    A column that tells about y only together with another one that is not in the set
    is not found (parity); a spouse is, once the common child is in.

    Cost of "binned": :math:`O(P n (d + \log n))` for each member, with P permutations,
    as much with d = 1 for each test of a pass that shrinks, and the fit of a linear
    model a test. "knn": a neighbour search for each column and permutation.

    References
    ----------
    .. [1] D. Margaritis, S. Thrun (1999), "Bayesian network induction via local
       neighborhoods", section 3.
    .. [2] I. Tsamardinos, C. F. Aliferis, A. Statnikov (2003), "Algorithms for large
       scale Markov blanket discovery", algorithm IAMB.
    .. [3] J. Runge (2018), "Conditional independence testing based on a
       nearest-neighbor estimator of conditional mutual information", algorithm 1.
    .. [4] T. B. Berrett, Y. Wang, R. F. Barber, R. J. Samworth (2020), "The
       conditional permutation test for independence while controlling for
       confounders", section 2.

    Examples
    --------
    The cause of a cause is shielded, the other parent of an effect is not:

    >>> import numpy as np
    >>> from skmi.feature_selection import MarkovBlanketSelector
    >>> rng = np.random.default_rng(0)
    >>> remote, noise, spouse, *errors = rng.normal(size=(6, 2000))
    >>> cause = remote + errors[0]
    >>> y = cause + errors[1]
    >>> effect = y + spouse + errors[2]
    >>> X = np.column_stack([remote, cause, effect, spouse, noise])
    >>> selector = MarkovBlanketSelector(random_state=0).fit(X, y)
    >>> np.flatnonzero(selector.support_)
    array([1, 2, 3])
    """

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "max_features": [None, Interval(Integral, 1, None, closed="left")],
        "estimator": [StrOptions(set(STATISTICS))],
        "n_permutations": [Interval(Integral, 1, None, closed="left")],
        "n_bins": [Interval(Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "discrete_features": [StrOptions({"auto"}), "boolean", "array-like"],
        "discrete_target": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        alpha: float = 0.05,
        *,
        max_features: int | None = None,
        estimator: str = "binned",
        n_permutations: int = 99,
        n_bins: int | str = "auto",
        n_neighbors: int = 10,
        discrete_features: Any = "auto",
        discrete_target: bool | str = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self.max_features = max_features
        self.estimator = estimator
        self.n_permutations = n_permutations
        self.n_bins = n_bins
        self.n_neighbors = n_neighbors
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.random_state = random_state
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> MarkovBlanketSelector:
        """Find the Markov blanket of y among the columns of X.

        Parameters
        ----------
        X : array-like or frame of shape (n, n_features)
            Real numbers; in frames of pandas or polars also booleans, strings and
            categories.
        y : array-like of shape (n,) or (n, n_outputs)
            Classes or real numbers, see ``discrete_target``; several columns are one
            variable.

        Returns
        -------
        MarkovBlanketSelector
            The fitted selector.

        Raises
        ------
        ValueError
            If X or y hold missing or infinite values or are of the wrong kind or
            shape, or a parameter is not one of those accepted. The object is then left
            as it was.

        Warns
        -----
        UserWarning
            If no column is significant.
        """
        with atomic_fit(self):
            sample = self._read(X, y)
            search = _Search(sample, self)
            search.run()
            self._keep(search)
        return self

    def _read(self, X: Any, y: Any) -> Sample:
        """Check all data and return them as numbers and codes."""
        check_y_given(self, y)
        if 1 / (self.n_permutations + 1) > self.alpha:
            msg = (
                f"n_permutations must be at least 1 / alpha - 1 = "
                f"{1 / self.alpha - 1:g}, found {self.n_permutations}: no p-value "
                "could be so small."
            )
            raise ValueError(msg)
        values, discrete = read_columns(
            self,
            X,
            discrete_features=self.discrete_features,
            missing="error",
            accept_sparse=False,
        )
        target, classes = read_target(y, self.discrete_target, self)
        check_as_many_rows(target, len(values))
        return Sample(
            values,
            discrete,
            target,
            classes,
            *self._bins(target, classes),
            self.n_neighbors,
        )

    def _bins(self, target: np.ndarray, classes: np.ndarray) -> tuple[int, int]:
        """Return the numbers of bins of columns and of the target."""
        if self.n_bins != "auto":
            return int(self.n_bins), int(self.n_bins)
        options = {"n_condition": _LEVELS_OF_CONDITION, "max_bins": _MOST_BINS}
        both = max(3, suggest_n_bins(len(target), **options))
        if not classes.all():
            return both, both
        n_classes = max(2, np.unique(target, axis=0).shape[0])
        return max(3, suggest_n_bins(len(target), n_classes, **options)), both

    def _keep(self, search: _Search) -> None:
        """Keep what was found."""
        self.blanket_ = np.array(search.blanket, dtype=np.intp)
        self.support_ = np.isin(np.arange(self.n_features_in_), self.blanket_)
        self.scores_ = search.scores
        self.pvalues_ = search.p_values
        self.history_ = search.history()
        if not search.blanket:
            warnings.warn(
                f"No column was selected: none is significant at alpha={self.alpha}.",
                UserWarning,
                stacklevel=4,
            )

    def _get_support_mask(self) -> np.ndarray:
        """Return the mask of the blanket."""
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


class _Search:
    """Grow a blanket, shrink it, and grow again what shrinking gave room for."""

    def __init__(self, sample: Sample, options: MarkovBlanketSelector) -> None:
        self.sample, self.options = sample, options
        self.statistic = STATISTICS[options.estimator](sample)
        self.rng = check_generator(options.random_state)
        n_features = sample.X.shape[1]
        self.room = n_features if options.max_features is None else options.max_features
        self.blanket: list[int] = []
        self.dropped: set[int] = set()
        self.scores = np.zeros(n_features)
        self.p_values = np.ones(n_features)
        self.steps: list[tuple[str, int, float, float]] = []

    def run(self) -> None:
        """Search until neither growing nor shrinking changes anything."""
        if (self.sample.y == self.sample.y[0]).all():
            return
        while self._grow() and self._shrink():
            pass

    def _grow(self) -> bool:
        """Take in columns while one is significant; tell whether any was."""
        grown = False
        while True:
            inside = np.isin(np.arange(len(self.scores)), self.blanket)
            columns = np.flatnonzero(self.statistic.informative & ~inside)
            if columns.size == 0:
                return grown
            found = self._test(columns, self.blanket)
            allowed = (found.p_values <= self.options.alpha) & ~np.isin(
                columns, list(self.dropped)
            )
            if not allowed.any() or len(self.blanket) >= self.room:
                return grown
            best = int(np.argmax(np.where(allowed, found.information, -np.inf)))
            self._record("add", columns[best])
            self.blanket.append(int(columns[best]))
            grown = True

    def _shrink(self) -> bool:
        """Drop members that the others make worthless; tell whether any was."""
        shrunk = False
        while self.blanket:
            for j in self.blanket:
                self._test(np.array([j]), [b for b in self.blanket if b != j])
            own = self.p_values[self.blanket]
            # Of several the one that tells least goes first.
            order = np.lexsort((self.scores[self.blanket], -own))
            if own[order[0]] <= self.options.alpha:
                return shrunk
            worst = self.blanket[order[0]]
            self._record("drop", worst)
            self.blanket.remove(worst)
            self.dropped.add(worst)
            shrunk = True
        return shrunk

    def _test(self, columns: np.ndarray, given: list[int]) -> Conditional:
        """Test columns given others and keep what was found."""
        members = np.array(given, dtype=np.intp)
        weights = np.sqrt(np.maximum(self.scores[members], 0.0))
        weights = np.maximum(weights, 0.2 * weights.max(initial=0.0)) + 1e-9
        found = conditional_test(
            self.statistic,
            self.sample,
            columns,
            members,
            weights,
            self.rng,
            self.options.n_permutations,
            self.options.n_jobs,
        )
        self.scores[columns] = found.information
        self.p_values[columns] = found.p_values
        return found

    def _record(self, action: str, column: Any) -> None:
        """Note a step of the search."""
        j = int(column)
        self.steps.append((action, j, float(self.scores[j]), float(self.p_values[j])))

    def history(self) -> dict[str, np.ndarray]:
        """Return the steps of the search as arrays."""
        names = {"action": "U4", "feature": np.intp, "score": float, "p_value": float}
        return {
            name: np.array([step[k] for step in self.steps], dtype=dtype)
            for k, (name, dtype) in enumerate(names.items())
        }
