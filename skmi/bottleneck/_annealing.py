"""Soft codes of a table along a path of betas, from both of its ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import LinearOperator, svds

from skmi.bottleneck._blahut_arimoto import Codes, Problem, iterate, normalise
from skmi.bottleneck._discrete_partitions import Pool
from skmi.bottleneck._ib_table import Table

# How far random starts are from equal memberships, and perturbed ones from theirs.
_SPREAD, _NUDGE = 3.0, 0.1
# log p(t|x) of a row in a cluster that is not its own, where codes start hard.
_OUTSIDE = -30.0
_DENSE_SIDE = 500
# Partitions among the starts at the beta asked for.
_N_HARD = 6
# Grid of betas, in parts of the critical one.
_HIGHEST, _LOWEST = 1.5, 1e-3
# Iterations and tolerance at a beta of the path, against those at the one asked for.
_SHORTER, _LOOSER = 5, 10
# Points within this of the hull are on it, where the rate has another power.
HULL_SLACK = 1e-9


class Path(NamedTuple):
    """Best codes at each beta, ascending, and the figures of all that were found."""

    betas: np.ndarray
    log_q: list[np.ndarray]
    beta: np.ndarray
    rate: np.ndarray
    relevance: np.ndarray
    n_iter: int


class Search(NamedTuple):
    """How codes are searched for."""

    n_clusters: int
    n_init: int
    power: float
    tol: float
    max_iter: int


def critical_beta(table: Table) -> float:
    """Return beta below which a constant code is no optimum, even locally.

    It is the squared second singular value of p(x, y) over the roots of p(x) p(y), a
    squared maximal correlation.
    """
    n, m = table.joint.shape
    if min(n, m) < 2:
        return 0.0
    left = 1 / np.sqrt(table.weight)
    right = 1 / np.sqrt(np.where(table.marginal > 0, table.marginal, np.inf))
    if min(n, m) <= _DENSE_SIDE:
        scaled = table.joint.toarray() * left[:, None] * right
        scaled -= np.sqrt(np.outer(table.weight, table.marginal))
        square = scaled @ scaled.T if n <= m else scaled.T @ scaled
        value = np.linalg.eigvalsh(square)[-1]
    else:
        value = _largest(table, left, right) ** 2
    return float(np.clip(value, 0.0, 1.0))


def _largest(table: Table, left: np.ndarray, right: np.ndarray) -> float:
    """Return the largest singular value of the table less its independent part."""
    down, up = np.sqrt(table.weight), np.sqrt(table.marginal)

    def forth(v: np.ndarray) -> np.ndarray:
        v = v.reshape(-1)
        return left * (table.joint @ (right * v)) - down * (up @ v)

    def back(u: np.ndarray) -> np.ndarray:
        u = u.reshape(-1)
        return right * (table.joint.T @ (left * u)) - up * (down @ u)

    operator = LinearOperator(
        table.joint.shape, matvec=forth, rmatvec=back, dtype=np.float64
    )
    start = np.random.default_rng(0).standard_normal(min(table.joint.shape))
    return float(svds(operator, k=1, v0=start, return_singular_vectors=False)[0])


def beta_grid(table: Table, critical: float, n_betas: int, power: float) -> np.ndarray:
    """Return betas from where codes are hard to where they are constant, ascending."""
    if critical <= 0 or n_betas < 1:
        return np.empty(0)
    # Evenly in their roots: most of the curve lies not far below the critical beta.
    ends = np.sqrt([critical * _LOWEST, min(1.0, critical * _HIGHEST)])
    slopes = np.linspace(*ends, n_betas) ** 2
    if power == 1:
        return slopes
    # Betas whose tangents have these slopes at rates from all to nearly nothing. Every
    # other slope is no lower than half: straight curves have high slopes throughout.
    rates = table.entropy * np.linspace(1.0, 0.0, n_betas + 1)[:-1]
    steep = np.maximum(slopes, critical / 2)
    slopes = np.where(np.arange(n_betas) % 2, slopes, steep)
    return np.sort(slopes / (power * rates ** (power - 1)))


def trace(
    table: Table,
    betas: np.ndarray,
    labels: np.ndarray,
    pool: Pool,
    search: Search,
    generator: np.random.Generator,
) -> Path:
    """Find codes at betas (ascending, above 0), going up and then down.

    The first start going up is a partition, that of beta 0; the others are random.
    Going down, codes are nudged so that clusters that have become one can part. At each
    beta, going up, the best partition of the pool is a start too; where its code is
    better than all others it takes the place of the worst.
    """
    codes = _starts(table, labels, search, generator)
    best: list[np.ndarray] = [np.empty(0)] * betas.size
    lowest = np.full(betas.size, np.inf)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    n_iter = 0
    order = [*range(betas.size), *range(betas.size - 2, -1, -1)]
    for place, j in enumerate(order):
        if place >= betas.size:
            codes = _nudged(codes, generator)
        limit = max(1, search.max_iter // _SHORTER)
        tol = _LOOSER * search.tol
        problem = Problem(table, float(betas[j]), search.power, tol, limit)
        if place < betas.size:
            hard = _of_pool(pool, problem, search, 1)
            codes = np.concatenate([codes, hard], axis=1)
        result = iterate(problem, codes)
        n_iter = max(n_iter, result.n_iter)
        values = result.value(betas[j], search.power)
        winner = first_of_lowest(values)
        codes = result.log_q[:, : search.n_init]
        if winner == search.n_init:
            codes[:, values[:-1].argmax()] = result.log_q[:, winner]
        found.append((np.full(values.size, betas[j]), result.rate, result.relevance))
        if values[winner] < lowest[j] - 1e-12:
            lowest[j] = values[winner]
            best[j] = result.log_q[:, winner].astype(np.float32)
    beta, rate, relevance = (np.concatenate(part) for part in zip(*found, strict=True))
    return Path(betas, best, beta, rate, relevance, n_iter)


def solve(
    table: Table,
    beta: float,
    labels: np.ndarray,
    path: Path | None,
    pool: Pool,
    search: Search,
    generator: np.random.Generator,
) -> tuple[np.ndarray, Codes, int]:
    """Return log p(t|x) at beta, all that was found there, and which is the best."""
    if path is None:
        codes = _starts(table, labels, search, generator)
    else:
        near = np.argsort(np.abs(np.log(path.betas / beta)), kind="stable")[:4]
        found = [path.log_q[j].astype(np.float64) for j in near]
        codes = normalise(np.stack(found, axis=1))
    problem = Problem(table, beta, search.power, search.tol, search.max_iter)
    hard = _of_pool(pool, problem, search, _N_HARD)
    result = iterate(problem, np.concatenate([codes, hard], axis=1))
    winner = first_of_lowest(result.value(beta, search.power))
    return result.log_q[:, winner], result, winner


def first_of_lowest(values: np.ndarray) -> int:
    """Return the first of the lowest values, rounding left aside."""
    return int(np.flatnonzero(values <= values.min() + 1e-10)[0])


def _starts(
    table: Table, labels: np.ndarray, search: Search, generator: np.random.Generator
) -> np.ndarray:
    """Return a partition and random codes to start from."""
    shape = (table.weight.size, search.n_init, search.n_clusters)
    codes = normalise(_SPREAD * generator.standard_normal(shape))
    codes[:, 0] = _hard(labels, search.n_clusters)
    return codes


def _of_pool(pool: Pool, problem: Problem, search: Search, n: int) -> np.ndarray:
    """Return codes of the best partitions of a pool at the beta of a problem."""
    found = pool.best(problem.beta, n, problem.power)
    hard = [_hard(partition.labels, search.n_clusters) for partition in found]
    return np.stack(hard, axis=1)


def _hard(labels: np.ndarray, n_clusters: int) -> np.ndarray:
    """Return log-memberships of a partition."""
    codes = np.full((labels.size, n_clusters), _OUTSIDE)
    codes[np.arange(labels.size), labels] = 0.0
    return normalise(codes[:, None])[:, 0]


def _nudged(codes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return codes mixed with a little of random ones."""
    noise = normalise(_SPREAD * generator.standard_normal(codes.shape))
    floor = np.log(_NUDGE) + noise
    return normalise(np.logaddexp(codes, floor))
