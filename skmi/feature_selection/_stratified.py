"""Tables of columns with y, beside what strata of rows lead to expect."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from skmi.information import cross_tables, joint_tables

# Labels that are sorted at the same time.
_KEYS = 1 << 22
# Labels that are rotated, as sorting takes too long.
_MANY = 1 << 15


class Draws(NamedTuple):
    """Versions of y that are as likely as the data, which come first.

    ``strata`` (n,) are those of the rows, ``shares`` (n_strata, n_classes) what of each
    class is expected in them. Either ``labels`` (k, n) are exchanged, or contributions
    ``residuals`` (n_classes - 1, n) of rows of some weight get ``signs`` (n, k).
    ``is_exact`` tells whether the covariance of tables is known.
    """

    strata: np.ndarray
    shares: np.ndarray
    labels: np.ndarray | None = None
    signs: np.ndarray | None = None
    residuals: np.ndarray | None = None
    weight: np.ndarray | None = None
    is_exact: bool = False


def exchanges(
    y: np.ndarray,
    strata: np.ndarray,
    places: np.ndarray,
    n_draws: int,
    generator: np.random.Generator,
) -> Draws:
    """Exchange the labels of units (m,) within strata (m,); rows belong to units."""
    orders = _rotated if len(y) > _MANY else _shuffled
    labels = np.vstack([y.astype(np.uint8), orders(y, strata, n_draws, generator)])
    rows = len(places) == len(y)
    return Draws(
        strata[places],
        _shares(y, strata, None),
        labels if rows else labels[:, places],
        is_exact=rows,
    )


def _shuffled(
    y: np.ndarray, strata: np.ndarray, n_draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return labels in any order within strata, (n_draws, n)."""
    n_bits = np.uint64(int(y.max()).bit_length())
    mask = (np.uint64(1) << n_bits) - np.uint64(1)
    fixed = (strata.astype(np.uint64) << (n_bits + np.uint64(32))) + y.astype(np.uint64)
    order = np.argsort(strata, kind="stable")
    labels = np.empty((n_draws, len(y)), dtype=np.uint8)
    together = max(1, _KEYS // len(y))
    for first in range(0, n_draws, together):
        # One sort of whole numbers: the stratum, then chance, then the label.
        shape = min(together, n_draws - first), len(y)
        keys = generator.integers(0, 2**32, shape, dtype=np.uint64) << n_bits
        keys += fixed
        keys.sort(axis=1)
        labels[first : first + len(keys), order] = keys & mask
    return labels


def _rotated(
    y: np.ndarray, strata: np.ndarray, n_draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Return labels rotated within strata whose order is random, (n_draws, n).

    Rotations are a group, so that a test by them is exact too, and need no sorting.
    """
    order = np.lexsort((generator.random(len(y)), strata))
    sizes = np.bincount(strata)
    ends, size = np.repeat(np.cumsum(sizes), sizes), np.repeat(sizes, sizes)
    sorted_y = y[order].astype(np.uint8)
    labels = np.empty((n_draws, len(y)), dtype=np.uint8)
    for row in labels:
        place = np.arange(len(y)) + np.repeat(generator.integers(sizes), sizes)
        place -= size * (place >= ends)
        row[order] = sorted_y[place]
    return labels


def signs(
    y: np.ndarray,
    strata: np.ndarray,
    weight: np.ndarray | None,
    groups: np.ndarray | None,
    n_draws: int,
    generator: np.random.Generator,
) -> Draws:
    """Give the contributions of groups of weighted rows, or of rows, random signs."""
    n_units = len(y) if groups is None else int(groups.max()) + 1
    flips = np.ones((n_units, 1 + n_draws), dtype=np.float32)
    flips[:, 1:] -= 2 * generator.integers(0, 2, (n_units, n_draws), dtype=np.int8)
    if groups is not None:
        flips = flips[groups]
    weight = np.ones(len(y)) if weight is None else weight / weight.mean()
    shares = _shares(y, strata, weight)
    classes = np.arange(shares.shape[1] - 1)[:, None]
    residuals = weight * ((y == classes) - shares[strata, :-1].T)
    return Draws(
        strata,
        shares,
        signs=flips,
        residuals=residuals.astype(np.float32),
        weight=weight,
    )


def deviates(codes: np.ndarray, draws: Draws) -> np.ndarray:
    """Return normal deviates of columns of codes (n, m), in all draws (m, k)."""
    in_strata = joint_tables(codes, draws.strata, sample_weight=draws.weight)
    in_strata = in_strata.astype(np.float64)
    if draws.labels is not None:
        expected = in_strata @ draws.shares[:, :-1]
        away = cross_tables(codes, draws.labels.T)[..., :-1] - expected[:, None]
    else:
        away = _signed(codes, in_strata, draws)
    values, dof = _quadratic(away, in_strata, draws.shares[:, :-1])
    return (
        _normal_deviates(values, dof[:, None])
        if draws.is_exact
        else _standardised(values)
    )


def _signed(codes: np.ndarray, in_strata: np.ndarray, draws: Draws) -> np.ndarray:
    """Return the sums of signed contributions, (m, k, L, n_classes - 1)."""
    assert draws.signs is not None
    assert draws.residuals is not None
    n_rows, n_columns = codes.shape
    n_levels, n_strata = in_strata.shape[1:]
    means = in_strata / np.maximum(in_strata.sum(axis=1, keepdims=True), 1e-300)
    rows = codes.astype(np.intp) + n_levels * np.arange(n_columns)
    ends = np.arange(0, rows.size + 1, n_columns)
    ones = np.ones(rows.size, dtype=np.float32)
    shape = n_rows, n_columns * n_levels
    indicators = csr_matrix((ones, rows.ravel(), ends), shape).T.tocsr()
    place = draws.strata, np.arange(n_rows)
    strata = csr_matrix((ones[:n_rows], place), (n_strata, n_rows))
    away = []
    for residual in draws.residuals:
        signed = draws.signs * residual[:, None]
        total = (indicators @ signed).reshape(n_columns, n_levels, -1)
        away.append(total - means @ (strata @ signed))
    return np.stack(away, axis=-1).transpose(0, 2, 1, 3)


def _shares(y: np.ndarray, strata: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the share of each class in each stratum, (n_strata, n_classes)."""
    n_strata, n_classes = int(strata.max()) + 1, int(y.max()) + 1
    cells = strata.astype(np.intp) * n_classes + y
    counts = np.bincount(cells, weight, n_strata * n_classes)
    counts = counts.reshape(n_strata, n_classes)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)


def _quadratic(
    away: np.ndarray, in_strata: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return quadratic forms of deviations (m, k, L, C - 1), and degrees of freedom.

    ``in_strata`` (m, L, n_strata) are the tables of the columns with the strata.
    Levels and classes vary together as a product of two covariances, exactly so for
    two classes.
    """
    n_columns, _, n_levels, n_others = away.shape
    sizes = in_strata[0].sum(axis=0)
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
