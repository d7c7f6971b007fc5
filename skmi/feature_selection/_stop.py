"""When a search ends: no column left tells more than chance would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import check_random_state

from skmi.feature_selection._coarse import commonest, few_levels
from skmi.feature_selection._strata import AdditivePosterior, similar_rows, softmax
from skmi.feature_selection._stratified import Draws, deviates, exchanges, signs
from skmi.information import joint_tables, mutual_information_test

# Rows (or groups) of a stratum at least, and strata at most.
_MIN_STRATUM, _MAX_STRATA = 20, 1024
# Cells of tables that are held at the same time.
_CELLS = 1 << 23
# Levels of a column and of y; the rarest become one.
_MAX_LEVELS, _MAX_CLASSES = 64, 32
# Levels of a column that is looked at beside a selected one, and how many of these.
_FEW, _MAX_PARTNERS = 4, 16
# Deviate from which two selected columns tell about y together, and how many such
# pairs a newly selected column may enter.
_SURE, _MAX_INTERACTIONS = 3.0, 4
# Rows a cell at least, on average, for the tail of chi-square.
_ROWS_A_CELL = 5


class StopRule:
    """Test of the column that a search would take next.

    Parameters
    ----------
    codes : ndarray of int of shape (n, d)
        Levels 0, 1, ... of each column.
    n_levels : ndarray of int of shape (d,)
        Numbers of levels.
    y : ndarray of int of shape (n,)
        Levels of the target: classes, or bins.
    alpha : float
        Level at which the search stops.
    n_permutations : int
        Rearrangements of y.
    sample_weight : ndarray of shape (n,) or None
        Frequencies of the rows.
    groups : ndarray of shape (n,) or None
        Rows of one group move together.
    ordered : ndarray of bool of shape (d,) or None
        Columns whose neighbouring levels are alike; all if None.
    random_state : int, RandomState or None
    n_jobs : int or None
        Threads.

    Raises
    ------
    ValueError
        If there are too few permutations for any p-value to reach alpha.

    Notes
    -----
    The null hypothesis is that no open column tells anything about Y beside the
    selected ones. Y may then be rearranged among rows for which the selected columns
    say the same about it: among rows of similar P(Y | selected). The probabilities come
    from a model whose log-odds are a sum over the selected columns, and over pairs of
    them that tell about Y together; the strata from halving. A rearrangement keeps what
    Y has to do with the selected columns, and with all others through them: copies of a
    selected column look in it as they look in the data.

    The statistic of a column is the generalised one of Cochran, Mantel and Haenszel
    [1]_: how far its table with Y lies from the one expected in the strata, in terms of
    its covariance, with (L - 1)(C - 1) degrees of freedom however many strata there
    are. For comparisons of columns of different L it becomes a normal deviate by a cube
    root [2]_. The p-value is the rank of the candidate's among the largest of all open
    columns [3]_: it is family-wise, and holds for whatever candidate a criterion
    chooses.

    This sees what a column adds on the average. Where it is not significant, columns
    are tested once more together with each selected one, both cut into four levels, and
    Y rearranged within these levels: a column may tell much beside one level and the
    opposite beside another. The p-value is twice the smaller one of the two. Groups
    with one label each are left with the first look.

    The first step, without groups and weights, takes the chi-square tail of Williams'
    corrected statistic and Sidak's bound over the open columns, which is as good.

    With groups, Y constant within each: labels of whole groups are exchanged, within
    strata of their mean log-odds. With groups in which Y varies, or with weights,
    nothing may be exchanged: rows of a group depend on one another, and weights may
    depend on Y. The contributions of groups (or rows) to the table then get random
    signs [4]_, which holds as the number of groups grows. Weights are part of the
    table, but the test does not take them for repetitions: a weight of 2 is one
    observation, not two.

    Cost of a step O(n d k (C - 1) / 512) for k permutations, and O(n) for each
    selected column; with weights or groups whose Y varies, O(n d k (C - 1)).

    References
    ----------
    .. [1] J. R. Landis, E. R. Heyman, G. G. Koch (1978), "Average partial association
       in three-way contingency tables: a review and discussion of alternative tests".
    .. [2] E. B. Wilson, M. M. Hilferty (1931), "The distribution of chi-square".
    .. [3] P. H. Westfall, S. S. Young (1993), "Resampling-based multiple testing".
    .. [4] J. Hemerik, J. J. Goeman, L. Finos (2020), "Robust testing in generalized
       linear models by sign flipping score contributions".
    """

    def __init__(
        self,
        codes: np.ndarray,
        n_levels: np.ndarray,
        y: np.ndarray,
        *,
        alpha: float = 0.05,
        n_permutations: int = 99,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        ordered: np.ndarray | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        if alpha * (1 + n_permutations) + 1e-9 < 2:
            least = int(np.ceil(2 / alpha - 1e-9)) - 1
            msg = (
                f"n_permutations must be at least {least} for alpha={alpha}, found "
                f"{n_permutations}: p-values would not reach it."
            )
            raise ValueError(msg)
        self.alpha = alpha
        self._codes, self._n_levels = _bounded(codes, np.array(n_levels))
        y = np.unique(y, return_inverse=True)[1]
        self._y = commonest(y, _MAX_CLASSES).astype(np.int64)
        self._n_classes = int(self._y.max()) + 1
        self._n_permutations, self._n_jobs = n_permutations, n_jobs
        self._weight = (
            None if sample_weight is None else np.asarray(sample_weight, float)
        )
        self._ordered = np.ones(len(n_levels), bool) if ordered is None else ordered
        self._few_codes: np.ndarray | None = None
        self._groups = None
        if groups is not None:
            self._groups = np.unique(groups, return_inverse=True)[1]
        self._seed = int(check_random_state(random_state).randint(2**31 - 1))
        # The model of the columns that were asked for last.
        self._latest: tuple[tuple[int, ...], AdditivePosterior] = (), self._prior()

    def p_value(
        self, selected: tuple[int, ...], candidate: int, is_open: np.ndarray
    ) -> float:
        """Return the family-wise p-value of a candidate beside the selected columns.

        The candidate is one of the open columns (d,). The answer depends on the
        question and the seed alone, not on what was asked before.
        """
        is_open = np.array(is_open, dtype=bool)
        is_open[candidate] = True
        columns = np.flatnonzero(is_open)
        plain = self._groups is None and self._weight is None
        if self._n_classes == 1 or self._n_levels[candidate] == 1:
            return 1.0
        if not selected and plain and self._is_large(columns):
            return self._from_chi_square(candidate, columns.size)
        selected = tuple(int(j) for j in selected)
        draws = self._draws(selected)
        p_value = self._rank(candidate, columns, [(None, draws)])
        if not selected or self._is_constant_in_groups():
            return p_value
        if 2 * p_value > self.alpha:
            looks = [(s, self._beside(s, draws)) for s in selected[:_MAX_PARTNERS]]
            p_value = min(p_value, self._rank(candidate, columns, looks))
        return min(1.0, 2 * p_value)

    def _rank(
        self,
        candidate: int,
        columns: np.ndarray,
        looks: Sequence[tuple[int | None, Draws]],
    ) -> float:
        """Return the p-value of a candidate, as the partner of others or alone."""
        largest = np.full(self._n_permutations + 1, -np.inf)
        own = -np.inf
        for part, values in self._deviates(columns, looks):
            np.maximum(largest, values.max(axis=0), out=largest)
            if candidate in part:
                own = max(own, values[np.flatnonzero(part == candidate)[0], 0])
        # Rounding must not tell rearrangements apart that are the same.
        n_exceed = np.sum(largest[1:] >= own - 1e-9)
        return float((1 + n_exceed) / (1 + self._n_permutations))

    def _is_large(self, columns: np.ndarray) -> bool:
        """Tell whether tables of all columns with Y have enough rows a cell."""
        n_cells = self._n_levels[columns].max() * self._n_classes
        return len(self._y) >= _ROWS_A_CELL * n_cells

    def _from_chi_square(self, candidate: int, n_open: int) -> float:
        """Return the p-value of a first column, by Williams and Sidak."""
        table = joint_tables(self._codes[:, [candidate]], self._y)[0]
        p_value = mutual_information_test(table, null="williams").p_value
        return float(-np.expm1(n_open * np.log1p(-min(p_value, 1 - 1e-16))))

    def _draws(self, selected: tuple[int, ...]) -> Draws:
        """Return what the null hypothesis lets be drawn beside the selected columns."""
        generator = np.random.default_rng([self._seed, *selected])
        model, groups = self._model(selected), self._groups
        y, n_draws = self._y, self._n_permutations
        by_signs = groups is not None and not self._is_constant_in_groups()
        if self._weight is not None or by_signs:
            strata = self._strata(model.probabilities())
            return signs(y, strata, self._weight, groups, n_draws, generator)
        if groups is None:
            strata = self._strata(model.probabilities())
            return exchanges(y, strata, np.arange(len(y)), n_draws, generator)
        sizes = np.bincount(groups)
        logits = np.stack([np.bincount(groups, z) / sizes for z in model.logits])
        strata = self._strata(softmax(logits))
        of_groups = np.empty(len(sizes), dtype=np.int64)
        of_groups[groups] = y
        return exchanges(of_groups, strata, groups, n_draws, generator)

    def _beside(self, partner: int, draws: Draws) -> Draws:
        """Return draws within the levels of a selected column too.

        Strata leave a trace of what the column tells about Y, which would be taken for
        that of its pairs.
        """
        strata = draws.strata.astype(np.int64) * _FEW + self._few()[:, partner]
        strata = np.unique(strata, return_inverse=True)[1]
        n_draws = self._n_permutations
        generator = np.random.default_rng([self._seed, partner, n_draws])
        if self._weight is not None or self._groups is not None:
            return signs(
                self._y, strata, self._weight, self._groups, n_draws, generator
            )
        everyone = np.arange(len(self._y))
        return exchanges(self._y, strata, everyone, n_draws, generator)

    def _is_constant_in_groups(self) -> bool:
        """Tell whether there are groups, and all rows of each have one label."""
        if self._groups is None or self._weight is not None:
            return False
        cells = self._groups * self._n_classes + self._y
        return np.unique(cells).size == int(self._groups.max()) + 1

    def _prior(self) -> AdditivePosterior:
        """Return the model of no columns."""
        return AdditivePosterior(self._y, self._n_classes, self._weight)

    def _model(self, selected: tuple[int, ...]) -> AdditivePosterior:
        """Return the model of P(Y | selected), built up column by column."""
        known, model = self._latest
        if selected[: len(known)] != known:
            known, model = (), self._prior()
        for k in range(len(known), len(selected)):
            model = model.having([self._codes[:, selected[k]]])
            if k > 0:
                before = list(selected[: min(k, _MAX_PARTNERS)])
                model = self._with_interactions(model, before, selected[k])
        self._latest = selected, model
        return model

    def _strata(self, probabilities: np.ndarray) -> np.ndarray:
        """Return strata of rows or groups, of probabilities (n_classes, n)."""
        least = max(_MIN_STRATUM, probabilities.shape[1] // _MAX_STRATA)
        return similar_rows(probabilities, least)

    def _with_interactions(
        self, model: AdditivePosterior, before: list[int], last: int
    ) -> AdditivePosterior:
        """Return the model with what the last column tells together with others."""
        few = self._few()
        joined = few[:, before] + _FEW * few[:, [last]]
        strata = self._strata(model.probabilities())
        nothing = np.random.default_rng(0)
        data = exchanges(self._y, strata, np.arange(len(strata)), 0, nothing)
        found = deviates(joined, data)[:, 0]
        best = np.argsort(-found, kind="stable")[:_MAX_INTERACTIONS]
        kept = [joined[:, k] for k in best if found[k] > _SURE]
        return model.having(kept) if kept else model

    def _deviates(
        self, columns: np.ndarray, looks: Sequence[tuple[int | None, Draws]]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield columns and deviates (m, 1 + n_permutations), the data first."""
        n_levels = int(self._n_levels[columns].max())
        n_cells = max(n_levels, _FEW**2) * self._n_classes
        width = max(1, _CELLS // (n_cells * (1 + self._n_permutations)))
        tasks = [
            (columns[first : first + width], look)
            for look in looks
            for first in range(0, columns.size, width)
        ]

        def of_task(
            task: tuple[np.ndarray, tuple[int | None, Draws]],
        ) -> np.ndarray:
            part, (partner, draws) = task
            if partner is None:
                return deviates(self._codes[:, part], draws)
            few = self._few()
            return deviates(few[:, part] + _FEW * few[:, [partner]], draws)

        parts = [part for part, _ in tasks]
        n_threads = effective_n_jobs(self._n_jobs)
        if n_threads == 1 or len(tasks) == 1:
            yield from zip(parts, map(of_task, tasks), strict=True)
            return
        with ThreadPoolExecutor(n_threads) as pool:
            yield from zip(parts, pool.map(of_task, tasks), strict=True)

    def _few(self) -> np.ndarray:
        """Return the codes of few levels that pairs of columns are tested in."""
        if self._few_codes is None:
            few = [
                few_levels(self._codes[:, j], int(k), _FEW, is_ordered)
                for j, (k, is_ordered) in enumerate(
                    zip(self._n_levels, self._ordered, strict=True)
                )
            ]
            self._few_codes = np.array(few, dtype=np.uint8).T
        return self._few_codes


def _bounded(codes: np.ndarray, n_levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of few levels, the rarest made one, and their numbers."""
    many = np.flatnonzero(n_levels > _MAX_LEVELS)
    if many.size:
        codes = codes.copy(order="F")
    for j in many:
        codes[:, j] = commonest(codes[:, j], _MAX_LEVELS)
        n_levels[j] = _MAX_LEVELS
    return codes, n_levels
