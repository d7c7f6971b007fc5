"""Columns of codes as lines of bits, for the tables of a column with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import check_codes, in_threads
from skmi.information._fixed import FixedTerms, fixed_terms
from skmi.information._tables import joint_entropies

# Columns of more levels than these are better counted row by row.
_MAX_LEVELS = 64
_MIN_CELLS, _CELLS_PER_ROW = 1500, 1.5

# Partners sorted at once, and those whose counts are kept while a chunk of lines is in
# the cache.
_SORTED = 64
_COUNTED = 16


class Target(NamedTuple):
    """Levels (n,) of a further variable Y; one level where there is none."""

    codes: np.ndarray
    n_levels: int


class _Block(NamedTuple):
    """The columns from first to last, whose bits share the same lines."""

    first: int
    last: int
    bits: np.ndarray


class _Partners(NamedTuple):
    """Rows sorted by the levels of some columns and of the target."""

    n_levels: np.ndarray
    orders: np.ndarray
    ends: np.ndarray
    sizes: np.ndarray


class CodePlanes:
    r"""Columns of codes made ready to be counted with one variable after another.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. They are not copied where
        :func:`joint_entropies` would not.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable Y.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, or lengths differ.

    See Also
    --------
    joint_entropies : The same for one variable, without preparation.
    pairwise_entropies : All pairs of columns.

    Notes
    -----
    A search that asks for one column after another, as feature selection does, gains
    from the preparation, which costs about as much as three calls of
    :func:`joint_entropies` and takes n / 8 bytes for each level of each column. What
    follows costs O(n d L / 512) a variable. Columns of more than 64 levels are left to
    :func:`joint_entropies`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import CodePlanes
    >>> codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> CodePlanes(codes).entropies_with(codes[:, 0]) / np.log(2)
    array([1., 2.])
    """

    def __init__(self, codes: Any, target: Any = None) -> None:
        self._columns = check_codes(codes, "codes", None)
        n_rows = self._columns.shape[1]
        self._y = None if target is None else check_codes(target, "target", n_rows)
        self._target = as_target(self._y, n_rows)
        n_levels = self._columns.max(axis=1).astype(np.int64) + 1
        narrow = is_narrow(n_levels, self._target.n_levels, n_rows)
        self._places, self._wide = np.flatnonzero(narrow), np.flatnonzero(~narrow)
        self._levels = n_levels[narrow]
        self._terms = fixed_terms(n_rows, None, "plugin")
        columns = self._columns if narrow.all() else self._columns[narrow]
        columns = np.ascontiguousarray(columns, dtype=np.uint8)
        self._blocks = [
            _write_block(columns, self._levels, *ends) for ends in _plan(self._levels)
        ]

    def entropies_with(self, other: Any) -> np.ndarray:
        """Joint entropy of every column with a variable S, and with S and Y.

        Parameters
        ----------
        other : array-like of int of shape (n,)
            Levels 0, 1, ... of S.

        Returns
        -------
        ndarray of shape (d,) or (2, d)
            :math:`H(X_j, S)` in nats; with a target, :math:`H(X_j, S)` and
            :math:`H(X_j, S, Y)`.

        Raises
        ------
        ValueError
            If other is not integers of at least 0 of shape (n,).
        """
        other = check_codes(other, "other", self._columns.shape[1])
        n_levels = np.array([int(other.max()) + 1])
        if not is_narrow(n_levels, self._target.n_levels, other.size).all():
            return joint_entropies(self._columns.T, other, self._y)
        column = other[None, :].astype(np.uint8)
        partners = _sort_partners(column, n_levels, self._target)
        found: np.ndarray = np.empty((2, 1, len(self._columns)), dtype=np.int64)
        for block in self._blocks:
            _count(
                block,
                self._levels,
                self._places,
                partners,
                None,
                self._target,
                self._terms,
                found[0],
                found[1],
            )
        if self._target.n_levels == 1:
            found[1] = found[0]
        result = found[:, 0] * self._terms.unit
        if self._y is None:
            result = result[0]
        if self._wide.size:
            rest = self._columns[self._wide].T
            result[..., self._wide] = joint_entropies(rest, other, self._y)
        return result


def is_narrow(n_levels: np.ndarray, n_target: int, n_rows: int) -> np.ndarray:
    """Tell which columns have so few levels that lines of bits pay, (d,)."""
    from skmi.information._kernels_planes import CHUNK

    most = max(_MIN_CELLS, _CELLS_PER_ROW * min(n_rows, CHUNK))
    return (n_levels <= _MAX_LEVELS) & (n_levels**2 * n_target <= most)


def as_target(codes: np.ndarray | None, n_rows: int) -> Target:
    """Return the levels of Y as kernels read them."""
    if codes is None:
        return Target(np.zeros(n_rows, dtype=np.uint32), 1)
    return Target(codes.astype(np.uint32), int(codes.max()) + 1)


def fill_pairs(
    columns: np.ndarray,
    n_levels: np.ndarray,
    places: np.ndarray,
    target: Target,
    terms: FixedTerms,
    pair: np.ndarray,
    triple: np.ndarray,
    *,
    max_bytes: int,
    n_jobs: int,
) -> None:
    """Write N times the entropies of all pairs of columns right of the diagonal.

    ``places`` are the positions of these columns in the result, rising.
    """
    n_rows = columns.shape[1]
    blocks = list(_plan(n_levels))
    together = max(1, max_bytes // (16 * _n_words(n_rows)))
    room = _room(n_rows, int(n_levels.max()) * target.n_levels)
    width = min(max_bytes // (4 * n_jobs * room), -(-len(columns) // (4 * n_jobs)))
    width = int(np.clip(width, 1, _SORTED))
    # One type of codes, so that kernels are compiled once.
    columns = np.ascontiguousarray(columns, dtype=np.uint8)

    for start in range(0, len(blocks), together):
        some = blocks[start : start + together]
        ready = in_threads(
            lambda ends: _write_block(columns, n_levels, *ends), some, n_jobs
        )

        def count_part(first: int, ready: list[_Block] = ready) -> None:
            part = slice(first, first + width)
            partners = _sort_partners(columns[part], n_levels[part], target)
            for block in ready:
                if first < block.last:
                    _count(
                        block,
                        n_levels,
                        places,
                        partners,
                        places[part],
                        target,
                        terms,
                        pair,
                        triple,
                    )

        in_threads(count_part, range(0, some[-1][1], width), n_jobs)


def _plan(n_levels: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the first column and the one after the last of each block."""
    from skmi.information._kernels_vectors import N_BITS

    first, n_bits = 0, 0
    for j, levels in enumerate(n_levels.tolist()):
        if n_bits + levels - 1 > N_BITS:
            yield first, j
            first, n_bits = j, 0
        n_bits += levels - 1
    if len(n_levels):
        yield first, len(n_levels)


