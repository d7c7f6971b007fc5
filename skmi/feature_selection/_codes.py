"""Codes of the units and of the target of a problem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmi.feature_selection._problem import Problem
from skmi.information import apply_edges, discretize

# Columns that are cut into bins at once, where they are picked out of others.
_TOGETHER = 64
# Joint codes up to this are left as they are, larger ones are numbered anew.
_MAX_CODE = 256


class Codes(NamedTuple):
    """Levels 0, 1, ... of units (n, d) in Fortran order and of the target (n,).

    ``n_levels`` (d,) are the levels that occur; ``missing`` (d,) is the level of rows
    without a value, -1 where there are none.
    """

    units: np.ndarray
    n_levels: np.ndarray
    missing: np.ndarray
    target: np.ndarray


def code_problem(problem: Problem) -> Codes:
    """Return the codes of a problem: numbers in bins, categories as they are."""
    columns, n_levels, missing = _code_columns(problem)
    target = code_target(problem)
    if problem.units is None:
        return Codes(columns, n_levels, missing, target)
    units, absent = [], []
    for own in problem.units:
        code, level = join_codes([columns[:, j] for j in own]), -1
        gone = np.zeros(len(code), dtype=bool)
        if problem.missing == "pairwise":
            gone = (columns[:, own] == missing[own]).any(axis=1)
        if gone.any() and len(own) > 1:
            # A row that lacks a part lacks the unit.
            code = compact(np.where(gone, -1, code))
            code = np.where(gone, code.max() + 1, code)
        if gone.any():
            level = int(code[gone][0])
        units.append(code)
        absent.append(level)
    joined = np.asfortranarray(_small(np.array(units).T))
    return Codes(joined, _occurring(joined), np.array(absent), target)


def join_codes(columns: list[np.ndarray]) -> np.ndarray:
    """Return one code for each combination of levels that occurs."""
    code = columns[0].astype(np.int64)
    for column in columns[1:]:
        if code.max() >= _MAX_CODE:
            code = compact(code)
        code = code * (int(column.max()) + 1) + column
    return compact(code)


def compact(code: np.ndarray) -> np.ndarray:
    """Return codes without unused levels."""
    if code.min() >= 0 and code.max() < 4 * code.size:
        used = np.bincount(code) > 0
        return code if used.all() else (np.cumsum(used) - 1)[code]
    return np.unique(code, return_inverse=True)[1]


def _code_columns(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return codes of single columns, how many occur, and those of missing values."""
    X, discrete, weight = problem.X, problem.discrete, problem.sample_weight
    kept = "error" if problem.missing == "error" else "category"
    options = {"sample_weight": weight, "missing": kept}
    if problem.bin_edges is not None:
        codes = apply_edges(X, problem.bin_edges, missing=kept)
        n_levels = _occurring(codes)
    elif not discrete.any():
        codes, n_levels = discretize(X, problem.n_bins, **options)
    else:
        codes = _mixed(problem, options)
        n_levels = _occurring(codes)
    missing = np.full(X.shape[1], -1)
    if kept == "category":
        for j in range(X.shape[1]):
            gone = np.isnan(X[:, j])
            if gone.any():
                missing[j] = codes[np.argmax(gone), j]
    return codes, n_levels, missing


def _occurring(codes: np.ndarray) -> np.ndarray:
    """Return how many levels of each column occur, (d,)."""
    return np.array([np.count_nonzero(np.bincount(code)) for code in codes.T])


def _mixed(problem: Problem, options: dict) -> np.ndarray:
    """Return codes where some columns have codes already."""
    X, discrete = problem.X, problem.discrete
    most = max(problem.n_bins, int(np.nanmax(X[:, discrete])) + 1)
    dtype = np.uint8 if most < 255 else np.int32
    codes = np.empty(X.shape, dtype=dtype, order="F")
    for j in np.flatnonzero(discrete):
        gone = np.isnan(X[:, j])
        codes[:, j] = np.where(gone, 0, X[:, j])
        if gone.any():
            codes[gone, j] = 0 if gone.all() else codes[:, j].max() + 1
    rest = np.flatnonzero(~discrete)
    for first in range(0, rest.size, _TOGETHER):
        some = rest[first : first + _TOGETHER]
        codes[:, some] = discretize(X[:, some], problem.n_bins, **options)[0]
    return codes


def code_target(problem: Problem) -> np.ndarray:
    """Return the codes of all columns of the target as one."""
    y, classes = problem.y, problem.discrete_target
    columns = []
    for k in range(y.shape[1]):
        if classes[k]:
            columns.append(y[:, k].astype(np.int64))
        else:
            codes, _ = discretize(
                y[:, [k]], problem.n_bins_target, sample_weight=problem.sample_weight
            )
            columns.append(codes[:, 0])
    return _small(join_codes(columns))


def _small(codes: np.ndarray) -> np.ndarray:
    """Return codes in the smallest type that kernels know."""
    return codes.astype(np.uint8 if codes.max() < 256 else np.int32)
