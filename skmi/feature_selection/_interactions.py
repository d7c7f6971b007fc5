"""Pairs of columns that tell about y together what neither tells alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr, xlogy
from scipy.stats import chi2

from skmi.feature_selection._coarse import Coarse, coarsened
from skmi.information import joint_tables, pairwise_mutual_information

# Columns whose pairs are scanned in one call.
_TOGETHER = 1024
# Williams' factor is an expansion; no statistic of sparse tables is larger by more.
_MOST_WILLIAMS = 1.25
# Pairs whose synergy is looked into, and rounds of proportional fitting.
_MAX_TESTED, _N_FITS = 10_000, 20


class Interactions(NamedTuple):
    """Pairs that passed the scan, the surest first.

    ``pairs`` (m, 2) are columns, ``synergy`` (m,) is I(Xi,Xj;Y) - I(Xi;Y) - I(Xj;Y)
    and ``joint`` (m,) I(Xi,Xj;Y), both in nats and corrected for bias; ``p_value``
    (m,) is family-wise over all pairs.
    """

    pairs: np.ndarray
    synergy: np.ndarray
    joint: np.ndarray
    p_value: np.ndarray


def scan_pairs(
    codes: np.ndarray,
    n_levels: np.ndarray,
    y: np.ndarray,
    *,
    alpha: float = 0.05,
    sample_weight: np.ndarray | None = None,
    max_pairs: int = 50,
    ordered: np.ndarray | None = None,
    ordered_target: bool = False,
    n_jobs: int | None = None,
) -> Interactions:
    """Return the pairs of columns whose synergy is larger than chance gives.

    Parameters
    ----------
    codes : ndarray of int of shape (n, d)
        Levels 0, 1, ... of each column.
    n_levels : ndarray of int of shape (d,)
        Numbers of levels.
    y : ndarray of int of shape (n,)
        Levels of the target: classes, or bins.
    alpha : float
        Chance that any pair passes where no two columns interact.
    sample_weight : ndarray of shape (n,) or None
        Frequencies of the rows.
    max_pairs : int
        Pairs kept at most.
    ordered : ndarray of bool of shape (d,) or None
        Columns whose neighbouring levels may be merged; all if None.
    ordered_target : bool
        Whether those of y may be.
    n_jobs : int or None
        Threads.

    Notes
    -----
    The scan cuts a column into 4 levels, or 2 where rows are few. Twice N times the
    synergy of columns that are independent of each other and of Y is then about
    chi-square, and Sidak's bound takes care of the number of pairs; columns that
    depend on each other have less. Columns that tell about Y each on its own have a
    synergy too, as knowing Y makes them dependent; so a pair must also depart from
    log-odds of Y that are a sum over its columns. With weights, N is Kish's effective
    number of rows. Cost O(n d^2 / 128), O(d^2) memory in blocks of 1024 columns.
    """
    coarse = coarsened(
        codes,
        n_levels,
        y,
        sample_weight=sample_weight,
        ordered=ordered,
        ordered_target=ordered_target,
    )
    n_columns = codes.shape[1]
    n_pairs = n_columns * (n_columns - 1) // 2
    if n_pairs == 0 or coarse.y.max() == 0:
        return _nothing()
    level = -np.expm1(np.log1p(-alpha) / n_pairs)
    found = [_nothing()]
    for left, right in _blocks(n_columns):
        found.append(_passed(coarse, left, right, level, n_jobs))
    every = Interactions(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    every = _sorted(every, -every.synergy, _MAX_TESTED)
    every = every._replace(p_value=np.maximum(every.p_value, _of_parts(every, coarse)))
    every = Interactions(*(part[every.p_value <= level] for part in every))
    every = every._replace(p_value=-np.expm1(n_pairs * np.log1p(-every.p_value)))
    return _sorted(every, every.p_value, max_pairs)


class Seeds:
    """Pairs to be taken in one step, where a search would not see them.

    Parameters
    ----------
    interactions : Interactions
        What :func:`scan_pairs` found.
    coarse : Coarse
        The codes it was found in.
    alpha : float
        Chance that any pair is proposed that tells nothing beside the selected columns.

    Notes
    -----
    A pair is worth the least it tells about Y beside any selected column, and beside
    any two selected columns that are a pair of the scan: I(Xi,Xj;Y|Xa,Xb) is near 0
    for copies of a pair taken before. It is proposed where this is significant, and
    where half of it exceeds what the criterion's own best column is worth in the same
    terms. Where one of the pair is selected the other is worth what it adds to it.
    """

    def __init__(
        self, interactions: Interactions, coarse: Coarse, *, alpha: float = 0.05
    ) -> None:
        self._pairs = [(int(i), int(j)) for i, j in interactions.pairs]
        self._coarse, self._alpha = coarse, alpha
        self._known: dict[tuple, tuple[float, float]] = {}

    def propose(
        self, selected: tuple[int, ...], scores: np.ndarray, is_open: np.ndarray
    ) -> tuple[int, ...] | None:
        """Return columns to take next in one go, or None for the criterion's best."""
        wanted = [
            columns
            for pair in self._pairs
            if (columns := self._missing(pair, selected, is_open))
        ]
        if not wanted:
            return None
        given = self._given(selected)
        gains = [self._gain(*columns, given) for columns in wanted]
        best = int(
            np.argmax([gain / len(c[0]) for gain, c in zip(gains, wanted, strict=True)])
        )
        columns, _ = wanted[best]
        candidate = int(np.argmax(np.where(is_open, scores, -np.inf)))
        if gains[best] <= len(columns) * max(self._gain((candidate,), (), given), 0.0):
            return None
        return columns

    def _missing(
        self, pair: tuple[int, int], selected: tuple[int, ...], is_open: np.ndarray
    ) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Return the columns of a pair to be taken, and those that are taken."""
        missing = tuple(j for j in pair if is_open[j])
        taken = tuple(j for j in pair if not is_open[j])
        if not missing or any(j not in selected for j in taken):
            return None
        return missing, taken

    def _given(self, selected: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the selected columns and the selected pairs."""
        pairs = [p for p in self._pairs if p[0] in selected and p[1] in selected]
        inside = {j for pair in pairs for j in pair}
        return [(j,) for j in selected if j not in inside] + pairs

    def _gain(
        self,
        columns: tuple[int, ...],
        taken: tuple[int, ...],
        given: list[tuple[int, ...]],
    ) -> float:
        """Return the least that columns tell beside what is given; 0 if not sure."""
        beside = sorted({tuple(sorted({*taken, *some})) for some in given} or {taken})
        level = self._alpha / max(1, len(self._pairs))
        values = []
        for some in beside:
            value, p_value = self._information(columns, some)
            if p_value > level and len(columns) + len(taken) > 1:
                return 0.0
            values.append(value)
        return min(values)

    def _information(
        self, columns: tuple[int, ...], given: tuple[int, ...]
    ) -> tuple[float, float]:
        """Return I(columns; Y | given), corrected for bias, and its chance."""
        if (columns, given) not in self._known:
            coarse = self._coarse
            table = joint_tables(
                self._joined(columns)[:, None],
                self._joined(given),
                coarse.y,
                sample_weight=coarse.weight,
            )[0]
            table = table.transpose(1, 0, 2) * (coarse.n_rows / table.sum())
            self._known[columns, given] = _conditional(table)
        return self._known[columns, given]

    def _joined(self, columns: tuple[int, ...]) -> np.ndarray:
        """Return the combinations of levels of columns as codes; zeros for none."""
        codes = np.zeros(len(self._coarse.y), dtype=np.int32)
        for j in columns:
            codes = codes * int(self._coarse.n_levels[j]) + self._coarse.codes[:, j]
        return codes


