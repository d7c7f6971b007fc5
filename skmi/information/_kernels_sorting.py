"""Compiled sort of columns of floats: the order of each, by digits of their bits.

A float's bits, its sign folded in, are an integer that rises with the float. Of the
range that a column covers the 32 leading bits are sorted first, packed with the row's
number into one word; the few rows that share them are sorted by all their bits after.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel

_DIGIT_BITS = 11
_N_DIGITS = 3  # 33 bits, enough for the 32 that are sorted at a time
_FEW = 48


@kernel
def argsort_columns(X: np.ndarray, order: np.ndarray) -> None:
    """Write the order of each row of X, (n_columns, n_rows) of finite floats."""
    n_columns, n_rows = X.shape
    key = np.empty(n_rows, np.uint64)
    word = np.empty(n_rows, np.uint64)
    other = np.empty(n_rows, np.uint64)
    count = np.empty((_N_DIGITS, 1 << _DIGIT_BITS), np.int64)
    for j in range(n_columns):
        _fill_keys(X[j], key)
        for i in range(n_rows):
            order[j, i] = i
        _sort_by_leading_bits(order[j], key, word, other, count, 0, n_rows)
        _sort_runs(order[j], key, word, other, count)


@kernel
def _fill_keys(x: np.ndarray, key: np.ndarray) -> None:
    """Write integers that are ordered as the floats are; -0.0 counts as 0.0."""
    sign = np.uint64(1) << np.uint64(63)
    # Adding 0.0 turns -0.0 into 0.0.
    for i in range(x.size):
        key[i] = np.float64(x[i] + 0.0).view(np.uint64)
    for i in range(x.size):
        key[i] = ~key[i] if key[i] & sign else key[i] | sign


@kernel
def _sort_by_leading_bits(
    order: np.ndarray,
    key: np.ndarray,
    word: np.ndarray,
    other: np.ndarray,
    count: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Sort order[first:last] by the 32 leading bits of the range of its keys."""
    low = high = key[order[first]]
    for i in range(first, last):
        low = min(low, key[order[i]])
        high = max(high, key[order[i]])
    if low == high:
        return
    shift = np.uint64(_excess_bits(high - low))
    count[:] = 0
    mask = np.uint64((1 << _DIGIT_BITS) - 1)
    by32 = np.uint64(32)
    for i in range(first, last):
        leading = (key[order[i]] - low) >> shift
        word[i] = leading << by32 | np.uint64(order[i])
        for digit in range(_N_DIGITS):
            count[digit, (leading >> np.uint64(digit * _DIGIT_BITS)) & mask] += 1
    source, target = word, other
    for digit in range(_N_DIGITS):
        place = count[digit]
        total = first
        biggest = 0
        for value in range(place.size):
            here = place[value]
            biggest = max(biggest, here)
            place[value] = total
            total += here
        if biggest == last - first:
            continue
        down = np.uint64(32 + digit * _DIGIT_BITS)
        for i in range(first, last):
            value = (source[i] >> down) & mask
            target[place[value]] = source[i]
            place[value] += 1
        source, target = target, source
    for i in range(first, last):
        order[i] = source[i] & np.uint64(0xFFFFFFFF)


@kernel
def _excess_bits(span: np.uint64) -> int:
    """Return how many bits an integer has beyond 32."""
    excess = 0
    while excess < 32 and span >> np.uint64(32 + excess):
        excess += 1
    return excess


@kernel
def _sort_runs(
    order: np.ndarray,
    key: np.ndarray,
    word: np.ndarray,
    other: np.ndarray,
    count: np.ndarray,
) -> None:
    """Sort what shares its leading bits: every stretch that is still unsorted."""
    n_rows = order.size
    low = high = key[order[0]]
    for i in range(n_rows):
        low = min(low, key[order[i]])
        high = max(high, key[order[i]])
    shift = np.uint64(_excess_bits(high - low))
    if shift == 0:
        return
    first = 0
    leading = (key[order[0]] - low) >> shift
    for i in range(1, n_rows + 1):
        if i < n_rows:
            own = (key[order[i]] - low) >> shift
            if own == leading:
                continue
            leading = own
        if i - first > _FEW:
            _sort_by_leading_bits(order, key, word, other, count, first, i)
        elif i - first > 1:
            _insertion_sort(order, key, first, i)
        first = i


@kernel
def _insertion_sort(order: np.ndarray, key: np.ndarray, first: int, last: int) -> None:
    """Sort order[first:last] by its keys."""
    for i in range(first + 1, last):
        row = order[i]
        place = i
        while place > first and key[order[place - 1]] > key[row]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = row
