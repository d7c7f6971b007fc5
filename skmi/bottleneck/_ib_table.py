"""Tables whose rows are to be clustered, with rows of equal distributions joined."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

# Digits of p(y|x) in which rows are equal: a few less than a float has.
_BITS = 44
# Products with tables that are fuller and smaller than this are made dense.
_DENSE_SHARE, _DENSE_SIZE = 0.2, 1 << 24
TINY = 1e-300


class Table(NamedTuple):
    """Classes of rows of equal p(y|x), in an order that rows' order does not change.

    ``weight`` (N,) sums to 1; ``given`` (N, m) holds p(y|x) and ``across`` its
    transpose, both sparse or both dense; ``joint`` (N, m) is sparse always.
    """

    weight: np.ndarray
    given: Any
    across: Any
    joint: sparse.csr_array
    negentropy: np.ndarray
    marginal: np.ndarray

    @property
    def mi(self) -> float:
        """Return I(X;Y) in nats; exactly 0 if there is one class."""
        if self.weight.size == 1:
            return 0.0
        return float(self.weight @ self.negentropy - plogp(self.marginal).sum())

    @property
    def entropy(self) -> float:
        """Return the entropy of the classes in nats."""
        return float(-plogp(self.weight).sum()) + 0.0


def plogp(values: np.ndarray) -> np.ndarray:
    """Return p log p, 0 at 0."""
    return values * np.log(np.maximum(values, TINY))


def conditional(counts: sparse.csr_array) -> sparse.csr_array:
    """Return p(y|x) of rows of counts; a row of zeros stays one.

    Rounded, so that rows of proportional counts are equal to the last bit.
    """
    rows = sparse.csr_array(counts, dtype=np.float64, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    if not rows.nnz:
        return rows
    sizes = np.diff(rows.indptr)
    # Large counts must not overflow in their sum.
    rows.data /= np.repeat(_of_rows(np.maximum, rows), sizes)
    rows.data /= np.repeat(_of_rows(np.add, rows), sizes)
    mantissa, exponent = np.frexp(rows.data)
    rows.data = np.ldexp(np.rint(np.ldexp(mantissa, _BITS)), exponent - _BITS)
    return rows


def _of_rows(ufunc: np.ufunc, rows: sparse.csr_array) -> np.ndarray:
    """Return sums or maxima of rows, 0 of empty ones."""
    result = np.zeros(rows.shape[0])
    filled = np.flatnonzero(np.diff(rows.indptr))
    if filled.size:
        result[filled] = ufunc.reduceat(rows.data, rows.indptr[filled])
    return result


def make_table(given: sparse.csr_array, weight: np.ndarray) -> tuple[Table, np.ndarray]:
    """Return the table of classes, and the class of each row, -1 for none.

    Parameters
    ----------
    given : csr_array of shape (n, m)
        p(y|x) of each row from :func:`conditional`.
    weight : ndarray of shape (n,)
        Weights of the rows; those of weight 0 and those of zeros have no class.
    """
    present = (weight > 0) & (np.diff(given.indptr) > 0)
    # Two sums of a row with random weights tell it from all others. They depend on
    # nothing but its entries, so that their order is one of the rows' contents.
    keys = given @ np.random.default_rng(0).random((given.shape[1], 2))
    _, first, inverse = np.unique(
        keys[present], axis=0, return_index=True, return_inverse=True
    )
    of_row = np.full(given.shape[0], -1)
    of_row[present] = inverse
    mass = np.bincount(inverse, weights=weight[present])
    mass /= mass.sum()
    rows = given[np.flatnonzero(present)[first]]
    rows.data /= np.repeat(_of_rows(np.add, rows), np.diff(rows.indptr))
    negentropy = _of_rows(np.add, sparse.csr_array((plogp(rows.data), *_place(rows))))
    joint = sparse.csr_array(
        (rows.data * np.repeat(mass, np.diff(rows.indptr)), *_place(rows)),
        shape=rows.shape,
    )
    marginal = np.bincount(rows.indices, weights=joint.data, minlength=rows.shape[1])
    size = rows.shape[0] * rows.shape[1]
    if size <= _DENSE_SIZE and rows.nnz > _DENSE_SHARE * size:
        dense = rows.toarray()
        table = Table(mass, dense, dense.T, joint, negentropy, marginal)
    else:
        across = rows.T.tocsr()
        table = Table(mass, rows, across, joint, negentropy, marginal)
    return table, of_row


def _place(rows: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return where the entries of a sparse array lie."""
    return rows.indices, rows.indptr


def informations(table: Table, labels: np.ndarray) -> tuple[float, float]:
    """Return H(T) and I(T;Y) of a partition of the classes, in nats."""
    k = int(labels.max()) + 1
    sizes = np.bincount(labels, weights=table.weight, minlength=k)
    joint = collect(table, labels, k)
    entropy = float(-plogp(sizes).sum()) + 0.0
    if np.count_nonzero(sizes) == 1:
        return 0.0, 0.0
    rest = plogp(sizes).sum() + plogp(table.marginal).sum()
    return entropy, float(plogp(joint).sum() - rest)


def collect(table: Table, labels: np.ndarray, k: int) -> np.ndarray:
    """Return p(t, y) as (k, m) of a partition of the classes."""
    n = labels.size
    assign = sparse.csr_array(
        (np.ones(n), (labels, np.arange(n))), shape=(k, n), dtype=np.float64
    )
    return (assign @ table.joint).toarray()
