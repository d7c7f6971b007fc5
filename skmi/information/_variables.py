"""Variables made of columns, and the entropy of any set of them.

To add an estimator, write a function from the data to the entropy of given columns,
and enter it in ``_ESTIMATORS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import check_count, check_numbers, check_weight
from skmi.information._copula import normal_scores
from skmi.information._corrections import Correction, resolve_correction
from skmi.information._gaussian import digamma_sum
from skmi.information._joint_codes import JointCodes

Estimator = str | Callable[[np.ndarray], float]
EntropyOf = Callable[[tuple[int, ...]], float]


class Variables(NamedTuple):
    """Variables, each a tuple of columns, and the entropy of any set of columns."""

    columns: list[tuple[int, ...]]
    entropy_of: EntropyOf

    def entropy(self, members: Iterable[int]) -> float:
        """Return the entropy of some variables together, in nats."""
        return self.entropy_of(tuple(j for i in members for j in self.columns[i]))

    def total(self, members: Sequence[int]) -> float:
        """Return the sum of the entropies of some variables minus the joint one."""
        alone = sum(self.entropy([i]) for i in members)
        return alone - self.entropy(members)

    def dual(self, members: Sequence[int]) -> float:
        """Return the joint entropy minus what each variable has for itself alone."""
        others = sum(self.entropy(j for j in members if j != i) for i in members)
        return others - (len(members) - 1) * self.entropy(members)


def variables_of(
    X: Any,
    groups: Sequence[Sequence[int]] | None,
    estimator: Estimator,
    correction: str | Correction,
    bias_correction: bool,
    sample_weight: Any,
) -> Variables:
    """Check all arguments; return the variables with the entropy of their columns."""
    array = np.asarray(X)
    if array.ndim != 2 or array.size == 0:
        msg = (
            "X must be a 2-D array with rows and columns, found shape "
            f"{array.shape} ({len(array) if array.ndim else 0} rows)."
        )
        raise ValueError(msg)
    columns = _check_groups(groups, array.shape[1])
    # Columns in no group are not looked at.
    used = [j for members in columns for j in members]
    position = {j: i for i, j in enumerate(used)}
    entropy_of = _entropy_of_columns(
        array[:, used], estimator, correction, bias_correction, sample_weight
    )
    members = [tuple(position[j] for j in group) for group in columns]
    return Variables(members, cache(entropy_of))


def _entropy_of_columns(
    array: np.ndarray,
    estimator: Estimator,
    correction: str | Correction,
    bias_correction: bool,
    sample_weight: Any,
) -> EntropyOf:
    """Return the entropy that an estimator gives to a tuple of columns."""
    if callable(estimator):
        if sample_weight is not None:
            msg = "sample_weight must be None if estimator is a callable."
            raise ValueError(msg)
        return _of_rows(check_numbers(array, "X"), estimator)
    if not isinstance(estimator, str) or estimator not in _ESTIMATORS:
        msg = (
            f"estimator must be one of {sorted(_ESTIMATORS)} or a callable, found "
            f"{estimator!r}."
        )
        raise ValueError(msg)
    options = _Options(resolve_correction(correction), bias_correction, sample_weight)
    return _ESTIMATORS[estimator](array, options)


def check_members(members: Sequence[int], name: str, n_members: int) -> None:
    """Check that numbers name members, each of them once."""
    for i in members:
        check_count(i, name, 0, n_members - 1)
    if len(set(members)) < len(members) or not members:
        msg = f"{name} must hold tuples of different numbers, found {tuple(members)}."
        raise ValueError(msg)


def _check_groups(
    groups: Sequence[Sequence[int]] | None, n_columns: int
) -> list[tuple[int, ...]]:
    """Return the columns of each variable."""
    if groups is None:
        return [(j,) for j in range(n_columns)]
    columns = [tuple(members) for members in groups]
    if not columns:
        msg = "groups must hold at least 1 list of columns, found none."
        raise ValueError(msg)
    for members in columns:
        check_members(members, "groups", n_columns)
    check_members([j for members in columns for j in members], "groups", n_columns)
    return columns


class _Options(NamedTuple):
    """What estimators may be told: each uses some of it."""

    correction: Correction
    bias_correction: bool
    sample_weight: Any


def _discrete(labels: np.ndarray, options: _Options) -> EntropyOf:
    """Return the entropy of columns of codes as a function of their numbers."""
    if labels.dtype.kind not in "biuUS":
        msg = (
            "X must hold integer codes with estimator='discrete', found dtype "
            f"{labels.dtype}; discretize cuts numbers into bins."
        )
        raise ValueError(msg)
    return JointCodes(labels, options.correction, options.sample_weight).entropy


def _of_rows(samples: np.ndarray, entropy: Callable[[np.ndarray], float]) -> EntropyOf:
    """Return the entropy of columns by a user's function; constants have none."""
    varies = np.ptp(samples, axis=0) > 0

    def entropy_of(columns: tuple[int, ...]) -> float:
        kept = [j for j in columns if varies[j]]
        return float(entropy(samples[:, kept])) if kept else 0.0

    return entropy_of


