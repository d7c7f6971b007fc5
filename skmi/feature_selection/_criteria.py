"""Criteria of greedy selection: one pure function of the information terms each.

To add one, write ``criterion(terms) -> (d,)``, the larger the better, and enter it
in CRITERIA. ``terms`` computes only what is touched: ``relevance`` (d,), and with s
columns selected ``redundancy``, ``conditional``, ``conditional_relevance`` and
``joint``, each (d, s). ``terms.mean(name)`` and ``terms.least(name)`` reduce such a
term over the selected columns without keeping it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi._typing import Criterion


def mim(terms: Any) -> np.ndarray:
    """Relevance alone: I(Xj;Y). Keeps every copy of a good column."""
    return terms.relevance


def mrmr(terms: Any) -> np.ndarray:
    """Relevance less the mean redundancy with the selected: Peng et al. (2005)."""
    if not terms.selected:
        return terms.relevance
    return terms.relevance - terms.mean("redundancy")


def jmi(terms: Any) -> np.ndarray:
    """Mean of I(Xj;Y|Xs) over the selected: Yang and Moody (1999).

    It ranks as their sum of I(Xj,Xs;Y) does, but stays on the scale of an
    information, and a constant column gets 0.
    """
    if not terms.selected:
        return terms.relevance
    return terms.mean("conditional_relevance")


def cmim(terms: Any) -> np.ndarray:
    """Least of I(Xj;Y|Xs) over the selected: Fleuret (2004)."""
    if not terms.selected:
        return terms.relevance
    return terms.least("conditional_relevance")


CRITERIA: dict[str, Criterion] = {
    "mim": mim,
    "mrmr": mrmr,
    "jmi": jmi,
    "cmim": cmim,
}
"""Name -> criterion: a record of information terms -> scores (d,) in nats."""
