"""The methods of DiscreteIB: from a table and options to a solution and a curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from skmi.bottleneck._agglomerative_ib import curve_of, cut, merge_all
from skmi.bottleneck._annealing import (
    HULL_SLACK,
    Search,
    beta_grid,
    critical_beta,
    solve,
    trace,
)
from skmi.bottleneck._concave_hull import concave_hull
from skmi.bottleneck._discrete_partitions import Pool
from skmi.bottleneck._hard_ib import Partition, best_partition
from skmi.bottleneck._ib_table import Table, informations

# Clusters of soft and deterministic codes where their number is left open.
_MAX_CLUSTERS = 64
# Clusters are one if memberships of no row differ by more, but for their weights.
_SAME, _EMPTY = 1e-4, 1e-10


class Options(NamedTuple):
    """Checked parameters of DiscreteIB."""

    n_clusters: int | None
    beta: float
    power: float
    betas: int | np.ndarray
    n_init: int
    max_iter: int
    tol: float
    generator: np.random.Generator


class Solution(NamedTuple):
    """Memberships of classes (N, k), where they lie, and the curve.

    ``slope`` is the beta that memberships of new rows follow from.
    """

    memberships: np.ndarray
    rate: float
    relevance: float
    slope: float
    is_soft: bool
    curve: dict[str, np.ndarray]
    critical_beta: float
    n_iter: int
    converged: bool
    is_capped: bool = False


def blahut_arimoto(table: Table, options: Options) -> Solution:
    """Return soft memberships by the self-consistent equations."""
    n = table.weight.size
    k = min(n, options.n_clusters or _MAX_CLUSTERS)
    critical = critical_beta(table)
    betas = options.betas
    if not isinstance(betas, np.ndarray):
        betas = beta_grid(table, critical, int(betas), options.power)
    # Partitions know no other power of the rate.
    slopes = betas if options.power == 1 else np.empty(0)
    pool, end = _partitions(table, k, slopes, options)
    found = [_points(table, np.zeros(1), end.rate, end.relevance)]
    search = Search(k, options.n_init, options.power, options.tol, options.max_iter)
    path = None
    if betas.size and k > 1 and table.mi > 0:
        path = trace(table, betas, end.labels, pool, search, options.generator)
        found.append(_points(table, path.beta, path.rate, path.relevance))
    if options.beta == 0 or k == 1 or table.mi == 0:
        solution = _of_partition(end, 0.0, critical, _hull(table, critical, found))
        return solution._replace(is_capped=_is_capped(table, options, solution))
    log_q, codes, winner = solve(
        table, options.beta, end.labels, path, pool, search, options.generator
    )
    found.append(
        _points(
            table, np.full(codes.rate.size, options.beta), codes.rate, codes.relevance
        )
    )
    memberships = _joined(table, np.exp(log_q))
    rate, relevance = float(codes.rate[winner]), float(codes.relevance[winner])
    if memberships.shape[1] == 1:
        rate = relevance = 0.0
    slope = options.beta * options.power * rate ** (options.power - 1)
    slack = HULL_SLACK if options.power != 1 else 0.0
    solution = Solution(
        memberships,
        rate,
        relevance,
        slope,
        True,
        _hull(table, critical, found, slack),
        critical,
        max(codes.n_iter, 0 if path is None else path.n_iter),
        bool(codes.converged[winner]),
    )
    return solution._replace(is_capped=_is_capped(table, options, solution))


def deterministic(table: Table, options: Options) -> Solution:
    """Return the partition of the deterministic bottleneck, followed along betas."""
    k = min(table.weight.size, options.n_clusters or _MAX_CLUSTERS)
    critical = critical_beta(table)
    betas = options.betas
    if not isinstance(betas, np.ndarray):
        betas = beta_grid(table, critical, int(betas), 1.0)
    pool, end = _partitions(table, k, betas, options)
    best = pool.best(options.beta)[0] if options.beta > 0 else end
    beta = np.append(betas, [options.beta, 0.0])
    points = [pool.best(b)[0] if b > 0 else end for b in beta]
    rate, relevance = np.array([(p.rate, p.relevance) for p in points]).T
    hull = _hull(table, critical, [_points(table, beta, rate, relevance)])
    solution = _of_partition(best, options.beta, critical, hull)
    return solution._replace(
        n_iter=max(partition.n_iter for partition in pool.found),
        is_capped=_is_capped(table, options, solution),
    )


def sequential(table: Table, options: Options) -> Solution:
    """Return the best partition to which moves of single rows lead."""
    n = table.weight.size
    k = min(n, options.n_clusters or n)
    starts = (np.arange(n),) if k == n else ()
    best = _best(table, k, options.beta, options, "sequential", starts)
    found = [_points(table, np.array([options.beta]), best.rate, best.relevance)]
    if k == n:
        found.append(_points(table, np.zeros(1), table.entropy, table.mi))
    critical = critical_beta(table)
    return _of_partition(best, options.beta, critical, _hull(table, critical, found))


def agglomerative(table: Table, options: Options) -> Solution:
    """Return a partition of the greedy merges: of a given size, or the best at beta."""
    merges = merge_all(table)
    entropy, relevance = curve_of(table, merges)
    n_clusters = options.n_clusters
    if n_clusters is None:
        n_clusters = int((options.beta * entropy - relevance).argmin()) + 1
    labels = cut(merges, min(n_clusters, table.weight.size))
    best = Partition(labels, *informations(table, labels), True, len(merges.pairs))
    slopes = np.zeros(entropy.size)
    if entropy.size > 1:
        slopes[:-1] = np.diff(relevance) / np.diff(entropy)
    critical = critical_beta(table)
    curve = _hull(table, critical, [(slopes, entropy, relevance)])
    return _of_partition(best, 0.0, critical, curve)


def largest_first(table: Table, solution: Solution) -> Solution:
    """Return a solution with its clusters in falling order of weight."""
    weight = table.weight @ solution.memberships
    order = np.argsort(-weight.round(12), kind="stable")
    return solution._replace(memberships=solution.memberships[:, order])


METHODS: dict[str, Callable[[Table, Options], Solution]] = {
    "blahut_arimoto": blahut_arimoto,
    "deterministic": deterministic,
    "sequential": sequential,
    "agglomerative": agglomerative,
}

_Points = tuple[np.ndarray, np.ndarray, np.ndarray]


def _points(table: Table, beta: np.ndarray, rate: Any, relevance: Any) -> _Points:
    """Return points of the plane; rounding takes none beyond what there is to tell."""
    rate, relevance = np.atleast_1d(rate), np.atleast_1d(relevance)
    return beta, rate, np.minimum(relevance, table.mi)


def _hull(
    table: Table, critical: float, found: list[_Points], slack: float = 0.0
) -> dict[str, np.ndarray]:
    """Return the hull of points and the origin."""
    beta, rate, relevance = (np.concatenate(part) for part in zip(*found, strict=True))
    constant = rate <= 1e-9 * max(table.entropy, 1e-300)
    beta, rate, relevance = beta[~constant], rate[~constant], relevance[~constant]
    highest = max(critical, beta.max() if beta.size else 0.0)
    return concave_hull(
        np.concatenate([[highest], beta]),
        np.concatenate([[0.0], rate]),
        np.concatenate([[0.0], relevance]),
        slack,
    )


def _end_of_curve(table: Table, k: int, options: Options) -> Partition:
    """Return the partition at beta 0: the classes, or the best of k clusters."""
    n = table.weight.size
    if k >= n:
        return Partition(np.arange(n), table.entropy, table.mi, True, 1)
    return _best(table, k, 0.0, options, "sequential", ())


def _partitions(
    table: Table, k: int, betas: np.ndarray, options: Options
) -> tuple[Pool, Partition]:
    """Return partitions that are good at betas, and that of beta 0."""
    pool = Pool(
        table,
        k,
        n_init=options.n_init,
        max_iter=options.max_iter,
        generator=options.generator,
    )
    end = _end_of_curve(table, k, options)
    pool.fill(options.beta, end)
    asked = [options.beta] if options.beta > 0 else []
    betas = np.union1d(betas, asked)
    for beta in [*betas[::-1], *betas]:
        pool.improve(float(beta))
    if k < table.weight.size:
        end = pool.best(0.0)[0]
    return pool, end


def _best(
    table: Table,
    k: int,
    beta: float,
    options: Options,
    method: str,
    starts: tuple[np.ndarray, ...],
) -> Partition:
    """Return the best of ``n_init`` partitions."""
    return best_partition(
        table,
        k,
        beta,
        method=method,
        n_init=options.n_init,
        max_iter=options.max_iter,
        generator=options.generator,
        starts=starts,
    )


def _of_partition(
    partition: Partition, slope: float, critical: float, curve: dict[str, np.ndarray]
) -> Solution:
    """Return the solution of a partition."""
    labels = np.unique(partition.labels, return_inverse=True)[1]
    return Solution(
        np.eye(int(labels.max()) + 1)[labels],
        partition.rate,
        partition.relevance,
        slope,
        False,
        curve,
        critical,
        partition.n_iter,
        partition.converged,
    )


def _joined(table: Table, memberships: np.ndarray) -> np.ndarray:
    """Return memberships with clusters of equal p(y|t) made one, and no empty ones."""
    weight = table.weight @ memberships
    alive = np.flatnonzero(weight > _EMPTY)
    memberships, weight = memberships[:, alive], weight[alive]
    # p(t|x) / p(t) says of a cluster all that the equations ask for.
    profile = memberships / weight
    joined = np.full(alive.size, -1)
    n_joined = 0
    for t in range(alive.size):
        if joined[t] < 0:
            gap = np.abs(profile - profile[:, [t]]) * np.minimum(weight, weight[t])
            joined[(gap.max(axis=0) <= _SAME) & (joined < 0)] = n_joined
            n_joined += 1
    result = np.zeros((len(memberships), n_joined))
    np.add.at(result.T, joined, memberships.T)
    return result / result.sum(axis=1, keepdims=True)


def _is_capped(table: Table, options: Options, solution: Solution) -> bool:
    """Tell whether more clusters than were allowed unasked may be needed."""
    open_end = options.n_clusters is None and table.weight.size > _MAX_CLUSTERS
    return open_end and solution.memberships.shape[1] >= _MAX_CLUSTERS
