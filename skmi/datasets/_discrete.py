"""Discrete samples: the information is a sum over the joint table."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import entr, rel_entr

from skmi._validation import check_generator, check_integer, check_range
from skmi.datasets._sample import Sample, as_sample


def make_discrete_table(
    n_samples: int = 1000,
    *,
    table: Any = None,
    n_levels: tuple[int, int] = (4, 3),
    concentration: float = 1.0,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw labels from a joint table, given or random.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    table : array-like of shape (n_x, n_y), default=None
        Probabilities of each pair of levels, or anything in proportion to them. None
        draws a table.
    n_levels : tuple of two int, default=(4, 3)
        Levels of X and of y for a drawn table.
    concentration : float, default=1.0
        Parameter of the Dirichlet distribution that a table is drawn from, above 0:
        the smaller, the fewer pairs of levels share the probability.
    random_state : int, RandomState, Generator or None, default=None
        Decides the table, if it is drawn, and the rows; None differs from call to
        call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of int of shape (n_samples, 1)
        Levels 0, 1, ...
    y : ndarray of int of shape (n_samples,)
        Levels 0, 1, ...
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If the table is not 2-D, negative, not finite or sums to 0, or another
        argument is out of its range.

    See Also
    --------
    make_parity : Levels that inform only together.

    Notes
    -----
    :math:`I(X;Y) = \sum_{x,y} p(x,y) \log \frac{p(x,y)}{p(x) p(y)}`. With a drawn
    table, ``mi`` depends on ``random_state``. Cost O(n log K) for K pairs of levels.

    Examples
    --------
    >>> from skmi.datasets import make_discrete_table
    >>> X, y, mi = make_discrete_table(
    ...     100, table=[[1, 0], [0, 1]], random_state=0, return_mi=True
    ... )
    >>> bool((X[:, 0] == y).all()), round(mi, 4)
    (True, 0.6931)
    """
    check_integer("n_samples", n_samples, 1)
    rng = check_generator(random_state)
    if table is None:
        joint = _random_table(n_levels, concentration, rng)
    else:
        joint = _given_table(table)
    flat = rng.choice(joint.size, size=n_samples, p=joint.ravel())
    x, y = np.unravel_index(flat, joint.shape)
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return as_sample(x, y, rel_entr(joint, product).sum(), return_mi)


def make_xor(
    n_samples: int = 1000,
    *,
    n_features: int = 2,
    flip: float = 0.0,
    continuous: bool = False,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw bits, and a class that is the exclusive or of two of them.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    n_features : int, default=2
        Number of columns, at least 2. The first two decide y, the others are noise
        of the same kind.
    flip : float, default=0.0
        Probability that y is inverted, in [0, 1].
    continuous : bool, default=False
        Whether X is standard normal, its signs being the bits, and not the bits
        themselves.
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Bits as int, or normal samples.
    y : ndarray of int of shape (n_samples,)
        Classes 0 and 1.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    See Also
    --------
    make_parity : The same with more bits.

    Notes
    -----
    :math:`I(X;Y) = \log 2 - H_b(f)`, with f the probability of a flip and
    :math:`H_b` the entropy of a coin; each column alone has 0. A search that adds one
    column at a time therefore starts blindly. Cost O(n d).

    Examples
    --------
    >>> from skmi.datasets import make_xor
    >>> X, y, mi = make_xor(100, random_state=0, return_mi=True)
    >>> bool((y == X[:, 0] ^ X[:, 1]).all()), round(mi, 4)
    (True, 0.6931)
    """
    return make_parity(
        n_samples,
        n_bits=2,
        n_features=n_features,
        flip=flip,
        continuous=continuous,
        random_state=random_state,
        return_mi=return_mi,
    )


def make_parity(
    n_samples: int = 1000,
    *,
    n_bits: int = 3,
    n_features: int | None = None,
    flip: float = 0.0,
    continuous: bool = False,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw bits, and a class that is the parity of several of them.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    n_bits : int, default=3
        Number of columns whose parity is y, at least 1.
    n_features : int, default=None
        Number of columns, at least ``n_bits``, which is also what None means. The
        first ``n_bits`` decide y, the others are noise of the same kind.
    flip : float, default=0.0
        Probability that y is inverted, in [0, 1].
    continuous : bool, default=False
        Whether X is standard normal, its signs being the bits, and not the bits
        themselves.
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Bits as int, or normal samples.
    y : ndarray of int of shape (n_samples,)
        Classes 0 and 1.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    See Also
    --------
    make_xor : Two bits.

    Notes
    -----
    :math:`I(X;Y) = \log 2 - H_b(f)`, with f the probability of a flip and
    :math:`H_b` the entropy of a coin; any ``n_bits - 1`` of the columns have 0. A
    positive normal sample is the bit 1. Cost O(n d).

    Examples
    --------
    >>> from skmi.datasets import make_parity
    >>> X, y, mi = make_parity(100, flip=0.1, random_state=0, return_mi=True)
    >>> X.shape, round(mi, 4)
    ((100, 3), 0.3681)
    """
    check_integer("n_samples", n_samples, 1)
    check_integer("n_bits", n_bits, 1)
    n_columns = n_bits if n_features is None else n_features
    check_integer("n_features", n_columns, n_bits)
    check_range("flip", flip, 0, 1)
    rng = check_generator(random_state)
    shape = (n_samples, n_columns)
    X: np.ndarray = rng.integers(0, 2, size=shape)
    if continuous:
        X = rng.standard_normal(shape)
    parity = (X[:, :n_bits] > 0).sum(axis=1) % 2
    y = parity ^ (rng.uniform(size=n_samples) < flip)
    return as_sample(X, y, np.log(2) - entr(flip) - entr(1 - flip), return_mi)


def _random_table(n_levels: Any, concentration: Any, rng: Any) -> np.ndarray:
    """Return a joint table from the Dirichlet distribution."""
    shape: np.ndarray = np.asarray(n_levels)
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or (shape < 1).any():
        msg = f"n_levels must be two positive integers, found {n_levels!r}."
        raise ValueError(msg)
    check_range("concentration", concentration, 0, np.inf, closed="neither")
    return rng.dirichlet(np.full(shape.prod(), float(concentration))).reshape(shape)


def _given_table(table: Any) -> np.ndarray:
    """Return a user's table as probabilities."""
    array = np.asarray(table)
    if array.dtype.kind not in "buif" or array.ndim != 2:
        msg = (
            f"table must be real numbers of shape (n_x, n_y), found dtype "
            f"{array.dtype} and shape {array.shape}."
        )
        raise ValueError(msg)
    if not (array >= 0).all() or not 0 < array.sum() < np.inf:
        msg = (
            "table must hold finite numbers of at least 0 with a positive sum, found "
            f"{table!r}."
        )
        raise ValueError(msg)
    return array / array.sum()
