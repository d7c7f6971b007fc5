"""Columns of codes as lines of bits, for the tables of a column with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import check_codes, check_weight, in_threads
from skmi.information._fixed import OFFSETS, FixedTerms, Target, fixed_terms
from skmi.information._rows import RowByRow

# Columns of more levels than these are better counted row by row.
_MAX_LEVELS = 64
_MIN_CELLS, _CELLS_PER_ROW = 1500, 1.5

# Partners sorted at once, and those whose counts are kept while a chunk of lines is in
# the cache.
_SORTED = 64
_COUNTED = 16


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
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    correction : {"plugin", "miller_madow"}, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.

    Attributes
    ----------
    unit : float
        Nats that the whole numbers of ``whole_with`` count.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, lengths differ, weights are negative
        or all 0, or the correction is unknown.

    See Also
    --------
    joint_entropies : The same for one variable, without preparation.
    pairwise_entropies : All pairs of columns.

    Notes
    -----
    A search that asks for one column after another, as feature selection does, gains
    from the preparation, which costs about as much as three calls of
    :func:`joint_entropies` and takes n / 8 bytes for each level of each column. What
    follows costs O(n d L / 512) a variable. Columns of more than 64 levels are counted
    row by row, and so are all where rows have weights.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import CodePlanes
    >>> codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> CodePlanes(codes).entropies_with(codes[:, 0]) / np.log(2)
    array([1., 2.])
    """

    def __init__(
        self,
        codes: Any,
        target: Any = None,
        *,
        sample_weight: Any = None,
        correction: str = "plugin",
    ) -> None:
        if correction not in OFFSETS:
            msg = f"correction must be one of {sorted(OFFSETS)}, found {correction!r}."
            raise ValueError(msg)
        self._columns = check_codes(codes, "codes", None)
        n_rows = self._columns.shape[1]
        self._y = None if target is None else check_codes(target, "target", n_rows)
        self._target = as_target(self._y, n_rows)
        self._nobody = as_target(None, n_rows)
        self._weight = check_weight(sample_weight, n_rows)
        self._all_levels = self._columns.max(axis=1).astype(np.int64) + 1
        self._terms = fixed_terms(n_rows, self._weight, correction)
        self.unit = self._terms.unit
        narrow = is_narrow(self._all_levels, self._target.n_levels, n_rows)
        if self._weight is not None:
            narrow[:] = False
        self._places, self._wide = np.flatnonzero(narrow), np.flatnonzero(~narrow)
        self._levels = self._all_levels[narrow]
        columns = self._columns if narrow.all() else self._columns[narrow]
        columns = np.ascontiguousarray(columns, dtype=np.uint8)
        plan = list(_plan(self._levels))
        self._ends = np.array([last for _, last in plan], dtype=np.intp)
        self._bits = _aligned(len(plan), _n_words(n_rows))
        for bits, (first, last) in zip(self._bits, plan, strict=True):
            _write_lines(columns[first:last], self._levels[first:last], bits)

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
        return self.whole_with(other) * self.unit

    def whole_with(self, other: Any, *, with_target: bool = True) -> np.ndarray:
        """Joint entropies as whole numbers of ``unit``, whose sums are exact.

        Parameters
        ----------
        other : array-like of int of shape (n,)
            Levels 0, 1, ... of S.
        with_target : bool, default=True
            False leaves :math:`H(X_j, S, Y)` out, which is less work.

        Returns
        -------
        ndarray of int64 of shape (d,) or (2, d)
            As ``entropies_with``; differences that are 0 are exactly 0.

        Raises
        ------
        ValueError
            If other is not integers of at least 0 of shape (n,).
        """
        other = check_codes(other, "other", self._columns.shape[1])
        n_other = int(other.max()) + 1
        pair_only = self._y is None or not with_target
        target = self._nobody if pair_only else self._target
        found: np.ndarray = np.empty((2, 1, len(self._columns)), dtype=np.int64)
        wide = self._wide
        if is_narrow(np.array([n_other]), target.n_levels, other.size).all():
            self._count_lines(other, n_other, target, found)
        else:
            wide = np.arange(len(self._columns))
        if wide.size:
            by_row = RowByRow(
                self._columns, self._all_levels, target, self._weight, self._terms
            )
            found[:, 0, wide] = by_row.entropies_with(wide, other, n_other)
        return found[0, 0] if pair_only else found[:, 0]

    def whole_of(self, other: Any) -> np.ndarray:
        """Return the entropy of one variable alone, as whole numbers of ``unit``.

        Parameters
        ----------
        other : array-like of int of shape (n,)
            Levels 0, 1, ... of S.

        Returns
        -------
        ndarray of int64 of shape (2,)
            :math:`H(S)` and :math:`H(S, Y)`; both are :math:`H(S)` without a target.

        Raises
        ------
        ValueError
            If other is not integers of at least 0 of shape (n,).
        """
        other = check_codes(other, "other", self._columns.shape[1])
        nobody = np.zeros((1, other.size), dtype=np.uint8)
        one = np.ones(1, dtype=np.int64)
        by_row = RowByRow(nobody, one, self._target, self._weight, self._terms)
        return by_row.entropies_with(one - 1, other, int(other.max()) + 1)[:, 0]

    def _count_lines(
        self, other: np.ndarray, n_other: int, target: Target, found: np.ndarray
    ) -> None:
        """Write the entropies of columns of few levels."""
        from skmi.information._kernels_planes import all_entropies
        from skmi.information._kernels_vectors import N_BITS, N_WORDS

        column = other[None, :].astype(np.uint8)
        partners = _sort_partners(column, np.array([n_other]), target)
        n_groups = partners.sizes.shape[1]
        all_entropies(
            self._bits,
            self._ends,
            self._levels,
            self._places,
            partners,
            target.n_levels,
            self._terms,
            np.empty((1, (n_groups + 1) * N_BITS), dtype=np.uint32),
            np.empty(16 * N_WORDS, dtype=np.uint64),
            found[0],
            found[1],
        )
        if target.n_levels == 1:
            found[1] = found[0]


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
    bits = _aligned(1, _n_words(columns.shape[1]))[0]
    _write_lines(columns[first:last], n_levels[first:last], bits)
    return _Block(first, last, bits)


def _write_lines(columns: np.ndarray, n_levels: np.ndarray, bits: np.ndarray) -> None:
    """Set the bits of the lines of some columns."""
    from skmi.information._kernels_planes import write_lines

    write_lines(columns, n_levels, bits)


def _aligned(n_blocks: int, n_words: int) -> np.ndarray:
    """Return zeros (n_blocks, n_words), each block on a cache line of its own."""
    from skmi.information._kernels_vectors import N_WORDS

    n_words += -n_words % N_WORDS
    raw: np.ndarray = np.zeros(n_blocks * n_words + N_WORDS, dtype=np.uint64)
    offset = -(raw.ctypes.data // 8) % N_WORDS
    return raw[offset : offset + n_blocks * n_words].reshape(n_blocks, n_words)


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
    rows: np.ndarray,
    target: Target,
    terms: FixedTerms,
    pair: np.ndarray,
    triple: np.ndarray,
) -> None:
    """Write N times the entropies of a block's columns with some partners.

    ``rows`` are the partners' positions in the symmetric result.
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
        rows,
        target.n_levels,
        terms,
        True,
        np.empty((n_counted, (n_groups + 1) * N_BITS), dtype=np.uint32),
        np.empty(16 * N_WORDS, dtype=np.uint64),
        pair,
        triple,
    )
