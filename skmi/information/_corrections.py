"""Corrections of the entropy of counts, and how a table is handed to one.

A correction is called with the positive counts of one variable. It may take further
arguments, which it gets by name: see ``resolve_correction``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from scipy.special import digamma

from skmi.information._nsb import nsb_entropy

Correction = Callable[..., float]
Cells = tuple[np.ndarray, int]
"""Positive counts in rising order, and the number of cells with the empty ones."""
Joint = Callable[[], Cells]
"""Makes the cells of a whole table, if a correction asks for them."""


def _plugin(counts: np.ndarray) -> float:
    """Return the entropy of the observed frequencies: biased downward."""
    p = counts / counts.sum()
    # 0.0 - ...: the entropy of a constant is 0.0, not -0.0.
    return float(0.0 - np.sum(p * np.log(p)))


def _miller_madow(counts: np.ndarray) -> float:
    """Return the plug-in entropy plus the first term of its bias."""
    return _plugin(counts) + float((counts.size - 1) / (2 * counts.sum()))


def _grassberger(counts: np.ndarray) -> float:
    """Return log N minus the mean of G(n), which stands for log n."""
    n = counts.astype(np.float64)
    # The cosine is (-1)^n for counts, and joins them smoothly for weights.
    odd = np.cos(np.pi * n) * (digamma((n + 1) / 2) - digamma(n / 2)) / 2
    total = n.sum()
    return float(np.log(total) - np.sum(n * (digamma(n) + odd)) / total)


def _chao_shen(counts: np.ndarray) -> float:
    """Return the coverage-adjusted entropy, each cell by its chance to be seen."""
    total = float(counts.sum())
    coverage = 1 - float(counts[counts <= 1].sum()) / total
    if coverage <= 0:
        # All seen once says that the coverage is low, not that it is 0.
        coverage = min(1.0, 1 / total)
    p = coverage * counts / total
    with np.errstate(divide="ignore"):
        seen = -np.expm1(total * np.log1p(-p))
    return float(0.0 - np.sum(p * np.log(p) / seen))


def _james_stein(
    counts: np.ndarray, n_cells: int | None = None, joint: Cells | None = None
) -> float:
    """Return the entropy of frequencies shrunk towards equal ones."""
    n_cells = counts.size if n_cells is None else n_cells
    weight = _shrinkage(*((counts, n_cells) if joint is None else joint))
    p = weight / n_cells + (1 - weight) * counts / counts.sum()
    unseen = (n_cells - counts.size) * weight / n_cells
    value = 0.0 - float(np.sum(p * np.log(p)))
    return value if unseen == 0 else value - unseen * float(np.log(weight / n_cells))


def _shrinkage(counts: np.ndarray, n_cells: int) -> float:
    """Return the weight of equal frequencies that has least expected loss."""
    total = float(counts.sum())
    p = counts / total
    unseen = (n_cells - counts.size) / n_cells**2
    distance = float(np.sum((p - 1 / n_cells) ** 2)) + unseen
    if total <= 1 or distance == 0:
        return 1.0
    return float(np.clip((1 - np.sum(p * p)) / ((total - 1) * distance), 0, 1))


def _nsb(counts: np.ndarray, n_cells: int | None = None) -> float:
    """Return the posterior mean under a prior that is flat in the entropy."""
    return nsb_entropy(counts, counts.size if n_cells is None else n_cells)


CORRECTIONS: dict[str, Correction] = {
    "plugin": _plugin,
    "miller_madow": _miller_madow,
    "grassberger": _grassberger,
    "chao_shen": _chao_shen,
    "james_stein": _james_stein,
    "nsb": _nsb,
}
"""Name -> entropy in nats of a 1-D array of positive counts in rising order."""


def resolve_correction(correction: str | Correction) -> Correction:
    """Return ``correct(counts, n_cells, joint)`` for a name or a callable.

    The correction itself gets those of the last two that it has a parameter for.
    """
    names = correction_arguments(correction)
    function = CORRECTIONS[correction] if isinstance(correction, str) else correction

    def correct(counts: np.ndarray, n_cells: int, joint: Joint) -> float:
        extra: dict[str, Any] = {}
        if "n_cells" in names:
            extra["n_cells"] = n_cells
        if "joint" in names:
            extra["joint"] = joint()
        return function(counts, **extra)

    return correct


def correction_arguments(correction: str | Correction) -> tuple[str, ...]:
    """Tell what a correction of entropy must know beside the counts of a variable.

    Parameters
    ----------
    correction : str or callable
        A name of ``CORRECTIONS``, or a function of positive counts.

    Returns
    -------
    tuple of str
        Those of ``"n_cells"`` and ``"joint"`` that it has an argument for: the number
        of cells, empty ones too, and the cells of the whole table. Where there is any
        the counts of occupied cells do not do.

    Raises
    ------
    ValueError
        If ``correction`` is no known name and not callable.

    See Also
    --------
    entropy : Gives a correction what it asks for.

    Notes
    -----
    Read off the function's signature. What :func:`functools.partial` has fixed is not
    asked for.

    Examples
    --------
    >>> from skmi.information import correction_arguments
    >>> correction_arguments("james_stein")
    ('n_cells', 'joint')
    >>> correction_arguments("miller_madow")
    ()
    """
    if isinstance(correction, str) and correction in CORRECTIONS:
        return _known_parameters(CORRECTIONS[correction])
    if callable(correction):
        return _extra_parameters(correction)
    msg = (
        f"correction must be one of {sorted(CORRECTIONS)} or a callable, found "
        f"{correction!r}."
    )
    raise ValueError(msg)


@cache
def _known_parameters(correction: Correction) -> tuple[str, ...]:
    """Remember the parameters of the table's entries: looking takes microseconds."""
    return _extra_parameters(correction)


def _extra_parameters(correction: Correction) -> tuple[str, ...]:
    """Return which of ``n_cells`` and ``joint`` a callable leaves open."""
    try:
        parameters = inspect.signature(correction).parameters
    except ValueError:  # Some built-in callables have no signature.
        return ()
    # What a user has fixed by functools.partial stays as it is.
    fixed = correction.keywords if isinstance(correction, partial) else {}
    names = ("n_cells", "joint")
    return tuple(name for name in names if name in parameters and name not in fixed)


def cells_of(table: np.ndarray) -> Cells:
    """Return the positive cells of a table in rising order, and the number of all."""
    # Sorted: relabelling changes no bit, and equal entropies cancel exactly where
    # one variable is a function of another.
    return np.sort(table[table > 0]), table.size


def entropy_of_cells(cells: Cells, correct: Correction, joint: Joint) -> float:
    """Return the entropy of one variable; a constant has exactly 0."""
    counts, n_cells = cells
    return 0.0 if counts.size == 1 else correct(counts, n_cells, joint)


def entropy_of_table(
    table: np.ndarray, correct: Correction, whole: np.ndarray | None = None
) -> float:
    """Return the entropy of all cells of a table, a marginal of ``whole`` or alone."""
    joint = partial(cells_of, table if whole is None else whole)
    return entropy_of_cells(cells_of(table), correct, joint)