def _gaussian(array: np.ndarray, options: _Options) -> EntropyOf:
    """Return the Gaussian entropy of columns, but for a constant for each column."""
    return _of_samples(*_weighted(array, options), options.bias_correction)


def _copula(array: np.ndarray, options: _Options) -> EntropyOf:
    """Return the Gaussian entropy of the columns' ranks, as of Gaussian columns."""
    samples, weight = _weighted(array, options)
    scores = normal_scores(samples, sample_weight=weight)
    return _of_samples(scores, weight, options.bias_correction)


def _weighted(array: np.ndarray, options: _Options) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples of positive weight, and their weights."""
    samples = check_numbers(array, "X").astype(np.float64)
    weight = check_weight(options.sample_weight, len(samples))
    weight = np.ones(len(samples)) if weight is None else weight
    return samples[weight > 0], weight[weight > 0]


def _of_samples(
    samples: np.ndarray, weight: np.ndarray, bias_correction: bool
) -> EntropyOf:
    """Return the Gaussian entropy of columns, but for a constant for each column.

    Such constants, scales among them, cancel in every measure that is made of it.
    """
    total = float(weight.sum())
    varies = np.ptp(samples, axis=0) > 0
    centred = (samples - weight @ samples / total) * np.sqrt(weight)[:, None]
    centred /= np.where(varies, np.linalg.norm(centred, axis=0), 1.0)
    correlation = centred.T @ centred
    _check_regular(correlation[np.ix_(varies, varies)], total)

    def entropy_of(columns: tuple[int, ...]) -> float:
        kept = [j for j in columns if varies[j]]
        log_det = float(np.linalg.slogdet(correlation[np.ix_(kept, kept)])[1])
        if bias_correction:
            log_det -= digamma_sum(total, len(kept))
        return log_det / 2

    return entropy_of


def _check_regular(correlation: np.ndarray, total: float) -> None:
    """Check that no column follows from others, and that rows are enough."""
    n_columns = len(correlation)
    if total <= n_columns:
        msg = (
            "X must have more rows than columns that vary with this estimator, found "
            f"{total:g} rows and {n_columns} columns."
        )
        raise ValueError(msg)
    n_lost = int((np.linalg.eigvalsh(correlation) <= 1e-14 * n_columns).sum())
    if n_lost:
        msg = (
            "X must have no columns that follow from others with this estimator, "
            f"found {n_lost}: their information is infinite."
        )
        raise ValueError(msg)


_ESTIMATORS: dict[str, Callable[[np.ndarray, _Options], EntropyOf]] = {
    "discrete": _discrete,
    "gaussian": _gaussian,
    "copula": _copula,
}
"""Name -> from columns to the entropy of any of them, up to constants for each."""
