"""Criteria of greedy selection: one pure function of the information terms each.

To add one, write ``criterion(terms) -> (d,)``, the larger the better, and enter it
in CRITERIA. ``terms`` is :class:`skmi.feature_selection._terms.Terms` and computes only
what is touched; its ``mean``, ``total`` and ``least`` reduce a term over the selected
units without keeping it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi._typing import Criterion

# Redundancies below this, in nats, are not told apart by a quotient.
_MIN_REDUNDANCY = 1e-3
# Weights of criteria that have one, unless the user gives it.
_MIFS_BETA, _IB_BETA = 1.0, 0.1


def mim(terms: Any) -> np.ndarray:
    """Relevance alone: I(Xj;Y). Keeps every copy of a good column."""
    return terms.relevance


def mifs(terms: Any) -> np.ndarray:
    """Relevance less beta times the sum of redundancies: Battiti (1994)."""
    if not terms.selected:
        return terms.relevance
    beta = _MIFS_BETA if terms.beta is None else terms.beta
    return terms.relevance - beta * terms.total("redundancy")


def mrmr(terms: Any) -> np.ndarray:
    """Relevance less the mean redundancy with the selected: Peng et al. (2005)."""
    if not terms.selected:
        return terms.relevance
    return terms.relevance - terms.mean("redundancy")


def miq(terms: Any) -> np.ndarray:
    """Relevance over the mean redundancy: the quotient of Ding and Peng (2005).

    A thousandth of a nat is added to the redundancy, so that columns without any are
    ranked by their relevance.
    """
    if not terms.selected:
        return terms.relevance
    redundancy = np.maximum(terms.mean("redundancy"), 0)
    return terms.relevance / (redundancy + _MIN_REDUNDANCY)


def jmi(terms: Any) -> np.ndarray:
    """Mean of I(Xj;Y|Xs) over the selected: Yang and Moody (1999).

    It ranks as their sum of I(Xj,Xs;Y) does, but stays on the scale of an
    information, and a constant column gets 0.
    """
    if not terms.selected:
        return terms.relevance
    return terms.mean("conditional_relevance")


def jmi3(terms: Any) -> np.ndarray:
    """Mean of I(Xj;Y|Xa,Xb) over pairs of the selected: Sechidis et al. (2019)."""
    if len(terms.selected) < 2:
        return jmi(terms)
    return terms.mean("triple")


def jmim(terms: Any) -> np.ndarray:
    """Least of I(Xj,Xs;Y) over the selected: Bennasar et al. (2015)."""
    if not terms.selected:
        return terms.relevance
    return terms.least("joint")


def cmim(terms: Any) -> np.ndarray:
    """Least of I(Xj;Y|Xs) over the selected: Fleuret (2004)."""
    if not terms.selected:
        return terms.relevance
    return terms.least("conditional_relevance")


def cife(terms: Any) -> np.ndarray:
    """Relevance less the sum of co-informations: Lin and Tang (2006).

    The co-information of Xj, Xs and Y is I(Xj;Y) - I(Xj;Y|Xs).
    """
    if not terms.selected:
        return terms.relevance
    return terms.relevance - terms.total(_co_information)


def icap(terms: Any) -> np.ndarray:
    """As cife, but synergies are not counted: Jakulin (2005)."""
    if not terms.selected:
        return terms.relevance
    return terms.relevance - terms.total(_redundant_part)


def disr(terms: Any) -> np.ndarray:
    """Mean of I(Xj,Xs;Y) over H(Xj,Xs,Y): Meyer and Bontempi (2006)."""
    if not terms.selected:
        return terms.relevance
    return terms.mean(_symmetric_relevance)


def ib(terms: Any) -> np.ndarray:
    """Gain beside all selected less beta times its cost: I(Xj;Y|XS) - beta H(Xj|XS).

    The information bottleneck of a selection. Unlike the
    others it may be compared with 0.
    """
    beta = _IB_BETA if terms.beta is None else terms.beta
    return terms.given_all - beta * terms.entropy_given_all


ib.stops_at_zero = True  # type: ignore[attr-defined]


def _co_information(terms: Any, unit: int) -> np.ndarray:
    """Return I(Xj;Y) - I(Xj;Y|Xs)."""
    return terms.relevance - terms.of("conditional_relevance", unit)


def _redundant_part(terms: Any, unit: int) -> np.ndarray:
    """Return the co-information where it is positive."""
    return np.maximum(_co_information(terms, unit), 0)


def _symmetric_relevance(terms: Any, unit: int) -> np.ndarray:
    """Return I(Xj,Xs;Y) over H(Xj,Xs,Y), 0 where nothing varies."""
    joint, entropy = terms.of("joint", unit), terms.of("joint_entropy", unit)
    return np.divide(joint, entropy, out=np.zeros_like(joint), where=entropy > 0)


CRITERIA: dict[str, Criterion] = {
    "mim": mim,
    "mifs": mifs,
    "mrmr": mrmr,
    "miq": miq,
    "jmi": jmi,
    "jmi3": jmi3,
    "jmim": jmim,
    "cmim": cmim,
    "cife": cife,
    "icap": icap,
    "disr": disr,
    "ib": ib,
}
"""Name -> criterion: a record of information terms -> scores (d,) in nats."""
