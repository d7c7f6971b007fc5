"""When a search ends: no column left tells more than chance would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils import check_random_state

from skmi.feature_selection._coarse import commonest
from skmi.feature_selection._strata import AdditivePosterior, similar_rows, softmax
from skmi.information import cross_tables, joint_tables, mutual_information_test

# Rows (or groups) of a stratum at least; half of them decide how alike they are.
_MIN_STRATUM = 20
# Cells of tables that are held at the same time.
_CELLS = 1 << 23
# Levels of a column and of y; the rarest become one.
_MAX_LEVELS, _MAX_CLASSES = 64, 32
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
    pairs : sequence of pairs of int
        Columns that tell about y together: where both are selected, what they say is
        that of their combinations.
    random_state : int, RandomState or None
    n_jobs : int or None
        Threads.

    Notes
    -----
    The null hypothesis is that no open column tells anything about Y beside the
    selected ones. Y may then be rearranged among rows for which the selected columns
    say the same about it: among rows of similar P(Y | selected). The probabilities come
    from an additive model, the strata from halving. A rearrangement keeps what Y has to
    do with the selected columns, and with all others through them: copies of a selected
    column look in it as they look in the data.

    The statistic of a column is the generalised one of Cochran, Mantel and Haenszel:
    how far its table with Y lies from the one expected in the strata, in terms of its
    covariance. It sees what a column adds on the average over the strata, with
    (L - 1)(C - 1) degrees of freedom however many strata there are. For comparisons of
    columns of different L it becomes a normal deviate by Wilson and Hilferty's cube
    root. The p-value is the rank of the candidate's among the largest of all open
    columns: it is family-wise, and holds for whatever candidate a criterion chooses.

    The first step, without groups and weights, takes the chi-square tail of Williams'
    corrected statistic and Sidak's bound over the open columns, which is as good.

    With groups, Y constant within each: the labels of whole groups are exchanged,
    groups being strata's members by their mean log-odds. With groups in which Y varies,
    or with weights, nothing may be exchanged: rows of a group depend on one another,
    and weights may depend on Y. The contributions of groups (or rows) to the table
    then get random signs, which holds as the number of groups grows. Weights are part
    of the table, but p-values do not take them for repetitions: a weight of 2 is one
    observation, not two.
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
        pairs: Sequence[Sequence[int]] = (),
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.alpha = alpha
        self._codes, self._n_levels = _bounded(codes, np.array(n_levels))
        y = np.unique(y, return_inverse=True)[1]
        self._y = commonest(y, _MAX_CLASSES).astype(np.int64)
        self._n_classes = int(self._y.max()) + 1
        self._n_permutations, self._n_jobs = n_permutations, n_jobs
        self._pairs = [tuple(int(j) for j in pair) for pair in pairs]
        self._weight = (
            None if sample_weight is None else np.asarray(sample_weight, float)
        )
        self._groups = None
        if groups is not None:
            self._groups = np.unique(groups, return_inverse=True)[1]
        self._seed = int(check_random_state(random_state).randint(2**31 - 1))
        nothing = AdditivePosterior(self._y, self._n_classes, self._weight)
        self._models: dict[tuple[int, ...], AdditivePosterior] = {(): nothing}

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
        draws = self._draws(tuple(int(j) for j in selected))
        largest = np.full(self._n_permutations + 1, -np.inf)
        own = -np.inf
        for part, deviates in self._deviates(columns, draws):
            np.maximum(largest, deviates.max(axis=0), out=largest)
            if candidate in part:
                own = deviates[np.flatnonzero(part == candidate)[0], 0]
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

    def _draws(self, selected: tuple[int, ...]) -> _Draws:
        """Return what the null hypothesis lets be drawn beside the selected columns."""
        generator = np.random.default_rng([self._seed, *selected])
        model = self._model(selected)
        y, n_draws = self._y, self._n_permutations
        if self._groups is None and self._weight is None:
            strata = similar_rows(model.probabilities(), _MIN_STRATUM)
            labels = _orders(y, strata, n_draws, generator)
            return _Draws(strata, _shares(y, strata, self._n_classes), labels, None)
        if self._weight is None and self._is_constant_in_groups():
            assert self._groups is not None
            sizes = np.bincount(self._groups)
            logits = np.stack(
                [np.bincount(self._groups, z) / sizes for z in model.logits]
            )
            strata = similar_rows(softmax(logits), _MIN_STRATUM)
            of_groups = np.empty(len(sizes), dtype=np.int64)
            of_groups[self._groups] = y
            labels = _orders(of_groups, strata, n_draws, generator)
            shares = _shares(of_groups, strata, self._n_classes)
            places = self._groups
            return _Draws(strata[places], shares, labels[:, places], None)
        strata = similar_rows(model.probabilities(), _MIN_STRATUM)
        n_units = len(y) if self._groups is None else int(self._groups.max()) + 1
        signs = generator.choice(
            np.array([-1.0, 1.0], dtype=np.float32), (n_units, n_draws)
        )
        signs = np.hstack([np.ones((n_units, 1), dtype=np.float32), signs])
        if self._groups is not None:
            signs = signs[self._groups]
        weight = np.ones(len(y)) if self._weight is None else self._weight
        shares = _shares(y, strata, self._n_classes, weight)
        return _Draws(strata, shares, None, signs)

    def _is_constant_in_groups(self) -> bool:
        """Tell whether all rows of each group have one label."""
        assert self._groups is not None
        cells = self._groups * self._n_classes + self._y
        return np.unique(cells).size == int(self._groups.max()) + 1

    def _model(self, selected: tuple[int, ...]) -> AdditivePosterior:
        """Return the model of P(Y | selected), built up column by column."""
        if selected not in self._models:
            *before, last = selected
            columns = [self._codes[:, last]]
            for i, j in self._pairs:
                if (i == last and j in before) or (j == last and i in before):
                    n_other = int(self._n_levels[j])
                    pair = self._codes[:, i].astype(np.intp) * n_other
                    columns.append(pair + self._codes[:, j])
            self._models[selected] = self._model(tuple(before)).having(columns)
        return self._models[selected]

    def _deviates(
        self, columns: np.ndarray, draws: _Draws
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield columns and deviates (m, 1 + n_permutations), the data first."""
        n_cells = int(self._n_levels[columns].max()) * self._n_classes
        width = max(1, _CELLS // (n_cells * (1 + self._n_permutations)))
        parts = [
            columns[first : first + width] for first in range(0, columns.size, width)
        ]
        exact = self._groups is None and self._weight is None

        def of_part(part: np.ndarray) -> np.ndarray:
            codes = self._codes[:, part]
            if draws.signs is not None:
                values, dof = self._signed(codes, draws)
            else:
                values, dof = self._rearranged(codes, draws)
            return (
                _normal_deviates(values, dof[:, None])
                if exact
                else _standardised(values)
            )

        if self._n_jobs is None or self._n_jobs == 1 or len(parts) == 1:
            yield from ((part, of_part(part)) for part in parts)
            return
        n_threads = None if self._n_jobs < 0 else self._n_jobs
        with ThreadPoolExecutor(n_threads) as pool:
            yield from zip(parts, pool.map(of_part, parts), strict=True)

    def _rearranged(
        self, codes: np.ndarray, draws: _Draws
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return statistics of columns with y rearranged, and degrees of freedom."""
        assert draws.labels is not None
        in_strata = joint_tables(codes, draws.strata).astype(np.float64)
        expected = in_strata @ draws.shares[:, :-1]
        counts = cross_tables(codes, draws.labels.T)
        away = counts[..., :-1] - expected[:, None]
        sizes = in_strata[0].sum(axis=0)
        return _quadratic(away, in_strata, sizes, draws.shares[:, :-1])

    def _signed(
        self, codes: np.ndarray, draws: _Draws
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return statistics of columns whose contributions get random signs."""
        assert draws.signs is not None
        n_rows, n_columns = codes.shape
        weight = np.ones(n_rows) if self._weight is None else self._weight
        in_strata = joint_tables(codes, draws.strata, sample_weight=weight)
        sizes = in_strata[0].sum(axis=0)
        means = in_strata / np.maximum(sizes, 1e-300)
        n_levels = in_strata.shape[1]
        rows = codes.astype(np.intp) + n_levels * np.arange(n_columns)
        ends = np.arange(0, rows.size + 1, n_columns)
        ones = np.ones(rows.size, dtype=np.float32)
        shape = n_rows, n_columns * n_levels
        indicators = csr_matrix((ones, rows.ravel(), ends), shape).T.tocsr()
        strata = csr_matrix(
            (ones[:n_rows], (draws.strata, np.arange(n_rows))), (sizes.size, n_rows)
        )
        away = []
        for c in range(self._n_classes - 1):
            residual = weight * ((self._y == c) - draws.shares[draws.strata, c])
            signed = draws.signs * residual.astype(np.float32)[:, None]
            total = (indicators @ signed).reshape(n_columns, n_levels, -1)
            away.append((total - means @ (strata @ signed)).transpose(0, 2, 1))
        return _quadratic(
            np.stack(away, axis=-1), in_strata, sizes, draws.shares[:, :-1]
        )


class _Draws(NamedTuple):
    """Strata of rows, shares of the classes in them, and labels or signs drawn.

    ``labels`` are (1 + n_permutations, n), ``signs`` (n, 1 + n_permutations); the data
    come first.
    """

    strata: np.ndarray
    shares: np.ndarray
    labels: np.ndarray | None
    signs: np.ndarray | None


def _bounded(codes: np.ndarray, n_levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of few levels, the rarest made one, and their numbers."""
    many = np.flatnonzero(n_levels > _MAX_LEVELS)
    if many.size:
        codes = codes.copy(order="F")
    for j in many:
        codes[:, j] = commonest(codes[:, j], _MAX_LEVELS)
        n_levels[j] = _MAX_LEVELS
    return codes, n_levels


def _shares(
    y: np.ndarray, strata: np.ndarray, n_classes: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the share of each class in each stratum, (n_strata, n_classes)."""
    n_strata = int(strata.max()) + 1
    cells = strata.astype(np.intp) * n_classes + y
    counts = np.bincount(cells, weight, n_strata * n_classes)
    counts = counts.reshape(n_strata, n_classes)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)


def _orders(
    y: np.ndarray, strata: np.ndarray, n_draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return y, and y in random orders within the strata, (1 + n_draws, n)."""
    n_bits = np.uint64(int(y.max()).bit_length())
    # One sort of whole numbers: the stratum, then chance, then the label.
    keys = generator.integers(0, 2**32, (n_draws, len(y)), dtype=np.uint64) << n_bits
    keys += (strata.astype(np.uint64) << (n_bits + np.uint64(32))) + y.astype(np.uint64)
    keys.sort(axis=1)
    labels = np.empty(
        (1 + n_draws, len(y)), dtype=np.uint8 if y.max() < 256 else np.int32
    )
    labels[0] = y
    labels[1:, np.argsort(strata, kind="stable")] = keys & (
        (np.uint64(1) << n_bits) - np.uint64(1)
    )
    return labels


def _quadratic(
    away: np.ndarray, in_strata: np.ndarray, sizes: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return quadratic forms of deviations (m, k, L, C - 1), and degrees of freedom.

    ``in_strata`` (m, L, n_strata) are the tables of the columns with the strata.
    Levels and classes vary together as a product of two covariances, exactly so for
    two classes.
    """
    n_columns, _, n_levels, n_others = away.shape
    spread = (
        shares[:, :, None] * np.eye(n_others) - shares[:, :, None] * shares[:, None]
    )
    of_y = np.einsum("t,tcd->cd", sizes, spread)
    of_y += 1e-9 * sizes.sum() * np.eye(n_others)
    inverse = np.linalg.inv(of_y)
    worth = np.einsum("cd,tdc->t", inverse, spread) / n_others
    worth *= sizes / np.maximum(sizes - 1, 1)
    # Covariance of the levels, (m, L, L), but for what their sum, 0, would add.
    totals = in_strata @ worth
    of_x = -np.einsum(
        "mat,mbt->mab",
        in_strata * (worth / np.maximum(sizes, 1e-300)),
        in_strata,
        optimize=True,
    )
    diagonal = np.arange(n_levels)
    of_x[:, diagonal, diagonal] += totals
    metric = of_x + totals.mean(axis=1)[:, None, None] / n_levels
    metric[:, diagonal, diagonal] += 1e-3 * totals + 1e-12 + (totals == 0)
    metric = np.linalg.inv(metric)
    dof = np.einsum("mab,mba->m", metric, of_x) * n_others
    # Deviations in units of both covariances: the forms are sums of their squares.
    away = away.transpose(0, 2, 1, 3).reshape(n_columns, n_levels, -1)
    away = np.linalg.cholesky(metric).transpose(0, 2, 1) @ away
    if n_others > 1:
        away = away.reshape(-1, n_others) @ np.linalg.cholesky(inverse)
    else:
        away *= np.sqrt(inverse[0, 0])
    away *= away
    return away.reshape(n_columns, n_levels, -1, n_others).sum(axis=(1, 3)), dof


def _normal_deviates(values: np.ndarray, dof: np.ndarray) -> np.ndarray:
    """Return chi-square values as deviates of a standard normal variable."""
    spread = 2 / (9 * np.maximum(dof, 0.1))
    ratio = np.maximum(values, 0) / np.maximum(dof, 1e-300)
    return np.where(dof < 0.1, -np.inf, (np.cbrt(ratio) - 1 + spread) / np.sqrt(spread))


def _standardised(values: np.ndarray) -> np.ndarray:
    """Return values (m, k) as deviates, the law of each taken from the k - 1 others.

    All k are treated alike, and a value far out does not hide behind its own spread.
    """
    n_others = values.shape[1] - 1
    centred = values - values.mean(axis=1, keepdims=True)
    mean = values.mean(axis=1, keepdims=True) - centred / n_others
    squares = (centred**2).sum(axis=1, keepdims=True)
    variance = (squares - centred**2 * (1 + 1 / n_others)) / n_others
    varies = variance > 1e-12 * np.maximum(mean, 1e-300) ** 2
    dof = 2 * mean**2 / np.where(varies, variance, 1)
    ratio = values / np.maximum(mean, 1e-300)
    return _normal_deviates(ratio * dof, np.where(varies, dof, 0))