def _conditional(table: np.ndarray) -> tuple[float, float]:
    """Return I(X;Y|Z) of a table (n_z, n_x, n_y), less its bias, and its chance.

    Chance is the tail of chi-square, with Williams' factor where it is one.
    """
    of_x, of_y = table.sum(axis=2), table.sum(axis=1)
    total = table.sum()
    information = float(
        (
            xlogy(table, table).sum()
            - xlogy(of_x, of_x).sum()
            - xlogy(of_y, of_y).sum()
            + xlogy(of_x.sum(axis=1), of_x.sum(axis=1)).sum()
        )
        / total
    )
    n_x, n_y = (of_x > 0).sum(axis=1) - 1, (of_y > 0).sum(axis=1) - 1
    dof = np.maximum(n_x, 0) * np.maximum(n_y, 0)
    if dof.sum() == 0:
        return 0.0, 1.0
    sizes = np.maximum(of_x.sum(axis=1), 1e-300)
    spread_x, spread_y = (
        sizes * np.divide(1, part, where=part > 0, out=np.zeros(part.shape)).sum(axis=1)
        - 1
        for part in (of_x, of_y)
    )
    factor = 1 + spread_x * spread_y / (6 * sizes * np.maximum(dof, 1))
    mean = float((dof * np.minimum(factor, _MOST_WILLIAMS)).sum()) / (2 * total)
    statistic = information / mean * dof.sum()
    return information - mean, float(chi2.sf(statistic, dof.sum()))