def _n_chunks(n_rows: int) -> int:
    """Return how many chunks hold the rows; a line of each is no row."""
    from skmi.information._kernels_planes import CHUNK

    return -(-n_rows // (CHUNK - 1))


def _n_words(n_rows: int) -> int:
    """Return the size of a block in 64-bit words."""
    from skmi.information._kernels_vectors import N_WORDS

    # One word more: a last level at the end of a line would set a bit behind it.
    return N_WORDS * (n_rows + _n_chunks(n_rows)) + 1


def _room(n_rows: int, n_groups: int) -> int:
    """Return how many bytes the sorted rows of one partner take."""
    from skmi.information._kernels_planes import CHUNK, STEP

    longest = min(n_rows, CHUNK - 1) + n_groups * (STEP - 1)
    return _n_chunks(n_rows) * (2 * longest + 4 * n_groups)


def _write_block(
    columns: np.ndarray, n_levels: np.ndarray, first: int, last: int
) -> _Block:
    """Return the lines of some columns, each line on a cache line of its own."""
    from skmi.information._kernels_planes import write_lines
    from skmi.information._kernels_vectors import N_WORDS

    n_words = _n_words(columns.shape[1])
    raw: np.ndarray = np.zeros(n_words + N_WORDS, dtype=np.uint64)
    offset = -(raw.ctypes.data // 8) % N_WORDS
    bits = raw[offset : offset + n_words]
    write_lines(columns[first:last], n_levels[first:last], bits)
    return _Block(first, last, bits)


def _sort_partners(
    columns: np.ndarray, n_levels: np.ndarray, target: Target
) -> _Partners:
    """Return the rows grouped by each column and the target."""
    from skmi.information._kernels_planes import CHUNK, STEP, sort_rows

    n_columns, n_rows = columns.shape
    n_groups = int(n_levels.max()) * target.n_levels
    shape = n_columns, _n_chunks(n_rows)
    longest = min(n_rows, CHUNK - 1) + n_groups * (STEP - 1)
    partners = _Partners(
        n_levels,
        np.empty((*shape, longest), dtype=np.uint16),
        np.empty((*shape, n_groups), dtype=np.uint32),
        np.empty((n_columns, n_groups), dtype=np.uint32),
    )
    sort_rows(
        columns,
        n_levels,
        target.codes,
        target.n_levels,
        partners.orders,
        partners.ends,
        partners.sizes,
    )
    return partners


def _count(
    block: _Block,
    n_levels: np.ndarray,
    places: np.ndarray,
    partners: _Partners,
    rows: np.ndarray | None,
    target: Target,
    terms: FixedTerms,
    pair: np.ndarray,
    triple: np.ndarray,
) -> None:
    """Write N times the entropies of a block's columns with some partners.

    ``rows`` are the partners' positions in a symmetric result; without them the result
    has one row for each.
    """
    from skmi.information._kernels_planes import block_entropies
    from skmi.information._kernels_vectors import N_BITS, N_WORDS

    own = slice(block.first, block.last)
    n_partners, n_chunks, _ = partners.orders.shape
    n_groups = partners.sizes.shape[1]
    n_counted = min(n_partners, _COUNTED if n_chunks > 1 else 1)
    block_entropies(
        block.bits,
        n_levels[own],
        places[own],
        partners,
        np.arange(n_partners) if rows is None else rows,
        target.n_levels,
        terms,
        rows is not None,
        np.empty((n_counted, (n_groups + 1) * N_BITS), dtype=np.uint32),
        np.empty(16 * N_WORDS, dtype=np.uint64),
        pair,
        triple,
    )