def _synergies(
    coarse: Coarse, left: np.ndarray, right: np.ndarray, n_jobs: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return synergies and joint information of columns with others, uncorrected."""
    alike = left[0] == right[0]
    columns = left if alike else np.concatenate([left, right])
    joint = pairwise_mutual_information(
        coarse.codes[:, columns], coarse.y, sample_weight=coarse.weight, n_jobs=n_jobs
    ).joint
    single = joint.diagonal().copy()
    if not alike:
        joint = joint[: left.size, left.size :]
    synergy = joint - single[: left.size, None] - single[-right.size :]
    return synergy, joint


def _passed(
    coarse: Coarse,
    left: np.ndarray,
    right: np.ndarray,
    level: float,
    n_jobs: int | None,
) -> Interactions:
    """Return the pairs of two sets of columns whose synergy is beyond a level."""
    n_others = int(coarse.y.max())
    synergy, joint = _synergies(coarse, left, right, n_jobs)
    # What chance adds to the synergy, with the next term of its expansion.
    rare = [_rarity(coarse.codes[:, j], coarse) for j in (*left, *right)]
    rare_left, rare_right = np.split(np.array(rare), [left.size])
    dof = np.outer(coarse.n_levels[left] - 1, coarse.n_levels[right] - 1) * n_others
    mean = dof + np.outer(rare_left, rare_right) * (
        _rarity(coarse.y, coarse) / (6 * coarse.n_rows)
    )
    known, place = np.unique(dof, return_inverse=True)
    least = np.full(known.size, np.inf)
    least[known > 0] = chi2.isf(level, known[known > 0])
    statistic = 2 * coarse.n_rows * synergy * (dof / np.maximum(mean, 1e-300))
    passed = statistic >= least[place.reshape(dof.shape)]
    passed &= left[:, None] < right
    i, j = np.nonzero(passed)
    cells = coarse.n_levels[left[i]] * coarse.n_levels[right[j]]
    return Interactions(
        np.column_stack([left[i], right[j]]),
        synergy[i, j] - mean[i, j] / (2 * coarse.n_rows),
        joint[i, j] - (cells - 1) * n_others / (2 * coarse.n_rows),
        chi2.sf(statistic[i, j], dof[i, j]),
    )


def _rarity(codes: np.ndarray, coarse: Coarse) -> float:
    """Return the sum of 1 / p over levels, less 1."""
    counts = np.bincount(codes, coarse.weight)
    counts = counts[counts > 0]
    return float((counts.sum() / counts).sum()) - 1


def _of_parts(found: Interactions, coarse: Coarse) -> np.ndarray:
    """Return the chance of each pair if log-odds of Y were a sum over the two columns.

    Columns that tell about Y each on its own have a synergy, but add up.
    """
    result = np.ones(len(found.pairs))
    if result.size == 0:
        return result
    n_levels = int(coarse.n_levels.max())
    tables = np.zeros((result.size, n_levels, n_levels, int(coarse.y.max()) + 1))
    for i in np.unique(found.pairs[:, 0]):
        mine = found.pairs[:, 0] == i
        counted = joint_tables(
            coarse.codes[:, found.pairs[mine, 1]],
            coarse.codes[:, i],
            coarse.y,
            sample_weight=coarse.weight,
        )
        tables[mine, : counted.shape[1], : counted.shape[2]] = counted
    tables *= coarse.n_rows / tables[0].sum()
    fitted = np.ones_like(tables)
    for _ in range(_N_FITS):
        for axis in (3, 2, 1):
            wanted, present = (
                tables.sum(axis, keepdims=True),
                fitted.sum(axis, keepdims=True),
            )
            fitted *= np.where(wanted > 0, wanted / np.maximum(present, 1e-300), 0.0)
    statistic = 2 * rel_entr(tables, np.maximum(fitted, 1e-300)).sum(axis=(1, 2, 3))
    dof = np.prod(coarse.n_levels[found.pairs] - 1, axis=1) * int(coarse.y.max())
    return chi2.sf(statistic, dof)


def _sorted(found: Interactions, key: np.ndarray, most: int) -> Interactions:
    """Return the first pairs by a key, then by synergy, then by place."""
    i, j = found.pairs.T
    order = np.lexsort((j, i, -found.synergy, key))[:most]
    return Interactions(*(part[order] for part in found))


def _blocks(n_columns: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the columns of squares that together hold all pairs."""
    width = n_columns if n_columns <= 2 * _TOGETHER else _TOGETHER
    parts = [
        np.arange(first, min(first + width, n_columns))
        for first in range(0, n_columns, width)
    ]
    for k, left in enumerate(parts):
        for right in parts[k:]:
            yield left, right


def _nothing() -> Interactions:
    """Return no pairs."""
    none = np.empty(0)
    return Interactions(np.empty((0, 2), dtype=np.intp), none, none, none)
